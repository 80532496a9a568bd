/*
 * vmap.c - what areas cost: vmalloc of one page and of many, vmap, and how the cost grows with what is live
 *
 *	hot      the page tables of the area's span are there; pages come from where the last went
 *	live     N other areas of one page are held, without a hole between them
 *
 * The live rows are flat: who frees is led to the area by its address, who allocates by the hint to the
 * place behind the highest (mm/vmap/list.c).  What neither cures shows in vmap.vmalloc16.mixed2500: a
 * small area that is wanted in between leads the hint back to the low holes, and the large one's search
 * passes all of them again.  That is linear in a list, and the reason for a tree of free areas.
 *
 * Read next: mm/vmap/vmap.h.
 */
#include "kernel/bench/bench.h"
#include "mm/slab/slab.h"
#include "mm/vmap/vmap.h"

static void vmalloc_pairs(struct bench *b, unsigned long plain_size)
{
	const unsigned long size = opaque(plain_size);
	void *area;

	BENCH_HOT_PAIRS(b, area, area = vmalloc(size), vfree(area));
}

static void hot_vmalloc(struct bench *b)
{
	vmalloc_pairs(b, b->arg * PAGE_SIZE);
}

#define SIZE_ROW(pages)                                                                            \
	BENCH_REGISTER(vmalloc##pages, "vmap.vmalloc" #pages, "vmalloc(" #pages " pages) + vfree", \
		       "tables there", hot_vmalloc, pages)
SIZE_ROW(1);
SIZE_ROW(4);
SIZE_ROW(16);
SIZE_ROW(64);
SIZE_ROW(256);

/* --- with other areas live -------------------------------------------------------------------- */

/* Areas are chained through their first word. */
static void *hold(unsigned long areas)
{
	void **newest = NULL;

	while (areas--) {
		void **area = __vmalloc(PAGE_SIZE, GFP_KERNEL | __GFP_NOWARN);

		if (!area)
			break;
		*area = newest;
		newest = area;
	}
	return newest;
}

static unsigned long release(void **newest)
{
	unsigned long areas = 0;

	for (; newest; areas++) {
		void **next = *newest;

		vfree(newest);
		newest = next;
	}
	return areas;
}

static void live_vmalloc(struct bench *b)
{
	void *held = hold(b->arg);

	vmalloc_pairs(b, PAGE_SIZE);
	if (release(held) < b->arg)
		bench_leave_out(b, "no memory for the live areas");
}

#define LIVE_ROW(n)                                                                 \
	BENCH_REGISTER(live##n, "vmap.vmalloc1.live" #n, "vmalloc(1 page) + vfree", \
		       #n " areas of a page live", live_vmalloc, n)
LIVE_ROW(1);
LIVE_ROW(10);
LIVE_ROW(100);
LIVE_ROW(1000);
LIVE_ROW(5000);

static void batch_vmalloc(struct bench *b)
{
	const unsigned long size = opaque(PAGE_SIZE);
	void *area;

	BENCH_BATCH(b, 1000, BENCH_FIFO, area, area = vmalloc(size), vfree(area));
}
BENCH_REGISTER(batch1000, "vmap.vmalloc1.batch1000",
	       "1000 x vmalloc(1 page), then vfree in that order", "tables there", batch_vmalloc,
	       0);

/* Every second one of twice as many areas is freed again. */
enum { HOLES = 2500 };

BENCH(holes, "vmap.vmalloc16.holes2500", "vmalloc(16 pages) + vfree",
      "2500 areas of a page live, a hole of a page between each two")
{
	const unsigned long size = opaque(16 * PAGE_SIZE);
	unsigned int n;
	void *area;

	for (n = 0; n < 2 * HOLES; n++)
		if (!(b->object[n] = __vmalloc(PAGE_SIZE, GFP_KERNEL | __GFP_NOWARN)))
			break;
	for (unsigned int i = 1; i < n; i += 2)
		vfree(b->object[i]);
	if (n == 2 * HOLES)
		BENCH_HOT_PAIRS(b, area, area = vmalloc(size), vfree(area));
	else
		bench_leave_out(b, "no memory for the live areas");
	for (unsigned int i = 0; i < n; i += 2)
		vfree(b->object[i]);
}

/* Each is looked for after a page's area was found among the lowest holes. */
BENCH(mixed, "vmap.vmalloc16.mixed2500", "vmalloc(16 pages) + vfree",
      "2500 areas of a page live, a hole of a page between each two; one page asked for in between: "
      "the list walks past every hole, a tree would not")
{
	const unsigned long size = opaque(16 * PAGE_SIZE);
	enum { SAMPLES = 50 };
	unsigned int n, done = 0;

	for (n = 0; n < 2 * HOLES; n++)
		if (!(b->object[n] = __vmalloc(PAGE_SIZE, GFP_KERNEL | __GFP_NOWARN)))
			break;
	for (unsigned int i = 1; i < n; i += 2)
		vfree(b->object[i]);
	for (; n == 2 * HOLES && done < SAMPLES; done++) {
		void *small = vmalloc(PAGE_SIZE), *area;

		bench_time(b->alloc[done], area = vmalloc(size));
		bench_time(b->free[done], vfree(area));
		vfree(small);
		if (!small || !area)
			break;
	}
	b->samples = done;
	if (done < SAMPLES)
		bench_leave_out(b, "no memory for the live areas");
	for (unsigned int i = 0; i < n; i += 2)
		vfree(b->object[i]);
}

/* --- under the lock --------------------------------------------------------------------------- */

/*
 * An area of so many pages, all of them mapped, that begins a page behind a span's start: as many
 * entries of spans that are not whole as there can be.  The frames are RAM's and what is behind it,
 * read-only.
 */
static struct vm_struct *mapped_area(unsigned long pages)
{
	const vaddr_t at = VMALLOC_END - 160 * MiB + PAGE_SIZE, end = at + pages * PAGE_SIZE;
	struct vm_struct *area = __get_vm_area(pages * PAGE_SIZE, VM_MAP, at, end + PAGE_SIZE);

	if (!area)
		return NULL;
	if (ioremap_page_range(at, end, PHYS_OFFSET, PAGE_KERNEL_RO) == 0) {
		area->flags |= VM_MAPPED;
		return area;
	}
	kfree(remove_vm_area(area->addr));
	return NULL;
}

static void __noinline remove_locked(const void *addr)
{
	unsigned long flags;

	spin_lock_irqsave(&vmlist_lock, flags);
	__remove_vm_area(addr);
	spin_unlock_irqrestore(&vmlist_lock, flags);
}

static void removed_under_lock(struct bench *b)
{
	enum { SAMPLES = 20 };

	for (b->samples = 0; b->samples < SAMPLES; b->samples++) {
		struct vm_struct *area = mapped_area(b->arg);

		if (!area) {
			bench_leave_out(b, "no addresses, or no page for a table");
			return;
		}
		bench_time(b->alloc[b->samples], remove_locked(area->addr));
		kfree(area);
	}
	b->single = true;
}

#define LOCKED_ROW(pages)                                                                       \
	BENCH_REGISTER(locked##pages, "vmap.remove_locked" #pages,                              \
		       "__remove_vm_area(" #pages " pages) under vmlist_lock",                  \
		       "all of it mapped, at a page behind a span's start", removed_under_lock, \
		       pages)
LOCKED_ROW(256);
LOCKED_ROW(2046);
LOCKED_ROW(32766);

/* --- vmap ------------------------------------------------------------------------------------- */

enum { VMAP_PAGES = 16 };

BENCH(vmap16, "vmap.vmap16", "vmap(16 pages) + vunmap", "tables there")
{
	const unsigned int count = opaque(VMAP_PAGES);
	struct page *pages[VMAP_PAGES] = {};
	void *area;

	if (alloc_pages_bulk_array(GFP_KERNEL, VMAP_PAGES, pages) == VMAP_PAGES)
		BENCH_HOT_PAIRS(b, area, area = vmap(pages, count, VM_MAP, PAGE_KERNEL),
				vunmap(area));
	else
		bench_leave_out(b, "no memory");
	for (unsigned int i = 0; i < VMAP_PAGES; i++)
		if (pages[i])
			__free_page(pages[i]);
}
