/*
 * atags.c - tag lists: a second, plain reading of the same bytes must give the same
 *
 *	input   [how] [steps ...] ──> a list: CORE, then the tags that the steps say, some of them damaged
 *	        [how] [bytes ...] ──> the bytes as they are
 *
 * The list lies in memory of exactly its size, and is read there twice, the second time one byte
 * further on: *list may have any alignment.
 *
 * Read next: boot/atags.c, boot_model.c.
 */
#include "arch/arch.h"
#include "boot/atags.h"
#include "tests/fuzz/boot_model.h"
#include "tests/fuzz/exact.h"

enum { CORE = 0x54410001, MEM = 0x54410002, CMDLINE = 0x54410009, INITRD2 = 0x54420005 };
enum { LIST_MAX = 20 * 1024 }; /* more than ATAGS_MAX_BYTES */

/* --- a list from steps ------------------------------------------------------------------------ */

struct list {
	u8 bytes[LIST_MAX];
	size_t used, last_tag;
};

static void put_bytes(struct list *list, const void *bytes, size_t nr)
{
	if (nr > LIST_MAX - list->used)
		return;
	memcpy(list->bytes + list->used, bytes, nr);
	list->used += nr;
}

static void put_word(struct list *list, u32 word)
{
	put_bytes(list, (u8[]){ word, word >> 8, word >> 16, word >> 24 }, 4);
}

static void put_header(struct list *list, u32 words, u32 number)
{
	list->last_tag = list->used;
	put_word(list, 2 + words);
	put_word(list, number);
}

/* A text of whole words, that ends in a NUL or does not. */
static void put_cmdline(struct list *list, struct fuzz_input *in)
{
	u32 words = fuzz_below(in, 16);

	if (words == 15)
		words = 256 * fuzz_u8(in) / 16; /* up to 16 KiB */
	put_header(list, words, CMDLINE);
	for (u32 i = 0; i < 4 * words; i++) {
		u8 c = i < 60 ? fuzz_u8(in) : "mem=12M "[i % 8];

		put_bytes(list, &c, 1);
	}
}

/* Makes the last tag's size another one. */
static void damage_size(struct list *list, struct fuzz_input *in)
{
	u8 by = fuzz_u8(in);

	if (list->last_tag + 4 <= list->used)
		list->bytes[list->last_tag + (by & 3)] += by >> 2;
}

static void put_pair(struct list *list, u32 number, u64 first, u64 second)
{
	put_header(list, 2, number);
	put_word(list, (u32)first);
	put_word(list, (u32)second);
}

static void put_unknown(struct list *list, struct fuzz_input *in)
{
	u32 words = fuzz_below(in, 8), number = fuzz_u16(in);

	put_header(list, words, 0x54410000 + number);
	while (words--)
		put_word(list, fuzz_u16(in));
}

static void take_step(struct list *list, struct fuzz_input *in)
{
	static const u32 numbers[] = { MEM, INITRD2 };
	u64 address;

	switch (fuzz_below(in, 8)) {
	case 0:
	case 1:
		address = boot_model_address(in);
		put_pair(list, MEM, boot_model_size(in), address);
		break;
	case 2:
		address = boot_model_address(in);
		put_pair(list, INITRD2, address, boot_model_size(in));
		break;
	case 3:
		put_cmdline(list, in);
		break;
	case 4:
		put_header(list, 1, numbers[fuzz_below(in, 2)]); /* too short */
		put_word(list, fuzz_u16(in));
		break;
	case 5:
		put_unknown(list, in);
		break;
	case 6:
		damage_size(list, in);
		break;
	default:
		put_word(list, fuzz_u8(in) % 4); /* the list goes on between words, or ends */
	}
}

static void build(struct list *list, struct fuzz_input *in, bool ends)
{
	put_header(list, 0, CORE);
	while (in->left && list->used < LIST_MAX - 64)
		take_step(list, in);
	if (!ends)
		return;
	put_word(list, 0);
	put_word(list, 0);
}

/* --- the plain reading ------------------------------------------------------------------------ */

struct reading {
	bool ends;
	size_t whole; /* bytes of whole tags */
	u32 initrd, initrd_size;
	const u8 *text;
	size_t text_len;
};

static u32 word_at(const u8 *bytes, size_t at)
{
	u32 word = 0;

	for (size_t i = 4; i--;)
		word = word * 256 + bytes[at + i];
	return word;
}

static void read_tag(struct reading *r, struct boot_model *model, const u8 *tag, u64 size)
{
	switch (word_at(tag, 4)) {
	case MEM:
		if (size >= 16)
			boot_model_bank(model, word_at(tag, 12), word_at(tag, 8));
		break;
	case INITRD2:
		if (size < 16)
			break;
		r->initrd = word_at(tag, 8);
		r->initrd_size = word_at(tag, 12);
		break;
	case CMDLINE:
		r->text = tag + 8;
		r->text_len = strnlen((const char *)tag + 8, size - 8);
	}
}

static struct reading read_plainly(struct boot_model *model, const u8 *list, size_t limit)
{
	struct reading r = {};

	limit = min(limit, (size_t)ATAGS_MAX_BYTES);
	if (limit < 8 || word_at(list, 4) != CORE)
		return r;
	while (limit - r.whole >= 8) {
		const u8 *tag = list + r.whole;
		u64 size = word_at(tag, 4) ? 4ull * word_at(tag, 0) : 8;

		if (size < 8 || size > limit - r.whole)
			return r;
		r.whole += size;
		if (!word_at(tag, 4)) {
			r.ends = true;
			return r;
		}
		read_tag(&r, model, tag, size);
	}
	return r;
}

/* --- the claims ------------------------------------------------------------------------------- */

static void compare_cmdline(const struct boot_info *bi, const struct reading *r)
{
	size_t len = strlen(bi->cmdline);

	if (!r->text) {
		if (len)
			fuzz_fail("no CMDLINE, and the line is \"%s\"", bi->cmdline);
		return;
	}
	if (len > r->text_len || memcmp(bi->cmdline, r->text, len) != 0)
		fuzz_fail("the line is not what CMDLINE says");
	if (r->text_len < BOOT_CMDLINE_MAX && len != r->text_len)
		fuzz_fail("%zu characters of the line's %zu", len, r->text_len);
	if (len < r->text_len && r->text[len] != ' ' && len < BOOT_CMDLINE_MAX - 1)
		fuzz_fail("a line cut within a word, at %zu", len);
}

static void compare(struct boot_model *model, const struct reading *r, bool read, const char *why)
{
	const struct boot_info *bi = model->bi;

	if (read != r->ends)
		fuzz_fail("the list is %s: %s", read ? "taken" : "refused", why ? why : "?");
	if (!read && (!why || !*why))
		fuzz_fail("refused without a reason");
	if (bi->source_size != r->whole)
		fuzz_fail("%lu bytes of tags, not %zu", bi->source_size, r->whole);
	if (bi->initrd != r->initrd || bi->initrd_size != r->initrd_size)
		fuzz_fail("initrd %#lx, %lu bytes, not %#x, %u", bi->initrd, bi->initrd_size,
			  r->initrd, r->initrd_size);
	compare_cmdline(bi, r);
	boot_model_compare(model);
}

/* The same list, one byte further on, under another hook's ears: nothing may depend on the place. */
static void read_again(const struct boot_model *model, const u8 *list, size_t limit, bool large)
{
	static struct boot_model again;
	u8 *moved = malloc(limit + 1);
	const char *why;

	memcpy(moved + 1, list, limit);
	boot_model_begin(&again, large);
	atags_parse(moved + 1, limit, again.bi, &why);
	banks_sanitise(again.bi);
	boot_model_same(model->bi, again.bi);
	boot_model_end(&again);
	free(moved);
}

static void run(const u8 *data, size_t size)
{
	static struct boot_model model;
	static struct list list;
	struct fuzz_input in = fuzz_read(data, size);
	u8 how = fuzz_u8(&in), *exact;
	struct reading r;
	const char *why = NULL;
	bool read;

	list.used = list.last_tag = 0;
	if (how & 1)
		put_bytes(&list, in.data, in.left);
	else
		build(&list, &in, how & 4);
	exact = exact_copy(list.bytes, list.used);
	boot_model_begin(&model, how & 2);
	r = read_plainly(&model, exact, list.used);
	read = atags_parse(exact, list.used, model.bi, &why);
	compare(&model, &r, read, why);
	boot_model_end(&model);
	boot_model_begin(&model, how & 2);
	atags_parse(exact, list.used, model.bi, &why);
	banks_sanitise(model.bi);
	read_again(&model, exact, list.used, how & 2);
	boot_model_end(&model);
	free(exact);
}

FUZZ_TARGET(atags, "tag lists of a boot loader, against a second reading", run, .pure = true);
