#!/bin/sh
#
# need.sh PURPOSE - looks for the programs that a make target needs, and installs what is missing
#
#   PURPOSE   build  compile and link
#             qemu   build, and boot it
#             run    qemu, and end with the machine's status
#             debug  qemu, and gdb
#             record debug, and what keeps a recorded machine's states
#             coverage  run, and what reads which lines ran
#             lint   check the sources
#             fuzz   a process that feeds itself with inputs
#             mutants  run, and the test harness
#             test   all of the above
#
# Each line of the table in wanted() is a way to see that something is there, the Debian package that
# holds it, and why it is needed.  What is missing is installed by apt-get when this runs as root, when
# sudo asks for no password, or on a terminal, where it may ask for one; else the one command to type is
# printed and the status is 69.  So it is when the release has no package for what is missing.
#
# Runs with nothing but a POSIX shell.  It stands before every build, so the checks that find
# everything in place start as few programs as they can (about 20 ms).

set -u

purpose=${1-}
PYTHON=${PYTHON:-/usr/bin/python3}
CROSS_COMPILE=${CROSS_COMPILE:-arm-none-eabi-}
HOSTCC=${HOSTCC:-cc}
missing='' # packages, blank separated
told=''    # the lines that say why

usage() {
	echo "usage: tools/need.sh build|qemu|run|debug|record|coverage|lint|fuzz|mutants|test" >&2
	exit 64
}

# ---- ways to see that something is there: status 0 when it is ------------------------------------

have_program() { command -v "$1" >/dev/null 2>&1; }

# Debian's own Python finds its packages here; another one (PYTHON=) is asked.
have_python_module() {
	if [ "$PYTHON" = /usr/bin/python3 ] && [ -e "/usr/lib/python3/dist-packages/$1" ]; then
		return 0
	fi
	have_program "$PYTHON" &&
		"$PYTHON" -c "import importlib.util, sys; sys.exit(importlib.util.find_spec('$1') is None)" 2>/dev/null
}

# The compiler prints the bare name back when it has no such file.
have_newlib_library() {
	have_program "${CROSS_COMPILE}gcc" || return 1
	[ "$("${CROSS_COMPILE}gcc" -mcpu=cortex-a9 -marm -mfloat-abi=soft -print-file-name=libc.a)" != libc.a ]
}

have_newlib_headers() {
	have_program "${CROSS_COMPILE}gcc" || return 1
	echo '#include <stdio.h>' | "${CROSS_COMPILE}gcc" -E -x c - >/dev/null 2>&1
}

have_host_headers() { [ -e /usr/include/stdlib.h ]; }

# ---- the table -----------------------------------------------------------------------------------

# want PACKAGE WHY CHECK [ARG]: notes the package when the check fails; always succeeds itself
want() {
	package=$1 why=$2
	shift 2
	"$@" && return 0
	told="$told  $package: $why
"
	case " $missing " in
	*" $package "*) ;;
	*) missing="$missing $package" ;;
	esac
	return 0
}

want_build() {
	want gcc-arm-none-eabi "compiles the kernel (${CROSS_COMPILE}gcc)" have_program "${CROSS_COMPILE}gcc"
	want binutils-arm-none-eabi "links the kernel (${CROSS_COMPILE}objcopy, nm)" have_program "${CROSS_COMPILE}objcopy"
	want libnewlib-arm-none-eabi "the C library inside the kernel (libc.a)" have_newlib_library
	want libnewlib-dev "the C library's headers (stdio.h)" have_newlib_headers
	want python3 "writes the kernel's symbol table" have_program "$PYTHON"
}

want_qemu() {
	want qemu-system-arm "the machine that the kernel boots on" have_program qemu-system-arm
	want device-tree-compiler "makes the tree for --proto dtb (dtc)" have_program dtc
}

want_run() {
	want gcc "gives make the machine's exit status ($HOSTCC, for tools/make_exit.c)" have_program "$HOSTCC"
	want libc6-dev "the headers for it (stdlib.h)" have_host_headers
}

want_debug() {
	want gdb-multiarch "the debugger" have_program gdb-multiarch
}

want_record() {
	want qemu-utils "makes the file for a recorded machine's states (qemu-img)" have_program qemu-img
}

want_coverage() {
	want gcc "reads what a process has counted (gcov)" have_program gcov
	want gcc-arm-none-eabi "reads what the machine has counted (${CROSS_COMPILE}gcov)" have_program "${CROSS_COMPILE}gcov"
}

want_lint() {
	want git "lists the files to check" have_program git
	want clang-format "checks the layout of C sources" have_program clang-format
	want cppcheck "checks C sources" have_program cppcheck
	want shellcheck "checks shell scripts" have_program shellcheck
	want pyflakes3 "checks Python programs" have_program pyflakes3
	want pycodestyle "checks the layout of Python programs" have_program pycodestyle
}

# The engine is a library beside the compiler's own ones.
have_fuzzer() {
	for engine in /usr/lib/llvm-*/lib/clang/*/lib/*/libclang_rt.fuzzer_no_main*.a; do
		[ -e "$engine" ] && return 0
	done
	return 1
}

have_libfdt() { [ -e /usr/include/libfdt.h ]; }

want_fuzz() {
	want python3 "writes the program's symbol table" have_program "$PYTHON"
	want libc6-dev "the headers of the host (stdlib.h)" have_host_headers
	want clang "compiles the process, with marks for the engine" have_program clang
	want libfdt-dev "another reader of device trees, to compare with" have_libfdt
	want g++ "the C++ library that the engine needs" have_program g++
	want libclang-rt-dev "the engine, libFuzzer" have_fuzzer
}

want_harness() {
	want python3-pytest "runs the tests (for $PYTHON)" have_python_module pytest
	want python3-pexpect "talks to the kernel's console (for $PYTHON)" have_python_module pexpect
	want python3-pytest-xdist "runs tests beside each other (for $PYTHON)" have_python_module xdist
}

wanted() {
	missing='' told=''
	case $purpose in
	build) want_build ;;
	qemu) want_build && want_qemu ;;
	run) want_build && want_qemu && want_run ;;
	debug) want_build && want_qemu && want_debug ;;
	record) want_build && want_qemu && want_debug && want_record ;;
	coverage) want_build && want_qemu && want_run && want_coverage ;;
	lint) want_lint ;;
	fuzz) want_fuzz ;;
	mutants) want_build && want_qemu && want_run && want_harness ;;
	test) want_build && want_qemu && want_run && want_debug && want_record && want_lint && want_fuzz && want_harness ;;
	*) usage ;;
	esac
	missing=${missing# }
}

# ---- installing ----------------------------------------------------------------------------------

# Another apt may be at work, the one of a machine that has just been started: seconds to wait for it.
# Recommended packages would make 1 GB of them nearly four.
options='-o DPkg::Lock::Timeout=600'
install="apt-get $options install -y --no-install-recommends"

sudo='sudo -n' # asks for no password

is_root() { [ "$(id -u)" = 0 ]; }

as_root() {
	set -- env DEBIAN_FRONTEND=noninteractive LC_ALL=C "$@"
	# shellcheck disable=SC2086 # sudo and its option
	is_root || set -- $sudo "$@"
	"$@"
}

# A password is asked for only where somebody can type it.
may_install() {
	have_program apt-get || return 1
	is_root && return 0
	have_program sudo || return 1
	$sudo true 2>/dev/null && return 0
	[ -t 0 ] && [ -t 2 ] || return 1
	echo "need.sh: sudo asks for your password to install them (Ctrl-C: install nothing)" >&2
	sudo=sudo
	$sudo true
}

# Leaves what apt-get said in $said, because its status is 0 even when no server answered.  The lock of
# the package lists has no time limit among apt's options.
update() {
	tries=0
	while :; do
		# shellcheck disable=SC2086 # one word an option
		said=$(as_root apt-get $options update -q 2>&1)
		updated=$?
		case $said in
		*'Could not get lock'*) [ "$tries" -lt 120 ] || break ;;
		*) break ;;
		esac
		[ "$tries" -gt 0 ] || echo "need.sh: another apt is at work; waiting for it" >&2
		tries=$((tries + 1))
		sleep 5
	done
	printf '%s\n' "$said" >&2
	return "$updated"
}

give_up() {
	if have_program apt-get; then
		echo "need.sh: to install, type:" >&2
		command="apt-get update && $install $missing"
		if is_root; then
			echo "  $command" >&2
		elif have_program sudo; then
			echo "  sudo sh -c '$command'" >&2
		else
			echo "  su -c '$command'" >&2
		fi
	else
		echo "need.sh: install these with your system's package manager (the names are Debian's): $missing" >&2
	fi
	exit 69
}

# A name that others refer to is known to apt-cache, and shown as nothing with status 0.
has_package() { [ -n "$(apt-cache show "$1" 2>/dev/null)" ]; }

# A release that has the compiler but no newlib for it: nothing is installed in vain.  Lists that know
# neither are no lists yet.
release_has_newlib() {
	case " $missing " in *' libnewlib-arm-none-eabi '*) ;; *) return 0 ;; esac
	have_program apt-cache || return 0
	has_package libnewlib-arm-none-eabi || ! has_package gcc-arm-none-eabi
}

refuse_release() {
	cat >&2 <<-'TEXT'
		need.sh: this release packages no newlib for ARM (libnewlib-arm-none-eabi), only picolibc, which
		need.sh: Crumb is not written for.  Debian 12 (bookworm) and 13 (trixie) have it, and Ubuntu 22.04
		need.sh: and 24.04 with their universe; debootstrap makes one of them in a folder of this machine.
	TEXT
	exit 69
}

offline() {
	cat >&2 <<-'TEXT'
		need.sh: apt-get reached no server (its words stand above).  Connect this machine to the network, or
		need.sh: mend /etc/apt/sources.list or apt's proxy, and type make again.
	TEXT
	exit 69
}

wanted
[ -n "$missing" ] || exit 0

printf 'need.sh: missing for "%s":\n%s' "$purpose" "$told" >&2
release_has_newlib || refuse_release
may_install || give_up

echo "need.sh: installing $missing" >&2
# An update that fails in part (one mirror of several, no network) may still leave usable lists.
update || echo "need.sh: apt-get update failed; trying with the package lists that are there" >&2
release_has_newlib || refuse_release
# shellcheck disable=SC2086 # one word a package
as_root $install -q $missing >&2 || {
	case $said in
	*'Could not resolve'* | *'Temporary failure'* | *'Could not connect'* | *'Network is unreachable'* | \
		*'Connection timed out'* | *'Connection failed'*) offline ;;
	esac
	echo "need.sh: apt-get install failed; its message stands above" >&2
	give_up
}

wanted
if [ -n "$missing" ]; then
	printf 'need.sh: still missing after the installation:\n%s' "$told" >&2
	exit 69
fi
