/*
 * registers.h - the host's processor: where a signal's context keeps what every port has
 */
#ifndef ARCH_USER_REGISTERS_H
#define ARCH_USER_REGISTERS_H

#include <stdbool.h>
#include <ucontext.h>

#if defined(__x86_64__)
static inline unsigned long context_pc(const mcontext_t *m)
{
	return (unsigned long)m->gregs[REG_RIP];
}
static inline unsigned long context_sp(const mcontext_t *m)
{
	return (unsigned long)m->gregs[REG_RSP];
}
static inline unsigned long context_fp(const mcontext_t *m)
{
	return (unsigned long)m->gregs[REG_RBP];
}
#elif defined(__i386__)
static inline unsigned long context_pc(const mcontext_t *m)
{
	return (unsigned long)m->gregs[REG_EIP];
}
static inline unsigned long context_sp(const mcontext_t *m)
{
	return (unsigned long)m->gregs[REG_ESP];
}
static inline unsigned long context_fp(const mcontext_t *m)
{
	return (unsigned long)m->gregs[REG_EBP];
}
#else
#error "arch/user/registers.h: where does this processor's context keep pc, sp, fp, and whether it wrote?"
#endif

/* Exceptions that the processor has an address of, and what the error code of a page fault says. */
enum { PAGE_FAULT = 14, ALIGNMENT_CHECK = 17, FAULT_WRITE = 2, FAULT_FETCH = 16 };

/* With this instruction a function begins to make its frame. */
enum { PUSH_FP = 0x55 };

/* Of the others, a general protection for example, the signal tells address 0. */
static inline bool context_has_address(const mcontext_t *m)
{
	return m->gregs[REG_TRAPNO] == PAGE_FAULT || m->gregs[REG_TRAPNO] == ALIGNMENT_CHECK;
}
static inline bool context_writes(const mcontext_t *m)
{
	return m->gregs[REG_TRAPNO] == PAGE_FAULT && m->gregs[REG_ERR] & FAULT_WRITE;
}
/* The fetch of an instruction that crosses into a page has that page's address, not its own. */
static inline bool context_fetches(const mcontext_t *m)
{
	return m->gregs[REG_TRAPNO] == PAGE_FAULT && m->gregs[REG_ERR] & FAULT_FETCH;
}

#endif /* ARCH_USER_REGISTERS_H */
