/*
 * image.c - claims about arch_is_rodata(): what of the image nobody can change
 */
#include "arch/arch.h"
#include "kernel/selftest/selftest.h"

static const u32 constant = 1;
static u32 variable = 2;
static u32 zeroed;

SELFTEST(arch, rodata, "constants and literals are rodata; code, data, stack and the rest are not")
{
	u32 local = 3;

	EXPECT(arch_is_rodata(&constant));
	EXPECT(arch_is_rodata("literal"));
	EXPECT(!arch_is_rodata(&variable));
	EXPECT(!arch_is_rodata(&zeroed));
	EXPECT(!arch_is_rodata(&local));
	EXPECT(!arch_is_rodata((const void *)&arch_is_rodata));
	EXPECT(!arch_is_rodata(NULL));
	EXPECT(!arch_is_rodata((const void *)VMALLOC_END));
}

SELFTEST(arch, rodata_is_read_only, "a write to what arch_is_rodata() names is refused by the MMU")
{
	EXPECT(!arch_try_write((vaddr_t)&constant, 4, 5, NULL));
	EXPECT_EQ(READ_ONCE(constant), 1);
}
