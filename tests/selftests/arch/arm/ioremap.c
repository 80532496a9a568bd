/*
 * ioremap.c - claims about areas of this board's devices: registers that are read and written by them
 *
 * The second SP804 is one that nobody uses.
 * ARM DDI 0271 (SP804); ARM DUI 0448, Motherboard Express: its place.
 */
#include "kernel/selftest/selftest.h"
#include "mm/window/ioremap.h"

enum { SP804_PHYS = 0x10012000, SP804_LOAD = 0, SP804_ID0 = 0xfe0 / 4 };

SELFTEST(ioremap, registers, "a device's registers are read and written")
{
	volatile u32 *timer = ioremap(SP804_PHYS, PAGE_SIZE),
		     *again = ioremap(SP804_PHYS, PAGE_SIZE);
	u32 load;

	EXPECT(timer && again && timer != again);
	EXPECT_EQ(timer[SP804_ID0] & 0xff, 0x04); /* part number 0x804 */
	load = timer[SP804_LOAD];
	timer[SP804_LOAD] = 0x12345678;
	EXPECT_EQ(again[SP804_LOAD], 0x12345678);
	again[SP804_LOAD] = load;
	EXPECT(!arch_try_write((vaddr_t)(timer + PAGE_SIZE / 4), 4, 0, NULL)); /* the guard page */
	iounmap(timer);
	EXPECT_EQ(again[SP804_LOAD], load);
	iounmap(again);
}

SELFTEST(ioremap, drivers, "the console's and the interrupts' registers are reached through areas")
{
	struct vm_struct area = {};
	unsigned int found = 0;
	void *before = NULL;

	while (ioremap_above(area.addr, &area)) {
		EXPECT(area.addr > before && (area.flags & VM_IOREMAP));
		before = area.addr;
		for (unsigned int i = 0; i < arch_nr_devices; i++)
			found += arch_devices[i].base - area.phys_addr < get_vm_area_size(&area);
	}
	EXPECT(found >= 3); /* UART; the cluster's two pages */
}
