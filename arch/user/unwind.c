/*
 * unwind.c - who called whom: from frame to frame, and over an exception to what it interrupted
 *
 *	frame ──> [ caller's frame | return address ]
 *	the frame of a handler's entry ──> pt_regs: pc, and the frame, of the interrupted function
 *
 * Our own functions keep frame pointers; the C library's need not, and a walk ends there, or skips one.  What
 * was interrupted may have made no frame either, of which the caller's then is the newest: its return address
 * is the word at sp, of a wild call and of an entry, and near it, of a function of the C library.
 *
 * Invariants
 *   W1  At most FRAMES_MAX addresses are visited, however the stack looks.
 *   W2  The stack is read by user_read_word() only, and frames only ascend between two exceptions.
 *
 * Locking: none.
 */
#include "arch/user/process.h"

#include "arch/user/registers.h"
#include "kernel/kallsyms.h"

enum { FRAMES_MAX = 64, FRAMELESS_WORDS = 32 };

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

bool user_read_word(vaddr_t at, unsigned long *word)
{
	u32 half[2] = { 0 };

	for (unsigned int i = 0; i < sizeof(long) / 4; i++)
		if (!arch_try_read(at + 4 * i, 4, &half[i], NULL))
			return false;
	*word = (unsigned long)half[0] | (unsigned long)((u64)half[1] << 32);
	return true;
}

/* At which of the words from sp on may the caller's address be?  0: it is in a frame. */
static unsigned int frameless_words(const struct pt_regs *regs)
{
	u32 byte;

	if (user_is_code(regs->pc))
		return arch_try_read(regs->pc, 1, &byte, NULL) && byte == PUSH_FP;
	return user_is_mapped(regs->pc) ? FRAMELESS_WORDS : 1;
}

/* The caller of what has no frame; false when the visitor wants no more. */
static bool visit_frameless(struct walk *walk, const struct pt_regs *regs)
{
	const unsigned int n = frameless_words(regs);
	unsigned long word;

	for (unsigned int i = 0; i < n && user_read_word(regs->sp + i * sizeof(word), &word); i++)
		if (user_is_code(word))
			return visit(walk, word, NULL);
	return true;
}

/* Goes on in what the exception interrupted; false when the visitor wants no more. */
static bool enter_interrupted(struct walk *walk, const struct pt_regs *regs, unsigned long *frame)
{
	*frame = regs->fp;
	walk->next = regs->prev;
	return visit(walk, regs->pc, regs->what) && (!regs->machine || visit_frameless(walk, regs));
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
		if (!user_read_word(frame, &caller) || !user_read_word(frame + sizeof(long), &pc) ||
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
