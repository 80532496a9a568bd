/*
 * fdt.c - reads from a flattened device tree what a memory manager needs
 *
 *	blob ─> [ header | reserve map | structure block | strings block | padding ]
 *	                                        │                └ names of properties
 *	    BEGIN "" (root)                     v
 *	      PROP #address-cells, #size-cells      how many words a reg's address and size take
 *	      BEGIN "memory@60000000"
 *	        PROP device_type = "memory"
 *	        PROP reg = address size ...         ─> banks
 *	      END_NODE
 *	      BEGIN "reserved-memory"
 *	        PROP #address-cells, #size-cells
 *	        BEGIN "framebuffer@..."
 *	          PROP reg = address size ...       ─> reserved, "firmware"
 *	        END_NODE
 *	      END_NODE
 *	      BEGIN "chosen"
 *	        PROP bootargs, linux,initrd-start, linux,initrd-end
 *	      END_NODE
 *	    END_NODE
 *	    END
 *
 * One pass over the structure block, with a stack of open nodes.  What a node means can depend on
 * any of its properties (device_type may follow reg), so a node is judged when it closes.
 *
 * Invariants
 *   F1  The three blocks lie inside totalsize, and totalsize inside the caller's limit.
 *   F2  0 <= at <= struct_size; no token, name or value is read before it was found to fit.
 *   F3  Each token moves `at` on by at least 4 bytes, so that the walk ends.
 *   F4  A child is judged with its parent's cell counts complete: a property after a child node
 *       is refused (the specification wants properties first).
 *
 * Locking  none.
 * Read next: fdt_parse(), walk(), then close_node().
 * Source: Devicetree Specification 0.4, chapter 5 (layout), 2.3.5, 3.4 and 3.5 (nodes).
 */
#include <string.h>

#include "arch/arch.h"
#include "boot/boot_impl.h"
#include "boot/fdt.h"

enum {
	FDT_MAGIC = 0xd00dfeed,
	FDT_VERSION = 17, /* the first with size_dt_struct, and what every dtc writes */
	FDT_DEPTH_MAX = 16,
};

/* Offsets of the header's big-endian words. */
enum {
	HEADER_MAGIC = 0,
	HEADER_TOTALSIZE = 4,
	HEADER_OFF_STRUCT = 8,
	HEADER_OFF_STRINGS = 12,
	HEADER_OFF_RSVMAP = 16,
	HEADER_VERSION = 20,
	HEADER_LAST_COMPATIBLE = 24,
	HEADER_SIZE_STRINGS = 32,
	HEADER_SIZE_STRUCT = 36,
	HEADER_BYTES = 40,
};

enum {
	TOKEN_BEGIN_NODE = 1,
	TOKEN_END_NODE = 2,
	TOKEN_PROP = 3,
	TOKEN_NOP = 4,
	TOKEN_END = 9,
};

enum node_kind { NODE_OTHER, NODE_ROOT, NODE_MEMORY, NODE_CHOSEN, NODE_RESERVED, NODE_RESERVATION };

/* An open node, and what its properties have said so far. */
struct node {
	enum node_kind kind;
	const char *name;
	bool has_child;
	bool disabled;
	bool wants_size; /* a reservation without a place: "size" */
	u32 address_cells, size_cells;
	const u8 *reg; /* NULL: none */
	u32 reg_bytes;
};

struct prop {
	const char *name;
	const u8 *value;
	u32 bytes;
};

struct tree {
	const u8 *blob;
	u32 total;
	const u8 *structs;
	u32 struct_size, at;
	const char *strings;
	u32 strings_size;
	unsigned int depth; /* of open nodes: node[depth - 1] is the innermost */
	bool root_closed;
	struct node node[FDT_DEPTH_MAX];
	bool has_initrd_start, has_initrd_end;
	u64 initrd_start, initrd_end;
	struct boot_info *out;
	const char **why;
};

static bool refuse(struct tree *t, const char *reason)
{
	*t->why = reason;
	return false;
}

static u32 be32(const u8 *p)
{
	return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

/* A number of one or two 32-bit cells. */
static u64 read_cells(const u8 *p, u32 cells)
{
	return cells == 1 ? be32(p) : (u64)be32(p) << 32 | be32(p + 4);
}

bool fdt_found(const void *blob)
{
	return be32((const u8 *)blob + HEADER_MAGIC) == FDT_MAGIC;
}

u32 fdt_size(const void *blob)
{
	return be32((const u8 *)blob + HEADER_TOTALSIZE);
}

/* --- header and reserve map ------------------------------------------------------------------ */

static bool block_fits(const struct tree *t, u32 offset, u32 size)
{
	return offset >= HEADER_BYTES && offset <= t->total && size <= t->total - offset;
}

static bool open_blocks(struct tree *t)
{
	u32 structs = be32(t->blob + HEADER_OFF_STRUCT);
	u32 strings = be32(t->blob + HEADER_OFF_STRINGS);

	t->struct_size = be32(t->blob + HEADER_SIZE_STRUCT);
	t->strings_size = be32(t->blob + HEADER_SIZE_STRINGS);
	if (!IS_ALIGNED(structs, 4u) || !block_fits(t, structs, t->struct_size))
		return refuse(t, "the structure block lies outside the tree");
	if (!block_fits(t, strings, t->strings_size))
		return refuse(t, "the strings block lies outside the tree");
	t->structs = t->blob + structs; /* holds F1 */
	t->strings = (const char *)t->blob + strings;
	return true;
}

static bool open_header(struct tree *t, size_t limit)
{
	if (limit < HEADER_BYTES)
		return refuse(t, "smaller than a tree's header");
	if (!fdt_found(t->blob))
		return refuse(t, "no tree's magic number");
	t->total = fdt_size(t->blob);
	if (t->total < HEADER_BYTES)
		return refuse(t, "the total size is smaller than the header");
	if (t->total > limit)
		return refuse(t, "the total size is more than there is");
	if (be32(t->blob + HEADER_VERSION) < FDT_VERSION)
		return refuse(t, "a version before 17");
	if (be32(t->blob + HEADER_LAST_COMPATIBLE) > FDT_VERSION)
		return refuse(t, "not compatible with version 17");
	return open_blocks(t);
}

/* What lies in the RAM window of a range that the firmware keeps for itself. */
static void reserve_firmware(struct boot_info *out, u64 base, u64 size)
{
	const u64 low = PHYS_OFFSET, high = RAM_WINDOW_END;
	u64 end = size < UINT64_MAX - base ? base + size : UINT64_MAX;

	base = max(base, low);
	end = min(end, high);
	if (base < end)
		boot_reserve_in(out, base, end - base, "firmware");
}

/* Pairs of 64-bit base and size, closed by a pair of zeros. */
static bool read_reserve_map(struct tree *t)
{
	const u32 entry = 16;
	u32 at = be32(t->blob + HEADER_OFF_RSVMAP);

	if (!IS_ALIGNED(at, 8u) || !block_fits(t, at, entry))
		return refuse(t, "the reserve map lies outside the tree");
	for (; t->total - at >= entry; at += entry) {
		u64 base = read_cells(t->blob + at, 2);
		u64 size = read_cells(t->blob + at + 8, 2);

		if (!base && !size)
			return true;
		reserve_firmware(t->out, base, size);
	}
	return refuse(t, "the reserve map does not end");
}

/* --- tokens ---------------------------------------------------------------------------------- */

static u32 bytes_left(const struct tree *t)
{
	return t->struct_size - t->at;
}

/* Steps over `bytes` (known to be left) and the padding after them; keeps F2. */
static bool step(struct tree *t, u32 bytes)
{
	u32 padding = -bytes & 3;

	if (padding > bytes_left(t) - bytes)
		return refuse(t, "the structure block does not end");
	t->at += bytes + padding;
	return true;
}

static bool next_token(struct tree *t, u32 *token)
{
	do {
		if (bytes_left(t) < 4)
			return refuse(t, "the structure block does not end");
		*token = be32(t->structs + t->at);
		t->at += 4; /* F3 */
	} while (*token == TOKEN_NOP);
	return true;
}

static bool next_node_name(struct tree *t, const char **name)
{
	const u8 *start = t->structs + t->at;
	const u8 *end = memchr(start, '\0', bytes_left(t));

	if (!end)
		return refuse(t, "a node's name does not end");
	*name = (const char *)start;
	return step(t, end + 1 - start);
}

static bool next_prop(struct tree *t, struct prop *prop)
{
	u32 name;

	if (bytes_left(t) < 8)
		return refuse(t, "the structure block does not end");
	prop->bytes = be32(t->structs + t->at);
	name = be32(t->structs + t->at + 4);
	t->at += 8;
	if (prop->bytes > bytes_left(t))
		return refuse(t, "a property runs past the structure block");
	if (name >= t->strings_size || !memchr(t->strings + name, '\0', t->strings_size - name))
		return refuse(t, "a property's name lies outside the strings block");
	prop->name = t->strings + name;
	prop->value = t->structs + t->at;
	return step(t, prop->bytes);
}

/* --- properties ------------------------------------------------------------------------------ */

static bool named(const struct prop *prop, const char *name)
{
	return strcmp(prop->name, name) == 0;
}

static bool text_is(const struct prop *prop, const char *text)
{
	size_t bytes = strlen(text) + 1;

	return prop->bytes == bytes && memcmp(prop->value, text, bytes) == 0;
}

static bool take_cell_count(struct tree *t, const struct prop *prop, u32 *count)
{
	if (prop->bytes != 4)
		return refuse(t, "#address-cells or #size-cells is not one word");
	*count = be32(prop->value);
	return true;
}

static bool take_initrd_bound(struct tree *t, const struct prop *prop, u64 *bound, bool *has)
{
	if (prop->bytes != 4 && prop->bytes != 8)
		return refuse(t, "an initrd bound of neither 4 nor 8 bytes");
	*bound = read_cells(prop->value, prop->bytes / 4);
	*has = true;
	return true;
}

static bool take_bootargs(struct tree *t, const struct prop *prop)
{
	const u8 *end = memchr(prop->value, '\0', prop->bytes);

	if (!end)
		return refuse(t, "bootargs does not end");
	boot_cmdline_set(t->out, (const char *)prop->value, end - prop->value);
	return true;
}

static bool take_chosen(struct tree *t, const struct prop *prop)
{
	if (named(prop, "bootargs"))
		return take_bootargs(t, prop);
	if (named(prop, "linux,initrd-start"))
		return take_initrd_bound(t, prop, &t->initrd_start, &t->has_initrd_start);
	if (named(prop, "linux,initrd-end"))
		return take_initrd_bound(t, prop, &t->initrd_end, &t->has_initrd_end);
	return true;
}

/* What may be said of any node that is not /chosen. */
static bool take_device(struct tree *t, struct node *node, const struct prop *prop)
{
	if (named(prop, "#address-cells"))
		return take_cell_count(t, prop, &node->address_cells);
	if (named(prop, "#size-cells"))
		return take_cell_count(t, prop, &node->size_cells);
	if (named(prop, "reg")) {
		node->reg = prop->value;
		node->reg_bytes = prop->bytes;
	} else if (named(prop, "status")) {
		node->disabled = !text_is(prop, "okay") && !text_is(prop, "ok");
	} else if (named(prop, "size")) {
		node->wants_size = true;
	} else if (named(prop, "device_type") && text_is(prop, "memory")) {
		if (node->kind == NODE_OTHER && t->depth == 2) /* a child of the root */
			node->kind = NODE_MEMORY;
	}
	return true;
}

static bool read_prop(struct tree *t)
{
	struct node *node;
	struct prop prop;

	if (!t->depth)
		return refuse(t, "a property outside all nodes");
	node = &t->node[t->depth - 1];
	if (node->has_child)
		return refuse(t, "a property after a child node"); /* keeps F4 */
	if (!next_prop(t, &prop))
		return false;
	if (node->kind == NODE_CHOSEN)
		return take_chosen(t, &prop);
	return take_device(t, node, &prop);
}

/* --- nodes ----------------------------------------------------------------------------------- */

static enum node_kind kind_of(const struct node *parent, const char *name)
{
	if (!parent)
		return NODE_ROOT;
	if (parent->kind == NODE_RESERVED)
		return NODE_RESERVATION;
	if (parent->kind != NODE_ROOT)
		return NODE_OTHER;
	if (strcmp(name, "memory") == 0 || strncmp(name, "memory@", 7) == 0)
		return NODE_MEMORY;
	if (strcmp(name, "reserved-memory") == 0)
		return NODE_RESERVED;
	return strcmp(name, "chosen") == 0 ? NODE_CHOSEN : NODE_OTHER;
}

static bool open_node(struct tree *t)
{
	struct node *parent = t->depth ? &t->node[t->depth - 1] : NULL;
	const char *name;

	if (t->root_closed)
		return refuse(t, "a second root node");
	if (t->depth == FDT_DEPTH_MAX)
		return refuse(t, "nodes nest too deep");
	if (!next_node_name(t, &name))
		return false;
	if (parent)
		parent->has_child = true;
	t->node[t->depth++] = (struct node){
		.kind = kind_of(parent, name),
		.name = name,
		.address_cells = 2, /* the specification's defaults */
		.size_cells = 1,
	};
	return true;
}

/* Gives each entry of a node's reg to `take`. */
static bool each_reg(struct tree *t, const struct node *node, const struct node *parent,
		     void (*take)(struct boot_info *out, u64 base, u64 size))
{
	u32 address = parent->address_cells, size = parent->size_cells, entry, at;

	if (address < 1 || address > 2 || size < 1 || size > 2)
		return refuse(t, "#address-cells or #size-cells is neither 1 nor 2");
	entry = 4 * (address + size);
	if (node->reg_bytes % entry)
		return refuse(t, "a reg that is not whole entries");
	for (at = 0; at < node->reg_bytes; at += entry)
		take(t->out, read_cells(node->reg + at, address),
		     read_cells(node->reg + at + 4 * address, size));
	return true;
}

static bool close_memory(struct tree *t, const struct node *node, const struct node *parent)
{
	if (!node->reg)
		return refuse(t, "a memory node without reg");
	return each_reg(t, node, parent, banks_add);
}

static bool close_reservation(struct tree *t, const struct node *node, const struct node *parent)
{
	if (node->reg)
		return each_reg(t, node, parent, reserve_firmware);
	boot_warn("/reserved-memory/%.64s: %s; skipped", node->name,
		  node->wants_size ? "has a size but no place" : "has no reg");
	return true;
}

static bool close_chosen(struct tree *t)
{
	const u64 reach = (paddr_t)-1;

	if (t->has_initrd_start != t->has_initrd_end)
		return refuse(t, "an initrd with only one bound");
	if (t->initrd_end < t->initrd_start)
		return refuse(t, "an initrd that ends before it starts");
	if (t->initrd_end > reach) {
		boot_warn("initrd at 0x%llx: beyond all addresses; dropped",
			  (unsigned long long)t->initrd_start);
		return true;
	}
	t->out->initrd = t->initrd_start;
	t->out->initrd_size = t->initrd_end - t->initrd_start;
	return true;
}

static bool close_node(struct tree *t)
{
	const struct node *node, *parent;

	if (!t->depth)
		return refuse(t, "a node's end outside all nodes");
	t->depth--;
	node = &t->node[t->depth];
	parent = node - 1; /* looked at only below the root */
	t->root_closed = t->depth == 0;
	if (node->kind == NODE_CHOSEN)
		return close_chosen(t);
	if (node->disabled)
		return true;
	if (node->kind == NODE_MEMORY)
		return close_memory(t, node, parent);
	if (node->kind == NODE_RESERVATION)
		return close_reservation(t, node, parent);
	return true;
}

static bool walk(struct tree *t)
{
	u32 token;

	while (next_token(t, &token)) {
		switch (token) {
		case TOKEN_BEGIN_NODE:
			if (!open_node(t))
				return false;
			break;
		case TOKEN_PROP:
			if (!read_prop(t))
				return false;
			break;
		case TOKEN_END_NODE:
			if (!close_node(t))
				return false;
			break;
		case TOKEN_END:
			return t->root_closed || refuse(t, "the tree ends inside a node");
		default:
			return refuse(t, "an unknown token in the structure block");
		}
	}
	return false;
}

bool fdt_parse(const void *blob, size_t limit, struct boot_info *out, const char **why)
{
	struct tree t = { .blob = blob, .out = out, .why = why };

	if (!open_header(&t, limit))
		return false;
	out->dtb_size = t.total;
	boot_reserve_in(out, out->dtb, t.total, "device tree");
	return read_reserve_map(&t) && walk(&t);
}
