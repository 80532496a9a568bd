/*
 * traps.h - the port's own interface to exceptions: stacks, protection, decoding
 *
 *	protections[cpu] ──> innermost protection ──outer──> … ──> NULL
 *
 * A protection stands for a running guarded_call(): what an exception inside it comes back to.
 * Stacks: each CPU has one for each mode, and an emergency one for aborts whose own is used up.
 *
 * Read next: traps.c.
 */
#ifndef ARCH_ARM_TRAPS_H
#define ARCH_ARM_TRAPS_H

#include "arch/arm/layout.h"

/* Bytes that the abort entry wants free on its stack; below that, the emergency stack is taken. */
#define ABORT_STACK_ROOM 0x800

#define PROTECTION_SP 0

#ifndef __ASSEMBLER__

#include <assert.h>

#include "arch/arch.h"
#include "arch/arm/ptregs.h"

/* The fault registers of one fault. */
struct guarded_fault {
	u32 status;
	u32 address;
};

struct protection {
	u32 sp;	     /* guarded_call()'s, set by it */
	u32 only_pc; /* ~0: any exception ends the call; else only a prefetch abort at this pc */
	u32 cpsr;    /* to go on with */
	struct protection *outer;
	u32 vector;		    /* which exception ended it, */
	u32 pc;			    /* where it came from, */
	struct guarded_fault fault; /* and the fault registers */
};

static_assert(offsetof(struct protection, sp) == PROTECTION_SP, "guarded.S");

enum { PROTECT_ANY = ~0u };

/* guarded.S */
bool guarded_read1(vaddr_t va, u32 *value, struct guarded_fault *fault);
bool guarded_read2(vaddr_t va, u32 *value, struct guarded_fault *fault);
bool guarded_read4(vaddr_t va, u32 *value, struct guarded_fault *fault);
bool guarded_write1(vaddr_t va, u32 value, struct guarded_fault *fault);
bool guarded_write2(vaddr_t va, u32 value, struct guarded_fault *fault);
bool guarded_write4(vaddr_t va, u32 value, struct guarded_fault *fault);
bool guarded_call(void (*fn)(void *arg), void *arg, struct protection *protection);
extern const char guarded_call_ended[];
void traps_enter_shell(void) __noreturn;

/*
 * guarded_call() with *protection registered on this CPU.  The caller has set only_pc, and masked
 * interrupts when that is PROTECT_ANY: an interrupt handler's fault must not end the call.
 */
bool traps_protect(void (*fn)(void *arg), void *arg, struct protection *protection);

/* A stack of some CPU; an unmapped page stands on either side. */
struct stack_area {
	const char *name;
	const u8 *low, *top;
	u32 mode;
};
enum { STACK_SVC, STACK_ABT, STACK_UND, STACK_IRQ, STACK_FIQ, STACK_EMERGENCY, STACKS };
extern struct stack_area cpu_stacks[NR_CPUS][STACKS]; /* a CPU's own are set before it starts */

/* What the abort entry compares sp with, derived from cpu_stacks. */
struct abort_stacks {
	const u8 *floor, *top;
	const u8 *emergency_floor, *emergency_top;
};
static_assert(sizeof(struct abort_stacks) == 16, "vectors.S indexes by 16");
extern struct abort_stacks abort_stacks[NR_CPUS];

/*
 * The stack one of whose guard pages holds va (*above: the one past its top), or NULL.  Two stacks
 * may share the page between them: the one of this mode is meant then.
 */
const struct stack_area *stack_guard_at(vaddr_t va, u32 mode, bool *above);
/* The stack that this sp points into (its top included: an empty one), or NULL. */
const struct stack_area *stack_holding(vaddr_t sp);

/* Points this CPU's VBAR to the vectors in the image.  Context: boot of each CPU, image mapped. */
void arch_vectors_init(void);

/* From vectors.S. */
extern const char vectors_start[], vectors_end[];
void exception_dispatch(struct pt_regs *regs);
void traps_hopeless(u32 pc) __noreturn;

/* The newest exception frame of this CPU, or NULL. */
struct pt_regs *traps_current(void);
/* "data abort", … */
const char *vector_name(u32 vector);

/* report.c: the oops for a frame that nobody handled; true when the shell is to go on. */
bool traps_report(const struct pt_regs *regs);

#endif /* __ASSEMBLER__ */

#endif /* ARCH_ARM_TRAPS_H */
