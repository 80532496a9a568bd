/*
 * slab_shell.c - objects at the prompt: kmalloc, caches, slabinfo, exhaustion, and what explain says of them
 *
 * Locking: none; the shell's CPU only.
 * Read next: slab_break.c, for what happens to a caller who makes mistakes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/bug.h"
#include "kernel/console.h"
#include "kernel/explain/explain.h"
#include "kernel/proc/proc.h"
#include "kernel/proc/stat_items.h"
#include "kernel/shell/address.h"
#include "kernel/shell/alloc_words.h"
#include "kernel/shell/complete.h"
#include "kernel/shell/exhaust.h"
#include "mm/page/page_view.h"
#include "mm/slab/slab_view.h"

/* --- alloc kmalloc ---------------------------------------------------------------------------- */

/* False when the free was refused: then the object is still in use, or was not before. */
static bool free_object(struct handle *handle)
{
	bool live = slab_object_live(handle->object);

	kfree(handle->object);
	return handle->object == ZERO_SIZE_PTR || (live && !slab_object_live(handle->object));
}

static void describe_kmalloc(const struct handle *handle)
{
	con_printf("size=%lu usable=%lu va=0x%lx", handle->size,
		   (unsigned long)slab_usable_size(handle->object), (unsigned long)handle->object);
}

ALLOC_KIND(kmalloc, "SIZE [WORD...]", "SIZE bytes, contiguous", free_object, describe_kmalloc,
	   .refuses = gfp_refused_by_objects)
{
	gfp_t gfp;
	u64 size;

	if (argc < 1)
		return SHELL_USAGE;
	if (!shell_number(argv[0], "SIZE", 0, KMALLOC_MAX_SIZE, &size) ||
	    !alloc_words(handle->kind, argc - 1, argv + 1, &gfp, NULL))
		return SHELL_FAIL;
	handle->object = kmalloc((size_t)size, gfp);
	handle->size = (unsigned long)size;
	return handle->object ? SHELL_OK : shell_error("no memory for %lu bytes", handle->size);
}

static const char *complete_kmalloc(int argc, char **argv __unused, unsigned int nth)
{
	return argc > 2 ? handle_complete("kmalloc", nth) : NULL;
}

SHELL_CMD(kmalloc, "SIZE [WORD...]", "short for alloc kmalloc", .group = "slab",
	  .example = "kmalloc 64 atomic zero", .complete = complete_kmalloc,
	  .details = "`help alloc kmalloc` tells what the words mean.")
{
	return handle_alloc("kmalloc", argc - 1, argv + 1);
}

SHELL_CMD(kzalloc, "SIZE [WORD...]", "short for alloc kmalloc SIZE zero", .group = "slab",
	  .example = "kzalloc 64", .complete = complete_kmalloc)
{
	static char zero[] = "zero";
	char *words[SHELL_ARGS_MAX + 1];

	if (argc < 2)
		return SHELL_USAGE;
	memcpy(words, argv + 1, (size_t)(argc - 1) * sizeof(*argv));
	words[argc - 1] = zero; /* in the place of kzalloc */
	return handle_alloc("kmalloc", argc, words);
}

/* kfree() of a number, and what stands for the object in the list of allocations goes with it. */
static int free_address(const void *object, const char *arg)
{
	static const char *const objects[] = { "kmalloc", "cache", "kstrdup", NULL };
	static const char *const elements[] = { "pool", NULL };
	const struct handle *element = handle_at(object, elements);
	struct handle *handle = ZERO_OR_NULL_PTR(object) ? NULL : handle_at(object, objects);
	unsigned long bugs = bug_count();

	if (element) /* its pool would wait for it for ever */
		return shell_error("%s: an element of a pool; `free #%u`", arg, element->number);
	kfree(object);
	if (bug_count() != bugs)
		return shell_error("%s: refused", arg);
	if (handle)
		handle_gone(handle);
	else if (ZERO_OR_NULL_PTR(object))
		con_printf("%s: no object, so nothing is freed\n", arg);
	else
		con_printf("%s freed\n", arg);
	return SHELL_OK;
}

SHELL_CMD(kfree, "#N|ADDR", "free a handle, or whatever lies at an address", .group = "slab",
	  .example = "kfree 0", .complete = shell_complete_symbol,
	  .details =
		  "An address is handed to kfree() as it is: a wrong one shows how it is refused.\n"
		  "What stands for it in `allocs` goes with it.  Of #N it is short for free, but\n"
		  "#N+OFFSET is an address.")
{
	vaddr_t address;

	if (argc != 2)
		return SHELL_USAGE;
	if (argv[1][0] == '#' && !strchr(argv[1], '+'))
		return handle_release(argv[1]);
	if (!shell_address(argv[1], "ADDR", &address))
		return SHELL_FAIL;
	return free_address((void *)address, argv[1]);
}

/* --- alloc cache ------------------------------------------------------------------------------ */

/* For completion: as it must be typed. */
static const char *cache_name_at(unsigned int nth)
{
	struct kmem_cache *cache = nth_cache(nth);

	return cache ? complete_quoted(kmem_cache_name(cache)) : NULL;
}

/* The cache of that name, or NULL after saying that there is none. */
static struct kmem_cache *find_cache(const char *name)
{
	struct kmem_cache *cache = slab_find(name);

	if (!cache && cache_chain_fault())
		shell_error("%s: the caches cannot be followed: %s", name, cache_chain_fault());
	else if (!cache)
		shell_error("%s: no such cache; slabinfo lists them", name);
	return cache;
}

static bool free_cache_object(struct handle *handle)
{
	bool live = slab_object_live(handle->object);

	kmem_cache_free((struct kmem_cache *)handle->extra, handle->object);
	return live && !slab_object_live(handle->object);
}

static void describe_cache_object(const struct handle *handle)
{
	const char *name = kmem_cache_name((struct kmem_cache *)handle->extra);
	const char *quote = strchr(name, ' ') ? "\"" : "";

	con_printf("cache=%s%s%s size=%lu va=0x%lx", quote, name, quote, handle->size,
		   (unsigned long)handle->object);
}

static const struct gfp_refusal cache_refusals[] = {
	{ __GFP_DMA | __GFP_HIGHMEM | GFP_WORD_NORMAL,
	  "its memory's zone was chosen with the cache: cache create NAME SIZE [dma]" },
	{ __GFP_COLD, "objects come from the cache's stocks, not from the lists of pages" },
	{ __GFP_COMP, "objects are cut from pages, they are none" },
	{},
};

ALLOC_KIND(cache, "NAME [WORD...]", "an object of the cache of that name", free_cache_object,
	   describe_cache_object, .refuses = cache_refusals)
{
	struct kmem_cache *cache;
	gfp_t gfp;

	if (argc < 1)
		return SHELL_USAGE;
	cache = find_cache(argv[0]);
	if (!cache)
		return SHELL_FAIL;
	if (slab_is_own(cache))
		return shell_error("%s: its objects are the allocators' own", argv[0]);
	if (!alloc_words(handle->kind, argc - 1, argv + 1, &gfp, NULL))
		return SHELL_FAIL;
	handle->object = kmem_cache_alloc(cache, gfp);
	handle->size = kmem_cache_size(cache);
	handle->extra = (unsigned long)cache;
	return handle->object ? SHELL_OK : shell_error("no memory for an object of %s", argv[0]);
}

/* --- cache ------------------------------------------------------------------------------------ */

/* The words after the size. */
static int parse_cache_options(int argc, char **argv, u64 *align, slab_flags_t *flags)
{
	for (int i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "hwcache"))
			*flags |= SLAB_HWCACHE_ALIGN;
		else if (!strcmp(argv[i], "dma"))
			*flags |= SLAB_CACHE_DMA;
		else if (!strcmp(argv[i], "typesafe"))
			*flags |= SLAB_TYPESAFE_BY_RCU;
		else if (strncmp(argv[i], "align=", 6))
			return shell_error("%s: not one of align=N, hwcache, dma, typesafe",
					   argv[i]);
		else if (!shell_number(argv[i] + 6, "align", 1, PAGE_SIZE, align))
			return SHELL_FAIL;
	}
	return SHELL_OK;
}

static int cache_create(int argc, char **argv)
{
	slab_flags_t flags = 0;
	u64 size, align = 0;
	int result;

	if (argc < 2)
		return SHELL_USAGE;
	if (!shell_number(argv[1], "SIZE", 1, KMALLOC_MAX_SIZE, &size))
		return SHELL_FAIL;
	result = parse_cache_options(argc - 2, argv + 2, &align, &flags);
	if (result != SHELL_OK)
		return result;
	if (align & (align - 1))
		return shell_error("align: %llu: not a power of two", (unsigned long long)align);
	if (slab_find(argv[0]))
		return shell_error("%s: there is such a cache already", argv[0]);
	if (!kmem_cache_create(argv[0], (unsigned int)size, (unsigned int)align, flags, NULL))
		return shell_error("%s: not created", argv[0]);
	con_printf("cache %s created\n", argv[0]);
	return SHELL_OK;
}

static int cache_destroy(struct kmem_cache *cache, const char *name)
{
	kmem_cache_destroy(cache);
	if (slab_find(name))
		return shell_error("%s: refused, it is still there", name);
	con_printf("cache %s destroyed\n", name);
	return SHELL_OK;
}

static int cache_shrink(struct kmem_cache *cache, const char *name)
{
	unsigned long before = nr_slab_pages();
	int left = kmem_cache_shrink(cache);

	con_printf("cache %s: %lu pages given back, %s\n", name, before - nr_slab_pages(),
		   left ? "some are in use" : "none is left");
	return SHELL_OK;
}

static const char *complete_cache(int argc, char **argv, unsigned int nth)
{
	static const char *const verbs[] = { "create", "destroy", "shrink", "info" };
	static const char *const options[] = { "align=", "hwcache", "dma", "typesafe" };

	if (argc == 2)
		return nth < ARRAY_SIZE(verbs) ? verbs[nth] : NULL;
	if (argc == 3 && strcmp(argv[1], "create"))
		return cache_name_at(nth);
	return argc > 4 && nth < ARRAY_SIZE(options) ? options[nth] : NULL;
}

SHELL_CMD(cache, "create NAME SIZE [align=N] [hwcache] [dma] [typesafe] | destroy|shrink|info NAME",
	  "make, unmake and look into object caches", .group = "slab",
	  .example = "cache info kmalloc-64", .complete = complete_cache,
	  .details =
		  "align=N   each object begins at a multiple of N, a power of two up to 4096\n"
		  "hwcache   each begins on a cache line, if it is larger than half of one\n"
		  "dma       its slabs come from the first 16 MiB\n"
		  "typesafe  a freed object stays one of this cache: its pages go to nobody else\n"
		  "          until shrink or destroy (SLAB_TYPESAFE_BY_RCU)\n"
		  "info draws the objects of up to 16 slabs of each node:\n"
		  "# in use, c in a CPU's stock, . free.")
{
	struct kmem_cache *cache;

	if (argc < 3)
		return SHELL_USAGE;
	if (!strcmp(argv[1], "create"))
		return cache_create(argc - 2, argv + 2);
	if (argc != 3)
		return SHELL_USAGE;
	if (strcmp(argv[1], "destroy") && strcmp(argv[1], "shrink") && strcmp(argv[1], "info"))
		return SHELL_USAGE;
	if (!strcmp(argv[1], "info"))
		shell_only_looks();
	cache = find_cache(argv[2]);
	if (!cache)
		return SHELL_FAIL;
	if (!strcmp(argv[1], "destroy"))
		return cache_destroy(cache, argv[2]);
	if (!strcmp(argv[1], "shrink"))
		return cache_shrink(cache, argv[2]);
	slab_show(cache);
	return SHELL_OK;
}

/* --- slabinfo --------------------------------------------------------------------------------- */

/* Linux: mm/slab_common.c (print_slabinfo_header, cache_show), version 2.1 */
static void print_slabinfo_header(void)
{
	con_puts("slabinfo - version: 2.1\n"
		 "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>"
		 " : tunables <limit> <batchcount> <sharedfactor>"
		 " : slabdata <active_slabs> <num_slabs> <sharedavail>\n");
}

static void print_slabinfo(struct kmem_cache *cache)
{
	struct slabinfo info;

	slab_info(cache, &info);
	con_printf("%-17s %6lu %6lu %6u %4u %4d : tunables %4u %4u %4u : slabdata %6lu %6lu %6lu\n",
		   info.name, info.active_objs, info.num_objs, info.object_size,
		   info.objects_per_slab, info.pages_per_slab, info.limit, info.batchcount, 0u,
		   info.active_slabs, info.num_slabs, 0ul);
}

enum { SLABINFO_COLUMNS = 120 /* of a row of slabinfo's */ };

/* A row for a terminal that is too narrow for slabinfo's. */
static void print_narrow(struct kmem_cache *cache)
{
	struct slabinfo info;

	slab_info(cache, &info);
	con_printf("%-15s %5lu %5lu %7u %4u %4d %5lu %4lu\n", info.name, info.active_objs,
		   info.num_objs, info.object_size, info.objects_per_slab, info.pages_per_slab,
		   info.num_slabs, info.active_slabs);
}

/* Of one cache, or of all. */
static void print_caches(struct kmem_cache *one, void (*print)(struct kmem_cache *cache))
{
	struct kmem_cache *cache;

	for (unsigned int nth = 0; !con_interrupted() && (cache = nth_cache(nth)); nth++)
		if (!one || one == cache)
			print(cache);
	if (cache_chain_fault())
		con_printf("the caches are not shown: %s\n", cache_chain_fault());
}

PROC_FILE(slabinfo, "objects and slabs of each cache")
{
	print_slabinfo_header();
	print_caches(NULL, print_slabinfo);
}

static const char *complete_slabinfo(int argc, char **argv __unused, unsigned int nth)
{
	return argc == 2 ? cache_name_at(nth) : NULL;
}

SHELL_CMD(
	slabinfo, "[NAME]", "objects and slabs of each cache", .looks = true, .group = "slab",
	.example = "slabinfo kmalloc-64", .complete = complete_slabinfo,
	.details =
		"Objects in the CPUs' stocks count as active, as in Linux.  A terminal of fewer than\n"
		"120 columns shows what differs from cache to cache: objects used (active) and all,\n"
		"each one's bytes, each slab's objects and pages, slabs, and those with one in use.\n"
		"`cat /proc/slabinfo` shows all of it.")
{
	struct kmem_cache *cache = NULL;

	if (argc > 2)
		return SHELL_USAGE;
	if (argc == 2 && !(cache = find_cache(argv[1])))
		return SHELL_FAIL;
	if (shell_table_columns() >= SLABINFO_COLUMNS) {
		print_slabinfo_header();
		print_caches(cache, print_slabinfo);
	} else {
		con_puts("cache            used   all    size each  pgs slabs busy\n");
		print_caches(cache, print_narrow);
	}
	return SHELL_OK;
}

/* --- exhaust ---------------------------------------------------------------------------------- */

/* Objects that are held, chained through their first word. */
struct chain {
	void **first;
	unsigned long length;
};

/* False when there was no object, or Ctrl-C came. */
static bool chain_add(struct chain *chain, void *object)
{
	if (!object)
		return false;
	*(void **)object = chain->first;
	chain->first = object;
	chain->length++;
	return shell_progress(chain->length, 0);
}

static void chain_free(struct chain *chain)
{
	while (chain->first) {
		void **object = chain->first;

		chain->first = *object;
		kfree(object);
	}
}

/* The object: one more than there should be. */
static int after_exhaustion(struct chain *chain, void *one_more)
{
	if (one_more)
		chain_add(chain, one_more);
	else if (!con_interrupt_seen())
		con_puts("one more: NULL, and the report above\n");
	chain_free(chain);
	slab_reap();
	con_printf("gave them back: %lu pages are free, %lu in slabs\n", nr_free_pages(),
		   nr_slab_pages());
	if (con_interrupt_seen())
		return SHELL_FAIL;
	if (one_more)
		return shell_error("one more object was found after the last");
	return slab_check() ? SHELL_OK : shell_error("the slabs' invariants do not hold");
}

EXHAUST(kmalloc, "all of lowmem by kmalloc, from 4 MiB down to 8 bytes")
{
	struct chain chain = {};

	for (size_t size = KMALLOC_MAX_SIZE; size >= KMALLOC_MIN_SIZE; size /= 2)
		while (chain_add(&chain, kmalloc(size, GFP_KERNEL | __GFP_NOWARN)))
			;
	con_printf("took %lu objects: %lu pages in slabs, %lu are free\n", chain.length,
		   nr_slab_pages(), nr_free_pages());
	return after_exhaustion(
		&chain, con_interrupt_seen() ? NULL : kmalloc(KMALLOC_MIN_SIZE, GFP_KERNEL));
}

EXHAUST(cache, "all of lowmem by objects of one cache")
{
	struct kmem_cache *cache = kmem_cache_create("exhaust", 1000, 0, 0, NULL);
	struct chain chain = {};
	int result;

	if (!cache)
		return shell_error("no memory for a cache");
	while (chain_add(&chain, kmem_cache_alloc(cache, GFP_KERNEL | __GFP_NOWARN)))
		;
	con_printf("took %lu objects of 1000 bytes: %lu pages in slabs, %lu are free\n",
		   chain.length, nr_slab_pages(), nr_free_pages());
	result = after_exhaustion(
		&chain, con_interrupt_seen() ? NULL : kmem_cache_alloc(cache, GFP_KERNEL));
	kmem_cache_destroy(cache);
	slab_reap();
	return result;
}

/* --- what others print of us ------------------------------------------------------------------ */

EXPLAINER(slab, 30)
{
	return slab_explain(va);
}

MEMINFO_ITEM(Slab, 210)
{
	return nr_slab_pages() << (PAGE_SHIFT - 10);
}

/* Pages of a node's slabs that hold no object in use: what reclaim gives back. */
static unsigned long reclaimable_of(unsigned int nid)
{
	unsigned long pages = 0;
	struct kmem_cache *cache;

	for (unsigned int nth = 0; (cache = nth_cache(nth)); nth++)
		pages += slab_empty_pages(cache, nid);
	return pages;
}

static unsigned long reclaimable(void)
{
	unsigned long pages = 0;

	for (unsigned int nid = 0; nid < nodes_there(); nid++)
		pages += reclaimable_of(nid);
	return pages;
}

static unsigned long unreclaimable(void)
{
	unsigned long given_back = reclaimable(), pages = nr_slab_pages();

	return pages > given_back ? pages - given_back : 0;
}

MEMINFO_ITEM(SReclaimable, 220)
{
	return reclaimable() << (PAGE_SHIFT - 10);
}

MEMINFO_ITEM(SUnreclaim, 230)
{
	return unreclaimable() << (PAGE_SHIFT - 10);
}

VMSTAT_ITEM(nr_slab_reclaimable, 100)
{
	return reclaimable();
}

VMSTAT_ITEM(nr_slab_unreclaimable, 110)
{
	return unreclaimable();
}

NODE_ITEM(nr_slab_reclaimable, 100)
{
	return reclaimable_of(nid);
}

NODE_ITEM(nr_slab_unreclaimable, 110)
{
	unsigned long given_back = reclaimable_of(nid), pages = page_count_class(nid, CLASS_SLAB);

	return pages > given_back ? pages - given_back : 0;
}
