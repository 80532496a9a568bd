/*
 * port.h - the ARMv7 port's constants and inline half of arch/arch.h
 *
 *	ffc80000-fff00000   fixmap: early console, early tables, kmap_local slots per CPU
 *	...     -ff800000   VMALLOC_END
 *	                    vmalloc and ioremap (240 MiB unless vmalloc= says otherwise)
 *	high_memory + 8M    VMALLOC_START
 *	c0000000-           lowmem, 1:1; tables at c0004000, the image at c0010000
 *	bfe00000-c0000000   pkmap
 *	bf000000-bfe00000   modules
 *	00001000-           unmapped; page 0 never mapped
 */
#ifndef ARCH_ARM_PORT_H
#define ARCH_ARM_PORT_H

#include "arch/unwatched.h"
#include "lib/compiler.h"
#include "layout.h"

/* What head.S has mapped, from PHYS_OFFSET on. */
enum { ARCH_BOOT_MAPPED = BOOT_SECTIONS << SECTION_SHIFT };

/* What a core of this machine says: its kind, r0 to r15 with CPSR and one more, system registers. */
enum { ARCH_ELF_MACHINE = 40, ARCH_CORE_REGS = 18, ARCH_SYSREGS_MAX = 24 };

/* --- page-table entries: a short-descriptor small page ---------------------------------------- */

typedef struct {
	u32 bits;
} pte_t;
typedef struct {
	u32 bits;
} pgprot_t;

/*
 *	31                        12 11 10  9 8-6  5 4 3 2 1 0
 *	[ page frame                |nG|S|AP2|TEX|AP1:0|C|B|1|XN]
 */
#define PTE_XN	  0x001u
#define PTE_SMALL 0x002u
#define PTE_B	  0x004u
#define PTE_C	  0x008u
#define PTE_AP0	  0x010u
#define PTE_AP1	  0x020u
#define PTE_TEX0  0x040u
#define PTE_AP2	  0x200u
#define PTE_S	  0x400u
#define PTE_NG	  0x800u

/* Normal memory, write-back write-allocate, shared between CPUs. */
#define PTE_NORMAL	    (PTE_TEX0 | PTE_C | PTE_B | PTE_S)
#define PAGE_KERNEL	    ((pgprot_t){ PTE_SMALL | PTE_NORMAL | PTE_AP0 | PTE_XN })
#define PAGE_KERNEL_RO	    ((pgprot_t){ PTE_SMALL | PTE_NORMAL | PTE_AP0 | PTE_AP2 | PTE_XN })
#define PAGE_KERNEL_ROX	    ((pgprot_t){ PTE_SMALL | PTE_NORMAL | PTE_AP0 | PTE_AP2 })
#define PAGE_KERNEL_EXEC    ((pgprot_t){ PTE_SMALL | PTE_NORMAL | PTE_AP0 })
#define PAGE_KERNEL_NOCACHE ((pgprot_t){ PTE_SMALL | PTE_TEX0 | PTE_S | PTE_AP0 | PTE_XN })
#define PAGE_KERNEL_IO	    ((pgprot_t){ PTE_SMALL | PTE_B | PTE_S | PTE_AP0 | PTE_XN })

static inline bool arch_prot_write(pgprot_t prot)
{
	return !(prot.bits & PTE_AP2);
}

static inline bool arch_prot_exec(pgprot_t prot)
{
	return !(prot.bits & PTE_XN);
}

static inline pte_t arch_pte_make(paddr_t pa, pgprot_t prot)
{
	return (pte_t){ (u32)pa | prot.bits };
}

static inline pte_t arch_pte_none(void)
{
	return (pte_t){ 0 };
}

static inline bool arch_pte_present(pte_t pte)
{
	return pte.bits & 3;
}

static inline paddr_t arch_pte_phys(pte_t pte)
{
	return pte.bits & PAGE_MASK;
}

/*
 * The first-level entry is 0 or a section; or a table of 256 entries, which says 01 at its end and
 * nothing else in its low bits (mmu.c).
 */
static inline pte_t *arch_pte_find(vaddr_t va)
{
	u32 pmd = ((const u32 *)(PAGE_OFFSET + SWAPPER_OFFSET))[va >> SECTION_SHIFT];
	pte_t *table = (pte_t *)(pmd - 1 - PHYS_OFFSET + PAGE_OFFSET);

	return (pmd & 3) == 1 ? table + (va >> PAGE_SHIFT & 0xff) : NULL;
}

static inline void arch_pte_write(pte_t *entry, pte_t pte)
{
	WRITE_ONCE(entry->bits, pte.bits);
}

static inline void arch_pte_sync(void)
{
	__asm__ volatile("dsb ishst" ::: "memory"); /* keeps mmu.c's I2 */
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

/* Whole words are stored, of which each is a single access (A3.5.3). */
static inline void arch_pte_clear_run(pte_t *entry, unsigned long n)
{
	enum { A_CALL_PAYS = 8 };

	if (n >= A_CALL_PAYS)
		__builtin_memset(entry, 0, n * sizeof(*entry));
	else
		for (; n; n--)
			arch_pte_write(entry++, arch_pte_none());
	__asm__ volatile("" ::: "memory");
}

/* ARM ARM DDI 0406C, B3.10.1: store, DSB, invalidate, DSB, ISB. */
static inline void arch_pte_clear_local(pte_t *entry, vaddr_t page)
{
	arch_pte_clear(entry);
	__asm__ volatile("mcr p15, 0, %0, c8, c7, 3\n\t" /* TLBIMVAA */
			 "dsb nsh\n\t"
			 "isb"
			 :
			 : "r"(page)
			 : "memory");
}

/* --- pages ------------------------------------------------------------------------------------ */

/* The odd line first, then two at a time. */
static __always_inline void arch_clear_lines(void *start, size_t bytes)
{
	static_assert(L1_CACHE_BYTES == 32, "what two stores clear");

	__asm__ volatile("mov\tr2, #0\n\t"
			 "mov\tr3, r2\n\t"
			 "mov\tr12, r2\n\t"
			 "mov\tlr, r2\n\t"
			 "tst\t%1, #32\n\t"
			 "beq\t1f\n\t"
			 "stmia\t%0!, {r2, r3, r12, lr}\n\t"
			 "stmia\t%0!, {r2, r3, r12, lr}\n\t"
			 "subs\t%1, %1, #32\n\t"
			 "beq\t2f\n"
			 "1:\tstmia\t%0!, {r2, r3, r12, lr}\n\t"
			 "stmia\t%0!, {r2, r3, r12, lr}\n\t"
			 "stmia\t%0!, {r2, r3, r12, lr}\n\t"
			 "subs\t%1, %1, #64\n\t"
			 "stmia\t%0!, {r2, r3, r12, lr}\n\t"
			 "bne\t1b\n"
			 "2:"
			 : "+r"(start), "+r"(bytes)
			 :
			 : "r2", "r3", "r12", "lr", "cc", "memory");
}

/* One LDRD: `at` is near a pointer, or the assembler says so.  The compiler would make two loads of it. */
static __always_inline void arch_load_pair(const unsigned long *at, unsigned long *first,
					   unsigned long *second)
{
	u64 both;

	__asm__("ldrd\t%Q0, %R0, %1" : "=r"(both) : "m"(*(const u64 *)at));
	*first = (unsigned long)both;
	*second = (unsigned long)(both >> 32);
}

static __always_inline void arch_move_four(unsigned long *to, const unsigned long *from)
{
	__asm__ volatile("ldm %1, {r0, r1, r2, r3}\n\tstm %0, {r0, r1, r2, r3}"
			 :
			 : "r"(to), "r"(from)
			 : "r0", "r1", "r2", "r3", "memory");
}

/* --- CPUs and interrupts ---------------------------------------------------------------------- */

enum { CPSR_MODE = 0x1f, CPSR_T = 0x20, CPSR_F = 0x40, CPSR_I = 0x80, CPSR_A = 0x100 };
enum { MODE_FIQ = 0x11, MODE_IRQ = 0x12, MODE_SVC = 0x13, MODE_ABT = 0x17, MODE_UND = 0x1b };

/* TPIDRURO, in which head.S has put what MPIDR says: that needs no masking. */
static inline unsigned int arch_cpu_id(void)
{
	unsigned int cpu;

	__asm__("mrc p15, 0, %0, c13, c0, 3" : "=r"(cpu));
	return cpu;
}

/* CPUs in the cluster: the snoop control unit's configuration register.  TRM DDI 0407, 2.2.2. */
static inline unsigned int arch_nr_cpus(void)
{
	return (((volatile u32 *)FIX_PERIPH_VA)[1] & 3) + 1;
}

/*
 * TPIDRPRW.  Not volatile, but tied to memory so that it is not moved over arch_percpu_set(); the
 * word at sp stands for all memory and needs no frame pointer.
 */
static inline unsigned long arch_percpu_offset(void)
{
	register unsigned long sp __asm__("sp");
	unsigned long offset;

	__asm__("mrc p15, 0, %0, c13, c0, 4" : "=r"(offset) : "Q"(*(const unsigned long *)sp));
	return offset;
}

static inline void arch_percpu_set(unsigned long offset)
{
	__asm__ volatile("mcr p15, 0, %0, c13, c0, 4" : : "r"(offset) : "memory");
}

static inline u32 arm_cpsr(void)
{
	u32 cpsr;

	__asm__ volatile("mrs %0, cpsr" : "=r"(cpsr) : : "memory");
	return cpsr;
}

static inline unsigned long arch_irq_save(void)
{
	u32 cpsr = arm_cpsr();

	__asm__ volatile("cpsid i" ::: "memory");
	return cpsr;
}

static inline void arch_irq_restore(unsigned long state)
{
	__asm__ volatile("msr cpsr_c, %0" : : "r"(state) : "memory");
}

static inline bool arch_irqs_disabled(void)
{
	return arm_cpsr() & CPSR_I;
}

static inline void arch_irq_enable(void)
{
	__asm__ volatile("cpsie i" ::: "memory");
}

static inline void arch_irq_disable(void)
{
	__asm__ volatile("cpsid i" ::: "memory");
}

static inline bool arch_in_exception(void)
{
	return (arm_cpsr() & CPSR_MODE) != MODE_SVC;
}

/*
 * One test for both: was it 1, has the store failed?  A 1 that was stored over a 1 changes nothing.
 * ARM ARM DDI 0406C, A3.4 and A3.8.
 */
static __always_inline bool arch_lock_try(u32 *word)
{
	u32 failed, held;
	bool taken;

	__asm__ volatile("ldrex\t%[held], [%[word]]\n\t"
			 "strex\t%[failed], %[one], [%[word]]\n\t"
			 "orrs\t%[held], %[held], %[failed]\n\t"
			 "dmb\tish"
			 : "=@cceq"(taken), [held] "=&r"(held), [failed] "=&r"(failed)
			 : [word] "r"(word), [one] "r"(1)
			 : "memory");
	return taken;
}

/*
 * Both halves are looked at in one test: carry says that the low one is enough, and only then is the
 * high one compared.  ARM ARM DDI 0406C, A3.4 and A3.8.
 */
static __always_inline bool arch_inc_if(u64 *word, u32 high, u32 least)
{
	__asm__ goto("1:\tldrexd\tr2, r3, [%0]\n\t"
		     "cmp\tr2, %2\n\t"
		     "it\tcs\n\t"
		     "teqcs\tr3, %1\n\t"
		     "bne\t%l[other]\n\t"
		     "add\tr2, r2, #1\n\t"
		     "strexd\tr12, r2, r3, [%0]\n\t"
		     "cmp\tr12, #0\n\t"
		     "bne\t1b\n\t"
		     "dmb\tish"
		     :
		     : "r"(word), "r"(high), "rI"(least)
		     : "r2", "r3", "r12", "cc", "memory"
		     : other);
	return true;
other:
	return false;
}

static __always_inline bool arch_dec_if(u64 *word, u32 high, u32 least)
{
	__asm__ goto("dmb\tish\n"
		     "1:\tldrexd\tr2, r3, [%0]\n\t"
		     "cmp\tr2, %2\n\t"
		     "it\tcs\n\t"
		     "teqcs\tr3, %1\n\t"
		     "bne\t%l[other]\n\t"
		     "sub\tr2, r2, #1\n\t"
		     "strexd\tr12, r2, r3, [%0]\n\t"
		     "cmp\tr12, #0\n\t"
		     "bne\t1b"
		     :
		     : "r"(word), "r"(high), "rI"(least)
		     : "r2", "r3", "r12", "cc", "memory"
		     : other);
	return true;
other:
	return false;
}

static inline void arch_cpu_relax(void)
{
	__asm__ volatile("yield" ::: "memory");
}

static inline void arch_wait_for_interrupt(void)
{
	__asm__ volatile("dsb\n\twfi" ::: "memory");
}

static inline void arch_breakpoint(void)
{
	__asm__ volatile("bkpt #0" ::: "memory");
}

/* --- clocks: the A9's global timer, started by head.S's first instructions -------------------- */

/* In the fixmap: not to be read before fixmap_init() and arch_map_devices(). */
#define ARM_GLOBAL_TIMER ((volatile u32 *)(FIX_PERIPH_VA + 0x200))
#define ARCH_TICK_NS	 10

static inline u64 arch_clock_ticks(void)
{
	volatile u32 *timer = ARM_GLOBAL_TIMER;
	u32 high, low;

	do {
		high = timer[1];
		low = timer[0];
	} while (timer[1] != high);
	return (u64)high << 32 | low;
}

/*
 * The clock's low word at the two ends of a counted stretch of code (kernel/bench).  Each read is
 * the same three instructions wherever it is inlined, depends on no register and is not moved over
 * memory accesses; so an empty stretch always costs the same.  The stretch's bounds are also noted
 * in .bench_marks, which is no part of the image, for tools that watch the machine from outside.
 */
#define ARM_TIMER_LOW (FIX_PERIPH_VA + 0x200)
#define ARM_BENCH_MARK(kind) \
	"\n\t.pushsection .bench_marks, \"\", %%progbits\n\t.word 1b, " kind "\n\t.popsection"

enum { ARCH_COUNT_TIMES = 200 };

static __always_inline u32 arch_count_begin(void)
{
	u32 ticks;

	__asm__ volatile("movw %0, %1\n\tmovt %0, %2\n\tldr %0, [%0]\n1:" ARM_BENCH_MARK("0")
			 : "=&r"(ticks)
			 : "i"(ARM_TIMER_LOW & 0xffff), "i"(ARM_TIMER_LOW >> 16)
			 : "memory");
	return ticks;
}

/* Notes at no cost that a benchmark of another row begins here. */
static __always_inline void arch_count_row(void)
{
	__asm__ volatile("1:" ARM_BENCH_MARK("2")::: "memory");
}

static __always_inline u32 arch_count_end(void)
{
	u32 ticks;

	__asm__ volatile("1:\tmovw %0, %1\n\tmovt %0, %2\n\tldr %0, [%0]" ARM_BENCH_MARK("1")
			 : "=&r"(ticks)
			 : "i"(ARM_TIMER_LOW & 0xffff), "i"(ARM_TIMER_LOW >> 16)
			 : "memory");
	return ticks;
}

#endif /* ARCH_ARM_PORT_H */
