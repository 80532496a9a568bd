/*
 * utf8.c - code points and bytes, widths, clusters; and the rows that they take
 *
 * Read next: kernel/shell/utf8.h, kernel/shell/row_count.h.
 */
#include <string.h>

#include "kernel/selftest/selftest.h"
#include "kernel/shell/row_count.h"
#include "kernel/shell/utf8.h"

SELFTEST(shell, utf8_inverse, "every code point comes back from its bytes, and no surrogate does")
{
	for (u32 code = 0; code < 0x110000; code += code < 0x3000 ? 1 : 61) {
		struct utf8 utf8 = {};
		char bytes[UTF8_BYTES];
		size_t n = utf8_put(code, bytes);
		enum utf8_step step = UTF8_MORE;

		for (size_t i = 0; i < n && step == UTF8_MORE; i++)
			step = utf8_feed(&utf8, (u8)bytes[i]);
		if (code >= 0xd800 && code < 0xe000) {
			EXPECT_EQ(step, UTF8_TORN);
			continue;
		}
		EXPECT_EQ(step, UTF8_DONE);
		EXPECT_EQ(utf8.code, code);
	}
}

/* How the last of these bytes ends. */
static enum utf8_step ends(const char *bytes)
{
	struct utf8 utf8 = {};
	enum utf8_step step = UTF8_MORE;

	for (; *bytes; bytes++)
		step = utf8_feed(&utf8, (u8)*bytes);
	return step;
}

SELFTEST(shell, utf8_refuses,
	 "overlong forms, surrogates, too high ones and stray bytes are no characters")
{
	EXPECT_EQ(ends("\200"), UTF8_WRONG);
	EXPECT_EQ(ends("\277"), UTF8_WRONG);
	EXPECT_EQ(ends("\301"), UTF8_WRONG);
	EXPECT_EQ(ends("\302\177"), UTF8_TORN);
	EXPECT_EQ(ends("\302\200"), UTF8_DONE);
	EXPECT_EQ(ends("\340\237"), UTF8_TORN);
	EXPECT_EQ(ends("\340\240\200"), UTF8_DONE);
	EXPECT_EQ(ends("\355\237\277"), UTF8_DONE);
	EXPECT_EQ(ends("\355\240"), UTF8_TORN);
	EXPECT_EQ(ends("\360\217"), UTF8_TORN);
	EXPECT_EQ(ends("\360\220\200\200"), UTF8_DONE);
	EXPECT_EQ(ends("\364\217\277\277"), UTF8_DONE);
	EXPECT_EQ(ends("\364\220"), UTF8_TORN);
	EXPECT_EQ(ends("\365"), UTF8_WRONG);
	EXPECT_EQ(ends("\346\227\346"), UTF8_TORN);
	EXPECT(utf8_sound("a\303\251") && !utf8_sound("a\303") && !utf8_sound("\251"));
}

SELFTEST(shell, utf8_widths,
	 "a character is as wide as Unicode says: the ends of ranges, and what lies beside")
{
	static const struct {
		u32 code;
		unsigned int width;
	} known[] = {
		{ 'a', 1 },	{ 0xad, 1 },	{ 0x2ff, 1 },	{ 0x300, 0 },	{ 0x36f, 0 },
		{ 0x370, 1 },	{ 0x5bf, 0 },	{ 0x5c0, 1 },	{ 0x600, 1 },	{ 0x10ff, 1 },
		{ 0x1100, 2 },	{ 0x115f, 2 },	{ 0x1160, 0 },	{ 0x11ff, 0 },	{ 0x1200, 1 },
		{ 0x200b, 0 },	{ 0x200f, 0 },	{ 0x2010, 1 },	{ 0x2018, 1 },	{ 0x231a, 2 },
		{ 0x231c, 1 },	{ 0x3000, 2 },	{ 0x303f, 1 },	{ 0x3041, 2 },	{ 0x4dc0, 1 },
		{ 0x4dff, 1 },	{ 0x4e00, 2 },	{ 0x9fff, 2 },	{ 0xac00, 2 },	{ 0xd7a3, 2 },
		{ 0xfe0f, 0 },	{ 0xff01, 2 },	{ 0xff60, 2 },	{ 0xff61, 1 },	{ 0xfffd, 1 },
		{ 0x1f600, 2 }, { 0x20000, 2 }, { 0x3fffd, 2 }, { 0xe01ef, 0 }, { 0x10ffff, 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		EXPECT_EQ(utf8_width(known[i].code), known[i].width);
}

SELFTEST(shell, utf8_clusters, "an accent belongs to the character before it")
{
	static const char text[] = "e\314\201\314\202\346\227\245x"; /* e with two, one wide, x */

	EXPECT_EQ(utf8_after(text, 9, 0), 5);
	EXPECT_EQ(utf8_after(text, 9, 5), 8);
	EXPECT_EQ(utf8_after(text, 9, 8), 9);
	EXPECT_EQ(utf8_before(text, 9), 8);
	EXPECT_EQ(utf8_before(text, 8), 5);
	EXPECT_EQ(utf8_before(text, 5), 0);
	EXPECT_EQ(utf8_before(text + 1, 4), 0); /* accents over nothing */
	EXPECT_EQ(utf8_columns(text, 9), 4);
}

static unsigned int rows_of(const char *text, size_t columns)
{
	struct row_count count = {};
	unsigned int rows = 0;

	for (; *text; text++)
		rows += row_count(&count, (u8)*text, columns);
	return rows;
}

SELFTEST(shell, rows_counted, "a row ends with a newline or its last column, but not twice")
{
	EXPECT_EQ(rows_of("a\nb\n\n", 10), 3);
	EXPECT_EQ(rows_of("123456789", 10), 0);
	EXPECT_EQ(rows_of("1234567890", 10), 1);
	EXPECT_EQ(rows_of("1234567890\n", 10), 1);
	EXPECT_EQ(rows_of("1234567890\n\n", 10), 2);
	EXPECT_EQ(rows_of("12345678901\n", 10), 2);
	EXPECT_EQ(rows_of("\033[31m123456789\033[m", 10), 0);
	EXPECT_EQ(rows_of("\346\227\245\346\227\245\346\227\245\346\227\245\346\227\245", 10), 1);
	EXPECT_EQ(rows_of("12345678\ta", 10), 1);
	EXPECT_EQ(rows_of("12345\r1234567", 10), 0);
}
