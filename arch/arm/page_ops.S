/*
 * page_ops.S - clearing and copying a page with multiple-register stores, core registers only
 *
 * The more registers a store takes, the fewer instructions a page takes:
 *	clear	13 registers, 52 bytes:	78 x 52 + 40 = 4096
 *	copy	12 registers, 48 bytes:	85 x 48 + 16 = 4096
 * Unrolled to the end: a page is a fixed length, and a loop would only add to it.
 *
 * Locking: none; the pages are the caller's.
 */
	.syntax unified
	.arm
	.cfi_sections .debug_frame		@ for gdb; the kernel itself reads .ARM.exidx
	.text

/* What `push {r4-r11, lr}` has saved, for gdb. */
.macro CFI_SAVED
	.cfi_adjust_cfa_offset 36
	.cfi_rel_offset r4, 0
	.cfi_rel_offset r5, 4
	.cfi_rel_offset r6, 8
	.cfi_rel_offset r7, 12
	.cfi_rel_offset r8, 16
	.cfi_rel_offset r9, 20
	.cfi_rel_offset r10, 24
	.cfi_rel_offset r11, 28
	.cfi_rel_offset lr, 32
.endm

/* void arch_clear_page(void *page): r0 page aligned */
	.global arch_clear_page
	.type arch_clear_page, %function
arch_clear_page:
	.fnstart
	.cfi_startproc
	.save {r4-r11, lr}
	push {r4-r11, lr}
	CFI_SAVED
	mov r1, #0
	mov r2, #0
	mov r3, #0
	mov r4, #0
	mov r5, #0
	mov r6, #0
	mov r7, #0
	mov r8, #0
	mov r9, #0
	mov r10, #0
	mov r11, #0
	mov r12, #0
	mov lr, #0
	.rept 78
	stmia r0!, {r1-r12, lr}
	.endr
	stmia r0!, {r1-r10}
	pop {r4-r11, pc}
	.cfi_endproc
	.fnend
	.size arch_clear_page, . - arch_clear_page

/* void arch_copy_page(void *to, const void *from): both page aligned */
	.global arch_copy_page
	.type arch_copy_page, %function
arch_copy_page:
	.fnstart
	.cfi_startproc
	.save {r4-r11, lr}
	push {r4-r11, lr}
	CFI_SAVED
	.rept 85
	ldmia r1!, {r2-r12, lr}
	stmia r0!, {r2-r12, lr}
	.endr
	ldmia r1!, {r2-r5}
	stmia r0!, {r2-r5}
	pop {r4-r11, pc}
	.cfi_endproc
	.fnend
	.size arch_copy_page, . - arch_copy_page
