/*
 * line_edit.h - a line being typed: bytes of the keyboard in, bytes of the terminal out
 *
 *	line_edit_begin(&edit, "crumb> ");
 *	do
 *		event = line_edit_feed(&edit, con_getc());
 *	while (event == LINE_MORE);
 *	... edit.text ...
 *
 * The editor is a state machine: it reads nothing, waits for nothing and knows no device, so the
 * self-tests feed it bytes and look at a model of the terminal.
 */
#ifndef KERNEL_SHELL_LINE_EDIT_H
#define KERNEL_SHELL_LINE_EDIT_H

#include "kernel/shell/history.h"
#include "kernel/shell/keys.h"
#include "kernel/shell/row.h"
#include "kernel/shell/shell.h"

enum { CANDIDATE_MAX = 128 }; /* longer words are not completed */
enum { SOUGHT_MAX = 64 };     /* bytes that may be searched for in the history */

enum line_event {
	LINE_MORE,	 /* the line goes on */
	LINE_DONE,	 /* Enter: text is the line */
	LINE_CANCELED,	 /* Ctrl-C: text is empty */
	LINE_TOO_LONG,	 /* Enter, but characters were dropped: text is not what was typed */
	LINE_UNREADABLE, /* Enter, but U+FFFD stands in text, perhaps for bytes that were lost */
	LINE_REPORT, /* the line goes on; keys->params is the terminal's answer: rows, columns */
};

/*
 * Completion: the nth (from 0) word that may stand at the cursor, NULL after the last; *start is
 * set to where the unfinished word begins (at most cursor).  Words that do not continue it are
 * dropped by the editor.  A word need only stay valid until the next call.
 */
typedef const char *(*line_candidate_t)(const char *text, size_t cursor, unsigned int nth,
					size_t *start);

struct line_edit {
	/* set by the owner before the first line; the rest starts as zeroes */
	struct history *history;
	line_candidate_t candidate;
	struct key_decoder *keys;	/* lives on from line to line: LF may follow CR */
	void (*cleared)(void *context); /* the screen was; may write to it.  NULL: nobody asks */
	struct row row;			/* its emit and context */
	size_t columns; /* of the terminal: 20 to ROW_MAX, and 10 more than the prompt's */

	char text[SHELL_LINE_MAX]; /* NUL-terminated */
	size_t len;
	size_t cursor;
	bool overflowed; /* characters did not fit and were dropped */

	const char *prompt;
	size_t first;	   /* the first character of text that is shown */
	bool after_tab;	   /* the last key was Tab and could add nothing */
	bool rang, listed; /* what the last key did: the bell; the words that continue one */
	int refused;	   /* the last key, when it left nothing; KEY_NONE: it did not */
	int lost;	   /* what the last mark stands for: a key, or KEY_NONE for no character */
	unsigned int age;  /* of the recalled line, 0: none */
	char draft[SHELL_LINE_MAX]; /* what was typed before history was walked */
	bool draft_overflowed;

	/* search.c: Ctrl-R */
	bool searching;
	unsigned int found; /* age of the line that is shown, 0: none yet */
	size_t sought_len;
	char sought[SOUGHT_MAX + 1];
	const char *own_prompt; /* what prompt was before */
	char search_prompt[SOUGHT_MAX + 16];
};

/* Begins an empty line at the start of an empty row.  The prompt stays valid meanwhile. */
void line_edit_begin(struct line_edit *edit, const char *prompt);
enum line_event line_edit_feed(struct line_edit *edit, u8 byte);
/* Nothing has come for a moment behind the last byte, as when a person types; asked while `refused` is a key. */
void line_edit_pause(struct line_edit *edit);
/* The same for a key that is known already: KEY_ESCAPE, which only time tells. */
enum line_event line_edit_key(struct line_edit *edit, int key);
/* The terminal has become that wide, or turned out to be. */
void line_edit_resize(struct line_edit *edit, size_t columns);

#endif /* KERNEL_SHELL_LINE_EDIT_H */
