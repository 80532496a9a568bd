/*
 * alloc_words.h - the words behind an allocating command's own arguments: gfp words, and a kind's own
 *
 *	alloc pages 3 atomic highmem zero nowarn
 *	            ^ the kind's argument
 *	              ^^^^^^^^^^^^^^^^^^^^^^^^^^ alloc_words() makes gfp_t of them
 *
 * The gfp words are the same for every kind; a kind says which of their flags it cannot honour, and
 * why, and so they are refused by name and `help alloc KIND` tells it:
 *
 *	static const struct gfp_refusal no_highmem[] = {
 *		{ __GFP_HIGHMEM, "an object needs an address" },
 *		{ }
 *	};
 */
#ifndef KERNEL_SHELL_ALLOC_WORDS_H
#define KERNEL_SHELL_ALLOC_WORDS_H

#include "kernel/shell/handle.h"
#include "mm/page/gfp.h"

/* A word of one kind only.  A table of them ends with a NULL word. */
struct alloc_option {
	const char *word;
	unsigned long value; /* its bits in *options */
	const char *meaning;
};

/* Flags that a kind cannot honour.  A table of them ends with gfp 0. */
struct gfp_refusal {
	gfp_t gfp;
	const char *why;
};

/* `normal`, the word for neither of the zone bits, as a flag that a table may refuse. */
enum { GFP_WORD_NORMAL = 0x40000000 };

/* What memory with an address, cut from a cache's slabs, cannot have. */
extern const struct gfp_refusal gfp_refused_by_objects[];

/*
 * Reads the words into *gfp, which is GFP_KERNEL without any, and the kind's own into *options, the
 * sum of their values (NULL: the kind has none).  False after saying what is wrong with one of them.
 */
bool alloc_words(const struct alloc_kind *kind, int argc, char **argv, gfp_t *gfp,
		 unsigned long *options);

/* The nth word that the kind takes, its own ones first; NULL behind the last. */
const char *alloc_word_nth(const struct alloc_kind *kind, unsigned int nth);

/* Prints every word with its meaning, and which are refused with the reason. */
void alloc_words_explain(const struct alloc_kind *kind);

#endif /* KERNEL_SHELL_ALLOC_WORDS_H */
