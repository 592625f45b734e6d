#!/bin/bash
# SPDX-License-Identifier: MIT
# xapi.sh - sessions with the hosts of a XenServer or XCP-ng pool, for
# install.sh and uninstall.sh, which read this file.
#
# There is one login for each host, which lasts to the end. xapi-agent runs on
# each host and waits for commands; this side decides. If a session ends without
# keep_all, its host undoes everything: see xapi-agent.
#
# Stdout belongs to the script that reads this file; messages here go to stderr.
# shellcheck disable=SC2034 # variables for that script
export LC_ALL=C
version=0.1.0
me=$(basename -- "$0")
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd) || exit 1

# VMs of install.sh have this in their other-config.
mark=other-config:xen-test-vm=installed

# Folders from which xapi boots kernels, the preferred one first; see allowed_in
# in install.sh.
folders=(/var/lib/xcp/guest /boot/guest)

# The folder for vmctl on the hosts, and nothing else.
tools=/opt/xen-test-vm

say() {
    printf '%s: %s\n' "$me" "$*" >&2
}

wrong() {
    say "$*; see $me --help"
    exit 2
}

die() {
    say "$*"
    exit 1
}

is_uuid() {
    [[ $1 =~ ^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$ ]]
}

# is_number LEAST MOST TEXT
is_number() {
    [[ $3 =~ ^[1-9][0-9]{0,6}$ ]] && ((10#$3 >= $1 && 10#$3 <= $2))
}

# xe sends its arguments to xapi as lines: a line end would begin another
# argument.
is_plain() {
    [[ $1 != *[[:cntrl:]]* ]]
}

# quote WORD...: the words of a command, quoted for any POSIX shell.
quote() {
    local word text='' apostrophe=\' escaped="'\\''"
    for word; do
        case $word in
        '' | *[!A-Za-z0-9_@%+=:,./-]*)
            word=\'${word//"$apostrophe"/"$escaped"}\' ;;
        esac
        text+=${text:+ }$word
    done
    printf %s "$text"
}

# --- options -----------------------------------------------------------------

user=''
ssh_options=()
one_host='' dry_run=''

connection_usage() {
    cat <<END
HOST is a name or an address, with or without USER@ before it.

  --user USER          log in as USER (default root)
  --port PORT          port of the host's ssh
  --ssh-option OPTION  passed to ssh as -o OPTION; may be repeated
  --one-host           do not touch the other hosts of the pool
  --dry-run            change nothing; print each change to stderr
  --help, --version
END
}

# connection_option NAME [VALUE]: takes one option and sets took, the number of
# words used. Status 1: it is none of these options.
connection_option() {
    took=1
    case $1 in
    --user | --port | --ssh-option)
        [ $# -ge 2 ] || wrong "$1 wants a value"
        took=2 ;;
    esac
    case $1 in
    --user) user=$2 ;;
    --port)
        is_number 1 65535 "$2" || wrong "--port takes a number, not \"$2\""
        ssh_options+=(-p "$2") ;;
    --ssh-option) ssh_options+=(-o "$2") ;;
    --one-host) one_host=yes ;;
    --dry-run) dry_run=yes ;;
    --help) usage && exit 0 ;;
    --version) echo "$me $version" && exit 0 ;;
    *) return 1 ;;
    esac
}

# read_words ARGUMENT...: takes all options, and sets words to the other
# arguments; the first is the host. own_option is like connection_option; the
# script that reads this file defines it.
words=()
read_words() {
    while [ $# -gt 0 ]; do
        case $1 in
        --*=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" ;;
        --)
            words+=("${@:2}")
            break ;;
        -?*)
            own_option "$@" || connection_option "$@" ||
                wrong "unknown option $1"
            shift "$took" ;;
        *)
            words+=("$1")
            shift ;;
        esac
    done
    [ "${#words[@]}" -ge 1 ] || wrong "a host is needed"
}

# take_host HOST: sets host and user.
take_host() {
    host=$1
    if [[ $host == *@* ]]; then
        [ -z "$user" ] || [ "$user" = "${host%@*}" ] ||
            wrong "--user $user, but the host is $host"
        user=${host%@*}
        host=${host##*@}
    fi
    user=${user:-root}
    if [[ -z $host || $host == -* || $user == -* ]] ||
        ! is_plain "$user$host"; then
        wrong "not a host: \"$1\""
    fi
}

# --- sessions ----------------------------------------------------------------

# Each session has a number; 0 is the host from the command line.
sessions=0
logins=() pids=() inputs=() outputs=()
touched=()              # not empty: the host has changes that are not kept yet
work=''                 # our temporary folder
step=''                 # the current step, for error messages
incomplete=''           # not empty: something may be left behind

start_sessions() {
    trap '' PIPE
    trap finish EXIT
    trap 'say "interrupted"; exit 1' HUP INT TERM
    work=$(mktemp -d) || die "cannot make a folder for temporary files"
    token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    [ "${#token}" -eq 32 ] || die "cannot read /dev/urandom"
    agent=$(cat -- "$here/xapi-agent") || exit 1
}

# open_session ADDRESS: log in; sets session to its number.
open_session() {
    local input output line fd
    session=$sessions
    logins[session]=$user@$1
    touched[session]=''
    say "logging in as $user@$1"
    mkfifo "$work/input" "$work/output" || exit 1
    (
        # ssh must not inherit the pipes of other sessions: closing them ends
        # these sessions.
        for fd in "${inputs[@]}" "${outputs[@]}"; do
            exec {fd}>&-
        done
        exec ssh -T "${ssh_options[@]}" -- "$user@$1" \
            "exec sh -c $(quote "$agent") xapi-agent $token"
    ) <"$work/input" >"$work/output" &
    pids[session]=$!
    exec {input}>"$work/input" {output}<"$work/output"
    inputs[session]=$input
    outputs[session]=$output
    sessions=$((sessions + 1))
    rm -- "$work/input" "$work/output"
    # Skip what a login script of the host prints.
    while IFS= read -r line <&"$output"; do
        [ "$line" != "$token" ] || return 0
    done
    die "cannot log in as $user@$1"
}

# send SESSION VERB TEXT [SIZE]: send a command to xapi-agent. receive notices
# if this fails.
send() {
    local ends=${3//[!$'\n']/}
    printf '%s %d%s\n%s\n' "$2" $((${#ends} + 1)) "${4:+ $4}" "$3" \
        1>&"${inputs[$1]}" 2>/dev/null
}

# receive SESSION: sets answer and complaint; its status is the command's.
receive() {
    local line status=255 before=''
    answer='' complaint=''
    while IFS= read -r line <&"${outputs[$1]}"; do
        case $line in
        1*)
            answer+=$before${line#1}
            before=$'\n' ;;
        2*) complaint+=${line#2}$'\n' ;;
        =*) status=${line#=} ;;
        .) return "$status" ;;
        esac
    done
    complaint="the connection to ${logins[$1]} is lost"
    return 255
}

# attempt SESSION WORD...: run a command that changes nothing, and return its
# status.
attempt() {
    local status
    send "$1" run "$(quote "${@:2}")"
    receive "$1"
    status=$?
    [ "$status" -ne 255 ] || failed "$1"
    return "$status"
}

# failed SESSION: end because the step failed; prints the host's own message
# first.
failed() {
    [ -z "$complaint" ] || printf '%s\n' "${complaint%$'\n'}" >&2
    die "failed on ${logins[$1]}: $step"
}

# ask SESSION WORD...: run a command that changes nothing, and set answer; end
# if it fails.
ask() {
    attempt "$@" || failed "$1"
}

# change SESSION UNDO WORD...: run a command that changes something. UNDO is
# shell text; it must work whether or not the command has done its change.
change() {
    answer=''
    if [ "$dry_run" ]; then
        printf '%s\n' "${logins[$1]}: $(quote "${@:3}")" >&2
        return
    fi
    touched[$1]=yes
    [ -z "$2" ] || send "$1" undo "$2"
    send "$1" run "$(quote "${@:3}")"
    receive "$1" || failed "$1"
}

# Tell all hosts to keep their changes: nothing is undone from here on. The host
# with the VMs comes last. If it is first and another host then loses its
# connection, a VM without an image would be left. In this order the worst case
# is an image without a VM:
# 1. host B keeps its image; 2. host A, with the VMs, loses its connection and
# undoes them; 3. the image is left on B.
keep_all() {
    local index
    [ -z "$dry_run" ] || return 0
    step='keeping what was done'
    for ((index = sessions - 1; index >= 0; index--)); do
        printf 'keep\n' 1>&"${inputs[index]}" 2>/dev/null
        receive "$index" || {
            [ "$index" -eq $((sessions - 1)) ] || incomplete=yes
            failed "$index"
        }
        touched[index]=''
    done
}

# Ends each session; its host then undoes all changes that were not kept.
finish() {
    local status=$? index fd ended
    trap - EXIT
    trap 'exit 3' HUP INT TERM
    for ((index = ${#pids[@]} - 1; index >= 0; index--)); do
        for fd in "${inputs[index]-}" "${outputs[index]-}"; do
            [ -z "$fd" ] || exec {fd}>&-
        done
        wait "${pids[index]}"
        ended=$?
        case $ended in
        0) ;;
        3) say "${logins[index]}: all changes are undone" ;;
        4)
            incomplete=yes
            say "${logins[index]}: not all changes could be undone" ;;
        *)
            [ "${touched[index]}" ] || continue
            incomplete=yes
            say "${logins[index]}: ssh ended with $ended, so changes may be" \
                "left on that host: look there" ;;
        esac
    done
    [ -z "$work" ] || rm -rf -- "$work"
    [ -z "$incomplete" ] || [ "$status" -eq 0 ] || status=3
    exit "$status"
}

# --- the pool ----------------------------------------------------------------

# find_own_uuid SESSION: sets own_uuid, the uuid of its host.
find_own_uuid() {
    step='finding the host (INSTALLATION_UUID in /etc/xensource-inventory)'
    ask "$1" sed -n "s/^INSTALLATION_UUID=['\"]*\([0-9a-f-]*\).*/\1/p" \
        /etc/xensource-inventory
    own_uuid=$answer
    is_uuid "$own_uuid" || die "${logins[$1]}: no uuid of a host in" \
        "/etc/xensource-inventory: is it a XenServer or XCP-ng host?"
}

# host_parameter UUID NAME [KEY]: sets answer to a parameter of a host.
host_parameter() {
    step="asking for $2 of host $1 (xe host-param-get)"
    ask 0 xe host-param-get "uuid=$1" "param-name=$2" ${3:+"param-key=$3"}
}

# Log in to HOST. Sets hosts, the uuids of all hosts of the pool, its own first;
# with --one-host only its own.
open_pool() {
    local uuid
    start_sessions
    open_session "$host"
    find_own_uuid 0
    hosts=("$own_uuid")
    [ -z "$one_host" ] || return 0
    step='listing the hosts of the pool (xe host-list)'
    ask 0 xe host-list params=uuid --minimal
    for uuid in ${answer//,/ }; do
        is_uuid "$uuid" || die "xe host-list gave no uuid: \"$uuid\""
        [ "$uuid" = "${hosts[0]}" ] || hosts+=("$uuid")
    done
}

# Log in to the other hosts, in the order of $hosts.
open_others() {
    local uuid
    for uuid in "${hosts[@]:1}"; do
        host_parameter "$uuid" address
        if [[ -z $answer || $answer == -* ]] || ! is_plain "$answer"; then
            die "host $uuid has no address: \"$answer\""
        fi
        open_session "$answer"
        find_own_uuid "$session"
        [ "$own_uuid" = "$uuid" ] ||
            die "${logins[session]} is host $own_uuid, not $uuid"
    done
}
