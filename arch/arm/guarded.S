/*
 * guarded.S - accesses that may fault, each with the place to go on at when it does
 *
 *	ex_table:  { address of the access, address of its fixup }
 *
 *	access ──faults──> entry_data ──> exception_dispatch(): finds regs->pc in ex_table, puts
 *	status and address into r1 and r2, and returns to the fixup, which stores them and says false.
 *
 * Invariants
 *   I1  The return address is in ip during an access: lr does not survive a fault in abort mode.
 *   I2  The fault is handed over in registers, so nothing is shared between CPUs or nested uses.
 *
 * Read next: try_access.c, which wraps these; traps.c (traps_fixup()).
 * The idea of a table beside the code is Linux's (arch/arm/mm/extable.c).
 */
#include "arch/arm/traps.h"

	.syntax unified
	.arch armv7-a
	.arm
	.cfi_sections .debug_frame		@ for gdb; the kernel itself reads .ARM.exidx
	.text

.macro FUNCTION name
	.global \name
	.type \name, %function
	.balign 4
\name:
	.fnstart
	.cfi_startproc
.endm
.macro END name
	.cfi_endproc
	.fnend
	.size \name, . - \name
.endm

/* bool guarded_readN(vaddr_t va, u32 *value, struct guarded_fault *fault) */
.macro READER name, load
FUNCTION \name
	mov	ip, lr				@ keeps I1
	.cfi_register lr, ip
	mov	r3, r2
100:	\load	r2, [r0]
	str	r2, [r1]
	mov	r0, #1
	bx	ip
	.pushsection ex_table, "a", %progbits
	.word	100b, guarded_refused
	.popsection
END \name
.endm

/* bool guarded_writeN(vaddr_t va, u32 value, struct guarded_fault *fault) */
.macro WRITER name, store
FUNCTION \name
	mov	ip, lr
	.cfi_register lr, ip
	mov	r3, r2
100:	\store	r1, [r0]
	mov	r0, #1
	bx	ip
	.pushsection ex_table, "a", %progbits
	.word	100b, guarded_refused
	.popsection
END \name
.endm

READER guarded_read1, ldrb
READER guarded_read2, ldrh
READER guarded_read4, ldr
WRITER guarded_write1, strb
WRITER guarded_write2, strh
WRITER guarded_write4, str

/* r1: status, r2: address (traps_fixup()); r3: where they are wanted. */
FUNCTION guarded_refused
	.cfi_register lr, ip
	str	r1, [r3]
	str	r2, [r3, #4]
	mov	r0, #0
	bx	ip
END guarded_refused

/*
 * bool guarded_call(void (*fn)(void *), void *arg, struct protection *protection)
 *
 * Calls fn(arg) and says true.  When an exception is to end that, exception_dispatch() comes back
 * at guarded_call_ended with the sp that is recorded here: everything below is forgotten.
 */
FUNCTION guarded_call
	push	{r4-r11, lr}
	.save	{r4-r11, lr}
	.cfi_def_cfa_offset 36
	.cfi_offset r4, -36
	.cfi_offset r5, -32
	.cfi_offset r6, -28
	.cfi_offset r7, -24
	.cfi_offset r8, -20
	.cfi_offset r9, -16
	.cfi_offset r10, -12
	.cfi_offset r11, -8
	.cfi_offset lr, -4
	sub	sp, sp, #4
	.pad	#4
	.cfi_def_cfa_offset 40
	str	sp, [r2, #PROTECTION_SP]
	mov	ip, r0
	mov	r0, r1
	blx	ip
	mov	r0, #1
	b	1f
	.global guarded_call_ended
guarded_call_ended:
	mov	r0, #0
1:	add	sp, sp, #4
	.cfi_def_cfa_offset 36
	pop	{r4-r11, lr}
	.cfi_def_cfa_offset 0
	.cfi_restore r4
	.cfi_restore r5
	.cfi_restore r6
	.cfi_restore r7
	.cfi_restore r8
	.cfi_restore r9
	.cfi_restore r10
	.cfi_restore r11
	.cfi_restore lr
	bx	lr
END guarded_call

/*
 * The interrupted SVC context is given up and the shell called, on the sp that traps.c chose.
 * Nothing to return to, and nothing above to unwind into.
 */
FUNCTION traps_enter_shell
	.cantunwind
	.cfi_undefined lr
	mov	fp, #0
	mov	lr, #0
	bl	shell_recover
	b	.
END traps_enter_shell
