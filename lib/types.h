/*
 * types.h - the integer types of the kernel, and the typed units of memory management
 *
 * A number that means a physical address, a virtual address or a page frame has its own type
 * name, so that a signature says which one it wants.  All three are as wide as a pointer: mm/ is
 * built for 32-bit ARM and for 64-bit hosts, and assumes neither.
 */
#ifndef LIB_TYPES_H
#define LIB_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

typedef unsigned long paddr_t; /* a physical address, in bytes */
typedef unsigned long vaddr_t; /* a kernel virtual address, in bytes */
typedef unsigned long pfn_t;   /* a page frame number: paddr >> PAGE_SHIFT */

#define BITS_PER_LONG (8 * __SIZEOF_LONG__)

#endif /* LIB_TYPES_H */
