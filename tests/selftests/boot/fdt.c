/*
 * fdt.c - claims about reading device trees, good and malformed, and about random damage
 *
 * A tree is written as a script of steps, and built into a blob:
 *
 *	[ header 40 | reserve map | structure block | strings block ] BEHIND
 *
 * The blob ends BEHIND bytes before the end of the buffer, so that the bytes behind it are ours:
 * what is read there shows, since two different fillings must not matter.
 */
#include <string.h>

#include "arch/arch.h"
#include "boot/boot_impl.h"
#include "boot/fdt.h"
#include "kernel/selftest/selftest.h"
#include "lib/random.h"
#include "tests/selftests/boot/warnings.h"
#include "tests/selftests/boot/scratch.h"

/* --- the builder ------------------------------------------------------------------------------ */

/*
 * A script is an array of words: each step's head (what it is, and how many words of cells end it),
 * then its name, its text, its cells, as far as it has them.  Names and texts are addresses.
 */
typedef uintptr_t script_t;

enum op { OP_STOP, OP_NODE, OP_END, OP_TEXT, OP_CELLS, OP_WORDS, OP_RESERVE };
enum { OP_BITS = 4 };

#define NR(...)		   (sizeof((u32[]){ __VA_ARGS__ }) / sizeof(u32))
#define HEAD(op, nr)	   ((op) | (script_t)(nr) << OP_BITS)
#define STOP		   OP_STOP
#define NODE(name_)	   HEAD(OP_NODE, 0), (script_t)(name_)
#define END		   HEAD(OP_END, 0)
#define TEXT(name_, text_) HEAD(OP_TEXT, 0), (script_t)(name_), (script_t)(text_)
#define CELLS(name_, ...)  HEAD(OP_CELLS, NR(__VA_ARGS__)), (script_t)(name_), __VA_ARGS__
#define EMPTY(name_)	   HEAD(OP_CELLS, 0), (script_t)(name_)
/* Words of the structure block as they are. */
#define WORDS(...) HEAD(OP_WORDS, NR(__VA_ARGS__)), __VA_ARGS__
/* An entry of the reserve map: base and size, two words each; before all other steps. */
#define RESERVE(a, b, c, d) HEAD(OP_RESERVE, 4), a, b, c, d

enum { TOKEN_NODE = 1, TOKEN_NODE_END = 2, TOKEN_PROP = 3, TOKEN_NOP = 4, TOKEN_LAST = 9 };
#define NOP	  WORDS(TOKEN_NOP)
#define FINISH	  WORDS(TOKEN_LAST)
#define SKELETON  NODE(""), CELLS("#address-cells", 1), CELLS("#size-cells", 1)
#define BANK(...) NODE("memory"), CELLS("reg", __VA_ARGS__), END

enum { BLOB_MAX = 1984, BEHIND = 64 };
enum {
	AT_MAGIC,
	AT_TOTAL,
	AT_STRUCT,
	AT_STRINGS,
	AT_MAP,
	AT_VERSION,
	AT_LAST_COMPATIBLE,
	AT_CPU,
	AT_STRINGS_SIZE,
	AT_STRUCT_SIZE,
	HEADER_WORDS
};

struct block {
	u8 bytes[BLOB_MAX];
	u32 used;
};

struct workshop {
	struct block map, structs, strings;
	u8 buffer[BLOB_MAX + BEHIND];
};
SELFTEST_TABLE(struct workshop, shop, 1);

static void put(struct block *block, const void *bytes, u32 nr)
{
	if (nr > BLOB_MAX - block->used) {
		selftest_fail(__FILE__, __LINE__, "the script needs a larger workshop");
		return;
	}
	memcpy(block->bytes + block->used, bytes, nr);
	block->used += nr;
}

static void store_be32(u8 *p, u32 word)
{
	p[0] = word >> 24;
	p[1] = word >> 16;
	p[2] = word >> 8;
	p[3] = word;
}

static void put_word(struct block *block, u32 word)
{
	u8 bytes[4];

	store_be32(bytes, word);
	put(block, bytes, sizeof(bytes));
}

static const script_t *put_words(struct block *block, const script_t *words, script_t head)
{
	const script_t *end = words + (head >> OP_BITS);

	while (words < end)
		put_word(block, *words++);
	return end;
}

static void pad(struct block *block)
{
	while (block->used % 4)
		put(block, "", 1);
}

static void put_text(struct block *block, script_t text)
{
	put(block, (const char *)text, strlen((const char *)text) + 1);
}

static void put_prop_header(script_t name, u32 bytes)
{
	put_word(&shop->structs, TOKEN_PROP);
	put_word(&shop->structs, bytes);
	put_word(&shop->structs, shop->strings.used);
	put_text(&shop->strings, name);
}

static const script_t *put_node(const script_t *step)
{
	put_word(&shop->structs, TOKEN_NODE);
	put_text(&shop->structs, *step);
	pad(&shop->structs);
	return step + 1;
}

static const script_t *put_text_prop(const script_t *step)
{
	put_prop_header(step[0], strlen((const char *)step[1]) + 1);
	put_text(&shop->structs, step[1]);
	pad(&shop->structs);
	return step + 2;
}

static const script_t *put_cells(const script_t *step, script_t head)
{
	put_prop_header(*step, 4 * (head >> OP_BITS));
	return put_words(&shop->structs, step + 1, head);
}

/* Returns the step behind this one. */
static const script_t *put_step(const script_t *step)
{
	script_t head = *step++;

	switch (head % (1 << OP_BITS)) {
	case OP_NODE:
		return put_node(step);
	case OP_TEXT:
		return put_text_prop(step);
	case OP_CELLS:
		return put_cells(step, head);
	case OP_WORDS:
		return put_words(&shop->structs, step, head);
	case OP_RESERVE:
		return put_words(&shop->map, step, head);
	default:
		put_word(&shop->structs, TOKEN_NODE_END);
		return step;
	}
}

/* Where the blob of `total` bytes begins. */
static u8 *place_of(u32 total)
{
	return shop->buffer + BLOB_MAX - total;
}

static void append(u8 **to, const struct block *block)
{
	memcpy(*to, block->bytes, block->used);
	*to += block->used;
}

/* Builds the script's blob and returns it; *total is its size. */
static u8 *build(const script_t *steps, u32 *total)
{
	static const script_t map_end[] = { RESERVE(0, 0, 0, 0) };
	u32 words[HEADER_WORDS] = {
		[AT_MAGIC] = 0xd00dfeed, [AT_VERSION] = 17, [AT_LAST_COMPATIBLE] = 16
	};
	u8 *blob, *to;
	unsigned int i;

	shop->map.used = shop->structs.used = shop->strings.used = 0;
	while (*steps != OP_STOP)
		steps = put_step(steps);
	put_step(map_end);
	words[AT_MAP] = 4 * HEADER_WORDS;
	words[AT_STRUCT] = words[AT_MAP] + shop->map.used;
	words[AT_STRINGS] = words[AT_STRUCT] + shop->structs.used;
	words[AT_STRUCT_SIZE] = shop->structs.used;
	words[AT_STRINGS_SIZE] = shop->strings.used;
	*total = words[AT_TOTAL] = words[AT_STRINGS] + shop->strings.used;
	to = blob = place_of(*total);
	for (i = 0; i < HEADER_WORDS; i++, to += 4)
		store_be32(to, words[i]);
	append(&to, &shop->map);
	append(&to, &shop->structs);
	append(&to, &shop->strings);
	return blob;
}

static const paddr_t tree_at = 0x68000000;

/* Returns what the parser does; *lines counts warnings. */
static bool parse_into(struct boot_info *out, const u8 *blob, size_t limit, int behind,
		       const char **why, unsigned int *lines)
{
	bool ok;

	memset((u8 *)blob + limit, behind, shop->buffer + sizeof(shop->buffer) - (blob + limit));
	scratch_clear(out);
	out->dtb = tree_at;
	*why = NULL;
	warnings_catch();
	ok = fdt_parse(blob, limit, out, why);
	*lines = warnings_release();
	return ok;
}

/* Builds and parses a script that is expected to be good; counts its warnings. */
static bool read_good(const script_t *steps, unsigned int *lines)
{
	const char *why;
	u32 total;
	u8 *blob = build(steps, &total);

	if (!parse_into(&bi, blob, total, 0xff, &why, lines))
		selftest_fail(__FILE__, __LINE__, "a good tree is refused: %s", why);
	return !why;
}

/* --- good trees ------------------------------------------------------------------------------- */

static bool bank_is(unsigned int at, paddr_t base, paddr_t size)
{
	CHECK(at < bi.nr_banks);
	CHECK(bi.bank[at].base == base);
	CHECK(bi.bank[at].size == size);
	return true;
}

static bool is_reserved(paddr_t base, paddr_t size, const char *name)
{
	unsigned int i;

	for (i = 0; i < bi.nr_reserved; i++)
		if (bi.reserved[i].base == base && bi.reserved[i].size == size &&
		    strcmp(bi.reserved[i].name, name) == 0)
			return true;
	selftest_fail(__FILE__, __LINE__, "no reserved range [0x%lx, 0x%lx bytes] %s", base, size,
		      name);
	return false;
}

static const script_t full_tree[] = {
	RESERVE(0, 0x61000000, 0, 0x2000),
	RESERVE(0, 0x48000000, 0, 0x1000), /* not RAM: no matter */
	NOP,
	SKELETON,
	TEXT("model", "a machine"),
	NODE("memory@60000000"),
	CELLS("reg", 0x60000000, 0x8000000, 0x70000000, 0x4000000), /* two banks, before the type */
	TEXT("device_type", "memory"),
	END,
	NOP,
	NODE("ram@78000000"), /* memory by its type alone */
	TEXT("device_type", "memory"),
	CELLS("reg", 0x78000000, 0x1000000),
	END,
	NODE("chosen"),
	TEXT("bootargs", "mem=64M run=\"echo hi\""),
	CELLS("linux,initrd-start", 0x64000000),
	CELLS("linux,initrd-end", 0, 0x64001234),
	END,
	NODE("reserved-memory"),
	CELLS("#address-cells", 2),
	CELLS("#size-cells", 1),
	EMPTY("ranges"),
	NODE("screen@62000000"),
	CELLS("reg", 0, 0x62000000, 0x3000, 0, 0x63000000, 0x1000),
	END,
	NODE("pool"),
	CELLS("size", 0x1000),
	END,
	END,
	END,
	FINISH,
	STOP,
};

SELFTEST(boot, fdt_read,
	 "a good tree gives banks, reserved ranges, the initrd and the command line")
{
	unsigned int lines;

	AT_60000000_OR_SKIP();
	EXPECT(read_good(full_tree, &lines));
	EXPECT_EQ(lines, 0);
	EXPECT_EQ(bi.nr_banks, 3);
	EXPECT(bank_is(0, 0x60000000, 0x8000000));
	EXPECT(bank_is(1, 0x70000000, 0x4000000));
	EXPECT(bank_is(2, 0x78000000, 0x1000000));
	EXPECT_EQ(bi.initrd, 0x64000000);
	EXPECT_EQ(bi.initrd_size, 0x1234);
	EXPECT(strcmp(bi.cmdline, "mem=64M run=\"echo hi\"") == 0);
	EXPECT_EQ(bi.dtb_size, fdt_size(place_of(bi.dtb_size)));
	EXPECT_EQ(bi.nr_reserved, 4);
	EXPECT(is_reserved(0x61000000, 0x2000, "firmware"));
	EXPECT(is_reserved(0x62000000, 0x3000, "screen@62000000"));
	EXPECT(is_reserved(0x63000000, 0x1000, "screen@62000000"));
	EXPECT(is_reserved(tree_at, ALIGN(bi.dtb_size, (paddr_t)PAGE_SIZE), "device tree"));
}

SELFTEST(boot, fdt_cells,
	 "without cell counts an address has two words and a size one; 64-bit banks are read")
{
	static const script_t defaults[] = { NODE(""), BANK(0, 0x60000000, 0x1000000), END, FINISH,
					     STOP };
	static const script_t wide[] = { NODE(""),
					 CELLS("#size-cells", 2),
					 CELLS("#address-cells", 2),
					 BANK(0, 0x60000000, 0, 0x1000000, 0, 0x68000000, 0,
					      0x2000000),
					 END,
					 FINISH,
					 STOP };
	unsigned int lines;

	AT_60000000_OR_SKIP();
	EXPECT(read_good(defaults, &lines));
	EXPECT_EQ(bi.nr_banks, 1);
	EXPECT(bank_is(0, 0x60000000, 0x1000000));
	EXPECT(read_good(wide, &lines));
	EXPECT_EQ(bi.nr_banks, 2);
	EXPECT(bank_is(1, 0x68000000, 0x2000000));
	EXPECT_EQ(lines, 0);
}

SELFTEST(boot, fdt_disabled,
	 "a node with a status other than okay does not count, and deeper memory nodes do not")
{
	static const script_t steps[] = { SKELETON,
					  NODE("memory@60000000"),
					  CELLS("reg", 0x60000000, 0x1000000),
					  TEXT("status", "disabled"),
					  END,
					  NODE("memory@68000000"),
					  CELLS("reg", 0x68000000, 0x1000000),
					  TEXT("status", "okay"),
					  END,
					  NODE("bus"),
					  NODE("memory@70000000"),
					  CELLS("reg", 0x70000000, 0x1000000),
					  TEXT("device_type", "memory"),
					  END,
					  END,
					  END,
					  FINISH,
					  STOP };
	unsigned int lines;

	AT_60000000_OR_SKIP();
	EXPECT(read_good(steps, &lines));
	EXPECT_EQ(lines, 0);
	EXPECT_EQ(bi.nr_banks, 1);
	EXPECT(bank_is(0, 0x68000000, 0x1000000));
}

SELFTEST(boot, fdt_type_last,
	 "of a node's types the last one says whether it is memory; a name always does")
{
	static const script_t steps[] = { SKELETON,
					  NODE("ram"),
					  TEXT("device_type", "cpu"),
					  TEXT("device_type", "memory"),
					  CELLS("reg", 0x68000000, 0x1000000),
					  END,
					  NODE("rom"),
					  TEXT("device_type", "memory"),
					  TEXT("device_type", "rom"),
					  CELLS("reg", 0x70000000, 0x1000000),
					  END,
					  NODE("memory@72000000"),
					  TEXT("device_type", "rom"),
					  CELLS("reg", 0x72000000, 0x1000000),
					  END,
					  END,
					  FINISH,
					  STOP };
	unsigned int lines;

	AT_60000000_OR_SKIP();
	EXPECT(read_good(steps, &lines));
	EXPECT_EQ(lines, 0);
	EXPECT_EQ(bi.nr_banks, 2);
	EXPECT(bank_is(0, 0x68000000, 0x1000000));
	EXPECT(bank_is(1, 0x72000000, 0x1000000));
}

SELFTEST(boot, fdt_padded, "a padded tree is reserved with its padding")
{
	unsigned int lines;
	const char *why;
	u32 total;
	u8 *blob = build(full_tree, &total);

	AT_60000000_OR_SKIP();
	EXPECT(total + 512 <= BLOB_MAX);
	memmove(blob - 512, blob, total);
	blob -= 512;
	store_be32(blob + 4 * AT_TOTAL, total + 512);
	EXPECT(parse_into(&bi, blob, total + 512, 0, &why, &lines));
	EXPECT_EQ(bi.dtb_size, total + 512);
}

/* --- malformed trees -------------------------------------------------------------------------- */

/* A good tree with one word of its header changed. */
struct header_case {
	const char *why;
	unsigned int word;
	u32 value;
};

static const struct header_case bad_headers[] = {
	{ "no tree's magic number", AT_MAGIC, 0xd00dfeee },
	{ "the total size is smaller than the header", AT_TOTAL, 39 },
	{ "the total size is more than there is", AT_TOTAL, 0xffffffff },
	{ "a version before 17", AT_VERSION, 16 },
	{ "not compatible with version 17", AT_LAST_COMPATIBLE, 18 },
	{ "the structure block lies outside the tree", AT_STRUCT, 0xfffffffc },
	{ "the structure block lies outside the tree", AT_STRUCT, 0 },
	{ "the structure block lies outside the tree", AT_STRUCT, 58 },
	{ "the structure block lies outside the tree", AT_STRUCT_SIZE, 0xffffffff },
	{ "the structure block does not end", AT_STRUCT_SIZE, 0 },
	{ "the strings block lies outside the tree", AT_STRINGS, 0xffffffff },
	{ "the strings block lies outside the tree", AT_STRINGS_SIZE, BLOB_MAX },
	{ "the reserve map lies outside the tree", AT_MAP, 0xfffffff8 },
	{ "the reserve map lies outside the tree", AT_MAP, 8 },
	{ "the reserve map lies outside the tree", AT_MAP, 44 },
};

SELFTEST(boot, fdt_header_refused,
	 "each way in which a tree's header can lie is refused with its reason")
{
	unsigned int lines;
	const char *why;
	size_t i;
	u32 total;

	AT_60000000_OR_SKIP();
	for (i = 0; i < ARRAY_SIZE(bad_headers); i++) {
		const struct header_case *c = &bad_headers[i];
		u8 *blob = build(full_tree, &total);

		store_be32(blob + 4 * c->word, c->value);
		if (!parse_into(&bi, blob, total, 0, &why, &lines) && strcmp(why, c->why) == 0)
			continue;
		selftest_fail(__FILE__, __LINE__, "header %u: %s, expected: %s", (unsigned int)i,
			      why ? why : "taken", c->why);
		return;
	}
	EXPECT(!parse_into(&bi, build(full_tree, &total), 39, 0, &why, &lines));
	EXPECT(strcmp(why, "smaller than a tree's header") == 0);
}

static const script_t bare_tree[] = { SKELETON, TEXT("a", "x"), END, FINISH, STOP };

SELFTEST(boot, fdt_map_endless, "a reserve map without its closing pair of zeros is refused")
{
	unsigned int lines;
	const char *why;
	u32 total, whole;
	u8 *blob = build(bare_tree, &total);

	AT_60000000_OR_SKIP();
	whole = ALIGN_DOWN(total, 8u); /* so that the map can end exactly where the tree does */
	store_be32(blob + 4 * AT_TOTAL, whole);
	store_be32(blob + 4 * AT_STRINGS_SIZE, shop->strings.used - (total - whole));
	store_be32(blob + 4 * AT_MAP, whole - 16); /* letters, and then the zeros behind the tree */
	EXPECT(!parse_into(&bi, blob, whole, 0, &why, &lines));
	EXPECT(strcmp(why, "the reserve map does not end") == 0);
}

SELFTEST(boot, fdt_padding_cut, "a structure block that ends inside a value's padding is refused")
{
	unsigned int lines;
	const char *why;
	u32 total;
	u8 *blob = build(bare_tree, &total);

	AT_60000000_OR_SKIP();
	store_be32(blob + 4 * AT_STRUCT_SIZE,
		   shop->structs.used - 8 - 2); /* END, FINISH, 2 of padding */
	EXPECT(!parse_into(&bi, blob, total, 0, &why, &lines));
	EXPECT(strcmp(why, "the structure block does not end") == 0);
}

/* Scripts that break one rule each. */
struct tree_case {
	const char *why;
	const script_t *steps; /* up to OP_STOP */
};

#define STEPS(...) ((const script_t[]){ __VA_ARGS__, STOP })

static const struct tree_case bad_trees[] = {
	{ "the structure block does not end", STEPS(SKELETON, END) },
	{ "the structure block does not end", STEPS(SKELETON, WORDS(TOKEN_PROP, 0)) },
	{ "the structure block does not end", STEPS(WORDS(TOKEN_NOP, TOKEN_NOP)) },
	{ "a node's name does not end", STEPS(WORDS(TOKEN_NODE, 0x61616161)) },
	{ "a node's name does not end", STEPS(WORDS(TOKEN_NODE)) },
	{ "a property runs past the structure block", STEPS(SKELETON, WORDS(TOKEN_PROP, 5, 0, 0)) },
	{ "a property runs past the structure block",
	  STEPS(SKELETON, WORDS(TOKEN_PROP, 0xffffffff, 0, 0)) },
	{ "a property outside all nodes", STEPS(CELLS("reg", 0)) },
	{ "a second root node", STEPS(SKELETON, END, SKELETON, END, FINISH) },
	{ "a node's end outside all nodes", STEPS(SKELETON, END, END, FINISH) },
	{ "a node's end outside all nodes", STEPS(END) },
	{ "the tree ends inside a node", STEPS(SKELETON, FINISH) },
	{ "no root node", STEPS(FINISH) },
	{ "an unknown token in the structure block", STEPS(SKELETON, WORDS(5)) },
	{ "an unknown token in the structure block", STEPS(WORDS(0)) },
	{ "the structure block does not end", /* below what is kept of the nodes, too */
	  STEPS(NODE(""), NODE("1"), NODE("2"), NODE("3"), NODE("4"), NODE("5"), NODE("6")) },
	{ "the tree ends inside a node",
	  STEPS(NODE(""), NODE("1"), NODE("2"), NODE("3"), END, END, END, FINISH) },
	{ "a property runs past the structure block",
	  STEPS(NODE(""), NODE("1"), NODE("2"), NODE("3"), WORDS(TOKEN_PROP, 5, 0, 0)) },
};

SELFTEST(boot, fdt_refused,
	 "each way in which a tree's structure can be malformed is refused with its reason")
{
	unsigned int lines;
	const char *why;
	size_t i;
	u32 total;

	AT_60000000_OR_SKIP();
	for (i = 0; i < ARRAY_SIZE(bad_trees); i++) {
		u8 *blob = build(bad_trees[i].steps, &total);

		if (!parse_into(&bi, blob, total, 0, &why, &lines) &&
		    strcmp(why, bad_trees[i].why) == 0)
			continue;
		selftest_fail(__FILE__, __LINE__, "tree %u: %s, expected: %s", (unsigned int)i,
			      why ? why : "taken", bad_trees[i].why);
		return;
	}
}

SELFTEST(
	boot, fdt_refused_keeps,
	"of a tree that is refused, what it reserved before the fault stays reserved, and so does it")
{
	static const script_t cut[] = {
		RESERVE(0, 0x61000000, 0, 0x2000),
		SKELETON,
		NODE("reserved-memory"),
		EMPTY("ranges"),
		NODE("a"),
		CELLS("reg", 0x62000000, 0x1000),
		EMPTY("no-map"),
		END,
		WORDS(5),
		STOP,
	};
	unsigned int lines;
	const char *why;
	u32 total;
	u8 *blob = build(cut, &total);

	AT_60000000_OR_SKIP();
	EXPECT(!parse_into(&bi, blob, total, 0, &why, &lines));
	EXPECT(strcmp(why, "an unknown token in the structure block") == 0);
	EXPECT(is_reserved(0x61000000, 0x2000, "firmware"));
	EXPECT(is_reserved(0x62000000, 0x1000, "a"));
	EXPECT(scratch_reserved(0x62000000, 0x1000, BOOT_NOMAP));
	EXPECT(is_reserved(tree_at, ALIGN(total, (u32)PAGE_SIZE), "device tree"));
	EXPECT_EQ(bi.source_size, total);
	store_be32(blob + 4 * AT_VERSION, 16); /* the structure is not read, the map is */
	EXPECT(!parse_into(&bi, blob, total, 0, &why, &lines));
	EXPECT_EQ(bi.nr_reserved, 2);
	EXPECT(is_reserved(0x61000000, 0x2000, "firmware"));
}

SELFTEST(boot, fdt_map_bounds,
	 "a reserve map ends where the next block begins; the nodes are read all the same")
{
	static const script_t steps[] = {
		RESERVE(0, 0x61000000, 0, 0x2000),
		SKELETON,
		NODE("reserved-memory"),
		EMPTY("ranges"),
		NODE("a"),
		CELLS("reg", 0x62000000, 0x1000),
		END,
		END,
		END,
		FINISH,
		STOP,
	};
	unsigned int lines;
	const char *why;
	u32 total;
	u8 *blob = build(steps, &total);

	AT_60000000_OR_SKIP();
	store_be32(blob + 4 * HEADER_WORDS + 24,
		   0x60000000); /* the closing pair becomes an entry */
	store_be32(blob + 4 * HEADER_WORDS + 28, 0x1000);
	store_be32(blob + 4 * HEADER_WORDS + 20, 0x63000000);
	EXPECT(!parse_into(&bi, blob, total, 0, &why, &lines));
	EXPECT(strcmp(why, "the reserve map does not end") == 0);
	EXPECT(is_reserved(0x62000000, 0x1000, "a"));
}

/* --- faults of one item ----------------------------------------------------------------------- */

/* A tree with one bad item, a bank of 16 MiB and a range reserved for "kept", which both stay. */
struct mended_case {
	const char *says; /* in the last warning */
	const script_t *steps;
};

#define BAD(...)                                                                              \
	STEPS(SKELETON, __VA_ARGS__, BANK(0x60000000, 0x1000000), NODE("reserved-memory"),    \
	      EMPTY("ranges"), NODE("kept"), CELLS("reg", 0x60800000, 0x1000), END, END, END, \
	      FINISH)
#define BAD_RESERVED(...)                                                                         \
	STEPS(SKELETON, BANK(0x60000000, 0x1000000), NODE("reserved-memory"), EMPTY("ranges"),    \
	      NODE("bad"), __VA_ARGS__, END, NODE("kept"), CELLS("reg", 0x60800000, 0x1000), END, \
	      END, END, FINISH)
#define INITRD(...) NODE("chosen"), __VA_ARGS__, END
#define START(...)  CELLS("linux,initrd-start", __VA_ARGS__)
#define LAST(...)   CELLS("linux,initrd-end", __VA_ARGS__)

static const struct mended_case mended[] = {
	{ "bus: #address-cells or #size-cells is not one word; unusable",
	  BAD(NODE("bus"), CELLS("#size-cells", 0, 1), END) },
	{ "memory: memory without reg; skipped", BAD(NODE("memory"), END) },
	{ "memory: a list of ranges that is not whole entries", BAD(BANK(0x61000000)) },
	{ "memory: a list of ranges that is not whole entries",
	  BAD(NODE("memory"), EMPTY("reg"), END) },
	{ "memory: memory whose status is not okay; skipped",
	  BAD(NODE("memory"), CELLS("reg", 0x60000000, 0x8000000), TEXT("status", "fail"), END) },
	{ "memory: memory whose status is not okay; skipped",
	  BAD(NODE("memory"), CELLS("reg", 0x60000000, 0x8000000), CELLS("status", 0x6f6b6179),
	      END) },
	{ "bank 0 [0x61000000, 0 bytes]: empty; dropped", BAD(BANK(0x61000000, 0)) },
	{ "chosen: an initrd bound of neither 4 nor 8 bytes; skipped",
	  BAD(INITRD(START(0, 0, 0)), INITRD(EMPTY("a"))) },
	{ "chosen: an initrd with only one bound; skipped", BAD(INITRD(START(0x61000000))) },
	{ "chosen: an initrd with only one bound; skipped", BAD(INITRD(LAST(0x61000000))) },
	{ "chosen: an initrd that ends before it starts; skipped",
	  BAD(INITRD(START(0x61000000), LAST(0x60ffffff))) },
	{ "chosen: an empty initrd; skipped", BAD(INITRD(START(0x61000000), LAST(0x61000000))) },
	{ "chosen: bootargs does not end in a NUL; taken as it is",
	  BAD(INITRD(CELLS("bootargs", 0x61626364))) },
	{ "bus: a property whose name lies outside the strings block; skipped",
	  BAD(NODE("bus"), WORDS(TOKEN_PROP, 4, 0xffffffff, 5), NODE("b"), END, END) },
	{ "a: a property after a child node; skipped",
	  BAD(NODE("a"), NODE("b"), END, CELLS("reg", 0), END) },
	{ "bad: a list of ranges that is not whole entries",
	  BAD_RESERVED(CELLS("reg", 0x61000000)) },
	{ "bad: a list of ranges that is not whole entries", BAD_RESERVED(EMPTY("reg")) },
	{ "bad: an empty range; skipped", BAD_RESERVED(CELLS("reg", 0x61000000, 0)) },
	{ "bad: has neither reg nor size; skipped", BAD_RESERVED(EMPTY("no-map")) },
	{ "bad: its size or alignment is not of the parent's #size-cells; skipped",
	  BAD_RESERVED(CELLS("size", 0, 0x1000)) },
	{ "bad: its size or alignment is not of the parent's #size-cells; skipped",
	  BAD_RESERVED(CELLS("size", 0x1000), EMPTY("alignment")) },
	{ "bad: its size is 0; skipped", BAD_RESERVED(CELLS("size", 0)) },
	{ "bad: its alignment is no power of two; skipped",
	  BAD_RESERVED(CELLS("size", 0x1000), CELLS("alignment", 0x3000)) },
};

static bool mended_holds(const struct mended_case *c)
{
	unsigned int lines;
	const char *why;
	u32 total;
	u8 *blob = build(c->steps, &total);

	if (!parse_into(&bi, blob, total, 0xff, &why, &lines) || lines == 0 ||
	    !warnings_last_has(c->says)) {
		selftest_fail(__FILE__, __LINE__, "%s: %s, %u warnings", c->says,
			      why ? why : "taken", lines);
		return false;
	}
	banks_sanitise(&bi);
	CHECK(bi.nr_banks == 1 && bank_is(0, 0x60000000, 0x1000000));
	CHECK(is_reserved(0x60800000, 0x1000, "kept"));
	CHECK(bi.initrd_size == 0);
	CHECK(bi.nr_reserved == 2);
	return true;
}

SELFTEST(boot, fdt_mended,
	 "what is wrong with one item is told under its name, and the rest of the tree counts")
{
	AT_60000000_OR_SKIP();
	for (size_t i = 0; i < ARRAY_SIZE(mended); i++)
		EXPECT(mended_holds(&mended[i]));
}

SELFTEST(boot, fdt_wide, "where an address has 32 bits, an initrd with a bound of more is told")
{
	const script_t *const steps = BAD(INITRD(START(0x61000000), LAST(1, 0x61000000)));
	const struct mended_case wide = { "chosen: an initrd beyond all addresses; skipped",
					  steps };

	AT_60000000_OR_SKIP();
	if (sizeof(paddr_t) == sizeof(u64))
		SKIP("any bound that a tree can hold is an address here");
	EXPECT(mended_holds(&wide));
}

SELFTEST(boot, fdt_deep, "nodes may nest as deep as they like; what lies too deep means nothing")
{
	static const script_t steps[] = {
		SKELETON,
		NODE("1"),
		NODE("2"),
		NODE("reserved-memory"),
		EMPTY("ranges"),
		BANK(0x62000000, 0x1000),
		NODE("5"),
		CELLS("#address-cells", 7, 7),
		NODE("6"),
		NODE("7"),
		NODE("8"),
		NODE("9"),
		NODE("10"),
		NODE("11"),
		NODE("12"),
		NODE("13"),
		NODE("14"),
		NODE("15"),
		NODE("16"),
		NODE("17"),
		NODE("18"),
		TEXT("device_type", "memory"),
		CELLS("reg", 0x70000000, 0x1000),
		WORDS(TOKEN_NODE_END, TOKEN_NODE_END, TOKEN_NODE_END, TOKEN_NODE_END,
		      TOKEN_NODE_END, TOKEN_NODE_END, TOKEN_NODE_END, TOKEN_NODE_END,
		      TOKEN_NODE_END, TOKEN_NODE_END, TOKEN_NODE_END, TOKEN_NODE_END,
		      TOKEN_NODE_END, TOKEN_NODE_END, TOKEN_NODE_END, TOKEN_NODE_END,
		      TOKEN_NODE_END),
		BANK(0x60000000, 0x1000000),
		NODE("reserved-memory"),
		EMPTY("ranges"),
		NODE("a"),
		CELLS("reg", 0x60800000, 0x1000),
		NODE("a's own"),
		CELLS("reg", 0x60900000, 0x1000),
		END,
		END,
		END,
		END,
		FINISH,
		STOP,
	};
	unsigned int lines;

	AT_60000000_OR_SKIP();
	EXPECT(read_good(steps, &lines));
	EXPECT_EQ(lines, 0);
	EXPECT(bi.nr_banks == 1 && bank_is(0, 0x60000000, 0x1000000));
	EXPECT_EQ(bi.nr_reserved, 2); /* and the tree */
	EXPECT(is_reserved(0x60800000, 0x1000, "a"));
}

SELFTEST(boot, fdt_odd_rest,
	 "of a list of ranges that does not come out even the whole entries count")
{
	static const script_t steps[] = {
		SKELETON,
		BANK(0x60000000, 0x1000000, 0x62000000),
		NODE("reserved-memory"),
		EMPTY("ranges"),
		NODE("a"),
		CELLS("reg", 0x60800000, 0x1000, 0x60900000),
		END,
		END,
		END,
		FINISH,
		STOP,
	};
	unsigned int lines;

	AT_60000000_OR_SKIP();
	EXPECT(read_good(steps, &lines));
	EXPECT_EQ(lines, 2);
	EXPECT(bank_is(0, 0x60000000, 0x1000000));
	EXPECT(is_reserved(0x60800000, 0x1000, "a"));
}

SELFTEST(boot, fdt_cells_unusable, "with cell counts that cannot be used there is no bank")
{
	static const script_t steps[] = { NODE(""),
					  CELLS("#address-cells", 3),
					  CELLS("#size-cells", 1),
					  BANK(0, 0, 0x60000000, 0x1000),
					  END,
					  FINISH,
					  STOP };
	unsigned int lines;

	AT_60000000_OR_SKIP();
	EXPECT(read_good(steps, &lines));
	EXPECT_EQ(lines, 1);
	EXPECT(warnings_last_has("#address-cells or #size-cells above it is neither 1 nor 2"));
	EXPECT_EQ(bi.nr_banks, 0);
}

/* --- reserved memory -------------------------------------------------------------------------- */

static const script_t kinds_tree[] = {
	SKELETON,
	BANK(0x60000000, 0x8000000),
	NODE("reserved-memory"),
	CELLS("#address-cells", 1),
	CELLS("#size-cells", 1),
	EMPTY("ranges"),
	NODE("secret"),
	CELLS("reg", 0x61000000, 0x3000),
	EMPTY("no-map"),
	END,
	NODE("lent"),
	CELLS("reg", 0x62000000, 0x3000),
	EMPTY("reusable"),
	END,
	NODE("both"),
	CELLS("reg", 0x63000000, 0x3000),
	EMPTY("reusable"),
	EMPTY("no-map"),
	END,
	NODE("off"),
	CELLS("reg", 0x64000000, 0x3000),
	TEXT("status", "disabled"),
	END,
	NODE("busy"),
	CELLS("reg", 0x65000000, 0x3000),
	TEXT("status", "reserved"),
	END,
	END,
	END,
	FINISH,
	STOP,
};

SELFTEST(boot, fdt_reserved_kinds,
	 "no-map memory is in no bank, reusable memory is held back, disabled memory is free")
{
	unsigned int lines;

	AT_60000000_OR_SKIP();
	EXPECT(read_good(kinds_tree, &lines));
	EXPECT_EQ(lines, 1);
	EXPECT(warnings_last_has("both: no-map and reusable exclude each other; taken as no-map"));
	EXPECT_EQ(bi.nr_reserved, 5);
	EXPECT(is_reserved(0x61000000, 0x3000, "secret"));
	EXPECT(scratch_reserved(0x61000000, 0x3000, BOOT_NOMAP));
	EXPECT(is_reserved(0x62000000, 0x3000, "lent"));
	EXPECT(scratch_reserved(0x62000000, 0x3000, BOOT_REUSABLE));
	EXPECT(scratch_reserved(0x63000000, 0x3000, BOOT_NOMAP));
	EXPECT(is_reserved(0x65000000, 0x3000, "busy"));
	EXPECT_EQ(banks_sanitise(&bi), 3);
	EXPECT(scratch_sound());
}

SELFTEST(boot, fdt_nomap_kernel, "no-map memory that the kernel lies in is told and stays mapped")
{
	unsigned int lines;
	const char *why;
	u32 total;
	u8 *blob = build(kinds_tree, &total);

	AT_60000000_OR_SKIP();
	scratch_clear(&bi);
	bi.dtb = tree_at;
	boot_reserve_in(&bi, 0x61001000, 0x1000, "image", BOOT_KERNEL);
	warnings_catch();
	EXPECT(fdt_parse(blob, total, &bi, &why));
	lines = warnings_release();
	EXPECT_EQ(lines, 2);
	banks_sanitise(&bi);
	EXPECT(banks_hold(&bi, 0x61001000, 0x1000));
	EXPECT(!banks_hold(&bi, 0x61000000, 0x1000));
	EXPECT(is_reserved(0x61002000, 0x1000, "secret"));
}

static const script_t ranges_tree[] = {
	SKELETON,
	BANK(0x60000000, 0x8000000),
	NODE("reserved-memory"),
	CELLS("#address-cells", 2),
	CELLS("#size-cells", 1),
	CELLS("ranges", 0, 0, 0x61000000, 0x10000, 1, 0, 0x62000000, 0x1000),
	NODE("a"),
	CELLS("reg", 0, 0x2000, 0x1000, 1, 0, 0x1000),
	END,
	NODE("beyond"),
	CELLS("reg", 0, 0xf000, 0x2000),
	END,
	END,
	END,
	FINISH,
	STOP,
};

SELFTEST(boot, fdt_ranges, "addresses of reserved memory go through its parent's ranges")
{
	unsigned int lines;

	AT_60000000_OR_SKIP();
	EXPECT(read_good(ranges_tree, &lines));
	EXPECT_EQ(lines, 1);
	EXPECT(warnings_last_has("beyond: the parent's ranges do not translate all of it"));
	EXPECT(is_reserved(0x61002000, 0x1000, "a"));
	EXPECT(is_reserved(0x62000000, 0x1000, "a"));
	EXPECT(is_reserved(0x6100f000, 0x1000, "beyond"));
	EXPECT_EQ(bi.nr_reserved, 4);
}

SELFTEST(boot, fdt_ranges_bad, "without ranges, or with odd ones, that is told and all is 1:1")
{
	static const script_t none[] = {
		SKELETON,  NODE("reserved-memory"),
		NODE("a"), CELLS("reg", 0x60800000, 0x1000),
		END,	   END,
		END,	   FINISH,
		STOP,
	};
	static const script_t odd[] = {
		SKELETON,
		NODE("reserved-memory"),
		CELLS("ranges", 0, 0x61000000),
		NODE("a"),
		CELLS("reg", 0x60800000, 0x1000),
		END,
		END,
		END,
		FINISH,
		STOP,
	};
	unsigned int lines;

	AT_60000000_OR_SKIP();
	EXPECT(read_good(none, &lines));
	EXPECT_EQ(lines, 1);
	EXPECT(warnings_last_has("reserved-memory: has no ranges"));
	EXPECT(is_reserved(0x60800000, 0x1000, "a"));
	EXPECT(read_good(odd, &lines));
	EXPECT_EQ(lines, 1);
	EXPECT(warnings_last_has("reserved-memory: ranges that are not whole entries"));
	EXPECT(is_reserved(0x60800000, 0x1000, "a"));
}

/* --- memory that is wanted anywhere ----------------------------------------------------------- */

static const script_t wishes_tree[] = {
	SKELETON,
	BANK(0x60000000, 0x1000000),
	NODE("reserved-memory"),
	EMPTY("ranges"),
	NODE("top"),
	CELLS("size", 0x1800),
	EMPTY("reusable"),
	END,
	NODE("aligned"),
	CELLS("size", 0x1000),
	CELLS("alignment", 0x100000),
	END,
	NODE("within"),
	CELLS("size", 0x2000),
	CELLS("alloc-ranges", 0x48000000, 0x1000000, 0x60400000, 0x1000, 0x60200000, 0x3000),
	EMPTY("no-map"),
	END,
	NODE("huge"),
	CELLS("size", 0xfffff000),
	END,
	NODE("nowhere"),
	CELLS("size", 0x1000),
	CELLS("alloc-ranges", 0x60fff000, 0x1000),
	END,
	NODE("fixed"),
	CELLS("reg", 0x60202000, 0x1000),
	CELLS("size", 0x100000),
	END,
	END,
	END,
	FINISH,
	STOP,
};

SELFTEST(boot, fdt_placed,
	 "memory wanted anywhere gets the highest free place that its alignment and ranges allow")
{
	unsigned int lines;

	AT_60000000_OR_SKIP();
	EXPECT(read_good(wishes_tree, &lines));
	EXPECT_EQ(lines, 0);
	banks_sanitise(&bi);
	warnings_catch();
	fdt_place(place_of(bi.dtb_size), bi.dtb_size, &bi);
	lines = warnings_release();
	EXPECT_EQ(lines, 5);
	EXPECT(is_reserved(0x60ffe000, 0x2000, "top"));
	EXPECT(scratch_reserved(0x60ffe000, 0x2000, BOOT_REUSABLE));
	EXPECT(is_reserved(0x60f00000, 0x1000, "aligned"));
	EXPECT(is_reserved(0x60200000, 0x2000, "within")); /* 0x60202000 is fixed */
	EXPECT(!banks_hold(&bi, 0x60200000, 0x2000));
	EXPECT(warnings_last_has("nowhere: no room for 4096 bytes that it wants; skipped"));
	EXPECT(is_reserved(0x60202000, 0x1000, "fixed"));
	EXPECT_EQ(bi.nr_reserved, 5);
	EXPECT(scratch_sound());
}

/* --- damage ----------------------------------------------------------------------------------- */

/* Parses twice with other bytes behind the blob: the same must come out. */
static bool same_whatever_is_behind(const u8 *blob, size_t limit)
{
	const char *why, *other_why;
	unsigned int lines, other_lines;
	bool ok = parse_into(&bi, blob, limit, 0x00, &why, &lines);

	CHECK(ok == parse_into(&other, blob, limit, 0xff, &other_why, &other_lines));
	CHECK(ok || (why && why == other_why));
	CHECK(lines == other_lines);
	CHECK(scratch_same());
	return true;
}

SELFTEST(boot, fdt_damaged,
	 "a randomly damaged tree is read or refused, and nothing behind it is looked at")
{
	struct rng rng;
	unsigned int round, damage;
	u32 total;

	AT_60000000_OR_SKIP();
	rng_seed(&rng, selftest_seed());
	for (round = 0; round < 2000; round++) {
		u8 *blob = build(full_tree, &total);
		size_t limit = round % 4 ? total : rng_below(&rng, total + 1);

		for (damage = rng_below(&rng, 6); damage > 0; damage--)
			blob[rng_below(&rng, total)] = rng_next(&rng) >> rng_below(&rng, 32);
		EXPECT(same_whatever_is_behind(blob, limit));
	}
}

/* Of a damaged tree all that was read obeys, placed or not, and the kernel's own stays its own. */
static bool damaged_is_sound(const u8 *blob, u32 total)
{
	const char *why;
	bool ok;

	scratch_clear(&bi);
	bi.dtb = tree_at;
	boot_reserve_in(&bi, 0x60004000, 0x100000, "image", BOOT_KERNEL);
	warnings_catch();
	ok = fdt_parse(blob, total, &bi, &why);
	banks_sanitise(&bi);
	if (ok)
		fdt_place(blob, total, &bi);
	warnings_release();
	CHECK(scratch_sound());
	CHECK(is_reserved(0x60004000, 0x100000, "image"));
	return true;
}

SELFTEST(boot, fdt_damaged_sound,
	 "whatever a damaged tree says, banks and reserved ranges obey, and the kernel's stay")
{
	static const script_t *const trees[] = { full_tree, kinds_tree, ranges_tree, wishes_tree };
	struct rng rng;

	AT_60000000_OR_SKIP();
	rng_seed(&rng, selftest_seed());
	for (unsigned int round = 0; round < 2000; round++) {
		u32 total;
		u8 *blob = build(trees[round % ARRAY_SIZE(trees)], &total);

		for (unsigned int damage = 1 + rng_below(&rng, 4); damage > 0; damage--)
			blob[rng_below(&rng, total)] = rng_next(&rng) >> rng_below(&rng, 32);
		EXPECT(damaged_is_sound(blob, total));
	}
}
