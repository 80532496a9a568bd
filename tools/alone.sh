#!/bin/sh
#
# alone.sh COMMAND… - runs it when no other build runs in this tree
#
# Two makes that write the same files break each other.  The lock is the open file build/lock: it ends
# with its holder, however that ends.

mkdir -p build || exit
flock -n -E 75 build/lock "$@"
status=$?
[ "$status" = 75 ] || exit "$status"
echo "another make builds in this tree; waiting for it" >&2
exec flock build/lock "$@"
