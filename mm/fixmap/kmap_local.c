/*
 * kmap_local.c - each CPU's stack of slots in the fixmap
 *
 *	kmap_stack.depth = 2
 *	    │
 *	    │      slot 0    slot 1    slot 2                 at FIX_KMAP_BEGIN + cpu * KM_MAX_IDX
 *	    └───>  [page a]  [page b]  [ clear ]  [ clear ] …
 *	                ▲         ▲
 *	    pte ────────┘ entries of one CPU's slots lie side by side: found once, at boot
 *
 * Invariants (kmap_local_check() verifies K1)
 *   K1  The slots below depth translate, and those from depth on are clear and in no TLB of their
 *       CPU.
 *   K2  A slot counts as taken before its entry is written, and as free after its entry is gone
 *       from the TLB.  So an interrupt between any two instructions finds the slot from depth on
 *       free to use, and leaves depth as it found it; nothing need be masked.
 *   K3  highmem_pages, unmap_first and all are right, or 0 while each step is to be narrated: then the
 *       fast paths decide nothing, and the functions behind them do the same and tell it.  Each is
 *       read once, and what it lets pass is right, so another CPU may write them at any moment.
 *
 * Who flushes: unmapping, and this CPU's TLB only.  An entry that is clear is in no TLB (ARM ARM
 * DDI 0406C, B3.10.1), so mapping a page into a clear slot needs a barrier and no flush.  Another
 * CPU may have fetched the entry speculatively, and may keep it: it never uses the address.
 *
 * Barriers, in their order
 *   map     depth, then entry; dsb in arch_pte_set(): the walker sees the entry before any access
 *           that follows in the program
 *   unmap   in arch_pte_clear_local(): entry := 0; dsb, after which the walker cannot fetch the old
 *           one; TLBIMVAA, dsb, isb: the old translation is gone before the next instruction;
 *           then depth
 *   caches  physically tagged (A9, data side): the page's other addresses see what was written
 *   between depth and entry only this CPU's own interrupts look, so the compiler's order is enough
 *
 * Locking  none: a stack is touched by its own CPU only.
 * Read next: fixmap.c (the slots), mm/page/alloc.c (clear_pages(), the first user).
 * Linux: mm/highmem.c (kmap_local_idx_push, __kmap_local_pfn_prot, kunmap_local_indexed); there an
 * entry is flushed when it is written as well, for the sake of ports that cache what is clear.
 */
#include "mm/fixmap/kmap_local.h"
#include "boot/boot_info.h"
#include "kernel/bug.h"
#include "kernel/check/check.h"
#include "kernel/inject.h"
#include "kernel/trace.h"
#include "mm/fixmap/fixmap_impl.h"
#include "mm/node.h"

DEFINE_PER_CPU(struct kmap_stack, kmap_stack);

static inline struct kmap_stack *own_stack(void)
{
	return this_cpu_ptr(&kmap_stack);
}

static inline vaddr_t first_slot(unsigned int cpu)
{
	return __fix_to_virt(FIX_KMAP_BEGIN) + ((vaddr_t)cpu * KM_MAX_IDX << PAGE_SHIFT);
}

/* Frames that the fast path of mapping may take without asking: none when some must not be mapped. */
static unsigned long fast_pages(void)
{
	unsigned long pages = lowmem_end_pfn < max_pfn ? max_pfn - lowmem_end_pfn : 0;

	return boot_touches_nomap(pfn_to_phys(lowmem_end_pfn), pages << PAGE_SHIFT) ? 0 : pages;
}

/* Lets the fast paths decide, or sends everything past them. */
static void open_fast_paths(bool open)
{
	unsigned long pages = fast_pages();
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		WRITE_ONCE(per_cpu(kmap_stack, cpu).unmap_first, open ? first_slot(cpu) : 0);
		WRITE_ONCE(per_cpu(kmap_stack, cpu).highmem_pages, open ? pages : 0);
		WRITE_ONCE(per_cpu(kmap_stack, cpu).all,
			   open && per_cpu(kmap_stack, cpu).lowmem ? max_pfn - mem_map_pfn : 0);
	}
}

/* On a machine with holes every struct page takes the other way, which asks. */
void __init kmap_local_pages_init(void)
{
	const bool whole = mem_map_pfn == phys_to_pfn(PHYS_OFFSET) &&
			   present_pages(mem_map_pfn, max_pfn) == max_pfn - mem_map_pfn;
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		per_cpu(kmap_stack, cpu).map = mem_map;
		per_cpu(kmap_stack, cpu).lowmem =
			whole ? min(lowmem_end_pfn, max_pfn) - mem_map_pfn : 0;
	}
	open_fast_paths(!trace_on(TRACE_WINDOW));
}

void kmap_local_narrate(bool narrate)
{
	open_fast_paths(!narrate);
}

void __init kmap_local_init(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		struct kmap_stack *stack = per_cpu_ptr(&kmap_stack, cpu);
		vaddr_t first = first_slot(cpu), last = first + ((KM_MAX_IDX - 1) << PAGE_SHIFT);

		stack->first = first;
		stack->pte = arch_pte_find(first);
		ASSERT(arch_pte_find(last) == stack->pte + KM_MAX_IDX - 1);
		stack->highmem_start = lowmem_end_pfn;
	}
	trace_listen(TRACE_WINDOW, kmap_local_narrate);
	kmap_local_narrate(trace_on(TRACE_WINDOW)); /* trace=window came before */
}

/* --- refusals --------------------------------------------------------------------------------- */

static void *__noinline __cold refuse_map(pfn_t pfn, unsigned int depth, unsigned long caller)
{
	bool ram = pfn_present(pfn);
	const struct bug_report report = {
		.family = "kmap_local",
		.what = ram ? "too deep" : "not RAM",
		.object = (void *)pfn,
		.expected = ram ? "kunmap_local() of one of the 16 pages held" : "a frame of RAM",
		.caller = caller,
	};

	bug(&report, "pfn 0x%lx, %u slots in use on CPU %u", pfn, depth, arch_cpu_id());
	return NULL;
}

static inline bool is_lowmem(vaddr_t va)
{
	return va - PAGE_OFFSET < (vaddr_t)high_memory - PAGE_OFFSET;
}

/* Which slot of all CPUs' an address lies in; NR_CPUS * KM_MAX_IDX or more: in none. */
static inline vaddr_t slot_of(vaddr_t va)
{
	return (va - first_slot(0)) >> PAGE_SHIFT;
}

/* What is wrong with an address that is neither lowmem nor what was expected of a slot. */
static const char *mistake(vaddr_t slot, unsigned int cpu, unsigned int depth)
{
	if (slot >= NR_CPUS * KM_MAX_IDX)
		return "not a slot";
	if (slot / KM_MAX_IDX != cpu)
		return "slot of another CPU";
	return slot % KM_MAX_IDX >= depth ? "not mapped" : "out of order";
}

static void __noinline __cold refuse_address(const void *addr, unsigned int depth,
					     const char *expected, unsigned long caller)
{
	unsigned int cpu = arch_cpu_id();
	vaddr_t slot = slot_of((vaddr_t)addr);
	const struct bug_report report = {
		.family = "kmap_local",
		.what = mistake(slot, cpu, depth),
		.object = addr,
		.expected = expected,
		.caller = caller,
	};

	if (slot < NR_CPUS * KM_MAX_IDX)
		bug(&report, "slot %lu of CPU %lu; CPU %u has %u in use", slot % KM_MAX_IDX,
		    slot / KM_MAX_IDX, cpu, depth);
	else
		bug(&report, "%p, CPU %u has %u in use", addr, cpu, depth);
}

static void *__cold refuse_alias(pfn_t pfn, unsigned long caller)
{
	const struct bug_report report = {
		.family = "kmap_local",
		.what = "forbidden alias",
		.object = (void *)pfn,
		.expected = "no mapping that is executable",
		.caller = caller,
	};

	bug(&report, "pfn 0x%lx", pfn);
	return NULL;
}

/* --- slots ------------------------------------------------------------------------------------ */

static __always_inline void give_slot(struct kmap_stack *stack, vaddr_t first, unsigned int nth)
{
	arch_pte_clear_local(stack->pte + nth, first + ((vaddr_t)nth << PAGE_SHIFT)); /* keeps K1 */
	WRITE_ONCE(stack->depth, nth);						      /* keeps K2 */
}

/* DEBUG: a slot that shows something already is reported, and clear, before it shows another page. */
static void __noinline clear_slot_if_set(struct kmap_stack *stack, unsigned int nth,
					 unsigned long caller)
{
	vaddr_t va = stack->first + ((vaddr_t)nth << PAGE_SHIFT);
	const struct bug_report report = {
		.family = "kmap_local",
		.what = "broken slot",
		.object = (void *)va,
		.expected = "a slot that shows nothing: K1",
		.caller = caller,
	};

	if (likely(!arch_pte_present(stack->pte[nth])))
		return;
	bug(&report, "slot %u, which shows 0x%lx; it is clear now", nth,
	    (unsigned long)arch_pte_phys(stack->pte[nth]));
	give_slot(stack, stack->first, nth);
}

/* The slot at depth nth of this CPU's stack; by K2 nth is right until it is changed here.  DEBUG: or NULL. */
static __always_inline void *take_slot(struct kmap_stack *stack, vaddr_t first, unsigned int nth,
				       pfn_t pfn, pgprot_t prot, unsigned long caller)
{
	if (inject_fails(INJECT_SLOT, pfn, caller))
		return NULL;
	if (debug_build)
		clear_slot_if_set(stack, nth, caller);
	WRITE_ONCE(stack->depth, nth + 1); /* keeps K2 */
	WRITE_ONCE(stack->mapped_by[nth], caller);
	arch_pte_set(stack->pte + nth, arch_pte_make(pfn_to_phys(pfn), prot)); /* keeps K1 */
	return (void *)(first + ((vaddr_t)nth << PAGE_SHIFT));
}

/* Is addr in the slot that was taken last?  With none taken depth - 1 is no slot's number. */
static inline bool is_top(vaddr_t addr, vaddr_t first, unsigned int depth)
{
	return (addr - first) >> PAGE_SHIFT == (vaddr_t)depth - 1;
}

/* --- mapping and unmapping: the fast paths, and what they cannot decide ----------------------- */

/* Lowmem, a mistake, or highmem while it is narrated or has no-map memory in it. */
static void *__noinline map_otherwise(pfn_t pfn, pgprot_t prot, unsigned long caller)
{
	struct kmap_stack *stack = own_stack();
	unsigned int depth = READ_ONCE(stack->depth);
	void *va;

	if (pfn >= max_pfn || pfn < phys_to_pfn(PHYS_OFFSET) ||
	    boot_touches_nomap(pfn_to_phys(pfn), PAGE_SIZE))
		return refuse_map(pfn, depth, caller);
	if (pfn < lowmem_end_pfn)
		return phys_to_virt(pfn_to_phys(pfn));
	if (arch_prot_exec(prot))
		return refuse_alias(pfn, caller);
	if (depth >= KM_MAX_IDX)
		return refuse_map(pfn, depth, caller);
	va = take_slot(stack, stack->first, depth, pfn, prot, caller);
	if (debug_build && !va)
		return NULL;
	trace(TRACE_WINDOW, "kmap_local: %p now shows pfn 0x%lx, depth %u", va, pfn, depth + 1);
	return va;
}

void *__kmap_local_pfn_prot(pfn_t pfn, pgprot_t prot)
{
	struct kmap_stack *stack = own_stack();
	unsigned int depth = READ_ONCE(stack->depth);

	if (unlikely(pfn - stack->highmem_start >= READ_ONCE(stack->highmem_pages) ||
		     depth >= KM_MAX_IDX || arch_prot_exec(prot)))
		return map_otherwise(pfn, prot, _RET_IP_);
	return take_slot(stack, stack->first, depth, pfn, prot, _RET_IP_);
}

/* On this way mem_map's first page is RAM's: its number is all that is needed of a page. */
void *kmap_local_page(const struct page *page)
{
	struct kmap_stack *stack = own_stack();
	const unsigned long nth = page_distance(page, stack->map);
	unsigned int depth;

	if (nth < stack->lowmem)
		return phys_to_virt(PHYS_OFFSET + pfn_to_phys(nth));
	depth = READ_ONCE(stack->depth);
	if (unlikely(nth >= READ_ONCE(stack->all)))
		return map_otherwise(page_index(page) + mem_map_pfn, PAGE_KERNEL, _RET_IP_);
	if (unlikely(depth >= KM_MAX_IDX))
		return map_otherwise(page_index(page) + mem_map_pfn, PAGE_KERNEL, _RET_IP_);
	return take_slot(stack, stack->first, depth, nth + phys_to_pfn(PHYS_OFFSET), PAGE_KERNEL,
			 _RET_IP_);
}

static void __noinline unmap_otherwise(const void *addr, unsigned long caller)
{
	struct kmap_stack *stack = own_stack();
	unsigned int depth = READ_ONCE(stack->depth);

	if (!is_top((vaddr_t)addr, stack->first, depth)) {
		refuse_address(addr, depth, "the slot taken last on this CPU, or lowmem", caller);
		return;
	}
	give_slot(stack, stack->first, depth - 1);
	trace(TRACE_WINDOW, "kmap_local: %p is clear, depth %u", addr, depth - 1);
}

void kunmap_local_indexed(const void *addr)
{
	struct kmap_stack *stack = own_stack();
	unsigned int depth = READ_ONCE(stack->depth);
	vaddr_t first = READ_ONCE(stack->unmap_first);

	if (is_top((vaddr_t)addr, first, depth))
		give_slot(stack, first, depth - 1);
	else if (!is_lowmem((vaddr_t)addr))
		unmap_otherwise(addr, _RET_IP_);
}

bool kmap_local_to_pfn(const void *addr, pfn_t *pfn)
{
	const struct kmap_stack *stack = own_stack();
	unsigned int depth = READ_ONCE(stack->depth);
	vaddr_t nth = ((vaddr_t)addr - stack->first) >> PAGE_SHIFT;

	if (is_lowmem((vaddr_t)addr)) {
		*pfn = phys_to_pfn(virt_to_phys(addr));
		return true;
	}
	if (nth >= depth) {
		refuse_address(addr, depth, "a slot that is in use on this CPU, or lowmem",
			       _RET_IP_);
		return false;
	}
	*pfn = phys_to_pfn(arch_pte_phys(stack->pte[nth]));
	return true;
}

/* --- depth ------------------------------------------------------------------------------------ */

unsigned int kmap_local_depth(void)
{
	return READ_ONCE(own_stack()->depth);
}

void kmap_local_unwind(unsigned int depth)
{
	unsigned int cpu = arch_cpu_id(), nth;

	/* Somebody has written over it: behind a CPU's slots stand others'. */
	if (unlikely(kmap_local_depth() > KM_MAX_IDX))
		WRITE_ONCE(own_stack()->depth, KM_MAX_IDX);
	while ((nth = kmap_local_depth()) > depth)
		kunmap_local((void *)(first_slot(cpu) + ((vaddr_t)(nth - 1) << PAGE_SHIFT)));
}

unsigned int kmap_local_depth_of(unsigned int cpu)
{
	return cpu_possible(cpu) ? READ_ONCE(per_cpu(kmap_stack, cpu).depth) : 0;
}

unsigned long kmap_local_mapped_by(unsigned int cpu, unsigned int nth)
{
	return nth < kmap_local_depth_of(cpu) ? READ_ONCE(per_cpu(kmap_stack, cpu).mapped_by[nth])
					      : 0;
}

/* --- checking --------------------------------------------------------------------------------- */

/* K1 of one CPU: its depth is the number of its slots that are mapped, from the first on. */
static bool check_stack(struct check *check, unsigned int cpu)
{
	const struct kmap_stack *stack = per_cpu_ptr(&kmap_stack, cpu);
	unsigned int depth = stack->depth;

	check_at(check, stack);
	if (!stack->pte && !stack->first)
		return check_unverified(check, "kmap_local_init() has not found the slots yet");
	if (depth > KM_MAX_IDX)
		return check_broken(check, "K1: depth %u on CPU %u, which has %u slots", depth, cpu,
				    KM_MAX_IDX);
	for (unsigned int nth = 0; nth < KM_MAX_IDX; nth++) {
		const pte_t *entry = arch_pte_find(stack->first + ((vaddr_t)nth << PAGE_SHIFT));
		bool present = arch_pte_present(*entry);

		if (entry != &stack->pte[nth])
			return check_broken(check, "K1: slot %u of CPU %u is written at %p, not %p",
					    nth, cpu, (const void *)&stack->pte[nth],
					    (const void *)entry);
		if (present != (nth < depth) || (present && !stack->mapped_by[nth]))
			return check_broken(check, "K1: slot %u of CPU %u is %s, depth %u", nth,
					    cpu, present ? "mapped" : "clear", depth);
		if (present && !pfn_present(phys_to_pfn(arch_pte_phys(*entry))))
			return check_broken(check, "K1: slot %u of CPU %u shows 0x%lx, no RAM", nth,
					    cpu, (unsigned long)arch_pte_phys(*entry));
		check_counted(check, 1, "slots");
		check_counted(check, present, "mapped");
	}
	return true;
}

CHECKER(kmap_local_check, "kmap_local", "each CPU's depth against the entries of its slots")
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		if (!check_stack(check, cpu))
			return;
	}
}
