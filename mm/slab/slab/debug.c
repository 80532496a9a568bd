/*
 * debug.c - DEBUG builds: what a wrong caller leaves behind in and around an object, and who it was
 *
 *	|<-------------------------------- size ---------------------------->|
 *	|<-- object_size -->|
 *	| request  | red zone          | alloc by, free by, request, seal |  guard   | next object …
 *	  in use:  0x5a at first         0xbb                          0xbb
 *	  free:    0x6b … to object_size, the last 0xa5
 *
 *	red zone    written to: who has this object wrote behind what he asked for   "overrun"
 *	guard       written to: who has the next one wrote before its start          "underrun"
 *	seal        not what the three words make: who has this object wrote far behind  "broken track"
 *	0x6b        not there when it is handed out: written to while it was free    "use after free"
 *	a bit for each object behind bufctl: set while it is free                    "double free", any
 *
 * The request is what kmalloc() was asked for: the object's own size elsewhere, and of a free one.
 * ksize() tells its caller that more may be used: then all of the object is the request from there
 * on, as in Linux, and what was red is zero.  Of a request much smaller than its object the first
 * RED_SPAN bytes behind it are watched, and all that is behind the object.
 *
 * Red zone behind the object, and guard: wherever a slab can be had that has room for them, up to a
 * stride of STRIDE_MAX bytes, and so in all of kmalloc's sizes but 4 MiB.  What is aligned to a page
 * takes one page more for that.  Of larger ones request and owners stand in the descriptor, behind the
 * bits, and kmalloc's rest of the object is the red zone: one that fills its 4 MiB has none.
 * Guard before a slab's first object: where the descriptor lies there.  It does not for kmalloc's powers
 * of two above a page, which are alone in their slab and begin with it; nor for an object of 2048 bytes
 * when there are but single pages.  Before those is a page that is somebody else's.
 * The pattern: objects of up to a page, without constructor, and not of SLAB_TYPESAFE_BY_RCU, whose
 * contents are to stay.  The family's own two caches have only the bits.
 *
 * What is found is reported and then repaired, so that it is reported once.  The checker changes and
 * reports nothing of it: it asks as DEBUG_LOOK.
 *
 * Invariant  D1  An object's bit is set from the free to the next allocation of it (I7 of objects.c).
 *            D2  An object's request is at most object_size, and that while it is free.
 *            D3  Who allocated and who freed it last are addresses of the image, or 0.
 *            D4  A track's seal is that of its other words.  Of a broken one nothing is believed.
 * Locking: the object is its holder's; bits are changed atomically.
 * Read next: debug_report.c, for the words.
 * Linux: include/linux/poison.h (the same three bytes), mm/slub.c (red zones, tracks)
 */
#include <string.h>

#include "kernel/kallsyms.h"
#include "lib/bits.h"
#include "lib/raw.h"
#include "mm/slab/slab/slab_impl.h"

enum {
	STRIDE_MAX = KMALLOC_MAX_SIZE - PAGE_SIZE, /* the largest block, and in it a descriptor */
	RED_SIZE = 8,				   /* at least; the padding to align is red, too */
	RED_SPAN = PAGE_SIZE,
};

/* What is known of an object besides its contents. */
struct track {
	unsigned long alloc_by, free_by;
	u32 request; /* bytes that its holder may use */
	u32 seal;    /* of the others */
};

/* --- places ----------------------------------------------------------------------------------- */

unsigned int debug_layout(struct kmem_cache *cache, unsigned int size)
{
	const unsigned int watched = ALIGN(size, (unsigned int)sizeof(long)) + RED_SIZE +
				     sizeof(struct track) + GUARD_SIZE;

	if (cache->kind & CACHE_BOOT)
		return size;
	if (size <= PAGE_SIZE && !cache->ctor && !(cache->flags & SLAB_TYPESAFE_BY_RCU))
		cache->kind |= CACHE_POISON;
	if (ALIGN(watched, cache->align) > STRIDE_MAX)
		return size;
	cache->kind |= CACHE_RED;
	return watched;
}

/* Powers of two above a page, of which kmalloc says that they are aligned to themselves. */
static bool begins_slab(const struct kmem_cache *cache)
{
	return (cache->kind & CACHE_KMALLOC) && cache->object_size > PAGE_SIZE &&
	       !(cache->object_size & (cache->object_size - 1));
}

bool debug_wants_descriptor(const struct kmem_cache *cache)
{
	return (cache->kind & CACHE_RED) && !begins_slab(cache);
}

static unsigned int bits_size(unsigned int num)
{
	return (unsigned int)(BITS_TO_LONGS(num) * sizeof(long));
}

static bool tracks_in_descriptor(const struct kmem_cache *cache)
{
	return !(cache->kind & (CACHE_BOOT | CACHE_RED));
}

/* The guard of a slab's first object stands behind all that. */
unsigned int debug_mgmt_size(const struct kmem_cache *cache, unsigned int num)
{
	unsigned int tracks = tracks_in_descriptor(cache) ? num * sizeof(struct track) : 0;

	return bits_size(num) + tracks + GUARD_SIZE;
}

static unsigned long *free_bits(const struct slab *slab)
{
	unsigned long end = (unsigned long)(slab->bufctl + slab->num);

	return (unsigned long *)ALIGN(end, sizeof(long));
}

/* NULL: nothing is kept of this cache's objects. */
static struct track *track_of(const struct kmem_cache *cache, const void *object)
{
	const struct slab *slab;

	if (cache->kind & CACHE_RED)
		return (struct track *)((u8 *)object + cache->size - GUARD_SIZE -
					sizeof(struct track));
	if (cache->kind & CACHE_BOOT)
		return NULL;
	slab = object_slab(object);
	return (struct track *)((u8 *)free_bits(slab) + bits_size(slab->num)) +
	       slab_index(cache, slab, object);
}

/* A byte that changes in the word changes it. */
static u32 folded(unsigned long word)
{
	return (u32)(word ^ (u64)word >> 32);
}

/* A byte that changes in one of the words changes it. */
static u32 seal_of(const struct track *track)
{
	const u32 alloc_by = folded(track->alloc_by), free_by = folded(track->free_by);

	return ~(alloc_by ^ (free_by << 8 | free_by >> 24) ^
		 (track->request << 16 | track->request >> 16));
}

static bool is_sealed(const struct track *track)
{
	return track->seal == seal_of(track);
}

static void note(struct track *track, unsigned long alloc_by, unsigned long free_by, u32 request)
{
	*track = (struct track){ .alloc_by = alloc_by, .free_by = free_by, .request = request };
	track->seal = seal_of(track); /* keeps D4 */
}

bool debug_owners(const struct kmem_cache *cache, const void *object, unsigned long *alloc_by,
		  unsigned long *free_by)
{
	const struct track *track = track_of(cache, object);

	if (!track)
		return false;
	*alloc_by = track->alloc_by;
	*free_by = track->free_by;
	return true;
}

unsigned int debug_request(const struct kmem_cache *cache, const void *object)
{
	const struct track *track = track_of(cache, object);

	return track && is_sealed(track) ? track->request : cache->object_size;
}

/* Where the red zone behind an object ends. */
static u8 *red_end(const struct kmem_cache *cache, const void *object)
{
	if (cache->kind & CACHE_RED)
		return (u8 *)track_of(cache, object);
	return (u8 *)object + cache->object_size;
}

/* What is watched of the bytes of the object that were not asked for. */
static u32 unasked(const struct kmem_cache *cache, u32 request)
{
	return min(cache->object_size - request, (u32)RED_SPAN);
}

/* --- the bits --------------------------------------------------------------------------------- */

bool debug_is_free(const struct slab *slab, unsigned int index)
{
	return free_bits(slab)[index / BITS_PER_LONG] >> index % BITS_PER_LONG & 1;
}

/* Returns what the bit was. */
static bool swap_bit(const struct slab *slab, unsigned int index, bool set)
{
	unsigned long *word = &free_bits(slab)[index / BITS_PER_LONG];
	unsigned long bit = 1ul << index % BITS_PER_LONG;

	if (set)
		return __atomic_fetch_or(word, bit, __ATOMIC_ACQ_REL) & bit;
	return __atomic_fetch_and(word, ~bit, __ATOMIC_ACQ_REL) & bit;
}

/* --- looking ---------------------------------------------------------------------------------- */

/* The first byte of [at, end) that is not `value`, or NULL. */
static u8 *first_other(u8 *at, const u8 *end, u8 value)
{
	for (; at < end; at++)
		if (*at != value)
			return at;
	return NULL;
}

/* Whose reports are none: who only looks, and leaves everything as it is (check.c). */
static bool only_looks(unsigned long caller)
{
	return caller == DEBUG_LOOK;
}

/* Must be all `value`; is again, after a report. */
static bool verify(const struct kmem_cache *cache, u8 *object, const char *what, u8 *from, u8 *end,
		   u8 value, unsigned long caller)
{
	u8 *wrong = first_other(from, end, value);

	if (likely(!wrong))
		return true;
	if (only_looks(caller))
		return false;
	debug_report(cache, object, what, wrong, value, caller);
	raw_fill(from, value, (size_t)(end - from));
	return false;
}

static bool check_red(const struct kmem_cache *cache, u8 *object, unsigned long caller)
{
	static const char what[] = "overrun";
	const u32 request = debug_request(cache, object);
	u8 *from = object + request, *behind = object + cache->object_size;
	u8 *end = from + unasked(cache, request);
	bool sound = true;

	if (end != behind) { /* else both are one */
		sound = verify(cache, object, what, from, end, RED_ZONE, caller);
		from = behind;
	}
	return verify(cache, object, what, from, red_end(cache, object), RED_ZONE, caller) && sound;
}

/* What is left of a word that anything may be written in: keeps D3. */
static unsigned long owner_or_none(unsigned long owner)
{
	return kallsyms_lookup(owner, NULL, NULL, NULL) ? owner : 0;
}

static bool check_track(const struct kmem_cache *cache, const u8 *object, unsigned long caller)
{
	struct track *track = track_of(cache, object);

	if (likely(is_sealed(track)))
		return true;
	if (!only_looks(caller)) {
		debug_report_track(cache, object, (const u8 *)track, caller);
		note(track, owner_or_none(track->alloc_by), owner_or_none(track->free_by),
		     cache->object_size);
	}
	return false;
}

/* An off-slab descriptor leaves nothing before the first object that would be ours. */
static bool check_guard(const struct kmem_cache *cache, const struct slab *slab, u8 *object,
			unsigned long caller)
{
	if (object == slab->s_mem && shape_of(cache, slab)->descriptors)
		return true;
	return verify(cache, object, "underrun", object - GUARD_SIZE, object, RED_ZONE, caller);
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
	u8 *object = index_object(cache, slab, index);
	bool sound = true;

	if (!(cache->kind & CACHE_BOOT)) {
		sound = check_track(cache, object, caller);
		sound = check_red(cache, object, caller) && sound;
	}
	if (cache->kind & CACHE_RED)
		sound = check_guard(cache, slab, object, caller) && sound;
	if ((cache->kind & CACHE_POISON) && debug_is_free(slab, index))
		sound = check_poison(cache, object, caller) && sound;
	return sound;
}

/* --- the life of an object -------------------------------------------------------------------- */

static void poison_free(const struct kmem_cache *cache, u8 *object)
{
	raw_fill(object, POISON_FREE, cache->object_size - 1);
	object[cache->object_size - 1] = POISON_END;
}

/* Nobody has it, and it is watched as far as that goes without a request. */
static void make_red(const struct kmem_cache *cache, u8 *object)
{
	note(track_of(cache, object), 0, 0, cache->object_size);
	if (!(cache->kind & CACHE_RED))
		return;
	memset(object + cache->object_size, RED_ZONE,
	       (size_t)(red_end(cache, object) - object) - cache->object_size);
	memset(object + cache->size - GUARD_SIZE, RED_ZONE, GUARD_SIZE);
}

void debug_new_slab(struct kmem_cache *cache, struct slab *slab)
{
	memset(free_bits(slab), 0xff, bits_size(slab->num));
	if ((cache->kind & CACHE_RED) && !shape_of(cache, slab)->descriptors)
		memset((u8 *)slab->s_mem - GUARD_SIZE, RED_ZONE, GUARD_SIZE);
	for (unsigned int i = 0; i < slab->num; i++) {
		u8 *object = index_object(cache, slab, i);

		if (!(cache->kind & CACHE_BOOT))
			make_red(cache, object);
		if (cache->kind & CACHE_POISON)
			poison_free(cache, object);
	}
}

void debug_take(struct kmem_cache *cache, void *object, unsigned long caller)
{
	struct slab *slab = object_slab(object);
	unsigned int index = slab_index(cache, slab, object);
	struct track *track = track_of(cache, object);
	bool was_free;

	debug_check_object(cache, slab, index, caller);
	was_free = swap_bit(slab, index, false);
	ASSERT(was_free); /* I5: an object is in one stock or on one freelist */
	if (track)
		note(track, caller, track->free_by, track->request);
	if (cache->kind & CACHE_POISON)
		memset(object, POISON_INUSE, cache->object_size);
}

void debug_set_request(const struct kmem_cache *cache, void *object, u32 request)
{
	struct track *track = track_of(cache, object);

	note(track, track->alloc_by, track->free_by, request); /* keeps D2 */
	memset((u8 *)object + request, RED_ZONE, unasked(cache, request));
}

void debug_lift_request(const struct kmem_cache *cache, void *object, unsigned long caller)
{
	struct track *track = track_of(cache, object);
	u32 request;

	if (!track)
		return;
	check_track(cache, object, caller);
	request = debug_request(cache, object);
	if (request == cache->object_size)
		return;
	check_red(cache, object, caller);
	raw_fill((u8 *)object + request, 0, cache->object_size - request);
	note(track, track->alloc_by, track->free_by, cache->object_size);
}

bool debug_give(struct kmem_cache *cache, struct slab *slab, void *object, unsigned long caller)
{
	unsigned int index = slab_index(cache, slab, object);
	struct track *track = track_of(cache, object);

	if (debug_is_free(slab, index)) {
		refuse_free_object(cache, object, "double free", caller);
		return false;
	}
	debug_check_object(cache, slab, index, caller);
	if (swap_bit(slab, index, true)) {
		/* Another CPU was faster: both free it. */
		refuse_free_object(cache, object, "double free", caller);
		return false;
	}
	if (track)
		note(track, track->alloc_by, caller, cache->object_size); /* keeps D2 */
	if (cache->kind & CACHE_POISON)
		poison_free(cache, object);
	else if (cache->kind & CACHE_INIT_FREE)
		raw_fill(object, 0, cache->object_size);
	return true;
}
