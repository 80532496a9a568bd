/*
 * terminal_model.c - interprets what the editor sends, as a plain terminal would
 *
 *	printable   1 or 2 cells, the cursor moves     BEL  counted
 *	\b \r \n    left, column 0, a new blank row     ESC [ n C, n D, K, H, 2 J
 *
 * Anything else, a move over an edge and a character in the last column count as an error: there
 * real terminals begin to differ.
 *
 * Read next: line_edit.c beside this file.
 */
#include <string.h>

#include "lib/compiler.h"
#include "terminal_model.h"

static void blank(struct terminal_model *model, size_t from)
{
	memset(model->cells + from, ' ', MODEL_COLUMNS - from);
}

void terminal_model_init(struct terminal_model *model)
{
	memset(model, 0, sizeof(*model));
	blank(model, 0);
}

size_t terminal_model_used(const struct terminal_model *model)
{
	size_t used = MODEL_COLUMNS;

	while (used && model->cells[used - 1] == ' ')
		used--;
	return used;
}

static void log_byte(struct terminal_model *model, char c)
{
	if (model->log_len < MODEL_LOG - 1)
		model->log[model->log_len++] = c;
	model->log[model->log_len] = 0;
}

static void new_row(struct terminal_model *model)
{
	for (size_t i = 0, used = terminal_model_used(model); i < used; i++)
		log_byte(model, model->cells[i]);
	log_byte(model, '\n');
	blank(model, 0);
	model->column = 0;
}

static void move(struct terminal_model *model, long by)
{
	long to = (long)model->column + by;

	if (to < 0 || to >= MODEL_COLUMNS)
		model->errors++;
	else
		model->column = (size_t)to;
}

static void sequence(struct terminal_model *model, char final)
{
	long n = model->param ? (long)model->param : 1;

	if (final == 'C') {
		move(model, n);
	} else if (final == 'D') {
		move(model, -n);
	} else if (final == 'K' && !model->param) {
		blank(model, model->column);
	} else if (final == 'H' && !model->param) {
		model->column = 0;
	} else if (final == 'J' && model->param == 2) {
		blank(model, 0);
		model->clears++;
	} else {
		model->errors++;
	}
}

char terminal_model_cell(u32 code)
{
	return (char)(code < 0x80 ? code : 0x80 | (code & 0x3f));
}

/* Another byte of a character above ASCII. */
static void wide_text(struct terminal_model *model, char c)
{
	enum utf8_step step = utf8_feed(&model->utf8, (u8)c);
	unsigned int width = step == UTF8_DONE ? utf8_width(model->utf8.code) : 0;

	if (step == UTF8_WRONG || step == UTF8_TORN || model->column + width >= MODEL_COLUMNS) {
		model->errors++;
		return;
	}
	if (width)
		model->cells[model->column++] = terminal_model_cell(model->utf8.code);
	if (width > 1)
		model->cells[model->column++] = (char)MODEL_RIGHT_HALF;
}

static void text(struct terminal_model *model, char c)
{
	if (c == '\a')
		model->bells++;
	else if (c == '\b')
		move(model, -1);
	else if (c == '\r')
		model->column = 0;
	else if (c == '\n')
		new_row(model);
	else if (c == '\033')
		model->state = MODEL_ESCAPE;
	else if ((u8)c >= 0x80)
		wide_text(model, c);
	else if (model->utf8.left || c < ' ' || c > '~' || model->column >= MODEL_COLUMNS - 1)
		model->errors++;
	else
		model->cells[model->column++] = c;
}

static void take(struct terminal_model *model, char c)
{
	if (model->state == MODEL_TEXT) {
		text(model, c);
	} else if (model->state == MODEL_ESCAPE) {
		model->errors += c != '[';
		model->state = MODEL_SEQUENCE;
		model->param = 0;
	} else if (c >= '0' && c <= '9') {
		model->param = model->param * 10 + (unsigned int)(c - '0');
	} else {
		model->state = MODEL_TEXT;
		sequence(model, c);
	}
}

void terminal_model_emit(void *model, const char *bytes, size_t len)
{
	((struct terminal_model *)model)->bytes += len;
	for (size_t i = 0; i < len; i++)
		take(model, bytes[i]);
}
