/*
 * fault_break.c - faults taken on purpose that only this processor can be asked for
 *
 * As kernel/shell/break_faults.c: a body that returns was not caught, which is a failure.
 *
 * Locking: none is held: each runs as a shell command does, in SVC mode with interrupts enabled.
 * Read next: report.c, which prints what is seen.
 */
#include "arch/arch.h"
#include "kernel/shell/break.h"

/* An address that nothing maps: in the modules area. */
#define UNMAPPED (MODULES_VADDR + 0x1000)

BREAK(unaligned, "fault", "load a double word from an odd address",
      "u64 v = *(u64 *)((char *)words + 1); /* ldrd */", .caught = BREAK_FAULTS)
{
	static u64 words[2];
	const u8 *at = (const u8 *)words + 1;

	__asm__ volatile("ldrd r2, r3, [%0]" : : "r"(at) : "r2", "r3", "memory");
	return break_not_caught();
}

BREAK(undefined_instruction, "fault", "execute an instruction that does not exist",
      "asm(\"udf #0\");", .caught = BREAK_FAULTS)
{
	__asm__ volatile("udf #0");
	return break_not_caught();
}

BREAK(svc, "fault", "ask for a system call, of which there are none", "asm(\"svc #1\");",
      .caught = BREAK_FAULTS)
{
	__asm__ volatile("svc #1" : : : "lr", "memory");
	return break_not_caught();
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
	return break_not_caught();
}

BREAK(wild_sp, "fault", "push with a stack pointer that points nowhere",
      "asm(\"mov sp, r0; push {r0}\"); /* r0 = 0xbf001000 */", .caught = BREAK_FAULTS)
{
	__asm__ volatile("mov sp, %0\n\t"
			 "push {r0}"
			 :
			 : "r"(UNMAPPED)
			 : "memory");
	return break_not_caught();
}
