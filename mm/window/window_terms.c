/*
 * window_terms.c - the words of kmap and ioremap in the glossary
 *
 * Locking: none, constants.
 */
#include "kernel/shell/glossary.h"

TERM(kmap, "kmap",
     "Gives a highmem page an address that every CPU may use until kunmap().  A page that is mapped "
     "already keeps its address; a lowmem page has one anyhow.",
     "pkmap show; help alloc kmap");

TERM(pkmap, "pkmap",
     "The window of kmap: 512 slots of a page each, below 0xc0000000.  A slot that nobody uses any "
     "more keeps its page until the slots have gone round once; then many are flushed together.",
     "pkmap show");

TERM(ioremap, "ioremap",
     "Maps a device's registers into the vmalloc window, as device memory: uncached, in order, never "
     "executed.  RAM is refused, for it would be mapped with two memory types at once.",
     "iomem; alloc ioremap 0x10009000 4096");
