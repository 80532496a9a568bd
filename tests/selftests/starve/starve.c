/*
 * starve.c - takes all memory, and gives it back page by page between one try and the next
 *
 * Single pages are kept apart, in the order in which they came, to be given back one by one; the
 * rest is taken in large blocks, since machines may be large.
 */
#include "mm/page/page.h"
#include "mm/page/pcp.h"
#include "mm/slab/own.h"
#include "mm/vmap/vmap.h"
#include "tests/selftests/starve/starve.h"

enum { SINGLES = 2400, SMALL = 512, ONE_BY_ONE = 24, STEP = 200 };

struct object {
	struct object *next;
};

struct hoard {
	struct list_head singles, blocks;
	struct object *objects, *own;
};

static bool take_block(struct hoard *hoard, gfp_t gfp, unsigned int order)
{
	struct page *page = alloc_pages(gfp | __GFP_NOWARN, order);

	if (!page)
		return false;
	page->private = order;
	list_add(&page->lru, &hoard->blocks);
	return true;
}

static bool chain(struct object *object, struct object **objects)
{
	if (!object)
		return false;
	object->next = *objects;
	*objects = object;
	return true;
}

static struct object *unchain(struct object **objects)
{
	struct object *object = *objects;

	if (object)
		*objects = object->next;
	return object;
}

static void take_objects(struct hoard *hoard, size_t size)
{
	while (chain(kmalloc(size, GFP_KERNEL | __GFP_NOWARN), &hoard->objects))
		;
	while (chain(kmalloc_own(size, GFP_KERNEL | __GFP_NOWARN), &hoard->own))
		;
}

/* Of lowmem or, where there is any, of highmem. */
static bool take_single(struct hoard *hoard, bool high)
{
	struct page *page = alloc_page((high ? GFP_HIGHUSER : GFP_KERNEL) | __GFP_NOWARN);

	if (!page)
		return false;
	list_add_tail(&page->lru, &hoard->singles);
	return true;
}

static void take_all(struct hoard *hoard, bool lowmem_first)
{
	for (unsigned int n = 0; n < SINGLES; n++)
		if (!take_single(hoard, lowmem_first ? n >= SINGLES / 2 : n % 2))
			break;
	for (unsigned int order = MAX_ORDER; order-- > 0;)
		while (take_block(hoard, GFP_HIGHUSER, order))
			;
	for (size_t size = sizeof(struct object); size <= SMALL; size += sizeof(long))
		take_objects(hoard, size);
	while (take_block(hoard, GFP_HIGHUSER, 0) || take_block(hoard, GFP_KERNEL, 0))
		;
}

static void let_go(struct hoard *hoard, unsigned int singles)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, &hoard->singles, lru) {
		if (!singles--)
			break;
		list_del(&page->lru);
		__free_page(page);
	}
}

static void give_all(struct hoard *hoard)
{
	struct page *page, *next;
	struct object *object;

	let_go(hoard, SINGLES);
	list_for_each_entry_safe(page, next, &hoard->blocks, lru)
		__free_pages(page, (unsigned int)page->private);
	while ((object = unchain(&hoard->objects)))
		kfree(object);
	while ((object = unchain(&hoard->own)))
		kfree_own(object);
}

/* Pages that are nobody's, or became tables, which stay. */
static unsigned long to_be_had(void)
{
	slab_reap();
	return nr_free_pages() + nr_pcp_pages() + nr_vmalloc_tables();
}

/* One try; *works: it had all that it needs. */
static bool try_once(const struct starved_call *call, unsigned int failures, bool *works)
{
	const unsigned long before = to_be_had();
	void *got = call->make();
	unsigned long after;

	*works = got;
	if (got)
		call->give(got);
	after = to_be_had();
	if (after == before && call->sound())
		return true;
	selftest_fail(call->name, 0, "try %u, which %s: %lu pages before, %lu after, %s", failures,
		      got ? "works" : "fails", before, after, call->sound() ? "sound" : "broken");
	return false;
}

static bool try_all(struct hoard *hoard, const struct starved_call *call)
{
	unsigned int failures = 0;
	bool works = false;

	for (;; failures++) {
		if (!try_once(call, failures, &works))
			return false;
		if (works || list_empty(&hoard->singles))
			break;
		let_go(hoard, failures < ONE_BY_ONE ? 1 : STEP);
	}
	if (works && failures >= call->least)
		return true;
	selftest_fail(call->name, 0, "%s after %u failures", works ? "works" : "never works",
		      failures);
	return false;
}

bool starve(const struct starved_call *call, bool lowmem_first)
{
	struct hoard hoard = { .singles = LIST_HEAD_INIT(hoard.singles),
			       .blocks = LIST_HEAD_INIT(hoard.blocks) };
	bool held;

	take_all(&hoard, lowmem_first);
	held = try_all(&hoard, call);
	give_all(&hoard);
	return held;
}

vaddr_t tableless_border(void)
{
	for (vaddr_t border = VMALLOC_END - TABLE_SPAN; border > VMALLOC_START;
	     border -= TABLE_SPAN)
		if (!arch_pte_find(border) && !arch_pte_find(border - 1))
			return border;
	return 0;
}
