/*
 * fault_decode.c - the fault status encodings of the short-descriptor format
 *
 * Invariant: every one of the 32 values has an answer.
 * Read next: report.c, which makes a sentence of it.
 */
#include "arch/arm/fault_decode.h"

/* ARM ARM DDI 0406C, table B3-23. */
static const struct fault_status statuses[32] = {
	[0x01] = { "alignment", " fault", true, false },
	[0x02] = { "debug event", "", false, false },
	[0x03] = { "section access flag", " fault", true, false },
	[0x04] = { "instruction cache maintenance", " fault", true, false },
	[0x05] = { "section translation", " fault", true, false },
	[0x06] = { "page access flag", " fault", true, true },
	[0x07] = { "page translation", " fault", true, true },
	[0x08] = { "synchronous external abort", "", true, false },
	[0x09] = { "section domain", " fault", true, true },
	[0x0b] = { "page domain", " fault", true, true },
	[0x0c] = { "external abort on the first level of a table walk", "", true, false },
	[0x0d] = { "section permission", " fault", true, true },
	[0x0e] = { "external abort on the second level of a table walk", "", true, true },
	[0x0f] = { "page permission", " fault", true, true },
	[0x10] = { "TLB conflict abort", "", true, false },
	[0x14] = { "lockdown (implementation defined)", " fault", false, false },
	[0x16] = { "asynchronous external abort", "", false, false },
	[0x18] = { "asynchronous parity error on memory access", "", false, false },
	[0x19] = { "synchronous parity error on memory access", "", true, false },
	[0x1a] = { "coprocessor abort (implementation defined)", "", false, false },
	[0x1c] = { "parity error on the first level of a table walk", "", true, false },
	[0x1e] = { "parity error on the second level of a table walk", "", true, true },
};

static const struct fault_status reserved = { "abort with a reserved status", "", false, false };

const struct fault_status *fault_decode(u32 fsr)
{
	const struct fault_status *status = &statuses[fsr_fs(fsr)];

	return status->cause ? status : &reserved;
}
