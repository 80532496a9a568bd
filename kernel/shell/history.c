/*
 * history.c - a ring of NUL-terminated lines
 *
 *	bytes  |rev\0........help\0balance\0alloc pages 2\0f|
 *	            ^end     ^start                              start and end only ever grow;
 *	                                                         a byte's place is its count % size
 * Invariants
 *   H1  end - start <= size (both wrap at 2^32, of which size is a divisor).
 *   H2  [start, end) consists of whole lines, each with its NUL; none is empty.
 *
 * Locking: none, a history belongs to its caller.
 * Read next: line_edit.c, which walks it with the arrow keys.
 */
#include <string.h>

#include "kernel/bug.h"
#include "kernel/shell/history.h"

void history_init(struct history *history, char *bytes, u32 size)
{
	ASSERT(size && (size & (size - 1)) == 0);
	*history = (struct history){ .bytes = bytes, .size = size };
}

static char *byte_at(const struct history *history, u32 count)
{
	return &history->bytes[count & (history->size - 1)];
}

static void drop_oldest(struct history *history)
{
	while (*byte_at(history, history->start++))
		;
}

/* Where the line of this age begins; false when there are fewer. */
static bool find_line(const struct history *history, unsigned int age, u32 *where)
{
	u32 at = history->end;

	while (age--) {
		if (at == history->start)
			return false;
		at--; /* the line's NUL */
		while (at != history->start && *byte_at(history, at - 1))
			at--;
	}
	*where = at;
	return true;
}

bool history_get(const struct history *history, unsigned int age, char *line, size_t size)
{
	u32 at, len = 0;

	if (age == 0 || !find_line(history, age, &at))
		return false;
	while (*byte_at(history, at + len))
		len++;
	if (len >= size)
		return false;
	for (u32 i = 0; i <= len; i++)
		line[i] = *byte_at(history, at + i);
	return true;
}

static bool is_newest(const struct history *history, const char *line)
{
	u32 at;

	if (!find_line(history, 1, &at))
		return false;
	while (*line && *line == *byte_at(history, at))
		line++, at++;
	return *line == *byte_at(history, at);
}

void history_add(struct history *history, const char *line)
{
	size_t need = strlen(line) + 1;

	if (need == 1 || need > history->size || is_newest(history, line))
		return;
	while (history->end - history->start + need > history->size)
		drop_oldest(history); /* keeps H1 */
	for (size_t i = 0; i < need; i++)
		*byte_at(history, history->end++) = line[i];
}
