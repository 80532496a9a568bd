/*
 * kallsyms.c - claims about the symbol table: from an address to a name, and from a name to an address
 */
#include "kernel/kallsyms.h"

#include <string.h>

#include "kernel/selftest/selftest.h"

/* Several may have the name; the lowest is found, and has it, too. */
static bool found_by_name(const char *name, unsigned long addr)
{
	unsigned long found, offset;
	char again[KALLSYMS_NAME];

	CHECK(kallsyms_find(name, &found) && found <= addr);
	CHECK(kallsyms_lookup(addr, again, &offset, NULL) && offset == 0);
	CHECK(!strcmp(again, name));
	return true;
}

SELFTEST(kernel, kallsyms_inverse,
	 "looking a symbol's address up gives an equal address and its bounds")
{
	enum { SOME = 16 };
	const unsigned int some = selftest_seed() % SOME;
	unsigned long addr, found, offset, size, former = 0;
	char name[KALLSYMS_NAME], shown[KALLSYMS_NAME];
	unsigned int i;
	char type;

	for (i = 0; kallsyms_nth(i, &addr, &type, name); i++) {
		EXPECT(addr >= former);
		former = addr;
		if (!kallsyms_lookup(addr, shown, &offset, &size))
			continue; /* the last of all: nothing says where it ends */
		EXPECT_EQ(offset, 0);
		EXPECT(size > 0);
		if (i % SOME == some) /* from its name it is searched for, through all of them */
			EXPECT(found_by_name(shown, addr));
	}
	EXPECT(i > 100);
	EXPECT(kallsyms_find("start_kernel", &found));
	EXPECT(kallsyms_lookup(found + 4, name, &offset, NULL));
	EXPECT(strcmp(name, "start_kernel") == 0);
	EXPECT_EQ(offset, 4);
}

SELFTEST(kernel, kallsyms_misses,
	 "an address outside the image, and an unknown name, have no symbol")
{
	unsigned long addr;

	EXPECT(!kallsyms_lookup(0, NULL, NULL, NULL));
	EXPECT(!kallsyms_lookup(~0ul, NULL, NULL, NULL));
	EXPECT(!kallsyms_find("no_such_symbol_here", &addr));
}
