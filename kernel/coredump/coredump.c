/*
 * coredump.c - writes an ELF core of the machine through semihosting
 *
 *	ELF header | NOTE | LOAD each bank at its physical address | LOAD each mapped run at its virtual one
 *	notes: registers (NT_PRSTATUS), system registers ("Crumb")
 *	bank 0 ............ bank 1 ............        a page of zeroes is a hole of the file
 *
 *	0xc0000000 ──LOAD──┐
 *	0x60000000 ──LOAD──┴─> the same bytes of the file
 *
 * A debugger reads virtual addresses by the runs, and physical ones by the banks, whose addresses the
 * kernel leaves unmapped; so tables can be walked in a core as in a machine.
 *
 * Lowmem is read where it is mapped; what faults there is left out.  Highmem is shown page by page in
 * the spare page of the fixmap's window, after lowmem, which holds the tables: they do not show that.
 *
 * Invariants
 *   C1  Nothing is allocated and no lock is taken.
 *   C2  A run's bytes lie in one bank: devices are in no LOAD, they answer to nobody any more.
 *   C3  The file has the length that its headers say, whatever is a hole at its end.
 *
 * Locking: interrupts off, one caller at a time: it is the last thing that happens, or a person's wish.
 * Read next: core_file.c, which writes; tools/gdb/crumb/core.py, which reads it.
 * Source: System V ABI, ELF; Linux: fs/binfmt_elf.c, include/linux/elfcore.h for the order of a note.
 */
#include <string.h>

#include "arch/arch.h"
#include "boot/boot_info.h"
#include "kernel/console.h"
#include "kernel/coredump/core_file.h"
#include "kernel/coredump/core_highmem.h"
#include "kernel/coredump/coredump.h"
#include "mm/node.h"

enum {
	ET_CORE = 4,
	PT_LOAD = 1,
	PT_NOTE = 4,
	PF_ALL = 7,
	NT_PRSTATUS = 1,
	NT_CRUMB_SYSREGS = 1,
	SIGNAL_ABORT = 6,
	PIECE = 1 << 20,  /* bytes */
	RUNS_MAX = 60000, /* e_phnum has 16 bits, of which 0xffff means something else */
};

struct elf_header {
	u8 ident[16];
	u16 type, machine;
	u32 version, entry, phoff, shoff, flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf_phdr {
	u32 type, offset, vaddr, paddr, filesz, memsz, flags, align;
};

struct elf_note {
	u32 namesz, descsz, type;
	char name[8];
};

/* struct elf_prstatus of 32-bit ARM, of which only these are filled. */
struct prstatus {
	u8 before[12];
	u16 signal;
	u8 between[10];
	u32 pid;
	u8 times[44];
	u32 regs[ARCH_CORE_REGS]; /* r0 to r15, CPSR, r0 as it was */
	u32 fpvalid;
};
static_assert(sizeof(struct prstatus) == 148, "what gdb takes for a core of ARM's");

struct sysreg_entry {
	char name[12];
	u32 value;
};

struct notes {
	struct elf_note status_note;
	struct prstatus status;
	struct elf_note sysregs_note;
	struct sysreg_entry sysregs[ARCH_SYSREGS_MAX];
};

/* What the headers are made of; static, since a panic may have left little stack. */
static struct {
	struct notes notes;
	u32 bank_offset; /* where the first bank lies in the file */
	u32 runs;
	bool (*go_on)(void); /* asked before each PIECE of RAM; NULL: to the end */
} core;

/* --- runs ------------------------------------------------------------------------------------- */

struct run {
	vaddr_t start;
	unsigned long size;
	paddr_t phys;
};

/* The bank that holds the address; NULL when none does.  *offset: where its byte lies in the file. */
static const struct boot_bank *bank_of(paddr_t phys, u32 *offset)
{
	u32 at = core.bank_offset;

	for (unsigned int i = 0; i < boot_info.nr_banks; i++) {
		const struct boot_bank *bank = &boot_info.bank[i];

		if (phys - bank->base < bank->size) {
			*offset = at + (u32)(phys - bank->base);
			return bank;
		}
		at += bank->size;
	}
	return NULL;
}

/* What is mapped at va, if it is RAM and ends in the bank that it begins in. */
static bool ram_at(vaddr_t va, struct arch_mapping *m)
{
	const struct boot_bank *bank;
	u32 offset;

	arch_walk(va, m);
	if (!m->present)
		return false;
	bank = bank_of(m->phys, &offset);
	return bank && m->phys - bank->base + m->size <= bank->size; /* keeps C2 */
}

static bool goes_on(const struct run *run, const struct arch_mapping *m)
{
	u32 offset;

	return run->size && m->start == run->start + run->size &&
	       m->phys == run->phys + run->size &&
	       bank_of(m->phys, &offset) == bank_of(run->phys, &offset);
}

/* Calls each for every run of RAM, ascending; returns how many there are. */
static u32 for_each_run(void (*each)(const struct run *run))
{
	struct run run = { .size = 0 };
	struct arch_mapping m;
	u32 runs = 0;
	vaddr_t va = 0;

	do {
		bool ram = ram_at(va, &m);

		if (run.size && !(ram && goes_on(&run, &m))) {
			runs++;
			each(&run);
			run.size = 0;
		}
		if (ram && !run.size)
			run = (struct run){ m.start, 0, m.phys };
		run.size += ram ? m.size : 0;
		va = m.start + m.size;
	} while (va);
	return runs;
}

/* --- headers ---------------------------------------------------------------------------------- */

static void write_phdr(u32 type, u32 offset, u32 vaddr, u32 paddr, u32 size)
{
	struct elf_phdr phdr = { type, offset, vaddr, paddr, size, size, PF_ALL, 4 };

	core_file_write(&phdr, sizeof(phdr));
}

static void write_run(const struct run *run)
{
	u32 offset = 0;

	if (core.runs == RUNS_MAX)
		return;
	core.runs++;
	bank_of(run->phys, &offset);
	write_phdr(PT_LOAD, offset, run->start, run->phys, run->size);
}

static void count_only(const struct run *run __unused)
{
}

static void write_headers(u32 runs)
{
	u16 phnum = (u16)(1 + boot_info.nr_banks + min(runs, (u32)RUNS_MAX));
	struct elf_header header = {
		.ident = { 0x7f, 'E', 'L', 'F', 1, 1, 1 },
		.type = ET_CORE,
		.machine = ARCH_ELF_MACHINE,
		.version = 1,
		.phoff = sizeof(header),
		.ehsize = sizeof(header),
		.phentsize = sizeof(struct elf_phdr),
		.phnum = phnum,
	};
	u32 notes_at = sizeof(header) + phnum * sizeof(struct elf_phdr), offset;

	core.bank_offset = offset = ALIGN(notes_at + (u32)sizeof(core.notes), (u32)PAGE_SIZE);
	core.runs = 0;
	core_file_write(&header, sizeof(header));
	write_phdr(PT_NOTE, notes_at, 0, 0, sizeof(core.notes));
	for (unsigned int i = 0; i < boot_info.nr_banks; i++) {
		const struct boot_bank *bank = &boot_info.bank[i];

		write_phdr(PT_LOAD, offset, bank->base, bank->base, bank->size);
		offset += bank->size;
	}
	for_each_run(write_run);
	core_file_write(&core.notes, sizeof(core.notes));
}

/* --- notes ------------------------------------------------------------------------------------ */

static void fill_notes(void)
{
	struct notes *notes = &core.notes;
	const char *name;

	notes->status_note = (struct elf_note){ 5, sizeof(notes->status), NT_PRSTATUS, "CORE" };
	notes->status.signal = SIGNAL_ABORT;
	notes->status.pid = 1;
	notes->sysregs_note =
		(struct elf_note){ 6, sizeof(notes->sysregs), NT_CRUMB_SYSREGS, "Crumb" };
	for (unsigned int i = 0; i < ARCH_SYSREGS_MAX; i++)
		if ((name = arch_sysreg(i, &notes->sysregs[i].value)))
			strncpy(notes->sysregs[i].name, name, sizeof(notes->sysregs[i].name) - 1);
}

/* --- memory ----------------------------------------------------------------------------------- */

static void is_zero(void *arg)
{
	const u32 **page = arg, *word = *page, *end = word + PAGE_SIZE / sizeof(*word);

	while (word < end && !(word[0] | word[1] | word[2] | word[3]))
		word += 4;
	if (word == end)
		*page = NULL;
}

/* Adds the page at va to the file: as a hole when it is all zero, or cannot be read. */
static void write_page(vaddr_t va)
{
	const void *page = (const void *)va;
	struct arch_fault fault;

	if (!arch_protect(is_zero, &page, &fault) || !page)
		core_file_skip(PAGE_SIZE);
	else
		core_file_write(page, PAGE_SIZE);
}

static void write_highmem_page(paddr_t phys)
{
	const void *page = core_highmem_show(phys);

	if (!page) {
		core_file_skip(PAGE_SIZE);
		return;
	}
	write_page((vaddr_t)page);
	core_highmem_hide();
}

/* False when it was told to stop, between two pieces. */
static bool write_bank(const struct boot_bank *bank)
{
	paddr_t lowmem_end = pfn_to_phys(lowmem_end_pfn);

	for (paddr_t at = bank->base; at - bank->base < bank->size; at += PAGE_SIZE) {
		if (at % PIECE == 0 && core.go_on && !core.go_on())
			return false;
		if (at < lowmem_end)
			write_page((vaddr_t)phys_to_virt(at));
		else
			write_highmem_page(at);
	}
	return true;
}

static bool write_banks(void)
{
	for (unsigned int i = 0; i < boot_info.nr_banks; i++)
		if (!write_bank(&boot_info.bank[i]))
			return false;
	return true;
}

/* --- all of it -------------------------------------------------------------------------------- */

static bool write_all(const char *path)
{
	bool whole;
	u32 runs;

	if (!core_file_open(path)) {
		con_printf("core: %s: cannot be opened on the host\n", path);
		return false;
	}
	fill_notes();
	runs = for_each_run(count_only);
	core_file_seek(0);
	write_headers(runs);
	core_file_seek(core.bank_offset);
	whole = write_banks();
	if (!core_file_close()) { /* keeps C3 */
		con_printf("core: %s: the host did not take all of it: is its disk full?\n", path);
		return false;
	}
	if (!whole) {
		con_printf("core: %s: cut off, not all of RAM is in it\n", path);
		return false;
	}
	if (runs > RUNS_MAX)
		con_printf(
			"core: of %lu mapped runs %u are in its headers; the others only in its tables\n",
			(unsigned long)runs, RUNS_MAX);
	con_printf("core: %s: make gdb CORE=%s opens it\n", path, path);
	return true;
}

bool coredump_write(const char *path, bool (*go_on)(void))
{
	unsigned long flags = arch_irq_save();
	bool written;

	core.go_on = go_on;
	arch_core_registers(core.notes.status.regs);
	written = write_all(path);
	arch_irq_restore(flags);
	return written;
}
