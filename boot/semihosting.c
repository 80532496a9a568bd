/*
 * semihosting.c - boot information from the host, for an ELF image that was loaded without a boot loader
 *
 *	SYS_HEAPINFO     ─> [heap base|heap limit|stack base|stack limit]   limit = end of RAM
 *	SYS_GET_CMDLINE  ─> "path/crumb.elf mem=64M run=\"...\""            first word: the image's path
 *
 * What QEMU 7.2 does, as seen: it answers the heap of the largest RAM-like region.  With 16 MiB of
 * RAM that is the 32 MiB SRAM, so the RAM's size cannot be learned; then we take the least that
 * the machine can have.  The line is joined from words, so runs of blanks have become one; a blank
 * in the image's path cannot be told from the end of the path.
 *
 * Invariants
 *   S1  Whatever the host answers, the bank begins at PHYS_OFFSET and ends inside the RAM window.
 *
 * Locking  none.
 * Read next: boot_info.c.
 * Source: ARM "Semihosting for AArch32 and AArch64", SYS_GET_CMDLINE and SYS_HEAPINFO.
 */
#include <string.h>

#include "arch/arch.h"
#include "boot/boot_impl.h"
#include "boot/semihosting.h"

static const paddr_t least_ram = 16 * MiB;

/* Steps over the image's path and the blanks after it. */
static void skip_program_name(const char **line, size_t *size)
{
	const char *p = *line, *end = p + *size;

	while (p < end && *p != ' ')
		p++;
	while (p < end && *p == ' ')
		p++;
	*line = p;
	*size = end - p;
}

void semihosting_take(const struct semihosting_answers *answers, struct boot_info *out)
{
	const paddr_t low = PHYS_OFFSET, high = RAM_WINDOW_END;
	paddr_t end = answers->heap_end;
	const char *line = answers->line;
	size_t size = answers->line_size;

	if (end <= low || end > high) {
		boot_warn("the host's heap ends at 0x%08lx, not in RAM: assuming %lu MiB", end,
			  least_ram / MiB);
		end = low + least_ram;
	}
	banks_add(out, low, end - low); /* S1 */
	skip_program_name(&line, &size);
	boot_cmdline_set(out, line, size);
}

bool __init semihosting_read(struct boot_info *out, const char **why)
{
	struct semihosting_answers answers = { .line = out->cmdline };

	*why = NULL;
	if (!arch_host_memory(&answers.heap_end))
		return false; /* no host */
	if (!arch_host_line(out->cmdline, sizeof(out->cmdline), &answers.line_size))
		boot_warn(
			"the host gives no command line: there is none, or it has %lu bytes and more",
			(unsigned long)sizeof(out->cmdline));
	semihosting_take(&answers, out);
	return true;
}
