/*
 * terms.c - failure injection in the glossary
 *
 * Locking: none, constants.
 */
#include "kernel/shell/glossary.h"

TERM(failure_injection, "failure injection",
     "One allocation is refused although there is memory, to see what its caller does then: it has to say so and "
     "give back what it had, or do without.  `fail` gives each allocation of a command its turn.",
     "fail vmalloc 20K");
