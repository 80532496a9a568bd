/*
 * utf8.c - decodes, encodes and walks UTF-8
 *
 *	0xxxxxxx                                     U+0000  to U+007F
 *	110xxxxx 10xxxxxx                            U+0080  to U+07FF      c2 .. df
 *	1110xxxx 10xxxxxx 10xxxxxx                   U+0800  to U+FFFF      e0 .. ef
 *	11110xxx 10xxxxxx 10xxxxxx 10xxxxxx          U+10000 to U+10FFFF    f0 .. f4
 *
 * Invariants
 *   U1  Each code point has one form: the second byte's range leaves out longer ones (after e0, f0),
 *       surrogates (after ed) and what lies above U+10FFFF (after f4).
 *
 * Locking: none, a decoder belongs to its caller.
 * Read next: character_width.c.
 * Source: RFC 3629, 3 and 4.
 */
#include "kernel/shell/utf8.h"

#include <string.h>

enum { CONTINUATION_FIRST = 0x80, CONTINUATION_LAST = 0xbf };

static enum utf8_step begin(struct utf8 *utf8, u8 byte)
{
	if (byte < 0x80) {
		utf8->code = byte;
		return UTF8_DONE;
	}
	if (byte < 0xc2 || byte > 0xf4)
		return UTF8_WRONG;
	utf8->left = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
	utf8->code = byte & (0x3fu >> utf8->left);
	utf8->lowest = byte == 0xe0 ? 0xa0 : byte == 0xf0 ? 0x90 : CONTINUATION_FIRST;
	utf8->last = byte == 0xed ? 0x9f : byte == 0xf4 ? 0x8f : CONTINUATION_LAST; /* U1 */
	return UTF8_MORE;
}

enum utf8_step utf8_feed(struct utf8 *utf8, u8 byte)
{
	if (!utf8->left)
		return begin(utf8, byte);
	if (byte < utf8->lowest || byte > utf8->last) {
		utf8->left = 0;
		return UTF8_TORN;
	}
	utf8->code = utf8->code << 6 | (byte & 0x3f);
	utf8->lowest = CONTINUATION_FIRST;
	utf8->last = CONTINUATION_LAST;
	return --utf8->left ? UTF8_MORE : UTF8_DONE;
}

size_t utf8_put(u32 code, char out[UTF8_BYTES])
{
	size_t bytes = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const u8 lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (size_t i = bytes - 1; i > 0; i--, code >>= 6)
		out[i] = (char)(CONTINUATION_FIRST | (code & 0x3f));
	out[0] = (char)(lead[bytes] | code);
	return bytes;
}

/* The code point at the offset; returns where it ends. */
static size_t code_at(const char *text, size_t len, size_t at, u32 *code)
{
	struct utf8 utf8 = {};
	enum utf8_step step;

	do
		step = utf8_feed(&utf8, (u8)text[at++]);
	while (step == UTF8_MORE && at < len);
	*code = utf8.code;
	return at;
}

size_t utf8_after(const char *text, size_t len, size_t at)
{
	u32 code;
	size_t next;

	at = code_at(text, len, at, &code);
	while (at < len) {
		next = code_at(text, len, at, &code);
		if (utf8_width(code))
			break;
		at = next;
	}
	return at;
}

size_t utf8_before(const char *text, size_t at)
{
	size_t end;
	u32 code;

	do {
		end = at--;
		while (at && ((u8)text[at] & 0xc0) == CONTINUATION_FIRST)
			at--;
		code_at(text, end, at, &code);
	} while (at && !utf8_width(code));
	return at;
}

size_t utf8_columns(const char *text, size_t len)
{
	size_t at = 0, columns = 0;
	u32 code;

	while (at < len) {
		at = code_at(text, len, at, &code);
		columns += utf8_width(code);
	}
	return columns;
}

bool utf8_sound(const char *text)
{
	struct utf8 utf8 = {};

	for (; *text; text++) {
		enum utf8_step step = utf8_feed(&utf8, (u8)*text);

		if (step != UTF8_MORE && step != UTF8_DONE)
			return false;
	}
	return !utf8.left;
}
