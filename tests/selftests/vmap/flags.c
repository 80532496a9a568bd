/*
 * flags.c - claims about 2.6's functions, and about what vmap() makes of its flags
 */
#include "kernel/selftest/selftest.h"
#include "mm/slab/slab.h"
#include "mm/vmap/vmap_impl.h"
#include "tests/selftests/page/node_room.h"

SELFTEST(vmap, any_flags,
	 "vmap() takes any flags, makes a vmap area of them, and vunmap() ends each")
{
	const unsigned long flags[] = { 0,
					VM_MAP,
					VM_ALLOC,
					VM_IOREMAP,
					VM_VPAGES,
					VM_UNINITIALIZED,
					VM_USERMAP,
					VM_MAPPED,
					VM_MAP | VM_USERMAP,
					VM_OWN_FLAGS,
					1ul << 31,
					~(unsigned long)VM_MAP_PUT_PAGES };
	struct page *page = alloc_page(GFP_KERNEL);

	EXPECT(page);
	for (unsigned int i = 0; i < ARRAY_SIZE(flags); i++) {
		void *view = vmap(&page, 1, flags[i], PAGE_KERNEL);
		const struct vm_struct *area = find_vm_area(view);

		EXPECT(view && area);
		EXPECT_EQ(area->flags & VM_OWN_FLAGS, VM_MAP | VM_MAPPED);
		EXPECT_EQ(area->flags & ~(unsigned long)VM_OWN_FLAGS,
			  flags[i] & ~(unsigned long)VM_OWN_FLAGS);
		EXPECT(!area->pages && area->nr_pages == 1);
		EXPECT(vmap_check());
		vunmap(view);
		EXPECT(!find_vm_area(view));
	}
	__free_page(page);
}

SELFTEST(vmap, registers_aligned, "vmap() with VM_IOREMAP is aligned as an area for registers is")
{
	struct page *page = alloc_page(GFP_KERNEL), *pages[5];
	struct vm_struct *before = get_vm_area(PAGE_SIZE, VM_MAP);
	void *view;

	EXPECT(page && before);
	for (unsigned int i = 0; i < ARRAY_SIZE(pages); i++)
		pages[i] = page;
	EXPECT((view = vmap(pages, 5, VM_IOREMAP, PAGE_KERNEL)));
	EXPECT(IS_ALIGNED((vaddr_t)view, 8 * PAGE_SIZE));
	vunmap(view);
	kfree(remove_vm_area(before->addr));
	__free_page(page);
}

SELFTEST(vmap, put_pages,
	 "with VM_MAP_PUT_PAGES vfree() frees the pages and their array, and vunmap() neither")
{
	struct page **pages = kmalloc(2 * sizeof(*pages), GFP_KERNEL), *held;
	unsigned long counted = nr_vmalloc_pages();
	void *view;

	EXPECT(pages);
	EXPECT((pages[0] = alloc_page(GFP_KERNEL)) && (pages[1] = alloc_page(GFP_KERNEL)));
	EXPECT((view = vmap(pages, 2, VM_MAP_PUT_PAGES, PAGE_KERNEL)));
	EXPECT(find_vm_area(view)->pages == pages);
	EXPECT_EQ(nr_vmalloc_pages(), counted);
	EXPECT(vmap_check());
	vunmap(view);
	EXPECT_EQ(page_count(pages[0]), 1);
	EXPECT((view = vmap(pages, 2, VM_MAP | VM_MAP_PUT_PAGES, PAGE_KERNEL)));
	held = pages[0];
	get_page(held);
	vfree(view);
	EXPECT(!find_vm_area(view));
	EXPECT_BUG("double free", vfree(view));
	EXPECT_EQ(page_count(held),
		  1); /* the other page and the array are back, says the balance */
	__free_page(held);
}

/* Is what describes the area memory of that node? */
static bool described_on(struct vm_struct *area, int node)
{
	bool there = area && page_to_nid(virt_to_page(area)) == node;

	if (area)
		kfree(remove_vm_area(area->addr));
	return there;
}

static struct vm_struct *ranged_area(int node)
{
	return __get_vm_area_node(PAGE_SIZE, VM_IOREMAP, VMALLOC_START, VMALLOC_END, node);
}

static struct vm_struct *plain_area(int node)
{
	return get_vm_area_node(PAGE_SIZE, VM_MAP, node);
}

SELFTEST(vmap, area_of_node, "an area's structure is of the node that was asked for")
{
	/* Each node after another one, whose structure was freed last: who may have any gets that. */
	for (int turn = 0, last = 2 * (int)nr_nodes; turn < last; turn++) {
		int nid = turn % (int)nr_nodes;

		if (!node_has_room(nid, ZONE_NORMAL, 2))
			continue; /* then another node's serves */
		EXPECT(described_on(turn < (int)nr_nodes ? plain_area(nid) : ranged_area(nid),
				    nid));
	}
}

SELFTEST(vmap, size_of_removed, "a removed area's size is without its guard page")
{
	struct vm_struct *area = get_vm_area(3 * PAGE_SIZE - 1, VM_MAP), *under_lock;
	unsigned long flags;

	EXPECT(area);
	EXPECT_EQ(area->size, 4 * PAGE_SIZE);
	EXPECT(remove_vm_area(area->addr) == area);
	EXPECT_EQ(area->size, 3 * PAGE_SIZE);
	kfree(area);
	EXPECT((under_lock = get_vm_area(PAGE_SIZE, VM_IOREMAP)));
	spin_lock_irqsave(&vmlist_lock, flags);
	area = __remove_vm_area(under_lock->addr);
	spin_unlock_irqrestore(&vmlist_lock, flags);
	EXPECT(area == under_lock);
	EXPECT_EQ(area->size, PAGE_SIZE);
	kfree(area);
	EXPECT((area = get_vm_area(300 * PAGE_SIZE, VM_MAP))); /* more than is unmapped at once */
	EXPECT(take_vm_area(area->addr, VM_MAP, "vmap", 0) == area);
	EXPECT_EQ(area->size, 300 * PAGE_SIZE);
	EXPECT_EQ(area->flags, VM_MAP);
	kfree_own(area);
	EXPECT(vmap_check());
}

/* Of an area with so many pages. */
static bool populated(unsigned long pages, int node)
{
	struct vm_struct *area =
		__get_vm_area_node(pages << PAGE_SHIFT, VM_ALLOC, VMALLOC_START, VMALLOC_END, node);
	unsigned long counted = nr_vmalloc_pages();
	u32 *word;

	CHECK(area);
	word = node == NUMA_NO_NODE
		       ? __vmalloc_area(area, GFP_KERNEL | __GFP_ZERO, PAGE_KERNEL)
		       : __vmalloc_area_node(area, GFP_KERNEL | __GFP_ZERO, PAGE_KERNEL, node);
	CHECK(word == area->addr);
	for (unsigned long i = 0; i < pages; i++)
		CHECK(word[i * (PAGE_SIZE / sizeof(*word))]++ == 0);
	CHECK(area->nr_pages == pages);
	CHECK(!PageHighMem(vmalloc_to_page(word))); /* it was not asked for */
	CHECK(nr_vmalloc_pages() >= counted + pages);
	CHECK(vmap_check());
	__vunmap(word, 1);
	CHECK(nr_vmalloc_pages() == counted);
	return vmap_check();
}

SELFTEST(vmap, area_populated,
	 "__vmalloc_area gives an area pages, whether their pointers fit a page or not")
{
	const unsigned long pages[] = { 1, 2, PAGE_SIZE / sizeof(void *),
					PAGE_SIZE / sizeof(void *) + 1 };
	const unsigned long free = nr_available_pages();

	for (unsigned int i = 0; i < ARRAY_SIZE(pages); i++) {
		if (free < 2 * pages[i])
			continue;
		EXPECT(populated(pages[i], NUMA_NO_NODE));
		EXPECT(populated(pages[i], 0));
	}
}

SELFTEST(vmap, area_not_populated,
	 "an area for which there are not enough pages is given back with all that it had")
{
	const unsigned long too_many = 5000; /* ZONE_DMA has 4096 at most */
	unsigned long areas = nr_vm_areas();
	struct vm_struct *area = get_vm_area(too_many << PAGE_SHIFT, VM_ALLOC);
	void *addr;

	EXPECT(area);
	addr = area->addr;
	EXPECT(!__vmalloc_area(area, GFP_KERNEL | __GFP_DMA | __GFP_NOWARN, PAGE_KERNEL));
	EXPECT(!find_vm_area(addr));
	EXPECT_EQ(nr_vm_areas(), areas);
	EXPECT(vmap_check());
}

SELFTEST(vmap, vunmap_of_both, "__vunmap without deallocation ends a mapping, and ignores NULL")
{
	struct page *page = alloc_page(GFP_KERNEL);
	void *view;

	EXPECT(page);
	EXPECT((view = vmap(&page, 1, VM_MAP, PAGE_KERNEL)));
	__vunmap(NULL, 0);
	__vunmap(NULL, 1);
	__vunmap(view, 0);
	EXPECT(!find_vm_area(view));
	EXPECT_EQ(page_count(page), 1);
	__free_page(page);
}

/* As Linux 2.6.15 has them (mm/vmalloc.c), but that what is not written through is const. */
#define HAS_TYPE(function, type)                                                  \
	static_assert(__builtin_types_compatible_p(__typeof__(function) *, type), \
		      #function " has another signature than in Linux 2.6.15")

HAS_TYPE(__get_vm_area_node,
	 struct vm_struct *(*)(unsigned long, unsigned long, unsigned long, unsigned long, int));
HAS_TYPE(__get_vm_area,
	 struct vm_struct *(*)(unsigned long, unsigned long, unsigned long, unsigned long));
HAS_TYPE(get_vm_area_node, struct vm_struct *(*)(unsigned long, unsigned long, int));
HAS_TYPE(__remove_vm_area, struct vm_struct *(*)(const void *));
HAS_TYPE(__vmalloc_area, void *(*)(struct vm_struct *, gfp_t, pgprot_t));
HAS_TYPE(__vmalloc_area_node, void *(*)(struct vm_struct *, gfp_t, pgprot_t, int));
HAS_TYPE(__vunmap, void (*)(const void *, int));
HAS_TYPE(map_vm_area, int (*)(struct vm_struct *, pgprot_t, struct page ***));
HAS_TYPE(unmap_vm_area, void (*)(struct vm_struct *));
HAS_TYPE(vmalloc_exec, void *(*)(unsigned long));
