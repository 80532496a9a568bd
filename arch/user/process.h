/*
 * process.h - what the files of this port share: the machine in the process
 *
 *	physical memory     one sparse file in memory, at its own offsets: RAM, and whatever devices there were
 *	virtual addresses   the window, of which nothing is there until it was missed (mmu.c)
 *	CPUs                threads, each with a stack between two pages that nobody maps
 */
#ifndef ARCH_USER_PROCESS_H
#define ARCH_USER_PROCESS_H

#include <setjmp.h>
#include <ucontext.h>

#include "arch/arch.h"

/* --- memory (mmu.c) --------------------------------------------------------------------------- */

/* Makes the physical memory, reserves the window, and maps ARCH_BOOT_MAPPED.  False: errno says why. */
bool user_memory_init(void);
/* Writes there, where the kernel may see it later.  False: errno says why. */
bool user_memory_write(paddr_t at, const void *bytes, size_t size);
/*
 * What a TLB does: shows the page of va if the tables allow such an access, and physical memory is there.
 * Context: a fault's handler.
 */
bool user_fill(vaddr_t va, bool write, bool exec);
/* Is a frame of the physical memory there, whose devices are none? */
bool user_is_memory(paddr_t phys);

/* It is always the same time (tests/fuzz). */
extern bool user_clock_stands;
/* Some page was shown since this was false (tests/fuzz). */
extern bool user_filled;

/* mmap() that nobody intercepts: a sanitizer would take what it forbade there for allowed. */
void *user_mmap(vaddr_t va, size_t size, int prot, int flags, int file, paddr_t at);

/* --- watching (watched/watch.c, or unwatched/watch.c) ----------------------------------------- */

/* May the byte be accessed, as far as anybody watches? */
bool user_may_touch(const void *at);

/* --- exceptions (fault.c) --------------------------------------------------------------------- */

/* What an exception has interrupted. */
struct pt_regs {
	struct pt_regs *prev; /* the exception that this one interrupted */
	const char *what;     /* "data abort", "interrupt" */
	unsigned long pc, sp, fp;
	unsigned long
		entry; /* the frame of the handler: there a walk goes over to the interrupted code */
	bool masked;   /* interrupts were */
	bool fault;    /* it is one */
	bool located;  /* the processor has said where: */
	vaddr_t address;
	bool write, exec;
	bool unaligned;
	bool refused; /* by the physical memory: nothing is there */
	int signal;
	const mcontext_t *machine; /* all registers, or NULL */
};

/* Of this CPU: the newest exception that is being handled, and the innermost access that may fault. */
extern _Thread_local struct pt_regs *user_frames;
extern _Thread_local struct guard *user_guards;

/* Takes over the signals that stand for exceptions.  Context: once, before any CPU runs. */
void user_faults_init(void);
/* Handles those of this CPU on a stack of its own, there.  Context: the CPU's thread. */
void user_faults_init_cpu(void *stack, size_t size);
/* Begins a shell anew on the CPU's stack, as if it had returned there. */
void user_enter_shell(void) __noreturn;
/* The words for a fault, as other ports have them. */
const char *user_cause(const struct pt_regs *regs);
/* A word of any memory; false when it cannot be read (unwind.c). */
bool user_read_word(vaddr_t at, unsigned long *word);
/* Is that the program's code (image.c)? */
bool user_is_code(vaddr_t va);
/* Reports it; true when the shell goes on (report.c). */
bool user_report(const struct pt_regs *regs);

/* --- interrupts (irq.c) ----------------------------------------------------------------------- */

/* One more waits for this CPU, and is served as soon as interrupts are open.  Context: any, a signal's too. */
void user_irq_raise(unsigned int irq);
/* Takes the lowest that waits, or -1. */
int user_irq_take(void);

/* Counts instructions from now on, where arch_count_begin() asks for it (count.c). */
void user_count_init(void);

/* --- the process (host.c) --------------------------------------------------------------------- */

/* From now on the clock runs. */
void user_clock_init(void);
/* Is that a page of the process, outside all that the machine has, whatever may be done with it? */
bool user_is_mapped(vaddr_t va);

/* Called in the place of a shell after a fault, and of the end, when it is not NULL (tests/fuzz). */
extern void (*user_at_end)(void);

/* --- the console (drivers/host/board.c) ------------------------------------------------------- */

/* The terminal is as it was before. */
void user_terminal_restore(void);
/* The same; false when output was lost, which is said on stderr. */
bool user_console_end(void);

#endif /* ARCH_USER_PROCESS_H */
