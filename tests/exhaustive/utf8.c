/*
 * utf8.c - every sequence of bytes that may begin a character, and every code point
 *
 *	RFC 3629    a code point has one form: the bytes of its row; surrogates have none
 *
 *	        00 … ff           a byte; what has to be followed is, by each byte again
 *	         └─ 00 … ff
 *
 * Locking: none.
 * Read next: kernel/shell/utf8.h.
 */
#include <string.h>

#include "kernel/selftest/selftest.h"
#include "kernel/shell/utf8.h"
#include "range.h"

/* --- the definition --------------------------------------------------------------------------- */

static bool is_character(u32 code)
{
	return code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
}

/* The rows of RFC 3629, 3. */
static size_t encode(u32 code, u8 out[UTF8_BYTES])
{
	if (code <= 0x7f) {
		out[0] = (u8)code;
		return 1;
	}
	if (code <= 0x7ff) {
		out[0] = (u8)(0xc0 + code / 64);
		out[1] = 0x80 + code % 64;
		return 2;
	}
	if (code <= 0xffff) {
		out[0] = (u8)(0xe0 + code / 4096);
		out[1] = 0x80 + code / 64 % 64;
		out[2] = 0x80 + code % 64;
		return 3;
	}
	out[0] = (u8)(0xf0 + code / 262144);
	out[1] = 0x80 + code / 4096 % 64;
	out[2] = 0x80 + code / 64 % 64;
	out[3] = 0x80 + code % 64;
	return 4;
}

/* Do these bytes begin some character's form, as one of the rows that `bytes` of it are there of? */
static bool begins_character(const u8 *bytes, size_t n)
{
	static const u32 first[] = { 0, 0x80, 0x800, 0x10000 },
			 last[] = { 0x7f, 0x7ff, 0xffff, 0x10ffff };
	u8 low[UTF8_BYTES], high[UTF8_BYTES];
	const size_t row = bytes[0] < 0x80 ? 1 : bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;
	u32 code = bytes[0] & (row == 1 ? 0x7f : 0x7f >> row);
	u32 lowest, highest;

	/* the least and the greatest number that may become of it */
	for (size_t i = 1; i < n; i++) {
		if (bytes[i] / 64 != 2)
			return false;
		code = code * 64 + bytes[i] % 64;
	}
	lowest = highest = code;
	for (size_t i = n; i < row; i++) {
		lowest *= 64;
		highest = highest * 64 + 63;
	}
	lowest = max(lowest, first[row - 1]);
	highest = min(highest, last[row - 1]);
	if (n > row || lowest > highest || (lowest >= 0xd800 && highest <= 0xdfff))
		return false;
	encode(lowest, low);
	encode(highest, high);
	return !memcmp(low, bytes, n) || !memcmp(high, bytes, n);
}

/* --- all of them ------------------------------------------------------------------------------ */

static unsigned long characters; /* that were read */

static bool sequence_holds(struct utf8 utf8, u8 bytes[UTF8_BYTES], size_t n);

/* Each byte as the next one. */
static bool continued(struct utf8 utf8, u8 bytes[UTF8_BYTES], size_t n)
{
	for (unsigned int byte = 0; byte < 256; byte++) {
		bytes[n] = (u8)byte;
		CHECK(sequence_holds(utf8, bytes, n + 1));
	}
	return true;
}

/* The last of these bytes is fed: what came before it is the beginning of a character. */
static bool sequence_holds(struct utf8 utf8, u8 bytes[UTF8_BYTES], size_t n)
{
	const enum utf8_step step = utf8_feed(&utf8, bytes[n - 1]);
	u8 form[UTF8_BYTES];

	if (!begins_character(bytes, n)) {
		CHECK(step == (n == 1 ? UTF8_WRONG : UTF8_TORN) && utf8.left == 0);
		return true;
	}
	if (step == UTF8_MORE) {
		CHECK(n < UTF8_BYTES && utf8.left > 0);
		return continued(utf8, bytes, n);
	}
	CHECK(step == UTF8_DONE && utf8.left == 0 && is_character(utf8.code));
	CHECK(encode(utf8.code, form) == n && !memcmp(form, bytes, n));
	characters++;
	return true;
}

SELFTEST(exhaustive, utf8_read,
	 "of all sequences of bytes those are characters that are one's only form")
{
	u8 bytes[UTF8_BYTES];

	characters = 0;
	EXPECT(continued((struct utf8){}, bytes, 0));
	EXPECT_EQ(characters,
		  0x110000 - 0x800); /* each is its code's form: so each code came once */
}

SELFTEST(exhaustive, utf8_write, "each code point is written in its form, and walked over as one")
{
	for (u32 code = 0; code <= 0x10ffff; code += ON_HOST ? 1 : SPARSE / 64) {
		char got[2 * UTF8_BYTES];
		u8 wanted[UTF8_BYTES];
		size_t n = encode(code, wanted);

		if (!is_character(code))
			continue;
		EXPECT(utf8_put(code, got) == n && !memcmp(got, wanted, n));
		got[n] = '\0';
		EXPECT(!code || utf8_sound(got));
		EXPECT(utf8_columns(got, n) == utf8_width(code) && utf8_width(code) <= 2);
		EXPECT(utf8_before(got, n) == 0 && utf8_after(got, n, 0) == n);
	}
}
