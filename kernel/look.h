/*
 * look.h - locks of those who only look, which are given back when what they look at is broken
 *
 *	command that only looks ──> look_lock_irqsave ──> a pointer that leads nowhere ──> fault
 *	   error, in its name  <──  shell_recover()  <──  look_let_go()  <──  oops()  <──────┘
 *
 * A fault with a lock held ends the machine: what the lock guards is half changed.  Who only looks has
 * changed nothing, so its locks may be let go, and the command ends like any that fails.
 *
 * Invariant  L1  Under these locks nothing is changed, and none but these is taken.
 * Locking    they are spinlocks as all others, noted by CPU while they are held.
 * Read next: oops.c; SHELL_CMD's .looks in kernel/shell/shell.h.
 */
#ifndef KERNEL_LOOK_H
#define KERNEL_LOOK_H

#include "kernel/spinlock.h"

/*
 * As spin_lock() and spin_unlock(); at most two at a time.  In a command that only looks, a lock that nobody gives
 * back ends the command, with its error.  Context: interrupts are off.
 */
void look_lock(spinlock_t *lock);
void look_unlock(spinlock_t *lock);

#define look_lock_irqsave(lock, flags)     \
	do {                               \
		(flags) = arch_irq_save(); \
		look_lock(lock);           \
	} while (0)

#define look_unlock_irqrestore(lock, flags) \
	do {                                \
		look_unlock(lock);          \
		arch_irq_restore(flags);    \
	} while (0)

/* After a fault: gives back all that this CPU has taken so; false when there is none.  Context: interrupts are off. */
bool look_let_go(void);

#endif /* KERNEL_LOOK_H */
