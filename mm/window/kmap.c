/*
 * kmap.c - 512 slots that highmem pages take turns in
 *
 *	page ──pkmap_bucket_of──> bucket ──> slot ──next──> slot ──> nobody
 *	                                      │ page, count, address
 *	                                      └─> entry of its address in the window's one table
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
 *   P1  A slot with count 0 has no page, and its entry is clear.
 *   P2  A slot with count 1 or more has a page, and its entry shows that page.
 *   P3  The slots of P2, and no others, are in the list of their page's bucket, each once; so a
 *       page has at most one slot.
 *   P4  A slot with count 0 is in no CPU's TLB (but while the lock is held); so taking it flushes
 *       nothing.
 *   P5  The page of a slot changes only while count is 0.
 *
 * Locking  pkmap.lock, irqs off; the innermost but printk's.  Without it, the first slot of a
 *          bucket may gain or lose a user:
 *
 *	kmap()     page == mine?  count n -> n + 1 unless n is 0 (acquire)  page == mine still?
 *	kunmap()   page == mine?  count n -> n - 1 unless n is 1 or 0 (release)
 *
 *          From the second step on the slot cannot be flushed, and by P5 its page stays; when the
 *          third finds another page, the slot was flushed and taken anew in between: the user that
 *          was added is taken back.  Until that is done the slot has one more than its kmap()s.
 *          The release of kunmap() pairs with the acquire of the flush's 1 -> 0: what was written
 *          through the address comes before the end of the mapping.  The release of a new page's
 *          count pairs with the acquire of kmap(): who sees the count sees page and entry.
 *
 * Read next: kmap_check.c, kmap_view.c; mm/fixmap/kmap_local.c for the cheaper sort.
 * Linux: mm/highmem.c (map_new_virtual, flush_all_zero_pkmaps; there page_address_htable has 128
 * lists with a lock each, and every kmap() takes kmap_lock)
 */
#include "kernel/bootstage.h"
#include "kernel/bug.h"
#include "kernel/kallsyms.h"
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
struct pkmap_slot pkmap_nobody;
struct pkmap_lookup pkmap_lookup = { .bucket = { [0 ... PKMAP_BUCKETS - 1] = &pkmap_nobody } };

/* Slots that are flushed together; slots that are looked at under one hold of the lock. */
enum { PORTION = 16, STRETCH = 64 };
static_assert(LAST_PKMAP % PORTION == 0 && STRETCH % PORTION == 0, "portions are whole");

/* With holes in it, or before it, lowmem takes the slow way, which asks. */
static void __init find_lowmem(void)
{
	const pfn_t end = min(lowmem_end_pfn, max_pfn);

	pkmap_lookup.map = mem_map;
	if (mem_map_pfn == phys_to_pfn(PHYS_OFFSET) &&
	    present_pages(mem_map_pfn, end) == end - mem_map_pfn)
		pkmap_lookup.lowmem = end - mem_map_pfn;
}

void __init kmap_init(void)
{
	struct page *table;

	find_lowmem();
	if (lowmem_end_pfn >= max_pfn) {
		stage_done("kmap", "no highmem, so no slots are needed");
		return;
	}
	table = alloc_page(GFP_KERNEL | __GFP_ZERO);
	pkmap.slot = kzalloc_own(LAST_PKMAP * sizeof(*pkmap.slot), GFP_KERNEL);
	if (!table || !pkmap.slot)
		panic("kmap: no memory for the window's table and its slots");
	page_set_owner(table, OWNER_PAGETABLE);
	arch_table_install(PKMAP_BASE, page_to_phys(table));
	pkmap.pte = arch_pte_find(PKMAP_BASE);
	for (unsigned int i = 0; i < LAST_PKMAP; i++)
		pkmap.slot[i].address = (void *)pkmap_address(i);
	stage_done("kmap", "0x%lx-0x%lx, %d slots for %lu highmem pages", PKMAP_BASE, PKMAP_END - 1,
		   LAST_PKMAP, present_pages(lowmem_end_pfn, max_pfn));
}

/* --- refusals ----------------------------------------------------------------------------------- */

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

static void __cold report_full(const struct page *page, unsigned long caller)
{
	static struct ratelimit limit;
	char who[KALLSYMS_LINE];

	if (ratelimit(&limit))
		pr_warn("kmap: all %d slots are held: no address for pfn 0x%lx, wanted by %s; "
			"/proc/pkmap shows who holds them",
			LAST_PKMAP, page_to_pfn(page),
			kallsyms_format_caller(caller, who, sizeof(who)));
}

/* --- users of a slot ------------------------------------------------------------------------------ */

/* Adds a user unless the slot is free. */
static __always_inline bool add_user(struct pkmap_slot *slot)
{
	return arch_inc_unless_zero(&slot->count);
}

/* Takes a user away unless there is none. */
static __always_inline bool drop_user(struct pkmap_slot *slot)
{
	return arch_dec_if_above(&slot->count, 1);
}

/* --- slots, under the lock -------------------------------------------------------------------------- */

static struct pkmap_slot *find_locked(const struct page *page)
{
	struct pkmap_slot *slot = *pkmap_bucket_of(page);

	while (slot != &pkmap_nobody && slot->page != page)
		slot = slot->next;
	return slot == &pkmap_nobody ? NULL : slot;
}

/* Out of its bucket, without its page; the entry is clear, but may still be in a TLB. */
static inline void clear_locked(struct pkmap_slot *slot, pte_t *entry)
{
	struct pkmap_slot **link = pkmap_bucket_of(slot->page);

	while (*link != slot)
		link = &(*link)->next;
	WRITE_ONCE(*link, slot->next);		/* keeps P3 */
	WRITE_ONCE(slot->page, NULL);		/* keeps P5: count is 0 */
	arch_pte_write(entry, arch_pte_none()); /* keeps P1 */
}

/* Free again, if nobody uses it. */
static bool clear_unused_locked(unsigned int n)
{
	struct pkmap_slot *slot = &pkmap.slot[n];
	u32 unused = 1;

	if (READ_ONCE(slot->count) != unused ||
	    !__atomic_compare_exchange_n(&slot->count, &unused, 0, false, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED))
		return false;
	clear_locked(slot, pkmap.pte + n);
	return true;
}

/* The slots of the portion that begins there. */
static void flush_locked(unsigned int start)
{
	unsigned int flushed = 0;

	assert_spin_locked(&pkmap.lock);
	for (unsigned int n = start; n < start + PORTION; n++)
		flushed += clear_unused_locked(n);
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
		if (READ_ONCE(slot->count) == 0)
			return slot;
	}
	return NULL;
}

static void *map_new_locked(struct page *page, unsigned long caller)
{
	struct pkmap_slot *slot = next_free_locked(), **bucket = pkmap_bucket_of(page);

	if (!slot)
		return NULL;
	arch_pte_set(pkmap.pte + pkmap.last, /* keeps P2; P4: nothing to flush */
		     arch_pte_make(page_to_phys(page), PAGE_KERNEL));
	WRITE_ONCE(slot->page, page);
	page_set_shown(page);
	slot->by = caller;
	slot->next = *bucket;
	WRITE_ONCE(*bucket, slot); /* keeps P3 */
	/* pairs with the acquire in add_user() */
	__atomic_store_n(&slot->count, 2, __ATOMIC_RELEASE);
	pkmap.taken++;
	trace(TRACE_WINDOW, "kmap: slot %u, %p, now shows pfn 0x%lx", pkmap.last, slot->address,
	      page_to_pfn(page));
	return slot->address;
}

/* --- mapping and unmapping: the fast paths, and what they cannot decide ------------------------------ */

static void *map_locked(struct page *page, unsigned long caller)
{
	struct pkmap_slot *slot = find_locked(page);

	return slot && add_user(slot) ? slot->address : map_new_locked(page, caller);
}

static void *__noinline map_otherwise(struct page *page, unsigned long caller)
{
	/* Once round, and what is left of the portion that the search begins in. */
	unsigned int stretches = LAST_PKMAP / STRETCH + 1;
	unsigned long flags;
	void *address;

	if (!may_map(page, caller))
		return NULL;
	if (!PageHighMem(page))
		return lowmem_page_address(page);
	do {
		spin_lock_irqsave(&pkmap.lock, flags);
		address = map_locked(page, caller);
		spin_unlock_irqrestore(&pkmap.lock, flags);
	} while (unlikely(!address) && --stretches);
	if (unlikely(!address))
		report_full(page, caller);
	return address;
}

/* The slot became another page's before the user was added. */
static void *__noinline __cold map_after_all(struct pkmap_slot *slot, struct page *page,
					     unsigned long caller)
{
	drop_user(slot);
	return map_otherwise(page, caller);
}

void *kmap(struct page *page)
{
	const unsigned long nth = page_distance(page, pkmap_lookup.map);
	struct pkmap_slot *slot;

	if (nth < pkmap_lookup.lowmem && !arch_in_exception())
		return phys_to_virt(PHYS_OFFSET + pfn_to_phys(nth));
	slot = READ_ONCE(*pkmap_bucket_of(page));
	if (unlikely(READ_ONCE(slot->page) != page || arch_in_exception() || !add_user(slot)))
		return map_otherwise(page, _RET_IP_);
	if (unlikely(READ_ONCE(slot->page) != page))
		return map_after_all(slot, page, _RET_IP_);
	return slot->address;
}

static void __noinline unmap_otherwise(struct page *page, unsigned long caller)
{
	struct pkmap_slot *slot;
	unsigned long flags;
	bool dropped;

	if (!may_map(page, caller) || !PageHighMem(page))
		return;
	spin_lock_irqsave(&pkmap.lock, flags);
	slot = find_locked(page);
	dropped = slot && drop_user(slot);
	spin_unlock_irqrestore(&pkmap.lock, flags);
	if (unlikely(!dropped))
		refuse("not mapped", page, "a page that kmap() has mapped",
		       slot ? "a page whose last user is gone" : "a page that is in no slot",
		       caller);
}

void kunmap(struct page *page)
{
	struct pkmap_slot *slot;

	if (page_distance(page, pkmap_lookup.map) < pkmap_lookup.lowmem && !arch_in_exception())
		return;
	slot = READ_ONCE(*pkmap_bucket_of(page));
	if (unlikely(READ_ONCE(slot->page) != page || arch_in_exception() || !drop_user(slot)))
		unmap_otherwise(page, _RET_IP_);
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

/* --- from page to address, and back ------------------------------------------------------------------- */

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
	slot = find_locked(page);
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
	const struct pkmap_slot *s = pkmap.slot + slot;
	unsigned long flags;
	u32 count;

	*state = (struct pkmap_state){};
	if (!pkmap.slot)
		return;
	spin_lock_irqsave(&pkmap.lock, flags);
	count = READ_ONCE(s->count);
	*state = (struct pkmap_state){ s->page, count ? count - 1 : 0, s->by };
	spin_unlock_irqrestore(&pkmap.lock, flags);
}
