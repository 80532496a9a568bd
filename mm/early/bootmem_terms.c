/*
 * bootmem_terms.c - the boot allocator's words in the glossary
 *
 * Locking: none, constants.
 */
#include "kernel/shell/glossary.h"

TERM(bootmem, "bootmem",
     "The allocator of the boot, before there is a mem_map: a bit for each page of lowmem, and one who "
     "looks for clear bits.  When the page allocator stands, it gets every free page, and the bits.",
     "early");

TERM(hand_over, "hand-over",
     "The moment at which bootmem gives its free pages to the buddy, in the largest blocks that they "
     "make.  What was allocated by then is reserved for ever; the boot's own text and data follow.",
     "early; dmesg");
