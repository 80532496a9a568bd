/*
 * parse.c - splits a line into commands, and a command into words without their quotes
 *
 *	line   | e c h o   " a   b " \ ; ;   f r e e |        one command a call
 *	words  | e c h o 0 a   b ; 0 |                        argv[0], argv[1] point in here
 *
 * A variable's value is put in while its word is read: it is no further word, and nothing in it is
 * special.
 *
 * Invariants
 *   P1  words always suffices: a word takes no more room than it took in the line, its NUL stands
 *       for the separator behind it (or for the line's own NUL), and what variables' values take
 *       more than their names is taken from PARSE_GROWTH.
 *   P2  Nothing is run of a line that does not parse: the caller parses all of it first.
 *
 * Locking: none, all state is the caller's; variables are the shell's.
 * Read next: read_word(), then run.c.
 */
#include <ctype.h>
#include <string.h>

#include "kernel/console.h"
#include "kernel/shell/parse.h"
#include "kernel/shell/variables.h"

struct scanner {
	const char *line;
	size_t len;
	size_t at;
	char *out; /* where the next character of a word goes */
	struct parsed *parsed;
	size_t growth; /* characters by which values may still be longer than names */
	bool checking; /* the line is still being typed: unknown variables are no error */
};

static bool at_separator(const struct scanner *scan)
{
	char c = scan->line[scan->at];

	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ';' || c == '|';
}

/*
 * At the start of a word: does a comment begin here?  #7 is a handle, but not as a line's first; of a
 * line that is still being typed, so is the # that ends it.
 */
static bool at_comment(const struct scanner *scan)
{
	const char *line = scan->line;
	size_t first = 0;

	if (line[scan->at] != '#')
		return false;
	while (line[first] == ' ' || line[first] == '\t')
		first++;
	if (first == scan->at)
		return true;
	if (scan->at + 1 == scan->len)
		return !scan->checking;
	return !isdigit((unsigned char)line[scan->at + 1]);
}

/* The characters of the name behind the $ at hand, as far as the line goes: behind a cursor there is more. */
static size_t name_length(const struct scanner *scan)
{
	size_t behind = scan->at + 1;

	return min(variable_name(scan->line + behind), scan->len - behind);
}

/* $name= as the first word of a command: the name is not replaced. */
static size_t assignment(const struct scanner *scan)
{
	size_t name = name_length(scan), end = scan->at + 1 + name;
	bool assigns = name && end < scan->len && scan->line[end] == '=';

	return scan->parsed->argc == 1 && assigns ? name + 2 : 0;
}

static enum parse_status read_variable(struct scanner *scan)
{
	size_t name = name_length(scan), value_len;
	const char *value = variable_find(scan->line + scan->at + 1, name);

	scan->parsed->error_at = scan->at;
	if (!value && !scan->checking)
		return PARSE_NO_VARIABLE;
	value = value ? value : "";
	value_len = strlen(value);
	if (value_len > name + 1 + scan->growth)
		return PARSE_GREW_TOO_LONG; /* keeps P1 */
	scan->growth += name + 1 - value_len;
	memcpy(scan->out, value, value_len);
	scan->out += value_len;
	scan->at += name + 1;
	return PARSE_OK;
}

static enum parse_status read_escaped(struct scanner *scan)
{
	scan->parsed->error_at = scan->at++;
	if (scan->at == scan->len)
		return PARSE_OPEN_BACKSLASH;
	*scan->out++ = scan->line[scan->at++];
	return PARSE_OK;
}

static enum parse_status read_quoted(struct scanner *scan)
{
	size_t open = scan->at++;
	char quote = scan->line[open];

	while (scan->at < scan->len && scan->line[scan->at] != quote) {
		if (quote == '"' && scan->line[scan->at] == '\\' && scan->at + 1 < scan->len)
			scan->at++;
		*scan->out++ = scan->line[scan->at++];
	}
	scan->parsed->error_at = open;
	if (scan->at == scan->len)
		return PARSE_OPEN_QUOTE;
	scan->at++;
	return PARSE_OK;
}

static enum parse_status read_word(struct scanner *scan)
{
	struct parsed *parsed = scan->parsed;
	enum parse_status status = PARSE_OK;

	parsed->last_start = scan->at;
	parsed->last_quoted = false;
	if (scan->line[scan->at] == '$')
		for (size_t n = assignment(scan); n; n--)
			*scan->out++ = scan->line[scan->at++];
	while (status == PARSE_OK && scan->at < scan->len && !at_separator(scan)) {
		char c = scan->line[scan->at];

		parsed->last_quoted |= c == '\\' || c == '"' || c == '\'';
		if (c == '\\')
			status = read_escaped(scan);
		else if (c == '"' || c == '\'')
			status = read_quoted(scan);
		else if (c == '$' && name_length(scan))
			status = read_variable(scan);
		else
			*scan->out++ = scan->line[scan->at++];
	}
	parsed->last_open = scan->at == scan->len;
	*scan->out++ = 0;
	return status;
}

static enum parse_status add_word(struct scanner *scan)
{
	struct parsed *parsed = scan->parsed;

	if (parsed->argc == SHELL_ARGS_MAX) {
		parsed->error_at = scan->at;
		return PARSE_TOO_MANY_WORDS;
	}
	parsed->argv[parsed->argc++] = scan->out;
	parsed->argv[parsed->argc] = NULL;
	return read_word(scan);
}

static enum parse_status parse(struct scanner scan, size_t *at)
{
	enum parse_status status = PARSE_OK;
	struct parsed *parsed = scan.parsed;

	parsed->argc = 0;
	parsed->argv[0] = NULL;
	parsed->last_start = parsed->error_at = 0;
	parsed->last_open = parsed->last_quoted = parsed->semicolon = false;
	parsed->filter = parsed->pipe;
	parsed->pipe = false;
	if (scan.len >= SHELL_LINE_MAX)
		return PARSE_TOO_LONG; /* keeps P1 */
	while (status == PARSE_OK && scan.at < scan.len && !parsed->semicolon && !parsed->pipe) {
		if (at_comment(&scan)) {
			scan.at = scan.len;
		} else if (!at_separator(&scan)) {
			status = add_word(&scan);
		} else {
			parsed->semicolon = scan.line[scan.at] == ';';
			parsed->pipe = scan.line[scan.at++] == '|';
		}
	}
	*at = scan.at;
	return status;
}

enum parse_status parse_command(const char *line, size_t len, size_t *at, struct parsed *parsed)
{
	struct scanner scan = { line, len, *at, parsed->words, parsed, PARSE_GROWTH, false };

	return parse(scan, at);
}

enum parse_status parse_check(const char *line, size_t len, size_t *at, struct parsed *parsed)
{
	struct scanner scan = { line, len, *at, parsed->words, parsed, PARSE_GROWTH, true };

	return parse(scan, at);
}

bool parse_unfinished(const char *line, size_t len, struct parsed *parsed)
{
	size_t at = 0;

	parsed->pipe = false;
	do
		if (parse_check(line, len, &at, parsed) != PARSE_OK)
			return false;
	while (at < len || parsed->semicolon || parsed->pipe);
	if (parsed->last_open)
		return !parsed->last_quoted;
	if (parsed->argc == SHELL_ARGS_MAX)
		return false;
	/* never in use here: the line ends in a separator */
	parsed->words[sizeof(parsed->words) - 1] = 0;
	parsed->argv[parsed->argc++] = &parsed->words[sizeof(parsed->words) - 1];
	parsed->argv[parsed->argc] = NULL;
	parsed->last_start = len;
	return true;
}

void parse_report(const char *line, enum parse_status status, const struct parsed *parsed)
{
	size_t at = parsed->error_at;

	con_puts("error: shell: ");
	if (status == PARSE_OPEN_QUOTE)
		con_printf("the quote %c at column %lu is not closed\n", line[at],
			   (unsigned long)at + 1);
	else if (status == PARSE_OPEN_BACKSLASH)
		con_printf("nothing follows the backslash at column %lu\n", (unsigned long)at + 1);
	else if (status == PARSE_TOO_MANY_WORDS)
		con_printf("a command has at most %d words\n", SHELL_ARGS_MAX);
	else if (status == PARSE_NO_VARIABLE)
		con_printf("no variable $%.*s; `variables` lists them\n",
			   (int)variable_name(line + at + 1), line + at + 1);
	else if (status == PARSE_GREW_TOO_LONG)
		con_printf("with the value of $%.*s the command is too long\n",
			   (int)variable_name(line + at + 1), line + at + 1);
	else if (status == PARSE_TOO_LONG)
		con_printf("the line has %lu characters, at most %d are taken; nothing was run\n",
			   (unsigned long)strlen(line), SHELL_LINE_MAX - 1);
}
