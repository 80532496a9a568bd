/*
 * lib.c - bitmaps, lists and trees, each against a model that is believed at sight
 *
 *	bitmap   a byte for each bit
 *	list     the members' numbers in an array, in order
 *	tree     of each key whether it is there, and which of the cached root's is the first
 *
 * Read next: lib/bitmap.h, lib/list.h, lib/rbtree.h.
 */
#include <errno.h>
#include <string.h>

#include "lib/bitmap.h"
#include "lib/list.h"
#include "lib/rbtree.h"
#include "tests/fuzz/fuzz.h"

/* --- bitmaps ---------------------------------------------------------------------------------- */

enum { BITS = 200 }; /* no multiple of a word */

static DECLARE_BITMAP(map, BITS);
static bool bits[BITS];

static unsigned int first_from(unsigned int start, bool value)
{
	while (start < BITS && bits[start] != value)
		start++;
	return start;
}

static void expect_bits(unsigned int from)
{
	unsigned int weight = 0;

	for (unsigned int i = 0; i < BITS; i++) {
		FUZZ_CHECK(test_bit((int)i, map) == bits[i]);
		weight += bits[i];
	}
	FUZZ_CHECK(bitmap_weight(map, BITS) == weight);
	FUZZ_CHECK(find_next_bit(map, BITS, from) == first_from(from, true));
	FUZZ_CHECK(find_next_zero_bit(map, BITS, from) == first_from(from, false));
	FUZZ_CHECK(bitmap_empty(map, BITS) == !weight &&
		   bitmap_full(map, BITS) == (weight == BITS));
}

static void set_range(struct fuzz_input *in)
{
	const unsigned int start = fuzz_below(in, BITS), most = BITS - start;
	const unsigned int len = fuzz_below(in, most + 1);
	const bool value = fuzz_u8(in) & 1;

	if (value)
		bitmap_set(map, start, len);
	else
		bitmap_clear(map, start, len);
	memset(bits + start, value, len);
	expect_bits(fuzz_below(in, BITS));
}

static bool is_clear(unsigned long start, unsigned long len)
{
	return start + len <= BITS && first_from((unsigned int)start, true) >= start + len;
}

static void find_area(struct fuzz_input *in)
{
	const unsigned int start = fuzz_below(in, BITS), len = 1 + fuzz_below(in, 70);
	const unsigned long mask = (1ul << fuzz_below(in, 8)) - 1, offset = fuzz_u8(in);
	const unsigned long found =
		bitmap_find_next_zero_area_off(map, BITS, start, len, mask, offset);
	unsigned long wanted = start;

	while (wanted < BITS && (((wanted + offset) & mask) || !is_clear(wanted, len)))
		wanted++;
	FUZZ_CHECK(found == wanted || (wanted == BITS && found > BITS - len));
}

static void take_region(struct fuzz_input *in)
{
	const unsigned int order = fuzz_below(in, 6), block = 1u << order;
	const int found = bitmap_find_free_region(map, BITS, order);
	unsigned int wanted = 0;

	while (wanted + block <= BITS && !is_clear(wanted, block))
		wanted += block;
	FUZZ_CHECK(found == (wanted + block <= BITS ? (int)wanted : -ENOMEM));
	if (found < 0)
		return;
	memset(bits + found, true, block);
	expect_bits(0);
	if (fuzz_u8(in) & 1)
		return;
	bitmap_release_region(map, (unsigned int)found, order);
	memset(bits + found, false, block);
	expect_bits(0);
}

/* --- lists ------------------------------------------------------------------------------------ */

enum { MEMBERS = 24 };

static struct member {
	struct list_head link;
	unsigned int list; /* 0, 1: of that one; 2: of none */
} members[MEMBERS];
static struct list_head lists[2];
static unsigned int order[2][MEMBERS], length[2];

static void expect_lists(void)
{
	const struct member *m;

	for (unsigned int l = 0; l < 2; l++) {
		unsigned int n = 0;

		FUZZ_CHECK(list_check(&lists[l]));
		list_for_each_entry(m, &lists[l], link)
			FUZZ_CHECK(n < length[l] && m == &members[order[l][n++]]);
		FUZZ_CHECK(n == length[l] && list_empty(&lists[l]) == !n);
		FUZZ_CHECK(list_is_singular(&lists[l]) == (n == 1));
	}
}

static void insert_at(unsigned int l, unsigned int at, unsigned int member)
{
	memmove(order[l] + at + 1, order[l] + at, (length[l] - at) * sizeof(order[l][0]));
	order[l][at] = member;
	length[l]++;
	members[member].list = l;
}

static void remove_from_model(unsigned int member)
{
	const unsigned int l = members[member].list;
	unsigned int at = 0;

	while (order[l][at] != member)
		at++;
	length[l]--;
	memmove(order[l] + at, order[l] + at + 1, (length[l] - at) * sizeof(order[l][0]));
	members[member].list = 2;
}

static void change_list(struct fuzz_input *in)
{
	const unsigned int n = fuzz_below(in, MEMBERS), l = fuzz_u8(in) & 1;
	const bool tail = fuzz_u8(in) & 1, is_there = members[n].list < 2;
	struct list_head *link = &members[n].link;

	if (is_there)
		remove_from_model(n);
	if (is_there && fuzz_u8(in) & 1) {
		list_del_init(link);
		FUZZ_CHECK(list_empty(link));
	} else {
		insert_at(l, tail ? length[l] : 0, n);
		if (is_there && tail)
			list_move_tail(link, &lists[l]);
		else if (is_there)
			list_move(link, &lists[l]);
		else if (tail)
			list_add_tail(link, &lists[l]);
		else
			list_add(link, &lists[l]);
	}
	expect_lists();
}

/* All of one list before, or behind, all of the other. */
static void splice(struct fuzz_input *in)
{
	const unsigned int from = fuzz_u8(in) & 1, to = 1 - from;
	const bool tail = fuzz_u8(in) & 1;

	for (unsigned int i = 0; length[from]; i++) {
		const unsigned int n = order[from][0];

		remove_from_model(n);
		insert_at(to, tail ? length[to] : i, n);
	}
	if (tail)
		list_splice_tail_init(&lists[from], &lists[to]);
	else
		list_splice_init(&lists[from], &lists[to]);
	expect_lists();
}

static void rotate(struct fuzz_input *in)
{
	const unsigned int l = fuzz_u8(in) & 1;
	const unsigned int n = order[l][0];

	if (length[l]) {
		remove_from_model(n);
		insert_at(l, length[l], n);
	}
	list_rotate_left(&lists[l]);
	expect_lists();
}

/* The first so many go to the other list, which is empty. */
static void cut(struct fuzz_input *in)
{
	const unsigned int from = fuzz_u8(in) & 1, to = 1 - from;
	const unsigned int n = length[from] ? fuzz_below(in, length[from]) : 0;
	struct list_head *last = &members[order[from][n]].link;

	if (length[to] || !length[from])
		return;
	for (unsigned int i = 0; i <= n; i++) {
		const unsigned int member = order[from][0];

		remove_from_model(member);
		insert_at(to, i, member);
	}
	list_cut_position(&lists[to], &lists[from], last);
	expect_lists();
}

static int by_number(void *unused __unused, const struct list_head *a, const struct list_head *b)
{
	return a < b ? -1 : a > b;
}

static void sort(struct fuzz_input *in)
{
	const unsigned int l = fuzz_u8(in) & 1;

	list_sort(NULL, &lists[l], by_number);
	for (unsigned int i = 1, j; i < length[l]; i++)
		for (j = i; j && order[l][j - 1] > order[l][j]; j--) {
			const unsigned int other = order[l][j];

			order[l][j] = order[l][j - 1];
			order[l][j - 1] = other;
		}
	expect_lists();
}

/* --- trees ------------------------------------------------------------------------------------ */

enum { KEYS = 64 };

static struct rb_node nodes[2][KEYS]; /* a key's place is its number; the second set replaces */
static u8 present[KEYS];	      /* 0: no; else 1 + which set */
static struct rb_root_cached tree;

static bool less(struct rb_node *a, const struct rb_node *b)
{
	return (a - nodes[0]) % KEYS < (b - nodes[0]) % KEYS;
}

static void expect_tree(void)
{
	const struct rb_node *node = rb_first(&tree.rb_root);

	FUZZ_CHECK(rbtree_cached_check(&tree));
	for (unsigned int key = 0; key < KEYS; key++) {
		if (!present[key])
			continue;
		FUZZ_CHECK(node == &nodes[present[key] - 1][key]);
		node = rb_next(node);
	}
	FUZZ_CHECK(!node);
}

static void change_tree(struct fuzz_input *in)
{
	const unsigned int key = fuzz_below(in, KEYS);
	struct rb_node *node;

	if (present[key]) {
		node = &nodes[present[key] - 1][key];
		rb_erase_cached(node, &tree);
		present[key] = 0;
	} else {
		rb_add_cached(&nodes[0][key], &tree, less);
		present[key] = 1;
	}
	expect_tree();
}

static void replace_in_tree(struct fuzz_input *in)
{
	const unsigned int key = fuzz_below(in, KEYS);

	if (!present[key])
		return;
	rb_replace_node_cached(&nodes[present[key] - 1][key], &nodes[2 - present[key]][key], &tree);
	present[key] = (u8)(3 - present[key]);
	expect_tree();
}

/* --- one input -------------------------------------------------------------------------------- */

static void (*const operations[])(struct fuzz_input *in) = {
	set_range,   set_range,	  find_area,   take_region, change_list,
	change_list, change_list, splice,      rotate,	    cut,
	sort,	     change_tree, change_tree, change_tree, replace_in_tree,
};

static void run(const u8 *data, size_t size)
{
	struct fuzz_input in = fuzz_read(data, size);

	memset(map, 0, sizeof(map));
	memset(bits, 0, sizeof(bits));
	memset(length, 0, sizeof(length));
	memset(present, 0, sizeof(present));
	tree = RB_ROOT_CACHED;
	for (unsigned int i = 0; i < MEMBERS; i++)
		members[i].list = 2;
	INIT_LIST_HEAD(&lists[0]);
	INIT_LIST_HEAD(&lists[1]);
	while (fuzz_next(&in))
		operations[fuzz_below(&in, ARRAY_SIZE(operations))](&in);
}

FUZZ_TARGET(lib, "bitmaps, lists and trees against plain models", run, .pure = true);
