# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# guests.sh - functions for many guests of 1 MiB, and for what they cost dom0.
# fleet and reboots source it in dom0.

# The uptime of dom0, in hundredths of a second.
now() {
    IFS=' .' read -r whole rest _ </proc/uptime
    echo "$whole$rest"
}

# The CPU time that dom0 has used, in milliseconds.
dom0_ms() {
    echo $(($(xen-domain info 0 | sed -n 's/^cpu_time_ns=//p') / 1000000))
}

# The CPU time that this process of dom0 has used, in milliseconds.
process_ms() {
    awk '{ print ($14 + $15) * 10 }' "/proc/$1/stat"
}

# Sets programs to the same of all programs that this shell has waited for. A
# shell of its own, as in a pipe, would know of none.
read_programs() {
    times >programs.txt
    # shellcheck disable=SC2034 # for the caller
    programs=$(awk -F '[ms ]+' 'NR == 2 {
        print int(($1 * 60 + $2 + $3 * 60 + $4) * 1000)
    }' programs.txt)
}

# guests_of TYPE: the guests of create() have this type.
guests_of() {
    cat >guest.cfg <<END
type = "$1"
kernel = "/input/xen-test-vm.xen"
memory = 1
vcpus = 1
END
}

# create NAME [SLOT]: create one more guest; its name may be empty. Creates that
# run at the same time have different slots. With -e no xl process stays to wait
# for the guest's end: an ended guest stays as it is. Each such process would
# take memory, and look at each domain that ends: with 200 guests that took dom0
# most of an hour.
create() {
    xl create -qe guest.cfg "name='$1'" 2>"refused${2-}"
}
