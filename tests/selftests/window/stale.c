/*
 * stale.c - a claim about kmap(): a slot that has been flushed no longer shows its page
 *
 * Read next: mm/window/kmap.h
 */
#include "kernel/selftest/selftest.h"
#include "mm/window/kmap.h"

SELFTEST(kmap, stale, "once the unused slots are flushed, the address of one faults")
{
	struct page *page = alloc_page(GFP_HIGHUSER);
	bool held = false, flushed = false;
	u32 word, *va;

	EXPECT(page);
	if (!PageHighMem(page)) {
		__free_page(page);
		SKIP("no highmem on this machine");
	}
	va = kmap(page);
	if (va) {
		*va = 4711;
		kunmap(page);
		held = arch_try_read((vaddr_t)va, 4, &word, NULL) && word == 4711;
		kmap_flush_unused();
		flushed = !arch_try_read((vaddr_t)va, 4, &word, NULL);
	}
	__free_page(page);
	EXPECT(held); /* an unused slot stays mapped until then */
	EXPECT(flushed);
}
