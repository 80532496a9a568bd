/*
 * registers.h - the host's processor: where a signal's context keeps what every port has
 */
#ifndef ARCH_USER_REGISTERS_H
#define ARCH_USER_REGISTERS_H

#include <ucontext.h>

#if defined(__x86_64__)
enum { PAGE_FAULT = 14, FAULT_WRITE = 2, FAULT_FETCH = 16 };
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
static inline int context_writes(const mcontext_t *m)
{
	return m->gregs[REG_TRAPNO] == PAGE_FAULT && m->gregs[REG_ERR] & FAULT_WRITE;
}
#elif defined(__i386__)
enum { PAGE_FAULT = 14, FAULT_WRITE = 2, FAULT_FETCH = 16 };
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
static inline int context_writes(const mcontext_t *m)
{
	return m->gregs[REG_TRAPNO] == PAGE_FAULT && m->gregs[REG_ERR] & FAULT_WRITE;
}
#else
#error "arch/user/registers.h: where does this processor's context keep pc, sp, fp, and whether it wrote?"
#endif

#endif /* ARCH_USER_REGISTERS_H */
