/*
 * line_shown.h - does the terminal show the line that is being edited, as line_show.c's picture has it?
 */
#ifndef TESTS_SHELL_LINE_SHOWN_H
#define TESTS_SHELL_LINE_SHOWN_H

#include "kernel/shell/line_edit.h"
#include "terminal_model.h"

/*
 * Holds E1 and E2 of the editor against its text and the terminal, whose window is found from the
 * cursor alone, not from what the editor believes of it.  NULL, or what is wrong.
 */
const char *line_shown_wrong(const struct line_edit *edit, const struct terminal_model *model);

#endif /* TESTS_SHELL_LINE_SHOWN_H */
