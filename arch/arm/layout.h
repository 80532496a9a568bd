/*
 * layout.h - where things are on this machine and in its address space, for C, assembly and the linker script
 *
 * Physical                                   Virtual
 *	10000000  board's devices             bf000000  modules
 *	1e000000  A9 private peripherals      bfe00000  pkmap, 512 slots
 *	48000000  SRAM                        c0000000  RAM, 1:1, up to high_memory
 *	60000000  RAM, up to 1 GiB                      vmalloc, up to VMALLOC_END
 *	                                      ffc80000  fixmap
 *
 * The fixmap's first pages are the devices that must be reachable before anything can be mapped.
 */
#ifndef ARCH_ARM_LAYOUT_H
#define ARCH_ARM_LAYOUT_H

/* Addresses are unsigned long in C; the assembler and the linker take no suffix. */
#ifdef __ASSEMBLY__
#define UL(x) x
#else
#define UL(x) x##ul
#endif

#define PAGE_SHIFT 12
#define PAGE_SIZE  (UL(1) << PAGE_SHIFT)
#define PAGE_MASK  (~(PAGE_SIZE - 1))

#define SECTION_SHIFT 20
#define SECTION_SIZE  (UL(1) << SECTION_SHIFT)

/* A page of second-level tables holds four of 256 entries: 4 MiB. */
#define TABLE_SPAN UL(0x400000)

#define NR_CPUS	       4
#define L1_CACHE_BYTES 32

/* Nothing is ever mapped there: handles of per-CPU objects (mm/percpu) are such addresses. */
#define PERCPU_START UL(0x40000000)
#define PERCPU_END   UL(0x80000000)

#define PHYS_OFFSET    UL(0x60000000)
#define RAM_WINDOW_END UL(0xa0000000) /* QEMU's vexpress-a9 has at most 1 GiB */
#define PAGE_OFFSET    UL(0xc0000000)

#define SWAPPER_OFFSET UL(0x4000)  /* the first-level table, from PHYS_OFFSET and PAGE_OFFSET */
#define IMAGE_OFFSET   UL(0x10000) /* the image */

#define MODULES_VADDR_TEXT "bf000000"
#define MODULES_VADDR	   UL(0xbf000000)
#define MODULES_END	   UL(0xbfe00000)
#define PKMAP_BASE	   UL(0xbfe00000)
#define PKMAP_END	   UL(0xc0000000)
#define VMALLOC_END	   UL(0xff800000)
#define VMALLOC_GAP	   UL(0x800000) /* unmapped, between lowmem and VMALLOC_START */
#define FIXADDR_START	   UL(0xffc80000)
#define FIXADDR_END	   UL(0xfff00000)

/* MiB of RAM that head.S maps: the least there is. */
#define BOOT_SECTIONS 16

/* Fixed slots of devices: mapped by arch_map_devices() before anything else. */
#define FIX_UART_VA   UL(0xffc80000)
#define FIX_SYSREG_VA UL(0xffc81000)
#define FIX_PERIPH_VA UL(0xffc82000) /* SCU, GIC CPU interface, global and private timer */
#define FIX_GICD_VA   UL(0xffc83000)

#define UART0_PHYS  UL(0x10009000)
#define SYSREG_PHYS UL(0x10000000)
#define PERIPH_PHYS UL(0x1e000000)
#define GICD_PHYS   UL(0x1e001000)

/* Stacks, each with an unmapped page on both sides; they lie in the image (linker.ld). */
#define SVC_STACK_SIZE UL(0x4000)
#define EXC_STACK_SIZE UL(0x2000) /* abort, undefined, IRQ, FIQ: each its own */

#endif /* ARCH_ARM_LAYOUT_H */
