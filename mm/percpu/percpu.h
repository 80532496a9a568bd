/*
 * percpu.h - one copy of a variable or object for each CPU
 *
 *	static DEFINE_PER_CPU(unsigned long, hits);		a copy for each CPU
 *	this_cpu_inc(hits);					mine
 *	for_each_possible_cpu(cpu)
 *		sum += per_cpu(hits, cpu);			each
 *
 *	struct stats *s = alloc_percpu(struct stats);		the same, made at run time
 *	this_cpu_add(s->bytes, n);
 *	per_cpu_ptr(s, cpu)->bytes;
 *	free_percpu(s);
 *
 * The address of a per-CPU variable and what alloc_percpu() returns are both "per-CPU pointers":
 * neither may be followed; per_cpu_ptr() and this_cpu_ptr() turn either into the address of one
 * CPU's copy.  A per-CPU pointer may be moved within its object first (&s->bytes, &s->array[i]);
 * every macro here takes such a one, and none needs to know where it came from.  How the two kinds
 * are told apart is the implementation's: percpu_inline.h in the folder that PERCPU names.
 *
 * Which form
 *	this_cpu_*	one CPU's copy against its own interrupt handlers: one operation is whole
 *	__this_cpu_*	plain; for who has interrupts off, or data that no handler touches
 * Neither protects against another CPU that writes this CPU's copy: only its owner writes a copy.
 * There is no scheduler, so code stays on its CPU, and get_cpu_var() has nothing to switch off.
 *
 * Before setup_per_cpu_areas() the boot CPU's copies are the variables themselves, and there are no
 * others.  What it wrote until then is in every CPU's copy.
 *
 * Names as in Linux 6.1 (include/linux/percpu.h, percpu-defs.h), and __get_cpu_var of 2.6.
 */
#ifndef MM_PERCPU_H
#define MM_PERCPU_H

#include "arch/arch.h"
#include "kernel/bug.h"
#include "kernel/cpu.h"
#include "mm/page/gfp.h"

/* Marks a per-CPU pointer for the reader. */
#define __percpu

/* --- variables -------------------------------------------------------------------------------- */

#define PER_CPU_SECTION ".data..percpu"

#define DEFINE_PER_CPU(type, name)  __section(PER_CPU_SECTION) __typeof__(type) name
#define DECLARE_PER_CPU(type, name) extern __section(PER_CPU_SECTION) __typeof__(type) name
/* On cache lines of its own: for copies that other CPUs read often. */
#define DEFINE_PER_CPU_ALIGNED(type, name)  DEFINE_PER_CPU(type, name) __aligned(L1_CACHE_BYTES)
#define DECLARE_PER_CPU_ALIGNED(type, name) DECLARE_PER_CPU(type, name) __aligned(L1_CACHE_BYTES)

/* The bounds of the variables as linked, and their strictest alignment as an absolute symbol. */
extern char __per_cpu_start[], __per_cpu_end[], __per_cpu_align[];
/* From a variable as linked to a CPU's copy. */
extern unsigned long __per_cpu_offset[NR_CPUS];

#define per_cpu_offset(cpu) (__per_cpu_offset[cpu])

/*
 * The address is made out of the compiler's sight: it knows the variable as linked, and would take
 * an access elsewhere for one out of bounds.
 */
static __always_inline void *percpu_shift(const volatile void *p, unsigned long offset)
{
	unsigned long at = (unsigned long)p + offset;

	__asm__("" : "+r"(at));
	return (void *)at;
}

/* --- copies ----------------------------------------------------------------------------------- */

/* percpu_here(p), percpu_at(p, cpu): the copy of this CPU, of that CPU. */
#include "percpu_inline.h"

#define this_cpu_ptr(ptr)     ((__typeof__(*(ptr)) *)percpu_here(ptr))
#define raw_cpu_ptr(ptr)      this_cpu_ptr(ptr)
#define per_cpu_ptr(ptr, cpu) ((__typeof__(*(ptr)) *)percpu_at(ptr, cpu))
#define per_cpu(var, cpu)     (*per_cpu_ptr(&(var), cpu))

#define __get_cpu_var(var) (*this_cpu_ptr(&(var)))
#define get_cpu_var(var)   (*this_cpu_ptr(&(var)))
#define put_cpu_var(var)   ((void)&(var))
#define get_cpu_ptr(ptr)   this_cpu_ptr(ptr)
#define put_cpu_ptr(ptr)   ((void)(ptr))
#define get_cpu()	   smp_processor_id()
#define put_cpu()	   ((void)0)

/* --- operations on this CPU's copy ------------------------------------------------------------ */

/*
 * pcp is the per-CPU variable (hits) or part of an object (s->bytes): a scalar of 1, 2, 4 or 8
 * bytes, naturally aligned.  Arithmetic is for integers.
 *
 * The this_cpu_ forms are single-copy atomic: LDREX and STREX without barriers, which an interrupt
 * makes fail (arch/arm/vectors.S: CLREX), are cheaper than masking interrupts, and no other CPU
 * writes here.
 */
#define this_cpu_read(pcp)	 __atomic_load_n(this_cpu_ptr(&(pcp)), __ATOMIC_RELAXED)
#define this_cpu_write(pcp, val) __atomic_store_n(this_cpu_ptr(&(pcp)), (val), __ATOMIC_RELAXED)

#define percpu_rmw(fn, pcp, val)                                                             \
	({                                                                                   \
		static_assert(__builtin_classify_type(pcp) != 5, "arithmetic on a pointer"); \
		fn(this_cpu_ptr(&(pcp)), (val), __ATOMIC_RELAXED);                           \
	})

#define this_cpu_add(pcp, val) ((void)percpu_rmw(__atomic_fetch_add, pcp, val))
#define this_cpu_sub(pcp, val) ((void)percpu_rmw(__atomic_fetch_sub, pcp, val))
#define this_cpu_and(pcp, val) ((void)percpu_rmw(__atomic_fetch_and, pcp, val))
#define this_cpu_or(pcp, val)  ((void)percpu_rmw(__atomic_fetch_or, pcp, val))
#define this_cpu_inc(pcp)      this_cpu_add(pcp, 1)
#define this_cpu_dec(pcp)      this_cpu_sub(pcp, 1)

/* The value after the operation. */
#define this_cpu_add_return(pcp, val) percpu_rmw(__atomic_add_fetch, pcp, val)
#define this_cpu_sub_return(pcp, val) percpu_rmw(__atomic_sub_fetch, pcp, val)
#define this_cpu_inc_return(pcp)      this_cpu_add_return(pcp, 1)
#define this_cpu_dec_return(pcp)      this_cpu_sub_return(pcp, 1)

/* The value before it; cmpxchg has stored `new` when that equals `old`. */
#define this_cpu_xchg(pcp, val) __atomic_exchange_n(this_cpu_ptr(&(pcp)), (val), __ATOMIC_RELAXED)
#define this_cpu_cmpxchg(pcp, old, new)                                                       \
	({                                                                                    \
		__typeof__(pcp) percpu_old_ = (old);                                          \
                                                                                              \
		__atomic_compare_exchange_n(this_cpu_ptr(&(pcp)), &percpu_old_, (new), false, \
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED);              \
		percpu_old_;                                                                  \
	})

#define __this_cpu_read(pcp)		({ *this_cpu_ptr(&(pcp)); })
#define __this_cpu_write(pcp, val)	((void)(*this_cpu_ptr(&(pcp)) = (val)))
#define __this_cpu_add(pcp, val)	((void)(*this_cpu_ptr(&(pcp)) += (val)))
#define __this_cpu_sub(pcp, val)	((void)(*this_cpu_ptr(&(pcp)) -= (val)))
#define __this_cpu_and(pcp, val)	((void)(*this_cpu_ptr(&(pcp)) &= (val)))
#define __this_cpu_or(pcp, val)		((void)(*this_cpu_ptr(&(pcp)) |= (val)))
#define __this_cpu_inc(pcp)		__this_cpu_add(pcp, 1)
#define __this_cpu_dec(pcp)		__this_cpu_sub(pcp, 1)
#define __this_cpu_add_return(pcp, val) ({ *this_cpu_ptr(&(pcp)) += (val); })
#define __this_cpu_sub_return(pcp, val) ({ *this_cpu_ptr(&(pcp)) -= (val); })
#define __this_cpu_inc_return(pcp)	__this_cpu_add_return(pcp, 1)
#define __this_cpu_dec_return(pcp)	__this_cpu_sub_return(pcp, 1)
#define __this_cpu_xchg(pcp, val)                                   \
	({                                                          \
		__typeof__(pcp) *percpu_at_ = this_cpu_ptr(&(pcp)); \
		__typeof__(pcp) percpu_old_ = *percpu_at_;          \
                                                                    \
		*percpu_at_ = (val);                                \
		percpu_old_;                                        \
	})
#define __this_cpu_cmpxchg(pcp, old, new)                           \
	({                                                          \
		__typeof__(pcp) *percpu_at_ = this_cpu_ptr(&(pcp)); \
		__typeof__(pcp) percpu_old_ = *percpu_at_;          \
                                                                    \
		if (percpu_old_ == (old))                           \
			*percpu_at_ = (new);                        \
		percpu_old_;                                        \
	})

/* --- objects ---------------------------------------------------------------------------------- */

/*
 * The largest object, in bytes; the strictest alignment is PAGE_SIZE.
 *
 * How many there can be: memory is the limit of large ones.  Small ones end with their pointers:
 * each needs addresses of its own that nothing is ever mapped at, as many as the largest object of
 * its kind has bytes, so that a pointer may be moved within it.  PERCPU=array has room for 131,072
 * objects of up to 8 KiB; one above that counts as four.
 */
enum { PERCPU_OBJECT_MAX = 32768 };

/*
 * A zeroed object of size bytes for each possible CPU, aligned to align (a power of two up to
 * PAGE_SIZE).  NULL when there is no memory, after a report unless __GFP_NOWARN; and for a size of
 * 0 or above PERCPU_OBJECT_MAX and a bad alignment, which are reported as bugs.
 * gfp is for the memory of the copies; zone bits other than lowmem's are refused.
 * Context: any; in interrupts with GFP_NOWAIT or GFP_ATOMIC.  Needs the object caches.
 * Linux: mm/percpu.c (pcpu_alloc), mm/slab.c of 2.6.15 (__alloc_percpu)
 */
void __percpu *__alloc_percpu_gfp(size_t size, size_t align, gfp_t gfp);
void __percpu *__alloc_percpu(size_t size, size_t align);
#define alloc_percpu_gfp(type, gfp) \
	((__typeof__(type) __percpu *)__alloc_percpu_gfp(sizeof(type), __alignof__(type), gfp))
#define alloc_percpu(type) \
	((__typeof__(type) __percpu *)__alloc_percpu(sizeof(type), __alignof__(type)))

/*
 * Gives back all CPUs' copies.  NULL is ignored; what is not the start of a live object (a static
 * variable, an interior pointer, one freed already) is reported as a bug and refused.
 * Context: any, interrupts included.
 */
void free_percpu(void __percpu *ptr);

/* --- bring-up and checking -------------------------------------------------------------------- */

/*
 * Gives each possible CPU its copies of the static variables, and moves the boot CPU to its own.
 * Returns the bytes of one CPU's area.  Context: boot, after the early allocator.
 */
size_t setup_per_cpu_areas(void);

/* The implementation's name. */
extern const char percpu_name[];

/* The `percpu` checker (kernel/check/check.h). */
bool percpu_check(void);

#endif /* MM_PERCPU_H */
