/*
 * misuse.c - `misuse NAME`: memory is used that is nobody's, once for each family, for the address sanitizer
 *
 *	obtain() ──> p ──> give() ──> use(p)         and, behind what was asked for:   obtain(13) ──> p[13]
 *
 * tests/host/test_sanitizers.py reads the reports.  The three functions are named in the stacks.
 * misuse_early=1 does it with boot memory, at boot.
 */
#include <stdio.h>
#include <string.h>

#include "kernel/console.h"
#include "kernel/initcall.h"
#include "kernel/param.h"
#include "kernel/shell/shell.h"
#include "mm/early/bootmem.h"
#include "mm/fixmap/kmap_local.h"
#include "mm/page/page.h"
#include "mm/page/pcp.h"
#include "mm/percpu/percpu.h"
#include "mm/slab/mempool.h"
#include "mm/slab/names.h"
#include "mm/slab/own.h"
#include "mm/slab/slab.h"
#include "mm/vmap/vmap.h"
#include "mm/window/kmap.h"

enum { SMALL = 13, LARGE = 100000 };

struct misuse {
	const char *name;
	u8 *(*obtain)(void);
	void (*give)(u8 *p); /* NULL: what is used lies behind what was obtained */
	size_t at;	     /* the byte that is used */
	bool write;
};

static struct kmem_cache *cache;
static mempool_t *pool;
static struct page *high;
static u8 __percpu *handle;

#define OBTAIN(name, expression)           \
	static u8 *obtain_##name(void)     \
	{                                  \
		return (u8 *)(expression); \
	}
#define GIVE(name, statement)                   \
	static void give_##name(u8 *p __unused) \
	{                                       \
		statement;                      \
	}

/* --- pages ------------------------------------------------------------------------------------ */

OBTAIN(page, __get_free_page(GFP_KERNEL))
GIVE(page, free_page((unsigned long)p))
OBTAIN(block, __get_free_pages(GFP_KERNEL, 3))
GIVE(block, free_pages((unsigned long)p, 3))

static u8 *obtain_bulk(void)
{
	struct page *pages[16] = { NULL };

	if (alloc_pages_bulk_array(GFP_KERNEL, 16, pages) < 16)
		return NULL;
	for (unsigned int i = 1; i < 16; i++)
		__free_page(pages[i]);
	return page_address(pages[0]);
}

/* It is drained: the page goes back to the zone by way of the list. */
static void give_drained(u8 *p)
{
	free_page((unsigned long)p);
	drain_all_pages(NULL);
}

/* --- objects ---------------------------------------------------------------------------------- */

static u8 *obtain_object(void)
{
	cache = kmem_cache_create("misused", 100, 64, 0, NULL);
	return kmem_cache_alloc(cache, GFP_KERNEL);
}

GIVE(object, kmem_cache_free(cache, p))

static void give_object_and_slab(u8 *p)
{
	kmem_cache_free(cache, p);
	kmem_cache_destroy(cache);
}

OBTAIN(own, kmalloc_own(50, GFP_KERNEL))
GIVE(own, kfree_own(p))
OBTAIN(small, kmalloc(SMALL, GFP_KERNEL))
OBTAIN(large, kmalloc(LARGE, GFP_KERNEL))
GIVE(kmalloc, kfree(p))
OBTAIN(grown, krealloc(kmalloc(18, GFP_KERNEL), 21, GFP_KERNEL))
OBTAIN(shrunk, krealloc(kmalloc(64, GFP_KERNEL), 59, GFP_KERNEL))
OBTAIN(moved, krealloc(kmalloc(18, GFP_KERNEL), 1001, GFP_KERNEL))
OBTAIN(zeroed, kzalloc(SMALL, GFP_KERNEL))
OBTAIN(text, kstrdup("twelve bytes", GFP_KERNEL))

/* --- pools ------------------------------------------------------------------------------------ */

enum { ELEMENT = KMALLOC_MAX_SIZE - 3 };

static u8 *obtain_element(void)
{
	pool = mempool_create_kmalloc_pool(1, SMALL);
	return mempool_alloc(pool, GFP_KERNEL);
}

GIVE(element, mempool_free(p, pool))

/* From the reserve: there are no others left. */
static u8 *obtain_reserved(void)
{
	pool = mempool_create_kmalloc_pool(1, ELEMENT);
	while (kmalloc(ELEMENT, GFP_KERNEL | __GFP_NOWARN))
		;
	return mempool_alloc(pool, GFP_NOWAIT);
}

/* --- per-CPU data, areas, windows ------------------------------------------------------------- */

static u8 *obtain_percpu(void)
{
	handle = __alloc_percpu(100, 8);
	return this_cpu_ptr(handle);
}

GIVE(percpu, free_percpu(handle))
OBTAIN(area, vmalloc(10000))
GIVE(area, vfree(p))

static u8 *obtain_vmap(void)
{
	high = alloc_page(GFP_HIGHUSER);
	return vmap(&high, 1, VM_MAP, PAGE_KERNEL);
}

GIVE(vmap, vunmap(p))

static u8 *obtain_kmap(void)
{
	high = alloc_page(GFP_HIGHUSER);
	return kmap(high);
}

GIVE(kmap, kunmap(high))

/* --- boot memory ------------------------------------------------------------------------------ */

static bool misuse_early;
PARAM_BOOL(misuse_early, misuse_early, "use boot memory that was freed");

OBTAIN(early, __alloc_bootmem(3 * PAGE_SIZE, PAGE_SIZE, 0))
GIVE(early, free_bootmem(virt_to_phys(p), 3 * PAGE_SIZE))

/* ---------------------------------------------------------------------------------------------- */

static const struct misuse misuses[] = {
	{ "page", obtain_page, give_page, 0x123, true },
	{ "page-block", obtain_block, give_block, 5 * PAGE_SIZE, false },
	{ "page-bulk", obtain_bulk, give_page, PAGE_SIZE - 1, false },
	{ "page-drained", obtain_page, give_drained, 7, true },
	{ "object", obtain_object, give_object, 42, true },
	{ "object-slab", obtain_object, give_object_and_slab, 42, false },
	{ "kmalloc", obtain_small, give_kmalloc, 3, false },
	{ "kmalloc-large", obtain_large, give_kmalloc, LARGE - 1, true },
	{ "own", obtain_own, give_own, 49, true },
	{ "mempool", obtain_element, give_element, 5, true },
	{ "mempool-reserve", obtain_reserved, give_element, 5, true },
	{ "percpu", obtain_percpu, give_percpu, 8, false },
	{ "vmalloc", obtain_area, give_area, 5000, true },
	{ "vmap", obtain_vmap, give_vmap, 0, false },
	{ "kmap", obtain_kmap, give_kmap, 99, true },

	{ "behind-kmalloc", obtain_small, NULL, SMALL, true },
	{ "behind-kzalloc", obtain_zeroed, NULL, SMALL, false },
	{ "behind-kmalloc-large", obtain_large, NULL, LARGE, false },
	{ "behind-kstrdup", obtain_text, NULL, 13, true },
	{ "behind-grown", obtain_grown, NULL, 21, true },
	{ "behind-shrunk", obtain_shrunk, NULL, 59, true },
	{ "behind-moved", obtain_moved, NULL, 1001, false },
	{ "behind-object", obtain_object, NULL, 100, true },
	{ "behind-own", obtain_own, NULL, 50, true },
	{ "behind-mempool", obtain_element, NULL, SMALL, true },
	{ "behind-reserved", obtain_reserved, NULL, ELEMENT, true },
	{ "behind-percpu", obtain_percpu, NULL, 100, true },
	{ "behind-vmalloc", obtain_area, NULL, 10000, true },
};

/* No memory's misuse: a shift by more bits than there are. */
static int __noinline shift(unsigned int bits)
{
	con_printf("1 << %u is %llx: nobody noticed\n", bits, 1ull << bits);
	return SHELL_OK;
}

static void __noinline use(volatile u8 *p, bool write)
{
	if (write)
		*p = 1;
	else
		(void)*p;
}

static int misuse(const struct misuse *m)
{
	u8 *(*volatile obtain)(void) = m->obtain; /* functions of their own, in the stacks */
	void (*volatile give)(u8 * p) = m->give;
	u8 *p = obtain();

	if (!p)
		return shell_error("no memory");
	con_printf("misused: %p\n", (void *)(p + m->at));
	if (give)
		give(p);
	use(p + m->at, m->write);
	con_printf("nobody noticed\n");
	return SHELL_OK;
}

static void __init use_early(void)
{
	static const struct misuse early = { "early", obtain_early, give_early, PAGE_SIZE, true };

	if (misuse_early)
		misuse(&early);
}
bootmem_initcall(use_early);

SHELL_CMD(misuse, "[NAME]", "use memory that is nobody's; without NAME: list what there is",
	  .group = "debug", .example = "misuse")
{
	for (unsigned int i = 0; i < ARRAY_SIZE(misuses); i++) {
		if (argc == 1)
			con_printf("%s\n", misuses[i].name);
		else if (!strcmp(argv[1], misuses[i].name))
			return misuse(&misuses[i]);
	}
	if (argc == 2 && !strcmp(argv[1], "undefined"))
		return shift(8u * (unsigned int)strlen(argv[1]));
	return argc == 1 ? SHELL_OK : SHELL_USAGE;
}
