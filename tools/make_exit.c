/*
 * make_exit.c - $(exit N): lets GNU make end with the status that the machine ended with
 *
 * make itself knows three statuses and turns every failed command into 2.  `make run` promises the
 * machine's: 0 all succeeded, 1 a command or test failed, 2 panic, 124 time limit.  So the Makefile
 * builds this for the host and loads it (`load`, GNU make 4.0 and later), for that one goal.
 *
 *	run: run-machine                        # never fails, leaves the status in a file
 *		$(exit $(shell cat status))
 *
 * An empty argument does nothing, so that `make -n run` only prints.
 * GNU make manual: "Loading Dynamic Objects"
 */
#include <gnumake.h>
#include <stdlib.h>

int plugin_is_GPL_compatible; /* make refuses to load an object without this symbol */
int make_exit_gmk_setup(void);

static char *make_exit(const char *name, unsigned int argc, char **argv)
{
	(void)name;
	if (argc && argv[0][0])
		exit(atoi(argv[0]));
	return NULL; /* expands to nothing */
}

/* make finds it by the object's name, and wants a status other than 0. */
int make_exit_gmk_setup(void)
{
	gmk_add_function("exit", make_exit, 1, 1, GMK_FUNC_DEFAULT);
	return 1;
}
