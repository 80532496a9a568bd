/*
 * proc.c - the files under /proc, and `cat` and `ls` that show them
 *
 *	cat /proc/buddyinfo  -->  proc_find()  -->  its show(), which prints
 *
 * There is one folder and nothing is stored: a file is a function.  Each is written beside what
 * it shows, with PROC_FILE().
 *
 * Locking: none here, descriptors are read-only; a show() takes what it needs.
 * Read next: proc.h.
 */
#include <stdio.h>
#include <string.h>

#include "kernel/console.h"
#include "kernel/proc/proc.h"
#include "kernel/registry.h"
#include "kernel/shell/run.h"

REGISTRY(proc_files, const struct proc_file);

static const char folder[] = "/proc/";

enum { FOLDER_LEN = sizeof(folder) - 1 };

static bool in_folder(const char *path)
{
	return strncmp(path, folder, FOLDER_LEN) == 0;
}

const struct proc_file *proc_find(const char *path)
{
	const char *name = in_folder(path) ? path + FOLDER_LEN : path;
	const struct proc_file *const *entry;

	for_each_registered(entry, proc_files)
		if (strcmp((*entry)->name, name) == 0)
			return *entry;
	return NULL;
}

static const char *bare_name(unsigned int i)
{
	const struct proc_file *const *entry = __start_proc_files + i;

	return entry < __stop_proc_files ? (*entry)->name : NULL;
}

/* The ith file's whole path; valid until the next call. */
static const char *full_name(unsigned int i)
{
	static char path[64];
	const char *name = bare_name(i);

	if (!name)
		return NULL;
	snprintf(path, sizeof(path), "%s%s", folder, name);
	return path;
}

static const char *complete_path(int argc, char **argv, unsigned int nth)
{
	char first = argv[argc - 1][0];

	return first && first != '/' ? bare_name(nth) : full_name(nth);
}

static bool is_folder(const char *path)
{
	return strcmp(path, "/proc") == 0 || strcmp(path, folder) == 0;
}

static int no_such_file(const char *path)
{
	if (is_folder(path))
		return shell_error("%s is a folder (`ls` lists it)", path);
	return shell_no_such("file", path, in_folder(path) ? full_name : bare_name);
}

SHELL_CMD(cat, "FILE...", "print files of /proc", .looks = true, .group = "proc",
	  .example = "cat /proc/cmdline", .complete = complete_path,
	  .details = "`cat cmdline` is short for `cat /proc/cmdline`; `ls` lists the files.")
{
	int result = SHELL_OK;

	if (argc < 2)
		return SHELL_USAGE;
	for (int i = 1; i < argc && !con_interrupt_seen(); i++) {
		const struct proc_file *file = proc_find(argv[i]);

		if (file)
			file->show();
		else
			result = no_such_file(argv[i]);
	}
	return result;
}

static void list_file(const struct proc_file *file)
{
	con_printf("%s%-20s %s\n", folder, file->name, file->summary);
}

static void list_files(void)
{
	const struct proc_file *file = NULL;

	while ((file = registry_after(__start_proc_files, __stop_proc_files, registry_by_name,
				      file)))
		list_file(file);
}

SHELL_CMD(ls, "[/proc]", "list the files of /proc", .looks = true, .group = "proc", .example = "ls",
	  .complete = complete_path)
{
	const struct proc_file *file;

	if (argc > 2)
		return SHELL_USAGE;
	if (argc == 1 || is_folder(argv[1])) {
		list_files();
		return SHELL_OK;
	}
	file = proc_find(argv[1]);
	if (!file)
		return shell_no_such("file", argv[1], full_name);
	list_file(file);
	return SHELL_OK;
}
