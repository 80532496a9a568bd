/*
 * host.c - what the emulator's host knows of the machine, and its files, by semihosting
 *
 *	arch_host_…() ──> block of parameters ──> arch_semihost() ──> SVC, which the emulator takes
 *
 * Locking: none: one caller at a time.
 * Source: ARM "Semihosting for AArch32 and AArch64", SYS_HEAPINFO, SYS_GET_CMDLINE, SYS_OPEN, SYS_WRITE,
 * SYS_SEEK, SYS_CLOSE.
 */
#include <string.h>

#include "arch/arch.h"
#include "arch/arm/semihost.h"

enum { OPEN_TO_WRITE_BYTES = 5 }; /* "wb" */

bool __init arch_host_memory(paddr_t *end)
{
	unsigned long heap[4] = { 0 }, *block = heap;

	if (arch_semihost(SEMIHOST_HEAPINFO, &block) != 0)
		return false;
	*end = heap[1];
	return true;
}

bool __init arch_host_line(char *line, size_t room, size_t *size)
{
	/* in: the buffer and its size; out: the line's size, without its NUL */
	unsigned long block[2] = { (unsigned long)line, room };

	if (arch_semihost(SEMIHOST_GET_CMDLINE, block) != 0 || block[1] >= room)
		return false;
	*size = block[1];
	return true;
}

long arch_host_create(const char *path)
{
	unsigned long block[3] = { (unsigned long)path, OPEN_TO_WRITE_BYTES, strlen(path) };

	return arch_semihost(SEMIHOST_OPEN, block);
}

/* The host answers how many bytes are left. */
bool arch_host_write(long file, const void *bytes, size_t size)
{
	unsigned long block[3] = { (unsigned long)file, (unsigned long)bytes, size };

	return arch_semihost(SEMIHOST_WRITE, block) == 0;
}

bool arch_host_seek(long file, u32 at)
{
	unsigned long block[2] = { (unsigned long)file, at };

	return arch_semihost(SEMIHOST_SEEK, block) == 0;
}

bool arch_host_close(long file)
{
	unsigned long block[1] = { (unsigned long)file };

	return arch_semihost(SEMIHOST_CLOSE, block) == 0;
}
