/*
 * records.c - the table of what was taken at boot
 *
 *	records  [ 0 | 1 | 2 | … | nr - 1 | unused … ]      oldest first; a replaced one moves to the end
 *
 * Invariants
 *   I1  freed + handed <= size in every record.
 *   I2  nr_records <= EARLY_RECORDS_MAX; every record made is in the table, missed or replaced.
 *
 * Read next: early_shell.c, which shows it.
 */
#include <string.h>

#include "mm/early/records.h"
#include "lib/compiler.h"

static struct early_record records[EARLY_RECORDS_MAX];
static unsigned int nr_records;
static unsigned long missed, replaced;

static bool is_gone(const struct early_record *record)
{
	return record->freed + record->handed == record->size;
}

static void drop(unsigned int i)
{
	nr_records--;
	memmove(&records[i], &records[i + 1], (nr_records - i) * sizeof(records[0]));
}

/* Drops the oldest record of memory that is all gone; false when there is none. */
static bool make_room(void)
{
	for (unsigned int i = 0; i < nr_records; i++) {
		if (!is_gone(&records[i]))
			continue;
		drop(i);
		replaced++;
		return true;
	}
	return false;
}

void early_record_add(enum early_record_kind kind, paddr_t start, unsigned long size,
		      unsigned long caller)
{
	if (nr_records == EARLY_RECORDS_MAX && !make_room()) {
		missed++; /* keeps I2 */
		return;
	}
	records[nr_records++] = (struct early_record){
		.start = start,
		.size = size,
		.caller = caller,
		.kind = kind,
	};
}

/* What the record and [start, end) share, in *from and *to; false when that is nothing. */
static bool shared(const struct early_record *record, paddr_t start, paddr_t end, paddr_t *from,
		   paddr_t *to)
{
	*from = max(record->start, start);
	*to = min(record->start + record->size, end);
	return *from < *to;
}

/*
 * Memory may have been taken, freed in part, and that part taken again: bytes that go belong to the
 * newest of the first nr records that has them; what is left on both sides, to older ones.
 */
static void mark_gone(paddr_t start, paddr_t end, unsigned int nr, bool handed)
{
	paddr_t from, to;

	while (nr-- > 0) {
		struct early_record *record = &records[nr];
		unsigned long *gone = handed ? &record->handed : &record->freed;

		if (is_gone(record) || !shared(record, start, end, &from, &to))
			continue;
		*gone += min(to - from, record->size - record->freed - record->handed); /* keeps I1 */
		mark_gone(start, from, nr, handed);
		mark_gone(to, end, nr, handed);
		return;
	}
}

void early_record_freed(paddr_t start, paddr_t end)
{
	mark_gone(start, end, nr_records, false);
}

void early_record_handed(paddr_t start, paddr_t end)
{
	mark_gone(start, end, nr_records, true);
}

void early_records_forget(paddr_t start, paddr_t end)
{
	for (unsigned int i = nr_records; i-- > 0;)
		if (records[i].start >= start && records[i].start < end)
			drop(i);
}

const struct early_record *early_record(unsigned int nth)
{
	return nth < nr_records ? &records[nth] : NULL;
}

const struct early_record *early_record_in(enum early_record_kind kind, paddr_t start, paddr_t end)
{
	paddr_t from, to;

	for (unsigned int i = nr_records; i-- > 0;)
		if (records[i].kind == kind && !is_gone(&records[i]) &&
		    shared(&records[i], start, end, &from, &to))
			return &records[i];
	return NULL;
}

unsigned long early_records_missed(void)
{
	return missed;
}

unsigned long early_records_replaced(void)
{
	return replaced;
}
