/*
 * layout.h - where things are in the host process: the machine's addresses, moved to where nobody else is
 *
 * Physical                                Virtual, from PAGE_OFFSET
 *	60000000  RAM, up to 1 GiB         -80000000  handles of per-CPU objects: never mapped
 *	                                    -1000000  modules
 *	                                    - 200000  pkmap, 512 slots
 *	                                           0  RAM, 1:1, up to high_memory
 *	                                              vmalloc, up to VMALLOC_END
 *	                                    3fc00000  fixmap
 *
 * RAM begins at 60000000 unless --base says otherwise.
 * The distances are the ARM port's, so that a machine of the same size has the same zones, the same
 * lowmem and the same window.  The base is one that neither the host nor a sanitizer's shadow uses.  In
 * 32 bits the program lies below it, the handles from 10000000 on, the host's libraries above it; between
 * them is just the room for a view of all RAM (mmu.c), and no address of the window has 31 zeroes.
 */
#ifndef ARCH_USER_LAYOUT_H
#define ARCH_USER_LAYOUT_H

#define UL(x) x##ul

#define PAGE_SHIFT 12
#define PAGE_SIZE  (UL(1) << PAGE_SHIFT)
#define PAGE_MASK  (~(PAGE_SIZE - 1))

/* A page of entries, of eight bytes each. */
#define TABLE_SPAN (PAGE_SIZE / 8 * PAGE_SIZE)

#define NR_CPUS	       4
#define L1_CACHE_BYTES 64

/* RAM begins where it was asked for (options.c). */
extern unsigned long user_phys_offset;
#define PHYS_OFFSET_USUAL UL(0x60000000)
#define PHYS_OFFSET	  user_phys_offset
#define RAM_WINDOW_END	  (PHYS_OFFSET + UL(0x40000000))

#if __SIZEOF_POINTER__ == 8
#define PAGE_OFFSET	   UL(0x7e9000000000)
#define MODULES_VADDR_TEXT "7e8fff000000"
#define PERCPU_START	   (PAGE_OFFSET - UL(0x80000000))
#else
#define PAGE_OFFSET	   UL(0x91000000)
#define MODULES_VADDR_TEXT "90000000"
#define PERCPU_START	   (PAGE_OFFSET - UL(0x81000000))
#endif

#define MODULES_VADDR (PAGE_OFFSET - UL(0x1000000))
#define MODULES_END   (PAGE_OFFSET - UL(0x200000))
#define PKMAP_BASE    MODULES_END
#define PKMAP_END     PAGE_OFFSET
#define VMALLOC_END   (PAGE_OFFSET + UL(0x3f800000))
#define VMALLOC_GAP   UL(0x800000) /* unmapped, between lowmem and VMALLOC_START */
#define FIXADDR_START (PAGE_OFFSET + UL(0x3fc00000))
#define FIXADDR_END   (PAGE_OFFSET + UL(0x3fe00000))

#define PERCPU_END (PERCPU_START + UL(0x40000000))

/* All that the tables can map; outside lowmem every page of it is a miss at first. */
#define USER_WINDOW_START MODULES_VADDR
#define USER_WINDOW_END	  (PAGE_OFFSET + UL(0x40000000))

#endif /* ARCH_USER_LAYOUT_H */
