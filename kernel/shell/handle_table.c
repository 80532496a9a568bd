/*
 * handle_table.c - slots are used again, numbers never
 *
 *	slot     0     1     2     3          last = 9
 *	number   #8    #2    -     #9         free #5 left slot 2 to the next one, which is #10
 *
 * Invariants
 *   T1  A live slot's number is from 1 to last, and no two are equal; 0 marks a free slot.
 *   T2  last only grows: what a person noted down never comes to mean something else.
 *
 * Locking: none; the shell's CPU only.
 * Read next: handle.c.
 */
#include <string.h>

#include "kernel/bug.h"
#include "kernel/shell/handle_table.h"

static struct handle *free_slot(const struct handle_table *table)
{
	for (unsigned int i = 0; i < table->nr_slots; i++)
		if (!table->slots[i].number)
			return &table->slots[i];
	return NULL;
}

bool handle_table_full(const struct handle_table *table)
{
	return !free_slot(table);
}

struct handle *handle_table_add(struct handle_table *table, const struct handle *handle)
{
	struct handle *slot = free_slot(table);

	ASSERT(slot);
	*slot = *handle;
	slot->number = ++table->last; /* keeps T1, T2 */
	return slot;
}

struct handle *handle_table_find(const struct handle_table *table, unsigned int number)
{
	for (unsigned int i = 0; i < table->nr_slots; i++)
		if (number && table->slots[i].number == number)
			return &table->slots[i];
	return NULL;
}

struct handle *handle_table_above(const struct handle_table *table, unsigned int number)
{
	struct handle *best = NULL;

	for (unsigned int i = 0; i < table->nr_slots; i++) {
		struct handle *handle = &table->slots[i];

		if (handle->number > number && (!best || handle->number < best->number))
			best = handle;
	}
	return best;
}

struct handle *handle_table_below(const struct handle_table *table, unsigned int number)
{
	struct handle *best = NULL;

	for (unsigned int i = 0; i < table->nr_slots; i++) {
		struct handle *handle = &table->slots[i];

		if (handle->number && handle->number < number &&
		    (!best || handle->number > best->number))
			best = handle;
	}
	return best;
}

void handle_table_remove(struct handle *handle)
{
	memset(handle, 0, sizeof(*handle));
}

bool handle_parse(const char *arg, unsigned int *number)
{
	unsigned long long value = 0;

	if (*arg++ != '#' || !*arg)
		return false;
	for (; *arg; arg++) {
		if (*arg < '0' || *arg > '9' || value > UINT32_MAX)
			return false;
		value = value * 10 + (unsigned int)(*arg - '0');
	}
	*number = (unsigned int)value;
	return value > 0 && value <= UINT32_MAX;
}
