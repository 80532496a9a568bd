/*
 * records.c - the table of what was taken at boot
 *
 *	record  [ 0 | 1 | 2 | … | nr - 1 | unused … ]      oldest first; what makes room is dropped
 *
 * Invariants
 *   I1  All bytes of a record have one fate: what goes is split off the rest.
 *   I2  nr <= EARLY_RECORDS_MAX; every record made is in the table, missed or replaced.
 *
 * Read next: early_shell.c, which shows it.
 */
#include <string.h>

#include "mm/early/records.h"
#include "lib/compiler.h"

static struct early_records boot_records, *table = &boot_records;

struct early_records *early_records_use(struct early_records *other)
{
	struct early_records *const former = table;

	table = other;
	return former;
}

static void drop(unsigned int i)
{
	struct early_record *const at = &table->record[i];

	table->nr--;
	memmove(at, at + 1, (table->nr - i) * sizeof(*at));
}

/* Drops the oldest record of memory that is gone; false when there is none. */
static bool make_room(void)
{
	for (unsigned int i = 0; i < table->nr; i++) {
		if (table->record[i].fate == EARLY_KEPT)
			continue;
		drop(i);
		table->replaced++;
		return true;
	}
	return false;
}

void early_record_add(enum early_record_kind kind, paddr_t start, unsigned long size,
		      unsigned long caller)
{
	if (table->nr == EARLY_RECORDS_MAX && !make_room()) {
		table->missed++; /* keeps I2 */
		return;
	}
	table->record[table->nr++] = (struct early_record){
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
	struct early_record *const part = &table->record[i + 1];

	if (table->nr == EARLY_RECORDS_MAX) {
		table->missed++; /* keeps I2 */
		return;
	}
	memmove(part, part - 1, (table->nr - i) * sizeof(*part));
	table->nr++;
	part->start = start;
	part->size = end - start;
	part->fate = fate;
}

/* [from, to) of record i goes: keeps I1. */
static void split(unsigned int i, paddr_t from, paddr_t to, enum early_record_fate fate)
{
	struct early_record *const record = &table->record[i];
	paddr_t start = record->start, end = start + record->size;

	if (to < end)
		add_part(i, to, end, EARLY_KEPT);
	if (start < from) {
		record->size = from - start;
		add_part(i, from, to, fate);
	} else {
		record->size = to - from;
		record->fate = fate;
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

	for (unsigned int i = 0; i < table->nr; i++)
		n += is_kept_in(&table->record[i], start, end);
	return n;
}

/* Memory may have been reserved more than once: it goes for all who had it. */
void early_record_gone(paddr_t start, paddr_t end, enum early_record_fate fate)
{
	unsigned int parts = 2 * kept_in(start, end);
	paddr_t from, to;

	/* Room for the parts is made beforehand: it moves records. */
	while (table->nr + parts > EARLY_RECORDS_MAX && make_room())
		;
	for (unsigned int i = table->nr; i-- > 0;) {
		if (!is_kept_in(&table->record[i], start, end))
			continue;
		shared(&table->record[i], start, end, &from, &to);
		split(i, from, to, fate);
	}
}

void early_records_forget(paddr_t start, paddr_t end)
{
	for (unsigned int i = table->nr; i-- > 0;)
		if (table->record[i].start >= start && table->record[i].start < end)
			drop(i);
}

/* However many the table says it has: what was written over is not followed out of it. */
static unsigned int held(void)
{
	return min(table->nr, (unsigned int)EARLY_RECORDS_MAX);
}

unsigned int early_records_beyond(void)
{
	return table->nr - held();
}

const struct early_record *early_record(unsigned int nth)
{
	return nth < held() ? &table->record[nth] : NULL;
}

const struct early_record *early_record_in(enum early_record_kind kind, paddr_t start, paddr_t end)
{
	paddr_t from, to;

	for (unsigned int i = held(); i-- > 0;)
		if (table->record[i].kind == kind && table->record[i].fate == EARLY_KEPT &&
		    shared(&table->record[i], start, end, &from, &to))
			return &table->record[i];
	return NULL;
}

unsigned long early_records_missed(void)
{
	return table->missed;
}

unsigned long early_records_replaced(void)
{
	return table->replaced;
}
