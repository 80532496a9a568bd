/*
 * try_access.c - reads, writes and calls that report a fault instead of taking it
 *
 *	arch_try_read() ──> guarded_read4() ──ok──> true
 *	                          └─fault─> its fixup ──> false, with the fault decoded
 *
 * Invariant: a refused access has changed nothing, and *fault says what the MMU said.
 * Locking  none; nothing is shared.
 * Read next: guarded.S, traps.c.
 */
#include "arch/arm/fault_decode.h"
#include "arch/arm/traps.h"

static void fill(struct arch_fault *fault, const struct guarded_fault *raw, bool fetch)
{
	if (!fault)
		return;
	fault->address = raw->address;
	fault->status = raw->status;
	fault->exec = fetch;
	fault->write = !fetch && (raw->status & FSR_WRITE);
	fault->cause = fault_decode(raw->status)->cause;
}

bool arch_try_read(vaddr_t va, unsigned int size, u32 *value, struct arch_fault *fault)
{
	struct guarded_fault raw;
	bool done;

	if (size == 1)
		done = guarded_read1(va, value, &raw);
	else if (size == 2)
		done = guarded_read2(va, value, &raw);
	else
		done = guarded_read4(va, value, &raw);
	if (!done)
		fill(fault, &raw, false);
	return done;
}

bool arch_try_write(vaddr_t va, unsigned int size, u32 value, struct arch_fault *fault)
{
	struct guarded_fault raw;
	bool done;

	if (size == 1)
		done = guarded_write1(va, value, &raw);
	else if (size == 2)
		done = guarded_write2(va, value, &raw);
	else
		done = guarded_write4(va, value, &raw);
	if (!done)
		fill(fault, &raw, false);
	return done;
}

static void call(void *target)
{
	((void (*)(void))target)();
}

bool arch_try_call(vaddr_t va, struct arch_fault *fault)
{
	struct protection protection = { .only_pc = va & ~1ul };

	if ((va & 3) == 2) { /* an ARM instruction cannot stand there */
		fill(fault, &(struct guarded_fault){ FS_ALIGNMENT, va }, true);
		return false;
	}
	if (traps_protect(call, (void *)va, &protection))
		return true;
	fill(fault, &protection.fault, true);
	return false;
}

bool arch_protect(void (*fn)(void *arg), void *arg, struct arch_fault *fault)
{
	struct protection protection = { .only_pc = PROTECT_ANY };
	unsigned long state = arch_irq_save();
	bool done = traps_protect(fn, arg, &protection);

	arch_irq_restore(state);
	if (done || !fault)
		return done;
	fill(fault, &protection.fault, protection.vector == VECTOR_PREFETCH);
	if (protection.vector != VECTOR_DATA && protection.vector != VECTOR_PREFETCH)
		fault->cause = vector_name(protection.vector);
	return false;
}
