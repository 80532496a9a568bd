/*
 * advice.h - what the reports of all ports say of an address
 */
#ifndef ARCH_ADVICE_H
#define ARCH_ADVICE_H

#include "lib/types.h"

/* Of one that nothing is mapped at: where it is, and what that means.  Context: any. */
const char *advice_unmapped(vaddr_t va);

#endif /* ARCH_ADVICE_H */
