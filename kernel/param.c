/*
 * param.c - splits the command line into words and gives each to the parameter it names
 *
 *	line   lowmem=64M  run="pt 0; echo \"hi\""  panic_on_bug
 *	copy   lowmem 64M  run pt 0; echo "hi"      panic_on_bug      quotes and escapes taken out in place
 *	              ^        ^                    ^ value "" (the word's own end)
 *
 * Nothing is allocated: words are unquoted and cut in a copy of the line, which stays for good, so
 * that a setter may keep a pointer to its value.
 *
 * Invariants
 *   P1  Unquoting never makes a word longer: its writing end never passes its reading end.
 *   P2  Every word is given to exactly one setter or is warned about; to both when refused.
 *   P3  A word that was cut with the end of a too long line reaches no setter: mem=128M cut to
 *       mem=12 would be obeyed.
 *
 * Locking  none: parsed once, at boot, before other CPUs run; the table is constant.
 * Read next: param_parse_with(), next_word(), then parse_number().
 */
#include <ctype.h>
#include <limits.h>
#include <string.h>

#include "kernel/console.h"
#include "kernel/param_impl.h"
#include "kernel/printk.h"

REGISTRY(params, const struct param);

/* --- numbers ---------------------------------------------------------------------------------- */

/* The value of a digit in bases up to 16, or 16. */
static unsigned int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

/* Reads digits of the base up to the first other character; false for none, or over 64 bits. */
static bool read_digits(const char **s, unsigned int base, u64 *value)
{
	const char *start = *s;
	unsigned int digit;

	for (*value = 0; (digit = digit_value(**s)) < base; (*s)++)
		if (__builtin_mul_overflow(*value, (u64)base, value) ||
		    __builtin_add_overflow(*value, (u64)digit, value))
			return false;
	return *s > start;
}

/* The shift of a unit letter; -1 for another character. */
static int unit_shift(char c)
{
	switch (c) {
	case 'k':
	case 'K':
		return 10;
	case 'm':
	case 'M':
		return 20;
	case 'g':
	case 'G':
		return 30;
	default:
		return -1;
	}
}

bool parse_number(const char *s, u64 *value)
{
	unsigned int base = 10;
	u64 number;

	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
		base = 16;
		s += 2;
	}
	if (!read_digits(&s, base, &number))
		return false;
	if (unit_shift(*s) >= 0 &&
	    __builtin_mul_overflow(number, (u64)1 << unit_shift(*s++), &number))
		return false;
	if (*s)
		return false; /* something after the number */
	*value = number;
	return true;
}

/* --- typed setters ---------------------------------------------------------------------------- */

bool param_set_size(const char *value, const struct param *param)
{
	u64 number;

	if (!parse_number(value, &number) || (unsigned long)number != number)
		return false;
	*(unsigned long *)param->target = number;
	return true;
}

bool param_set_int(const char *value, const struct param *param)
{
	const bool negative = *value == '-';
	const u64 most = negative ? (u64)INT_MAX + 1 : INT_MAX;
	u64 number;

	value += negative;
	if (!read_digits(&value, 10, &number) || *value || number > most)
		return false;
	*(int *)param->target = negative ? -(s64)number : (s64)number;
	return true;
}

bool param_set_bool(const char *value, const struct param *param)
{
	if (*value && strcmp(value, "0") != 0 && strcmp(value, "1") != 0)
		return false;
	*(bool *)param->target = *value != '0';
	return true;
}

bool param_set_string(const char *value, const struct param *param)
{
	*(const char **)param->target = value;
	return true;
}

/* How values of a kind are shown in the table, and why one was refused. */
struct value_kind {
	bool (*set)(const char *value, const struct param *param);
	const char *shown, *refused;
};

static const struct value_kind *kind_of(const struct param *param)
{
	static const struct value_kind kinds[] = {
		{ param_set_size, "=SIZE", "not a size below 4G" },
		{ param_set_int, "=N", "not a number" },
		{ param_set_bool, "[=0|1]", "not 0 or 1" },
		{ param_set_string, "=TEXT", "refused" },
	};
	static const struct value_kind other = { NULL, "=...", "not a value it takes" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].set == param->set)
			return &kinds[i];
	return &other;
}

/* --- words ------------------------------------------------------------------------------------ */

static bool is_blank(char c)
{
	return isspace((unsigned char)c);
}

/* One word, unquoted in place. */
struct word {
	char *text;
	bool open_quote; /* the line ended inside quotes */
	bool at_end;	 /* the line ended with this word */
};

/* Where a word is being read and written: in_quotes is the state at `from`. */
struct unquoting {
	const char *from;
	char *to;
	bool in_quotes;
};

/* Moves one character of a word on, or a pair that stands for one. */
static void unquote_one(struct unquoting *u)
{
	if (*u->from == '"') {
		u->in_quotes = !u->in_quotes;
		u->from++;
		return;
	}
	if (u->in_quotes && *u->from == '\\' && (u->from[1] == '"' || u->from[1] == '\\'))
		u->from++;
	*u->to++ = *u->from++; /* keeps P1 */
}

/* Takes the next word off *cursor; false when only blanks were left. */
static bool next_word(char **cursor, struct word *word)
{
	struct unquoting u;

	while (is_blank(**cursor))
		(*cursor)++;
	if (!**cursor)
		return false;
	word->text = *cursor;
	u = (struct unquoting){ .from = *cursor, .to = *cursor };
	while (*u.from && (u.in_quotes || !is_blank(*u.from)))
		unquote_one(&u);
	word->open_quote = u.in_quotes;
	word->at_end = !*u.from;
	*cursor = (char *)u.from + !word->at_end; /* before the end of text is written over it */
	*u.to = '\0';
	return true;
}

static const struct param *find(const struct param_parser *parser, const char *name, size_t length)
{
	const struct param *const *p;

	for (p = parser->first; p < parser->last; p++)
		if (strncmp((*p)->name, name, length) == 0 && !(*p)->name[length])
			return *p;
	return NULL;
}

/* Gives a word to its parameter; NULL, or why that could not be. */
static const char *apply(const struct param_parser *parser, char *word)
{
	size_t length = strcspn(word, "=");
	const struct param *param = find(parser, word, length);
	const char *value = word + length + (word[length] == '=');

	if (!param) {
		word[length] = '\0'; /* for the warning: the name alone */
		return "unknown";
	}
	if (param->set(value, param))
		return NULL;
	return param->refused ? param->refused : kind_of(param)->refused;
}

unsigned int param_parse_with(const struct param_parser *parser, const char *command_line)
{
	size_t length = strlen(command_line);
	const bool cut = length > parser->copy_size - 1;
	char *cursor = parser->copy;
	bool half_word = false; /* does the copy end inside a word? */
	unsigned int warned = 0;
	struct word word;

	if (cut) {
		length = parser->copy_size - 1;
		half_word = !is_blank(command_line[length]);
	}
	memcpy(parser->copy, command_line, length);
	parser->copy[length] = '\0';
	while (next_word(&cursor, &word)) {
		const char *why;

		if (half_word && word.at_end)
			why = "cut off by the line's greatest length"; /* keeps P3 */
		else if (word.open_quote)
			why = "a quote is left open";
		else
			why = apply(parser, word.text);
		if (why) {
			parser->warn(word.text, why);
			warned++;
		}
	}
	if (cut) {
		parser->warn("command line", "longer than can be parsed: the rest of it");
		warned++;
	}
	return warned;
}

/* --- the registered table --------------------------------------------------------------------- */

/* Shows no more than the beginning of a long word, so that the reason fits the line. */
static void warn_in_log(const char *word, const char *why)
{
	pr_warn("param: %.80s: %s; ignored", word, why);
}

unsigned int param_parse(const char *command_line)
{
	static char copy[PARAM_LINE_MAX];
	const struct param_parser parser = {
		.first = __start_params,
		.last = __stop_params,
		.warn = warn_in_log,
		.copy = copy,
		.copy_size = sizeof(copy),
	};

	return param_parse_with(&parser, command_line);
}

/* The registered parameter whose name comes next after `name` ("" for the first), or NULL. */
static const struct param *next_by_name(const char *name)
{
	const struct param *const *p;
	const struct param *best = NULL;

	for_each_registered(p, params)
		if (strcmp((*p)->name, name) > 0 && (!best || strcmp((*p)->name, best->name) < 0))
			best = *p;
	return best;
}

void param_list(void)
{
	const struct param *param;

	for (param = next_by_name(""); param; param = next_by_name(param->name)) {
		const char *shown = kind_of(param)->shown;
		int pad = 22 - (int)strlen(param->name) - (int)strlen(shown);

		con_printf("  %s%s%*s  %s\n", param->name, shown, max(pad, 0), "", param->summary);
	}
}
