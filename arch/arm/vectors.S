/*
 * vectors.S - from an exception to C and back, on the stack of the exception's own mode
 *
 *	VBAR ──> vectors_start: ldr pc, handler ──> entry: build struct pt_regs ──> exception_dispatch(regs)
 *	                                                                                   │
 *	         interrupted code <── ldm ^ <── exception_exit: load from struct pt_regs <──┘
 *
 * The table stands in the image, and VBAR points to it: no page at 0xffff0000 is needed, and the
 * vectors work from the moment when the image is mapped, before there are final tables.
 *
 * Invariants
 *   I1  The entry of a mode writes only to that mode's own stack.  So a bad sp_svc cannot hurt a
 *       data abort, and a bad sp_und or sp_irq becomes a data abort.
 *   I2  The abort entry looks at sp_abt before it writes.  When that has left its stack, or leaves
 *       too little room, the emergency stack is taken; when that is exhausted too, nothing is left
 *       but to say so and stop.  r0 waits in TPIDRURW meanwhile, r1 in r11_fiq (the kernel has no other
 *       use for them).
 *   I3  IRQs are masked from entry to exit, so one CPU's frames nest strictly.
 *   I4  C sees an 8-byte aligned sp, whatever was interrupted.
 *   I5  The way out believes regs->cpsr and regs->sp alone.  A handler that changes them goes on
 *       elsewhere: at a fixup, or at the shell's prompt, on a stack of its choice.
 *   I6  Aborts end, whatever is unmapped or read-only.  Entries that could not write their frame are
 *       counted in r8 of FIQ mode, last words in its r9, ways out that were tried in its r10: nothing
 *       but registers is needed for that, and nobody else uses these.
 *
 * The lr of a mode that is interrupted by its own kind of exception (an abort inside the abort
 * handler, an SVC in SVC mode) is overwritten by the processor: regs->lr is 0 then, and code that
 * expects such a fault keeps its return address elsewhere (guarded.S).
 *
 * Read next: ptregs.h for the frame, traps.c for exception_dispatch().
 * ARM ARM (DDI 0406C) B1.8: exception entry, preferred return addresses.
 */
#include "arch/arm/layout.h"
#include "arch/arm/ptregs.h"
#include "arch/arm/semihost.h"
#include "arch/arm/traps.h"

#define MODE_MASK 0x1f
#define CPSR_THUMB 0x20
#define MODE_F    0x11
#define MODE_A    0x17
#define ENTRIES_MAX 4	/* that write no frame, one after another */
#define MODE_USR  0x10
#define MODE_SYS  0x1f

	.syntax unified
	.arch armv7-a
	.arm
	.cfi_sections .debug_frame		@ for gdb; the kernel itself reads .ARM.exidx

	.section .exception.text, "ax", %progbits

	.balign 32
	.global vectors_start
	.type vectors_start, %function
vectors_start:
	ldr	pc, handler_reset
	ldr	pc, handler_undefined
	ldr	pc, handler_svc
	ldr	pc, handler_prefetch
	ldr	pc, handler_data
	ldr	pc, handler_unused
	ldr	pc, handler_irq
	ldr	pc, handler_fiq
handler_reset:		.word entry_reset
handler_undefined:	.word entry_undefined
handler_svc:		.word entry_svc
handler_prefetch:	.word entry_prefetch
handler_data:		.word entry_data
handler_unused:		.word entry_unused
handler_irq:		.word entry_irq
handler_fiq:		.word entry_fiq
	.size vectors_start, . - vectors_start
	.global vectors_end
vectors_end:

/* A function that no unwinder may leave: arch_unwind() goes on with the linked pt_regs. */
.macro ENTRY name
	.global \name
	.type \name, %function
\name:
	.fnstart
	.cantunwind
	.cfi_startproc
.endm
.macro END name
	.cfi_endproc
	.fnend
	.size \name, . - \name
.endm

/*
 * Builds the frame on the mode's own stack and leaves the vector's number in r6.
 * back: how far the processor's lr lies behind the instruction to report or to return to.
 */
.macro SAVE vector, back
	.if \back
	sub	lr, lr, #\back
	.endif
	sub	sp, sp, #PTREGS_SIZE
	stmia	sp, {r0-r12}
	add	r0, sp, #PTREGS_SIZE
	str	r0, [sp, #PTREGS_HANDLER_SP]
	mov	r6, #\vector
.endm

/* A jump to address 0 with the MMU off and VBAR there, or a reset by software: a way in like any other. */
ENTRY entry_reset
	SAVE	VECTOR_RESET, 0
	b	exception_enter
END entry_reset

ENTRY entry_undefined
	SAVE	VECTOR_UNDEFINED, 0
	mrs	r1, spsr
	tst	r1, #CPSR_THUMB
	subne	lr, lr, #2
	subeq	lr, lr, #4
	b	exception_enter
END entry_undefined

ENTRY entry_svc
	SAVE	VECTOR_SVC, 0		@ the instruction behind the SVC
	b	exception_enter
END entry_svc

ENTRY entry_unused
	SAVE	VECTOR_UNUSED, 0
	b	exception_enter
END entry_unused

ENTRY entry_irq
	SAVE	VECTOR_IRQ, 4
	b	exception_enter
END entry_irq

ENTRY entry_fiq
	SAVE	VECTOR_FIQ, 4
	b	exception_enter
END entry_fiq

/* The same for the two aborts, which look before they write. */
.macro SAVE_ABORT vector, back
	sub	lr, lr, #\back
	mcr	p15, 0, r0, c13, c0, 2		@ TPIDRURW
	cps	#MODE_F
	mov	r11, r1
	add	r8, r8, #1			@ keeps I6
	cmp	r8, #ENTRIES_MAX
	cps	#MODE_A
	bhi	abort_lost
	mrc	p15, 0, r0, c13, c0, 3		@ TPIDRURO: which CPU
	ldr	r1, =abort_stacks		@ traps.c: floor, top, emergency floor, emergency top
	add	r0, r1, r0, lsl #4
	tst	sp, #3
	bne	2f
	ldr	r1, [r0]
	cmp	sp, r1
	blo	1f
	ldr	r1, [r0, #4]
	cmp	sp, r1
	bls	4f				@ on its stack, with room
1:	ldr	r1, [r0, #8]			@ or on the emergency stack, with room?
	cmp	sp, r1
	blo	2f
	ldr	r1, [r0, #12]
	cmp	sp, r1
	bls	4f
2:	ldr	r1, [r0, #8]			@ no: is it the emergency stack that is exhausted?
	sub	r1, r1, #(ABORT_STACK_ROOM + PAGE_SIZE)
	cmp	sp, r1
	blo	3f
	add	r1, r1, #(ABORT_STACK_ROOM + PAGE_SIZE)
	cmp	sp, r1
	blo	abort_hopeless
3:	mov	r1, sp
	ldr	sp, [r0, #12]			@ take it, from its top
	b	5f
4:	mov	r1, sp
5:	sub	sp, sp, #PTREGS_SIZE
	str	r1, [sp, #PTREGS_HANDLER_SP]	@ keeps I2: this is the first write
	cps	#MODE_F
	mov	r1, r11
	cps	#MODE_A
	mrc	p15, 0, r0, c13, c0, 2
	stmia	sp, {r0-r12}
	cps	#MODE_F
	mov	r8, #0
	cps	#MODE_A
	mov	r6, #\vector
.endm

ENTRY entry_prefetch
	SAVE_ABORT VECTOR_PREFETCH, 4
	b	exception_enter
END entry_prefetch

ENTRY entry_data
	SAVE_ABORT VECTOR_DATA, 8
	b	exception_enter
END entry_data

/*
 * Both stacks for aborts are used up.  Whatever is called here starts the emergency stack anew; if that
 * comes to nothing either, no more is called.
 */
ENTRY abort_hopeless
	.cfi_undefined r14			@ gdb's backtrace ends here: who called is on no stack
	cps	#MODE_F
	add	r9, r9, #1
	cmp	r9, #1
	cps	#MODE_A
	bhi	abort_lost
	ldr	sp, [r0, #12]
	mov	r0, lr
	bl	traps_hopeless
	b	.
END abort_hopeless

/*
 * No memory to be relied on: first the emulator is asked to end with status 2, then the board to switch
 * off, each once, since either may abort; then nothing is left but to stop.
 */
ENTRY abort_lost
	.cfi_undefined r14
	cps	#MODE_F
	add	r10, r10, #1
	cmp	r10, #2
	cps	#MODE_A
	bhi	2f
	beq	1f
	mov	r0, #SEMIHOST_EXIT_EXTENDED
	adr	r1, exit_block
	svc	#0x123456
1:	ldr	r0, =FIX_SYSREG_VA
	ldr	r1, =0xc0800000			@ SYS_CFGCTRL: write, shut down
	str	r1, [r0, #0xa4]
2:	cpsid	aif
3:	wfi
	b	3b
exit_block:
	.word	0x20026, 2			@ ADP_Stopped_ApplicationExit, status
END abort_lost

/* For gdb: r4 is the frame, and the frame holds the interrupted code's registers. */
.macro CFI_FRAME
	.cfi_signal_frame
	.cfi_def_cfa r4, 0
	.cfi_offset r0, 0
	.cfi_offset r1, 4
	.cfi_offset r2, 8
	.cfi_offset r3, 12
	.cfi_offset r4, 16
	.cfi_offset r5, 20
	.cfi_offset r6, 24
	.cfi_offset r7, 28
	.cfi_offset r8, 32
	.cfi_offset r9, 36
	.cfi_offset r10, 40
	.cfi_offset r11, 44
	.cfi_offset r12, 48
	.cfi_offset r13, PTREGS_SP
	.cfi_offset r14, PTREGS_LR
	.cfi_offset r15, PTREGS_PC
.endm

/* To C with the frame, and to the way out. */
.macro DISPATCH
	mov	r0, sp
	mov	r4, sp
	bic	sp, sp, #7			@ keeps I4
	CFI_FRAME
	bl	exception_dispatch
	mov	sp, r4
	b	exception_exit
.endm

/* sp: the frame; r6: the vector; r0-r12 are saved. */
ENTRY exception_enter
	mrs	r1, spsr
	str	lr, [sp, #PTREGS_PC]
	str	r1, [sp, #PTREGS_CPSR]
	str	r6, [sp, #PTREGS_VECTOR]
	and	r1, r1, #MODE_MASK		@ the interrupted mode
	mrs	r2, cpsr
	and	r3, r2, #MODE_MASK	@ the handler's
	cmp	r1, r3
	beq	exception_enter_nested
	cmp	r1, #MODE_USR
	moveq	r1, #MODE_SYS			@ the same bank, but privileged
	bic	r3, r2, #MODE_MASK
	orr	r3, r3, r1
	msr	cpsr_c, r3
	mov	r4, sp
	mov	r5, lr
	msr	cpsr_c, r2
	str	r4, [sp, #PTREGS_SP]
	str	r5, [sp, #PTREGS_LR]
	DISPATCH
END exception_enter

/* The same of the handler's own mode, whose lr this exception has overwritten (gdb: tools/gdb/crumb/unwind.py). */
ENTRY exception_enter_nested
	ldr	r4, [sp, #PTREGS_HANDLER_SP]
	mov	r5, #0
	str	r4, [sp, #PTREGS_SP]
	str	r5, [sp, #PTREGS_LR]
	DISPATCH
END exception_enter_nested

/*
 * sp, r4: the frame.  When another mode goes on, its sp and lr go back to their bank, and the handler's
 * own sp takes its place in the frame; else the frame's sp is that of the mode itself.  One LDM
 * loads all and frees the frame: nothing is written to the stack that goes on, which may be bad.
 */
ENTRY exception_exit
	CFI_FRAME
	clrex					@ an interrupted LDREX must not succeed
	ldr	r0, [sp, #PTREGS_CPSR]
	msr	spsr_cxsf, r0
	and	r1, r0, #MODE_MASK
	mrs	r2, cpsr
	and	r3, r2, #MODE_MASK
	cmp	r1, r3
	beq	1f
	ldr	r6, [sp, #PTREGS_SP]
	ldr	r5, [sp, #PTREGS_LR]
	cmp	r1, #MODE_USR
	moveq	r1, #MODE_SYS
	bic	r3, r2, #MODE_MASK
	orr	r3, r3, r1
	msr	cpsr_c, r3
	mov	sp, r6
	mov	lr, r5
	msr	cpsr_c, r2
	ldr	r6, [sp, #PTREGS_HANDLER_SP]
	str	r6, [sp, #PTREGS_SP]
1:	ldmia	sp, {r0-pc}^			@ and cpsr from spsr
END exception_exit

	.ltorg
