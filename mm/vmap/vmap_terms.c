/*
 * vmap_terms.c - the words of virtual areas in the glossary
 *
 * Locking: none, constants.
 */
#include "kernel/shell/glossary.h"

TERM(vmalloc, "vmalloc",
     "Memory that is contiguous in addresses only: single pages, from wherever there are some, mapped "
     "side by side in the vmalloc window.  Slower than kmalloc, but fragmentation does not stop it.",
     "alloc vmalloc 20000; vmallocinfo");

TERM(vmalloc_area, "vmalloc area",
     "A range of the vmalloc window that somebody has: vmalloc(), vmap() and ioremap() each take one. "
     "A struct vm_struct says where it is, what is mapped there, and who asked.",
     "vmallocinfo");

TERM(guard_page, "guard page",
     "A page of addresses that is never mapped: behind each vmalloc area and on both sides of each "
     "stack.  Who runs over the end faults there instead of writing to the neighbour.",
     "vmallocinfo; pt svc_stack_top");

TERM(vmap, "vmap",
     "Maps pages that one has already, side by side in the vmalloc window: what lies scattered can be "
     "used as one piece.  The pages stay their holder's; vunmap() takes the addresses back.",
     "vmallocinfo; help alloc vmap");
