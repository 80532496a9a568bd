/*
 * layout.h - where things are on this machine and in its address space, for C, assembly and the linker script
 *
 * Physical                                   Virtual
 *	10000000  board's devices             bf000000  modules
 *	1e000000  A9 private peripherals      bfe00000  pkmap, 512 slots
 *	48000000  SRAM                        c0000000  RAM, 1:1, up to LOWMEM_END
 *	60000000  RAM, up to 1 GiB                      vmalloc, up to VMALLOC_END
 *	                                      ffc80000  fixmap
 *	                                      ffff0000  vectors
 *
 * The fixmap's first pages are the devices that must be reachable before anything can be mapped.
 */
#ifndef ARCH_ARM_LAYOUT_H
#define ARCH_ARM_LAYOUT_H

#define PAGE_SHIFT 12
#define PAGE_SIZE  (1 << PAGE_SHIFT)
#define PAGE_MASK  (~(PAGE_SIZE - 1))

#define SECTION_SHIFT 20
#define SECTION_SIZE  (1 << SECTION_SHIFT)

/* A page of second-level tables holds four of 256 entries: 4 MiB. */
#define TABLE_SPAN 0x400000

#define NR_CPUS 4

#define PHYS_OFFSET    0x60000000
#define RAM_WINDOW_END 0xa0000000 /* QEMU's vexpress-a9 has at most 1 GiB */
#define PAGE_OFFSET    0xc0000000

#define SWAPPER_OFFSET 0x4000  /* the first-level table, from PHYS_OFFSET and PAGE_OFFSET */
#define IMAGE_OFFSET   0x10000 /* the image */

#define MODULES_VADDR 0xbf000000
#define MODULES_END   0xbfe00000
#define PKMAP_BASE    0xbfe00000
#define PKMAP_END     0xc0000000
#define VMALLOC_END   0xff800000
#define VMALLOC_GAP   0x800000 /* unmapped, between lowmem and VMALLOC_START */
#define FIXADDR_START 0xffc80000
#define FIXADDR_END   0xfff00000
#define VECTORS_BASE  0xffff0000

/* Fixed slots of devices: mapped by fixmap_early_init() before anything else. */
#define FIX_UART_VA   0xffc80000
#define FIX_SYSREG_VA 0xffc81000
#define FIX_PERIPH_VA 0xffc82000 /* SCU, GIC CPU interface, global and private timer */
#define FIX_GICD_VA   0xffc83000

#define UART0_PHYS  0x10009000
#define SYSREG_PHYS 0x10000000
#define PERIPH_PHYS 0x1e000000
#define GICD_PHYS   0x1e001000

/* Stacks, each with an unmapped page on both sides; they lie in the image (linker.ld). */
#define SVC_STACK_SIZE 0x4000
#define EXC_STACK_SIZE 0x2000 /* abort, undefined, IRQ, FIQ: each its own */

#endif /* ARCH_ARM_LAYOUT_H */
