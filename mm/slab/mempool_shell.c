/*
 * mempool_shell.c - pools at the prompt: pool create, alloc, free, resize, destroy, show
 *
 *	pool create spare 4 kmalloc 256        a name for this table, a pool behind it
 *	pool alloc spare                       #N, as all that is allocated
 *
 * Locking: none; the shell's CPU only.
 * Read next: mempool_break.c, for mistakes.
 */
#include <stdio.h>
#include <string.h>

#include "kernel/console.h"
#include "kernel/shell/alloc_words.h"
#include "mm/slab/mempool.h"
#include "mm/slab/mempool_named.h"
#include "mm/slab/names.h"

enum { POOLS_MAX = 16, RESERVE_MAX = 4096 };

/* Made here, by name. */
static struct named_pool {
	char *name; /* NULL: not in use */
	mempool_t *pool;
} named_pools[POOLS_MAX];

static struct named_pool *find_named(const char *name)
{
	for (unsigned int i = 0; i < POOLS_MAX; i++)
		if (named_pools[i].name && !strcmp(named_pools[i].name, name))
			return &named_pools[i];
	return NULL;
}

/* The pool of that name, or NULL after saying that there is none. */
static struct named_pool *need_named(const char *name)
{
	struct named_pool *named = find_named(name);

	if (!named)
		shell_error("%s: no such pool; `pool show` lists them", name);
	return named;
}

static const char *name_of(const mempool_t *pool)
{
	for (unsigned int i = 0; i < POOLS_MAX; i++)
		if (named_pools[i].name && named_pools[i].pool == pool)
			return named_pools[i].name;
	return "-";
}

static void forget(struct named_pool *named)
{
	kfree(named->name);
	*named = (struct named_pool){};
}

u32 mempools_named(void)
{
	u32 taken = 0;

	for (unsigned int i = 0; i < POOLS_MAX; i++)
		taken |= named_pools[i].name ? 1u << i : 0;
	return taken;
}

void mempools_destroy_others(u32 kept)
{
	for (unsigned int i = 0; i < POOLS_MAX; i++)
		if (named_pools[i].name && !(kept >> i & 1)) {
			mempool_destroy(named_pools[i].pool);
			forget(&named_pools[i]);
		}
}

/* --- elements: #N ----------------------------------------------------------------------------- */

static bool free_element(struct handle *handle)
{
	mempool_t *pool = (mempool_t *)handle->extra;
	struct mempool_state before, after;

	mempool_state(pool, &before);
	mempool_free(handle->object, pool);
	mempool_state(pool, &after);
	return after.in_use == before.in_use - 1;
}

static void describe_element(const struct handle *handle)
{
	con_printf("name=%s va=%p size=%lu", name_of((const mempool_t *)handle->extra),
		   handle->object, handle->size);
}

static const struct gfp_refusal pool_refusals[] = {
	{ __GFP_ZERO, "an element of the reserve is as its last user left it" },
	{ __GFP_DMA | __GFP_HIGHMEM | GFP_WORD_NORMAL | __GFP_COLD | __GFP_COMP,
	  "what its elements are was chosen with the pool: pool create" },
	{},
};

ALLOC_KIND(pool, "NAME [WORD...]", "an element of a pool (pool create)", free_element,
	   describe_element, .refuses = pool_refusals)
{
	struct mempool_state state;
	struct named_pool *named;
	gfp_t gfp;

	if (argc < 1)
		return SHELL_USAGE;
	named = need_named(argv[0]);
	if (!named || !alloc_words(handle->kind, argc - 1, argv + 1, &gfp, NULL))
		return SHELL_FAIL;
	handle->object = mempool_alloc(named->pool, gfp);
	handle->extra = (unsigned long)named->pool;
	if (!handle->object)
		return shell_error("the pool %s is drained", argv[0]);
	mempool_state(named->pool, &state);
	handle->size = state.size;
	return SHELL_OK;
}

/* --- subcommands ------------------------------------------------------------------------------ */

/* argv: NAME MIN kmalloc|cache|pages WHAT */
static mempool_t *make_pool(int min_nr, const char *kind, const char *what)
{
	struct kmem_cache *cache;
	u64 number;

	if (!strcmp(kind, "kmalloc"))
		return shell_number(what, "SIZE", 1, KMALLOC_MAX_SIZE, &number)
			       ? mempool_create_kmalloc_pool(min_nr, (size_t)number)
			       : NULL;
	if (!strcmp(kind, "pages"))
		return shell_number(what, "ORDER", 0, 10, &number)
			       ? mempool_create_page_pool(min_nr, (int)number)
			       : NULL;
	if (strcmp(kind, "cache")) {
		shell_error("%s: choose one of kmalloc, cache, pages", kind);
		return NULL;
	}
	cache = kmem_cache_find(what);
	if (!cache)
		shell_error("%s: no such cache", what);
	return cache ? mempool_create_slab_pool(min_nr, cache) : NULL;
}

static struct named_pool *free_place(void)
{
	for (unsigned int i = 0; i < POOLS_MAX; i++)
		if (!named_pools[i].name)
			return &named_pools[i];
	return NULL;
}

static int pool_create(int argc, char **argv)
{
	struct named_pool *place = free_place();
	u64 min_nr;

	if (argc != 4)
		return SHELL_USAGE;
	if (find_named(argv[0]))
		return shell_error("%s: there is such a pool already", argv[0]);
	if (!place)
		return shell_error("at most %d pools; destroy one", POOLS_MAX);
	if (!shell_number(argv[1], "MIN", 1, RESERVE_MAX, &min_nr))
		return SHELL_FAIL;
	place->pool = make_pool((int)min_nr, argv[2], argv[3]);
	if (!place->pool)
		return shell_error("%s: not created", argv[0]);
	place->name = kstrdup(argv[0], GFP_KERNEL);
	if (!place->name) {
		mempool_destroy(place->pool);
		return shell_error("no memory for the name");
	}
	con_printf("pool %s created: reserve %d\n", argv[0], (int)min_nr);
	return SHELL_OK;
}

static int pool_alloc(int argc, char **argv)
{
	return argc ? handle_alloc("pool", argc, argv) : SHELL_USAGE;
}

static int pool_free(int argc, char **argv)
{
	const struct handle *handle;

	if (argc != 1)
		return SHELL_USAGE;
	handle = handle_find(argv[0]);
	if (!handle)
		return SHELL_FAIL;
	if (strcmp(handle->kind->name, "pool"))
		return shell_error("%s: is of kind %s, not pool", argv[0], handle->kind->name);
	return handle_release(argv[0]);
}

static int pool_resize(int argc, char **argv)
{
	struct named_pool *named;
	u64 min_nr;

	if (argc != 2)
		return SHELL_USAGE;
	named = need_named(argv[0]);
	if (!named || !shell_number(argv[1], "MIN", 1, RESERVE_MAX, &min_nr))
		return SHELL_FAIL;
	if (mempool_resize(named->pool, (int)min_nr))
		return shell_error("%s: no memory for a larger reserve", argv[0]);
	con_printf("pool %s: reserve %d\n", argv[0], (int)min_nr);
	return SHELL_OK;
}

static int pool_destroy(int argc, char **argv)
{
	struct mempool_state state;
	struct named_pool *named;

	if (argc != 1)
		return SHELL_USAGE;
	named = need_named(argv[0]);
	if (!named)
		return SHELL_FAIL;
	mempool_state(named->pool, &state);
	mempool_destroy(named->pool);
	if (state.in_use)
		return shell_error("%s: %d elements are in use", argv[0], state.in_use);
	forget(named);
	con_printf("pool %s destroyed\n", argv[0]);
	return SHELL_OK;
}

static int pool_show(int argc, char **argv __unused)
{
	struct mempool_state s;

	if (argc != 0)
		return SHELL_USAGE;
	shell_only_looks();
	con_printf("%-14s %-12s %8s %7s %7s %7s\n", "pool", "elements", "bytes", "min", "reserve",
		   "in use");
	for (mempool_t *pool = mempool_next(NULL); pool && !con_interrupted();
	     pool = mempool_next(pool)) {
		mempool_state(pool, &s);
		con_printf("%-14s %-12s %8lu %7d %7d %7d\n", name_of(pool), s.kind, s.size,
			   s.min_nr, s.curr_nr, s.in_use);
	}
	return mempool_check() ? SHELL_OK : shell_error("the invariants do not hold");
}

static const struct subcommand {
	const char *name;
	int (*run)(int argc, char **argv);
} subcommands[] = {
	{ "create", pool_create }, { "alloc", pool_alloc },	{ "free", pool_free },
	{ "resize", pool_resize }, { "destroy", pool_destroy }, { "show", pool_show },
};

static const char *complete_pool(int argc, char **argv, unsigned int nth)
{
	static const char *const kinds[] = { "kmalloc", "cache", "pages" };

	if (argc == 2)
		return nth < ARRAY_SIZE(subcommands) ? subcommands[nth].name : NULL;
	if (argc == 5 && !strcmp(argv[1], "create"))
		return nth < ARRAY_SIZE(kinds) ? kinds[nth] : NULL;
	if (argc != 3)
		return NULL;
	for (unsigned int i = 0; i < POOLS_MAX; i++)
		if (named_pools[i].name && nth-- == 0)
			return named_pools[i].name;
	return NULL;
}

SHELL_CMD(
	pool, "create|alloc|free|resize|destroy|show ...",
	"pools: a reserve of elements for when memory is used up", .group = "slab",
	.example = "pool create spare 4 kmalloc 256", .complete = complete_pool,
	.details =
		"pool create NAME MIN kmalloc SIZE|cache CACHE|pages ORDER\n"
		"pool alloc NAME [WORD...]   an element as #N; `help alloc pool` tells the words\n"
		"pool free #N          into the reserve, if that is not full\n"
		"pool resize NAME MIN\n"
		"pool destroy NAME     refused while elements are in use\n"
		"pool show             every pool of the kernel")
{
	if (argc < 2)
		return SHELL_USAGE;
	for (unsigned int i = 0; i < ARRAY_SIZE(subcommands); i++)
		if (!strcmp(argv[1], subcommands[i].name))
			return subcommands[i].run(argc - 2, argv + 2);
	return shell_error("%s: choose one of create, alloc, free, resize, destroy, show", argv[1]);
}
