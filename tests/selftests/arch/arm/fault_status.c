/*
 * fault_status.c - claims about what the fault status registers say, and where this port's own guards are
 *
 * A refusal is one of a page or of a section, as the tables have it.
 */
#include <string.h>

#include "arch/arch.h"
#include "arch/arm/fault_decode.h"
#include "arch/arm/sections.h"
#include "arch/arm/traps.h"
#include "kernel/selftest/selftest.h"

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

SELFTEST(arch, status_of_a_hole, "where nothing is mapped the level that says so is named")
{
	const vaddr_t hole = MODULES_VADDR + 0x1000;

	EXPECT(refuses_read(0, translation_fs(0)));
	EXPECT(refuses_write(hole, translation_fs(hole)));
	EXPECT(refuses_call(hole, translation_fs(hole)));
	EXPECT(refuses_read(UART0_PHYS, translation_fs(UART0_PHYS)));
}

SELFTEST(arch, status_of_rights,
	 "a right that is missing is that of a page in the image, of a section elsewhere")
{
	const vaddr_t tables = PAGE_OFFSET + SWAPPER_OFFSET, beyond = PAGE_OFFSET + 2 * TABLE_SPAN;

	EXPECT(refuses_write((vaddr_t)_text, FS_PERMISSION_PAGE));
	EXPECT(refuses_write((vaddr_t)_etext - 4, FS_PERMISSION_PAGE));
	EXPECT(refuses_write((vaddr_t)_erodata - 4, FS_PERMISSION_PAGE));
	EXPECT(refuses_call((vaddr_t)_data, FS_PERMISSION_PAGE));
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
