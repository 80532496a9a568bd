/*
 * keys.h - from the bytes of a terminal to the keys of a person
 *
 * A terminal sends most keys as one byte and the others as an escape sequence of several.  The
 * decoder takes one byte at a time and never waits for another: whatever it is in the middle of,
 * a control byte (Enter, Ctrl-C) ends it, so that no noise can lock the keyboard.
 */
#ifndef KERNEL_SHELL_KEYS_H
#define KERNEL_SHELL_KEYS_H

#include "kernel/shell/utf8.h"
#include "lib/types.h"

/* A key is the code point of its character, or one of these. */
enum key {
	KEY_NONE = -1, /* nothing yet */
	KEY_UP = 0x110000,
	KEY_DOWN,
	KEY_LEFT,
	KEY_RIGHT,
	KEY_WORD_LEFT,
	KEY_WORD_RIGHT,
	KEY_HOME,
	KEY_END,
	KEY_DELETE,
	KEY_BACKSPACE, /* 0x7f and 0x08 */
	KEY_ENTER,     /* CR, LF, CR LF or CR NUL (telnet): once each */
	KEY_ESCAPE,    /* alone: said by key_timeout() */
	KEY_REPORT,    /* no key: the terminal's answer to CPR, in params */
	KEY_UNKNOWN,   /* a sequence has ended that means nothing here */
};

/* The byte that Ctrl and a letter send. */
#define KEY_CTRL(letter) (0x1f & (letter))

enum { KEY_PARAMS_MAX = 2 };

struct key_decoder {
	u8 state;	  /* enum decoder_state in keys.c */
	bool after_cr;	  /* the last byte was CR: LF or NUL now belongs to it */
	struct utf8 utf8; /* of the character being read */
	/*
	 * How many times bytes came that are no character (KEY_NONE, or the next key, goes with
	 * them): the owner, who must not take the rest for all, sets it to 0.
	 */
	unsigned int unreadable;
	u8 nr_params;		    /* index of the parameter being read, may pass the array */
	bool foreign;		    /* holds bytes of which no key's sequence consists */
	u16 params[KEY_PARAMS_MAX]; /* of the sequence being read */
};

/* A decoder of zeroes is ready.  Returns the key that this byte completes, or KEY_NONE. */
int key_decode(struct key_decoder *decoder, u8 byte);

/* Has Escape come, and nothing yet behind it? */
bool key_escape_pending(const struct key_decoder *decoder);
/* Nothing came behind it for a while: it was the key Escape, which is returned. */
int key_timeout(struct key_decoder *decoder);

#endif /* KERNEL_SHELL_KEYS_H */
