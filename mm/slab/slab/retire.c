/*
 * retire.c - DEBUG builds: a slab whose bookkeeping is found broken is named once, and used no more
 *
 *	about to take from, or give to        what may be broken          what becomes of it
 *	a list of slabs                       a link                      the part that is broken is cut out
 *	a slab                                descriptor, freelist        off its list, free = BUFCTL_RETIRED
 *	a CPU's stock                         top, an object in it        what is no free object is dropped
 *
 *	partial ──> A ──> B ──x    C ──> partial        list: sound from both sides as far as A and C
 *	partial ──> A ──────────> C ──> partial         B is out of use, and so is what it led to
 *
 * Somebody wrote over a freelist: who goes on by it hands out an object twice, or what is none, or
 * walks in a circle for ever.  So, before each use, everything that is going to be followed is
 * verified.  A slab that is not what it should be is left alone: its objects in use stay what they
 * are, those that are freed are not handed out again, and its pages are lost.
 *
 * In production builds nothing of this is asked; there an index beyond the slab ends its freelist
 * and a slab that has none left counts as full, which costs nothing and never ends in a circle.
 *
 * Locking: the node's lock is held where a node or slab is passed; a stock's interrupts are off.
 * Read next: check.c, which verifies everything and repairs nothing.
 */
#include "mm/slab/slab/slab_impl.h"

static void __cold report(const struct kmem_cache *cache, const void *what, const char *found)
{
	const struct bug_report report = {
		.family = "slab",
		.what = "broken bookkeeping",
		.object = what,
		.expected = "what the family wrote there itself",
		.caller = _RET_IP_,
	};

	bug(&report, "%s, cache %s; it is used no more", found, cache->name);
}

/* --- lists ------------------------------------------------------------------------------------ */

/* The lists of the family's own two caches are the image's, which lies in RAM on some ports only. */
static bool in_own_cache(const void *address)
{
	const unsigned long at = (unsigned long)address;

	return at - (unsigned long)&cache_cache < sizeof(cache_cache) ||
	       at - (unsigned long)&stock_cache < sizeof(stock_cache);
}

/* Lowmem has holes: a stack of the image lies between two pages that nothing maps. */
static bool in_mapped_lowmem(const void *address)
{
	const pte_t *entry;

	if (!far_page(address))
		return false;
	entry = arch_pte_find((vaddr_t)address);
	return !entry || arch_pte_present(*entry);
}

/* Can what is said to be there be looked at, from its first byte to its last? */
static bool readable(const void *address, size_t bytes)
{
	const u8 *last = (const u8 *)address + bytes - 1;

	return IS_ALIGNED((unsigned long)address, sizeof(long)) &&
	       (in_own_cache(address) || (in_mapped_lowmem(address) && in_mapped_lowmem(last)));
}

static bool next_is_sound(const struct list_head *at)
{
	return readable(at->next, sizeof(*at)) && at->next->prev == at;
}

static bool prev_is_sound(const struct list_head *at)
{
	return readable(at->prev, sizeof(*at)) && at->prev->next == at;
}

static bool links_are_sound(const struct list_head *at)
{
	return next_is_sound(at) && prev_is_sound(at);
}

/* Are all links of the list? */
static bool is_whole(const struct list_head *head)
{
	const struct list_head *at = head;

	while (links_are_sound(at) && at->next != head)
		at = at->next;
	return links_are_sound(at);
}

static void retire(struct slab *slab)
{
	__list_del_entry(&slab->list);
	INIT_LIST_HEAD(&slab->list);
	slab->free = BUFCTL_RETIRED;
}

/*
 * What can be reached from the front and from the back is a list again.  One of the two entries
 * between which it was broken is not what it was: that goes, too.
 */
static void cut_out(struct list_head *head)
{
	struct list_head *front = head, *back = head;

	while (next_is_sound(front) && front->next != head)
		front = front->next;
	while (prev_is_sound(back) && back->prev != head && back->prev != front)
		back = back->prev;
	front->next = back;
	back->prev = front;
	if (front != head || back != head)
		retire(list_entry(front != head ? front : back, struct slab, list));
}

/* After slabs were lost: what the sums are of those that are left. */
static void recount(struct cache_node *node)
{
	struct list_head *lists[] = { &node->full, &node->partial, &node->free };
	unsigned long before = node->nr_slabs;
	struct slab *slab;

	node->nr_slabs = node->nr_objects = node->free_objects = 0;
	for (unsigned int i = 0; i < ARRAY_SIZE(lists); i++) {
		list_for_each_entry(slab, lists[i], list) {
			node->nr_slabs++; /* keeps I4 */
			node->nr_objects += slab->num;
			node->free_objects += (unsigned long)slab->num - slab->inuse;
		}
	}
	node->retired += before - node->nr_slabs;
}

static void mend_lists(const struct kmem_cache *cache, struct cache_node *node)
{
	struct list_head *lists[] = { &node->full, &node->partial, &node->free };

	for (unsigned int i = 0; i < ARRAY_SIZE(lists); i++) {
		if (likely(links_are_sound(lists[i])))
			continue;
		report(cache, lists[i], "a link of a list of slabs");
		cut_out(lists[i]);
		recount(node);
	}
}

/* --- slabs ------------------------------------------------------------------------------------ */

/* The freelist, from the numbers alone: num - inuse indices of objects that are free, and the end. */
static const char *freelist_fault(const struct slab *slab)
{
	unsigned int left, at = slab->free;

	if (slab->inuse > slab->num)
		return "more objects out than there are";
	for (left = (unsigned int)slab->num - slab->inuse; left; left--, at = slab->bufctl[at]) {
		if (at >= slab->num)
			return at == BUFCTL_END ? "a freelist that ends early"
						: "a freelist that leaves its slab";
		if (!debug_is_free(slab, at))
			return "a freelist with an object in use";
	}
	return at == BUFCTL_END ? NULL : "a freelist that does not end";
}

/* Does it lead to the head of its first block, which is what goes back in the end?  Its shape is sound. */
static bool begin_holds(const struct kmem_cache *cache, const struct slab *slab)
{
	const struct page *first = far_page((const u8 *)slab->s_mem - slab->colour_off);

	return first && page_slab(first) == slab && page_state(first) == PAGE_USED &&
	       page_order(first) == block_order(shape_of(cache, slab)->pages);
}

/* What is wrong with it, or NULL. */
static const char *slab_fault(const struct kmem_cache *cache, const struct cache_node *node,
			      const struct slab *slab)
{
	const struct page *page;

	if (!readable(slab, sizeof(*slab)))
		return "the address of a slab";
	page = far_page(slab->s_mem);
	if (!page || page->mapping != cache || page_slab(page) != slab || slab->node != node)
		return "a slab's descriptor";
	if (slab->shape >= SHAPES || slab->num != shape_of(cache, slab)->num)
		return "the number of a slab's objects";
	if (!begin_holds(cache, slab))
		return "where a slab begins";
	if (!links_are_sound(&slab->list))
		return "a slab's links";
	return freelist_fault(slab);
}

/* Off its list, whatever its links are, and out of its node's sums. */
static void unlist(struct cache_node *node, struct slab *slab)
{
	struct list_head *lists[] = { &node->full, &node->partial, &node->free };

	for (unsigned int i = 0; i < ARRAY_SIZE(lists); i++)
		if (!is_whole(lists[i]))
			cut_out(lists[i]);
	if (slab->free != BUFCTL_RETIRED && links_are_sound(&slab->list))
		retire(slab);
	slab->free = BUFCTL_RETIRED;
	recount(node);
}

bool retire_if_broken(const struct kmem_cache *cache, struct cache_node *node, struct slab *slab)
{
	const char *fault;

	mend_lists(cache, node);
	if (readable(slab, sizeof(*slab)) && slab->free == BUFCTL_RETIRED)
		return true;
	fault = slab_fault(cache, node, slab);
	if (likely(!fault))
		return false;
	report(cache, slab, fault);
	if (readable(slab, sizeof(*slab)))
		unlist(node, slab);
	return true;
}

/* The first entry of the list leads to a slab that is broken: then that is gone. */
static bool first_is_broken(const struct kmem_cache *cache, struct cache_node *node,
			    struct list_head *list)
{
	return !list_empty(list) &&
	       retire_if_broken(cache, node, list_first_entry(list, struct slab, list));
}

void retire_broken_first(const struct kmem_cache *cache, struct cache_node *node)
{
	mend_lists(cache, node);
	while (first_is_broken(cache, node, &node->partial))
		;
	while (list_empty(&node->partial) && first_is_broken(cache, node, &node->free))
		;
}

void retire_broken_free(const struct kmem_cache *cache, struct cache_node *node)
{
	struct list_head *at;

	mend_lists(cache, node);
	for (at = node->free.next; at != &node->free;) {
		struct slab *slab = list_entry(at, struct slab, list);

		if (retire_if_broken(cache, node, slab))
			at = node->free.next; /* begin anew: the list has changed */
		else
			at = at->next;
	}
}

/* --- stocks ----------------------------------------------------------------------------------- */

/* Is it an object of the cache that is free, as what a stock holds must be? */
static bool is_free_object(const struct kmem_cache *cache, const void *object)
{
	const struct page *page = readable(object, 1) ? far_page(object) : NULL;
	const struct slab *slab;
	u32 index;

	if (!page || !(page->flags & PG_SLAB) || page->mapping != cache)
		return false;
	slab = page_slab(page);
	if (!readable(slab, sizeof(*slab)))
		return false;
	index = slab_index(cache, slab, object);
	return index < slab->num && debug_is_free(slab, index);
}

/* The one that would be handed out next, a second time? */
static bool top_is_there_twice(const struct array_cache *stock)
{
	for (unsigned int i = 1; i < stock->avail; i++)
		if (stock->slot[i] == stock->slot[stock->avail])
			return true;
	return false;
}

void retire_broken_stock(struct kmem_cache *cache)
{
	unsigned long flags = arch_irq_save();
	struct array_cache *stock = this_stock(cache);
	unsigned int kept = 0;

	if (stock != &no_stock && stock->avail > stock->limit) {
		report(cache, stock, "the number of objects in a stock");
		stock->avail = 0; /* what it had is lost, or it would be handed out twice */
	}
	for (unsigned int i = 1; i <= stock->avail; i++) {
		if (likely(is_free_object(cache, stock->slot[i])))
			stock->slot[++kept] = stock->slot[i];
		else
			report(cache, stock->slot[i], "an object in a stock");
	}
	stock->avail = kept;
	if (unlikely(top_is_there_twice(stock))) {
		report(cache, stock->slot[kept], "an object that is twice in a stock");
		stock->avail--;
	}
	arch_irq_restore(flags);
}
