#!/bin/sh
# SPDX-License-Identifier: MIT
# install.sh - runs scripts/install.sh. It is here because the README of the
# first xen-test-vm names it here.
exec "$(dirname -- "$0")/scripts/install.sh" "$@"
