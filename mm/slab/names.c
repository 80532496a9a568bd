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

/* For `caller`, whom reports and DEBUG's owners name. */
static char *copy_text(const char *s, size_t len, gfp_t gfp, unsigned long caller)
{
	char *copy;

	if (len == SIZE_MAX)
		return NULL; /* no room for a terminator */
	copy = __kmalloc_track_caller(len + 1, gfp, caller);
	if (!copy)
		return NULL;
	memcpy(copy, s, len);
	copy[len] = '\0'; /* keeps N1 */
	return copy;
}

void *kmemdup(const void *from, size_t len, gfp_t gfp)
{
	void *copy = kmalloc_track_caller(len, gfp);

	return copy && len ? memcpy(copy, from, len) : copy;
}

char *kmemdup_nul(const char *s, size_t len, gfp_t gfp)
{
	return s ? copy_text(s, len, gfp, _RET_IP_) : NULL;
}

char *kstrdup(const char *s, gfp_t gfp)
{
	return s ? copy_text(s, strlen(s), gfp, _RET_IP_) : NULL;
}

char *kstrndup(const char *s, size_t max, gfp_t gfp)
{
	return s ? copy_text(s, strnlen(s, max), gfp, _RET_IP_) : NULL;
}

const char *kstrdup_const(const char *s, gfp_t gfp)
{
	if (!s || arch_is_rodata(s))
		return s;
	return copy_text(s, strlen(s), gfp, _RET_IP_);
}

void kfree_const(const void *p)
{
	if (!arch_is_rodata(p))
		kfree(p);
}

/* Printed twice: once to learn the length, once into memory of that length. */
static __printf(2, 0) char *print(gfp_t gfp, const char *fmt, va_list ap, unsigned long caller)
{
	va_list again;
	int length, written;
	char *text;

	va_copy(again, ap);
	length = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (length < 0)
		return NULL; /* a format that cannot be printed */
	text = __kmalloc_track_caller((size_t)length + 1, gfp, caller);
	if (!text)
		return NULL;
	written = vsnprintf(text, (size_t)length + 1, fmt, ap); /* keeps N1 */
	if (unlikely(written != length)) {
		const struct bug_report report = {
			.family = "slab",
			.what = "arguments changed",
			.object = text,
			.expected = "the same text twice",
			.caller = caller,
		};

		bug(&report, "%d characters, then %d", length, written);
	}
	return text;
}

char *kvasprintf(gfp_t gfp, const char *fmt, va_list ap)
{
	return print(gfp, fmt, ap, _RET_IP_);
}

char *kasprintf(gfp_t gfp, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = print(gfp, fmt, ap, _RET_IP_);
	va_end(ap);
	return text;
}
