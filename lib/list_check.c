/*
 * list_check.c - finds what is wrong with a list, and refuses to make it worse
 *
 * Two uses.  list_fault() and hlist_fault() walk a whole list, for tests, the shell and gdb
 * (`call list_fault(&some_list, 0)`).  __list_add_valid() and __list_del_entry_valid() look at
 * the neighbours of one change, and list.h asks them before every change in debug builds.
 *
 * Why the walks end, even on links that form a loop past the head: an entry has one back link, so
 * it passes the test when reached from one predecessor only.  The first entry that a loop reaches
 * for the second time is reached from another one (the head would end the walk), and fails.  It is
 * looked for among those that were passed, so that a loop is told as what it is.
 * A link to unmapped memory faults; nothing here can tell it from a good one.
 *
 * Locking  The caller's.  Context  Any.
 */
#include "lib/list.h"

static bool poisoned(const void *link)
{
	return link == LIST_POISON1 || link == LIST_POISON2;
}

/* --- whole lists ------------------------------------------------------------------------------ */

static const char cyclic[] = "the list is cyclic: next is an entry that was passed before";

/* Has a walk that came to entry, over sound links, passed what its next leads to? */
static bool leads_back(const struct list_head *head, const struct list_head *entry)
{
	const struct list_head *passed = head;

	while (passed != entry) {
		passed = passed->next;
		if (passed == entry->next)
			return true;
	}
	return false;
}

/* What is wrong with the step from entry to its next, or NULL (I1, I2). */
static const char *list_step_fault(const struct list_head *head, const struct list_head *entry)
{
	if (!entry->next)
		return "next is NULL";
	if (poisoned(entry->next))
		return "next is poison: the entry was removed";
	if (entry->next->prev == entry)
		return NULL;
	return leads_back(head, entry) ? cyclic : "next's prev is another entry";
}

const char *list_fault(const struct list_head *head, const struct list_head **at)
{
	const struct list_head *entry = head;
	const char *fault;

	do {
		fault = list_step_fault(head, entry);
		if (fault) {
			if (at)
				*at = entry;
			return fault;
		}
		entry = entry->next;
	} while (entry != head);
	return NULL;
}

bool list_check(const struct list_head *head)
{
	return !list_fault(head, NULL);
}

/* The same for the pointer at `from`. */
static bool hlist_leads_back(const struct hlist_head *head, struct hlist_node *const *from)
{
	struct hlist_node *const *passed = &head->first;

	for (; passed != from; passed = &(*passed)->next)
		if (*passed == *from)
			return true;
	return false;
}

/* What is wrong with the step over the pointer at `from`, which is not the end, or NULL (H1, H2). */
static const char *hlist_step_fault(const struct hlist_head *head, struct hlist_node *const *from)
{
	if (poisoned(*from))
		return "next is poison: the entry was removed";
	if ((*from)->pprev == from)
		return NULL;
	return hlist_leads_back(head, from) ? cyclic : "next's pprev is another link";
}

const char *hlist_fault(const struct hlist_head *head, const struct hlist_node **at)
{
	struct hlist_node *const *from;
	const struct hlist_node *entry = NULL;
	const char *fault;

	for (from = &head->first; *from; from = &entry->next) {
		fault = hlist_step_fault(head, from);
		if (fault) {
			if (at)
				*at = entry;
			return fault;
		}
		entry = *from;
	}
	return NULL;
}

bool hlist_check(const struct hlist_head *head)
{
	return !hlist_fault(head, NULL);
}

/* --- one change ------------------------------------------------------------------------------- */

/* Reports one wrong link; returns false, the verdict. */
static bool refuse(const char *what, const struct list_head *object, const char *expected,
		   const struct list_head *found, unsigned long caller)
{
	bug(&(struct bug_report){ .family = "list",
				  .what = what,
				  .object = object,
				  .expected = expected,
				  .caller = caller },
	    "%p", (const void *)found);
	return false;
}

bool __list_add_valid(struct list_head *new, struct list_head *prev, struct list_head *next)
{
	if (!prev || !next || poisoned(prev) || poisoned(next))
		return refuse("add beside a removed entry", new, "neighbours on a list",
			      !prev || poisoned(prev) ? prev : next, _RET_IP_);
	if (next->prev != prev)
		return refuse("corrupt list", next, "prev that leads back", next->prev, _RET_IP_);
	if (prev->next != next)
		return refuse("corrupt list", prev, "next that leads on", prev->next, _RET_IP_);
	if (new == prev || new == next)
		return refuse("added twice", new, "an entry on no list", new, _RET_IP_);
	return true;
}

bool __list_del_entry_valid(struct list_head *entry)
{
	struct list_head *prev = entry->prev, *next = entry->next;

	if (!prev || !next || poisoned(prev) || poisoned(next))
		return refuse("removed twice", entry, "an entry on a list", next, _RET_IP_);
	if (prev->next != entry)
		return refuse("corrupt list", prev, "next that leads on", prev->next, _RET_IP_);
	if (next->prev != entry)
		return refuse("corrupt list", next, "prev that leads back", next->prev, _RET_IP_);
	return true;
}
