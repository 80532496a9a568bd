/*
 * slab.c - objects of your own: a cache for one kind of thing, kmalloc for everything else
 *
 *	make EXTRA=tests/examples/slab.c qemu
 *
 *	crumb> notes add "buy milk"        one object of the cache, and one of kmalloc for the text
 *	crumb> notes                       lists them
 *	crumb> cache info note             the cache's slabs: # in use, c in this CPU's stock
 *	crumb> notes clear
 *	crumb> test notes
 *
 *	note cache   | note | note | note | …
 *	                │      └─ text ──> kmalloc-16
 *	                └──────── text ──> kmalloc-64
 *
 * Invariants
 *   I1  Every note on the list owns its text.
 *   I2  `notes clear` leaves no object behind: kmem_cache_destroy() would refuse otherwise.
 *
 * Locking: none; the shell runs on one CPU.
 * Read next: mm/slab/slab.h.
 */
#include <string.h>

#include "kernel/console.h"
#include "kernel/initcall.h"
#include "kernel/selftest/selftest.h"
#include "kernel/shell/shell.h"
#include "lib/list.h"
#include "mm/slab/slab.h"

struct note {
	struct list_head list;
	char *text;
	unsigned int number;
};

static LIST_HEAD(notes);
static struct kmem_cache *note_cache; /* [I] fixed after init */

/* Objects can be had as soon as the slab stage is up; SLAB_PANIC: without the cache, no boot. */
static void __init make_note_cache(void)
{
	note_cache = KMEM_CACHE(note, SLAB_PANIC);
}
slab_initcall(make_note_cache);

/* False when there is no memory: then nothing is kept of it. */
static bool add_note(const char *text)
{
	static unsigned int last;
	struct note *note = kmem_cache_zalloc(note_cache, GFP_KERNEL);

	if (!note)
		return false;
	note->text = kmalloc(strlen(text) + 1, GFP_KERNEL);
	if (!note->text) {
		kmem_cache_free(note_cache, note);
		return false;
	}
	strcpy(note->text, text);
	note->number = ++last;
	list_add_tail(&note->list, &notes);
	return true;
}

static unsigned int clear_notes(void)
{
	struct note *note, *next;
	unsigned int n = 0;

	list_for_each_entry_safe(note, next, &notes, list) {
		list_del(&note->list);
		kfree(note->text); /* kfree() finds the cache by the address */
		kmem_cache_free(note_cache, note);
		n++;
	}
	return n;
}

SHELL_CMD(notes, "[add TEXT|clear]", "keep notes in objects", .group = "example",
	  .example = "notes add hello")
{
	struct note *note;

	if (argc == 3 && !strcmp(argv[1], "add"))
		return add_note(argv[2]) ? SHELL_OK : shell_error("no memory for a note");
	if (argc == 2 && !strcmp(argv[1], "clear")) {
		con_printf("%u notes cleared\n", clear_notes());
		return SHELL_OK;
	}
	if (argc != 1)
		return SHELL_USAGE;
	list_for_each_entry(note, &notes, list)
		con_printf("%u: %s (%lu bytes at %p)\n", note->number, note->text,
			   (unsigned long)ksize(note->text), (void *)note->text);
	return SHELL_OK;
}

SELFTEST(notes, kept, "a note keeps its text until it is cleared, and then the cache is empty")
{
	struct note *note;

	clear_notes();
	EXPECT(add_note("one") && add_note("another"));
	note = list_last_entry(&notes, struct note, list);
	EXPECT(!strcmp(note->text, "another"));
	EXPECT_EQ(clear_notes(), 2);
	EXPECT_EQ(kmem_cache_shrink(note_cache), 0);
}
