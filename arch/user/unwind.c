/*
 * unwind.c - who called whom: from frame to frame, and over an exception to what it interrupted
 *
 *	frame ──> [ caller's frame | return address ]
 *	the frame of a handler's entry ──> pt_regs: pc, and the frame, of the interrupted function
 *
 * Our own functions keep frame pointers; the C library's need not, and a walk ends there, or skips one.
 *
 * Invariants
 *   W1  At most FRAMES_MAX addresses are visited, however the stack looks.
 *   W2  The stack is read by arch_try_read() only, and frames only ascend between two exceptions.
 *
 * Locking: none.
 */
#include "arch/user/process.h"

#include "kernel/kallsyms.h"

enum { FRAMES_MAX = 64 };

struct walk {
	bool (*visit)(unsigned long pc, const char *exception, void *arg);
	void *arg;
	unsigned int left;
	const struct pt_regs *next; /* the exception that is met next */
};

static bool visit(struct walk *walk, unsigned long pc, const char *exception)
{
	return walk->left && walk->left-- && walk->visit(pc, exception, walk->arg);
}

static bool read_word(unsigned long at, unsigned long *word)
{
	u32 half[2] = { 0 };

	for (unsigned int i = 0; i < sizeof(long) / 4; i++)
		if (!arch_try_read(at + 4 * i, 4, &half[i], NULL))
			return false;
	*word = (unsigned long)half[0] | (unsigned long)((u64)half[1] << 32);
	return true;
}

/* Goes on in what the exception interrupted; false when the visitor wants no more. */
static bool enter_interrupted(struct walk *walk, const struct pt_regs *regs, unsigned long *frame)
{
	*frame = regs->fp;
	walk->next = regs->prev;
	return visit(walk, regs->pc, regs->what);
}

/* From that frame on. */
static void walk_frames(struct walk *walk, unsigned long frame)
{
	unsigned long caller, pc;

	while (frame && IS_ALIGNED(frame, sizeof(long))) {
		if (walk->next && frame == walk->next->entry) {
			if (!enter_interrupted(walk, walk->next, &frame))
				return;
			continue;
		}
		if (!read_word(frame, &caller) || !read_word(frame + sizeof(long), &pc) ||
		    !kallsyms_lookup(pc, NULL, NULL, NULL) || !visit(walk, pc, NULL))
			return;
		if (caller <= frame && !walk->next)
			return; /* keeps W2 */
		frame = caller;
	}
}

void arch_unwind(const struct pt_regs *regs,
		 bool (*visitor)(unsigned long pc, const char *exception, void *arg), void *arg)
{
	struct walk walk = { visitor, arg, FRAMES_MAX, user_frames };
	unsigned long frame = (unsigned long)__builtin_frame_address(0);

	if (regs && !enter_interrupted(&walk, regs, &frame))
		return;
	walk_frames(&walk, frame);
}
