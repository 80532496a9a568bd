/*
 * unwind.c - claims about who called what has made no frame: a wild address, a library's function, an entry
 *
 *	sp ──> [ 1 | 2 | an address in called() | … ]     frames begin at its caller's
 *
 * Read next: arch/user/unwind.c.
 */
#include <sys/auxv.h>

#include "arch/user/process.h"
#include "kernel/console.h"
#include "kernel/selftest/selftest.h"

enum { PUSH = 0x55, PROLOGUE_MOST = 16 };

/* One with a frame, for what it calls. */
static void __noinline called(void)
{
	arch_cpuinfo_print(con_printf);
	barrier();
}

struct seen {
	unsigned long pc[2];
	unsigned int n;
};

static bool see(unsigned long pc, const char *exception __unused, void *arg)
{
	struct seen *seen = arg;

	seen->pc[seen->n++] = pc;
	return seen->n < ARRAY_SIZE(seen->pc);
}

/* With the address as the word of that number from sp on: is it the second that a walk sees? */
static bool is_caller(unsigned long pc, unsigned int nth)
{
	const unsigned long caller = (unsigned long)called + 1;
	unsigned long stack[4] = { 1, 2, 3, 4 };
	const mcontext_t machine = { 0 };
	const struct pt_regs regs = { .what = "a test",
				      .pc = pc,
				      .sp = (unsigned long)stack,
				      .fp = (unsigned long)__builtin_frame_address(0),
				      .machine = &machine };
	struct seen seen = { .n = 0 };

	*(volatile unsigned long *)&stack[nth] = caller;
	arch_unwind(&regs, see, &seen);
	return seen.n == 2 && seen.pc[0] == pc && seen.pc[1] == caller;
}

SELFTEST(arch, unwind_wild,
	 "who called an address where no code is is who has left a return address at sp")
{
	EXPECT(is_caller(0, 0));
	EXPECT(!is_caller(0, 1));
}

SELFTEST(arch, unwind_library,
	 "who called a library's function without a frame is the first of ours from sp on")
{
	const unsigned long library = getauxval(AT_SYSINFO_EHDR);

	if (!library)
		SKIP("the host's kernel lends no code");
	EXPECT(is_caller(library, 0));
	EXPECT(is_caller(library, 2));
}

SELFTEST(arch, unwind_entry,
	 "a function that has not begun its frame is called from where the word at sp says")
{
	const u8 *pc = (const u8 *)(vaddr_t)called;

	for (unsigned int i = 0; *pc != PUSH && i < PROLOGUE_MOST; i++)
		pc++;
	EXPECT_EQ(*pc, PUSH);
	EXPECT(is_caller((unsigned long)pc, 0));
	EXPECT(!is_caller((unsigned long)pc, 1));
	EXPECT(!is_caller((unsigned long)(pc + 1), 0));
}
