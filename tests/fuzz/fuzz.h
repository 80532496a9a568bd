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

/* --- input ------------------------------------------------------------------------------------ */

/* What is left of the bytes; behind the last one all are 0. */
struct fuzz_input {
	const u8 *data;
	size_t left;
};

static inline struct fuzz_input fuzz_read(const u8 *data, size_t size)
{
	return (struct fuzz_input){ data, size };
}

static inline size_t fuzz_left(const struct fuzz_input *in)
{
	return in->left;
}

static inline u8 fuzz_u8(struct fuzz_input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->data++;
}

static inline u16 fuzz_u16(struct fuzz_input *in)
{
	const u16 low = fuzz_u8(in);

	return (u16)(low | fuzz_u8(in) << 8);
}

static inline u32 fuzz_u32(struct fuzz_input *in)
{
	const u32 low = fuzz_u16(in);

	return low | (u32)fuzz_u16(in) << 16;
}

/* 0 to n - 1; of one byte if that is enough. */
static inline u32 fuzz_below(struct fuzz_input *in, u32 n)
{
	return (n <= 256 ? fuzz_u8(in) : n <= 65536 ? fuzz_u16(in) : fuzz_u32(in)) % n;
}

/* Up to n bytes as they are, which the reader then has read: how many. */
static inline size_t fuzz_bytes(struct fuzz_input *in, size_t n, const u8 **bytes)
{
	n = min(n, in->left);
	*bytes = in->data;
	in->data += n;
	in->left -= n;
	return n;
}

/* The number of the operation that runs, from 1, or of the byte that is read: for fuzz_fail(), and to be counted. */
extern unsigned int fuzz_step;

/* Is there another operation to be read?  An input has at most FUZZ_OPS. */
enum { FUZZ_OPS = 64 };
static inline bool fuzz_next(const struct fuzz_input *in)
{
	return in->left && fuzz_step < FUZZ_OPS && ++fuzz_step;
}

/* --- claims (claims.c) ------------------------------------------------------------------------ */

/* The statement must cause exactly one BUG report, whose `what` is this string, or one of `a|b`. */
#define FUZZ_REFUSED(what, statement)    \
	do {                             \
		fuzz_expect_bug(what);   \
		statement;               \
		fuzz_bug_seen(__LINE__); \
	} while (0)
void fuzz_expect_bug(const char *what);
void fuzz_bug_seen(int line);

/*
 * Everything was given back: when the families have let go of their stocks, the balance is what it was
 * after the boot.
 */
void fuzz_expect_whole(void);

/*
 * Asks the family's checker, if the next byte says so, or once all of them.  An input may ask once: checkers
 * look at all that there is, and its time would be theirs.
 */
void fuzz_ask(struct fuzz_input *in, bool (*checker)(void));

/* A number that this input has not had yet; the same ones in each. */
u32 fuzz_new_mark(void);
/* A pattern of such a number, in the first and last bytes at least, and some between. */
void fuzz_mark(void *start, size_t bytes, u32 mark);
bool fuzz_is_marked(const void *start, size_t bytes, u32 mark);

/* --- of claims.c and reset.c, for fuzz.c ------------------------------------------------------ */

/* What whole is; and the beginning of an input. */
void fuzz_note_whole(void);
void fuzz_begin_claims(void);

/* Notes how memory is. */
void fuzz_snapshot(void);
/* Of all that an input may have changed: what fuzz_reset() puts back. */
u64 fuzz_digest(void);
/* Makes memory as it was at the snapshot. */
void fuzz_reset(void);

#endif /* TESTS_FUZZ_FUZZ_H */
