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
 * any of its properties (device_type may follow reg), so a node is judged when it closes.  Nodes too
 * deep to mean anything are passed over, as deep as they go.  Here is only the form; what the nodes
 * say is fdt_nodes.c's.
 *
 * A tree is refused when its form leaves the rest unreadable.  The reserve map is read first, and
 * the nodes even when it does not end: of a refused tree all that it reserves still counts.
 *
 * Invariants
 *   F1  The three blocks lie inside totalsize, and totalsize inside the caller's limit.
 *   F2  0 <= at <= struct_size; no token, name or value is read before it was found to fit.
 *   F3  Each token moves `at` on by at least 4 bytes, so that the walk ends.
 *   F4  A child is judged with its parent's cell counts complete: a property after a child node
 *       does not count (the specification wants properties first).
 *
 * Locking  none.
 * Read next: fdt_parse(), walk(), then fdt_nodes.c.
 * Source: Devicetree Specification 0.4, chapter 5.
 */
#include <string.h>

#include "arch/arch.h"
#include "boot/boot_impl.h"
#include "boot/fdt.h"
#include "boot/fdt_impl.h"

enum {
	FDT_MAGIC = 0xd00dfeed,
	FDT_VERSION = 17, /* the first with size_dt_struct, and what every dtc writes */
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

static bool refuse(struct tree *t, const char *reason)
{
	*t->why = reason;
	return false;
}

bool fdt_found(const void *blob)
{
	return fdt_be32((const u8 *)blob + HEADER_MAGIC) == FDT_MAGIC;
}

u32 fdt_size(const void *blob)
{
	return fdt_be32((const u8 *)blob + HEADER_TOTALSIZE);
}

/* --- header and reserve map ------------------------------------------------------------------- */

static bool block_fits(const struct tree *t, u32 offset, u32 size)
{
	return offset >= HEADER_BYTES && offset <= t->total && size <= t->total - offset;
}

static bool open_blocks(struct tree *t)
{
	u32 structs = fdt_be32(t->blob + HEADER_OFF_STRUCT);
	u32 strings = fdt_be32(t->blob + HEADER_OFF_STRINGS);

	t->struct_size = fdt_be32(t->blob + HEADER_SIZE_STRUCT);
	t->strings_size = fdt_be32(t->blob + HEADER_SIZE_STRINGS);
	if (!IS_ALIGNED(structs, 4u) || !block_fits(t, structs, t->struct_size))
		return refuse(t, "the structure block lies outside the tree");
	if (!block_fits(t, strings, t->strings_size))
		return refuse(t, "the strings block lies outside the tree");
	t->structs = t->blob + structs; /* holds F1 */
	t->strings = (const char *)t->blob + strings;
	return true;
}

static bool version_readable(struct tree *t)
{
	if (fdt_be32(t->blob + HEADER_VERSION) < FDT_VERSION)
		return refuse(t, "a version before 17");
	if (fdt_be32(t->blob + HEADER_LAST_COMPATIBLE) > FDT_VERSION)
		return refuse(t, "not compatible with version 17");
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
	return true;
}

/* Where the reserve map ends at the latest: where another block begins behind it. */
static u32 map_limit(const struct tree *t, u32 at)
{
	u32 structs = fdt_be32(t->blob + HEADER_OFF_STRUCT);
	u32 strings = fdt_be32(t->blob + HEADER_OFF_STRINGS);
	u32 limit = t->total;

	if (structs > at && IS_ALIGNED(structs, 4u))
		limit = min(limit, structs);
	if (strings > at)
		limit = min(limit, strings);
	return limit;
}

/* Pairs of 64-bit base and size, closed by a pair of zeros. */
static bool read_reserve_map(struct tree *t)
{
	const u32 entry = 16;
	u32 at = fdt_be32(t->blob + HEADER_OFF_RSVMAP), limit;

	if (!IS_ALIGNED(at, 8u) || !block_fits(t, at, entry))
		return refuse(t, "the reserve map lies outside the tree");
	limit = map_limit(t, at);
	for (; limit - at >= entry; at += entry) {
		u64 base = fdt_cells(t->blob + at, 2);
		u64 size = fdt_cells(t->blob + at + 8, 2);

		if (!base && !size)
			return true;
		fdt_reserve(t->out, base, size, "firmware", 0);
	}
	return refuse(t, "the reserve map does not end");
}

/* --- tokens ----------------------------------------------------------------------------------- */

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
		*token = fdt_be32(t->structs + t->at);
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

/* The text at an offset of the strings block; NULL: it does not lie in it. */
static const char *string_at(const struct tree *t, u32 at)
{
	if (at >= t->strings_size || !memchr(t->strings + at, '\0', t->strings_size - at))
		return NULL;
	return t->strings + at;
}

static bool next_prop(struct tree *t, struct prop *prop)
{
	u32 name;

	if (bytes_left(t) < 8)
		return refuse(t, "the structure block does not end");
	prop->value.bytes = fdt_be32(t->structs + t->at);
	name = fdt_be32(t->structs + t->at + 4);
	t->at += 8;
	if (prop->value.bytes > bytes_left(t))
		return refuse(t, "a property runs past the structure block");
	prop->name = string_at(t, name);
	prop->value.at = t->structs + t->at;
	return step(t, prop->value.bytes);
}

/* --- nodes ------------------------------------------------------------------------------------ */

/* Is the innermost open node one that is judged? */
static bool innermost_kept(const struct tree *t)
{
	return t->depth && t->depth <= FDT_DEPTH_KEPT;
}

static bool read_prop(struct tree *t)
{
	struct prop prop;

	if (!t->depth)
		return refuse(t, "a property outside all nodes");
	if (!next_prop(t, &prop))
		return false;
	if (innermost_kept(t))
		fdt_take(t, &prop);
	return true;
}

static bool open_node(struct tree *t)
{
	struct node *parent = innermost_kept(t) ? &t->node[t->depth - 1] : NULL;
	const char *name;

	if (t->root_closed)
		return refuse(t, "a second root node");
	if (!next_node_name(t, &name))
		return false;
	if (parent)
		parent->has_child = true;
	t->depth++;
	if (innermost_kept(t))
		fdt_open_node(&t->node[t->depth - 1], parent, name);
	return true;
}

static bool close_node(struct tree *t)
{
	if (!t->depth)
		return refuse(t, "a node's end outside all nodes");
	if (innermost_kept(t))
		fdt_close_node(t, &t->node[t->depth - 1]);
	t->depth--;
	t->root_closed = t->depth == 0;
	return true;
}

static const char *unclosed(const struct tree *t)
{
	return t->depth ? "the tree ends inside a node" : "no root node";
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
			return t->root_closed || refuse(t, unclosed(t));
		default:
			return refuse(t, "an unknown token in the structure block");
		}
	}
	return false;
}

bool fdt_parse(const void *blob, size_t limit, struct boot_info *out, const char **why)
{
	struct tree t = { .pass = FDT_READ, .blob = blob, .out = out, .why = why };
	const char *map_fault;
	bool map_ends, walked;

	if (!open_header(&t, limit))
		return false;
	out->dtb_size = out->source_size = t.total;
	boot_reserve_in(out, out->dtb, t.total, "device tree", BOOT_OURS);
	map_ends = read_reserve_map(&t);
	map_fault = *why;
	walked = version_readable(&t) && open_blocks(&t) && walk(&t);
	if (!map_ends)
		*why = map_fault;
	return map_ends && walked;
}

void fdt_place(const void *blob, size_t size, struct boot_info *out)
{
	const char *why;
	struct tree t = { .pass = FDT_PLACE, .blob = blob, .out = out, .why = &why };

	if (open_header(&t, size) && open_blocks(&t))
		walk(&t);
}
