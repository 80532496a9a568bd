/*
 * semihosting.c - claims about what becomes of the host's answers; the host itself is not asked
 */
#include <string.h>

#include "arch/arch.h"
#include "boot/boot_impl.h"
#include "boot/semihosting.h"
#include "kernel/selftest/selftest.h"
#include "tests/selftests/boot/warnings.h"
#include "tests/selftests/boot/scratch.h"

struct answers_case {
	const char *line;
	paddr_t heap_end; /* from PHYS_OFFSET */
	const char *want_line;
	paddr_t want_size;
	unsigned int lines;
};

static const struct answers_case answers_cases[] = {
	{ "build/crumb.elf mem=64M test=boot", 0x8000000, "mem=64M test=boot", 0x8000000, 0 },
	{ "crumb.elf", GiB, "", GiB, 0 },
	{ "crumb.elf  a", GiB, "a", GiB, 0 },
	{ "", GiB, "", GiB, 0 },
	{ "crumb.elf a b", 0x4a000000ul - 0x60000000ul, "a b", 0x1000000,
	  1 }, /* the SRAM: QEMU with 16 MiB of RAM */
	{ "crumb.elf", -(paddr_t)GiB, "", 0x1000000, 1 },
	{ "crumb.elf", 2ul * GiB, "", 0x1000000, 1 },
	{ "crumb.elf", 0, "", 0x1000000, 1 },
};

SELFTEST(boot, semihosting_answers,
	 "the host's heap limit becomes a bank, its line loses the program's name")
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(answers_cases); i++) {
		const struct answers_case *c = &answers_cases[i];
		struct semihosting_answers answers = { .line = bi.cmdline,
						       .heap_end = PHYS_OFFSET + c->heap_end };
		unsigned int lines;

		scratch_clear(&bi);
		answers.line_size = strlen(c->line);
		memcpy(bi.cmdline, c->line, answers.line_size); /* as at boot: read in place */
		warnings_catch();
		semihosting_take(&answers, &bi);
		lines = warnings_release();
		EXPECT_EQ(lines, c->lines);
		EXPECT_EQ(bi.nr_banks, 1);
		EXPECT_EQ(bi.bank[0].base, PHYS_OFFSET);
		EXPECT_EQ(bi.bank[0].size, c->want_size);
		EXPECT(strcmp(bi.cmdline, c->want_line) == 0);
	}
}
