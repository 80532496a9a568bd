/*
 * help.c - what commands there are, and what each one does
 *
 *	help          all, by group:   name ARGS          summary
 *	help free     one:             usage, summary, details, example
 *	help alloc pages   a topic of a command's: what the words mean that it takes
 *	help red zone      a term of the glossary
 *	help params        the kernel's command-line parameters
 *	help glossary      the terms
 *
 * What is a command and a term (pcp, balance) is told as both.
 *
 * Everything shown comes from the commands' own descriptors, so a user's own command appears here
 * without further ado.
 *
 * Locking: none, descriptors are read-only.
 * Read next: shell.h, glossary.h.
 */
#include <stdio.h>
#include <string.h>

#include "kernel/console.h"
#include "kernel/param.h"
#include "kernel/shell/glossary.h"
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

	while (!con_interrupted() && (cmd = shell_cmd_after(cmd))) {
		if (strcmp(group, shell_cmd_group(cmd)) != 0) {
			group = shell_cmd_group(cmd);
			con_printf("%s\n", group);
		}
		list_command(cmd);
	}
	con_puts("`help NAME` tells more of one, `help help` of the prompt; Tab completes.\n"
		 "There is a glossary: `help WORD` explains a zone, a slab, ...; `help glossary` "
		 "lists its words.\n");
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

static const char *const lists[] = { "params", "glossary" };

/* The nth word that help knows: a list, a command, a term. */
static const char *word_name(unsigned int nth)
{
	static unsigned int nr_commands;

	while (shell_cmd_name(nr_commands))
		nr_commands++;
	if (nth < ARRAY_SIZE(lists))
		return lists[nth];
	nth -= ARRAY_SIZE(lists);
	return nth < nr_commands ? shell_cmd_name(nth) : term_name(nth - nr_commands);
}

static const char *complete_help(int argc, char **argv, unsigned int nth)
{
	const struct shell_cmd *cmd = argc == 3 ? shell_find(argv[1]) : NULL;

	if (argc == 2)
		return word_name(nth);
	return cmd && cmd->topic_name ? cmd->topic_name(nth) : NULL;
}

/* A command, a term of one word or more, or both. */
static int describe(int argc, char **argv)
{
	const struct shell_cmd *cmd = argc == 2 ? shell_find(argv[1]) : NULL;
	const struct term *term;
	char name[64] = "";
	size_t used = 0;

	for (int i = 1; i < argc && used < sizeof(name); i++)
		used += (size_t)snprintf(name + used, sizeof(name) - used, "%s%s", used ? " " : "",
					 argv[i]);
	term = term_find(name);
	if (!cmd && !term)
		return shell_no_such("command or word", name, word_name);
	if (cmd)
		describe_command(cmd);
	if (term)
		term_explain(term);
	return SHELL_OK;
}

SHELL_CMD(
	help, "[NAME [TOPIC]|WORD|params|glossary]",
	"list the commands, or tell more of one or of a word", .group = "shell",
	.example = "help repeat", .complete = complete_help,
	.details =
		"`;` stands between commands, `#` before a comment.  '...' and \"...\" keep blanks\n"
		"and `;` in a word, a backslash keeps the next character.  Numbers are decimal,\n"
		"0x hex, or with K, M or G behind them.  An address is a number, a symbol or #N,\n"
		"perhaps with +OFFSET.  `$a=#1` makes $a stand for #1 (`variables`).\n"
		"`CMD | grep [-v] [-i] WORD` shows the lines with (-v: without) WORD (-i: of any\n"
		"case), `CMD | head N` the first N; up to four in a row.  `help pager`: long output.\n"
		"`help params` lists the kernel's own parameters.\n"
		"Keys: arrows, Home, End, Delete, Backspace; Ctrl-A/E line start/end, Ctrl-B/F\n"
		"left/right, Ctrl-P/N older/newer line, Ctrl-D delete, Ctrl-W delete word,\n"
		"Ctrl-U/K delete to start/end, Ctrl-L clear screen and ask it for its\n"
		"size, Ctrl-R search the history (again: older; Ctrl-G: give up), Ctrl-C give the\n"
		"line up or stop a long command, Alt-B/F word left/right, Tab complete, Tab twice list.")
{
	const struct shell_cmd *cmd = argc == 3 ? shell_find(argv[1]) : NULL;

	if (argc == 1)
		list_commands();
	else if (cmd && cmd->topic)
		return cmd->topic(argv[2]);
	else if (argc == 2 && !strcmp(argv[1], "params"))
		param_list();
	else if (argc == 2 && !strcmp(argv[1], "glossary"))
		terms_list();
	else
		return describe(argc, argv);
	return SHELL_OK;
}
