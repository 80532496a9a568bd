/*
 * host.c - what the host lends, when the kernel is one of its processes: time, files, pages, the end
 *
 * Locking: none: system calls.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "arch/user/process.h"

/* --- clocks ----------------------------------------------------------------------------------- */

static u64 started; /* by the host's clock */

static u64 host_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (u64)now.tv_sec * 1000000000 + (u64)now.tv_nsec;
}

void user_clock_init(void)
{
	started = host_clock();
}

bool user_clock_stands;

u64 arch_clock_ticks(void)
{
	return user_clock_stands ? 0 : host_clock() - started;
}

/* It is time. */
bool arch_clock_exact(void)
{
	return false;
}

u64 arch_ticks_to_instructions(u64 ticks)
{
	return ticks;
}

/* --- pages ------------------------------------------------------------------------------------ */

void arch_clear_page(void *page)
{
	memset(page, 0, PAGE_SIZE);
}

void arch_copy_page(void *to, const void *from)
{
	memcpy(to, from, PAGE_SIZE);
}

bool user_is_mapped(vaddr_t va)
{
	unsigned char there;

	return (va < PERCPU_START || va >= USER_WINDOW_END) &&
	       mincore((void *)(va & PAGE_MASK), PAGE_SIZE, &there) == 0;
}

/* --- files ------------------------------------------------------------------------------------ */

/* The loader leaves a list of tags or a tree in RAM: nobody else is asked. */
bool arch_host_memory(paddr_t *end __unused)
{
	return false;
}

bool arch_host_line(char *line __unused, size_t room __unused, size_t *size __unused)
{
	return false;
}

long arch_host_create(const char *path)
{
	return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
}

bool arch_host_write(long file, const void *bytes, size_t size)
{
	return write((int)file, bytes, size) == (ssize_t)size;
}

bool arch_host_seek(long file, u32 at)
{
	return lseek((int)file, at, SEEK_SET) == (off_t)at;
}

bool arch_host_close(long file)
{
	return close((int)file) == 0;
}

/* --- the end ---------------------------------------------------------------------------------- */

void (*user_at_end)(void);

void arch_halt(int status)
{
	if (user_at_end)
		user_at_end();
	if (!user_console_end() && !status)
		status = 1;
	_exit(status);
}

void arch_cpuinfo_print(int (*print)(const char *fmt, ...))
{
	struct utsname host;

	uname(&host);
	print("model name	: a thread of a process, on %s %s (%s)\n", host.sysname,
	      host.release, host.machine);
}

void arch_sysregs_print(int (*print)(const char *fmt, ...))
{
	print("a process has no system registers\n");
}
