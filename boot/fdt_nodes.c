/*
 * fdt_nodes.c - what the nodes of a device tree mean to a memory manager
 *
 *	/memory@…           reg                            ─> banks_add()
 *	/reserved-memory    #address-cells, #size-cells, ranges: how its children count addresses
 *	  child             reg                            ─> reserved under the node's name
 *	                    size, alignment, alloc-ranges  ─> placed when all else is known (FDT_PLACE)
 *	                    no-map                         ─> never mapped, cut out of the banks
 *	                    reusable                       ─> held back: see below
 *	/chosen             bootargs, linux,initrd-*
 *
 * A node is one item: what is wrong with it is told under its name and it is skipped, or that part
 * of it, and the rest of the tree counts.  In doubt a range is reserved: too little memory can be
 * lived with, memory with two owners cannot.
 *
 * A reusable range may be used until its driver claims it back, which takes an allocator that can
 * move what lies there.  GEN=2.6's cannot, so such a range stays with its driver from the start.
 *
 * Invariants
 *   N1  FDT_READ tells each fault once; FDT_PLACE tells only of what it places.
 *   N2  An address of /reserved-memory's children passes through its ranges before it is used.
 *
 * Locking  none.
 * Read next: fdt_close_node().
 * Source: Devicetree Specification 0.4, 2.3 (standard properties), 3.4, 3.5 and 3.6 (nodes).
 */
#include <stdio.h>
#include <string.h>

#include "arch/arch.h"
#include "boot/boot_impl.h"
#include "boot/fdt_impl.h"

enum { CELLS_DEFAULT_ADDRESS = 2, CELLS_DEFAULT_SIZE = 1, CELLS_MAX = 2 };

/* Tells why a node, or what part of it, does not count (keeps N1). */
static void skip(const struct tree *t, const struct node *node, const char *what)
{
	char name[BOOT_NAME_MAX + 1];
	struct boot_info shown = { .names = name, .max_names = sizeof(name) };

	if (t->pass == FDT_READ)
		boot_warn("%s: %s", boot_name(&shown, node->name), what);
}

/* --- properties ------------------------------------------------------------------------------- */

static bool named(const struct prop *prop, const char *name)
{
	return strcmp(prop->name, name) == 0;
}

static bool text_is(const struct prop *prop, const char *text)
{
	size_t bytes = strlen(text) + 1;

	return prop->value.bytes == bytes && memcmp(prop->value.at, text, bytes) == 0;
}

static void take_cell_count(const struct tree *t, const struct node *node, const struct prop *prop,
			    u32 *count)
{
	*count = prop->value.bytes == 4 ? fdt_be32(prop->value.at) : 0;
	if (prop->value.bytes != 4)
		skip(t, node, "#address-cells or #size-cells is not one word; unusable");
}

static void take_initrd_bound(const struct tree *t, const struct node *node,
			      const struct prop *prop, struct value *bound)
{
	if (prop->value.bytes == 4 || prop->value.bytes == 8)
		*bound = prop->value;
	else
		skip(t, node, "an initrd bound of neither 4 nor 8 bytes; skipped");
}

/* The property's length ends the text as well as a NUL would. */
static void take_bootargs(const struct tree *t, const struct node *node, const struct prop *prop)
{
	const u8 *text = prop->value.at, *end = memchr(text, '\0', prop->value.bytes);

	if (t->pass != FDT_READ)
		return;
	if (!end)
		skip(t, node, "bootargs does not end in a NUL; taken as it is");
	boot_cmdline_set(t->out, (const char *)text,
			 end ? (size_t)(end - text) : prop->value.bytes);
}

static void take_chosen(struct tree *t, const struct node *node, const struct prop *prop)
{
	if (named(prop, "bootargs"))
		take_bootargs(t, node, prop);
	else if (named(prop, "linux,initrd-start"))
		take_initrd_bound(t, node, prop, &t->initrd_start);
	else if (named(prop, "linux,initrd-end"))
		take_initrd_bound(t, node, prop, &t->initrd_end);
}

static enum node_status status_of(const struct prop *prop)
{
	if (text_is(prop, "okay") || text_is(prop, "ok"))
		return STATUS_OKAY;
	return text_is(prop, "disabled") ? STATUS_DISABLED : STATUS_OTHER;
}

/* Where the value of a property goes that is looked at when the node closes; NULL: not of those. */
static struct value *place_of(struct node *node, const struct prop *prop)
{
	if (named(prop, "reg"))
		return &node->reg;
	if (named(prop, "ranges"))
		return &node->ranges;
	if (named(prop, "size"))
		return &node->size;
	if (named(prop, "alignment"))
		return &node->alignment;
	return named(prop, "alloc-ranges") ? &node->alloc_ranges : NULL;
}

/* Of a child of the root; the last one counts, as of every property. */
static void take_type(const struct tree *t, struct node *node, bool memory)
{
	const enum node_kind other = memory ? NODE_OTHER : NODE_TYPED_MEMORY;

	if (node->kind == other && t->depth == 2)
		node->kind = memory ? NODE_TYPED_MEMORY : NODE_OTHER;
}

/* What may be said of any node that is not /chosen. */
static void take_device(const struct tree *t, struct node *node, const struct prop *prop)
{
	struct value *place = place_of(node, prop);

	if (place)
		*place = prop->value;
	else if (named(prop, "#address-cells"))
		take_cell_count(t, node, prop, &node->address_cells);
	else if (named(prop, "#size-cells"))
		take_cell_count(t, node, prop, &node->size_cells);
	else if (named(prop, "status"))
		node->status = status_of(prop);
	else if (named(prop, "no-map"))
		node->no_map = true;
	else if (named(prop, "reusable"))
		node->reusable = true;
	else if (named(prop, "device_type"))
		take_type(t, node, text_is(prop, "memory"));
}

void fdt_take(struct tree *t, const struct prop *prop)
{
	struct node *node = &t->node[t->depth - 1];

	if (!prop->name)
		skip(t, node, "a property whose name lies outside the strings block; skipped");
	else if (node->has_child)
		skip(t, node, "a property after a child node; skipped"); /* keeps F4 */
	else if (node->kind == NODE_CHOSEN)
		take_chosen(t, node, prop);
	else
		take_device(t, node, prop);
}

/* --- numbers ---------------------------------------------------------------------------------- */

static bool cells_usable(u32 address_cells, u32 size_cells)
{
	return address_cells >= 1 && address_cells <= CELLS_MAX && size_cells >= 1 &&
	       size_cells <= CELLS_MAX;
}

/* What is done with an address and a size. */
typedef void (*take_range_t)(struct tree *t, const struct node *node, u64 base, u64 size);

static u64 saturated_end(u64 base, u64 size)
{
	return size < UINT64_MAX - base ? base + size : UINT64_MAX;
}

/*
 * Gives what /reserved-memory's ranges make of [base, base + size) to `take`: for each entry
 * (child address, parent's address, length) what lies in it.  Without entries all is 1:1.
 */
static void translate(struct tree *t, const struct node *node, u64 base, u64 size,
		      take_range_t take)
{
	const struct node *parent = node - 1, *root = t->node;
	u32 child = parent->address_cells, to = root->address_cells, length = parent->size_cells;
	u32 entry = 4 * (child + to + length);
	const struct value *ranges = &parent->ranges;
	u64 covered = 0;

	if (!ranges->bytes || !cells_usable(to, 1) || ranges->bytes % entry) {
		take(t, node, base, size);
		return;
	}
	for (const u8 *p = ranges->at; p < ranges->at + ranges->bytes; p += entry) {
		u64 from = fdt_cells(p, child), at = fdt_cells(p + 4 * child, to);
		u64 end = saturated_end(from, fdt_cells(p + 4 * (child + to), length));
		u64 low = max(base, from), high = min(saturated_end(base, size), end);

		if (low >= high)
			continue;
		take(t, node, saturated_end(at, low - from), high - low);
		covered += high - low;
	}
	if (covered < size)
		skip(t, node,
		     "the parent's ranges do not translate all of it; that part is skipped");
}

/*
 * Gives each whole entry (address, size) of a value to `take`; what is behind them is told.  The
 * counts are those of the node's parent.
 */
static void each_entry(struct tree *t, const struct node *node, const struct value *value,
		       take_range_t take)
{
	u32 address = node[-1].address_cells, size = node[-1].size_cells;
	u32 entry = 4 * (address + size), left = value->bytes;

	if (!cells_usable(address, size)) {
		skip(t, node, "#address-cells or #size-cells above it is neither 1 nor 2; skipped");
		return;
	}
	for (const u8 *p = value->at; left >= entry; p += entry, left -= entry) {
		u64 base = fdt_cells(p, address), bytes = fdt_cells(p + 4 * address, size);

		if (node->kind == NODE_RESERVATION)
			translate(t, node, base, bytes, take); /* keeps N2 */
		else
			take(t, node, base, bytes);
	}
	if (left || !value->bytes)
		skip(t, node,
		     "a list of ranges that is not whole entries; the rest of it is skipped");
}

/* A number of the parent's size cells; false when it is none, and that is told. */
static bool number(const struct tree *t, const struct node *node, const struct value *value,
		   u64 *number)
{
	u32 cells = node[-1].size_cells;

	*number = 0;
	if (!value->at)
		return true;
	if (cells < 1 || cells > CELLS_MAX || value->bytes != 4 * cells) {
		skip(t, node, "its size or alignment is not of the parent's #size-cells; skipped");
		return false;
	}
	*number = fdt_cells(value->at, cells);
	return true;
}

/* --- memory ----------------------------------------------------------------------------------- */

static void take_bank(struct tree *t, const struct node *node __unused, u64 base, u64 size)
{
	banks_add(t->out, base, size);
}

static void close_memory(struct tree *t, const struct node *node)
{
	if (t->pass != FDT_READ || node->status == STATUS_DISABLED)
		return;
	if (node->status == STATUS_OTHER)
		skip(t, node, "memory whose status is not okay; skipped");
	else if (node->reg.at)
		each_entry(t, node, &node->reg, take_bank);
	else
		skip(t, node, "memory without reg; skipped");
}

/* --- reserved memory -------------------------------------------------------------------------- */

void fdt_reserve(struct boot_info *out, u64 base, u64 size, const char *name, u32 flags)
{
	const u64 low = PHYS_OFFSET, high = RAM_WINDOW_END;
	u64 end = saturated_end(base, size);

	base = max(base, low);
	end = min(end, high);
	if (base < end)
		boot_reserve_in(out, (paddr_t)base, (paddr_t)(end - base), name, flags);
}

/* A node that is both is one that must not be mapped: the stricter of what it says. */
static u32 flags_of(const struct node *node)
{
	return node->no_map ? BOOT_NOMAP : node->reusable ? BOOT_REUSABLE : 0;
}

static void take_reserved(struct tree *t, const struct node *node, u64 base, u64 size)
{
	u64 low = max(base, (u64)PHYS_OFFSET),
	    high = min(saturated_end(base, size), (u64)RAM_WINDOW_END);

	if (!size)
		skip(t, node, "an empty range; skipped");
	if (low >= high)
		return; /* not RAM: no matter */
	if (node->no_map &&
	    boot_overlaps_flagged(t->out, (paddr_t)low, (paddr_t)(high - low), BOOT_KERNEL))
		skip(t, node, "no-map memory that the kernel itself lies in; mapped all the same");
	fdt_reserve(t->out, base, size, boot_name(t->out, node->name), flags_of(node));
}

static void read_reservation(struct tree *t, const struct node *node)
{
	u64 size, alignment;

	if (node->no_map && node->reusable)
		skip(t, node, "no-map and reusable exclude each other; taken as no-map");
	if (node->reg.at)
		each_entry(t, node, &node->reg, take_reserved);
	else if (!node->size.at)
		skip(t, node, "has neither reg nor size; skipped");
	else if (number(t, node, &node->size, &size) &&
		 number(t, node, &node->alignment, &alignment)) {
		if (!size)
			skip(t, node, "its size is 0; skipped");
		else if (alignment & (alignment - 1))
			skip(t, node, "its alignment is no power of two; skipped");
	}
}

/* Takes the highest place in [base, base + size) that is free. */
static void try_place(struct tree *t, const struct node *node __unused, u64 base, u64 size)
{
	u64 low = max(base, (u64)PHYS_OFFSET),
	    high = min(saturated_end(base, size), (u64)RAM_WINDOW_END);

	if (!t->placed && low < high && t->wanted <= high - low)
		t->placed = boot_find_free(t->out, (paddr_t)t->wanted, (paddr_t)t->wanted_align,
					   (paddr_t)low, (paddr_t)high);
}

static void tell_placed(const struct tree *t, const struct node *node, const char *name)
{
	if (!t->placed)
		boot_warn("%s: no room for %llu bytes that it wants; skipped", name,
			  (unsigned long long)t->wanted);
	else
		boot_warn("%s: placed at [0x%08lx-0x%08llx]%s", name, t->placed,
			  (unsigned long long)t->placed + t->wanted - 1,
			  node->no_map	   ? ", never mapped"
			  : node->reusable ? ", held back: nothing could be moved out of it"
					   : "");
}

/* Gives a node without a place one: read_reservation() has told what is wrong with those skipped. */
static void place_reservation(struct tree *t, const struct node *node)
{
	u64 size, alignment;
	const char *name;

	if (node->reg.at || !node->size.at || !number(t, node, &node->size, &size) ||
	    !number(t, node, &node->alignment, &alignment) || !size ||
	    (alignment & (alignment - 1)))
		return;
	t->placed = 0;
	t->wanted = size > RAM_WINDOW_END ? size : ALIGN(size, (u64)PAGE_SIZE);
	t->wanted_align = max(alignment, (u64)PAGE_SIZE);
	if (node->alloc_ranges.at)
		each_entry(t, node, &node->alloc_ranges, try_place);
	else
		try_place(t, node, PHYS_OFFSET, RAM_WINDOW_END - PHYS_OFFSET);
	name = boot_name(t->out, node->name);
	tell_placed(t, node, name);
	if (t->placed)
		fdt_reserve(t->out, t->placed, t->wanted, name, flags_of(node));
	if (t->placed && node->no_map)
		banks_cut(t->out, t->placed, t->placed + (paddr_t)t->wanted);
}

/* Only `disabled` gives a range up: one that failed, or that says nonsense, may be in use. */
static void close_reservation(struct tree *t, const struct node *node)
{
	if (node->status == STATUS_DISABLED)
		return;
	if (t->pass == FDT_READ)
		read_reservation(t, node);
	else
		place_reservation(t, node);
}

static void close_reserved(const struct tree *t, const struct node *node)
{
	if (!node->ranges.at)
		skip(t, node, "has no ranges; its addresses are taken as the parent's");
	else if (!cells_usable(node->address_cells, node->size_cells) ||
		 node->ranges.bytes %
			 (4 * (node->address_cells + t->node[0].address_cells + node->size_cells)))
		skip(t, node, "ranges that are not whole entries; taken as empty");
}

/* --- chosen ----------------------------------------------------------------------------------- */

static u64 bound(const struct value *value)
{
	return fdt_cells(value->at, value->bytes / 4);
}

static const char *initrd_fault(u64 start, u64 end)
{
	if (end < start)
		return "an initrd that ends before it starts; skipped";
	if (end == start)
		return "an empty initrd; skipped";
	return end > (paddr_t)-1 ? "an initrd beyond all addresses; skipped" : NULL;
}

static void close_chosen(struct tree *t, const struct node *node)
{
	const char *fault;
	u64 start, end;

	if (t->pass != FDT_READ || (!t->initrd_start.at && !t->initrd_end.at))
		return;
	if (!t->initrd_start.at || !t->initrd_end.at) {
		skip(t, node, "an initrd with only one bound; skipped");
		return;
	}
	start = bound(&t->initrd_start);
	end = bound(&t->initrd_end);
	if (!start && !end)
		return; /* how some loaders say that there is none */
	fault = initrd_fault(start, end);
	if (fault) {
		skip(t, node, fault);
		return;
	}
	t->out->initrd = (paddr_t)start;
	t->out->initrd_size = (paddr_t)(end - start);
}

/* --- nodes ------------------------------------------------------------------------------------ */

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

/* /reserved-memory should count as the root does: without counts of its own it is taken to. */
void fdt_open_node(struct node *node, const struct node *parent, const char *name)
{
	enum node_kind kind = kind_of(parent, name);
	bool as_root = kind == NODE_RESERVED;

	*node = (struct node){
		.kind = kind,
		.name = name,
		.address_cells = as_root ? parent->address_cells : CELLS_DEFAULT_ADDRESS,
		.size_cells = as_root ? parent->size_cells : CELLS_DEFAULT_SIZE,
	};
}

void fdt_close_node(struct tree *t, const struct node *node)
{
	switch (node->kind) {
	case NODE_CHOSEN:
		close_chosen(t, node);
		break;
	case NODE_MEMORY:
	case NODE_TYPED_MEMORY:
		close_memory(t, node);
		break;
	case NODE_RESERVED:
		close_reserved(t, node);
		break;
	case NODE_RESERVATION:
		close_reservation(t, node);
		break;
	default:
		break;
	}
}
