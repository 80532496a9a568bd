/*
 * address.c - an address as a person types it
 *
 *	0xc0010000     a number
 *	start_kernel   a symbol of this image
 *	#7             what `alloc` handed out: where it lies
 *
 * Each may have +OFFSET behind it.  Every command that takes an address takes it through here, so
 * that what works with one works with all.  Where a physical address is wanted, a number is one, and
 * a name stands for the memory behind it.
 *
 * Locking: none, the symbol table is constant and handles are the shell's own.
 * Read next: memory_cmds.c, which looks at what is there; kernel/explain/explain.c, which says what it is.
 */
#include <ctype.h>
#include <string.h>

#include "arch/arch.h"
#include "kernel/console.h"
#include "kernel/kallsyms.h"
#include "kernel/param.h"
#include "kernel/shell/address.h"
#include "kernel/shell/handle.h"
#include "kernel/shell/parse.h"
#include "kernel/shell/run.h"
#include "mm/page/page.h"

/* BASE+OFFSET in two; without a `+` the offset is 0. */
static bool split(const char *arg, char base[SHELL_WORD_MAX], u64 *offset)
{
	size_t length = strcspn(arg, "+");

	*offset = 0;
	memcpy(base, arg, length);
	base[length] = '\0';
	if (!arg[length] || parse_number(arg + length + 1, offset))
		return true;
	shell_error("%s: \"%s\" is not an offset: a number, decimal, 0x hex, or with K, M, G", arg,
		    arg + length + 1);
	return false;
}

static bool find_symbol(const char *name, u64 *va)
{
	unsigned long base;

	if (!kallsyms_find(name, &base)) {
		shell_error("%s: neither a number, #N nor a symbol of this image (cat "
			    "/proc/kallsyms)",
			    name);
		return false;
	}
	*va = base;
	return true;
}

static bool add_offset(const char *arg, u64 base, u64 offset, vaddr_t *va)
{
	if (base + offset < base || base + offset > (vaddr_t)-1) {
		shell_error("%s: beyond the address space", arg);
		return false;
	}
	*va = (vaddr_t)(base + offset);
	return true;
}

static bool read_place(const char *arg, struct handle_place *place, u64 *offset)
{
	char base[SHELL_WORD_MAX];
	const struct handle *handle;

	if (!split(arg, base, offset))
		return false;
	handle = handle_find(base);
	if (!handle)
		return false;
	handle_place(handle, place);
	if (*offset && *offset >= place->bytes)
		con_printf("%s: behind its end, which is at +0x%lx\n", arg, place->bytes);
	return true;
}

bool shell_place(const char *arg, const char *what, struct handle_place *place, u64 *offset)
{
	const char *before = shell_speak_of(what);
	bool known = read_place(arg, place, offset);

	shell_speak_of(before);
	return known;
}

static bool handle_address(const char *arg, vaddr_t *va)
{
	struct handle_place place;
	u64 offset;

	if (!read_place(arg, &place, &offset))
		return false;
	if (place.has_va)
		return add_offset(arg, place.va, offset, va);
	shell_error("%s: highmem has no address of its own; `alloc kmap` gives it one", arg);
	return false;
}

static bool read_address(const char *arg, vaddr_t *va)
{
	char base[SHELL_WORD_MAX];
	u64 value, offset;

	if (arg[0] == '#')
		return handle_address(arg, va);
	if (!split(arg, base, &offset))
		return false;
	if (isdigit((unsigned char)base[0]) ? !shell_number(base, "", 0, (vaddr_t)-1, &value)
					    : !find_symbol(base, &value))
		return false;
	return add_offset(arg, value, offset, va);
}

bool shell_address(const char *arg, const char *what, vaddr_t *va)
{
	const char *before = shell_speak_of(what);
	bool known = read_address(arg, va);

	shell_speak_of(before);
	return known;
}

/* --- physical ones ---------------------------------------------------------------------------- */

static bool physical_behind(const char *arg, paddr_t *phys)
{
	struct arch_mapping m;
	vaddr_t va;

	if (!read_address(arg, &va))
		return false;
	arch_walk(va, &m);
	if (!m.present) {
		shell_error("%s: nothing is mapped at 0x%08lx", arg, va);
		return false;
	}
	*phys = m.phys + (va - m.start);
	return true;
}

static bool read_physical(const char *arg, paddr_t *phys)
{
	struct handle_place place;
	vaddr_t sum;
	char base[SHELL_WORD_MAX];
	u64 value, offset;

	if (arg[0] == '#') {
		if (!read_place(arg, &place, &offset))
			return false;
		if (place.has_va || !place.page)
			return physical_behind(arg, phys);
		value = pfn_to_phys(page_to_pfn(place.page));
	} else if (!isdigit((unsigned char)arg[0])) {
		return physical_behind(arg, phys);
	} else if (!split(arg, base, &offset) || !shell_number(base, "", 0, (paddr_t)-1, &value)) {
		return false;
	}
	if (!add_offset(arg, value, offset, &sum))
		return false;
	*phys = sum;
	return true;
}

bool shell_physical(const char *arg, const char *what, paddr_t *phys)
{
	const char *before = shell_speak_of(what);
	bool known = read_physical(arg, phys);

	shell_speak_of(before);
	return known;
}

const char *shell_complete_symbol(int argc, char **argv, unsigned int nth)
{
	static char name[KALLSYMS_NAME];
	unsigned long addr;
	char type;

	if (argc == 2 && argv[1][0] == '#')
		return handle_nth_name(nth);
	return argc == 2 && kallsyms_nth(nth, &addr, &type, name) ? name : NULL;
}
