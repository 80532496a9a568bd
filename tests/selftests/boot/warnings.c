/*
 * warnings.c - the hook behind warnings.h: a count and the last line
 */
#include <stdio.h>
#include <string.h>

#include "boot/boot_impl.h"
#include "tests/selftests/boot/warnings.h"

static unsigned int caught;
static char last[240];
static boot_warn_hook_t former;

static void catch_line(const char *line)
{
	caught++;
	snprintf(last, sizeof(last), "%s", line);
}

void warnings_catch(void)
{
	caught = 0;
	last[0] = '\0';
	former = boot_warn_set_hook(catch_line);
}

unsigned int warnings_release(void)
{
	boot_warn_set_hook(former);
	return caught;
}

bool warnings_last_has(const char *text)
{
	return strstr(last, text) != NULL;
}
