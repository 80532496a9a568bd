/*
 * raw.h - accesses that are wrong, and meant: memory that was freed, a red zone, NULL
 *
 *	kfree(p);
 *	raw_write(&p[3], 1);		what a careless caller does, to see how it is caught
 *
 * No sanitizer looks at these, and each is made once, as it stands there.  Mistakes that are committed on
 * purpose go by here, and nothing else does: whatever else touches what it must not is found.
 */
#ifndef LIB_RAW_H
#define LIB_RAW_H

#include "lib/compiler.h"

#define __unsanitized __attribute__((no_sanitize("address", "undefined")))

/* of 1, 2, 4 or 8 bytes */
static inline __unsanitized u64 raw_load(const volatile void *at, size_t size)
{
	switch (size) {
	case 1:
		return *(const volatile u8 *)at;
	case 2:
		return *(const volatile u16 *)at;
	case 4:
		return *(const volatile u32 *)at;
	default:
		return *(const volatile u64 *)at;
	}
}

static inline __unsanitized void raw_store(volatile void *at, size_t size, u64 value)
{
	switch (size) {
	case 1:
		*(volatile u8 *)at = (u8)value;
		break;
	case 2:
		*(volatile u16 *)at = (u16)value;
		break;
	case 4:
		*(volatile u32 *)at = (u32)value;
		break;
	default:
		*(volatile u64 *)at = value;
	}
}

/* What p, a pointer to a number or to a pointer, leads to. */
#define raw_read(p)	    ((__typeof__(*(p)))raw_load(p, sizeof(*(p))))
#define raw_write(p, value) raw_store(p, sizeof(*(p)), (unsigned long)(value))

/* memset(), byte by byte. */
static inline __unsanitized void raw_fill(volatile void *at, u8 value, size_t bytes)
{
	for (volatile u8 *p = at; bytes; bytes--)
		*p++ = value;
}

#endif /* LIB_RAW_H */
