/*
 * banks.c - turns the memory banks as told into banks that an allocator can trust
 *
 *	as told    [----0----)      [--2--)  [3)                    [--1--)
 *	                  [--4--)        :                             : outside
 *	           ^ PHYS_OFFSET         :          RAM_WINDOW_END ^   : the window
 *	sanitised  [----0----)[4)   [--2-)    (3: less than a page; 1: dropped)
 *
 * Boot loaders and trees are written by people: banks come unsorted, unaligned, empty, overlapping,
 * twice.  Nothing here is an error; what cannot be used is cut off and told in one line, so that a
 * person who misses memory finds the reason in the log.
 *
 * Invariants after banks_sanitise(), which banks_limit() keeps
 *   B1  base and size of each bank are multiples of PAGE_SIZE, and size is not 0.
 *   B2  PHYS_OFFSET <= base, and base + size <= RAM_WINDOW_END: no sum of the two overflows.
 *   B3  Each bank ends at or below the base of the next.  Adjacent ones stay separate.
 *
 * Locking  none: boot runs on one CPU, and tests work on structs of their own.
 * Read next: boot_info.c, which decides when a source has no bank worth having.
 */
#include <limits.h>

#include "arch/arch.h"
#include "boot/boot_impl.h"
#include "kernel/param.h"

unsigned long banks_mem_param = ULONG_MAX;
PARAM_SIZE(mem, banks_mem_param, "bytes of RAM to use, from the lowest on (K, M, G)");

/* A bank on its way through banks_sanitise(), with its place in the list as told. */
struct told_bank {
	unsigned int number;
	struct boot_range range;
};

static inline paddr_t range_end(const struct boot_range *range)
{
	return range->base + range->size;
}

void banks_add(struct boot_info *bi, u64 base, u64 size)
{
	const u64 reach = (paddr_t)-1;

	if (bi->nr_banks == BOOT_BANKS_MAX) {
		boot_warn("bank [0x%08llx, %llu bytes]: more than %d banks; ignored",
			  (unsigned long long)base, (unsigned long long)size, BOOT_BANKS_MAX);
		return;
	}
	if (base > reach) {
		boot_warn("bank %u [0x%08llx, %llu bytes]: beyond all addresses; dropped",
			  bi->nr_banks, (unsigned long long)base, (unsigned long long)size);
		return;
	}
	if (size > reach - base) {
		boot_warn("bank %u [0x%08llx, %llu bytes]: runs past the highest address; trimmed",
			  bi->nr_banks, (unsigned long long)base, (unsigned long long)size);
		size = reach - base;
	}
	bi->bank[bi->nr_banks++] =
		(struct boot_range){ .base = base, .size = size, .name = "System RAM" };
}

static void tell_trimmed(const struct told_bank *bank, paddr_t base, paddr_t end, const char *why)
{
	boot_warn("bank %u [0x%08lx-0x%08lx]: %s; trimmed to [0x%08lx-0x%08lx]", bank->number,
		  bank->range.base, range_end(&bank->range) - 1, why, base, end - 1);
}

/* size may be 0 here: then there is no last byte to name. */
static void tell_dropped(const struct told_bank *bank, const char *why)
{
	boot_warn("bank %u [0x%08lx, %lu bytes]: %s; dropped", bank->number, bank->range.base,
		  bank->range.size, why);
}

/* Gives the bank new bounds and tells; false when nothing is left of it. */
static bool narrow(struct told_bank *bank, paddr_t base, paddr_t end, const char *why)
{
	if (base >= end) {
		tell_dropped(bank, why);
		return false;
	}
	if (base != bank->range.base || end != range_end(&bank->range)) {
		tell_trimmed(bank, base, end, why);
		bank->range.base = base;
		bank->range.size = end - base;
	}
	return true;
}

/* One bank alone: gives it B1 and B2, or returns false.  The window comes first: both its ends
 * are aligned, and inside it rounding up cannot overflow. */
static bool fit(struct told_bank *bank)
{
	const paddr_t low = PHYS_OFFSET, high = RAM_WINDOW_END;
	paddr_t base, end;

	if (!bank->range.size) {
		tell_dropped(bank, "empty");
		return false;
	}
	base = max(bank->range.base, low);
	end = min(range_end(&bank->range), high);
	if (!narrow(bank, base, end, "outside the RAM window"))
		return false;
	base = ALIGN(base, (paddr_t)PAGE_SIZE);
	end = ALIGN_DOWN(end, (paddr_t)PAGE_SIZE);
	return narrow(bank, base, end, "not whole pages");
}

/* Insertion sort: there are few, and equal bases keep their order. */
static void insert_by_base(struct told_bank *banks, unsigned int nr, const struct told_bank *bank)
{
	unsigned int at = nr;

	while (at > 0 && banks[at - 1].range.base > bank->range.base) {
		banks[at] = banks[at - 1];
		at--;
	}
	banks[at] = *bank;
}

/* Takes sorted banks over into bi, each from where its predecessor ends: gives B3. */
static void take_without_overlap(struct boot_info *bi, struct told_bank *banks, unsigned int nr)
{
	paddr_t taken_to = 0;
	unsigned int i;

	bi->nr_banks = 0;
	for (i = 0; i < nr; i++) {
		struct told_bank *bank = &banks[i];
		paddr_t base = max(bank->range.base, taken_to);

		if (!narrow(bank, base, range_end(&bank->range), "overlaps another bank"))
			continue;
		taken_to = range_end(&bank->range);
		bi->bank[bi->nr_banks++] = bank->range;
	}
}

unsigned int banks_sanitise(struct boot_info *bi)
{
	struct told_bank banks[BOOT_BANKS_MAX];
	unsigned int i, nr = 0;

	for (i = 0; i < bi->nr_banks; i++) {
		struct told_bank bank = { .number = i, .range = bi->bank[i] };

		if (fit(&bank))
			insert_by_base(banks, nr++, &bank);
	}
	take_without_overlap(bi, banks, nr);
	return bi->nr_banks;
}

bool banks_hold(const struct boot_info *bi, paddr_t base, paddr_t size)
{
	unsigned int i;

	if (!size)
		return false;
	for (i = 0; i < bi->nr_banks; i++) {
		const struct boot_range *bank = &bi->bank[i];

		if (base < bank->base)
			return false; /* a hole: later banks lie higher still (B3) */
		if (base >= range_end(bank))
			continue;
		if (size <= range_end(bank) - base)
			return true;
		size -= range_end(bank) - base; /* go on where an adjacent bank may begin */
		base = range_end(bank);
	}
	return false;
}

u64 banks_total(const struct boot_info *bi)
{
	u64 total = 0;
	unsigned int i;

	for (i = 0; i < bi->nr_banks; i++)
		total += bi->bank[i].size;
	return total;
}

/* The bytes of the banks that lie below `end`. */
static u64 total_below(const struct boot_info *bi, paddr_t end)
{
	u64 total = 0;
	unsigned int i;

	for (i = 0; i < bi->nr_banks && bi->bank[i].base < end; i++)
		total += min(range_end(&bi->bank[i]), end) - bi->bank[i].base;
	return total;
}

void banks_limit(struct boot_info *bi, unsigned long limit, paddr_t needed_end)
{
	u64 left = ALIGN_DOWN(limit, (unsigned long)PAGE_SIZE);
	unsigned int i, kept = 0;

	if (left < total_below(bi, needed_end)) {
		boot_warn("mem=%lu: does not even hold the kernel image; ignored", limit);
		return;
	}
	for (i = 0; i < bi->nr_banks; i++) {
		struct told_bank bank = { .number = i, .range = bi->bank[i] };
		paddr_t keep = min(left, (u64)bank.range.size);

		left -= keep;
		if (narrow(&bank, bank.range.base, bank.range.base + keep, "above mem="))
			bi->bank[kept++] = bank.range;
	}
	bi->nr_banks = kept;
}
