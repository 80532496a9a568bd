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

#include "kernel/kallsyms.h"
#include "kernel/shell/shell.h"

enum {
	LOOKED_AT_ONCE = 2,
	PATIENCE_NS = 1000000000, /* whoever works under a lock has it for a thousandth of that */
};

static spinlock_t *noted[NR_CPUS][LOOKED_AT_ONCE];
static bool
	looking[NR_CPUS]; /* from before the first is taken: where it is may be what is broken */

/* False: its word has been written over, or it is held for ever. */
static bool comes_free(spinlock_t *lock)
{
	u64 end = arch_clock_ns() + PATIENCE_NS;

	while (!spin_trylock(lock)) {
		if (arch_clock_ns() > end)
			return false;
		arch_cpu_relax();
	}
	return true;
}

static void __cold give_up(const spinlock_t *lock, unsigned long caller)
{
	char where[KALLSYMS_LINE];

	look_let_go();
	shell_error("%s: the lock at %p is not given back",
		    kallsyms_format_caller(caller, where, sizeof(where)), (const void *)lock);
	shell_recover();
}

void look_lock(spinlock_t *lock)
{
	spinlock_t **slot = noted[arch_cpu_id()];

	looking[arch_cpu_id()] = true;
	if (!shell_looks())
		spin_lock(lock);
	else if (!comes_free(lock))
		give_up(lock, _RET_IP_);
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
