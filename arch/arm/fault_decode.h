/*
 * fault_decode.h - the fault status registers DFSR and IFSR in words
 *
 *	 31      13 12  11 10  9 8  7    4 3     0
 *	[ 0        |ExT|WnR|FS4|0|0| domain |  FS3:0 ]     short-descriptor format
 *
 * WnR exists in DFSR only.  Both registers share the encodings (ARM ARM DDI 0406C, B3.13.3).
 */
#ifndef ARCH_ARM_FAULT_DECODE_H
#define ARCH_ARM_FAULT_DECODE_H

#include "lib/compiler.h"

enum {
	FSR_WRITE = 1 << 11,
	FSR_EXTERNAL = 1 << 12,
	FS_ALIGNMENT = 0x01,
	FS_DEBUG = 0x02,
	FS_TRANSLATION_SECTION = 0x05,
	FS_TRANSLATION_PAGE = 0x07,
	FS_DOMAIN_SECTION = 0x09,
	FS_DOMAIN_PAGE = 0x0b,
	FS_PERMISSION_SECTION = 0x0d,
	FS_PERMISSION_PAGE = 0x0f,
};

struct fault_status {
	const char *cause;  /* "page translation" */
	const char *noun;   /* what makes it a phrase: " fault", or "" */
	bool address_valid; /* does the fault address register hold an address? */
	bool domain_valid;
};

/* Never NULL: an encoding that the architecture reserves has words for that. */
const struct fault_status *fault_decode(u32 fsr);

/* FS, the five bits that name the fault. */
static inline u32 fsr_fs(u32 fsr)
{
	return (fsr & 0xf) | (fsr >> 6 & 0x10);
}

static inline unsigned int fsr_domain(u32 fsr)
{
	return fsr >> 4 & 0xf;
}

#endif /* ARCH_ARM_FAULT_DECODE_H */
