/*
 * oops.c - the report of a fault: headline, advice, sections, backtrace; then the prompt or the end
 *
 *	exception ──> port's decoding ──> oops() ─┬─ a shell command, no lock held ──> the prompt
 *	                                          └─ else ─────────────────────────> panic, status 2
 *
 * Invariants
 *   I1  What prints may fault (the registers may point anywhere): each section runs under
 *       arch_protect(), and a fault ends that section alone.
 *   I2  An oops while one is being printed, outside a section, is not printed as a second: the
 *       machinery itself is broken then, and the machine stops with a line.
 *   I3  A command that only looks ends in a line: it met a structure that is broken, and has changed
 *       nothing.
 *
 * Locking  none may be taken: the interrupted code may hold any.
 * Read next: arch/arm/report.c for the caller, panic.c for the end.
 */
#include "kernel/oops.h"

#include "arch/arch.h"
#include "kernel/console.h"
#include "kernel/kallsyms.h"
#include "kernel/look.h"
#include "kernel/printk.h"
#include "kernel/shell/shell.h"

static unsigned long oopses;
static bool printing[NR_CPUS];

unsigned long oops_count(void)
{
	return __atomic_load_n(&oopses, __ATOMIC_RELAXED);
}

/* What has been printed of a backtrace. */
struct trace {
	unsigned long last;    /* the frame printed last */
	unsigned int repeated; /* how often it has been seen again since */
};

static void end_repetition(struct trace *trace)
{
	if (trace->repeated)
		con_printf("  (the same %u times more)\n", trace->repeated);
	trace->repeated = 0;
}

static bool print_frame(unsigned long pc, const char *exception, void *arg)
{
	struct trace *trace = arg;
	char where[KALLSYMS_LINE];

	if (!exception && pc == trace->last) { /* recursion */
		trace->repeated++;
		return true;
	}
	end_repetition(trace);
	trace->last = pc;
	if (exception)
		con_printf("  --- %s ---\n  [<%08lx>] %s\n", exception, pc,
			   kallsyms_format(pc, where, sizeof(where)));
	else
		con_printf("  [<%08lx>] %s\n", pc,
			   kallsyms_format_return(pc, where, sizeof(where)));
	return true;
}

void backtrace_print(const struct pt_regs *regs)
{
	struct trace trace = { 0 };

	con_printf("backtrace:\n");
	arch_unwind(regs, print_frame, &trace);
	end_repetition(&trace);
}

/* arch_protect() takes one argument. */
struct section_call {
	const struct oops_section *section;
	const struct pt_regs *regs;
};

static void print_section(void *arg)
{
	const struct section_call *call = arg;

	call->section->print(call->regs);
}

static void try_section(const struct oops_section *section, const struct pt_regs *regs)
{
	struct section_call call = { section, regs };
	struct arch_fault fault;

	if (!arch_protect(print_section, &call, &fault)) /* keeps I1 */
		con_printf("\n(fault while printing the %s: %s at 0x%08lx)\n", section->name,
			   fault.cause, (unsigned long)fault.address);
}

static bool provoked;

void oops_provoke_nested(void)
{
	provoked = true;
}

static void print_provoked(const struct pt_regs *regs __unused)
{
	volatile const int *nowhere = NULL;

	if (!provoked)
		return;
	provoked = false;
	con_printf("a section that faults: ");
	con_printf("%d\n", *nowhere);
}

/* What is broken was only looked at: an error of the command that shows it; keeps I3. */
static bool ends_a_look(const struct oops *oops)
{
	char where[KALLSYMS_LINE];

	if (!shell_looks() || !(oops->unlocked || look_let_go()))
		return false;
	shell_error("what it shows is broken: %s, met in %s", oops->headline,
		    kallsyms_format(oops->pc, where, sizeof(where)));
	return true;
}

bool oops(const struct oops *oops)
{
	static const struct oops_section backtrace = { "backtrace", backtrace_print };
	static const struct oops_section nested = { "provoked section", print_provoked };
	bool *busy = &printing[arch_cpu_id()];

	if (!*busy && ends_a_look(oops))
		return true;
	__atomic_fetch_add(&oopses, 1, __ATOMIC_RELAXED);
	con_direct();
	pr_emerg("Oops: %s", oops->headline);
	if (*busy)
		panic_after_oops("a fault while an oops was printed"); /* keeps I2 */
	*busy = true;
	con_printf("%s\n", oops->advice);
	for (unsigned int i = 0; i < oops->nr_sections; i++)
		try_section(&oops->sections[i], oops->regs);
	try_section(&nested, oops->regs);
	try_section(&backtrace, oops->regs);
	*busy = false;
	if (!oops->unlocked)
		panic_after_oops(
			"the fault came from an interrupt, from boot, or with a lock held");
	if (!shell_may_recover())
		panic_after_oops("the fault came from outside any shell command");
	return true;
}
