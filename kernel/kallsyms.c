/*
 * kallsyms.c - looks addresses and names up in the embedded symbol table
 *
 *	starts   [ c0010000 | c0010a54 | … ]      of each group of up to 32 symbols, its first's address
 *	firsts   [ 0        | 32       | … | N ]  the index of its first symbol; at last, the count
 *	marks    [ 0        | 207      | … ]      where that one's name stands in names
 *	offsets  [ 0 | 20 | 54 | … ]              of each symbol, how far behind its group's start it is
 *	names    [ 4 tokens | 6 tokens | … ]      of each symbol: T start_kernel, t early_map, …
 *	tokens   [ 0 'a' | 0 'b' | 1 2 | … ]      each a character, or two tokens that follow each other
 *
 * Invariants
 *   I1  Addresses ascend; of equal ones the first is the name to show.
 *   I2  A token's two parts are smaller than itself, so spelling it ends.
 *
 * Locking  none: constant data.
 * Read next: tools/kallsyms.py, which writes the table.
 */
#include "kernel/kallsyms.h"

#include <stdio.h>
#include <string.h>

extern const u32 kallsyms_count;
extern const u32 kallsyms_groups;
extern const u32 kallsyms_starts[];
extern const u32 kallsyms_firsts[];
extern const u32 kallsyms_marks[];
extern const u16 kallsyms_offsets[];
extern const u8 kallsyms_tokens[][2];
extern const u8 kallsyms_names[];

/* --- names ------------------------------------------------------------------------------------ */

enum { SPELLED_MAX = KALLSYMS_NAME + 1 }; /* a type letter, a name, a zero */
enum { ABSOLUTE = 'A' };		  /* of nm's letters: no object of the image */

/* Appends what the token stands for.  The right parts wait until the left ones are spelled. */
static char *spell(char *at, const char *end, u8 token)
{
	u8 waiting[32];
	unsigned int nr = 0;

	for (;;) {
		while (kallsyms_tokens[token][0] && nr < ARRAY_SIZE(waiting)) { /* I2 */
			waiting[nr++] = kallsyms_tokens[token][1];
			token = kallsyms_tokens[token][0];
		}
		if (at < end)
			*at++ = (char)kallsyms_tokens[token][1];
		if (!nr)
			return at;
		token = waiting[--nr];
	}
}

/* The type letter and the name whose tokens stand there. */
static void spell_entry(const u8 *tokens, char spelled[SPELLED_MAX])
{
	char *at = spelled, *end = spelled + SPELLED_MAX - 1;

	for (unsigned int n = *tokens++; n; n--)
		at = spell(at, end, *tokens++);
	*at = '\0';
}

/* Is that the name whose tokens stand there?  Most differ in their first token: no more are spelled. */
static bool is_called(const u8 *tokens, const char *name)
{
	char spelled[SPELLED_MAX], *at = spelled, *end = spelled + SPELLED_MAX - 1;
	const char *told = spelled + 1; /* behind the type letter */

	for (unsigned int n = *tokens++; n; n--) {
		at = spell(at, end, *tokens++);
		while (told < at)
			if (*told++ != *name++)
				return false;
	}
	return !*name;
}

/* --- groups ----------------------------------------------------------------------------------- */

/* How many of the n ascending values are at or below the value. */
static unsigned int count_up_to(const u32 *values, unsigned int n, unsigned long value)
{
	unsigned int low = 0;

	while (low < n) {
		unsigned int middle = (low + n) / 2;

		if (values[middle] <= value)
			low = middle + 1;
		else
			n = middle;
	}
	return low;
}

static unsigned int group_of(unsigned int i)
{
	return count_up_to(kallsyms_firsts, kallsyms_groups, i) - 1;
}

static unsigned long address_of(unsigned int i)
{
	return kallsyms_starts[group_of(i)] + kallsyms_offsets[i];
}

static const u8 *tokens_of(unsigned int i)
{
	unsigned int group = group_of(i);
	const u8 *tokens = kallsyms_names + kallsyms_marks[group];

	for (i -= kallsyms_firsts[group]; i; i--)
		tokens += 1 + *tokens;
	return tokens;
}

/* How many symbols lie at or below addr. */
static unsigned int symbols_up_to(unsigned long addr)
{
	unsigned int group = count_up_to(kallsyms_starts, kallsyms_groups, addr), i;

	if (!group--)
		return 0;
	for (i = kallsyms_firsts[group]; i < kallsyms_firsts[group + 1]; i++)
		if (kallsyms_starts[group] + kallsyms_offsets[i] > addr)
			break;
	return i;
}

/* --- looking up ------------------------------------------------------------------------------- */

bool kallsyms_lookup(unsigned long addr, char name[KALLSYMS_NAME], unsigned long *offset,
		     unsigned long *size)
{
	unsigned int next = symbols_up_to(addr);
	unsigned int i = next;
	char spelled[SPELLED_MAX];

	if (next == 0 || next == kallsyms_count)
		return false; /* before the first; or in the last, which ends the image */
	for (i--; i > 0 && address_of(i - 1) == address_of(i); i--)
		; /* I1 */
	spell_entry(tokens_of(i), spelled);
	if (spelled[0] == ABSOLUTE)
		return false; /* it names an address; how far it reaches nobody knows */
	if (name)
		strcpy(name, spelled + 1);
	if (offset)
		*offset = addr - address_of(i);
	if (size)
		*size = address_of(next) - address_of(i);
	return true;
}

bool kallsyms_find(const char *name, unsigned long *addr)
{
	const u8 *tokens = kallsyms_names;

	for (unsigned int i = 0; i < kallsyms_count; i++, tokens += 1 + *tokens) {
		if (is_called(tokens, name)) {
			*addr = address_of(i);
			return true;
		}
	}
	return false;
}

bool kallsyms_nth(unsigned int nth, unsigned long *addr, char *type, char name[KALLSYMS_NAME])
{
	char spelled[SPELLED_MAX];

	if (nth >= kallsyms_count)
		return false;
	spell_entry(tokens_of(nth), spelled);
	*addr = address_of(nth);
	*type = spelled[0];
	strcpy(name, spelled + 1);
	return true;
}

/* back: how far before addr to look, so that the right symbol is found. */
static char *format(unsigned long addr, unsigned long back, char *buf, size_t n)
{
	unsigned long offset, size;
	char name[KALLSYMS_NAME];

	if (kallsyms_lookup(addr - back, name, &offset, &size))
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
	char name[KALLSYMS_NAME];

	if (kallsyms_lookup(addr - 1, name, &offset, NULL))
		snprintf(buf, n, "%s+0x%lx", name, offset + 1);
	else
		snprintf(buf, n, "0x%08lx", addr);
	return buf;
}
