/*
 * core_file.c - the host's file behind a core: holes in it, and what could not be written
 *
 *	place      where the next byte goes
 *	host_at    where the host would put it: a hole makes the two differ, the next write seeks
 *
 * Invariant  F1  After a write that failed nothing more is asked of the host.
 * Locking: none: there is one file, and one writer.
 */
#include "kernel/coredump/core_file.h"

#include "arch/arch.h"

static long file;
static u32 place, host_at;
static bool failed;

bool core_file_open(const char *path)
{
	file = arch_host_create(path);
	place = host_at = 0;
	failed = file < 0;
	return !failed;
}

static void follow(void)
{
	if (host_at != place && !arch_host_seek(file, place))
		failed = true;
	host_at = place;
}

void core_file_write(const void *bytes, u32 size)
{
	if (!failed)
		follow();
	if (!failed && !arch_host_write(file, bytes, size))
		failed = true;
	place += size;
	host_at = place;
}

void core_file_skip(u32 size)
{
	place += size;
}

void core_file_seek(u32 at)
{
	place = at;
}

bool core_file_close(void)
{
	if (host_at != place) { /* the hole at the end */
		place--;
		core_file_write("", 1);
	}
	return arch_host_close(file) && !failed;
}
