/*
 * tree.c - a boot loader's part in a device tree: the command line and the initrd, as /chosen tells them
 *
 *	file ──> a copy in memory ──> fdtput (device-tree-compiler) sets properties ──> to be loaded
 *
 * Locking: none: nothing runs yet.
 */
#include "arch/user/options.h"

#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Copies the file into one that only this process has; -1: errno says why. */
static int copy_of(const char *path)
{
	int copy = memfd_create("tree", 0);
	FILE *from = fopen(path, "rb");
	char bytes[4096];
	size_t n;

	if (copy < 0 || !from)
		return -1;
	while ((n = fread(bytes, 1, sizeof(bytes), from)))
		if (write(copy, bytes, n) != (ssize_t)n)
			return -1;
	return !ferror(from) && fclose(from) == 0 ? copy : -1;
}

static void set_property(int tree, const char *type, const char *name, const char *value)
{
	char path[32];
	const char *const words[] = { "fdtput", "-p",	   "-t", type,	"--",
				      path,	"/chosen", name, value, NULL };
	int status = 0, error;
	pid_t child;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", tree);
	error = posix_spawnp(&child, "fdtput", NULL, NULL, (char **)words, environ);
	if (error == ENOENT)
		refuse_option(
			"--dtb",
			"fdtput is not installed, which --append, --run and --initrd need to write "
			"into a tree (package device-tree-compiler)");
	if (error)
		cannot_start("fdtput", strerror(error));
	if (waitpid(child, &status, 0) != child || status)
		refuse_option("--dtb", "fdtput refused the tree");
}

static void set_address(int tree, const char *name, u32 address)
{
	char text[16];

	snprintf(text, sizeof(text), "%x", address);
	set_property(tree, "x", name, text);
}

FILE *tree_with(const char *path, const char *line, const u32 initrd[2])
{
	int tree = copy_of(path);

	if (tree < 0)
		return NULL;
	if (*line)
		set_property(tree, "s", "bootargs", line);
	if (initrd[1]) {
		set_address(tree, "linux,initrd-start", initrd[0]);
		set_address(tree, "linux,initrd-end", initrd[0] + initrd[1]);
	}
	lseek(tree, 0, SEEK_SET);
	return fdopen(tree, "rb");
}
