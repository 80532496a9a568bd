/*
 * run.c - claims about a run: numbers that were counted by hand, and allocators that do wrong
 *
 * The allocator `paged` gives whole pages from the page allocator, so that its numbers can be told
 * beforehand; the others are paged with one fault each.
 */
#include <errno.h>
#include <string.h>

#include "kernel/replay/replay.h"
#include "kernel/selftest/selftest.h"
#include "mm/page/page.h"

static struct replay_program program;
static struct replay_result result;
static struct replay_error error;

static unsigned int order_of(size_t bytes)
{
	unsigned int order = 0;

	while (PAGE_SIZE << order < bytes)
		order++;
	return order;
}

static void *paged_alloc(size_t bytes)
{
	unsigned int order = order_of(bytes);

	return order >= MAX_ORDER ? NULL
				  : (void *)__get_free_pages(GFP_KERNEL | __GFP_NOWARN, order);
}

static size_t paged_usable(const void *object)
{
	return PAGE_SIZE << page_order(virt_to_page(object));
}

static void paged_release(void *object)
{
	if (object) /* of 0 bytes it may be none */
		free_pages((unsigned long)object, page_order(virt_to_page(object)));
}

static void *paged_resize(void *object, size_t old_bytes, size_t bytes)
{
	void *moved = paged_alloc(bytes);

	if (!moved)
		return NULL;
	memcpy(moved, object, min(old_bytes, bytes));
	paged_release(object);
	return moved;
}

static const struct replay_allocator paged = { "paged",	      "",
					       paged_alloc,   paged_resize,
					       paged_release, paged_usable };

static int run(const char *text, const struct replay_allocator *allocator)
{
	int status = replay_parse(&(struct replay_text){ text, 0, strlen(text) }, &program, &error);

	if (status)
		return status;
	status = replay_run(&program, allocator, &result, &error);
	replay_discard(&program);
	return status;
}

/*
 *	line  live afterwards              requested   usable   pages
 *	1     1: 1000                           1000     4096       1
 *	2     1: 1000, 2: 5000                  6000    12288       3    most bytes requested
 *	3     1: 900, 2: 5000                   5900    12288       3
 *	4     1: 900                             900     4096       1
 *	5     1: 900, 2: 100                    1000     8192       2
 *	6     1: 900, 2: 100, 3: 100            1100    12288       3
 *	7     1, 2, 3: 100, 4: 1                1101    16384       4    most pages
 */
SELFTEST(replay, counted_by_hand, "peaks, fragmentation and counts are those that a person finds")
{
	EXPECT_EQ(run("a 1 1000\na 2 5000\nr 1 900\nf 2\na 2 100\na 3 100\na 4 1\n", &paged), 0);
	EXPECT_EQ(result.kind[REPLAY_ALLOC].count, 5);
	EXPECT_EQ(result.kind[REPLAY_RESIZE].count, 1);
	EXPECT_EQ(result.kind[REPLAY_FREE].count, 5);
	EXPECT_EQ(result.at_end, 4);
	EXPECT_EQ(result.peak_line, 2);
	EXPECT_EQ(result.requested, 6000);
	EXPECT_EQ(result.usable, 12288);
	EXPECT_EQ(result.pages, 3);
	EXPECT_EQ(result.pages_most, 4);
	if (arch_count_exact()) /* a host's clock may not notice five operations */
		EXPECT(result.kind[REPLAY_ALLOC].cost > 0 && result.kind[REPLAY_FREE].cost > 0);
}

SELFTEST(replay, every_trace, "each trace of the image runs on each allocator, all given back")
{
	const struct replay_allocator *allocator;
	const struct replay_trace *trace;
	unsigned int n, m;

	for (n = 0; (trace = replay_trace_nth(n)); n++) {
		const size_t size = (size_t)(trace->end - trace->start);

		for (m = 0; (allocator = replay_allocator_nth(m)); m++) {
			const struct replay_text text = { trace->start, 0, size };
			int status = replay_parse(&text, &program, &error);

			if (!status)
				status = replay_run(&program, allocator, &result, &error);
			if (status)
				selftest_fail(__FILE__, __LINE__, "%s on %s: line %u: %s",
					      trace->name, allocator->name, error.line, error.why);
			else
				EXPECT_EQ(result.kind[REPLAY_ALLOC].count,
					  result.kind[REPLAY_FREE].count);
			replay_discard(&program);
		}
		EXPECT(m > 0);
	}
	EXPECT(n >= 3);
}

/* malloc(0) of a program is a line of its trace; realloc(p, 0) and realloc(of nothing, n), too. */
static const char nothing[] = "a 1 0\na 2 16\nr 1 5000\nr 2 0\nr 1 0\nf 1\na 1 0\nr 2 0\n";

SELFTEST(replay, nothing, "objects of 0 bytes live, are resized and freed, on every allocator")
{
	const struct replay_allocator *allocator;
	unsigned int n;

	for (n = 0; (allocator = replay_allocator_nth(n)); n++) {
		int status = run(nothing, allocator);

		if (status)
			selftest_fail(__FILE__, __LINE__, "%s: line %u: %s", allocator->name,
				      error.line, error.why);
		EXPECT_EQ(result.kind[REPLAY_ALLOC].count, 3);
		EXPECT_EQ(result.kind[REPLAY_RESIZE].count, 4);
		EXPECT_EQ(result.kind[REPLAY_FREE].count, 3);
		EXPECT_EQ(result.at_end, 2);
		EXPECT_EQ(result.requested, 5016);
		EXPECT_EQ(result.peak_line, 3);
	}
	EXPECT(n >= 2);
	EXPECT_EQ(run("a 1 0\n", &paged), 0);
	EXPECT_EQ(result.requested, 0);
}

/* --- allocators that do wrong ----------------------------------------------------------------- */

static void *last;

/* What was allocated before loses a bit: its last byte's. */
static void *scribbling_alloc(size_t bytes)
{
	u8 *object = paged_alloc(bytes);

	if (last)
		((u8 *)last)[9] ^= 0x10;
	return last = object;
}

SELFTEST(replay, sees_corruption,
	 "a byte that somebody else changed is found, named, and all is freed")
{
	struct replay_allocator scribbling = paged;

	scribbling.alloc = scribbling_alloc;
	last = NULL;
	EXPECT_EQ(run("a 5 10\na 6 10\nf 6\nf 5\n", &scribbling), -EIO);
	EXPECT_EQ(error.line, 4);
	EXPECT(strstr(error.why, "id 5: bytes from 8 on"));
	last = NULL;
	EXPECT_EQ(run("a 5 10\na 6 10\nr 5 20\n", &scribbling), -EIO);
	EXPECT_EQ(error.line, 3);
	last = NULL;
	EXPECT_EQ(run("a 5 10\na 6 10\n", &scribbling), -EIO); /* when it is freed at the end */
}

static void *forgetful_resize(void *object, size_t old_bytes __unused, size_t bytes)
{
	return paged_resize(object, 4, bytes);
}

SELFTEST(replay, sees_lost_contents, "a resize that loses contents is found in its own line")
{
	struct replay_allocator forgetful = paged;

	forgetful.resize = forgetful_resize;
	EXPECT_EQ(run("a 1 100\nr 1 200\nf 1\n", &forgetful), -EIO);
	EXPECT_EQ(error.line, 2);
	EXPECT_EQ(run("a 1 4\nr 1 200\nr 1 2\nr 1 4\n", &forgetful), 0); /* nothing else to lose */
}

static void *kept;

static void keeping_release(void *object)
{
	if (!kept)
		kept = object;
	else
		paged_release(object);
}

SELFTEST(replay, sees_lost_pages, "an allocator that keeps a page is found when all is freed")
{
	struct replay_allocator keeping = paged;
	int status;

	keeping.release = keeping_release;
	kept = NULL;
	status = run("a 1 10\na 2 10\n", &keeping);
	EXPECT(kept);
	paged_release(kept);
	EXPECT_EQ(status, -EIO);
	EXPECT(strstr(error.why, "pages available"));
}

static size_t mean_usable(const void *object __unused)
{
	return 8;
}

SELFTEST(replay, sees_small_objects, "an object smaller than was asked for is found")
{
	struct replay_allocator mean = paged;

	mean.usable = mean_usable;
	EXPECT_EQ(run("a 1 8\na 2 9\n", &mean), -EIO);
	EXPECT_EQ(error.line, 2);
}

SELFTEST(replay, no_memory, "when memory ends, the line is named and what there is is freed")
{
	EXPECT_EQ(run("a 1 100\na 2 1G\na 3 100\n", &paged), -ENOMEM);
	EXPECT_EQ(error.line, 2);
	EXPECT_EQ(run("a 1 100\nr 1 1G\n", &paged), -ENOMEM);
	EXPECT_EQ(error.line, 2);
	EXPECT_EQ(result.at_end, 1);
}
