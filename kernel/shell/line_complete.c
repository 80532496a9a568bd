/*
 * line_complete.c - Tab: the one word that continues what is typed, or what all of them begin with
 *
 *	alloc pa|ges 2     continuation() of each candidate; find_matches() keeps what is common
 *	      ^start ^cursor
 *
 * A second Tab in a row lists them.  The candidates come from the owner (line_candidate_t).
 *
 * Invariants
 *   Only words that may be typed without quotes are offered, so what is inserted is what is meant.
 *
 * Locking: none, an editor belongs to its caller.
 * Read next: complete.c, where the shell's candidates come from.
 */
#include <stdio.h>

#include "kernel/shell/line_edit_impl.h"
#include "kernel/shell/parse.h"

enum { LISTED_MAX = 200 }; /* more words than that help nobody */

struct match {
	size_t start;		    /* of the unfinished word */
	unsigned int count;	    /* words that continue it */
	bool differ;		    /* not all of them are equal */
	char common[CANDIDATE_MAX]; /* what they begin with */
};

/* Is it a word that may be typed without quotes, or a $name? */
static bool is_plain(const char *word)
{
	word += *word == '$';
	for (; *word; word++)
		if (*word <= ' ' || *word > '~' || strchr(SHELL_SPECIAL, *word))
			return false;
	return true;
}

/* The nth candidate when it continues the unfinished word, else "". */
static const char *continuation(struct line_edit *edit, unsigned int nth, size_t *start)
{
	const char *word = edit->candidate(edit->text, edit->cursor, nth, start);

	if (!word)
		return NULL;
	if (strlen(word) >= CANDIDATE_MAX || !is_plain(word) ||
	    strncmp(word, edit->text + *start, edit->cursor - *start) != 0)
		return "";
	return word;
}

static void find_matches(struct line_edit *edit, struct match *match)
{
	const char *word;

	*match = (struct match){ .start = edit->cursor };
	for (unsigned int i = 0; (word = continuation(edit, i, &match->start)); i++) {
		size_t same = 0;

		if (!*word)
			continue;
		if (!match->count++)
			strcpy(match->common, word);
		while (word[same] && word[same] == match->common[same])
			same++;
		match->differ |= word[same] || match->common[same];
		match->common[same] = 0;
	}
}

/* Copies the first word in the alphabet behind `last` over it; false when there is none. */
static bool next_match(struct line_edit *edit, char *last)
{
	char best[CANDIDATE_MAX] = "";
	const char *word;
	size_t start;

	for (unsigned int i = 0; (word = continuation(edit, i, &start)); i++)
		if (strcmp(word, last) > 0 && (!*best || strcmp(word, best) < 0))
			strcpy(best, word);
	strcpy(last, best);
	return *best;
}

static size_t longest_match(struct line_edit *edit)
{
	size_t longest = 0, start;
	const char *word;

	for (unsigned int i = 0; (word = continuation(edit, i, &start)); i++)
		longest = max(longest, strlen(word));
	return longest;
}

static void list_matches(struct line_edit *edit)
{
	size_t width = longest_match(edit) + 2;
	size_t per_row = max((edit->columns - 1) / width, (size_t)1), column = 0;
	char word[CANDIDATE_MAX] = "", blanks[CANDIDATE_MAX + 2] = ""; /* before a word */

	edit->listed = true;
	row_emit(&edit->row, "\n");
	while (next_match(edit, word)) {
		row_emit(&edit->row, blanks);
		row_emit(&edit->row, word);
		if (++column % per_row)
			snprintf(blanks, sizeof(blanks), "%*s", (int)(width - strlen(word)), "");
		else
			strcpy(blanks, "\n");
	}
	row_emit(&edit->row, "\n");
	row_begin(&edit->row);
}

static void refuse_to_list(struct line_edit *edit, unsigned int count)
{
	char line[48];

	edit->listed = true;
	snprintf(line, sizeof(line), "\n%u words begin so\n", count);
	row_emit(&edit->row, line);
	row_begin(&edit->row);
}

/* After a finished word comes a blank, but not where the word itself wants to go on. */
static void finish_word(struct line_edit *edit)
{
	char last = edit->cursor ? edit->text[edit->cursor - 1] : 0;

	if (last && strchr("/=.", last))
		return;
	if (edit->text[edit->cursor] == ' ')
		edit->cursor++;
	else
		line_insert(edit, " ", 1);
}

void line_complete(struct line_edit *edit)
{
	bool second_tab = edit->after_tab;
	struct match match;
	size_t have, more;

	edit->after_tab = false;
	find_matches(edit, &match);
	have = edit->cursor - match.start;
	more = match.count ? strlen(match.common) - have : 0;
	if (!match.count || !line_insert(edit, match.common + have, more)) {
		line_bell(edit);
		return;
	}
	if (!match.differ) {
		finish_word(edit);
		return;
	}
	if (!more && second_tab && match.count > LISTED_MAX)
		refuse_to_list(edit, match.count);
	else if (!more && second_tab)
		list_matches(edit);
	else
		line_bell(edit); /* there is more than one */
	edit->after_tab = true;
}
