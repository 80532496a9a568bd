/*
 * banks.c - turns the memory banks as told into banks that an allocator can trust
 *
 *	as told    [----0----)      [--2--)  [3)                    [--1--)
 *	                  [--4--)[5)     :                             : outside
 *	           ^ PHYS_OFFSET         :          RAM_WINDOW_END ^   : the window
 *	no-map           [.)             :
 *	in the end [--0--) [-----0--------)  (3: less than a page; 1: dropped)
 *
 * Boot loaders and trees are written by people: banks come unsorted, unaligned, empty, overlapping,
 * twice, by the thousand.  Nothing here is an error; what cannot be used is cut off and told in one
 * line, so that a person who misses memory finds the reason in the log.  A bank is filtered, cut to
 * the window and joined with what it touches before it counts for the table; bytes are kept, and
 * pages made of them only at the end, so that two banks may share one.
 *
 * Invariants; banks_add() keeps B2 and B3, banks_sanitise() and all after it B1 too
 *   B1  base and size of each bank are multiples of PAGE_SIZE, and size is not 0.
 *   B2  PHYS_OFFSET <= base, and base + size <= RAM_WINDOW_END: no sum of the two overflows.
 *   B3  Each bank ends below the base of the next: no two touch.
 *
 * Locking  none: boot runs on one CPU, and tests work on structs of their own.
 * Read next: boot_info.c, which decides when a source has no bank worth having.
 */
#include <limits.h>
#include <string.h>

#include "arch/arch.h"
#include "boot/boot_impl.h"
#include "kernel/param.h"

unsigned long banks_mem_param = ULONG_MAX;
PARAM_SIZE(mem, banks_mem_param, "bytes of RAM to use, from the lowest on (K, M, G)");

static inline paddr_t bank_end(const struct boot_bank *bank)
{
	return bank->base + bank->size;
}

/* --- the table -------------------------------------------------------------------------------- */

static void remove_at(struct boot_info *bi, unsigned int at)
{
	struct boot_bank *bank = &bi->bank[at];

	bi->nr_banks--;
	memmove(bank, bank + 1, (bi->nr_banks - at) * sizeof(*bank));
}

static void insert_at(struct boot_info *bi, unsigned int at, const struct boot_bank *new)
{
	struct boot_bank *bank = &bi->bank[at];

	memmove(bank + 1, bank, (bi->nr_banks - at) * sizeof(*bank));
	*bank = *new;
	bi->nr_banks++;
}

static void tell(const struct boot_bank *bank, const char *why)
{
	boot_warn("bank %u [0x%08lx-0x%08lx]: %s", bank->told, bank->base, bank_end(bank) - 1, why);
}

/* Leaves out the smallest, when there is one more than the table is for; of equal ones the last. */
static void keep_largest(struct boot_info *bi)
{
	unsigned int least = bi->nr_banks;

	if (bi->nr_banks <= bi->max_banks)
		return;
	for (unsigned int i = 0; i < bi->nr_banks; i++) {
		const struct boot_bank *bank = &bi->bank[i];

		if ((least == bi->nr_banks || bank->size <= bi->bank[least].size) &&
		    !boot_overlaps_flagged(bi, bank->base, bank->size, BOOT_KERNEL))
			least = i;
	}
	if (least == bi->nr_banks)
		least--; /* the kernel cannot be everywhere, but a table of one is full of it */
	boot_warn("bank %u [0x%08lx-0x%08lx]: the smallest of more than %u that lie apart; dropped",
		  bi->bank[least].told, bi->bank[least].base, bank_end(&bi->bank[least]) - 1,
		  bi->max_banks);
	remove_at(bi, least);
}

/* --- taking what is told ---------------------------------------------------------------------- */

/* Cuts what is told to the window; false when nothing is left (keeps B2). */
static bool clip(struct boot_bank *bank, u64 base, u64 size)
{
	const u64 low = PHYS_OFFSET, high = RAM_WINDOW_END;
	u64 end = size < UINT64_MAX - base ? base + size : UINT64_MAX;
	u64 from = max(base, low), to = min(end, high);

	if (from >= to) {
		boot_warn("bank %u [0x%08llx, %llu bytes]: %s; dropped", bank->told,
			  (unsigned long long)base, (unsigned long long)size,
			  size ? "outside the RAM window" : "empty");
		return false;
	}
	bank->base = (paddr_t)from;
	bank->size = (paddr_t)(to - from);
	if (from != base || to != end)
		boot_warn(
			"bank %u [0x%08llx-0x%08llx]: outside the RAM window; trimmed to [0x%08lx-0x%08lx]",
			bank->told, (unsigned long long)base, (unsigned long long)(end - 1),
			bank->base, bank_end(bank) - 1);
	return true;
}

/* Makes one of the bank and of those in the table from `at` on that it touches (keeps B3). */
static void join(struct boot_info *bi, unsigned int at, struct boot_bank *bank)
{
	bool overlaps = false;

	while (at < bi->nr_banks && bi->bank[at].base <= bank_end(bank)) {
		const struct boot_bank other = bi->bank[at];
		paddr_t end = max(bank_end(bank), bank_end(&other));

		overlaps |= other.base < bank_end(bank) && bank->base < bank_end(&other);
		if (other.base <= bank->base) {
			bank->told = other.told;
			bank->base = other.base;
		}
		bank->size = end - bank->base;
		remove_at(bi, at);
	}
	insert_at(bi, at, bank);
	if (overlaps)
		boot_warn("bank %u: overlaps another bank; what they share counts once",
			  bi->nr_told - 1);
	keep_largest(bi);
}

void banks_add(struct boot_info *bi, u64 base, u64 size)
{
	struct boot_bank bank = { .told = bi->nr_told++ };
	unsigned int at = 0;

	if (!clip(&bank, base, size))
		return;
	while (at < bi->nr_banks && bank_end(&bi->bank[at]) < bank.base)
		at++;
	join(bi, at, &bank);
}

void banks_skip(struct boot_info *bi)
{
	bi->nr_told++;
}

/* --- whole pages, and no no-map --------------------------------------------------------------- */

void banks_cut(struct boot_info *bi, paddr_t base, paddr_t end)
{
	for (unsigned int i = 0; i < bi->nr_banks && bi->bank[i].base < end;) {
		struct boot_bank below = bi->bank[i], above = below;

		if (bank_end(&below) <= base) {
			i++;
			continue;
		}
		remove_at(bi, i);
		if (below.base < base) {
			below.size = base - below.base;
			insert_at(bi, i++, &below);
		}
		if (end < bank_end(&above)) {
			above.size = bank_end(&above) - end;
			above.base = end;
			insert_at(bi, i++, &above);
		}
	}
	keep_largest(bi); /* one bank at most has become two */
}

void banks_cut_nomap(struct boot_info *bi)
{
	for (unsigned int i = 0; i < bi->nr_reserved; i++)
		if (bi->reserved[i].flags & BOOT_NOMAP)
			banks_cut(bi, bi->reserved[i].base,
				  bi->reserved[i].base + bi->reserved[i].size);
}

/* Makes whole pages of one bank; false when it has none. */
static bool align(struct boot_bank *bank)
{
	paddr_t base = ALIGN(bank->base, (paddr_t)PAGE_SIZE); /* the window's ends are aligned */
	paddr_t end = ALIGN_DOWN(bank_end(bank), (paddr_t)PAGE_SIZE);

	if (base >= end) {
		tell(bank, "not whole pages; dropped");
		return false;
	}
	if (base != bank->base || end != bank_end(bank))
		boot_warn(
			"bank %u [0x%08lx-0x%08lx]: not whole pages; trimmed to [0x%08lx-0x%08lx]",
			bank->told, bank->base, bank_end(bank) - 1, base, end - 1);
	bank->base = base;
	bank->size = end - base;
	return true;
}

unsigned int banks_sanitise(struct boot_info *bi)
{
	for (unsigned int i = 0; i < bi->nr_banks;)
		if (align(&bi->bank[i]))
			i++; /* gives B1 */
		else
			remove_at(bi, i);
	banks_cut_nomap(bi);
	return bi->nr_banks;
}

/* --- asking, and mem= ------------------------------------------------------------------------- */

bool banks_hold(const struct boot_info *bi, paddr_t base, paddr_t size)
{
	for (unsigned int i = 0; i < bi->nr_banks; i++) {
		const struct boot_bank *bank = &bi->bank[i];

		if (base >= bank->base && base < bank_end(bank))
			return size && size <= bank_end(bank) - base; /* B3 */
	}
	return false;
}

u64 banks_total(const struct boot_info *bi)
{
	u64 total = 0;

	for (unsigned int i = 0; i < bi->nr_banks; i++)
		total += bi->bank[i].size;
	return total;
}

/* The bytes of the banks that lie below `end`. */
static u64 total_below(const struct boot_info *bi, paddr_t end)
{
	u64 total = 0;

	for (unsigned int i = 0; i < bi->nr_banks && bi->bank[i].base < end; i++)
		total += min(bank_end(&bi->bank[i]), end) - bi->bank[i].base;
	return total;
}

void banks_limit(struct boot_info *bi, unsigned long limit, paddr_t needed_end)
{
	u64 left = ALIGN_DOWN(limit, (unsigned long)PAGE_SIZE);
	unsigned int kept = 0;

	if (left < total_below(bi, needed_end)) {
		boot_warn("mem=%lu: does not even hold the kernel image; ignored", limit);
		return;
	}
	if (left > total_below(bi, RAM_WINDOW_END))
		boot_warn("mem=%lu: there are %llu bytes; all of them are used", limit,
			  (unsigned long long)total_below(bi, RAM_WINDOW_END));
	for (unsigned int i = 0; i < bi->nr_banks; i++) {
		struct boot_bank bank = bi->bank[i];
		paddr_t keep = min(left, (u64)bank.size);

		left -= keep;
		if (keep < bank.size)
			tell(&bank, keep ? "above mem=; trimmed" : "above mem=; dropped");
		bank.size = keep;
		if (keep)
			bi->bank[kept++] = bank;
	}
	bi->nr_banks = kept;
}
