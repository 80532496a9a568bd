/*
 * arch.h - everything that mm/ and kernel/ may ask of a port, and nothing else
 *
 * port.h, found through the port's own folder, supplies the constants and the inline functions
 * (page size, address-space layout, interrupt masking, clocks); the rest are functions of the
 * port's sources.  Each line states its contract; tests/selftests/arch checks each on every port.
 *
 *	constants	PAGE_SHIFT PAGE_SIZE PAGE_MASK, PAGE_OFFSET (lowmem is mapped 1:1 from there),
 *			PHYS_OFFSET (the lowest physical address of RAM), RAM_WINDOW_END,
 *			MODULES_VADDR/_END, PKMAP_BASE/_END, VMALLOC_END, VMALLOC_GAP (unmapped below
 *			the vmalloc area), FIXADDR_START/_END, TABLE_SPAN,
 *			NR_CPUS, L1_CACHE_BYTES, PERCPU_START/_END (never mapped, a power of two
 *			of 32 KiB units)
 *	conversions	phys_to_virt() virt_to_phys() pfn_to_phys() phys_to_pfn()
 */
#ifndef ARCH_ARCH_H
#define ARCH_ARCH_H

#include "lib/compiler.h"
#include "port.h"

/* --- addresses -------------------------------------------------------------------------------- */

/* A lowmem address of a physical one, and back; plain arithmetic, valid for lowmem only. */
static inline void *phys_to_virt(paddr_t pa)
{
	return (void *)(pa - PHYS_OFFSET + PAGE_OFFSET);
}

static inline paddr_t virt_to_phys(const volatile void *va)
{
	return (paddr_t)va - PAGE_OFFSET + PHYS_OFFSET;
}

static inline paddr_t pfn_to_phys(pfn_t pfn)
{
	return (paddr_t)pfn << PAGE_SHIFT;
}

static inline pfn_t phys_to_pfn(paddr_t pa)
{
	return pa >> PAGE_SHIFT;
}

/* --- page-table entries ----------------------------------------------------------------------- */

/*
 * port.h: pte_t (one 4 KiB entry) and pgprot_t, with Linux's names:
 *
 *	PAGE_KERNEL		read, write			data: nearly everything
 *	PAGE_KERNEL_RO		read				constants
 *	PAGE_KERNEL_ROX		read, execute			code
 *	PAGE_KERNEL_EXEC	read, write, execute		code that is written at run time
 *	PAGE_KERNEL_NOCACHE	read, write; uncached, writes may be gathered
 *	PAGE_KERNEL_IO		read, write; device memory
 *
 * and
 *
 *	bool     arch_prot_write(pgprot_t prot)
 *	bool     arch_prot_exec(pgprot_t prot)
 *	pte_t    arch_pte_make(paddr_t pa, pgprot_t prot)	pa: a page's
 *	pte_t    arch_pte_none(void)			what a clear entry holds
 *	bool     arch_pte_present(pte_t pte)
 *	paddr_t  arch_pte_phys(pte_t pte)
 *	pte_t   *arch_pte_find(vaddr_t va)
 *
 * The last: the entry for va in the kernel's tables, or NULL when no second-level table stands
 * there (nothing, or a section, is mapped).  The entries of the pages of one TABLE_SPAN whose table
 * arch_table_install() put there stand one behind another.  Context: any.
 *
 *	void arch_pte_set(pte_t *entry, pte_t pte)
 *	void arch_pte_clear(pte_t *entry)
 *	void arch_pte_clear_local(pte_t *entry, vaddr_t page)
 *
 * The first two write an entry, visible to the table walker on return.  A former entry may still
 * be cached in a TLB: the caller flushes.  A cleared entry was never cached, so a first mapping
 * needs none.  Many entries are cheaper by
 *
 *	void arch_pte_write(pte_t *entry, pte_t pte)
 *	void arch_pte_clear_run(pte_t *entry, unsigned long n)
 *	void arch_pte_sync(void)
 *
 * which write one or clear n, not yet visible to the table walker, and make all written so far
 * visible; a flush of the TLB does that too.
 *
 * arch_pte_clear_local() is for a page that only this CPU accesses: it clears the entry for the
 * page at that address, and on return this CPU faults there.
 */
/*
 * Makes the zeroed page at `table` (physical) the second-level table for the TABLE_SPAN bytes
 * that hold va, in the kernel's tables.  Nothing may be mapped there.
 */
void arch_table_install(vaddr_t va, paddr_t table);
/*
 * Takes the tables of [start, end), multiples of TABLE_SPAN, out of the kernel's tables: a store or
 * so a span, whatever is mapped there.  The caller flushes the TLB.  The pages keep their entries;
 * arch_table_install() puts one back.
 */
void arch_tables_remove(vaddr_t start, vaddr_t end);

/* What a walk of the kernel's tables found for one address. */
struct arch_mapping {
	vaddr_t start;	    /* of the page or section that holds the address */
	unsigned long size; /* of that page or section; when absent, of the hole at that level */
	bool present;
	paddr_t phys; /* of start, when present */
	bool read, write, exec, user, device, cached, shared;
	const char *level; /* "section", "page", "large page", "table", "none" */
};
void arch_walk(vaddr_t va, struct arch_mapping *mapping);
/* Prints the walk for a person: each level's entry, with its bits named. */
void arch_walk_print(vaddr_t va, int (*print)(const char *fmt, ...));

/*
 * Maps RAM of every bank below lowmem_end (physical, a multiple of TABLE_SPAN from PHYS_OFFSET)
 * at its lowmem address, with its final permissions: the image's parts page by page, each with
 * its own; everything else with the largest entries that fit, read-write and never executable.
 * `alloc_table` gives a zeroed lowmem page for tables.  Returns how many it gave.
 * Context: boot, once, after the early allocator.
 */
unsigned int arch_map_lowmem(paddr_t lowmem_end, void *(*alloc_table)(void));
/* port.h: ARCH_BOOT_MAPPED, the bytes from PHYS_OFFSET that are mapped before arch_map_lowmem(). */
/* The devices that must be reachable before anything can be allocated: a page each, ascending. */
struct arch_device {
	const char *name;
	paddr_t base;
	vaddr_t va; /* in the fixmap's first slots */
};
extern const struct arch_device arch_devices[];
extern const unsigned int arch_nr_devices;
/* Maps them.  Context: boot, after fixmap_init(). */
void arch_map_devices(void);

/*
 * What of RAM the kernel lies in from the first instruction on, whoever describes the machine: the nth
 * part, from 0; false behind the last.
 */
struct arch_kernel_part {
	const char *name;    /* "image" */
	const char *missing; /* what is to be said when it is no RAM */
	paddr_t base, size;
};
bool arch_kernel_part(unsigned int nth, struct arch_kernel_part *part);

/* A part of the linked image: a section, a stack or its guard page. */
struct arch_image_part {
	const char *name; /* ".text", "svc_stack" */
	const char *what; /* "code, read-only" */
	vaddr_t start, end;
};
/* Fills *part with the one that holds va, the narrowest; false when va is not in the image. */
bool arch_image_part(vaddr_t va, struct arch_image_part *part);
/* The boot-time text and data of the image: whole pages [*start, *end). */
void arch_init_memory(vaddr_t *start, vaddr_t *end);
/*
 * May the frame be mapped a second time, with these rights?  It may not be made writable when
 * lowmem shows it read-only (the image's code and constants), nor executable unless lowmem shows
 * it so: what was proven of the first mapping must not be undone by another.  Memory that is both
 * is for vmalloc's executable areas, whose pages are their own.  Any address, of RAM or not.
 * Context: any.
 */
bool arch_may_alias(paddr_t phys, pgprot_t prot);
/* From there on RAM is like any other; below may lie frames that lowmem shows read-only. */
paddr_t arch_image_end(void);
/*
 * Changes the rights of lowmem [start, end), which must be mapped by pages (the image is), on all
 * CPUs.  Context: any; the range's owner.
 */
void arch_protect_lowmem(vaddr_t start, vaddr_t end, pgprot_t prot);

/* --- TLB and caches --------------------------------------------------------------------------- */

/* On return no CPU translates [start, end) through an entry changed before the call. */
void arch_tlb_flush_range(vaddr_t start, vaddr_t end);
void arch_tlb_flush_all(void);
/* The same for one page and this CPU only (slots that no other CPU uses). */
void arch_tlb_flush_local_page(vaddr_t va);
/* Writes what the data cache holds of [start, end) to memory. */
void arch_cache_clean_range(vaddr_t start, vaddr_t end);
/* Makes instructions written to [start, end) visible to fetches, on all CPUs. */
void arch_cache_sync_code(vaddr_t start, vaddr_t end);

/* --- CPUs and interrupts ---------------------------------------------------------------------- */

/*
 * port.h:
 *	unsigned int  arch_cpu_id(void)                 0 to NR_CPUS - 1
 *	unsigned int  arch_nr_cpus(void)                that the machine has, 1 or more; they are 0, 1, ...
 *	unsigned long arch_percpu_offset(void)          what arch_percpu_set() was given on this CPU
 *	void          arch_percpu_set(unsigned long)
 *	unsigned long arch_irq_save(void)               masks interrupts, returns the former state
 *	void          arch_irq_restore(unsigned long)
 *	bool          arch_irqs_disabled(void)
 *	void          arch_irq_enable(void), arch_irq_disable(void)
 *	bool          arch_in_exception(void)           in an interrupt or fault handler?
 *	bool          arch_lock_try(u32 *word)          0 to 1, an acquire when done; false when it was 1,
 *	                                                or when another CPU came in between
 *	bool          arch_inc_if(u64 *word, u32 high, u32 least)
 *	bool          arch_dec_if(u64 *word, u32 high, u32 least)
 *	                                                if the word's high half is that and its low half
 *	                                                least or more (1 to 255), the low one becomes one
 *	                                                more (an acquire when done), or less (a release)
 *	void          arch_cpu_relax(void)              in every spin loop
 *	void          arch_wait_for_interrupt(void)     sleeps; also wakes for a masked interrupt
 *	void          arch_breakpoint(void)
 */

/* --- clocks ----------------------------------------------------------------------------------- */

/*
 * port.h: u64 arch_clock_ticks(void), a steady 64-bit counter from reset, ARCH_TICK_NS ns each.
 * arch_clock_exact(): is the counter tied to executed instructions (QEMU -icount), so that
 * arch_ticks_to_instructions() is exact?  Measured once, by counting known instructions.
 */
static inline u64 arch_clock_ns(void)
{
	return arch_clock_ticks() * ARCH_TICK_NS;
}
bool arch_clock_exact(void);
u64 arch_ticks_to_instructions(u64 ticks);
/*
 * port.h also gives u32 arch_count_begin(void) and arch_count_end(void): the clock's low word at
 * the ends of a counted stretch, inline and at a cost that is always the same (kernel/bench), or
 * another count of instructions; and void arch_count_row(void), which costs nothing: for who counts
 * from outside, a benchmark begins.
 * ARCH_COUNT_TIMES is how often a short stretch is worth counting.
 * arch_count_exact(): are it instructions that they count, by arch_ticks_to_instructions()?
 */
bool arch_count_exact(void);

/* --- guarded access --------------------------------------------------------------------------- */

/* What a refused access reported. */
struct arch_fault {
	vaddr_t address; /* that faulted */
	u32 status;	 /* the port's fault status register */
	bool write, exec;
	const char *cause; /* in words: "page translation", "page permission", … */
};

/*
 * Reads or writes size (1, 2 or 4) bytes at any address; false, with *fault filled (may be NULL),
 * when the MMU refused.  Context: any.
 */
bool arch_try_read(vaddr_t va, unsigned int size, u32 *value, struct arch_fault *fault);
bool arch_try_write(vaddr_t va, unsigned int size, u32 value, struct arch_fault *fault);
/* Calls the function at va, which takes nothing and returns; false when its first fetch faulted. */
bool arch_try_call(vaddr_t va, struct arch_fault *fault);
/*
 * Runs fn(arg) with interrupts masked; any exception in it ends it there and then.  False in that
 * case, with *fault filled (may be NULL); its cause may be one without an address.  May be nested.
 */
bool arch_protect(void (*fn)(void *arg), void *arg, struct arch_fault *fault);

/* --- watching memory -------------------------------------------------------------------------- */

/*
 * port.h: ARCH_WATCHES: does this port know of each byte whether it may be accessed, and report whoever
 * does so all the same, with who had the memory and who freed it?  Otherwise these are nothing:
 *
 *	void arch_hand_out(const void *start, size_t bytes, size_t room)
 *	void arch_take_back(const void *start, size_t room)
 *	void arch_poison(const void *start, size_t bytes)
 *	void arch_unpoison(const void *start, size_t bytes)
 *
 * Of `room` bytes that were nobody's, the first `bytes` are somebody's from now on, and what lies behind
 * them may not be touched; or none of them may any more.  Both note who calls.  The other two forbid and
 * allow, and note nothing: a fresh slab's objects, a constructor's visit.  A start is a multiple of 8.
 *
 * An address is watched, not the frame behind it: what a page's other addresses do is not seen.  An
 * allocator that keeps a link in free memory would have to follow it by lib/raw.h; none does: links lie
 * in struct page, in a slab's bufctl, in a CPU's stock.
 *
 * Context: any.
 */

/* --- pages ------------------------------------------------------------------------------------ */

/* Both want page-aligned, mapped addresses. */
void arch_clear_page(void *page);
void arch_copy_page(void *to, const void *from);

/* port.h: void arch_clear_lines(void *start, size_t bytes): whole cache lines, 1 or more, become 0. */

/*
 * port.h: void arch_load_pair(const unsigned long *at, unsigned long *first, unsigned long *second):
 * two words that lie side by side, at an address aligned to both, in one instruction where there is one.
 * And void arch_move_four(unsigned long *to, const unsigned long *from): four words, to where the two may
 * overlap: all are read before the first is written.
 */

/* Is this in the image's constants (string literals are), which nobody can change or free? */
bool arch_is_rodata(const void *address);

/* --- looking back ----------------------------------------------------------------------------- */

struct pt_regs; /* the registers an exception saved; the port's */

/*
 * Calls visit for each return address from here (regs NULL) or from the interrupted place, newest
 * first, through exception frames; until visit returns false.  `exception` names the exception at
 * which a frame begins ("data abort"), or is NULL.  Survives a broken stack.
 */
void arch_unwind(const struct pt_regs *regs,
		 bool (*visit)(unsigned long pc, const char *exception, void *arg), void *arg);

/* --- the end ---------------------------------------------------------------------------------- */

/*
 * Leaves the emulator with this exit status (0 to 255), else powers off, else stops.  The console is
 * not waited for (con_drain()).  Context: any, even a broken one.
 */
void arch_halt(int status) __noreturn;
void arch_reboot(void) __noreturn;
/* What was typed of this CPU for /proc/cpuinfo, and its system registers for `regs`. */
void arch_cpuinfo_print(int (*print)(const char *fmt, ...));
void arch_sysregs_print(int (*print)(const char *fmt, ...));

/* --- the host --------------------------------------------------------------------------------- */

/*
 * What the emulator's host, or the one whose process this is, lends to the kernel.  Where nobody answers,
 * each says that there is none.  Context: any but a fast interrupt; one caller at a time.
 */

/* Where it thinks that RAM ends. */
bool arch_host_memory(paddr_t *end);
/*
 * The line with which the kernel was called, the program's name first; not terminated.  False also when
 * it has room bytes or more.
 */
bool arch_host_line(char *line, size_t room, size_t *size);

/* A new, empty file under that name: its number, or negative. */
long arch_host_create(const char *path);
/* All of the bytes, at the file's place; the place; the end.  False: not, or not all. */
bool arch_host_write(long file, const void *bytes, size_t size);
bool arch_host_seek(long file, u32 at);
bool arch_host_close(long file);

/* --- a core, for a debugger (kernel/coredump) ------------------------------------------------- */

/* port.h: ARCH_ELF_MACHINE, ARCH_CORE_REGS, ARCH_SYSREGS_MAX. */

/* The caller's registers as a core has them; they stay true while the caller has not returned. */
void arch_core_registers(u32 regs[ARCH_CORE_REGS]);
/* The nth system register's name and value, or NULL: there are at most ARCH_SYSREGS_MAX. */
const char *arch_sysreg(unsigned int nth, u32 *value);

#endif /* ARCH_ARCH_H */
