#!/bin/bash
#
# replay.sh - records what a machine does, and runs it again under gdb, forwards and backwards
#
#   replay.sh record COMMANDS [QEMU.SH-OPTION...] IMAGE.bin    COMMANDS empty: at the prompt
#   replay.sh replay [GDB-ARGUMENT...]                         the newest recording
#   replay.sh reverse IMAGE.bin                                the README's recipe, on a recording of its own
#
#   record ──> build/replay/{crumb.bin, crumb.elf, commands, options, log.bin, states.qcow2, ended}
#                                                                  │
#   replay ──> qemu.sh … rr=replay --gdb SOCKET --stop  <──────────┘    <── replay_states.py, the first time
#                                                                       <── gdb
#
# What came from outside (keys, the host's clock) is in log.bin, so the second run is the first to the
# instruction.  Going backwards is done from a state before the wanted place, in states.qcow2, by running
# forwards again up to it.  The one at the start is recorded; before gdb comes for the first time the recording
# is gone through once, and more are kept on the way.
#
# One processor only: QEMU counts the instructions of one.  A recording ends with the machine; gdb stops
# in arch_halt() before that, because behind the end there is nothing to go back from.  One that Ctrl-C or a
# signal has cut off (no file `ended`) has no such place; gdb stops before its last instruction, whose number is
# known from going through it (file `last`).
#
# Environment
#   APPEND   more kernel parameters, for record
#   GDB      the debugger (gdb-multiarch)
#
# Read next: replay_states.py; tools/gdb/reverse.gdb, the recipe; qemu.sh.

set -u

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
folder=${REPLAY_FOLDER:-$here/../build/replay}

refuse() {
	printf 'replay.sh: %s\n' "$*" >&2
	exit 64
}

# Boots with the recording's options.  machine MODE [QEMU.SH-OPTION...]
machine() {
	local mode=$1 options commands
	shift
	mapfile -d '' options <"$folder/options"
	commands=$(<"$folder/commands")
	# Time is counted in instructions: the host's clock would be an event at each reading, and a step
	# backwards, which runs all again from the start, would take more than twice as long.  Where somebody
	# types, the machine has to sleep meanwhile, or his keys do not come in.
	local icount=shift=7,sleep=off files=${folder//,/,,}
	[[ -n $commands ]] || icount=shift=7,sleep=on
	# Of a processor with TrustZone a state is without the registers of its secure half (DACR is one): QEMU takes
	# their numbers for those of the other half.
	local rr=(-icount "$icount,rr=$mode,rrfile=$files/log.bin,rrsnapshot=init" -rtc clock=vm -machine secure=off
		-drive "file=$files/states.qcow2,if=none,id=rr" -net none)
	# Where a recording was cut off there is no arch_halt() to stop at: the machine stays, stopped, for gdb.
	[[ $mode == record ]] || rr+=(-no-shutdown -qmp "unix:$scratch/monitor,server=on,wait=off")
	local bound=()
	command -v setpriv >/dev/null && bound=(setpriv --pdeathsig TERM)
	if [[ -n $commands ]]; then
		TIMEOUT=86400 exec ${bound[@]+"${bound[@]}"} "$here/run.sh" "$commands" "${options[@]}" "$@" "$folder/crumb.bin" -- "${rr[@]}"
	fi
	# --raw on both sides: a terminal's escape keys belong to a monitor, which the other run would lack.
	exec "$here/../qemu.sh" --raw "${options[@]}" --append "${APPEND-}" "$@" "$folder/crumb.bin" -- "${rr[@]}"
}

record() {
	local commands=$1 image=${*: -1}
	(($# >= 2)) || refuse 'record COMMANDS [QEMU.SH-OPTION...] IMAGE.bin'
	[[ " $* " != *' --smp '[!1]* ]] ||
		refuse 'a recording is of one processor: QEMU counts the instructions of one (SMP=1)'
	# What a pipe types at once, a recording machine loses.
	[[ -n $commands || -t 0 ]] || refuse 'there is no terminal, so nobody could type at the prompt;' \
		'make record CMD="…" needs none'
	mkdir -p "$folder" || exit
	cp "$image" "$folder/crumb.bin" && cp "${image%.bin}.elf" "$folder/crumb.elf" || exit
	printf '%s' "$commands" >"$folder/commands"
	printf '%s' "${APPEND-}" >"$folder/append"
	printf '%s\0' "${@:2:$#-2}" >"$folder/options"
	rm -f "$folder/log.bin" "$folder/states.qcow2" "$folder/ended" "$folder/last"
	qemu-img create -q -f qcow2 "$folder/states.qcow2" 1G || exit
	[[ -n $commands ]] || echo 'recording: type poweroff to end it' >&2
	trap : INT # Ctrl-C ends the machine, which then writes the recording's end
	(machine record)
	local status=$?
	trap - INT
	if ((status == 130)) && [[ -s $folder/log.bin ]]; then
		echo "recorded up to here: make replay runs it again under gdb"
	fi
	((status < 64)) || exit "$status" # nothing was booted, or it was cut off
	[[ -s $folder/log.bin ]] || refuse 'nothing was recorded'
	touch "$folder/ended"
	echo "recorded: make replay runs it again under gdb"
	return "$status"
}

# The recorded machine waits in the background for somebody to let it go on, gdb or a monitor.
start_machine() {
	local waited=0
	scratch=$(mktemp -d) || exit
	APPEND=$(<"$folder/append")
	export APPEND
	(machine replay --gdb "$scratch/gdb" --stop) </dev/null >"$folder/console" 2>&1 &
	machine=$!
	while [[ ! -S $scratch/monitor || ! -S $scratch/gdb ]]; do
		if ((waited++ > 1200)) || ! kill -0 "$machine" 2>/dev/null; then
			refuse "the machine does not start: $(<"$folder/console")"
		fi
		sleep 0.05
	done
}

end_machine() {
	kill "$machine" 2>/dev/null # when gdb has let it go on
	wait "$machine"
	rm -rf "$scratch"
}

states() { "${PYTHON:-/usr/bin/python3}" "$here/replay_states.py" "$@"; }

go_through() {
	start_machine
	if ! states keep "$scratch/monitor" "$folder/states.qcow2" >"$folder/last"; then
		end_machine
		start_machine
		states pass "$scratch/monitor" >"$folder/last"
	fi
	end_machine
	[[ -s $folder/last ]] || refuse "this recording cannot be run again: $(<"$folder/console")"
}

replay() {
	[[ -s $folder/log.bin ]] || refuse 'nothing is recorded: make record CMD="alloc pages 9; alloc pages 9; free #2"'
	local until=() status
	[[ -s $folder/last ]] || go_through
	if [[ ! -e $folder/ended ]]; then
		echo 'The recording was cut off.' >&2
		until=(-ex "monitor replay_break $(($(<"$folder/last") - 1))"
			-ex 'echo continue goes to the last instruction that was recorded\n')
	fi
	start_machine
	[[ -s $folder/commands ]] || states wake "$scratch/monitor" &
	"${GDB:-gdb-multiarch}" -q -x "$here/gdb/replay.gdb" -ex "target remote $scratch/gdb" \
		${until[@]+"${until[@]}"} "$@" "$folder/crumb.elf"
	status=$?
	end_machine
	return "$status"
}

reverse() {
	folder=$folder/reverse
	local told pfn order
	told=$(record 'alloc pages 9; alloc pages 9; free #2' --mem 64M "$1") || refuse "recording failed: $told"
	pfn=$(sed -n 's/^#2 pages .*pfn=\([0-9a-fx]*\).*/\1/p' <<<"$told")
	order=$(sed -n 's/^#2 pages order=\([0-9]*\).*/\1/p' <<<"$told")
	[[ -n $pfn && -n $order ]] || refuse "no block was allocated: $told"
	replay -nx -batch -ex "set \$pfn = $pfn" -ex "set \$order = $order" -x "$here/gdb/reverse.gdb" </dev/null
}

cd -- "$here/.." || exit # gdb looks for the sources from here
case ${1-} in
record | replay | reverse) "$@" ;;
*) refuse 'record, replay or reverse' ;;
esac
