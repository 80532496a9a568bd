/*
 * alloc_words.c - gfp words at the prompt: one table and one parser for every kind of allocation
 *
 *	word ── the kind's own? ──> its value
 *	   └─── a gfp word? ─── refused by the kind? ──> error: WORD: why
 *	                   └─── excluded by an earlier one? ──> error
 *	                   └──> its flags
 *
 * A flag's word is its name in small letters; atomic, kernel and nowait are what Linux calls GFP_ATOMIC,
 * GFP_KERNEL and GFP_NOWAIT: whole sets of flags.
 *
 * Invariants
 *   W1  Of the words that choose a zone, and of those that say whether to wait, one at most counts.
 *
 * Locking: none, all tables are constant.
 * Read next: handle.c, `help alloc KIND`; mm/page/gfp.h.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "kernel/console.h"
#include "kernel/shell/alloc_words.h"

enum choice { FREELY, ZONE, WAITING, CHOICES }; /* words of one choice exclude each other */

static const struct gfp_word {
	const char *word;
	gfp_t gfp;
	enum choice choice;
	const char *meaning;
} words[] = {
	{ "kernel", GFP_KERNEL, WAITING, "as without it: reclaims when memory is short" },
	{ "atomic", GFP_ATOMIC, WAITING,
	  "as in an interrupt: no reclaim, but part of the reserve" },
	{ "nowait", GFP_NOWAIT, WAITING, "no reclaim, and nothing of the reserve" },
	{ "direct_reclaim", __GFP_DIRECT_RECLAIM, FREELY,
	  "may reclaim before it fails: in kernel, not in atomic and nowait" },
	{ "kswapd_reclaim", __GFP_KSWAPD_RECLAIM, FREELY,
	  "would wake a thread that reclaims; here there is none" },
	{ "noretry", __GFP_NORETRY, FREELY, "reclaims once at most; here nobody does it twice" },
	{ "retry_mayfail", __GFP_RETRY_MAYFAIL, FREELY,
	  "tries hard, but may fail; here as without it: every request may" },
	{ "high", __GFP_HIGH, FREELY, "half of the reserve below the min watermark" },
	{ "memalloc", __GFP_MEMALLOC, FREELY, "all of the reserve below the min watermark, too" },
	{ "nofail", __GFP_NOFAIL, FREELY, "down to the last page; NULL only when there is none" },
	{ "dma", __GFP_DMA, ZONE, "from the first 16 MiB, which old devices reach" },
	{ "normal", GFP_WORD_NORMAL, ZONE, "from lowmem, which has an address" },
	{ "highmem", __GFP_HIGHMEM, ZONE, "from highmem if there is any, which has none" },
	{ "thisnode", __GFP_THISNODE, FREELY, "from the first node only: from no other one" },
	{ "zero", __GFP_ZERO, FREELY, "cleared before it is handed out" },
	{ "cold", __GFP_COLD, FREELY, "a page that is in no cache, if the CPU keeps one" },
	{ "comp", __GFP_COMP, FREELY, "a compound page: one thing, freed as one" },
	{ "nowarn", __GFP_NOWARN, FREELY, "no report in the log when there is no memory" },
};

const struct gfp_refusal gfp_refused_by_objects[] = {
	{ __GFP_HIGHMEM, "an object needs an address, which a page of highmem has not" },
	{ __GFP_COLD, "objects come from the caches' stocks, not from the lists of pages" },
	{ __GFP_COMP, "objects are cut from pages, they are none" },
	{},
};

static const struct gfp_word *find_word(const char *word)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcasecmp(word, words[i].word))
			return &words[i];
	return NULL;
}

/* Why the kind cannot honour the word; NULL when it can. */
static const char *refusal(const struct alloc_kind *kind, const struct gfp_word *word)
{
	const struct gfp_refusal *refusal = kind->refuses;

	if (kind->no_gfp)
		return kind->no_gfp;
	for (; refusal && refusal->gfp; refusal++)
		if (refusal->gfp & word->gfp)
			return refusal->why;
	return NULL;
}

static const struct alloc_option *find_option(const struct alloc_kind *kind, const char *word)
{
	const struct alloc_option *option = kind->options;

	for (; option && option->word; option++)
		if (!strcasecmp(word, option->word))
			return option;
	return NULL;
}

const char *alloc_word_nth(const struct alloc_kind *kind, unsigned int nth)
{
	const struct alloc_option *option = kind->options;

	for (; option && option->word; option++)
		if (nth-- == 0)
			return option->word;
	for (unsigned int i = 0; i < ARRAY_SIZE(words); i++)
		if (!refusal(kind, &words[i]) && nth-- == 0)
			return words[i].word;
	return NULL;
}

static bool unknown_word(const struct alloc_kind *kind, const char *arg)
{
	char known[320] = "";
	const char *word;
	size_t used = 0;

	for (unsigned int i = 0; (word = alloc_word_nth(kind, i)); i++) {
		snprintf(known + used, sizeof(known) - used, "%s%s", used ? ", " : "", word);
		used = strlen(known);
	}
	if (used)
		shell_error("%s: not one of %s", arg, known);
	else
		shell_error("%s: %s takes no such word", arg, kind->name);
	return false;
}

/* What the words before have chosen: at most one of each choice, and the flags that all allow. */
struct chosen {
	const struct gfp_word *of[CHOICES];
	gfp_t freely;
};

static bool take_gfp_word(const struct alloc_kind *kind, const struct gfp_word *word,
			  struct chosen *chosen)
{
	const struct gfp_word **former = &chosen->of[word->choice];
	const char *why = refusal(kind, word);

	if (why)
		shell_error("%s: %s", word->word, why);
	else if (word->choice != FREELY && *former && *former != word)
		shell_error("%s and %s exclude each other", (*former)->word,
			    word->word); /* keeps W1 */
	else {
		chosen->freely |= word->choice == FREELY ? word->gfp : 0;
		*former = word;
		return true;
	}
	return false;
}

static gfp_t sum_of(const struct chosen *chosen)
{
	gfp_t zone = chosen->of[ZONE] ? chosen->of[ZONE]->gfp & ~(gfp_t)GFP_WORD_NORMAL : 0;

	return chosen->freely | zone |
	       (chosen->of[WAITING] ? chosen->of[WAITING]->gfp : (gfp_t)GFP_KERNEL);
}

bool alloc_words(const struct alloc_kind *kind, int argc, char **argv, gfp_t *gfp,
		 unsigned long *options)
{
	struct chosen chosen = {};
	const struct alloc_option *option;
	const struct gfp_word *word;

	for (int i = 0; i < argc; i++) {
		option = find_option(kind, argv[i]);
		word = find_word(argv[i]);
		if (option)
			*options |= option->value;
		else if (!word)
			return unknown_word(kind, argv[i]);
		else if (!take_gfp_word(kind, word, &chosen))
			return false;
	}
	*gfp = sum_of(&chosen);
	return true;
}

static void explain(const char *word, const char *meaning)
{
	con_printf("  %-14s %s\n", word, meaning);
}

void alloc_words_explain(const struct alloc_kind *kind)
{
	const struct alloc_option *option = kind->options;

	for (; option && option->word; option++)
		explain(option->word, option->meaning);
	if (kind->no_gfp) {
		con_printf("gfp words are refused: %s\n", kind->no_gfp);
		return;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(words); i++)
		if (!refusal(kind, &words[i]))
			explain(words[i].word, words[i].meaning);
	for (unsigned int i = 0; i < ARRAY_SIZE(words); i++) {
		const char *why = refusal(kind, &words[i]);

		if (why)
			con_printf("  %-14s refused: %s\n", words[i].word, why);
	}
}
