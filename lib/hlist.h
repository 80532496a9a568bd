/*
 * hlist.h - a list whose head is a single pointer: half the memory for a table of many heads
 *
 *	head          a              b
 *	first ------> next --------> next ---> NULL
 *	  ^---------- pprev   ^----- pprev
 *	                      |
 *	                (&a.next)
 *
 * pprev is not the entry before but the address of the pointer that leads here, which is the
 * head's `first` or some entry's `next`.  So an entry is removed without knowing its head and
 * without asking whether it is the first; what is given up is the way to the end, and backwards.
 *
 * Invariants (hlist_check() verifies all)
 *   H1  No link is poison; only the last `next` and an empty head's `first` are NULL.
 *   H2  *entry->pprev == entry for every entry on a list.
 *   H3  pprev == NULL means: on no list.
 *
 * Life of an entry
 *   INIT_HLIST_NODE --hlist_add_…--> on a list --hlist_del--> poisoned
 *                                              --hlist_del_init--> unhashed (H3)
 *
 * Poison, locking and context are as in list.h, which includes this file.
 * Names and semantics are Linux 6.1's (include/linux/list.h).
 */
#ifndef LIB_HLIST_H
#define LIB_HLIST_H

#include "lib/compiler.h"
#include "lib/poison.h"

struct hlist_node {
	struct hlist_node *next;
	struct hlist_node **pprev;
};

struct hlist_head {
	struct hlist_node *first;
};

/* clang-format off */
#define HLIST_HEAD_INIT { .first = NULL }
/* clang-format on */

/* Defines an empty list. */
#define HLIST_HEAD(name) struct hlist_head name = HLIST_HEAD_INIT

#define INIT_HLIST_HEAD(head) ((head)->first = NULL)

static inline void INIT_HLIST_NODE(struct hlist_node *node)
{
	node->next = NULL;
	node->pprev = NULL;
}

/* --- checks ----------------------------------------------------------------------------------- */

/* Is everything reachable from head sound (H1, H2)?  O(n), and ends on any wrong list too. */
bool hlist_check(const struct hlist_head *head);
/* The same, and says what is wrong: see list_fault(); *at is NULL when the head's link is. */
const char *hlist_fault(const struct hlist_head *head, const struct hlist_node **at);

/* --- questions -------------------------------------------------------------------------------- */

/* Is node on no list?  Not to be asked of one that hlist_del() removed: that one is poisoned. */
static inline int hlist_unhashed(const struct hlist_node *node)
{
	return node->pprev == NULL;
}

/* For asking without the lock; the answer is about a moment that has passed. */
static inline int hlist_unhashed_lockless(const struct hlist_node *node)
{
	return READ_ONCE(node->pprev) == NULL;
}

static inline int hlist_empty(const struct hlist_head *head)
{
	return READ_ONCE(head->first) == NULL;
}

/* Is node, known to be on head's list, alone there?  Does not read the head's cache line. */
static inline bool hlist_is_singular_node(struct hlist_node *node, struct hlist_head *head)
{
	return node->pprev == &head->first && node->next == NULL;
}

/* --- adding and removing ---------------------------------------------------------------------- */

/* Makes the pointer at `from` lead to node, which is not NULL. */
static inline void __hlist_join(struct hlist_node **from, struct hlist_node *node)
{
	WRITE_ONCE(node->pprev, from);
	WRITE_ONCE(*from, node);
}

/* Makes the pointer at `from` lead to node, or be the list's end when that is NULL. */
static inline void __hlist_join_or_end(struct hlist_node **from, struct hlist_node *node)
{
	WRITE_ONCE(*from, node);
	if (node)
		WRITE_ONCE(node->pprev, from);
}

static inline void hlist_add_head(struct hlist_node *node, struct hlist_head *head)
{
	__hlist_join_or_end(&node->next, head->first);
	__hlist_join(&head->first, node);
}

/* next is on a list. */
static inline void hlist_add_before(struct hlist_node *node, struct hlist_node *next)
{
	struct hlist_node **from = next->pprev;

	__hlist_join(&node->next, next);
	__hlist_join(from, node);
}

/* prev is on a list. */
static inline void hlist_add_behind(struct hlist_node *node, struct hlist_node *prev)
{
	__hlist_join_or_end(&node->next, prev->next);
	__hlist_join(&prev->next, node);
}

/*
 * Makes node look as if it were on a list, one of which it is the only member and the head too:
 * hlist_del() of it works, and hlist_unhashed() says no.
 */
static inline void hlist_add_fake(struct hlist_node *node)
{
	node->pprev = &node->next;
}

static inline bool hlist_fake(struct hlist_node *node)
{
	return node->pprev == &node->next;
}

/* Takes node out and leaves its links as they were: for who overwrites them at once. */
static inline void __hlist_del(struct hlist_node *node)
{
	__hlist_join_or_end(node->pprev, node->next);
}

/* Takes node out and poisons it. */
static inline void hlist_del(struct hlist_node *node)
{
	__hlist_del(node);
	node->next = LIST_POISON1;
	node->pprev = LIST_POISON2;
}

/* Takes node out, if it is on a list, and makes it unhashed. */
static inline void hlist_del_init(struct hlist_node *node)
{
	if (hlist_unhashed(node))
		return;
	__hlist_del(node);
	INIT_HLIST_NODE(node);
}

/* Moves the whole list of `from` to `to`, whose former content is forgotten; empties `from`. */
static inline void hlist_move_list(struct hlist_head *from, struct hlist_head *to)
{
	__hlist_join_or_end(&to->first, from->first);
	from->first = NULL;
}

/* --- from a link to its object ---------------------------------------------------------------- */

#define hlist_entry(ptr, type, member) container_of(ptr, type, member)

/* NULL for NULL. */
#define hlist_entry_safe(ptr, type, member)                      \
	({                                                       \
		__typeof__(ptr) node_ = (ptr);                   \
		node_ ? hlist_entry(node_, type, member) : NULL; \
	})

/* --- walking ---------------------------------------------------------------------------------- */

/* pos and n are struct hlist_node pointers; the body of the _safe walk may remove pos. */
#define hlist_for_each(pos, head) for ((pos) = (head)->first; (pos); (pos) = (pos)->next)
#define hlist_for_each_safe(pos, n, head) \
	for ((pos) = (head)->first; (pos) && ((n) = (pos)->next, true); (pos) = (n))

/* pos points to objects, and is NULL when the walk has ended. */
#define HLIST_WALK_ENTRY(pos, start, member) \
	for ((pos) = (start); (pos); (pos) = HLIST_OBJECT((pos)->member.next, pos, member))
#define HLIST_OBJECT(node, pos, member) hlist_entry_safe(node, __typeof__(*(pos)), member)

#define hlist_for_each_entry(pos, head, member) \
	HLIST_WALK_ENTRY(pos, HLIST_OBJECT((head)->first, pos, member), member)
/* From the object after pos on. */
#define hlist_for_each_entry_continue(pos, member) \
	HLIST_WALK_ENTRY(pos, HLIST_OBJECT((pos)->member.next, pos, member), member)
/* From pos itself on. */
#define hlist_for_each_entry_from(pos, member) HLIST_WALK_ENTRY(pos, pos, member)
/* The body may remove (and free) pos; n is a struct hlist_node pointer. */
#define hlist_for_each_entry_safe(pos, n, head, member)        \
	for ((pos) = HLIST_OBJECT((head)->first, pos, member); \
	     (pos) && ((n) = (pos)->member.next, true); (pos) = HLIST_OBJECT(n, pos, member))

#endif /* LIB_HLIST_H */
