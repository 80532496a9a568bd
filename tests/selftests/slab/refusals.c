/*
 * refusals.c - mistakes of callers: each named, and nothing changed by it
 */
#include <limits.h>
#include <string.h>

#include "kernel/inject.h"
#include "kernel/selftest/selftest.h"
#include "mm/slab/slab_view.h"

static struct {
	unsigned long slab_pages, free_pages;
} before;

static void note_pages(void)
{
	before.slab_pages = nr_slab_pages();
	before.free_pages = nr_free_pages();
}

static bool changed_nothing(void)
{
	CHECK(nr_slab_pages() == before.slab_pages);
	CHECK(nr_free_pages() == before.free_pages);
	return slab_check();
}

/* What is refused leaves the pages, the caches and their invariants as they were. */
#define EXPECT_REFUSED(what, statement)      \
	do {                                 \
		note_pages();                \
		EXPECT_BUG(what, statement); \
		EXPECT(changed_nothing());   \
	} while (0)

SELFTEST(slab, double_free, "an object at the head of a CPU's stock is not freed again")
{
	void *object = kmalloc(64, GFP_KERNEL), *one, *two;

	EXPECT(object);
	kfree(object);
	EXPECT_REFUSED("double free", kfree(object));
	EXPECT_REFUSED("double free", kmem_cache_free(kmem_cache_find("kmalloc-64"), object));
	one = kmalloc(64, GFP_KERNEL);
	two = kmalloc(64, GFP_KERNEL);
	EXPECT(one && two && one != two); /* it was not put there twice */
	kfree(one);
	kfree(two);
}

SELFTEST(slab, double_free_head, "an object at the head of its slab's free ones is not freed again")
{
	struct kmem_cache *cache = kmem_cache_create("test", 64, 0, 0, NULL);
	void *kept, *object;

	EXPECT(cache);
	kept = kmem_cache_alloc(cache, GFP_KERNEL);
	object = kmem_cache_alloc(cache, GFP_KERNEL);
	EXPECT(kept && object);
	kmem_cache_free(cache, object);
	kmem_cache_shrink(cache); /* out of the stock: it is the last that went to the slab */
	EXPECT_REFUSED("double free", kmem_cache_free(cache, object));
	EXPECT_REFUSED("double free", kfree(object));
	kmem_cache_free(cache, kept);
	kmem_cache_destroy(cache);
}

SELFTEST(slab, double_free_large, "an object whose slab went with it is not freed again")
{
	void *object = kmalloc(MiB, GFP_KERNEL);

	EXPECT(object);
	kfree(object);
	slab_reap();
	EXPECT_REFUSED("wild pointer", kfree(object));
}

SELFTEST(slab, interior,
	 "an address inside an object, at its end or in a slab's own data is refused")
{
	char *object = kmalloc(192, GFP_KERNEL), *large = kmalloc(20000, GFP_KERNEL);

	EXPECT(object && large);
	EXPECT_REFUSED("interior pointer", kfree(object + 1));
	EXPECT_REFUSED("interior pointer", kfree(object + 8));
	EXPECT_REFUSED("interior pointer", kfree(object + 96));
	EXPECT_REFUSED("interior pointer", kfree(object + 191));
	EXPECT_REFUSED("interior pointer", kfree(object - 8));
	EXPECT_REFUSED("interior pointer", kfree(large + PAGE_SIZE));
	EXPECT_REFUSED("interior pointer", kfree(large + 5 * PAGE_SIZE - 8));
	EXPECT_REFUSED("interior pointer", EXPECT(!ksize(object + 8)));
	EXPECT_REFUSED("interior pointer", EXPECT(!krealloc(object + 8, 500, GFP_KERNEL)));
	kfree(object);
	kfree(large);
}

static unsigned int interior;

/* 3584 reports would be as many lines. */
static void count_interior(const struct bug_report *report, const char *found __unused)
{
	selftest_excuse_bugs(1);
	interior += !strcmp(report->what, "interior pointer");
}

SELFTEST(slab, interior_all,
	 "of all addresses of a page of objects exactly the objects' starts are accepted")
{
	struct kmem_cache *cache = kmem_cache_create("test", 120, 0, 0, NULL);
	char *object, *page;
	unsigned int tried = 0;
	bug_hook_t former;

	EXPECT(cache);
	object = kmem_cache_alloc(cache, GFP_KERNEL);
	EXPECT(object);
	page = (char *)((unsigned long)object & PAGE_MASK);
	interior = 0;
	former = bug_set_hook(count_interior);
	for (char *at = page; at < page + PAGE_SIZE; at++) {
		if (at == object || (unsigned long)(at - object) % 8 == 0)
			continue; /* may be the start of one; all others are not */
		kfree(at);
		tried++;
	}
	bug_set_hook(former);
	EXPECT_EQ(tried, PAGE_SIZE - PAGE_SIZE / 8);
	EXPECT_EQ(interior, tried);
	EXPECT(slab_check());
	kmem_cache_free(cache, object);
	kmem_cache_destroy(cache);
}

SELFTEST(slab, wrong_cache, "an object of another cache is refused")
{
	struct kmem_cache *cache = kmem_cache_create("test", 64, 0, 0, NULL);
	void *object = kmalloc(64, GFP_KERNEL), *own;

	EXPECT(cache && object);
	own = kmem_cache_alloc(cache, GFP_KERNEL);
	EXPECT(own);
	EXPECT_REFUSED("wrong cache", kmem_cache_free(cache, object));
	EXPECT_REFUSED("wrong cache", kmem_cache_free(kmem_cache_find("kmalloc-64"), own));
	kfree(object);
	kfree(own); /* of whatever cache, as in Linux */
	EXPECT(slab_check());
	kmem_cache_destroy(cache);
}

SELFTEST(slab, foreign,
	 "stack, constants, free pages, pages of alloc_pages and what is no RAM are refused")
{
	static const u64 constant[4] = { 1 };
	static u64 variable[4];
	struct page *page = alloc_pages(GFP_KERNEL, 1), *free = alloc_page(GFP_KERNEL);
	char *address;
	u64 local[4] = { 0 };

	EXPECT(page && free);
	address = lowmem_page_address(page);
	EXPECT_REFUSED("wild pointer", kfree((void *)(uintptr_t)local));
	EXPECT_REFUSED("wild pointer", kfree(constant));
	EXPECT_REFUSED("wild pointer", kfree(variable));
	EXPECT_REFUSED("wild pointer", kfree(address));
	EXPECT_REFUSED("wild pointer", kfree(address + PAGE_SIZE + 64));
	EXPECT_REFUSED("wild pointer", kfree((void *)slab_check));
	EXPECT_REFUSED("wild pointer", kfree((void *)64ul));
	EXPECT_REFUSED("wild pointer", kfree((void *)(PAGE_OFFSET - 64)));
	EXPECT_REFUSED("wild pointer", kfree(high_memory));
	EXPECT_REFUSED("wild pointer", kfree((void *)~7ul));
	EXPECT_REFUSED("wild pointer", EXPECT(!ksize(address)));
	EXPECT_REFUSED("wild pointer", EXPECT(!krealloc(address, 100, GFP_KERNEL)));
	EXPECT_REFUSED("wild pointer", kmem_cache_free(kmem_cache_find("kmalloc-64"), address));
	EXPECT_EQ(page_count(page), 1);
	__free_pages(page, 1);
	address = lowmem_page_address(free);
	__free_page(free);
	EXPECT_REFUSED("wild pointer", kfree(address));
}

SELFTEST(slab, hole, "an address between two banks of RAM, where no page is, is refused")
{
	pfn_t pfn = pgdat_end_pfn(&node_data[0]);

	if (nr_nodes < 2 || pfn >= lowmem_end_pfn || pfn_present(pfn))
		SKIP("no hole in lowmem on this machine");
	EXPECT_REFUSED("wild pointer", kfree(phys_to_virt(pfn_to_phys(pfn))));
	EXPECT_REFUSED("wild pointer", kfree((char *)phys_to_virt(pfn_to_phys(pfn)) + 64));
}

SELFTEST(slab, page_of_slab, "a page under objects cannot be freed as a page")
{
	void *object = kmalloc(2 * PAGE_SIZE, GFP_KERNEL);

	EXPECT(object);
	EXPECT_REFUSED("owned by a family", __free_pages(virt_to_page(object), 1));
	kfree(object);
}

SELFTEST(slab, bulk_of_too_many, "an array of more objects than there can be is refused unread")
{
	const size_t most = (lowmem_end_pfn - min_pfn) * (PAGE_SIZE / KMALLOC_MIN_SIZE);
	struct kmem_cache *cache = kmem_cache_find("kmalloc-64");
	void *object = kmalloc(64, GFP_KERNEL), *array[1] = { object };
	const size_t many[] = { most + 1, (size_t)INT_MAX + 1, ~(size_t)0 };
	int got = 0;

	EXPECT(object && most <= INT_MAX);
	for (unsigned int i = 0; i < ARRAY_SIZE(many); i++) {
		EXPECT_REFUSED("bulk of too many",
			       got = kmem_cache_alloc_bulk(cache, GFP_KERNEL, many[i], array));
		EXPECT_EQ(got, 0);
		EXPECT_REFUSED("bulk of too many", kmem_cache_free_bulk(cache, many[i], array));
		EXPECT_REFUSED("bulk of too many", kfree_bulk(many[i], array));
	}
	EXPECT_EQ(array[0], object);
	kfree(object);
}

SELFTEST(slab, live_objects, "a cache with an object in use is not destroyed, and goes on to serve")
{
	struct kmem_cache *cache = kmem_cache_create("test", 64, 0, 0, NULL);
	void *object, *other;

	EXPECT(cache);
	object = kmem_cache_alloc(cache, GFP_KERNEL);
	EXPECT(object);
	EXPECT_REFUSED("live objects", kmem_cache_destroy(cache));
	EXPECT_EQ(kmem_cache_find("test"), cache);
	other = kmem_cache_alloc(cache, GFP_KERNEL);
	EXPECT(other && other != object);
	kmem_cache_free(cache, other);
	kmem_cache_free(cache, object);
	kmem_cache_destroy(cache);
	EXPECT(!kmem_cache_find("test"));
}

SELFTEST(slab, permanent, "the caches of kmalloc and of the family itself are not destroyed")
{
	EXPECT_REFUSED("permanent cache", kmem_cache_destroy(kmem_cache_find("kmalloc-64")));
	EXPECT_REFUSED("permanent cache", kmem_cache_destroy(slab_find("kmem_cache")));
}

SELFTEST(slab, bad_create, "a cache without a sound name, size, alignment or flags is refused")
{
	static const char long_name[] = "a-name-with-one-character-more-than-fits";

	EXPECT_REFUSED("bad name", EXPECT(!kmem_cache_create(NULL, 64, 0, 0, NULL)));
	EXPECT_REFUSED("bad name", EXPECT(!kmem_cache_create("", 64, 0, 0, NULL)));
	EXPECT_REFUSED("bad name", EXPECT(!kmem_cache_create(long_name, 64, 0, 0, NULL)));
	EXPECT_REFUSED("bad name", EXPECT(!kmem_cache_create("two\nlines", 64, 0, 0, NULL)));
	EXPECT_REFUSED("bad name", EXPECT(!kmem_cache_create("a\ttab", 64, 0, 0, NULL)));
	EXPECT_REFUSED("bad name", EXPECT(!kmem_cache_create("\x7f", 64, 0, 0, NULL)));
	EXPECT_REFUSED("duplicate name", EXPECT(!kmem_cache_create("kmalloc-64", 64, 0, 0, NULL)));
	EXPECT_REFUSED("bad size", EXPECT(!kmem_cache_create("test", 0, 0, 0, NULL)));
	EXPECT_REFUSED("bad size",
		       EXPECT(!kmem_cache_create("test", KMALLOC_MAX_SIZE + 1, 0, 0, NULL)));
	EXPECT_REFUSED("bad alignment", EXPECT(!kmem_cache_create("test", 64, 24, 0, NULL)));
	EXPECT_REFUSED("bad alignment",
		       EXPECT(!kmem_cache_create("test", 64, 2 * PAGE_SIZE, 0, NULL)));
	EXPECT_REFUSED("bad flags", EXPECT(!kmem_cache_create("test", 64, 0, 1, NULL)));
	EXPECT(!kmem_cache_find("test"));
}

SELFTEST(slab, each_flag, "each bit of a cache's flags is one of slab.h, or refused")
{
	const slab_flags_t known =
		SLAB_HWCACHE_ALIGN | SLAB_CACHE_DMA | SLAB_PANIC | SLAB_TYPESAFE_BY_RCU;
	struct kmem_cache *cache;

	inject_hold(true); /* SLAB_PANIC does what it says */
	EXPECT((cache = kmem_cache_create("test", 64, 0, known, NULL)));
	kmem_cache_destroy(cache);
	for (unsigned int bit = 0; bit < 8 * sizeof(known); bit++) {
		const slab_flags_t flag = 1u << bit;

		if (flag & known) {
			EXPECT((cache = kmem_cache_create("test", 64, 0, flag, NULL)));
			kmem_cache_destroy(cache);
			continue;
		}
		EXPECT_REFUSED("bad flags", EXPECT(!kmem_cache_create("test", 64, 0, flag, NULL)));
	}
	inject_hold(false);
}

SELFTEST(slab, after_destroy, "a cache that was destroyed is refused in every use")
{
	struct kmem_cache *cache = kmem_cache_create("test", 64, 0, 0, NULL);
	void *object = kmalloc(64, GFP_KERNEL);

	EXPECT(cache && object);
	kmem_cache_destroy(cache);
	EXPECT_REFUSED("not a cache", EXPECT(!kmem_cache_alloc(cache, GFP_KERNEL)));
	EXPECT_REFUSED("not a cache", kmem_cache_free(cache, object));
	EXPECT_REFUSED("not a cache", kmem_cache_destroy(cache));
	EXPECT_REFUSED("not a cache", EXPECT(!kmem_cache_shrink(cache)));
	EXPECT_EQ(kmem_cache_size(cache), 0);
	EXPECT_REFUSED("not a cache", kmem_cache_free(NULL, object));
	kfree(object);
}

SELFTEST(slab, bad_gfp, "highmem, and DMA of a cache that is not for it, are refused")
{
	struct kmem_cache *cache = kmem_cache_create("test", 64, 0, 0, NULL);

	EXPECT(cache);
	EXPECT_REFUSED("bad gfp", EXPECT(!kmalloc(64, GFP_HIGHUSER)));
	EXPECT_REFUSED("bad gfp", EXPECT(!kmalloc(100000, GFP_HIGHUSER)));
	EXPECT_REFUSED("bad gfp", EXPECT(!kzalloc(64, GFP_HIGHUSER)));
	EXPECT_REFUSED("bad gfp", EXPECT(!kmem_cache_alloc(cache, GFP_KERNEL | __GFP_DMA)));
	EXPECT_REFUSED("bad gfp", EXPECT(!kmem_cache_alloc(cache, GFP_HIGHUSER)));
	kmem_cache_destroy(cache);
}

SELFTEST(slab, bulk_refusal,
	 "of a bulk that is freed, the one that may not be is refused by itself")
{
	void *objects[4];
	struct kmem_cache *cache = kmem_cache_create("test", 64, 0, 0, NULL);

	EXPECT(cache);
	EXPECT_EQ(kmem_cache_alloc_bulk(cache, GFP_KERNEL, 4, objects), 4);
	objects[1] = (char *)objects[1] + 8;
	EXPECT_BUG("interior pointer", kmem_cache_free_bulk(cache, 4, objects));
	EXPECT_REFUSED("live objects", kmem_cache_destroy(cache));
	kmem_cache_free(cache, (char *)objects[1] - 8);
	EXPECT(slab_check());
	kmem_cache_destroy(cache);
}
