/*
 * early.c - a node of boot memory, as it is before the page allocator stands, against a byte for each page
 *
 *	pages   [ 0 1 1 2 0 0 1 … | bits ]     0: free; reserved, or how many requests lie in it
 *
 * The node is one to practise on, a block of pages: its functions are those of the boot.
 *
 * Claims: what is handed out is zeroed, aligned, at or above its goal if there is room, nobody else's, and
 * keeps what is written into it; a page is free when nobody has any of it; a mistake is refused.
 *
 * Read next: mm/early/bootmem.h.
 */
#include <string.h>

#include "mm/early/bootmem_practice.h"
#include "mm/page/page.h"
#include "tests/fuzz/fuzz.h"

enum { ORDER = 5, PAGES = (1 << ORDER) - 1, REQUESTS = 64 }; /* behind them the bits */

static struct practice_node node;
static bool used[PAGES];     /* the page is reserved, or part of a request */
static bool reserved[PAGES]; /* by reserve_bootmem_node(), and by nothing else */

static struct request {
	u8 *at; /* NULL: none, or given back */
	size_t bytes;
	u32 mark;
} requests[REQUESTS];
static unsigned int nr_requests;

/* --- the model -------------------------------------------------------------------------------- */

static unsigned long page_of(const void *at)
{
	return (unsigned long)((const u8 *)at - (const u8 *)node.pages) / PAGE_SIZE;
}

static unsigned long nr_free(void)
{
	unsigned long n = 0;

	for (unsigned int i = 0; i < PAGES; i++)
		n += !used[i];
	return n;
}

static bool overlap(const struct request *r, const u8 *at, size_t bytes)
{
	return r->at && at < r->at + r->bytes && r->at < at + bytes;
}

/* Does any request lie in these pages? */
static bool is_had(unsigned long first, unsigned long last)
{
	for (unsigned int i = 0; i < nr_requests; i++)
		if (overlap(&requests[i], (u8 *)node.pages + first * PAGE_SIZE,
			    (last - first + 1) * PAGE_SIZE))
			return true;
	return false;
}

static void expect_its_own(const u8 *at, size_t bytes)
{
	for (unsigned int i = 0; i < nr_requests; i++)
		FUZZ_CHECK(!overlap(&requests[i], at, bytes));
	for (size_t i = 0; i < bytes; i += 64)
		FUZZ_CHECK(!at[i]);
	for (unsigned long page = page_of(at); page <= page_of(at + bytes - 1); page++) {
		FUZZ_CHECK(page < PAGES && !reserved[page]);
		used[page] = true;
	}
}

/* --- operations ------------------------------------------------------------------------------- */

static size_t read_size(struct fuzz_input *in)
{
	const u8 kind = fuzz_u8(in);

	return 1 + (kind < 0xa0 ? fuzz_u8(in) : fuzz_below(in, kind < 0xf0 ? 5000 : 20000));
}

static void take(struct fuzz_input *in)
{
	const size_t bytes = read_size(in), align = 1ul << fuzz_below(in, 14);
	const unsigned long at_least = node.start + fuzz_below(in, PAGES + 2) * PAGE_SIZE;
	u8 *at;

	/* When there is none, the boot would end here: so much is asked only while there is. */
	if (nr_requests == REQUESTS || nr_free() < 20)
		return;
	at = __alloc_bootmem_node(&node.pgdat, bytes, align, fuzz_u8(in) & 1 ? at_least : 0);
	FUZZ_CHECK(at && virt_to_phys(at) % align == 0);
	expect_its_own(at, bytes);
	requests[nr_requests] = (struct request){ at, bytes, nr_requests * 0x9e3779b9u + 1 };
	fuzz_mark(at, bytes, requests[nr_requests++].mark);
}

/* Whole pages inside the range become free: of a request none must be left there. */
static void give(struct fuzz_input *in)
{
	const unsigned int first = fuzz_below(in, PAGES), n = 1 + fuzz_below(in, 4);
	const unsigned int last = min(first + n, (unsigned int)PAGES) - 1;

	for (unsigned int i = first; i <= last; i++)
		if (!used[i])
			return;
	for (unsigned int i = 0; i < nr_requests; i++) {
		struct request *r = &requests[i];

		if (!overlap(r, (u8 *)node.pages + first * PAGE_SIZE,
			     (last - first + 1) * PAGE_SIZE))
			continue;
		FUZZ_CHECK(fuzz_is_marked(r->at, r->bytes, r->mark));
		r->at = NULL;
	}
	free_bootmem_node(&node.pgdat, node.start + first * PAGE_SIZE,
			  (last - first + 1) * PAGE_SIZE);
	memset(used + first, 0, last - first + 1);
	memset(reserved + first, 0, last - first + 1);
}

static void reserve(struct fuzz_input *in)
{
	const unsigned long start = fuzz_u16(in) % (PAGES * PAGE_SIZE);
	const unsigned long bytes = 1 + fuzz_below(in, 9000);
	const unsigned long first = start / PAGE_SIZE, last = (start + bytes - 1) / PAGE_SIZE;

	if (last >= PAGES || is_had(first, last))
		return;
	for (unsigned long i = first; i <= last; i++)
		if (used[i] && !reserved[i])
			return;
	reserve_bootmem_node(&node.pgdat, node.start + start, bytes);
	memset(used + first, true, last - first + 1);
	memset(reserved + first, true, last - first + 1);
}

/* --- mistakes --------------------------------------------------------------------------------- */

static void give_free(struct fuzz_input *in)
{
	const unsigned int page = fuzz_below(in, PAGES);

	if (!used[page])
		FUZZ_REFUSED("double free",
			     free_bootmem_node(&node.pgdat, node.start + page * PAGE_SIZE,
					       PAGE_SIZE));
}

static void give_wrongly(struct fuzz_input *in)
{
	const u8 how = fuzz_u8(in);
	const paddr_t end = node.start + (PAGES + 1) * PAGE_SIZE;

	if (how & 1)
		FUZZ_REFUSED("bad range",
			     free_bootmem_node(&node.pgdat, end - PAGE_SIZE * (how & 2),
					       3 * PAGE_SIZE));
	else
		FUZZ_REFUSED("free of the bitmap",
			     free_bootmem_node(&node.pgdat, end - PAGE_SIZE, PAGE_SIZE));
}

static void reserve_what_is_had(struct fuzz_input *in)
{
	const struct request *r = nr_requests ? &requests[fuzz_below(in, nr_requests)] : NULL;

	if (!r || !r->at)
		return;
	FUZZ_REFUSED("reserve of allocated memory",
		     reserve_bootmem_node(&node.pgdat, virt_to_phys(r->at), r->bytes));
	FUZZ_CHECK(fuzz_is_marked(r->at, r->bytes, r->mark));
}

static void ask_wrongly(struct fuzz_input *in)
{
	const u8 how = fuzz_u8(in);
	void *at = NULL;

	FUZZ_REFUSED("bad request", at = __alloc_bootmem_node(&node.pgdat, how & 1 ? 0 : 8,
							      how & 1 ? 8 : 2 * how + 5, 0));
	FUZZ_CHECK(!at);
}

static void check(struct fuzz_input *in __unused)
{
	FUZZ_CHECK(bootmem_check(NULL, &node.data));
	FUZZ_CHECK(node.data.free == nr_free());
}

/* --- one input -------------------------------------------------------------------------------- */

static void (*const operations[])(struct fuzz_input *in) = {
	take,	     take,    take,	 take,	       give,
	give,	     reserve, give_free, give_wrongly, reserve_what_is_had,
	ask_wrongly, check,
};

static void run(const u8 *data, size_t size)
{
	struct fuzz_input in = fuzz_read(data, size);

	memset(used, 0, sizeof(used));
	memset(reserved, 0, sizeof(reserved));
	nr_requests = 0;
	if (!practice_begin(&node, ORDER))
		fuzz_fail("no block for a node");
	while (fuzz_next(&in))
		operations[fuzz_below(&in, ARRAY_SIZE(operations))](&in);
	check(&in);
	for (unsigned int i = 0; i < nr_requests; i++)
		FUZZ_CHECK(!requests[i].at ||
			   fuzz_is_marked(requests[i].at, requests[i].bytes, requests[i].mark));
	practice_end(&node);
	fuzz_expect_whole();
}

FUZZ_TARGET(early, "a node of boot memory: taken, packed, reserved, given back", run);
