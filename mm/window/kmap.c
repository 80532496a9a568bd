/*
 * kmap.c - 512 slots that highmem pages take turns in
 *
 *	page ──pkmap_bucket──> bucket ──> slot ──next──> slot ──> nobody
 *	                                   │ page and count, address
 *	                                   └─> entry of its address in the window's one table
 *
 *	new pages take slots in turn:   [ used | free <- last + 1 | unused | used | ... | free ]
 *	after the last slot comes the first again.  Where a portion of PORTION slots begins, the unused
 *	ones of it are cleared, and one flush of the TLBs serves them all: so no call has to do with
 *	more than that, and an unused page stays in its slot for nearly a round.
 *
 * Life of a slot
 *	free ──kmap() of a new page──> n users ──last kunmap()──> unused ──flush──> free
 *	                                  └───────kmap() again─────┘
 *
 * Invariants (pkmap_check() verifies P1 to P3)
 *   P1  A slot with count 0 has no page (PKMAP_NO_PAGE), and its entry is clear.
 *   P2  A slot with count 1 or more has a page, and its entry shows that page.
 *   P3  The slots of P2, and no others, are in the list of their page's bucket, each once; so a
 *       page has at most one slot.
 *   P4  A slot with count 0 is in no CPU's TLB (but while the lock is held); so taking it flushes
 *       nothing.
 *
 * Locking  pkmap.lock, irqs off; the innermost but printk's.  Without it, the first slot of a
 *          bucket may gain or lose a user.  A slot's page and count are looked at in one access, and
 *          the page changes only while count is 0; so a count changes only while the page is the one
 *          that is meant:
 *
 *	kmap()     page is mine, count n above 0?  n -> n + 1 (acquire)
 *	kunmap()   page is mine, count n above 1?  n -> n - 1 (release)
 *
 *          The release of kunmap() pairs with the acquire of the flush's 1 -> 0: what was written
 *          through the address comes before the end of the mapping.  The release of a new page's
 *          count pairs with the acquire of kmap(): who sees the count sees page and entry.
 *
 * DEBUG builds take the lock always, and look at a bucket before they follow it (kmap_mend.c).
 *
 * Read next: kmap_check.c, kmap_view.c; mm/fixmap/kmap_local.c for the cheaper sort.
 * Linux: mm/highmem.c (map_new_virtual, flush_all_zero_pkmaps; there page_address_htable has 128
 * lists with a lock each, and every kmap() takes kmap_lock)
 */
#include "kernel/bootstage.h"
#include "kernel/bug.h"
#include "kernel/inject.h"
#include "kernel/kallsyms.h"
#include "kernel/look.h"
#include "kernel/printk.h"
#include "kernel/ratelimit.h"
#include "kernel/trace.h"
#include "mm/fixmap/kmap_local.h"
#include "mm/node.h"
#include "mm/page/shown.h"
#include "mm/slab/own.h"
#include "mm/window/kmap_impl.h"

static_assert(PKMAP_BASE / TABLE_SPAN == (PKMAP_END - 1) / TABLE_SPAN,
	      "one table page must cover the window");

struct pkmap pkmap = { .lock = SPINLOCK_INIT("pkmap"), .last = LAST_PKMAP - 1 };
struct pkmap_slot pkmap_nobody = { .whose = PKMAP_FREE };
struct pkmap_lookup pkmap_lookup = { .bucket = { [0 ... PKMAP_BUCKETS - 1] = &pkmap_nobody } };

/* Slots that are flushed together; slots that are looked at under one hold of the lock. */
enum { PORTION = 16, STRETCH = 64 };
static_assert(LAST_PKMAP % PORTION == 0 && STRETCH % PORTION == 0, "portions are whole");

/* With holes in them, or before them, pages take the slow way, which asks. */
static void __init find_pages(void)
{
	const pfn_t start = phys_to_pfn(PHYS_OFFSET), end = min(lowmem_end_pfn, max_pfn);

	pkmap_lookup.map = mem_map;
	if (mem_map_pfn != start || present_pages(start, end) != end - start)
		return;
	pkmap_lookup.lowmem = pkmap_lookup.all = end - start;
	if (present_pages(start, max_pfn) == max_pfn - start)
		pkmap_lookup.all = max_pfn - start;
}

void __init kmap_init(void)
{
	struct page *table;

	find_pages();
	if (lowmem_end_pfn >= max_pfn) {
		stage_done("kmap", "no highmem, so no slots are needed");
		return;
	}
	table = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!table)
		panic("kmap: no memory for the window's table");
	pkmap.slot = kzalloc_own(LAST_PKMAP * sizeof(*pkmap.slot), GFP_KERNEL);
	if (!pkmap.slot)
		panic("kmap: no memory for the window's slots");
	page_set_owner(table, OWNER_PAGETABLE);
	arch_table_install(PKMAP_BASE, page_to_phys(table));
	pkmap.pte = arch_pte_find(PKMAP_BASE);
	for (unsigned int i = 0; i < LAST_PKMAP; i++)
		pkmap.slot[i] = (struct pkmap_slot){ .whose = PKMAP_FREE,
						     .address = (void *)pkmap_address(i) };
	stage_done("kmap", "0x%lx-0x%lx, %d slots for %lu highmem pages", PKMAP_BASE, PKMAP_END - 1,
		   LAST_PKMAP, present_pages(lowmem_end_pfn, max_pfn));
}

/* --- refusals --------------------------------------------------------------------------------- */

static void *__cold refuse(const char *what, const struct page *page, const char *expected,
			   const char *found, unsigned long caller)
{
	const struct bug_report report = {
		.family = "kmap",
		.what = what,
		.object = page,
		.expected = expected,
		.caller = caller,
	};

	bug(&report, "%s", found);
	return NULL;
}

static inline bool in_window(const void *address)
{
	return (vaddr_t)address - PKMAP_BASE < PKMAP_END - PKMAP_BASE;
}

static inline bool in_lowmem(const void *address)
{
	return (vaddr_t)address - PAGE_OFFSET < (vaddr_t)high_memory - PAGE_OFFSET;
}

/* Does it point to the struct page of a frame of RAM? */
static bool is_page(const struct page *page)
{
	uintptr_t offset = (uintptr_t)page - (uintptr_t)mem_map;

	return offset < mem_map_pages * sizeof(*page) && offset % sizeof(*page) == 0 &&
	       pfn_present(page_to_pfn(page));
}

static void *__cold refuse_pointer(const struct page *page, unsigned long caller)
{
	return refuse("not a page", page, "the struct page of a frame of RAM",
		      in_window(page) || (in_lowmem(page) && page < mem_map)
			      ? "an address: the page is wanted"
			      : "a pointer outside mem_map, or into it askew",
		      caller);
}

/* What kmap() and kunmap() ask first; false after a report. */
static bool may_map(const struct page *page, unsigned long caller)
{
	if (arch_in_exception())
		refuse("in an interrupt", page, "a caller that no handler called",
		       "an interrupt or fault handler: kmap_local_page() works there", caller);
	else if (!is_page(page))
		refuse_pointer(page, caller);
	else
		return true;
	return false;
}

static void __noinline __cold report_full(const struct page *page, unsigned long caller)
{
	static struct ratelimit limit;
	char who[KALLSYMS_LINE];

	if (ratelimit(&limit))
		pr_warn("kmap: all %d slots are held: no address for pfn 0x%lx, wanted by %s; "
			"/proc/pkmap shows who holds them",
			LAST_PKMAP, page_to_pfn(page),
			kallsyms_format_caller(caller, who, sizeof(who)));
}

/* --- users of a slot -------------------------------------------------------------------------- */

/* Adds a user of that page's, unless the slot is another's or nobody's. */
static __always_inline bool add_user(struct pkmap_slot *slot, unsigned long nth)
{
	return (u32)nth == nth && arch_inc_if(&slot->whose, (u32)nth, 1);
}

/* Takes a user of that page's away, unless there is none. */
static __always_inline bool drop_user(struct pkmap_slot *slot, unsigned long nth)
{
	return (u32)nth == nth && arch_dec_if(&slot->whose, (u32)nth, 2);
}

/* --- slots, under the lock -------------------------------------------------------------------- */

/* Somebody has written over a link: what cannot be found in the list's length is not in it. */
static struct pkmap_slot *__noinline __cold refuse_cycle(const struct pkmap_slot *slot)
{
	refuse("broken slot", pkmap_lookup.map + slot->page, "a list of this bucket's slots",
	       "a list that leads round", _RET_IP_);
	return NULL;
}

/* In more steps than there are slots no list ends. */
static struct pkmap_slot *find_locked(unsigned long nth)
{
	struct pkmap_slot *slot = pkmap_first_locked(nth);

	for (unsigned int left = LAST_PKMAP; slot != &pkmap_nobody; slot = slot->next) {
		if (slot->page == nth)
			return slot;
		if (unlikely(!left--))
			return refuse_cycle(slot);
	}
	return NULL;
}

/* What leads to the slot in its bucket's list; NULL when nothing does. */
static struct pkmap_slot **link_to_locked(const struct pkmap_slot *slot)
{
	struct pkmap_slot **link = pkmap_bucket(slot->page);

	for (unsigned int left = LAST_PKMAP; left && *link != &pkmap_nobody; left--) {
		if (*link == slot)
			return link;
		link = &(*link)->next;
	}
	return NULL;
}

/* Free again, if nobody uses it; the entry is clear then, but may still be in a TLB. */
static inline bool clear_unused_locked(struct pkmap_slot *slot, pte_t *entry)
{
	struct pkmap_slot **link = NULL;
	u32 unused = 1;

	if (READ_ONCE(slot->count) != 1 || (debug_build && find_locked(slot->page) != slot) ||
	    !(link = link_to_locked(slot)) ||
	    !__atomic_compare_exchange_n(&slot->count, &unused, 0, false, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED))
		return false;
	WRITE_ONCE(*link, slot->next); /* keeps P3 */
	WRITE_ONCE(slot->page, PKMAP_NO_PAGE);
	arch_pte_write(entry, arch_pte_none()); /* keeps P1 */
	return true;
}

/* The slots of the portion that begins there. */
static void flush_locked(unsigned int start)
{
	struct pkmap_slot *slot = pkmap.slot + start;
	pte_t *entry = pkmap.pte + start;
	unsigned int flushed = 0;

	assert_spin_locked(&pkmap.lock);
	for (unsigned int n = 0; n < PORTION; n++)
		flushed += clear_unused_locked(slot++, entry++);
	if (!flushed)
		return;
	pkmap.rounds++;
	pkmap.flushed += flushed;
	/* P4; its barrier makes the clear entries visible first */
	arch_tlb_flush_range(pkmap_address(start), pkmap_address(start + PORTION));
	trace(TRACE_WINDOW, "kmap: %u unused slots flushed and free again", flushed);
}

/* The next free slot among STRETCH, after flushes where they are due; NULL when all are held. */
static struct pkmap_slot *next_free_locked(void)
{
	for (unsigned int left = STRETCH; left; left--) {
		struct pkmap_slot *slot;

		pkmap.last = (pkmap.last + 1) % LAST_PKMAP;
		if (pkmap.last % PORTION == 0)
			flush_locked(pkmap.last);
		slot = &pkmap.slot[pkmap.last];
		if (READ_ONCE(slot->count) == 0 &&
		    (!debug_build || pkmap_may_take_locked(pkmap.last)))
			return slot;
	}
	return NULL;
}

static void *map_new_locked(struct page *page, unsigned long nth, unsigned long caller)
{
	struct pkmap_slot *slot = next_free_locked(), **bucket = pkmap_bucket(nth);

	if (!slot)
		return NULL;
	arch_pte_set(pkmap.pte + pkmap.last, /* keeps P2; P4: nothing to flush */
		     arch_pte_make(pfn_to_phys(mem_map_pfn + nth), PAGE_KERNEL));
	page_set_shown(page);
	slot->by = caller;
	slot->next = *bucket;
	WRITE_ONCE(slot->page, (u32)nth);
	__atomic_store_n(&slot->count, 2, __ATOMIC_RELEASE); /* pairs with add_user()'s acquire */
	WRITE_ONCE(*bucket, slot);			     /* keeps P3 */
	arch_hand_out(slot->address, PAGE_SIZE, PAGE_SIZE);
	pkmap.taken++;
	trace(TRACE_WINDOW, "kmap: slot %u, %p, now shows pfn 0x%lx", pkmap.last, slot->address,
	      page_to_pfn(page));
	return slot->address;
}

/* --- mapping and unmapping: the fast paths, and what they cannot decide ----------------------- */

static inline void *map_locked(struct page *page, unsigned long nth, unsigned long caller)
{
	struct pkmap_slot *slot = find_locked(nth);

	if (!slot || !add_user(slot, nth))
		return map_new_locked(page, nth, caller);
	if (ARCH_WATCHES && READ_ONCE(slot->count) == 2)
		arch_hand_out(slot->address, PAGE_SIZE, PAGE_SIZE);
	return slot->address;
}

static inline void *try_map(struct page *page, unsigned long nth, unsigned long caller)
{
	unsigned long flags;
	void *address;

	spin_lock_irqsave(&pkmap.lock, flags);
	address = map_locked(page, nth, caller);
	spin_unlock_irqrestore(&pkmap.lock, flags);
	return address;
}

/* Once round, and what is left of the portion that the search began in. */
static void *__noinline __cold map_where_one_is_free(struct page *page, unsigned long nth,
						     unsigned long caller)
{
	void *address = NULL;

	for (unsigned int left = LAST_PKMAP / STRETCH; left && !address; left--)
		address = try_map(page, nth, caller);
	if (!address)
		report_full(page, caller);
	return address;
}

static inline void *map_in_slot(struct page *page, unsigned long nth, unsigned long caller)
{
	void *address;

	if (debug_build && !page_address(page) &&
	    inject_fails(INJECT_SLOT, page_to_pfn(page), caller))
		return NULL;
	address = try_map(page, nth, caller);
	return likely(address) ? address : map_where_one_is_free(page, nth, caller);
}

static void *__noinline __cold map_if_allowed(struct page *page, unsigned long caller)
{
	if (!may_map(page, caller))
		return NULL;
	return PageHighMem(page) ? map_in_slot(page, page_index(page), caller)
				 : lowmem_page_address(page);
}

/* Above lowmem, on a machine without holes, what else is asked of a pointer need not be asked. */
static inline bool is_plain_highmem(unsigned long nth)
{
	return nth - pkmap_lookup.lowmem < pkmap_lookup.all - pkmap_lookup.lowmem;
}

static void *__noinline map_otherwise(unsigned long nth, unsigned long passed)
{
	struct page *page = page_at_distance(pkmap_lookup.map, nth);
	const unsigned long caller = RET_IP_PASSED(passed);

	if (unlikely(!is_plain_highmem(nth) || arch_in_exception()))
		return map_if_allowed(page, caller);
	return map_in_slot(page, nth, caller);
}

/* The number is all that is kept of a page: of any pointer, however wild, it is as good. */
void *kmap(struct page *page)
{
	const unsigned long nth = page_distance(page, pkmap_lookup.map);
	struct pkmap_slot *slot;

	if (nth < pkmap_lookup.lowmem && !arch_in_exception())
		return phys_to_virt(PHYS_OFFSET + pfn_to_phys(nth));
	slot = READ_ONCE(*pkmap_bucket(nth));
	if (unlikely(debug_build || ARCH_WATCHES || arch_in_exception() || !add_user(slot, nth)))
		return map_otherwise(nth, RET_IP_TO_PASS);
	return slot->address;
}

static void __noinline unmap_otherwise(unsigned long nth, unsigned long passed)
{
	const unsigned long caller = RET_IP_PASSED(passed);
	struct page *page = page_at_distance(pkmap_lookup.map, nth);
	struct pkmap_slot *slot;
	unsigned long flags;
	bool dropped;

	if (!may_map(page, caller) || !PageHighMem(page))
		return;
	spin_lock_irqsave(&pkmap.lock, flags);
	slot = find_locked(nth);
	dropped = slot && drop_user(slot, nth);
	if (ARCH_WATCHES && dropped && READ_ONCE(slot->count) == 1)
		arch_take_back(slot->address, PAGE_SIZE);
	spin_unlock_irqrestore(&pkmap.lock, flags);
	if (unlikely(!dropped))
		refuse("not mapped", page, "a page that kmap() has mapped",
		       slot ? "a page whose last user is gone" : "a page that is in no slot",
		       caller);
}

void kunmap(struct page *page)
{
	const unsigned long nth = page_distance(page, pkmap_lookup.map);

	if (nth < pkmap_lookup.lowmem && !arch_in_exception())
		return;
	if (unlikely(debug_build || ARCH_WATCHES || arch_in_exception() ||
		     !drop_user(READ_ONCE(*pkmap_bucket(nth)), nth)))
		unmap_otherwise(nth, RET_IP_TO_PASS);
}

void kmap_flush_unused(void)
{
	unsigned long flags;

	for (unsigned int n = 0; pkmap.slot && n < LAST_PKMAP; n += PORTION) {
		spin_lock_irqsave(&pkmap.lock, flags);
		flush_locked(n);
		spin_unlock_irqrestore(&pkmap.lock, flags);
	}
}

/* --- from page to address, and back ----------------------------------------------------------- */

void *page_address(const struct page *page)
{
	const struct pkmap_slot *slot;
	unsigned long flags;
	void *address;

	if (unlikely(!is_page(page)))
		return refuse_pointer(page, _RET_IP_);
	if (!PageHighMem(page))
		return lowmem_page_address(page);
	spin_lock_irqsave(&pkmap.lock, flags);
	slot = find_locked(page_index(page));
	address = slot ? slot->address : NULL;
	spin_unlock_irqrestore(&pkmap.lock, flags);
	return address;
}

static inline bool in_kmap_local(const void *address)
{
	return (vaddr_t)address - __fix_to_virt(FIX_KMAP_BEGIN) <
	       (vaddr_t)(FIX_KMAP_END + 1 - FIX_KMAP_BEGIN) << PAGE_SHIFT;
}

struct page *kmap_to_page(const void *addr)
{
	struct pkmap_state state = {};

	if (in_lowmem(addr))
		return virt_to_page(addr);
	if (in_kmap_local(addr))
		return kmap_atomic_to_page(addr);
	if (in_window(addr))
		pkmap_look((unsigned int)(((vaddr_t)addr - PKMAP_BASE) >> PAGE_SHIFT), &state);
	if (!state.page)
		refuse("not mapped", addr, "an address in lowmem or in a slot",
		       in_window(addr) ? "a slot that is free" : "an address that is in neither",
		       _RET_IP_);
	return (struct page *)state.page;
}

void pkmap_look(unsigned int slot, struct pkmap_state *state)
{
	const struct pkmap_slot *s;
	unsigned long flags;
	u32 count;

	*state = (struct pkmap_state){};
	if (!pkmap.slot)
		return;
	s = pkmap.slot + slot;
	look_lock_irqsave(&pkmap.lock, flags);
	count = READ_ONCE(s->count);
	if (count)
		*state = (struct pkmap_state){ mem_map + s->page, count - 1, s->by };
	look_unlock_irqrestore(&pkmap.lock, flags);
}
