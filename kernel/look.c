/*
 * look.c - notes which locks a CPU holds only to look
 *
 *	noted[cpu] = { &node->lock, NULL }
 *
 * Invariants: L1 of look.h.
 * Locking: each CPU's row is its own, and interrupts are off while a lock is in it.
 * Read next: oops.c, which lets them go.
 */
#include "kernel/look.h"

enum { LOOKED_AT_ONCE = 2 };

static spinlock_t *noted[NR_CPUS][LOOKED_AT_ONCE];
static bool
	looking[NR_CPUS]; /* from before the first is taken: where it is may be what is broken */

void look_lock(spinlock_t *lock)
{
	spinlock_t **slot = noted[arch_cpu_id()];

	looking[arch_cpu_id()] = true;
	spin_lock(lock);
	slot[slot[0] ? 1 : 0] = lock;
}

void look_unlock(spinlock_t *lock)
{
	spinlock_t **slot = noted[arch_cpu_id()];

	slot[slot[1] == lock] = NULL;
	looking[arch_cpu_id()] = slot[0];
	spin_unlock(lock);
}

bool look_let_go(void)
{
	spinlock_t **slot = noted[arch_cpu_id()];
	bool any = looking[arch_cpu_id()];

	for (unsigned int i = LOOKED_AT_ONCE; i-- > 0;)
		if (slot[i])
			look_unlock(slot[i]);
	looking[arch_cpu_id()] = false;
	return any;
}
