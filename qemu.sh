#!/bin/bash
#
# qemu.sh - the emulator's command line: boots an image of Crumb on QEMU's vexpress-a9
#
#   options ──> checks ──> image for the protocol ──> one exec of qemu-system-arm
#
# The last step is always an exec, so this script's pid is QEMU's (or that of `timeout`, which then
# waits for QEMU), and its status is the guest's.  A generated device tree is handed over as an open
# descriptor of a file that is already deleted, so nothing is left behind either.
#
# Invariants
#   Q1  Nothing is started before every option has been checked; a refusal names the option.
#   Q2  The emulator dies with its parent (setpriv --pdeathsig), so that no test leaves one behind.
#   Q4  Two machines that look for a port of their own at the same time find two.
#   Q3  A guest's command line arrives byte for byte, whichever protocol carries it.
#
# Read next: tests/boot/machine.py, which drives this script.

set -u

readonly EXIT_USAGE=64 EXIT_NOINPUT=66 EXIT_UNAVAILABLE=69
readonly MIB=$((1 << 20)) GDB_PORT=1234
readonly ESCAPE=0x1d # Ctrl-]

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=tools/listening.sh
. "$here/tools/listening.sh"

usage() {
	cat <<'USAGE'
usage: ./qemu.sh [OPTION]... [IMAGE] [-- QEMU-OPTION...]

Boots IMAGE on an emulated vexpress-a9 (Cortex-A9).  IMAGE is a crumb.bin, a crumb.elf, or a folder
that holds both; by default build/current, the last one built.  The protocol decides which of the
two files is taken.

  --mem M        memory, 16M to 1G (default 1G)
  --smp N        processors, 1 to 4 (default 1)
  --proto P      how the kernel is told about the machine (default atag, or dtb with --dtb):
                   atag  raw image, tag list at 0x60000100
                   dtb   raw image, device tree in r2; without --dtb a small one is made
                   elf   ELF image, no tags: semihosting, and the tree at RAM base with --dtb
  --dtb F        device tree blob (with --proto dtb or elf)
  --initrd F     initial ramdisk (with --proto atag or dtb)
  --append S     kernel command line
  --icount       count instructions exactly: each takes 128 ns of the machine's time
  --gdb PORT     serve gdb on TCP port PORT of localhost, on the socket /PATH, or, with auto, on the
                 first free port from 1234 on, which is then printed
  --stop         with --gdb: wait for the debugger before the first instruction
  --raw          every key goes to the machine, Ctrl-] too; no monitor
  --typed        for a prompt that is typed at: without an input (stdin closed, or /dev/null) the machine
                 is not started, and at the end of what a pipe or a file has, poweroff is typed
  --once         the machine does not start again: a reset ends it
  --timeout S    end the machine after S seconds, with status 124
  --dry-run      print the command instead of running it
  --help         this text

The exit status is the guest's.  On a terminal Ctrl-] x leaves, Ctrl-] c toggles QEMU's monitor and
Ctrl-] Ctrl-] sends a Ctrl-] (where the keyboard has no such key, Ctrl-5 is it).  A refused option gives
status 64, an unreadable file 66, a missing program 69, and the time limit 124.
USAGE
}

refuse() { # STATUS REASON...
	local status=$1
	shift
	printf 'qemu.sh: %s\n' "$*" >&2
	exit "$status"
}

bad() { refuse "$EXIT_USAGE" "$@" "(--help lists the options)"; }

# is_number TEXT LOW HIGH: a decimal without leading zeros, within the range
is_number() {
	[[ $1 =~ ^(0|[1-9][0-9]{0,8})$ ]] && (($1 >= $2 && $1 <= $3))
}

# Prints a size such as 64M in bytes; fails when it is not one.
size_in_bytes() {
	[[ $1 =~ ^([1-9][0-9]{0,9})([KkMmGg])$ ]] || return 1
	case ${BASH_REMATCH[2]} in
	[Kk]) echo $((BASH_REMATCH[1] << 10)) ;;
	[Mm]) echo $((BASH_REMATCH[1] << 20)) ;;
	[Gg]) echo $((BASH_REMATCH[1] << 30)) ;;
	esac
}

# Leaves in $port the first port from GDB_PORT on that nobody listens on.  A machine that has yet to start
# listening holds a lock on its port, on a descriptor that it inherits: of several that are started at once
# each has its own (Q4).
take_free_port() {
	local used folder lock
	folder=${TMPDIR:-/tmp}/crumb-gdb-$UID
	[[ -d $folder ]] || mkdir -m 700 "$folder" || [[ -d $folder ]] || return # another may have been faster
	used=$(listening_ports)
	for ((port = GDB_PORT; port < GDB_PORT + 1000; port++)); do
		[[ $used != *" $port "* ]] || continue
		exec {lock}>"$folder/$port" || return
		flock -n "$lock" && ! is_listening "$port" && return
		exec {lock}>&-
	done
	return 1
}

# ---- options -------------------------------------------------------------------------------------

mem=1G smp=1 proto='' dtb='' initrd='' append='' icount='' gdb='' stop='' raw='' timeout='' dry_run=''
image='' extra=() typed='' once=''

while (($#)); do
	case $1 in
	--mem | --smp | --proto | --dtb | --initrd | --append | --gdb | --timeout)
		(($# >= 2)) || bad "$1 needs a value"
		printf -v "${1#--}" '%s' "$2"
		given=$1
		[[ -n $2 || $given == --append ]] || bad "$given needs a value, not an empty one"
		shift 2
		;;
	--mem=* | --smp=* | --proto=* | --dtb=* | --initrd=* | --append=* | --gdb=* | --timeout=*)
		option=${1%%=*} value=${1#*=}
		shift
		set -- "$option" "$value" "$@"
		;;
	--icount) icount=yes && shift ;;
	--stop) stop=yes && shift ;;
	--raw) raw=yes && shift ;;
	--typed) typed=yes && shift ;;
	--once) once=yes && shift ;;
	--dry-run) dry_run=yes && shift ;;
	--help | -h)
		usage
		exit 0
		;;
	--)
		shift
		extra=("$@")
		break
		;;
	-*) bad "unknown option $1" ;;
	*)
		[[ -n $1 ]] || bad "the image's name is empty"
		[[ -z $image ]] || bad "two images given: $image and $1"
		image=$1
		shift
		;;
	esac
done

# ---- checks (Q1) ---------------------------------------------------------------------------------

bytes=$(size_in_bytes "$mem") || bad "--mem $mem: not a size such as 16M, 256M or 1G"
((bytes >= 16 << 20 && bytes <= 1 << 30)) || bad "--mem $mem: outside 16M to 1G"
((bytes % MIB == 0)) || bad "--mem $mem: not a whole number of MiB"
is_number "$smp" 1 4 || bad "--smp $smp: choose 1 to 4"

if [[ -z $proto ]]; then
	if [[ -n $dtb ]]; then proto=dtb; else proto=atag; fi
fi
case $proto in
atag) [[ -z $dtb ]] || bad "--dtb $dtb: the atag protocol hands over no tree; use --proto dtb or elf" ;;
dtb) ;;
elf) [[ -z $initrd ]] || bad "--initrd $initrd: the elf protocol hands over no ramdisk; use --proto atag or dtb" ;;
*) bad "--proto $proto: choose one of: atag dtb elf" ;;
esac

if [[ -n $gdb ]]; then
	case $gdb in
	auto)
		take_free_port || refuse "$EXIT_UNAVAILABLE" "--gdb auto: no free port from $GDB_PORT on"
		gdb=tcp:127.0.0.1:$port
		;;
	/*)
		[[ $gdb != *,* ]] || bad "--gdb $gdb: a comma in the socket's path"
		gdb=unix:path=$gdb,server=on,wait=off
		;;
	*)
		is_number "$gdb" 1 65535 || bad "--gdb $gdb: not a port from 1 to 65535, nor /PATH, nor auto"
		! is_listening "$gdb" || refuse "$EXIT_UNAVAILABLE" "--gdb $gdb: somebody listens on that port already:" \
			'choose another (make debug GDB_PORT=…), or auto'
		port=$gdb gdb=tcp:127.0.0.1:$gdb
		;;
	esac
else
	[[ -z $stop ]] || bad "--stop waits for a debugger, so it needs --gdb"
fi
[[ -z $timeout ]] || is_number "$timeout" 1 86400 || bad "--timeout $timeout: not a number of seconds from 1 to 86400"

if [[ -n $typed ]]; then
	{ [[ $(readlink -f /proc/self/fd/0) != /dev/null ]] && : <&0; } 2>/dev/null || refuse "$EXIT_UNAVAILABLE" \
		'there is no input (stdin is closed or /dev/null), so nobody could type at the prompt;' \
		'make run CMD="…" needs none'
fi

# ---- image: the one of the two siblings that the protocol wants ----------------------------------

hint=''
if [[ -z $image ]]; then
	image=$here/build/current
	[[ -e $image ]] || hint=' (nothing is built yet: run make)'
fi
[[ -d $image ]] && image=$image/crumb.bin
case $proto:$image in
elf:*.bin) image=${image%.bin}.elf ;;
atag:*.elf | dtb:*.elf) image=${image%.elf}.bin ;;
esac
[[ -f $image && -r $image ]] || refuse "$EXIT_NOINPUT" "$image: no such image, or not readable$hint"
for file in "$dtb" "$initrd"; do
	[[ -z $file || (-f $file && -r $file) ]] || refuse "$EXIT_NOINPUT" "$file: no such file, or not readable"
done

# ---- the command ---------------------------------------------------------------------------------

qemu=${QEMU:-qemu-system-arm}
command -v "$qemu" >/dev/null ||
	refuse "$EXIT_UNAVAILABLE" "$qemu is not installed: sudo apt-get install qemu-system-arm"

# Without the audio options the sound driver of the board complains on stderr.
run=("$qemu" -M vexpress-a9 -m "$((bytes / MIB))M" -smp "$smp"
	-audiodev "none,id=a0" -global pl041.audiodev=a0 -display none)

interactive=''
if [[ -n $raw ]]; then
	run+=(-monitor none -chardev "stdio,id=console,signal=off" -serial chardev:console)
elif [[ -t 0 ]]; then
	interactive=yes
	# QEMU's own escape, Ctrl-A, is the start of the line at our prompt.
	run+=(-serial mon:stdio -echr "$ESCAPE")
else
	run+=(-monitor none -serial stdio)
fi

# An ELF is told its command line by semihosting, and so is a kernel that refused its tags or tree.
# QEMU would put the image's path, which may hold blanks, in front of it and fold blanks into one;
# given as arguments it stays whole (Q3).
arguments=arg=crumb${append:+,arg=${append//,/,,}}
run+=(-semihosting-config "enable=on,$arguments")

if [[ $proto == dtb && -z $dtb ]]; then
	command -v dtc >/dev/null ||
		refuse "$EXIT_UNAVAILABLE" "dtc is not installed: sudo apt-get install device-tree-compiler (or give --dtb)"
	tree=$(mktemp) || refuse "$EXIT_UNAVAILABLE" "no temporary file for the device tree"
	# QEMU writes memory, bootargs and the ramdisk into it; without an interrupt
	# controller it would complain that it cannot describe its virtio devices.
	dtc -q -I dts -O dtb -o "$tree" - <<DTS || refuse "$EXIT_UNAVAILABLE" "dtc made no device tree"
/dts-v1/;
/ {
	#address-cells = <1>;
	#size-cells = <1>;
	model = "V2P-CA9";
	compatible = "arm,vexpress,v2p-ca9", "arm,vexpress";
	interrupt-parent = <&gic>;
	chosen { };
	memory@60000000 {
		device_type = "memory";
		reg = <0x60000000 $bytes>;
	};
	gic: interrupt-controller@1e001000 {
		compatible = "arm,cortex-a9-gic";
		#interrupt-cells = <3>;
		#address-cells = <0>;
		interrupt-controller;
		reg = <0x1e001000 0x1000>, <0x1e000100 0x100>;
	};
};
DTS
	exec 9<"$tree"
	rm -f "$tree"
	dtb=/dev/fd/9
fi
[[ -z $dtb ]] || run+=(-dtb "$dtb")
[[ -z $initrd ]] || run+=(-initrd "$initrd")
[[ -z $append || $proto == elf ]] || run+=(-append "$append")
[[ -z $icount ]] || run+=(-icount "shift=7,sleep=off")
[[ -z $gdb ]] || run+=(-gdb "$gdb")
[[ -z $stop ]] || run+=(-S)
[[ -z $once ]] || run+=(-no-reboot)
run+=(-kernel "$image" ${extra[@]+"${extra[@]}"})

# Each process has a death signal of its own (Q2): it is not inherited by children.
bound=()
command -v setpriv >/dev/null && bound=(setpriv --pdeathsig TERM)
run=(${bound[@]+"${bound[@]}"} "${run[@]}")
if [[ -n $timeout ]]; then
	# In the foreground, or it could not read the terminal, and a Ctrl-C there would not reach the machine.
	run=(${bound[@]+"${bound[@]}"} timeout --foreground -k 5 "$timeout" "${run[@]}")
fi

if [[ -n $dry_run ]]; then
	printf '%q ' "${run[@]}" | sed 's/ $/\n/'
	exit 0
fi
if [[ -n ${port:-} ]]; then
	echo "gdb: port $port${stop:+, the machine waits for it}: make gdb$([[ $port == "$GDB_PORT" ]] ||
		echo " GDB_PORT=$port")${stop:+ in another terminal}" >&2
fi
if [[ -n $interactive ]]; then
	echo 'qemu.sh: Ctrl-] x leaves the machine, Ctrl-] c toggles its monitor' >&2
fi

# What stands in a pipe or a file is typed, and then the machine is left: nobody would do it.
type_input() {
	printf '\r' # the UART loses what comes before it is set up, which is one byte
	cat
	echo 'qemu.sh: the input has ended, so the machine is powered off; make run CMD="…" needs none' >&2
	printf '\rpoweroff\r'
	exec sleep infinity # the end of its input would be no key
}
if [[ -n $typed && ! -t 0 ]]; then
	exec "${run[@]}" < <(exec ${bound[@]+"${bound[@]}"} bash -c "$(declare -f type_input); type_input")
fi
exec "${run[@]}"
