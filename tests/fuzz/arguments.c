/*
 * arguments.c - a command's arguments: numbers in a range, addresses with offsets, words of a usage
 *
 *	input   [how] [bounds] [text ...], or the text over and over
 *
 *	text ──parse_number(), shell_number(), shell_address()──> value, or one error that names the text
 *	value ──printed in each form that a person may type──> text ──parse_number()──> the same value
 *
 * Read next: kernel/param.c, kernel/shell/address.c, complete_usage().
 */
#include <ctype.h>
#include <stdio.h>

#include "kernel/kallsyms.h"
#include "kernel/param.h"
#include "kernel/shell/address.h"
#include "kernel/shell/complete.h"
#include "kernel/shell/parse.h"
#include "kernel/shell/run.h"
#include "tests/fuzz/exact.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/plain_number.h"
#include "tests/fuzz/printed.h"

enum { USAGE_MAX = 100 }; /* it is read from its start for each of its words */

/* --- numbers ---------------------------------------------------------------------------------- */

static void claim_form(const char *text, u64 value)
{
	u64 got;

	if (!parse_number(text, &got) || got != value)
		fuzz_fail("%s is not read as %llu", text, (unsigned long long)value);
}

/* In each form that stands for it. */
static void claim_printed(u64 value)
{
	unsigned long long number = value;
	char text[32];

	snprintf(text, sizeof(text), "%llu", number);
	claim_form(text, value);
	snprintf(text, sizeof(text), "0x%llx", number);
	claim_form(text, value);
	snprintf(text, sizeof(text), "0X%016llX", number);
	claim_form(text, value);
	for (unsigned int unit = 1; unit <= 3 && !(value & ((1ull << 10 * unit) - 1)); unit++) {
		snprintf(text, sizeof(text), "%llu%c", number >> 10 * unit, " kmg"[unit]);
		claim_form(text, value);
	}
}

/* Once more as a number of a range; *value is that of a text that is one. */
static void claim_range(const char *text, bool number, u64 value, u64 lo, u64 hi)
{
	bool in = number && value >= lo && value <= hi;
	const char *printed;
	u64 got = 0;
	size_t len;
	bool taken;

	printed_begin();
	taken = shell_number(text, "N", lo, hi, &got);
	printed = printed_end(&len);
	if (taken != in || (taken && got != value))
		fuzz_fail("\"%s\" from %llu to %llu: %s", text, (unsigned long long)lo,
			  (unsigned long long)hi, taken ? "taken" : "refused");
	if (taken ? len : !printed_one_error(printed, ": N: \""))
		fuzz_fail("\"%s\": %s", text, printed);
}

static void claim_number(const char *text, u64 lo, u64 hi)
{
	u64 want = 0, got = 0;
	bool number = plain_number(text, &want);

	if (parse_number(text, &got) != number || (number && got != want))
		fuzz_fail("\"%s\" is read as %llu, not %llu", text, (unsigned long long)got,
			  (unsigned long long)want);
	claim_range(text, number, want, lo, hi);
	if (number)
		claim_printed(want);
}

/* --- addresses -------------------------------------------------------------------------------- */

/* What the text says; false: nothing.  No handle is held, so #N is none. */
static bool plain_address(const char *text, u64 *address)
{
	const char *plus = strchr(text, '+');
	char *base = exact_string(text, plus ? (size_t)(plus - text) : strlen(text));
	unsigned long symbol = 0;
	u64 offset = 0, number = 0;
	bool known = false;

	if (isdigit((u8)*base))
		known = plain_number(base, &number) && number <= (vaddr_t)-1;
	else if (*base != '#' && kallsyms_find(base, &symbol))
		known = true, number = symbol;
	free(base);
	if (plus && !plain_number(plus + 1, &offset))
		return false;
	*address = number + offset;
	return known && *address >= number && *address <= (vaddr_t)-1;
}

static void claim_address(const char *text)
{
	const char *printed;
	bool known, taken;
	vaddr_t got = 0;
	u64 want;
	size_t len;

	known = plain_address(text, &want);
	printed_begin();
	taken = shell_address(text, "ADDR", &got);
	printed = printed_end(&len);
	if (taken != known || (taken && got != want))
		fuzz_fail("\"%s\" is %#lx, not %#llx", text, got, (unsigned long long)want);
	if (taken ? len : !printed_one_error(printed, "ADDR: "))
		fuzz_fail("\"%s\": %s", text, printed);
}

/* --- usages ----------------------------------------------------------------------------------- */

static bool spelled(char c)
{
	return islower((u8)c) || isdigit((u8)c) || c == '-' || c == '_';
}

/* Each word that the usage spells out, in its order, cut to 31 characters; NULL behind the last. */
static void claim_usage(const char *usage)
{
	unsigned int nth = 0;

	for (const char *at = usage; *at;) {
		const char *end = at, *word;
		size_t len;

		while ((u8)*end < 0x80 && spelled(*end))
			end++;
		end += *end == '=';
		len = (size_t)(end - at);
		if (islower((u8)*at) && (u8)*at < 0x80) {
			word = complete_usage(usage, nth++);
			if (!word || strncmp(word, at, min(len, (size_t)31)) != 0 ||
			    strlen(word) != min(len, (size_t)31))
				fuzz_fail("word %u of \"%s\" is %s", nth, usage, word);
		}
		at = len ? end : at + 1;
	}
	if (complete_usage(usage, nth))
		fuzz_fail("\"%s\" has no word %u", usage, nth);
}

/* --- an input --------------------------------------------------------------------------------- */

static u64 pick_bound(struct fuzz_input *in)
{
	return (u64)fuzz_u16(in) << fuzz_below(in, 49);
}

/* The input's rest, or that over and over: no word of a line is longer than it may become. */
static char *word_of(const struct fuzz_input *in, bool repeated)
{
	char bytes[SHELL_WORD_MAX - 1];
	size_t len = repeated && in->left ? sizeof(bytes) : min(in->left, sizeof(bytes));

	for (size_t i = 0; i < len; i++)
		bytes[i] = (char)in->data[i % in->left];
	return exact_word(bytes, len);
}

static void run(const u8 *data, size_t size)
{
	struct fuzz_input in = fuzz_read(data, size);
	u8 how = fuzz_u8(&in);
	u64 a = pick_bound(&in), b = pick_bound(&in);
	char *word = word_of(&in, how & 16);

	if (how % 16 == 0)
		claim_address(word); /* a symbol takes long to be found */
	else if (how % 16 < 8)
		claim_number(word, min(a, b), max(a, b));
	else
		claim_usage(word + strlen(word) - min(strlen(word), (size_t)USAGE_MAX));
	claim_printed(a | b);
	free(word);
}

FUZZ_TARGET(arguments, "numbers, addresses and usages of the shell's commands", run, .pure = true);
