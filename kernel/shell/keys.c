/*
 * keys.c - one byte in, at most one key out: the grammar of ECMA-48 escape sequences
 *
 *	            ESC              [ or O                 40-7e
 *	  TEXT ------------> ESCAPE ---------> SEQUENCE ------------> TEXT, a key
 *	   ^                  |  |                |  30-3f parameters, 20-2f intermediates
 *	   |    other: Alt-x  |  | ] P X ^ _      | [ as the first byte (Linux console's F1..F5)
 *	   +------------------+  v                v
 *	   |                   STRING          FUNCTION --one byte--> TEXT
 *	   +--- BEL or ESC \ ----+
 *
 * Invariants
 *   K1  A byte yields at most one key, and the decoder never waits for a certain byte: in every
 *       state a control byte leads back to TEXT and keeps its own meaning.
 *   K2  A sequence that is not known yields KEY_UNKNOWN, and none of its bytes.
 *   K3  CR, LF, CR LF and CR NUL yield KEY_ENTER once.
 *   K4  Bytes that are no character are counted in `unreadable`, whatever comes behind them.
 *
 * Locking: none, a decoder belongs to its caller.
 * Read next: sequence_key(), then line_edit.c.
 * Source: ECMA-48 5.4 (control sequences), 5.6 (strings); the keys as xterm, rxvt, the Linux
 * console and the VT220 send them.
 */
#include "kernel/shell/keys.h"

enum decoder_state { TEXT, ESCAPE, ESCAPE_MORE, SEQUENCE, FUNCTION, STRING };

enum { BEL = 0x07, BS = 0x08, ESC = 0x1b, DEL = 0x7f };

static int start_sequence(struct key_decoder *decoder, enum decoder_state state)
{
	decoder->state = state;
	decoder->nr_params = 0;
	decoder->foreign = false;
	decoder->params[0] = decoder->params[1] = 0;
	return KEY_NONE;
}

/* A character's code point once its last byte has come; those of C1, 0x80 to 0x9f, are none. */
static int character_key(struct key_decoder *decoder, u8 byte)
{
	enum utf8_step step = utf8_feed(&decoder->utf8, byte);

	if (step == UTF8_TORN) {
		decoder->unreadable++; /* keeps K4 */
		step = utf8_feed(&decoder->utf8, byte);
	}
	if (step == UTF8_WRONG ||
	    (step == UTF8_DONE && decoder->utf8.code >= 0x80 && decoder->utf8.code < 0xa0))
		decoder->unreadable++;
	else if (step == UTF8_DONE)
		return (int)decoder->utf8.code;
	return KEY_NONE;
}

static int plain_key(struct key_decoder *decoder, u8 byte)
{
	bool after_cr = decoder->after_cr;

	decoder->state = TEXT;
	decoder->after_cr = byte == '\r';
	if ((byte == '\n' || !byte) && after_cr)
		return KEY_NONE;	 /* K3 */
	if (byte < ' ' || byte == DEL) { /* not its next byte */
		decoder->unreadable += decoder->utf8.left != 0;
		decoder->utf8.left = 0;
	}
	if (byte == '\r' || byte == '\n')
		return KEY_ENTER;
	if (byte == ESC)
		return start_sequence(decoder, ESCAPE);
	if (byte == DEL || byte == BS)
		return KEY_BACKSPACE;
	return character_key(decoder, byte);
}

/* The second byte of what began with ESC. */
static int escape_byte(struct key_decoder *decoder, u8 byte)
{
	switch (byte) {
	case '[':
	case 'O':
		return start_sequence(decoder, SEQUENCE);
	case ']':
	case 'P':
	case 'X':
	case '^':
	case '_':
		return start_sequence(decoder, STRING);
	}
	if (byte <= 0x2f) {
		decoder->state = ESCAPE_MORE;
		return KEY_NONE;
	}
	decoder->state = TEXT;
	if (byte == 'b')
		return KEY_WORD_LEFT;
	return byte == 'f' ? KEY_WORD_RIGHT : KEY_UNKNOWN;
}

static int numbered_key(unsigned int number)
{
	switch (number) {
	case 1:
	case 7:
		return KEY_HOME;
	case 4:
	case 8:
		return KEY_END;
	case 3:
		return KEY_DELETE;
	}
	return KEY_UNKNOWN;
}

/* The key of ESC [ … final or ESC O … final; a modifier of 3 is Alt, 5 is Ctrl. */
static int sequence_key(const struct key_decoder *decoder, u8 final)
{
	unsigned int modifier = decoder->params[decoder->nr_params ? 1 : 0];
	bool word = modifier == 3 || modifier == 5;

	if (decoder->foreign)
		return KEY_UNKNOWN;
	switch (final) {
	case 'A':
		return KEY_UP;
	case 'B':
		return KEY_DOWN;
	case 'C':
		return word ? KEY_WORD_RIGHT : KEY_RIGHT;
	case 'D':
		return word ? KEY_WORD_LEFT : KEY_LEFT;
	case 'H':
		return KEY_HOME;
	case 'F':
		return KEY_END;
	case 'R':
		return decoder->nr_params == 1 ? KEY_REPORT : KEY_UNKNOWN;
	case '~':
		return numbered_key(decoder->params[0]);
	}
	return KEY_UNKNOWN;
}

static void parameter_digit(struct key_decoder *decoder, unsigned int digit)
{
	u16 *param;

	if (decoder->nr_params >= KEY_PARAMS_MAX)
		return; /* no key has so many */
	param = &decoder->params[decoder->nr_params];
	if (*param < 1000) /* stays within 16 bits, and no key has such a number */
		*param = (u16)(*param * 10 + digit);
}

static int sequence_byte(struct key_decoder *decoder, u8 byte)
{
	if (byte >= 0x40) {
		/* Linux's console sends ESC [ [ A for F1 */
		bool function = byte == '[' && !decoder->nr_params && !decoder->params[0];

		decoder->state = function ? FUNCTION : TEXT;
		return function ? KEY_NONE : sequence_key(decoder, byte);
	}
	if (byte >= '0' && byte <= '9')
		parameter_digit(decoder, byte - '0');
	else if (byte == ';')
		decoder->nr_params += decoder->nr_params < KEY_PARAMS_MAX;
	else
		decoder->foreign = true;
	return KEY_NONE;
}

int key_decode(struct key_decoder *decoder, u8 byte)
{
	bool control = byte < 0x20 || byte == DEL;

	if (decoder->state == TEXT)
		return plain_key(decoder, byte);
	if (decoder->state == STRING) {
		if (control && byte != BEL)
			return plain_key(decoder, byte);
		decoder->state = byte == BEL ? TEXT : STRING;
		return byte == BEL ? KEY_UNKNOWN : KEY_NONE;
	}
	if (decoder->state == ESCAPE && (byte == DEL || byte == BS)) {
		decoder->state = TEXT;
		return KEY_CTRL('W'); /* Alt-Backspace */
	}
	if (control || byte >= 0x80)
		return plain_key(decoder, byte); /* K1 */
	switch (decoder->state) {
	case ESCAPE:
		return escape_byte(decoder, byte);
	case SEQUENCE:
		return sequence_byte(decoder, byte);
	case ESCAPE_MORE:
		if (byte <= 0x2f)
			return KEY_NONE;
	}
	decoder->state = TEXT; /* ESCAPE_MORE or FUNCTION: its last byte */
	return KEY_UNKNOWN;
}

bool key_escape_pending(const struct key_decoder *decoder)
{
	return decoder->state == ESCAPE;
}

int key_timeout(struct key_decoder *decoder)
{
	decoder->state = TEXT;
	return KEY_ESCAPE;
}
