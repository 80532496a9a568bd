/*
 * fault.c - exceptions: a signal is a miss that is filled, an access that was expected to fail, or a fault
 *
 *	SIGSEGV, where? ──────────> user_fill() ──> go on
 *	     │ nowhere: no address ──┐   │ no
 *	SIGBUS: no memory there ─────┼───┴──> in a guarded access or call? ──> it returns false
 *	SIGILL, SIGTRAP, SIGFPE ─────┘                     │ no
 *	                                                   └──> oops; the prompt, or panic (report.c)
 *
 * Handlers run on a stack of their own, and leave it by a jump: no signal is blocked meanwhile, so
 * that a fault in a report is one more signal.
 *
 * Invariants
 *   X1  user_guards: of this CPU, innermost first; a fault ends the innermost one.
 *   X2  Whoever leaves a handler by a jump puts masked, in_exception and user_frames back.
 *   X3  An interrupt's handler has no guards but its own (irq.c).
 *
 * Locking: per CPU and strictly nested.
 */
#include "arch/user/process.h"

#include <errno.h>
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
	vaddr_t at;	 /* of what is accessed, or 0: many things are */
	bool only_fetch; /* no other than a fetch from there ends it */
	bool masked;
	unsigned int in_exception;
	struct pt_regs *frames;
	struct arch_fault fault;
};

_Thread_local struct user_cpu user_cpu;
_Thread_local struct pt_regs *user_frames;
_Thread_local struct guard *user_guards; /* X1 */
unsigned int user_nr_cpus = 1;

/* --- what has happened ------------------------------------------------------------------------ */

/* One whose entry forbids it, or whose page is not the window's, and is there, is a matter of rights. */
static const char *abort_cause(const struct pt_regs *regs)
{
	struct arch_mapping m;

	if (!regs->located)
		return "general protection";
	arch_walk(regs->address, &m);
	if (regs->refused || (m.present && !user_is_memory(m.phys)))
		return "external abort";
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
	default:
		return regs->unaligned ? "alignment" : abort_cause(regs);
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
		regs->located = context_has_address(m);
		regs->address = (vaddr_t)info->si_addr;
		regs->write = context_writes(m);
		regs->exec = context_fetches(m);
		regs->unaligned = signal == SIGBUS && info->si_code == BUS_ADRALN;
		regs->refused = signal == SIGBUS && info->si_code == BUS_ADRERR;
	}
	regs->what = exception_name(regs);
}

/* --- guards ----------------------------------------------------------------------------------- */

static void end_guard(struct guard *guard, const struct pt_regs *regs)
{
	guard->fault = (struct arch_fault){
		.address = regs->fault && !regs->located ? guard->at : regs->address,
		.status = (u32)regs->signal,
		.write = regs->write,
		.exec = regs->exec,
		.cause = user_cause(regs),
	};
	user_cpu.masked = guard->masked; /* keeps X2 */
	user_cpu.in_exception = guard->in_exception;
	user_frames = guard->frames;
	user_guards = guard->outer;
	siglongjmp(guard->out, 1);
}

static void try_guard(const struct pt_regs *regs)
{
	struct guard *guard = user_guards;

	if (guard && (!guard->only_fetch || (regs->exec && regs->address == guard->at)))
		end_guard(guard, regs);
}

static void enter_guard(struct guard *guard)
{
	guard->outer = user_guards;
	guard->masked = user_cpu.masked;
	guard->in_exception = user_cpu.in_exception;
	guard->frames = user_frames;
	user_guards = guard;
	barrier();
}

static bool leave_guard(struct guard *guard)
{
	barrier();
	user_guards = guard->outer;
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
	struct guard guard = { .at = va };
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
	struct guard guard = { .at = va };

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
	struct guard guard = { .only_fetch = true, .at = va };

	if (sigsetjmp(guard.out, 0))
		return failed(&guard, fault);
	enter_guard(&guard);
	((void (*)(void))va)();
	return leave_guard(&guard);
}

bool arch_protect(void (*fn)(void *arg), void *arg, struct arch_fault *fault)
{
	struct guard guard = { .at = 0 };
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

static bool is_miss(const struct pt_regs *regs)
{
	return regs->signal == SIGSEGV && regs->located;
}

/* Whoever has missed a page may be about to look at errno. */
static bool fill(const struct pt_regs *regs)
{
	const int saved = errno;
	const bool filled = user_fill(regs->address, regs->write, regs->exec);

	errno = saved;
	return filled;
}

static void on_exception(int signal, siginfo_t *info, void *context)
{
	struct pt_regs regs;

	read_context(&regs, signal, info, context);
	if (is_miss(&regs) && fill(&regs))
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
	user_guards = NULL;
	user_cpu.in_exception = 0;
	user_enter_shell();
}

void user_faults_init(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE };
	struct sigaction action = { .sa_sigaction = on_exception,
				    .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };

	for (unsigned int i = 0; i < ARRAY_SIZE(signals); i++)
		ASSERT(sigaction(signals[i], &action, NULL) == 0);
}

void user_faults_init_cpu(void *stack, size_t size)
{
	const stack_t own = { .ss_sp = stack, .ss_size = size };

	ASSERT(sigaltstack(&own, NULL) == 0);
}

void user_enter_shell(void)
{
	arch_irq_enable();
	shell_recover();
}
