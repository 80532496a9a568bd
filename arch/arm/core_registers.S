/*
 * core_registers.S - the caller's registers, as a core has them
 *
 *	regs   r0 … r12 | sp | lr | pc | CPSR | r0 as it was
 *
 * pc is where this call returns to: there the caller goes on, with its frame as it is now.
 */
	.syntax unified
	.arm
	.cfi_sections .debug_frame		@ for gdb; the kernel itself reads .ARM.exidx
	.text
/* void arch_core_registers(u32 regs[ARCH_CORE_REGS]) */
	.global arch_core_registers
	.type arch_core_registers, %function
arch_core_registers:
	.fnstart
	.cfi_startproc
	stmia r0, {r0-r12}
	mrs r2, cpsr
	tst lr, #1			@ a Thumb caller
	orrne r2, r2, #0x20
	bic r1, lr, #1
	str sp, [r0, #52]
	str lr, [r0, #56]
	str r1, [r0, #60]
	str r2, [r0, #64]
	str r0, [r0, #68]
	bx lr
	.cfi_endproc
	.cantunwind
	.fnend
	.size arch_core_registers, . - arch_core_registers
