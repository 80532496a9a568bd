/*
 * kallsyms.c - looks addresses and names up in the embedded symbol table
 *
 *	addresses  [ c0010000 | c0010020 | c0010054 | … ]            ascending, one word each
 *	marks      [ 0                   | 401              | … ]    offset of every 16th name
 *	names      T start_kernel \0 t early_map \0 …
 *
 * Invariants
 *   I1  addresses ascend; of equal ones the first is the name to show.
 *   I2  marks[i] is where the entry of symbol i * KALLSYMS_GROUP begins in names.
 *
 * Locking  none: constant data.
 * Read next: tools/kallsyms.py, which writes the table.
 */
#include "kernel/kallsyms.h"

#include <stdio.h>
#include <string.h>

enum { KALLSYMS_GROUP = 16 }; /* GROUP in tools/kallsyms.py */

extern const u32 kallsyms_count;
extern const u32 kallsyms_addresses[];
extern const u32 kallsyms_marks[];
extern const char kallsyms_names[];

/* The entry of symbol i: its type letter, then the name. */
static const char *entry(unsigned int i)
{
	const char *at = kallsyms_names + kallsyms_marks[i / KALLSYMS_GROUP]; /* I2 */

	for (i %= KALLSYMS_GROUP; i; i--)
		at += strlen(at) + 1;
	return at;
}

/* How many symbols lie at or below addr. */
static unsigned int count_up_to(unsigned long addr)
{
	unsigned int low = 0, high = kallsyms_count;

	while (low < high) {
		unsigned int middle = (low + high) / 2;

		if (kallsyms_addresses[middle] <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool kallsyms_lookup(unsigned long addr, const char **name, unsigned long *offset,
		     unsigned long *size)
{
	unsigned int next = count_up_to(addr);
	unsigned int i = next;

	if (next == 0 || next == kallsyms_count)
		return false; /* before the first; or in the last, which ends the image */
	for (i--; i > 0 && kallsyms_addresses[i - 1] == kallsyms_addresses[i]; i--)
		; /* I1 */
	if (name)
		*name = entry(i) + 1;
	if (offset)
		*offset = addr - kallsyms_addresses[i];
	if (size)
		*size = kallsyms_addresses[next] - kallsyms_addresses[i];
	return true;
}

bool kallsyms_find(const char *name, unsigned long *addr)
{
	const char *at = kallsyms_names;

	for (unsigned int i = 0; i < kallsyms_count; i++, at += strlen(at) + 1) {
		if (strcmp(at + 1, name) == 0) {
			*addr = kallsyms_addresses[i];
			return true;
		}
	}
	return false;
}

bool kallsyms_nth(unsigned int nth, unsigned long *addr, char *type, const char **name)
{
	if (nth >= kallsyms_count)
		return false;
	*addr = kallsyms_addresses[nth];
	*type = entry(nth)[0];
	*name = entry(nth) + 1;
	return true;
}

/* back: how far before addr to look, so that the right symbol is found. */
static char *format(unsigned long addr, unsigned long back, char *buf, size_t n)
{
	unsigned long offset, size;
	const char *name;

	if (kallsyms_lookup(addr - back, &name, &offset, &size))
		snprintf(buf, n, "%s+0x%lx/0x%lx", name, offset + back, size);
	else
		snprintf(buf, n, "0x%08lx", addr);
	return buf;
}

char *kallsyms_format(unsigned long addr, char *buf, size_t n)
{
	return format(addr, 0, buf, n);
}

char *kallsyms_format_return(unsigned long addr, char *buf, size_t n)
{
	return format(addr, 1, buf, n);
}

char *kallsyms_format_caller(unsigned long addr, char *buf, size_t n)
{
	unsigned long offset;
	const char *name;

	if (kallsyms_lookup(addr - 1, &name, &offset, NULL))
		snprintf(buf, n, "%s+0x%lx", name, offset + 1);
	else
		snprintf(buf, n, "0x%08lx", addr);
	return buf;
}
