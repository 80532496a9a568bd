/*
 * handle_table.h - the table behind #N: numbers, slots, order
 */
#ifndef KERNEL_SHELL_HANDLE_TABLE_H
#define KERNEL_SHELL_HANDLE_TABLE_H

#include "kernel/shell/handle.h"

struct handle_table {
	struct handle *slots;
	unsigned int nr_slots;
	unsigned int last; /* the number given last; the first is 1 */
};

bool handle_table_full(const struct handle_table *table);
/* Copies *handle into a slot under a new number.  The table is not full. */
struct handle *handle_table_add(struct handle_table *table, const struct handle *handle);
/* The handle of that number, or NULL. */
struct handle *handle_table_find(const struct handle_table *table, unsigned int number);
/* The live handle with the lowest number above, or the highest below; NULL when there is none. */
struct handle *handle_table_above(const struct handle_table *table, unsigned int number);
struct handle *handle_table_below(const struct handle_table *table, unsigned int number);
/* Makes the slot free again; its number is not given anew. */
void handle_table_remove(struct handle *handle);

/* Reads "#7"; false when arg is not of that form or the number is 0. */
bool handle_parse(const char *arg, unsigned int *number);

#endif /* KERNEL_SHELL_HANDLE_TABLE_H */
