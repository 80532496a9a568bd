/*
 * fuzz.c - `fuzz TARGET …`: the engine (libFuzzer, or AFL++'s driver in its place) on the CPU's own thread
 *
 *	fuzz page -runs=1000000 corpus ──> LLVMFuzzerRunDriver() ──bytes──> one() ──> the target
 *	                                        │                               └──> fuzz_reset()
 *	a finding: fuzz_fail(), a fault, a panic, a report that nobody wanted, a sanitizer's
 *	                                        └──> abort(): the engine writes the input to a file
 *
 * The machine is quiet meanwhile: no tick, and what is printed is kept for a finding.  A command rather than
 * a program of its own, as the targets are those of the machine that has booted.
 *
 * Locking: none: one CPU, no interrupts.
 * Read next: reset.c; the targets beside it.
 */
#include "tests/fuzz/fuzz.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "arch/user/process.h"
#include "kernel/bug.h"
#include "kernel/console.h"
#include "kernel/registry.h"
#include "kernel/shell/shell.h"

/* The engine's; it ends the process. */
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*one)(const u8 *data, size_t size));

REGISTRY(fuzz_targets, const struct fuzz_target);
static const struct fuzz_target *target;
unsigned int fuzz_step;

/* --- what was printed ------------------------------------------------------------------------- */

enum { KEPT = 16384 };
static char kept[KEPT];
static unsigned long printed;

static void keep(char c)
{
	kept[printed++ % KEPT] = c;
}

static int get_nothing(void)
{
	return -1;
}

static void nothing(void)
{
}

static void show_kept(void)
{
	for (unsigned long i = printed > KEPT ? printed - KEPT : 0; i < printed; i++)
		putc(kept[i % KEPT], stderr);
}

/* --- findings --------------------------------------------------------------------------------- */

void fuzz_fail(const char *fmt, ...)
{
	va_list args;

	show_kept();
	fprintf(stderr, "fuzz: %s: step %u: ", target->name, fuzz_step);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	abort();
}

static void at_end(void)
{
	fuzz_fail("the machine has faulted, or ended");
}

static void on_bug(const struct bug_report *report, const char *found)
{
	fuzz_fail("BUG: %s: %s: object=%p expected=%s found=%s", report->family, report->what,
		  report->object, report->expected, found);
}

/* --- inputs ----------------------------------------------------------------------------------- */

static u64 inputs, steps; /* all that were tried */
static bool
	digests; /* FUZZ_DIGEST: what memory is like after each is told, to see that it depends on nothing else */

static void tell(void)
{
	fprintf(stderr, "fuzz: %s: %llu inputs, %llu steps\n", target->name,
		(unsigned long long)inputs, (unsigned long long)steps);
}

static int one(const u8 *data, size_t size)
{
	fuzz_step = 0;
	fuzz_begin_claims();
	bug_set_hook(on_bug);
	target->run(data, size);
	if (digests)
		fprintf(stderr, "fuzz: digest %016llx\n", (unsigned long long)fuzz_digest());
	if (!target->pure)
		fuzz_reset();
	printed = 0;
	inputs++;
	steps += fuzz_step;
	return 0;
}

/* Nothing but the input may decide what happens. */
static void be_quiet(void)
{
	static const struct console_ops quiet = { keep, get_nothing, nothing, nothing };
	const struct itimerval never = { { 0, 0 }, { 0, 0 } };

	setitimer(ITIMER_REAL, &never, NULL);
	signal(SIGALRM, SIG_DFL); /* the engine's, for inputs that hang */
	con_drain();
	console_set(&quiet);
	user_at_end = at_end;
	user_clock_stands = true;
}

/* --- the command ------------------------------------------------------------------------------ */

static const struct fuzz_target *target_after(const struct fuzz_target *before)
{
	return registry_after(__start_fuzz_targets, __stop_fuzz_targets, registry_by_name, before);
}

static const char *nth_target(unsigned int i)
{
	const struct fuzz_target *t = target_after(NULL);

	while (t && i--)
		t = target_after(t);
	return t ? t->name : NULL;
}

static const struct fuzz_target *find(const char *name)
{
	const struct fuzz_target *t = target_after(NULL);

	while (t && strcmp(t->name, name))
		t = target_after(t);
	return t;
}

static int list(void)
{
	for (const struct fuzz_target *t = target_after(NULL); t; t = target_after(t))
		con_printf("target %-12s %s\n", t->name, t->what);
	return SHELL_OK;
}

/*
 * Faults are the port's, which fills misses; nobody watches how much memory the process has; statistics of
 * rare branches would cost more than an input.  A sequence of operations is as long at first as at last; a text
 * grows.
 */
static const char *const options[] = { "-handle_segv=0", "-handle_bus=0",   "-handle_ill=0",
				       "-handle_fpe=0",	 "-rss_limit_mb=0", "-entropic=0" };
static const char *const of_sequences[] = { "-max_len=200", "-len_control=0" };
static const char *const of_texts[] = { "-max_len=4096", "-len_control=100" };

static int start(int nr_words, char **words)
{
	static char *arguments[SHELL_ARGS_MAX + 16];
	char **argv = arguments;
	int argc = 0;

	arguments[argc++] = "fuzz";
	for (unsigned int i = 0; i < ARRAY_SIZE(options); i++)
		arguments[argc++] = (char *)options[i];
	for (unsigned int i = 0; i < ARRAY_SIZE(of_texts); i++)
		arguments[argc++] = (char *)(target->pure ? of_texts : of_sequences)[i];
	for (int i = 2; i < nr_words; i++)
		arguments[argc++] = strdup(words[i]);
	digests = getenv("FUZZ_DIGEST");
	be_quiet();
	atexit(tell);
	fuzz_note_whole();
	fuzz_snapshot();
	exit(LLVMFuzzerRunDriver(&argc, &argv, one));
}

static const char *complete_target(int argc __unused, char **argv __unused, unsigned int nth)
{
	return nth_target(nth);
}

SHELL_CMD(fuzz, "[TARGET [-OPTION=VALUE... FILE...]]", "feed a target with inputs",
	  .group = "debug", .example = "fuzz", .complete = complete_target,
	  .details =
		  "Without TARGET, lists them.  Options and files are libFuzzer's: -runs=N,\n"
		  "-max_total_time=SECONDS, folders of inputs, or single files to be tried once.")
{
	if (argc == 1)
		return list();
	target = find(argv[1]);
	if (!target)
		return shell_error("%s: no such target: did you mean %s?", argv[1],
				   registry_suggest(argv[1], nth_target)
					   ?: "one of those that `fuzz` lists");
	return start(argc, argv);
}
