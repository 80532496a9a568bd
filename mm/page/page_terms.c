/*
 * page_terms.c - the page family's words in the glossary
 *
 * Locking: none, constants.
 */
#include "kernel/shell/glossary.h"

TERM(page, "page",
     "4096 bytes, the unit in which memory is mapped and handed out.  A page of RAM is a page "
     "frame; struct page, 32 bytes in mem_map, says what it is used for.",
     "page start_kernel");

TERM(pfn, "pfn",
     "Page frame number: a physical address divided by 4096.  RAM begins at 0x60000000, so its "
     "first frame is pfn 0x60000.",
     "page 0x60000; v2p start_kernel");

TERM(page_frame, "page frame",
     "4096 bytes of RAM at a multiple of 4096, by their physical address: what an entry of a page "
     "table points to.  It has a number, the pfn, and a struct page.",
     "page 0x60000; v2p start_kernel");

TERM(bank, "bank",
     "A range of RAM as the boot loader named it, in a tag or in the device tree.  Between two "
     "banks there may be a gap, and in a bank a hole: there no page frame is.",
     "iomem; map");

TERM(hole, "hole",
     "Addresses or frame numbers behind which nothing is: spanned by a zone, but not present in "
     "it; or, of the vmalloc window, free between two areas.",
     "zoneinfo; explain 0xffc00000");

TERM(mem_map, "mem_map",
     "The array with a struct page for each page frame.  page_to_pfn() and pfn_to_page() are "
     "arithmetic on it.  It is made once, at boot, in memory of the early allocator.",
     "page mem_map; early");

TERM(zone, "zone",
     "Page frames of one kind: DMA, the first 16 MiB; Normal, the rest of lowmem; HighMem, what "
     "has no address of its own.  A request names the highest zone that will do, and falls back "
     "to lower ones.  Each zone has free lists, a lock and watermarks of its own.",
     "zoneinfo; buddyinfo");

TERM(node, "node",
     "RAM that belongs together: each bank with a gap before it is a node, with zones of its own. "
     "A request is served from its node first.  Linux calls a machine with several NUMA.",
     "map; buddyinfo");

TERM(lowmem, "lowmem",
     "RAM that is mapped 1:1 from 0xc0000000 on: its address is physical + 0x60000000, without a "
     "look at any table.  lowmem= and vmalloc= decide how much there is.",
     "meminfo Low; explain 0xc0000000");

TERM(highmem, "highmem",
     "RAM behind lowmem, for which there are no addresses left.  It is mapped when it is used: by "
     "kmap, kmap_local, the fixmap, or vmalloc.  lowmem=32M makes some on any machine.",
     "meminfo High; kmap_local");

TERM(buddy, "buddy",
     "The page allocator's system: blocks of 2^order pages.  A block splits into two buddies, "
     "whose frame numbers differ in one bit, pfn ^ (1 << order); when both are free, they merge.",
     "alloc pages 0; buddyinfo");

TERM(order, "order",
     "The size of a block of pages as a power of two: 0 is one page, 3 is eight, 10, the largest, "
     "1024 pages or 4 MiB.  A block begins at a multiple of its size.",
     "alloc pages 3; buddyinfo");

TERM(fragmentation, "fragmentation",
     "External: much is free, yet no block is large enough, since what is in use lies in between; "
     "buddyinfo shows it as free blocks of low orders only.  Internal: what was handed out but "
     "not asked for, as the 4 bytes behind an object of 100 in kmalloc-104.",
     "buddyinfo; replay words");

TERM(watermark, "watermark",
     "How many pages of a zone stay free.  A request's first pass stops at low, the next one at "
     "min; GFP_ATOMIC goes below that, into the reserve, and __GFP_MEMALLOC to the last page.",
     "zoneinfo");

TERM(reserve, "reserve",
     "What a zone keeps for whom it may not fail: the pages below its min watermark, for requests "
     "that cannot wait; and lowmem_reserve, kept from those that could use a higher zone.",
     "zoneinfo DMA");

TERM(gfp, "gfp",
     "\"Get free page\": flags of a request.  Where from (DMA, HIGHMEM), how hard to try (KERNEL "
     "reclaims, ATOMIC may not wait), what to do with the pages (ZERO, COMP).",
     "help alloc pages");

TERM(pcp, "pcp",
     "Per-CPU pages: single pages that a CPU keeps, taken and given back without a lock.  They "
     "come from the buddy and go back to it in batches.  Hot pages are probably in the cache still.",
     "pcp show");

TERM(reclaim, "reclaim",
     "When memory is short, shrinkers are asked to give back what nobody needs: CPUs' pages, empty "
     "slabs, unused kmap slots.  There is no swap here, so what is in use stays.",
     "vmstat allocstall; pcp drain");

TERM(compound_page, "compound page",
     "A block that is one thing (__GFP_COMP): it has one reference count, in its head, and is freed "
     "as a whole by whoever drops the last reference.  split_page() refuses it.",
     "break page-split-compound");

TERM(reference_count, "reference count",
     "How many hold a block: 1 when it is handed out, one more by get_page(), one less by put_page() "
     "and by freeing it.  At 0 it is free.",
     "break page-put-free");

TERM(tail_page, "tail page",
     "Any page of a block but the first.  Only the head, the first, has state, order and reference "
     "count; splitting and merging write no tail.",
     "break page-tail-free");
