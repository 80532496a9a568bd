/*
 * terminal.c - echo and clear: commands that only write to the terminal
 *
 * Locking: none.
 * Read next: kernel/console.h.
 */
#include "kernel/console.h"
#include "kernel/shell/shell.h"

SHELL_CMD(echo, "[WORD...]", "print the words, a blank between them", .group = "shell",
	  .example = "echo \"two  blanks\" 'a;b'",
	  .details = "Quotes and backslashes are the shell's: echo shows what is left of them.")
{
	for (int i = 1; i < argc; i++) {
		con_puts(i > 1 ? " " : "");
		con_puts(argv[i]); /* a word may be longer than what con_printf() takes */
	}
	con_putc('\n');
	return SHELL_OK;
}

SHELL_CMD(clear, "", "clear the screen", .group = "shell", .example = "clear",
	  .details = "Ctrl-L does the same and keeps the line being typed.")
{
	if (argc > 1)
		return SHELL_USAGE;
	con_puts("\033[H\033[2J");
	return SHELL_OK;
}
