/*
 * printed.c - a stage of the console that hands nothing on
 */
#include "tests/fuzz/printed.h"

#include <string.h>

#include "kernel/console.h"
#include "tests/fuzz/fuzz.h"

enum { PRINTED_MAX = 64 * 1024 };

static char printed[PRINTED_MAX + 1];
static size_t used;

static void gather(struct con_stage *stage __unused, const char *s, size_t len)
{
	if (len > PRINTED_MAX - used)
		fuzz_fail("more than %d bytes are printed", PRINTED_MAX);
	memcpy(printed + used, s, len);
	used += len;
}

static struct con_stage stage = { .write = gather };

void printed_begin(void)
{
	used = 0;
	con_push_stage(&stage);
}

const char *printed_end(size_t *len)
{
	con_pop_stage(&stage);
	printed[used] = '\0';
	*len = used;
	return printed;
}

bool printed_one_error(const char *text, const char *what)
{
	size_t len = strlen(text);

	return !strncmp(text, "error: ", 7) && len && strchr(text, '\n') == text + len - 1 &&
	       strstr(text, what);
}
