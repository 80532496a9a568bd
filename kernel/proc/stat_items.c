/*
 * stat_items.c - walks the registered lines of a file in their order
 *
 * Locking: none, registries are read-only; each item's value() takes what it needs.
 * Read next: meminfo.c, vmstat.c.
 */
#include <string.h>

#include "kernel/proc/stat_items.h"
#include "kernel/registry.h"
#include "kernel/shell/shell.h"

REGISTRY(node_items, const struct node_item);

static int by_rank(const void *a, const void *b)
{
	const struct stat_item *x = a, *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return strcmp(x->name, y->name);
}

static int nodes_by_rank(const void *a, const void *b)
{
	const struct node_item *x = a, *y = b;

	return x->rank < y->rank ? -1 : x->rank > y->rank;
}

void stat_node_items_show(unsigned int nid, stat_show_t show)
{
	const struct node_item *item = NULL;

	while ((item = registry_after(__start_node_items, __stop_node_items, nodes_by_rank, item)))
		show(item->name, item->value(nid));
}

unsigned int stat_items_show(const struct stat_item *const *start,
			     const struct stat_item *const *stop, const char *beginning,
			     stat_show_t show)
{
	const struct stat_item *item = NULL;
	unsigned int shown = 0;

	while ((item = registry_after(start, stop, by_rank, item))) {
		if (strncmp(item->name, beginning, strlen(beginning)) != 0)
			continue;
		show(item->name, item->value());
		shown++;
	}
	return shown;
}

int stat_items_command(const struct stat_item *const *start, const struct stat_item *const *stop,
		       char *const *beginnings, stat_show_t show)
{
	int result = SHELL_OK;

	if (!*beginnings)
		stat_items_show(start, stop, "", show);
	for (; *beginnings; beginnings++)
		if (!stat_items_show(start, stop, *beginnings, show))
			result = shell_error("%s: no line begins so", *beginnings);
	return result;
}
