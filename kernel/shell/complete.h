/*
 * complete.h - which words may stand at the cursor
 */
#ifndef KERNEL_SHELL_COMPLETE_H
#define KERNEL_SHELL_COMPLETE_H

#include "lib/types.h"

/* line_edit.h's line_candidate_t for the shell's commands. */
const char *complete_line(const char *text, size_t cursor, unsigned int nth, size_t *start);

/*
 * The nth candidate for the last word of a command, argv[argc - 1], when argv[0] is the command's
 * name: for the `complete` of commands that run commands.
 */
const char *complete_command(int argc, char **argv, unsigned int nth);

/*
 * The nth word that a usage such as "ORDER [dma|normal|highmem] [seed=N]" spells out: dma, normal,
 * highmem, seed=.  Valid until the next call.
 */
const char *complete_usage(const char *usage, unsigned int nth);

/*
 * A word as it must be typed to be read as this text: with a backslash before whatever the shell gives
 * a meaning, the text itself when it has none of that; "" when it would be too long.  Valid until the
 * next call.
 */
const char *complete_quoted(const char *text);

#endif /* KERNEL_SHELL_COMPLETE_H */
