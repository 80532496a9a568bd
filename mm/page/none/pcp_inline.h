/*
 * pcp_inline.h - PCP=none: no page is kept, so none can be taken or kept at once
 *
 * Read next: mm/page/pcp.h.
 */
#ifndef PCP_INLINE_H
#define PCP_INLINE_H

#include "mm/page/page.h"

static __always_inline bool pcp_pop_hot(gfp_t gfp __unused, struct page **page __unused)
{
	return false;
}

static __always_inline bool pcp_push_hot(struct page *page __unused, u32 flags __unused)
{
	return false;
}

#endif /* PCP_INLINE_H */
