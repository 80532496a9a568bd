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
 *
 * Locking  none may be taken: the interrupted code may hold any.
 * Read next: arch/arm/report.c for the caller, panic.c for the end.
 */
#include "kernel/oops.h"

#include "arch/arch.h"
#include "kernel/console.h"
#include "kernel/kallsyms.h"
#include "kernel/printk.h"
#include "kernel/shell/shell.h"

static unsigned long oopses;
static bool printing[NR_CPUS];

unsigned long oops_count(void)
{
	return __atomic_load_n(&oopses, __ATOMIC_RELAXED);
}

static bool print_frame(unsigned long pc, const char *exception, void *arg)
{
	unsigned int *frames = arg;
	char where[KALLSYMS_LINE];

	if (exception && *frames)
		con_printf("  --- %s ---\n", exception);
	if (exception)
		kallsyms_format(pc, where, sizeof(where));
	else
		kallsyms_format_return(pc, where, sizeof(where));
	con_printf("  [<%08lx>] %s\n", pc, where);
	++*frames;
	return true;
}

void backtrace_print(const struct pt_regs *regs)
{
	unsigned int frames = 0;

	con_printf("backtrace:\n");
	arch_unwind(regs, print_frame, &frames);
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

bool oops(const struct oops *oops)
{
	static const struct oops_section backtrace = { "backtrace", backtrace_print };
	bool *busy = &printing[arch_cpu_id()];

	__atomic_fetch_add(&oopses, 1, __ATOMIC_RELAXED);
	pr_emerg("Oops: %s", oops->headline);
	if (*busy)
		panic_after_oops("a fault while an oops was printed"); /* keeps I2 */
	*busy = true;
	con_printf("%s\n", oops->advice);
	for (unsigned int i = 0; i < oops->nr_sections; i++)
		try_section(&oops->sections[i], oops->regs);
	try_section(&backtrace, oops->regs);
	*busy = false;
	if (!oops->unlocked)
		panic_after_oops(
			"the fault came from an interrupt, from boot, or with a lock held");
	if (!shell_may_recover())
		panic_after_oops("the fault came from outside any shell command");
	return true;
}
