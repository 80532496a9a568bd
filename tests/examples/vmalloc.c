/*
 * vmalloc.c - a ring whose end is also its beginning: the same pages, mapped twice side by side
 *
 *	make EXTRA=tests/examples/vmalloc.c qemu
 *
 *	crumb> ring "six times seven"    a message that wraps round the ring's end, read in one piece
 *	crumb> vmallocinfo               where the ring lies, and that this file asked for it
 *
 *	pages        [ p0 | p1 ]
 *	addresses    [ p0 | p1 | p0 | p1 | guard ]      byte i and byte i + RING_BYTES are one byte
 *	                      ^^^^^^^ a message across the end: contiguous all the same
 *
 * vmalloc() gives addresses that are contiguous over pages that are not; vmap() does the same with
 * pages that one has already, as often as one likes.
 *
 * Invariant  I1  ring[i] and ring[i + RING_BYTES] are the same byte, for every i of the ring.
 *
 * Locking: none here; the shell runs on one CPU.
 * Read next: mm/vmap/vmap.h
 */
#include <string.h>

#include "kernel/console.h"
#include "kernel/initcall.h"
#include "kernel/selftest/selftest.h"
#include "kernel/shell/shell.h"
#include "mm/vmap/vmap.h"

enum { RING_PAGES = 2, RING_BYTES = RING_PAGES * PAGE_SIZE, MESSAGE_MAX = 256 };

static char *ring; /* [I] fixed after init; NULL when there was no memory */

static void __init make_ring(void)
{
	struct page *pages[2 * RING_PAGES] = {};

	if (alloc_pages_bulk_array(GFP_HIGHUSER, RING_PAGES, pages) < RING_PAGES)
		return;
	for (unsigned int i = 0; i < RING_PAGES; i++)
		pages[RING_PAGES + i] = pages[i];
	ring = vmap(pages, 2 * RING_PAGES, VM_MAP, PAGE_KERNEL); /* keeps I1 */
}
vmalloc_initcall(make_ring);

/* Writes the message so that it ends behind the ring's end; where it begins. */
static unsigned int write_across(const char *message, size_t bytes)
{
	unsigned int at = RING_BYTES - (unsigned int)bytes / 2;

	for (size_t i = 0; i < bytes; i++)
		ring[(at + i) % RING_BYTES] = message[i];
	return at;
}

SHELL_CMD(ring, "TEXT", "write a text across the end of a ring, and read it in one piece",
	  .group = "example", .example = "ring hello")
{
	unsigned int at;

	if (argc != 2)
		return SHELL_USAGE;
	if (!ring)
		return shell_error("there was no memory at boot");
	if (strlen(argv[1]) >= MESSAGE_MAX)
		return shell_error("more than %d characters", MESSAGE_MAX - 1);
	at = write_across(argv[1], strlen(argv[1]) + 1);
	con_printf("bytes %u to %u of %u: \"%s\"\n", at,
		   (unsigned int)((at + strlen(argv[1])) % RING_BYTES), (unsigned int)RING_BYTES,
		   ring + at);
	return SHELL_OK;
}

SELFTEST(ring, wraps, "every byte of the ring is found again one length further")
{
	EXPECT(ring);
	for (unsigned int i = 0; i < RING_BYTES; i++) {
		ring[i] = (char)(i * 7);
		EXPECT_EQ(ring[i + RING_BYTES], (char)(i * 7));
	}
	EXPECT(!arch_try_read((vaddr_t)ring + 2 * RING_BYTES, 1, &(u32){ 0 }, NULL));
}
