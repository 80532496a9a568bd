/*
 * options.c - the boot options that this kernel has, with the setters that it has
 *
 *	input   [line ...]
 *
 *	line ──param_parse_with()──> each registered option's own setter, or a warning that names the word
 *
 * What words are is cmdline.c's; here it is what they may say: whatever that is, a setter takes it or
 * refuses it, the same each time, and a refusal is told once.
 *
 * Read next: kernel/param.h, and every PARAM() in the tree.
 */
#include <string.h>

#include "kernel/param_impl.h"
#include "tests/fuzz/exact.h"
#include "tests/fuzz/fuzz.h"

REGISTRY(params, const struct param);

enum { TOLD_MAX = 16 * 1024 };

struct told {
	unsigned int warnings;
	size_t used;
	char text[TOLD_MAX]; /* each word, and why */
};

static struct told told[2], *now;

static void tell(const char *text)
{
	size_t bytes = strlen(text) + 1;

	if (bytes > sizeof(now->text) - now->used)
		return; /* the count says more than the end of a long list */
	memcpy(now->text + now->used, text, bytes);
	now->used += bytes;
}

static void hear_warning(const char *word, const char *why)
{
	if (!*why)
		fuzz_fail("\"%s\" is skipped without a reason", word);
	now->warnings++;
	tell(word);
	tell(why);
}

/* Setters keep pointers into the copy. */
static unsigned int parse(const char *line)
{
	static char copy[PARAM_LINE_MAX];
	const struct param_parser parser = { .first = __start_params,
					     .last = __stop_params,
					     .warn = hear_warning,
					     .copy = copy,
					     .copy_size = sizeof(copy) };

	return param_parse_with(&parser, line);
}

static void run(const u8 *data, size_t size)
{
	char *line = exact_string(data, size);

	for (unsigned int i = 0; i < ARRAY_SIZE(told); i++) {
		now = &told[i];
		now->warnings = 0;
		now->used = 0;
		if (parse(line) != now->warnings)
			fuzz_fail("%u warnings are counted otherwise", now->warnings);
	}
	if (told[0].warnings != told[1].warnings || told[0].used != told[1].used ||
	    memcmp(told[0].text, told[1].text, told[0].used) != 0)
		fuzz_fail("the same options are refused once, and once not: %s", line);
	free(line);
}

FUZZ_TARGET(options, "the kernel's own boot options, with their setters", run, .pure = false);
