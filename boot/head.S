/*
 * head.S - from reset to start_kernel(): one CPU, the first table, MMU and caches on, up to 0xC…
 *
 *	entered at PHYS_OFFSET + IMAGE_OFFSET with the MMU off;  r0, r1, r2 from the loader
 *
 *	  PHYS_OFFSET + 0x0000   tags, or the tree of a bare ELF (moved behind the image)
 *	              + 0x4000   first-level table, 16 KiB: identity for this MiB, RAM at PAGE_OFFSET
 *	              + 0x10000  the image
 *
 * Until `high`, code runs at its physical address: only pc-relative addresses are right, and a
 * symbol of the image is reached through pa().  Registers kept: r9-r11 are the loader's r0-r2.
 *
 * The global timer is started at once: it counts instructions since reset when QEMU counts
 * exactly (-icount), and nanoseconds otherwise.
 *
 * ARM ARM DDI 0406C: B3.5 (tables), B4.1 (registers); Cortex-A9 TRM DDI 0388: 4.3 (ACTLR), SCU.
 * Read next: kernel/main.c.
 */
#include "arch/arm/layout.h"

#define PA_OFFSET (PHYS_OFFSET - PAGE_OFFSET)

/* First-level sections: normal memory, write-back write-allocate, shared, RW, domain 0. */
#define SECTION_NORMAL 0x0001140e
/* Table walks: inner and outer write-back write-allocate, shared. */
#define TTBR_FLAGS 0x4a

#define IMAGE_MAGIC  0x626d7243 /* "Crmb" */
#define DTB_MAGIC_LE 0xedfe0dd0 /* 0xd00dfeed as a little-endian load sees it */
#define DTB_MAX      0x100000

	.macro pa reg, symbol
	ldr \reg, =(\symbol + PA_OFFSET)
	.endm

	/* sets the stack pointer of a mode; ends in that mode */
	.macro mode_stack mode, top
	cps #\mode
	ldr sp, =\top
	.endm

	.section .head.text, "ax"
	.syntax unified
	.arm
	.cfi_sections .debug_frame		@ for gdb
	.global _start
	.type _start, %function
_start:
	.fnstart
	.cfi_startproc
	.cfi_undefined lr
	b 1f
	.word IMAGE_MAGIC		@ gdb knows by these which image runs (tools/gdb/crumb/image.py)
	.word build_id
	.word crumb_banner
1:	mov r12, #PERIPH_PHYS
	mov r11, #1
	str r11, [r12, #0x208]		@ global timer: enable; it counts from this store on
	cpsid aif, #0x13		@ SVC, everything masked
	mov r9, r0
	mov r10, r1
	mov r11, r2

	mrc p15, 0, r0, c0, c0, 5	@ MPIDR: only CPU 0 goes on
	ands r0, r0, #3
	mcr p15, 0, r0, c13, c0, 3	@ TPIDRURO: arch_cpu_id(), from here on
	bne park

	bl caches_off
	bl coherency_on
	bl move_tree
	bl first_table
	bl clear_bss
	b mmu_on
	.cfi_endproc
	.cantunwind
	.fnend
	.size _start, . - _start

/* Another CPU (an ELF starts them all): sleeps until the SMP bring-up gives it work. */
	.type park, %function
park:
	.fnstart
	.cfi_startproc
	.cfi_undefined lr		@ nobody called: a backtrace ends here
	wfe
	b park
	.cfi_endproc
	.cantunwind
	.fnend
	.size park, . - park

/*
 * A loader may leave the MMU, caches or prediction on, and an A9 comes out of reset with
 * undefined cache contents: turn all off, and invalidate L1 by set and way (4 x 256 lines of 32).
 */
	.type caches_off, %function
caches_off:
	.cfi_startproc
	mrc p15, 0, r0, c1, c0, 0	@ SCTLR
	ldr r1, =0x3807			@ V, I, Z, C, A, M
	bic r0, r0, r1
	mcr p15, 0, r0, c1, c0, 0
	mov r0, #0
	mcr p15, 0, r0, c8, c7, 0	@ TLBIALL
	mcr p15, 0, r0, c7, c5, 0	@ ICIALLU
	mcr p15, 0, r0, c7, c5, 6	@ BPIALL
	mov r1, #(255 << 5)		@ set in 12:5, way in 31:30
1:	mov r2, #3
2:	orr r3, r1, r2, lsl #30
	mcr p15, 0, r3, c7, c6, 2	@ DCISW
	subs r2, r2, #1
	bpl 2b
	subs r1, r1, #(1 << 5)
	bpl 1b
	dsb
	isb
	bx lr
	.cfi_endproc
	.size caches_off, . - caches_off

/* Joins this CPU to the coherent domain before its caches hold anything. */
	.type coherency_on, %function
coherency_on:
	.cfi_startproc
	mov r1, #PERIPH_PHYS
	ldr r0, [r1]			@ SCU control
	orr r0, r0, #1
	str r0, [r1]
	mrc p15, 0, r0, c1, c0, 1	@ ACTLR
	orr r0, r0, #0x41		@ SMP, FW: broadcast TLB and cache maintenance
	mcr p15, 0, r0, c1, c0, 1
	isb
	bx lr
	.cfi_endproc
	.size coherency_on, . - coherency_on

/*
 * A bare ELF gets no pointer (r2 = 0), but QEMU puts a -dtb tree at RAM base, where its padding
 * covers our first-level table: copy it behind the image and give its new place as r2.
 */
	.type move_tree, %function
move_tree:
	.cfi_startproc
	cmp r11, #0
	bxne lr
	mov r0, #PHYS_OFFSET
	ldr r1, [r0]
	ldr r2, =DTB_MAGIC_LE
	cmp r1, r2
	bxne lr
	ldr r2, [r0, #4]		@ totalsize, big-endian
	rev r2, r2
	cmp r2, #DTB_MAX
	movhi r11, r0			@ not believable: left in place, the parser says so
	bxhi lr
	pa r3, _image_end
	mov r11, r3
1:	ldr r1, [r0], #4
	str r1, [r3], #4
	subs r2, r2, #4
	bhi 1b
	bx lr
	.cfi_endproc
	.size move_tree, . - move_tree

	.type first_table, %function
first_table:
	.cfi_startproc
	ldr r0, =(PHYS_OFFSET + SWAPPER_OFFSET)
	mov r1, #0
	mov r2, #0
	mov r3, #0
	mov r4, #0
	add r5, r0, #0x4000
1:	stmia r0!, {r1-r4}
	stmia r0!, {r1-r4}
	cmp r0, r5
	blo 1b

	ldr r0, =(PHYS_OFFSET + SWAPPER_OFFSET)
	ldr r1, =(PHYS_OFFSET | SECTION_NORMAL)
	add r2, r0, #(PHYS_OFFSET >> 18)
	str r1, [r2]			@ identity: this MiB
	add r0, r0, #(PAGE_OFFSET >> 18)
	mov r2, #BOOT_SECTIONS
2:	str r1, [r0], #4
	add r1, r1, #SECTION_SIZE
	subs r2, r2, #1
	bne 2b
	bx lr
	.cfi_endproc
	.size first_table, . - first_table

	.type clear_bss, %function
clear_bss:
	.cfi_startproc
	pa r0, _bss
	pa r5, _ebss
	mov r1, #0
	mov r2, #0
	mov r3, #0
	mov r4, #0
1:	cmp r0, r5			@ both are multiples of 32
	stmialo r0!, {r1-r4}
	stmialo r0!, {r1-r4}
	blo 1b
	bx lr
	.cfi_endproc
	.size clear_bss, . - clear_bss

	.type mmu_on, %function
mmu_on:
	.cfi_startproc
	ldr r0, =(PHYS_OFFSET + SWAPPER_OFFSET + TTBR_FLAGS)
	mcr p15, 0, r0, c2, c0, 0	@ TTBR0
	mov r0, #0
	mcr p15, 0, r0, c2, c0, 2	@ TTBCR: TTBR0 covers all
	mcr p15, 0, r0, c13, c0, 1	@ CONTEXTIDR
	mcr p15, 0, r0, c13, c0, 4	@ TPIDRPRW: per-CPU offset of the boot CPU
	mov r0, #1
	mcr p15, 0, r0, c3, c0, 0	@ DACR: domain 0 client, permissions are checked
	ldr r0, =vectors_start
	mcr p15, 0, r0, c12, c0, 0	@ VBAR
	mcr p15, 0, r0, c8, c7, 0	@ TLBIALL
	dsb
	isb
	mrc p15, 0, r0, c1, c0, 0
	ldr r1, =0x1805			@ I, Z, C, M
	orr r0, r0, r1
	ldr r1, =high
	mcr p15, 0, r0, c1, c0, 0
	isb
	bx r1
	.cfi_endproc
	.size mmu_on, . - mmu_on

	.type high, %function
high:
	.fnstart
	.cfi_startproc
	.cfi_undefined lr		@ nobody called: a backtrace ends here
	ldr r0, =(PAGE_OFFSET + SWAPPER_OFFSET + (PHYS_OFFSET >> 18))
	mov r1, #0
	str r1, [r0]			@ the identity map ends here
	dsb
	mcr p15, 0, r1, c8, c7, 0	@ TLBIALL
	mcr p15, 0, r1, c7, c5, 6	@ BPIALL
	dsb
	isb

	mode_stack 0x17, abt_stack_top
	mode_stack 0x1b, und_stack_top
	mode_stack 0x12, irq_stack_top
	mode_stack 0x11, fiq_stack_top
	mov r8, #0			@ this mode's own: vectors.S counts in them, its I6
	mov r9, #0
	mov r10, #0
	mode_stack 0x13, svc_stack_top
	cpsie a				@ an asynchronous abort is reported when it comes

	ldr r0, =boot_args
	stmia r0, {r9-r11}
	mov fp, #0
	bl start_kernel
1:	wfi
	b 1b
	.cfi_endproc
	.cantunwind
	.fnend
	.size high, . - high
	.ltorg
