/*
 * replay_shell.c - `replay`: runs a trace on an allocator and shows what that took
 *
 *	replay                     the traces there are, and the allocators
 *	replay words               on kmalloc
 *	replay initrd vmalloc      the text that the boot loader left in memory
 *
 * Locking: none; the shell runs one command at a time.
 * Read next: replay.h, for the form of a trace.
 */
#include <string.h>

#include "boot/boot_info.h"
#include "kernel/bench/bench.h"
#include "kernel/console.h"
#include "kernel/replay/replay.h"
#include "kernel/shell/shell.h"

/* A text to replay, wherever it lies. */
struct text {
	const char *name;
	struct replay_text in;
};

static bool find_text(const char *name, struct text *text)
{
	const struct replay_trace *trace;

	if (!strcmp(name, "initrd")) {
		*text = (struct text){ "initrd",
				       { NULL, boot_info.initrd, boot_info.initrd_size } };
		return boot_info.initrd_size;
	}
	for (unsigned int n = 0; (trace = replay_trace_nth(n)); n++) {
		if (strcmp(trace->name, name))
			continue;
		*text = (struct text){ name,
				       { trace->start, 0, (size_t)(trace->end - trace->start) } };
		return true;
	}
	return false;
}

static void list(void)
{
	const struct replay_allocator *allocator;
	const struct replay_trace *trace;

	for (unsigned int n = 0; (trace = replay_trace_nth(n)); n++)
		con_printf("  %-12s %8lu bytes  %s\n", trace->name,
			   (unsigned long)(trace->end - trace->start), trace->what);
	if (boot_info.initrd_size)
		con_printf("  %-12s %8lu bytes  the ramdisk of the boot loader\n", "initrd",
			   (unsigned long)boot_info.initrd_size);
	for (unsigned int n = 0; (allocator = replay_allocator_nth(n)); n++)
		con_printf("  on %-9s %s\n", allocator->name, allocator->what);
}

/* How much of `whole` is not `part`, in tenths of a per cent. */
static unsigned int lacking(u64 part, u64 whole)
{
	return part < whole ? (unsigned int)((whole - part) * 1000 / whole) : 0;
}

static void show_kind(const struct replay_result *result, enum replay_kind kind, const char *name)
{
	unsigned int count = result->kind[kind].count;
	u64 cost = result->kind[kind].cost;

	con_printf("  %-10s %10u %14llu %9llu", name, count, (unsigned long long)cost,
		   (unsigned long long)(count ? cost / count : 0));
	if (kind == REPLAY_FREE && result->at_end)
		con_printf("   %u of them after the end", result->at_end);
	con_putc('\n');
}

static void show(const struct text *text, const struct replay_program *program,
		 const struct replay_allocator *allocator, const struct replay_result *result)
{
	u64 taken = (u64)result->pages * PAGE_SIZE;
	unsigned int internal = lacking(result->requested, result->usable);
	unsigned int external = lacking(result->usable, taken);

	con_printf("%s on %s: %u operations, contents as written, all given back\n", text->name,
		   allocator->name, program->nr_ops);
	con_printf("  %-10s %10s %14s %9s\n", "", "count",
		   arch_count_exact() ? "instructions" : "ns", "each");
	show_kind(result, REPLAY_ALLOC, "allocate");
	show_kind(result, REPLAY_RESIZE, "resize");
	show_kind(result, REPLAY_FREE, "free");
	con_printf("  peak (line %lu): %llu bytes requested, %llu usable, in %lu pages\n",
		   (unsigned long)result->peak_line, (unsigned long long)result->requested,
		   (unsigned long long)result->usable, result->pages);
	con_printf("  internal fragmentation %3u.%u %%  of what is usable was not requested\n",
		   internal / 10, internal % 10);
	con_printf("  external fragmentation %3u.%u %%  of the pages was in no live object\n",
		   external / 10, external % 10);
	con_printf("  most pages at any time %lu\n", result->pages_most);
}

static int complain(const struct text *text, const struct replay_error *error)
{
	if (con_interrupt_seen())
		return shell_interrupted(" in line %u of %s", error->line, text->name);
	if (!error->line)
		return shell_error("%s: %s", text->name, error->why);
	return shell_error("%s: line %u: %s", text->name, error->line, error->why);
}

static int replay(const struct text *text, const struct replay_allocator *allocator)
{
	struct replay_program program;
	struct replay_result result;
	struct replay_error error;

	if (replay_parse(&text->in, &program, &error))
		return complain(text, &error);
	if (replay_run(&program, allocator, &result, &error)) {
		replay_discard(&program);
		return complain(text, &error);
	}
	show(text, &program, allocator, &result);
	replay_discard(&program);
	return SHELL_OK;
}

static const char *complete_replay(int argc, char **argv __unused, unsigned int nth)
{
	const struct replay_allocator *allocator;
	const struct replay_trace *trace;

	if (argc == 2) {
		trace = nth ? replay_trace_nth(nth - 1) : NULL;
		return nth ? (trace ? trace->name : NULL) : "initrd";
	}
	allocator = argc == 3 ? replay_allocator_nth(nth) : NULL;
	return allocator ? allocator->name : NULL;
}

SHELL_CMD(
	replay, "[TRACE|initrd] [ALLOCATOR]", "run a recorded sequence of allocations",
	.group = "memory", .example = "replay words", .complete = complete_replay,
	.details =
		"Without TRACE: lists the traces and the allocators (kmalloc when none is named).\n"
		"A trace is text, an operation a line: `a ID BYTES`, `r ID BYTES`, `f ID`;\n"
		"# begins a comment.  initrd: the file of qemu.sh --initrd.  Every object is\n"
		"filled and checked; what is live at the end is freed.")
{
	const struct replay_allocator *allocator;
	struct text text;

	if (argc > 3)
		return SHELL_USAGE;
	if (argc == 1) {
		list();
		return SHELL_OK;
	}
	if (!find_text(argv[1], &text))
		return shell_error("%s: %s", argv[1],
				   strcmp(argv[1], "initrd")
					   ? "no such trace; `replay` lists them"
					   : "the machine was booted without one");
	allocator = replay_allocator_find(argc == 3 ? argv[2] : "kmalloc");
	if (!allocator)
		return shell_error("%s: no such allocator; `replay` lists them", argv[2]);
	return replay(&text, allocator);
}
