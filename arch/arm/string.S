/*
 * string.S - memcpy, memmove, memset and memcmp for this machine, in place of newlib's
 *
 *	dest   |..|====|====|====|..|      bytes up to a word's border, then 64 bytes at a time with
 *	        b   stm  stm  stm  b       LDM and STM, then what the count's lower bits say
 *
 * Most calls are for some dozens of bytes of aligned memory: that way is straight, and below 64
 * bytes has neither loops nor branches.  "lsls r2, r2, #k" brings two bits of the count into C and N
 * at once, for the two instructions under them.
 *
 * A source that is not aligned as the destination is read by unaligned LDRs (SCTLR.A is clear), four
 * words at a time; the stores stay aligned.  Device memory must be copied by its driver.
 *
 * newlib's take 1252 instructions to copy 4 KiB, 1826 to fill it, 16400 to move it onto itself; these
 * about 410, 190 and 420.  tests/selftests/arch/string.c tries every alignment and length class.
 *
 * Both unwinders are told the truth at every instruction: the kernel's own reads .ARM.exidx, for
 * which a stretch with registers on the stack is a range of its own; gdb reads .debug_frame.
 *
 * Callers may be in Thumb state: every return is by BX or by a load of pc.
 *
 * Locking: none; the bytes are the caller's.
 */
	.syntax unified
	.arm
	.cfi_sections .debug_frame
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

	/* r4 to r\last and lr hold data from here on, up to an end_frame */
	.macro begin_frame last
	push {r4-r\last, lr}
	.fnend
	.fnstart
	.save {r4-r\last, lr}
	.cfi_remember_state
	.cfi_adjust_cfa_offset (\last - 2) * 4
	.cfi_rel_offset r4, 0
	.cfi_rel_offset r5, 4
	.if \last > 5
	.cfi_rel_offset r6, 8
	.cfi_rel_offset r7, 12
	.cfi_rel_offset r8, 16
	.endif
	.if \last > 8
	.cfi_rel_offset r9, 20
	.cfi_rel_offset r10, 24
	.endif
	.cfi_rel_offset lr, (\last - 3) * 4
	.endm

	/* what follows, whoever comes there, has nothing on the stack */
	.macro end_frame
	.fnend
	.fnstart
	.cfi_restore_state
	.endm

/* void *memset(void *to, int byte, size_t n) */
	function memset
	mov r12, r0			@ r0 is the result
	bfi r1, r1, #8, #8
	pkhbt r1, r1, r1, lsl #16	@ the byte four times
	tst r0, #3
	bne 5f
1:	mov r3, r1
	subs r2, r2, #64
	blo 4f
	.rept 8
	stmia r12!, {r1, r3}
	.endr
	bxeq lr
	begin_frame 8
	mov r4, r1
	mov r5, r1
	mov r6, r1
	mov r7, r1
	mov r8, r1
	mov lr, r1
	subs r2, r2, #256
	blo 3f
2:	.rept 8
	stmia r12!, {r1, r3-r8, lr}
	.endr
	subs r2, r2, #256
	bhs 2b
3:	lsls r3, r2, #25		@ r2 is n - 256: its low bits are those of what is left
	mov r3, r1
	.rept 4
	stmiacs r12!, {r1, r3-r8, lr}	@ 128
	.endr
	stmiami r12!, {r1, r3-r8, lr}	@ 64
	stmiami r12!, {r1, r3-r8, lr}
	pop {r4-r8, lr}
	end_frame
4:	lsls r2, r2, #27		@ fewer than 64
	.rept 4
	stmiacs r12!, {r1, r3}		@ 32
	.endr
	stmiami r12!, {r1, r3}		@ 16
	stmiami r12!, {r1, r3}
	lsls r2, r2, #2
	stmiacs r12!, {r1, r3}		@ 8
	strmi r1, [r12], #4
	lsls r2, r2, #2
	strhcs r1, [r12], #2
	strbmi r1, [r12]
	bx lr
5:	cmp r2, #4			@ to a word's border
	blo 7f
6:	strb r1, [r12], #1
	sub r2, r2, #1
	tst r12, #3
	bne 6b
	b 1b
7:	subs r2, r2, #1			@ not as far
	strbhs r1, [r12], #1
	bhi 7b
	bx lr
	end_function memset

/* void *memcpy(void *to, const void *from, size_t n): the two may not overlap */
	function memcpy
	orr r12, r0, r1
	mov r3, r0			@ r0 is the result
	tst r12, #3
	bne 4f
1:	subs r2, r2, #64
	blo 3f
	begin_frame 10
2:	ldmia r1!, {r4-r10, lr}
	stmia r3!, {r4-r10, lr}
	ldmia r1!, {r4-r10, lr}
	stmia r3!, {r4-r10, lr}
	subs r2, r2, #64
	bhs 2b
	cmn r2, #64
	popeq {r4-r10, pc}		@ nothing is left
	pop {r4-r10, lr}
	end_frame
3:	begin_frame 5			@ fewer than 64; r2's low bits say how many
	lsls r2, r2, #27
	ldmiacs r1!, {r4-r5, r12, lr}	@ 32
	stmiacs r3!, {r4-r5, r12, lr}
	ldmiacs r1!, {r4-r5, r12, lr}
	stmiacs r3!, {r4-r5, r12, lr}
	ldmiami r1!, {r4-r5, r12, lr}	@ 16
	stmiami r3!, {r4-r5, r12, lr}
	lsls r2, r2, #2
	ldmiacs r1!, {r4-r5}		@ 8
	stmiacs r3!, {r4-r5}
	ldrmi r12, [r1], #4
	strmi r12, [r3], #4
	lsls r2, r2, #2
	ldrhcs r12, [r1], #2
	strhcs r12, [r3], #2
	ldrbmi r12, [r1]
	strbmi r12, [r3]
	pop {r4-r5, pc}
	end_frame
4:	cmp r2, #16			@ to a word's border of the destination
	blo 9f
5:	tst r3, #3
	ldrbne r12, [r1], #1
	subne r2, r2, #1
	strbne r12, [r3], #1
	bne 5b
	tst r1, #3
	beq 1b
	begin_frame 10			@ unaligned source
	subs r2, r2, #32
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
8:	subs r2, r2, #4
	ldrhs r4, [r1], #4
	strhs r4, [r3], #4
	bhs 8b
	and r2, r2, #3
	pop {r4-r10, lr}
	end_frame
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
	begin_frame 10
	tst r1, #3
	bne 5f
	subs r2, r2, #64
	blo 3f
2:	ldmdb r1!, {r4-r10, lr}
	stmdb r3!, {r4-r10, lr}
	ldmdb r1!, {r4-r10, lr}
	stmdb r3!, {r4-r10, lr}
	subs r2, r2, #64
	bhs 2b
3:	tst r2, #32
	ldmdbne r1!, {r4-r10, lr}
	stmdbne r3!, {r4-r10, lr}
	tst r2, #16
	ldmdbne r1!, {r4-r7}
	stmdbne r3!, {r4-r7}
	tst r2, #8
	ldmdbne r1!, {r4-r5}
	stmdbne r3!, {r4-r5}
	tst r2, #4
	ldrne r4, [r1, #-4]!
	strne r4, [r3, #-4]!
	b 8f
5:	and r4, r2, #3			@ unaligned source: words, then the bytes
	subs r2, r2, #4
6:	ldrhs r12, [r1, #-4]!
	strhs r12, [r3, #-4]!
	subshs r2, r2, #4
	bhs 6b
	mov r2, r4
8:	and r2, r2, #3
	pop {r4-r10, lr}
	end_frame
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
