#!/bin/sh
# SPDX-License-Identifier: MIT
# Bad commands are acknowledged, refused with one sentence, and change nothing.

# refused SENTENCE TEXT: the message TEXT is refused with SENTENCE.
refused() {
    [ "$case_failed" ] && return 1
    before=$(store_read data/xen-test-vm/refused)
    store_write data/testing "$2"
    until_store data/xen-test-vm/refused $((before + 1))
    until_store data/testing ""
    is "the answer to $2" "$(store_read data/xen-test-vm/reply |
        sed 's/.*"result"/"result"/')" \
        "\"result\": \"refused\", \"error\": \"$1\"}"
    is "the state after $2" "$(store_read data/xen-test-vm/state)" armed
}

# Reads answer, node and state with one process: scenarios ask often.
answered_refused() {
    own=/local/domain/$domid
    case $(xenstore-read -R "$own/data/xen-test-vm/reply" "$own/data/testing" \
        "$own/data/xen-test-vm/state") in
    '{"seq": '"$sequence"', '*'"result": "refused", "error": "'*'"}armed')
        return 0
        ;;
    *) return 1 ;;
    esac
}

# refused_somehow TEXT: the message is acknowledged and refused with any
# sentence; the state does not change.
refused_somehow() {
    [ "$case_failed" ] && return 1
    sequence=$((sequence + 1))
    store_write data/testing "$1"
    until_true "acknowledged and refused: $1" answered_refused
}

arm_one() {
    vm_start
    command_of '{"when":"onshutdown","ack":"delete","action":"ignore"}'
    until_state armed
    sequence=1
}

is_as_it_was() {
    request poweroff
    until_lacks control/shutdown
    obeys
}

RANDOM_MESSAGES=200
RANDOM_SEED=${XTVM_SEED-$(date +%s)}

# Half of the messages are printable noise. The other half begin as a good
# command, which is cut or has extra bytes. None is a good command.
random_messages() {
    awk -v seed="$RANDOM_SEED" -v count=$RANDOM_MESSAGES 'BEGIN {
        srand(seed)
        good = "{\"when\":\"now\",\"action\":\"crash\",\"ack\":\"x\"}"
        for (i = 1; i <= count; i++) {
            text = ""
            if (i % 2) {
                for (n = 1 + int(rand() * 80); n > 0; n--)
                    text = text sprintf("%c", 33 + int(rand() * 94))
            } else {
                text = substr(good, 1, 1 + int(rand() * (length(good) - 1)))
                if (i % 4)
                    text = substr(text, 1, length(text) - 1) "," text
            }
            print text
        }
    }'
}

long() {
    head -c "$1" /dev/zero | tr '\0' x
}

# The number of bytes on the console that could confuse a terminal. U+FFFD is
# allowed: the VM writes it for bytes that are not UTF-8.
strange_bytes() {
    vm_console | tr -d '\r\n' | sed "s/$(printf '\357\277\275')//g" |
        LC_ALL=C tr -d ' -~' | wc -c | tr -d ' '
}

scenario() {
    case_of "control characters and bad UTF-8 are escaped in the log"
    vm_start "extra = \"$(printf 'a\033[31mb \377\376c')\""
    until_console "unknown word"
    store_write data/testing "$(printf '{"when":"\033[2J\007\300\257"}')"
    until_store data/testing ""
    store_write data/testing '{"when":"\u001b]0;x\u0007\u0085","action":"x"}'
    until_store data/testing ""
    obeys
    is "strange bytes" "$(strange_bytes)" 0

    case_of "each kind of bad input"
    arm_one
    refused 'action is missing' '{"when":"now"}'
    refused 'when is missing' '{"action":"poweroff"}'
    refused 'unknown when: \"later\"' '{"when":"later","action":"poweroff"}'
    refused 'unknown action: \"jump\"' '{"when":"now","action":"jump"}'
    refused 'action is a number, not text' '{"when":"now","action":1}'
    refused 'the command is a number, not an object' '1'
    refused 'the command is text, not an object' '"reboot"'
    refused 'ack is longer than 256 bytes' \
        '{"when":"onshutdown","action":"crash","ack":"'"$(long 257)"'"}'
    refused 'id is empty' '{"when":"now","action":"crash","id":""}'
    refused 'count is not for now' '{"when":"now","action":"crash","count":2}'
    refused 'count is text, not a number' \
        '{"when":"onshutdown","action":"crash","count":"2"}'
    refused 'count is not between 0 and 1000000' \
        '{"when":"onshutdown","action":"crash","count":1000001}'
    refused 'code is missing' '{"when":"now","action":"exit"}'
    refused 'code 2 is the action suspend' \
        '{"when":"now","action":"exit","code":2}'
    refused 'an absolute path is not allowed' \
        '{"when":"now","action":"remove","path":"/vm"}'
    refused 'a program has 1 to 16 commands' '[]'
    is_as_it_was

    case_of "a message of 2048 bytes"
    arm_one
    message='{"when":"now","action":"crash","x":"'$(long 2010)'"}'
    if xenstore-write -R -- "/local/domain/$domid/data/testing" "$message"
    then
        until_true "it is acknowledged" store_holds data/testing ""
        has "the answer" "$(store_read data/xen-test-vm/reply)" \
            '"error": "the message is longer than 2047 bytes"'
        is_as_it_was
    else
        skip_case "needs a store that takes 2048 bytes in a node"
    fi

    case_of "text that is not JSON, or not a command"
    arm_one
    for text in '{' '}' '{}' '[]' '{}{}' '{"when":"now","action":"crash"} x' \
        '{"when":"now","action":"crash"}{"when":"now","action":"crash"}' \
        '{"when":"now" "action":"crash"}' '{"when":"now","action":"crash",}' \
        '{,}' '{"when"}' 'null' 'true' 'now' '{when:"now",action:"crash"}' \
        "{'when':'now','action':'crash'}" \
        '{"when":"now","when":"now","action":"crash"}' \
        '{"when":"now","wh\u0065n":"now","action":"crash"}' \
        '{"when":"now","action":"crash\u0000"}' \
        '{"when":"now","action":"crash","id":"\ud800"}' \
        '{"when":"now","action":"crash","id":"\x"}' \
        '{"when":"now","action":"crash","x":01}' \
        '{"when":"now","action":"crash","x":truthy}' \
        "$(printf '{"when":"now","action":"crash","x":"\377"}')" \
        "$(printf '{"when":"now","action":"crash","x":"\001"}')" \
        '[[{"when":"now","action":"crash"}]]' \
        '[{"when":"now","action":"crash"},1]' \
        '[{"when":"now","action":"crash"}' \
        '{"when":["now"],"action":"crash"}' \
        '{"when":null,"action":"crash"}' \
        '{"when":"now","action":"crash","ack":{}}' \
        '{"when":"now","action":"crash","id":5}' \
        '{"when":"NOW","action":"crash"}' '{"when":"","action":"crash"}'; do
        refused_somehow "$text"
    done
    is_as_it_was

    case_of "unknown members are ignored and named"
    vm_start
    command_of '{"when":"now","action":"ignore","colour":"red","a":[1,{}]}'
    is "the answer" "$(store_read data/xen-test-vm/reply)" \
        '{"seq": 1, "result": "done", "ignored": ["colour", "a"]}'
    until_console 'members ignored: "colour", "a"'

    case_of "$RANDOM_MESSAGES random messages, seed $RANDOM_SEED"
    arm_one
    random_messages >"$XTVM_WORK/messages"
    is "the messages made" "$(wc -l <"$XTVM_WORK/messages")" \
        "$RANDOM_MESSAGES"
    while read -r message; do
        refused_somehow "$message" || break
    done <"$XTVM_WORK/messages"
    is_as_it_was

    end_of_scenario
}
