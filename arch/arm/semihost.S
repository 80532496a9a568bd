/*
 * semihost.S - the one instruction by which the emulator is asked
 *
 * SVC overwrites the banked lr and spsr of SVC mode when it is not taken by the emulator, and we
 * run in SVC mode: lr is kept on the stack around it.
 */
	.syntax unified
	.arm
	.cfi_sections .debug_frame		@ for gdb; the kernel itself reads .ARM.exidx
	.text
	.global arch_semihost
	.type arch_semihost, %function
arch_semihost:
	.fnstart
	.cfi_startproc
	.save {r4, lr}
	push {r4, lr}
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset r4, 0
	.cfi_rel_offset lr, 4
	svc #0x123456
	pop {r4, pc}
	.cfi_endproc
	.fnend
	.size arch_semihost, . - arch_semihost
