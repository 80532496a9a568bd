/*
 * parse.h - a line's commands and their words
 *
 *	alloc pages 2; echo "two  blanks" 'and ; no end' a\;b
 *	$a=#1; md $a+0x10 64 | grep 0000 | head 3       # a comment
 *
 * `;` separates commands, `|` a command from its filter, blanks separate words.  '…' takes everything
 * as it stands; "…" too, but a backslash in it, as outside of quotes, takes away the next character's
 * meaning.  Outside of quotes $name stands for the variable's value (variables.h), and $name= at the
 * start of a command sets it.  `#` begins a comment as the first character of a line, and of any
 * word when no digit follows: #7 is a word.
 */
#ifndef KERNEL_SHELL_PARSE_H
#define KERNEL_SHELL_PARSE_H

#include "kernel/shell/shell.h"

enum parse_status {
	PARSE_OK,
	PARSE_OPEN_QUOTE,     /* the quote at error_at is not closed */
	PARSE_OPEN_BACKSLASH, /* nothing follows the backslash at error_at */
	PARSE_TOO_MANY_WORDS, /* the word at error_at is one too many */
	PARSE_TOO_LONG,	      /* the line has SHELL_LINE_MAX characters or more */
	PARSE_GREW_TOO_LONG,  /* with the value of the variable at error_at, it would have */
	PARSE_NO_VARIABLE,    /* there is no variable of the name at error_at */
};

/* What has a meaning of its own, wherever it stands in a word. */
#define SHELL_SPECIAL "'\";\\|$"

enum { PARSE_GROWTH = 256 }; /* by so many characters a command may be longer with its values */
enum {
	SHELL_WORD_MAX = SHELL_LINE_MAX + PARSE_GROWTH
}; /* so many a word may have, its NUL included */

/* One command; 0 words when nothing stands between two `;`. */
struct parsed {
	int argc;
	char *argv[SHELL_ARGS_MAX + 1]; /* NULL after the last; they point into words */
	size_t error_at;		/* offset in the line */
	size_t last_start;		/* offset of the last word in the line */
	bool last_quoted;		/* some of the last word was quoted or escaped */
	bool last_open;			/* the line ends in the last word */
	bool semicolon;			/* `;` ended the command, not the end of the line */
	bool pipe;			/* `|` ended it: what follows is a filter */
	bool filter;			/* `|` stands before it */
	char words[SHELL_WORD_MAX];
};

/*
 * Reads the command that begins at offset *at of a line of len characters, and moves *at behind
 * it; the line has no more commands when that is len, and `semicolon` and `pipe` are false.  The
 * first one of a line is parsed into what has pipe == false.
 */
enum parse_status parse_command(const char *line, size_t len, size_t *at, struct parsed *parsed);

/*
 * The same, to see whether the line can be read at all: a variable that does not exist is no error,
 * for a command before this one may set it.
 */
enum parse_status parse_check(const char *line, size_t len, size_t *at, struct parsed *parsed);

/*
 * The command being typed at offset len: like the last one of the line, with the unfinished word
 * (perhaps "") as its last, which begins at last_start.  False when that word is quoted or no
 * command can be read there: then nothing sensible can be said about it.
 */
bool parse_unfinished(const char *line, size_t len, struct parsed *parsed);

/* Prints `error: shell: …` for a status other than PARSE_OK. */
void parse_report(const char *line, enum parse_status status, const struct parsed *parsed);

#endif /* KERNEL_SHELL_PARSE_H */
