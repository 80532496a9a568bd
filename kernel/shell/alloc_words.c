/*
 * alloc_words.c - gfp words at the prompt: one table and one parser for every kind of allocation
 *
 *	word ── the kind's own? ──> its value
 *	   └─── a gfp word? ─── refused by the kind? ──> error: WORD: why
 *	                   └─── excluded by an earlier one? ──> error
 *	                   └──> its flags
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
	{ "memalloc", __GFP_MEMALLOC, FREELY, "all of the reserve below the min watermark, too" },
	{ "nofail", __GFP_NOFAIL, FREELY, "down to the last page; NULL only when there is none" },
	{ "dma", __GFP_DMA, ZONE, "from the first 16 MiB, which old devices reach" },
	{ "normal", GFP_WORD_NORMAL, ZONE, "from lowmem, which has an address" },
	{ "highmem", __GFP_HIGHMEM, ZONE, "from highmem if there is any, which has none" },
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
	char known[160] = "";
	const char *word;
	int used = 0;

	for (unsigned int i = 0; (word = alloc_word_nth(kind, i)); i++)
		used += snprintf(known + used, sizeof(known) - (size_t)used, "%s%s",
				 used ? ", " : "", word);
	if (used)
		shell_error("%s: not one of %s", arg, known);
	else
		shell_error("%s: %s takes no such word", arg, kind->name);
	return false;
}

/* One gfp word; `chosen` are those before it that exclude others. */
static bool take_gfp_word(const struct alloc_kind *kind, const struct gfp_word *word,
			  const char *chosen[CHOICES], gfp_t *gfp)
{
	const char **former = &chosen[word->choice];
	const char *why = refusal(kind, word);

	if (why)
		shell_error("%s: %s", word->word, why);
	else if (word->choice != FREELY && *former && *former != word->word)
		shell_error("%s and %s exclude each other", *former, word->word); /* keeps W1 */
	else {
		if (word->choice == WAITING)
			*gfp &= ~(gfp_t)(GFP_KERNEL | GFP_ATOMIC);
		*gfp |= word->gfp & ~(gfp_t)GFP_WORD_NORMAL;
		*former = word->word;
		return true;
	}
	return false;
}

bool alloc_words(const struct alloc_kind *kind, int argc, char **argv, gfp_t *gfp,
		 unsigned long *options)
{
	const char *chosen[CHOICES] = {};
	const struct alloc_option *option;
	const struct gfp_word *word;

	*gfp = GFP_KERNEL;
	for (int i = 0; i < argc; i++) {
		option = find_option(kind, argv[i]);
		word = find_word(argv[i]);
		if (option)
			*options |= option->value;
		else if (!word)
			return unknown_word(kind, argv[i]);
		else if (!take_gfp_word(kind, word, chosen, gfp))
			return false;
	}
	return true;
}

static void explain(const char *word, const char *meaning)
{
	con_printf("  %-9s %s\n", word, meaning);
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
			con_printf("  %-9s refused: %s\n", words[i].word, why);
	}
}
