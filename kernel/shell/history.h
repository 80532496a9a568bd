/*
 * history.h - the lines typed before, newest first
 *
 * They share a ring of bytes, given by the owner: the oldest go when a new one needs the room.
 * HISTORY_BYTES keeps 64 lines of 127 characters, and more when they are shorter.
 */
#ifndef KERNEL_SHELL_HISTORY_H
#define KERNEL_SHELL_HISTORY_H

#include "lib/types.h"

enum { HISTORY_BYTES = 8192 };

struct history {
	char *bytes;
	u32 size;  /* of bytes, a power of two */
	u32 start; /* of the oldest line, counted from the first byte ever stored */
	u32 end;   /* where the next line will begin, counted likewise */
};

/* size is a power of two. */
void history_init(struct history *history, char *bytes, u32 size);
/* Stores a line, unless it is empty, equal to the newest one, or larger than the ring. */
void history_add(struct history *history, const char *line);
/*
 * Copies the line of this age (1: the newest) and returns true; false, and *line is as before,
 * when there is none or it does not fit in size bytes, NUL included.
 */
bool history_get(const struct history *history, unsigned int age, char *line, size_t size);

#endif /* KERNEL_SHELL_HISTORY_H */
