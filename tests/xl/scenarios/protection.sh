#!/bin/sh
# SPDX-License-Identifier: MIT
# A forbidden access of the kernel to memory ends in one line and a crash.

# fault NAME TEXT...: cause a fault; the console must have each TEXT, and one
# line about a panic. The addresses in that line come from the CPU.
fault() {
    vm_create -q "extra = \"fault-test=$1\""
    shift
    until_reason 3
    for text; do
        until_console "$text"
    done
    is "lines about a panic" "$(vm_console | grep -c 'panic: ')" 1
}

# What the CPU tells: Intel SDM vol. 3A 4.7; Arm ARM (DDI 0487) D19.2, ESR_EL1:
# a write (0x40) of what is not mapped (0x4 and a level), or may not be written
# (0xf: at the last level), or a jump to what may not be executed.
case $machine in
x86)
    no_page="page fault (vector 14, error 0x2)" nowhere=$no_page
    no_write="page fault (vector 14, error 0x3)"
    no_jump="page fault (vector 14, error 0x11)"
    overflow="stack overflow (vector 14, error 0x3)"
    text_at='0x1[0-9a-f]\{4\}' constants=0x3ff pc=rip
    ;;
arm64)
    no_page="data abort (vector 4, syndrome 0x96000046)"
    nowhere="data abort (vector 4, syndrome 0x96000044)"
    no_write="data abort (vector 4, syndrome 0x9600004f)"
    no_jump="instruction abort (vector 4, syndrome 0x8600000f)"
    overflow="stack overflow (vector 4, syndrome 0x96000047)"
    text_at='0x4000[0-9a-f]\{4\}' constants=0x400 pc=pc
    ;;
esac

scenario() {
    case_of "a write to page 0"
    fault page-0 "panic: $no_page" "address 0x8,"

    case_of "a write to an unmapped address"
    fault nowhere "panic: $nowhere" "address 0x400000000000,"

    case_of "a write to the text"
    fault text "panic: $no_write"
    vm_console | grep -q "address $text_at, " ||
        fail "the address is not in the text"

    case_of "a write to a constant"
    fault constant "panic: $no_write" "address $constants"

    for where in data constant-jump; do
        case_of "a jump outside of the text: $where"
        fault $where "panic: $no_jump"
        at=$(vm_console | sed -n "s/.* $pc \(0x[0-9a-f]*\), address .*/\1/p")
        until_console "at $pc $at, address $at,"
    done

    case_of "a stack overflow"
    if [ "$XTVM_TYPE" = pv ]; then
        # Xen can write the fault's frame only to the stack pointer.
        vm_create -q 'extra = "fault-test=stack"'
        until_reason 3
        is "lines about a panic" "$(vm_console | grep -c 'panic: ')" 0
        xl dmesg | grep -q "domain_crash_sync called from entry.S" ||
            fail "Xen does not say why it crashed the domain"
    else
        fault stack "panic: $overflow"
    fi

    case_of "an unknown word for fault-test is refused"
    vm_start 'extra = "fault-test=none"'
    until_console "self-test: error: no such fault"
    request poweroff
    until_reason 0

    case_of "a CPU that cannot protect data from being executed"
    if [ "$XTVM_TYPE" = pv ]; then
        skip_case "needs a CPU that hides a feature from a PV guest"
    elif [ "$machine" != x86 ]; then
        skip_case "every CPU of Arm can protect data"
    else
        vm_start 'cpuid = "host,nx=0"'
        until_console "boot: this CPU has no NX: data can be executed"
        request poweroff
        until_reason 0
    fi

    end_of_scenario
}
