/*
 * line_model.c - the keys of the line editor, on an array of code points
 *
 * Read next: kernel/shell/line_edit.c, line_complete.c, search.c and history.c, which this is held against.
 */
#include "tests/fuzz/line_model.h"

#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/exact.h"

/* --- text ------------------------------------------------------------------------------------- */

size_t line_model_bytes(const struct line_text *text, unsigned int upto, char *bytes)
{
	size_t n = 0;

	for (unsigned int i = 0; i < upto; i++)
		n += utf8_put(text->code[i], bytes + n);
	bytes[n] = '\0';
	return n;
}

static size_t bytes_of(u32 code)
{
	return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

static size_t size_of(const struct line_text *text)
{
	size_t bytes = 0;

	for (unsigned int i = 0; i < text->nr; i++)
		bytes += bytes_of(text->code[i]);
	return bytes;
}

static bool insert(struct line_text *text, u32 code)
{
	if (size_of(text) + bytes_of(code) > SHELL_LINE_MAX - 1)
		return false;
	memmove(text->code + text->cursor + 1, text->code + text->cursor,
		(text->nr - text->cursor) * sizeof(u32));
	text->code[text->cursor++] = code;
	text->nr++;
	return true;
}

static void cut(struct line_text *text, unsigned int from, unsigned int to)
{
	memmove(text->code + from, text->code + to, (text->nr - to) * sizeof(u32));
	text->nr -= to - from;
	text->cursor = from;
	text->overflowed &= text->nr > 0;
}

/* A whole text, the cursor behind it. */
static void set(struct line_text *text, const char *bytes)
{
	struct utf8 utf8 = {};

	text->nr = 0;
	text->overflowed = false;
	for (; *bytes; bytes++)
		if (utf8_feed(&utf8, (u8)*bytes) == UTF8_DONE)
			text->code[text->nr++] = utf8.code;
	text->cursor = text->nr;
}

static unsigned int before(const struct line_text *text)
{
	unsigned int at = text->cursor;

	while (at && !utf8_width(text->code[--at]))
		;
	return at;
}

static unsigned int after(const struct line_text *text)
{
	unsigned int at = text->cursor;

	if (at < text->nr)
		at++;
	while (at < text->nr && !utf8_width(text->code[at]))
		at++;
	return at;
}

static unsigned int word_before(const struct line_text *text)
{
	unsigned int at = text->cursor;

	while (at && text->code[at - 1] == ' ')
		at--;
	while (at && text->code[at - 1] != ' ')
		at--;
	return at;
}

static unsigned int word_after(const struct line_text *text)
{
	unsigned int at = text->cursor;

	while (at < text->nr && text->code[at] == ' ')
		at++;
	while (at < text->nr && text->code[at] != ' ')
		at++;
	return at;
}

/* --- history ---------------------------------------------------------------------------------- */

static const char *line_of_age(const struct line_model *model, unsigned int age)
{
	return age && age <= model->nr_history ? model->history[model->nr_history - age] : NULL;
}

static void drop_oldest(struct line_model *model)
{
	free(model->history[0]);
	model->nr_history--;
	memmove(model->history, model->history + 1, model->nr_history * sizeof(char *));
}

void line_model_remember(struct line_model *model, const char *line)
{
	const char *newest = line_of_age(model, 1);
	size_t bytes = strlen(line) + 1;

	if (!*line || (newest && !strcmp(newest, line)))
		return;
	for (unsigned int i = 0; i < model->nr_history; i++)
		bytes += strlen(model->history[i]) + 1;
	for (; bytes > LINE_MODEL_HISTORY; drop_oldest(model))
		bytes -= strlen(model->history[0]) + 1;
	model->history[model->nr_history++] = exact_string(line, strlen(line));
}

static void recall_older(struct line_model *model)
{
	const char *line = line_of_age(model, model->age + 1);

	if (!model->age)
		model->draft = model->line;
	if (!line)
		return;
	model->age++;
	set(&model->line, line);
}

/* What was being typed, the cursor behind it. */
static void give_draft_back(struct line_model *model)
{
	model->age = 0;
	model->line = model->draft;
	model->line.cursor = model->line.nr;
}

static void recall_newer(struct line_model *model)
{
	if (!model->age)
		return;
	if (model->age == 1)
		give_draft_back(model);
	else
		set(&model->line, line_of_age(model, --model->age));
}

/* --- completion ------------------------------------------------------------------------------- */

/* How many characters all words that begin with `begun` share; 0: there is no such word. */
static size_t shared(const char *const *words, const char *begun, const char **word, bool *one)
{
	size_t n = 0;

	*one = true;
	*word = NULL;
	for (; *words; words++) {
		size_t same = 0;

		if (strncmp(*words, begun, strlen(begun)) != 0)
			continue;
		if (!*word) {
			*word = *words;
			n = strlen(*words);
			continue;
		}
		while (same < n && (*words)[same] == (*word)[same])
			same++;
		*one &= same == n && strlen(*words) == n;
		n = same;
	}
	return n;
}

static void finish_word(struct line_text *line)
{
	u32 last = line->cursor ? line->code[line->cursor - 1] : '/';

	if (last == '/' || last == '=' || last == '.')
		return;
	if (line->cursor < line->nr && line->code[line->cursor] == ' ')
		line->cursor++;
	else
		insert(line, ' ');
}

static void complete(struct line_model *model)
{
	struct line_text *line = &model->line, begun = {};
	char bytes[4 * SHELL_LINE_MAX];
	const char *word;
	size_t have, all;
	bool one;

	for (unsigned int i = line->cursor; i && line->code[i - 1] != ' '; i--)
		begun.nr++;
	memcpy(begun.code, line->code + line->cursor - begun.nr, begun.nr * sizeof(u32));
	have = line_model_bytes(&begun, begun.nr, bytes);
	all = shared(model->words, bytes, &word, &one);
	if (!word || size_of(line) + all - have > SHELL_LINE_MAX - 1)
		return;
	while (have < all)
		insert(line, (u32)word[have++]);
	if (one)
		finish_word(line);
}

/* --- search ----------------------------------------------------------------------------------- */

static void search(struct line_model *model)
{
	model->draft = model->line;
	model->searching = true;
	model->found = model->sought.nr = model->sought.cursor = 0;
}

/* From that age on; with none the line found last stays. */
static void find(struct line_model *model, unsigned int age)
{
	char sought[4 * SHELL_LINE_MAX], shown[4 * SHELL_LINE_MAX];
	const char *line, *at;

	line_model_bytes(&model->sought, model->sought.nr, sought);
	line_model_bytes(&model->line, model->line.nr, shown);
	for (; (line = line_of_age(model, age)); age++) {
		at = strstr(line, sought);
		if (!at || (model->found && age > model->found && !strcmp(line, shown)))
			continue; /* what is shown already is not shown again */
		model->found = age;
		set(&model->line, line);
		while (line_model_bytes(&model->line, model->line.cursor, shown) >
		       (size_t)(at - line))
			model->line.cursor--;
		return;
	}
}

static void end_search(struct line_model *model)
{
	if (model->searching)
		model->age = model->found;
	model->searching = false;
}

/* False: it ends the search, and means what it always does. */
static bool search_key(struct line_model *model, int key)
{
	struct line_text *sought = &model->sought;

	if (key >= ' ' && key < KEY_UP) {
		if (size_of(sought) + bytes_of((u32)key) > SOUGHT_MAX)
			return true;
		insert(sought, (u32)key);
		find(model, max(model->found, 1u));
	} else if (key == KEY_BACKSPACE) {
		if (!sought->nr)
			return true;
		cut(sought, before(sought), sought->nr);
		model->found = 0;
		if (sought->nr)
			find(model, 1);
		else
			give_draft_back(model);
	} else if (key == KEY_CTRL('R')) {
		if (sought->nr)
			find(model, model->found + 1);
	} else {
		end_search(model);
		if (key != KEY_CTRL('G') && key != KEY_ESCAPE)
			return false;
		give_draft_back(model);
	}
	return true;
}

/* --- keys ------------------------------------------------------------------------------------- */

static void type(struct line_text *line, u32 code)
{
	if (!insert(line, code))
		line->overflowed = true;
}

static bool edit(struct line_text *line, int key)
{
	switch (key) {
	case KEY_BACKSPACE:
		cut(line, before(line), line->cursor);
		return true;
	case KEY_DELETE:
	case KEY_CTRL('D'):
		cut(line, line->cursor, after(line));
		return true;
	case KEY_CTRL('W'):
		cut(line, word_before(line), line->cursor);
		return true;
	case KEY_CTRL('U'):
		cut(line, 0, line->cursor);
		return true;
	case KEY_CTRL('K'):
		cut(line, line->cursor, line->nr);
		return true;
	}
	return false;
}

static unsigned int place(const struct line_text *line, int key)
{
	switch (key) {
	case KEY_LEFT:
	case KEY_CTRL('B'):
		return before(line);
	case KEY_RIGHT:
	case KEY_CTRL('F'):
		return after(line);
	case KEY_WORD_LEFT:
		return word_before(line);
	case KEY_WORD_RIGHT:
		return word_after(line);
	case KEY_HOME:
	case KEY_CTRL('A'):
		return 0;
	case KEY_END:
	case KEY_CTRL('E'):
		return line->nr;
	}
	return line->cursor;
}

void line_model_key(struct line_model *model, int key)
{
	if (model->searching && search_key(model, key))
		return;
	if (key >= ' ' && key < KEY_UP)
		type(&model->line, (u32)key);
	else if (key == KEY_UP || key == KEY_CTRL('P'))
		recall_older(model);
	else if (key == KEY_DOWN || key == KEY_CTRL('N'))
		recall_newer(model);
	else if (key == KEY_CTRL('I'))
		complete(model);
	else if (key == KEY_CTRL('R'))
		search(model);
	else if (!edit(&model->line, key))
		model->line.cursor = place(&model->line, key);
}

void line_model_mark(struct line_model *model)
{
	end_search(model);
	type(&model->line, UTF8_REPLACEMENT);
}

/* --- lines ------------------------------------------------------------------------------------ */

enum line_event line_model_enter(struct line_model *model)
{
	char bytes[4 * SHELL_LINE_MAX];

	end_search(model);
	if (model->line.overflowed)
		return LINE_TOO_LONG;
	for (unsigned int i = 0; i < model->line.nr; i++)
		if (model->line.code[i] == UTF8_REPLACEMENT)
			return LINE_UNREADABLE;
	line_model_bytes(&model->line, model->line.nr, bytes);
	line_model_remember(model, bytes);
	return LINE_DONE;
}

void line_model_begin(struct line_model *model)
{
	model->line.nr = model->line.cursor = model->age = 0;
	model->line.overflowed = model->searching = false;
}

void line_model_follow(struct line_model *model, const struct line_edit *edit)
{
	set(&model->line, edit->text);
	model->line.overflowed = edit->overflowed;
	for (size_t at = edit->len; at > edit->cursor; model->line.cursor--)
		at -= bytes_of(model->line.code[model->line.cursor - 1]);
	set(&model->draft, edit->draft);
	model->draft.overflowed = edit->draft_overflowed;
	set(&model->sought, edit->sought);
	model->age = edit->age;
	model->searching = edit->searching;
	model->found = edit->found;
}

void line_model_end(struct line_model *model)
{
	while (model->nr_history)
		drop_oldest(model);
}
