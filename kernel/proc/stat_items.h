/*
 * stat_items.h - the lines of /proc/meminfo, /proc/vmstat, and of a node in /proc/zoneinfo, each
 * registered by the family that knows it
 *
 *	VMSTAT_ITEM(nr_free_pages, 10)		{ return nr_free_pages(); }
 *	MEMINFO_ITEM(MemFree, 20)		{ return nr_free_pages() << (PAGE_SHIFT - 10); }
 *	NODE_ITEM(nr_kernel_stack, 190)		{ return of_node(nid); }
 *
 * Lines stand in ascending rank; meminfo.c and vmstat.c say which ranks belong to whom, and a node's are
 * those of vmstat.  Names and units are Linux's (Documentation/filesystems/proc.rst): meminfo is in kB.
 */
#ifndef KERNEL_PROC_STAT_ITEMS_H
#define KERNEL_PROC_STAT_ITEMS_H

#include "lib/compiler.h"

struct stat_item {
	const char *name;
	unsigned int rank;
	unsigned long (*value)(void);
};

#define STAT_ITEM_(set_, name_, rank_)                               \
	static unsigned long set_##_##name_(void);                   \
	static const struct stat_item set_##_desc_##name_ = {        \
		.name = #name_,                                      \
		.rank = rank_,                                       \
		.value = set_##_##name_,                             \
	};                                                           \
	REGISTER(set_, const struct stat_item, set_##_desc_##name_); \
	static unsigned long set_##_##name_(void)

#define VMSTAT_ITEM(name, rank)	 STAT_ITEM_(vmstat_items, name, rank)
#define MEMINFO_ITEM(name, rank) STAT_ITEM_(meminfo_items, name, rank)

/* What vmstat has one number of, for each node; what they add up to is vmstat's. */
struct node_item {
	const char *name;
	unsigned int rank;
	unsigned long (*value)(unsigned int nid);
};

#define NODE_ITEM(name_, rank_)                                               \
	static unsigned long node_item_##name_(unsigned int nid);             \
	static const struct node_item node_item_desc_##name_ = {              \
		.name = #name_,                                               \
		.rank = rank_,                                                \
		.value = node_item_##name_,                                   \
	};                                                                    \
	REGISTER(node_items, const struct node_item, node_item_desc_##name_); \
	static unsigned long node_item_##name_(unsigned int nid)

typedef void (*stat_show_t)(const char *name, unsigned long value);

/* Shows the node's items, by rank. */
void stat_node_items_show(unsigned int nid, stat_show_t show);

/* Shows the items whose names begin so, by rank; "" is all.  Returns how many there were. */
unsigned int stat_items_show(const struct stat_item *const *start,
			     const struct stat_item *const *stop, const char *beginning,
			     stat_show_t show);
/*
 * The same for each of a command's arguments (NULL ends them), for all when there are none.
 * A shell command's result; an argument that no name begins with is an error.
 */
int stat_items_command(const struct stat_item *const *start, const struct stat_item *const *stop,
		       char *const *beginnings, stat_show_t show);

#endif /* KERNEL_PROC_STAT_ITEMS_H */
