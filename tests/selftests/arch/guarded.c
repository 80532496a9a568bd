/*
 * guarded.c - claims about guarded access, and about the permissions of the final tables
 *
 * Each permission is proven by the fault that it causes, not by reading the tables.
 */
#include "arch/arch.h"
#include "kernel/selftest/selftest.h"

#include <string.h>

#define UNMAPPED (MODULES_VADDR + 0x1000)

static u32 data_word = 0xe12fff1e; /* BX LR */
static const u32 rodata_word = 0x12345678;
static u32 zero_word; /* .bss */

/* A refused read, write or call at va, of which these words say why. */
static bool refuses_read(vaddr_t va, const char *why)
{
	struct arch_fault fault;
	u32 value;

	CHECK(!arch_try_read(va, 4, &value, &fault));
	CHECK(fault.address == va);
	CHECK(strstr(fault.cause, why));
	CHECK(!fault.write && !fault.exec);
	return true;
}

static bool refuses_write(vaddr_t va, const char *why)
{
	struct arch_fault fault;

	CHECK(!arch_try_write(va, 4, 0, &fault));
	CHECK(fault.address == va);
	CHECK(strstr(fault.cause, why));
	CHECK(fault.write && !fault.exec);
	return true;
}

static bool refuses_call(vaddr_t va, const char *why)
{
	struct arch_fault fault;

	CHECK(!arch_try_call(va, &fault));
	CHECK(fault.address == va);
	CHECK(strstr(fault.cause, why));
	CHECK(fault.exec && !fault.write);
	return true;
}

SELFTEST(arch, try_read_sizes, "a guarded read of 1, 2 and 4 bytes gives just these bytes")
{
	static const u8 bytes[4] = { 0x11, 0x82, 0xf3, 0x84 };
	u32 value;

	EXPECT(arch_try_read((vaddr_t)bytes, 1, &value, NULL));
	EXPECT_EQ(value, 0x11);
	EXPECT(arch_try_read((vaddr_t)(bytes + 2), 2, &value, NULL));
	EXPECT_EQ(value, 0x84f3);
	EXPECT(arch_try_read((vaddr_t)bytes, 4, &value, NULL));
	EXPECT_EQ(value, 0x84f38211);
}

SELFTEST(arch, try_write_sizes, "a guarded write of 1, 2 and 4 bytes changes just these bytes")
{
	static u32 word;

	word = 0;
	EXPECT(arch_try_write((vaddr_t)&word, 4, 0xaabbccdd, NULL));
	EXPECT_EQ(word, 0xaabbccdd);
	EXPECT(arch_try_write((vaddr_t)&word + 2, 2, 0x1234, NULL));
	EXPECT_EQ(word, 0x1234ccdd);
	EXPECT(arch_try_write((vaddr_t)&word + 1, 1, 0x56, NULL));
	EXPECT_EQ(word, 0x123456dd);
}

SELFTEST(arch, try_all_sizes_refused,
	 "a refused access of any size is reported and changes nothing")
{
	struct arch_fault fault;

	for (unsigned int size = 1; size <= 4; size *= 2) {
		u32 value = 0x5a5a5a5a;

		EXPECT(!arch_try_read(UNMAPPED + 8, size, &value, &fault));
		EXPECT_EQ(value, 0x5a5a5a5a);
		EXPECT_EQ(fault.address, UNMAPPED + 8);
		EXPECT(!arch_try_write((vaddr_t)&rodata_word, size, 0, &fault));
		EXPECT_EQ(*(const volatile u32 *)&rodata_word, 0x12345678);
		EXPECT(strstr(fault.cause, "permission"));
	}
}

SELFTEST(arch, try_with_irqs_off, "guarded access works with interrupts masked, and leaves them so")
{
	unsigned long state = arch_irq_save();
	bool refused = refuses_read(UNMAPPED, "translation");
	bool still_off = arch_irqs_disabled();

	arch_irq_restore(state);
	EXPECT(refused);
	EXPECT(still_off);
}

SELFTEST(arch, null_unmapped, "page 0 refuses a read, a write and a call")
{
	EXPECT(refuses_read(0, "translation"));
	EXPECT(refuses_read(PAGE_SIZE - 4, "translation"));
	EXPECT(refuses_write(0, "translation"));
	EXPECT(refuses_call(0, "translation"));
}

SELFTEST(arch, hole_unmapped, "an address that nothing maps refuses a read, a write and a call")
{
	EXPECT(refuses_read(UNMAPPED, "translation"));
	EXPECT(refuses_write(UNMAPPED, "translation"));
	EXPECT(refuses_call(UNMAPPED, "translation"));
}

/* The first and the last word of the image's part that holds va. */
static bool part_refuses_writes(vaddr_t va)
{
	struct arch_image_part part;
	u32 value;

	CHECK(arch_image_part(va, &part));
	CHECK(arch_try_read(part.start, 4, &value, NULL));
	CHECK(refuses_write(part.start, "permission"));
	return refuses_write(part.end - 4, "permission");
}

static int called;

static void note_call(void)
{
	called++;
}

SELFTEST(arch, text_read_only, "the kernel's text can be read and executed, but not written")
{
	EXPECT(part_refuses_writes((vaddr_t)note_call));
}

SELFTEST(arch, rodata_constant, "read-only data can be read, but neither written nor executed")
{
	u32 value;

	EXPECT(arch_try_read((vaddr_t)&rodata_word, 4, &value, NULL));
	EXPECT_EQ(value, 0x12345678);
	EXPECT(refuses_write((vaddr_t)&rodata_word, "permission"));
	EXPECT(part_refuses_writes((vaddr_t)&rodata_word));
	EXPECT(refuses_call((vaddr_t)&rodata_word, "permission"));
}

SELFTEST(arch, data_never_executed, "initialised data, zeroed data and stacks cannot be executed")
{
	u32 on_stack = data_word;

	EXPECT(refuses_call((vaddr_t)&data_word, "permission"));
	EXPECT(refuses_call((vaddr_t)&zero_word, "permission"));
	EXPECT(refuses_call((vaddr_t)&on_stack, "permission"));
}

SELFTEST(arch, lowmem_never_executed, "lowmem beyond the image cannot be executed")
{
	EXPECT(refuses_call(PAGE_OFFSET + 2 * TABLE_SPAN,
			    "permission")); /* there are 16 MiB at least */
}

SELFTEST(arch, try_call_calls, "a guarded call of a real function calls it once")
{
	called = 0;
	EXPECT(arch_try_call((vaddr_t)note_call, NULL));
	EXPECT_EQ(called, 1);
}
