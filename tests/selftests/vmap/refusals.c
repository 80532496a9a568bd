/*
 * refusals.c - claims about callers' bugs: named, and nothing changed
 */
#include "kernel/irq.h"
#include "kernel/selftest/selftest.h"
#include "mm/slab/slab.h"
#include "mm/vmap/vmap.h"
#include "mm/window/ioremap.h"

/* What a refusal must leave as it is. */
struct state {
	unsigned long areas, pages, available;
};

static struct state now(void)
{
	slab_reap(); /* a structure that was taken and given back may leave a slab behind */
	return (struct state){ nr_vm_areas(), nr_vmalloc_pages(), nr_available_pages() };
}

static bool unchanged(const struct state *before)
{
	struct state after = now();

	CHECK(after.areas == before->areas);
	CHECK(after.pages == before->pages);
	CHECK(after.available == before->available);
	return vmap_check();
}

SELFTEST(vmap, refused_frees, "vfree of what is no area's start is refused by name")
{
	u8 *area = vmalloc(2 * PAGE_SIZE), local = 0;
	void *object = kmalloc(PAGE_SIZE, GFP_KERNEL);
	struct state before = now();

	EXPECT(area && object);
	EXPECT_BUG("interior address", vfree(area + PAGE_SIZE));
	EXPECT_BUG("interior address", vfree(area + 2 * PAGE_SIZE)); /* its guard */
	EXPECT_BUG("unaligned address", vfree(area + 4));
	EXPECT_BUG("not an area", vfree((void *)(VMALLOC_END - PAGE_SIZE)));
	EXPECT_BUG("not an area", vfree(object));
	EXPECT_BUG("not an area", vfree((void *)PAGE_SIZE));
	EXPECT_BUG("unaligned address", vfree(&local));
	EXPECT_BUG("interior address", vunmap(area + PAGE_SIZE));
	EXPECT(unchanged(&before));
	vfree(area);
	kfree(object);
}

SELFTEST(vmap, refused_twice, "a second vfree or vunmap is called one")
{
	struct page *page = alloc_page(GFP_KERNEL);
	void *area = vmalloc(PAGE_SIZE), *other = vmalloc(PAGE_SIZE), *view;
	struct state before;

	EXPECT(page && area && other);
	EXPECT((view = vmap(&page, 1, VM_MAP, PAGE_KERNEL)));
	vfree(area);
	vfree(other);
	vunmap(view);
	before = now();
	EXPECT_BUG("double free", vfree(area));
	EXPECT_BUG("double free", vfree(other));
	EXPECT_BUG("double free", vunmap(view));
	EXPECT(unchanged(&before));
	__free_page(page);
}

SELFTEST(vmap, refused_kind, "an area is freed by the function of its kind only")
{
	struct page *page = alloc_page(GFP_KERNEL);
	struct vm_struct *registers = get_vm_area(PAGE_SIZE, VM_IOREMAP);
	void *area = vmalloc(PAGE_SIZE), *view;
	struct state before;

	EXPECT(page && area && registers);
	EXPECT((view = vmap(&page, 1, VM_MAP, PAGE_KERNEL)));
	before = now();
	EXPECT_BUG("wrong kind", vfree(view));
	EXPECT_BUG("wrong kind", vunmap(area));
	EXPECT_BUG("wrong kind", vfree(registers->addr));
	EXPECT_BUG("wrong kind", vunmap(registers->addr));
	EXPECT_BUG("wrong kind", EXPECT(!take_vm_area(area, VM_IOREMAP, "vmap", 0)));
	EXPECT(unchanged(&before));
	vfree(area);
	vunmap(view);
	kfree(remove_vm_area(registers->addr));
	__free_page(page);
}

SELFTEST(vmap, refused_given, "an area that was given its pages is of its kind to iounmap() too")
{
	struct page **pages = kmalloc(sizeof(*pages), GFP_KERNEL);
	struct state before;
	void *view;

	EXPECT(pages && (*pages = alloc_page(GFP_KERNEL)));
	EXPECT((view = vmap(pages, 1, VM_MAP | VM_MAP_PUT_PAGES, PAGE_KERNEL)));
	before = now();
	EXPECT_BUG("wrong kind", iounmap(view));
	EXPECT(unchanged(&before));
	vfree(view);
}

SELFTEST(vmap, refused_arguments, "arguments that mean nothing are refused by name")
{
	const unsigned long start = VMALLOC_START, end = VMALLOC_END;
	struct page *page = NULL;
	struct state before = now();

	EXPECT_BUG("zero size", EXPECT(!vmalloc(0)));
	EXPECT_BUG("bad node", EXPECT(!vmalloc_node(1, 77)));
	EXPECT_BUG("bad alignment", EXPECT(!__vmalloc_node(1, 0, GFP_KERNEL, NUMA_NO_NODE, NULL)));
	EXPECT_BUG("bad alignment", EXPECT(!__vmalloc_node(1, 48, GFP_KERNEL, NUMA_NO_NODE, NULL)));
	EXPECT_BUG("bad range", EXPECT(!__vmalloc_node_range(1, 1, PAGE_OFFSET, end, GFP_KERNEL,
							     PAGE_KERNEL, 0, NUMA_NO_NODE, NULL)));
	EXPECT_BUG("bad flags",
		   EXPECT(!__vmalloc_node_range(1, 1, start, end, GFP_KERNEL, PAGE_KERNEL, VM_MAP,
						NUMA_NO_NODE, NULL)));
	EXPECT_BUG("bad zone", EXPECT(!__vmalloc(1, GFP_KERNEL | __GFP_DMA | __GFP_HIGHMEM)));
	EXPECT_BUG("zero size", EXPECT(!get_vm_area(0, VM_MAP)));
	EXPECT_BUG("bad flags", EXPECT(!get_vm_area(1, 0)));
	EXPECT_BUG("bad flags", EXPECT(!get_vm_area(1, VM_MAP | VM_ALLOC)));
	EXPECT_BUG("bad range", EXPECT(!__get_vm_area(1, VM_MAP, start, end + PAGE_SIZE)));
	EXPECT_BUG("no pages", EXPECT(!vmap(&page, 0, VM_MAP, PAGE_KERNEL)));
	EXPECT_BUG("no pages", EXPECT(!vmap(NULL, 1, VM_MAP, PAGE_KERNEL)));
	EXPECT_BUG("no page", EXPECT(!vmap(&page, 1, VM_MAP, PAGE_KERNEL)));
	EXPECT(unchanged(&before));
}

SELFTEST(vmap, too_large, "more than the window, or than there is, is NULL and no bug")
{
	struct state before = now();

	EXPECT(!__vmalloc(VMALLOC_TOTAL, GFP_KERNEL | __GFP_NOWARN));
	EXPECT(!__vmalloc(~0ul, GFP_KERNEL | __GFP_NOWARN));
	EXPECT(!__vmalloc_node(1, 1ul << (BITS_PER_LONG - 1), GFP_KERNEL | __GFP_NOWARN,
			       NUMA_NO_NODE, NULL));
	EXPECT(!get_vm_area(~0ul, VM_MAP));
	EXPECT(!kvmalloc(~(size_t)0, GFP_KERNEL | __GFP_NOWARN));
	EXPECT(unchanged(&before));
}

/* --- interrupts ------------------------------------------------------------------------------- */

static struct in_interrupt {
	void *area, *given;
	struct page *page;
	unsigned int call; /* which one the handler makes */
	bool ran;
} trial;

static void call_in_interrupt(void *arg __unused)
{
	switch (trial.call) {
	case 0:
		trial.given = vmalloc(PAGE_SIZE);
		break;
	case 1:
		vfree(trial.area);
		break;
	case 2:
		trial.given = vmap(&trial.page, 1, VM_MAP, PAGE_KERNEL);
		break;
	case 3:
		vunmap(trial.area);
		break;
	case 4:
		trial.given = get_vm_area(PAGE_SIZE, VM_MAP);
		break;
	case 5:
		trial.given = remove_vm_area(trial.area);
		break;
	}
	trial.ran = true;
}

SELFTEST(vmap, refused_in_interrupts,
	 "each function that may wait is refused in an interrupt's handler")
{
	struct state before;

	EXPECT((trial.area = vmalloc(PAGE_SIZE)));
	EXPECT((trial.page = alloc_page(GFP_KERNEL)));
	before = now();
	for (trial.call = 0; trial.call < 6; trial.call++) {
		trial.given = NULL;
		trial.ran = false;
		EXPECT_BUG("in an interrupt", EXPECT(irq_call(call_in_interrupt, NULL)));
		EXPECT(trial.ran && !trial.given);
	}
	EXPECT(unchanged(&before));
	vfree(trial.area);
	__free_page(trial.page);
}
