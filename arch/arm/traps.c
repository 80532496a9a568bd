/*
 * traps.c - what to do with an exception: hand it on, go on at a fixup, or report it
 *
 *	exception_dispatch(regs)
 *	  IRQ ─────────────────────────────────> irq_dispatch()
 *	  SVC of semihosting, nobody listening ─> r0 = -1, go on
 *	  fault at an access in ex_table ──────> go on at its fixup         (guarded.S)
 *	  exception in a protected call ───────> go on after the call       (traps_protect())
 *	  else ────────────────────────────────> oops; the prompt, or panic (report.c)
 *
 * Invariants
 *   I1  frames[cpu] is the newest frame of that CPU, linked by prev to older ones; NULL outside
 *       exceptions.
 *   I2  A frame is sent elsewhere (fixup, shell) with ARM state and no IT block: what it goes on
 *       with is ARM code.
 *   I3  The shell is entered only from an SVC context with interrupts enabled.  Every lock of this
 *       kernel is held with interrupts masked, so nothing is locked then.
 *
 * Locking  everything here is per CPU and strictly nested: interrupts are masked in handlers.
 * Read next: vectors.S before this, report.c and fault_decode.c after.
 */
#include "arch/arm/traps.h"

#include "arch/arm/raw_console.h"
#include "arch/arm/sections.h"
#include "kernel/irq.h"
#include "kernel/oops.h"

enum { CPSR_E = 0x200, CPSR_J = 0x1000000, CPSR_IT = 0x600fc00 };
enum { SCTLR_V = 1 << 13, SCTLR_TE = 1 << 30 };
enum { SEMIHOSTING_ARM = 0x123456, SEMIHOSTING_THUMB = 0xab };

struct stack_area cpu_stacks[NR_CPUS][STACKS] = {
	[0] = {
		[STACK_SVC] = { "svc_stack", svc_stack, svc_stack_top, MODE_SVC },
		[STACK_ABT] = { "abt_stack", abt_stack, abt_stack_top, MODE_ABT },
		[STACK_UND] = { "und_stack", und_stack, und_stack_top, MODE_UND },
		[STACK_IRQ] = { "irq_stack", irq_stack, irq_stack_top, MODE_IRQ },
		[STACK_FIQ] = { "fiq_stack", fiq_stack, fiq_stack_top, MODE_FIQ },
		[STACK_EMERGENCY] = { "emergency_stack", emergency_stack, emergency_stack_top, MODE_ABT },
	},
};

struct abort_stacks abort_stacks[NR_CPUS] = {
	[0] = {
		.floor = abt_stack + ABORT_STACK_ROOM,
		.top = abt_stack_top,
		.emergency_floor = emergency_stack + ABORT_STACK_ROOM,
		.emergency_top = emergency_stack_top,
	},
};

struct exception_fixup {
	u32 pc, fixup;
};
extern const struct exception_fixup __start_ex_table[], __stop_ex_table[];

static struct pt_regs *frames[NR_CPUS];		/* I1 */
static struct protection *protections[NR_CPUS]; /* innermost */

void arch_vectors_init(void)
{
	u32 sctlr;

	__asm__ volatile("mcr p15, 0, %0, c12, c0, 0" : : "r"(vectors_start)); /* VBAR */
	__asm__ volatile("mrc p15, 0, %0, c1, c0, 0" : "=r"(sctlr));
	sctlr &= ~(u32)(SCTLR_V | SCTLR_TE); /* not the high vectors; handlers are ARM code */
	__asm__ volatile("mcr p15, 0, %0, c1, c0, 0\n\tisb" : : "r"(sctlr) : "memory");
}

struct pt_regs *traps_current(void)
{
	return frames[arch_cpu_id()];
}

const char *vector_name(u32 vector)
{
	static const char *const names[] = {
		"reset",      "undefined instruction", "supervisor call", "prefetch abort",
		"data abort", "unused vector",	       "interrupt",	  "fast interrupt",
	};

	return vector < ARRAY_SIZE(names) ? names[vector] : "unknown exception";
}

/* Is va in one of the two guard pages of this stack? */
static bool in_guard(const struct stack_area *stack, vaddr_t va, bool *above)
{
	vaddr_t low = (vaddr_t)stack->low, top = (vaddr_t)stack->top;

	*above = va >= top;
	return stack->top &&
	       ((va >= low - PAGE_SIZE && va < low) || (va >= top && va < top + PAGE_SIZE));
}

const struct stack_area *stack_guard_at(vaddr_t va, u32 mode, bool *above)
{
	const struct stack_area *found = NULL;

	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++) {
		for (unsigned int i = 0; i < STACKS; i++) {
			const struct stack_area *stack = &cpu_stacks[cpu][i];

			if (in_guard(stack, va, above) && (!found || stack->mode == mode))
				found = stack;
		}
	}
	if (found)
		in_guard(found, va, above);
	return found;
}

const struct stack_area *stack_holding(vaddr_t sp)
{
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++) {
		for (unsigned int i = 0; i < STACKS; i++) {
			const struct stack_area *stack = &cpu_stacks[cpu][i];

			if (stack->top && sp >= (vaddr_t)stack->low && sp <= (vaddr_t)stack->top)
				return stack;
		}
	}
	return NULL;
}

bool traps_protect(void (*fn)(void *arg), void *arg, struct protection *protection)
{
	struct protection **innermost = &protections[arch_cpu_id()];
	bool completed;

	protection->cpsr = arm_cpsr();
	protection->outer = *innermost;
	WRITE_ONCE(*innermost, protection);
	completed = guarded_call(fn, arg, protection);
	WRITE_ONCE(*innermost, protection->outer);
	return completed;
}

/* Sends the interrupted context to ARM code at pc. */
static void resume_at(struct pt_regs *regs, u32 pc)
{
	regs->pc = pc;
	regs->cpsr &= ~(u32)(CPSR_T | CPSR_J | CPSR_IT | CPSR_E); /* keeps I2 */
}

/* Was the interrupted instruction one of guarded.S's accesses?  They expect a data abort only. */
static bool traps_fixup(struct pt_regs *regs)
{
	if (regs->vector != VECTOR_DATA)
		return false;
	for (const struct exception_fixup *entry = __start_ex_table; entry < __stop_ex_table;
	     entry++) {
		if (entry->pc != regs->pc)
			continue;
		regs->r[1] = regs->status;
		regs->r[2] = regs->address;
		resume_at(regs, entry->fixup);
		return true;
	}
	return false;
}

/*
 * Ends the innermost protected call.  Only for the mode that made it: an exception in a handler
 * that interrupted the call would leave that handler's stack behind.
 */
static bool traps_end_protected(struct pt_regs *regs)
{
	struct protection *protection = protections[arch_cpu_id()];

	if (!protection || ((protection->cpsr ^ regs->cpsr) & CPSR_MODE))
		return false;
	if (protection->only_pc != PROTECT_ANY &&
	    (regs->vector != VECTOR_PREFETCH || regs->pc != protection->only_pc))
		return false;
	protection->vector = regs->vector;
	protection->pc = regs->pc;
	protection->fault = (struct guarded_fault){ regs->status, regs->address };
	regs->cpsr = protection->cpsr;
	regs->sp = protection->sp;
	resume_at(regs, (u32)guarded_call_ended);
	return true;
}

/* SVC 0x123456 (Thumb: 0xab) asks the emulator for something; one that came here had no listener. */
static bool traps_semihosting(struct pt_regs *regs)
{
	u32 instruction;

	if (regs->vector != VECTOR_SVC)
		return false;
	if (regs->cpsr & CPSR_T) {
		if (!guarded_read2(regs->pc - 2, &instruction, &(struct guarded_fault){ 0 }) ||
		    (instruction & 0xff) != SEMIHOSTING_THUMB)
			return false;
	} else {
		if (!guarded_read4(regs->pc - 4, &instruction, &(struct guarded_fault){ 0 }) ||
		    (instruction & 0xffffff) != SEMIHOSTING_ARM)
			return false;
	}
	regs->r[0] = ~0u;
	return true;
}

/* Reads the fault registers before another fault changes them, and makes pc the culprit's. */
static void read_fault(struct pt_regs *regs)
{
	regs->status = 0;
	switch (regs->vector) {
	case VECTOR_DATA:
		__asm__ volatile("mrc p15, 0, %0, c5, c0, 0" : "=r"(regs->status));  /* DFSR */
		__asm__ volatile("mrc p15, 0, %0, c6, c0, 0" : "=r"(regs->address)); /* DFAR */
		return;
	case VECTOR_PREFETCH:
		__asm__ volatile("mrc p15, 0, %0, c5, c0, 1" : "=r"(regs->status));  /* IFSR */
		__asm__ volatile("mrc p15, 0, %0, c6, c0, 2" : "=r"(regs->address)); /* IFAR */
		return;
	default:
		regs->address = regs->pc;
	}
}

/*
 * Makes the way out lead to the shell.  The sp it had may be anything.  The lowest quarter of the
 * stack is free of what the shell has to go back to, which lies at the top.
 */
static void resume_in_shell(struct pt_regs *regs)
{
	const struct stack_area *stacks = cpu_stacks[arch_cpu_id()];
	u32 quarter = (stacks[STACK_SVC].top - stacks[STACK_SVC].low) / 4;

	regs->sp = (u32)stacks[STACK_SVC].low + quarter;
	if (regs->vector == VECTOR_PREFETCH || regs->vector == VECTOR_DATA)
		regs->handler_sp = (u32)stacks[STACK_ABT].top; /* also leaves the emergency stack */
	protections[arch_cpu_id()] = NULL;
	resume_at(regs, (u32)traps_enter_shell);
}

void exception_dispatch(struct pt_regs *regs)
{
	struct pt_regs **newest = &frames[arch_cpu_id()];

	regs->prev = *newest;
	*newest = regs; /* keeps I1 */
	if (regs->vector == VECTOR_IRQ) {
		irq_dispatch(regs);
	} else {
		read_fault(regs);
		if (!traps_fixup(regs) && !traps_end_protected(regs) && !traps_semihosting(regs) &&
		    traps_report(regs))
			resume_in_shell(regs);
	}
	*newest = regs->prev;
}

/* Reports by a path that needs nothing: neither stack, nor console, nor locks. */
void traps_hopeless(u32 pc)
{
	if (!panic_is_first())
		arch_halt(2);
	raw_puts("\npanic: abort inside abort, and no stack left for it: pc=");
	raw_puthex(pc);
	raw_puts("\n");
	arch_halt(2);
}
