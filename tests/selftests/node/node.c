/*
 * node.c - claims about nodes, made of whatever banks this machine has
 */
#include "boot/boot_info.h"
#include "kernel/selftest/selftest.h"
#include "mm/node.h"
#include "mm/page/zone.h"

static pfn_t first_of(const struct boot_bank *bank)
{
	return phys_to_pfn(bank->base);
}

static pfn_t end_of(const struct boot_bank *bank)
{
	return phys_to_pfn(bank->base + bank->size);
}

static const struct boot_bank *bank_of(pfn_t pfn)
{
	for (unsigned int i = 0; i < boot_info.nr_banks; i++)
		if (pfn >= first_of(&boot_info.bank[i]) && pfn < end_of(&boot_info.bank[i]))
			return &boot_info.bank[i];
	return NULL;
}

SELFTEST(node, ascend, "nodes ascend, are numbered in that order, and none overlaps the next")
{
	const pg_data_t *pgdat;
	pfn_t end = 0;
	int nid = 0;

	EXPECT(nr_nodes >= 1 && nr_nodes <= MAX_NUMNODES);
	for_each_pgdat(pgdat) {
		EXPECT_EQ(pgdat->node_id, nid);
		nid++;
		EXPECT_EQ(NODE_DATA(pgdat->node_id), pgdat);
		EXPECT(pgdat->node_spanned_pages > 0);
		EXPECT(pgdat->node_start_pfn >= end);
		end = pgdat_end_pfn(pgdat);
		EXPECT_EQ(end, pgdat->node_start_pfn + pgdat->node_spanned_pages);
	}
	EXPECT_EQ(nid, nr_nodes);
}

SELFTEST(
	node, hold_every_bank,
	"each bank lies whole in one node, which begins and ends with a bank and counts their pages")
{
	unsigned long pages = 0;
	const pg_data_t *pgdat;

	for_each_pgdat(pgdat) {
		unsigned long of_node = 0;

		for (unsigned int i = 0; i < boot_info.nr_banks; i++) {
			const struct boot_bank *bank = &boot_info.bank[i];

			if (first_of(bank) < pgdat->node_start_pfn ||
			    first_of(bank) >= pgdat_end_pfn(pgdat))
				continue;
			EXPECT(end_of(bank) <= pgdat_end_pfn(pgdat));
			of_node += end_of(bank) - first_of(bank);
		}
		EXPECT_EQ(pgdat->node_present_pages, of_node);
		EXPECT_EQ(present_pages(pgdat->node_start_pfn, pgdat_end_pfn(pgdat)), of_node);
		EXPECT(bank_of(pgdat->node_start_pfn) && bank_of(pgdat_end_pfn(pgdat) - 1));
		pages += of_node;
	}
	EXPECT_EQ(pages, present_pages(0, ~0ul));
}

SELFTEST(node, apart,
	 "banks that touch are of one node; a hole begins a new one while there are any")
{
	const pg_data_t *pgdat;

	for_each_pgdat(pgdat) {
		bool last = pgdat->node_id == MAX_NUMNODES - 1;

		EXPECT(last || pgdat->node_present_pages == pgdat->node_spanned_pages);
		EXPECT(last || !pfn_present(pgdat_end_pfn(pgdat)));
	}
}

/* What bank's edge, and whatever lies behind it, counts. */
static bool edges_count(const struct boot_bank *bank)
{
	pfn_t first = first_of(bank), end = end_of(bank);
	unsigned long before = bank_of(first - 1) != NULL, behind = bank_of(end) != NULL;

	CHECK(pfn_present(first) && pfn_present(end - 1));
	CHECK(pfn_present(first - 1) == before && pfn_present(end) == behind);
	CHECK(present_pages(first, end) == end - first);
	CHECK(present_pages(first, first) == 0 && present_pages(end, first) == 0);
	CHECK(present_pages(first, first + 1) == 1 && present_pages(end - 1, end) == 1);
	CHECK(present_pages(first - 1, first) == before && present_pages(end, end + 1) == behind);
	CHECK(present_pages(first - 1, end + 1) == end - first + before + behind);
	CHECK(present_pages(first + 1, end - 1) == (end - first > 1 ? end - first - 2 : 0));
	return true;
}

SELFTEST(node, present, "frames are counted and known to the frame, at both edges of every bank")
{
	for (unsigned int i = 0; i < boot_info.nr_banks; i++)
		EXPECT(edges_count(&boot_info.bank[i]));
	EXPECT(!pfn_present(0) && !pfn_present(~0ul));
	EXPECT_EQ(present_pages(0, min_pfn), 0);
	EXPECT_EQ(present_pages(max_pfn, ~0ul), 0);
}

SELFTEST(node, lowmem, "lowmem ends with RAM, or where a block of the largest order may end")
{
	const pfn_t base = phys_to_pfn(PHYS_OFFSET);
	const unsigned long mapped = ((vaddr_t)high_memory - PAGE_OFFSET) >> PAGE_SHIFT;

	EXPECT_EQ(min_pfn, NODE_DATA(0)->node_start_pfn);
	EXPECT_EQ(max_pfn, pgdat_end_pfn(NODE_DATA(nr_nodes - 1)));
	EXPECT_EQ(lowmem_end_pfn % MAX_ORDER_NR_PAGES, 0);
	EXPECT_EQ(base + mapped, min(lowmem_end_pfn, max_pfn));
	EXPECT((vaddr_t)high_memory + VMALLOC_GAP < VMALLOC_END);
	/* All of RAM below is mapped. */
	EXPECT(present_pages(min_pfn, lowmem_end_pfn) <= mapped);
}
