/*
 * mempool.c - requests that can still be made when memory is used up
 *
 *	make EXTRA=tests/examples/mempool.c qemu
 *
 *	crumb> post 3          three requests: from kmalloc, as long as that has memory
 *	crumb> post 3 dry      the same, with an allocator that says no: from the reserve
 *	crumb> cat /proc/requests
 *
 *	post ──mempool_alloc──> kmalloc ──no──> reserve [ r | r | r | r ]
 *	done ──mempool_free───> reserve not full: there; else kfree
 *
 * Invariant  I1  RESERVED requests can be outstanding at any time, whatever else uses memory.
 *
 * Locking: none here; the shell runs on one CPU.  The pool has its own lock.
 * Read next: mm/slab/mempool.h
 */
#include <string.h>

#include "kernel/console.h"
#include "kernel/initcall.h"
#include "kernel/proc/proc.h"
#include "kernel/selftest/selftest.h"
#include "kernel/shell/shell.h"
#include "mm/slab/mempool.h"

enum { RESERVED = 4 }; /* keeps I1 */

struct request {
	struct request *next;
	unsigned int number;
};

static mempool_t *requests; /* [I] fixed after init */
static bool dry;	    /* the allocator says no */

static void *request_alloc(gfp_t gfp, void *pool_data)
{
	return dry ? NULL : mempool_kmalloc(gfp, pool_data);
}

static void __init make_pool(void)
{
	requests = mempool_create(RESERVED, request_alloc, mempool_kfree,
				  (void *)sizeof(struct request));
}
login_initcall(make_pool);

/* Makes n requests, newest first; fewer when the pool is drained. */
static struct request *post(unsigned int n)
{
	struct request *newest = NULL;

	for (unsigned int i = 1; i <= n; i++) {
		struct request *r = mempool_alloc(requests, GFP_KERNEL);

		if (!r)
			break;
		*r = (struct request){ .next = newest, .number = i };
		newest = r;
	}
	return newest;
}

/* All of them are done; returns how many there were. */
static unsigned int finish(struct request *newest)
{
	unsigned int n = 0;

	while (newest) {
		struct request *next = newest->next;

		mempool_free(newest, requests);
		newest = next;
		n++;
	}
	return n;
}

SHELL_CMD(post, "N [dry]", "make N requests at once, with or without memory", .group = "example",
	  .example = "post 3 dry")
{
	u64 n;

	if (argc < 2 || argc > 3 || (argc == 3 && strcmp(argv[2], "dry")))
		return SHELL_USAGE;
	if (!shell_number(argv[1], "N", 1, 100, &n))
		return SHELL_FAIL;
	if (!requests)
		return shell_error("there was no memory at boot");
	dry = argc == 3;
	con_printf("%u of %llu requests made and finished\n", finish(post((unsigned int)n)),
		   (unsigned long long)n);
	dry = false;
	return SHELL_OK;
}

PROC_FILE(requests, "the example's pool")
{
	struct mempool_state s;

	mempool_state(requests, &s);
	con_printf("in reserve %d of %d, in use %d\n", s.curr_nr, s.min_nr, s.in_use);
}

SELFTEST(requests, reserved, "without memory there are still as many requests as are reserved")
{
	unsigned int made;

	dry = true;
	made = finish(post(RESERVED));
	dry = false;
	EXPECT_EQ(made, RESERVED);
}
