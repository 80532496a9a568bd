/*
 * console.c - the terminal behind printk and the shell: output, type-ahead, Ctrl-C
 *
 *	con_printf() ──> first stage ──> next stage ──> device        a filter, the pager; usually none
 *
 *	device FIFO ──poll──> type-ahead ring ──> con_getc()
 *	                        │ a Ctrl-C seen while a command runs is taken out: con_interrupted()
 *
 * Invariants
 *   I1  tail - head <= sizeof(ahead): the ring holds what was typed before anybody asked.
 *   I2  While the ring is full nothing is taken from the device, which then holds the sender back.
 *   I3  A stage is never entered twice: what is printed meanwhile, by an interrupt or by the stage
 *       itself, goes to the device.
 *   I4  While the status line is shown, the cursor stands in it and nothing else does.
 *
 * Locking: output is not locked here (printk is the one with lines to keep whole).  Input is read by
 * the one shell; everybody may look for a Ctrl-C (trace does, in any context), one at a time.
 */
#include <stdio.h>
#include <string.h>

#include "kernel/console.h"
#include "arch/arch.h"

enum { CTRL_C = 3, PRINTF_MAX = 512 };

static const struct console_ops *console;
static u8 ahead[256];
static unsigned int head, tail; /* I1 */
static bool interrupted;
static bool input_locked;	      /* whoever changes head and tail */
static struct con_stage *first_stage; /* NULL: what is printed goes to the device at once */
static bool in_stage;		      /* I3 */
static bool status_shown;	      /* I4 */
static bool at_row_start = true;      /* the last byte to the device was a "\n" */
static bool fallen_back;

const struct console_ops *console_set(const struct console_ops *ops)
{
	const struct console_ops *before = console;

	console = ops;
	return before;
}

void con_fall_back(const struct console_ops *ops)
{
	console = ops;
	con_direct();
	status_shown = false;
	fallen_back = true;
}

bool con_has_fallen_back(void)
{
	return fallen_back;
}

static void device_write(const char *s, size_t len)
{
	if (!console || !len)
		return;
	con_status(NULL); /* keeps I4 */
	at_row_start = s[len - 1] == '\n';
	while (len--) {
		if (*s == '\n')
			console->put('\r');
		console->put(*s++);
	}
}

void con_write(const char *s, size_t len)
{
	if (!first_stage || in_stage) {
		device_write(s, len);
		return;
	}
	in_stage = true; /* keeps I3 */
	first_stage->write(first_stage, s, len);
	in_stage = false;
}

void con_putc(char c)
{
	con_write(&c, 1);
}

void con_pass(struct con_stage *stage, const char *s, size_t len)
{
	if (stage->next)
		stage->next->write(stage->next, s, len);
	else
		device_write(s, len);
}

void con_push_stage(struct con_stage *stage)
{
	stage->next = first_stage;
	first_stage = stage;
}

void con_pop_stage(struct con_stage *stage)
{
	first_stage = stage->next;
	in_stage = false; /* a fault may have left it */
}

void con_direct(void)
{
	first_stage = NULL;
}

void con_status(const char *text)
{
	bool shown = status_shown;

	status_shown = false;
	if (shown)
		device_write("\r\033[K", 4);
	at_row_start |= shown;
	if (!text || !at_row_start)
		return;
	device_write(text, strlen(text));
	status_shown = true;
}

void con_puts(const char *s)
{
	con_write(s, strlen(s));
}

int con_vprintf(const char *fmt, va_list ap)
{
	char text[PRINTF_MAX];
	int len = vsnprintf(text, sizeof(text), fmt, ap);

	con_write(text, min((size_t)max(len, 0), sizeof(text) - 1));
	return len;
}

int con_printf(const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = con_vprintf(fmt, ap);
	va_end(ap);
	return len;
}

void con_drain(void)
{
	if (console)
		console->drain();
}

/* Entered with interrupts off, by one CPU at a time; false when another one is in there. */
static bool lock_input(void)
{
	return !__atomic_test_and_set(&input_locked, __ATOMIC_ACQUIRE);
}

static void unlock_input(void)
{
	__atomic_clear(&input_locked, __ATOMIC_RELEASE);
}

/* Takes what the device has received, as far as it fits (I2). */
static void poll_input(void)
{
	int c;

	while (console && console->get && tail - head < sizeof(ahead) && (c = console->get()) >= 0)
		ahead[tail++ % sizeof(ahead)] = (u8)c;
}

/* The next byte, or -1; `take` takes it out of the ring. */
static int next_byte(bool take)
{
	unsigned long flags = arch_irq_save();
	int c = -1;

	while (!lock_input())
		arch_cpu_relax();
	poll_input();
	if (head != tail)
		c = ahead[head % sizeof(ahead)];
	if (c >= 0 && take)
		head++;
	unlock_input();
	arch_irq_restore(flags);
	return c;
}

int con_try_getc(void)
{
	return next_byte(true);
}

bool con_waiting(void)
{
	return next_byte(false) >= 0;
}

/* Sleeps until the next interrupt, unless a byte is there, which is returned then; -1: none is. */
static int sleep_for_byte(void)
{
	/* Masked, so that a byte arriving between the look and the WFI still ends it. */
	unsigned long flags = arch_irq_save();
	int c;

	console->arm_wakeup();
	c = con_try_getc();
	if (c < 0)
		arch_wait_for_interrupt();
	arch_irq_restore(flags);
	return c;
}

int con_getc(void)
{
	int c = con_try_getc();

	while (c < 0)
		c = sleep_for_byte();
	return c;
}

int con_getc_until(u64 deadline_ns)
{
	int c = con_try_getc();

	while (c < 0 && arch_clock_ns() < deadline_ns)
		c = sleep_for_byte();
	return c;
}

static void take_ctrl_c(void)
{
	for (unsigned int i = head; i != tail; i++) {
		if (ahead[i % sizeof(ahead)] != CTRL_C)
			continue;
		interrupted = true;
		head = i + 1; /* what was typed before it was for the command that ends */
	}
}

bool con_interrupted(void)
{
	unsigned long flags = arch_irq_save();

	if (lock_input()) {
		poll_input();
		take_ctrl_c();
		unlock_input();
	}
	arch_irq_restore(flags);
	return interrupted;
}

bool con_interrupt_seen(void)
{
	return interrupted;
}

void con_interrupt(void)
{
	interrupted = true;
}

void con_clear_interrupt(void)
{
	interrupted = false;
}
