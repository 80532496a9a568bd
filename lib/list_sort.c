/*
 * list_sort.c - a stable merge sort for lists, without recursion and without memory of its own
 *
 * Entries are taken off the list one by one, and sorted runs of 1, 2, 4, … entries are kept the
 * way a binary counter keeps its bits:
 *
 *	taken   runs[2] runs[1] runs[0]        adding one entry is adding 1: two runs of the same
 *	  1        -       -       a           size merge and carry into the next place, so every
 *	  2        -      ab       -           merge is between equals, and n entries cost about
 *	  3        -      ab       c           n log2 n comparisons.
 *	  4      abcd      -       -
 *
 * Invariants
 *   S1  runs[i] is NULL or a sorted run of exactly 2^i entries, linked by `next`, ending in NULL.
 *   S2  Entries of runs[i] came before all entries of runs[j] when i > j; the merge takes from
 *       the earlier run on equality.  Together: equal entries keep their order.
 *
 * `prev` is not kept while sorting, and is set again in one last walk.
 *
 * Locking  The caller's.  Context  Any; BITS_PER_LONG pointers of stack, which is enough for any
 * list that fits into memory.
 * Source: D. Knuth, The Art of Computer Programming 3, 5.2.4 (list merge sort); the use of a
 * counter is that of SGI's STL list::sort.
 */
#include "lib/list.h"

/* Merges two runs; `early` wins on equality (S2). */
static struct list_head *merge(void *priv, list_cmp_func_t cmp, struct list_head *early,
			       struct list_head *late)
{
	struct list_head *merged = NULL, **end = &merged, **from;

	while (early && late) {
		from = cmp(priv, early, late) > 0 ? &late : &early;
		*end = *from;
		end = &(*end)->next;
		*from = *end;
	}
	*end = early ? early : late;
	return merged;
}

/* Adds a run of one entry to the counter (keeps S1). */
static void count_up(void *priv, list_cmp_func_t cmp, struct list_head **runs,
		     struct list_head *run)
{
	unsigned int i;

	for (i = 0; runs[i]; i++) {
		run = merge(priv, cmp, runs[i], run);
		runs[i] = NULL;
	}
	runs[i] = run;
}

/* Puts a run back under head and sets the back links. */
static void relink(struct list_head *head, struct list_head *run)
{
	struct list_head *last = head, *next;

	for (; run; run = next) {
		next = run->next;
		__list_join(last, run);
		last = run;
	}
	__list_join(last, head);
}

void list_sort(void *priv, struct list_head *head, list_cmp_func_t cmp)
{
	struct list_head *runs[BITS_PER_LONG] = { NULL }, *all = NULL, *entry, *next;

	if (list_empty(head) || list_is_singular(head))
		return;
	for (entry = head->next; entry != head; entry = next) {
		next = entry->next;
		entry->next = NULL;
		count_up(priv, cmp, runs, entry);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(runs); i++)
		all = merge(priv, cmp, runs[i], all);
	relink(head, all);
}
