/*
 * atags.c - reads an ATAG list
 *
 *	r2 ─> [size|CORE|…] [size|MEM|bytes|start] [size|INITRD2|start|bytes] [size|CMDLINE|text\0…] [0|NONE]
 *	       └ size counts 32-bit words, these two included ┘
 *
 * All words are little endian.  A tag that is not known is stepped over: loaders pass serial
 * numbers, video modes and more.  One that is known and malformed is told and stepped over as well;
 * only a size that leads nowhere ends the list, which then is refused.
 *
 * Invariants
 *   A1  No byte at or beyond `limit` is read: a tag's header is read only when 8 bytes are left,
 *       its body only after its whole size was found to fit.
 *   A2  Each step moves on by at least a header, so that the walk ends.
 *
 * Locking  none.
 * Read next: atags_parse().
 * Source: "Booting ARM Linux" (V. Sanders, 2004), the tags' numbers and layouts.
 */
#include <string.h>

#include "boot/atags.h"
#include "boot/boot_impl.h"

enum {
	ATAG_NONE = 0x00000000,
	ATAG_CORE = 0x54410001,
	ATAG_MEM = 0x54410002,
	ATAG_CMDLINE = 0x54410009,
	ATAG_INITRD2 = 0x54420005,
};

enum { TAG_HEADER_BYTES = 8 };

/* One tag: its place in the list from 0, its number and what follows its header. */
struct tag {
	unsigned int place;
	u32 number;
	size_t body_bytes;
	const u8 *body;
};

static u32 le32(const u8 *p)
{
	return p[0] | (u32)p[1] << 8 | (u32)p[2] << 16 | (u32)p[3] << 24;
}

static bool refuse(const char **why, const char *reason)
{
	*why = reason;
	return false;
}

bool atags_found(const void *list)
{
	const u8 *p = list;

	return le32(p + 4) == ATAG_CORE;
}

/* Reads the header at p and checks that the tag fits into `left` bytes. */
static bool tag_open(const u8 *p, size_t left, struct tag *tag, const char **why)
{
	u64 bytes;

	if (left < TAG_HEADER_BYTES)
		return refuse(why, "the list does not end");
	bytes = (u64)le32(p) * 4;
	tag->number = le32(p + 4);
	if (tag->number == ATAG_NONE)
		bytes = TAG_HEADER_BYTES; /* its size is written as 0, by some as 2 */
	if (bytes < TAG_HEADER_BYTES)
		return refuse(why, "a tag smaller than its own header"); /* keeps A2 */
	if (bytes > left)
		return refuse(why, "a tag runs past the end of the list"); /* keeps A1 */
	tag->body = p + TAG_HEADER_BYTES;
	tag->body_bytes = bytes - TAG_HEADER_BYTES;
	return true;
}

/* What is wrong with one tag costs that tag only. */
static void skip(const struct tag *tag, const char *what)
{
	boot_warn("tag %u: %s", tag->place, what);
}

static void take_mem(struct boot_info *out, const struct tag *tag)
{
	if (tag->body_bytes >= 8) {
		banks_add(out, le32(tag->body + 4), le32(tag->body));
		return;
	}
	skip(tag, "MEM without size and start; skipped");
	banks_skip(out);
}

static void take_initrd(struct boot_info *out, const struct tag *tag)
{
	if (tag->body_bytes < 8) {
		skip(tag, "INITRD2 without start and size; skipped");
		return;
	}
	out->initrd = le32(tag->body);
	out->initrd_size = le32(tag->body + 4);
}

/* The tag's length ends the text as well as a NUL would. */
static void take_cmdline(struct boot_info *out, const struct tag *tag)
{
	const u8 *end = memchr(tag->body, '\0', tag->body_bytes);

	if (!end)
		skip(tag, "the text of CMDLINE does not end in a NUL; taken as it is");
	boot_cmdline_set(out, (const char *)tag->body,
			 end ? (size_t)(end - tag->body) : tag->body_bytes);
}

static void take(struct boot_info *out, const struct tag *tag)
{
	switch (tag->number) {
	case ATAG_MEM:
		take_mem(out, tag);
		break;
	case ATAG_INITRD2:
		take_initrd(out, tag);
		break;
	case ATAG_CMDLINE:
		take_cmdline(out, tag);
		break;
	default:
		break;
	}
}

bool atags_parse(const void *list, size_t limit, struct boot_info *out, const char **why)
{
	const u8 *p = list;
	size_t left = min(limit, (size_t)ATAGS_MAX_BYTES);
	struct tag tag;

	if (left < BOOT_PROBE_BYTES || !atags_found(list))
		return refuse(why, "the first tag is not CORE");
	for (tag.place = 0;; tag.place++) {
		if (!tag_open(p, left, &tag, why))
			return false;
		out->source_size = tag.body - (const u8 *)list + tag.body_bytes;
		if (tag.number == ATAG_NONE)
			return true;
		take(out, &tag);
		p = tag.body + tag.body_bytes;
		left -= TAG_HEADER_BYTES + tag.body_bytes;
	}
}
