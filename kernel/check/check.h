/*
 * check.h - the checkers: each family verifies its own invariants, and all are asked in one place
 *
 *	CHECKER(buddy_check, "page", "free lists against mem_map, reference counts")
 *	{
 *		for_each_zone(zone) {
 *			if (!check_lock(check, &zone->lock))
 *				return;
 *			...
 *			check_counted(check, 1, "zones");
 *			if (...)
 *				check_broken(check, "I3: zone %s: ...", zone->name);
 *			check_unlock(check, &zone->lock);
 *		}
 *	}
 *
 *	CHECKER(...) ──> registry ──┬─ `check [FAMILY]`      a line a family
 *	                            ├─ self-tests, stress    what is broken fails them
 *	                            ├─ a panic's report      what is broken, told last
 *	                            └─ buddy_check()         of one family, for who has just used it
 *
 * A checker says what it has counted, or the first invariant that does not hold, with the object, in
 * words.  It may meet anything: it walks no further than there can be objects, and a fault in it is
 * taken, and told with what it was looking at.  It waits for no lock: in a panic nobody will let go
 * of one.
 *
 * Invariants
 *   I1  A checker ends, whatever the memory holds that it reads.
 *   I2  When it has ended, by a fault too, it holds no lock.
 *   I3  What is told is the first that did not hold.
 *
 * Locking  the framework has none; interrupts are off while a checker runs.
 * Read next: check.c; mm/page/page_check.c for one.
 */
#ifndef KERNEL_CHECK_H
#define KERNEL_CHECK_H

#include "kernel/spinlock.h"

enum check_verdict {
	CHECK_SOUND,
	CHECK_BROKEN,
	CHECK_UNVERIFIED, /* what it needs is locked, or not there (yet) */
};
enum { CHECK_NOUNS = 4, CHECK_LOCKS = 2, CHECK_TEXT = 240 };

/* What a checker has found so far. */
struct check {
	enum check_verdict verdict;
	char text[CHECK_TEXT]; /* why it is not sound */
	struct {
		const char *noun;
		unsigned long n;
	} counted[CHECK_NOUNS];
	const void *at; /* what is being looked at */
	spinlock_t *held[CHECK_LOCKS];
};

struct checker {
	const char *family;
	const char *verifies; /* half a line */
	void (*run)(struct check *check);
};

/* Registers the family's checker, the body that follows, and defines `bool function(void)`. */
#define CHECKER(function, family_, verifies_)                      \
	static void function##_run(struct check *check);           \
	static const struct checker function##_desc = {            \
		.family = family_,                                 \
		.verifies = verifies_,                             \
		.run = function##_run,                             \
	};                                                         \
	REGISTER(checkers, const struct checker, function##_desc); \
	bool function(void)                                        \
	{                                                          \
		return check_holds(&function##_desc);              \
	}                                                          \
	static void function##_run(struct check *check)

/* --- for who asks ----------------------------------------------------------------------------- */

/* The checker after prev in the order of names (NULL: the first), or NULL; of a name, or NULL. */
const struct checker *checker_after(const struct checker *prev);
const struct checker *checker_named(const char *family);
/* Runs it; *check is filled.  Context: any. */
void checker_run(const struct checker *checker, struct check *check);
/* What it counted, as `7 areas, 20 pages`, or why it is not sound; at most size bytes. */
void check_summary(const struct check *check, char *text, size_t size);

/* Does the family hold?  What is broken is logged.  Context: any. */
bool check_holds(const struct checker *checker);
/* Do all?  Every one that does not is logged. */
bool check_all_hold(void);
/* The same at the machine's end, on the console: what is broken, and how many are sound. */
void check_report(void);

/* --- for checkers ----------------------------------------------------------------------------- */

/* So many more of that noun (a literal, in the plural) were verified. */
void check_counted(struct check *check, unsigned long n, const char *noun);
/*
 * An invariant does not hold: its number, the object, what is wrong.  Returns false.  Without a check
 * (NULL) it is logged: what a checker is made of may be called by itself.
 */
bool check_broken(struct check *check, const char *fmt, ...) __printf(2, 3) __cold;
/* The family is not there, or cannot be looked at.  Returns false. */
bool check_unverified(struct check *check, const char *fmt, ...) __printf(2, 3) __cold;
/* What is looked at from here on, in case looking faults. */
static inline void check_at(struct check *check, const void *object)
{
	check->at = object;
}
/*
 * Takes a lock, which check_unlock() gives back, or the framework after a fault.  False when it does
 * not become free: the family cannot be verified then.
 */
bool check_lock(struct check *check, spinlock_t *lock);
void check_unlock(struct check *check, spinlock_t *lock);
/* The same for a lock that a function called by the checker takes: is it free? */
bool check_may_lock(struct check *check, const spinlock_t *lock);

#endif /* KERNEL_CHECK_H */
