/*
 * objects.c - claims about alloc_percpu: copies, alignment, refusals, exhaustion, random steps
 */
#include "kernel/selftest/selftest.h"
#include "lib/random.h"
#include "mm/account/account.h"
#include "mm/percpu/percpu.h"

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
	for_each_possible_cpu(cpu)
	{
		EXPECT_EQ(per_cpu_ptr(s, cpu)->bytes, 0);
		EXPECT_EQ(per_cpu_ptr(s, cpu)->sizes[7], 0);
		per_cpu_ptr(s, cpu)->bytes = 1ull << 33 | cpu;
		*per_cpu_ptr(&s->sizes[7], cpu) = (u16)(100 + cpu);
	}
	for_each_possible_cpu(cpu)
	{
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

	for_each_possible_cpu(cpu)
	{
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

SELFTEST(percpu, object_from_interrupt, "with interrupts off, GFP_ATOMIC is served")
{
	unsigned long flags = arch_irq_save();
	void *object = __alloc_percpu_gfp(64, 8, GFP_ATOMIC);

	free_percpu(object);
	arch_irq_restore(flags);
	EXPECT(object);
}

/* --- refusals: named, and nothing changed ------------------------------------------------------------- */

static DEFINE_PER_CPU(u32, some_variable);

SELFTEST(percpu, bad_request, "size 0, too large a size, a bad alignment, highmem are refused")
{
	EXPECT_BUG("bad size", EXPECT(!__alloc_percpu(0, 4)));
	EXPECT_BUG("bad size", EXPECT(!__alloc_percpu(PERCPU_OBJECT_MAX + 1, 4)));
	EXPECT_BUG("bad size", EXPECT(!__alloc_percpu((size_t)-1, 4)));
	EXPECT_BUG("bad alignment", EXPECT(!__alloc_percpu(8, 0)));
	EXPECT_BUG("bad alignment", EXPECT(!__alloc_percpu(8, 12)));
	EXPECT_BUG("bad alignment", EXPECT(!__alloc_percpu(8, 2 * PAGE_SIZE)));
	EXPECT_BUG("bad zone", EXPECT(!__alloc_percpu_gfp(8, 8, GFP_HIGHUSER)));
	EXPECT(percpu_check());
}

SELFTEST(percpu, double_free, "freeing an object twice is refused, and harms no later one")
{
	unsigned long *first = alloc_percpu(unsigned long), *second;

	EXPECT(first);
	free_percpu(first);
	EXPECT_BUG("double free", free_percpu(first));
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
	struct stats *s = alloc_percpu(struct stats);
	u32 local;

	EXPECT(s);
	free_percpu(NULL);
	EXPECT_BUG("interior pointer", free_percpu(&s->bytes));
	EXPECT_BUG("interior pointer", free_percpu((char *)s + 1));
	EXPECT_BUG("static variable", free_percpu(&some_variable));
	EXPECT_BUG("wild pointer", free_percpu(&local));
	EXPECT_BUG("wild pointer", free_percpu(this_cpu_ptr(s)));
	EXPECT_BUG("wild pointer", free_percpu((void *)8));
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

/* --- exhaustion ------------------------------------------------------------------------------------------ */

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

/* The numbers of objects run out first, if there is enough memory: then further tables were added. */
SELFTEST(percpu, exhaust_small, "objects can be taken to the last, and all come back")
{
	void **last;
	unsigned long taken = take_all(8, &last);
	bool sound = percpu_check();

	EXPECT_EQ(give_all(last), taken);
	EXPECT(sound);
	EXPECT(taken > 1000);
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

/* --- against a model --------------------------------------------------------------------------------------- */

enum { HELD_MAX = 300, STEPS = 4000, CHECK_EVERY = 500 };

static struct held {
	u8 *object;
	size_t size;
	u8 mark;
} held[HELD_MAX];
static unsigned int nr_held;

/* First and last byte of each copy say whose it is. */
static void mark(const struct held *h)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
	{
		*per_cpu_ptr(h->object, cpu) = (u8)(h->mark + cpu);
		*per_cpu_ptr(h->object + h->size - 1, cpu) = (u8)(h->mark + cpu);
	}
}

static bool marked(const struct held *h)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
	{
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
	for_each_possible_cpu(cpu)
	{
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
