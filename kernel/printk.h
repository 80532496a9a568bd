/*
 * printk.h - what the kernel has to say: a level and a time stamp, kept in a ring, shown on the console
 *
 * pr_info("zones: %lu pages", n) is one line; the newline is added when it is missing.  A line is
 * at most PRINTK_LINE bytes, a longer one is cut.  Lines whose level is below the console's
 * (`loglevel=`, 0 emergency .. 7 debug) are shown; all are kept, until newer ones push them out.
 *
 * Context: any, interrupts included.
 */
#ifndef KERNEL_PRINTK_H
#define KERNEL_PRINTK_H

#include <stdarg.h>

#include "lib/compiler.h"

enum printk_level {
	LOG_EMERG,   /* the machine stops */
	LOG_ALERT,   /* */
	LOG_CRIT,    /* */
	LOG_ERR,     /* a bug or a failed request */
	LOG_WARNING, /* something was ignored or trimmed */
	LOG_NOTICE,  /* normal but worth seeing */
	LOG_INFO,    /* each boot stage */
	LOG_DEBUG,
};

enum { PRINTK_LINE = 384 };

void printk(enum printk_level level, const char *fmt, ...) __printf(2, 3);
void vprintk(enum printk_level level, const char *fmt, va_list ap);

#define pr_emerg(...)  printk(LOG_EMERG, __VA_ARGS__)
#define pr_err(...)    printk(LOG_ERR, __VA_ARGS__)
#define pr_warn(...)   printk(LOG_WARNING, __VA_ARGS__)
#define pr_notice(...) printk(LOG_NOTICE, __VA_ARGS__)
#define pr_info(...)   printk(LOG_INFO, __VA_ARGS__)
#define pr_debug(...)  printk(LOG_DEBUG, __VA_ARGS__)

/* Lines of a level below this one are shown on the console; 0 to 8. */
extern int console_loglevel;

/* Prints the kept lines, oldest first, to the terminal; with how many were pushed out. */
void printk_dump(void);
/* Forgets the kept lines. */
void printk_clear(void);

#endif /* KERNEL_PRINTK_H */
