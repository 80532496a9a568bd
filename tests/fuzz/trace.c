/*
 * trace.c - the text of traces: a second reading, and a text written from what was read
 *
 *	input   [how] [bytes ...] ──> the text as it is
 *	        [how] [steps ...] ──> lines: operations that are mostly possible, blanks, comments, damage
 *
 *	text ──replay_parse()──> program ──written again, line by line──> text ──replay_parse()──> the same program
 *	  └── a plain reading ──> the same operations, or the same line refused for the same kind of reason
 *
 * Read next: kernel/replay/parse.c, whose invariants R1 and R2 are claimed.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "kernel/replay/replay.h"
#include "tests/fuzz/exact.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/plain_number.h"

/* What is written again may be longer: 1G is 1073741824 there. */
enum { INPUT_MAX = 16 * 1024, TEXT_MAX = 4 * INPUT_MAX, OPS_MAX = INPUT_MAX / 4 };

struct text {
	char bytes[TEXT_MAX];
	size_t used;
};

static void put(struct text *text, const char *fmt, ...) __printf(2, 3);
static void put(struct text *text, const char *fmt, ...)
{
	size_t room = TEXT_MAX - text->used;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(text->bytes + text->used, room, fmt, ap);
	va_end(ap);
	if ((size_t)len < room)
		text->used += (size_t)len;
}

/* --- a text from steps ------------------------------------------------------------------------ */

static void put_number(struct text *text, struct fuzz_input *in, u32 number)
{
	static const char *const forms[] = { " %u",   " 0x%x", "  %u", "\t%u",
					     " 0X%X", " %uk",  " %uM", " 00%u" };
	unsigned int form = fuzz_below(in, ARRAY_SIZE(forms));

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	put(text, forms[form], number);
#pragma GCC diagnostic pop
}

static void put_operation(struct text *text, struct fuzz_input *in, bool live[16])
{
	static const u32 ids[] = { 255, 65535, 65536, 4096 };
	u8 pick = fuzz_u8(in);
	unsigned int slot = pick % 16;
	char letter = live[slot] ? "fr"[pick >> 7] : 'a';

	if ((pick & 0x70) == 0x70)
		letter = "arfx"[fuzz_below(in, 4)]; /* perhaps not possible */
	live[slot] = letter != 'f';
	put(text, "%c", letter);
	put_number(text, in, slot < 12 ? slot : ids[slot - 12]);
	if (letter != 'f')
		put_number(text, in, fuzz_u16(in));
}

static void put_damage(struct text *text, struct fuzz_input *in)
{
	u32 n = fuzz_u8(in);

	switch (fuzz_below(in, 4)) {
	case 0:
		put(text, "%*s", (int)n, ""); /* blanks, perhaps too many */
		break;
	case 1:
		put(text, "# %*s", (int)n, "?");
		break;
	case 2:
		put(text, "%c", (char)n);
		break;
	default:
		if (text->used)
			text->bytes[fuzz_u16(in) % text->used] = (char)n;
	}
}

static void build(struct text *text, struct fuzz_input *in)
{
	bool live[16] = {};

	while (in->left && text->used < INPUT_MAX - 512) {
		unsigned int step = fuzz_below(in, 16);

		if (step < 12)
			put_operation(text, in, live);
		else
			put_damage(text, in);
		put(text, "%s", step == 15 ? "" : step == 14 ? "\r\n" : "\n");
	}
}

/* --- the plain reading ------------------------------------------------------------------------ */

struct reading {
	unsigned int nr_ops, nr_ids;
	unsigned int wrong; /* the line that is refused, 0: none */
	struct replay_op op[OPS_MAX];
	bool live[REPLAY_IDS];
};

static bool same_word(const char *text, const char *word)
{
	return !strcmp(text, word);
}

static bool operation_right(struct reading *r, unsigned int words, char word[4][96],
			    struct replay_op *op)
{
	u64 id = 0, bytes = 0;
	bool alloc = same_word(word[0], "a"), resize = same_word(word[0], "r"),
	     release = same_word(word[0], "f");

	if ((!alloc && !resize && !release) || words != (release ? 2 : 3))
		return false;
	if (!plain_number(word[1], &id) || id >= REPLAY_IDS)
		return false;
	if (!release && (!plain_number(word[2], &bytes) || bytes > REPLAY_BYTES_MAX))
		return false;
	if (r->live[id] == alloc)
		return false;
	r->live[id] = !release;
	r->nr_ids = max(r->nr_ids, (unsigned int)id + 1);
	op->kind = alloc ? REPLAY_ALLOC : resize ? REPLAY_RESIZE : REPLAY_FREE;
	op->id = (u32)id;
	op->bytes = (u32)bytes;
	return true;
}

/* One line without its end; false: it is wrong. */
static bool read_line(struct reading *r, const char *line, size_t len, unsigned int number)
{
	char word[4][96] = {};
	unsigned int words = 0;
	size_t n = 0, first = 0;

	while (first < len && strchr(" \t\r", line[first]) && line[first])
		first++;
	if (first < REPLAY_LINE && first < len && line[first] == '#')
		return true;
	if (len > REPLAY_LINE)
		return false;
	for (size_t i = 0; i <= len; i++) {
		bool blank = i == len || (line[i] && strchr(" \t\r", line[i]));

		if (!blank)
			word[min(words, 3u)][n++] =
				line[i] >= ' ' && line[i] <= '~' ? line[i] : '?';
		else if (n)
			words++, n = 0;
	}
	if (!words)
		return true;
	if (!operation_right(r, words, word, &r->op[r->nr_ops]))
		return false;
	r->op[r->nr_ops++].line = number;
	return true;
}

static void read_plainly(struct reading *r, const char *text, size_t size)
{
	unsigned int number = 1;

	r->nr_ops = r->nr_ids = r->wrong = 0;
	memset(r->live, 0, sizeof(r->live));
	while (size) {
		const char *end = memchr(text, '\n', size);
		size_t len = end ? (size_t)(end - text) : size;

		if (!read_line(r, text, len, number)) {
			r->wrong = number;
			return;
		}
		number++; /* behind the last is where one is missed */
		text += len + !!end;
		size -= len + !!end;
	}
	if (!r->nr_ops)
		r->wrong = number;
}

/* --- the claims ------------------------------------------------------------------------------- */

static void same_program(const struct replay_program *p, const struct replay_op *op,
			 unsigned int nr_ops, unsigned int nr_ids)
{
	if (p->nr_ops != nr_ops || p->nr_ids != nr_ids || p->capacity < nr_ops)
		fuzz_fail("%u operations with %u ids, not %u with %u", p->nr_ops, p->nr_ids, nr_ops,
			  nr_ids);
	for (unsigned int i = 0; i < nr_ops; i++)
		if (p->op[i].kind != op[i].kind || p->op[i].id != op[i].id ||
		    p->op[i].bytes != op[i].bytes || p->op[i].line != op[i].line)
			fuzz_fail("operation %u, of line %u, is not that of line %u", i,
				  p->op[i].line, op[i].line);
}

/* Each operation in its own line again. */
static void write_again(struct text *text, const struct replay_program *p)
{
	unsigned int line = 1;

	text->used = 0;
	for (unsigned int i = 0; i < p->nr_ops; i++, line++) {
		for (; line < p->op[i].line; line++)
			put(text, "\n");
		put(text, "%c %u", "arf"[p->op[i].kind], (unsigned int)p -> op[i].id);
		if (p->op[i].kind != REPLAY_FREE)
			put(text, " %u", p->op[i].bytes);
		put(text, "\n");
	}
}

static int parse(const char *bytes, size_t size, struct replay_program *program,
		 struct replay_error *error)
{
	char *exact = exact_copy(bytes, size);
	int result = replay_parse(&(struct replay_text){ exact, 0, size }, program, error);

	free(exact);
	return result;
}

static void claim_refused(const struct reading *want, int result,
			  const struct replay_program *program, const struct replay_error *error)
{
	size_t len = strnlen(error->why, sizeof(error->why));

	if (result != -EINVAL || error->line != want->wrong)
		fuzz_fail("line %u: %s (%d), but it is line %u that is wrong", error->line,
			  error->why, result, want->wrong);
	if (program->op || program->nr_ops)
		fuzz_fail("a refused trace has left operations");
	if (!len || len == sizeof(error->why))
		fuzz_fail("a reason of %zu characters", len);
	for (size_t i = 0; i < len; i++)
		if (error->why[i] < ' ' || error->why[i] > '~')
			fuzz_fail("a reason with the byte %02x in it", (u8)error->why[i]);
}

static void claim_round_trip(const struct replay_program *program)
{
	static struct text text;
	struct replay_program again;
	struct replay_error error;
	int result;

	write_again(&text, program);
	result = parse(text.bytes, text.used, &again, &error);
	if (result)
		fuzz_fail("what was written from a program is refused: line %u: %s", error.line,
			  error.why);
	same_program(&again, program->op, program->nr_ops, program->nr_ids);
	replay_discard(&again);
}

static void run(const u8 *data, size_t size)
{
	static struct reading want;
	static struct text text;
	struct fuzz_input in = fuzz_read(data, size);
	struct replay_program program;
	struct replay_error error;
	int result;

	text.used = 0;
	if (fuzz_u8(&in) & 1) {
		text.used = min(in.left, (size_t)INPUT_MAX);
		memcpy(text.bytes, in.data, text.used);
	} else {
		build(&text, &in);
	}
	read_plainly(&want, text.bytes, text.used);
	result = parse(text.bytes, text.used, &program, &error);
	if (result || want.wrong) {
		claim_refused(&want, result, &program, &error);
		return;
	}
	same_program(&program, want.op, want.nr_ops, want.nr_ids);
	claim_round_trip(&program);
	replay_discard(&program);
}

FUZZ_TARGET(trace, "the text of a trace, against a second reading, and written again", run,
	    .pure = true);
