/*
 * account_terms.c - the balance in the glossary
 *
 * Locking: none, constants.
 */
#include "kernel/shell/glossary.h"

TERM(balance, "balance",
     "An equation over every page of RAM, counted from the struct pages themselves: "
     "managed = free + pcp + slab + vmalloc + percpu + pagetables + held.  What is missing is lost.",
     "balance");
