/*
 * fdt_impl.h - what the two halves of the tree's reader share: fdt.c walks, fdt_nodes.c understands
 *
 *	fdt.c        header, reserve map, tokens ──> fdt_open_node(), fdt_take(), fdt_close_node()
 *	fdt_nodes.c  memory, reserved-memory, chosen ──> struct boot_info
 */
#ifndef BOOT_FDT_IMPL_H
#define BOOT_FDT_IMPL_H

#include "boot/boot_info.h"

/* The root, /reserved-memory and its children: nothing below means anything here. */
enum { FDT_DEPTH_KEPT = 3 };

/* What a walk is for: to read the tree, or to place the memory that it wants anywhere. */
enum fdt_pass { FDT_READ, FDT_PLACE };

enum node_kind {
	NODE_OTHER,
	NODE_ROOT,
	NODE_MEMORY,	   /* by its name */
	NODE_TYPED_MEMORY, /* by its device_type */
	NODE_CHOSEN,
	NODE_RESERVED,
	NODE_RESERVATION
};
enum node_status { STATUS_OKAY, STATUS_DISABLED, STATUS_OTHER };

/* A property's bytes; at is NULL when there is none. */
struct value {
	const u8 *at;
	u32 bytes;
};

struct prop {
	const char *name; /* NULL: it lies outside the strings block */
	struct value value;
};

/* An open node, and what its properties have said so far. */
struct node {
	enum node_kind kind;
	enum node_status status;
	const char *name;
	bool has_child, no_map, reusable;
	u32 address_cells, size_cells;
	struct value reg, ranges, size, alignment, alloc_ranges;
};

struct tree {
	enum fdt_pass pass;
	const u8 *blob;
	u32 total;
	const u8 *structs;
	u32 struct_size, at;
	const char *strings;
	u32 strings_size;
	unsigned int depth; /* of open nodes, however many */
	bool root_closed;
	struct node node[FDT_DEPTH_KEPT];      /* the outermost of them */
	struct value initrd_start, initrd_end; /* /chosen's, of 4 or 8 bytes */
	paddr_t placed;		  /* FDT_PLACE: where the node at hand is, 0: nowhere */
	u64 wanted, wanted_align; /* its size and alignment */
	struct boot_info *out;
	const char **why;
};

static inline u32 fdt_be32(const u8 *p)
{
	return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

/* A number of one or two 32-bit cells. */
static inline u64 fdt_cells(const u8 *p, u32 cells)
{
	return cells == 1 ? fdt_be32(p) : (u64)fdt_be32(p) << 32 | fdt_be32(p + 4);
}

/* What lies in the RAM window of a range that the tree reserves. */
void fdt_reserve(struct boot_info *out, u64 base, u64 size, const char *name, u32 flags);

/* The node `name`, whose parent (NULL: the root's) is open. */
void fdt_open_node(struct node *node, const struct node *parent, const char *name);
/* A property of the innermost open node, which is in t->node. */
void fdt_take(struct tree *t, const struct prop *prop);
/* The node at hand, which was the innermost, has closed; those above it are still in t->node. */
void fdt_close_node(struct tree *t, const struct node *node);

#endif /* BOOT_FDT_IMPL_H */
