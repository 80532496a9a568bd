/*
 * ptregs.h - what an exception entry saves, for assembly (the offsets) and C (the structure)
 *
 *	the handler's stack                      low addresses
 *	  r0 ... r12                             0
 *	  sp, lr          of the interrupted mode, fetched from its bank
 *	  pc, cpsr        where and how to go on
 *	  vector          which exception
 *	  status, address what the fault registers said
 *	  prev            the frame of the exception that this one interrupted
 *	  handler_sp      the handler's own sp before the frame
 *
 * Invariants (static_assert below; vectors.S relies on them)
 *   I1  Each offset macro is the member's offset.
 *   I2  r0 to pc are adjacent, for one LDM; the size is a multiple of 8.
 *
 * Read next: vectors.S, which fills it; traps.c, which reads it.
 */
#ifndef ARCH_ARM_PTREGS_H
#define ARCH_ARM_PTREGS_H

#define PTREGS_SP	  52
#define PTREGS_LR	  56
#define PTREGS_PC	  60
#define PTREGS_CPSR	  64
#define PTREGS_VECTOR	  68
#define PTREGS_STATUS	  72
#define PTREGS_ADDRESS	  76
#define PTREGS_PREV	  80
#define PTREGS_HANDLER_SP 84
#define PTREGS_SIZE	  88

/* Vector numbers, in the order of the vector table. */
#define VECTOR_RESET	 0
#define VECTOR_UNDEFINED 1
#define VECTOR_SVC	 2
#define VECTOR_PREFETCH	 3
#define VECTOR_DATA	 4
#define VECTOR_UNUSED	 5
#define VECTOR_IRQ	 6
#define VECTOR_FIQ	 7

#ifndef __ASSEMBLER__

#include <assert.h>

#include "lib/types.h"

struct pt_regs {
	u32 r[13];
	u32 sp, lr; /* lr is 0 when the handler's own mode was interrupted: the entry overwrote it */
	u32 pc, cpsr;
	u32 vector;
	u32 status;  /* DFSR or IFSR; 0 for the others */
	u32 address; /* DFAR or IFAR; else pc */
	struct pt_regs *prev;
	u32 handler_sp;
};

static_assert(offsetof(struct pt_regs, sp) == PTREGS_SP, "I1");
static_assert(offsetof(struct pt_regs, lr) == PTREGS_LR, "I1");
static_assert(offsetof(struct pt_regs, vector) == PTREGS_VECTOR, "I1");
static_assert(offsetof(struct pt_regs, status) == PTREGS_STATUS, "I1");
static_assert(offsetof(struct pt_regs, address) == PTREGS_ADDRESS, "I1");
static_assert(offsetof(struct pt_regs, prev) == PTREGS_PREV, "I1");
static_assert(offsetof(struct pt_regs, handler_sp) == PTREGS_HANDLER_SP, "I1");
static_assert(offsetof(struct pt_regs, pc) == PTREGS_PC, "I1");
static_assert(offsetof(struct pt_regs, cpsr) == PTREGS_CPSR, "I1");
static_assert(sizeof(struct pt_regs) == PTREGS_SIZE && PTREGS_SIZE % 8 == 0, "I2");

#endif /* __ASSEMBLER__ */

#endif /* ARCH_ARM_PTREGS_H */
