/*
 * report.c - what an oops says of a fault in this process: headline, advice, registers, walk, stack
 *
 * Locking: none: the context of a fault.
 * Read next: kernel/oops.c.
 */
#include "arch/user/process.h"

#include "arch/advice.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "kernel/console.h"
#include "kernel/kallsyms.h"
#include "kernel/oops.h"

enum { HEADLINE = 128, ADVICE = 256, STACK_LINES = 8, STACK_WORDS = 16 / sizeof(long) };

static void headline(const struct pt_regs *regs, char *line, size_t n)
{
	const char *cause = user_cause(regs);

	if (!regs->fault || !regs->located)
		snprintf(line, n, "%s", cause);
	else
		snprintf(line, n, "%s fault at 0x%08lx (%s)", cause, regs->address,
			 regs->exec    ? "execute"
			 : regs->write ? "write"
				       : "read");
}

static bool stack_advice(const struct pt_regs *regs, char *line, size_t n)
{
	const bool below = regs->address < user_cpu.stack_low &&
			   regs->address >= user_cpu.stack_low - PAGE_SIZE;

	if (!below)
		return false;
	snprintf(
		line, n,
		"kernel stack overflow: sp=0x%08lx is in the guard page below the CPU's stack (0x%08lx-0x%08lx): recursion, or too large a local array",
		regs->sp, user_cpu.stack_low, user_cpu.stack_top);
	return true;
}

static const char *refusal_advice(const struct pt_regs *regs)
{
	if (regs->exec)
		return "this memory is data, which is never executed: a wild function pointer, or a return address overwritten";
	if (regs->write && arch_is_rodata((void *)regs->address))
		return "this memory is mapped read-only: a constant, or a string literal, was written to";
	if (regs->write)
		return "this memory is mapped read-only, or is code, which cannot be written to";
	return "the page is there, but gives no access";
}

static void advice(const struct pt_regs *regs, char *line, size_t n)
{
	if (!regs->fault)
		snprintf(line, n, "the processor does not execute this: %s",
			 regs->signal == SIGTRAP ? "a breakpoint, and no debugger is attached"
						 : "data was executed, or code was overwritten");
	else if (!regs->located)
		snprintf(
			line, n,
			"an address that no processor takes (non-canonical): a wild pointer, as the poison in freed memory is one");
	else if (stack_advice(regs, line, n))
		return;
	else if (regs->address < PAGE_SIZE)
		snprintf(
			line, n,
			"a NULL pointer was %s: page 0 is never mapped, and 0x%lx is the offset from NULL",
			regs->exec ? "called" : "followed", regs->address);
	else if (strstr(user_cause(regs), "external"))
		snprintf(
			line, n,
			"the page is mapped, but at that physical address there is neither memory nor a device");
	else if (strstr(user_cause(regs), "permission"))
		snprintf(line, n, "%s", refusal_advice(regs));
	else
		snprintf(line, n, "%s", advice_unmapped(regs->address));
}

static void print_registers(const struct pt_regs *regs)
{
	char where[KALLSYMS_LINE];

	con_printf("CPU %u, %s\n", arch_cpu_id(), regs->what);
	con_printf("pc=%08lx %s\n", regs->pc, kallsyms_format(regs->pc, where, sizeof(where)));
	con_printf("sp=%08lx %s\n", regs->sp,
		   regs->sp >= user_cpu.stack_low && regs->sp <= user_cpu.stack_top
			   ? "cpu_stack"
			   : "(in no stack)");
	con_printf("fp=%08lx, interrupts %s\n", regs->fp, regs->masked ? "masked" : "open");
}

static void print_walk(const struct pt_regs *regs)
{
	arch_walk_print(regs->located ? regs->address : regs->pc, con_printf);
}

static void print_stack_line(unsigned long at)
{
	const int digits = 2 * sizeof(long);
	unsigned long word;

	con_printf("  %08lx:", at);
	for (unsigned int i = 0; i < STACK_WORDS; i++, at += sizeof(long)) {
		if (user_read_word(at, &word))
			con_printf(" %0*lx", digits, word);
		else
			con_printf(" %.*s", digits, "----------------");
	}
	con_printf("\n");
}

static void print_stack(const struct pt_regs *regs)
{
	unsigned long at = ALIGN_DOWN(regs->sp, sizeof(long));

	con_printf("stack from sp:\n");
	for (unsigned int line = 0; line < STACK_LINES; line++, at += STACK_WORDS * sizeof(long))
		print_stack_line(at);
}

bool user_report(const struct pt_regs *regs)
{
	static const struct oops_section sections[] = {
		{ "registers", print_registers },
		{ "page walk", print_walk },
		{ "stack", print_stack },
	};
	char headline_text[HEADLINE], advice_text[ADVICE];
	const struct oops report = {
		.headline = headline_text,
		.advice = advice_text,
		.regs = regs,
		.pc = regs->pc,
		.unlocked = !regs->masked && !regs->prev,
		.sections = sections,
		.nr_sections = ARRAY_SIZE(sections),
	};

	headline(regs, headline_text, sizeof(headline_text));
	advice(regs, advice_text, sizeof(advice_text));
	return oops(&report);
}
