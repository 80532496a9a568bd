/*
 * gfp_words.c - the words behind `alloc KIND`, for every kind that there is
 *
 *	input   [kind] [words ...]: known ones in either case, and texts
 *
 *	words ──alloc_words()──> gfp, options ── the same ──< a table of what the words stand for
 *
 * A choice may be made once; the order of the words and saying one twice change nothing.
 *
 * Read next: kernel/shell/alloc_words.h.
 */
#include <ctype.h>
#include <strings.h>

#include "kernel/shell/alloc_words.h"
#include "tests/fuzz/exact.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/printed.h"

REGISTRY(alloc_kinds, const struct alloc_kind);

enum { WORDS_MAX = 16 };

/* Of what follows one another with the same letter, one may be chosen. */
static const struct meaning {
	const char *word;
	gfp_t gfp;
	char choice;
} meanings[] = {
	{ "kernel", GFP_KERNEL, 'w' },
	{ "atomic", GFP_ATOMIC, 'w' },
	{ "nowait", GFP_NOWAIT, 'w' },
	{ "direct_reclaim", __GFP_DIRECT_RECLAIM, 0 },
	{ "kswapd_reclaim", __GFP_KSWAPD_RECLAIM, 0 },
	{ "noretry", __GFP_NORETRY, 0 },
	{ "retry_mayfail", __GFP_RETRY_MAYFAIL, 0 },
	{ "high", __GFP_HIGH, 0 },
	{ "memalloc", __GFP_MEMALLOC, 0 },
	{ "nofail", __GFP_NOFAIL, 0 },
	{ "dma", __GFP_DMA, 'z' },
	{ "normal", GFP_WORD_NORMAL, 'z' },
	{ "highmem", __GFP_HIGHMEM, 'z' },
	{ "thisnode", __GFP_THISNODE, 0 },
	{ "zero", __GFP_ZERO, 0 },
	{ "cold", __GFP_COLD, 0 },
	{ "comp", __GFP_COMP, 0 },
	{ "nowarn", __GFP_NOWARN, 0 },
};

struct outcome {
	bool taken;
	gfp_t gfp;
	unsigned long options;
};

/* --- the plain reading ------------------------------------------------------------------------ */

static const struct meaning *meaning_of(const char *word)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(meanings); i++)
		if (!strcasecmp(word, meanings[i].word))
			return &meanings[i];
	return NULL;
}

static const struct alloc_option *option_of(const struct alloc_kind *kind, const char *word)
{
	for (const struct alloc_option *o = kind->options; o && o->word; o++)
		if (!strcasecmp(word, o->word))
			return o;
	return NULL;
}

static bool honoured(const struct alloc_kind *kind, const struct meaning *meaning)
{
	if (kind->no_gfp)
		return false;
	for (const struct gfp_refusal *r = kind->refuses; r && r->gfp; r++)
		if (r->gfp & meaning->gfp)
			return false;
	return true;
}

static struct outcome read_plainly(const struct alloc_kind *kind, int argc, char **argv)
{
	const struct meaning *zone = NULL, *waiting = NULL;
	struct outcome o = {};

	for (int i = 0; i < argc; i++) {
		const struct alloc_option *option = option_of(kind, argv[i]);
		const struct meaning *meaning = meaning_of(argv[i]);
		const struct meaning **choice;

		if (option) {
			o.options |= option->value;
			continue;
		}
		if (!meaning || !honoured(kind, meaning))
			return o;
		choice = meaning->choice == 'z' ? &zone : &waiting;
		if (meaning->choice && *choice && *choice != meaning)
			return o;
		if (meaning->choice)
			*choice = meaning;
		else
			o.gfp |= meaning->gfp;
	}
	o.taken = true;
	o.gfp |= waiting ? waiting->gfp : (gfp_t)GFP_KERNEL;
	o.gfp |= zone && zone->gfp != GFP_WORD_NORMAL ? zone->gfp : 0;
	return o;
}

/* --- the claims ------------------------------------------------------------------------------- */

static void claim(const struct alloc_kind *kind, int argc, char **argv, const struct outcome *want)
{
	struct outcome got = {};
	const char *printed;
	size_t len;

	printed_begin();
	got.taken = alloc_words(kind, argc, argv, &got.gfp, &got.options);
	printed = printed_end(&len);
	if (got.taken != want->taken)
		fuzz_fail("%s: the words are %s: %s", kind->name, got.taken ? "taken" : "refused",
			  printed);
	if (got.taken && (got.gfp != want->gfp || got.options != want->options))
		fuzz_fail("%s: gfp %#x options %#lx, not %#x and %#lx", kind->name, got.gfp,
			  got.options, want->gfp, want->options);
	if (got.taken ? len : !printed_one_error(printed, ": "))
		fuzz_fail("%s: %s", kind->name, printed);
}

/* Backwards, and all of it twice. */
static void claim_any_order(const struct alloc_kind *kind, int argc, char **argv,
			    const struct outcome *want)
{
	char *words[2 * WORDS_MAX + 1];

	for (int i = 0; i < argc; i++) {
		words[i] = argv[argc - 1 - i];
		words[argc + i] = argv[i];
	}
	words[2 * argc] = NULL;
	claim(kind, argc, words, want);
	claim(kind, 2 * argc, words, want);
}

/* --- an input --------------------------------------------------------------------------------- */

/* One that is known, in any case; or a text. */
static char *pick_word(const struct alloc_kind *kind, struct fuzz_input *in)
{
	unsigned int pick = fuzz_u8(in), len = pick % 8;
	u8 upper = fuzz_u8(in);
	const char *known = alloc_word_nth(kind, pick % 24);
	char *word;

	if (!known && pick & 0x40)
		known = meanings[pick % ARRAY_SIZE(meanings)].word;
	if (!known) {
		len = min(len, (unsigned int)in->left);
		word = exact_word(in->data, len);
		in->data += len;
		in->left -= len;
		return word;
	}
	word = exact_string(known, strlen(known));
	for (unsigned int i = 0; word[i]; i++)
		word[i] = upper >> i % 8 & 1 ? (char)toupper((u8)word[i]) : word[i];
	return word;
}

static void run(const u8 *data, size_t size)
{
	struct fuzz_input in = fuzz_read(data, size);
	unsigned int nr = (unsigned int)(__stop_alloc_kinds - __start_alloc_kinds);
	const struct alloc_kind *kind = __start_alloc_kinds[fuzz_below(&in, nr)];
	char *argv[WORDS_MAX + 1];
	struct outcome want;
	int argc = 0;

	while (in.left && argc < WORDS_MAX)
		argv[argc++] = pick_word(kind, &in);
	argv[argc] = NULL;
	want = read_plainly(kind, argc, argv);
	claim(kind, argc, argv, &want);
	claim_any_order(kind, argc, argv, &want);
	while (argc--)
		free(argv[argc]);
}

FUZZ_TARGET(gfp_words, "the words of allocations, against what they stand for", run, .pure = true);
