/*
 * run.c - runs the commands of a line, and brings the shell back when one of them faults
 *
 *	shell_run_line --each command--> shell_run --setjmp--> cmd->run() --> OK, FAIL or USAGE
 *	                                  ^    ^                   |   |
 *	                                  |    +---- repeat, time -+   | fault
 *	                                  |                            v
 *	                                  +--longjmp-- shell_recover() <-- oops
 *
 *	running --> frame of `time` --outer--> frame of `repeat` --outer--> NULL
 *
 * Invariants
 *   S1  `running` is the frame of the innermost command, or NULL at the prompt; each frame lies in
 *       a stack frame that is still alive, so a jump to it is a jump outwards.
 *   S2  After a command, however it ended, `running` is what it was before, interrupts are
 *       enabled if they were, and of kmap_local's slots no more are held.
 *   S3  Each command of a line counts once, as ok or as failed.
 *
 * Locking: one CPU runs the shell, shell_cpu; only it writes, the others only compare shell_cpu.
 * Read next: shell_run(), then shell.c (the prompt).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include "arch/arch.h"
#include "kernel/bug.h"
#include "kernel/console.h"
#include "kernel/param.h"
#include "kernel/shell/handle.h"
#include "kernel/shell/parse.h"
#include "kernel/shell/registry.h"
#include "kernel/shell/run.h"
#include "mm/fixmap/kmap_local.h"

REGISTRY(shell_cmds, const struct shell_cmd);

struct frame {
	const char *name; /* argv[0], for messages */
	struct frame *outer;
	jmp_buf back;
};

static struct frame *running;  /* S1 */
static unsigned int shell_cpu; /* whose stack the frames are on, while there are any */

/* --- messages ----------------------------------------------------------------------------- */

int shell_error(const char *fmt, ...)
{
	va_list ap;

	con_printf("error: %s: ", running ? running->name : "shell");
	va_start(ap, fmt);
	con_vprintf(fmt, ap);
	va_end(ap);
	con_putc('\n');
	return SHELL_FAIL;
}

static int no_such_command(const char *name)
{
	const char *meant = registry_suggest(name, shell_cmd_name);

	con_puts("error: ");
	con_puts(*name ? name : "\"\"");
	con_puts(": no such command");
	if (meant)
		con_printf("; did you mean \"%s\"?", meant);
	con_puts(meant ? "\n" : " (`help` lists them)\n");
	return SHELL_FAIL;
}

int shell_no_such(const char *what, const char *word, const char *(*nth)(unsigned int i))
{
	const char *meant = registry_suggest(word, nth);

	if (meant)
		return shell_error("no such %s \"%s\"; did you mean \"%s\"?", what, word, meant);
	return shell_error("no such %s \"%s\"", what, word);
}

/* --- numbers ------------------------------------------------------------------------------ */

enum number_check shell_check_number(const char *arg, u64 lo, u64 hi, u64 *value)
{
	u64 number;

	if (!parse_number(arg, &number))
		return NUMBER_MALFORMED;
	if (number < lo || number > hi)
		return NUMBER_OUT_OF_RANGE;
	*value = number;
	return NUMBER_OK;
}

bool shell_number(const char *arg, const char *what, u64 lo, u64 hi, u64 *value)
{
	/* people read bounds of counts in decimal and those of addresses in hex */
	const char *fmt = hi <= 1000000000 ? "%s: \"%s\" is not %s from %llu to %llu"
					   : "%s: \"%s\" is not %s from %#llx to %#llx";
	enum number_check check = shell_check_number(arg, lo, hi, value);

	if (check == NUMBER_OK)
		return true;
	con_printf("error: %s: ", running ? running->name : "shell");
	con_printf(fmt, what, arg, check == NUMBER_MALFORMED ? "a number" : "in the range",
		   (unsigned long long)lo, (unsigned long long)hi);
	con_puts(check == NUMBER_MALFORMED ? " (decimal, 0x hex, or with K, M, G)\n" : "\n");
	return false;
}

/* --- finding commands ---------------------------------------------------------------------- */

const struct shell_cmd *shell_find(const char *name)
{
	const struct shell_cmd *const *entry;

	for_each_registered(entry, shell_cmds)
		if (strcmp((*entry)->name, name) == 0)
			return *entry;
	return NULL;
}

const char *shell_cmd_name(unsigned int i)
{
	const struct shell_cmd *const *entry = __start_shell_cmds + i;

	return entry < __stop_shell_cmds ? (*entry)->name : NULL;
}

const char *shell_cmd_group(const struct shell_cmd *cmd)
{
	return cmd->group ? cmd->group : "other";
}

static int by_group(const void *a, const void *b)
{
	int order = strcmp(shell_cmd_group(a), shell_cmd_group(b));

	return order ? order : registry_by_name(a, b);
}

const struct shell_cmd *shell_cmd_after(const struct shell_cmd *prev)
{
	return registry_after(__start_shell_cmds, __stop_shell_cmds, by_group, prev);
}

/* --- running ------------------------------------------------------------------------------ */

bool shell_may_recover(void)
{
	/* another CPU must not look at the frames, they come and go */
	return READ_ONCE(running) && shell_cpu == arch_cpu_id();
}

void shell_recover(void)
{
	longjmp(running->back, 1);
}

static unsigned int depth(void)
{
	unsigned int frames = 0;

	for (const struct frame *frame = running; frame; frame = frame->outer)
		frames++;
	return frames;
}

int shell_run_cmd(const struct shell_cmd *cmd, int argc, char **argv)
{
	struct frame frame = { .name = argv[0], .outer = running };
	bool irqs_were_on = !arch_irqs_disabled();
	unsigned int held = kmap_local_depth();
	int result = SHELL_FAIL;

	if (setjmp(frame.back) == 0) {
		shell_cpu = arch_cpu_id();
		WRITE_ONCE(running, &frame);
		result = cmd->run(argc, argv);
		if (result == SHELL_USAGE)
			shell_error("usage: %s%s%s", cmd->name, *cmd->args ? " " : "", cmd->args);
		if (irqs_were_on && arch_irqs_disabled())
			result = shell_error("it left interrupts disabled");
		if (kmap_local_depth() > held)
			result = shell_error("it left a page mapped by kmap_local");
	} else {
		result = SHELL_FAIL; /* shell_recover() jumped */
		bug_set_hook(NULL);  /* who wanted reports for itself is gone */
	}
	kmap_local_unwind(held);
	WRITE_ONCE(running, frame.outer); /* keeps S1 */
	if (irqs_were_on)
		arch_irq_enable(); /* keeps S2 */
	return result == SHELL_OK ? SHELL_OK : SHELL_FAIL;
}

/* `pages 2` as `alloc pages 2`. */
static int run_short_form(int argc, char **argv)
{
	static char alloc[] = "alloc";
	char *words[SHELL_ARGS_MAX + 2] = { alloc };

	memcpy(words + 1, argv, ((size_t)argc + 1) * sizeof(*argv)); /* the NULL, too */
	return shell_run_cmd(shell_find("alloc"), argc + 1, words);
}

int shell_run(int argc, char **argv)
{
	const struct shell_cmd *cmd = shell_find(argv[0]);
	bool short_form = !cmd && handle_is_kind(argv[0]);

	if (!cmd && !short_form)
		return no_such_command(argv[0]);
	if (depth() >= SHELL_DEPTH_MAX)
		return shell_error("commands may be nested %d deep at most", SHELL_DEPTH_MAX);
	return short_form ? run_short_form(argc, argv) : shell_run_cmd(cmd, argc, argv);
}

static enum parse_status check_line(const char *line, size_t len, struct parsed *parsed)
{
	enum parse_status status = PARSE_OK;
	size_t at = 0;

	do
		status = parse_command(line, len, &at, parsed);
	while (status == PARSE_OK && at < len);
	return status;
}

static void count(int result, unsigned int *ok, unsigned int *failed)
{
	unsigned int *counter = result == SHELL_OK ? ok : failed;

	if (counter)
		(*counter)++; /* keeps S3 */
}

int shell_run_line(const char *line, unsigned int *ok, unsigned int *failed)
{
	size_t len = strlen(line), at = 0;
	struct parsed parsed;
	enum parse_status status = check_line(line, len, &parsed);
	int worst = SHELL_OK;

	if (status != PARSE_OK) { /* parse.c's P2 */
		parse_report(line, status, &parsed);
		count(SHELL_FAIL, NULL, failed);
		return SHELL_FAIL;
	}
	if (!running)
		con_clear_interrupt(); /* but not between the rounds of an outer `repeat` */
	while (at < len) {
		parse_command(line, len, &at, &parsed);
		if (!parsed.argc)
			continue;
		if (con_interrupted()) {
			shell_error("interrupted, the rest of the line was not run");
			count(SHELL_FAIL, ok, failed);
			return SHELL_FAIL;
		}
		int result = shell_run(parsed.argc, parsed.argv);
		count(result, ok, failed);
		worst = result == SHELL_OK ? worst : result;
	}
	return worst;
}

unsigned int shell_run_batch(const char *line)
{
	unsigned int ok = 0, failed = 0;

	shell_run_line(line, &ok, &failed);
	con_printf("run: %u ok, %u failed\n", ok, failed);
	return failed;
}
