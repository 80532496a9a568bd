/*
 * rbtree.c - claims about lib/rbtree.h and lib/rbtree_augmented.h
 *
 * Items carry a key, a serial number that tells equal keys apart, and two summaries: the largest
 * weight and the number of items in the subtree.  sound() verifies a tree by rbtree_check() and
 * by walking it: the keys ascend, the walk back meets the same nodes, and none is lost.
 *
 * Small trees are tried exhaustively (every order of insertion and removal of five keys), large
 * ones at random against an array that says which keys are present.
 */
#include <string.h>

#include "kernel/selftest/selftest.h"
#include "lib/random.h"
#include "lib/rbtree_augmented.h"

enum { ITEMS = 256 };

struct item {
	u32 key;
	u32 serial;
	struct rb_node node;
	u32 weight;
	u32 most;  /* the largest weight below and here */
	u32 count; /* items below and here */
};

SELFTEST_TABLE(struct item, items, ITEMS);

static struct item *item_of(const struct rb_node *node)
{
	return rb_entry(node, struct item, node);
}

static bool less(struct rb_node *a, const struct rb_node *b)
{
	return item_of(a)->key < item_of(b)->key;
}

static int compare(u32 a, u32 b)
{
	return a < b ? -1 : a > b;
}

static int compare_nodes(struct rb_node *a, const struct rb_node *b)
{
	return compare(item_of(a)->key, item_of(b)->key);
}

static int compare_key(const void *key, const struct rb_node *node)
{
	return compare(*(const u32 *)key, item_of(node)->key);
}

/* Gives item i this key and leaves it in no tree, with child links that must not be followed. */
static struct rb_node *prepared(unsigned int i, u32 key)
{
	items[i].node.rb_left = items[i].node.rb_right = &items[i].node;
	items[i].key = key;
	items[i].serial = i;
	RB_CLEAR_NODE(&items[i].node);
	return &items[i].node;
}

/* Adds by hand, the way rbtree.h's head shows; returns whether the descent only turned left. */
static bool link_by_key(struct rb_node *node, struct rb_root *root)
{
	struct rb_node **link = &root->rb_node, *parent = NULL;
	bool leftmost = true;

	while (*link) {
		parent = *link;
		if (less(node, parent)) {
			link = &parent->rb_left;
		} else {
			link = &parent->rb_right;
			leftmost = false;
		}
	}
	rb_link_node(node, parent, link);
	return leftmost;
}

static void add(struct rb_node *node, struct rb_root *root)
{
	link_by_key(node, root);
	rb_insert_color(node, root);
}

/* Is the tree balanced and in order, and has it n nodes, seen from both ends? */
static bool sound(const struct rb_root *root, unsigned int n)
{
	const struct rb_node *node, *last = NULL;
	unsigned int forth = 0, back = 0;

	if (!rbtree_check(root))
		return false;
	for (node = rb_first(root); node; node = rb_next(node), forth++) {
		if (rb_prev(node) != last || (last && item_of(node)->key < item_of(last)->key))
			return false;
		last = node;
	}
	if (last != rb_last(root))
		return false;
	for (node = rb_last(root); node; node = rb_prev(node))
		back++;
	return forth == n && back == n && RB_EMPTY_ROOT(root) == (n == 0);
}

static unsigned int depth(const struct rb_node *node)
{
	unsigned int depth = 0;

	for (; node; node = rb_parent(node))
		depth++;
	return depth;
}

/* The length of the longest way down. */
static unsigned int height(const struct rb_root *root)
{
	const struct rb_node *node;
	unsigned int most = 0;

	for (node = rb_first(root); node; node = rb_next(node))
		most = max(most, depth(node));
	return most;
}

/* --- roots and nodes -------------------------------------------------------------------------- */

SELFTEST(rbtree, empty, "an empty tree is sound and has no first, last or parent")
{
	struct rb_root root = RB_ROOT;
	struct rb_root_cached cached = RB_ROOT_CACHED;

	EXPECT(RB_EMPTY_ROOT(&root) && sound(&root, 0));
	EXPECT(!rb_first(&root) && !rb_last(&root) && !rb_first_postorder(&root));
	EXPECT(!rb_next_postorder(NULL));
	EXPECT(!rb_first_cached(&cached) && rbtree_cached_check(&cached));
}

SELFTEST(rbtree, cleared_nodes, "a cleared node is in no tree and has no neighbours")
{
	struct rb_root root = RB_ROOT;
	struct rb_node *node = prepared(0, 1), *none = NULL;

	EXPECT(RB_EMPTY_NODE(node) && !rb_next(node) && !rb_prev(node));
	add(node, &root);
	EXPECT(!RB_EMPTY_NODE(node) && rb_parent(node) == NULL && sound(&root, 1));
	rb_erase(node, &root);
	EXPECT(RB_EMPTY_ROOT(&root));
	EXPECT_EQ(rb_entry(node, struct item, node), &items[0]);
	EXPECT_EQ(rb_entry_safe(node, struct item, node), &items[0]);
	EXPECT_EQ(rb_entry_safe(none, struct item, node), NULL);
}

SELFTEST(rbtree, links_red, "rb_link_node hangs a red leaf on the link, the _rcu form too")
{
	struct rb_root root = RB_ROOT;
	struct rb_node *top = prepared(0, 5), *low = prepared(1, 3), *high = prepared(2, 7);

	add(top, &root);
	rb_link_node(low, top, &top->rb_left);
	EXPECT(top->rb_left == low && rb_parent(low) == top && rb_is_red(low));
	EXPECT(!low->rb_left && !low->rb_right);
	rb_insert_color(low, &root);
	rb_link_node_rcu(high, top, &top->rb_right);
	EXPECT(top->rb_right == high && rb_parent(high) == top && rb_is_red(high));
	EXPECT(!high->rb_left && !high->rb_right);
	rb_insert_color(high, &root);
	EXPECT(sound(&root, 3));
}

SELFTEST(rbtree, colours, "colour and parent share a word and do not disturb each other")
{
	struct rb_node *node = prepared(0, 1), *parent = prepared(1, 2);

	rb_set_parent_color(node, parent, RB_BLACK);
	EXPECT(rb_is_black(node) && !rb_is_red(node) && rb_color(node) == RB_BLACK);
	EXPECT_EQ(rb_parent(node), parent);
	rb_set_parent(node, NULL);
	EXPECT(rb_is_black(node) && rb_parent(node) == NULL);
	rb_set_parent_color(node, parent, RB_RED);
	EXPECT(rb_is_red(node) && __rb_parent(node->__rb_parent_color) == parent);
}

/* --- balance ---------------------------------------------------------------------------------- */

/* Inserts ITEMS keys, all different, in the order that step makes; the tree stays shallow. */
static bool stays_shallow(u32 step)
{
	struct rb_root root = RB_ROOT;
	unsigned int i;

	for (i = 0; i < ITEMS; i++) {
		add(prepared(i, (u32)i * step % 257), &root);
		CHECK(sound(&root, i + 1));
	}
	/* Twice the logarithm of n + 1, which is a little above 8 here. */
	CHECK(height(&root) <= 16);
	for (i = 0; i < ITEMS; i++) {
		rb_erase(&items[i].node, &root);
		CHECK(sound(&root, ITEMS - 1 - i));
	}
	return true;
}

SELFTEST(rbtree, stays_shallow, "in whatever order keys come, no way down exceeds 2 log2(n + 1)")
{
	EXPECT(stays_shallow(1));   /* ascending */
	EXPECT(stays_shallow(256)); /* descending */
	EXPECT(stays_shallow(101)); /* scattered: 257 is prime, so no key comes twice */
	EXPECT(stays_shallow(2));
}

enum { FEW = 5, ORDERS = 120 };

/* The order-th permutation of 0 … FEW - 1. */
static void permutation(unsigned int order, unsigned int *result)
{
	bool taken[FEW] = { false };

	for (unsigned int i = 0; i < FEW; i++) {
		unsigned int choice = order % (FEW - i), value = 0;

		order /= FEW - i;
		while (taken[value] || choice-- > 0)
			value++;
		taken[value] = true;
		result[i] = value;
	}
}

static bool inserts_and_erases(const unsigned int *in, const unsigned int *out)
{
	struct rb_root root = RB_ROOT;
	unsigned int i;

	for (i = 0; i < FEW; i++) {
		add(prepared(in[i], in[i]), &root);
		CHECK(rbtree_check(&root));
	}
	for (i = 0; i < FEW; i++) {
		rb_erase(&items[out[i]].node, &root);
		CHECK(sound(&root, FEW - 1 - i));
	}
	return true;
}

SELFTEST(rbtree, every_order_of_five, "five keys may come and go in any of the 120 x 120 orders")
{
	unsigned int in[FEW], out[FEW];

	for (unsigned int i = 0; i < ORDERS; i++) {
		permutation(i, in);
		for (unsigned int o = 0; o < ORDERS; o++) {
			permutation(o, out);
			EXPECT(inserts_and_erases(in, out));
		}
	}
}

/* --- against a model -------------------------------------------------------------------------- */

static bool present[ITEMS];

/* Does the walk meet exactly the keys that are present, in order? */
static bool same_keys(const struct rb_root *root)
{
	const struct rb_node *node = rb_first(root);

	for (u32 key = 0; key < ITEMS; key++) {
		if (!present[key])
			continue;
		CHECK(node == &items[key].node);
		node = rb_next(node);
	}
	CHECK(!node);
	return true;
}

SELFTEST(rbtree, agrees_with_array,
	 "after any insertions and removals the tree holds what it should")
{
	struct rb_root root = RB_ROOT;
	unsigned int n = 0;
	struct rng rng;

	rng_seed(&rng, selftest_seed());
	memset(present, 0, sizeof(present));
	for (unsigned int step = 0; step < 4000; step++) {
		/* The range swells and shrinks, so that small and large trees come up. */
		u32 key = rng_below(&rng, 8 + step % (ITEMS - 8));

		if (present[key]) {
			rb_erase(&items[key].node, &root);
			n--;
		} else {
			add(prepared(key, key), &root);
			n++;
		}
		present[key] = !present[key];
		EXPECT(sound(&root, n));
		if (step % 16 == 0)
			EXPECT(same_keys(&root));
	}
	EXPECT(same_keys(&root));
}

/* --- postorder and replacement ---------------------------------------------------------------- */

static void add_all(struct rb_root *root, unsigned int n)
{
	*root = RB_ROOT;
	for (unsigned int i = 0; i < n; i++)
		add(prepared(i, i * 101 % 257), root);
}

SELFTEST(rbtree, postorder, "postorder meets every node once, and no parent before its children")
{
	struct rb_root root;
	struct rb_node *node;
	unsigned int n = 0;

	add_all(&root, ITEMS);
	memset(present, 0, sizeof(present));
	for (node = rb_first_postorder(&root); node; node = rb_next_postorder(node)) {
		EXPECT(!present[item_of(node)->serial]);
		EXPECT(!node->rb_left || present[item_of(node->rb_left)->serial]);
		EXPECT(!node->rb_right || present[item_of(node->rb_right)->serial]);
		present[item_of(node)->serial] = true;
		n++;
	}
	EXPECT_EQ(n, ITEMS);
}

SELFTEST(rbtree, postorder_frees, "the body of a postorder walk may destroy its object")
{
	struct item *pos, *next;
	struct rb_root root;
	unsigned int n = 0;

	for (unsigned int size = 0; size < 20; size++, n = 0) {
		add_all(&root, size);
		rbtree_postorder_for_each_entry_safe(pos, next, &root, node) {
			memset(pos, 0xdb, sizeof(*pos));
			n++;
		}
		EXPECT_EQ(n, size);
	}
}

SELFTEST(rbtree, replaces, "a replacement stands where the victim stood, root, leaf or between")
{
	enum { SIZE = 31 };
	struct rb_root root;

	for (unsigned int i = 0; i < SIZE; i++) {
		struct rb_node *new = prepared(SIZE, i * 101 % 257), *prev, *next;

		add_all(&root, SIZE);
		prev = rb_prev(&items[i].node);
		next = rb_next(&items[i].node);
		if (i % 2)
			rb_replace_node(&items[i].node, new, &root);
		else
			rb_replace_node_rcu(&items[i].node, new, &root);
		EXPECT(sound(&root, SIZE));
		EXPECT(rb_prev(new) == prev && rb_next(new) == next);
		EXPECT_EQ(rb_find(&items[i].key, &root, compare_key), new);
	}
}

/* --- adding and finding by a comparison ------------------------------------------------------- */

SELFTEST(rbtree, adds_after_equals, "rb_add puts equal keys in the order of their coming")
{
	struct rb_root root = RB_ROOT;
	const struct rb_node *node, *next;

	for (unsigned int i = 0; i < ITEMS; i++)
		rb_add(prepared(i, i * 7 % 10), &root, less);
	EXPECT(sound(&root, ITEMS));
	for (node = rb_first(&root); (next = rb_next(node)); node = next)
		EXPECT(item_of(node)->key < item_of(next)->key ||
		       item_of(node)->serial < item_of(next)->serial);
}

SELFTEST(rbtree, finds, "rb_find finds every key that is there and no other")
{
	struct rb_root root = RB_ROOT;

	for (unsigned int i = 0; i < 64; i++)
		rb_add(prepared(i, 2 * i), &root, less);
	for (u32 key = 0; key < 130; key++) {
		struct rb_node *there = key % 2 || key >= 128 ? NULL : &items[key / 2].node;

		EXPECT_EQ(rb_find(&key, &root, compare_key), there);
		EXPECT_EQ(rb_find_first(&key, &root, compare_key), there);
	}
}

SELFTEST(rbtree, finds_or_adds, "rb_find_add adds a new key and returns the holder of an old one")
{
	struct rb_root root = RB_ROOT;

	for (unsigned int i = 0; i < 32; i++)
		EXPECT(!rb_find_add(prepared(i, i * 11 % 32), &root, compare_nodes));
	EXPECT(sound(&root, 32));
	for (unsigned int i = 0; i < 32; i++)
		EXPECT_EQ(rb_find_add(prepared(32, i * 11 % 32), &root, compare_nodes),
			  &items[i].node);
	EXPECT(sound(&root, 32) && RB_EMPTY_NODE(&items[32].node));
}

SELFTEST(rbtree, finds_all_matches, "rb_for_each meets the equals of a key, from left to right")
{
	struct rb_root root = RB_ROOT;
	struct rb_node *node;

	for (unsigned int i = 0; i < 200; i++)
		rb_add(prepared(i, i % 20 * 2), &root, less);
	for (u32 key = 0; key < 41; key++) {
		unsigned int n = 0;

		rb_for_each(node, &key, &root, compare_key) {
			EXPECT(item_of(node)->key == key);
			EXPECT_EQ(item_of(node)->serial, n * 20 + key / 2);
			n++;
		}
		EXPECT_EQ(n, key % 2 || key >= 40 ? 0 : 10);
	}
	node = rb_find_first(&(u32){ 4 }, &root, compare_key);
	EXPECT_EQ(node, &items[2].node);
	EXPECT_EQ(rb_next_match(&(u32){ 4 }, node, compare_key), &items[22].node);
	EXPECT_EQ(rb_next_match(&(u32){ 4 }, &items[182].node, compare_key), NULL);
	EXPECT_EQ(rb_next_match(&(u32){ 38 }, rb_last(&root), compare_key), NULL);
}

/* --- trees that know their leftmost node ------------------------------------------------------ */

SELFTEST(rbtree, cached_add, "rb_add_cached returns the node exactly when it becomes the leftmost")
{
	struct rb_root_cached root = RB_ROOT_CACHED;
	struct rb_node *first, *added;
	struct rng rng;

	rng_seed(&rng, selftest_seed());
	for (unsigned int i = 0; i < ITEMS; i++) {
		struct rb_node *node = prepared(i, rng_below(&rng, 1000));

		first = rb_first_cached(&root);
		added = rb_add_cached(node, &root, less);
		EXPECT_EQ(added, !first || less(node, first) ? node : NULL);
		EXPECT(rbtree_cached_check(&root));
	}
	EXPECT(sound(&root.rb_root, ITEMS));
}

SELFTEST(rbtree, cached_erase, "rb_erase_cached returns the new leftmost when it took the old one")
{
	struct rb_root_cached root = RB_ROOT_CACHED;
	unsigned int left = ITEMS;
	struct rng rng;

	rng_seed(&rng, selftest_seed());
	for (unsigned int i = 0; i < ITEMS; i++) {
		prepared(i, i * 101 % 257);
		rb_insert_color_cached(&items[i].node, &root,
				       link_by_key(&items[i].node, &root.rb_root));
		EXPECT(rbtree_cached_check(&root));
	}
	while (left > 0) {
		struct rb_node *victim =
			rng_below(&rng, 2) ? rb_first_cached(&root) : rb_last(&root.rb_root);
		struct rb_node *next = rb_next(victim);
		bool leftmost = victim == rb_first_cached(&root);

		EXPECT_EQ(rb_erase_cached(victim, &root), leftmost ? next : NULL);
		EXPECT(rbtree_cached_check(&root) && sound(&root.rb_root, --left));
	}
	EXPECT(!rb_first_cached(&root));
}

SELFTEST(rbtree, cached_replace,
	 "replacing the leftmost node, or another, keeps the leftmost right")
{
	struct rb_root_cached root = RB_ROOT_CACHED;

	for (unsigned int i = 0; i < 10; i++)
		rb_add_cached(prepared(i, i), &root, less);
	rb_replace_node_cached(&items[0].node, prepared(10, 0), &root);
	EXPECT(rb_first_cached(&root) == &items[10].node && rbtree_cached_check(&root));
	rb_replace_node_cached(&items[5].node, prepared(11, 5), &root);
	EXPECT(rb_first_cached(&root) == &items[10].node && rbtree_cached_check(&root));
	EXPECT(sound(&root.rb_root, 10));
}

/* --- augmented trees -------------------------------------------------------------------------- */

static inline u32 weight_of(struct item *item)
{
	return item->weight;
}

static inline u32 count_of(const struct rb_node *node)
{
	return node ? item_of(node)->count : 0;
}

static inline bool compute_count(struct item *item, bool exit)
{
	u32 count = 1 + count_of(item->node.rb_left) + count_of(item->node.rb_right);

	if (exit && item->count == count)
		return true;
	item->count = count;
	return false;
}

RB_DECLARE_CALLBACKS_MAX(static, by_weight, struct item, node, u32, most, weight_of);
/* … and without one, as Linux's users write it. */
RB_DECLARE_CALLBACKS(static, by_count, struct item, node, count, compute_count)

/* Is every summary what its node and its children make it? */
static bool summed_up(const struct rb_root *root, const struct rb_augment_callbacks *callbacks)
{
	const struct rb_node *node;

	for (node = rb_first_postorder(root); node; node = rb_next_postorder(node)) {
		const struct item *item = item_of(node);
		u32 most = item->weight;

		if (node->rb_left)
			most = max(most, item_of(node->rb_left)->most);
		if (node->rb_right)
			most = max(most, item_of(node->rb_right)->most);
		if (callbacks == &by_weight)
			CHECK(item->most == most);
		else
			CHECK(item->count ==
			      1 + count_of(node->rb_left) + count_of(node->rb_right));
	}
	return true;
}

/* Links item i, brings the summaries above it up to date, and rebalances. */
static void add_augmented(unsigned int i, u32 weight, struct rb_root_cached *root,
			  const struct rb_augment_callbacks *callbacks)
{
	struct rb_node *node = prepared(i, i);
	bool leftmost = link_by_key(node, &root->rb_root);

	items[i].weight = items[i].most = weight;
	items[i].count = 1;
	callbacks->propagate(rb_parent(node), NULL);
	rb_insert_augmented_cached(node, root, leftmost, callbacks);
}

static bool keeps_summaries(const struct rb_augment_callbacks *callbacks, struct rng *rng)
{
	struct rb_root_cached root = RB_ROOT_CACHED;
	unsigned int n = 0;

	memset(present, 0, sizeof(present));
	for (unsigned int step = 0; step < 3000; step++) {
		u32 key = rng_below(rng, 8 + step % (ITEMS - 8));

		if (present[key]) {
			rb_erase_augmented_cached(&items[key].node, &root, callbacks);
			n--;
		} else {
			add_augmented(key, rng_below(rng, 100), &root, callbacks);
			n++;
		}
		present[key] = !present[key];
		CHECK(sound(&root.rb_root, n) && rbtree_cached_check(&root));
		CHECK(summed_up(&root.rb_root, callbacks));
	}
	return same_keys(&root.rb_root);
}

SELFTEST(rbtree, augmented_max, "after any change every node knows the largest weight below it")
{
	struct rng rng;

	rng_seed(&rng, selftest_seed());
	EXPECT(keeps_summaries(&by_weight, &rng));
}

SELFTEST(rbtree, augmented_count, "after any change every node knows the number of nodes below it")
{
	struct rng rng;

	rng_seed(&rng, selftest_seed());
	EXPECT(keeps_summaries(&by_count, &rng));
}

SELFTEST(rbtree, augmented_plain_root, "augmented insertion and removal work on a plain root")
{
	struct rb_root root = RB_ROOT;

	for (unsigned int i = 0; i < 64; i++) {
		struct rb_node *node = prepared(i, i * 101 % 257);

		link_by_key(node, &root);
		items[i].count = 1;
		by_count.propagate(rb_parent(node), NULL);
		rb_insert_augmented(node, &root, &by_count);
		EXPECT(sound(&root, i + 1) && summed_up(&root, &by_count));
		EXPECT_EQ(item_of(root.rb_node)->count, i + 1);
	}
	for (unsigned int i = 0; i < 64; i++) {
		rb_erase_augmented(&items[i].node, &root, &by_count);
		EXPECT(sound(&root, 63 - i) && summed_up(&root, &by_count));
	}
}

SELFTEST(rbtree, propagate_stops, "propagation ends at the stop node, and where nothing changed")
{
	struct rb_root_cached root = RB_ROOT_CACHED;
	struct rb_node *leaf, *parent, *top;

	for (unsigned int i = 0; i < 7; i++)
		add_augmented(i, 10, &root, &by_weight);
	top = root.rb_root.rb_node;
	leaf = rb_last(&root.rb_root);
	parent = rb_parent(leaf);
	item_of(leaf)->weight = 50;
	by_weight.propagate(leaf, parent);
	EXPECT(item_of(leaf)->most == 50 && item_of(parent)->most == 10);
	by_weight.propagate(parent, NULL);
	EXPECT(item_of(parent)->most == 50 && item_of(top)->most == 50);
	item_of(top)->most = 99; /* wrong on purpose: to be reached only through a change below */
	by_weight.propagate(leaf, NULL);
	EXPECT_EQ(item_of(top)->most, 99);
}

/* --- the checker ------------------------------------------------------------------------------ */

/* Does the checker say this about the tree, and point at that node? */
static bool fault_is(const struct rb_root *root, const char *says, const struct rb_node *where)
{
	const struct rb_node *at = NULL;
	const char *fault = rbtree_fault(root, &at);

	return fault && strstr(fault, says) && at == where && !rbtree_check(root) &&
	       rbtree_fault(root, NULL) == fault;
}

/* The tree of seven whose three levels are black, red, black. */
static struct rb_node *seven(struct rb_root *root)
{
	*root = RB_ROOT;
	for (unsigned int i = 0; i < 7; i++)
		prepared(i, i);
	root->rb_node = &items[3].node;
	for (unsigned int i = 1; i < 7; i += 4) {
		struct rb_node *middle = &items[i].node;

		rb_set_parent_color(middle, &items[3].node, RB_RED);
		middle->rb_left = &items[i - 1].node;
		middle->rb_right = &items[i + 1].node;
		rb_set_parent_color(middle->rb_left, middle, RB_BLACK);
		rb_set_parent_color(middle->rb_right, middle, RB_BLACK);
		for (unsigned int leaf = i - 1; leaf <= i + 1; leaf += 2)
			items[leaf].node.rb_left = items[leaf].node.rb_right = NULL;
	}
	rb_set_parent_color(&items[3].node, NULL, RB_BLACK);
	items[3].node.rb_left = &items[1].node;
	items[3].node.rb_right = &items[5].node;
	return root->rb_node;
}

SELFTEST(rbtree, check_names_colour_faults, "rbtree_check finds each kind of wrong colour")
{
	struct rb_root root;
	struct rb_node *top = seven(&root);

	EXPECT(sound(&root, 7) && !rbtree_fault(&root, NULL));
	rb_set_parent_color(top, NULL, RB_RED);
	EXPECT(fault_is(&root, "root is red", top));
	seven(&root);
	rb_set_parent_color(&items[6].node, &items[5].node, RB_RED);
	EXPECT(fault_is(&root, "red node with a red child", &items[5].node));
	seven(&root);
	rb_set_parent_color(&items[5].node, top, RB_BLACK);
	EXPECT(fault_is(&root, "black nodes", &items[4].node));
	seven(&root);
	items[1].node.rb_right = NULL;
	EXPECT(fault_is(&root, "black nodes", &items[1].node));
	seven(&root);
	items[5].node.rb_left = NULL;
	EXPECT(fault_is(&root, "black nodes", &items[5].node));
}

SELFTEST(rbtree, check_names_link_faults, "rbtree_check finds each kind of wrong link, and ends")
{
	struct rb_root root;
	struct rb_node *top = seven(&root);

	rb_set_parent(top, &items[1].node);
	EXPECT(fault_is(&root, "root has a parent", top));
	seven(&root);
	rb_set_parent(&items[4].node, top);
	EXPECT(fault_is(&root, "parent link", &items[5].node));
	seven(&root);
	items[4].node.rb_left = top; /* a circle */
	EXPECT(fault_is(&root, "parent link", &items[4].node));
	seven(&root);
	items[0].node.rb_left = top;
	EXPECT(fault_is(&root, "parent link", &items[0].node));
	seven(&root);
	items[4].node.rb_left = &items[4].node;
	EXPECT(fault_is(&root, "parent link", &items[4].node));
	seven(&root);
	items[5].node.rb_left = &items[6].node;
	EXPECT(fault_is(&root, "both child links", &items[5].node));
	seven(&root);
	items[5].node.rb_right = (struct rb_node *)((char *)&items[6].node + 1);
	EXPECT(fault_is(&root, "not aligned", &items[5].node));
	seven(&root);
	root.rb_node = (struct rb_node *)((char *)top + 2);
	EXPECT(fault_is(&root, "not aligned", root.rb_node));
}

SELFTEST(rbtree, check_sees_every_node,
	 "rbtree_check finds one wrong colour or parent, wherever it is")
{
	struct rb_root root;

	add_all(&root, ITEMS);
	for (unsigned int i = 0; i < ITEMS; i++) {
		struct rb_node *node = &items[i].node;
		unsigned long right = node->__rb_parent_color;

		rb_set_parent_color(node, rb_parent(node), !rb_color(node));
		EXPECT(!rbtree_check(&root));
		node->__rb_parent_color = right;
		rb_set_parent(node, &items[(i + 1) % ITEMS].node);
		EXPECT((node->__rb_parent_color == right) == rbtree_check(&root));
		node->__rb_parent_color = right;
		EXPECT(rbtree_check(&root));
	}
}

SELFTEST(rbtree, check_knows_leftmost, "rbtree_cached_check finds a wrong leftmost node")
{
	struct rb_root_cached root;

	root.rb_leftmost = seven(&root.rb_root);
	EXPECT(rbtree_check(&root.rb_root) && !rbtree_cached_check(&root));
	root.rb_leftmost = &items[0].node;
	EXPECT(rbtree_cached_check(&root));
	rb_set_parent_color(root.rb_root.rb_node, NULL, RB_RED);
	EXPECT(!rbtree_cached_check(&root));
}
