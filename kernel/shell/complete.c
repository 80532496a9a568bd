/*
 * complete.c - the candidates for Tab: command names, what a command offers, what its usage says
 *
 *	balance; repeat 10 alloc pages 2 hi_         the text up to the cursor
 *	         repeat 10 alloc pages 2 hi_         parse_unfinished(): the last command
 *	                   alloc pages 2 hi_         repeat's complete(): complete_command() again
 *	                                  ^ highmem  alloc's complete(): from the kind's usage
 *
 * Stateless: each candidate is found anew from the text, a line is short.
 *
 * Locking: none.
 * Read next: line_edit.c, complete().
 */
#include <string.h>

#include "kernel/shell/complete.h"
#include "kernel/shell/filter.h"
#include "kernel/shell/parse.h"
#include "kernel/shell/run.h"
#include "kernel/shell/variables.h"

static bool in_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* Finds the next literal word in a usage from *at on: lower case, perhaps an `=` behind it. */
static bool next_literal(const char *usage, size_t *at, size_t *len)
{
	while (usage[*at]) {
		size_t n = 0;

		while (in_word(usage[*at + n]))
			n++;
		if (usage[*at + n] == '=')
			n++;
		*len = n;
		if (n && usage[*at] >= 'a' && usage[*at] <= 'z')
			return true;
		*at += n ? n : 1;
	}
	return false;
}

const char *complete_usage(const char *usage, unsigned int nth)
{
	static char word[32];
	size_t at = 0, len = 0;

	while (next_literal(usage, &at, &len)) {
		if (nth-- == 0) {
			len = min(len, sizeof(word) - 1);
			memcpy(word, usage + at, len);
			word[len] = 0;
			return word;
		}
		at += len;
	}
	return NULL;
}

const char *complete_quoted(const char *text)
{
	static const char quoted[] = " \t\r\n#" SHELL_SPECIAL; /* # begins a comment */
	static char word[128];
	size_t len = 0;

	if (!strpbrk(text, quoted))
		return text;
	for (; *text; text++) {
		if (len + 2 >= sizeof(word))
			return "";
		if (strchr(quoted, *text))
			word[len++] = '\\';
		word[len++] = *text;
	}
	word[len] = 0;
	return word;
}

const char *complete_command(int argc, char **argv, unsigned int nth)
{
	const struct shell_cmd *cmd;

	if (argc < 1)
		return NULL;
	if (argc == 1)
		return shell_cmd_name(nth);
	cmd = shell_find(argv[0]);
	if (!cmd)
		return NULL;
	return cmd->complete ? cmd->complete(argc, argv, nth) : complete_usage(cmd->args, nth);
}

const char *complete_line(const char *text, size_t cursor, unsigned int nth, size_t *start)
{
	struct parsed parsed;

	if (!parse_unfinished(text, cursor, &parsed))
		return NULL;
	*start = parsed.last_start;
	if (text[parsed.last_start] == '$')
		return variable_nth(nth);
	if (parsed.filter)
		return parsed.argc == 1 ? filter_name(nth) : NULL;
	return complete_command(parsed.argc, parsed.argv, nth);
}
