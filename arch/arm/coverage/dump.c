/*
 * dump.c - COVERAGE=1: what was counted goes to a file of the host's before the machine ends
 *
 *	arch_halt(), arch_reboot() ──> the linker's --wrap ──> here ──> crumb.gcov ──> the end
 *
 *	crumb.gcov   for each object: bytes of its name, bytes of its counts (two words); the name; the counts,
 *	             as gcov reads them from a .gcda; and what another machine, or the next boot, appends
 *
 * Each object's counts are made twice: the first time to learn how many bytes they are.
 *
 * Locking: none: it is the last thing that the machine does.
 * Read next: tools/coverage.py, which takes the file apart.
 * Source: GCC manual, "Profiling and Test Coverage in Freestanding Environments".
 */
#include <gcov.h>
#include <string.h>

#include "arch/arm/semihost.h"
#include "kernel/console.h"
#include "lib/compiler.h"

enum { OPEN_TO_APPEND_BYTES = 9 }; /* "ab" */

REGISTRY(gcov_infos, struct gcov_info);

static long file;
static u32 bytes; /* of its counts */
static u8 kept[64 * KiB];
static u32 nr_kept;

/* --- the file --------------------------------------------------------------------------------- */

static void open_file(void)
{
	static const char path[] = "crumb.gcov";
	unsigned long block[3] = { (unsigned long)path, OPEN_TO_APPEND_BYTES, sizeof(path) - 1 };

	file = arch_semihost(SEMIHOST_OPEN, block);
	if (file < 0)
		con_printf("coverage: the host opens no %s\n", path);
}

static void flush(void)
{
	unsigned long block[3] = { (unsigned long)file, (unsigned long)kept, nr_kept };

	if (nr_kept && arch_semihost(SEMIHOST_WRITE, block) != 0)
		con_printf("coverage: the host has not written all\n");
	nr_kept = 0;
}

static void write(const void *from, u32 size)
{
	for (const u8 *at = from; size; size--) {
		if (nr_kept == sizeof(kept))
			flush();
		kept[nr_kept++] = *at++;
	}
}

/* --- an object's counts ----------------------------------------------------------------------- */

static void skip_name(const char *of __unused, void *unused __unused)
{
}

static void measure(const void *from __unused, unsigned int size, void *unused __unused)
{
	bytes += size;
}

static void put_name(const char *of, void *unused __unused)
{
	const u32 sizes[2] = { strlen(of), bytes };

	write(sizes, sizeof(sizes));
	write(of, sizes[0]);
}

static void put_counts(const void *from, unsigned int size, void *unused __unused)
{
	write(from, size);
}

/* Asked for by counters of values, which --coverage has none of. */
static void *no_memory(unsigned int size __unused, void *unused __unused)
{
	return NULL;
}

static void dump(void)
{
	struct gcov_info *const *info;

	open_file();
	for_each_registered(info, gcov_infos) {
		bytes = 0;
		__gcov_info_to_gcda(*info, skip_name, measure, no_memory, NULL);
		__gcov_info_to_gcda(*info, put_name, put_counts, no_memory, NULL);
	}
	flush();
	arch_semihost(SEMIHOST_CLOSE, (unsigned long[]){ (unsigned long)file });
}

/* --- the end ---------------------------------------------------------------------------------- */

void __wrap_arch_halt(int status) __noreturn;
void __real_arch_halt(int status) __noreturn;
void __wrap_arch_reboot(void) __noreturn;
void __real_arch_reboot(void) __noreturn;

void __wrap_arch_halt(int status)
{
	dump();
	__real_arch_halt(status);
}

void __wrap_arch_reboot(void)
{
	dump();
	__real_arch_reboot();
}
