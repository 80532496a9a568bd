#!/bin/sh
#
# need.sh PURPOSE - looks for the programs that a make target needs, and installs what is missing
#
#   PURPOSE   build  compile and link
#             qemu   build, and boot it
#             run    qemu, and end with the machine's status
#             debug  qemu, and gdb
#             record debug, and what keeps a recorded machine's states
#             lint   check the sources
#             test   all of the above, and the test harness
#
# Each line of the table in wanted() is a way to see that something is there, the Debian package that
# holds it, and why it is needed.  What is missing is installed by apt-get when this runs as root or
# sudo asks for no password; else the one command to type is printed and the status is 69.
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
	echo "usage: tools/need.sh build|qemu|run|debug|record|lint|test" >&2
	exit 64
}

# ---- ways to see that something is there: status 0 when it is -------------------------------------

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

# ---- the table --------------------------------------------------------------------------------

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

want_lint() {
	want git "lists the files to check" have_program git
	want clang-format "checks the layout of C sources" have_program clang-format
	want cppcheck "checks C sources" have_program cppcheck
	want shellcheck "checks shell scripts" have_program shellcheck
	want pyflakes3 "checks Python programs" have_program pyflakes3
	want pycodestyle "checks the layout of Python programs" have_program pycodestyle
}

want_test() {
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
	lint) want_lint ;;
	test) want_build && want_qemu && want_run && want_debug && want_record && want_lint && want_test ;;
	*) usage ;;
	esac
	missing=${missing# }
}

# ---- installing -------------------------------------------------------------------------------

# Runs "$@" as root without asking for anything; fails when that cannot be.
as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo -n "$@"
	fi
}

may_install() {
	have_program apt-get || return 1
	[ "$(id -u)" = 0 ] && return 0
	have_program sudo && sudo -n true 2>/dev/null
}

give_up() {
	if have_program apt-get; then
		echo "need.sh: to install, type:" >&2
		if have_program sudo || [ "$(id -u)" = 0 ]; then
			echo "  sudo sh -c 'apt-get update && apt-get install -y $missing'" >&2
		else
			echo "  su -c 'apt-get update && apt-get install -y $missing'" >&2
		fi
	else
		echo "need.sh: install these with your system's package manager (the names are Debian's): $missing" >&2
	fi
	exit 69
}

wanted
[ -n "$missing" ] || exit 0

printf 'need.sh: missing for "%s":\n%s' "$purpose" "$told" >&2
may_install || give_up

echo "need.sh: installing $missing" >&2
# An update that fails in part (one mirror of several, no network) may still leave usable lists.
as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q >&2 ||
	echo "need.sh: apt-get update failed; trying with the package lists that are there" >&2
# shellcheck disable=SC2086 # one word a package
as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >&2 || {
	echo "need.sh: apt-get install failed; its message stands above" >&2
	give_up
}

wanted
if [ -n "$missing" ]; then
	printf 'need.sh: still missing after the installation:\n%s' "$told" >&2
	exit 69
fi
