/*
 * rbtree.c - keeps a red-black tree balanced while nodes come and go
 *
 * Everything rests on one move, the rotation.  Here it exchanges the colours of the two nodes as
 * well, so that a rotation never changes the colour of a place, only who stands there:
 *
 *	      ( P )                    ( R )
 *	      /   \    rotate(P,      /   \          place P keeps its colour,
 *	   [ R ]   c   LEFT)  =>     a   [ P ]       the place below, that of R, moves over
 *	   /   \                         /   \       and keeps its colour too
 *	  a     i                       i     c
 *
 * Invariants: R1 to R5 of rbtree.h, A1 of rbtree_augmented.h.
 *
 * Insertion hangs a red node on the tree: R3 holds still, only R2 can be broken, at one place, and
 * insert_fix() moves that place up or ends it.  Removal of a black node leaves one subtree short
 * of one black node: R3 is broken at one place, and erase_fix() moves it up or ends it.
 *
 * Both sides of each case are one piece of code with the side as a constant: it is inlined once
 * for LEFT and once for RIGHT.  In the same way each operation exists twice, with and without the
 * callbacks of an augmented tree; the plain one's callbacks are empty and vanish.
 *
 * The child links are written so that at each moment no circle can be followed downwards: a
 * reader without the lock may miss nodes, and always ends.
 *
 * Locking  The caller's.  Context  Any.
 * Read next: insert_step(), erase_step(), then rbtree_check.c.
 * Source: T. Cormen, C. Leiserson, R. Rivest, C. Stein, Introduction to Algorithms, chapter 13;
 * the interface is that of Linux: lib/rbtree.c.
 */
#include "lib/rbtree_augmented.h"

enum side { LEFT, RIGHT };

static __always_inline enum side opposite(enum side side)
{
	return side == LEFT ? RIGHT : LEFT;
}

static __always_inline struct rb_node **child_link(struct rb_node *node, enum side side)
{
	return side == LEFT ? &node->rb_left : &node->rb_right;
}

static __always_inline struct rb_node *child(const struct rb_node *node, enum side side)
{
	return side == LEFT ? node->rb_left : node->rb_right;
}

/* A missing child counts as black (R2). */
static __always_inline bool is_red(const struct rb_node *node)
{
	return node && rb_is_red(node);
}

static __always_inline void blacken(struct rb_node *node)
{
	node->__rb_parent_color |= RB_BLACK;
}

static __always_inline void redden(struct rb_node *node)
{
	node->__rb_parent_color &= ~(unsigned long)RB_BLACK;
}

/* Lets whatever link leads to old, from its parent or the root, lead to new. */
static __always_inline void relink(struct rb_node *parent, struct rb_node *old, struct rb_node *new,
				   struct rb_root *root)
{
	if (!parent)
		WRITE_ONCE(root->rb_node, new);
	else if (parent->rb_left == old)
		WRITE_ONCE(parent->rb_left, new);
	else
		WRITE_ONCE(parent->rb_right, new);
}

/* What a plain tree calls back. */
static inline void nothing(struct rb_node *a, struct rb_node *b)
{
	(void)a;
	(void)b;
}

static const struct rb_augment_callbacks plain = {
	.propagate = nothing,
	.copy = nothing,
	.rotate = nothing,
};

/*
 * The child of `top` on `side` rises into top's place, and top goes down to the other side; the
 * two exchange colours.  Keeps the order of the nodes, R4 and A1.
 */
static __always_inline void rotate(struct rb_node *top, enum side side, struct rb_root *root,
				   const struct rb_augment_callbacks *augment)
{
	struct rb_node *riser = child(top, side);
	struct rb_node *inner = child(riser, opposite(side));
	int riser_color = rb_color(riser);

	/* First top lets go of riser, then riser takes top: never a circle. */
	WRITE_ONCE(*child_link(top, side), inner);
	if (inner)
		rb_set_parent(inner, top);
	WRITE_ONCE(*child_link(riser, opposite(side)), top);
	relink(rb_parent(top), top, riser, root);
	riser->__rb_parent_color = top->__rb_parent_color;
	rb_set_parent_color(top, riser, riser_color);
	augment->rotate(top, riser);
}

/* --- insertion -------------------------------------------------------------------------------- */

/*
 * node and its parent are red, the parent is grand's child on `side`; nothing else is wrong.
 * Returns the node that is red and may have a red parent now, or NULL when the tree is sound.
 */
static __always_inline struct rb_node *insert_step(struct rb_node *node, struct rb_node *parent,
						   struct rb_node *grand, enum side side,
						   struct rb_root *root,
						   const struct rb_augment_callbacks *augment)
{
	struct rb_node *uncle = child(grand, opposite(side));

	/* Grand's black moves down to both its children: each way still meets one (R3). */
	if (is_red(uncle)) {
		blacken(parent);
		blacken(uncle);
		redden(grand);
		return grand;
	}
	/* An inner grandchild rises first: the two reds stand in one line then. */
	if (node == child(parent, opposite(side)))
		rotate(parent, opposite(side), root, augment);
	/* The upper red rises into grand's black place; grand hangs below it, red beside red. */
	rotate(grand, side, root, augment);
	return NULL;
}

static __always_inline void insert_fix(struct rb_node *node, struct rb_root *root,
				       const struct rb_augment_callbacks *augment)
{
	struct rb_node *parent, *grand;

	while (node) {
		parent = rb_parent(node);
		if (!parent) {
			blacken(node); /* R1; every way has one black more */
			return;
		}
		if (rb_is_black(parent))
			return;
		grand = rb_parent(parent); /* there is one: a red node is not the root (R1) */
		if (parent == grand->rb_left)
			node = insert_step(node, parent, grand, LEFT, root, augment);
		else
			node = insert_step(node, parent, grand, RIGHT, root, augment);
	}
}

void rb_insert_color(struct rb_node *node, struct rb_root *root)
{
	insert_fix(node, root, &plain);
}

void rb_insert_augmented(struct rb_node *node, struct rb_root *root,
			 const struct rb_augment_callbacks *augment)
{
	insert_fix(node, root, augment);
}

/* --- removal ---------------------------------------------------------------------------------- */

/* The place that a removed node left: at most one subtree hangs there. */
struct hole {
	struct rb_node *parent;
	struct rb_node *child;
	bool was_black;
};

/* Takes out a node with at most one child; the child moves up. */
static __always_inline struct hole unlink_node(struct rb_node *node, struct rb_root *root,
					       const struct rb_augment_callbacks *augment)
{
	struct hole hole = {
		.parent = rb_parent(node),
		.child = node->rb_left ? node->rb_left : node->rb_right,
		.was_black = rb_is_black(node),
	};

	relink(hole.parent, node, hole.child, root);
	augment->propagate(hole.parent, NULL);
	return hole;
}

/*
 * Takes out a node with two children: its successor, which has no left child, leaves its own
 * place and takes node's, with its colour and summary.  The hole is where the successor was.
 */
static __always_inline struct hole unlink_inner_node(struct rb_node *node, struct rb_root *root,
						     const struct rb_augment_callbacks *augment)
{
	struct rb_node *heir = node->rb_right;
	struct hole hole;

	while (heir->rb_left)
		heir = heir->rb_left;
	hole.parent = rb_parent(heir);
	hole.child = heir->rb_right;
	hole.was_black = rb_is_black(heir);

	if (hole.parent == node) {
		hole.parent = heir; /* it moves up with its right subtree */
	} else {
		WRITE_ONCE(hole.parent->rb_left, hole.child);
		WRITE_ONCE(heir->rb_right, node->rb_right);
		rb_set_parent(node->rb_right, heir);
	}
	WRITE_ONCE(heir->rb_left, node->rb_left);
	rb_set_parent(node->rb_left, heir);
	relink(rb_parent(node), node, heir, root);
	heir->__rb_parent_color = node->__rb_parent_color;

	/* In two parts: heir's summary counts node still, so an early end below says nothing. */
	augment->copy(node, heir);
	augment->propagate(hole.parent, heir);
	augment->propagate(heir, NULL);
	return hole;
}

/*
 * The subtree of parent on `side` has one black less than the other one (which therefore is not
 * empty).  Returns parent when now all of parent's subtree is one short, NULL when nothing is.
 */
static __always_inline struct rb_node *erase_step(struct rb_node *parent, enum side side,
						  struct rb_root *root,
						  const struct rb_augment_callbacks *augment)
{
	enum side other = opposite(side);
	struct rb_node *sibling = child(parent, other), *near, *far;

	/* A red sibling rises: the new sibling was its child and is black, and parent is red. */
	if (rb_is_red(sibling)) {
		rotate(parent, other, root, augment);
		sibling = child(parent, other);
	}
	near = child(sibling, side);
	far = child(sibling, other);

	/* No red to spare below: the sibling's side gives up one as well; a red parent makes up. */
	if (!is_red(near) && !is_red(far)) {
		redden(sibling);
		if (rb_is_black(parent))
			return parent;
		blacken(parent);
		return NULL;
	}
	/* The red one is made to be the far one. */
	if (!is_red(far)) {
		rotate(sibling, side, root, augment);
		far = sibling;
	}
	/* Parent goes down black on the short side; the far red replaces the black that rises. */
	rotate(parent, other, root, augment);
	blacken(far);
	return NULL;
}

/* The place below parent where no node is, is one black short. */
static __always_inline void erase_fix(struct rb_node *parent, struct rb_root *root,
				      const struct rb_augment_callbacks *augment)
{
	struct rb_node *node = NULL; /* what stands at the top of the short subtree */

	while (parent) {
		if (node == parent->rb_left)
			node = erase_step(parent, LEFT, root, augment);
		else
			node = erase_step(parent, RIGHT, root, augment);
		if (!node)
			return;
		parent = rb_parent(node);
	}
}

static __always_inline void erase(struct rb_node *node, struct rb_root *root,
				  const struct rb_augment_callbacks *augment)
{
	struct hole hole;

	if (node->rb_left && node->rb_right)
		hole = unlink_inner_node(node, root, augment);
	else
		hole = unlink_node(node, root, augment);

	/* An only child is red, by R3, and what left was black, by R2: its black stays here. */
	if (hole.child)
		rb_set_parent_color(hole.child, hole.parent, RB_BLACK);
	else if (hole.was_black)
		erase_fix(hole.parent, root, augment);
}

void rb_erase(struct rb_node *node, struct rb_root *root)
{
	erase(node, root, &plain);
}

void rb_erase_augmented(struct rb_node *node, struct rb_root *root,
			const struct rb_augment_callbacks *augment)
{
	erase(node, root, augment);
}

/* --- replacement ------------------------------------------------------------------------------ */

/* Gives new all links of victim, and lets the children know. */
static void take_place(struct rb_node *victim, struct rb_node *new)
{
	*new = *victim;
	if (new->rb_left)
		rb_set_parent(new->rb_left, new);
	if (new->rb_right)
		rb_set_parent(new->rb_right, new);
}

void rb_replace_node(struct rb_node *victim, struct rb_node *new, struct rb_root *root)
{
	take_place(victim, new);
	relink(rb_parent(victim), victim, new, root);
}

void rb_replace_node_rcu(struct rb_node *victim, struct rb_node *new, struct rb_root *root)
{
	take_place(victim, new);
	/* A reader gets here by the address it loaded; what it reads behind it was stored before. */
	__atomic_thread_fence(__ATOMIC_RELEASE);
	relink(rb_parent(victim), victim, new, root);
}

/* --- walking ---------------------------------------------------------------------------------- */

/* The outermost node on `side` of the subtree at node; NULL for NULL. */
static __always_inline struct rb_node *outermost(struct rb_node *node, enum side side)
{
	if (node)
		while (child(node, side))
			node = child(node, side);
	return node;
}

/* The neighbour on `side`: the nearest of the subtree there, else the nearest ancestor there. */
static __always_inline struct rb_node *neighbour(const struct rb_node *node, enum side side)
{
	struct rb_node *parent;

	if (RB_EMPTY_NODE(node))
		return NULL;
	if (child(node, side))
		return outermost(child(node, side), opposite(side));
	for (parent = rb_parent(node); parent && node == child(parent, side);
	     parent = rb_parent(node))
		node = parent;
	return parent;
}

struct rb_node *rb_first(const struct rb_root *root)
{
	return outermost(root->rb_node, LEFT);
}

struct rb_node *rb_last(const struct rb_root *root)
{
	return outermost(root->rb_node, RIGHT);
}

struct rb_node *rb_next(const struct rb_node *node)
{
	return neighbour(node, RIGHT);
}

struct rb_node *rb_prev(const struct rb_node *node)
{
	return neighbour(node, LEFT);
}

/* The first node of a subtree to come in postorder: keep left where one can, and go down. */
static struct rb_node *first_leaf(struct rb_node *node)
{
	struct rb_node *below = node;

	while (below) {
		node = below;
		below = node->rb_left ? node->rb_left : node->rb_right;
	}
	return node;
}

struct rb_node *rb_first_postorder(const struct rb_root *root)
{
	return first_leaf(root->rb_node);
}

struct rb_node *rb_next_postorder(const struct rb_node *node)
{
	struct rb_node *parent;

	if (!node)
		return NULL;
	parent = rb_parent(node);
	/* After the left subtree comes the right one, and the parent after both. */
	if (parent && node == parent->rb_left && parent->rb_right)
		return first_leaf(parent->rb_right);
	return parent;
}
