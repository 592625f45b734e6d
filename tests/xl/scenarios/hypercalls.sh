#!/bin/sh
# SPDX-License-Identifier: MIT
# Hypercalls as a tester orders: Xen answers or refuses, and the VM obeys on.

# call MEMBERS RETURNED: the VM makes the hypercall, and Xen returns this.
call() {
    result_of "\"action\":\"hypercall\",$1"
    has "the answer" "$reply" "\"result\": \"done\", \"returned\": $2, "
    reply=${reply#*\"done\", }
    echo "# $1: ${reply%\}}"
}

# Print the text that the page of the answer begins with.
text_of_page() {
    words=${reply#*\"page\": \[}
    for word in $(echo "${words%%]*}" | tr -d '",'); do
        while [ $((word)) -gt 0 ]; do
            # shellcheck disable=SC2059 # that is the way to print any byte
            printf "\\$(printf '%03o' $((word & 255)))"
            word=$((word >> 8))
        done
    done
}

# host NAME: print a value of the host.
host() {
    xl info | sed -n "s/^$1 *: //p"
}

# The number that Xen has for its version.
version_of_host() {
    xl info | awk '$1 ~ /^xen_m..or$/ { number = number * 65536 + $3 }
        END { print number }'
}

memory_of_vm() {
    xl list "$vm" | awk -v name="$vm" '$1 == name { print $3 }'
}

scenario() {
    uses awk tr

    case_of "the version is that of the host"
    vm_start
    call '"number":17' "$(version_of_host)"
    call '"number":17,"args":"1 page"' 0
    is "the rest of the version" "$(text_of_page)" "$(host xen_extra)"
    obeys

    case_of "more memory than the maximum is not given"
    vm_start
    before=$(memory_of_vm)
    # XENMEM_increase_reservation, by 2 MiB: the limit is less above.
    call "\"number\":12,\"args\":\"0 page\",\
\"page\":\"page+32 1 9 0x7ff0\",\"tries\":100" 0
    has "the answer" "$reply" '"tried": 100, "refused": 0'
    is "the VM's memory" "$(memory_of_vm)" "$before"
    obeys

    case_of "Xen refuses hypercalls that it does not have"
    vm_start
    for number in 63 64 4294967295; do
        call "\"number\":$number" -38
    done
    obeys

    case_of "Xen refuses pointers of nonsense"
    vm_start
    for pointer in 1 0xffff830000000000 18446744073709551615; do
        call "\"number\":17,\"args\":\"1 $pointer\"" -14
        call "\"number\":32,\"args\":\"4 $pointer\"" -14
    done
    obeys

    case_of "Xen refuses an event on a port of nonsense"
    vm_start
    call '"number":32,"args":"4 page","page":"0xffffffff","tries":1000' -22
    has "the answer" "$reply" '"tried": 1000, "refused": 1000'
    obeys

    case_of "many hypercalls end, and do not keep the VM from obeying"
    vm_start
    call '"number":29,"tries":10000' 0
    has "the answer" "$reply" '"tried": 10000, "refused": 0'
    obeys
    store_write data/testing "{\"when\":\"now\",\"action\":\"hypercall\",\
\"number\":29,\"tries\":1000000,\"id\":\"h\"}"
    until_state busy
    store_write data/testing '{"when":"now","action":"ignore","id":"i"}'
    until_reply_has '"id": "i", "result": "done"'
    until_state ready
    obeys

    case_of "a hypercall can end the VM"
    vm_start
    command_of '{"when":"now","action":"hypercall","number":29,
        "args":"2 page","page":"3"}'
    until_reason 3
    end_of_scenario
}
