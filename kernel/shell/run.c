/*
 * run.c - runs the commands of a line, and brings the shell back when one of them faults
 *
 *	shell_run_line --each command, its filters in place--> shell_run
 *	                                 shell_run --setjmp--> cmd->run() --> OK, FAIL or USAGE
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
 *   S4  A frame is gone back to once: a fault on the way ends the machine.
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
#include "kernel/inject/inject.h"
#include "kernel/param.h"
#include "kernel/shell/filter.h"
#include "kernel/shell/handle.h"
#include "kernel/shell/pager.h"
#include "kernel/shell/parse.h"
#include "kernel/registry.h"
#include "kernel/shell/run.h"
#include "kernel/shell/variables.h"
#include "mm/fixmap/kmap_local.h"

REGISTRY(shell_cmds, const struct shell_cmd);

struct frame {
	const char *name; /* argv[0], for messages */
	struct frame *outer;
	jmp_buf back;
	bool looks; /* as cmd->looks, or shell_only_looks() */
	/* As the command found them; here, because a local variable may be lost in a jump. */
	bool irqs_were_on;
	unsigned int held;
};

static struct frame *running;	 /* S1 */
static bool recovering;		 /* S4: from shell_recover() until `running` has moved outwards */
static const char *speaker;	 /* in whose name errors are; NULL: the running command's */
static const char *spoken_of;	 /* the argument that errors are about; NULL: they say it */
static bool interrupt_told;	 /* somebody has said that Ctrl-C stopped him */
static unsigned int nr_filtered; /* filters behind the running commands */
static unsigned int shell_cpu;	 /* whose stack the frames are on, while there are any */

/* --- messages --------------------------------------------------------------------------------- */

const char *shell_running_name(void)
{
	return running ? running->name : "shell";
}

const char *shell_speak_as(const char *name)
{
	const char *before = speaker;

	speaker = name;
	return before;
}

const char *shell_speak_of(const char *argument)
{
	const char *before = spoken_of;

	spoken_of = argument;
	return before;
}

static const char *speaker_name(void)
{
	return speaker ? speaker : shell_running_name();
}

static void begin_error(void)
{
	con_printf("error: %s: ", speaker_name());
	if (spoken_of)
		con_printf("%s: ", spoken_of);
}

static void print_error(const char *what, const char *fmt, va_list ap)
{
	begin_error();
	con_puts(what);
	con_vprintf(fmt, ap);
	con_putc('\n');
}

int shell_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_error("", fmt, ap);
	va_end(ap);
	return SHELL_FAIL;
}

int shell_interrupted(const char *fmt, ...)
{
	va_list ap;

	interrupt_told = true;
	va_start(ap, fmt);
	print_error("interrupted", fmt, ap);
	va_end(ap);
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

/* --- numbers ---------------------------------------------------------------------------------- */

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
	const char *fmt = hi <= 1000000000 ? "\"%s\" is not %s from %llu to %llu"
					   : "\"%s\" is not %s from %#llx to %#llx";
	enum number_check check = shell_check_number(arg, lo, hi, value);

	if (check == NUMBER_OK)
		return true;
	begin_error();
	if (!spoken_of)
		con_printf("%s: ", what);
	con_printf(fmt, arg, check == NUMBER_MALFORMED ? "a number" : "in the range",
		   (unsigned long long)lo, (unsigned long long)hi);
	con_puts(check == NUMBER_MALFORMED ? " (decimal, 0x hex, or with K, M, G)\n" : "\n");
	return false;
}

/* --- finding commands ------------------------------------------------------------------------- */

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

/* --- running ---------------------------------------------------------------------------------- */

bool shell_may_recover(void)
{
	/* another CPU must not look at the frames, they come and go */
	return READ_ONCE(running) && shell_cpu == arch_cpu_id() && !READ_ONCE(recovering);
}

bool shell_looks(void)
{
	return shell_may_recover() && running->looks;
}

void shell_only_looks(void)
{
	running->looks = true;
}

void shell_recover(void)
{
	recovering = true; /* keeps S4 */
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
	struct frame frame = { .name = argv[0],
			       .outer = running,
			       .looks = cmd->looks,
			       .irqs_were_on = !arch_irqs_disabled(),
			       .held = kmap_local_depth() };
	int result = SHELL_FAIL;

	if (setjmp(frame.back) == 0) {
		shell_cpu = arch_cpu_id();
		WRITE_ONCE(running, &frame);
		result = cmd->run(argc, argv);
		if (result == SHELL_USAGE)
			shell_error("usage: %s%s%s", cmd->name, *cmd->args ? " " : "", cmd->args);
		if (frame.irqs_were_on && arch_irqs_disabled())
			result = shell_error("it left interrupts disabled");
		if (kmap_local_depth() > frame.held)
			result = shell_error("it left a page mapped by kmap_local");
	} else {
		result = SHELL_FAIL; /* shell_recover() jumped */
		bug_set_hook(NULL);  /* who wanted reports for itself is gone */
		spoken_of = speaker = NULL;
	}
	if (con_interrupt_seen() && !interrupt_told && !frame.outer)
		result = shell_interrupted("%s", "");
	kmap_local_unwind(frame.held);
	WRITE_ONCE(running, frame.outer); /* keeps S1 */
	recovering = false;
	if (frame.irqs_were_on)
		arch_irq_enable(); /* keeps S2 */
	return result == SHELL_OK ? SHELL_OK : SHELL_FAIL;
}

/* `pages 2` as `alloc pages 2`, but errors are in the name that was typed. */
static int run_short_form(int argc, char **argv)
{
	static char alloc[] = "alloc";
	char *words[SHELL_ARGS_MAX + 2] = { alloc };
	const char *before = shell_speak_as(argv[0]);
	int result;

	memcpy(words + 1, argv, ((size_t)argc + 1) * sizeof(*argv)); /* the NULL, too */
	result = shell_run_cmd(shell_find("alloc"), argc + 1, words);
	shell_speak_as(before);
	return result;
}

int shell_run(int argc, char **argv)
{
	const struct shell_cmd *cmd = shell_find(argv[0]);
	bool short_form = !cmd && handle_is_kind(argv[0]);
	const char *forbidden;

	if (variable_assigned(argv[0]))
		return variable_set(argc, argv);
	if (!cmd && !short_form)
		return no_such_command(argv[0]);
	if (debug_build && (forbidden = inject_forbids(argv[0])))
		return shell_error("%s: not inside `fail`: %s", argv[0], forbidden);
	if (depth() >= SHELL_DEPTH_MAX)
		return shell_error("commands may be nested %d deep at most", SHELL_DEPTH_MAX);
	return short_form ? run_short_form(argc, argv) : shell_run_cmd(cmd, argc, argv);
}

bool shell_filtered(void)
{
	return nr_filtered;
}

/* --- lines ------------------------------------------------------------------------------------ */

/* Is what stands before and behind each `|` there, and known?  Says what is not. */
static bool check_filter(const struct parsed *parsed)
{
	if ((parsed->filter || parsed->pipe) && !parsed->argc)
		shell_error("nothing stands %s a `|`", parsed->filter ? "behind" : "before");
	else if (parsed->filter && !filter_known(parsed->argv[0]))
		shell_no_such("filter", parsed->argv[0], filter_name);
	else
		return true;
	return false;
}

/* All of it, before any of it is run (parse.c's P2). */
static bool check_line(const char *line, size_t len)
{
	enum parse_status status = PARSE_OK;
	struct parsed parsed = { .pipe = false };
	unsigned int filters = 0;
	size_t at = 0;

	do {
		status = parse_check(line, len, &at, &parsed);
		if (status != PARSE_OK) {
			parse_report(line, status, &parsed);
			return false;
		}
		if (!check_filter(&parsed))
			return false;
		filters = parsed.filter ? filters + 1 : 0;
		if (filters > FILTERS_MAX) {
			shell_error("at most %d filters stand behind a command", FILTERS_MAX);
			return false;
		}
	} while (at < len || parsed.pipe);
	return true;
}

/* A line that is being run: its commands are read one after the other. */
struct line {
	const char *text;
	size_t len, at;
	struct parsed command;
	struct filter *filter[FILTERS_MAX]; /* of the command, in the order of the line */
	unsigned int nr_filters;
};

static int run_command(struct line *line)
{
	int result;

	for (unsigned int i = line->nr_filters; i--;)
		con_push_stage(&line->filter[i]->stage);
	nr_filtered += line->nr_filters;
	result = shell_run(line->command.argc, line->command.argv);
	for (unsigned int i = 0; i < line->nr_filters; i++) {
		filter_finish(line->filter[i]);
		con_pop_stage(&line->filter[i]->stage);
	}
	nr_filtered -= line->nr_filters;
	return result;
}

/* Goes on behind the command, and its filters, that begins there and cannot be read. */
static void __noinline skip_command(struct line *line, size_t begins)
{
	struct parsed parsed = { .pipe = false };

	line->at = begins;
	do
		if (parse_check(line->text, line->len, &line->at, &parsed) != PARSE_OK)
			line->at = line->len;
	while (parsed.pipe && line->at < line->len);
}

/* The next filter of the command, from its words. */
static bool __noinline read_filter(struct line *line, struct filter *filter, bool *more)
{
	struct parsed parsed = { .pipe = true };
	enum parse_status status = parse_command(line->text, line->len, &line->at, &parsed);

	*more = parsed.pipe;
	if (status != PARSE_OK)
		parse_report(line->text, status, &parsed);
	return status == PARSE_OK && filter_init(filter, parsed.argc, parsed.argv);
}

/* One filter a call, each in a stack frame of its own; the last call runs the command. */
static int run_filtered(struct line *line)
{
	size_t begins = line->at;
	struct filter filter;
	bool more;

	if (!read_filter(line, &filter, &more)) {
		skip_command(line, begins);
		return SHELL_FAIL;
	}
	line->filter[line->nr_filters++] = &filter;
	return more ? run_filtered(line) : run_command(line);
}

/* Reads the next command and runs it, if there is one; its result. */
static int run_next(struct line *line, bool *ran)
{
	size_t begins = line->at;
	enum parse_status status;

	line->nr_filters = 0;
	line->command.pipe = false;
	status = parse_command(line->text, line->len, &line->at, &line->command);
	*ran = status != PARSE_OK || line->command.argc;
	if (*ran && con_interrupted()) {
		line->at = line->len;
		return shell_interrupted(", the rest of the line was not run");
	}
	if (status != PARSE_OK) {
		parse_report(line->text, status, &line->command);
		skip_command(line, begins);
		return SHELL_FAIL;
	}
	if (!*ran)
		return SHELL_OK;
	return line->command.pipe ? run_filtered(line) : run_command(line);
}

static void count(int result, unsigned int *ok, unsigned int *failed)
{
	unsigned int *counter = result == SHELL_OK ? ok : failed;

	if (counter)
		(*counter)++; /* keeps S3 */
}

int shell_run_line(const char *text, unsigned int *ok, unsigned int *failed)
{
	struct line line = { .text = text, .len = strlen(text) };
	int worst = SHELL_OK;

	if (!check_line(text, line.len)) {
		count(SHELL_FAIL, NULL, failed);
		return SHELL_FAIL;
	}
	if (!running) { /* but not between the rounds of an outer `repeat` */
		con_clear_interrupt();
		interrupt_told = false;
	}
	while (line.at < line.len) {
		bool ran;
		int result = run_next(&line, &ran);
		if (!running)
			pager_command_done();
		if (ran)
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
