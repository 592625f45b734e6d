#!/bin/sh
# SPDX-License-Identifier: MIT
# examples - where they are, for scenarios that run them.

# XTVM_EXAMPLES, or those of the source tree, or beside this folder, or those
# that are installed.
# shellcheck disable=SC2154 # set by run
for examples in "${XTVM_EXAMPLES-$here/../../examples}" "$here/../examples" \
    "$here/../../../share/doc/xen-test-vm/examples"; do
    [ -f "$examples/pvh.cfg" ] && break
done
