/*
 * bug_sites.h - who made which mistake how often: what bug() keeps for those who look
 */
#ifndef KERNEL_BUG_SITES_H
#define KERNEL_BUG_SITES_H

#include "kernel/ratelimit.h"

/* So many call sites are told apart; reports of any further ones count together. */
enum { BUG_SITES = 128 };

struct bug_site {
	unsigned long caller;
	const char *family, *what; /* NULL: the last, of all that found no place */
	unsigned long reports;	   /* since the site has its place; 0: unused */
	struct ratelimit limit;	   /* missed: not shown, and not told of yet */
};

/* The nth place, a used one or not; number BUG_SITES is all others'.  False behind it. */
bool bug_site_nth(unsigned int nth, struct bug_site *site);
/* Empties the table: each call site shows its next reports again. */
void bug_sites_forget(void);
/* Reports of sites that are no longer in the table: quiet for long, they made room; or forgotten. */
unsigned long bug_replaced_reports(void);

#endif /* KERNEL_BUG_SITES_H */
