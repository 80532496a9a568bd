/*
 * numbers.c - every string of up to five characters that a number may be made of, as a number
 *
 *	"0x1fG" ──parse_number()──> 31 GiB, or "no"
 *	        ──the definition──> an optional 0x, digits of that base, an optional unit; nothing else
 *
 * The characters are those that mean something, the first and last digits of each base, their neighbours
 * in ASCII, and some that mean nothing.
 *
 * Locking: none.
 * Read next: kernel/param.h.
 */
#include <string.h>

#include "kernel/param.h"
#include "kernel/selftest/selftest.h"
#include "range.h"

static const char alphabet[] = "019:/afgAFG@xXkKmM- +\0";
enum { LETTERS = sizeof(alphabet) - 1, LONGEST = ON_HOST ? 5 : 3 };

/* --- the definition --------------------------------------------------------------------------- */

static const char digits[] = "0123456789abcdef";

/* Its value in the base, or the base. */
static unsigned int digit_of(char c, unsigned int base)
{
	for (unsigned int value = 0; value < base; value++)
		if (c == digits[value] ||
		    (c >= 'A' && c <= 'F' && c + ('a' - 'A') == digits[value]))
			return value;
	return base;
}

static u64 unit_of(char c)
{
	return c == 'k' || c == 'K'   ? KiB
	       : c == 'm' || c == 'M' ? MiB
	       : c == 'g' || c == 'G' ? GiB
				      : 0;
}

/* For strings that are too short for 64 bits. */
static bool is_number(const char *s, u64 *value)
{
	const bool hex = !strncmp(s, "0x", 2) || !strncmp(s, "0X", 2);
	const unsigned int base = hex ? 16 : 10;
	size_t length = strlen(s), n = hex ? 2 : 0, first = n;

	*value = 0;
	for (; n < length && digit_of(s[n], base) < base; n++)
		*value = *value * base + digit_of(s[n], base);
	if (n == first)
		return false;
	if (n < length && unit_of(s[n]))
		*value *= unit_of(s[n++]);
	return n == length;
}

/* An optional minus, and digits. */
static bool is_int(const char *s, s64 *value)
{
	const bool negative = *s == '-';
	u64 number;

	if (!is_number(s + negative, &number) ||
	    strspn(s + negative, "0123456789") != strlen(s + negative))
		return false;
	*value = negative ? -(s64)number : (s64)number;
	return true;
}

/* --- all strings ------------------------------------------------------------------------------ */

static bool number_holds(const char *s)
{
	u64 value = 0x5a5a, wanted;
	const bool is = is_number(s, &wanted);

	CHECK(parse_number(s, &value) == is);
	return value == (is ? wanted : 0x5a5a);
}

static bool size_holds(const char *s)
{
	unsigned long target = 0x5a5a;
	const struct param param = { .target = &target };
	u64 wanted;
	const bool is = is_number(s, &wanted) && wanted <= ~0ul;

	CHECK(param_set_size(s, &param) == is);
	return target == (is ? wanted : 0x5a5a);
}

static bool int_holds(const char *s)
{
	int target = 0x5a5a;
	const struct param param = { .target = &target };
	s64 wanted;
	const bool is = is_int(s, &wanted);

	CHECK(param_set_int(s, &param) == is);
	return target == (is ? wanted : 0x5a5a);
}

static bool bool_holds(const char *s)
{
	bool target = false;
	const struct param param = { .target = &target };
	const bool is = !*s || (!s[1] && (*s == '0' || *s == '1'));

	CHECK(param_set_bool(s, &param) == is);
	return target == (is && *s != '0');
}

static bool string_holds(const char *s)
{
	if (number_holds(s) && size_holds(s) && int_holds(s) && bool_holds(s))
		return true;
	selftest_note("of \"%s\"", s);
	return false;
}

/* The next one in a number system whose digits are the alphabet's; false: that was the last. */
static bool next_string(unsigned int at[LONGEST], char s[LONGEST + 1], unsigned int length)
{
	for (unsigned int i = 0; i < length; i++) {
		at[i] = (at[i] + 1) % LETTERS;
		s[i] = alphabet[at[i]];
		if (at[i])
			return true;
	}
	return false;
}

/* The alphabet has the end of a string, too: so these are the shorter ones, several times. */
SELFTEST(exhaustive, numbers,
	 "each string is the number that it is, or none, and then nothing is changed")
{
	unsigned int at[LONGEST] = {};
	char s[LONGEST + 1] = {};

	memset(s, alphabet[0], LONGEST);
	do
		EXPECT(string_holds(s));
	while (next_string(at, s, LONGEST));
}

/* --- at the ends ------------------------------------------------------------------------------ */

/* Writes it in the base; returns what is behind it. */
static char *write_number(char *to, u64 value, unsigned int base)
{
	char turned[65];
	unsigned int n = 0;

	do
		turned[n++] = digits[value % base];
	while (value /= base);
	while (n)
		*to++ = turned[--n];
	*to = '\0';
	return to;
}

/* Value and unit, as text; the product is a number if 64 bits hold it. */
static bool text_holds(u64 value, bool hex, const char *unit, u64 factor)
{
	char text[80] = "0x";
	u64 got = 0;
	const bool fits = value <= ~0ull / factor;

	strcpy(write_number(text + (hex ? 2 : 0), value, hex ? 16 : 10), unit);
	CHECK(parse_number(text, &got) == fits);
	return got == (fits ? value * factor : 0);
}

SELFTEST(exhaustive, numbers_ends,
	 "beside each power of two, and at 64 bits' end, no number is mistaken")
{
	for (unsigned int bit = 0; bit < 64; bit++)
		for (u64 beside = 0; beside < 512; beside++) {
			const u64 value = (1ull << bit) + beside - 256;

			for (unsigned int hex = 0; hex < 2; hex++) {
				EXPECT(text_holds(value, hex, "", 1));
				EXPECT(text_holds(value, hex, "k", KiB));
				EXPECT(text_holds(value, hex, "M", MiB));
				EXPECT(text_holds(value, hex, "G", GiB));
			}
		}
}

/* The next number, as text; it does not become longer. */
static void count_up(char *last)
{
	for (; *last == '9'; last--)
		*last = '0';
	++*last;
}

SELFTEST(exhaustive, numbers_beyond, "a number of more than 64 bits is none, from the first one on")
{
	char text[24];
	char *end = write_number(text, ~0ull, 10);
	u64 value = 0;

	EXPECT(parse_number(text, &value) && value == ~0ull);
	for (unsigned int n = 0; n < 0x10000; n++) {
		count_up(end - 1);
		EXPECT(!parse_number(text, &value) && value == ~0ull);
	}
}
