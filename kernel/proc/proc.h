/*
 * proc.h - the files under /proc: views of the kernel's state that `cat` prints
 *
 *	PROC_FILE(buddyinfo, "free blocks of each order, per zone")
 *	{
 *		con_printf(...);
 *	}
 */
#ifndef KERNEL_PROC_H
#define KERNEL_PROC_H

#include "lib/compiler.h"

struct proc_file {
	const char *name;
	const char *summary;
	void (*show)(void);
};

#define PROC_FILE(name_, summary_)                                       \
	static void proc_show_##name_(void);                             \
	static const struct proc_file proc_desc_##name_ = {              \
		.name = #name_,                                          \
		.summary = summary_,                                     \
		.show = proc_show_##name_,                               \
	};                                                               \
	REGISTER(proc_files, const struct proc_file, proc_desc_##name_); \
	static void proc_show_##name_(void)

/* The file at a path such as "/proc/buddyinfo", or NULL. */
const struct proc_file *proc_find(const char *path);

#endif /* KERNEL_PROC_H */
