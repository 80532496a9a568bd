#!/bin/bash
#
# run.sh COMMANDS [OPTION...] IMAGE - boots without a terminal, runs shell commands, powers off
#
#   COMMANDS ──quoted──> batch run="…" ──> kernel command line ──> the shell ──> exit status
#
# COMMANDS is a line as one would type it at the prompt: `alloc pages 2; free #1`.  The kernel prints
# `run: N ok, N failed` at the end.  This is what `make run CMD=…` calls.  A crumb.host is started as it is,
# with its own options; any other image by qemu.sh, with those of that.
#
# Environment
#   APPEND   more kernel parameters, put in front
#   TIMEOUT  seconds until the machine is ended (default 60)
#
# Exit status: 0 every command succeeded, 1 a command or test failed, 2 panic, 124 time limit, 130 Ctrl-C;
# 64 and above as qemu.sh gives them, when nothing was booted.

set -u

# PARAM_LINE_MAX in kernel/param.h, less the closing zero.  A longer line would be cut there.
readonly LINE_MAX=4095

refuse() {
	printf 'run.sh: %s\n' "$*" >&2
	exit 64
}

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
commands=${1-}
(($# == 0)) || shift

[[ -n ${commands//[[:space:];]/} ]] || refuse 'no command: make run CMD="alloc pages 2; free #1"'
[[ ! $commands =~ [[:cntrl:]] ]] || refuse "a control character in the commands: put them on one line, separated by ;"

# Inside a quoted parameter \ and " are written \\ and \" (kernel/param.h).
quoted=${commands//\\/\\\\}
quoted=${quoted//\"/\\\"}
line="${APPEND:+$APPEND }batch run=\"$quoted\""
((${#line} <= LINE_MAX)) || refuse "the kernel command line is ${#line} bytes long, the kernel takes $LINE_MAX"

# Ctrl-C ends the machine, too, and what it has printed by then is shown.
interrupted=''
trap 'interrupted=yes' INT

# The console ends its lines with \r\n; those who read this output want \n.  A reboot would run the commands
# again, and again.
machine() {
	local image=${!#}

	[[ ! -x $image/crumb.host ]] || image=$image/crumb.host
	if [[ ${image##*/} == crumb.host ]]; then
		exec timeout --foreground -k 5 "${TIMEOUT:-60}" "$image" --once --append "$line" "${@:1:$#-1}"
	fi
	exec "$here/../qemu.sh" --once --timeout "${TIMEOUT:-60}" --append "$line" "$@"
}

(machine "$@") </dev/null |
	(trap '' INT && LC_ALL=C exec sed -u 's/\r*$//')
status=${PIPESTATUS[0]}

[[ -z $interrupted ]] || { echo 'run.sh: interrupted' >&2 && exit 130; }
if ((status == 124)); then
	echo "run.sh: time limit: the machine was ended after ${TIMEOUT:-60} seconds" >&2
fi
exit "$status"
