/*
 * filter.c - grep and head, between a command and the terminal
 *
 *	CMD ──> grep: gathers a line, hands on those that match ──> head: counts lines ──> terminal
 *
 * A filter is no command: it runs in what prints.  What it drops is gone, and the command goes on:
 * its status is its own.  Errors are never dropped by grep: who looks for a word wants to know.
 *
 * Locking: none; it is entered by one at a time (console.c, I3).
 * Read next: run.c, which puts filters in place.
 */
#include <ctype.h>
#include <string.h>

#include "kernel/shell/filter.h"
#include "kernel/shell/run.h"

/* --- grep ------------------------------------------------------------------------------------- */

static bool same(char a, char b, bool any_case)
{
	return any_case ? tolower((unsigned char)a) == tolower((unsigned char)b) : a == b;
}

static bool begins(const struct filter *filter, const char *at, size_t left)
{
	size_t n = 0;

	while (n < left && filter->word[n] && same(at[n], filter->word[n], filter->any_case))
		n++;
	return !filter->word[n];
}

static bool holds(const struct filter *filter)
{
	for (size_t at = 0; at < filter->len; at++)
		if (begins(filter, filter->text + at, filter->len - at))
			return true;
	return false;
}

static bool is_error(const struct filter *filter)
{
	return filter->len > 7 && !memcmp(filter->text, "error: ", 7);
}

static void end_of_line(struct filter *filter)
{
	if (filter->len && (is_error(filter) || holds(filter) != filter->without))
		con_pass(&filter->stage, filter->text, filter->len);
	filter->len = 0;
}

static void grep_write(struct con_stage *stage, const char *s, size_t len)
{
	struct filter *filter = (struct filter *)stage;

	for (; len--; s++) {
		filter->text[filter->len++] = *s;
		if (*s == '\n' || filter->len == sizeof(filter->text))
			end_of_line(filter);
	}
}

static int grep_init(struct filter *filter, int argc, char **argv)
{
	int at = 1;

	for (; at < argc && argv[at][0] == '-' && argv[at][1] && !argv[at][2]; at++) {
		if (argv[at][1] == 'v')
			filter->without = true;
		else if (argv[at][1] == 'i')
			filter->any_case = true;
		else
			break;
	}
	if (at + 1 != argc || !*argv[at])
		return SHELL_USAGE;
	if (strlen(argv[at]) > FILTER_WORD_MAX)
		return shell_error("a word has at most %d characters", FILTER_WORD_MAX);
	strcpy(filter->word, argv[at]);
	return SHELL_OK;
}

/* --- head ------------------------------------------------------------------------------------- */

static void head_write(struct con_stage *stage, const char *s, size_t len)
{
	struct filter *filter = (struct filter *)stage;
	size_t through = 0;

	while (through < len && filter->lines)
		filter->lines -= s[through++] == '\n';
	con_pass(stage, s, through);
}

static int head_init(struct filter *filter, int argc, char **argv)
{
	filter->lines = 10;
	if (argc > 2)
		return SHELL_USAGE;
	return argc < 2 || shell_number(argv[1], "N", 0, 1000000000, &filter->lines) ? SHELL_OK
										     : SHELL_FAIL;
}

/* --- all -------------------------------------------------------------------------------------- */

static const struct filter_kind {
	const char *name, *args;
	int (*init)(struct filter *filter, int argc, char **argv);
	void (*write)(struct con_stage *stage, const char *s, size_t len);
} kinds[] = {
	{ "grep", "[-v] [-i] WORD", grep_init, grep_write },
	{ "head", "[N]", head_init, head_write },
};

static const struct filter_kind *find_kind(const char *name)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(name, kinds[i].name))
			return &kinds[i];
	return NULL;
}

bool filter_known(const char *name)
{
	return find_kind(name);
}

const char *filter_name(unsigned int nth)
{
	return nth < ARRAY_SIZE(kinds) ? kinds[nth].name : NULL;
}

bool filter_init(struct filter *filter, int argc, char **argv)
{
	const struct filter_kind *kind = find_kind(argv[0]);
	const char *before = shell_speak_as(argv[0]);
	int result;

	*filter = (struct filter){ .stage.write = kind->write };
	result = kind->init(filter, argc, argv);
	if (result == SHELL_USAGE)
		shell_error("usage: %s %s", kind->name, kind->args);
	shell_speak_as(before);
	return result == SHELL_OK;
}

void filter_finish(struct filter *filter)
{
	if (filter->len)
		end_of_line(filter);
}
