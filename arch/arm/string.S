/*
 * string.S - memcpy, memmove, memset and memcmp for this machine, in place of newlib's
 *
 *	dest   |..|====|====|====|..|      bytes up to a word's border, then 32 bytes at a time with
 *	        b   stm  stm  stm  b       LDM and STM, then words, then bytes
 *
 * A source that is not aligned as the destination is read by unaligned LDRs (SCTLR.A is clear), four
 * words at a time; the stores stay aligned.  Device memory must be copied by its driver.
 *
 * newlib's take 1252 instructions to copy 4 KiB, 1826 to fill it, 16400 to move it onto itself; these
 * about 420, 230 and 420.  tests/selftests/arch/string.c tries every alignment and length class.
 *
 * Callers may be in Thumb state: every return is by BX or by a load of pc.
 *
 * Locking: none; the bytes are the caller's.
 */
	.syntax unified
	.arm
	.text

	.macro function name
	.global \name
	.type \name, %function
\name:
	.fnstart
	.cfi_startproc
	.endm

	.macro end_function name
	.cfi_endproc
	.fnend
	.size \name, . - \name
	.endm

	/* r4-r10 and lr hold data in the block loops */
	.macro save_registers
	.save {r4-r10, lr}
	push {r4-r10, lr}
	.cfi_adjust_cfa_offset 32
	.cfi_rel_offset lr, 28
	.endm

	.macro restore_registers
	pop {r4-r10, lr}
	.cfi_adjust_cfa_offset -32
	.cfi_restore lr
	.endm

/* void *memset(void *to, int byte, size_t n) */
	function memset
	mov r3, r0			@ r0 is the result
	cmp r2, #16
	blo 4f
	and r1, r1, #0xff
	orr r1, r1, r1, lsl #8
	orr r1, r1, r1, lsl #16
1:	tst r3, #3
	strbne r1, [r3], #1
	subne r2, r2, #1
	bne 1b
	save_registers
	mov r4, r1
	mov r5, r1
	mov r6, r1
	mov r7, r1
	mov r8, r1
	mov r9, r1
	mov r10, r1
	subs r2, r2, #128
	blo 3f
2:	stmia r3!, {r1, r4-r10}
	stmia r3!, {r1, r4-r10}
	stmia r3!, {r1, r4-r10}
	stmia r3!, {r1, r4-r10}
	subs r2, r2, #128
	bhs 2b
3:	tst r2, #64			@ r2 is n - 128: its low bits are those of what is left
	stmiane r3!, {r1, r4-r10}
	stmiane r3!, {r1, r4-r10}
	tst r2, #32
	stmiane r3!, {r1, r4-r10}
	tst r2, #16
	stmiane r3!, {r1, r4-r6}
	tst r2, #8
	stmiane r3!, {r1, r4}
	tst r2, #4
	strne r1, [r3], #4
	and r2, r2, #3
	restore_registers
4:	subs r2, r2, #1
	strbhs r1, [r3], #1
	bhi 4b
	bx lr
	end_function memset

	/* r2 bytes from r1 to r3, both aligned, upwards (LDMIA, STMIA) or downwards (LDMDB, STMDB) */
	.macro copy_aligned load, store
	subs r2, r2, #64
	blo 3f
2:	\load r1!, {r4-r10, lr}
	\store r3!, {r4-r10, lr}
	\load r1!, {r4-r10, lr}
	\store r3!, {r4-r10, lr}
	subs r2, r2, #64
	bhs 2b
3:	tst r2, #32
	\load\()ne r1!, {r4-r10, lr}
	\store\()ne r3!, {r4-r10, lr}
	tst r2, #16
	\load\()ne r1!, {r4-r7}
	\store\()ne r3!, {r4-r7}
	tst r2, #8
	\load\()ne r1!, {r4-r5}
	\store\()ne r3!, {r4-r5}
	tst r2, #4
	\load\()ne r1!, {r4}
	\store\()ne r3!, {r4}
	.endm

/* void *memcpy(void *to, const void *from, size_t n): the two may not overlap */
	function memcpy
	mov r3, r0
	cmp r2, #16
	blo 9f
1:	tst r3, #3
	ldrbne r12, [r1], #1
	subne r2, r2, #1
	strbne r12, [r3], #1
	bne 1b
	save_registers
	tst r1, #3
	bne 5f
	copy_aligned ldmia, stmia
	b 8f
5:	subs r2, r2, #32		@ unaligned source
	blo 7f
6:	ldr r4, [r1], #4
	ldr r5, [r1], #4
	ldr r6, [r1], #4
	ldr r7, [r1], #4
	ldr r8, [r1], #4
	ldr r9, [r1], #4
	ldr r10, [r1], #4
	ldr lr, [r1], #4
	stmia r3!, {r4-r10, lr}
	subs r2, r2, #32
	bhs 6b
7:	and r2, r2, #31
4:	subs r2, r2, #4
	ldrhs r4, [r1], #4
	strhs r4, [r3], #4
	bhs 4b
8:	and r2, r2, #3
	restore_registers
9:	subs r2, r2, #1
	ldrbhs r12, [r1], #1
	strbhs r12, [r3], #1
	bhi 9b
	bx lr
	end_function memcpy

/*
 * void *memmove(void *to, const void *from, size_t n)
 * Downwards, memcpy() reads each block before it writes one below it; upwards, the same from the end.
 */
	function memmove
	sub r3, r0, r1
	cmp r3, r2
	bhs memcpy			@ to lies below from, or beyond its end
	add r3, r0, r2
	add r1, r1, r2
	cmp r2, #16
	blo 9f
1:	tst r3, #3
	ldrbne r12, [r1, #-1]!
	subne r2, r2, #1
	strbne r12, [r3, #-1]!
	bne 1b
	save_registers
	tst r1, #3
	bne 5f
	copy_aligned ldmdb, stmdb
	b 8f
5:	and r4, r2, #3			@ unaligned source: words, then the bytes
	subs r2, r2, #4
6:	ldrhs r12, [r1, #-4]!
	strhs r12, [r3, #-4]!
	subshs r2, r2, #4
	bhs 6b
	mov r2, r4
8:	and r2, r2, #3
	restore_registers
9:	subs r2, r2, #1
	ldrbhs r12, [r1, #-1]!
	strbhs r12, [r3, #-1]!
	bhi 9b
	bx lr
	end_function memmove

/* int memcmp(const void *a, const void *b, size_t n): the sign of the first difference */
	function memcmp
	subs r2, r2, #4
	blo 3f
1:	ldr r3, [r0], #4
	ldr r12, [r1], #4
	cmp r3, r12
	bne 2f
	subs r2, r2, #4
	bhs 1b
	b 3f
2:	rev r3, r3			@ the lowest address is the most significant now
	rev r12, r12
	cmp r3, r12
	mov r0, #1
	mvnlo r0, #0
	bx lr
3:	adds r2, r2, #4
	beq 5f
4:	ldrb r3, [r0], #1
	ldrb r12, [r1], #1
	subs r3, r3, r12
	bne 6f
	subs r2, r2, #1
	bne 4b
5:	mov r0, #0
	bx lr
6:	mov r0, r3
	bx lr
	end_function memcmp
