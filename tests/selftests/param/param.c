/*
 * param.c - claims about the kernel command line: numbers, words, quotes, warnings
 *
 * The parser is given a table of this file's own, and warnings are collected as text, so that
 * nothing of the running kernel is set.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "kernel/param_impl.h"
#include "kernel/selftest/selftest.h"

/* --- numbers ---------------------------------------------------------------------------------- */

struct number_case {
	const char *text;
	bool ok;
	u64 value;
};

static const struct number_case numbers[] = {
	{ "0", true, 0 },
	{ "7", true, 7 },
	{ "010", true, 10 },
	{ "16384", true, 16384 },
	{ "0x10", true, 16 },
	{ "0XfF", true, 255 },
	{ "4k", true, 4096 },
	{ "4K", true, 4096 },
	{ "64M", true, 64ull << 20 },
	{ "3g", true, 3ull << 30 },
	{ "0x10K", true, 16 << 10 },
	{ "18446744073709551615", true, UINT64_MAX },
	{ "0xffffffffffffffff", true, UINT64_MAX },
	{ "17179869183G", true, 17179869183ull << 30 },
	{ "18446744073709551616", false, 0 },
	{ "99999999999999999999", false, 0 },
	{ "0x10000000000000000", false, 0 },
	{ "17179869184G", false, 0 },
	{ "", false, 0 },
	{ "0x", false, 0 },
	{ "x10", false, 0 },
	{ "K", false, 0 },
	{ "12x", false, 0 },
	{ "12KB", false, 0 },
	{ "12KK", false, 0 },
	{ "1T", false, 0 },
	{ "a", false, 0 },
	{ "0xg", false, 0 },
	{ "-1", false, 0 },
	{ "+1", false, 0 },
	{ " 1", false, 0 },
	{ "1 ", false, 0 },
	{ "1.5M", false, 0 },
};

SELFTEST(param, numbers,
	 "a number is decimal or 0x hex with one unit letter at most, and nothing else")
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		u64 value = 12345;
		bool ok = parse_number(numbers[i].text, &value);

		if (ok == numbers[i].ok && value == (ok ? numbers[i].value : 12345))
			continue;
		selftest_fail(__FILE__, __LINE__, "\"%s\": %s, value %llu", numbers[i].text,
			      ok ? "taken" : "refused", (unsigned long long)value);
		return;
	}
}

/* --- a table of our own ----------------------------------------------------------------------- */

static unsigned long size_target;
static int int_target;
static bool bool_target;
static const char *text_target;
static unsigned int custom_calls;

static bool set_custom(const char *value, const struct param *param)
{
	custom_calls++;
	return param->target == &custom_calls && strcmp(value, "good") == 0;
}

static const struct param size_param = { "size", "", param_set_size, &size_target, NULL };
static const struct param int_param = { "int", "", param_set_int, &int_target, NULL };
static const struct param bool_param = { "flag", "", param_set_bool, &bool_target, NULL };
static const struct param text_param = { "text", "", param_set_string, &text_target, NULL };
static const struct param custom_param = { "custom", "", set_custom, &custom_calls, NULL };
static const struct param *const table[] = { &size_param, &int_param, &bool_param, &text_param,
					     &custom_param };

static char said[256]; /* "word: why|word: why|" */

static void collect(const char *word, const char *why)
{
	size_t used = strlen(said);

	snprintf(said + used, sizeof(said) - used, "%.40s: %s|", word, why);
}

static unsigned int parse_sized(const char *line, size_t copy_size)
{
	static char copy[256];
	const struct param_parser parser = {
		.first = table,
		.last = table + ARRAY_SIZE(table),
		.warn = collect,
		.copy = copy,
		.copy_size = copy_size,
	};

	size_target = 1;
	int_target = 1;
	bool_target = false;
	text_target = NULL;
	custom_calls = 0;
	said[0] = '\0';
	return param_parse_with(&parser, line);
}

static unsigned int parse(const char *line)
{
	return parse_sized(line, 256);
}

/* --- words and quotes ------------------------------------------------------------------------- */

struct text_case {
	const char *line;
	const char *text; /* what the text parameter becomes; NULL: stays unset */
	unsigned int warned;
	const char *said;
};

static const struct text_case texts[] = {
	{ "", NULL, 0, "" },
	{ " \t\n ", NULL, 0, "" },
	{ "text=a", "a", 0, "" },
	{ "  text=a  ", "a", 0, "" },
	{ "text=a\ttext=b\ntext=c", "c", 0, "" }, /* the last wins */
	{ "text", "", 0, "" },
	{ "text=", "", 0, "" },
	{ "text=a=b", "a=b", 0, "" },
	{ "text=\"a b\"", "a b", 0, "" },
	{ "\"text=a b\"", "a b", 0, "" },
	{ "te\"xt=a\" flag", "a", 0, "" },
	{ "text=a\" \"b\" \"c", "a b c", 0, "" },
	{ "text=\"\"", "", 0, "" },
	{ "text=\"a \\\"b\\\" c\"", "a \"b\" c", 0, "" },
	{ "text=\"a\\\\\" flag", "a\\", 0, "" },
	{ "text=\"a\\n\"", "a\\n", 0, "" }, /* other escapes mean nothing */
	{ "text=a\\\\b", "a\\\\b", 0, "" }, /* nor any outside quotes */
	{ "text=\"a", NULL, 1, "text=a: a quote is left open|" },
	{ "flag text=a\"b c d", NULL, 1, "text=ab c d: a quote is left open|" },
	{ "text=\"a\\\"", NULL, 1, "text=a\": a quote is left open|" },
	{ "foo text=a", "a", 1, "foo: unknown|" },
	{ "foo=1 text=a bar", "a", 2, "foo: unknown|bar: unknown|" },
	{ "tex=1", NULL, 1, "tex: unknown|" },
	{ "texts=1", NULL, 1, "texts: unknown|" },
	{ "TEXT=1", NULL, 1, "TEXT: unknown|" },
	{ "=a", NULL, 1, ": unknown|" },
	{ "\"\"", NULL, 1, ": unknown|" },
	{ "size=12x text=a", "a", 1, "size=12x: not a size below 4G|" },
	{ "size int=1K flag=2 text=a", "a", 3,
	  "size: not a size below 4G|int=1K: not a number|flag=2: not 0 or 1|" },
	{ "custom=bad", NULL, 1, "custom=bad: not a value it takes|" },
	{ "custom=good", NULL, 0, "" },
};

SELFTEST(param, words,
	 "blanks split words but not inside quotes, and what cannot be used is named and skipped")
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		const struct text_case *c = &texts[i];
		unsigned int warned = parse(c->line);
		bool same =
			c->text ? text_target && strcmp(text_target, c->text) == 0 : !text_target;

		if (warned == c->warned && same && strcmp(said, c->said) == 0)
			continue;
		selftest_fail(__FILE__, __LINE__, "`%s`: text is `%s`, %u warned: %s", c->line,
			      text_target ? text_target : "(unset)", warned, said);
		return;
	}
}

/* --- typed setters ---------------------------------------------------------------------------- */

SELFTEST(param, sizes, "a size takes units and keeps its old value when refused")
{
	EXPECT_EQ(parse("size=64M"), 0);
	EXPECT_EQ(size_target, 64ul << 20);
	EXPECT_EQ(parse("size=0x1000"), 0);
	EXPECT_EQ(size_target, 0x1000);
	EXPECT_EQ(parse("size=-1"), 1);
	EXPECT_EQ(size_target, 1);
	EXPECT_EQ(parse("size=17179869184G"), 1);
	EXPECT_EQ(size_target, 1);
	EXPECT_EQ(parse("size=4G"), sizeof(long) == 4); /* does not fit 32 bits */
}

SELFTEST(param, ints, "an int is decimal, signed, and within an int's range")
{
	EXPECT_EQ(parse("int=-12"), 0);
	EXPECT(int_target == -12);
	EXPECT_EQ(parse("int=2147483647"), 0);
	EXPECT(int_target == INT_MAX);
	EXPECT_EQ(parse("int=-2147483648"), 0);
	EXPECT(int_target == INT_MIN);
	EXPECT_EQ(parse("int=2147483648"), 1);
	EXPECT_EQ(parse("int=-2147483649"), 1);
	EXPECT_EQ(parse("int=- int=--1 int= int int=0x10 int=1K"), 6);
	EXPECT(int_target == 1);
}

SELFTEST(param, bools, "a bool is 0, 1 or its bare name")
{
	EXPECT_EQ(parse("flag"), 0);
	EXPECT(bool_target);
	EXPECT_EQ(parse("flag=1"), 0);
	EXPECT(bool_target);
	EXPECT_EQ(parse("flag flag=0"), 0);
	EXPECT(!bool_target);
	EXPECT_EQ(parse("flag=yes flag=01 flag=10"), 3);
	EXPECT(!bool_target);
}

SELFTEST(param, custom, "a setter of its own is called once a word, with its parameter")
{
	EXPECT_EQ(parse("custom=good custom custom=good"), 1);
	EXPECT_EQ(custom_calls, 3);
}

/* --- too long --------------------------------------------------------------------------------- */

SELFTEST(param, cut,
	 "a line that is too long is warned about, and the word that the cut halves is not obeyed")
{
	EXPECT_EQ(parse_sized("int=2 size=128", sizeof("int=2 size=128")), 0); /* just fits */
	EXPECT_EQ(size_target, 128);
	EXPECT_EQ(parse_sized("int=2 size=128", sizeof("int=2 size=12")), 2);
	EXPECT(int_target == 2);
	EXPECT_EQ(size_target, 1);
	EXPECT_EQ(parse_sized("int=2 size=128", sizeof("int=2")), 1); /* between words */
	EXPECT(int_target == 2);
	EXPECT_EQ(parse_sized("int=2", 1), 1);
	EXPECT(int_target == 1);
}
