/*
 * claims.c - what a target may claim: that all was given back, what memory holds, that a mistake is refused
 *
 * Locking: none: one CPU, one input at a time.
 * Read next: fuzz.c.
 */
#include <stdio.h>
#include <string.h>

#include "kernel/bug.h"
#include "kernel/check/check.h"
#include "kernel/console.h"
#include "mm/account/account.h"
#include "tests/fuzz/fuzz.h"

static const char *wanted;	 /* the report that is */
static unsigned int seen, wrong; /* reports since then; of other names */
static char other[240];		 /* the first of those */
static u32 marks;		 /* that the input has had */
static bug_hook_t before;	 /* who takes those that nobody wants */

/* --- the machine as a whole ------------------------------------------------------------------- */

enum { ASKS = 1 }; /* of one input, beside the one at its end */

static struct balance whole;
static unsigned int asks, asked_all; /* checkers that may be asked still; that all were */

void fuzz_note_whole(void)
{
	account_settle();
	account_balance(&whole);
}

void fuzz_expect_whole(void)
{
	struct balance now;

	account_settle();
	account_balance(&now);
	if (!account_equal(&whole, &now)) {
		account_print(&whole);
		account_print(&now);
		fuzz_fail("the balance is not what it was");
	}
}

void fuzz_begin_claims(void)
{
	marks = 0;
	asks = ASKS;
	asked_all = 0;
}

void fuzz_ask(struct fuzz_input *in, bool (*checker)(void))
{
	const u8 how = fuzz_u8(in);

	if (!asks)
		return;
	if (how >= 0xa0 && asks-- && !checker())
		fuzz_fail("an invariant of the family's does not hold");
	if (how == 0xa7 && !asked_all++ && !check_all_hold())
		fuzz_fail("an invariant does not hold");
}

/* --- contents --------------------------------------------------------------------------------- */

/* Small objects whole, of larger ones a word in each so many bytes; and the last byte. */
static size_t stride(size_t bytes)
{
	return bytes <= 128 ? sizeof(u32) : bytes <= PAGE_SIZE ? 512 : PAGE_SIZE;
}

u32 fuzz_new_mark(void)
{
	return ++marks * 0x9e3779b9u;
}

void fuzz_mark(void *start, size_t bytes, u32 mark)
{
	u8 *at = start;

	for (size_t i = 0; i + sizeof(mark) <= bytes; i += stride(bytes))
		*(u32 *)(at + i) = mark ^ (u32)i;
	if (bytes)
		at[bytes - 1] = (u8)mark;
}

bool fuzz_is_marked(const void *start, size_t bytes, u32 mark)
{
	const u8 *at = start;

	if (bytes && at[bytes - 1] != (u8)mark)
		return false;
	for (size_t i = 0; i + sizeof(mark) < bytes; i += stride(bytes))
		if (*(const u32 *)(at + i) != (mark ^ (u32)i))
			return false;
	return true;
}

/* --- reports that are wanted ------------------------------------------------------------------ */

/* Is it one of `a|b|c`? */
static bool is_among(const char *what, const char *names)
{
	const size_t length = strlen(what);

	for (; names; names = strchr(names, '|')) {
		names += *names == '|';
		if (!strncmp(names, what, length) && (!names[length] || names[length] == '|'))
			return true;
	}
	return false;
}

static void take_report(const struct bug_report *report, const char *found)
{
	seen++;
	if (is_among(report->what, wanted))
		return;
	if (!wrong++)
		snprintf(other, sizeof(other), "%s: object=%p expected=%s found=%s", report->what,
			 report->object, report->expected, found);
}

void fuzz_expect_bug(const char *what)
{
	wanted = what;
	seen = wrong = 0;
	other[0] = 0;
	before = bug_set_hook(take_report);
}

void fuzz_bug_seen(int line)
{
	bug_set_hook(before);
	if (seen != 1 || wrong)
		fuzz_fail("line %d: %u reports, not one of \"%s\"; %s", line, seen, wanted, other);
}
