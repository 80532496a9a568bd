/*
 * address.c - addresses as arguments: what a line can make of them
 *
 * Read next: kernel/shell/address.c.
 */
#include <string.h>

#include "kernel/console.h"
#include "kernel/selftest/selftest.h"
#include "kernel/shell/address.h"
#include "kernel/shell/parse.h"

static void drop(struct con_stage *stage __unused, const char *s __unused, size_t len __unused)
{
}

SELFTEST(shell, address_long, "the longest word that values can make is refused as an address")
{
	SELFTEST_TABLE(char, word, SHELL_WORD_MAX); /* longer than a line */
	struct con_stage errors = { .write = drop };
	vaddr_t va = 1;
	bool taken;

	memset(word, 'x', SHELL_WORD_MAX - 1);
	word[SHELL_WORD_MAX - 1] = '\0';
	con_push_stage(&errors);
	taken = shell_address(word, "ADDR", &va);
	con_pop_stage(&errors);
	EXPECT(!taken);
	EXPECT_EQ(va, 1);
}
