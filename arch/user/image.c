/*
 * image.c - the program's parts, as its own program headers tell them
 *
 *	R-X code | R-- constants | RW- variables     and the CPU's stack, between its guard pages
 *
 * Locking: none: fixed by the linker, or before the CPU runs.
 */
#include "arch/user/process.h"

#include <elf.h>
#include <link.h>

extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

static const ElfW(Phdr) * header(unsigned int n)
{
	return (const ElfW(Phdr) *)((const char *)&__ehdr_start + __ehdr_start.e_phoff) + n;
}

/* The loadable segment that holds va, or NULL. */
static const ElfW(Phdr) * segment_at(vaddr_t va)
{
	for (unsigned int i = 0; i < __ehdr_start.e_phnum; i++)
		if (header(i)->p_type == PT_LOAD && va >= header(i)->p_vaddr &&
		    va - header(i)->p_vaddr < header(i)->p_memsz)
			return header(i);
	return NULL;
}

bool user_is_code(vaddr_t va)
{
	const ElfW(Phdr) *segment = segment_at(va);

	return segment && segment->p_flags & PF_X;
}

static bool stack_part(vaddr_t va, struct arch_image_part *part)
{
	*part = (struct arch_image_part){ "cpu_stack", "a stack", user_cpu.stack_low,
					  user_cpu.stack_top };
	if (va >= user_cpu.stack_low && va < user_cpu.stack_top)
		return true;
	if (va < user_cpu.stack_low - PAGE_SIZE || va >= user_cpu.stack_top + PAGE_SIZE)
		return false;
	part->what = va < user_cpu.stack_low ? "the guard page below this stack"
					     : "the guard page above this stack";
	part->start = va & PAGE_MASK;
	part->end = part->start + PAGE_SIZE;
	return true;
}

bool arch_image_part(vaddr_t va, struct arch_image_part *part)
{
	const ElfW(Phdr) *segment = segment_at(va);

	if (!segment)
		return stack_part(va, part);
	part->start = segment->p_vaddr;
	part->end = segment->p_vaddr + ALIGN_DOWN(segment->p_memsz, 4ul);
	part->name = segment->p_flags & PF_X   ? ".text"
		     : segment->p_flags & PF_W ? ".data"
					       : ".rodata";
	part->what = segment->p_flags & PF_X   ? "code, read-only and executable"
		     : segment->p_flags & PF_W ? "variables"
					       : "constants, read-only";
	return true;
}

bool arch_is_rodata(const void *address)
{
	const ElfW(Phdr) *segment = segment_at((vaddr_t)address);

	return segment && !(segment->p_flags & (PF_W | PF_X));
}

/* The host takes nothing back. */
void arch_init_memory(vaddr_t *start, vaddr_t *end)
{
	*start = *end = 0;
}

/* The program lies in no RAM of the machine's. */
bool arch_kernel_part(unsigned int nth __unused, struct arch_kernel_part *part __unused)
{
	return false;
}
