/*
 * gfp.h - what an allocation may do and where its pages may come from
 *
 *	bit 0 DMA, bit 1 HIGHMEM      the highest zone it may use; neither: NORMAL
 *	the others                    how hard to try, and what to do with the pages
 *
 * Names as in Linux 6.1 (include/linux/gfp_types.h), and __GFP_COLD of 2.6.
 */
#ifndef MM_PAGE_GFP_H
#define MM_PAGE_GFP_H

typedef unsigned int gfp_t;

enum {
	__GFP_DMA = 0x01,
	__GFP_HIGHMEM = 0x02,
	GFP_ZONEMASK = 0x03,
	__GFP_HIGH = 0x20,	      /* may use part of the reserve below the min watermark */
	__GFP_ZERO = 0x100,	      /* the pages are cleared */
	__GFP_ATOMIC = 0x200,	      /* cannot wait; may use more of the reserve */
	__GFP_DIRECT_RECLAIM = 0x400, /* may reclaim before failing */
	__GFP_KSWAPD_RECLAIM = 0x800,
	__GFP_COLD = 0x1000,   /* the caller will not touch the page soon */
	__GFP_NOWARN = 0x2000, /* no report when there is none */
	__GFP_RETRY_MAYFAIL = 0x4000,
	__GFP_NOFAIL = 0x8000,
	__GFP_NORETRY = 0x10000,
	__GFP_MEMALLOC = 0x20000,  /* may use all of the reserve */
	__GFP_THISNODE = 0x200000, /* no other node */
	__GFP_COMP = 0x40000,	   /* a compound page: one thing, freed as one; not of order 0 */
	__GFP_RECLAIM = __GFP_DIRECT_RECLAIM | __GFP_KSWAPD_RECLAIM,
};

enum {
	GFP_ATOMIC = __GFP_HIGH | __GFP_ATOMIC | __GFP_KSWAPD_RECLAIM,
	GFP_NOWAIT = __GFP_KSWAPD_RECLAIM,
	GFP_KERNEL = __GFP_RECLAIM,
	GFP_USER = __GFP_RECLAIM,
	GFP_DMA = __GFP_DMA,
	GFP_HIGHUSER = GFP_USER | __GFP_HIGHMEM,
};

#endif /* MM_PAGE_GFP_H */
