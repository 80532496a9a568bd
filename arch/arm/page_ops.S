/*
 * page_ops.S - clearing and copying a page with multiple-register stores, core registers only
 *
 * One stmia moves up to eight words here, and the loops are unrolled to 512 bytes a round, so
 * that the count and the branch are lost in it:
 *	clear: 8 rounds of 16 stmia (+ 2)		about 150 instructions a page
 *	copy:  8 rounds of 16 ldmia/stmia (+ 2)		about 280
 */
	.syntax unified
	.arm
	.text

/* void arch_clear_page(void *page): r0 page aligned */
	.global arch_clear_page
	.type arch_clear_page, %function
arch_clear_page:
	.fnstart
	.cfi_startproc
	.save {r4-r8, lr}
	push {r4-r8, lr}
	.cfi_adjust_cfa_offset 24
	.cfi_rel_offset lr, 20
	add r12, r0, #4096
	mov r1, #0
	mov r2, #0
	mov r3, #0
	mov r4, #0
	mov r5, #0
	mov r6, #0
	mov r7, #0
	mov r8, #0
1:
	.rept 16
	stmia r0!, {r1-r8}
	.endr
	cmp r0, r12
	bne 1b
	pop {r4-r8, pc}
	.cfi_endproc
	.fnend
	.size arch_clear_page, . - arch_clear_page

/* void arch_copy_page(void *to, const void *from): both page aligned */
	.global arch_copy_page
	.type arch_copy_page, %function
arch_copy_page:
	.fnstart
	.cfi_startproc
	.save {r4-r10, lr}
	push {r4-r10, lr}
	.cfi_adjust_cfa_offset 32
	.cfi_rel_offset lr, 28
	add r12, r0, #4096
1:
	.rept 16
	ldmia r1!, {r2-r8, r10}
	stmia r0!, {r2-r8, r10}
	.endr
	cmp r0, r12
	bne 1b
	pop {r4-r10, pc}
	.cfi_endproc
	.fnend
	.size arch_copy_page, . - arch_copy_page
