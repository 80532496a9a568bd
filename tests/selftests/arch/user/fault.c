/*
 * fault.c - claims about what the process makes of the host's signals
 *
 *	SIGBUS              nothing is at that physical address
 *	SIGSEGV, no address a pointer that is no address
 *	SIGSEGV, a fetch    the page with the rest of an instruction
 *
 * Read next: arch/user/fault.c.
 */
#include <string.h>

#include "arch/user/process.h"
#include "kernel/irq.h"
#include "kernel/selftest/selftest.h"
#include "lib/raw.h"
#include "mm/vmap/vmap.h"
#include "mm/window/ioremap.h"

enum { IRQ_GUARDED = 35 };

/* --- where there is no memory ----------------------------------------------------------------- */

SELFTEST(arch, fault_beyond_memory,
	 "an access to a physical address with nothing there is refused, and ends")
{
	void *device = ioremap(RAM_WINDOW_END, PAGE_SIZE);
	struct arch_fault fault = { 0 };
	bool read, wrote;
	u32 value;

	EXPECT(device);
	read = arch_try_read((vaddr_t)device, 4, &value, &fault);
	wrote = arch_try_write((vaddr_t)device, 4, 0, NULL);
	iounmap(device);
	EXPECT(!read && !wrote);
	EXPECT_EQ(fault.address, (vaddr_t)device);
	EXPECT(strstr(fault.cause, "external abort"));
}

/* --- pointers that are no addresses ----------------------------------------------------------- */

SELFTEST(arch, fault_poison, "an access by a pointer that is poison is told with that pointer")
{
	const vaddr_t poison = (vaddr_t)0x6b6b6b6b6b6b6b6b;
	struct arch_fault fault = { 0 };
	u32 value;

	if (sizeof(long) == 4)
		SKIP("in 32 bits every number is an address, and RAM may be seen at this one");
	EXPECT(!arch_try_read(poison, 4, &value, &fault));
	EXPECT_EQ(fault.address, poison);
	EXPECT(strstr(fault.cause, "general protection"));
	EXPECT(!arch_try_write(poison, 4, 0, &fault));
	EXPECT_EQ(fault.address, poison);
}

/* --- instructions that cross into a page ------------------------------------------------------ */

/* mov $0, %eax: five bytes, of which the last three are the next page's; ret */
static const u8 code[] = { 0xb8, 0, 0, 0, 0, 0xc3 };

static void make_executable(void *page)
{
	pte_t *entry = arch_pte_find((vaddr_t)page);

	arch_pte_set(entry, arch_pte_make(arch_pte_phys(*entry), PAGE_KERNEL_EXEC));
	arch_tlb_flush_range((vaddr_t)page, (vaddr_t)page + PAGE_SIZE);
}

static void call(void *function)
{
	((void (*)(void))(vaddr_t)function)();
}

SELFTEST(arch, fault_fetch_crosses,
	 "an instruction whose rest lies in data is refused as a fetch from there")
{
	u8 *pages = vmalloc(2 * PAGE_SIZE), *start = pages + PAGE_SIZE - 2;
	struct arch_fault fault = { 0 };
	bool data, both;

	EXPECT(pages);
	memcpy(start, code, sizeof(code));
	arch_cache_sync_code((vaddr_t)start, (vaddr_t)start + sizeof(code));
	make_executable(pages);
	data = arch_protect(call, start, &fault);
	make_executable(pages + PAGE_SIZE);
	both = arch_protect(call, start, NULL);
	vfree(pages);
	EXPECT(!data && both);
	EXPECT(fault.exec);
	EXPECT_EQ(fault.address, (vaddr_t)pages + PAGE_SIZE);
	EXPECT(strstr(fault.cause, "permission"));
}

/* --- what is interrupted ---------------------------------------------------------------------- */

static struct guard *seen;
static unsigned int refused;

static void on_irq(unsigned int irq __unused, void *arg __unused)
{
	u32 value;

	seen = user_guards;
	refused += !arch_try_read(0, 4, &value, NULL);
}

/* An interrupt comes in the midst of a guarded call, which then faults. */
static void be_interrupted(void *unused __unused)
{
	arch_irq_enable();
	user_irq_raise(IRQ_GUARDED);
	raw_store(NULL, 4, 0);
}

SELFTEST(arch, fault_guards,
	 "an interrupt's handler is not guarded by what it interrupts, which still is")
{
	static bool installed; /* a handler stays for ever */
	struct arch_fault fault = { .address = 1 };

	if (!installed)
		irq_request(IRQ_GUARDED, on_irq, NULL, "guarded (self-test)");
	installed = true;
	seen = (struct guard *)&fault;
	refused = 0;
	EXPECT(!arch_protect(be_interrupted, NULL, &fault));
	EXPECT(!seen);
	EXPECT_EQ(refused, 1);
	EXPECT(!fault.address && fault.write);
}
