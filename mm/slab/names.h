/*
 * names.h - strings and blocks of bytes copied into memory of their own
 *
 *	char *name = kasprintf(GFP_KERNEL, "slab-%u", size);
 *	...
 *	kfree(name);
 *
 *	const char *label = kstrdup_const("ready", GFP_KERNEL);		a literal: nothing is copied
 *	...
 *	kfree_const(label);
 *
 * All return NULL when there is no memory.  Context as kmalloc(): any, in interrupts with
 * GFP_ATOMIC or GFP_NOWAIT.
 * Names and signatures as in Linux 6.1 (include/linux/string.h, include/linux/kernel.h; mm/util.c,
 * lib/kasprintf.c).
 */
#ifndef MM_SLAB_NAMES_H
#define MM_SLAB_NAMES_H

#include <stdarg.h>

#include "lib/compiler.h"
#include "mm/page/gfp.h"

/* A copy of the string; NULL of NULL. */
char *kstrdup(const char *s, gfp_t gfp) __must_check;
/* Of its first max characters at most, and a terminator; s need not have one. */
char *kstrndup(const char *s, size_t max, gfp_t gfp) __must_check;
/* A copy, or s itself when that is a constant of the image: free it with kfree_const() only. */
const char *kstrdup_const(const char *s, gfp_t gfp) __must_check;
/* Frees what kstrdup_const() gave. */
void kfree_const(const void *p);

/* A copy of len bytes. */
void *kmemdup(const void *from, size_t len, gfp_t gfp) __must_check;
/* A copy of len characters, which may be anything, and a terminator; NULL of NULL. */
char *kmemdup_nul(const char *s, size_t len, gfp_t gfp) __must_check;

/* What printf would print, in a string as long as that needs.  No %f: that would allocate. */
char *kasprintf(gfp_t gfp, const char *fmt, ...) __printf(2, 3) __must_check;
char *kvasprintf(gfp_t gfp, const char *fmt, va_list ap) __printf(2, 0) __must_check;

#endif /* MM_SLAB_NAMES_H */
