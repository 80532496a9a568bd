/*
 * fault.c - exceptions: a signal is a miss that is filled, an access that was expected to fail, or a fault
 *
 *	SIGSEGV, SIGBUS ──> user_fill() ──> go on
 *	SIGILL, SIGTRAP ─┐       │ no
 *	                 ├───────┴──> in a guarded access or call? ──> it returns false
 *	SIGFPE ──────────┘                     │ no
 *	                                       └──> oops; the prompt, or panic (report.c)
 *
 * Handlers run on a stack of their own, and leave it by a jump: no signal is blocked meanwhile, so
 * that a fault in a report is one more signal.
 *
 * Invariants
 *   X1  guards: of this CPU, innermost first; a fault ends the innermost one.
 *   X2  Whoever leaves a handler by a jump puts masked, in_exception and user_frames back.
 *
 * Locking: per CPU and strictly nested.
 */
#include "arch/user/process.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#include "arch/user/registers.h"
#include "kernel/bug.h"
#include "kernel/shell/shell.h"

/* A call that a fault may end. */
struct guard {
	sigjmp_buf out;
	struct guard *outer;
	vaddr_t only; /* with only_fetch: no other than a fetch from here ends it */
	bool only_fetch;
	bool masked;
	unsigned int in_exception;
	struct pt_regs *frames;
	struct arch_fault fault;
};

_Thread_local struct user_cpu user_cpu;
_Thread_local struct pt_regs *user_frames;
static _Thread_local struct guard *guards; /* X1 */
unsigned int user_nr_cpus = 1;

/* --- what has happened ------------------------------------------------------------------------ */

/* One whose entry forbids it, or whose page is not the window's, and is there, is a matter of rights. */
static const char *abort_cause(const struct pt_regs *regs)
{
	struct arch_mapping m;

	arch_walk(regs->address, &m);
	if (m.present)
		return strcmp(m.level, "section") ? "page permission" : "section permission";
	if (user_is_mapped(regs->address))
		return "page permission";
	return strcmp(m.level, "none") ? "page translation" : "section translation";
}

const char *user_cause(const struct pt_regs *regs)
{
	switch (regs->signal) {
	case SIGILL:
		return "undefined instruction";
	case SIGTRAP:
		return "debug event";
	case SIGFPE:
		return "division";
	case SIGBUS:
		return "alignment";
	default:
		return abort_cause(regs);
	}
}

static const char *exception_name(const struct pt_regs *regs)
{
	if (regs->signal == SIGILL || regs->signal == SIGFPE)
		return "undefined instruction";
	return regs->exec || regs->signal == SIGTRAP ? "prefetch abort" : "data abort";
}

static void read_context(struct pt_regs *regs, int signal, const siginfo_t *info,
			 const ucontext_t *context)
{
	const mcontext_t *m = &context->uc_mcontext;

	*regs = (struct pt_regs){
		.prev = user_frames,
		.pc = context_pc(m),
		.sp = context_sp(m),
		.fp = context_fp(m),
		.masked = user_cpu.masked,
		.signal = signal,
		.fault = signal == SIGSEGV || signal == SIGBUS,
		.address = context_pc(m),
		.machine = m,
	};
	if (regs->fault) {
		regs->address = (vaddr_t)info->si_addr;
		regs->write = context_writes(m);
		regs->exec = regs->address == regs->pc;
	}
	regs->what = exception_name(regs);
}

/* --- guards ----------------------------------------------------------------------------------- */

static void end_guard(struct guard *guard, const struct pt_regs *regs)
{
	guard->fault = (struct arch_fault){
		.address = regs->address,
		.status = (u32)regs->signal,
		.write = regs->write,
		.exec = regs->exec,
		.cause = user_cause(regs),
	};
	user_cpu.masked = guard->masked; /* keeps X2 */
	user_cpu.in_exception = guard->in_exception;
	user_frames = guard->frames;
	guards = guard->outer;
	siglongjmp(guard->out, 1);
}

static void try_guard(const struct pt_regs *regs)
{
	struct guard *guard = guards;

	if (guard && (!guard->only_fetch || (regs->exec && regs->address == guard->only)))
		end_guard(guard, regs);
}

static void enter_guard(struct guard *guard)
{
	guard->outer = guards;
	guard->masked = user_cpu.masked;
	guard->in_exception = user_cpu.in_exception;
	guard->frames = user_frames;
	guards = guard;
	barrier();
}

static bool leave_guard(struct guard *guard)
{
	barrier();
	guards = guard->outer;
	return true;
}

static bool failed(const struct guard *guard, struct arch_fault *fault)
{
	if (fault)
		*fault = guard->fault;
	return false;
}

bool arch_try_read(vaddr_t va, unsigned int size, u32 *value, struct arch_fault *fault)
{
	struct guard guard = { .only_fetch = false };
	u32 got = 0;

	if (sigsetjmp(guard.out, 0))
		return failed(&guard, fault);
	enter_guard(&guard);
	if (size == 1)
		got = *(const volatile u8 *)va;
	else if (size == 2)
		got = *(const volatile u16 *)va;
	else
		got = *(const volatile u32 *)va;
	leave_guard(&guard);
	*value = got;
	return true;
}

bool arch_try_write(vaddr_t va, unsigned int size, u32 value, struct arch_fault *fault)
{
	struct guard guard = { .only_fetch = false };

	if (sigsetjmp(guard.out, 0))
		return failed(&guard, fault);
	enter_guard(&guard);
	if (size == 1)
		*(volatile u8 *)va = (u8)value;
	else if (size == 2)
		*(volatile u16 *)va = (u16)value;
	else
		*(volatile u32 *)va = value;
	return leave_guard(&guard);
}

bool arch_try_call(vaddr_t va, struct arch_fault *fault)
{
	struct guard guard = { .only_fetch = true, .only = va };

	if (sigsetjmp(guard.out, 0))
		return failed(&guard, fault);
	enter_guard(&guard);
	((void (*)(void))va)();
	return leave_guard(&guard);
}

bool arch_protect(void (*fn)(void *arg), void *arg, struct arch_fault *fault)
{
	struct guard guard = { .only_fetch = false };
	const unsigned long state = arch_irq_save();

	if (sigsetjmp(guard.out, 0)) {
		arch_irq_restore(state);
		return failed(&guard, fault);
	}
	enter_guard(&guard);
	fn(arg);
	leave_guard(&guard);
	arch_irq_restore(state);
	return true;
}

/* --- signals ---------------------------------------------------------------------------------- */

static void on_exception(int signal, siginfo_t *info, void *context)
{
	struct pt_regs regs;

	read_context(&regs, signal, info, context);
	if (regs.fault && user_fill(regs.address, regs.write, regs.exec))
		return;
	regs.entry = (unsigned long)__builtin_frame_address(0);
	user_frames = &regs;
	user_cpu.masked = true;
	try_guard(&regs);
	user_cpu.in_exception++;
	if (!user_report(&regs))
		arch_halt(2);
	if (user_at_end)
		user_at_end();
	user_frames = NULL;
	guards = NULL;
	user_cpu.in_exception = 0;
	user_enter_shell();
}

void user_faults_init(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE };
	struct sigaction action = { .sa_sigaction = on_exception,
				    .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };
	static char stack[256 * 1024] __aligned(4096);
	const stack_t own = { .ss_sp = stack, .ss_size = sizeof(stack) };

	ASSERT(sigaltstack(&own, NULL) == 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(signals); i++)
		ASSERT(sigaction(signals[i], &action, NULL) == 0);
}

void user_enter_shell(void)
{
	arch_irq_enable();
	shell_recover();
}
