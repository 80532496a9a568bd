/*
 * tlb.c - claims about the TLB: after each kind of flush an entry's change is what the CPU sees
 *
 *	entry ──> one   read: the TLB holds it
 *	entry ──> two   flush   read: must be two's word       without the flush it still is one's
 *
 * The flush after the final page tables cannot be tried later: a bootmem initcall does it, right
 * after them, and keeps what it saw.
 *
 * Read next: tests/mutate/sites.csv, the flushes that are taken out to see these tests fail.
 */
#include "kernel/initcall.h"
#include "kernel/selftest/selftest.h"
#include "tests/selftests/arch/span.h"

static u32 word_of(vaddr_t va)
{
	return *(volatile u32 *)va;
}

/* The entry shows one page, which is read, then the other; is that one seen after the flush? */
static bool flush_works(void (*flush)(pte_t *entry, vaddr_t va), const struct page *one,
			const struct page *two)
{
	pte_t *entry = own_span();
	u32 first, second;

	CHECK(entry);
	arch_pte_set(entry, arch_pte_make(page_to_phys(one), PAGE_KERNEL_RO));
	first = word_of(OWN_SPAN);
	arch_pte_set(entry, arch_pte_make(page_to_phys(two), PAGE_KERNEL_RO));
	flush(entry, OWN_SPAN);
	arch_pte_set(entry, arch_pte_make(page_to_phys(two), PAGE_KERNEL_RO));
	second = word_of(OWN_SPAN);
	arch_pte_clear(entry);
	arch_tlb_flush_all();
	CHECK(first == 1);
	CHECK(second == 2);
	return true;
}

static bool try_flush(void (*flush)(pte_t *entry, vaddr_t va))
{
	struct page *one = alloc_page(GFP_KERNEL), *two = alloc_page(GFP_KERNEL);
	bool works = false;

	if (one && two) {
		*(u32 *)lowmem_page_address(one) = 1;
		*(u32 *)lowmem_page_address(two) = 2;
		works = flush_works(flush, one, two);
	}
	if (one)
		__free_page(one);
	if (two)
		__free_page(two);
	return works;
}

static void flush_page(pte_t *entry __unused, vaddr_t va)
{
	arch_tlb_flush_range(va + 4, va + 8); /* any part of it */
}

static void flush_few(pte_t *entry __unused, vaddr_t va)
{
	arch_tlb_flush_range(va - 3 * PAGE_SIZE, va + PAGE_SIZE);
}

static void flush_many(pte_t *entry __unused, vaddr_t va)
{
	arch_tlb_flush_range(va, va + TABLE_SPAN / 2);
}

static void flush_all(pte_t *entry __unused, vaddr_t va __unused)
{
	arch_tlb_flush_all();
}

static void flush_local(pte_t *entry __unused, vaddr_t va)
{
	arch_tlb_flush_local_page(va);
}

static void clear_local(pte_t *entry, vaddr_t va)
{
	arch_pte_clear_local(entry, va);
}

SELFTEST(arch, tlb_range,
	 "a flush of a range, short or long, holds for its first page and its last")
{
	EXPECT(try_flush(flush_page));
	EXPECT(try_flush(flush_few));
	EXPECT(try_flush(flush_many));
}

SELFTEST(arch, tlb_all, "a flush of all holds for a page")
{
	EXPECT(try_flush(flush_all));
}

SELFTEST(arch, tlb_local, "a page flushed on this CPU, or cleared, is no longer what it was")
{
	EXPECT(try_flush(flush_local));
	EXPECT(try_flush(clear_local));
}

/* --- rights of the image's pages -------------------------------------------------------------- */

static const u32 constant = 4711;

SELFTEST(arch, tlb_protect, "rights that are taken from a page of the image are gone at once")
{
	const vaddr_t page = (vaddr_t)&constant & PAGE_MASK;
	bool before, between, after;
	unsigned long irqs = arch_irq_save();

	before = arch_try_write((vaddr_t)&constant, 4, 4711, NULL);
	arch_protect_lowmem(page, page + PAGE_SIZE, PAGE_KERNEL);
	between = arch_try_write((vaddr_t)&constant, 4, 4711, NULL);
	arch_protect_lowmem(page, page + PAGE_SIZE, PAGE_KERNEL_RO);
	after = arch_try_write((vaddr_t)&constant, 4, 4711, NULL);
	arch_irq_restore(irqs);
	EXPECT(!before && between && !after);
}

/* --- the final tables ------------------------------------------------------------------------- */

static u32 stale; /* places of the image's text that could be written just after paging */

/* Code that ran until now was writable under head.S's map: each of these pages is in the TLB. */
static void __init try_to_write_text(void)
{
	const vaddr_t ran[] = { (vaddr_t)arch_map_lowmem, (vaddr_t)initcalls_run,
				(vaddr_t)arch_pte_find, (vaddr_t)arch_try_read };

	for (unsigned int i = 0; i < ARRAY_SIZE(ran); i++) {
		vaddr_t va = ran[i] & ~(vaddr_t)3;
		u32 word = *(volatile u32 *)va;

		stale += arch_try_write(va, 4, word, NULL);
	}
}
bootmem_initcall(try_to_write_text);

SELFTEST(arch, tlb_final_map, "once lowmem has its final map, text that has run cannot be written")
{
	EXPECT_EQ(stale, 0);
}
