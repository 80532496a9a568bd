/*
 * parse.c - words, quotes, escapes, `;`, and the lines that are refused
 *
 * Read next: kernel/shell/parse.h.
 */
#include <string.h>

#include "kernel/selftest/selftest.h"
#include "kernel/shell/parse.h"
#include "kernel/shell/variables.h"
#include "lib/random.h"

/* All that a test needs; too much for a stack. */
struct sheet {
	char result[4 * SHELL_LINE_MAX];
	char line[SHELL_LINE_MAX + 1];
	struct parsed parsed;
};
SELFTEST_TABLE(struct sheet, sheet, 1);

/* To parse the first command of a line into. */
static struct parsed *no_filter(void)
{
	sheet->parsed.pipe = false;
	return &sheet->parsed;
}

/* Writes the line's words as <word><word>, with `;` between commands; "!" where it is refused. */
static const char *dissect(const char *line)
{
	size_t at = 0, len = strlen(line);
	char *out = sheet->result;

	*out = 0;
	no_filter();
	do {
		if (parse_command(line, len, &at, &sheet->parsed) != PARSE_OK) {
			strcpy(out, "!");
			return sheet->result;
		}
		for (int i = 0; i < sheet->parsed.argc; i++) {
			*out++ = '<';
			out = stpcpy(out, sheet->parsed.argv[i]);
			*out++ = '>';
		}
		if (sheet->parsed.semicolon || sheet->parsed.pipe)
			*out++ = sheet->parsed.pipe ? '|' : ';';
		*out = 0;
	} while (at < len);
	return sheet->result;
}

static bool is(const char *line, const char *expected)
{
	CHECK(strcmp(dissect(line), expected) == 0);
	return true;
}

SELFTEST(shell, parse_words,
	 "blanks separate words, `;` separates commands, nothing else is special")
{
	EXPECT(is("", ""));
	EXPECT(is(" \t ", ""));
	EXPECT(is("a", "<a>"));
	EXPECT(is("  alloc\tpages   2 ", "<alloc><pages><2>"));
	EXPECT(is("a;b", "<a>;<b>"));
	EXPECT(is("a ; b;", "<a>;<b>;"));
	EXPECT(is(";;a;;", ";;<a>;;"));
	EXPECT(is("free #7 $5 * $", "<free><#7><$5><*><$>"));
	EXPECT(is("md #1+0x10|grep 0", "<md><#1+0x10>|<grep><0>"));
	EXPECT(is("a | b|c;d |", "<a>|<b>|<c>;<d>|"));
	EXPECT(is("a '|' \"|\" \\|", "<a><|><|><|>"));
}

SELFTEST(shell, parse_comments, "# begins a comment first in a line, and before what is no digit")
{
	EXPECT(is("# a 'b; c", ""));
	EXPECT(is("  #7", ""));
	EXPECT(is("#7", ""));
	EXPECT(is("free #7 # and more; free #8", "<free><#7>"));
	EXPECT(is("free #7 #x", "<free><#7>"));
	EXPECT(is("free #", "<free>"));
	EXPECT(is("a;#7", "<a>;<#7>"));
	EXPECT(is("a; # b", "<a>;"));
	EXPECT(is("a#b a\\# '#' \\#", "<a#b><a#><#><#>"));
}

static bool set(const char *assignment)
{
	char word[100];
	char *argv[] = { word, NULL };

	strcpy(word, assignment);
	return variable_set(1, argv) == SHELL_OK;
}

SELFTEST(shell, parse_variables, "$name is its value outside of quotes, and $name= sets it")
{
	EXPECT(set("$parse_t=#7") && set("$parse_u=two words"));
	EXPECT(is("md $parse_t+8 x$parse_t", "<md><#7+8><x#7>"));
	EXPECT(is("a $parse_u", "<a><two words>"));
	EXPECT(is("a '$parse_t' \"$parse_t\" \\$parse_t", "<a><$parse_t><$parse_t><$parse_t>"));
	EXPECT(is("$parse_t=5", "<$parse_t=5>"));
	EXPECT(is("$parse_v=$parse_t+1", "<$parse_v=#7+1>"));
	EXPECT(is("a $parse_t=5", "<a><#7=5>"));
	EXPECT(is("a $parse_none", "!"));
	EXPECT(set("$parse_t=") && set("$parse_u="));
	EXPECT(is("a $parse_t", "!"));
}

SELFTEST(shell, parse_growth,
	 "values make a command so much longer as promised, not one character more")
{
	char value[VARIABLE_VALUE_MAX + 5] = "$p=";
	char line[64];

	memset(value + 3, 'v', VARIABLE_VALUE_MAX);
	EXPECT(set(value));
	strcpy(line, "e $p $p $p $p"); /* each is 61 more */
	EXPECT(strcmp(dissect(line), "!"));
	strcat(line, " $p");
	EXPECT(is(line, "!"));
	EXPECT(set("$p=0123456789abc"));
	strcpy(line, "e $p$p$p$p$p$p$p$p$p$p$p$p$p$p$p$p$p$p$p$p$p$p$p");
	EXPECT(strcmp(dissect(line), "!")); /* 23 times 11 are 253 */
	strcat(line, "$p");
	EXPECT(is(line, "!"));
	EXPECT(set("$p="));
}

SELFTEST(shell, parse_quotes, "quotes and backslashes keep blanks, `;` and each other")
{
	EXPECT(is("echo 'a  b' \"c;d\"", "<echo><a  b><c;d>"));
	EXPECT(is("a\\ b\\;c", "<a b;c>"));
	EXPECT(is("'a\\b' \"a\\\"b\" \"a\\\\b\"", "<a\\b><a\"b><a\\b>"));
	EXPECT(is("'\"' \"'\"", "<\"><'>"));
	EXPECT(is("a'b'\"c\"d", "<abcd>"));
	EXPECT(is("'' \"\" x", "<><><x>"));
	EXPECT(is("\\'", "<'>"));
}

static bool refused(const char *line, enum parse_status why, size_t where)
{
	size_t at = 0, len = strlen(line);
	enum parse_status status;

	do
		status = parse_command(line, len, &at, no_filter());
	while (status == PARSE_OK && at < len);
	CHECK(status == why);
	CHECK(sheet->parsed.error_at == where);
	return true;
}

SELFTEST(shell, parse_refuses, "an open quote and a last backslash are refused, with their place")
{
	EXPECT(refused("echo 'abc", PARSE_OPEN_QUOTE, 5));
	EXPECT(refused("echo \"abc'", PARSE_OPEN_QUOTE, 5));
	EXPECT(refused("echo \"abc\\\"", PARSE_OPEN_QUOTE, 5));
	EXPECT(refused("a 'b' \"c", PARSE_OPEN_QUOTE, 6));
	EXPECT(refused("good; bad \\", PARSE_OPEN_BACKSLASH, 10));
}

SELFTEST(shell, parse_limits, "as many words and characters as promised are taken, not one more")
{
	char *line = sheet->line;
	size_t at = 0;

	for (size_t i = 0; i < 2ul * SHELL_ARGS_MAX; i++)
		line[i] = i % 2 ? ' ' : 'w';
	EXPECT_EQ(parse_command(line, 2ul * SHELL_ARGS_MAX, &at, no_filter()), PARSE_OK);
	EXPECT_EQ(sheet->parsed.argc, SHELL_ARGS_MAX);
	EXPECT_EQ((uintptr_t)sheet->parsed.argv[SHELL_ARGS_MAX], 0);
	at = 0;
	line[2 * SHELL_ARGS_MAX] = 'w';
	EXPECT_EQ(parse_command(line, 2ul * SHELL_ARGS_MAX + 1, &at, no_filter()),
		  PARSE_TOO_MANY_WORDS);
	memset(line, 'x', SHELL_LINE_MAX);
	at = 0;
	EXPECT_EQ(parse_command(line, SHELL_LINE_MAX - 1, &at, no_filter()), PARSE_OK);
	EXPECT_EQ(strlen(sheet->parsed.argv[0]), SHELL_LINE_MAX - 1);
	at = 0;
	EXPECT_EQ(parse_command(line, SHELL_LINE_MAX, &at, no_filter()), PARSE_TOO_LONG);
}

static bool unfinished(const char *line, const char *word, int argc, size_t begins)
{
	CHECK(parse_unfinished(line, strlen(line), &sheet->parsed));
	CHECK(sheet->parsed.argc == argc && sheet->parsed.argv[argc] == NULL);
	CHECK(strcmp(sheet->parsed.argv[argc - 1], word) == 0);
	CHECK(sheet->parsed.last_start == begins);
	return true;
}

SELFTEST(shell, parse_unfinished, "the unfinished word of a line is found, and where it begins")
{
	EXPECT(unfinished("", "", 1, 0));
	EXPECT(unfinished("al", "al", 1, 0));
	EXPECT(unfinished("alloc ", "", 2, 6));
	EXPECT(unfinished("a b; alloc pa", "pa", 2, 11));
	EXPECT(unfinished("a b;", "", 1, 4));
	EXPECT(unfinished("echo 'q u' x", "x", 3, 11));
	EXPECT(!parse_unfinished("echo 'op", 8, &sheet->parsed));
	EXPECT(parse_unfinished("md $ab=", 5, &sheet->parsed)); /* the cursor stands in a name */
	EXPECT_EQ(sheet->parsed.argc, 2);
	EXPECT_EQ(sheet->parsed.last_start, 3);
	EXPECT(!parse_unfinished("echo 'q'x", 9, &sheet->parsed));
}

SELFTEST(shell, parse_fuzz, "of random lines, words never outgrow the line they came from")
{
	static const char letters[] = "ab \t;'\"\\#";
	static char line[80];
	struct rng rng;

	rng_seed(&rng, selftest_seed());
	for (unsigned int i = 0; i < 2000; i++) {
		size_t len = rng_below(&rng, sizeof(line)), at = 0, used = 0;
		enum parse_status status;

		for (size_t j = 0; j < len; j++)
			line[j] = letters[rng_below(&rng, sizeof(letters) - 1)];
		no_filter();
		do {
			size_t before = at;

			status = parse_command(line, len, &at, &sheet->parsed);
			EXPECT(at > before || at == len);
			for (int j = 0; j < sheet->parsed.argc; j++)
				used += strlen(sheet->parsed.argv[j]) + 1;
			EXPECT(used <= at + 1);
		} while (status == PARSE_OK && at < len);
	}
}
