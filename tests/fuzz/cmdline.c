/*
 * cmdline.c - the command line: words, quotes, numbers and cuts, against a second reading
 *
 *	input   [how] [times] [line ...]
 *
 *	line, times over ──boot_cmdline_set()──> cmdline ──param_parse_with()──> calls of setters, warnings
 *	                                            └── a plain reading of the rules ──> the same list of events
 *
 * Read next: kernel/param.c, whose invariants P1 to P3 are claimed.
 */
#include <limits.h>
#include <stdio.h>

#include "boot/boot_impl.h"
#include "kernel/param_impl.h"
#include "tests/fuzz/exact.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/plain_number.h"

enum { LINE_MAX_BYTES = 2 * BOOT_CMDLINE_MAX, EVENTS_MAX = BOOT_CMDLINE_MAX };

/* --- events ----------------------------------------------------------------------------------- */

/* What came of a word: a setter took it, or it was warned about. */
struct event {
	char kind; /* s, i, b, t: set; r: refused; u: unknown; q: open quote; c: cut off; e: too long */
	u64 value;	  /* of numbers */
	const char *word; /* of texts the value, of warnings the word or its name */
};

struct events {
	unsigned int nr;
	struct event at[EVENTS_MAX];
	size_t text_len;
	char text[2 * BOOT_CMDLINE_MAX + 64]; /* the words, each with its NUL */
};

static struct events want, got;

static void add(struct events *events, char kind, u64 value, const char *word)
{
	size_t bytes = strlen(word) + 1;
	char *copy = events->text + events->text_len;

	if (events->nr == EVENTS_MAX || bytes > sizeof(events->text) - events->text_len)
		fuzz_fail("more words than the line has characters");
	memcpy(copy, word, bytes);
	events->text_len += bytes;
	events->at[events->nr++] = (struct event){ kind, value, copy };
}

/* --- the table -------------------------------------------------------------------------------- */

static unsigned long size_value;
static int int_value;
static bool bool_value;
static const char *string_value;

/* The kernel's own setters, watched. */
static bool set_size(const char *value, const struct param *param)
{
	if (!param_set_size(value, param))
		return false;
	add(&got, 's', size_value, "");
	return true;
}

static bool set_int(const char *value, const struct param *param)
{
	if (!param_set_int(value, param))
		return false;
	add(&got, 'i', (u64)(s64)int_value, "");
	return true;
}

static bool set_bool(const char *value, const struct param *param)
{
	if (!param_set_bool(value, param))
		return false;
	add(&got, 'b', bool_value, "");
	return true;
}

static bool set_text(const char *value, const struct param *param)
{
	if (!param_set_string(value, param))
		return false;
	add(&got, 't', 0, string_value);
	return true;
}

static const struct param params[] = {
	{ .name = "mem", .set = set_size, .target = &size_value },
	{ .name = "panic", .set = set_int, .target = &int_value },
	{ .name = "batch", .set = set_bool, .target = &bool_value },
	{ .name = "run", .set = set_text, .target = &string_value },
	{ .name = "m", .set = set_text, .target = &string_value },
};
static const struct param *const table[] = { &params[0], &params[1], &params[2], &params[3],
					     &params[4] };

static void hear_warning(const char *word, const char *why)
{
	static const struct {
		const char *begins;
		char kind;
	} reasons[] = {
		{ "unknown", 'u' },	{ "a quote", 'q' }, { "cut off", 'c' },
		{ "longer than", 'e' }, { "not ", 'r' },    { "refused", 'r' },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(reasons); i++)
		if (!strncmp(why, reasons[i].begins, strlen(reasons[i].begins))) {
			add(&got, reasons[i].kind, 0, word);
			return;
		}
	fuzz_fail("a warning that nobody knows: %s", why);
}

/* --- the plain reading ------------------------------------------------------------------------ */

static bool blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static void expect_value(const char *word, unsigned int which, const char *value)
{
	u64 number = 0;
	bool taken = true;
	char kind = "sibtt"[which];

	if (kind == 's')
		taken = plain_number(value, &number) && number <= ULONG_MAX;
	else if (kind == 'i')
		taken = plain_int(value, &number);
	else if (kind == 'b')
		taken = !*value || ((*value == '0' || *value == '1') && !value[1]);
	if (kind == 'b')
		number = *value != '0';
	if (taken)
		add(&want, kind, number, kind == 't' ? value : "");
	else
		add(&want, 'r', 0, word);
}

static void expect_word(const char *word)
{
	char name[BOOT_CMDLINE_MAX + 1];
	size_t len = 0;

	while (word[len] && word[len] != '=')
		len++;
	memcpy(name, word, len);
	name[len] = '\0';
	for (unsigned int i = 0; i < ARRAY_SIZE(params); i++)
		if (!strcmp(name, params[i].name)) {
			expect_value(word, i, word[len] ? word + len + 1 : "");
			return;
		}
	add(&want, 'u', 0, name);
}

/* One word, from `at` on, without its quotes; returns where it ends. */
static size_t read_word(const char *line, size_t at, char *word, bool *open)
{
	size_t len = 0;

	*open = false;
	for (; line[at] && (*open || !blank(line[at])); at++) {
		bool escaped =
			*open && line[at] == '\\' && (line[at + 1] == '"' || line[at + 1] == '\\');

		if (escaped)
			word[len++] = line[++at];
		else if (line[at] == '"')
			*open = !*open;
		else
			word[len++] = line[at];
	}
	word[len] = '\0';
	return at;
}

static void expect_all(const char *whole, size_t room)
{
	char *line = exact_string(whole, strnlen(whole, room - 1)), word[BOOT_CMDLINE_MAX + 1];
	size_t at = 0, len = strlen(line);
	bool cut = whole[len], half = cut && !blank(whole[len]), open;

	for (;;) {
		while (blank(line[at]))
			at++;
		if (!line[at])
			break;
		at = read_word(line, at, word, &open);
		if (half && !line[at])
			add(&want, 'c', 0, word);
		else if (open)
			add(&want, 'q', 0, word);
		else
			expect_word(word);
	}
	if (cut)
		add(&want, 'e', 0, "command line");
	free(line);
}

/* --- the claims ------------------------------------------------------------------------------- */

static bool is_warning(char kind)
{
	return strchr("ruqce", kind);
}

static void compare(unsigned int warned)
{
	unsigned int warnings = 0;

	for (unsigned int i = 0; i < min(want.nr, got.nr); i++) {
		const struct event *w = &want.at[i], *g = &got.at[i];

		warnings += is_warning(g->kind);
		if (w->kind != g->kind || w->value != g->value || strcmp(w->word, g->word) != 0)
			fuzz_fail("event %u is %c %#llx \"%s\", not %c %#llx \"%s\"", i, g->kind,
				  (unsigned long long)g->value, g->word, w->kind,
				  (unsigned long long)w->value, w->word);
	}
	if (want.nr != got.nr)
		fuzz_fail("%u events, not %u", got.nr, want.nr);
	if (warnings != warned)
		fuzz_fail("%u warnings, and %u are counted", warnings, warned);
}

/* What is left of a line is its beginning, and ends with a whole word if it has more than one. */
static void claim_cut(const char *kept, const char *line, size_t len)
{
	size_t n = strlen(kept), end = strnlen(line, len);

	if (n > end || memcmp(kept, line, n) != 0)
		fuzz_fail("the command line is not the beginning of what was given");
	if (len < BOOT_CMDLINE_MAX && n != end)
		fuzz_fail("%zu characters of %zu that fit", n, end);
	if (len >= BOOT_CMDLINE_MAX && n < end && line[n] != ' ' && memchr(kept, ' ', n))
		fuzz_fail("a line of several words was cut within one, at %zu", n);
}

static void ignore(const char *line __unused)
{
}

static void set_line(struct boot_info *bi, const char *line, size_t len)
{
	char *exact = exact_copy(line, len);
	boot_warn_hook_t former = boot_warn_set_hook(ignore);

	boot_cmdline_set(bi, exact, len);
	boot_warn_set_hook(former);
	claim_cut(bi->cmdline, line, len);
	free(exact);
}

static void parse(const char *line, size_t copy_size)
{
	char *exact = exact_string(line, strlen(line));
	const struct param_parser parser = { .first = table,
					     .last = table + ARRAY_SIZE(table),
					     .warn = hear_warning,
					     .copy = malloc(copy_size),
					     .copy_size = copy_size };

	want.nr = got.nr = 0;
	want.text_len = got.text_len = 0;
	expect_all(line, copy_size);
	compare(param_parse_with(&parser, exact));
	free(parser.copy);
	free(exact);
}

static size_t repeat(char *line, const struct fuzz_input *in, unsigned int times)
{
	size_t len = 0;

	do
		for (size_t i = 0; i < in->left && len < LINE_MAX_BYTES; i++)
			line[len++] = (char)in->data[i];
	while (times--);
	return len;
}

static void run(const u8 *data, size_t size)
{
	static char line[LINE_MAX_BYTES];
	static struct boot_info bi;
	struct fuzz_input in = fuzz_read(data, size);
	u8 how = fuzz_u8(&in);
	unsigned int times = how & 1 ? fuzz_u8(&in) : 0;
	size_t copy_size = how & 2 ? 1u + fuzz_below(&in, 64) : PARAM_LINE_MAX;
	size_t len = repeat(line, &in, times);

	set_line(&bi, line, len);
	parse(bi.cmdline, copy_size);
}

FUZZ_TARGET(cmdline, "the kernel's command line, against a second reading", run, .pure = true);
