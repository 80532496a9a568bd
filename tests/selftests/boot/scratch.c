/*
 * scratch.c - the memory behind scratch.h, and what any boot information must obey
 */
#include <string.h>

#include "arch/arch.h"
#include "boot/boot_impl.h"
#include "kernel/selftest/selftest.h"
#include "tests/selftests/boot/scratch.h"

enum { SCRATCH_NAMES = 1024 };

struct boot_info bi, other;

static struct {
	struct boot_bank banks[SCRATCH_BANKS + 1];
	struct boot_range ranges[SCRATCH_RANGES + 2];
	char names[SCRATCH_NAMES];
} tables[2];

void scratch_clear(struct boot_info *info)
{
	unsigned int which = info == &other;

	memset(info, 0, sizeof(*info));
	boot_tables(info, tables[which].banks, SCRATCH_BANKS, tables[which].ranges, SCRATCH_RANGES,
		    tables[which].names, SCRATCH_NAMES);
}

bool scratch_same(void)
{
	CHECK(bi.nr_banks == other.nr_banks && bi.nr_told == other.nr_told);
	CHECK(memcmp(bi.bank, other.bank, bi.nr_banks * sizeof(*bi.bank)) == 0);
	CHECK(bi.nr_reserved == other.nr_reserved && bi.nr_joined == other.nr_joined);
	for (unsigned int i = 0; i < bi.nr_reserved; i++) {
		const struct boot_range *a = &bi.reserved[i], *b = &other.reserved[i];

		CHECK(a->base == b->base && a->size == b->size && a->flags == b->flags);
		CHECK(strcmp(a->name, b->name) == 0);
	}
	CHECK(bi.initrd == other.initrd && bi.initrd_size == other.initrd_size);
	CHECK(bi.dtb_size == other.dtb_size);
	CHECK(strcmp(bi.cmdline, other.cmdline) == 0);
	return true;
}

static bool page_reserved(paddr_t page, u32 flags)
{
	for (unsigned int i = 0; i < bi.nr_reserved; i++)
		if (page - bi.reserved[i].base < bi.reserved[i].size)
			return (bi.reserved[i].flags & flags) == flags;
	return false;
}

bool scratch_reserved(paddr_t base, paddr_t size, u32 flags)
{
	for (paddr_t page = ALIGN_DOWN(base, (paddr_t)PAGE_SIZE); page - base < size || page < base;
	     page += PAGE_SIZE)
		if (!page_reserved(page, flags))
			return false;
	return true;
}

static bool in_window(paddr_t base, paddr_t size)
{
	const paddr_t low = PHYS_OFFSET, high = RAM_WINDOW_END;

	return size && base >= low && base < high && size <= high - base &&
	       IS_ALIGNED(base | size, (paddr_t)PAGE_SIZE);
}

bool scratch_sound(void)
{
	CHECK(bi.nr_banks <= bi.max_banks && bi.nr_reserved <= bi.max_reserved);
	for (unsigned int i = 0; i < bi.nr_banks; i++) {
		const struct boot_bank *b = &bi.bank[i];

		CHECK(in_window(b->base, b->size));
		CHECK(!i || b[-1].base + b[-1].size < b->base);
		CHECK(!boot_overlaps_flagged(&bi, b->base, b->size, BOOT_NOMAP));
	}
	for (unsigned int i = 0; i < bi.nr_reserved; i++) {
		const struct boot_range *r = &bi.reserved[i];

		CHECK(in_window(r->base, r->size));
		CHECK(!i || r[-1].base + r[-1].size <= r->base);
	}
	return true;
}
