/*
 * glossary.c - finds and prints the terms that families have registered
 *
 * Locking: none, registries are read-only.
 * Read next: help.c; mm/page/page_terms.c for the longest list.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "kernel/console.h"
#include "kernel/shell/glossary.h"
#include "kernel/registry.h"
#include "kernel/shell/shell.h"

REGISTRY(terms, const struct term);

/* A letter of a name: capitals do not matter, nor what stands between words. */
static int plain(char c)
{
	return c == ' ' || c == '_' ? '-' : tolower((unsigned char)c);
}

static bool same_name(const char *a, const char *b)
{
	while (*a && plain(*a) == plain(*b))
		a++, b++;
	return !*a && !*b;
}

const struct term *term_find(const char *name)
{
	const struct term *const *entry;

	for_each_registered(entry, terms)
		if (same_name((*entry)->name, name))
			return *entry;
	return NULL;
}

const char *term_name(unsigned int nth)
{
	static char typed[24];
	const struct term *const *entry = __start_terms + nth;

	if (entry >= __stop_terms)
		return NULL;
	snprintf(typed, sizeof(typed), "%s", (*entry)->name);
	for (char *c = typed; *c; c++)
		*c = *c == ' ' ? '-' : *c;
	return typed;
}

/* How much of the text stands on a line: up to the last blank that fits. */
static size_t line_of(const char *text, size_t width)
{
	size_t len = strnlen(text, width + 1);

	if (len <= width)
		return len;
	while (len > 1 && text[len - 1] != ' ')
		len--;
	return len - 1;
}

void term_explain(const struct term *term)
{
	size_t width = min(shell_columns(), 80u) - 3;

	con_printf("%s\n", term->name);
	for (const char *line = term->text; *line;) {
		size_t len = line_of(line, width);

		con_printf("  %.*s\n", (int)len, line);
		line += len + strspn(line + len, " ");
	}
	con_printf("see: %s\n", term->see);
}

void terms_list(void)
{
	const struct term *term = NULL;
	unsigned int column = 0, width = shell_columns();

	while ((term = registry_after(__start_terms, __stop_terms, registry_by_name, term))) {
		unsigned int len = (unsigned int)strlen(term->name) + 2;

		if (column + len >= width) {
			con_putc('\n');
			column = 0;
		}
		con_printf("%s%s", column ? ", " : "", term->name);
		column += len;
	}
	con_puts("\n`help WORD` explains one, with a command that shows it.\n");
}
