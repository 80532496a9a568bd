/*
 * plain_number.c - digits, added up one by one, and remembered to be too many
 */
#include "tests/fuzz/plain_number.h"

#include <limits.h>
#include <string.h>

struct sum {
	u64 number;
	bool fits;
};

static void times(struct sum *sum, u64 factor)
{
	sum->fits &= sum->number <= UINT64_MAX / factor;
	sum->number *= factor;
}

static void plus(struct sum *sum, u64 digit)
{
	sum->fits &= sum->number <= UINT64_MAX - digit;
	sum->number += digit;
}

/* Digits up to `end`, which are at least one. */
static bool read_sum(const char *text, const char *end, unsigned int base, struct sum *sum)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";

	*sum = (struct sum){ 0, true };
	if (text == end)
		return false;
	for (; text < end; text++) {
		const char *digit = strchr(digits, *text);
		unsigned int value = digit ? (unsigned int)(digit - digits) % 16 : 16;

		if (value >= base)
			return false;
		times(sum, base);
		plus(sum, value);
	}
	return true;
}

bool plain_number(const char *text, u64 *value)
{
	static const char units[] = "kmgKMG";
	const char *end = text + strlen(text);
	const char *unit = text < end ? strchr(units, end[-1]) : NULL;
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	struct sum sum;

	if (!read_sum(text + 2 * hex, end - !!unit, hex ? 16 : 10, &sum))
		return false;
	if (unit)
		times(&sum, 1ull << 10 * ((unit - units) % 3 + 1));
	*value = sum.number;
	return sum.fits;
}

bool plain_int(const char *text, u64 *value)
{
	bool minus = *text == '-';
	struct sum sum;

	text += minus;
	if (!read_sum(text, text + strlen(text), 10, &sum) || !sum.fits ||
	    sum.number > (u64)INT_MAX + minus)
		return false;
	*value = minus ? -sum.number : sum.number;
	return true;
}
