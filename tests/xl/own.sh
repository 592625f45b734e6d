#!/bin/sh
# SPDX-License-Identifier: MIT
# own - functions for the domains of a run, for run and soak. Sourced, never
# run.
#
# The UUID of each domain begins with its run's mark. Xen knows the UUID from
# the domain's first moment on. xl writes the name later: until then `xl list`
# shows the name "(null)".

all_runs=7874766d # "xtvm", in hexadecimal

# mark_of PROCESS: print the mark of the run with this process number.
mark_of() {
    printf '%s-%04x-%04x\n' $all_runs $(($1 >> 16)) $(($1 & 65535))
}

# domains_of MARK: print the numbers of these domains.
domains_of() {
    xl list -v | awk -v mark="$1" '
        { for (i = 3; i <= NF; i++) if (index($i, mark "-") == 1) print $2 }'
}

# destroy_all MARK: destroy these domains, and those that a process which was
# just killed has still made. Print the numbers of those that stay.
destroy_all() {
    tries=0
    while left=$(domains_of "$1") && [ "$left" ] && [ $tries -lt 50 ]; do
        for domain in $left; do xl destroy "$domain" >/dev/null 2>&1; done
        tries=$((tries + 1))
        [ $tries -eq 1 ] || sleep 0.2
    done
    [ -z "$left" ] || echo "$left"
}

# kill_all_with TEXT: kill all processes with this text among their arguments,
# such as the background processes of `xl create`, and wait until they have
# ended: a killed process may first do what it had begun.
kill_all_with() {
    tries=0
    while kill_with "$1" && [ $tries -lt 50 ]; do
        tries=$((tries + 1))
        sleep 0.1
    done
}

# kill_with TEXT: kill them once; fails if there are none.
kill_with() {
    found=1
    for process in /proc/[0-9]*; do
        # read drops the NULs between the words; busybox's grep would see only
        # the first word.
        words=
        { read -r words <"$process/cmdline"; } 2>/dev/null
        case $words in
        *"$1"*) kill -KILL "${process#/proc/}" 2>/dev/null && found=0 ;;
        esac
    done
    return $found
}
