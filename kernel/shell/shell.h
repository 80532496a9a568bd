/*
 * shell.h - commands at the prompt: how one is registered, and what it may ask of the shell
 *
 *	SHELL_CMD(buddyinfo, "[zone]", "free blocks of each order, per zone",
 *		  .group = "page", .example = "buddyinfo Normal")
 *	{
 *		if (argc > 2)
 *			return SHELL_USAGE;
 *		...
 *		return SHELL_OK;
 *	}
 *
 * The body sees `int argc, char **argv`; argv[0] is the command's name, argv[argc] is NULL.  The
 * words are the shell's and stay as they are (`repeat` passes them again).  A command prints with
 * con_printf().  It fails by `return shell_error("reason %d", n)`, which prints
 * `error: NAME: reason`; by SHELL_USAGE, which prints its usage line; or by a fault, which prints
 * an oops and comes back to the prompt.
 */
#ifndef KERNEL_SHELL_H
#define KERNEL_SHELL_H

#include "lib/compiler.h"

enum { SHELL_OK, SHELL_FAIL, SHELL_USAGE };
enum { SHELL_LINE_MAX = 1024, SHELL_ARGS_MAX = 64 };

struct shell_cmd {
	const char *name;
	const char *args;    /* "ORDER [zone]", "" for none */
	const char *summary; /* half a line, no full stop */
	int (*run)(int argc, char **argv);

	/* the optional ones */
	const char *group;   /* heading in help: "page", "shell", "debug"; "other" when NULL */
	const char *example; /* a line that may be typed as it stands */
	const char *details; /* further lines for `help NAME` */
	/*
	 * Completion: the nth (from 0) candidate word for argument argv[argc - 1], which is the
	 * unfinished one; NULL after the last.  The shell drops those that do not begin with it,
	 * sorts the rest, and is done with one when it asks for the next.  Without this function
	 * it offers the lower-case words of args.
	 */
	const char *(*complete)(int argc, char **argv, unsigned int nth);
	/* `help NAME TOPIC`: tells of one of its topics, whose names topic_name() gives (NULL: no more). */
	int (*topic)(const char *topic);
	const char *(*topic_name)(unsigned int nth);
	/* It changes nothing, so a fault in it is an error of one line: it met a structure that is broken. */
	bool looks;
};

#define SHELL_CMD(name_, args_, summary_, ...)                                             \
	static int shell_cmd_##name_(int argc, char **argv);                               \
	static const struct shell_cmd shell_cmd_desc_##name_ = { .name = #name_,           \
								 .args = args_,            \
								 .summary = summary_,      \
								 .run = shell_cmd_##name_, \
								 __VA_ARGS__ };            \
	REGISTER(shell_cmds, const struct shell_cmd, shell_cmd_desc_##name_);              \
	static int shell_cmd_##name_(int argc __unused, char **argv __unused)

/* Prints `error: COMMAND: reason` for the command that runs now; returns SHELL_FAIL. */
int shell_error(const char *fmt, ...) __printf(1, 2);
/*
 * Prints `error: COMMAND: interrupted…` with what is to be said behind that word; returns SHELL_FAIL.
 * A command that only stops need not: the shell says it then.
 */
int shell_interrupted(const char *fmt, ...) __printf(1, 2);

/*
 * For the loops of long commands: shows how far it has come (total 0: nobody knows), when somebody is
 * at a terminal, and returns false once Ctrl-C was typed.  Cheap: most calls only count.
 */
bool shell_progress(u64 done, u64 total);
/* The same for loops of few and long steps: each call looks. */
bool shell_step(u64 done, u64 total);

/*
 * Reads argument `arg` as a number from lo to hi into *value.  When it is not one, prints
 * `error: COMMAND: WHAT: …` with the range, and returns false.
 */
bool shell_number(const char *arg, const char *what, u64 lo, u64 hi, u64 *value);

/*
 * Runs the commands of one line (`;` separates them, `|` filters) as if they had been typed.  Returns
 * SHELL_OK when all succeeded; a failure does not keep the next one from running.  ok and failed
 * are counted up, one per command, and may be NULL.  Of a line that cannot be parsed or has
 * SHELL_LINE_MAX characters or more nothing is run, and that is one failure.
 */
int shell_run_line(const char *line, unsigned int *ok, unsigned int *failed);

/*
 * The same, then prints `run: N ok, N failed` as the last line.  Returns the number that failed:
 * what `run=` and `make run` make the exit status of.
 */
unsigned int shell_run_batch(const char *line);

/* The terminal's width, as columns= or the terminal says it. */
unsigned int shell_columns(void);
/*
 * How wide a table's row may be, in columns: the terminal's width where somebody sits at it, and as
 * wide as it likes for a program, which wants every column.
 */
unsigned int shell_table_columns(void);
/*
 * Does what is printed go to somebody at the prompt, on a terminal that knows colours?  Not while run=
 * is carried out, nor into a filter.
 */
bool shell_interactive(void);

/* Reads and runs lines for ever. */
void shell_loop(void) __noreturn;

/*
 * A fault taken while a shell command runs ends that command.  shell_may_recover() says whether
 * one is running on this CPU; shell_recover() does not return: it fails the command and goes on
 * with the next line.  Called by the oops code, in SVC mode on the shell's stack.
 */
bool shell_may_recover(void);
/* Does one run that only looks?  By its .looks, or because it has said so, for what it does from there on. */
bool shell_looks(void);
void shell_only_looks(void);
void shell_recover(void) __noreturn;

#endif /* KERNEL_SHELL_H */
