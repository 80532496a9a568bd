/*
 * report.c - a fault in words: what it was, what it most likely means, and the state it happened in
 *
 *	struct pt_regs ──> headline   "page permission fault at 0xc0010000 (write)"
 *	               ──> advice     one sentence, from the address, the mapping and the access
 *	               ──> sections   registers, page walk, code, stack
 *	               ──> oops()     (kernel/oops.c)
 *
 * Locking  none.  Memory that the registers point to is read by arch_try_read() only.
 * Read next: fault_decode.c, walk.c, unwind.c for the parts.
 */
#include "arch/advice.h"
#include "arch/arm/traps.h"

#include <stdio.h>

#include "arch/arm/fault_decode.h"
#include "arch/arm/raw_console.h"
#include "kernel/console.h"
#include "kernel/kallsyms.h"
#include "kernel/oops.h"
#include "mm/page/reserved.h"

enum { HEADLINE = 160, ADVICE = 240, STACK_LINES = 8, STACK_WORDS = 8 };

/* The nth report that is begun before the first has ended: what is left to report by. */
enum { REPORT_ORDINARY = 1, REPORT_BY_RAW_CONSOLE, REPORT_A_LINE, REPORT_NOTHING };

static unsigned int reporting[NR_CPUS]; /* reports not yet finished */

static bool is_abort(const struct pt_regs *regs)
{
	return regs->vector == VECTOR_DATA || regs->vector == VECTOR_PREFETCH;
}

static bool is_write(const struct pt_regs *regs)
{
	return regs->vector == VECTOR_DATA && (regs->status & FSR_WRITE);
}

static bool is_breakpoint(const struct pt_regs *regs)
{
	return regs->vector == VECTOR_PREFETCH && fsr_fs(regs->status) == FS_DEBUG;
}

static const char *access_name(const struct pt_regs *regs)
{
	if (regs->vector == VECTOR_PREFETCH)
		return "execute";
	return is_write(regs) ? "write" : "read";
}

static void headline(const struct pt_regs *regs, char *line, size_t n)
{
	const struct fault_status *status = fault_decode(regs->status);

	if (is_breakpoint(regs))
		snprintf(line, n, "breakpoint at 0x%08lx", (unsigned long)regs->pc);
	else if (!is_abort(regs))
		snprintf(line, n, "%s at 0x%08lx", vector_name(regs->vector),
			 (unsigned long)(regs->vector == VECTOR_SVC
						 ? regs->pc - (regs->cpsr & CPSR_T ? 2 : 4)
						 : regs->pc));
	else if (!status->address_valid)
		snprintf(line, n, "%s%s at an unknown address (%s)", status->cause, status->noun,
			 access_name(regs));
	else
		snprintf(line, n, "%s%s at 0x%08lx (%s)", status->cause, status->noun,
			 (unsigned long)regs->address, access_name(regs));
}

/* Is the fault, or the sp, in the page beside a stack? */
static bool stack_advice(const struct pt_regs *regs, char *line, size_t n)
{
	bool above;
	const struct stack_area *stack = stack_guard_at(regs->sp, regs->cpsr & CPSR_MODE, &above);

	if (!stack && regs->vector == VECTOR_DATA)
		stack = stack_guard_at(regs->address, regs->cpsr & CPSR_MODE, &above);
	if (!stack)
		return false;
	snprintf(
		line, n,
		"%s: sp=0x%08lx, the access is in or beside the guard page %s %s (0x%08lx-0x%08lx): %s",
		above ? "kernel stack underflow" : "kernel stack overflow", (unsigned long)regs->sp,
		above ? "above" : "below", stack->name, (unsigned long)stack->low,
		(unsigned long)stack->top,
		above ? "more was popped than pushed" : "recursion, or too large a local array");
	return true;
}

/* Did the access go through an sp that points into no stack of any CPU? */
static bool wild_sp_advice(const struct pt_regs *regs, char *line, size_t n)
{
	if (regs->vector != VECTOR_DATA || regs->address - regs->sp + PAGE_SIZE > 2 * PAGE_SIZE ||
	    stack_holding(regs->sp))
		return false;
	snprintf(line, n, "the stack pointer is wild: sp=0x%08lx lies in no stack, and was used",
		 (unsigned long)regs->sp);
	return true;
}

/* For an address that is mapped: why the access was refused all the same. */
static const char *refusal_advice(const struct pt_regs *regs, const struct arch_mapping *m)
{
	if (regs->vector == VECTOR_PREFETCH && is_freed_initmem(regs->address))
		return "this was boot-time code (__init): it was freed when the boot ended, and may not be called since";
	if (regs->vector == VECTOR_PREFETCH && !m->exec)
		return "this memory is data, mapped execute-never (XN): a wild function pointer, or a return address overwritten";
	if (is_write(regs) && m->exec && !m->write)
		return "the kernel's text is mapped read-only and executable: code cannot be written to";
	if (is_write(regs) && !m->write)
		return "this memory is mapped read-only: a constant, or a string literal, was written to";
	if (!m->read)
		return "the page is mapped, but gives the kernel no access";
	return "the tables allow this access now: they were changed without a TLB flush, or since the fault";
}

static void abort_advice(const struct pt_regs *regs, char *line, size_t n)
{
	struct arch_mapping m;

	if (regs->vector == VECTOR_DATA && fsr_fs(regs->status) == FS_ALIGNMENT) {
		snprintf(
			line, n,
			"the address is not aligned for this instruction: LDRD, STRD, LDM, STM, LDREX and VLDR want a multiple of 4 or more, and device memory wants every access aligned");
	} else if (regs->address < PAGE_SIZE) {
		snprintf(
			line, n,
			"a NULL pointer was %s: page 0 is never mapped, and 0x%lx is the offset from NULL%s",
			regs->vector == VECTOR_PREFETCH ? "called" : "followed",
			(unsigned long)regs->address,
			regs->address ? " (of a structure's field, or an array's element)" : "");
	} else {
		arch_walk(regs->address, &m);
		snprintf(line, n, "%s",
			 m.present ? refusal_advice(regs, &m) : advice_unmapped(regs->address));
	}
}

static void advice(const struct pt_regs *regs, char *line, size_t n)
{
	if (is_abort(regs) && !is_breakpoint(regs)) {
		if (!stack_advice(regs, line, n) && !wild_sp_advice(regs, line, n))
			abort_advice(regs, line, n);
		return;
	}
	if (regs->vector == VECTOR_PREFETCH)
		snprintf(line, n, "a BKPT instruction was executed, and no debugger is attached");
	else if (regs->vector == VECTOR_UNDEFINED)
		snprintf(
			line, n,
			"the processor has no such instruction, or it is switched off (VFP and NEON are): data was executed, or code was overwritten");
	else if (regs->vector == VECTOR_SVC)
		snprintf(line, n,
			 "an SVC instruction was executed, but this kernel offers no system calls");
	else if (regs->vector == VECTOR_FIQ)
		snprintf(line, n, "no device is set up to raise a fast interrupt");
	else
		snprintf(line, n,
			 "this vector is never entered by hardware here: a jump went through it");
}

static const char *mode_name(u32 cpsr)
{
	switch (cpsr & CPSR_MODE) {
	case 0x10:
		return "USR";
	case MODE_FIQ:
		return "FIQ";
	case MODE_IRQ:
		return "IRQ";
	case MODE_SVC:
		return "SVC";
	case MODE_ABT:
		return "ABT";
	case MODE_UND:
		return "UND";
	case 0x1f:
		return "SYS";
	default:
		return "reserved mode";
	}
}

static void print_cpsr(u32 cpsr)
{
	con_printf("cpsr=%08lx: %c%c%c%c%c, %s mode, %s state, masked:%s%s%s%s\n",
		   (unsigned long)cpsr, cpsr >> 31 & 1 ? 'N' : 'n', cpsr >> 30 & 1 ? 'Z' : 'z',
		   cpsr >> 29 & 1 ? 'C' : 'c', cpsr >> 28 & 1 ? 'V' : 'v',
		   cpsr >> 27 & 1 ? 'Q' : 'q', mode_name(cpsr), cpsr & CPSR_T ? "Thumb" : "ARM",
		   cpsr & CPSR_A ? " aborts" : "", cpsr & CPSR_I ? " IRQ" : "",
		   cpsr & CPSR_F ? " FIQ" : "",
		   cpsr & (CPSR_A | CPSR_I | CPSR_F) ? "" : " nothing");
}

static void print_fault_status(const struct pt_regs *regs)
{
	const struct fault_status *status = fault_decode(regs->status);

	if (!is_abort(regs))
		return;
	con_printf("%s=%08lx: FS=%lu%lu%lu%lu%lu %s%s",
		   regs->vector == VECTOR_DATA ? "DFSR" : "IFSR", (unsigned long)regs->status,
		   (unsigned long)fsr_fs(regs->status) >> 4 & 1,
		   (unsigned long)fsr_fs(regs->status) >> 3 & 1,
		   (unsigned long)fsr_fs(regs->status) >> 2 & 1,
		   (unsigned long)fsr_fs(regs->status) >> 1 & 1,
		   (unsigned long)fsr_fs(regs->status) & 1, status->cause, status->noun);
	if (status->domain_valid && regs->vector == VECTOR_DATA)
		con_printf(", domain %u", fsr_domain(regs->status));
	con_printf(", %s%s, %s=%08lx%s\n", access_name(regs),
		   regs->status & FSR_EXTERNAL ? ", external (ExT)" : "",
		   regs->vector == VECTOR_DATA ? "DFAR" : "IFAR", (unsigned long)regs->address,
		   status->address_valid ? "" : " (not valid)");
}

static void print_registers(const struct pt_regs *regs)
{
	const struct stack_area *stack = stack_holding(regs->sp);
	char where[KALLSYMS_LINE];

	print_fault_status(regs);
	con_printf("CPU %u, %s\n", arch_cpu_id(), vector_name(regs->vector));
	con_printf("pc=%08lx %s\n", (unsigned long)regs->pc,
		   kallsyms_format(regs->pc, where, sizeof(where)));
	con_printf("lr=%08lx %s\n", (unsigned long)regs->lr,
		   regs->lr ? kallsyms_format_return(regs->lr & ~1u, where, sizeof(where))
			    : "(overwritten by the exception)");
	con_printf("sp=%08lx %s\n", (unsigned long)regs->sp, stack ? stack->name : "(in no stack)");
	print_cpsr(regs->cpsr);
	for (unsigned int i = 0; i < 13; i++)
		con_printf("%sr%-2u=%08lx%s", i % 4 ? " " : "", i, (unsigned long)regs->r[i],
			   i % 4 == 3 || i == 12 ? "\n" : "");
}

static void print_walk(const struct pt_regs *regs)
{
	if (is_abort(regs) && fault_decode(regs->status)->address_valid)
		arch_walk_print(regs->address, con_printf);
	else
		arch_walk_print(regs->pc, con_printf);
}

/* The words (Thumb: halfwords) around pc, the one at pc in parentheses. */
static void print_code(const struct pt_regs *regs)
{
	unsigned int size = regs->cpsr & CPSR_T ? 2 : 4;
	u32 at = regs->pc - 4 * size, word;

	con_printf("code:");
	for (unsigned int i = 0; i < 8; i++, at += size) {
		const char *form = at == regs->pc ? " (%0*lx)" : " %0*lx";

		if (arch_try_read(at, size, &word, NULL))
			con_printf(form, (int)size * 2, (unsigned long)word);
		else
			con_printf(at == regs->pc ? " (unreadable)" : " -");
	}
	con_printf("\n");
}

static void print_stack_line(u32 at)
{
	u32 word;

	con_printf("  %08lx:", (unsigned long)at);
	for (unsigned int i = 0; i < STACK_WORDS; i++, at += 4) {
		if (arch_try_read(at, 4, &word, NULL))
			con_printf(" %08lx", (unsigned long)word);
		else
			con_printf(" --------");
	}
	con_printf("\n");
}

static void print_stack(const struct pt_regs *regs)
{
	struct arch_fault fault;
	u32 at = regs->sp & ~3u, word;

	con_printf("stack from sp:\n");
	if (!arch_try_read(at, 4, &word, &fault))
		con_printf("  sp itself cannot be read: %s\n", fault.cause);
	for (unsigned int line = 0; line < STACK_LINES; line++, at += 4 * STACK_WORDS)
		print_stack_line(at);
}

/* One line that needs no stack to speak of, then the end: the report itself keeps faulting. */
static void __noreturn give_up(const struct pt_regs *regs, unsigned int nested)
{
	if (nested >= REPORT_NOTHING || !panic_is_first())
		arch_halt(2);
	raw_puts("\npanic: ");
	raw_puts(vector_name(regs->vector));
	raw_puts(" while a nested oops was printed: pc=");
	raw_puthex(regs->pc);
	raw_puts(" address=");
	raw_puthex(regs->address);
	raw_puts("\n");
	arch_halt(2);
}

bool traps_report(const struct pt_regs *regs)
{
	static const struct oops_section sections[] = {
		{ "registers", print_registers },
		{ "page walk", print_walk },
		{ "code", print_code },
		{ "stack", print_stack },
	};
	unsigned int *nested = &reporting[arch_cpu_id()];
	char headline_text[HEADLINE], advice_text[ADVICE];
	struct oops report = {
		.headline = headline_text,
		.advice = advice_text,
		.regs = regs,
		.pc = regs->pc,
		.unlocked = (regs->cpsr & (CPSR_MODE | CPSR_I)) == MODE_SVC,
		.sections = sections,
		.nr_sections = ARRAY_SIZE(sections),
	};
	bool to_shell;

	if (++*nested >= REPORT_A_LINE)
		give_up(regs, *nested);
	if (*nested == REPORT_BY_RAW_CONSOLE)
		con_fall_back(&raw_console);
	headline(regs, headline_text, sizeof(headline_text));
	advice(regs, advice_text, sizeof(advice_text));
	to_shell = oops(&report);
	--*nested;
	return to_shell;
}
