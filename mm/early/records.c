/*
 * records.c - the table of what was taken at boot
 *
 *	records  [ 0 | 1 | 2 | … | nr - 1 | unused … ]      oldest first; a replaced one moves to the end
 *
 * Invariants
 *   I1  All bytes of a record have one fate: what goes is split off the rest.
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

static void drop(unsigned int i)
{
	nr_records--;
	memmove(&records[i], &records[i + 1], (nr_records - i) * sizeof(records[0]));
}

/* Drops the oldest record of memory that is gone; false when there is none. */
static bool make_room(void)
{
	for (unsigned int i = 0; i < nr_records; i++) {
		if (records[i].fate == EARLY_KEPT)
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

/* Adds a copy of record i, for another part of its memory, right behind it; counts it when it cannot. */
static void add_part(unsigned int i, paddr_t start, paddr_t end, enum early_record_fate fate)
{
	if (nr_records == EARLY_RECORDS_MAX) {
		missed++; /* keeps I2 */
		return;
	}
	memmove(&records[i + 1], &records[i], (nr_records - i) * sizeof(records[0]));
	nr_records++;
	records[i + 1].start = start;
	records[i + 1].size = end - start;
	records[i + 1].fate = fate;
}

/* [from, to) of record i goes: keeps I1. */
static void split(unsigned int i, paddr_t from, paddr_t to, enum early_record_fate fate)
{
	paddr_t start = records[i].start, end = start + records[i].size;

	if (to < end)
		add_part(i, to, end, EARLY_KEPT);
	if (start < from) {
		records[i].size = from - start;
		add_part(i, from, to, fate);
	} else {
		records[i].size = to - from;
		records[i].fate = fate;
	}
}

static bool is_kept_in(const struct early_record *record, paddr_t start, paddr_t end)
{
	paddr_t from, to;

	return record->fate == EARLY_KEPT && shared(record, start, end, &from, &to);
}

static unsigned int kept_in(paddr_t start, paddr_t end)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < nr_records; i++)
		n += is_kept_in(&records[i], start, end);
	return n;
}

/* Memory may have been reserved more than once: it goes for all who had it. */
void early_record_gone(paddr_t start, paddr_t end, enum early_record_fate fate)
{
	unsigned int parts = 2 * kept_in(start, end);
	paddr_t from, to;

	/* Room for the parts is made beforehand: it moves records. */
	while (nr_records + parts > EARLY_RECORDS_MAX && make_room())
		;
	for (unsigned int i = nr_records; i-- > 0;) {
		if (!is_kept_in(&records[i], start, end))
			continue;
		shared(&records[i], start, end, &from, &to);
		split(i, from, to, fate);
	}
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
		if (records[i].kind == kind && records[i].fate == EARLY_KEPT &&
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
