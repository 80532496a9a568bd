/*
 * bench_shell.c - `bench`: runs benchmarks and shows their rows beside targets and Linux
 *
 *	row              alloc    free    pair     p50   worst   target    Linux  ratio  best
 *	slab.cache64        60      53     113     113      60       55       92  1.228  SLAB
 *
 * Linux is the best one of the row, whose name ends the line; ratio is the pair's cost by its: below 1
 * is faster.  Of worst cases both halves count.  In colour: green meets the target, yellow beats
 * Linux, red does neither.
 *
 * --csv is for programs (tools/bench.py).  Its lines, in this order:
 *
 *	bench-begin exact=1 unit=instructions
 *	bench-row NAME,PARTS,ALLOC,FREE,PAIR,P50,WORST_ALLOC,WORST_FREE
 *	bench-without NAME,WHY
 *	bench-end rows=N
 *
 * Locking: none.
 * Read next: bench.h.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel/bench/bench.h"
#include "kernel/bench/stats.h"
#include "kernel/console.h"
#include "kernel/shell/shell.h"

REGISTRY(benchmarks, const struct benchmark);

static bool colour;
static bool noisy;     /* nanoseconds: not to be compared with instructions */
static bool head_done; /* the table's head stands above its first line */

/* --- the table ------------------------------------------------------------------------------------ */

enum { NUMBER = 9, NAME = 26 };

static void print_number(bool known, u64 value)
{
	if (known)
		con_printf(" %*llu", NUMBER, (unsigned long long)value);
	else
		con_printf(" %*s", NUMBER, "-");
}

/* In thousandths of what it is compared with; of worst cases, which stand apart, the less good half. */
static u64 ratio_to(const struct bench_row *row, const struct bench_cost *other)
{
	if (!other->pair)
		return 0;
	if (!strstr(row->name, "(worst)") || !other->alloc || !other->free)
		return stats_mean(row->pair * 1000, other->pair);
	return max(stats_mean(row->alloc * 1000, other->alloc),
		   stats_mean(row->free * 1000, other->free));
}

static const char *colour_of(const struct bench_row *row, const struct bench_anchor *anchor)
{
	if (!colour || !(anchor->target.pair | anchor->linux_.pair))
		return "";
	if (anchor->target.pair && ratio_to(row, &anchor->target) <= 1000)
		return "\033[32m";
	return anchor->linux_.pair && ratio_to(row, &anchor->linux_) < 1000 ? "\033[33m"
									    : "\033[31m";
}

/* Three decimals, without the help of floating point. */
static void print_ratio(u64 thousandths)
{
	if (thousandths)
		con_printf(" %3llu.%03llu", (unsigned long long)(thousandths / 1000),
			   (unsigned long long)(thousandths % 1000));
	else
		con_printf(" %7s", "-");
}

static void table_head(void)
{
	if (head_done)
		return;
	head_done = true;
	if (noisy)
		con_puts("nanoseconds, and noisy: this emulation does not count instructions "
			 "(qemu.sh --icount does)\n");
	con_printf("%-*s %*s %*s %*s %*s %*s %*s %*s %7s  best\n", NAME, "row", NUMBER, "alloc",
		   NUMBER, "free", NUMBER, "pair", NUMBER, "p50", NUMBER, "worst", NUMBER, "target",
		   NUMBER, "Linux", "ratio");
}

/* What the row is to be measured against; bytes are bytes on any emulation. */
static struct bench_anchor anchor_for(const struct bench_row *row)
{
	const struct bench_anchor *anchor = bench_anchor_of(row->name);

	if (!anchor || (noisy && strncmp(row->name, "size.", 5)))
		return (struct bench_anchor){};
	return *anchor;
}

static void table_row(const struct bench_row *row)
{
	const struct bench_anchor anchor = anchor_for(row);
	const char *paint = colour_of(row, &anchor);

	table_head();
	con_printf("%s%-*s", paint, NAME, row->name);
	print_number(row->parts, row->alloc);
	print_number(row->parts, row->free);
	print_number(true, row->pair);
	print_number(true, row->p50);
	print_number(true, max(row->worst_alloc, row->worst_free));
	print_number(anchor.target.pair != 0, anchor.target.pair);
	print_number(anchor.linux_.pair != 0, anchor.linux_.pair);
	print_ratio(ratio_to(row, &anchor.linux_));
	con_printf("  %s%s", anchor.best ? anchor.best : "-", *paint ? "\033[0m\n" : "\n");
}

static void table_without(const char *name, const char *why)
{
	table_head();
	con_printf("%-*s  left out: %s\n", NAME, name, why);
}

/* --- for programs --------------------------------------------------------------------------------- */

static void csv_row(const struct bench_row *row)
{
	con_printf("bench-row %s,%d,%llu,%llu,%llu,%llu,%llu,%llu\n", row->name, row->parts,
		   (unsigned long long)row->alloc, (unsigned long long)row->free,
		   (unsigned long long)row->pair, (unsigned long long)row->p50,
		   (unsigned long long)row->worst_alloc, (unsigned long long)row->worst_free);
}

static void csv_without(const char *name, const char *why)
{
	con_printf("bench-without %s,%s\n", name, why);
}

/* --- the command ---------------------------------------------------------------------------------- */

static const char *nth_name(unsigned int i)
{
	const struct benchmark *const *entry = __start_benchmarks + i;

	return entry < __stop_benchmarks ? (*entry)->name : NULL;
}

/* Families ("page.") first; their rows once the `.` is typed. */
static const char *complete_bench(int argc, char **argv, unsigned int nth)
{
	static char family[48];
	const char *name = nth_name(nth);

	if (!name || strchr(argv[argc - 1], '.'))
		return name;
	snprintf(family, sizeof(family), "%.*s.", (int)strcspn(name, "."), name);
	return family;
}

static int list_benchmarks(char **patterns, unsigned int nr)
{
	const struct benchmark *benchmark = NULL;

	while ((benchmark = bench_next(patterns, nr, benchmark)))
		con_printf("%-*s %s%s%s\n", NAME, benchmark->name, benchmark->what,
			   benchmark->state ? "; from: " : "",
			   benchmark->state ? benchmark->state : "");
	return SHELL_OK;
}

static int run_and_print(char **patterns, unsigned int nr, bool csv)
{
	static const struct bench_sink table = { table_row, table_without };
	static const struct bench_sink lines = { csv_row, csv_without };
	int rows;

	if (csv)
		con_printf("bench-begin exact=%d unit=%s\n", !noisy, noisy ? "ns" : "instructions");
	rows = bench_run(patterns, nr, csv ? &lines : &table);
	if (csv && rows >= 0)
		con_printf("bench-end rows=%d\n", rows);
	return rows;
}

SHELL_CMD(
	bench, "[--csv] [--color] [--list] [NAME...]",
	"measure what operations cost: all, or rows whose names begin so", .group = "debug",
	.example = "bench page.order0", .complete = complete_bench,
	.details =
		"Instructions, counted exactly, on a machine started with --icount; else "
		"noisy nanoseconds.\nworst is the worst single operation, ratio the pair's "
		"cost by that of the best Linux of the row.\n--list tells what each row measures and from "
		"which state; --csv is for programs.\nNAME$ is that row alone.")
{
	enum bench_clock clock = bench_check_clock();
	bool csv = false, list = false;
	int first = 1, rows;

	colour = head_done = false;
	noisy = clock == BENCH_NOISY;
	for (; first < argc && argv[first][0] == '-'; first++) {
		if (!strcmp(argv[first], "--csv"))
			csv = true;
		else if (!strcmp(argv[first], "--color"))
			colour = true;
		else if (!strcmp(argv[first], "--list"))
			list = true;
		else
			return SHELL_USAGE;
	}
	if (list)
		return list_benchmarks(argv + first, (unsigned int)(argc - first));
	if (clock == BENCH_CONTRADICTS)
		return shell_error("counting is not exact here: ten nops do not count as ten");
	rows = run_and_print(argv + first, (unsigned int)(argc - first), csv);
	if (rows == -ENOENT)
		return shell_error("no row has such a name; bench --list shows them");
	if (rows == -ENOMEM)
		return shell_error("no memory for the samples");
	if (rows == -EINTR)
		return shell_error("interrupted");
	return rows < 0 ? shell_error("stopped: pages were lost or kept") : SHELL_OK;
}
