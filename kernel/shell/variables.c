/*
 * variables.c - a few names with their values
 *
 *	$block=#1              sets it         md $block+0x20    uses it: the words are `md`, `#1+0x20`
 *	$size=4K; $size=       sets it, and takes it away again
 *
 * A value is a text: what it means is seen where it is used, as if it had been typed there.
 *
 * Invariants
 *   V1  A variable with a name has a value that is not empty; no two have the same name.
 *
 * Locking: none; the shell's CPU only.
 * Read next: parse.c, read_variable().
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "kernel/console.h"
#include "kernel/shell/shell.h"
#include "kernel/shell/variables.h"

static struct variable {
	char name[VARIABLE_NAME_MAX + 1]; /* "": not in use */
	char value[VARIABLE_VALUE_MAX + 1];
} variables[VARIABLES_MAX];

size_t variable_name(const char *text)
{
	size_t len = 0;

	if (isdigit((unsigned char)*text))
		return 0;
	while ((u8)text[len] < 0x80 && (isalnum((unsigned char)text[len]) || text[len] == '_'))
		len++;
	return len;
}

/* The one of that name; with len 0 one that is not in use. */
static struct variable *find(const char *name, size_t len)
{
	for (unsigned int i = 0; i < VARIABLES_MAX; i++)
		if (strlen(variables[i].name) == len && !memcmp(variables[i].name, name, len))
			return &variables[i];
	return NULL;
}

const char *variable_find(const char *name, size_t len)
{
	const struct variable *variable = len ? find(name, len) : NULL;

	return variable ? variable->value : NULL;
}

bool variable_assigned(const char *word)
{
	size_t len = *word == '$' ? variable_name(word + 1) : 0;

	return len && word[1 + len] == '=';
}

int variable_set(int argc, char **argv)
{
	const char *name = argv[0] + 1, *value = strchr(name, '=') + 1;
	size_t len = (size_t)(value - 1 - name);
	struct variable *variable = find(name, len);

	if (argc > 1)
		return shell_error("the value is one word: put it in quotes");
	if (len > VARIABLE_NAME_MAX)
		return shell_error("a name has at most %d characters", VARIABLE_NAME_MAX);
	if (strlen(value) > VARIABLE_VALUE_MAX)
		return shell_error("a value has at most %d characters", VARIABLE_VALUE_MAX);
	if (!variable && *value)
		variable = find("", 0);
	if (!variable)
		return *value ? shell_error("%d variables are all there may be; `$name=` takes one "
					    "away",
					    VARIABLES_MAX)
			      : shell_error("there is no such variable");
	strcpy(variable->value, value);
	memcpy(variable->name, name, len);
	variable->name[*value ? len : 0] = 0; /* keeps V1 */
	return SHELL_OK;
}

const char *variable_nth(unsigned int nth)
{
	static char word[VARIABLE_NAME_MAX + 2];

	for (unsigned int i = 0; i < VARIABLES_MAX; i++) {
		if (!*variables[i].name || nth--)
			continue;
		snprintf(word, sizeof(word), "$%s", variables[i].name);
		return word;
	}
	return NULL;
}

SHELL_CMD(
	variables, "", "list what `$name=VALUE` has set", .group = "shell",
	.example = "$page=start_kernel; explain $page; variables",
	.details =
		"$name stands for VALUE wherever it is typed outside of quotes, with more behind it\n"
		"if need be: `$a=#1; md $a+0x10`.  `$name=` takes it away.")
{
	bool any = false;

	if (argc > 1)
		return SHELL_USAGE;
	for (unsigned int i = 0; i < VARIABLES_MAX; i++) {
		if (!*variables[i].name)
			continue;
		con_printf("$%s=%s\n", variables[i].name, variables[i].value);
		any = true;
	}
	if (!any)
		con_puts("nothing is set\n");
	return SHELL_OK;
}
