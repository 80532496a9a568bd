/*
 * parse.c - claims about the text of traces: what is read, and what is refused with which line
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel/replay/replay.h"
#include "kernel/selftest/selftest.h"
#include "mm/fixmap/kmap_local.h"
#include "mm/slab/slab.h"

static struct replay_program program;
static struct replay_error error;

static int parse(const char *text)
{
	return replay_parse(&(struct replay_text){ text, 0, strlen(text) }, &program, &error);
}

SELFTEST(replay, reads,
	 "operations keep their order, ids, sizes and lines; comments and blank lines go")
{
	static const struct replay_op want[] = {
		{ REPLAY_ALLOC, 1, 24, 2 },	 { REPLAY_ALLOC, 65535, 0x40, 5 },
		{ REPLAY_RESIZE, 1, 2048, 6 },	 { REPLAY_FREE, 1, 0, 7 },
		{ REPLAY_ALLOC, 1, 0, 8 },	 { REPLAY_RESIZE, 1, 0, 9 },
		{ REPLAY_ALLOC, 2, 1 << 30, 10 }
	};

	EXPECT_EQ(parse("# a comment\na 1 24\n\n   # another\n\ta  65535\t0x40 \r\nr 1 2K\nf 1\n"
			"a 1 0\nr 1 0\na 2 1G"), /* the last line has no end */
		  0);
	EXPECT_EQ(program.nr_ops, ARRAY_SIZE(want));
	EXPECT_EQ(program.nr_ids, REPLAY_IDS);
	for (unsigned int i = 0; i < ARRAY_SIZE(want); i++) {
		EXPECT_EQ((u32)program.op[i].kind, (u32)want[i].kind);
		EXPECT_EQ((u32)program.op[i].id, (u32)want[i].id);
		EXPECT_EQ(program.op[i].bytes, want[i].bytes);
		EXPECT_EQ(program.op[i].line, want[i].line);
	}
	replay_discard(&program);
}

#define LINE_80 "a 1 8                                                                           "

/* A text, the line that is wrong, and what the reason says of it. */
static const struct wrong {
	const char *text;
	unsigned int line;
	const char *why;
} wrong[] = {
	{ "a 1 8\nx 2 8\n", 2, "x: choose one of a, r, f" },
	{ "\n\nalloc 1 8\n", 3, "alloc: choose one of a, r, f" },
	{ "A 1 8", 1, "A: choose one of a, r, f" },
	{ "a 1", 1, "a takes an id and a number of bytes" },
	{ "a 1 8\nr 1 8 9\n", 2, "r takes an id and a number of bytes" },
	{ "a 1 8\nf 1 8\n", 2, "f takes an id" },
	{ "a 1 8\nf\n", 2, "f takes an id" },
	{ "a 1 8 # no comment here", 1, "a takes" },
	{ "a x 8", 1, "id: x is not a number from 0 to 65535" },
	{ "a 65536 8", 1, "id: 65536 is not" },
	{ "a -1 8", 1, "id: -1 is not" },
	{ "a 1 -1", 1, "bytes: -1 is not a number from 0 to 1073741824" },
	{ "a 1 8q", 1, "bytes: 8q is not" },
	{ "a 1 0x40000001", 1, "bytes: 0x40000001 is not" },
	{ "a 1 99999999999999999999", 1, "bytes: 99999999999999999999 is not" },
	{ "# twice\na 1 8\na 1 8\n", 3, "id 1 is live already" },
	{ "a 1 8\nf 2\n", 2, "id 2 is not live" },
	{ "a 1 8\nf 1\nf 1\n", 3, "id 1 is not live" },
	{ "a 1 8\nf 1\nr 1 16\n", 3, "id 1 is not live" },
	{ LINE_80 " ", 1, "longer than 80 characters" },
	{ "a 1 8\n\033[2J\n", 2, "?[2J: choose" },
	{ "# nothing\n# at all\n", 3, "no operation" },
	{ "", 1, "no operation" },
};

SELFTEST(replay, refuses,
	 "a line that is wrong is named with the reason, and nothing stays allocated")
{
	for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++) {
		const struct wrong *w = &wrong[i];

		EXPECT_EQ(parse(w->text), -EINVAL);
		if (error.line != w->line || strncmp(error.why, w->why, strlen(w->why)))
			selftest_fail(__FILE__, __LINE__, "text %u: line %u: %s", i, error.line,
				      error.why);
		EXPECT(!program.op && !program.nr_ops);
	}
	EXPECT_EQ(parse(LINE_80), 0); /* just as long as allowed */
	replay_discard(&program);
}

/* Writes "a N 8" lines that cross from page to page; returns their length. */
static size_t write_lines(char *text, size_t room)
{
	size_t used = 0;

	for (unsigned int id = 0; room - used > 16; id++)
		used += (size_t)snprintf(text + used, room - used, "a %u 8\n", id);
	return used;
}

SELFTEST(replay, pages,
	 "a text is read whole from any byte of a page, over pages, and many operations")
{
	const size_t room = 3 * PAGE_SIZE;
	char *text = kmalloc(room, GFP_KERNEL);
	unsigned int lines = 0;
	size_t size;
	int result;

	EXPECT(text);
	size = write_lines(text + 5, room - 5);
	for (size_t i = 0; i < size; i++)
		lines += text[5 + i] == '\n';
	result = replay_parse(&(struct replay_text){ text + 5, 0, size }, &program, &error);
	kfree(text);
	EXPECT_EQ(result, 0);
	EXPECT(lines > 1024); /* more than the array holds at first */
	EXPECT_EQ(program.nr_ops, lines);
	EXPECT_EQ((u32)program.op[lines - 1].id, lines - 1);
	replay_discard(&program);
}

SELFTEST(replay, highmem, "a text may lie where it has no address")
{
	struct page *page = alloc_page(GFP_HIGHUSER);
	int result;
	char *va;

	EXPECT(page);
	if (!PageHighMem(page)) {
		__free_page(page);
		SKIP("no highmem on this machine");
	}
	va = kmap_local_page(page);
	EXPECT(va);
	strcpy(va, "a 7 8\nf 7\n");
	kunmap_local(va);
	result = replay_parse(&(struct replay_text){ NULL, page_to_phys(page), 10 }, &program,
			      &error);
	__free_page(page);
	EXPECT_EQ(result, 0);
	EXPECT_EQ(program.nr_ops, 2);
	EXPECT_EQ(kmap_local_depth(), 0);
	replay_discard(&program);
}
