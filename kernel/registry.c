/*
 * registry.c - the next descriptor in order, and the name that was probably meant
 *
 *	section     [ &free | &echo | &test | &break ]      as the linker left it
 *	walk        break -> echo -> free -> test           each step looks at all: n is below 100
 *
 * Invariants
 *   G1  A walk meets each descriptor once: equal ones are told apart by their addresses.
 *
 * Locking: none, registries are read-only.
 * Read next: kernel/shell/run.c, which looks commands up, and help.c, which lists them.
 * Source of the distance: optimal string alignment, after F. Damerau, "A technique for computer
 * detection and correction of spelling errors", 1964.
 */
#include <stdio.h>
#include <string.h>

#include "lib/compiler.h"
#include "kernel/registry.h"

static int compare(registry_order_t order, const void *a, const void *b)
{
	int result = order(a, b);

	return result ? result : ((uintptr_t)a > (uintptr_t)b) - ((uintptr_t)a < (uintptr_t)b);
}

const void *registry_after(const void *start, const void *stop, registry_order_t order,
			   const void *prev)
{
	const void *const *entry, *best = NULL;

	for (entry = start; entry < (const void *const *)stop; entry++) {
		if (prev && compare(order, *entry, prev) <= 0)
			continue;
		if (!best || compare(order, *entry, best) < 0)
			best = *entry;
	}
	return best;
}

int registry_by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

enum { DISTINCT_MAX = 64 };

/* Makes *word the one that comes next after it; false behind the last. */
static bool next_word(const char *(*nth)(unsigned int i), char word[DISTINCT_MAX])
{
	char best[DISTINCT_MAX] = "";
	const char *name;

	for (unsigned int i = 0; (name = nth(i)); i++)
		if (strcmp(name, word) > 0 && (!*best || strcmp(name, best) < 0))
			snprintf(best, sizeof(best), "%s", name);
	strcpy(word, best);
	return *best;
}

const char *registry_distinct(const char *(*nth)(unsigned int i), unsigned int i)
{
	static char word[DISTINCT_MAX];
	static const char *(*list)(unsigned int i);
	static unsigned int at; /* the word is the at-th, from 1 */

	if (list != nth || at != i) {
		*word = '\0';
		list = nth;
		for (at = 0; at < i; at++)
			if (!next_word(nth, word))
				break;
	}
	if (at != i || !next_word(nth, word)) {
		list = NULL;
		return NULL;
	}
	at++;
	return word;
}

enum { WORD_MAX = 24 }; /* of longer words only the beginning is compared */

/*
 * Edits (a letter more, less, another, two swapped) that turn a into b.  Three rows of the table
 * are alive at a time: row[i % 3][j] is the distance of a's first i letters from b's first j.
 */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int row[3][WORD_MAX + 1];
	size_t na = strnlen(a, WORD_MAX), nb = strnlen(b, WORD_MAX);

	for (size_t j = 0; j <= nb; j++)
		row[0][j] = (unsigned int)j;
	for (size_t i = 1; i <= na; i++) {
		unsigned int *now = row[i % 3], *before = row[(i + 2) % 3];

		now[0] = (unsigned int)i;
		for (size_t j = 1; j <= nb; j++) {
			unsigned int edits = before[j - 1] + (a[i - 1] != b[j - 1]);

			edits = min(edits, min(before[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				edits = min(edits, row[(i + 1) % 3][j - 2] + 1);
			now[j] = edits;
		}
	}
	return row[na % 3][nb];
}

const char *registry_suggest(const char *word, const char *(*nth)(unsigned int i))
{
	size_t len = strlen(word);
	/* a third of the letters may be wrong, or everything would look like everything */
	unsigned int limit = (unsigned int)(len + 2) / 3, best = 0, closest = limit + 1;
	const char *name;

	for (unsigned int i = 0; (name = nth(i)); i++) {
		unsigned int edits = distance(word, name);

		if (len > 1 && edits > limit && strncmp(word, name, len) == 0)
			edits = limit; /* however much is missing at its end */
		if (edits < closest) {
			closest = edits;
			best = i;
		}
	}
	return closest <= limit ? nth(best) : NULL;
}
