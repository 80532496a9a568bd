/*
 * options.c - the words on the program's command line
 *
 *	word ──> known[] ──> take[]: a value, or a refusal that names the option, and nothing is started
 *
 * Locking: none: nothing runs yet.
 */
#include "arch/user/options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { USAGE = 64, RAM_LEAST = 16 * MiB };
/* Where it ends is a physical address too, and tags have 32 bits for it. */
#define BASE_MOST ALIGN_DOWN(min(3ul * GiB, ~0ul - GiB), TABLE_SPAN)

struct options options = { .mem = GiB, .append = "" };
unsigned long user_phys_offset = PHYS_OFFSET_USUAL;

static const char usage[] =
	"usage: crumb.host [--mem SIZE] [--base ADDRESS] [--append TEXT] [--run TEXT] [--dtb FILE] [--initrd FILE]\n"
	"  --mem SIZE      RAM, 16M to 1G (1G)\n"
	"  --base ADDRESS  the physical address at which RAM begins, a multiple of 2M from 0x60000000 to 3G\n"
	"  --append TEXT   kernel parameters\n"
	"  --run TEXT      shell commands, separated by ;, then power off with their status\n"
	"  --dtb FILE      a device tree that describes the machine; RAM is what it says\n"
	"  --once          a restart ends it\n"
	"  --icount        bench counts instructions, slowly, instead of time\n"
	"  --initrd FILE   is put into RAM, and reserved there\n";

void refuse_option(const char *what, const char *why)
{
	fprintf(stderr, "crumb.host: %s: %s\n", what, why);
	exit(USAGE);
}

void cannot_start(const char *what, const char *why)
{
	fprintf(stderr, "crumb.host: %s: %s\n", what, why);
	exit(CANNOT_START);
}

/* A number up to 4G, decimal or 0x hex, with K, M or G behind it.  False: it is none. */
static bool parse_number(const char *text, unsigned long *n)
{
	static const char units[] = "KMG";
	const char *unit;
	char *end;

	errno = 0;
	*n = strtoul(text, &end, 0);
	unit = *end ? strchr(units, *end) : NULL;
	if (unit && *n <= UINT32_MAX >> 10 * (unit - units + 1))
		*n <<= 10 * (unit - units + 1), end++;
	return isdigit((unsigned char)*text) && !*end && !errno && *n <= UINT32_MAX;
}

static void take_size(const char *text)
{
	if (!parse_number(text, &options.mem) || !IS_ALIGNED(options.mem, PAGE_SIZE) ||
	    options.mem < RAM_LEAST || options.mem > GiB)
		refuse_option(text, "--mem: not a size of RAM: whole pages, 16M to 1G");
}

static void take_base(const char *text)
{
	if (!parse_number(text, &user_phys_offset) || !IS_ALIGNED(user_phys_offset, TABLE_SPAN) ||
	    user_phys_offset < PHYS_OFFSET_USUAL || user_phys_offset > BASE_MOST)
		refuse_option(
			text,
			"--base: not where RAM may begin: a multiple of 2M from 0x60000000 to 3G (below it are devices)");
}

static void take_append(const char *text)
{
	options.append = text;
}

static void take_run(const char *text)
{
	options.run = text;
}

static void take_dtb(const char *text)
{
	options.dtb = text;
}

static void take_initrd(const char *text)
{
	options.initrd = text;
}

static void take_once(const char *text __unused)
{
	options.once = true;
}

static void take_icount(const char *text __unused)
{
	options.icount = true;
}

static void take_help(const char *text __unused)
{
	fputs(usage, stdout);
	exit(0);
}

static const struct option known[] = {
	{ "mem", required_argument, NULL, 0 },	  { "base", required_argument, NULL, 1 },
	{ "append", required_argument, NULL, 2 }, { "run", required_argument, NULL, 3 },
	{ "dtb", required_argument, NULL, 4 },	  { "initrd", required_argument, NULL, 5 },
	{ "once", no_argument, NULL, 6 },	  { "icount", no_argument, NULL, 7 },
	{ "help", no_argument, NULL, 8 },	  { 0 },
};
static void (*const take[])(const char *text) = { take_size, take_base,	  take_append,
						  take_run,  take_dtb,	  take_initrd,
						  take_once, take_icount, take_help };

void read_options(int argc, char **argv)
{
	for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
		if (c >= (int)ARRAY_SIZE(take)) { /* it has said why */
			fputs(usage, stderr);
			exit(USAGE);
		}
		take[c](optarg);
	}
	if (optind < argc)
		refuse_option(argv[optind], "no argument is taken but options (--help)");
}
