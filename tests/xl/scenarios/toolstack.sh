#!/bin/sh
# SPDX-License-Identifier: MIT
# xl's own commands: shutdown, reboot, sysrq, pause, destroy.

# xl has created the new domain after a reboot: a new number, the same name.
rebooted() {
    now=$(number_of "$vm") && [ "$now" != "$domid" ]
}

scenario() {
    case_of "xl shutdown -w ends it with reason 0"
    vm_start
    has "xl's answer" "$(xl shutdown -w "$vm" 2>&1)" "reason code 0"
    is "the request" "$(store_read control/shutdown)" ""

    case_of "xl reboot makes a new domain, without the armed command"
    vm_start 'on_reboot = "restart"'
    command_of '{"when":"onshutdown","action":"reboot"}'
    until_state armed
    is "xl's answer" "$(xl reboot "$vm" 2>&1 | grep -v '^Rebooting')" ""
    until_true "it is back" rebooted
    domid=$(number_of "$vm")
    until_state ready
    is "the requests counted" "$(store_read data/xen-test-vm/requests)" 0
    has "xl's answer" "$(xl shutdown -w "$vm" 2>&1)" "reason code 0"

    case_of "xl pause and unpause: a request waits for the unpause"
    vm_start
    xl pause "$vm"
    request poweroff
    sleep 1
    is "the request, paused" "$(store_read control/shutdown)" poweroff
    xl unpause "$vm"
    until_reason 0

    case_of "xl sysrq is acknowledged and logged, c crashes"
    vm_start
    xl sysrq "$vm" h
    until_console 'control/sysrq "h": acknowledged and ignored'
    until_store control/sysrq ""
    still_up
    xl sysrq "$vm" c
    until_reason 3

    case_of "xl destroy while it runs"
    vm_start
    is "xl's answer" "$(xl destroy "$vm" 2>&1)" ""

    case_of "console input is logged line by line"
    vm_start
    tty=$(store_read console/tty)
    printf 'hello\rone "more"\n' >"$tty"
    until_console 'console: input: "hello"'
    until_console 'console: input: "one \"more\""'
    obeys

    end_of_scenario
}
