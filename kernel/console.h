/*
 * console.h - the terminal: what the shell reads from and what commands print to
 *
 * printk() is for what the kernel has to say (level, timestamp, kept in the log); con_printf() is
 * for what a person asked to see.  A "\n" is sent as "\r\n".
 */
#ifndef KERNEL_CONSOLE_H
#define KERNEL_CONSOLE_H

#include <stdarg.h>

#include "lib/compiler.h"

/* The device behind the console. */
struct console_ops {
	void (*put)(char c);	  /* waits until the device takes it */
	int (*get)(void);	  /* the next byte received, or -1 when there is none */
	void (*drain)(void);	  /* waits until everything has left the device */
	void (*arm_wakeup)(void); /* lets the next byte received end a WFI */
};

/*
 * From now on this device; returns the one before, NULL for none.  The early one is replaced when the
 * driver proper comes up.
 */
const struct console_ops *console_set(const struct console_ops *ops);

/*
 * The console has faulted while a fault was told: from here on this one is used, which cannot, and
 * printk() asks no clock.  Of no return: the machine ends.
 */
void con_fall_back(const struct console_ops *ops);
bool con_has_fallen_back(void);

/* Context: any. */
void con_putc(char c);
void con_puts(const char *s);
void con_write(const char *s, size_t len);
int con_printf(const char *fmt, ...) __printf(1, 2);
int con_vprintf(const char *fmt, va_list ap);
void con_drain(void);

/*
 * What is printed goes through the stages, the last one pushed first, on its way to the device: so
 * filters and the pager see all that a command prints, and no command knows of them.  A stage hands
 * on what it lets through by con_pass(), from within its write(), which must not rely on being in a
 * certain context: what is printed with interrupts off comes through it, too.
 */
struct con_stage {
	void (*write)(struct con_stage *stage, const char *s, size_t len);
	struct con_stage *next; /* towards the device */
};

void con_push_stage(struct con_stage *stage);
/* Takes the stage away, and those pushed after it. */
void con_pop_stage(struct con_stage *stage);
void con_pass(struct con_stage *stage, const char *s, size_t len);
/* From now on straight to the device: for the report of a fault.  Owners of stages may still pop. */
void con_direct(void);

/*
 * A line that the next output replaces, for how far something has come; on a terminal only.  Nothing
 * is shown where a line has been begun; NULL takes it away.
 */
void con_status(const char *text);

/* The next byte typed, or -1; never waits.  A Ctrl-C that con_interrupted() took is not seen. */
int con_try_getc(void);
/* Is there one?  Never waits. */
bool con_waiting(void);
/* The next byte typed; sleeps (WFI) until there is one. */
int con_getc(void);
/* The same, or -1 when none is typed before arch_clock_ns() reaches this.  Needs the tick. */
int con_getc_until(u64 deadline_ns);
/*
 * Has Ctrl-C been typed since the running command began?  For the loops of long commands.
 * Other bytes typed meanwhile are kept for con_getc().  Context: any.
 */
bool con_interrupted(void);
/* The same, but only whether somebody has asked and been told so. */
bool con_interrupt_seen(void);
/* As if Ctrl-C had been typed. */
void con_interrupt(void);
/* Forgets a Ctrl-C; the shell calls it before each command. */
void con_clear_interrupt(void);

#endif /* KERNEL_CONSOLE_H */
