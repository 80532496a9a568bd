/*
 * complete.c - candidates of the shell's own commands, also behind `;`, repeat and time
 *
 * Read next: kernel/shell/complete.c.
 */
#include <string.h>

#include "kernel/selftest/selftest.h"
#include "kernel/shell/complete.h"
#include "kernel/shell/parse.h"

/* Is word among the candidates at the end of text, for a word that begins at `begins`? */
static bool offers(const char *text, const char *word, size_t begins)
{
	const char *candidate;
	size_t start = 0;

	for (unsigned int i = 0; (candidate = complete_line(text, strlen(text), i, &start)); i++)
		if (strcmp(candidate, word) == 0)
			return start == begins;
	return false;
}

SELFTEST(shell, complete_commands, "commands are offered wherever one may stand")
{
	EXPECT(offers("", "echo", 0));
	EXPECT(offers("ec", "echo", 0));
	EXPECT(offers("clear; ec", "echo", 7));
	EXPECT(offers("clear;", "echo", 6));
	EXPECT(offers("repeat 3 ", "echo", 9));
	EXPECT(offers("time ec", "echo", 5));
	EXPECT(offers("time repeat 2 time ", "echo", 19));
	EXPECT(offers("help ec", "echo", 5));
	EXPECT(offers("help ", "params", 5));
	EXPECT(!offers("repeat ", "echo", 7)); /* a number stands there */
	EXPECT(!offers("echo ", "echo", 5));
	EXPECT(!offers("nosuch ", "echo", 7));
	EXPECT(!offers("'ec", "echo", 0));
}

SELFTEST(shell, complete_quoted, "a text with blanks or quotes is offered as it must be typed")
{
	static const char *const texts[] = { "plain",	     "two words", " ",	  "it's",
					     "a;b\\c \"d\"", "#x",	  "\ttab" };
	SELFTEST_TABLE(struct parsed, parsed, 1);

	EXPECT(!strcmp(complete_quoted("plain"), "plain"));
	EXPECT(!strcmp(complete_quoted("two words"), "two\\ words"));
	for (unsigned int i = 0; i < ARRAY_SIZE(texts); i++) {
		const char *typed = complete_quoted(texts[i]);
		size_t at = 0;

		parsed->pipe = false;
		EXPECT_EQ(parse_command(typed, strlen(typed), &at, parsed), PARSE_OK);
		EXPECT_EQ(parsed->argc, 1);
		EXPECT(!strcmp(parsed->argv[0], texts[i]));
	}
	EXPECT(!*complete_quoted(
		"                                                                "));
}

SELFTEST(shell, complete_arguments, "arguments are offered by the command, also through time")
{
	EXPECT(offers("dmesg ", "-c", 6));
	EXPECT(offers("time dmesg -", "-c", 11));
	EXPECT(offers("test ", "shell", 5));
	EXPECT(offers("test shell.", "shell.complete_arguments", 5));
	EXPECT(!offers("test sh", "shell.complete_arguments", 5));
	EXPECT(offers("free ", "all", 5));
}

static bool spells(const char *usage, unsigned int nth, const char *word)
{
	const char *found = complete_usage(usage, nth);

	CHECK(word ? found && strcmp(found, word) == 0 : !found);
	return true;
}

SELFTEST(shell, complete_usage, "a usage line's lower-case words are what it offers")
{
	static const char usage[] = "ORDER [dma|normal|highmem] [zero] [seed=N] [2x]";

	EXPECT(spells(usage, 0, "dma") && spells(usage, 1, "normal") &&
	       spells(usage, 2, "highmem"));
	EXPECT(spells(usage, 3, "zero") && spells(usage, 4, "seed=") && spells(usage, 5, NULL));
	EXPECT(spells("", 0, NULL) && spells("N", 0, NULL) && spells("WORD...", 0, NULL));
}

SELFTEST(shell, complete_memory,
	 "what a command on memory may be told is offered: its words, and what there is by name")
{
	static const char *const lines[][2] = {
		{ "map ", "zone" },
		{ "map ", "DMA" },
		{ "map zone ", "DMA" },
		{ "zoneinfo ", "DMA" },
		{ "cache ", "info" },
		{ "cache info ", "kmalloc-8" },
		{ "cache create a 8 ", "dma" },
		{ "slabinfo ", "kmalloc-8" },
		{ "pool ", "show" },
		{ "pool create a 1 ", "kmalloc" },
		{ "percpu ", "show" },
		{ "percpu show ", "kmap_stack" },
		{ "kmalloc 8 ", "zero" },
		{ "fixmap ", "set" },
		{ "fixmap set 0 0 ", "nocache" },
		{ "pcp ", "drain" },
		{ "pkmap ", "flush" },
		{ "buddyinfo ", "DMA" },
		{ "vmalloc 8 ", "zero" },
		{ "kmalloc ", NULL },
		{ "fixmap set 0 0 ro ", NULL },
		{ "map zone DMA ", NULL },
		{ "percpu show a ", NULL },
		{ "pool show a ", NULL },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(lines); i++) {
		size_t start;

		if (lines[i][1])
			EXPECT(offers(lines[i][0], lines[i][1], strlen(lines[i][0])));
		else
			EXPECT(!complete_line(lines[i][0], strlen(lines[i][0]), 0, &start));
	}
	EXPECT(!offers("percpu show ", "no_variable", strlen("percpu show ")));
	EXPECT(!offers("pool show ", "no pool", strlen("pool show ")));
}
