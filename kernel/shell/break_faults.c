/*
 * break_faults.c - faults taken on purpose, to show how each is reported and survived
 *
 * Every body here makes the processor raise an exception.  The oops explains it, and the shell goes
 * on.  A body that returns was not caught: that is a failure.
 *
 * Locking  none is held: each runs as a shell command does, in SVC mode with interrupts enabled.
 * Read next: arch/arm/report.c, which prints what is seen.
 */
#include "arch/arch.h"
#include "kernel/oops.h"
#include "kernel/shell/break.h"

/* An address that nothing maps: in the modules area. */
#define UNMAPPED (MODULES_VADDR + 0x1000)

static u32 data_word = 0xe12fff1e; /* the instruction BX LR, as data */
static const u32 rodata_word = 0xc0ffee;

/* The compiler must not know what the pointer is. */
static volatile u32 *hidden(vaddr_t va)
{
	__asm__ volatile("" : "+r"(va));
	return (volatile u32 *)va;
}

int break_not_caught(void)
{
	return shell_error("the access went through: the MMU did not refuse it");
}

BREAK(null_read, "fault", "read through a NULL pointer", "word = *(u32 *)NULL;",
      .caught = BREAK_FAULTS)
{
	(void)*hidden(0);
	return break_not_caught();
}

BREAK(null_write, "fault", "write a field of a structure at NULL", "((struct s *)NULL)->field = 1;",
      .caught = BREAK_FAULTS)
{
	hidden(0)[4] = 1;
	return break_not_caught();
}

BREAK(text_write, "fault", "overwrite the kernel's code", "*(u32 *)function = 0;",
      .caught = BREAK_FAULTS)
{
	*hidden((vaddr_t)break_null_read) = 0;
	return break_not_caught();
}

BREAK(rodata_write, "fault", "write to a constant",
      "static const u32 constant; *(u32 *)&constant = 0;", .caught = BREAK_FAULTS)
{
	*hidden((vaddr_t)&rodata_word) = 0;
	return break_not_caught();
}

BREAK(data_exec, "fault", "call a function that lies in data",
      "u32 data = 0xe12fff1e; ((void (*)(void))&data)();", .caught = BREAK_FAULTS)
{
	((void (*)(void))hidden((vaddr_t)&data_word))();
	return break_not_caught();
}

BREAK(unmapped_read, "fault", "read where nothing is mapped", "word = *(u32 *)0xbf001000;",
      .caught = BREAK_FAULTS)
{
	(void)*hidden(UNMAPPED);
	return break_not_caught();
}

static volatile u32 depth_limit = ~0u; /* out of reach, which the compiler must not know */

/* Needs more stack at every depth; each result needs the next, so no call is a tail call. */
static __noinline u32 recurse(u32 depth)
{
	volatile u32 frame[64];

	if (depth == depth_limit)
		return depth;
	frame[depth % ARRAY_SIZE(frame)] = depth;
	return recurse(depth + 1) + frame[depth % ARRAY_SIZE(frame)];
}

BREAK(stack_overflow, "fault", "recurse until the stack meets its guard page",
      "int recurse(int n) { return recurse(n + 1) + 1; }", .caught = BREAK_FAULTS)
{
	recurse(0);
	return break_not_caught();
}

BREAK(prefetch_abort, "fault", "call a NULL function pointer", "void (*f)(void) = NULL; f();",
      .caught = BREAK_FAULTS)
{
	((void (*)(void))hidden(0))();
	return break_not_caught();
}

BREAK(wild_jump, "fault", "jump to an unmapped address",
      "void (*f)(void) = (void *)0xbf001000; f();", .caught = BREAK_FAULTS)
{
	((void (*)(void))hidden(UNMAPPED))();
	return break_not_caught();
}

BREAK(bkpt, "fault", "execute a breakpoint without a debugger", "asm(\"bkpt\");",
      .caught = BREAK_FAULTS)
{
	arch_breakpoint();
	return break_not_caught();
}

BREAK(nested, "fault", "fault again while the oops is printed",
      "word = *(u32 *)NULL; /* and the report of it faults, too */", .caught = BREAK_FAULTS)
{
	oops_provoke_nested();
	(void)*hidden(0);
	return break_not_caught();
}
