/*
 * walk.c - the numbers, and what comes of each
 *
 * Read next: objects.c, pages.c, areas.c, windows.c, boot.c: the functions.
 */
#include <stdio.h>

#include "arch/arch.h"
#include "walk.h"

static void swallow(const struct bug_report *report __unused, const char *found __unused)
{
	selftest_excuse_bugs(1);
}

static char story[120];

/* One number: a success is given back, and is told when it cannot be one. */
static const char *walk_number(const struct walked *walked, unsigned long n)
{
	bool may = n ? n <= walked->max : walked->zero;
	void *what = walked->take(n);

	if (what && walked->give)
		walked->give(what);
	if (!what || may)
		return NULL;
	snprintf(story, sizeof(story), "%s(0x%lx) gives %p", walked->name, n, what);
	return story;
}

static const char *walk(const struct walked *walked)
{
	const unsigned long unit = walked->unit, max = walked->max, wraps = ~0ul / unit + 1;
	const unsigned long number[] = {
		0,
		1,
		max - 1,
		max,
		max + 1,
		1ul << 31,
		(1ul << 31) + 1,
		/* by a multiplication, where there is one: to 0, to one unit, to two */
		wraps,
		wraps + 1,
		wraps + 2,
		/* by rounding up to pages: to 0; with a guard page: to 0, and to one byte */
		0 - (PAGE_SIZE - 1),
		0 - PAGE_SIZE,
		0 - 2 * PAGE_SIZE + 1,
		~0ul - 1,
		~0ul,
	};
	const char *wrong = NULL;

	for (unsigned int i = 0; i < ARRAY_SIZE(number) && !wrong; i++)
		wrong = walk_number(walked, number[i]);
	return wrong;
}

const char *walk_all(const struct walked *table, unsigned int rows)
{
	bug_hook_t former = bug_set_hook(swallow);
	const char *wrong = NULL;

	for (unsigned int i = 0; i < rows && !wrong; i++)
		wrong = walk(&table[i]);
	bug_set_hook(former);
	return wrong;
}
