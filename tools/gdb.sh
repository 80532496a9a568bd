#!/bin/bash
#
# gdb.sh - starts gdb on the newest image, attached to a machine
#
#   gdb.sh PORT [GDB-ARGUMENT...]          a machine that serves gdb on that port of this host
#   gdb.sh --core FILE [GDB-ARGUMENT...]   a core that a machine has left (kernel/coredump)
#
# Environment
#   GDB      the debugger (gdb-multiarch)
#   IMAGE    the ELF image (build/current/crumb.elf)
#
# Read next: qemu.sh, which offers the port; tools/gdb/crumb, the commands.

set -u

refuse() {
	printf 'make gdb: %s\n' "$*" >&2
	exit 69
}

# shellcheck source=tools/listening.sh
. "$(dirname -- "$0")/listening.sh"

# By its real path, which is what auto-loading compares with.
attach() { # GDB-ARGUMENT...
	exec "${GDB:-gdb-multiarch}" -q -iex "add-auto-load-safe-path $(realpath build)" "$@"
}

port=${1:?gdb.sh PORT|--core FILE [GDB-ARGUMENT...]}
shift
image=${IMAGE:-build/current/crumb.elf}
[[ -r $image ]] || refuse "$image: no image is built: make builds one"
if [[ $port == --core ]]; then
	core=${1:?gdb.sh --core FILE [GDB-ARGUMENT...]}
	shift
	[[ -r $core ]] || refuse "CORE=$core: no such file, or not readable: panic=dump or the command dump leaves one"
	attach "$@" "$image" "$core"
fi
if ! [[ $port =~ ^[0-9]{1,5}$ ]] || ((10#$port < 1 || 10#$port > 65535)); then
	refuse "GDB_PORT=$port: not a port from 1 to 65535"
fi
tries=0
while [[ -r /proc/net/tcp ]] && ! is_listening "$port"; do
	((tries++ < 8)) && sleep 0.1 && continue # it may have been started just now
	refuse "no machine serves gdb on port $port: in another terminal, make debug or make qemu starts one and" \
		"says its port; then make gdb GDB_PORT=…"
done
attach -ex "target remote 127.0.0.1:$port" -ex 'crumb early-symbols' "$@" "$image"
