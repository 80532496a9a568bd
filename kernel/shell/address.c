/*
 * address.c - an address as a person types it
 *
 *	0xc0010000     a number
 *	start_kernel   a symbol of this image; start_kernel+0x10
 *
 * Locking: none, the symbol table is constant.
 * Read next: memory_cmds.c, which looks at what is there; kernel/explain.c, which says what it is.
 */
#include <ctype.h>
#include <string.h>

#include "kernel/kallsyms.h"
#include "kernel/param.h"
#include "kernel/shell/address.h"
#include "kernel/shell/shell.h"

/* symbol or symbol+number; the argument is at most a shell line. */
static bool parse_symbol(const char *arg, u64 *value)
{
	char name[SHELL_LINE_MAX];
	const char *plus = strchr(arg, '+');
	size_t length = plus ? (size_t)(plus - arg) : strlen(arg);
	unsigned long base;
	u64 offset = 0;

	if (length == 0 || length >= sizeof(name))
		return false;
	memcpy(name, arg, length);
	name[length] = '\0';
	if (!kallsyms_find(name, &base) || (plus && !parse_number(plus + 1, &offset)))
		return false;
	*value = base + offset;
	return true;
}

bool shell_address(const char *arg, vaddr_t *va)
{
	u64 value;

	if (!isdigit((unsigned char)arg[0]) && parse_symbol(arg, &value)) {
		if (value <= (vaddr_t)-1) {
			*va = value;
			return true;
		}
		shell_error("%s: beyond the address space", arg);
		return false;
	}
	if (!isdigit((unsigned char)arg[0])) {
		shell_error("%s: neither a number nor a symbol of this image (cat /proc/kallsyms)",
			    arg);
		return false;
	}
	if (!shell_number(arg, "ADDR", 0, (vaddr_t)-1, &value))
		return false;
	*va = value;
	return true;
}

const char *shell_complete_symbol(int argc, char **argv __unused, unsigned int nth)
{
	static char name[KALLSYMS_NAME];
	unsigned long addr;
	char type;

	return argc == 2 && kallsyms_nth(nth, &addr, &type, name) ? name : NULL;
}
