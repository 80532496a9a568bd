/*
 * memory_cmds.c - looking at memory and at the MMU from the prompt: pt, md, mw, v2p, regs
 *
 * An address is a number, a symbol or #N, perhaps with +OFFSET (address.c).  Memory is touched by arch_try_read() and
 * arch_try_write() only: what the MMU refuses is an error of the command, not an oops.
 *
 * Locking  none.  md and mw go around every lock, as a debugger would.
 * Read next: arch/arch.h, guarded access.
 */
#include "arch/arch.h"
#include "kernel/console.h"
#include "kernel/shell/address.h"
#include "kernel/shell/shell.h"

#include <ctype.h>

enum { MD_LINE = 16, MD_DEFAULT = 64 };

/* The optional last argument: how many bytes are moved at once. */
static bool parse_unit(const char *arg, unsigned int *unit)
{
	u64 value;

	if (!shell_number(arg, "unit", 1, 4, &value))
		return false;
	if (value == 3) {
		shell_error("unit: 3: choose 1, 2 or 4");
		return false;
	}
	*unit = value;
	return true;
}

static int refused(const struct arch_fault *fault)
{
	return shell_error("0x%08lx: %s fault (%s)", fault->address, fault->cause,
			   fault->write ? "write" : "read");
}

SHELL_CMD(pt, "ADDR", "walk the page tables for a virtual address", .looks = true,
	  .group = "memory", .example = "pt swapper_pg_dir", .complete = shell_complete_symbol,
	  .details = "Each level's entry, where it stands, and its bits by name.\n")
{
	vaddr_t va;

	if (argc != 2)
		return SHELL_USAGE;
	if (!shell_address(argv[1], "ADDR", &va))
		return SHELL_FAIL;
	arch_walk_print(va, con_printf);
	return SHELL_OK;
}

SHELL_CMD(v2p, "ADDR", "the physical address behind a virtual one", .looks = true,
	  .group = "memory", .example = "v2p 0xc0010000", .complete = shell_complete_symbol)
{
	struct arch_mapping m;
	vaddr_t va;

	if (argc != 2)
		return SHELL_USAGE;
	if (!shell_address(argv[1], "ADDR", &va))
		return SHELL_FAIL;
	arch_walk(va, &m);
	if (!m.present)
		return shell_error("0x%08lx: not mapped", va);
	con_printf("va=0x%08lx pa=0x%08lx pfn=0x%lx %s\n", va, m.phys + (va - m.start),
		   phys_to_pfn(m.phys + (va - m.start)), m.level);
	return SHELL_OK;
}

/* The bytes of a unit as text; the lowest comes first in memory. */
static void unit_text(char *text, u32 value, unsigned int unit)
{
	for (unsigned int i = 0; i < unit; i++, value >>= 8)
		text[i] = isprint((int)(value & 0xff)) ? (char)(value & 0xff) : '.';
}

/* One line of a dump: the units in hex, then the bytes as text, as far as they can be read. */
static bool dump_line(vaddr_t va, unsigned int bytes, unsigned int unit, struct arch_fault *fault)
{
	char text[MD_LINE + 1] = { 0 };
	u32 value[MD_LINE];
	unsigned int got = 0;

	while (got < bytes && arch_try_read(va + got, unit, &value[got], fault))
		got += unit;
	if (got)
		con_printf("%08lx:", va);
	for (unsigned int at = 0; at < MD_LINE && got; at += unit) {
		if (at >= got) {
			con_printf(" %*s", (int)unit * 2, "");
			continue;
		}
		con_printf(" %0*lx", (int)unit * 2, (unsigned long)value[at]);
		unit_text(text + at, value[at], unit);
	}
	if (got)
		con_printf("  %s\n", text);
	return got >= bytes;
}

SHELL_CMD(md, "ADDR [COUNT] [1|2|4]", "dump memory: COUNT units of 1, 2 or 4 bytes", .looks = true,
	  .group = "memory", .example = "md 0xc0010000 16 4", .complete = shell_complete_symbol,
	  .details = "COUNT is in units and defaults to 64 bytes; the unit defaults to 4.\n"
		     "Reading a device's register may change the device.\n")
{
	u64 count = 0;
	unsigned int unit = 4;
	struct arch_fault fault;
	vaddr_t va;

	if (argc < 2 || argc > 4)
		return SHELL_USAGE;
	if (!shell_address(argv[1], "ADDR", &va) || (argc > 3 && !parse_unit(argv[3], &unit)))
		return SHELL_FAIL;
	count = MD_DEFAULT / unit;
	if (argc > 2 && !shell_number(argv[2], "COUNT", 1, 0x100000, &count))
		return SHELL_FAIL;
	for (u64 left = count * unit; left && shell_progress(count * unit - left, count * unit);) {
		unsigned int bytes = min(left, (u64)MD_LINE);

		if (!dump_line(va, bytes, unit, &fault))
			return refused(&fault);
		va += bytes;
		left -= bytes;
	}
	return SHELL_OK;
}

SHELL_CMD(mw, "ADDR VALUE [1|2|4]", "write one value to memory", .group = "memory",
	  .example = "mw 0xc0008000 0 4", .complete = shell_complete_symbol,
	  .details = "The unit defaults to 4 bytes.  Nothing checks what the value means.\n")
{
	unsigned int unit = 4;
	struct arch_fault fault;
	vaddr_t va;
	u64 value;

	if (argc < 3 || argc > 4)
		return SHELL_USAGE;
	if (!shell_address(argv[1], "ADDR", &va) || (argc > 3 && !parse_unit(argv[3], &unit)) ||
	    !shell_number(argv[2], "VALUE", 0, (1ull << 8 * unit) - 1, &value))
		return SHELL_FAIL;
	if (!arch_try_write(va, unit, value, &fault))
		return refused(&fault);
	con_printf("%08lx: %0*llx written\n", va, (int)unit * 2, (unsigned long long)value);
	return SHELL_OK;
}

SHELL_CMD(regs, "", "this CPU's system registers, field by field", .group = "memory",
	  .example = "regs")
{
	if (argc != 1)
		return SHELL_USAGE;
	arch_sysregs_print(con_printf);
	return SHELL_OK;
}
