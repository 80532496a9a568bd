/*
 * zone_model.c - what becomes of sixteen pages: the rules of zone_model.h, one by one
 *
 * Nothing here is quick, and nothing is shared with mm/page but the names of gfp's bits.
 *
 * Locking: none; a model is its caller's.
 * Read next: zone.c.
 */
#include <string.h>

#include "zone_model.h"

/* --- lists ------------------------------------------------------------------------------------ */

static void push_newest(struct page_list *list, unsigned int page)
{
	memmove(list->at + 1, list->at, list->n++);
	list->at[0] = (u8)page;
}

static void push_oldest(struct page_list *list, unsigned int page)
{
	list->at[list->n++] = (u8)page;
}

/* False when it was not there. */
static bool remove_page(struct page_list *list, unsigned int page)
{
	for (unsigned int i = 0; i < list->n; i++) {
		if (list->at[i] == page) {
			memmove(list->at + i, list->at + i + 1, --list->n - i);
			list->at[list->n] = 0; /* so that equal lists are equal bytes */
			return true;
		}
	}
	return false;
}

static unsigned int pop_newest(struct page_list *list)
{
	unsigned int page = list->at[0];

	remove_page(list, page);
	return page;
}

/* --- blocks ----------------------------------------------------------------------------------- */

/* B1 */
static int take_block(struct model *m, unsigned int order)
{
	unsigned int size = order, page;

	while (size <= MODEL_ORDER && !m->free[size].n)
		size++;
	if (size > MODEL_ORDER)
		return NO_PAGE;
	page = pop_newest(&m->free[size]);
	while (size-- > order)
		push_newest(&m->free[size], page + (1u << size));
	return (int)page;
}

/* B2 */
static void give_block(struct model *m, unsigned int page, unsigned int order)
{
	for (; order < MODEL_ORDER; order++) {
		unsigned int pages = 1u << order, whole = page / (2 * pages) * (2 * pages);
		unsigned int buddy = page == whole ? whole + pages : whole;

		if (!remove_page(&m->free[order], buddy))
			break;
		page = whole;
	}
	push_newest(&m->free[order], page);
}

unsigned int model_free_pages(const struct model *m)
{
	unsigned int pages = 0;

	for (unsigned int order = 0; order <= MODEL_ORDER; order++)
		pages += m->free[order].n * (1u << order);
	return pages;
}

/* --- what the CPU keeps ----------------------------------------------------------------------- */

/* Half as many cold pages are moved at once, rounded up. */
static unsigned int batch_of(const struct geometry *g, int t)
{
	return t == HOT ? g->batch : (g->batch + 1) / 2;
}

/* The list has been counted. */
static void counted(struct model *m, const struct geometry *g, int t)
{
	m->may_take[t] = m->kept[t].n;
	m->may_give[t] = (u8)(g->high[t] - m->kept[t].n);
}

/* Above the low watermark a batch; else one page, for who has none. */
static void fetch(struct model *m, const struct geometry *g, int t)
{
	unsigned int free = model_free_pages(m), want = m->kept[t].n == 0;
	int page;

	if (free > g->low)
		want = free - g->low;
	for (want = min(want, batch_of(g, t)); want; want--) {
		page = take_block(m, 0);
		if (page == NO_PAGE)
			break;
		push_oldest(&m->kept[t], (unsigned int)page);
	}
}

static void give_oldest(struct model *m, const struct geometry *g, int t)
{
	for (unsigned int most = batch_of(g, t); most && m->kept[t].n; most--) {
		unsigned int page = m->kept[t].at[m->kept[t].n - 1];

		remove_page(&m->kept[t], page);
		give_block(m, page, 0);
	}
}

/* K1, K2 */
static int take_single(struct model *m, const struct geometry *g, int t)
{
	int page = NO_PAGE;

	if (m->kept[t].n <= batch_of(g, t) / 2)
		fetch(m, g, t);
	if (!m->kept[t].n) {
		counted(m, g, t);
		t = t == HOT ? COLD : HOT;
	}
	if (m->kept[t].n)
		page = (int)pop_newest(&m->kept[t]);
	counted(m, g, t);
	return page;
}

static void give_single(struct model *m, const struct geometry *g, unsigned int page, int t)
{
	push_newest(&m->kept[t], page);
	if (t == HOT && g->allowances && m->may_give[HOT]) {
		m->may_give[HOT]--;
		return;
	}
	if (m->kept[t].n + batch_of(g, t) > g->high[t])
		give_oldest(m, g, t);
	counted(m, g, t);
}

void model_drain(struct model *m, const struct geometry *g)
{
	for (int t = HOT; t <= COLD; t++) {
		if (!m->kept[t].n)
			continue; /* nobody counts it */
		while (m->kept[t].n)
			give_oldest(m, g, t);
		counted(m, g, t);
	}
}

/* --- requests --------------------------------------------------------------------------------- */

/* W1: is there a block, and would so many pages stay? */
static bool leaves(const struct model *m, unsigned int order, unsigned int mark)
{
	bool any = false;

	for (unsigned int size = order; size <= MODEL_ORDER; size++)
		any |= m->free[size].n > 0;
	return any && model_free_pages(m) >= mark + (1u << order);
}

/* Urgent ones go to a half of min, and to three quarters of what that leaves. */
static unsigned int least_mark(const struct geometry *g, gfp_t gfp)
{
	unsigned int mark = g->min;

	if (gfp & __GFP_HIGH)
		mark -= mark / 2;
	if (gfp & __GFP_ATOMIC)
		mark -= mark / 4;
	return mark;
}

/* Who may wait has the CPU's pages given back first, once. */
static bool may_have(struct model *m, const struct geometry *g, gfp_t gfp, unsigned int order)
{
	if (leaves(m, order, g->low) || leaves(m, order, least_mark(g, gfp)))
		return true;
	if ((gfp & __GFP_DIRECT_RECLAIM) && m->kept[HOT].n + m->kept[COLD].n) {
		model_drain(m, g);
		if (leaves(m, order, least_mark(g, gfp)))
			return true;
	}
	return gfp & __GFP_MEMALLOC;
}

static int hold(struct model *m, int page, unsigned int order)
{
	if (page != NO_PAGE)
		m->held[page] = (u8)(order + 1);
	return page;
}

int model_alloc(struct model *m, const struct geometry *g, gfp_t gfp, unsigned int order)
{
	int t = gfp & __GFP_COLD ? COLD : HOT;

	if (order == 0 && t == HOT && g->allowances && m->may_take[HOT]) {
		m->may_take[HOT]--;
		return hold(m, (int)pop_newest(&m->kept[HOT]), 0);
	}
	if (!may_have(m, g, gfp, order))
		return NO_PAGE;
	return hold(m, order ? take_block(m, order) : take_single(m, g, t), order);
}

/* What the CPU may hand out uncounted; or else a block of one page, from the buddy where it may go to low. */
int model_alloc_alone(struct model *m, const struct geometry *g, gfp_t gfp)
{
	if (g->allowances && !m->may_take[HOT] && leaves(m, 0, g->low))
		return hold(m, take_block(m, 0), 0);
	return model_alloc(m, g, gfp, 0);
}

void model_free(struct model *m, const struct geometry *g, unsigned int page)
{
	unsigned int order = m->held[page] - 1u;

	m->held[page] = 0;
	if (order)
		give_block(m, page, order);
	else
		give_single(m, g, page, HOT);
}

void model_free_cold(struct model *m, const struct geometry *g, unsigned int page)
{
	m->held[page] = 0;
	give_single(m, g, page, COLD);
}

void model_halve(struct model *m, unsigned int page)
{
	unsigned int order = m->held[page] - 2u;

	m->held[page] = m->held[page + (1u << order)] = (u8)(order + 1);
}

void model_begin(struct model *m, const struct geometry *g)
{
	memset(m, 0, sizeof(*m));
	m->free[MODEL_ORDER].n = 1;
	counted(m, g, HOT);
	counted(m, g, COLD);
}
