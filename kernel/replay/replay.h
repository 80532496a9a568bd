/*
 * replay.h - running a recorded sequence of allocations on an allocator of this kernel
 *
 *	# a list of two words                 a comment; blank lines too are skipped
 *	a 1 24                                allocate 24 bytes, called 1 from here on
 *	r 1 100                               resize them to 100 bytes, contents kept
 *	a 2 16
 *	f 1                                   free; what is live at the end is freed then
 *
 *	text (image or initrd) ──replay_parse()──> program ──replay_run(allocator)──> result
 *
 * Programs allocate 0 bytes (C's malloc(0)) and resize to 0, and so does a trace: the id is live.
 *
 * Ids are 0 to REPLAY_IDS - 1 and may be used again after their free.  Numbers are as at the prompt:
 * decimal or 0x hex, with K, M or G.  A line that is wrong is refused with its number and the reason,
 * before anything of the trace has run: an unknown operation, a word too many or too few, a number
 * out of range, `a` of an id that is live, `r` or `f` of one that is not.
 *
 * Traces and allocators are registered, so that a user's own file (EXTRA=) may add either:
 *
 *	REPLAY_TRACE(mine, "/home/me/mine.trace", "what my program did");
 *	REPLAY_ALLOCATOR(pool, "objects of my pool", pool_alloc, pool_resize, pool_free, pool_usable);
 *
 * Read next: parse.c, then run.c.
 */
#ifndef KERNEL_REPLAY_H
#define KERNEL_REPLAY_H

#include "lib/compiler.h"

enum {
	REPLAY_IDS = 65536,
	REPLAY_BYTES_MAX = 1 << 30, /* of one object */
	REPLAY_LINE = 80,	    /* characters of a line; of a comment, any number */
};

/* --- traces ----------------------------------------------------------------------------------- */

struct replay_trace {
	const char *name;
	const char *what;
	const char *start, *end; /* the text, in the image */
};

/* The file (path from the root of the tree, or absolute) becomes a part of the image's constants. */
#define REPLAY_TRACE(name_, path_, what_)                                         \
	__asm__(".pushsection .rodata.trace_" #name_ ", \"a\", %progbits\n"       \
		"trace_" #name_ "_start:\n\t.incbin \"" path_ "\"\ntrace_" #name_ \
		"_end:\n\t.byte 0\n"                                              \
		".popsection");                                                   \
	extern const char trace_##name_##_start[], trace_##name_##_end[];         \
	static const struct replay_trace trace_desc_##name_ = {                   \
		.name = #name_,                                                   \
		.what = what_,                                                    \
		.start = trace_##name_##_start,                                   \
		.end = trace_##name_##_end,                                       \
	};                                                                        \
	REGISTER(replay_traces, const struct replay_trace, trace_desc_##name_)

/* The nth trace in the order of names; NULL behind the last. */
const struct replay_trace *replay_trace_nth(unsigned int n);

/* --- programs: a trace that has been read ----------------------------------------------------- */

enum replay_kind { REPLAY_ALLOC, REPLAY_RESIZE, REPLAY_FREE, REPLAY_KINDS };

struct replay_op {
	u32 kind : 2, id : 30;
	u32 bytes; /* 0 of a free */
	u32 line;  /* for a person */
};

/* What is wrong, and in which line of the trace; line 0: in none of them. */
struct replay_error {
	unsigned int line;
	char why[100];
};

struct replay_program {
	struct replay_op *op; /* kmalloc'ed */
	unsigned int nr_ops, capacity;
	unsigned int nr_ids; /* one above the highest */
};

/* A text: where it is mapped (the image's, an object's), or else in RAM of any zone (the initrd's). */
struct replay_text {
	const char *mapped; /* or NULL: */
	paddr_t phys;
	size_t size;
};

/*
 * Reads the text.  0 and a program that replay_discard() gives back; else -EINVAL (a line is wrong),
 * -E2BIG or -ENOMEM, the reason in *error, and nothing is left allocated.
 * Context: not in interrupts.
 */
int replay_parse(const struct replay_text *text, struct replay_program *program,
		 struct replay_error *error);
void replay_discard(struct replay_program *program);

/* --- allocators and runs ---------------------------------------------------------------------- */

/* Each function is called with interrupts masked, and its own call is in the cost that is shown. */
struct replay_allocator {
	const char *name, *what;
	/*
	 * NULL: no memory, without a report; of 0 bytes also: nothing, which the other functions
	 * but usable() are given, too.
	 */
	void *(*alloc)(size_t bytes);
	/* Contents kept up to the smaller size; NULL: no memory, and the old object stays. */
	void *(*resize)(void *object, size_t old_bytes, size_t bytes);
	void (*release)(void *object);
	size_t (*usable)(const void *object); /* bytes that may be used, at least those asked for */
};

#define REPLAY_ALLOCATOR(name_, what_, alloc_, resize_, release_, usable_) \
	static const struct replay_allocator replay_allocator_##name_ = {  \
		.name = #name_,                                            \
		.what = what_,                                             \
		.alloc = alloc_,                                           \
		.resize = resize_,                                         \
		.release = release_,                                       \
		.usable = usable_,                                         \
	};                                                                 \
	REGISTER(replay_allocators, const struct replay_allocator, replay_allocator_##name_)

/* The nth allocator in the order of names; NULL behind the last. */
const struct replay_allocator *replay_allocator_nth(unsigned int n);
const struct replay_allocator *replay_allocator_find(const char *name);

struct replay_result {
	struct {
		unsigned int count;
		u64 cost; /* of all, in the unit of bench_convert() */
	} kind[REPLAY_KINDS];
	unsigned int at_end; /* of the frees: those of what was live when the trace ended */

	/* When the most bytes were requested at once: */
	u32 peak_line;
	u64 requested, usable; /* bytes of the live objects */
	unsigned long pages;   /* taken from the page allocator since the start */

	unsigned long pages_most; /* taken at any time */
};

/*
 * Runs the program, writes all of each object and checks it when it is resized and freed; gives
 * everything back, whatever happens.  0, or with the reason in *error: -ENOMEM, -EINTR (Ctrl-C),
 * -EIO (contents changed, or pages are missing afterwards).
 * Context: a shell command or a self-test.
 */
int replay_run(const struct replay_program *program, const struct replay_allocator *allocator,
	       struct replay_result *result, struct replay_error *error);

#endif /* KERNEL_REPLAY_H */
