/*
 * boot_model.c - intervals told, and what must have become of them
 *
 *	told      [---0---)   [-1-)          union, cut to whole pages, no-map taken out: the banks
 *	reserved     [--a--)[==b==)          each point belongs to the highest rank, then to the first
 *
 * Read next: boot/banks.c and boot/reserved.c, whose invariants B1 to B3 and R1 to R3 are claimed.
 */
#include "tests/fuzz/boot_model.h"

#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"
#include "kernel/printk.h"

enum { SMALL_BANKS = 4, SMALL_RANGES = 8, LARGE = 2048, SMALL_NAMES = 256 };

static char heard[64 * 1024]; /* the lines since the model began, as far as they fit */
static size_t heard_len;
static boot_warn_hook_t former;
static unsigned int models; /* that have begun and not ended */

static void hear(const char *line)
{
	size_t len = strlen(line);

	if (len >= PRINTK_LINE)
		fuzz_fail("a line of %zu characters", len);
	for (size_t i = 0; i < len; i++)
		if ((u8)line[i] < ' ' || (u8)line[i] > '~')
			fuzz_fail("a line with the byte %02x in it: %s", (u8)line[i], line);
	if (len + 2 > sizeof(heard) - heard_len)
		return;
	memcpy(heard + heard_len, line, len);
	heard_len += len;
	heard[heard_len++] = '\n';
	heard[heard_len] = '\0';
}

bool boot_model_heard(const char *text)
{
	return strstr(heard, text);
}

/* --- a boot information of its own ------------------------------------------------------------ */

static struct boot_info *fresh(bool large)
{
	unsigned int banks = large ? LARGE : SMALL_BANKS, ranges = large ? LARGE : SMALL_RANGES;
	size_t names = large ? LARGE * (BOOT_NAME_MAX + 1) : SMALL_NAMES;
	struct boot_info *bi = calloc(1, sizeof(*bi));

	boot_tables(bi, malloc((banks + 1) * sizeof(struct boot_bank)), banks,
		    malloc((ranges + 2) * sizeof(struct boot_range)), ranges, malloc(names), names);
	return bi;
}

void boot_model_begin(struct boot_model *model, bool large_tables)
{
	model->bi = fresh(large_tables);
	model->nr_told = model->nr_reserved = 0;
	model->too_many = false;
	if (!models++) {
		heard_len = 0;
		heard[0] = '\0';
		former = boot_warn_set_hook(hear);
	}
	boot_model_reserve(model, PHYS_OFFSET + 32 * KiB, MiB, "image", BOOT_KERNEL);
	boot_reserve_in(model->bi, PHYS_OFFSET + 32 * KiB, MiB, "image", BOOT_KERNEL);
}

void boot_model_end(struct boot_model *model)
{
	if (!--models)
		boot_warn_set_hook(former);
	free(model->bi->bank);
	free(model->bi->reserved);
	free(model->bi->names);
	free(model->bi);
}

/* --- telling ---------------------------------------------------------------------------------- */

u64 boot_model_end_of(u64 base, u64 size)
{
	return size < UINT64_MAX - base ? base + size : UINT64_MAX;
}

/* Cuts [base, base + size) to the window; false when nothing is left. */
static bool cut_to_window(u64 base, u64 size, struct boot_model_range *range)
{
	range->base = max(base, (u64)PHYS_OFFSET);
	range->end = min(boot_model_end_of(base, size), (u64)RAM_WINDOW_END);
	return range->base < range->end;
}

static struct boot_model_range *room(struct boot_model *model, struct boot_model_range *list,
				     unsigned int *nr)
{
	if (*nr < BOOT_MODEL_TOLD)
		return &list[(*nr)++];
	model->too_many = true;
	return NULL;
}

void boot_model_bank(struct boot_model *model, u64 base, u64 size)
{
	struct boot_model_range cut, *bank;

	if (!cut_to_window(base, size, &cut))
		return;
	bank = room(model, model->told, &model->nr_told);
	if (bank)
		*bank = cut;
}

static void copy_name(char to[BOOT_NAME_MAX + 1], const char *name)
{
	size_t n = strnlen(name, BOOT_NAME_MAX);

	memcpy(to, name, n);
	to[n] = '\0';
	for (char *c = to; *c; c++)
		if ((u8)*c <= ' ' || (u8)*c > '~')
			*c = '?';
}

void boot_model_reserve(struct boot_model *model, u64 base, u64 size, const char *name, u32 flags)
{
	struct boot_model_range cut, *range;

	if (!cut_to_window(base, size, &cut))
		return;
	range = room(model, model->reserved, &model->nr_reserved);
	if (!range)
		return;
	range->base = ALIGN_DOWN(cut.base, (u64)PAGE_SIZE);
	range->end = ALIGN(cut.end, (u64)PAGE_SIZE);
	range->flags = flags;
	if (flags & (BOOT_KERNEL | BOOT_OURS))
		strcpy(range->name, name); /* a name of ours may have blanks */
	else
		copy_name(range->name, name);
}

/* --- what must hold of any -------------------------------------------------------------------- */

static void claim_in_window(const char *what, u64 base, u64 size)
{
	if (!size || base < PHYS_OFFSET || base >= RAM_WINDOW_END || size > RAM_WINDOW_END - base)
		fuzz_fail("%s [%#llx, %llu bytes] outside the window", what,
			  (unsigned long long)base, (unsigned long long)size);
}

static void claim_pages(const char *what, u64 base, u64 size)
{
	if (!IS_ALIGNED(base | size, (u64)PAGE_SIZE))
		fuzz_fail("%s [%#llx, %llu bytes] is not whole pages", what,
			  (unsigned long long)base, (unsigned long long)size);
}

static void ranges_sound(const struct boot_info *bi)
{
	if (bi->nr_reserved > bi->max_reserved || bi->names_used > bi->max_names)
		fuzz_fail("%u ranges, %zu bytes of names", bi->nr_reserved, bi->names_used);
	for (unsigned int i = 0; i < bi->nr_reserved; i++) {
		const struct boot_range *r = &bi->reserved[i];

		claim_in_window("a reserved range", r->base, r->size);
		claim_pages("a reserved range", r->base, r->size);
		if (!i)
			continue;
		if (r[-1].base + r[-1].size > r->base)
			fuzz_fail("ranges %u and %u: not in order, or not apart", i - 1, i);
		if (r[-1].base + r[-1].size == r->base && r[-1].flags == r->flags &&
		    !strcmp(r[-1].name, r->name))
			fuzz_fail("ranges %u and %u touch and are alike", i - 1, i);
	}
}

void boot_model_sound(const struct boot_info *bi)
{
	ranges_sound(bi);
	if (bi->nr_banks > bi->max_banks)
		fuzz_fail("%u banks in a table of %u", bi->nr_banks, bi->max_banks);
	for (unsigned int i = 0; i < bi->nr_banks; i++) {
		const struct boot_bank *b = &bi->bank[i];

		claim_in_window("a bank", b->base, b->size);
		if (i && b[-1].base + b[-1].size >= b->base)
			fuzz_fail("banks %u and %u: not in order, or not apart", i - 1, i);
	}
	if (strnlen(bi->cmdline, BOOT_CMDLINE_MAX) == BOOT_CMDLINE_MAX)
		fuzz_fail("a command line without an end");
}

/* --- what must hold of what was told ---------------------------------------------------------- */

/* Every bound of an interval in `list`, ascending, and twice where two have it. */
struct bounds {
	unsigned int nr;
	u64 at[2 * BOOT_MODEL_TOLD];
};

static int by_value(const void *a, const void *b)
{
	const u64 *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void collect(struct bounds *bounds, const struct boot_model_range *list, unsigned int nr)
{
	bounds->nr = 0;
	for (unsigned int i = 0; i < nr; i++) {
		bounds->at[bounds->nr++] = list[i].base;
		bounds->at[bounds->nr++] = list[i].end;
	}
	qsort(bounds->at, bounds->nr, sizeof(*bounds->at), by_value);
}

static unsigned int rank(u32 flags)
{
	return flags & BOOT_KERNEL ? 3 : flags & BOOT_NOMAP ? 2 : 1;
}

/* Whose the byte at `at` must be; NULL: nobody's. */
static const struct boot_model_range *owner(const struct boot_model *model, u64 at)
{
	const struct boot_model_range *best = NULL;

	for (unsigned int i = 0; i < model->nr_reserved; i++) {
		const struct boot_model_range *r = &model->reserved[i];

		if (at >= r->base && at < r->end && (!best || rank(r->flags) > rank(best->flags)))
			best = r;
	}
	return best;
}

const struct boot_range *boot_model_reserved_at(const struct boot_info *bi, u64 at)
{
	for (unsigned int i = 0; i < bi->nr_reserved; i++)
		if (at >= bi->reserved[i].base && at - bi->reserved[i].base < bi->reserved[i].size)
			return &bi->reserved[i];
	return NULL;
}

/* The table was large enough for all: each point must be its owner's, under his name. */
static void claim_exact(const struct boot_model_range *want, const struct boot_range *got, u64 at)
{
	if (!want != !got)
		fuzz_fail("%#llx: %s, and is %s", (unsigned long long)at,
			  want ? want->name : "nobody's", got ? got->name : "nobody's");
	if (want && (want->flags != got->flags || strcmp(want->name, got->name) != 0))
		fuzz_fail("%#llx: is %s (flags %u), not %s (flags %u)", (unsigned long long)at,
			  got->name, got->flags, want->name, want->flags);
}

/* The table may have been too small: nothing that was reserved is free, nothing no-map is mapped. */
static void claim_held(const struct boot_model_range *want, const struct boot_range *got, u64 at)
{
	if (want && !got)
		fuzz_fail("%#llx: reserved for %s, and free", (unsigned long long)at, want->name);
	if (want && (want->flags & BOOT_NOMAP) && !(got->flags & BOOT_NOMAP))
		fuzz_fail("%#llx: no-map memory is %s's", (unsigned long long)at, got->name);
	if (want && (want->flags & BOOT_KERNEL) && !(got->flags & BOOT_KERNEL))
		fuzz_fail("%#llx: the kernel's memory is %s's", (unsigned long long)at, got->name);
}

static void compare_reserved(const struct boot_model *model)
{
	static struct bounds bounds;
	const struct boot_info *bi = model->bi;
	bool exact = 2 * model->nr_reserved + 1 <= bi->max_reserved &&
		     (BOOT_NAME_MAX + 1) * (model->nr_reserved + 1) <= bi->max_names;

	if (exact && bi->nr_joined)
		fuzz_fail("%u ranges were joined in a table with room", bi->nr_joined);
	collect(&bounds, model->reserved, model->nr_reserved);
	for (unsigned int i = 0; i < bounds.nr; i++) {
		u64 at = bounds.at[i];

		if (exact)
			claim_exact(owner(model, at), boot_model_reserved_at(bi, at), at);
		else
			claim_held(owner(model, at), boot_model_reserved_at(bi, at), at);
	}
	for (unsigned int i = 0; exact && i < bi->nr_reserved; i++)
		claim_exact(owner(model, bi->reserved[i].base), &bi->reserved[i],
			    bi->reserved[i].base);
}

/* --- banks ------------------------------------------------------------------------------------ */

static bool told_at(const struct boot_model *model, u64 at)
{
	for (unsigned int i = 0; i < model->nr_told; i++)
		if (at >= model->told[i].base && at < model->told[i].end)
			return true;
	return false;
}

bool boot_model_bank_at(const struct boot_info *bi, u64 at)
{
	for (unsigned int i = 0; i < bi->nr_banks; i++)
		if (at >= bi->bank[i].base && at - bi->bank[i].base < bi->bank[i].size)
			return true;
	return false;
}

/* Is every byte of [from, to) told?  Only bounds can change that. */
static bool told_whole(const struct boot_model *model, const struct bounds *bounds, u64 from,
		       u64 to)
{
	if (!told_at(model, from))
		return false;
	for (unsigned int i = 0; i < bounds->nr; i++)
		if (bounds->at[i] > from && bounds->at[i] < to && !told_at(model, bounds->at[i]))
			return false;
	return true;
}

/* The page at a bound of anything: it is in a bank just when all of it was told and may be mapped. */
static void claim_page(const struct boot_model *model, const struct bounds *bounds, u64 page,
		       bool exact)
{
	const struct boot_model_range *at = owner(model, page);
	bool ram = told_whole(model, bounds, page, page + PAGE_SIZE) &&
		   !(at && (at->flags & BOOT_NOMAP) && exact);
	bool got = boot_model_bank_at(model->bi, page);

	if (got && !ram)
		fuzz_fail("%#llx is in a bank, and was not told to be RAM",
			  (unsigned long long)page);
	if (exact && ram && !got)
		fuzz_fail("%#llx is in no bank, and was told to be RAM", (unsigned long long)page);
}

static void claim_around(const struct boot_model *model, const struct bounds *bounds, u64 at,
			 bool exact)
{
	u64 page = ALIGN_DOWN(at, (u64)PAGE_SIZE);

	if (page > PHYS_OFFSET)
		claim_page(model, bounds, page - PAGE_SIZE, exact);
	if (page >= RAM_WINDOW_END)
		return;
	claim_page(model, bounds, page, exact);
	if (page + PAGE_SIZE < RAM_WINDOW_END)
		claim_page(model, bounds, page + PAGE_SIZE, exact);
}

static void compare_banks(const struct boot_model *model)
{
	static struct bounds bounds;
	const struct boot_info *bi = model->bi;
	bool exact = model->nr_told + 2 * model->nr_reserved <= bi->max_banks &&
		     2 * model->nr_reserved + 1 <= bi->max_reserved;

	collect(&bounds, model->told, model->nr_told);
	for (unsigned int i = 0; i < bounds.nr; i++)
		claim_around(model, &bounds, bounds.at[i], exact);
	for (unsigned int i = 0; i < model->nr_reserved; i++) {
		claim_around(model, &bounds, model->reserved[i].base, exact);
		claim_around(model, &bounds, model->reserved[i].end, exact);
	}
	for (unsigned int i = 0; i < bi->nr_banks; i++) {
		const struct boot_bank *b = &bi->bank[i];

		claim_pages("a bank", b->base, b->size);
		claim_around(model, &bounds, b->base, exact);
		claim_around(model, &bounds, b->base + b->size, exact);
		if (boot_overlaps_flagged(bi, b->base, b->size, BOOT_NOMAP))
			fuzz_fail("bank %u has no-map memory", i);
	}
}

void boot_model_compare(struct boot_model *model)
{
	boot_model_sound(model->bi);
	banks_sanitise(model->bi);
	boot_model_sound(model->bi);
	if (model->too_many)
		return;
	compare_reserved(model);
	compare_banks(model);
}

/* --- two readings ----------------------------------------------------------------------------- */

static bool same_ranges(const struct boot_info *a, const struct boot_info *b)
{
	if (a->nr_reserved != b->nr_reserved)
		return false;
	for (unsigned int i = 0; i < a->nr_reserved; i++) {
		const struct boot_range *r = &a->reserved[i], *s = &b->reserved[i];

		if (r->base != s->base || r->size != s->size || r->flags != s->flags ||
		    strcmp(r->name, s->name) != 0)
			return false;
	}
	return true;
}

void boot_model_same(const struct boot_info *a, const struct boot_info *b)
{
	if (a->nr_banks != b->nr_banks || memcmp(a->bank, b->bank, a->nr_banks * sizeof(*a->bank)))
		fuzz_fail("two readings of one source give different banks");
	if (!same_ranges(a, b))
		fuzz_fail("two readings of one source reserve different ranges");
	if (a->initrd != b->initrd || a->initrd_size != b->initrd_size ||
	    strcmp(a->cmdline, b->cmdline) != 0)
		fuzz_fail("two readings of one source give different initrds or command lines");
}

/* --- numbers that matter ---------------------------------------------------------------------- */

static u64 nudge(struct fuzz_input *in)
{
	static const s64 by[] = { 0, 0, 1, -1, 4096, -4096, 4095, 2048 };

	return (u64)by[fuzz_below(in, ARRAY_SIZE(by))];
}

u64 boot_model_address(struct fuzz_input *in)
{
	const u64 edges[] = { PHYS_OFFSET, RAM_WINDOW_END, 0,
			      UINT64_MAX,  1ull << 32,	   PHYS_OFFSET + MiB };
	unsigned int way = fuzz_below(in, 8);

	if (way < ARRAY_SIZE(edges))
		return edges[way] + nudge(in);
	if (way == 6)
		return (u64)fuzz_u16(in) << fuzz_below(in, 49);
	return PHYS_OFFSET + ((u64)fuzz_u16(in) << 14) + nudge(in);
}

u64 boot_model_size(struct fuzz_input *in)
{
	unsigned int way = fuzz_below(in, 8);

	if (way == 0)
		return nudge(in);
	if (way == 1)
		return (u64)fuzz_u16(in) << fuzz_below(in, 49);
	if (way == 2)
		return UINT64_MAX - fuzz_u8(in);
	return ((u64)fuzz_u8(in) << (10 + fuzz_below(in, 16))) + nudge(in);
}
