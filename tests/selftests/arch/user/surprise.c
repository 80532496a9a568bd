/*
 * surprise.c - the timer behind surprise.h: one of the host's, whose signal comes at any instruction
 *
 * Locking: hits and handle are shared with the interrupt; one CPU, so volatile is enough.
 */
#include "tests/selftests/arch/surprise.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "arch/user/process.h"
#include "kernel/irq.h"

enum { IRQ_SURPRISE = 34 };

static timer_t timer;
static void (*volatile handle)(void);
static volatile unsigned int hits;

static void on_signal(int signal __unused)
{
	user_irq_raise(IRQ_SURPRISE);
}

static void on_timer(unsigned int irq __unused, void *arg __unused)
{
	handle();
	hits++;
}

static bool make_timer(void)
{
	const struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN };

	event._sigev_un._tid = gettid();
	return sigaction(SIGRTMIN, &action, NULL) == 0 &&
	       timer_create(CLOCK_MONOTONIC, &event, &timer) == 0;
}

bool surprise_begin(void (*handler)(void))
{
	static bool installed; /* a handler stays for ever */

	if (arch_irqs_disabled() || (!installed && !make_timer()))
		return false;
	handle = handler;
	hits = 0;
	if (!installed)
		irq_request(IRQ_SURPRISE, on_timer, NULL, "timer (self-test)");
	installed = true;
	return true;
}

void surprise_in(u32 microseconds)
{
	const struct itimerspec once = { .it_value = { .tv_nsec = 1000l * microseconds } };

	timer_settime(timer, 0, &once, NULL);
}

unsigned int surprises(void)
{
	return hits;
}

void surprise_end(void)
{
	timer_settime(timer, 0, &(struct itimerspec){}, NULL);
}
