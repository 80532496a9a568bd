/*
 * help.c - what commands there are, and what each one does
 *
 *	help          all, by group:   name ARGS          summary
 *	help free     one:             usage, summary, details, example
 *	help params   the kernel's command-line parameters
 *
 * Everything shown comes from the commands' own descriptors, so a user's own command appears here
 * without further ado.
 *
 * Locking: none, descriptors are read-only.
 * Read next: shell.h.
 */
#include <string.h>

#include "kernel/console.h"
#include "kernel/param.h"
#include "kernel/shell/run.h"

enum { SUMMARY_COLUMN = 34 };

/* Columns that a UTF-8 string takes: its bytes without the continuation bytes. */
static int columns_of(const char *s)
{
	int columns = 0;

	for (; *s; s++)
		columns += ((u8)*s & 0xc0) != 0x80;
	return columns;
}

static void list_command(const struct shell_cmd *cmd)
{
	int used = 3 + columns_of(cmd->name) + columns_of(cmd->args);

	con_printf("  %s %s", cmd->name, cmd->args);
	con_printf("%*s%s\n", used < SUMMARY_COLUMN ? SUMMARY_COLUMN - used : 2, "", cmd->summary);
}

static void list_commands(void)
{
	const struct shell_cmd *cmd = NULL;
	const char *group = "";

	while ((cmd = shell_cmd_after(cmd))) {
		if (strcmp(group, shell_cmd_group(cmd)) != 0) {
			group = shell_cmd_group(cmd);
			con_printf("%s\n", group);
		}
		list_command(cmd);
	}
	con_puts("`help NAME` tells more of one, `help help` of the prompt; Tab completes.\n");
}

static void describe_command(const struct shell_cmd *cmd)
{
	con_printf("%s %s\n  %s\n", cmd->name, cmd->args, cmd->summary);
	for (const char *line = cmd->details; line && *line;) {
		size_t len = strcspn(line, "\n");

		con_printf("  %.*s\n", (int)len, line);
		line += len + (line[len] == '\n');
	}
	if (cmd->example)
		con_printf("example: %s\n", cmd->example);
}

static const char *complete_help(int argc, char **argv __unused, unsigned int nth)
{
	if (argc != 2)
		return NULL;
	return nth == 0 ? "params" : shell_cmd_name(nth - 1);
}

SHELL_CMD(
	help, "[NAME|params]", "list the commands, or tell more of one", .group = "shell",
	.example = "help repeat", .complete = complete_help,
	.details =
		"`;` stands between commands.  '...' and \"...\" keep blanks and `;` in a word, a\n"
		"backslash keeps the next character.  Numbers are decimal, 0x hex, or with K,\n"
		"M or G behind them.  `help params` lists the kernel's own parameters.\n"
		"Keys: arrows, Home, End, Delete, Backspace; Ctrl-A/E line start/end, Ctrl-B/F\n"
		"left/right, Ctrl-P/N older/newer line, Ctrl-D delete, Ctrl-W delete word,\n"
		"Ctrl-U/K delete to start/end, Ctrl-L clear screen, Ctrl-C give the line up or\n"
		"stop a long command, Alt-B/F word left/right, Tab complete, Tab twice list.")
{
	const struct shell_cmd *cmd;

	if (argc > 2)
		return SHELL_USAGE;
	if (argc == 1) {
		list_commands();
		return SHELL_OK;
	}
	if (strcmp(argv[1], "params") == 0) {
		param_list();
		return SHELL_OK;
	}
	cmd = shell_find(argv[1]);
	if (!cmd)
		return shell_no_such("command", argv[1], shell_cmd_name);
	describe_command(cmd);
	return SHELL_OK;
}
