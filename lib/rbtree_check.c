/*
 * rbtree_check.c - verifies the invariants of a red-black tree, node by node
 *
 * The walk goes in preorder, and steps down to a child only after the child's parent link was
 * found to lead back (R4).  So the way up from any node visited is known to be good, and the walk
 * ends on any links whatever: a node has one parent link, thus is entered from one parent only,
 * and the root, whose parent is NULL, is never entered again.  A link to unmapped memory faults;
 * nothing here can tell it from a good one.
 *
 * Callable from gdb: `call rbtree_fault(&some_root, 0)`.
 *
 * Locking  The caller's.  Context  Any; no recursion.  O(n log n).
 */
#include "lib/rbtree_augmented.h"

/* What is wrong with the step from node down to child, or NULL (R2, R4). */
static const char *child_fault(const struct rb_node *node, const struct rb_node *child)
{
	if (!child)
		return NULL;
	if (!IS_ALIGNED((unsigned long)child, sizeof(long)))
		return "child link is not aligned";
	if (rb_parent(child) != node)
		return "child's parent link leads elsewhere";
	if (rb_is_red(node) && rb_is_red(child))
		return "red node with a red child";
	return NULL;
}

/* Black nodes from node, with it, up to the root. */
static unsigned int black_depth(const struct rb_node *node)
{
	unsigned int depth = 0;

	for (; node; node = rb_parent(node))
		depth += rb_is_black(node);
	return depth;
}

/* What is wrong at node; black_height is the number of blacks on the way to each missing child. */
static const char *node_fault(const struct rb_node *node, unsigned int black_height)
{
	const char *fault = child_fault(node, node->rb_left);

	if (!fault)
		fault = child_fault(node, node->rb_right);
	if (fault)
		return fault;
	if (node->rb_left && node->rb_left == node->rb_right)
		return "both child links lead to one node";
	if ((!node->rb_left || !node->rb_right) && black_depth(node) != black_height)
		return "black nodes on the way to a missing child differ";
	return NULL;
}

/* The node after this one, in preorder: below it, else right of the nearest way up. */
static const struct rb_node *next_preorder(const struct rb_node *node)
{
	const struct rb_node *parent;

	if (node->rb_left)
		return node->rb_left;
	if (node->rb_right)
		return node->rb_right;
	while ((parent = rb_parent(node)) && (node == parent->rb_right || !parent->rb_right))
		node = parent;
	return parent ? parent->rb_right : NULL;
}

/* What is wrong with the root itself, or NULL (R1). */
static const char *root_fault(const struct rb_node *top)
{
	if (!IS_ALIGNED((unsigned long)top, sizeof(long)))
		return "root link is not aligned";
	if (rb_parent(top))
		return "root has a parent";
	if (rb_is_red(top))
		return "root is red";
	return NULL;
}

/* Blacks on the way that keeps left, which all other ways are measured by (R3). */
static unsigned int left_black_height(const struct rb_node *node)
{
	while (node->rb_left && !child_fault(node, node->rb_left))
		node = node->rb_left;
	return black_depth(node);
}

const char *rbtree_fault(const struct rb_root *root, const struct rb_node **at)
{
	const struct rb_node *node = root->rb_node;
	unsigned int black_height;
	const char *fault;

	if (!node)
		return NULL;
	fault = root_fault(node);
	if (!fault) {
		black_height = left_black_height(node);
		for (; node; node = next_preorder(node)) {
			fault = node_fault(node, black_height);
			if (fault)
				break;
		}
	}
	if (fault && at)
		*at = node;
	return fault;
}

bool rbtree_check(const struct rb_root *root)
{
	return !rbtree_fault(root, NULL);
}

bool rbtree_cached_check(const struct rb_root_cached *root)
{
	return rbtree_check(&root->rb_root) && root->rb_leftmost == rb_first(&root->rb_root);
}
