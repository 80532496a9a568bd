/*
 * utf8.h - characters of more than one byte: reading them, and how wide a terminal shows them
 *
 * A terminal shows a character in 0 (an accent over the one before), 1 or 2 columns (Chinese,
 * Japanese, Korean, most emoji).  What a person takes for one character, and what a key moves over
 * or deletes, is a code point with all those of width 0 behind it: a cluster here.
 */
#ifndef KERNEL_SHELL_UTF8_H
#define KERNEL_SHELL_UTF8_H

#include "lib/types.h"

enum { UTF8_BYTES = 4 /* of a code point, at most */, UTF8_REPLACEMENT = 0xfffd };

enum utf8_step {
	UTF8_MORE,  /* further bytes belong to it */
	UTF8_DONE,  /* code is a character */
	UTF8_WRONG, /* this byte begins no character */
	UTF8_TORN,  /* what began before this byte is no character; the byte was not taken */
};

/* A decoder of bytes as they come; zeroes are ready. */
struct utf8 {
	u32 code;
	u8 left;	 /* bytes still to come */
	u8 lowest, last; /* what the next of them may be */
};

/* Refused are overlong forms, surrogates, and what is above U+10FFFF. */
enum utf8_step utf8_feed(struct utf8 *utf8, u8 byte);

/* Writes a code point's bytes, and returns how many. */
size_t utf8_put(u32 code, char out[UTF8_BYTES]);

/* 0, 1 or 2 columns; a control character counts as 1. */
unsigned int utf8_width(u32 code);

/*
 * Of sound text: where the cluster at offset `at` (below len) ends; where the one before `at` (above
 * 0) begins; and how many columns the text takes.
 */
size_t utf8_after(const char *text, size_t len, size_t at);
size_t utf8_before(const char *text, size_t at);
size_t utf8_columns(const char *text, size_t len);

/* Does the whole string consist of characters? */
bool utf8_sound(const char *text);

#endif /* KERNEL_SHELL_UTF8_H */
