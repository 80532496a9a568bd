/*
 * parse.c - reads the text of a trace, and refuses what cannot be run
 *
 *	pages of text ──kmap_local──> feed() ──a line──> take_line() ──words──> append()
 *	                                                     live [..1.11..] one bit an id
 *
 * The text may lie in highmem, so it is seen a page at a time, and a line is gathered in a buffer
 * of its own.  Which ids are live is known without running anything: that is why a trace is right
 * or wrong as a whole, before its first operation.
 *
 * Invariants
 *   R1  A program's operations are possible in their order: `a` of an id that is not live, `r` and
 *       `f` of one that is.
 *   R2  After an error nothing is allocated.
 *
 * Locking: none; everything belongs to the caller.
 * Read next: run.c.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "kernel/console.h"
#include "kernel/param.h"
#include "kernel/replay/replay.h"
#include "lib/bitmap.h"
#include "mm/fixmap/kmap_local.h"
#include "mm/slab/slab.h"

enum {
	OPS_FIRST = 512,
	OPS_MAX = KMALLOC_MAX_SIZE / sizeof(struct replay_op), /* what one object can hold */
	WORDS = 3,
};

struct parser {
	struct replay_program *program;
	struct replay_error *error;
	unsigned long *live; /* a bit for each of REPLAY_IDS */
	unsigned int line;   /* the number of the one that is gathered, from 1 */
	unsigned int len;    /* characters of it; more than REPLAY_LINE are not kept */
	char text[REPLAY_LINE + 1];
};

static int __printf(3, 4) refuse(struct parser *p, int error, const char *fmt, ...)
{
	va_list ap;

	p->error->line = p->line;
	va_start(ap, fmt);
	vsnprintf(p->error->why, sizeof(p->error->why), fmt, ap);
	va_end(ap);
	return error;
}

/* --- one line --------------------------------------------------------------------------------- */

/* Room for one operation more; the array doubles. */
static int make_room(struct parser *p)
{
	struct replay_program *program = p->program;
	unsigned int capacity = program->capacity ? program->capacity * 2 : OPS_FIRST;
	struct replay_op *grown;

	if (program->nr_ops < program->capacity)
		return 0;
	if (program->nr_ops == OPS_MAX)
		return refuse(p, -E2BIG, "more than %u operations", (unsigned int)OPS_MAX);
	capacity = min(capacity, (unsigned int)OPS_MAX);
	grown = krealloc(program->op, capacity * sizeof(*grown), GFP_KERNEL | __GFP_NOWARN);
	if (!grown)
		return refuse(p, -ENOMEM, "no memory for %u operations", capacity);
	program->op = grown;
	program->capacity = capacity;
	return 0;
}

static int append(struct parser *p, enum replay_kind kind, u32 id, u32 bytes)
{
	struct replay_program *program = p->program;
	bool live = test_bit(id, p->live);
	int error;

	if (kind == REPLAY_ALLOC && live)
		return refuse(p, -EINVAL, "id %lu is live already", (unsigned long)id);
	if (kind != REPLAY_ALLOC && !live)
		return refuse(p, -EINVAL, "id %lu is not live", (unsigned long)id);
	error = make_room(p);
	if (error)
		return error;
	program->op[program->nr_ops++] =
		(struct replay_op){ .kind = kind, .id = id, .bytes = bytes, .line = p->line };
	program->nr_ids = max(program->nr_ids, (unsigned int)id + 1);
	__assign_bit(id, p->live, kind != REPLAY_FREE); /* keeps R1 */
	return 0;
}

/* Splits at blanks, in place; returns how many words there are, those beyond `most` not kept. */
static unsigned int split(char *text, char **word, unsigned int most)
{
	unsigned int words = 0;

	for (char *rest = text, *w; (w = strtok_r(rest, " ", &rest)); words++)
		if (words < most)
			word[words] = w;
	return words;
}

static int number_of(struct parser *p, const char *word, const char *what, u64 lo, u64 hi,
		     u32 *value)
{
	u64 number;

	if (!parse_number(word, &number) || number < lo || number > hi)
		return refuse(p, -EINVAL, "%s: %.24s is not a number from %lu to %lu", what, word,
			      (unsigned long)lo, (unsigned long)hi);
	*value = (u32)number;
	return 0;
}

static int take_operation(struct parser *p, unsigned int words, char **word)
{
	static const char letters[REPLAY_KINDS + 1] = "arf";
	const char *letter = strchr(letters, word[0][0]);
	enum replay_kind kind;
	u32 id = 0, bytes = 0;
	int error;

	if (!letter || word[0][1])
		return refuse(p, -EINVAL, "%.24s: choose one of a, r, f", word[0]);
	kind = (enum replay_kind)(letter - letters);
	if (words != (kind == REPLAY_FREE ? 2 : 3))
		return refuse(p, -EINVAL, "%c takes %s", *letter,
			      kind == REPLAY_FREE ? "an id" : "an id and a number of bytes");
	error = number_of(p, word[1], "id", 0, REPLAY_IDS - 1, &id);
	if (!error && kind != REPLAY_FREE)
		error = number_of(p, word[2], "bytes", 0, REPLAY_BYTES_MAX, &bytes);
	return error ? error : append(p, kind, id, bytes);
}

/* The line is whole: what does it say? */
static int take_line(struct parser *p)
{
	char *word[WORDS];
	unsigned int words;
	int error = 0;

	p->text[min(p->len, (unsigned int)REPLAY_LINE)] = '\0';
	if (p->text[strspn(p->text, " ")] != '#') {
		if (p->len > REPLAY_LINE)
			return refuse(p, -EINVAL, "longer than %d characters", REPLAY_LINE);
		words = split(p->text, word, WORDS);
		if (words)
			error = take_operation(p, words, word);
	}
	p->line++;
	p->len = 0;
	return error;
}

/* --- the text --------------------------------------------------------------------------------- */

static int feed(struct parser *p, const char *text, size_t size)
{
	int error = 0;

	for (size_t i = 0; i < size && !error; i++) {
		char c = text[i];

		if (c == '\n') {
			error = take_line(p);
			continue;
		}
		if (c == '\r' || c == '\t')
			c = ' ';
		if (p->len < REPLAY_LINE)
			p->text[p->len] = (char)(isprint((unsigned char)c) ? c : '?');
		p->len++;
	}
	return error;
}

/* Up to a page's end of what lies in RAM. */
static int feed_frame(struct parser *p, paddr_t at, size_t size)
{
	const char *page = kmap_local_pfn(phys_to_pfn(at));
	int error;

	if (!page)
		return refuse(p, -EINVAL, "the text is not in RAM");
	error = feed(p, page + (at & ~PAGE_MASK), size);
	kunmap_local(page);
	return error;
}

static int feed_all(struct parser *p, const struct replay_text *text)
{
	int error = 0;

	for (size_t done = 0, part; done < text->size && !error; done += part) {
		const unsigned long at =
			(text->mapped ? (unsigned long)text->mapped : text->phys) + done;

		if (con_interrupted())
			return refuse(p, -EINTR, "interrupted");
		part = min(text->size - done, (size_t)(PAGE_SIZE - (at & ~PAGE_MASK)));
		error = text->mapped ? feed(p, text->mapped + done, part)
				     : feed_frame(p, (paddr_t)at, part);
	}
	if (!error && p->len)
		error = take_line(p); /* the last one has no end */
	if (!error && !p->program->nr_ops)
		error = refuse(p, -EINVAL, "no operation up to here");
	return error;
}

int replay_parse(const struct replay_text *text, struct replay_program *program,
		 struct replay_error *error)
{
	struct parser parser = { .program = program, .error = error };
	int result;

	*program = (struct replay_program){};
	*error = (struct replay_error){};
	parser.live = kcalloc(BITS_TO_LONGS(REPLAY_IDS), sizeof(long), GFP_KERNEL | __GFP_NOWARN);
	if (!parser.live)
		return refuse(&parser, -ENOMEM, "no memory for the ids");
	parser.line = 1;
	result = feed_all(&parser, text);
	kfree(parser.live);
	if (result)
		replay_discard(program); /* keeps R2 */
	return result;
}

void replay_discard(struct replay_program *program)
{
	kfree(program->op);
	*program = (struct replay_program){};
}
