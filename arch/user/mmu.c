/*
 * mmu.c - tables that nobody but this file walks, and a TLB made of the host's mappings
 *
 *	user_pmd ──> section: lowmem, mapped for good
 *	         └─> table, a page of entries ──> page
 *
 *	access ──> nothing there: SIGSEGV ──> user_fill(): the entry allows it? mmap() of that page
 *	entry changed ────────────────────> still there: what the TLB holds, it holds
 *	arch_tlb_flush_…() ───────────────> PROT_NONE: the next access is a miss again
 *
 * So a flush that was forgotten shows: the page is still the old one.
 *
 * Invariants
 *   U1  A page of the window is either what an entry allowed when it was missed, or nothing.
 *   U2  Sections are lowmem whose whole TABLE_SPAN is RAM: always there, read and write, and never executed.
 *
 * Locking: none.  Handlers of signals fill; what they interrupt may be a flush, which is one call.  An interrupt, or
 * another CPU, may change the entry and flush while a page is filled: an entry is read again once its page is there.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arch/user/process.h"
#include "boot/boot_info.h"
#include "kernel/bug.h"

paddr_t user_pmd[USER_SPANS];
bool user_filled;
static int memory = -1;
static const char *physical; /* all of it, from PHYS_OFFSET on, to read tables by */

/* --- the host's mappings ---------------------------------------------------------------------- */

void *user_mmap(vaddr_t va, size_t size, int prot, int flags, int file, paddr_t at)
{
#ifdef SYS_mmap2
	return (void *)syscall(SYS_mmap2, va, size, prot, flags, file, at >> PAGE_SHIFT);
#else
	return (void *)syscall(SYS_mmap, va, size, prot, flags, file, at);
#endif
}

static bool show(vaddr_t va, size_t size, int prot, paddr_t phys)
{
	return user_mmap(va, size, prot, MAP_SHARED | MAP_FIXED, memory, phys) != MAP_FAILED;
}

static bool hide(vaddr_t va, size_t size, int how)
{
	return user_mmap(va, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | how, -1,
			 0) == (void *)va;
}

bool user_memory_init(void)
{
	memory = memfd_create("crumb", MFD_CLOEXEC);
	if (memory < 0 || !user_watch_init() || ftruncate(memory, RAM_WINDOW_END) != 0)
		return false;
	if (!hide(USER_WINDOW_START, USER_WINDOW_END - USER_WINDOW_START, MAP_FIXED_NOREPLACE) ||
	    !hide(PERCPU_START, PERCPU_END - PERCPU_START, MAP_FIXED_NOREPLACE))
		return false;
	physical = mmap(NULL, RAM_WINDOW_END - PHYS_OFFSET, PROT_READ, MAP_SHARED, memory,
			PHYS_OFFSET);
	return physical != MAP_FAILED &&
	       show(PAGE_OFFSET, ARCH_BOOT_MAPPED, PROT_READ | PROT_WRITE, PHYS_OFFSET);
}

bool user_memory_write(paddr_t at, const void *bytes, size_t size)
{
	return pwrite(memory, bytes, size, (off_t)at) == (ssize_t)size;
}

/* --- the TLB ---------------------------------------------------------------------------------- */

static paddr_t *pmd_entry(vaddr_t va)
{
	return &user_pmd[(va - USER_WINDOW_START) / TABLE_SPAN];
}

static bool is_section(vaddr_t va)
{
	return (*pmd_entry(va) & PMD_KIND) == PMD_SECTION;
}

static int host_prot(pte_t pte)
{
	return (pte.bits & PTE_READ ? PROT_READ : 0) | (pte.bits & PTE_WRITE ? PROT_WRITE : 0) |
	       (pte.bits & PTE_EXEC ? PROT_EXEC : 0);
}

/*
 * By physical addresses, as the walk of a MMU goes: a table's own page may be one that was missed.  The
 * tables of the boot are the program's, and in no RAM.
 */
static pte_t walk(vaddr_t va)
{
	const paddr_t pmd = va >= USER_WINDOW_START && va < USER_WINDOW_END ? *pmd_entry(va) : 0;
	const paddr_t table = pmd & PAGE_MASK;
	const bool in_ram = table >= PHYS_OFFSET && table < RAM_WINDOW_END;
	const pte_t *entries =
		in_ram ? (const pte_t *)(physical + table - PHYS_OFFSET) : phys_to_virt(table);

	return (pmd & PMD_KIND) == PMD_TABLE ? entries[va % TABLE_SPAN / PAGE_SIZE]
					     : arch_pte_none();
}

/* Behind its end the file has no page for a mapping to show. */
bool user_is_memory(paddr_t phys)
{
	return phys < RAM_WINDOW_END;
}

static bool show_entry(vaddr_t va, pte_t pte)
{
	if (show(va, PAGE_SIZE, host_prot(pte), arch_pte_phys(pte)))
		return true;
	/* The host's table of mappings is full: as with a TLB, all of it may go. */
	arch_tlb_flush_all();
	return show(va, PAGE_SIZE, host_prot(pte), arch_pte_phys(pte));
}

/* An entry that has changed since it was read was flushed, perhaps, before its page was there. */
static bool keep_if_current(vaddr_t va, pte_t pte)
{
	barrier();
	return walk(va).bits == pte.bits || hide(va, PAGE_SIZE, MAP_FIXED);
}

bool user_fill(vaddr_t va, bool write, bool exec)
{
	const pte_t pte = walk(va);

	if (!arch_pte_present(pte) || (write && !(pte.bits & PTE_WRITE)) ||
	    (exec && !(pte.bits & PTE_EXEC)) || !user_is_memory(arch_pte_phys(pte)))
		return false;
	user_filled = true;
	return show_entry(va & PAGE_MASK, pte) && keep_if_current(va & PAGE_MASK, pte);
}

static bool take_back(vaddr_t start, size_t size)
{
	return hide(start, size, MAP_FIXED);
}

/* With one mapping more than it allows the host makes none, until some are gone. */
static bool take_back_first(vaddr_t start, size_t size)
{
	return syscall(SYS_munmap, start, size) == 0 && hide(start, size, MAP_FIXED);
}

/* Sections stay (U2); of the rest nothing is there.  False: the host refused, and some of it may be. */
static bool forget(vaddr_t start, vaddr_t end, bool (*take)(vaddr_t start, size_t size))
{
	for (vaddr_t stop; start < end; start = stop) {
		const bool section = is_section(start);

		stop = min(ALIGN_DOWN(start, TABLE_SPAN) + TABLE_SPAN, end);
		while (stop < end && is_section(stop) == section)
			stop = min(stop + TABLE_SPAN, end);
		if (!section && !take(start, stop - start))
			return false;
	}
	return true;
}

/* To take a page out of the midst of a mapping makes two of it, for which the host's table may have no room. */
void user_forget(vaddr_t start, vaddr_t end)
{
	const int saved = errno;

	start = max(start & PAGE_MASK, USER_WINDOW_START);
	end = min(ALIGN(end, PAGE_SIZE), USER_WINDOW_END);
	if (!forget(start, end, take_back) &&
	    !forget(USER_WINDOW_START, USER_WINDOW_END, take_back_first))
		panic("the host cannot take back its mappings: %s", strerror(errno));
	errno = saved;
}

void arch_tlb_flush_range(vaddr_t start, vaddr_t end)
{
	user_forget(start, end);
}

void arch_tlb_flush_all(void)
{
	user_forget(USER_WINDOW_START, USER_WINDOW_END);
}

void arch_tlb_flush_local_page(vaddr_t va)
{
	user_forget(va & PAGE_MASK, (va & PAGE_MASK) + PAGE_SIZE);
}

/* --- tables ----------------------------------------------------------------------------------- */

void arch_table_install(vaddr_t va, paddr_t table)
{
	paddr_t *pmd = pmd_entry(va);

	ASSERT(!*pmd);
	WRITE_ONCE(*pmd, table | PMD_TABLE);
}

void arch_tables_remove(vaddr_t start, vaddr_t end)
{
	for (vaddr_t va = start; va < end; va += TABLE_SPAN)
		WRITE_ONCE(*pmd_entry(va), 0);
}

/* How much of [start, start + size) the banks have below end. */
static paddr_t bytes_in_banks(paddr_t start, paddr_t size, paddr_t end)
{
	paddr_t sum = 0;

	for (unsigned int i = 0; i < boot_info.nr_banks; i++) {
		const struct boot_bank *bank = &boot_info.bank[i];
		paddr_t from = max(start, bank->base);
		paddr_t to = min(min(start + size, bank->base + bank->size), end);

		if (from < to)
			sum += to - from;
	}
	return sum;
}

/* A page for each of the span's that is RAM. */
static void map_pages(vaddr_t span, paddr_t end, pte_t *table)
{
	for (vaddr_t va = span; va < span + TABLE_SPAN; va += PAGE_SIZE, table++) {
		paddr_t pa = virt_to_phys((void *)va);

		if (bytes_in_banks(pa, PAGE_SIZE, end) == PAGE_SIZE)
			arch_pte_set(table, arch_pte_make(pa, PAGE_KERNEL));
	}
}

/* Returns how many table pages that took. */
static unsigned int map_span(vaddr_t span, paddr_t end, void *(*alloc_table)(void))
{
	paddr_t pa = virt_to_phys((void *)span), ram = bytes_in_banks(pa, TABLE_SPAN, end);
	pte_t *table;

	if (ram == TABLE_SPAN) {
		*pmd_entry(span) = pa | PMD_SECTION;
		ASSERT(show(span, TABLE_SPAN, PROT_READ | PROT_WRITE, pa));
		return 0;
	}
	table = ram ? alloc_table() : NULL;
	if (table) {
		map_pages(span, end, table);
		*pmd_entry(span) = virt_to_phys(table) | PMD_TABLE;
	}
	ASSERT(hide(span, TABLE_SPAN, MAP_FIXED)); /* what the loader showed */
	return !!table;
}

unsigned int arch_map_lowmem(paddr_t lowmem_end, void *(*alloc_table)(void))
{
	paddr_t mapped = max(lowmem_end, (paddr_t)PHYS_OFFSET + ARCH_BOOT_MAPPED);
	vaddr_t last = (vaddr_t)phys_to_virt(mapped - 1);
	unsigned int tables = 0;

	for (vaddr_t va = PAGE_OFFSET; va <= last; va += TABLE_SPAN)
		tables += map_span(va, lowmem_end, alloc_table);
	return tables;
}

/* The image is the program's own, and no lowmem: the host keeps its rights. */
void arch_protect_lowmem(vaddr_t start, vaddr_t end, pgprot_t prot)
{
	ASSERT(mprotect((void *)start, end - start, host_prot((pte_t){ prot.bits })) == 0);
}

/* The program is in no frame of RAM: lowmem is data, all of it. */
bool arch_may_alias(paddr_t phys __unused, pgprot_t prot)
{
	return !arch_prot_exec(prot);
}

paddr_t arch_image_end(void)
{
	return PHYS_OFFSET;
}

const struct arch_device arch_devices[] = {};
const unsigned int arch_nr_devices;

void arch_map_devices(void)
{
}

/* --- caches ----------------------------------------------------------------------------------- */

void arch_cache_clean_range(vaddr_t start __unused, vaddr_t end __unused)
{
}

void arch_cache_sync_code(vaddr_t start, vaddr_t end)
{
	__builtin___clear_cache((char *)start, (char *)end);
}
