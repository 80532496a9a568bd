/*
 * image.c - the image's parts by name, as linker.ld lays them out, and what of RAM it takes
 *
 *	_text | .rodata | .init.text | .init.data | .data | .kallsyms | .bss | .stacks
 *	                                                                       [guard|stack|guard]...
 *
 * Locking: none, all is fixed by the linker.
 * Read next: linker.ld, sections.h; mmu.c for the permissions.
 */
#include "arch/arm/sections.h"
#include "arch/arm/traps.h"

enum { FIRST_LEVEL_BYTES = 16 * 1024 };

static const struct {
	const char *name, *what;
	const u8 *start, *end;
} parts[] = {
	{ ".text", "code, read-only and executable", _text, _etext },
	{ ".rodata", "constants, read-only", _rodata, _erodata },
	{ ".init.text", "code of the boot, given back after it", _init_text, _einit_text },
	{ ".init.data", "data of the boot, given back after it", _init_data, _init_end },
	{ ".data", "variables with a first value", _data, _edata },
	{ ".kallsyms", "the symbol table, read-only", _kallsyms, _ekallsyms },
	{ ".bss", "variables that begin as zero", _bss, _ebss },
	{ ".stacks", "stacks, an unmapped page on either side of each", _stacks, _estacks },
};

/* The stack in .stacks that holds va, or whose guard page does. */
static void narrow_to_stack(vaddr_t va, struct arch_image_part *part)
{
	bool above;
	const struct stack_area *stack = stack_holding(va);

	if (stack && va < (vaddr_t)stack->top) {
		*part = (struct arch_image_part){ stack->name, "a stack", (vaddr_t)stack->low,
						  (vaddr_t)stack->top };
		return;
	}
	stack = stack_guard_at(va, 0, &above);
	if (!stack)
		return;
	part->name = stack->name;
	part->what = above ? "the guard page above this stack" : "the guard page below this stack";
	part->start = ALIGN_DOWN(va, PAGE_SIZE);
	part->end = part->start + PAGE_SIZE;
}

bool arch_image_part(vaddr_t va, struct arch_image_part *part)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(parts); i++) {
		if (va < (vaddr_t)parts[i].start || va >= (vaddr_t)parts[i].end)
			continue;
		*part = (struct arch_image_part){ parts[i].name, parts[i].what,
						  (vaddr_t)parts[i].start, (vaddr_t)parts[i].end };
		if (parts[i].start == _stacks)
			narrow_to_stack(va, part);
		return true;
	}
	return false;
}

bool __init arch_kernel_part(unsigned int nth, struct arch_kernel_part *part)
{
	const paddr_t image = virt_to_phys(_image_start), stacks = virt_to_phys(_stacks);
	const struct arch_kernel_part occupied[] = {
		{ "page tables", "no bank holds the first-level page table",
		  PHYS_OFFSET + SWAPPER_OFFSET, FIRST_LEVEL_BYTES },
		{ "image", "no bank holds the running image", image, stacks - image },
		{ "boot stacks", "no bank holds the boot stacks", stacks,
		  arch_image_end() - stacks },
	};

	if (nth >= ARRAY_SIZE(occupied))
		return false;
	*part = occupied[nth];
	return true;
}

void arch_init_memory(vaddr_t *start, vaddr_t *end)
{
	*start = (vaddr_t)_init_start;
	*end = (vaddr_t)_init_end;
}

bool arch_is_rodata(const void *address)
{
	return (const u8 *)address >= _rodata && (const u8 *)address < _erodata;
}
