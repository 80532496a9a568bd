/*
 * debug.c - DEBUG builds: what a wrong caller leaves behind in and around an object, and who it was
 *
 *	|<-------------------------------- size ------------------------------->|
 *	| object_size bytes         | red zone  | alloc by | free by |  guard   | next object …
 *	  in use:  0x5a at first      0xbb                             0xbb
 *	  free:    0x6b … 0x6b 0xa5
 *
 *	red zone    written to: who has this object wrote behind its end         "overrun"
 *	guard       written to: who has the next one wrote before its start      "underrun"
 *	0x6b        not there when it is handed out: written to while it was free   "use after free"
 *	a bit for each object behind bufctl: set while it is free                 "double free", any
 *
 * Red zones and owners: objects of up to RED_MAX bytes.  The pattern: objects of up to a page,
 * without constructor, and not of SLAB_TYPESAFE_BY_RCU, whose contents are to stay.  The family's
 * own two caches have only the bits.
 *
 * What is found is reported and then repaired, so that it is reported once.
 *
 * Invariant  D1  An object's bit is set from the free to the next allocation of it (I7 of slab.c).
 * Locking: the object is its holder's; bits are changed atomically.
 * Linux: include/linux/poison.h (the same three bytes), mm/slub.c (red zones, tracks)
 */
#include <string.h>

#include "kernel/kallsyms.h"
#include "lib/bits.h"
#include "mm/slab/slab/slab_impl.h"

enum {
	POISON_FREE = 0x6b,
	POISON_INUSE = 0x5a,
	POISON_END = 0xa5,
	RED_ZONE = 0xbb,

	RED_MAX = 2048,
	RED_SIZE = 8, /* at least; the padding to align is red, too */
	GUARD_SIZE = 8,
};

struct owners {
	unsigned long alloc_by, free_by;
};

/* --- places -------------------------------------------------------------------------------------------- */

unsigned int debug_layout(struct kmem_cache *cache, unsigned int size)
{
	if (cache->kind & CACHE_BOOT)
		return size;
	if (size <= PAGE_SIZE && !cache->ctor && !(cache->flags & SLAB_TYPESAFE_BY_RCU))
		cache->kind |= CACHE_POISON;
	if (size > RED_MAX)
		return size;
	cache->kind |= CACHE_RED;
	return ALIGN(size, (unsigned int)sizeof(long)) + RED_SIZE + sizeof(struct owners) +
	       GUARD_SIZE;
}

/* The guard of a slab's first object stands behind the bits. */
unsigned int debug_bits_size(unsigned int num)
{
	return (unsigned int)(BITS_TO_LONGS(num) * sizeof(long)) + GUARD_SIZE;
}

static unsigned long *free_bits(const struct kmem_cache *cache, const struct slab *slab)
{
	unsigned long end = (unsigned long)(slab->bufctl + cache->num);

	return (unsigned long *)ALIGN(end, sizeof(long));
}

static struct owners *owners_of(const struct kmem_cache *cache, const void *object)
{
	return (struct owners *)((u8 *)object + cache->size - GUARD_SIZE - sizeof(struct owners));
}

bool debug_owners(const struct kmem_cache *cache, const void *object, unsigned long *alloc_by,
		  unsigned long *free_by)
{
	if (!(cache->kind & CACHE_RED))
		return false;
	*alloc_by = owners_of(cache, object)->alloc_by;
	*free_by = owners_of(cache, object)->free_by;
	return true;
}

const char *debug_format_owner(unsigned long by, char *buf, size_t n)
{
	return by ? kallsyms_format_caller(by, buf, n) : "nobody";
}

/* --- the bits -------------------------------------------------------------------------------------------- */

bool debug_is_free(const struct kmem_cache *cache, const struct slab *slab, unsigned int index)
{
	return free_bits(cache, slab)[index / BITS_PER_LONG] >> index % BITS_PER_LONG & 1;
}

/* Returns what the bit was. */
static bool swap_bit(const struct kmem_cache *cache, const struct slab *slab, unsigned int index,
		     bool set)
{
	unsigned long *word = &free_bits(cache, slab)[index / BITS_PER_LONG];
	unsigned long bit = 1ul << index % BITS_PER_LONG;

	if (set)
		return __atomic_fetch_or(word, bit, __ATOMIC_ACQ_REL) & bit;
	return __atomic_fetch_and(word, ~bit, __ATOMIC_ACQ_REL) & bit;
}

/* --- looking ----------------------------------------------------------------------------------------------- */

static void __cold report(const struct kmem_cache *cache, const u8 *object, const char *what,
			  const u8 *at, u8 expected, unsigned long caller)
{
	const struct bug_report bug_report = {
		.family = "slab",
		.what = what,
		.object = object,
		.expected = expected == RED_ZONE ? "a red zone of 0xbb"
						 : "0x6b in a free object, 0xa5 at its end",
		.caller = caller,
	};
	const char *allocated = "?", *freed = "?"; /* no room for owners */
	char by[2][KALLSYMS_LINE];
	unsigned long alloc_by, free_by;

	if (debug_owners(cache, object, &alloc_by, &free_by)) {
		allocated = debug_format_owner(alloc_by, by[0], sizeof(by[0]));
		freed = debug_format_owner(free_by, by[1], sizeof(by[1]));
	}
	bug(&bug_report, "0x%02x at %+ld of an object of %s, allocated by %s, freed by %s", *at,
	    (long)(at - object), cache->name, allocated, freed);
}

/* The first byte of [at, end) that is not `value`, or NULL. */
static u8 *first_other(u8 *at, const u8 *end, u8 value)
{
	for (; at < end; at++)
		if (*at != value)
			return at;
	return NULL;
}

/* Must be all `value`; is again, after a report. */
static bool verify(const struct kmem_cache *cache, u8 *object, const char *what, u8 *from, u8 *end,
		   u8 value, unsigned long caller)
{
	u8 *wrong = first_other(from, end, value);

	if (likely(!wrong))
		return true;
	report(cache, object, what, wrong, value, caller);
	memset(from, value, (size_t)(end - from));
	return false;
}

static bool check_red(const struct kmem_cache *cache, const struct slab *slab, unsigned int index,
		      unsigned long caller)
{
	u8 *object = index_object(cache, slab, index);
	u8 *red_end = (u8 *)owners_of(cache, object);
	bool sound = verify(cache, object, "overrun", object + cache->object_size, red_end,
			    RED_ZONE, caller);

	/* An off-slab descriptor leaves nothing before the first object that would be ours. */
	if (index == 0 && (cache->kind & CACHE_OFF_SLAB))
		return sound;
	return verify(cache, object, "underrun", object - GUARD_SIZE, object, RED_ZONE, caller) &&
	       sound;
}

static bool check_poison(const struct kmem_cache *cache, u8 *object, unsigned long caller)
{
	static const char what[] = "use after free";
	u8 *last = object + cache->object_size - 1;
	bool sound = verify(cache, object, what, object, last, POISON_FREE, caller);

	return verify(cache, object, what, last, last + 1, POISON_END, caller) && sound;
}

bool debug_check_object(const struct kmem_cache *cache, const struct slab *slab, unsigned int index,
			unsigned long caller)
{
	bool sound = true;

	if (cache->kind & CACHE_RED)
		sound = check_red(cache, slab, index, caller);
	if ((cache->kind & CACHE_POISON) && debug_is_free(cache, slab, index))
		sound = check_poison(cache, index_object(cache, slab, index), caller) && sound;
	return sound;
}

/* --- the life of an object ------------------------------------------------------------------------------------ */

static void poison_free(const struct kmem_cache *cache, u8 *object)
{
	memset(object, POISON_FREE, cache->object_size - 1);
	object[cache->object_size - 1] = POISON_END;
}

static void make_red(const struct kmem_cache *cache, u8 *object)
{
	struct owners *owners = owners_of(cache, object);

	memset(object + cache->object_size, RED_ZONE,
	       (size_t)((u8 *)owners - object) - cache->object_size);
	*owners = (struct owners){};
	memset(object + cache->size - GUARD_SIZE, RED_ZONE, GUARD_SIZE);
}

void debug_new_slab(struct kmem_cache *cache, struct slab *slab)
{
	memset(free_bits(cache, slab), 0xff, BITS_TO_LONGS(cache->num) * sizeof(long));
	if ((cache->kind & CACHE_RED) && !(cache->kind & CACHE_OFF_SLAB))
		memset((u8 *)slab->s_mem - GUARD_SIZE, RED_ZONE, GUARD_SIZE);
	for (unsigned int i = 0; i < cache->num; i++) {
		u8 *object = index_object(cache, slab, i);

		if (cache->kind & CACHE_RED)
			make_red(cache, object);
		if (cache->kind & CACHE_POISON)
			poison_free(cache, object);
	}
}

void debug_take(struct kmem_cache *cache, void *object, unsigned long caller)
{
	struct slab *slab = object_slab(object);
	unsigned int index = slab_index(cache, slab, object);
	bool was_free;

	debug_check_object(cache, slab, index, caller);
	was_free = swap_bit(cache, slab, index, false);
	ASSERT(was_free); /* I5: an object is in one stock or on one freelist */
	if (cache->kind & CACHE_RED)
		owners_of(cache, object)->alloc_by = caller;
	if (cache->kind & CACHE_POISON)
		memset(object, POISON_INUSE, cache->object_size);
}

bool debug_give(struct kmem_cache *cache, struct slab *slab, void *object, unsigned long caller)
{
	unsigned int index = slab_index(cache, slab, object);

	if (debug_is_free(cache, slab, index)) {
		refuse_free_object(cache, object, "double free", caller);
		return false;
	}
	debug_check_object(cache, slab, index, caller);
	if (swap_bit(cache, slab, index, true)) {
		/* Another CPU was faster: both free it. */
		refuse_free_object(cache, object, "double free", caller);
		return false;
	}
	if (cache->kind & CACHE_RED)
		owners_of(cache, object)->free_by = caller;
	if (cache->kind & CACHE_POISON)
		poison_free(cache, object);
	return true;
}
