/*
 * vmap.h - areas of virtual addresses: pages from anywhere made to look contiguous
 *
 *	VMALLOC_START                                                     VMALLOC_END
 *	|[ area | guard ][ area      | guard ]      hole      [ area | guard ]       |
 *	   |  |            |   |  |
 *	  pages           pages, of highmem first                 or a device's registers
 *
 *	void *table = vmalloc(100 * PAGE_SIZE);		pages of its own, mapped side by side
 *	void *view = vmap(pages, n, VM_MAP, PAGE_KERNEL_RO);	the caller's pages, seen again
 *	struct vm_struct *area = get_vm_area(size, VM_IOREMAP);	addresses only
 *
 * After every area lies a guard page that is never mapped: what runs over the end faults.  The
 * page tables of a TABLE_SPAN are made when its first page is mapped, and stay.
 *
 * Exhaustion, of addresses or of pages, returns NULL after a rate-limited report (none with
 * __GFP_NOWARN), with everything given back.  A caller's bug is named and refused with nothing
 * changed (BUG: vmap: …): freeing what is no area, an interior address, twice, or by the wrong
 * function; arguments that mean nothing; any call here from an interrupt.
 *
 * Which implementation keeps the areas is the build's choice (VMAP=).
 * Names and signatures are those of Linux 6.1 (include/linux/vmalloc.h, include/linux/mm.h); where
 * it has no such function, those of 2.6.15.
 * Context, unless it says otherwise: not in interrupts; takes vmlist_lock, so none of its holders.
 */
#ifndef MM_VMAP_H
#define MM_VMAP_H

#include "kernel/spinlock.h"
#include "mm/page/page.h"

/* What an area is for, in vm_struct.flags: exactly one of the first three. */
enum {
	VM_IOREMAP = 0x01,	 /* a device's registers */
	VM_ALLOC = 0x02,	 /* vmalloc(): its pages are its own */
	VM_MAP = 0x04,		 /* vmap(): its pages are the caller's */
	VM_USERMAP = 0x08,	 /* may be shown to a user: remap_vmalloc_range() */
	VM_VPAGES = 0x10,	 /* `pages` is itself an area: it is too long for a page */
	VM_UNINITIALIZED = 0x20, /* being made, or taken apart: nobody else's business */
	VM_MAP_PUT_PAGES =
		0x100,	      /* of vmap(): vfree() frees the pages, and the array by kvfree() */
	VM_MAPPED = 0x1000,   /* its pages are in the page tables */
	VM_POINTERS = 0x2000, /* another area's `pages`: the family's own, no free takes it */
	VM_KINDS = VM_IOREMAP | VM_ALLOC | VM_MAP,
	VM_OWN_FLAGS = VM_KINDS | VM_VPAGES | VM_UNINITIALIZED | VM_MAPPED |
		       VM_POINTERS, /* the family's to set */
};

/* An area for registers is aligned to its size's power of two, up to this one. */
enum { IOREMAP_MAX_ORDER = 24 };

/*
 * One area.  Locks: [V] vmlist_lock   [I] fixed once the area is made   [O] its owner's
 */
struct vm_struct {
	struct vm_struct *next; /* [V] the area above */
	struct vm_struct *prev; /* [V] the area below */
	void *addr;		/* [I] a multiple of PAGE_SIZE */
	unsigned long size;	/* [I] bytes, the guard page included until the area is removed */
	unsigned long flags;	/* [O] */
	struct page **pages;	/* [O] of VM_ALLOC and VM_MAP_PUT_PAGES: its pages, in order */
	unsigned int nr_pages;	/* [O] how many; of VM_MAP how many are mapped */
	paddr_t phys_addr;	/* [O] of VM_IOREMAP, its owner sets it */
	const void *caller;	/* [I] who asked: a return address */
};

/* The bytes of an area that may be mapped. */
static inline unsigned long get_vm_area_size(const struct vm_struct *area)
{
	return area->size - PAGE_SIZE;
}

/* Where areas may lie; VMALLOC_END is the port's.  Fixed after vmalloc_init(). */
extern vaddr_t vmalloc_start;
#define VMALLOC_START vmalloc_start
#define VMALLOC_TOTAL (VMALLOC_END - VMALLOC_START)

/* Does the address lie where areas are?  Mapped or not.  Context: any. */
static inline bool is_vmalloc_addr(const void *addr)
{
	return (vaddr_t)addr - VMALLOC_START < VMALLOC_TOTAL;
}

/* --- vmalloc: contiguous addresses with pages of their own ------------------------------------ */

/*
 * `size` bytes (rounded up to pages), page-aligned, readable and writable, never executable.
 * NULL when addresses or pages are used up.  size 0 is refused.
 */
void *vmalloc(unsigned long size) __must_check;
void *vzalloc(unsigned long size) __must_check; /* cleared */
/* Pages of that node (NUMA_NO_NODE: of any). */
void *vmalloc_node(unsigned long size, int node) __must_check;
void *vzalloc_node(unsigned long size, int node) __must_check;
/* Pages of lowmem, which every device reaches that can address 32 bits. */
void *vmalloc_32(unsigned long size) __must_check;
/* Cleared, and allowed to remap_vmalloc_range(). */
void *vmalloc_user(unsigned long size) __must_check;
/*
 * Readable, writable and executable, the only such memory there is: for code that is written at
 * run time.  Call arch_cache_sync_code() after writing it.  Linux: 2.6.15
 */
void *vmalloc_exec(unsigned long size) __must_check;

/*
 * The general forms.  gfp is as for alloc_pages(): pages are of highmem if there is any, unless it
 * says __GFP_DMA; __GFP_ZERO, __GFP_NOWARN and the reclaim bits are honoured.  align is a power of
 * two; caller is who shows in /proc/vmallocinfo.
 */
void *__vmalloc(unsigned long size, gfp_t gfp) __must_check;
void *__vmalloc_node(unsigned long size, unsigned long align, gfp_t gfp, int node,
		     const void *caller) __must_check;
/* In [start, end) of the window, mapped as prot says; vm_flags: VM_USERMAP or 0. */
void *__vmalloc_node_range(unsigned long size, unsigned long align, unsigned long start,
			   unsigned long end, gfp_t gfp, pgprot_t prot, unsigned long vm_flags,
			   int node, const void *caller) __must_check;

/*
 * Gives an area of vmalloc() and its relatives back, or one of vmap() with VM_MAP_PUT_PAGES.  NULL
 * is ignored.
 */
void vfree(const void *addr);

/*
 * Gives an area of get_vm_area(…, VM_ALLOC) pages of its own, and maps them; from then on it is one
 * of vmalloc().  gfp says which pages exactly: __GFP_HIGHMEM is not added.  The area's address;
 * NULL, with the area given back by vfree(), when pages are used up; NULL after a report, with
 * nothing changed, when the area is of another kind or has pages.  Linux: 2.6.15
 */
void *__vmalloc_area_node(struct vm_struct *area, gfp_t gfp, pgprot_t prot, int node);
void *__vmalloc_area(struct vm_struct *area, gfp_t gfp, pgprot_t prot);

/* vfree() when deallocate_pages says so, else vunmap().  Linux: 2.6.15 */
void __vunmap(const void *addr, int deallocate_pages);

/* --- vmap: the caller's pages at addresses of their own --------------------------------------- */

/*
 * Maps pages[0 .. count - 1] side by side.  The pages stay the caller's, and so does the array,
 * until vfree() when flags have VM_MAP_PUT_PAGES.  A page may appear more than once.  Any flags
 * are taken, as in Linux: it is a VM_MAP area whatever they say, aligned as one for registers with
 * VM_IOREMAP.  NULL when addresses are used up, or when count is more than the window has pages.
 * No view makes the image's read-only frames writable, or others executable (arch_may_alias()):
 * "forbidden alias".
 */
void *vmap(struct page **pages, unsigned int count, unsigned long flags,
	   pgprot_t prot) __must_check;
/* Ends a mapping of vmap(); its pages are not freed.  NULL is ignored. */
void vunmap(const void *addr);

/* --- areas of addresses: who maps them is their owner ----------------------------------------- */

/*
 * An unmapped area of `size` bytes (rounded up to pages) and a guard page; flags: one of VM_KINDS,
 * VM_USERMAP may be added.  VM_IOREMAP is aligned to the power of two that holds size, up to
 * 1 << IOREMAP_MAX_ORDER; others to a page.  NULL when there is none.  The structure is the
 * family's until the area is removed; it is then given to kfree().
 */
struct vm_struct *get_vm_area(unsigned long size, unsigned long flags);
struct vm_struct *get_vm_area_caller(unsigned long size, unsigned long flags, const void *caller);
/* The structure, of memory of that node; in [start, end) of the window.  Linux: 2.6.15 */
struct vm_struct *get_vm_area_node(unsigned long size, unsigned long flags, int node);
struct vm_struct *__get_vm_area_node(unsigned long size, unsigned long flags, unsigned long start,
				     unsigned long end, int node);
/* The same in [start, end) of the window.  Linux: 2.6.15 */
struct vm_struct *__get_vm_area(unsigned long size, unsigned long flags, unsigned long start,
				unsigned long end);
struct vm_struct *__get_vm_area_caller(unsigned long size, unsigned long flags, unsigned long start,
				       unsigned long end, const void *caller);

/*
 * Unmaps the area that begins at addr and takes it out; no CPU can reach what it mapped after
 * that.  The caller gets the structure, with `pages` as they were and `size` without the guard
 * page, for kfree().  NULL, and no report, when no area begins there.
 */
struct vm_struct *remove_vm_area(const void *addr);
/*
 * The same for who holds vmlist_lock, and so has interrupts off for all of it: that time does not
 * grow with the area.  Linux: 2.6.15
 */
struct vm_struct *__remove_vm_area(const void *addr);
/*
 * remove_vm_area() of an area of that kind (one of VM_KINDS) and no other, for the families that
 * make areas: the structure stays an allocator's own, for kfree_own().  NULL after a report
 * `BUG: FAMILY: …` that says what addr is instead and how that is freed; caller: _RET_IP_.
 */
struct vm_struct *take_vm_area(const void *addr, unsigned long kind, const char *family,
			       unsigned long caller);

/* The area that holds addr, its guard page included, or NULL.  It stays until its owner frees it. */
struct vm_struct *find_vm_area(const void *addr);

/*
 * Maps pages one after another from the area's start until it is full, and moves *pages behind the
 * last one used.  0; -ENOMEM (no page for a table; nothing is mapped then); after a report -EBUSY
 * when it is mapped already, -EINVAL when the pages may not be shown so (see vmap()).
 * Linux: 2.6.15
 */
int map_vm_area(struct vm_struct *area, pgprot_t prot, struct page ***pages);
/* Unmaps all of it; the area stays.  Linux: 2.6.15 */
void unmap_vm_area(struct vm_struct *area);
/*
 * Maps [addr, end), of an area of the caller's, to physical addresses from phys on: of a device, or
 * of RAM.  All are multiples of PAGE_SIZE.  0; -ENOMEM (nothing is mapped then); after a report
 * -EINVAL when the range is no such, ends past the last physical address, or may not be shown so
 * (see vmap()), -EBUSY when it is mapped already.
 */
int ioremap_page_range(unsigned long addr, unsigned long end, paddr_t phys, pgprot_t prot);

/* What guards the areas; interrupts are off while it is held.  Linux: 2.6.15 */
extern spinlock_t vmlist_lock;

/* --- from addresses to pages ------------------------------------------------------------------ */

/* The page that is mapped at an address of the window; NULL: none, or no RAM.  Context: any. */
struct page *vmalloc_to_page(const void *addr);
/* Its frame; 0 when nothing is mapped. */
pfn_t vmalloc_to_pfn(const void *addr);

/* A range of a user's addresses, as far as this family cares. */
struct vm_area_struct {
	unsigned long vm_start, vm_end;
};

/*
 * Shows the area at addr (as vmalloc_user() makes them), from page pgoff on, to a user in all of
 * vma.  This kernel has no user space: a range that Linux would map is -ENOSYS, one that it
 * refuses is -EINVAL: vma empty or not of whole pages, addr not a page's, no area, not VM_USERMAP,
 * or vma longer than what the area has from pgoff on.
 */
int remap_vmalloc_range(struct vm_area_struct *vma, void *addr, unsigned long pgoff);

/* --- kvmalloc: kmalloc when that is easy, else vmalloc ---------------------------------------- */

/*
 * At least `size` bytes, by kmalloc() when it has them without effort; else, for more than a page
 * and unless gfp says NOWAIT or ATOMIC, by vmalloc().  NULL when neither has.  kvfree() frees both.
 * Context: with a gfp that does not wait, any.
 */
void *kvmalloc_node(size_t size, gfp_t gfp, int node) __must_check;
void *kvmalloc(size_t size, gfp_t gfp) __must_check;
void *kvzalloc_node(size_t size, gfp_t gfp, int node) __must_check;
void *kvzalloc(size_t size, gfp_t gfp) __must_check;
/* n elements; NULL when n * size is more than a size_t can say. */
void *kvmalloc_array(size_t n, size_t size, gfp_t gfp) __must_check;
void *kvcalloc(size_t n, size_t size, gfp_t gfp) __must_check;
void kvfree(const void *addr);

/* --- the family ------------------------------------------------------------------------------- */

/* What keeps the areas: VMAP's choice. */
extern const char vmap_name[];

/* Brings the family up.  Context: boot, after kmem_cache_init(). */
void vmalloc_init(void);

/* How many areas there are; the pages that vmalloc() holds; the table pages that were made. */
unsigned long nr_vm_areas(void);
unsigned long nr_vmalloc_pages(void);
unsigned long nr_vmalloc_tables(void);

/* The `vmap` checker (kernel/check/check.h). */
bool vmap_check(void);

#endif /* MM_VMAP_H */
