/*
 * handle.c - alloc, free, allocs: what a person holds, of whatever allocator
 *
 *	alloc pages 2  --> kind "pages" --alloc()--> slot #7 --describe()--> "#7 pages order=2 …"
 *	free #7        --> slot #7 -----> its kind --free()--> "#7 freed", or refused: #7 stays
 *
 * Invariants
 *   A1  A handle enters the table after its allocation succeeded and leaves it after its release
 *       did: an oops in between leaves the table as it was.
 *   A2  `free all` goes from the newest to the oldest, for what was built on an earlier allocation
 *       (a mapping of pages) must go first.
 *   A3  Nothing else that a person may type frees what a handle stands for and leaves the handle.
 *
 * Locking: none; the shell's CPU only.  Not from interrupts.
 * Read next: handle_table.c, then an ALLOC_KIND() in mm/.
 */
#include <stdio.h>
#include <string.h>

#include "kernel/console.h"
#include "kernel/shell/alloc_words.h"
#include "kernel/shell/complete.h"
#include "kernel/shell/handle_table.h"
#include "kernel/registry.h"
#include "kernel/shell/run.h"
#include "mm/page/page.h"

REGISTRY(alloc_kinds, const struct alloc_kind);

static struct handle slots[HANDLES_MAX];
static struct handle_table table = { .slots = slots, .nr_slots = HANDLES_MAX };

/* --- kinds ------------------------------------------------------------------------------------ */

static const struct alloc_kind *find_kind(const char *name)
{
	const struct alloc_kind *const *entry;

	for_each_registered(entry, alloc_kinds)
		if (strcmp((*entry)->name, name) == 0)
			return *entry;
	return NULL;
}

bool handle_is_kind(const char *name)
{
	return find_kind(name);
}

static const char *kind_name(unsigned int i)
{
	const struct alloc_kind *const *entry = __start_alloc_kinds + i;

	return entry < __stop_alloc_kinds ? (*entry)->name : NULL;
}

static void list_kinds(void)
{
	const struct alloc_kind *kind = NULL;

	while ((kind = registry_after(__start_alloc_kinds, __stop_alloc_kinds, registry_by_name,
				      kind)))
		con_printf("  alloc %s %s\n      %s\n", kind->name, kind->args, kind->summary);
	con_puts("`help alloc KIND` tells what each WORD means.\n");
}

/* `help alloc KIND` */
static int explain_kind(const char *name)
{
	const struct alloc_kind *kind = find_kind(name);

	if (!kind)
		return shell_no_such("kind", name, kind_name);
	con_printf("alloc %s %s\n  %s\n", kind->name, kind->args, kind->summary);
	alloc_words_explain(kind);
	return SHELL_OK;
}

/* --- allocating ------------------------------------------------------------------------------- */

static void print_handle(const struct handle *handle)
{
	con_printf("#%u %s ", handle->number, handle->kind->name);
	handle->kind->describe(handle);
	con_putc('\n');
}

int handle_alloc(const char *name, int argc, char **argv)
{
	struct handle handle = { .kind = find_kind(name) };
	int result;

	if (!handle.kind)
		return shell_no_such("kind", name, kind_name);
	if (handle_table_full(&table))
		return shell_error("all %d handles are in use; `free` some (`allocs` lists them)",
				   HANDLES_MAX);
	result = handle.kind->alloc(argc, argv, &handle);
	if (result == SHELL_OK)
		print_handle(handle_table_add(&table, &handle)); /* keeps A1 */
	return result;
}

static const char *complete_alloc(int argc, char **argv, unsigned int nth)
{
	if (argc == 2)
		return kind_name(nth);
	return handle_complete(argv[1], nth);
}

const char *handle_complete(const char *name, unsigned int nth)
{
	const struct alloc_kind *kind = find_kind(name);

	return kind ? alloc_word_nth(kind, nth) : NULL;
}

SHELL_CMD(alloc, "[KIND ARGS...]", "allocate and keep as #N; alone: list the kinds",
	  .group = "memory", .example = "alloc pages 2", .complete = complete_alloc,
	  .topic = explain_kind, .topic_name = kind_name,
	  .details =
		  "`free #N` gives it back, `allocs` lists what is held.  `pages 2` is short for\n"
		  "`alloc pages 2`, and so with every kind whose name is no command.\n"
		  "`help alloc KIND` tells what may follow: atomic, zero, highmem, ...")
{
	const struct alloc_kind *kind;
	int result;

	if (argc == 1) {
		list_kinds();
		return SHELL_OK;
	}
	result = handle_alloc(argv[1], argc - 2, argv + 2);
	if (result != SHELL_USAGE)
		return result;
	kind = find_kind(argv[1]);
	return shell_error("usage: alloc %s %s", kind->name, kind->args);
}

SHELL_CMD(allocs, "", "list what `alloc` has handed out", .looks = true, .group = "memory",
	  .example = "allocs")
{
	struct handle *handle = handle_table_above(&table, 0);

	if (argc > 1)
		return SHELL_USAGE;
	if (!handle)
		con_puts("nothing is held\n");
	for (; handle && !con_interrupted(); handle = handle_table_above(&table, handle->number))
		print_handle(handle);
	return SHELL_OK;
}

/* --- freeing ---------------------------------------------------------------------------------- */

struct handle *handle_find(const char *arg)
{
	unsigned int number;
	struct handle *handle;

	if (!handle_parse(arg, &number)) {
		shell_error("%s: not a handle; they are written #N, `allocs` lists them", arg);
		return NULL;
	}
	handle = handle_table_find(&table, number);
	if (!handle)
		shell_error("%s: no such allocation", arg);
	return handle;
}

void handle_place(const struct handle *handle, struct handle_place *place)
{
	unsigned long offset = (unsigned long)handle->object - (unsigned long)mem_map;
	bool is_page = offset < mem_map_pages * sizeof(struct page);
	struct page *page = is_page ? handle->object : NULL;

	*place = (struct handle_place){
		.va = page ? (vaddr_t)lowmem_page_address(page) : (vaddr_t)handle->object,
		.has_va = !page || !PageHighMem(page),
		.page = page,
		.bytes = handle->size,
	};
	if (handle->kind->place)
		handle->kind->place(handle, place);
}

static bool is_one_of(const char *name, const char *const names[])
{
	for (; *names; names++)
		if (!strcmp(name, *names))
			return true;
	return false;
}

struct handle *handle_at(const void *object, const char *const kinds[])
{
	struct handle *handle = handle_table_above(&table, 0);

	while (handle && (handle->object != object || !is_one_of(handle->kind->name, kinds)))
		handle = handle_table_above(&table, handle->number);
	return handle;
}

void handle_gone(struct handle *handle)
{
	con_printf("#%u freed\n", handle->number);
	handle_table_remove(handle); /* keeps A3 */
}

/* Gives one back; false when its allocator refused. */
static bool free_handle(struct handle *handle)
{
	if (!handle->kind->free(handle))
		return false;
	handle_gone(handle); /* keeps A1 */
	return true;
}

int handle_release(const char *arg)
{
	struct handle *handle = handle_find(arg);

	if (!handle)
		return SHELL_FAIL;
	return free_handle(handle) ? SHELL_OK : shell_error("%s: refused, it is still held", arg);
}

unsigned int handle_last(void)
{
	return table.last;
}

void handle_release_after(unsigned int last)
{
	unsigned int number = UINT32_MAX;
	struct handle *handle;

	while ((handle = handle_table_below(&table, number)) &&
	       handle->number > last) { /* keeps A2 */
		number = handle->number;
		free_handle(handle);
	}
}

static int free_all(void)
{
	unsigned int number = UINT32_MAX, refused = 0;
	struct handle *handle;

	if (!handle_table_above(&table, 0))
		con_puts("nothing is held\n");
	while (!con_interrupted() && (handle = handle_table_below(&table, number))) { /* keeps A2 */
		number = handle->number;
		refused += !free_handle(handle);
	}
	return refused ? shell_error("%u refused", refused) : SHELL_OK;
}

const char *handle_nth_name(unsigned int nth)
{
	static char word[12];
	struct handle *handle = handle_table_above(&table, 0);

	while (handle && nth--)
		handle = handle_table_above(&table, handle->number);
	if (!handle)
		return NULL;
	snprintf(word, sizeof(word), "#%u", handle->number);
	return word;
}

static const char *complete_free(int argc __unused, char **argv __unused, unsigned int nth)
{
	return nth == 0 ? "all" : handle_nth_name(nth - 1);
}

SHELL_CMD(free, "#N...|all", "give back what `alloc` handed out", .group = "memory",
	  .example = "free #1", .complete = complete_free,
	  .details = "What its allocator refuses to take back stays in the list.")
{
	int result = SHELL_OK;

	if (argc < 2)
		return SHELL_USAGE;
	if (argc == 2 && strcmp(argv[1], "all") == 0)
		return free_all();
	for (int i = 1; i < argc && !con_interrupted(); i++)
		if (handle_release(argv[i]) != SHELL_OK)
			result = SHELL_FAIL;
	return result;
}
