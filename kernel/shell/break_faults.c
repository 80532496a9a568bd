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

static int not_caught(void)
{
	return shell_error("the access went through: the MMU did not refuse it");
}

BREAK(null_read, "fault", "read through a NULL pointer", "word = *(u32 *)NULL;",
      .caught = BREAK_FAULTS)
{
	(void)*hidden(0);
	return not_caught();
}

BREAK(null_write, "fault", "write a field of a structure at NULL", "((struct s *)NULL)->field = 1;",
      .caught = BREAK_FAULTS)
{
	hidden(0)[4] = 1;
	return not_caught();
}

BREAK(text_write, "fault", "overwrite the kernel's code", "*(u32 *)function = 0;",
      .caught = BREAK_FAULTS)
{
	*hidden((vaddr_t)break_null_read) = 0;
	return not_caught();
}

BREAK(rodata_write, "fault", "write to a constant",
      "static const u32 constant; *(u32 *)&constant = 0;", .caught = BREAK_FAULTS)
{
	*hidden((vaddr_t)&rodata_word) = 0;
	return not_caught();
}

BREAK(data_exec, "fault", "call a function that lies in data",
      "u32 data = 0xe12fff1e; ((void (*)(void))&data)();", .caught = BREAK_FAULTS)
{
	((void (*)(void))hidden((vaddr_t)&data_word))();
	return not_caught();
}

BREAK(unmapped_read, "fault", "read where nothing is mapped", "word = *(u32 *)0xbf001000;",
      .caught = BREAK_FAULTS)
{
	(void)*hidden(UNMAPPED);
	return not_caught();
}

BREAK(unaligned, "fault", "load a double word from an odd address",
      "u64 v = *(u64 *)((char *)words + 1); /* ldrd */", .caught = BREAK_FAULTS)
{
	static u64 words[2];
	volatile u32 *at = hidden((vaddr_t)words + 1);

	__asm__ volatile("ldrd r2, r3, [%0]" : : "r"(at) : "r2", "r3", "memory");
	return not_caught();
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
	return not_caught();
}

BREAK(undefined_instruction, "fault", "execute an instruction that does not exist",
      "asm(\"udf #0\");", .caught = BREAK_FAULTS)
{
	__asm__ volatile("udf #0");
	return not_caught();
}

BREAK(prefetch_abort, "fault", "call a NULL function pointer", "void (*f)(void) = NULL; f();",
      .caught = BREAK_FAULTS)
{
	((void (*)(void))hidden(0))();
	return not_caught();
}

BREAK(wild_jump, "fault", "jump to an unmapped address",
      "void (*f)(void) = (void *)0xbf001000; f();", .caught = BREAK_FAULTS)
{
	((void (*)(void))hidden(UNMAPPED))();
	return not_caught();
}

BREAK(svc, "fault", "ask for a system call, of which there are none", "asm(\"svc #1\");",
      .caught = BREAK_FAULTS)
{
	__asm__ volatile("svc #1" : : : "lr", "memory");
	return not_caught();
}

BREAK(bkpt, "fault", "execute a breakpoint without a debugger", "asm(\"bkpt\");",
      .caught = BREAK_FAULTS)
{
	arch_breakpoint();
	return not_caught();
}

BREAK(nested, "fault", "fault again while the oops is printed",
      "word = *(u32 *)NULL; /* and the report of it faults, too */", .caught = BREAK_FAULTS)
{
	oops_provoke_nested();
	(void)*hidden(0);
	return not_caught();
}

/* Every register that the report follows is wrong: it has to survive what it reads. */
BREAK(wild_everything, "fault", "fault with a pc, lr and sp that point nowhere",
      "asm(\"mov sp, r0; mov lr, r0; bx r0\"); /* r0 = 0xbf001000 */", .caught = BREAK_FAULTS)
{
	__asm__ volatile("mov r0, %0\n\t"
			 "mov sp, r0\n\t"
			 "mov lr, r0\n\t"
			 "bx r0"
			 :
			 : "r"(UNMAPPED)
			 : "r0", "lr", "memory");
	return not_caught();
}

BREAK(wild_sp, "fault", "push with a stack pointer that points nowhere",
      "asm(\"mov sp, r0; push {r0}\"); /* r0 = 0xbf001000 */", .caught = BREAK_FAULTS)
{
	__asm__ volatile("mov sp, %0\n\t"
			 "push {r0}"
			 :
			 : "r"(UNMAPPED)
			 : "memory");
	return not_caught();
}
