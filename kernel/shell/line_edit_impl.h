/*
 * line_edit_impl.h - what the parts of the line editor share: line_edit.c, line_show.c,
 * line_complete.c, search.c
 */
#ifndef KERNEL_SHELL_LINE_EDIT_IMPL_H
#define KERNEL_SHELL_LINE_EDIT_IMPL_H

#include <string.h>

#include "kernel/shell/line_edit.h"
#include "kernel/shell/utf8.h"

/* line_show.c: brings the terminal up to date. */
void line_refresh(struct line_edit *edit);

/* line_edit.c */
void line_bell(struct line_edit *edit);
/* Makes `text`, which may be a part of the line's own, the line; the cursor stands behind it. */
void line_set_text(struct line_edit *edit, const char *text);
/* Inserts n bytes at the cursor; all or nothing. */
bool line_insert(struct line_edit *edit, const char *s, size_t n);
/* Keeps what has been typed for when the walk through the history is over. */
void line_keep_draft(struct line_edit *edit);
void line_restore_draft(struct line_edit *edit);

/* line_complete.c: Tab. */
void line_complete(struct line_edit *edit);

/* search.c: Ctrl-R; and a key while a search goes on: false when it ended it and means more. */
void line_search(struct line_edit *edit);
bool line_search_key(struct line_edit *edit, int key);
void line_search_end(struct line_edit *edit);

#endif /* KERNEL_SHELL_LINE_EDIT_IMPL_H */
