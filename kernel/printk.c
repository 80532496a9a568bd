/*
 * printk.c - the log: a ring of whole lines, each with its time and level
 *
 *	      head (oldest)               tail (next)
 *	        v                           v
 *	[ . . . | rec | text | rec | text   | . . . ]     offsets only grow; & (RING - 1) gives the place
 *
 * Invariants
 *   I1  tail - head <= RING; head and tail stand at the start of a record.
 *   I2  A record and its text are whole: room is made by dropping the oldest records first.
 *
 * Locking: log_lock, innermost of all.  A fault inside printk would wait for itself for ever, so
 * the wait is bounded: after it the line is written all the same, since a torn line beats silence.
 */
#include <stdio.h>
#include <string.h>

#include "kernel/printk.h"
#include "kernel/console.h"
#include "kernel/param.h"
#include "kernel/spinlock.h"

enum { RING = 16 * 1024, LOCK_TRIES = 1000000 };

struct record {
	u64 ns;
	u16 length;
	u8 level;
};

static u8 ring[RING];
static u32 head, tail;	      /* [L] log_lock */
static unsigned long dropped; /* [L] records pushed out */
static DEFINE_SPINLOCK(log_lock);

int console_loglevel = LOG_DEBUG; /* everything but debug */

static bool set_loglevel(const char *value, const struct param *param __unused)
{
	u64 level;

	if (!parse_number(value, &level) || level > LOG_DEBUG + 1)
		return false;
	console_loglevel = (int)level;
	return true;
}
PARAM(loglevel, set_loglevel, "show log lines of a level below this on the console (0-8)",
      .refused = "not from 0 to 8, the default is 7");

static void ring_put(u32 at, const void *from, u32 length)
{
	u32 place = at & (RING - 1), first = min(length, RING - place);

	memcpy(ring + place, from, first);
	memcpy(ring, (const u8 *)from + first, length - first);
}

static void ring_get(u32 at, void *to, u32 length)
{
	u32 place = at & (RING - 1), first = min(length, RING - place);

	memcpy(to, ring + place, first);
	memcpy((u8 *)to + first, ring, length - first);
}

/* Returns the offset after the record at `at`, and the record itself. */
static u32 record_at(u32 at, struct record *record)
{
	ring_get(at, record, sizeof(*record));
	return at + sizeof(*record) + record->length;
}

static void append_locked(const struct record *record, const char *text)
{
	u32 need = sizeof(*record) + record->length;

	while (tail + need - head > RING) { /* keeps I1 and I2 */
		struct record old;

		head = record_at(head, &old);
		dropped++;
	}
	ring_put(tail, record, sizeof(*record));
	ring_put(tail + sizeof(*record), text, record->length);
	tail += need;
}

static void show(const struct record *record, const char *text)
{
	u64 us = record->ns / 1000; /* 32 bits would last 71 minutes */

	con_printf("[%5lu.%06lu] ", (unsigned long)(us / 1000000), (unsigned long)(us % 1000000));
	con_write(text, record->length);
	con_putc('\n');
}

static bool lock_log(unsigned long *flags)
{
	*flags = arch_irq_save();
	for (unsigned int i = 0; i < LOCK_TRIES; i++) {
		if (spin_trylock(&log_lock))
			return true;
		arch_cpu_relax();
	}
	return false;
}

static void unlock_log(bool locked, unsigned long flags)
{
	if (locked)
		spin_unlock(&log_lock);
	arch_irq_restore(flags);
}

void vprintk(enum printk_level level, const char *fmt, va_list ap)
{
	char text[PRINTK_LINE];
	struct record record = { .ns = con_has_fallen_back() ? 0 : arch_clock_ns(),
				 .level = level };
	int length = vsnprintf(text, sizeof(text), fmt, ap);
	unsigned long flags;
	bool locked;

	record.length = min(max(length, 0), (int)sizeof(text) - 1);
	if (record.length && text[record.length - 1] == '\n')
		record.length--;
	locked = lock_log(&flags);
	append_locked(&record, text);
	if ((int)level < console_loglevel)
		show(&record, text);
	unlock_log(locked, flags);
}

void printk(enum printk_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintk(level, fmt, ap);
	va_end(ap);
}

void printk_dump(void)
{
	char text[PRINTK_LINE];
	struct record record;
	u32 at = head;

	if (dropped)
		con_printf("(%lu older lines were pushed out)\n", dropped);
	/* Lines are copied out one by one: what is pushed out meanwhile is skipped. */
	while (at != tail && !con_interrupted()) {
		unsigned long flags;
		bool locked = lock_log(&flags);

		if ((s32)(at - head) < 0)
			at = head;
		at = record_at(at, &record);
		ring_get(at - record.length, text, record.length);
		unlock_log(locked, flags);
		show(&record, text);
	}
}

void printk_clear(void)
{
	unsigned long flags;
	bool locked = lock_log(&flags);

	head = tail;
	dropped = 0;
	unlock_log(locked, flags);
}
