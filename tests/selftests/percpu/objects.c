/*
 * objects.c - claims about alloc_percpu: copies, alignment, refusals, exhaustion, random steps
 */
#include "kernel/selftest/selftest.h"
#include "lib/random.h"
#include "mm/account/account.h"
#include "mm/page/page.h"
#include "mm/percpu/percpu_impl.h"
#include "mm/slab/own.h"
#include "tests/selftests/told/told.h"

struct stats {
	u32 hits;
	u64 bytes;
	u16 sizes[8];
};

SELFTEST(percpu, object, "each CPU has its own zeroed copy, reached through one pointer")
{
	struct stats *s = alloc_percpu(struct stats);
	unsigned int cpu, other;

	EXPECT(s);
	for_each_possible_cpu(cpu) {
		EXPECT_EQ(per_cpu_ptr(s, cpu)->bytes, 0);
		EXPECT_EQ(per_cpu_ptr(s, cpu)->sizes[7], 0);
		per_cpu_ptr(s, cpu)->bytes = 1ull << 33 | cpu;
		*per_cpu_ptr(&s->sizes[7], cpu) = (u16)(100 + cpu);
	}
	for_each_possible_cpu(cpu) {
		EXPECT_EQ(per_cpu_ptr(s, cpu)->bytes, 1ull << 33 | cpu);
		EXPECT_EQ(per_cpu_ptr(s, cpu)->sizes[7], 100 + cpu);
		for (other = 0; other < cpu; other++)
			EXPECT((unsigned long)per_cpu_ptr(s, cpu) / L1_CACHE_BYTES !=
			       (unsigned long)per_cpu_ptr(s, other) / L1_CACHE_BYTES);
	}
	EXPECT(percpu_check());
	free_percpu(s);
	EXPECT(percpu_check());
}

SELFTEST(percpu, object_members, "a pointer may be moved within its object before it is resolved")
{
	struct stats *s = alloc_percpu(struct stats);
	u16 *sizes;

	EXPECT(s);
	sizes = s->sizes;
	for (unsigned int i = 0; i < 8; i++)
		this_cpu_add(s->sizes[i], i + 1);
	for (unsigned int i = 0; i < 8; i++) {
		EXPECT_EQ(this_cpu_ptr(s)->sizes[i], i + 1);
		EXPECT_EQ(this_cpu_ptr(sizes + i), this_cpu_ptr(s)->sizes + i);
	}
	EXPECT_EQ(this_cpu_ptr(&s->bytes), &this_cpu_ptr(s)->bytes);
	free_percpu(s);
}

SELFTEST(percpu, object_not_mapped, "a per-CPU pointer that is followed without a CPU faults")
{
	struct stats *s = alloc_percpu(struct stats);
	u32 value;

	EXPECT(s);
	EXPECT(!arch_try_read((vaddr_t)s, 4, &value, NULL));
	EXPECT(!arch_try_read((vaddr_t)&s->sizes, 4, &value, NULL));
	free_percpu(s);
}

static bool aligned_and_zero(const u8 *object, size_t size, size_t align)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		u8 *copy = (u8 *)per_cpu_ptr(object, cpu);

		CHECK(IS_ALIGNED((unsigned long)copy, align));
		for (size_t i = 0; i < size; i++)
			CHECK(copy[i] == 0);
		__builtin_memset(copy, 0xff, size); /* the next one must find it cleared again */
	}
	return true;
}

SELFTEST(percpu, object_alignment, "every size has every alignment up to a page, and is cleared")
{
	static const size_t sizes[] = { 1, 2, 3, 8, 24, 33, 64, 100, 160, 200, 4096, 5000, 32768 };

	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (size_t align = 1; align <= PAGE_SIZE; align *= 2) {
			u8 *object = __alloc_percpu(sizes[i], align);

			if (!object)
				SKIP("no memory for %lu bytes", (unsigned long)sizes[i]);
			EXPECT(aligned_and_zero(object, sizes[i], align));
			free_percpu(object);
		}
	}
	EXPECT(percpu_check());
}

/* Each CPU's copy is in one piece, whichever byte of the pointer is resolved. */
static bool is_in_one_piece(const u8 *object, size_t size)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		const u8 *copy = per_cpu_ptr(object, cpu);

		for (size_t i = 0; i < size; i += 64)
			CHECK(per_cpu_ptr(object + i, cpu) == copy + i);
		CHECK(per_cpu_ptr(object + size - 1, cpu) == copy + size - 1);
	}
	return true;
}

SELFTEST(percpu, object_sizes,
	 "an object may be as long as the limit, and is in one piece on each CPU")
{
	const size_t slot = 1 << PERCPU_BYTE_SHIFT;
	const size_t sizes[] = { 1,
				 slot - 1,
				 slot,
				 slot + 1,
				 2 * slot,
				 2 * slot + 1,
				 3 * slot + 5,
				 PERCPU_OBJECT_MAX - 1,
				 PERCPU_OBJECT_MAX };

	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		u8 *object = __alloc_percpu(sizes[i], 1), *next = __alloc_percpu(sizes[i], 1);
		bool sound = object && next && is_in_one_piece(object, sizes[i]) &&
			     is_in_one_piece(next, sizes[i]) && percpu_check();
		bool apart = object + sizes[i] <= next || next + sizes[i] <= object;
		bool memory = object && next;

		free_percpu(object);
		free_percpu(next);
		if (!memory)
			SKIP("no memory for %lu bytes", (unsigned long)sizes[i]);
		EXPECT(sound && apart);
	}
	EXPECT(percpu_check());
}

SELFTEST(percpu, object_large_refusals,
	 "a large object is freed once, by its first byte, though it has several numbers")
{
	u8 *object = __alloc_percpu(PERCPU_OBJECT_MAX, 8);

	if (!object)
		SKIP("no memory for an object of %d bytes", PERCPU_OBJECT_MAX);
	for (size_t at = 1; at < PERCPU_OBJECT_MAX; at *= 2)
		EXPECT_REFUSAL("percpu", "interior pointer", object + at, "the object's first byte",
			       free_percpu(object + at), "byte %lu", (unsigned long)at);
	EXPECT(is_in_one_piece(object, PERCPU_OBJECT_MAX));
	free_percpu(object);
	EXPECT_BUG("double free", free_percpu(object));
	EXPECT(percpu_check());
}

SELFTEST(percpu, object_from_interrupt, "with interrupts off, GFP_ATOMIC is served")
{
	unsigned long flags = arch_irq_save();
	void *object = __alloc_percpu_gfp(64, 8, GFP_ATOMIC);

	free_percpu(object);
	arch_irq_restore(flags);
	EXPECT(object);
}

/* --- refusals: named, and nothing changed ----------------------------------------------------- */

static DEFINE_PER_CPU(u32, some_variable);

#define REFUSED(what, object, expected, statement, ...) \
	EXPECT_REFUSAL("percpu", what, object, expected, statement, __VA_ARGS__)

SELFTEST(percpu, bad_size, "a size is 1 to 32768, whatever it would wrap to")
{
	static const size_t bad[] = { 0,
				      PERCPU_OBJECT_MAX + 1,
				      PERCPU_OBJECT_MAX * 2,
				      (size_t)-1,
				      (size_t)-L1_CACHE_BYTES + 1,
				      (size_t)-L1_CACHE_BYTES,
				      (size_t)-PAGE_SIZE + 1,
				      (size_t)1 << (BITS_PER_LONG - 1) };
	void *object = NULL;

	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		REFUSED("bad size", NULL, "1 to 32768 bytes", object = __alloc_percpu(bad[i], 4),
			"%lu bytes", (unsigned long)bad[i]);
		EXPECT(!object);
	}
	EXPECT(percpu_check());
}

SELFTEST(percpu, bad_alignment, "an alignment is a power of two up to a page")
{
	static const size_t bad[] = { 0,
				      3,
				      12,
				      PAGE_SIZE - 1,
				      PAGE_SIZE + 1,
				      2 * PAGE_SIZE,
				      (size_t)-1,
				      (size_t)1 << (BITS_PER_LONG - 1) };
	void *object = NULL;

	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		REFUSED("bad alignment", NULL, "a power of two up to a page",
			object = __alloc_percpu(8, bad[i]), "%lu", (unsigned long)bad[i]);
		EXPECT(!object);
	}
	EXPECT(percpu_check());
}

SELFTEST(percpu, bad_zone, "an object is of lowmem")
{
	void *object = NULL;

	REFUSED("bad zone", NULL, "lowmem", object = __alloc_percpu_gfp(8, 8, GFP_HIGHUSER),
		"gfp 0x%lx", (unsigned long)GFP_HIGHUSER);
	EXPECT(!object);
	EXPECT(percpu_check());
}

static unsigned long slot_of(const void *object)
{
	return ((unsigned long)object - PERCPU_START) >> PERCPU_BYTE_SHIFT;
}

SELFTEST(percpu, double_free, "freeing an object twice is refused, and harms no later one")
{
	unsigned long *first = alloc_percpu(unsigned long), *second;

	EXPECT(first);
	free_percpu(first);
	REFUSED("double free", first, "a live object", free_percpu(first), "slot %lu is free",
		slot_of(first));
	second = alloc_percpu(unsigned long);
	EXPECT(second);
	EXPECT(second != first); /* a number is used again last */
	EXPECT_BUG("double free", free_percpu(first));
	this_cpu_write(*second, 7);
	EXPECT_EQ(this_cpu_read(*second), 7);
	free_percpu(second);
	EXPECT(percpu_check());
}

SELFTEST(percpu, wild_free, "what is no object's first byte is refused; NULL is ignored")
{
	static const char given[] = "what alloc_percpu() gave", byte[] = "the object's first byte";
	struct stats *s = alloc_percpu(struct stats);
	u32 local;

	EXPECT(s);
	free_percpu(NULL);
	REFUSED("interior pointer", &s->bytes, byte, free_percpu(&s->bytes), "byte %u",
		(unsigned int)offsetof(struct stats, bytes));
	REFUSED("interior pointer", (char *)s + 1, byte, free_percpu((char *)s + 1), "byte 1");
	REFUSED("static variable", &some_variable, given, free_percpu(&some_variable),
		"another address");
	REFUSED("wild pointer", &local, given, free_percpu(&local), "another address");
	EXPECT_BUG("wild pointer", free_percpu(this_cpu_ptr(s)));
	EXPECT_BUG("wild pointer", free_percpu((void *)8));
	EXPECT_BUG("wild pointer", free_percpu((void *)(PERCPU_START - 1)));
	EXPECT_BUG("wild pointer", free_percpu((void *)PERCPU_END));
	/* The last number, and one of tables that are not there. */
	EXPECT_BUG("double free", free_percpu((char *)PERCPU_END - (1 << PERCPU_BYTE_SHIFT)));
	EXPECT_BUG("interior pointer", free_percpu((char *)PERCPU_END - 1));
	this_cpu_inc(s->hits);
	EXPECT_EQ(this_cpu_read(s->hits), 1);
	EXPECT(percpu_check());
	free_percpu(s);
}

SELFTEST(percpu, use_after_free, "a freed object has no copy: DEBUG says so, and any build faults")
{
	unsigned long *object = alloc_percpu(unsigned long), *copy = NULL;
	u32 value;

	EXPECT(object);
	free_percpu(object);
	if (debug_build)
		EXPECT_BUG("use after free", copy = per_cpu_ptr(object, 0));
	else
		copy = per_cpu_ptr(object, 0);
	EXPECT(!arch_try_read((vaddr_t)copy, 4, &value, NULL));
}

/* --- exhaustion ------------------------------------------------------------------------------- */

/* Objects until there is none, each holding the one before it. */
static unsigned long take_all(size_t size, void ***last)
{
	void **object;
	unsigned long n = 0;

	*last = NULL;
	while ((object = __alloc_percpu_gfp(size, sizeof(void *), GFP_KERNEL | __GFP_NOWARN))) {
		this_cpu_write(*object, *last);
		*last = object;
		n++;
	}
	return n;
}

static unsigned long give_all(void **last)
{
	unsigned long n = 0;

	while (last) {
		void **next = this_cpu_read(*last);

		free_percpu(last);
		last = next;
		n++;
	}
	return n;
}

/*
 * The numbers of objects run out first, if there is enough memory: then the one behind the last is
 * refused, and the last one can be freed and had again.
 */
SELFTEST(percpu, exhaust_small, "objects can be taken to the last, and all come back")
{
	struct percpu_totals before, full;
	const unsigned int leaf_order = get_order((1 + nr_cpu_ids) * PAGE_SIZE);
	void **last, *more, *again;
	struct page *leaf;
	unsigned long taken;
	bool sound;

	percpu_object_totals(&before);
	taken = take_all(8, &last);
	percpu_object_totals(&full);
	sound = percpu_check();
	more = __alloc_percpu_gfp(8, 8, GFP_KERNEL | __GFP_NOWARN);
	leaf = alloc_pages(GFP_KERNEL | __GFP_NOWARN, leaf_order);
	if (leaf)
		__free_pages(leaf, leaf_order);
	if (last) {
		void **freed = last;

		last = this_cpu_read(*last);
		free_percpu(freed);
	}
	again = __alloc_percpu_gfp(8, 8, GFP_KERNEL | __GFP_NOWARN);
	free_percpu(again);
	EXPECT_EQ(give_all(last), taken - 1);
	EXPECT(sound);
	EXPECT(!more && again);
	EXPECT_EQ(full.objects, before.objects + taken);
	EXPECT(full.objects <= full.objects_max);
	EXPECT(taken > 1000);
	/* It was not the numbers that ran out?  Then lowmem did, in which a leaf has its pages. */
	EXPECT(full.objects == full.objects_max || !leaf);
	EXPECT(percpu_check());
}

static unsigned long hog_pages(struct list_head *hog)
{
	struct page *page;
	unsigned long n = 0;

	while ((page = alloc_page(GFP_ATOMIC | __GFP_NOWARN))) {
		list_add(&page->lru, hog);
		n++;
	}
	return n;
}

static void free_one(struct list_head *hog)
{
	struct page *page = list_first_entry(hog, struct page, lru);

	list_del(&page->lru);
	__free_page(page);
}

/* Objects of 8 bytes, each holding the one before, until a new table would be needed. */
static void **fill_tables(void)
{
	struct percpu_totals totals;
	void **last = NULL, **object;

	do {
		object = __alloc_percpu_gfp(8, 8, GFP_KERNEL | __GFP_NOWARN);
		if (!object)
			break;
		this_cpu_write(*object, last);
		last = object;
		percpu_object_totals(&totals);
	} while (totals.objects % PERCPU_LEAF_SLOTS);
	return last;
}

/* With so few pages free that a table of one CPU, or of another, is wanting. */
static bool refused_for_want_of_tables(struct list_head *hog)
{
	struct percpu_totals before, after;

	percpu_object_totals(&before);
	for (unsigned int left = 0; left <= nr_cpu_ids; left++) {
		CHECK(!__alloc_percpu_gfp(8, 8, GFP_ATOMIC | __GFP_NOWARN));
		percpu_object_totals(&after);
		CHECK(after.objects == before.objects && after.pages == before.pages);
		free_one(hog);
	}
	return true;
}

SELFTEST(percpu, no_page_for_tables,
	 "where there is memory for the copies and none for a table, nothing is kept of either")
{
	LIST_HEAD(hog);
	void **last = fill_tables();
	void *copies = kmalloc_own(L1_CACHE_BYTES * nr_cpu_ids, GFP_KERNEL);
	unsigned long hogged = hog_pages(&hog);
	bool refused = false;

	kfree_own(copies); /* the next one who asks for as much gets it */
	if (hogged > nr_cpu_ids)
		refused = refused_for_want_of_tables(&hog);
	copies = kmalloc_own(L1_CACHE_BYTES * nr_cpu_ids, GFP_NOWAIT | __GFP_NOWARN);
	while (!list_empty(&hog))
		free_one(&hog);
	kfree_own(copies);
	give_all(last);
	EXPECT(refused);
	EXPECT(copies); /* they came back */
	EXPECT(percpu_check());
}

SELFTEST(percpu, table_pages,
	 "pages of tables are counted as percpu, and go back with the last object")
{
	enum { OBJECTS = 3000 };
	struct balance before, during, after;
	void **last = NULL, **object = NULL;

	account_balance(&before);
	for (unsigned int i = 0; i < OBJECTS; i++) {
		object = __alloc_percpu_gfp(8, 8, GFP_KERNEL | __GFP_NOWARN);
		if (!object)
			break;
		this_cpu_write(*object, last);
		last = object;
	}
	account_balance(&during);
	give_all(last);
	account_balance(&after);
	if (!object)
		SKIP("no memory for %d objects", OBJECTS);
	EXPECT(during.percpu > before.percpu);
	EXPECT_EQ(during.percpu % (nr_cpu_ids + 1), 0);
	EXPECT_EQ(after.percpu, before.percpu);
}

SELFTEST(percpu, exhaust_large, "an object that fails for one CPU leaves no copy for the others")
{
	void **last;
	unsigned long taken = take_all(PERCPU_OBJECT_MAX, &last);
	bool sound = percpu_check();

	EXPECT_EQ(give_all(last), taken);
	EXPECT(sound);
	EXPECT(percpu_check());
}

/* --- against a model -------------------------------------------------------------------------- */

enum { HELD_MAX = 300, STEPS = 4000, CHECK_EVERY = 500 };

struct held {
	u8 *object;
	size_t size;
	u8 mark;
};
SELFTEST_TABLE(struct held, held, HELD_MAX);
static unsigned int nr_held;

/* First and last byte of each copy say whose it is. */
static void mark(const struct held *h)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		*per_cpu_ptr(h->object, cpu) = (u8)(h->mark + cpu);
		*per_cpu_ptr(h->object + h->size - 1, cpu) = (u8)(h->mark + cpu);
	}
}

static bool marked(const struct held *h)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		CHECK(*per_cpu_ptr(h->object, cpu) == (u8)(h->mark + cpu));
		CHECK(*per_cpu_ptr(h->object + h->size - 1, cpu) == (u8)(h->mark + cpu));
	}
	return true;
}

static bool model_alloc(struct rng *rng)
{
	size_t size = 1 + rng_below(rng, rng_below(rng, 8) ? 300 : 9000);
	size_t align = (size_t)1 << rng_below(rng, PAGE_SHIFT + 1);
	struct held *h = &held[nr_held];
	unsigned int cpu;

	*h = (struct held){ .size = size, .mark = (u8)rng_next(rng) };
	h->object = __alloc_percpu_gfp(size, align, GFP_KERNEL | __GFP_NOWARN);
	if (!h->object)
		return true; /* exhaustion is ordinary */
	nr_held++;
	for_each_possible_cpu(cpu) {
		CHECK(IS_ALIGNED((unsigned long)per_cpu_ptr(h->object, cpu), align));
		CHECK(*per_cpu_ptr(h->object, cpu) == 0);
		CHECK(*per_cpu_ptr(h->object + size - 1, cpu) == 0);
	}
	mark(h);
	return true;
}

static bool model_free(unsigned int i)
{
	bool sound = marked(&held[i]);

	free_percpu(held[i].object);
	held[i] = held[--nr_held];
	return sound;
}

static bool random_steps(struct rng *rng)
{
	for (unsigned int step = 0; step < STEPS; step++) {
		bool grow = nr_held == 0 || (nr_held < HELD_MAX && rng_below(rng, 2));

		CHECK(grow ? model_alloc(rng) : model_free(rng_below(rng, nr_held)));
		if (step % CHECK_EVERY == 0)
			CHECK(percpu_check());
	}
	return true;
}

SELFTEST(percpu, random, "random sizes and alignments agree with a model of what is held")
{
	struct rng rng;
	bool sound;

	rng_seed(&rng, selftest_seed());
	nr_held = 0;
	sound = random_steps(&rng);
	while (nr_held)
		sound = model_free(nr_held - 1) && sound;
	EXPECT(sound);
	EXPECT(percpu_check());
}

SELFTEST(percpu, told,
	 "what alloc_percpu() and free_percpu() refuse they name in each field, their caller too")
{
	const size_t none = 0, large = PERCPU_OBJECT_MAX + 1;
	char *object = __alloc_percpu(8, 8), *const object_end = (char *)PERCPU_END;
#define HERE selftest_percpu_told
	EXPECT(object);
	TOLD_BY("percpu", HERE, "bad size", NULL, "1 to 32768 bytes", "0 bytes",
		EXPECT(!__alloc_percpu(none, 8)));
	TOLD_BY("percpu", HERE, "bad size", NULL, "1 to 32768 bytes", "32769 bytes",
		EXPECT(!__alloc_percpu_gfp(large, 8, GFP_KERNEL)));
	TOLD_BY("percpu", HERE, "bad alignment", NULL, "a power of two up to a page", "24",
		EXPECT(!__alloc_percpu(8, 24)));
	TOLD_BY("percpu", HERE, "interior pointer", object + 1, "the object's first byte", "byte 1",
		free_percpu(object + 1));
	TOLD_BY("percpu", HERE, "wild pointer", object + 8, "what alloc_percpu() gave",
		"+0x0 behind the end of an object", free_percpu(object + 8));
	TOLD_BY("percpu", HERE, "bad zone", NULL, "lowmem",
		told_line("gfp 0x%lx", (unsigned long)GFP_HIGHUSER),
		EXPECT(!__alloc_percpu_gfp(8, 8, GFP_HIGHUSER)));
	TOLD_BY("percpu", HERE, "static variable", &some_variable, "what alloc_percpu() gave",
		"another address", free_percpu(&some_variable));
	TOLD_BY("percpu", HERE, "wild pointer", object_end, "what alloc_percpu() gave",
		"another address", free_percpu(object_end));
	free_percpu(object);
	TOLD_BY("percpu", HERE, "double free", object, "a live object",
		told_line("slot %lu is free", slot_of(object)), free_percpu(object));
#undef HERE
}
