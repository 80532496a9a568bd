/*
 * fuzz.h - what a fuzz target is, and how it reads its input and tells what is wrong
 *
 *	bytes ──> a target: operations, checked against a model of its own ──> fuzz_fail(): the engine keeps the bytes
 *	            └─ reset.c: before the next input, memory is as it was after the boot
 *
 * A target decodes the bytes as it likes; every input is a good one, also an empty one.  It may leave
 * anything behind but areas of addresses.  It is not timed: the tick stands still.
 *
 * Read next: fuzz.c.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include "lib/compiler.h"

struct fuzz_target {
	const char *name;
	const char *what; /* half a sentence for `fuzz` */
	void (*run)(const u8 *data, size_t size);
	bool pure; /* it leaves nothing behind: no reset is needed */
};

/* FUZZ_TARGET(page, "blocks of pages", run_page); a pure one: FUZZ_TARGET(atags, "…", run_atags, true); */
#define FUZZ_TARGET(name_, what_, run_, ...)                                         \
	static const struct fuzz_target fuzz_target_##name_ = { #name_, what_, run_, \
								__VA_ARGS__ };       \
	REGISTER(fuzz_targets, const struct fuzz_target, fuzz_target_##name_)

/* A claim does not hold: says so, shows what the console said, and ends the input as a finding. */
void fuzz_fail(const char *fmt, ...) __printf(1, 2) __noreturn;
#define FUZZ_CHECK(condition)                                                   \
	do {                                                                    \
		if (!(condition))                                               \
			fuzz_fail("%s:%d: %s", __FILE__, __LINE__, #condition); \
	} while (0)

/* The number of the operation that runs, from 1, or of the byte that is read: for fuzz_fail(), and to be counted. */
extern unsigned int fuzz_step;

/* --- input ------------------------------------------------------------------------------------ */

/* What is left of the bytes; behind the last one all are 0. */
struct fuzz_input {
	const u8 *data;
	size_t left;
};

static inline u8 fuzz_u8(struct fuzz_input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->data++;
}

static inline u16 fuzz_u16(struct fuzz_input *in)
{
	const u8 low = fuzz_u8(in);

	return (u16)(low | fuzz_u8(in) << 8);
}

/* 0 to n - 1; n is 1 to 65536. */
static inline u32 fuzz_below(struct fuzz_input *in, u32 n)
{
	return n <= 256 ? fuzz_u8(in) % n : fuzz_u16(in) % n;
}

/* --- refusals --------------------------------------------------------------------------------- */

/* The statement must cause exactly one BUG report, whose `what` is this one; else it is a finding. */
#define FUZZ_REFUSED(what, statement)                                             \
	do {                                                                      \
		selftest_expect_bug(what);                                        \
		statement;                                                        \
		if (!selftest_bug_seen())                                         \
			fuzz_fail("not refused as \"%s\": %s", what, #statement); \
	} while (0)

/* --- of fuzz.c and reset.c -------------------------------------------------------------------- */

/* Notes how memory is. */
void fuzz_snapshot(void);
/* Of all that an input may have changed: what fuzz_reset() puts back. */
u64 fuzz_digest(void);
/* Makes memory as it was at the snapshot. */
void fuzz_reset(void);

#endif /* TESTS_FUZZ_FUZZ_H */
