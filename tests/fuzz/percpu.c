/*
 * percpu.c - data of which each CPU has its own, made and given back, against who has which
 *
 *	object   [ 24 bytes, aligned to 8 | - | 4000 bytes, aligned to 64 | … ]   each CPU's copy has a mark
 *
 * Claims: an object comes zeroed and aligned on every CPU, is reached from any byte of it, and keeps what is
 * written; a mistake is refused.
 *
 * Read next: mm/percpu/percpu.h.
 */
#include <string.h>

#include "mm/percpu/percpu.h"
#include "tests/fuzz/fuzz.h"

enum { OBJECTS = 48 };

static struct object {
	u8 __percpu *at; /* NULL: there is none */
	size_t bytes, align;
	u32 mark;
} objects[OBJECTS];

/* --- the model -------------------------------------------------------------------------------- */

static struct object *empty_place(void)
{
	for (struct object *o = objects; o < objects + OBJECTS; o++)
		if (!o->at)
			return o;
	return NULL;
}

static struct object *choose(struct fuzz_input *in)
{
	const unsigned int first = fuzz_below(in, OBJECTS);

	for (unsigned int i = 0; i < OBJECTS; i++)
		if (objects[(first + i) % OBJECTS].at)
			return &objects[(first + i) % OBJECTS];
	return NULL;
}

static void expect_zeroed(const u8 *copy, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		FUZZ_CHECK(!copy[i]);
}

/* A new one: looked at, and marked, on each CPU. */
static void begin_object(struct object *o)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		u8 *copy = per_cpu_ptr(o->at, cpu);

		FUZZ_CHECK((vaddr_t)copy % o->align == 0);
		expect_zeroed(copy, o->bytes);
		fuzz_mark(copy, o->bytes, o->mark + cpu);
	}
}

static void expect_marked(const struct object *o)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		FUZZ_CHECK(fuzz_is_marked(per_cpu_ptr(o->at, cpu), o->bytes, o->mark + cpu));
}

/* --- operations ------------------------------------------------------------------------------- */

static size_t read_size(struct fuzz_input *in)
{
	const u8 kind = fuzz_u8(in);

	if (kind < 0xc0)
		return 1 + fuzz_u8(in) % 200;
	return 1 + fuzz_below(in, kind < 0xfc ? 2048 : PERCPU_OBJECT_MAX);
}

static void take(struct fuzz_input *in)
{
	struct object *o = empty_place();
	const size_t bytes = read_size(in);
	const u8 how = fuzz_u8(in);
	u32 mark;

	if (!o)
		return;
	mark = fuzz_new_mark();
	*o = (struct object){ .bytes = bytes, .align = 1ul << how % 13, .mark = mark };
	o->align = how < 0xc0 ? min(o->align, 64ul) : o->align;
	o->at = __alloc_percpu_gfp(bytes, o->align,
				   (how & 0x10 ? GFP_KERNEL : GFP_NOWAIT) | __GFP_NOWARN);
	if (o->at)
		begin_object(o);
}

static void give(struct fuzz_input *in)
{
	struct object *o = choose(in);

	if (!o)
		return;
	expect_marked(o);
	free_percpu(o->at);
	o->at = NULL;
}

/* Each byte of the object leads to the same byte of this CPU's copy. */
static void look(struct fuzz_input *in)
{
	struct object *o = choose(in);
	const size_t byte = o ? fuzz_u16(in) % o->bytes : 0;

	if (!o)
		return;
	FUZZ_CHECK(this_cpu_ptr(o->at + byte) == this_cpu_ptr(o->at) + byte);
	FUZZ_CHECK(this_cpu_read(o->at[byte]) == *per_cpu_ptr(o->at + byte, smp_processor_id()));
	expect_marked(o);
}

/* One operation on a word, and its opposite. */
static void count(struct fuzz_input *in)
{
	struct object *o = choose(in);
	const u32 by = fuzz_u8(in);
	u32 *word, before;

	if (!o || o->bytes < 2 * sizeof(*word) || o->align < sizeof(*word))
		return;
	word = this_cpu_ptr((u32 *)o->at);
	before = *word;
	FUZZ_CHECK(this_cpu_add_return(*(u32 *)o->at, by) == before + by);
	FUZZ_CHECK(this_cpu_xchg(*(u32 *)o->at, by) == before + by);
	FUZZ_CHECK(this_cpu_cmpxchg(*(u32 *)o->at, by, before) == by);
	FUZZ_CHECK(*word == before);
}

/* --- mistakes --------------------------------------------------------------------------------- */

static void give_twice(struct fuzz_input *in)
{
	struct object *o = choose(in);

	if (!o)
		return;
	expect_marked(o);
	free_percpu(o->at);
	FUZZ_REFUSED("double free|wild pointer", free_percpu(o->at));
	o->at = NULL;
}

static void give_inside(struct fuzz_input *in)
{
	struct object *o = choose(in);
	const size_t byte = o ? fuzz_u16(in) % o->bytes : 0;

	if (byte)
		FUZZ_REFUSED("interior pointer|wild pointer", free_percpu(o->at + byte));
	if (o)
		expect_marked(o);
}

static DEFINE_PER_CPU(u32, variable);

static void give_wild(struct fuzz_input *in)
{
	static u32 plain;
	void *const wild[] = { &variable, &plain, (void *)8, (void *)(PERCPU_END - 8),
			       (void *)(PERCPU_END + 64) };

	FUZZ_REFUSED("wild pointer|double free|interior pointer|static variable",
		     free_percpu(wild[fuzz_below(in, ARRAY_SIZE(wild))]));
}

static void ask_wrongly(struct fuzz_input *in)
{
	static const size_t sizes[] = { 0, 8, PERCPU_OBJECT_MAX + 1, 8, 8 },
			    aligns[] = { 8, 0, 8, 24, 2 * PAGE_SIZE };
	const unsigned int nth = fuzz_below(in, ARRAY_SIZE(sizes));
	void __percpu *made = NULL;

	FUZZ_REFUSED("bad size|bad alignment", made = __alloc_percpu(sizes[nth], aligns[nth]));
	FUZZ_CHECK(!made);
}

static void check(struct fuzz_input *in)
{
	fuzz_ask(in, percpu_check);
}

/* --- one input -------------------------------------------------------------------------------- */

static void (*const operations[])(struct fuzz_input *in) = {
	take,  take,	   take,	give,	   give,	give,  look,
	count, give_twice, give_inside, give_wild, ask_wrongly, check,
};

static void give_all(void)
{
	for (struct object *o = objects; o < objects + OBJECTS; o++) {
		if (!o->at)
			continue;
		expect_marked(o);
		free_percpu(o->at);
	}
}

static void run(const u8 *data, size_t size)
{
	struct fuzz_input in = fuzz_read(data, size);

	memset(objects, 0, sizeof(objects));
	while (fuzz_next(&in))
		operations[fuzz_below(&in, ARRAY_SIZE(operations))](&in);
	give_all();
	FUZZ_CHECK(percpu_check());
	fuzz_expect_whole();
}

FUZZ_TARGET(percpu, "objects of which each CPU has a copy", run);
