/*
 * percpu_terms.c - the words of per-CPU data in the glossary
 *
 * Locking: none, constants.
 */
#include "kernel/shell/glossary.h"

TERM(percpu_data, "per-CPU data",
     "A variable of which each CPU has a copy, used without a lock.  DEFINE_PER_CPU() makes one when "
     "the image is built, alloc_percpu() at run time.",
     "percpu; percpu show percpu_root");

TERM(percpu_pointer, "per-CPU pointer",
     "What alloc_percpu() returns: a handle, from 0x40000000 on, where nothing is mapped. "
     "this_cpu_ptr() and per_cpu_ptr() make a copy's address of it; to follow it is a fault.",
     "alloc percpu 64; percpu");
