/*
 * percpu_view.h - what the per-CPU family's commands show
 */
#ifndef MM_PERCPU_VIEW_H
#define MM_PERCPU_VIEW_H

#include "kernel/kallsyms.h"
#include "lib/types.h"

/* A static per-CPU variable, as the symbol table knows it. */
struct percpu_variable {
	char name[KALLSYMS_NAME];
	const char *linked; /* its address as linked */
	size_t size;	    /* with the padding behind it */
};

/* The variable that this linked address lies in. */
bool percpu_variable_at(const void *linked, struct percpu_variable *variable);
/* Moves on to the next one; linked NULL: the first.  False behind the last. */
bool percpu_variable_next(struct percpu_variable *variable);

/* Prints each possible CPU's copy of what a per-CPU pointer points to: a line each. */
void percpu_print_copies(const void *pointer, size_t size);

#endif /* MM_PERCPU_VIEW_H */
