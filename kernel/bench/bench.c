/*
 * bench.c - runs registered benchmarks: checks the clock, keeps the samples, makes rows of them
 *
 *	bench_check_clock()    an empty statement's cost; are ten nops ten?
 *	bench_run()
 *	  samples  <── one block of pages:  [ alloc | free | object | sorted ]
 *	  each benchmark, by name: run, balance as before, median / mean / p99 / worst ──> sink
 *	  samples  ──> given back
 *
 * Locking: none; the shell runs one command at a time.
 * Read next: bench.h; stats.c; bench_shell.c, where rows become a table.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/bench/bench.h"
#include "kernel/bench/stats.h"
#include "kernel/console.h"
#include "kernel/registry.h"
#include "lib/random.h"
#include "kernel/shell/shell.h"
#include "mm/account/account.h"
#include "mm/page/page.h"

REGISTRY(benchmarks, const struct benchmark);

static u64 empty_cost; /* bench_empty_cost(), of this run */
static u32 *sorted;    /* room for statistics, BENCH_CAPACITY */
static const struct bench_sink *sink;
static const struct benchmark *running;
static unsigned int nr_rows, nr_left_out; /* of this run */

/* --- the clock -------------------------------------------------------------------------------- */

u64 bench_convert(u64 ticks)
{
	return arch_count_exact() ? arch_ticks_to_instructions(ticks) : ticks * ARCH_TICK_NS;
}

static __noinline u32 time_empty(void)
{
	u32 ticks;

	bench_time(ticks, );
	return ticks;
}

/* The least of some: an emulation may stand still within one, and all would seem to cost nothing. */
u64 bench_empty_cost(void)
{
	u32 least = time_empty();

	for (int i = 1; i < 8; i++)
		least = min(least, time_empty());
	return bench_convert(least);
}

static __noinline u32 time_ten_nops(void)
{
	u32 ticks;

	bench_time(ticks, __asm__ volatile(".rept 10\n\tnop\n\t.endr"));
	return ticks;
}

enum bench_clock bench_check_clock(void)
{
	empty_cost = bench_empty_cost();
	if (!arch_count_exact())
		return BENCH_NOISY;
	return bench_convert(time_ten_nops()) - empty_cost == 10 ? BENCH_EXACT : BENCH_CONTRADICTS;
}

/* Ticks of a sample as the cost of one operation, without the reads; noise makes none negative. */
static u32 operation_cost(u32 ticks, unsigned int per)
{
	u64 cost = bench_convert(ticks);

	return cost > empty_cost ? (u32)stats_mean(cost - empty_cost, per) : 0;
}

static void convert_samples(struct bench *b)
{
	for (unsigned int i = 0; i < b->samples; i++) {
		b->alloc[i] = operation_cost(b->alloc[i], b->per);
		if (!b->single)
			b->free[i] = operation_cost(b->free[i], b->per);
	}
}

/* --- rows ------------------------------------------------------------------------------------- */

static void hand_over(const struct bench_row *row)
{
	if (con_interrupt_seen() || !bench_wants_row(running, row->name))
		return; /* an interrupted one is of a part of the samples */
	sink->row(row);
	nr_rows++;
}

void bench_value(struct bench *b, const char *name, u64 value)
{
	const struct bench_row row = { .name = name ? name : b->benchmark->name,
				       .pair = value,
				       .p50 = value,
				       .p99 = value,
				       .worst_alloc = value };

	hand_over(&row);
}

void bench_leave_out(struct bench *b, const char *why)
{
	b->left_out = why;
}

static u32 worst_of(const u32 *samples, unsigned int n, u32 worst)
{
	while (n--)
		worst = max(worst, samples[n]);
	return worst;
}

void bench_keep_worst(struct bench *b)
{
	convert_samples(b);
	b->worst_alloc = worst_of(b->alloc, b->samples, b->worst_alloc);
	b->worst_free = worst_of(b->free, b->samples, b->worst_free);
	b->worst = true;
	b->samples = 0;
}

/* The two halves are of different objects: there is no pair, and the larger one stands for it. */
static void make_worst_row(const struct bench *b)
{
	const u32 worst = max(b->worst_alloc, b->worst_free);
	const struct bench_row row = { .name = b->benchmark->name,
				       .parts = true,
				       .alloc = b->worst_alloc,
				       .free = b->worst_free,
				       .pair = worst,
				       .p50 = worst,
				       .p99 = worst,
				       .worst_alloc = b->worst_alloc,
				       .worst_free = b->worst_free };

	hand_over(&row);
}

/* Of one kind of operation; who wants to see them all is shown them. */
static void stats_of_operation(const struct bench *b, const char *operation, const u32 *samples,
			       struct stats *stats)
{
	stats_of(samples, b->samples, sorted, stats);
	if (sink->samples)
		sink->samples(b->benchmark->name, operation, sorted, b->samples);
}

static void make_row(const struct bench *b)
{
	struct bench_row row = { .name = b->benchmark->name, .parts = !b->single };
	struct stats alloc, free = {}, pair = {};

	stats_of_operation(b, row.parts ? "alloc" : "operation", b->alloc, &alloc);
	if (row.parts)
		stats_of_operation(b, "free", b->free, &free);
	/* Each pair's own sum; in a batch the halves of a pair are not of one object. */
	for (unsigned int i = 0; row.parts && !b->batch && i < b->samples; i++)
		b->alloc[i] += b->free[i];
	if (!b->batch)
		stats_of(b->alloc, b->samples, sorted, &pair);
	row.alloc = b->batch ? alloc.mean : alloc.median;
	row.free = b->batch ? free.mean : free.median;
	row.pair = b->batch ? stats_mean(alloc.sum + free.sum, b->samples) : pair.median;
	row.p50 = b->batch ? alloc.median + free.median : pair.median;
	row.p99 = b->batch ? alloc.p99 + free.p99 : pair.p99;
	row.worst_alloc = alloc.worst;
	row.worst_free = free.worst;
	hand_over(&row);
}

void bench_arrange(struct bench *b, unsigned int n, enum bench_order order)
{
	struct rng rng;

	rng_seed(&rng, 2026);
	for (unsigned int i = 0; order == BENCH_LIFO && i < n / 2; i++) {
		void *object = b->object[i];

		b->object[i] = b->object[n - 1 - i];
		b->object[n - 1 - i] = object;
	}
	for (unsigned int i = n; order == BENCH_RANDOM && i > 1; i--) {
		unsigned int j = rng_below(&rng, i);
		void *object = b->object[j];

		b->object[j] = b->object[i - 1];
		b->object[i - 1] = object;
	}
}

/* --- running ---------------------------------------------------------------------------------- */

bool bench_goes_on(void)
{
	return !con_interrupted();
}

static void conclude(struct bench *b)
{
	if (con_interrupt_seen())
		return;
	if (b->left_out) {
		sink->left_out(b->benchmark->name, b->left_out);
		nr_left_out++;
	} else if (b->worst) {
		make_worst_row(b);
	} else if (b->samples) {
		convert_samples(b);
		make_row(b);
	}
}

/* Runs one; false when the balance is not what it was. */
static bool run_one(const struct benchmark *benchmark, struct bench *b)
{
	struct balance before, after;

	b->benchmark = running = benchmark;
	b->arg = benchmark->arg;
	b->samples = 0;
	b->per = 1;
	b->single = b->batch = b->worst = false;
	b->worst_alloc = b->worst_free = 0;
	b->left_out = NULL;
	if (sink->begin)
		sink->begin(benchmark->name);
	account_settle();
	account_balance(&before);
	arch_count_row();
	benchmark->run(b);
	account_settle();
	account_balance(&after);
	conclude(b);
	return account_equal(&before, &after);
}

/* As strcmp(), but order2 comes before order10: a run of digits counts as the number it is. */
static int natural_order(const char *a, const char *b)
{
	while (*a && *b) {
		if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
			char *a_end, *b_end;
			unsigned long m = strtoul(a, &a_end, 10), n = strtoul(b, &b_end, 10);

			if (m != n)
				return m < n ? -1 : 1;
			a = a_end;
			b = b_end;
		} else if (*a != *b) {
			break;
		} else {
			a++;
			b++;
		}
	}
	return (unsigned char)*a - (unsigned char)*b;
}

int bench_by_name(const void *a, const void *b)
{
	return natural_order(((const struct benchmark *)a)->name,
			     ((const struct benchmark *)b)->name);
}

static int run_wanted(struct bench *b)
{
	const struct benchmark *benchmark = NULL;
	unsigned int done = 0, total = 0;

	while ((benchmark = bench_next(benchmark)))
		total++;
	while ((benchmark = bench_next(benchmark))) {
		if (!shell_step(done++, total))
			return -EINTR;
		if (!run_one(benchmark, b)) {
			con_printf("%s left the page balance changed\n", benchmark->name);
			return -EIO;
		}
	}
	if (con_interrupt_seen())
		return -EINTR;
	return nr_rows + nr_left_out ? (int)nr_rows : -ENOENT;
}

int bench_run(const struct bench_sink *to)
{
	const size_t bytes = BENCH_CAPACITY * (3 * sizeof(u32) + sizeof(void *));
	unsigned int order = 0;
	struct bench b;
	int rows;

	while (PAGE_SIZE << order < bytes)
		order++;
	b.alloc = (u32 *)__get_free_pages(GFP_KERNEL | __GFP_NOWARN, order);
	if (!b.alloc)
		return -ENOMEM;
	b.free = b.alloc + BENCH_CAPACITY;
	sorted = b.free + BENCH_CAPACITY;
	b.object = (void **)(sorted + BENCH_CAPACITY);
	sink = to;
	nr_rows = nr_left_out = 0;
	rows = run_wanted(&b);
	free_pages((unsigned long)b.alloc, order);
	return rows;
}

const struct bench_anchor *bench_anchor_of(const char *name)
{
	for (unsigned int i = 0; i < bench_nr_anchors; i++) {
		if (!strcmp(bench_anchors[i].name, name))
			return &bench_anchors[i];
	}
	return NULL;
}
