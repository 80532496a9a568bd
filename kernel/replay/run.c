/*
 * run.c - carries a program out on an allocator: times each call, checks contents, counts pages
 *
 *	program  a 1 24 │ r 1 100 │ a 2 16 │ f 1 │ (end: f 2)
 *	              │        │
 *	object[id]  { va, bytes, usable }          every byte of it written, from its id and its place
 *
 *	  taken = pages * PAGE_SIZE   ┌───────────────────────────────┐
 *	  usable, of all live objects │#######################        │   external: 1 - usable / taken
 *	  requested                   │#################              │   internal: 1 - requested / usable
 *
 * Pages are counted by what the page allocator has less than at the start, so stocks and an
 * allocator's own tables count as taken, as they should.  Tables of this file are allocated before.
 *
 * Invariants
 *   P1  Between two operations every byte of every live object is pattern_word()'s.
 *   P2  requested and usable are the sums over the live objects.
 *   P3  On return no object is live, and the page balance is that of the start.
 *
 * Locking: none; interrupts are masked while a call is timed.
 * Read next: replay_shell.c, which shows the numbers.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "kernel/bench/bench.h"
#include "kernel/console.h"
#include "kernel/replay/replay.h"
#include "kernel/shell/shell.h"
#include "mm/account/account.h"
#include "mm/slab/slab.h"

struct object {
	void *va; /* NULL also of a live one of 0 bytes, if the allocator says so */
	bool live;
	u32 bytes, usable;
};

struct run {
	const struct replay_allocator *allocator;
	struct replay_result *result;
	struct replay_error *error;
	struct object *object; /* by id */
	unsigned int nr_ids;
	u64 requested, usable; /* keeps P2 */
	unsigned long pages_before;
	u32 line;  /* of the operation that runs */
	u64 empty; /* what timing nothing costs */
};

static int __printf(3, 4) fail(struct run *run, int error, const char *fmt, ...)
{
	va_list ap;

	run->error->line = run->line;
	va_start(ap, fmt);
	vsnprintf(run->error->why, sizeof(run->error->why), fmt, ap);
	va_end(ap);
	return error;
}

/* --- contents --------------------------------------------------------------------------------- */

/* The nth word of the object of that id.  The factor is Knuth's, 2^32 over the golden ratio. */
static u32 pattern_word(u32 id, u32 nth)
{
	return (id + 1) * 2654435761u ^ nth;
}

/* Writes all but the words that lie in the first `from` bytes as a whole. */
static void fill(struct object *object, u32 id, u32 from)
{
	u8 *bytes = object->va;

	for (u32 at = ALIGN_DOWN(from, 4); at < object->bytes; at += 4) {
		u32 word = pattern_word(id, at / 4);

		memcpy(bytes + at, &word, min(object->bytes - at, 4u));
	}
}

/* Are the first `bytes` as they were written? */
static int check(struct run *run, const void *va, u32 id, u32 bytes)
{
	const u8 *found = va;

	for (u32 at = 0; at < bytes; at += 4) {
		u32 want = pattern_word(id, at / 4), got = want;

		memcpy(&got, found + at, min(bytes - at, 4u));
		if (got != want)
			return fail(run, -EIO, "id %lu: bytes from %lu on are %08lx, not %08lx",
				    (unsigned long)id, (unsigned long)at, (unsigned long)got,
				    (unsigned long)want);
	}
	return 0;
}

/* --- counting --------------------------------------------------------------------------------- */

static void count(struct run *run, enum replay_kind kind, u32 ticks)
{
	u64 cost = bench_convert(ticks);

	run->result->kind[kind].count++;
	run->result->kind[kind].cost += cost > run->empty ? cost - run->empty : 0;
}

/* What is live has changed: is this a peak? */
static void note_peaks(struct run *run)
{
	struct replay_result *result = run->result;
	unsigned long now = nr_available_pages();
	unsigned long pages = now < run->pages_before ? run->pages_before - now : 0;

	result->pages_most = max(result->pages_most, pages);
	if (run->requested <= result->requested)
		return;
	result->requested = run->requested;
	result->usable = run->usable;
	result->pages = pages;
	result->peak_line = run->line;
}

/* NULL is an answer to a request for nothing, as C has it of malloc(0), and to no other. */
static int no_memory(struct run *run, const void *va, u32 bytes)
{
	return va || !bytes ? 0
			    : fail(run, -ENOMEM, "no memory for %lu bytes", (unsigned long)bytes);
}

/* The object is there, with that many bytes; -EIO when the allocator gave less than that. */
static int adopt(struct run *run, struct object *object, void *va, u32 bytes)
{
	*object = (struct object){ va, true, bytes, va ? (u32)run->allocator->usable(va) : 0 };
	run->requested += bytes;
	run->usable += object->usable;
	note_peaks(run);
	return object->usable >= bytes ? 0
				       : fail(run, -EIO, "%lu of %lu bytes may be used",
					      (unsigned long)object->usable, (unsigned long)bytes);
}

static void forget(struct run *run, struct object *object)
{
	run->requested -= object->bytes;
	run->usable -= object->usable;
	*object = (struct object){};
}

/* --- the three operations --------------------------------------------------------------------- */

static int run_alloc(struct run *run, u32 id, u32 bytes)
{
	u32 ticks;
	void *va;
	int error;

	bench_time(ticks, va = run->allocator->alloc(bytes));
	error = no_memory(run, va, bytes);
	if (error)
		return error;
	count(run, REPLAY_ALLOC, ticks);
	error = adopt(run, &run->object[id], va, bytes);
	if (!error)
		fill(&run->object[id], id, 0); /* keeps P1 */
	return error;
}

static int run_resize(struct run *run, u32 id, u32 bytes)
{
	struct object *object = &run->object[id];
	u32 old = object->bytes, ticks;
	int error = check(run, object->va, id, old);
	void *va;

	if (error)
		return error;
	bench_time(ticks, va = run->allocator->resize(object->va, old, bytes));
	error = no_memory(run, va, bytes);
	if (error)
		return error;
	count(run, REPLAY_RESIZE, ticks);
	forget(run, object);
	error = adopt(run, object, va, bytes);
	if (!error)
		error = check(run, va, id, min(old, bytes));
	if (!error)
		fill(object, id, old);
	return error;
}

/* Frees it even when its contents are wrong (keeps P3). */
static int run_free(struct run *run, u32 id)
{
	struct object *object = &run->object[id];
	int error = check(run, object->va, id, object->bytes);
	u32 ticks;

	bench_time(ticks, run->allocator->release(object->va));
	count(run, REPLAY_FREE, ticks);
	forget(run, object);
	note_peaks(run);
	return error;
}

static int run_op(struct run *run, const struct replay_op *op)
{
	run->line = op->line;
	switch ((enum replay_kind)op->kind) {
	case REPLAY_ALLOC:
		return run_alloc(run, op->id, op->bytes);
	case REPLAY_RESIZE:
		return run_resize(run, op->id, op->bytes);
	case REPLAY_FREE:
	case REPLAY_KINDS:
		break;
	}
	return run_free(run, op->id);
}

/* --- the whole -------------------------------------------------------------------------------- */

static int run_ops(struct run *run, const struct replay_program *program)
{
	int error = 0;

	for (unsigned int i = 0; i < program->nr_ops && !error; i++) {
		if (!shell_progress(i, program->nr_ops))
			return fail(run, -EINTR, "interrupted");
		error = run_op(run, &program->op[i]);
	}
	return error;
}

/* Frees what is live; the first error is the one that is kept. */
static int run_rest(struct run *run, int error)
{
	for (u32 id = 0; id < run->nr_ids; id++) {
		struct replay_error first = *run->error;
		int now;

		if (!run->object[id].live)
			continue;
		now = run_free(run, id);
		run->result->at_end++;
		if (error)
			*run->error = first;
		else
			error = now;
	}
	return error;
}

static int run_balanced(struct run *run, const struct replay_program *program)
{
	struct balance before, after;
	int error;

	account_settle();
	account_balance(&before);
	run->pages_before = nr_available_pages();
	error = run_rest(run, run_ops(run, program));
	account_settle();
	account_balance(&after);
	if (!error && !account_equal(&before, &after))
		error = fail(run, -EIO, "pages available: %lu before, %lu after",
			     before.free + before.pcp, after.free + after.pcp);
	return error; /* keeps P3 */
}

int replay_run(const struct replay_program *program, const struct replay_allocator *allocator,
	       struct replay_result *result, struct replay_error *error)
{
	struct run run = { .allocator = allocator,
			   .result = result,
			   .error = error,
			   .nr_ids = program->nr_ids,
			   .empty = bench_empty_cost() };
	int status;

	*result = (struct replay_result){};
	*error = (struct replay_error){};
	run.object = kcalloc(program->nr_ids, sizeof(*run.object), GFP_KERNEL | __GFP_NOWARN);
	if (!run.object)
		return fail(&run, -ENOMEM, "no memory for %u ids", program->nr_ids);
	status = run_balanced(&run, program);
	kfree(run.object);
	return status;
}
