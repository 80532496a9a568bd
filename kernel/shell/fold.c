/*
 * fold.c - a line that is longer than the terminal is wide goes on in the next row, between two words
 *
 *	|  bench [--csv] [NAME...]     measure what operations cost: all, or the |
 *	|                              rows of these names                       |
 *	                               ^ hang: below what stands behind the first wide gap,
 *	                                 or a little to the right of the line's beginning
 *
 * A terminal breaks a line where its last column is, in the middle of a word.  Nothing that prints
 * need know how wide it is: this stands between it and the pager.  Text that has escape sequences is
 * somebody's who draws, and passes as it is; so does a word that no row has room for.
 *
 * Invariants
 *   F1  What comes out has the words of what went in, in their order, and its line ends.
 *
 * Locking: none; it is entered by one at a time (console.c, I3).
 * Read next: pager.c, which counts the rows that this makes.
 */
#include <string.h>

#include "kernel/shell/fold.h"
#include "kernel/shell/screen.h"
#include "kernel/shell/utf8.h"

enum { HANG = 4, WIDE_GAP = 2 };

static void pass_blanks(struct fold *fold, size_t n)
{
	while (n--)
		con_pass(&fold->stage, " ", 1);
}

static size_t width_of(const struct fold *fold)
{
	return utf8_sound(fold->word) ? utf8_columns(fold->word, fold->len) : fold->len;
}

/* The word is whole, and so is the gap before it. */
static void choose_hang(struct fold *fold)
{
	size_t at = fold->column + fold->gap, half = screen_columns() / 2;

	if (!fold->begun)
		fold->hang = at + HANG < half ? at + HANG : 0;
	else if (!fold->hung && fold->gap >= WIDE_GAP && at <= half)
		fold->hang = at;
	else
		return;
	fold->hung = fold->begun;
	fold->begun = true;
}

static void end_word(struct fold *fold)
{
	size_t columns = screen_columns(), width;

	if (!fold->len)
		return;
	fold->word[fold->len] = '\0';
	width = width_of(fold);
	choose_hang(fold);
	if (fold->column + fold->gap + width > columns && fold->column) {
		con_pass(&fold->stage, "\n", 1);
		fold->column = 0;
		fold->gap = width < columns ? min(fold->hang, columns - width) : 0;
	}
	pass_blanks(fold, fold->gap);
	con_pass(&fold->stage, fold->word, fold->len);
	fold->column = (fold->column + fold->gap + width - 1) % columns + 1;
	fold->gap = fold->len = 0;
}

static void end_line(struct fold *fold)
{
	end_word(fold);
	con_pass(&fold->stage, "\n", 1);
	fold->column = fold->gap = 0;
	fold->begun = fold->hung = fold->alone = false;
}

/* What is no text, or too long: from here on the line passes as it is. */
static void leave_alone(struct fold *fold)
{
	end_word(fold);
	pass_blanks(fold, fold->gap);
	fold->gap = 0;
	fold->alone = true;
}

static void fold_byte(struct fold *fold, char c)
{
	if (c != '\n' && !fold->alone && ((u8)c < ' ' || fold->len == FOLD_WORD_MAX))
		leave_alone(fold);
	if (c == '\n') {
		end_line(fold);
	} else if (fold->alone) {
		con_pass(&fold->stage, &c, 1);
	} else if (c == ' ') {
		end_word(fold);
		fold->gap++;
	} else {
		fold->word[fold->len++] = c;
	}
}

static void fold_write(struct con_stage *stage, const char *s, size_t len)
{
	while (len--)
		fold_byte((struct fold *)stage, *s++);
}

void fold_begin(struct fold *fold)
{
	*fold = (struct fold){};
	if (!screen_attended())
		return;
	fold->stage.write = fold_write;
	con_push_stage(&fold->stage);
}

void fold_end(struct fold *fold)
{
	if (!fold->stage.write)
		return;
	end_word(fold);
	con_pop_stage(&fold->stage);
}
