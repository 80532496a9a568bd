# shellcheck shell=bash
#
# listening.sh - which TCP ports of this host somebody listens on; to be sourced
#
# They are looked up in the kernel's tables, not tried: a machine stops as soon as anything connects to
# its gdb server.  Where there are no such tables, no port is known to be taken.

# Prints ` PORT PORT … `.
listening_ports() {
	local address state used=' '
	while read -r _ address _ state _; do
		[[ $state != 0A ]] || used+="$((16#${address##*:})) "
	done < <(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -v local_address)
	echo "$used"
}

# Does somebody listen on that port?
is_listening() { # PORT
	[[ $(listening_ports) == *" $1 "* ]]
}
