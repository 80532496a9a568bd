/*
 * fixmap_terms.c - the words of the fixed window in the glossary
 *
 * Locking: none, constants.
 */
#include "kernel/shell/glossary.h"

TERM(fixmap, "fixmap",
     "Slots whose addresses are constants, known to the compiler: for devices that the boot needs "
     "before there is vmalloc, for kmap_local, and eight for experiments.",
     "fixmap show");

TERM(kmap_local, "kmap_local",
     "Maps a highmem page for a moment, on this CPU only: a stack of 16 slots in the fixmap, undone "
     "in reverse order.  No lock is needed, and no other CPU's TLB is flushed.",
     "kmap_local");
