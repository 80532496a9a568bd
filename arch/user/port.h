/*
 * port.h - the host process's constants and inline half of arch/arch.h
 *
 *	entry ──> 63        12 11      6 5 4 3 2 1 0
 *	          [ page frame | 0      |D|C|X|W|R|P]     a page, present, its rights and its kind
 *
 * The port's own format: what reads it is fault.c, which fills a miss from it, and walk.c.
 * Interrupts are signals; masked, they wait in a word (irq.c).  A CPU is a thread: what is its own is
 * thread-local.
 */
#ifndef ARCH_USER_PORT_H
#define ARCH_USER_PORT_H

#include "lib/compiler.h"
#include "layout.h"
#include "watch_inline.h"

/* What the loader has mapped, from PHYS_OFFSET on. */
enum { ARCH_BOOT_MAPPED = 16 * 1024 * 1024 };
enum {
	ARCH_ELF_MACHINE = sizeof(long) == 8 ? 62 : 3 /* x86-64, i386 */,
	ARCH_CORE_REGS = 27,
	ARCH_SYSREGS_MAX = 1
};

/* --- page-table entries ----------------------------------------------------------------------- */

typedef struct {
	u64 bits;
} pte_t;
typedef struct {
	u64 bits;
} pgprot_t;

enum {
	PTE_PRESENT = 1 << 0,
	PTE_READ = 1 << 1,
	PTE_WRITE = 1 << 2,
	PTE_EXEC = 1 << 3,
	PTE_CACHED = 1 << 4,
	PTE_DEVICE = 1 << 5,
};

#define PTE_DATA	    (PTE_PRESENT | PTE_READ | PTE_CACHED)
#define PAGE_KERNEL	    ((pgprot_t){ PTE_DATA | PTE_WRITE })
#define PAGE_KERNEL_RO	    ((pgprot_t){ PTE_DATA })
#define PAGE_KERNEL_ROX	    ((pgprot_t){ PTE_DATA | PTE_EXEC })
#define PAGE_KERNEL_EXEC    ((pgprot_t){ PTE_DATA | PTE_WRITE | PTE_EXEC })
#define PAGE_KERNEL_NOCACHE ((pgprot_t){ PTE_PRESENT | PTE_READ | PTE_WRITE })
#define PAGE_KERNEL_IO	    ((pgprot_t){ PTE_PRESENT | PTE_READ | PTE_WRITE | PTE_DEVICE })

static inline bool arch_prot_write(pgprot_t prot)
{
	return prot.bits & PTE_WRITE;
}

static inline bool arch_prot_exec(pgprot_t prot)
{
	return prot.bits & PTE_EXEC;
}

static inline pte_t arch_pte_make(paddr_t pa, pgprot_t prot)
{
	return (pte_t){ pa | prot.bits };
}

static inline pte_t arch_pte_none(void)
{
	return (pte_t){ 0 };
}

static inline bool arch_pte_present(pte_t pte)
{
	return pte.bits & PTE_PRESENT;
}

static inline paddr_t arch_pte_phys(pte_t pte)
{
	return (paddr_t)pte.bits & PAGE_MASK;
}

/* The first level: of each TABLE_SPAN of the window its table, a section (lowmem), or 0. */
enum { USER_SPANS = (USER_WINDOW_END - USER_WINDOW_START) / TABLE_SPAN };
enum { PMD_TABLE = 1, PMD_SECTION = 2, PMD_KIND = 3 };
extern paddr_t user_pmd[USER_SPANS];

static inline pte_t *arch_pte_find(vaddr_t va)
{
	const unsigned long span = (va - USER_WINDOW_START) / TABLE_SPAN;
	paddr_t pmd = span < USER_SPANS ? user_pmd[span] : 0;
	pte_t *table = (pte_t *)(pmd - PMD_TABLE - PHYS_OFFSET + PAGE_OFFSET);

	return (pmd & PMD_KIND) == PMD_TABLE ? table + va % TABLE_SPAN / PAGE_SIZE : NULL;
}

static inline void arch_pte_write(pte_t *entry, pte_t pte)
{
	WRITE_ONCE(entry->bits, pte.bits);
}

static inline void arch_pte_sync(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static inline void arch_pte_set(pte_t *entry, pte_t pte)
{
	arch_pte_write(entry, pte);
	arch_pte_sync();
}

static inline void arch_pte_clear(pte_t *entry)
{
	arch_pte_set(entry, arch_pte_none());
}

static inline void arch_pte_clear_run(pte_t *entry, unsigned long n)
{
	for (; n; n--)
		arch_pte_write(entry++, arch_pte_none());
}

void user_forget(vaddr_t start, vaddr_t end);

static inline void arch_pte_clear_local(pte_t *entry, vaddr_t page)
{
	arch_pte_clear(entry);
	user_forget(page, page + PAGE_SIZE);
}

/* --- pages ------------------------------------------------------------------------------------ */

static __always_inline void arch_clear_lines(void *start, size_t bytes)
{
	__builtin_memset(start, 0, bytes);
}

static __always_inline void arch_load_pair(const unsigned long *at, unsigned long *first,
					   unsigned long *second)
{
	*first = at[0];
	*second = at[1];
}

static __always_inline void arch_move_four(unsigned long *to, const unsigned long *from)
{
	const unsigned long one = from[0], two = from[1], three = from[2], four = from[3];

	to[0] = one;
	to[1] = two;
	to[2] = three;
	to[3] = four;
}

/* --- CPUs and interrupts ---------------------------------------------------------------------- */

/* What a CPU has of its own. */
struct user_cpu {
	unsigned int id;
	unsigned long percpu_offset;
	volatile bool masked;	   /* interrupts wait */
	volatile bool pending;	   /* some do */
	unsigned int in_exception; /* handlers that run */
	volatile u32 steps;	   /* instructions that were counted */
	unsigned long stack_low, stack_top;
};
extern _Thread_local struct user_cpu user_cpu __attribute__((tls_model("initial-exec")));
extern unsigned int user_nr_cpus;
/* Serves what waits, if it may. */
void user_irqs_open(void);

static inline unsigned int arch_cpu_id(void)
{
	return user_cpu.id;
}

static inline unsigned int arch_nr_cpus(void)
{
	return user_nr_cpus;
}

static inline unsigned long arch_percpu_offset(void)
{
	return user_cpu.percpu_offset;
}

static inline void arch_percpu_set(unsigned long offset)
{
	user_cpu.percpu_offset = offset;
	barrier();
}

static inline bool arch_irqs_disabled(void)
{
	return user_cpu.masked;
}

static inline void arch_irq_disable(void)
{
	user_cpu.masked = true;
	barrier();
}

static inline void arch_irq_enable(void)
{
	barrier();
	user_cpu.masked = false;
	if (user_cpu.pending)
		user_irqs_open();
}

static inline unsigned long arch_irq_save(void)
{
	unsigned long state = user_cpu.masked;

	arch_irq_disable();
	return state;
}

static inline void arch_irq_restore(unsigned long state)
{
	if (state)
		arch_irq_disable();
	else
		arch_irq_enable();
}

static inline bool arch_in_exception(void)
{
	return user_cpu.in_exception;
}

static __always_inline bool arch_lock_try(u32 *word)
{
	u32 unheld = 0;

	return __atomic_compare_exchange_n(word, &unheld, 1, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

static __always_inline bool user_add_if(u64 *word, u32 high, u32 least, u64 change)
{
	u64 was = __atomic_load_n(word, __ATOMIC_RELAXED);

	do {
		if (was >> 32 != high || (u32)was < least)
			return false;
	} while (!__atomic_compare_exchange_n(word, &was, was + change, true, __ATOMIC_ACQ_REL,
					      __ATOMIC_RELAXED));
	return true;
}

static __always_inline bool arch_inc_if(u64 *word, u32 high, u32 least)
{
	return user_add_if(word, high, least, 1);
}

static __always_inline bool arch_dec_if(u64 *word, u32 high, u32 least)
{
	return user_add_if(word, high, least, ~(u64)0);
}

static inline void arch_cpu_relax(void)
{
	barrier();
}

void arch_wait_for_interrupt(void);

static inline void arch_breakpoint(void)
{
	__builtin_trap();
}

/* --- clocks ----------------------------------------------------------------------------------- */

#define ARCH_TICK_NS 1

u64 arch_clock_ticks(void);

/* --icount: bench counts instructions (count.c), and no time. */
extern bool user_counts;
#define ARCH_COUNT_TIMES (user_counts ? 20 : 200)

#ifdef __x86_64__
/* Behind the stack pointer lies what the compiler may keep there. */
#define USER_CHANGE_FLAGS(change) \
	"lea -128(%%rsp), %%rsp; pushfq; " change "; popfq; lea 128(%%rsp), %%rsp"
#define USER_STEP_BEGIN USER_CHANGE_FLAGS("orl $0x100, (%%rsp)")
#define USER_STEP_END	USER_CHANGE_FLAGS("andl $~0x100, (%%rsp)")
#else
#define USER_STEP_BEGIN "pushfl; orl $0x100, (%%esp); popfl"
#define USER_STEP_END	"pushfl; andl $~0x100, (%%esp); popfl"
#endif

static __always_inline u32 arch_count_begin(void)
{
	if (!user_counts)
		return (u32)arch_clock_ticks();
	__asm__ volatile(USER_STEP_BEGIN : : : "memory", "cc");
	return user_cpu.steps;
}

static __always_inline u32 arch_count_end(void)
{
	const u32 steps = user_cpu.steps;

	if (!user_counts)
		return (u32)arch_clock_ticks();
	__asm__ volatile(USER_STEP_END : : : "memory", "cc");
	return steps;
}

static inline void arch_count_row(void)
{
}

#endif /* ARCH_USER_PORT_H */
