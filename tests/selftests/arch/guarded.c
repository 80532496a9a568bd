/*
 * guarded.c - claims about guarded access, and about the permissions of the final tables
 *
 * Each permission is proven by the fault that it causes, not by reading the tables.
 */
#include "arch/arch.h"
#include "arch/arm/fault_decode.h"
#include "arch/arm/sections.h"
#include "arch/arm/traps.h"
#include "kernel/selftest/selftest.h"

#include <string.h>

#define UNMAPPED (MODULES_VADDR + 0x1000)

static u32 data_word = 0xe12fff1e; /* BX LR */
static const u32 rodata_word = 0x12345678;
static u32 zero_word; /* .bss */

/* A refused read (or write) at va, with the status and the address that were expected. */
static bool refuses_read(vaddr_t va, u32 fs)
{
	struct arch_fault fault;
	u32 value;

	CHECK(!arch_try_read(va, 4, &value, &fault));
	CHECK(fault.address == va);
	CHECK(fsr_fs(fault.status) == fs);
	CHECK(!fault.write && !fault.exec);
	return true;
}

static bool refuses_write(vaddr_t va, u32 fs)
{
	struct arch_fault fault;

	CHECK(!arch_try_write(va, 4, 0, &fault));
	CHECK(fault.address == va);
	CHECK(fsr_fs(fault.status) == fs);
	CHECK(fault.write && !fault.exec);
	return true;
}

static bool refuses_call(vaddr_t va, u32 fs)
{
	struct arch_fault fault;

	CHECK(!arch_try_call(va, &fault));
	CHECK(fault.address == va);
	CHECK(fsr_fs(fault.status) == fs);
	CHECK(fault.exec && !fault.write);
	return true;
}

/* Page or section, as the mapping has it. */
static u32 permission_fs(vaddr_t va)
{
	struct arch_mapping m;

	arch_walk(va, &m);
	return strcmp(m.level, "section") == 0 ? FS_PERMISSION_SECTION : FS_PERMISSION_PAGE;
}

static u32 translation_fs(vaddr_t va)
{
	struct arch_mapping m;

	arch_walk(va, &m);
	return strcmp(m.level, "none") == 0 ? FS_TRANSLATION_SECTION : FS_TRANSLATION_PAGE;
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
		EXPECT(strcmp(fault.cause, "page permission") == 0);
	}
}

SELFTEST(arch, try_with_irqs_off, "guarded access works with interrupts masked, and leaves them so")
{
	unsigned long state = arch_irq_save();
	bool refused = refuses_read(UNMAPPED, translation_fs(UNMAPPED));
	bool still_off = arch_irqs_disabled();

	arch_irq_restore(state);
	EXPECT(refused);
	EXPECT(still_off);
}

SELFTEST(arch, null_unmapped, "page 0 refuses a read, a write and a call")
{
	EXPECT(refuses_read(0, translation_fs(0)));
	EXPECT(refuses_read(PAGE_SIZE - 4, translation_fs(0)));
	EXPECT(refuses_write(0, translation_fs(0)));
	EXPECT(refuses_call(0, translation_fs(0)));
}

SELFTEST(arch, hole_unmapped, "an address that nothing maps refuses a read, a write and a call")
{
	EXPECT(refuses_read(UNMAPPED, translation_fs(UNMAPPED)));
	EXPECT(refuses_write(UNMAPPED, translation_fs(UNMAPPED)));
	EXPECT(refuses_call(UNMAPPED, translation_fs(UNMAPPED)));
}

SELFTEST(arch, identity_gone, "physical RAM and devices are not reachable at their own addresses")
{
	EXPECT(refuses_read(PHYS_OFFSET, translation_fs(PHYS_OFFSET)));
	EXPECT(refuses_read(PHYS_OFFSET + IMAGE_OFFSET, translation_fs(PHYS_OFFSET)));
	EXPECT(refuses_read(UART0_PHYS, translation_fs(UART0_PHYS)));
}

SELFTEST(arch, text_read_only, "the kernel's text can be read and executed, but not written")
{
	u32 value;

	EXPECT(arch_try_read((vaddr_t)_text, 4, &value, NULL));
	EXPECT(refuses_write((vaddr_t)_text, FS_PERMISSION_PAGE));
	EXPECT(refuses_write((vaddr_t)_etext - 4, FS_PERMISSION_PAGE));
}

SELFTEST(arch, rodata_constant, "read-only data can be read, but neither written nor executed")
{
	u32 value;

	EXPECT(arch_try_read((vaddr_t)&rodata_word, 4, &value, NULL));
	EXPECT_EQ(value, 0x12345678);
	EXPECT(refuses_write((vaddr_t)&rodata_word, FS_PERMISSION_PAGE));
	EXPECT(refuses_write((vaddr_t)_erodata - 4, FS_PERMISSION_PAGE));
	EXPECT(refuses_call((vaddr_t)&rodata_word, FS_PERMISSION_PAGE));
}

SELFTEST(arch, data_never_executed, "initialised data, zeroed data and stacks cannot be executed")
{
	u32 on_stack = data_word;

	EXPECT(refuses_call((vaddr_t)&data_word, FS_PERMISSION_PAGE));
	EXPECT(refuses_call((vaddr_t)&zero_word, FS_PERMISSION_PAGE));
	EXPECT(refuses_call((vaddr_t)&on_stack, FS_PERMISSION_PAGE));
}

SELFTEST(arch, lowmem_never_executed, "lowmem beyond the image, and the tables, cannot be executed")
{
	vaddr_t tables = PAGE_OFFSET + SWAPPER_OFFSET;
	vaddr_t beyond = PAGE_OFFSET + 2 * TABLE_SPAN; /* there are 16 MiB at least */

	EXPECT(refuses_call(tables, permission_fs(tables)));
	EXPECT(refuses_call(beyond, permission_fs(beyond)));
}

/* Touches both ends of both guards, and both ends of the stack between them. */
static bool guarded_on_both_sides(const struct stack_area *stack)
{
	vaddr_t low = (vaddr_t)stack->low, top = (vaddr_t)stack->top;
	u32 value;

	CHECK(arch_try_read(low, 4, &value, NULL));
	CHECK(arch_try_read(top - 4, 4, &value, NULL));
	CHECK(refuses_read(low - 4, FS_TRANSLATION_PAGE));
	CHECK(refuses_write(low - PAGE_SIZE, FS_TRANSLATION_PAGE));
	CHECK(refuses_write(top, FS_TRANSLATION_PAGE));
	CHECK(refuses_read(top + PAGE_SIZE - 4, FS_TRANSLATION_PAGE));
	return true;
}

SELFTEST(arch, stack_guards, "an unmapped page stands below and above every stack")
{
	for (unsigned int i = 0; i < STACKS; i++)
		EXPECT(guarded_on_both_sides(&cpu_stacks[arch_cpu_id()][i]));
}

static int called;

static void note_call(void)
{
	called++;
}

SELFTEST(arch, try_call_calls, "a guarded call of a real function calls it once")
{
	called = 0;
	EXPECT(arch_try_call((vaddr_t)note_call, NULL));
	EXPECT_EQ(called, 1);
}

static void load_double(void *at)
{
	__asm__ volatile("ldrd r2, r3, [%0]" : : "r"(at) : "r2", "r3", "memory");
}

static void load_multiple(void *at)
{
	__asm__ volatile("ldm %0, {r2, r3}" : : "r"(at) : "r2", "r3", "memory");
}

static void load_exclusive(void *at)
{
	__asm__ volatile("ldrex r2, [%0]" : : "r"(at) : "r2", "memory");
}

/* An aligned use goes through; an unaligned one is an alignment fault at the address used. */
static bool wants_alignment(void (*load)(void *))
{
	static u64 words[2];
	struct arch_fault fault;

	CHECK(arch_protect(load, words, NULL));
	CHECK(!arch_protect(load, (u8 *)words + 1, &fault));
	CHECK(fsr_fs(fault.status) == FS_ALIGNMENT);
	CHECK(fault.address == (vaddr_t)words + 1);
	return true;
}

SELFTEST(arch, alignment, "LDRD, LDM and LDREX from an odd address fault, a plain load does not")
{
	static u32 words[2];
	u32 value;

	EXPECT(arch_try_read((vaddr_t)words + 1, 4, &value, NULL));
	EXPECT(wants_alignment(load_double));
	EXPECT(wants_alignment(load_multiple));
	EXPECT(wants_alignment(load_exclusive));
}
