/*
 * filter.c - CMD | grep WORD | head N, run as a line, against a plain grep and head
 *
 *	input   [filters ...] [output ...]
 *
 *	`printout | grep -v b | head 3` ──shell_run_line()──> what is let through ── equal ──< the plain ones
 *
 * The command `printout`, which is here only, prints the input's rest in pieces.
 *
 * Read next: kernel/shell/filter.c, run.c.
 */
#include <ctype.h>
#include <stdio.h>

#include "kernel/console.h"
#include "kernel/shell/filter.h"
#include "tests/fuzz/exact.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/printed.h"

enum { OUTPUT_MAX = 8 * 1024 };

static struct {
	const char *bytes;
	size_t len, piece;
} output;

SHELL_CMD(printout, "", "print what the fuzzer has given", .group = "debug")
{
	for (size_t at = 0; at < output.len; at += output.piece)
		con_write(output.bytes + at, min(output.piece, output.len - at));
	return SHELL_OK;
}

/* --- the plain ones --------------------------------------------------------------------------- */

struct stage {
	bool head, without, any_case;
	unsigned int lines;
	char word[12];
};

static bool holds(const struct stage *s, const char *line, size_t len)
{
	char *copy = exact_string(line, len);
	const char *found = s->any_case ? strcasestr(copy, s->word) : strstr(copy, s->word);

	free(copy);
	return found;
}

/* Lines that are longer than the filter's buffer are looked at in parts. */
static size_t line_at(const char *text, size_t len)
{
	const char *end = memchr(text, '\n', len);
	size_t line = end ? (size_t)(end - text) + 1 : len;

	return min(line, (size_t)SHELL_LINE_MAX);
}

static size_t grep(const struct stage *s, const char *from, size_t len, char *to)
{
	size_t kept = 0;

	for (size_t line; len; from += line, len -= line) {
		line = line_at(from, len);
		if (holds(s, from, line) == s->without &&
		    !(line > 7 && !strncmp(from, "error: ", 7)))
			continue;
		memcpy(to + kept, from, line);
		kept += line;
	}
	return kept;
}

static size_t head(const struct stage *s, const char *from, size_t len, char *to)
{
	unsigned int lines = s->lines;
	size_t kept = 0;

	while (kept < len && lines) {
		to[kept] = from[kept];
		lines -= from[kept++] == '\n';
	}
	return kept;
}

/* --- an input --------------------------------------------------------------------------------- */

/* One filter's words at the end of the line. */
static void add_stage(char *line, struct stage *s, struct fuzz_input *in)
{
	u8 how = fuzz_u8(in);
	unsigned int len = 1 + fuzz_below(in, sizeof(s->word) - 2);
	char *end = line + strlen(line);

	*s = (struct stage){ .head = how & 1, .without = how & 2, .any_case = how & 4 };
	s->lines = how >> 3;
	for (unsigned int i = 0; i < len; i++)
		s->word[i] = "abAB e\\;|'\"$#-1x"[fuzz_u8(in) % 16];
	if (*s->word == '-')
		*s->word = 'o'; /* or it would be an option */
	if (s->head) {
		sprintf(end, " | head %u", s->lines);
		return;
	}
	end += sprintf(end, "|grep %s%s", s->without ? "-v " : "", s->any_case ? "-i " : "");
	for (const char *c = s->word; *c; c++)
		end += sprintf(end, "\\%c", *c);
}

/* No NUL: a command prints none. */
static void take_output(const struct fuzz_input *in, char *text, size_t piece)
{
	output.len = min(in->left, (size_t)OUTPUT_MAX);
	for (size_t i = 0; i < output.len; i++)
		text[i] = in->data[i] ? (char)in->data[i] : '\n';
	output.bytes = text;
	output.piece = piece;
}

static void claim_let_through(const char *line, const char *want, size_t want_len)
{
	const char *printed;
	unsigned int ok = 0, failed = 0;
	size_t len;

	printed_begin();
	shell_run_line(line, &ok, &failed);
	printed = printed_end(&len);
	if (ok != 1 || failed)
		fuzz_fail("%s: %u ok, %u failed: %s", line, ok, failed, printed);
	if (len != want_len || memcmp(printed, want, len) != 0)
		fuzz_fail("%s: lets %zu bytes through, not %zu", line, len, want_len);
}

static void run(const u8 *data, size_t size)
{
	static char text[2][OUTPUT_MAX];
	struct fuzz_input in = fuzz_read(data, size);
	struct stage stage[FILTERS_MAX];
	unsigned int stages = fuzz_below(&in, FILTERS_MAX + 1), now = 0;
	char line[SHELL_LINE_MAX] = "printout", *exact;
	size_t len, piece = 1u + fuzz_u8(&in);

	for (unsigned int i = 0; i < stages; i++)
		add_stage(line, &stage[i], &in);
	take_output(&in, text[0], piece);
	exact = exact_copy(text[0], output.len);
	output.bytes = exact;
	len = output.len;
	for (unsigned int i = 0; i < stages; i++, now ^= 1)
		len = (stage[i].head ? head : grep)(&stage[i], text[now], len, text[now ^ 1]);
	claim_let_through(line, text[now], len);
	free(exact);
}

FUZZ_TARGET(filter, "grep and head behind a command, against plain ones", run, .pure = true);
