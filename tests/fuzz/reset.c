/*
 * reset.c - memory as it was after the boot, before each input
 *
 *	snapshot   the kernel's variables, RAM, and what may be accessed of it
 *	input      writes to what was in use then, and to pages that are handed out
 *	reset      both back, from the snapshot; what the TLB holds is forgotten
 *
 * The cost is that of a copy of what is in use after the boot of a small machine, and of what an input has
 * touched: some tens of microseconds.  The port's own state, the C library's, and the engine's coverage
 * stay: nothing of them lies between the linker's marks.
 *
 * Invariants
 *   R1  touched[] holds each page once: pages that were free at the snapshot, handed out since the reset.
 *   R2  What an input sees does not depend on the ones before it: so one input, tried twice, does the same.
 *
 * A frame of highmem keeps its contents: who gets one without asking for zeroes sees what the former had.
 *
 * Locking: none: one CPU, no interrupts.
 */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

#include "arch/user/process.h"
#include "mm/page/page.h"
#include "tests/fuzz/shadow/shadow.h"

extern char __kernel_data_start[], __kernel_data_end[]; /* arch/user/host.ld */
extern char __kernel_bss_start[], __kernel_bss_end[];

struct part {
	void *at, *copy;
	size_t bytes;
};

/* The variables, the port's tables, what is in use of RAM in runs; and what may be accessed of each. */
static struct part parts[256];
static unsigned int nr_parts;

static char *ram, *shadow; /* all of lowmem, and what could be accessed of it, as they were */
static unsigned long nr_pages;
static bool *is_kept;		 /* of each page: a part has it, or touched[] */
static u32 *touched, nr_touched; /* R1 */

/* Words; nobody intercepts it, as a sanitizer does memcpy(). */
static void copy(void *to, const void *from, size_t bytes)
{
	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
}

/* --- what is touched -------------------------------------------------------------------------- */

void fuzz_touched(const void *start, size_t room)
{
	const unsigned long from = (vaddr_t)start - PAGE_OFFSET;

	if (!is_kept || from >= nr_pages * PAGE_SIZE)
		return;
	for (unsigned long page = from / PAGE_SIZE; page * PAGE_SIZE < from + room; page++) {
		if (page >= nr_pages || is_kept[page])
			continue;
		is_kept[page] = true;
		touched[nr_touched++] = (u32)page;
	}
}

/* --- the snapshot ----------------------------------------------------------------------------- */

static void add(void *at, size_t bytes)
{
	struct part *part = &parts[nr_parts++];

	if (nr_parts > ARRAY_SIZE(parts))
		fuzz_fail("more parts of memory are in use than reset.c has room for");
	*part = (struct part){ at, malloc(bytes), bytes };
	copy(part->copy, at, bytes);
}

/* A part of RAM, and what may be accessed of it. */
static void add_pages(unsigned long page, unsigned long n)
{
	void *const at = (void *)(PAGE_OFFSET + page * PAGE_SIZE);
	size_t bytes;
	void *shadow = shadow_of(at, n * PAGE_SIZE, &bytes);

	add(at, n * PAGE_SIZE);
	if (shadow)
		add(shadow, bytes);
}

/* Every page but those of free blocks. */
static void keep_used(void)
{
	for (unsigned long page = 0, n; page < nr_pages; page += n) {
		const bool is_free = page_state(&mem_map[page]) == PAGE_FREE;

		n = is_free || page_state(&mem_map[page]) == PAGE_USED
			    ? 1ul << page_order(&mem_map[page])
			    : 1;
		for (unsigned long i = page; i < min(page + n, nr_pages); i++)
			is_kept[i] = !is_free;
	}
}

static void add_ram(void)
{
	unsigned long page = 0, end;

	keep_used();
	for (; page < nr_pages; page = end + 1) {
		for (end = page; end < nr_pages && is_kept[end]; end++)
			;
		if (end > page)
			add_pages(page, end - page);
	}
}

static void copy_shadow(void)
{
	size_t bytes;
	void *now = shadow_of((void *)PAGE_OFFSET, nr_pages * PAGE_SIZE, &bytes);

	if (!now)
		return;
	shadow = malloc(bytes);
	copy(shadow, now, bytes);
}

void fuzz_snapshot(void)
{
	nr_pages = min(mem_map_pages, (unsigned long)(lowmem_end_pfn - mem_map_pfn));
	is_kept = calloc(nr_pages, sizeof(*is_kept));
	touched = calloc(nr_pages, sizeof(*touched));
	ram = malloc(nr_pages * PAGE_SIZE);
	copy(ram, (void *)PAGE_OFFSET, nr_pages * PAGE_SIZE);
	copy_shadow();
	add(__kernel_data_start, (size_t)(__kernel_data_end - __kernel_data_start));
	add(__kernel_bss_start, (size_t)(__kernel_bss_end - __kernel_bss_start));
	add(user_pmd, sizeof(user_pmd));
	add_ram();
}

static u64 digest_of(u64 digest, const void *at, size_t bytes)
{
	const u64 *word = at;

	for (size_t i = 0; i < bytes / sizeof(*word); i++)
		digest = (digest ^ word[i]) * 0x100000001b3;
	return digest;
}

u64 fuzz_digest(void)
{
	u64 digest = 0xcbf29ce484222325;

	for (unsigned int i = 0; i < nr_parts; i++)
		digest = digest_of(digest, parts[i].at, parts[i].bytes);
	for (unsigned int i = 0; i < nr_touched; i++)
		digest = digest_of(digest, (void *)(PAGE_OFFSET + touched[i] * PAGE_SIZE),
				   PAGE_SIZE);
	return digest;
}

static void put_back(unsigned long page)
{
	void *const at = (void *)(PAGE_OFFSET + page * PAGE_SIZE);
	size_t bytes;
	void *now = shadow_of(at, PAGE_SIZE, &bytes);

	copy(at, ram + page * PAGE_SIZE, PAGE_SIZE);
	if (now)
		copy(now, shadow + page * bytes, bytes);
}

void fuzz_reset(void)
{
	for (unsigned int i = 0; i < nr_parts; i++)
		copy(parts[i].at, parts[i].copy, parts[i].bytes);
	for (; nr_touched; nr_touched--) {
		const unsigned long page = touched[nr_touched - 1];

		put_back(page);
		is_kept[page] = false;
	}
	if (user_filled)
		arch_tlb_flush_all();
	user_filled = false;
}
