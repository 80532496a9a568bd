/*
 * rbtree.h - a balanced search tree whose nodes live inside the objects
 *
 *	            (40)               ( ) black   [ ] red
 *	           /    \
 *	       [20]      (60)          The longest way down is at most twice the shortest, so finding,
 *	      /    \        \          adding and removing cost O(log n); the tree is never rebuilt.
 *	   (10)    (30)     [70]
 *
 * The tree does not know the order of its objects: its user descends by comparing, links the new
 * node where the descent fell off, and lets the tree restore its balance:
 *
 *	struct rb_node **link = &root->rb_node, *parent = NULL;
 *
 *	while (*link) {
 *		parent = *link;
 *		link = key < area_of(parent)->start ? &parent->rb_left : &parent->rb_right;
 *	}
 *	rb_link_node(&area->node, parent, link);
 *	rb_insert_color(&area->node, root);
 *
 * or hands a comparison to rb_add() and rb_find(), which do just that.
 *
 * Invariants (rbtree_check() verifies all; the order of the keys is the user's)
 *   R1  The root is black and has no parent.
 *   R2  A red node's children are black.  (No child counts as black.)
 *   R3  Every way from the root to a missing child meets the same number of black nodes.
 *   R4  A child's parent link leads to its parent, and a node has two different children.
 *   R5  rb_leftmost of a cached root is rb_first() of it (rbtree_cached_check()).
 *
 * A node is three words: the colour is the lowest bit of the parent link, since nodes are aligned.
 *
 * Life of a node
 *   RB_CLEAR_NODE --rb_link_node, rb_insert_color--> in a tree --rb_erase--> stale links
 *   rb_erase() does not clear the node; RB_EMPTY_NODE() holds only after RB_CLEAR_NODE().
 *
 * Locking  The caller's.  A reader that descends without the lock may miss a node that a
 *          rotation is moving, but never runs in a circle (see rotate() in rbtree.c).
 * Context  Any; nothing here waits or allocates.
 *
 * Names and semantics are Linux 6.1's (include/linux/rbtree.h).
 * Read next: rbtree.c; rbtree_augmented.h for trees whose nodes sum up what is below them.
 */
#ifndef LIB_RBTREE_H
#define LIB_RBTREE_H

#include "lib/compiler.h"

struct rb_node {
	unsigned long __rb_parent_color;
	struct rb_node *rb_right;
	struct rb_node *rb_left;
} __aligned(sizeof(long));

struct rb_root {
	struct rb_node *rb_node;
};

/* A tree that also knows its leftmost node, for users that keep asking for the smallest. */
struct rb_root_cached {
	struct rb_root rb_root;
	struct rb_node *rb_leftmost;
};

#define RB_ROOT ((struct rb_root){ .rb_node = NULL })
#define RB_ROOT_CACHED \
	((struct rb_root_cached){ .rb_root = { .rb_node = NULL }, .rb_leftmost = NULL })

#define rb_entry(ptr, type, member) container_of(ptr, type, member)

/* NULL for NULL. */
#define rb_entry_safe(ptr, type, member)                      \
	({                                                    \
		__typeof__(ptr) node_ = (ptr);                \
		node_ ? rb_entry(node_, type, member) : NULL; \
	})

#define rb_parent(node) ((struct rb_node *)((node)->__rb_parent_color & ~3ul))

#define RB_EMPTY_ROOT(root) (READ_ONCE((root)->rb_node) == NULL)

/* A node that is its own parent is in no tree. */
#define RB_EMPTY_NODE(node) ((node)->__rb_parent_color == (unsigned long)(node))
#define RB_CLEAR_NODE(node) ((node)->__rb_parent_color = (unsigned long)(node))

/* --- checks ----------------------------------------------------------------------------------- */

/* Does R1 to R4 hold?  O(n log n), no recursion; ends on any wrong tree too. */
bool rbtree_check(const struct rb_root *root);
/* And R5? */
bool rbtree_cached_check(const struct rb_root_cached *root);
/*
 * As rbtree_check(), and says what is wrong: NULL when sound, else a few words, with *at (unless
 * `at` is NULL) set to the node concerned.
 */
const char *rbtree_fault(const struct rb_root *root, const struct rb_node **at);

/* --- changing --------------------------------------------------------------------------------- */

/* Hangs node, red and without children, on *link, which is parent's empty child or the root. */
static inline void rb_link_node(struct rb_node *node, struct rb_node *parent, struct rb_node **link)
{
	node->__rb_parent_color = (unsigned long)parent;
	node->rb_left = node->rb_right = NULL;
	*link = node;
}

/* The same beside readers without the lock: who meets the node also sees what is in it. */
static inline void rb_link_node_rcu(struct rb_node *node, struct rb_node *parent,
				    struct rb_node **link)
{
	node->__rb_parent_color = (unsigned long)parent;
	node->rb_left = node->rb_right = NULL;
	__atomic_store_n(link, node, __ATOMIC_RELEASE);
}

/* Restores the balance after rb_link_node(). */
void rb_insert_color(struct rb_node *node, struct rb_root *root);

/* Takes node, which is in the tree of root, out of it. */
void rb_erase(struct rb_node *node, struct rb_root *root);

/* Puts new in the place of victim; both must compare alike.  No rebalancing: O(1). */
void rb_replace_node(struct rb_node *victim, struct rb_node *new, struct rb_root *root);
/* The same beside readers without the lock; victim must stay intact while one may stand on it. */
void rb_replace_node_rcu(struct rb_node *victim, struct rb_node *new, struct rb_root *root);

/* --- walking ---------------------------------------------------------------------------------- */

/* The smallest, the largest; NULL when the tree is empty.  O(log n). */
struct rb_node *rb_first(const struct rb_root *root);
struct rb_node *rb_last(const struct rb_root *root);

/* The neighbours in order; NULL at the ends and for a node in no tree.  O(1) on average. */
struct rb_node *rb_next(const struct rb_node *node);
struct rb_node *rb_prev(const struct rb_node *node);

/* Children before their parent: the order in which all nodes can be freed without rb_erase(). */
struct rb_node *rb_first_postorder(const struct rb_root *root);
struct rb_node *rb_next_postorder(const struct rb_node *node);

/* pos and n point to objects; the body may free pos (and then must not use the tree again). */
#define rbtree_postorder_for_each_entry_safe(pos, n, root, member)                             \
	for ((pos) = RB_OBJECT(rb_first_postorder(root), pos, member);                         \
	     (pos) && ((n) = RB_OBJECT(rb_next_postorder(&(pos)->member), pos, member), true); \
	     (pos) = (n))
#define RB_OBJECT(node, pos, member) rb_entry_safe(node, __typeof__(*(pos)), member)

/* --- trees that know their leftmost node ------------------------------------------------------ */

#define rb_first_cached(root) ((root)->rb_leftmost)

/* leftmost: did the descent to node's place never turn right? */
static inline void rb_insert_color_cached(struct rb_node *node, struct rb_root_cached *root,
					  bool leftmost)
{
	if (leftmost)
		root->rb_leftmost = node;
	rb_insert_color(node, &root->rb_root);
}

/* Returns the new leftmost node when node was the leftmost (NULL: the tree is empty), else NULL. */
static inline struct rb_node *rb_erase_cached(struct rb_node *node, struct rb_root_cached *root)
{
	struct rb_node *first = NULL;

	if (node == root->rb_leftmost)
		first = root->rb_leftmost = rb_next(node);
	rb_erase(node, &root->rb_root);
	return first;
}

static inline void rb_replace_node_cached(struct rb_node *victim, struct rb_node *new,
					  struct rb_root_cached *root)
{
	if (victim == root->rb_leftmost)
		root->rb_leftmost = new;
	rb_replace_node(victim, new, &root->rb_root);
}

/* --- adding and finding by a comparison ------------------------------------------------------- */

/*
 * less(a, b): does a belong before b?  cmp: negative, zero or positive, as the key (or new node)
 * belongs before, with or after the node.  They are inlined when given by name.
 */

/* Hangs node where `less` says, after its equals; returns whether it is the leftmost now. */
static __always_inline bool __rb_add(struct rb_node *node, struct rb_root *tree,
				     bool (*less)(struct rb_node *, const struct rb_node *))
{
	struct rb_node **link = &tree->rb_node, *parent = NULL;
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

/* Adds node after its equals. */
static __always_inline void rb_add(struct rb_node *node, struct rb_root *tree,
				   bool (*less)(struct rb_node *, const struct rb_node *))
{
	__rb_add(node, tree, less);
	rb_insert_color(node, tree);
}

/* Adds node after its equals; returns it when it is the leftmost now, else NULL. */
static __always_inline struct rb_node *
rb_add_cached(struct rb_node *node, struct rb_root_cached *tree,
	      bool (*less)(struct rb_node *, const struct rb_node *))
{
	bool leftmost = __rb_add(node, &tree->rb_root, less);

	rb_insert_color_cached(node, tree, leftmost);
	return leftmost ? node : NULL;
}

/* Adds node unless it has an equal; returns that one, or NULL when node was added. */
static __always_inline struct rb_node *rb_find_add(struct rb_node *node, struct rb_root *tree,
						   int (*cmp)(struct rb_node *,
							      const struct rb_node *))
{
	struct rb_node **link = &tree->rb_node, *parent = NULL;
	int order;

	while (*link) {
		parent = *link;
		order = cmp(node, parent);
		if (order == 0)
			return parent;
		link = order < 0 ? &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(node, parent, link);
	rb_insert_color(node, tree);
	return NULL;
}

/* A node that matches key, any one of several; NULL when there is none. */
static __always_inline struct rb_node *rb_find(const void *key, const struct rb_root *tree,
					       int (*cmp)(const void *key, const struct rb_node *))
{
	struct rb_node *node = tree->rb_node;
	int order;

	while (node) {
		order = cmp(key, node);
		if (order == 0)
			return node;
		node = order < 0 ? node->rb_left : node->rb_right;
	}
	return NULL;
}

/* The leftmost node that matches key; NULL when there is none. */
static __always_inline struct rb_node *rb_find_first(const void *key, const struct rb_root *tree,
						     int (*cmp)(const void *key,
								const struct rb_node *))
{
	struct rb_node *node = tree->rb_node, *match = NULL;
	int order;

	while (node) {
		order = cmp(key, node);
		if (order == 0)
			match = node;
		node = order <= 0 ? node->rb_left : node->rb_right;
	}
	return match;
}

/* The node after `node` if it matches key too, else NULL. */
static __always_inline struct rb_node *rb_next_match(const void *key, struct rb_node *node,
						     int (*cmp)(const void *key,
								const struct rb_node *))
{
	struct rb_node *next = rb_next(node);

	return next && cmp(key, next) == 0 ? next : NULL;
}

/* Every node that matches key, from left to right. */
#define rb_for_each(node, key, tree, cmp) \
	for ((node) = rb_find_first(key, tree, cmp); (node); (node) = rb_next_match(key, node, cmp))

#endif /* LIB_RBTREE_H */
