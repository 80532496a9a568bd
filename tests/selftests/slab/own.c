/*
 * own.c - what the allocators have for themselves: refused by every way to free, and none the worse for it
 *
 * Read next: mm/slab/own.h.
 */
#include <stdlib.h>
#include <string.h>

#include "kernel/selftest/selftest.h"
#include "mm/percpu/percpu.h"
#include "mm/slab/mempool.h"
#include "mm/slab/own.h"
#include "mm/slab/slab_view.h"
#include "mm/vmap/vmap.h"
#include "mm/window/ioremap.h"

static const char refused[] = "an allocator's own";

/* Every public way to free an object, and to free it as a part of something else; newlib's: lib/newlib. */
static bool refused_everywhere(void *object)
{
	struct kmem_cache *cache = slab_find("kmalloc-64");
	void *bulk[2] = { object, object };
	mempool_t *pool = mempool_create_kmalloc_pool(1, 64);
	void *element = pool ? mempool_alloc(pool, GFP_KERNEL) : NULL;
	struct page *page = virt_to_page(object);

	CHECK(element);
	CHECK_BUG(refused, kfree(object));
	CHECK_BUG(refused, kvfree(object));
	CHECK_BUG(refused, kfree_bulk(1, bulk));
	CHECK_BUG(refused, CHECK(!krealloc(object, 5000, GFP_KERNEL)));
	CHECK_BUG(refused, CHECK(!ksize(object)));
	CHECK_BUG(refused, mempool_free(object, pool));
	CHECK_BUG("wrong cache", kmem_cache_free(cache, object));
	CHECK_BUG("wrong cache", kmem_cache_free_bulk(cache, 1, bulk));
	CHECK_BUG(page_state(page) == PAGE_TAIL ? "tail page" : "owned by a family",
		  __free_page(page));
	mempool_free(element, pool);
	mempool_destroy(pool);
	CHECK(slab_check());
	return true;
}

static bool refused_by_its_cache(const char *name, void *object)
{
	CHECK(!kmem_cache_find(name)); /* nobody else's */
	CHECK_BUG(refused, kmem_cache_free(slab_find(name), object));
	CHECK_BUG(refused, kmem_cache_free_bulk(slab_find(name), 1, &object));
	return true;
}

SELFTEST(slab, own_cache,
	 "a cache is refused by every free, lives on, and is destroyed by its own end")
{
	struct kmem_cache *cache = kmem_cache_create("test", 64, 0, 0, NULL);
	void *object;

	EXPECT(cache);
	EXPECT(refused_everywhere(cache));
	EXPECT(refused_by_its_cache("kmem_cache", cache));
	EXPECT_EQ(kmem_cache_find("test"), cache);
	object = kmem_cache_alloc(cache, GFP_KERNEL);
	EXPECT(object);
	kmem_cache_free(cache, object);
	kmem_cache_destroy(cache);
	EXPECT(!kmem_cache_find("test"));
}

SELFTEST(slab, own_area, "an area's structure is refused by every free until it is handed over")
{
	void *address = vmalloc(PAGE_SIZE);
	struct vm_struct *area;

	EXPECT(address);
	area = find_vm_area(address);
	EXPECT(area);
	EXPECT(refused_everywhere(area));
	EXPECT_EQ(find_vm_area(address), area);
	vfree(address);
	area = get_vm_area(PAGE_SIZE, VM_IOREMAP);
	EXPECT(area);
	EXPECT_BUG(refused, kfree(area));
	EXPECT_EQ(remove_vm_area(area->addr), area);
	kfree(area); /* as in Linux: it is the caller's now */
	EXPECT(slab_check());
}

SELFTEST(
	slab, own_pointers,
	"the pointers to a large area's pages are refused by every free, and no free's but the area's")
{
	unsigned long areas = nr_vm_areas();
	void *address = __vmalloc(1100 * PAGE_SIZE, GFP_KERNEL | __GFP_NOWARN), *pointers;
	struct page *first;

	if (!address)
		SKIP("no 1100 pages");
	pointers = find_vm_area(address)->pages;
	first = vmalloc_to_page(address);
	EXPECT(is_vmalloc_addr(pointers));
	EXPECT_BUG(refused, vfree(pointers));
	EXPECT_BUG(refused, kvfree(pointers));
	EXPECT_BUG(refused, vunmap(pointers));
	EXPECT_BUG(refused, iounmap(pointers));
	EXPECT_BUG(refused, __vunmap(pointers, 0));
	EXPECT_BUG(refused, __vunmap(pointers, 1));
	EXPECT(!remove_vm_area(pointers));
	EXPECT_BUG("wild pointer", kfree(pointers));
	EXPECT_BUG("owned by a family", __free_page(vmalloc_to_page(pointers)));
	EXPECT_EQ(*(struct page **)pointers, first);
	EXPECT_EQ(nr_vm_areas(), areas + 2);
	vfree(address);
	EXPECT_EQ(nr_vm_areas(), areas);
	EXPECT(slab_check());
}

SELFTEST(slab, own_handed_over_once,
	 "what was handed over and freed is the allocators' own when it is taken again")
{
	struct vm_struct *area = kmalloc_own(100, GFP_KERNEL), *again;

	EXPECT(area);
	own_hand_over(area);
	kfree(area);
	again = kmalloc_own(100, GFP_KERNEL);
	EXPECT_EQ(again, area);
	EXPECT_BUG(refused, kfree(again));
	kfree_own(again);
	kfree_own(NULL);
	EXPECT(slab_check());
}

SELFTEST(slab, own_copies, "a CPU's copy of a per-CPU object is refused by every free")
{
	u64 __percpu *object = alloc_percpu(u64);

	EXPECT(object);
	*this_cpu_ptr(object) = 0x5ec0;
	EXPECT(refused_everywhere(this_cpu_ptr(object)));
	EXPECT_EQ(*this_cpu_ptr(object), 0x5ec0);
	free_percpu(object);
}

SELFTEST(slab, own_pool, "a pool is refused by every free, its reserve untouched")
{
	mempool_t *pool = mempool_create_kmalloc_pool(3, 100);
	struct mempool_state state;

	EXPECT(pool);
	EXPECT(refused_everywhere(pool));
	mempool_state(pool, &state);
	EXPECT_EQ(state.curr_nr, 3);
	EXPECT(mempool_check());
	mempool_destroy(pool);
}

SELFTEST(slab, own_sizes,
	 "the allocators' own objects hold what was asked for, at any size, cleared if wished")
{
	static const size_t sizes[] = { 1,    8,    31,	  32,	33,    96, 100,
					1024, 1025, 4096, 4097, 20000, MiB };
	unsigned long pages;

	slab_reap();
	pages = nr_slab_pages();
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		u8 *object = kmalloc_own(sizes[i], GFP_KERNEL), *clear;

		EXPECT(object);
		memset(object, 0xee, sizes[i]);
		EXPECT(slab_check());
		kfree_own(object);
		clear = kzalloc_own(sizes[i], GFP_KERNEL);
		EXPECT(clear);
		for (size_t byte = 0; byte < sizes[i]; byte++)
			EXPECT_EQ(clear[byte], 0);
		if (sizes[i] > PAGE_SIZE) {
			EXPECT_BUG("wild pointer", kfree(clear));
			EXPECT_BUG("owned by a family",
				   free_pages((unsigned long)clear, get_order(sizes[i])));
		} else {
			EXPECT_BUG(refused, kfree(clear));
		}
		kfree_own(clear);
	}
	EXPECT(!kmalloc_own(KMALLOC_MAX_SIZE + 1ul, GFP_KERNEL | __GFP_NOWARN));
	EXPECT(!kmalloc_own(SIZE_MAX, GFP_KERNEL | __GFP_NOWARN));
	slab_reap();
	EXPECT_EQ(nr_slab_pages(), pages);
}
