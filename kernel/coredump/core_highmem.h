/*
 * core_highmem.h - a page that has no address, shown at one for a moment
 */
#ifndef KERNEL_COREDUMP_CORE_HIGHMEM_H
#define KERNEL_COREDUMP_CORE_HIGHMEM_H

#include "lib/compiler.h"

/*
 * Shows the page at phys (page aligned) read-only in the spare page of the fixmap's window; NULL when
 * no table stands there yet.  One at a time: it is hidden before the next is shown.
 * Context: interrupts off, nothing else runs.  Takes no lock.
 */
const void *core_highmem_show(paddr_t phys);
void core_highmem_hide(void);

#endif /* KERNEL_COREDUMP_CORE_HIGHMEM_H */
