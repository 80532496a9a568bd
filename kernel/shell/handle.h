/*
 * handle.h - #N: what a person has allocated at the prompt, and how to give it back
 *
 * Each allocator registers the kinds that it can hand out:
 *
 *	ALLOC_KIND(pages, "ORDER [WORD...]", "2^ORDER contiguous pages", free_fn, describe_fn)
 *	{
 *		... fill *handle (argc/argv begin after the kind's name) ...
 *		return SHELL_OK;
 *	}
 *
 * `alloc pages 2` then prints `#7 pages order=2 zone=Normal pfn=0x60a40 va=0xc0a40000`, `allocs`
 * lists what is held, `free #7` prints `#7 freed`.  A handle whose object the allocator refuses to
 * free stays.  A number is never used twice.
 */
#ifndef KERNEL_SHELL_HANDLE_H
#define KERNEL_SHELL_HANDLE_H

#include "kernel/shell/shell.h"

enum { HANDLES_MAX = 512 };

struct handle {
	unsigned int number; /* the N of #N; 0: slot not in use */
	const struct alloc_kind *kind;
	void *object;	    /* whatever the kind needs to find it again */
	unsigned long size; /* e.g. the order or the bytes */
	unsigned long extra;
};

/* Where a handle's object lies. */
struct handle_place {
	vaddr_t va;
	bool has_va;	   /* false: highmem pages, which no address shows by themselves */
	struct page *page; /* the first page, of what consists of whole pages; else NULL */
	unsigned long bytes;
};

struct alloc_kind {
	const char *name;
	const char *args;
	const char *summary;
	/* Allocates and fills object, size, extra.  Errors: shell_error() or SHELL_USAGE. */
	int (*alloc)(int argc, char **argv, struct handle *handle);
	/* Frees it; false when the allocator refused, which it has said itself. */
	bool (*free)(struct handle *handle);
	/* Prints `key=value …` for the handle, no newline. */
	void (*describe)(const struct handle *handle);
	/*
	 * Optional: where it lies.  Without it object is a struct page or an address, and size its
	 * bytes.
	 */
	void (*place)(const struct handle *handle, struct handle_place *place);

	/* optional, too: what alloc_words() makes of WORD... (alloc_words.h) */
	const struct alloc_option *options; /* words of its own */
	const struct gfp_refusal *refuses;  /* gfp words that it cannot honour */
	const char *no_gfp;		    /* why it honours none of them */
};

#define ALLOC_KIND(name_, args_, summary_, free_, describe_, ...)                               \
	static int alloc_kind_##name_(int argc, char **argv, struct handle *handle);            \
	static const struct alloc_kind alloc_kind_desc_##name_ = { .name = #name_,              \
								   .args = args_,               \
								   .summary = summary_,         \
								   .alloc = alloc_kind_##name_, \
								   .free = free_,               \
								   .describe = describe_,       \
								   __VA_ARGS__ };               \
	REGISTER(alloc_kinds, const struct alloc_kind, alloc_kind_desc_##name_);                \
	static int alloc_kind_##name_(int argc __unused, char **argv __unused,                  \
				      struct handle *handle)

/* Is there a kind of that name?  Then `KIND ARGS…` is short for `alloc KIND ARGS…`. */
bool handle_is_kind(const char *name);
/* `alloc KIND ARGS…` for a command of the kind's own name: allocates, registers, prints the handle. */
int handle_alloc(const char *kind, int argc, char **argv);
/* The nth word that may follow the kind's own arguments, for such a command's completion; or NULL. */
const char *handle_complete(const char *kind, unsigned int nth);
/* The live handle of that number in `#N` form, or NULL after saying what is wrong with arg. */
struct handle *handle_find(const char *arg);
/* Where its object lies. */
void handle_place(const struct handle *handle, struct handle_place *place);
/*
 * What `free #N` does, for other commands that free: gives it back and says so.  Errors are printed
 * in the running command's name; returns SHELL_OK or SHELL_FAIL.
 */
int handle_release(const char *arg);
/* For completion: the nth live handle as `#N`, NULL after the last.  Valid until the next call. */
const char *handle_nth_name(unsigned int nth);

/*
 * The number given last; and gives back, newest first, what has a higher one, as `free all` would.  For
 * who runs commands and undoes what they did.
 */
unsigned int handle_last(void);
void handle_release_after(unsigned int number);

/*
 * For commands that free by address: the handle that stands for this object, of one of the kinds
 * (names, NULL at the end), or NULL.  Once the object is freed, handle_gone() takes the handle out
 * of the list and says so, or `free` would be refused for ever.
 */
struct handle *handle_at(const void *object, const char *const kinds[]);
void handle_gone(struct handle *handle);

#endif /* KERNEL_SHELL_HANDLE_H */
