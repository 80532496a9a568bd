/*
 * cmdline.c - claims about the command line as boot/ keeps it
 */
#include <string.h>

#include "boot/boot_impl.h"
#include "kernel/selftest/selftest.h"
#include "tests/selftests/boot/warnings.h"
#include "tests/selftests/boot/scratch.h"

SELFTEST(boot, cmdline_cut, "a command line that is too long loses whole words, and that is told")
{
	enum { LENGTH = BOOT_CMDLINE_MAX + 8 };
	SELFTEST_TABLE(char, line, LENGTH);
	unsigned int lines;

	memset(line, 'x', LENGTH);
	warnings_catch();
	boot_cmdline_set(&bi, line, BOOT_CMDLINE_MAX - 1); /* just fits */
	lines = warnings_release();
	EXPECT_EQ(lines, 0);
	EXPECT_EQ(strlen(bi.cmdline), BOOT_CMDLINE_MAX - 1);
	memcpy(line + BOOT_CMDLINE_MAX - 5, " mem=128M", 9);
	warnings_catch();
	boot_cmdline_set(&bi, line, BOOT_CMDLINE_MAX + 4); /* "... mem=128M" */
	lines = warnings_release();
	EXPECT_EQ(lines, 1);
	EXPECT_EQ(strlen(bi.cmdline), BOOT_CMDLINE_MAX - 5);
	memset(line, 'x', LENGTH);
	warnings_catch();
	boot_cmdline_set(&bi, line, LENGTH); /* one word: nothing better than its beginning */
	lines = warnings_release();
	EXPECT_EQ(lines, 1);
	EXPECT_EQ(strlen(bi.cmdline), BOOT_CMDLINE_MAX - 1);
}
