/*
 * exceptions.c - claims about entry and exit of exceptions, and what their status registers say
 */
#include "arch/arch.h"
#include "arch/arm/fault_decode.h"
#include "arch/arm/traps.h"
#include "kernel/selftest/selftest.h"

#include <string.h>

#define UNMAPPED_SP (MODULES_VADDR + 0x1000)

static void read_null(void *unused __unused)
{
	u32 value;

	__asm__ volatile("ldr %0, [%1]" : "=r"(value) : "r"(0) : "memory");
}

static void run_undefined(void *unused __unused)
{
	__asm__ volatile("udf #0");
}

static void run_svc(void *unused __unused)
{
	__asm__ volatile("svc #1" : : : "lr");
}

static void run_breakpoint(void *unused __unused)
{
	arch_breakpoint();
}

SELFTEST(arch, protect_ends, "a protected call is ended by every exception, and its cause is named")
{
	static const struct {
		void (*run)(void *);
		const char *cause;
	} cases[] = {
		{ read_null, "section translation" },
		{ run_undefined, "undefined instruction" },
		{ run_svc, "supervisor call" },
		{ run_breakpoint, "debug event" },
	};
	struct arch_fault fault;

	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		EXPECT(!arch_protect(cases[i].run, NULL, &fault));
		if (strcmp(fault.cause, cases[i].cause) != 0 &&
		    !(i == 0 && strcmp(fault.cause, "page translation") == 0)) {
			selftest_fail(__FILE__, __LINE__, "case %u: cause is %s", i, fault.cause);
			return;
		}
	}
	EXPECT(!traps_current()); /* no frame is left behind */
}

/* A protected call in a protected call: the inner one's fault must end the inner one only. */
static void protect_inside(void *arg)
{
	bool *inner_completed = arg;

	*inner_completed = arch_protect(read_null, NULL, NULL);
}

SELFTEST(arch, protect_nests, "a fault ends the innermost protected call only")
{
	bool inner_completed = true;

	EXPECT(arch_protect(protect_inside, &inner_completed, NULL));
	EXPECT(!inner_completed);
}

/* Runs fn(arg) in abort mode on sp, or on the stack of that mode for 0, as a handler would. */
static __noinline u32 in_abort_mode(u32 (*fn)(u32), u32 arg, u32 sp)
{
	unsigned long state = arch_irq_save();
	register u32 r0 __asm__("r0") = arg;
	register u32 r4 __asm__("r4") = sp;
	register u32 r5 __asm__("r5") = (u32)fn;
	u32 result;

	__asm__ volatile("cps #0x17\n\t"
			 "mov r6, sp\n\t"
			 "cmp r4, #0\n\t"
			 "movne sp, r4\n\t"
			 "blx r5\n\t"
			 "mov sp, r6\n\t"
			 "cps #0x13"
			 : "+r"(r0)
			 : "r"(r4), "r"(r5)
			 : "r1", "r2", "r3", "r6", "ip", "lr", "cc", "memory");
	result = r0; /* before a call, which may use the register */
	arch_irq_restore(state);
	return result;
}

static u32 nested_faults(u32 unused __unused)
{
	struct arch_fault fault;
	u32 value, caught = 0;

	caught += !arch_try_read(0, 4, &value, &fault) && fault.address == 0;
	caught += !arch_protect(read_null, NULL, &fault) && fault.address == 0;
	caught += !arch_protect(run_undefined, NULL, &fault);
	caught += !arch_protect(run_svc, NULL, &fault);
	caught += !arch_protect(run_breakpoint, NULL, &fault);
	return caught;
}

SELFTEST(arch, nested_in_abort_mode,
	 "an exception inside the abort handler's mode is survived there too")
{
	EXPECT_EQ(in_abort_mode(nested_faults, 0, 0), 5);
	EXPECT_EQ(in_abort_mode(nested_faults, 0, 0), 5); /* and the stacks are as before */
	EXPECT(!traps_current());
}

static u32 refused_value;
static struct guarded_fault refused_fault;

/* guarded_read4() uses no stack, so its sp may be anything. */
static __attribute__((naked)) u32 read_without_stack(u32 va __unused)
{
	__asm__ volatile("ldr r1, =refused_value_at\n\t"
			 "ldr r2, [r1, #4]\n\t"
			 "ldr r1, [r1]\n\t"
			 "b guarded_read4\n\t"
			 ".ltorg");
}
void *const refused_value_at[2] __used = { &refused_value, &refused_fault };

SELFTEST(arch, abort_stack_used_up,
	 "an abort whose own stack is full or lost is taken on the emergency stack")
{
	const struct stack_area *stacks = cpu_stacks[arch_cpu_id()];
	u32 sps[] = {
		(u32)stacks[STACK_ABT].low + 8,		     /* no room */
		(u32)stacks[STACK_ABT].low - 64,	     /* in the guard page */
		UNMAPPED_SP, (u32)stacks[STACK_ABT].top - 2, /* no word's address */
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(sps); i++) {
		refused_fault.address = 0;
		EXPECT_EQ(in_abort_mode(read_without_stack, 0x10, sps[i]), 0);
		EXPECT_EQ(refused_fault.address, 0x10);
	}
	EXPECT(!traps_current());
}

SELFTEST(arch, registers_survive, "an exception and its return change no register and no flag")
{
	u32 wrong = 0;

	/* A guarded read is the fault that comes back by itself. */
	for (u32 pattern = 1; pattern < 0x100; pattern <<= 1) {
		register u32 r4 __asm__("r4") = pattern;
		register u32 r5 __asm__("r5") = ~pattern;
		register u32 r6 __asm__("r6") = pattern << 8;
		register u32 r7 __asm__("r7") = pattern << 16;
		u32 value;

		__asm__ volatile("" : "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r7));
		if (arch_try_read(0, 4, &value, NULL))
			wrong++;
		__asm__ volatile("" : "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r7));
		wrong += r4 != pattern || r5 != ~pattern || r6 != pattern << 8 ||
			 r7 != pattern << 16;
	}
	EXPECT_EQ(wrong, 0);
}

SELFTEST(arch, decode_all, "every one of the 32 fault status values has a name")
{
	for (u32 fs = 0; fs < 32; fs++) {
		u32 fsr = (fs & 0xf) | (fs & 0x10) << 6;

		EXPECT_EQ(fsr_fs(fsr), fs);
		EXPECT(fault_decode(fsr)->cause[0]);
	}
	EXPECT(strcmp(fault_decode(0x805)->cause, "section translation") == 0);
	EXPECT(strcmp(fault_decode(0x80f)->cause, "page permission") == 0);
	EXPECT(strcmp(fault_decode(0x406)->cause, "asynchronous external abort") == 0);
}

static bool count_frame(unsigned long pc __unused, const char *exception __unused, void *frames)
{
	++*(unsigned int *)frames;
	return true;
}

SELFTEST(arch, unwind_broken_stack, "a walk survives registers that point nowhere")
{
	struct pt_regs regs = { .vector = VECTOR_DATA, .sp = 0x10, .lr = 0x14, .cpsr = MODE_SVC };
	unsigned int frames = 0;

	regs.pc = (u32)in_abort_mode + 8;
	arch_unwind(&regs, count_frame, &frames);
	EXPECT(frames >= 1 && frames <= 64);
	regs.sp = (u32)&regs;
	regs.lr = regs.pc = 0xfffffffc;
	arch_unwind(&regs, count_frame, &frames);
}
