/*
 * semihosting.h - asks the host that debugs or emulates us, when no boot loader left a description
 */
#ifndef BOOT_SEMIHOSTING_H
#define BOOT_SEMIHOSTING_H

#include "boot/boot_info.h"

/* What the host answered. */
struct semihosting_answers {
	char *line;	  /* the command line, program's name first; not necessarily terminated */
	size_t line_size; /* its bytes, 0 for none */
	paddr_t heap_end; /* where it thinks that a heap may end */
};

/*
 * Asks for the command line and the end of RAM, and takes the answers into *out (zeroed by the
 * caller).  False when no host answers (*why is NULL) or the answer is of no use (*why says it).
 * Context: boot, MMU on: the host reads and writes through the tables of this CPU.
 */
bool semihosting_read(struct boot_info *out, const char **why);

/*
 * The part without a host: one bank from PHYS_OFFSET to heap_end, the program's name taken off the
 * line.  A heap_end that is not in RAM is told, and the least RAM of the machine assumed.
 * Context: any.
 */
void semihosting_take(const struct semihosting_answers *answers, struct boot_info *out);

#endif /* BOOT_SEMIHOSTING_H */
