/*
 * board.c - the devices of a host process: its terminal, a timer of the host's, interrupts as bits
 *
 *	console     read() and write(); a terminal is raw meanwhile, so that keys come as typed
 *	interrupts  the port's bits (arch/user/irq.c)
 *	tick        SIGALRM, HZ times a second
 *
 * At the end of the input, and when the terminal hangs up, there is nobody: the machine is powered off.  Of
 * the terminal's own keys Ctrl-\ is left, which ends a machine that hears no other.
 *
 * Locking: none: one CPU reads.
 */
#include "drivers/board.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <termios.h>
#include <unistd.h>

#include "arch/user/process.h"
#include "kernel/bootstage.h"
#include "kernel/bug.h"
#include "kernel/console.h"
#include "kernel/irq.h"

enum { IRQ_TICK = 29, HZ = 100 };

static struct termios before;
static bool is_raw;

/* --- console ---------------------------------------------------------------------------------- */

void user_terminal_restore(void)
{
	if (is_raw)
		tcsetattr(STDIN_FILENO, TCSANOW, &before);
	is_raw = false;
}

/* One that ends the process: so it does, when it comes again. */
static void on_end(int signal)
{
	user_terminal_restore();
	raise(signal);
}

static void restore_at_the_end(void)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
	const struct sigaction action = { .sa_handler = on_end, .sa_flags = SA_RESETHAND };
	struct sigaction is;

	for (unsigned int i = 0; i < ARRAY_SIZE(signals); i++)
		if (sigaction(signals[i], NULL, &is) == 0 && is.sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
}

static void take_terminal(void)
{
	struct termios raw;

	if (tcgetattr(STDIN_FILENO, &before) != 0)
		return;
	raw = before;
	cfmakeraw(&raw);
	raw.c_lflag |= ISIG;
	raw.c_cc[VINTR] = raw.c_cc[VSUSP] = _POSIX_VDISABLE;
	restore_at_the_end();
	is_raw = tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
}

static char line[4096];
static size_t filled;
static bool ended; /* the input */
static int lost;   /* errno of the first output that could not be written */

static void drain(void)
{
	for (size_t done = 0; done < filled;) {
		ssize_t n = write(STDOUT_FILENO, line + done, filled - done);

		if (n < 0 && errno != EINTR && errno != EAGAIN) {
			lost = lost ? lost : errno;
			break;
		}
		done += n > 0 ? (size_t)n : 0;
	}
	filled = 0;
}

bool user_console_end(void)
{
	user_terminal_restore();
	if (lost)
		fprintf(stderr, "crumb.host: output was lost: %s\n", strerror(lost));
	return !lost;
}

/* In lines, and whatever there is when somebody waits for an answer. */
static void put(char c)
{
	line[filled++] = c;
	if (c == '\n' || filled == sizeof(line))
		drain();
}

static int get(void)
{
	struct pollfd input = { STDIN_FILENO, POLLIN, 0 };
	u8 byte;
	ssize_t n;

	if (ended || poll(&input, 1, 0) <= 0)
		return -1;
	ended = input.revents & (POLLNVAL | POLLERR);
	if (ended)
		return -1;
	n = read(STDIN_FILENO, &byte, 1);
	ended = n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN);
	return n == 1 ? byte : -1;
}

/* Somebody waits for input. */
static void arm_wakeup(void)
{
	drain();
	if (ended)
		arch_halt(0);
}

void __init board_console_init(void)
{
	static const struct console_ops ops = {
		.put = put,
		.get = get,
		.drain = drain,
		.arm_wakeup = arm_wakeup,
	};

	take_terminal();
	console_set(&ops);
}

/* --- interrupts ------------------------------------------------------------------------------- */

static void unmask(unsigned int irq __unused)
{
}

static void end(unsigned int irq __unused)
{
}

static void on_alarm(int signal __unused)
{
	user_irq_raise(IRQ_TICK);
}

static void ticked(unsigned int irq __unused, void *arg __unused)
{
}

static void __init start_tick(void)
{
	const struct sigaction action = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
	const struct timeval period = { 0, 1000000 / HZ };
	const struct itimerval timer = { period, period };

	irq_request(IRQ_TICK, ticked, NULL, "tick");
	ASSERT(sigaction(SIGALRM, &action, NULL) == 0);
	ASSERT(setitimer(ITIMER_REAL, &timer, NULL) == 0);
}

void __init board_init(void)
{
	static const struct irq_chip chip = {
		.name = "bits",
		.unmask = unmask,
		.acknowledge = user_irq_take,
		.end = end,
		.raise = user_irq_raise,
	};

	irq_set_chip(&chip);
	start_tick();
	arch_irq_enable();
	stage_done("interrupts", "signals; a tick at %d Hz", HZ);
}
