/*
 * core_file.c - the host's file behind a core, by semihosting
 *
 *	place      where the next byte goes
 *	host_at    where the host would put it: a hole makes the two differ, the next write seeks
 *
 * Invariant  F1  After a write that failed nothing more is asked of the host.
 * Locking: none: there is one file, and one writer.
 * Source: ARM "Semihosting for AArch32 and AArch64": SYS_OPEN, SYS_WRITE, SYS_SEEK, SYS_CLOSE.
 */
#include <string.h>

#include "arch/arm/semihost.h"
#include "kernel/coredump/core_file.h"

enum { MODE_WRITE_BINARY = 5 }; /* "wb" */

static long file;
static u32 place, host_at;
static bool failed;

bool core_file_open(const char *path)
{
	unsigned long block[3] = { (unsigned long)path, MODE_WRITE_BINARY, strlen(path) };

	file = arch_semihost(SEMIHOST_OPEN, block);
	place = host_at = 0;
	failed = file < 0;
	return !failed;
}

static void follow(void)
{
	unsigned long block[2] = { (unsigned long)file, place };

	if (host_at != place && arch_semihost(SEMIHOST_SEEK, block) != 0)
		failed = true;
	host_at = place;
}

void core_file_write(const void *bytes, u32 size)
{
	unsigned long block[3] = { (unsigned long)file, (unsigned long)bytes, size };

	if (!failed)
		follow();
	if (!failed && arch_semihost(SEMIHOST_WRITE, block) != 0) /* the bytes that are left */
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
	unsigned long block[1] = { (unsigned long)file };

	if (host_at != place) { /* the hole at the end */
		place--;
		core_file_write("", 1);
	}
	return arch_semihost(SEMIHOST_CLOSE, block) == 0 && !failed;
}
