/*
 * spinlock.h - mutual exclusion between CPUs and against interrupts
 *
 *	unsigned long flags;
 *
 *	spin_lock_irqsave(&zone->lock, flags);
 *	...
 *	spin_unlock_irqrestore(&zone->lock, flags);
 *
 * A lock is one word: 0 free, 1 held.  Every lock of this kernel may be wanted by an interrupt
 * handler, so there is only the irq-saving form; and since interrupts are masked while any lock is
 * held, a fault taken with interrupts enabled cannot have interrupted a holder.
 *
 * In DEBUG builds a lock knows its holder: taking it twice on one CPU and releasing one that is
 * not held panic with the lock's name.
 *
 * Order (outer first): vmap > slab node > zone > pkmap > bug sites > printk.  A family calls no allocator while it
 * holds its own lock.
 */
#ifndef KERNEL_SPINLOCK_H
#define KERNEL_SPINLOCK_H

#include "arch/arch.h"
#include "kernel/bug.h"

typedef struct {
	u32 held;
	u32 holder; /* DEBUG: 1 + the CPU that holds it, 0 when free */
	const char *name;
} spinlock_t;

#define SPINLOCK_INIT(name_)  ((spinlock_t){ .name = (name_) })
#define DEFINE_SPINLOCK(lock) spinlock_t lock = { .name = #lock }

static inline void spin_lock_init(spinlock_t *lock, const char *name)
{
	*lock = SPINLOCK_INIT(name);
}

/* Takes the lock when it is free and nobody else wants it now; never waits.  Interrupts must be off. */
static inline bool spin_trylock(spinlock_t *lock)
{
	bool taken = arch_lock_try(&lock->held);

	if (debug_build && taken)
		lock->holder = 1 + arch_cpu_id();
	return taken;
}

/* Interrupts must be off. */
static inline void spin_lock(spinlock_t *lock)
{
	if (debug_build && lock->holder == 1 + arch_cpu_id())
		panic("lock %s taken twice on CPU %u", lock->name, arch_cpu_id());
	while (unlikely(!spin_trylock(lock)))
		arch_cpu_relax();
}

static inline void spin_unlock(spinlock_t *lock)
{
	if (debug_build) {
		if (lock->holder != 1 + arch_cpu_id())
			panic("lock %s released by CPU %u, which does not hold it", lock->name,
			      arch_cpu_id());
		lock->holder = 0;
	}
	/* pairs with the acquire in spin_trylock() */
	__atomic_store_n(&lock->held, 0, __ATOMIC_RELEASE);
}

static inline bool spin_is_locked(const spinlock_t *lock)
{
	return READ_ONCE(lock->held);
}

#define spin_lock_irqsave(lock, flags)     \
	do {                               \
		(flags) = arch_irq_save(); \
		spin_lock(lock);           \
	} while (0)

#define spin_unlock_irqrestore(lock, flags) \
	do {                                \
		spin_unlock(lock);          \
		arch_irq_restore(flags);    \
	} while (0)

/* For functions named *_locked(). */
#define assert_spin_locked(lock) DEBUG_ASSERT(spin_is_locked(lock))

#endif /* KERNEL_SPINLOCK_H */
