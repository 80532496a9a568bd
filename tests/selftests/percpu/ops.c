/*
 * ops.c - claims about this_cpu_ and __this_cpu_: every operation at every width, whatever the
 *         pointer came from
 *
 *	steps_u16(&variable)      the compiler sees that it is static
 *	run_u16(&variable)        static, which only shows at run time
 *	run_u16(alloc_percpu())   an object
 *
 * The value's neighbours hold a pattern that must survive: an operation of the wrong width shows
 * there.
 */
#include "kernel/selftest/selftest.h"
#include "mm/percpu/percpu.h"

/* Does the expression give `result`, and is the value `now` afterwards? */
#define GIVES(expression, result, now)                   \
	do {                                             \
		CHECK((expression) == (result));         \
		CHECK(this_cpu_read(p->value) == (now)); \
	} while (0)

/* The same for an expression without a value. */
#define LEAVES(expression, now)                            \
	do {                                               \
		expression;                                \
		CHECK(__this_cpu_read(p->value) == (now)); \
	} while (0)

/* Every operation of one form on p->value; top is the type's highest bit, so that a cut shows. */
#define CHECK_FORM(form, type)                                                                 \
	do {                                                                                   \
		LEAVES(form##_write(p->value, top), top);                                      \
		CHECK(form##_read(p->value) == top);                                           \
		LEAVES(form##_add(p->value, 5), (type)(top + 5));                              \
		LEAVES(form##_sub(p->value, 2), (type)(top + 3));                              \
		LEAVES(form##_inc(p->value), (type)(top + 4));                                 \
		LEAVES(form##_dec(p->value), (type)(top + 3));                                 \
		LEAVES(form##_or(p->value, 0x70), (type)(top | 0x73));                         \
		LEAVES(form##_and(p->value, (type)(top | 0x51)), (type)(top | 0x51));          \
		GIVES(form##_add_return(p->value, 1), (type)(top | 0x52), (type)(top | 0x52)); \
		GIVES(form##_sub_return(p->value, 2), (type)(top | 0x50), (type)(top | 0x50)); \
		GIVES(form##_inc_return(p->value), (type)(top | 0x51), (type)(top | 0x51));    \
		GIVES(form##_dec_return(p->value), (type)(top | 0x50), (type)(top | 0x50));    \
		GIVES(form##_xchg(p->value, 9), (type)(top | 0x50), 9);                        \
		GIVES(form##_cmpxchg(p->value, 8, 1), 9, 9);                                   \
		GIVES(form##_cmpxchg(p->value, 9, top), 9, top);                               \
		LEAVES(form##_write(p->value, 0), 0);                                          \
		LEAVES(form##_dec(p->value), (type)(-1));                                      \
		LEAVES(form##_inc(p->value), 0);                                               \
	} while (0)

#define WIDTH(type)                                                                      \
	struct guarded_##type {                                                          \
		type before, value, after;                                               \
	};                                                                               \
	static DEFINE_PER_CPU(struct guarded_##type, variable_##type);                   \
                                                                                         \
	static __always_inline bool steps_##type(struct guarded_##type *p)               \
	{                                                                                \
		const type top = (type)(1ull << (8 * sizeof(type) - 1));                 \
                                                                                         \
		this_cpu_write(p->before, (type)0x5a);                                   \
		this_cpu_write(p->after, (type)0xa5);                                    \
		CHECK_FORM(this_cpu, type);                                              \
		CHECK_FORM(__this_cpu, type);                                            \
		CHECK(this_cpu_read(p->before) == (type)0x5a);                           \
		CHECK(this_cpu_read(p->after) == (type)0xa5);                            \
		return true;                                                             \
	}                                                                                \
	static __noinline bool run_##type(struct guarded_##type *p)                      \
	{                                                                                \
		return steps_##type(p);                                                  \
	}                                                                                \
	SELFTEST(percpu, ops_##type, "all operations are right on every kind of " #type) \
	{                                                                                \
		struct guarded_##type *object = alloc_percpu(struct guarded_##type);     \
		bool sound;                                                              \
                                                                                         \
		EXPECT(object);                                                          \
		sound = run_##type(object);                                              \
		free_percpu(object);                                                     \
		EXPECT(sound);                                                           \
		EXPECT(run_##type(&variable_##type));                                    \
		EXPECT(steps_##type(&variable_##type));                                  \
	}

WIDTH(u8)
WIDTH(u16)
WIDTH(u32)
WIDTH(u64)

/* --- signed ----------------------------------------------------------------------------------- */

static DEFINE_PER_CPU(s8, small) = -3;

SELFTEST(percpu, ops_signed, "a negative value is read, given back and compared as one")
{
	EXPECT(this_cpu_read(small) == -3);
	EXPECT(this_cpu_add_return(small, 2) == -1);
	EXPECT(__this_cpu_inc_return(small) == 0);
	EXPECT(this_cpu_sub_return(small, 127) == -127);
	EXPECT(__this_cpu_cmpxchg(small, -127, -2) == -127);
	EXPECT(this_cpu_xchg(small, -3) == -2);
	EXPECT(__this_cpu_read(small) == -3);
}

/* --- what is no integer ----------------------------------------------------------------------- */

static DEFINE_PER_CPU(const char *, word) = "first";
static DEFINE_PER_CPU(bool, flag) = true;

SELFTEST(percpu, ops_scalars, "pointers and booleans can be read, written, exchanged")
{
	const char *first = this_cpu_read(word), *second = "second";

	EXPECT_EQ(this_cpu_xchg(word, second), first);
	EXPECT_EQ(this_cpu_cmpxchg(word, first, NULL), second);
	EXPECT_EQ(this_cpu_cmpxchg(word, second, first), second);
	EXPECT_EQ(__this_cpu_read(word), first);
	EXPECT(this_cpu_xchg(flag, false));
	EXPECT(!this_cpu_read(flag));
	__this_cpu_write(flag, true);
	EXPECT(this_cpu_read(flag));
}

/* --- against this CPU's interrupts ------------------------------------------------------------ */

static DEFINE_PER_CPU(u64, wide_count);

/* A value whose halves must change together: the tick's handler cannot see one half of a carry. */
SELFTEST(percpu, ops_carry, "an 8-byte addition carries into the upper half")
{
	this_cpu_write(wide_count, 0xffffffffull);
	this_cpu_inc(wide_count);
	EXPECT_EQ(this_cpu_read(wide_count), 0x100000000ull);
	EXPECT_EQ(this_cpu_sub_return(wide_count, 1), 0xffffffffull);
	EXPECT_EQ(this_cpu_xchg(wide_count, 0), 0xffffffffull);
}

SELFTEST(percpu, ops_others_untouched, "an operation on this CPU's copy changes no other CPU's")
{
	unsigned int cpu, me = smp_processor_id();

	for_each_possible_cpu(cpu)
		per_cpu(wide_count, cpu) = cpu;
	this_cpu_add(wide_count, 1000);
	for_each_possible_cpu(cpu) {
		EXPECT_EQ(per_cpu(wide_count, cpu), cpu == me ? cpu + 1000 : cpu);
		per_cpu(wide_count, cpu) = 0;
	}
}
