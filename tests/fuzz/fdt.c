/*
 * fdt.c - device trees: libfdt writes them, and reads them again beside the kernel's own reader
 *
 *	input   [how] [steps ...] [damage ...]
 *
 *	steps ──libfdt──> blob ──damage──> fdt_parse() ──> boot information ─┐
 *	                            └──> libfdt ──> what it finds ────> boot_model_compare()
 *
 *	how 1   no steps: the bytes are the blob
 *
 * What libfdt takes for a tree and the kernel does not, and the other way round, is known by name:
 * see may_refuse() and may_take().
 *
 * Read next: boot/fdt.c, boot/fdt_nodes.c, boot_model.c.
 */
#include <libfdt.h>

#include "arch/arch.h"
#include "boot/fdt.h"
#include "tests/fuzz/boot_model.h"
#include "tests/fuzz/exact.h"

enum { BLOB_MAX = 16 * 1024, DEPTH_MAX = 8, PLACED_MAX = 64 };
enum { TREE_AT = 0x62000000 }; /* where the tree is said to lie, counted from RAM at 0x60000000 */

/* --- a blob from steps ------------------------------------------------------------------------ */

struct workshop {
	u8 blob[BLOB_MAX] __aligned(8);
	size_t used;
};

static const char *const node_names[] = {
	"memory", "memory@60000000", "reserved-memory", "chosen", "fb@1", "memoryless",
	"cpus",	  "a b\x01"
};
static const char *const prop_names[] = { "reg",
					  "#address-cells",
					  "#size-cells",
					  "ranges",
					  "size",
					  "alignment",
					  "alloc-ranges",
					  "status",
					  "no-map",
					  "reusable",
					  "device_type",
					  "bootargs",
					  "linux,initrd-start",
					  "linux,initrd-end",
					  "regs" };
static const char *const texts[] = {
	"memory", "okay", "ok", "disabled", "fail", "", "mem=64M run=\"a b\""
};

/* Addresses and sizes, of one cell or two each. */
static u32 put_cells(struct fuzz_input *in, u8 *value)
{
	u32 bytes = 0, numbers = fuzz_below(in, 6);
	u8 wide = fuzz_u8(in);

	for (u32 i = 0; i < numbers; i++) {
		u64 number = i % 2 ? boot_model_size(in) : boot_model_address(in);

		for (int shift = wide >> i & 1 ? 56 : 24; shift >= 0; shift -= 8)
			value[bytes++] = (u8)(number >> shift);
	}
	return bytes;
}

static u32 put_value(struct fuzz_input *in, u8 value[128])
{
	const char *text;
	u32 bytes = 4;

	switch (fuzz_below(in, 4)) {
	case 0:
		memset(value, 0, 4);
		value[3] = fuzz_below(in, 4);
		return bytes;
	case 1:
		text = texts[fuzz_below(in, ARRAY_SIZE(texts))];
		strcpy((char *)value, text);
		return (u32)strlen(text) + 1;
	case 2:
		bytes = fuzz_below(in, 32);
		for (u32 i = 0; i < bytes; i++)
			value[i] = fuzz_u8(in);
		return bytes;
	default:
		return put_cells(in, value);
	}
}

static void put_prop(struct workshop *shop, struct fuzz_input *in)
{
	const char *name = prop_names[fuzz_below(in, ARRAY_SIZE(prop_names))];
	u8 value[128];
	u32 bytes = put_value(in, value);

	fdt_property(shop->blob, name, value, (int)bytes);
}

static void put_nodes(struct workshop *shop, struct fuzz_input *in)
{
	unsigned int depth = 1, step;

	fdt_begin_node(shop->blob, "");
	while (in->left && (step = fuzz_below(in, 16)) != 15) {
		if (step >= 4) {
			put_prop(shop, in);
		} else if (step < 2 && depth < DEPTH_MAX) {
			fdt_begin_node(shop->blob,
				       node_names[fuzz_below(in, ARRAY_SIZE(node_names))]);
			depth++;
		} else if (depth > 1) {
			fdt_end_node(shop->blob);
			depth--;
		}
	}
	while (depth--)
		fdt_end_node(shop->blob);
}

static void build(struct workshop *shop, struct fuzz_input *in)
{
	unsigned int reserved = fuzz_below(in, 4);

	fdt_create(shop->blob, BLOB_MAX);
	while (reserved--) {
		u64 base = boot_model_address(in);

		fdt_add_reservemap_entry(shop->blob, base, boot_model_size(in));
	}
	fdt_finish_reservemap(shop->blob);
	put_nodes(shop, in);
	shop->used = fdt_finish(shop->blob) ? 0 : fdt_totalsize(shop->blob);
}

/* Words that become small, or another one: tokens, lengths, offsets. */
static void damage(struct workshop *shop, struct fuzz_input *in)
{
	while (in->left && shop->used >= 4) {
		u8 *word = shop->blob + fuzz_u16(in) % (shop->used / 4) * 4;
		u8 way = fuzz_u8(in);

		if (way & 1)
			word[way >> 1 & 3] += way >> 3;
		else
			memcpy(word, (u8[]){ 0, 0, 0, way >> 1 }, 4);
	}
}

/* --- what libfdt finds ------------------------------------------------------------------------ */

/* Of properties of one name the last one counts, as for the kernel; *bytes -1: there is none. */
static const void *property(const void *blob, int node, const char *name, int *bytes)
{
	const void *value = NULL;
	int prop;

	*bytes = -1;
	for (prop = fdt_first_property_offset(blob, node); prop >= 0;
	     prop = fdt_next_property_offset(blob, prop)) {
		const char *found;
		int len;
		const void *at = fdt_getprop_by_offset(blob, prop, &found, &len);

		if (at && !strcmp(found, name)) {
			value = at;
			*bytes = len;
		}
	}
	return value;
}

static bool says(const void *blob, int node, const char *name, const char *text)
{
	int bytes;
	const void *value = property(blob, node, name, &bytes);

	return value && bytes == (int)strlen(text) + 1 && !memcmp(value, text, (size_t)bytes);
}

static bool has(const void *blob, int node, const char *name)
{
	int bytes;

	return property(blob, node, name, &bytes);
}

static u64 number_at(const u8 *cells, u32 nr)
{
	return nr == 1 ? fdt32_ld((const fdt32_t *)cells) : fdt64_ld((const fdt64_t *)cells);
}

/* A node's count of cells, for its children; 0: unusable. */
static u32 cells_of(const void *blob, int node, const char *name, u32 usual)
{
	int bytes;
	const fdt32_t *value = property(blob, node, name, &bytes);
	u32 cells = !value ? usual : bytes == 4 ? fdt32_ld(value) : 0;

	return cells <= 2 ? cells : 0;
}

struct cells {
	u32 address, size;
};

static struct cells cells_for_children(const void *blob, int node, struct cells usual)
{
	return (struct cells){ cells_of(blob, node, "#address-cells", usual.address),
			       cells_of(blob, node, "#size-cells", usual.size) };
}

/* --- memory */

static bool is_memory(const void *blob, int node, const char *name)
{
	if (!strcmp(name, "memory") || !strncmp(name, "memory@", 7))
		return true;
	if (!strcmp(name, "reserved-memory") || !strcmp(name, "chosen"))
		return false;
	return says(blob, node, "device_type", "memory");
}

static void read_memory(struct boot_model *model, const void *blob, int node, struct cells cells)
{
	int bytes;
	const u8 *reg = property(blob, node, "reg", &bytes);
	int entry = 4 * (int)(cells.address + cells.size);
	bool okay = !has(blob, node, "status") || says(blob, node, "status", "okay") ||
		    says(blob, node, "status", "ok");

	if (!okay || !cells.address || !cells.size)
		return;
	for (; bytes >= entry; bytes -= entry, reg += entry)
		boot_model_bank(model, number_at(reg, cells.address),
				number_at(reg + 4 * cells.address, cells.size));
}

/* --- reserved memory */

struct reservations {
	const void *blob;
	struct cells root, own;
	const u8 *ranges;
	int ranges_bytes;
};

static void reserve(struct boot_model *model, const struct reservations *r, int node, u64 base,
		    u64 size)
{
	u32 flags = has(r->blob, node, "no-map")     ? BOOT_NOMAP
		    : has(r->blob, node, "reusable") ? BOOT_REUSABLE
						     : 0;

	boot_model_reserve(model, base, size, fdt_get_name(r->blob, node, NULL), flags);
}

/* An entry of a child's reg, through the ranges of /reserved-memory. */
static void reserve_translated(struct boot_model *model, const struct reservations *r, int node,
			       u64 base, u64 size)
{
	u32 child = r->own.address, to = r->root.address, length = r->own.size;
	int entry = 4 * (int)(child + to + length), left = r->ranges_bytes;

	if (left <= 0 || !to || left % entry) {
		reserve(model, r, node, base, size);
		return;
	}
	for (const u8 *p = r->ranges; left; left -= entry, p += entry) {
		u64 from = number_at(p, child), at = number_at(p + 4 * child, to);
		u64 low = max(from, base), high = boot_model_end_of(base, size);

		high = min(high, boot_model_end_of(from, number_at(p + 4 * (child + to), length)));
		if (low < high && at <= UINT64_MAX - (low - from))
			reserve(model, r, node, at + low - from, high - low);
	}
}

static void read_reservation(struct boot_model *model, const struct reservations *r, int node)
{
	int bytes, entry = 4 * (int)(r->own.address + r->own.size);
	const u8 *reg = property(r->blob, node, "reg", &bytes);

	if (says(r->blob, node, "status", "disabled") || !r->own.address || !r->own.size)
		return;
	for (; bytes >= entry; bytes -= entry, reg += entry)
		reserve_translated(model, r, node, number_at(reg, r->own.address),
				   number_at(reg + 4 * r->own.address, r->own.size));
}

static void read_reserved(struct boot_model *model, const void *blob, int parent, struct cells root)
{
	struct reservations r = { .blob = blob, .root = root };
	int node;

	r.own = cells_for_children(blob, parent, root);
	r.ranges = property(blob, parent, "ranges", &r.ranges_bytes);
	for (node = fdt_first_subnode(blob, parent); node >= 0; node = fdt_next_subnode(blob, node))
		read_reservation(model, &r, node);
}

/* Up to a pair of zeros, as the specification has it: for libfdt's own count, a size of 0 ends it. */
static void read_map(struct boot_model *model, const void *blob)
{
	uint64_t base, size;

	for (int i = 0; !fdt_get_mem_rsv(blob, i, &base, &size) && (base || size); i++)
		boot_model_reserve(model, base, size, "firmware", 0);
}

/* --- chosen */

/* -1: there is no such node; -2: there are several. */
static int chosen_node(const void *blob)
{
	int node, found = -1;

	for (node = fdt_first_subnode(blob, 0); node >= 0; node = fdt_next_subnode(blob, node))
		if (!strcmp(fdt_get_name(blob, node, NULL), "chosen"))
			found = found == -1 ? node : -2;
	return found;
}

static bool initrd_bound(const void *blob, int node, const char *name, u64 *bound)
{
	const void *last = NULL;
	int prop;

	/* one of a wrong length does not count */
	for (prop = fdt_first_property_offset(blob, node); prop >= 0;
	     prop = fdt_next_property_offset(blob, prop)) {
		const char *found;
		int len;
		const void *at = fdt_getprop_by_offset(blob, prop, &found, &len);

		if (!at || strcmp(found, name) != 0 || (len != 4 && len != 8))
			continue;
		last = at;
		*bound = number_at(at, (u32)len / 4);
	}
	return last;
}

static void claim_chosen(const struct boot_info *bi, const void *blob)
{
	int node = chosen_node(blob), bytes;
	const char *line = node < 0 ? NULL : property(blob, node, "bootargs", &bytes);
	size_t len = line ? strnlen(line, (size_t)bytes) : 0;
	u64 start = 0, end = 0;
	bool initrd = node >= 0 && initrd_bound(blob, node, "linux,initrd-start", &start) &&
		      initrd_bound(blob, node, "linux,initrd-end", &end) && start < end;

	if (node == -2)
		return;
	if (strlen(bi->cmdline) != len || memcmp(bi->cmdline, line ? line : "", len) != 0)
		fuzz_fail("bootargs has %zu characters, and the line is \"%s\"", len, bi->cmdline);
	if (bi->initrd != (initrd ? start : 0) || bi->initrd_size != (initrd ? end - start : 0))
		fuzz_fail("the initrd is [%#lx, %lu bytes]", bi->initrd, bi->initrd_size);
}

/* --- the claims ------------------------------------------------------------------------------- */

/* What the kernel refuses and libfdt takes. */
static bool may_refuse(const char *why)
{
	static const char *const reasons[] = {
		"a version before 17", /* libfdt reads older ones, too */
		"not compatible with version 17",
		"no root node",
		"a second root node",		/* of which libfdt sees nothing */
		"the reserve map does not end", /* before what lies behind it */
		"the reserve map lies outside the tree",
		"the strings block lies outside the tree",
		"the structure block lies outside the tree",
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(reasons); i++)
		if (!strcmp(why, reasons[i]))
			return true;
	return false;
}

/* Is there, however deep, a property whose name lies outside the strings block? */
static bool nameless_property(const void *blob)
{
	int at = 0, next;
	u32 tag;

	do {
		tag = fdt_next_tag(blob, at, &next);
		if (tag == FDT_PROP) {
			const struct fdt_property *prop = fdt_offset_ptr(blob, at, sizeof(*prop));
			int len;

			if (!prop || !fdt_get_string(blob, (int)fdt32_ld(&prop->nameoff), &len))
				return true;
		}
		at = next;
	} while (tag != FDT_END && next >= 0);
	return false;
}

/* Does a NOP stand between the root and the end, where the specification has them, too? */
static bool nop_behind_root(const void *blob)
{
	int at = 0, next, depth = 0;
	u32 tag;

	do {
		tag = fdt_next_tag(blob, at, &next);
		depth += (tag == FDT_BEGIN_NODE) - (tag == FDT_END_NODE);
		at = next;
	} while (next >= 0 && tag != FDT_END && depth);
	return next >= 0 && fdt_next_tag(blob, at, &next) == FDT_NOP;
}

/* What the kernel takes and libfdt refuses: a property without a name, a root with one, that NOP. */
static bool may_take(const void *blob)
{
	const char *root = fdt_get_name(blob, 0, NULL);

	return (root && *root) || nameless_property(blob) || nop_behind_root(blob);
}

static void read_nodes(struct boot_model *model, const void *blob)
{
	struct cells root = cells_for_children(blob, 0, (struct cells){ 2, 1 });
	int node;

	for (node = fdt_first_subnode(blob, 0); node >= 0; node = fdt_next_subnode(blob, node)) {
		const char *name = fdt_get_name(blob, node, NULL);

		if (!strcmp(name, "reserved-memory"))
			read_reserved(model, blob, node, root);
		else if (is_memory(blob, node, name))
			read_memory(model, blob, node, root);
	}
}

/* The boot information as it was before something was placed. */
static struct {
	struct boot_info bi;
	struct boot_bank banks[PLACED_MAX];
	struct boot_range ranges[PLACED_MAX];
} before;

static bool keep_before(const struct boot_info *bi)
{
	if (bi->nr_banks > PLACED_MAX || bi->nr_reserved > PLACED_MAX)
		return false;
	memcpy(before.banks, bi->bank, bi->nr_banks * sizeof(*bi->bank));
	memcpy(before.ranges, bi->reserved, bi->nr_reserved * sizeof(*bi->reserved));
	before.bi.bank = before.banks;
	before.bi.reserved = before.ranges;
	before.bi.nr_banks = bi->nr_banks;
	before.bi.nr_reserved = bi->nr_reserved;
	before.bi.nr_joined = bi->nr_joined;
	return true;
}

/* A byte that was reserved is, and what has become so was RAM. */
static void claim_place(const struct boot_info *bi, u64 at)
{
	bool was = boot_model_reserved_at(&before.bi, at), is = boot_model_reserved_at(bi, at);

	if (was && !is)
		fuzz_fail("placing what the tree wants has freed %#llx", (unsigned long long)at);
	if (is && !was && !boot_model_bank_at(&before.bi, at))
		fuzz_fail("something was placed at %#llx, which is no RAM", (unsigned long long)at);
	if (boot_model_bank_at(bi, at) && !boot_model_bank_at(&before.bi, at))
		fuzz_fail("placing what the tree wants has made RAM of %#llx",
			  (unsigned long long)at);
}

static void claim_places(const struct boot_info *bi, const struct boot_info *of)
{
	for (unsigned int i = 0; i < of->nr_reserved; i++) {
		claim_place(bi, of->reserved[i].base);
		claim_place(bi, of->reserved[i].base + of->reserved[i].size - 1);
	}
}

/* Places what wants to lie anywhere. */
static void claim_placed(struct boot_model *model, const void *blob, size_t size)
{
	const struct boot_info *bi = model->bi;
	bool kept = keep_before(bi);

	fdt_place(blob, size, model->bi);
	boot_model_sound(bi);
	if (!kept || bi->nr_joined != before.bi.nr_joined)
		return; /* what lies between two that were joined is held, RAM or not */
	claim_places(bi, bi);
	claim_places(bi, &before.bi);
}

/* Of a version before 16, libfdt 1.6.1's check follows a name that it has not found. */
static int libfdt_fault(const void *blob, size_t size)
{
	if (size >= FDT_V1_SIZE && fdt_version(blob) < 16)
		return -FDT_ERR_BADVERSION;
	return fdt_check_full(blob, size);
}

static void compare(struct boot_model *model, const void *blob, size_t size, bool taken,
		    const char *why)
{
	int fault = libfdt_fault(blob, size);

	if (!taken && (!why || !*why))
		fuzz_fail("refused without a reason");
	if (taken && fault && !may_take(blob))
		fuzz_fail("taken, but libfdt says: %s", fdt_strerror(fault));
	if (!taken && !fault && !may_refuse(why))
		fuzz_fail("refused (%s), but libfdt takes it", why);
	if (!taken || fault) {
		boot_model_sound(model->bi);
		return;
	}
	boot_model_reserve(model, model->bi->dtb, fdt_totalsize(blob), "device tree", BOOT_OURS);
	read_map(model, blob);
	read_nodes(model, blob);
	claim_chosen(model->bi, blob);
	boot_model_compare(model);
	claim_placed(model, blob, size);
}

static bool parse(struct boot_model *model, const void *blob, size_t size, bool large,
		  const char **why)
{
	boot_model_begin(model, large);
	model->bi->dtb = PHYS_OFFSET + (TREE_AT - 0x60000000);
	return fdt_parse(blob, size, model->bi, why);
}

static void run(const u8 *data, size_t size)
{
	static struct boot_model model, again;
	static struct workshop shop;
	struct fuzz_input in = fuzz_read(data, size);
	u8 how = fuzz_u8(&in), *exact, *moved;
	const char *why = NULL, *why_again = NULL;
	bool taken;

	if (how & 1) {
		shop.used = min(in.left, (size_t)BLOB_MAX);
		memcpy(shop.blob, in.data, shop.used);
	} else {
		build(&shop, &in);
		damage(&shop, &in);
	}
	exact = exact_copy(shop.blob, shop.used);
	taken = parse(&model, exact, shop.used, how & 2, &why);
	moved = malloc(shop.used + 1);
	memcpy(moved + 1, exact, shop.used);
	if (parse(&again, moved + 1, shop.used, how & 2, &why_again) != taken)
		fuzz_fail("a tree is refused in one place and taken in another");
	boot_model_same(model.bi, again.bi);
	boot_model_end(&again);
	free(moved);
	compare(&model, exact, shop.used, taken, why);
	boot_model_end(&model);
	free(exact);
}

FUZZ_TARGET(fdt, "device trees, against libfdt", run, .pure = true);
