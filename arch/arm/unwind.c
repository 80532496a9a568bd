/*
 * unwind.c - who called whom, from the tables that the compiler writes for unwinding (.ARM.exidx)
 *
 *	.ARM.exidx, sorted by function        each entry, two words:
 *	  [ function (prel31) | 1           ]   cannot be unwound
 *	  [ function (prel31) | 80 b1 b2 b3 ]   the instructions themselves
 *	  [ function (prel31) | prel31 ─────]─> .ARM.extab: 80 b1 b2 b3, or 81 n b1 b2, n more words
 *
 * The instructions undo a function's prologue on a set of registers: pop these, add that to sp.
 * libgcc has an interpreter too, but it begins with the caller of the frame it is given (it copies lr
 * over pc), so it cannot describe an interrupted leaf function; and it reads the stack unguarded.
 *
 *	segment: handler frames ... exception_dispatch | (entry code: cannot be unwound)
 *	segment: the interrupted function (from pt_regs) ... | the frame before that ...
 *
 * Invariants
 *   I1  At most FRAMES_MAX addresses are visited, however the stack looks.
 *   I2  The stack is read by arch_try_read() only.
 *   I3  Within a segment sp never decreases, and pc and sp do not both stay.
 *   I4  A return address is believed only when a call instruction stands before it.  The tables
 *       describe a function between prologue and epilogue; an exception may come at any instruction.
 *
 * Locking  none.
 * Read next: traps.c for the chain of frames.
 * Exception handling ABI for the ARM architecture (IHI 0038B), sections 5, 6 and 9.3.
 */
#include "arch/arm/traps.h"

#include "kernel/bug.h"
#include "kernel/kallsyms.h"

enum { FRAMES_MAX = 64, GUESS_BYTES = 64, CANNOT_UNWIND = 1 };
enum { SP = 13, LR = 14, PC = 15 };

struct unwind_entry {
	u32 function;
	u32 instructions;
};
extern const struct unwind_entry __exidx_start[], __exidx_end[];

/* A register set on its way up, and where its instructions are read from. */
struct unwinder {
	u32 r[16];
	const u32 *word;    /* being read */
	unsigned int byte;  /* next of it: 3 (highest) to 0 */
	unsigned int words; /* left behind that one */
	bool pc_set;
};

struct walk {
	bool (*visit)(unsigned long pc, const char *exception, void *arg);
	void *arg;
	unsigned int left;
};

/*
 * The personality routines that entries name so that a linker brings in an unwinder (section 6.3).
 * This file is the unwinder, and calls none: without these, libgcc's would be in the image, too.
 */
void __aeabi_unwind_cpp_pr0(void) __attribute__((alias("personality")));
void __aeabi_unwind_cpp_pr1(void) __attribute__((alias("personality")));
void __aeabi_unwind_cpp_pr2(void) __attribute__((alias("personality")));

static void __used personality(void)
{
	panic("an exception handling routine was called");
}

/* An address that is stored relative to its place, in 31 bits. */
static u32 prel31(const u32 *at)
{
	return (u32)at + (u32)((s32)(*at << 1) >> 1);
}

/* The entry of the function that holds pc, or NULL. */
static const struct unwind_entry *find_entry(u32 pc)
{
	const struct unwind_entry *low = __exidx_start, *high = __exidx_end;

	while (low < high) {
		const struct unwind_entry *middle = low + (high - low) / 2;

		if (prel31(&middle->function) <= pc)
			low = middle + 1;
		else
			high = middle;
	}
	return low == __exidx_start ? NULL : low - 1;
}

/* Points the reader at the entry's instructions; false when there are none to follow. */
static bool open_instructions(struct unwinder *u, const struct unwind_entry *entry)
{
	u32 first;

	if (entry->instructions == CANNOT_UNWIND)
		return false;
	u->word = &entry->instructions;
	if (!(*u->word & 0x80000000))
		u->word = (const u32 *)prel31(u->word);
	first = *u->word;
	if ((first & 0xf0000000) != 0x80000000)
		return false; /* another language's own unwinder */
	if ((first >> 24 & 0xf) == 0) {
		u->byte = 2;
		u->words = 0;
	} else {
		u->byte = 1;
		u->words = first >> 16 & 0xff;
	}
	u->pc_set = false;
	return true;
}

static u32 next_byte(struct unwinder *u)
{
	u32 byte;

	if (u->byte == ~0u) {
		if (!u->words)
			return 0xb0; /* finish, as after the last */
		u->words--;
		u->word++;
		u->byte = 3;
	}
	byte = *u->word >> (8 * u->byte) & 0xff;
	u->byte--;
	return byte;
}

/* Pops the registers of the mask, bit n for register n. */
static bool pop(struct unwinder *u, u32 mask)
{
	u32 at = u->r[SP];

	for (unsigned int i = 0; i < 16; i++) {
		if (!(mask & 1u << i))
			continue;
		if (!arch_try_read(at, 4, &u->r[i], NULL))
			return false; /* keeps I2 */
		at += 4;
	}
	if (!(mask & 1u << SP))
		u->r[SP] = at;
	if (mask & 1u << PC)
		u->pc_set = true;
	return true;
}

static u32 next_uleb128(struct unwinder *u)
{
	u32 value = 0, byte;
	unsigned int shift = 0;

	do {
		byte = next_byte(u);
		if (shift < 32)
			value |= (byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80 && shift < 70);
	return value;
}

/* The instructions of the form 1011xxxx and above: the rarer ones. */
static bool execute_rare(struct unwinder *u, u32 op)
{
	u32 operand;

	if (op == 0xb1) {
		operand = next_byte(u);
		return operand && operand < 0x10 && pop(u, operand);
	}
	if (op == 0xb2) {
		u->r[SP] += 0x204 + (next_uleb128(u) << 2);
		return true;
	}
	if (op == 0xb3) { /* VFP registers by FSTMX: skipped, the kernel has none */
		u->r[SP] += ((next_byte(u) & 0xf) + 1) * 8 + 4;
		return true;
	}
	if ((op & 0xf8) == 0xb8) {
		u->r[SP] += ((op & 7) + 1) * 8 + 4;
		return true;
	}
	if (op == 0xc8 || op == 0xc9) {
		u->r[SP] += ((next_byte(u) & 0xf) + 1) * 8;
		return true;
	}
	if ((op & 0xf8) == 0xd0) {
		u->r[SP] += ((op & 7) + 1) * 8;
		return true;
	}
	return false; /* reserved, or of a coprocessor that this CPU has not */
}

static bool execute(struct unwinder *u, u32 op)
{
	u32 mask;

	if ((op & 0xc0) == 0x00) {
		u->r[SP] += ((op & 0x3f) << 2) + 4;
		return true;
	}
	if ((op & 0xc0) == 0x40) {
		u->r[SP] -= ((op & 0x3f) << 2) + 4;
		return true;
	}
	if ((op & 0xf0) == 0x80) {
		mask = (op & 0xf) << 12 | next_byte(u) << 4;
		return mask && pop(u, mask); /* an empty mask means: refuse */
	}
	if ((op & 0xf0) == 0x90) {
		if ((op & 0xf) == SP || (op & 0xf) == PC)
			return false;
		u->r[SP] = u->r[op & 0xf];
		return true;
	}
	if ((op & 0xf0) == 0xa0) {
		mask = ((1u << ((op & 7) + 1)) - 1) << 4;
		return pop(u, mask | (op & 8 ? 1u << LR : 0));
	}
	return execute_rare(u, op);
}

/* Replaces the registers of a function that was left at `inside` by those of its caller. */
static bool step(struct unwinder *u, u32 inside)
{
	const struct unwind_entry *entry = find_entry(inside);
	u32 op, sp = u->r[SP], pc = u->r[PC];

	if (!entry || !kallsyms_lookup(inside, NULL, NULL, NULL) || !open_instructions(u, entry))
		return false;
	while ((op = next_byte(u)) != 0xb0)
		if (!execute(u, op))
			return false;
	if (!u->pc_set)
		u->r[PC] = u->r[LR];
	return u->r[SP] > sp || (u->r[SP] == sp && u->r[PC] != pc); /* keeps I3 */
}

/* Tells the visitor; false when the walk is over. */
static bool visit(struct walk *walk, u32 pc, const char *exception)
{
	if (!walk->left)
		return false; /* keeps I1 */
	walk->left--;
	return walk->visit(pc & ~1u, exception, walk->arg);
}

/* BL, BLX: immediate or register. */
static bool is_arm_call(u32 word)
{
	return (word & 0x0f000000) == 0x0b000000 || (word & 0xfe000000) == 0xfa000000 ||
	       (word & 0x0ffffff0) == 0x012fff30;
}

static bool is_thumb_call(u32 first, u32 second)
{
	return ((first & 0xf800) == 0xf000 && (second & 0xc000) == 0xc000) ||
	       (second & 0xff87) == 0x4780;
}

/* Does a call stand before this return address (bit 0: Thumb)?  What I4 asks. */
static bool follows_call(u32 address)
{
	u32 first, second;

	if (!kallsyms_lookup(address, NULL, NULL, NULL))
		return false;
	if (!(address & 1))
		return !(address & 2) && arch_try_read(address - 4, 4, &first, NULL) &&
		       is_arm_call(first);
	return arch_try_read(address - 5, 2, &first, NULL) &&
	       arch_try_read(address - 3, 2, &second, NULL) && is_thumb_call(first, second);
}

/* Visits the callers, as long as there are tables for them; false when the visitor has enough. */
static bool visit_callers(struct walk *walk, struct unwinder *u)
{
	while (follows_call(u->r[PC])) { /* keeps I4 */
		if (!visit(walk, u->r[PC], NULL))
			return false;
		/* pc is a return address: the call stands before it, maybe as a function's last. */
		if (!step(u, (u->r[PC] & ~1u) - 2))
			break;
	}
	return true;
}

static void load_registers(struct unwinder *u, const struct pt_regs *regs)
{
	for (unsigned int i = 0; i < 13; i++)
		u->r[i] = regs->r[i];
	u->r[SP] = regs->sp;
	u->r[LR] = regs->lr;
	u->r[PC] = regs->pc;
}

/*
 * The caller of a function whose table is missing or does not hold at its pc: an epilogue, a jump
 * to nowhere, newlib's assembly.  It is in lr, or, when lr is in use for something else, among the
 * first words of the stack; and the right sp for it is the one from which another step succeeds.
 */
static void guess_caller(struct unwinder *u, const struct pt_regs *regs)
{
	bool in_lr = follows_call(regs->lr);
	u32 word;

	for (u32 at = regs->sp; at < regs->sp + GUESS_BYTES; at += 4) {
		struct unwinder probe;

		load_registers(u, regs);
		if (!arch_try_read(at, 4, &word, NULL))
			break;
		if (!in_lr && !follows_call(word))
			continue;
		u->r[PC] = in_lr ? regs->lr : word;
		u->r[SP] = in_lr ? at : at + 4;
		probe = *u;
		if (!in_lr || (step(&probe, u->r[PC] - 2) && follows_call(probe.r[PC])))
			return;
	}
	load_registers(u, regs);
	u->r[PC] = regs->lr;
}

/* From the frame of an exception.  On a function's first instruction nothing has been pushed yet. */
static bool visit_interrupted(struct walk *walk, const struct pt_regs *regs)
{
	struct unwinder u;
	unsigned long offset;
	bool entered;

	load_registers(&u, regs);
	if (!visit(walk, regs->pc, vector_name(regs->vector)))
		return false;
	entered = !kallsyms_lookup(regs->pc, NULL, &offset, NULL) || offset == 0;
	if (entered || !step(&u, regs->pc) || !follows_call(u.r[PC]))
		guess_caller(&u, regs);
	return visit_callers(walk, &u);
}

/* Its own registers, as its caller sees them. */
static __noinline bool visit_from_here(struct walk *walk)
{
	struct unwinder u;

	__asm__ volatile("stmia %0, {r0-r12}\n\t"
			 "str sp, [%0, #52]\n\t"
			 "str lr, [%0, #56]\n\t"
			 "str pc, [%0, #60]"
			 :
			 : "r"(u.r)
			 : "memory");
	u.r[PC] -=
		4; /* STR stores its own address + 8, or + 12 on some: inside this function in any case */
	/* Leave this function and arch_unwind(): the first to be seen is who asked. */
	if (!step(&u, u.r[PC]) || !step(&u, u.r[PC] - 2))
		return true;
	return visit_callers(walk, &u);
}

void arch_unwind(const struct pt_regs *regs,
		 bool (*visit)(unsigned long pc, const char *exception, void *arg), void *arg)
{
	struct walk walk = { visit, arg, FRAMES_MAX };

	if (!regs) {
		if (!visit_from_here(&walk))
			return;
		regs = traps_current();
	}
	while (regs && visit_interrupted(&walk, regs))
		regs = regs->prev;
	/* Keep a frame of its own: visit_from_here() steps over it. */
	barrier();
}
