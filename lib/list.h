/*
 * list.h - a doubly linked list whose links live inside the objects
 *
 *	   head          a             b
 *	+-> next ---> next -------> next --+      An empty list is a head that points to itself,
 *	|   prev <--- prev <------- prev   |      so no operation has a special case for the ends:
 *	+----------------------------------+      every one of them is a few joins of two neighbours.
 *	    (and head.prev is b)
 *
 *	struct area {
 *		struct list_head link;
 *		...
 *	};
 *	LIST_HEAD(areas);
 *
 *	list_add(&area->link, &areas);
 *	list_for_each_entry(area, &areas, link)
 *		...
 *
 * Invariants (list_check() verifies all)
 *   I1  No link is NULL or poison: an entry on a list points to entries or the head.
 *   I2  For every entry and the head: entry->next->prev == entry.
 *   From I2 it follows that the walk from the head comes back to the head.
 *
 * Life of an entry
 *   anything --list_add--> on a list --list_del--> poisoned  --list_add--> …
 *                                    --list_del_init--> a list of its own (list_empty() holds)
 *
 * Poison.  list_del() leaves LIST_POISON1 and LIST_POISON2 in the entry, in every build: two
 * stores next to the two that unlink it, and a stale user then faults at a telling address and
 * does not quietly rewire someone else's list.  A path that writes the links again at once, such
 * as an allocator's, says __list_del_entry() and pays nothing.
 *
 * Debug builds look at the neighbours before each change: a wrong one is reported by bug() with
 * what was expected and found, and the change is refused.  Production builds compile none of it.
 *
 * Locking  The caller's.  Without a lock one may ask list_empty(), and list_empty_careful()
 * beside list_del_init_careful(); what each promises stands at its definition.
 * Context  Any; nothing here waits or allocates.  All is O(1) but walking and sorting.
 *
 * Names and semantics are Linux 6.1's (include/linux/list.h).
 * Read next: hlist.h (one-pointer heads, for hash tables), list_check.c, list_sort.c.
 */
#ifndef LIB_LIST_H
#define LIB_LIST_H

#include "kernel/bug.h"
#include "lib/compiler.h"
#include "lib/poison.h"

struct list_head {
	struct list_head *next;
	struct list_head *prev;
};

/* --- heads ------------------------------------------------------------------------------------ */

/* clang-format off */
#define LIST_HEAD_INIT(name) { &(name), &(name) }
/* clang-format on */

/* Defines an empty list. */
#define LIST_HEAD(name) struct list_head name = LIST_HEAD_INIT(name)

/* Makes `list` an empty list, or an entry for which list_empty() holds, whatever it was. */
static inline void INIT_LIST_HEAD(struct list_head *list)
{
	list->prev = list;
	WRITE_ONCE(list->next, list);
}

/* --- checks ----------------------------------------------------------------------------------- */

/* Is everything reachable from head sound (I1, I2)?  O(n), and ends on any wrong list too. */
bool list_check(const struct list_head *head);
/*
 * The same, and says what is wrong: NULL when sound, else a few words, with *at (unless `at` is
 * NULL) set to the entry whose link is wrong.  A link back to an entry that the walk has passed is
 * told as a cycle.
 */
const char *list_fault(const struct list_head *head, const struct list_head **at);

/*
 * May new go between prev and next?  May entry be removed?  When not, the reason has been
 * reported by bug().  The operations below ask in debug builds; a test may ask in all.
 */
bool __list_add_valid(struct list_head *new, struct list_head *prev, struct list_head *next);
bool __list_del_entry_valid(struct list_head *entry);

/* --- adding and removing ---------------------------------------------------------------------- */

/*
 * Makes right follow left.  Everything that changes a list is made of this.  The forward link
 * comes last: who walks forward without a lock never meets an entry that was not yet linked.
 */
static inline void __list_join(struct list_head *left, struct list_head *right)
{
	right->prev = left;
	WRITE_ONCE(left->next, right);
}

/* Adds new between two entries known to be neighbours. */
static inline void __list_add(struct list_head *new, struct list_head *prev, struct list_head *next)
{
	if (debug_build && !__list_add_valid(new, prev, next))
		return;
	__list_join(new, next);
	__list_join(prev, new);
}

/* Adds new at the front of head's list, or right after any entry given as head. */
static inline void list_add(struct list_head *new, struct list_head *head)
{
	__list_add(new, head, head->next);
}

/* Adds new at the end of head's list, or right before any entry given as head. */
static inline void list_add_tail(struct list_head *new, struct list_head *head)
{
	__list_add(new, head->prev, head);
}

/* Takes out whatever stands between prev and next. */
static inline void __list_del(struct list_head *prev, struct list_head *next)
{
	__list_join(prev, next);
}

/* Takes entry out and leaves its links as they were.  False: refused (debug builds). */
static inline bool __list_unlink(struct list_head *entry)
{
	if (debug_build && !__list_del_entry_valid(entry))
		return false;
	__list_del(entry->prev, entry->next);
	return true;
}

/* The same under Linux's name: for who overwrites the links at once. */
static inline void __list_del_entry(struct list_head *entry)
{
	__list_unlink(entry);
}

/*
 * Takes entry out, leaving prev NULL and next as it was, so that a list whose entries are marked
 * by prev alone (NULL: not queued) can be emptied while others test the mark.
 */
static inline void __list_del_clearprev(struct list_head *entry)
{
	__list_del(entry->prev, entry->next);
	entry->prev = NULL;
}

/* Takes entry out and poisons it; list_empty(entry) does not hold afterwards. */
static inline void list_del(struct list_head *entry)
{
	if (!__list_unlink(entry))
		return;
	entry->next = LIST_POISON1;
	entry->prev = LIST_POISON2;
}

/* Takes entry out and makes it a list of its own; it may be removed again without harm. */
static inline void list_del_init(struct list_head *entry)
{
	if (__list_unlink(entry))
		INIT_LIST_HEAD(entry);
}

/*
 * list_del_init() for an entry that others test by list_empty_careful() without the lock: who
 * finds it empty also sees every store made before this.
 */
static inline void list_del_init_careful(struct list_head *entry)
{
	if (!__list_unlink(entry))
		return;
	WRITE_ONCE(entry->prev, entry);
	/* pairs with the acquire in list_empty_careful() */
	__atomic_store_n(&entry->next, entry, __ATOMIC_RELEASE);
}

/* --- replacing and moving --------------------------------------------------------------------- */

/* Puts new in the place of old, whose links are left as they were.  old is not empty. */
static inline void list_replace(struct list_head *old, struct list_head *new)
{
	__list_join(new, old->next);
	__list_join(old->prev, new);
}

static inline void list_replace_init(struct list_head *old, struct list_head *new)
{
	list_replace(old, new);
	INIT_LIST_HEAD(old);
}

/* Exchanges the places of two entries, of one list (neighbours too) or of two. */
static inline void list_swap(struct list_head *a, struct list_head *b)
{
	struct list_head placeholder;

	list_replace(a, &placeholder);
	list_replace(b, a);
	list_replace(&placeholder, b);
}

/* Takes entry from whatever list it is on and adds it at the front of head's. */
static inline void list_move(struct list_head *entry, struct list_head *head)
{
	if (__list_unlink(entry))
		list_add(entry, head);
}

static inline void list_move_tail(struct list_head *entry, struct list_head *head)
{
	if (__list_unlink(entry))
		list_add_tail(entry, head);
}

/* Moves the run first…last, part of one list that may be head's own, to the end of head's. */
static inline void list_bulk_move_tail(struct list_head *head, struct list_head *first,
				       struct list_head *last)
{
	__list_join(first->prev, last->next);
	__list_join(head->prev, first);
	__list_join(last, head);
}

/* --- questions -------------------------------------------------------------------------------- */

/* May be asked without the lock; the answer is then about a moment that has passed. */
static inline int list_empty(const struct list_head *head)
{
	return READ_ONCE(head->next) == head;
}

/*
 * Is the list empty, and no other CPU in the middle of changing it?  Without the lock this is
 * right only when the one change that others may make is list_del_init_careful().
 */
static inline int list_empty_careful(const struct list_head *head)
{
	/* pairs with the release in list_del_init_careful() */
	const struct list_head *next = __atomic_load_n(&head->next, __ATOMIC_ACQUIRE);

	return next == head && READ_ONCE(head->prev) == head;
}

/* Has the list exactly one entry? */
static inline int list_is_singular(const struct list_head *head)
{
	return head->next == head->prev && !list_empty(head);
}

static inline int list_is_first(const struct list_head *entry, const struct list_head *head)
{
	return entry->prev == head;
}

static inline int list_is_last(const struct list_head *entry, const struct list_head *head)
{
	return entry->next == head;
}

/* Has a walk come back to where it began? */
static inline int list_is_head(const struct list_head *entry, const struct list_head *head)
{
	return entry == head;
}

/* --- whole lists ------------------------------------------------------------------------------ */

/* The first entry becomes the last. */
static inline void list_rotate_left(struct list_head *head)
{
	if (!list_empty(head))
		list_move_tail(head->next, head);
}

/* Turns the list until entry, one of its own, is the first. */
static inline void list_rotate_to_front(struct list_head *entry, struct list_head *head)
{
	list_move_tail(head, entry);
}

/*
 * Moves what stands before entry from head's list to `list`, whose former links are forgotten.
 * entry is on head's list, or is head: then all moves.
 */
static inline void list_cut_before(struct list_head *list, struct list_head *head,
				   struct list_head *entry)
{
	if (list_is_first(entry, head)) {
		INIT_LIST_HEAD(list);
		return;
	}
	__list_join(list, head->next);
	__list_join(entry->prev, list);
	__list_join(head, entry);
}

/*
 * Moves the entries up to and with entry.  entry == head moves nothing and empties `list`; when
 * head's list is empty, or entry is visibly not on it, nothing is touched.
 */
static inline void list_cut_position(struct list_head *list, struct list_head *head,
				     struct list_head *entry)
{
	if (list_empty(head))
		return;
	if (list_is_singular(head) && entry != head && !list_is_first(entry, head))
		return;
	list_cut_before(list, head, entry->next);
}

/* Puts list's entries, at least one, between two neighbours; `list` itself is left as it was. */
static inline void __list_splice(const struct list_head *list, struct list_head *prev,
				 struct list_head *next)
{
	__list_join(list->prev, next);
	__list_join(prev, list->next);
}

/* Adds all entries of `list`, in their order, at the front of head's; `list` is stale then. */
static inline void list_splice(const struct list_head *list, struct list_head *head)
{
	if (!list_empty(list))
		__list_splice(list, head, head->next);
}

static inline void list_splice_tail(struct list_head *list, struct list_head *head)
{
	if (!list_empty(list))
		__list_splice(list, head->prev, head);
}

/* As list_splice(), and `list` is empty then. */
static inline void list_splice_init(struct list_head *list, struct list_head *head)
{
	list_splice(list, head);
	INIT_LIST_HEAD(list);
}

static inline void list_splice_tail_init(struct list_head *list, struct list_head *head)
{
	list_splice_tail(list, head);
	INIT_LIST_HEAD(list);
}

/*
 * Sorts by cmp(priv, a, b), which is positive when a belongs after b; equal entries keep their
 * order.  O(n log n) comparisons, no recursion, about BITS_PER_LONG words of stack.
 * Linux: lib/list_sort.c
 */
typedef int (*list_cmp_func_t)(void *priv, const struct list_head *a, const struct list_head *b);
void list_sort(void *priv, struct list_head *head, list_cmp_func_t cmp);

/* --- from a link to its object ---------------------------------------------------------------- */

#define list_entry(ptr, type, member) container_of(ptr, type, member)

/* The list is not empty. */
#define list_first_entry(head, type, member) list_entry((head)->next, type, member)
#define list_last_entry(head, type, member)  list_entry((head)->prev, type, member)

/* NULL when the list is empty; reads the head once, so it may be asked without the lock. */
#define list_first_entry_or_null(head, type, member)                                \
	({                                                                          \
		struct list_head *head_ = (head), *first_ = READ_ONCE(head_->next); \
		first_ == head_ ? NULL : list_entry(first_, type, member);          \
	})

/* The neighbours of an object; at the ends, what would contain the head: only for comparing. */
#define list_next_entry(pos, member) list_entry((pos)->member.next, __typeof__(*(pos)), member)
#define list_prev_entry(pos, member) list_entry((pos)->member.prev, __typeof__(*(pos)), member)

/* The neighbours of an object, stepping over the head. */
#define list_next_entry_circular(pos, head, member)                                              \
	(list_is_last(&(pos)->member, head) ? list_first_entry(head, __typeof__(*(pos)), member) \
					    : list_next_entry(pos, member))
#define list_prev_entry_circular(pos, head, member)                                              \
	(list_is_first(&(pos)->member, head) ? list_last_entry(head, __typeof__(*(pos)), member) \
					     : list_prev_entry(pos, member))

/* Is pos what "contains" the head, that is, has a walk ended? */
#define list_entry_is_head(pos, head, member) list_is_head(&(pos)->member, head)

/* --- walking over links ----------------------------------------------------------------------- */

/*
 * pos and n are struct list_head pointers.  Of every walk, here and below: the list must not
 * change under it, except that the body of a _safe one may remove (and free) pos itself.
 */
#define LIST_WALK(pos, start, step, head) \
	for ((pos) = (start); !list_is_head(pos, head); (pos) = (pos)->step)
#define LIST_WALK_SAFE(pos, n, step, head)                                      \
	for ((pos) = (head)->step, (n) = (pos)->step; !list_is_head(pos, head); \
	     (pos) = (n), (n) = (pos)->step)

#define list_for_each(pos, head)      LIST_WALK(pos, (head)->next, next, head)
#define list_for_each_prev(pos, head) LIST_WALK(pos, (head)->prev, prev, head)
/* From the entry after pos on. */
#define list_for_each_continue(pos, head)     LIST_WALK(pos, (pos)->next, next, head)
#define list_for_each_safe(pos, n, head)      LIST_WALK_SAFE(pos, n, next, head)
#define list_for_each_prev_safe(pos, n, head) LIST_WALK_SAFE(pos, n, prev, head)

/*
 * A walk beside additions made under the writer's lock.  There is no RCU here, so no grace period
 * either: an entry that is removed must stay intact while a walker may stand on it.
 */
#define list_for_each_rcu(pos, head)                                                             \
	for ((pos) = __atomic_load_n(&(head)->next, __ATOMIC_ACQUIRE); !list_is_head(pos, head); \
	     (pos) = __atomic_load_n(&(pos)->next, __ATOMIC_ACQUIRE))

/* --- walking over objects --------------------------------------------------------------------- */

#define LIST_WALK_ENTRY(pos, start, step, head, member) \
	for ((pos) = (start); !list_entry_is_head(pos, head, member); (pos) = step(pos, member))
#define LIST_WALK_ENTRY_SAFE(pos, n, start, step, head, member)                                \
	for ((pos) = (start), (n) = step(pos, member); !list_entry_is_head(pos, head, member); \
	     (pos) = (n), (n) = step(n, member))

#define LIST_FIRST_OF(pos, head, member) list_first_entry(head, __typeof__(*(pos)), member)
#define LIST_LAST_OF(pos, head, member)	 list_last_entry(head, __typeof__(*(pos)), member)

#define list_for_each_entry(pos, head, member) \
	LIST_WALK_ENTRY(pos, LIST_FIRST_OF(pos, head, member), list_next_entry, head, member)
#define list_for_each_entry_reverse(pos, head, member) \
	LIST_WALK_ENTRY(pos, LIST_LAST_OF(pos, head, member), list_prev_entry, head, member)

/*
 * Where a _continue walk may start: pos, or when it is NULL the head, so that all are walked.
 * The compiler must not see which head it is: it would take the object around it for an access
 * outside the head.
 */
#define list_prepare_entry(pos, head, member) \
	((pos) ?: list_entry(list_unknown(head), __typeof__(*(pos)), member))
static __always_inline struct list_head *list_unknown(struct list_head *head)
{
	__asm__("" : "+r"(head));
	return head;
}

/* From the object after (before) pos on. */
#define list_for_each_entry_continue(pos, head, member) \
	LIST_WALK_ENTRY(pos, list_next_entry(pos, member), list_next_entry, head, member)
#define list_for_each_entry_continue_reverse(pos, head, member) \
	LIST_WALK_ENTRY(pos, list_prev_entry(pos, member), list_prev_entry, head, member)

/* From pos itself on. */
#define list_for_each_entry_from(pos, head, member) \
	LIST_WALK_ENTRY(pos, pos, list_next_entry, head, member)
#define list_for_each_entry_from_reverse(pos, head, member) \
	LIST_WALK_ENTRY(pos, pos, list_prev_entry, head, member)

#define list_for_each_entry_safe(pos, n, head, member)                                        \
	LIST_WALK_ENTRY_SAFE(pos, n, LIST_FIRST_OF(pos, head, member), list_next_entry, head, \
			     member)
#define list_for_each_entry_safe_reverse(pos, n, head, member) \
	LIST_WALK_ENTRY_SAFE(pos, n, LIST_LAST_OF(pos, head, member), list_prev_entry, head, member)
#define list_for_each_entry_safe_continue(pos, n, head, member) \
	LIST_WALK_ENTRY_SAFE(pos, n, list_next_entry(pos, member), list_next_entry, head, member)
#define list_for_each_entry_safe_from(pos, n, head, member) \
	LIST_WALK_ENTRY_SAFE(pos, n, pos, list_next_entry, head, member)

/*
 * Inside a _safe walk, after the body let go of the lock and took it again: what n was may be
 * gone, pos is known to be still there.
 */
#define list_safe_reset_next(pos, n, member) ((n) = list_next_entry(pos, member))

#include "lib/hlist.h"

#endif /* LIB_LIST_H */
