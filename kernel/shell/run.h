/*
 * run.h - the dispatcher, for the shell's own files: finding commands and running words
 */
#ifndef KERNEL_SHELL_RUN_H
#define KERNEL_SHELL_RUN_H

#include "kernel/shell/shell.h"

enum { SHELL_DEPTH_MAX = 8 }; /* commands that run commands: each takes some of the one stack */

/* The command of that name, or NULL. */
const struct shell_cmd *shell_find(const char *name);
/* The command after prev (NULL: the first), by group and name; NULL after the last. */
const struct shell_cmd *shell_cmd_after(const struct shell_cmd *prev);
/* The ith command's name in no certain order; NULL after the last. */
const char *shell_cmd_name(unsigned int i);
/* Its heading in help. */
const char *shell_cmd_group(const struct shell_cmd *cmd);

/*
 * Runs the command argv[0] with its arguments; argv[argc] is NULL.  Returns SHELL_OK or
 * SHELL_FAIL, after the reason has been printed.  A fault in the command comes back as SHELL_FAIL.
 */
int shell_run(int argc, char **argv);
/* The same for a command already found, perhaps one that is not registered (self-tests). */
int shell_run_cmd(const struct shell_cmd *cmd, int argc, char **argv);

/*
 * What the word WHAT "x" could have been: prints `error: COMMAND: no such WHAT "x"; did you mean
 * "y"?` and returns SHELL_FAIL.
 */
int shell_no_such(const char *what, const char *word, const char *(*nth)(unsigned int i));

/*
 * Errors are from now on in that name, until the one that spoke before, which is returned, is given
 * back.
 */
const char *shell_speak_as(const char *name);

/*
 * Errors name that argument first (`error: md: ADDR: …`), until the one before, which is returned, is
 * given back; NULL: none.
 */
const char *shell_speak_of(const char *argument);

/* The innermost command that runs. */
const char *shell_running_name(void);
/* Does what is printed go through a filter? */
bool shell_filtered(void);

/* Why a word is not a number in a range. */
enum number_check { NUMBER_OK, NUMBER_MALFORMED, NUMBER_OUT_OF_RANGE };
enum number_check shell_check_number(const char *arg, u64 lo, u64 hi, u64 *value);

#endif /* KERNEL_SHELL_RUN_H */
