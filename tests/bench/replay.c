/*
 * replay.c - what the traces of the image cost on each allocator: the instructions of all their calls
 *
 * A row is one number, the sum over every allocation, resize and free of the trace.  The state:
 * stocks and empty slabs given back, as between any two benchmarks.
 * Read next: kernel/replay/replay.h, tests/traces/traces.c.
 */
#include <string.h>

#include "kernel/bench/bench.h"
#include "kernel/replay/replay.h"

struct row {
	const char *trace, *allocator;
};

static const struct replay_trace *find_trace(const char *name)
{
	const struct replay_trace *trace;
	unsigned int n = 0;

	do
		trace = replay_trace_nth(n++);
	while (trace && strcmp(trace->name, name));
	return trace;
}

static u64 cost_of_all(const struct replay_result *result)
{
	u64 cost = 0;

	for (unsigned int kind = 0; kind < REPLAY_KINDS; kind++)
		cost += result->kind[kind].cost;
	return cost;
}

static void replay_whole(struct bench *b)
{
	const struct row *row = (const struct row *)b->arg;
	const struct replay_allocator *allocator = replay_allocator_find(row->allocator);
	const struct replay_trace *trace = find_trace(row->trace);
	static struct replay_error error; /* its text outlives this function */
	struct replay_program program;
	struct replay_result result;
	int failed;

	failed = replay_parse(&(struct replay_text){ trace->start, 0,
						     (size_t)(trace->end - trace->start) },
			      &program, &error);
	if (!failed)
		failed = replay_run(&program, allocator, &result, &error);
	replay_discard(&program);
	if (failed)
		bench_leave_out(b, error.why);
	else
		bench_value(b, NULL, cost_of_all(&result));
}

#define REPLAY_ROW(trace_, allocator_)                                                    \
	static const struct row row_##trace_##_##allocator_ = { #trace_, #allocator_ };   \
	BENCH_REGISTER(replay_##trace_##_##allocator_, "replay." #trace_ "." #allocator_, \
		       "every call of the trace " #trace_ " on " #allocator_,             \
		       "no stocks, no empty slabs", replay_whole,                         \
		       (unsigned long)&row_##trace_##_##allocator_)
REPLAY_ROW(words, kmalloc);
REPLAY_ROW(packets, kmalloc);
REPLAY_ROW(tree, kmalloc);
REPLAY_ROW(words, vmalloc);
REPLAY_ROW(packets, vmalloc);
REPLAY_ROW(tree, vmalloc);
