/*
 * rbtree_augmented.h - trees in which each node also sums up the subtree below it
 *
 *	               size 3, max 9               With max, "the first area of at least n bytes"
 *	              /             \              is a descent: a subtree whose max is too small
 *	     size 9, max 9      size 5, max 7      is passed over whole.
 *	                         \
 *	                       size 7, max 7
 *
 * The summary is a field of the user's struct, computed from the node itself and the summaries of
 * its two children.  The tree calls back where its changes of shape make a summary wrong:
 *
 *	propagate(node, stop)  recompute from node upwards, up to but without stop (NULL: to the
 *	                       root); may end early at a node whose summary did not change
 *	copy(old, new)         new takes old's place: give it old's summary
 *	rotate(old, new)       new has risen above old: it takes old's summary, which covers the same
 *	                       nodes, and old's is recomputed.  The links have changed already.
 *
 * RB_DECLARE_CALLBACKS() writes the three from one function, RB_DECLARE_CALLBACKS_MAX() from a
 * function that gives one node's own value when the summary is a maximum.
 *
 * Invariant A1, between two calls: every node's summary equals what is computed from its children.
 * Inserting: after rb_link_node(), set node's own summary and propagate it to the root (or raise
 * the summaries while descending); then rb_insert_augmented() keeps A1 while it rebalances.
 *
 * Locking and context: as rbtree.h.
 * Names and semantics are Linux 6.1's (include/linux/rbtree_augmented.h).
 */
#ifndef LIB_RBTREE_AUGMENTED_H
#define LIB_RBTREE_AUGMENTED_H

#include "lib/rbtree.h"

struct rb_augment_callbacks {
	void (*propagate)(struct rb_node *node, struct rb_node *stop);
	void (*copy)(struct rb_node *old, struct rb_node *new);
	void (*rotate)(struct rb_node *old, struct rb_node *new);
};

/* Restores the balance after rb_link_node() and after the summaries above node were updated. */
void rb_insert_augmented(struct rb_node *node, struct rb_root *root,
			 const struct rb_augment_callbacks *augment);

/* Takes node out and brings all summaries up to date. */
void rb_erase_augmented(struct rb_node *node, struct rb_root *root,
			const struct rb_augment_callbacks *augment);

/* leftmost: did the descent to node's place never turn right? */
static inline void rb_insert_augmented_cached(struct rb_node *node, struct rb_root_cached *root,
					      bool leftmost,
					      const struct rb_augment_callbacks *augment)
{
	if (leftmost)
		root->rb_leftmost = node;
	rb_insert_augmented(node, &root->rb_root, augment);
}

static inline void rb_erase_augmented_cached(struct rb_node *node, struct rb_root_cached *root,
					     const struct rb_augment_callbacks *augment)
{
	if (node == root->rb_leftmost)
		root->rb_leftmost = rb_next(node);
	rb_erase_augmented(node, &root->rb_root, augment);
}

/*
 * Defines the callbacks `name`, with the given linkage (static, or nothing).  The definition is
 * whole, as Linux's is: no semicolon needs to follow, and one may.
 *
 * type, field   the user's struct, and the rb_node in it
 * augmented     the field that holds the summary
 * compute       bool compute(type *node, bool exit): sets node's summary from its own value and
 *               its children's.  With exit, returns true, having changed nothing, when the summary
 *               was right already; otherwise false.
 */
#define RB_DECLARE_CALLBACKS(linkage, name, type, field, augmented, compute)                   \
	static inline void name##_propagate(struct rb_node *node, struct rb_node *stop)        \
	{                                                                                      \
		while (node != stop && !compute(rb_entry(node, type, field), true))            \
			node = rb_parent(node);                                                \
	}                                                                                      \
	static inline void name##_copy(struct rb_node *old, struct rb_node *new)               \
	{                                                                                      \
		rb_entry(new, type, field)->augmented = rb_entry(old, type, field)->augmented; \
	}                                                                                      \
	static void name##_rotate(struct rb_node *old, struct rb_node *new)                    \
	{                                                                                      \
		name##_copy(old, new);                                                         \
		compute(rb_entry(old, type, field), false);                                    \
	}                                                                                      \
	linkage const struct rb_augment_callbacks name = {                                     \
		.propagate = name##_propagate,                                                 \
		.copy = name##_copy,                                                           \
		.rotate = name##_rotate,                                                       \
	};

/*
 * The same where the summary, of the type value_type, is the largest of the values in the subtree;
 * own_value(type *node) gives one node's value.
 */
#define RB_DECLARE_CALLBACKS_MAX(linkage, name, type, field, value_type, augmented, own_value) \
	static inline value_type name##_with_child(value_type most, struct rb_node *child)     \
	{                                                                                      \
		if (child && rb_entry(child, type, field)->augmented > most)                   \
			most = rb_entry(child, type, field)->augmented;                        \
		return most;                                                                   \
	}                                                                                      \
	static inline bool name##_compute_max(type *node, bool exit)                           \
	{                                                                                      \
		value_type most = own_value(node);                                             \
                                                                                               \
		most = name##_with_child(most, node->field.rb_left);                           \
		most = name##_with_child(most, node->field.rb_right);                          \
		if (exit && node->augmented == most)                                           \
			return true;                                                           \
		node->augmented = most;                                                        \
		return false;                                                                  \
	}                                                                                      \
	RB_DECLARE_CALLBACKS(linkage, name, type, field, augmented, name##_compute_max)

/* --- colours, for who writes a tree of their own on these nodes ------------------------------- */

#define RB_RED	 0
#define RB_BLACK 1

/* These take the word that holds parent and colour. */
#define __rb_parent(word)   ((struct rb_node *)((word) & ~3ul))
#define __rb_color(word)    (1 & (word))
#define __rb_is_black(word) (__rb_color(word) == RB_BLACK)
#define __rb_is_red(word)   (__rb_color(word) == RB_RED)

#define rb_color(node)	  __rb_color((node)->__rb_parent_color)
#define rb_is_red(node)	  __rb_is_red((node)->__rb_parent_color)
#define rb_is_black(node) __rb_is_black((node)->__rb_parent_color)

/* Changes the parent, keeps the colour. */
static inline void rb_set_parent(struct rb_node *node, struct rb_node *parent)
{
	node->__rb_parent_color = (unsigned long)parent | rb_color(node);
}

static inline void rb_set_parent_color(struct rb_node *node, struct rb_node *parent, int color)
{
	node->__rb_parent_color = (unsigned long)parent | (unsigned long)color;
}

#endif /* LIB_RBTREE_AUGMENTED_H */
