#!/bin/sh
# SPDX-License-Identifier: MIT
# examples - sets $examples, the folder of the examples, for scenarios.

# XTVM_EXAMPLES, or the examples of the source tree, or those beside this
# folder, or the installed ones.
# shellcheck disable=SC2154 # set by run
for examples in "${XTVM_EXAMPLES-$here/../../examples}" "$here/../examples" \
    "$here/../../../share/doc/xen-test-vm/examples"; do
    [ -f "$examples/pvh.cfg" ] && break
done
