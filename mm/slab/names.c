/*
 * names.c - strings and blocks of bytes copied into memory of their own
 *
 *	"eth0" in somebody's buffer ──kstrdup──────> [ e t h 0 \0 ]   kmalloc
 *	"eth0" in .rodata ──────────kstrdup_const──> the same address
 *
 * Above: who names things.  Below: kmalloc.
 *
 * Invariant  N1  A string that is returned is terminated, whatever became of its source meanwhile.
 *
 * Locking: none.
 * Linux: mm/util.c, lib/kasprintf.c
 */
#include <stdio.h>
#include <string.h>

#include "arch/arch.h"
#include "kernel/bug.h"
#include "mm/slab/names.h"
#include "mm/slab/slab.h"

void *kmemdup(const void *from, size_t len, gfp_t gfp)
{
	void *copy = kmalloc(len, gfp);

	return copy && len ? memcpy(copy, from, len) : copy;
}

char *kmemdup_nul(const char *s, size_t len, gfp_t gfp)
{
	char *copy;

	if (!s || len == SIZE_MAX)
		return NULL; /* nothing to copy; no room for a terminator */
	copy = kmalloc(len + 1, gfp);
	if (!copy)
		return NULL;
	memcpy(copy, s, len);
	copy[len] = '\0'; /* keeps N1 */
	return copy;
}

char *kstrdup(const char *s, gfp_t gfp)
{
	return s ? kmemdup_nul(s, strlen(s), gfp) : NULL;
}

char *kstrndup(const char *s, size_t max, gfp_t gfp)
{
	return s ? kmemdup_nul(s, strnlen(s, max), gfp) : NULL;
}

const char *kstrdup_const(const char *s, gfp_t gfp)
{
	return arch_is_rodata(s) ? s : kstrdup(s, gfp);
}

void kfree_const(const void *p)
{
	if (!arch_is_rodata(p))
		kfree(p);
}

/* Printed twice: once to learn the length, once into memory of that length. */
char *kvasprintf(gfp_t gfp, const char *fmt, va_list ap)
{
	va_list again;
	int length, written;
	char *text;

	va_copy(again, ap);
	length = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (length < 0)
		return NULL; /* a format that cannot be printed */
	text = kmalloc((size_t)length + 1, gfp);
	if (!text)
		return NULL;
	written = vsnprintf(text, (size_t)length + 1, fmt, ap); /* keeps N1 */
	if (unlikely(written != length)) {
		const struct bug_report report = {
			.family = "slab",
			.what = "arguments changed",
			.object = text,
			.expected = "the same text twice",
			.caller = _RET_IP_,
		};

		bug(&report, "%d characters, then %d", length, written);
	}
	return text;
}

char *kasprintf(gfp_t gfp, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = kvasprintf(gfp, fmt, ap);
	va_end(ap);
	return text;
}
