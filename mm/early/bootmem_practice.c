/*
 * bootmem_practice.c - makes a node of bootmem's out of a block of pages, and takes it apart
 *
 * Stands above the page allocator, unlike the rest of this folder: for tests and the shell.
 */
#include "mm/early/bootmem_practice.h"
#include "mm/early/records.h"
#include "mm/page/page.h"

bool practice_begin(struct practice_node *node, unsigned int order)
{
	unsigned long count = 1ul << order;
	pfn_t first;

	*node = (struct practice_node){ .order = order, .free_pages = count - 1 };
	node->pages = (void *)__get_free_pages(GFP_KERNEL, order);
	if (!node->pages)
		return false;
	node->start = virt_to_phys(node->pages);
	first = phys_to_pfn(node->start);
	node->pgdat = (pg_data_t){
		.node_id = -1,
		.node_start_pfn = first,
		.node_spanned_pages = count,
		.node_present_pages = count,
		.bdata = &node->data,
	};
	init_bootmem_node(&node->pgdat, first + count - 1, first, first + count);
	free_bootmem_node(&node->pgdat, node->start, (count - 1) << PAGE_SHIFT);
	return true;
}

void practice_end(struct practice_node *node)
{
	early_records_forget(node->start, node->start + (PAGE_SIZE << node->order));
	arch_unpoison(node->pages, PAGE_SIZE << node->order); /* whatever was freed of it */
	free_pages((unsigned long)node->pages, node->order);
}
