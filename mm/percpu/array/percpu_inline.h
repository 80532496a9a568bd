/*
 * percpu_inline.h - PERCPU=array: from a per-CPU pointer to one CPU's copy
 *
 * A static variable's address plus the CPU's offset is its copy.  A dynamic object's copies lie
 * anywhere, so its pointer is a handle: an address in a range that is never mapped, whose upper part
 * numbers the object and whose lower part is the place in it.
 *
 *	            PERCPU_START (port)
 *	handle      [ 01 |  leaf  |  slot in leaf  | byte in the object ]
 *	                     │            │                  │
 *	this CPU's root ──> [ leaf ] ──> [ void * ] ──────>  object + byte
 *
 * An object of more bytes than a slot has handles takes several slots in a row, each of which leads
 * to its part of the copy: so small objects need not be as far apart as the largest is long.
 *
 * So the 2.6 array of pointers, one for each CPU, is here one table a CPU, and a handle may be moved
 * within its object like any pointer.  Following a handle faults; so does a copy of a freed object,
 * whose table entry is NULL: the result is in the unmapped first pages.
 *
 * When the compiler sees which variable a pointer comes from, it is static, and the test and the
 * table vanish; when not, the test is done at run time.
 */
#ifndef PERCPU_INLINE_H
#define PERCPU_INLINE_H

enum {
	PERCPU_BYTE_SHIFT = 13, /* a slot has 2^13 handles */
	PERCPU_LEAF_SHIFT = PAGE_SHIFT - (sizeof(void *) == 8 ? 3 : 2), /* a leaf is one page */
	PERCPU_LEAF_SLOTS = 1 << PERCPU_LEAF_SHIFT,
	PERCPU_SLOTS = (PERCPU_END - PERCPU_START) >> PERCPU_BYTE_SHIFT,
	PERCPU_LEAVES = PERCPU_SLOTS >> PERCPU_LEAF_SHIFT,
};

struct percpu_root {
	void **leaf[PERCPU_LEAVES]; /* NULL: no object there */
};
DECLARE_PER_CPU(struct percpu_root, percpu_root);

/* DEBUG: what a copy was asked of is no live object; reports it and returns NULL. */
void *percpu_dead(const volatile void *handle) __cold;

static __always_inline bool percpu_is_handle(const volatile void *p)
{
	return (unsigned long)p - PERCPU_START < PERCPU_END - PERCPU_START;
}

static inline bool percpu_is_live(const struct percpu_root *root, unsigned long slot)
{
	void *const *leaf = root->leaf[slot >> PERCPU_LEAF_SHIFT];

	return leaf && leaf[slot & (PERCPU_LEAF_SLOTS - 1)];
}

/* The copy that this root (of one CPU) has of a handle's object. */
static inline void *percpu_lookup(const struct percpu_root *root, const volatile void *handle)
{
	unsigned long at = (unsigned long)handle - PERCPU_START;
	unsigned long slot = at >> PERCPU_BYTE_SHIFT, byte = at & ((1u << PERCPU_BYTE_SHIFT) - 1);
	char *object;

	if (debug_build && !percpu_is_live(root, slot))
		return percpu_dead(handle);
	object = root->leaf[slot >> PERCPU_LEAF_SHIFT][slot & (PERCPU_LEAF_SLOTS - 1)];
	return object + byte;
}

/* Known at compile time; a pointer that the compiler cannot follow has an object of unknown size. */
static __always_inline bool percpu_is_static(const volatile void *p)
{
	return __builtin_object_size((const void *)p, 0) != (size_t)-1;
}

static __always_inline void *percpu_copy(const volatile void *p, unsigned long offset)
{
	if (percpu_is_static(p) || unlikely(!percpu_is_handle(p)))
		return percpu_shift(p, offset);
	return percpu_lookup(percpu_shift(&percpu_root, offset), p);
}

static __always_inline void *percpu_here(const volatile void *p)
{
	return percpu_copy(p, arch_percpu_offset());
}

static __always_inline void *percpu_at(const volatile void *p, unsigned int cpu)
{
	return percpu_copy(p, __per_cpu_offset[cpu]);
}

#endif /* PERCPU_INLINE_H */
