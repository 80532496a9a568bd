/*
 * words.c - the shell's parser: lines into commands and words, against a second reading, and back
 *
 *	input   [variables] [cursor] [line ...]
 *
 *	line ──parse_command(), parse_check()──> commands ── the same ──< a plain reading
 *	                                           └─ words ──quoted──> line ──parse_command()──> the same words
 *
 * What is read up to a cursor must not depend on what stands behind it: there a person still types.
 *
 * Read next: kernel/shell/parse.h, whose rules are claimed; complete.c.
 */
#include <ctype.h>
#include <stdio.h>

#include "kernel/shell/complete.h"
#include "kernel/shell/parse.h"
#include "kernel/shell/variables.h"
#include "tests/fuzz/exact.h"
#include "tests/fuzz/fuzz.h"

enum { LINE_BYTES = 2 * SHELL_LINE_MAX };

/* --- variables -------------------------------------------------------------------------------- */

static const char *const names[] = { "a", "ab", "x_1" };
static char values[ARRAY_SIZE(names)][VARIABLE_VALUE_MAX + 1]; /* "": there is no such variable */

static void set_variable(const char *name, const char *value)
{
	char word[VARIABLE_NAME_MAX + VARIABLE_VALUE_MAX + 3], *argv[] = { word, NULL };

	snprintf(word, sizeof(word), "$%s=%s", name, value);
	if (variable_set(1, argv))
		fuzz_fail("%s is refused", word);
}

static void set_variables(struct fuzz_input *in)
{
	static const char bytes[] = "v 'a;$\\|#\"7b-c";

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		unsigned int len = fuzz_below(in, VARIABLE_VALUE_MAX + 1);

		len = len > 16 ? len : len / 4; /* often none */
		for (unsigned int n = 0; n < len; n++)
			values[i][n] = bytes[(n + i) % (sizeof(bytes) - 1)];
		values[i][len] = '\0';
		if (len)
			set_variable(names[i], values[i]);
	}
}

static void unset_variables(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
		if (*values[i])
			set_variable(names[i], "");
}

static const char *value_of(const char *name, size_t len)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
		if (strlen(names[i]) == len && !memcmp(names[i], name, len) && *values[i])
			return values[i];
	return NULL;
}

/* --- the plain reading ------------------------------------------------------------------------ */

struct reading {
	const char *line;
	size_t len, at;
	bool checking;

	enum parse_status status;
	size_t error_at, last_start;
	bool last_open, last_quoted, semicolon, pipe, filter;
	int words;
	long growth; /* by which values may still be longer than names */
	size_t used; /* of the words' text, each with its NUL */
	char text[SHELL_LINE_MAX + PARSE_GROWTH + 1];
};

static char next(const struct reading *r)
{
	return r->at < r->len ? r->line[r->at] : '\0';
}

static bool ends_word(const struct reading *r)
{
	return r->at == r->len || strchr(" \t\r\n;|", r->line[r->at]);
}

static void put(struct reading *r, char c)
{
	if (r->used == sizeof(r->text))
		fuzz_fail("the words are longer than any line's may be");
	r->text[r->used++] = c;
}

static void fail(struct reading *r, enum parse_status status, size_t at)
{
	r->status = status;
	r->error_at = at;
}

static size_t name_length(const struct reading *r, size_t at)
{
	size_t len = 0;

	if (at < r->len && isdigit((u8)r->line[at]))
		return 0;
	while (at + len < r->len && (u8)r->line[at + len] < 0x80 &&
	       (isalnum((u8)r->line[at + len]) || r->line[at + len] == '_'))
		len++;
	return len;
}

static void read_dollar(struct reading *r, bool first_of_command)
{
	size_t start = r->at++, len = name_length(r, r->at);
	const char *value = value_of(r->line + r->at, len);

	if (!len) {
		put(r, '$');
		return;
	}
	if (first_of_command && r->at + len < r->len && r->line[r->at + len] == '=') {
		put(r, '$');
		for (size_t i = 0; i <= len; i++)
			put(r, r->line[r->at++]);
		return;
	}
	if (!value && !r->checking) {
		fail(r, PARSE_NO_VARIABLE, start);
		return;
	}
	value = value ? value : "";
	r->growth -= (long)strlen(value) - (long)(len + 1);
	if (r->growth < 0) {
		fail(r, PARSE_GREW_TOO_LONG, start);
		return;
	}
	while (*value)
		put(r, *value++);
	r->at += len;
}

static void read_quotes(struct reading *r)
{
	size_t open = r->at;
	char quote = r->line[r->at++];

	for (; r->at < r->len && r->line[r->at] != quote; r->at++) {
		if (quote == '"' && r->line[r->at] == '\\' && r->at + 1 < r->len)
			r->at++;
		put(r, r->line[r->at]);
	}
	if (r->at++ >= r->len)
		fail(r, PARSE_OPEN_QUOTE, open);
}

static void read_word(struct reading *r)
{
	size_t start = r->at;

	if (r->words == SHELL_ARGS_MAX) {
		fail(r, PARSE_TOO_MANY_WORDS, r->at);
		return;
	}
	r->words++;
	r->last_start = start;
	r->last_quoted = false;
	while (r->status == PARSE_OK && !ends_word(r)) {
		char c = next(r);

		r->last_quoted |= c == '\\' || c == '"' || c == '\'';
		if (c == '$') {
			read_dollar(r, r->words == 1 && r->at == start);
		} else if (c == '"' || c == '\'') {
			read_quotes(r);
		} else if (c != '\\') {
			put(r, c);
			r->at++;
		} else if (++r->at == r->len) {
			fail(r, PARSE_OPEN_BACKSLASH, r->at - 1);
		} else {
			put(r, r->line[r->at++]);
		}
	}
	r->last_open = r->at == r->len;
	put(r, '\0');
}

/* Is the # at hand, at the start of a word, a comment's? */
static bool begins_comment(const struct reading *r)
{
	size_t blanks = strspn(r->line, " \t");

	if (r->at == blanks)
		return true; /* the line's first character */
	if (r->at + 1 == r->len)
		return !r->checking; /* a digit may still be typed */
	return !isdigit((u8)r->line[r->at + 1]);
}

/* The command at r->at; `filter`: the one before it ended in a |. */
static void read_command(struct reading *r, bool filter)
{
	r->status = PARSE_OK;
	r->words = 0;
	r->used = r->last_start = 0;
	r->growth = PARSE_GROWTH;
	r->filter = filter;
	r->last_open = r->last_quoted = r->semicolon = r->pipe = false;
	if (r->len >= SHELL_LINE_MAX) {
		r->status = PARSE_TOO_LONG;
		return;
	}
	while (r->status == PARSE_OK && r->at < r->len && !r->semicolon && !r->pipe) {
		char c = next(r);

		if (c == '#' && begins_comment(r))
			r->at = r->len;
		else if (!ends_word(r))
			read_word(r);
		else
			r->at++, r->semicolon = c == ';', r->pipe = c == '|';
	}
}

/* --- the claims ------------------------------------------------------------------------------- */

static void claim_words(const struct parsed *p, const struct reading *r)
{
	const char *want = r->text, *end = p->words + sizeof(p->words);

	for (int i = 0; i < p->argc; i++) {
		const char *word = p->argv[i];

		if (word < p->words || word >= end || !memchr(word, '\0', (size_t)(end - word)))
			fuzz_fail("word %d lies outside the words", i);
		if (r->status != PARSE_OK && i == p->argc - 1)
			return; /* half a word */
		if (strcmp(word, want) != 0)
			fuzz_fail("word %d is \"%s\", not \"%s\"", i, word, want);
		want += strlen(want) + 1;
	}
}

static void claim_command(const struct parsed *p, enum parse_status status, size_t at,
			  const struct reading *r)
{
	if (status != r->status)
		fuzz_fail("\"%.*s\": status %d, not %d", (int)r->len, r->line, status, r->status);
	if (p->filter != r->filter || (status == PARSE_OK && p->argc != r->words))
		fuzz_fail("\"%.*s\": %d words, not %d", (int)r->len, r->line, p->argc, r->words);
	if (p->argv[p->argc])
		fuzz_fail("behind the last word there is one more");
	if (status != PARSE_OK && status != PARSE_TOO_LONG &&
	    (p->error_at != r->error_at || p->error_at >= r->len))
		fuzz_fail("\"%.*s\": the error is at %zu, not %zu", (int)r->len, r->line,
			  p->error_at, r->error_at);
	claim_words(p, r);
	if (status != PARSE_OK)
		return;
	if (at != r->at || p->semicolon != r->semicolon || p->pipe != r->pipe)
		fuzz_fail("\"%.*s\": the command ends at %zu, not %zu", (int)r->len, r->line, at,
			  r->at);
	if (r->words && (p->last_start != r->last_start || p->last_open != r->last_open ||
			 p->last_quoted != r->last_quoted))
		fuzz_fail("\"%.*s\": of the last word something else is said", (int)r->len,
			  r->line);
}

/* --- and back --------------------------------------------------------------------------------- */

/* The words, each in quotes; 0: they take more than a line. */
static size_t quote_words(const struct parsed *p, char line[SHELL_LINE_MAX])
{
	size_t len = 0;

	for (int i = 0; i < p->argc; i++) {
		if (len + 4 * strlen(p->argv[i]) + 4 > SHELL_LINE_MAX)
			return 0;
		line[len++] = '\'';
		for (const char *c = p->argv[i]; *c; c++) {
			if (*c == '\'')
				len += (size_t)sprintf(line + len, "'\\'");
			line[len++] = *c;
		}
		line[len++] = '\'';
		line[len++] = ' ';
	}
	line[len] = '\0';
	return len;
}

static void claim_quoted(const struct parsed *p)
{
	static struct parsed again;
	char line[SHELL_LINE_MAX];
	size_t len = quote_words(p, line), at = 0;

	if (!len)
		return;
	again.pipe = false;
	if (parse_command(line, len, &at, &again) != PARSE_OK || again.argc != p->argc)
		fuzz_fail("what was quoted is not read as %d words: %s", p->argc, line);
	for (int i = 0; i < p->argc; i++)
		if (strcmp(again.argv[i], p->argv[i]) != 0)
			fuzz_fail("\"%s\" in quotes is read as \"%s\"", p->argv[i], again.argv[i]);
}

/* As Tab offers it: behind a command's name, it is read as what was meant. */
static void claim_completed(const char *word)
{
	static struct parsed again;
	const char *typed = complete_quoted(word);
	char line[SHELL_LINE_MAX];
	size_t at = 0;

	if (!*typed || strlen(typed) > SHELL_LINE_MAX - 8)
		return; /* it is not offered */
	snprintf(line, sizeof(line), "x %s", typed);
	again.pipe = false;
	if (parse_command(line, strlen(line), &at, &again) != PARSE_OK || again.argc != 2 ||
	    at != strlen(line) || strcmp(again.argv[1], word) != 0)
		fuzz_fail("\"%s\" is offered as \"%s\", which is not read so", word, typed);
}

static void claim_back(const struct parsed *p)
{
	claim_quoted(p);
	for (int i = 0; i < p->argc; i++)
		claim_completed(p->argv[i]);
}

/* --- a line ----------------------------------------------------------------------------------- */

/* All commands of what stands before the cursor. */
static void claim_line(const char *whole, size_t len, bool checking)
{
	static struct reading r;
	static struct parsed p;
	char *line = exact_string(whole, len); /* the same, and nothing behind it */
	size_t at = 0;

	r.line = line;
	r.len = len;
	r.at = 0;
	r.checking = checking;
	p.pipe = r.pipe = false;
	do {
		enum parse_status status = checking ? parse_check(whole, len, &at, &p)
						    : parse_command(whole, len, &at, &p);

		read_command(&r, r.pipe);
		claim_command(&p, status, at, &r);
		if (status != PARSE_OK)
			break;
		claim_back(&p);
	} while (at < len || p.pipe);
	free(line);
}

/* The command being typed at the cursor, with and without what stands behind. */
static void claim_unfinished(const char *whole, size_t len)
{
	static struct parsed p, alone;
	char *line = exact_string(whole, len);
	bool known = parse_unfinished(whole, len, &p);

	if (known != parse_unfinished(line, len, &alone))
		fuzz_fail("what stands behind the cursor decides what is typed before it: %s",
			  whole);
	free(line);
	if (!known)
		return;
	if (p.argc < 1 || p.last_start > len)
		fuzz_fail("an unfinished command without its last word");
	if (p.argc != alone.argc || p.last_start != alone.last_start || p.filter != alone.filter)
		fuzz_fail("what stands behind the cursor changes the words before it: %s", whole);
	for (int i = 0; i < p.argc; i++)
		if (strcmp(p.argv[i], alone.argv[i]) != 0)
			fuzz_fail("word %d is \"%s\" or \"%s\"", i, p.argv[i], alone.argv[i]);
}

static void run(const u8 *data, size_t size)
{
	struct fuzz_input in = fuzz_read(data, size);
	size_t cursor, len;
	char *line;

	set_variables(&in);
	cursor = fuzz_u16(&in);
	len = min(in.left, (size_t)LINE_BYTES);
	line = exact_string(in.data, len);
	len = strlen(line);
	claim_line(line, len, false);
	claim_line(line, len, true);
	cursor = cursor % (len + 1);
	claim_line(line, cursor, true);
	claim_unfinished(line, cursor);
	free(line);
	unset_variables();
}

FUZZ_TARGET(words, "the shell's words, against a second reading, and quoted again", run,
	    .pure = true);
