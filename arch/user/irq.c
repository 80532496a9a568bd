/*
 * irq.c - interrupts of a CPU that is a thread: bits that wait, served when they may be
 *
 *	the CPU's signal, or its call ──> user_irq_raise(): a bit ──> masked? it waits
 *	                                                       └────> irq_dispatch(), as a handler
 *	arch_irq_enable() ──────────────────────────────────────────> the same, for what waits
 *
 * Invariant  Q1  irq_dispatch() runs with interrupts masked, and none inside another.
 * Locking: a CPU's bits are its own thread's, set in its signals too: single atomic steps.
 */
#include "arch/user/process.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "kernel/irq.h"

static u64 waiting[NR_CPUS][DIV_ROUND_UP(NR_IRQS, 64)];

int user_irq_take(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(waiting[0]); i++) {
		u64 *word = &waiting[arch_cpu_id()][i];
		u64 bits = __atomic_load_n(word, __ATOMIC_ACQUIRE);

		if (!bits)
			continue;
		__atomic_fetch_and(word, ~(bits & -bits), __ATOMIC_ACQ_REL);
		return (int)(64 * i) + __builtin_ctzll(bits);
	}
	return -1;
}

void __noinline user_irqs_open(void)
{
	struct pt_regs regs = {
		.what = "interrupt",
		.pc = _RET_IP_,
		.entry = (unsigned long)__builtin_frame_address(0),
	};
	struct guard *const guards = user_guards;

	regs.fp = *(unsigned long *)regs.entry;
	while (user_cpu.pending && !user_cpu.masked && !user_cpu.in_exception) {
		user_cpu.pending = false;
		user_cpu.masked = true;
		user_cpu.in_exception++;
		regs.prev = user_frames;
		user_frames = &regs;
		user_guards =
			NULL; /* what faults in a handler is no access of the interrupted code's */
		irq_dispatch(&regs);
		user_guards = guards;
		user_frames = regs.prev;
		user_cpu.in_exception--;
		user_cpu.masked = false; /* keeps Q1: what came meanwhile is served by this loop */
	}
}

void user_irq_raise(unsigned int irq)
{
	__atomic_fetch_or(&waiting[arch_cpu_id()][irq / 64], 1ull << irq % 64, __ATOMIC_RELEASE);
	user_cpu.pending = true;
	if (!user_cpu.masked)
		user_irqs_open();
}

/* Also ends when the console has something to read. */
void arch_wait_for_interrupt(void)
{
	struct pollfd console = { STDIN_FILENO, POLLIN, 0 };
	sigset_t tick, before;

	sigemptyset(&tick);
	sigaddset(&tick, SIGALRM);
	sigprocmask(SIG_BLOCK, &tick, &before);
	if (!user_cpu.pending)
		ppoll(&console, 1, NULL, &before);
	sigprocmask(SIG_SETMASK, &before, NULL);
}
