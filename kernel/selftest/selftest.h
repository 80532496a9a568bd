/*
 * selftest.h - a claim about the kernel, checked inside the running image
 *
 *	SELFTEST(buddy, merges, "freeing both buddies yields one block of order+1")
 *	{
 *		struct page *block = alloc_pages(GFP_KERNEL, 1);
 *
 *		EXPECT(block);
 *		...
 *	}
 *
 * The shell's `test [family[.name]]` runs them, in the order of family and name, and speaks KTAP
 * on the console.  A test passes when it returns without a failed expectation; after each one the
 * runner verifies that the page balance is what it was before, and a difference fails the test.
 *
 * EXPECT records the first failure and returns from the (void) test.  CHECK does the same inside a
 * helper that returns bool, so that a test may say EXPECT(helper()).  SKIP ends a test that does
 * not apply to this machine, with the reason.
 *
 * Randomness: struct rng comes from lib/random.h; seed it with selftest_seed(), which prints
 * `# seed=N` so that a failure can be repeated with `seed N; test NAME`.
 *
 * Refusals: bracket the provoking call with selftest_expect_bug() and selftest_bug_seen(), so that
 * the report counts as wanted (kernel/bug.h).
 */
#ifndef KERNEL_SELFTEST_H
#define KERNEL_SELFTEST_H

#include "kernel/bug.h"

struct selftest {
	const char *family; /* "buddy" */
	const char *name;   /* "merges" */
	void (*run)(void);
};

/* The claim is one sentence that holds when the test passes.  It is for readers: no image has it. */
#define SELFTEST(family_, name_, claim_)                                               \
	static_assert(sizeof(claim_) > 1, "a test is a claim");                        \
	static void selftest_##family_##_##name_(void);                                \
	static const struct selftest selftest_desc_##family_##_##name_ = {             \
		.family = #family_,                                                    \
		.name = #name_,                                                        \
		.run = selftest_##family_##_##name_,                                   \
	};                                                                             \
	REGISTER(selftests, const struct selftest, selftest_desc_##family_##_##name_); \
	static void selftest_##family_##_##name_(void)

/*
 * A test's table of n, in room that all tests share: tests run one at a time.  What it holds when a
 * test begins is unknown.
 */
enum { SELFTEST_ROOM = 2304 * sizeof(long) };
extern char selftest_room[SELFTEST_ROOM] __aligned(16); /* as a compiler may think of any array */
#define SELFTEST_TABLE(type, name, n)                                                 \
	static_assert((n) * sizeof(type) <= SELFTEST_ROOM, #name " needs more room"); \
	static type *const name = (type *)selftest_room

/* Records that the running test failed, and why; only the first reason is kept. */
void selftest_fail(const char *file, int line, const char *fmt, ...) __printf(3, 4);
/*
 * The same, of an expectation that was not met, of two values that differ (in 64 bits where one of
 * them has so many), of a report that did not come.  Each has a twin that also says what stands in
 * the source: file and line tell it as well, and all these texts are a third of the size of the
 * tests, so that only DEBUG images have them.  They are out of line, and few registers wide: there
 * are thousands of expectations.
 */
void selftest_unmet(const char *file, int line);
void selftest_unmet_text(const char *file, int line, const char *text);
void selftest_unequal(uintptr_t got, uintptr_t want, const char *file, int line);
void selftest_unequal_wide(u64 got, u64 want, const char *file, int line);
void selftest_unequal_text(u64 got, u64 want, const char *file, int line, const char *text);
void selftest_unreported(const char *file, int line);
void selftest_unreported_text(const char *file, int line, const char *text);

/* Records that the running test does not apply here, and why. */
void selftest_skip(const char *fmt, ...) __printf(1, 2);
/* A diagnostic line ("# …") under the running test. */
void selftest_note(const char *fmt, ...) __printf(1, 2);
/* The seed for this test's randomness: given by the user, or fresh from the clock; printed. */
u32 selftest_seed(void);
/* Every later selftest_seed() gives this one; 0: fresh ones again.  Also `seed=` at boot. */
void selftest_set_seed(u32 seed);
/* From here on a BUG report whose `what` is this one is wanted, and printed as a "# …" line. */
void selftest_expect_bug(const char *what);
/* Did exactly one report, the expected one, come since selftest_expect_bug()?  Ends the wait. */
bool selftest_bug_seen(void);

/* Was that report this one, in each of its fields?  *fmt and what follows make `found`. */
bool selftest_bug_was(const char *family, const void *object, const char *expected, const char *fmt,
		      ...) __printf(4, 5);

/* n reports that went the usual way, past this file, were wanted. */
void selftest_excuse_bugs(unsigned long n);

/* A test's file is named in one place of its code: four bytes fewer for each expectation. */
static __noinline __cold __unused void selftest_unmet_here(int line)
{
	selftest_unmet(__BASE_FILE__, line);
}

#define SELFTEST_UNMET(text)                                           \
	(debug_build ? selftest_unmet_text(__FILE__, __LINE__, (text)) \
		     : selftest_unmet_here(__LINE__))
#define SELFTEST_UNREPORTED(text)                                           \
	(debug_build ? selftest_unreported_text(__FILE__, __LINE__, (text)) \
		     : selftest_unreported(__FILE__, __LINE__))

/* The statement must cause exactly one BUG report, whose `what` is this string. */
#define EXPECT_BUG(what, statement)                      \
	do {                                             \
		selftest_expect_bug(what);               \
		statement;                               \
		if (!selftest_bug_seen()) {              \
			SELFTEST_UNREPORTED(#statement); \
			return;                          \
		}                                        \
	} while (0)

/* The same inside a helper that returns bool. */
#define CHECK_BUG(what, statement)                       \
	do {                                             \
		selftest_expect_bug(what);               \
		statement;                               \
		if (!selftest_bug_seen()) {              \
			SELFTEST_UNREPORTED(#statement); \
			return false;                    \
		}                                        \
	} while (0)

/* EXPECT_BUG, and all that it says: family, object, what was expected, and found (a format). */
#define EXPECT_REFUSAL(family, what, object, expected, statement, ...)                          \
	do {                                                                                    \
		EXPECT_BUG(what, statement);                                                    \
		if (!selftest_bug_was(family, (const void *)(object), expected, __VA_ARGS__)) { \
			selftest_fail(__FILE__, __LINE__, "\"%s\" reported otherwise", what);   \
			return;                                                                 \
		}                                                                               \
	} while (0)

#define EXPECT(condition)                           \
	do {                                        \
		if (!(condition)) {                 \
			SELFTEST_UNMET(#condition); \
			return;                     \
		}                                   \
	} while (0)

#define CHECK(condition)                            \
	do {                                        \
		if (!(condition)) {                 \
			SELFTEST_UNMET(#condition); \
			return false;               \
		}                                   \
	} while (0)

/*
 * Any integer or pointer as 64 bits: a pointer may not be cast to what is wider, so all but 64-bit
 * integers go through uintptr_t.  (cppcheck cannot read _Generic.)
 */
#define IS_64_BITS(x)                                        \
	(__builtin_types_compatible_p(__typeof__(x), u64) || \
	 __builtin_types_compatible_p(__typeof__(x), s64))
#define AS_U64(x)  ((u64) __builtin_choose_expr(IS_64_BITS(x), (x), (uintptr_t)(x)))
#define AS_WORD(x) ((uintptr_t)(__builtin_choose_expr(IS_64_BITS(x), 0, (x))))

#define SELFTEST_EQ(type, as, unequal, got, want)                                             \
	{                                                                                     \
		type got_ = as(got), want_ = as(want);                                        \
		if (got_ != want_) {                                                          \
			if (debug_build)                                                      \
				selftest_unequal_text(got_, want_, __FILE__, __LINE__, #got); \
			else                                                                  \
				unequal(got_, want_, __FILE__, __LINE__);                     \
			return;                                                               \
		}                                                                             \
	}
/* Both sides are shown when they differ; integers and pointers of up to 64 bits. */
#define EXPECT_EQ(got, want)                                                         \
	do {                                                                         \
		if (IS_64_BITS(got) || IS_64_BITS(want))                             \
			SELFTEST_EQ(u64, AS_U64, selftest_unequal_wide, got, want)   \
		else                                                                 \
			SELFTEST_EQ(uintptr_t, AS_WORD, selftest_unequal, got, want) \
	} while (0)

#define SKIP(...)                           \
	do {                                \
		selftest_skip(__VA_ARGS__); \
		return;                     \
	} while (0)

/*
 * A test that fails returns at once, and leaves what it had made.  A family whose leftovers would
 * make later tests fail registers how they are put away: begin() notes before each test what there
 * is, clean() runs after one that failed.
 */
struct selftest_cleaner {
	void (*begin)(void);
	void (*clean)(void);
};

#define SELFTEST_CLEANER(name_, begin_, clean_)                                             \
	static const struct selftest_cleaner selftest_cleaner_##name_ = { begin_, clean_ }; \
	REGISTER(selftest_cleaners, const struct selftest_cleaner, selftest_cleaner_##name_)

/*
 * For who runs tests in a way of his own.  selftest_after(): the test of the pattern that follows in order (NULL: the
 * first), or NULL.  selftest_try() runs its body, and what it left is put away unless it passed; NULL, or why
 * it did not, valid until the next.  It may fault; then selftest_give_up() does what is left to do.
 * selftest_excused(): reports since the test began that were wanted.
 */
const struct selftest *selftest_after(const char *pattern, const struct selftest *test);
const char *selftest_try(const struct selftest *test);
bool selftest_was_skipped(void);
void selftest_give_up(void);
unsigned long selftest_excused(void);

/*
 * Runs every test of `pattern` ("family", "family.name" or NULL for all), printing KTAP.
 * Returns the number that failed; -ENOENT when no test has that name, -EINTR when Ctrl-C came before
 * the last one and none had failed.
 */
int selftest_run(const char *pattern);

#endif /* KERNEL_SELFTEST_H */
