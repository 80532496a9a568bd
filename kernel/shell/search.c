/*
 * search.c - Ctrl-R: the newest line of the history that holds what is typed
 *
 *	search ba: balance     a character more: the newest line, from the one shown on, that holds it
 *	                       Ctrl-R: the next older one      Backspace: a character less, from the newest
 *	                       Enter: runs it                  Ctrl-G, Escape: what was typed before
 *	                       every other key ends the search with the line found, then acts
 *	failed bax: balance    nothing older holds it; the last one found stays
 *
 * Locking: none, an editor belongs to its caller.
 * Read next: history.c.
 */
#include <stdio.h>

#include "kernel/shell/line_edit_impl.h"

/* The prompt says what is searched for; of what would take half of a narrow row, the end. */
static void show_prompt(struct line_edit *edit, const char *word)
{
	size_t room = edit->columns / 2 - 10, from = 0;

	while (utf8_columns(edit->sought + from, edit->sought_len - from) > room)
		from = utf8_after(edit->sought, edit->sought_len, from);
	snprintf(edit->search_prompt, sizeof(edit->search_prompt), "%s %s: ", word,
		 edit->sought + from);
	edit->prompt = edit->search_prompt;
}

/* The newest line of that age or older that holds what is sought becomes the line. */
static void find_from(struct line_edit *edit, unsigned int age)
{
	char line[SHELL_LINE_MAX];
	const char *at = NULL;

	for (; history_get(edit->history, age, line, sizeof(line)); age++) {
		at = strstr(line, edit->sought);
		if (at && !(edit->found && age > edit->found && !strcmp(line, edit->text)))
			break; /* not the line that is shown already */
		at = NULL;
	}
	show_prompt(edit, at ? "search" : "failed");
	if (!at) {
		line_bell(edit);
		return;
	}
	edit->found = age;
	line_set_text(edit, line);
	edit->cursor = (size_t)(at - line);
}

static void add_sought(struct line_edit *edit, u32 code)
{
	char bytes[UTF8_BYTES];
	size_t n = utf8_put(code, bytes);

	if (edit->sought_len + n > SOUGHT_MAX) {
		line_bell(edit);
		return;
	}
	memcpy(edit->sought + edit->sought_len, bytes, n);
	edit->sought_len += n;
	edit->sought[edit->sought_len] = 0;
	find_from(edit, max(edit->found, 1u));
}

static void remove_sought(struct line_edit *edit)
{
	if (!edit->sought_len) {
		line_bell(edit);
		return;
	}
	edit->sought_len = utf8_before(edit->sought, edit->sought_len);
	edit->sought[edit->sought_len] = 0;
	edit->found = 0;
	if (edit->sought_len) {
		find_from(edit, 1);
	} else {
		show_prompt(edit, "search");
		line_restore_draft(edit);
	}
}

void line_search(struct line_edit *edit)
{
	line_keep_draft(edit);
	edit->searching = true;
	edit->found = 0;
	edit->sought_len = 0;
	edit->sought[0] = 0;
	edit->own_prompt = edit->prompt;
	show_prompt(edit, "search");
}

void line_search_end(struct line_edit *edit)
{
	if (!edit->searching)
		return;
	edit->searching = false;
	edit->prompt = edit->own_prompt;
	edit->age = edit->found;
}

bool line_search_key(struct line_edit *edit, int key)
{
	if (key >= ' ' && key < KEY_UP) {
		add_sought(edit, (u32)key);
	} else if (key == KEY_BACKSPACE) {
		remove_sought(edit);
	} else if (key == KEY_CTRL('R')) {
		if (edit->sought_len)
			find_from(edit, edit->found + 1);
	} else {
		line_search_end(edit);
		if (key != KEY_CTRL('G') && key != KEY_ESCAPE) {
			line_refresh(edit);
			return false;
		}
		line_restore_draft(edit);
	}
	return true;
}
