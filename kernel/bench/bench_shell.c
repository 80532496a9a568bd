/*
 * bench_shell.c - `bench`: runs benchmarks and shows their rows beside targets and Linux
 *
 *	row              alloc    free    pair     p50     p99   worst   target    Linux  ratio  best
 *	slab.cache64        60      53     113     113     113      60       55       92  1.228  SLAB
 *
 * A terminal too narrow for all columns is shown those that say most: see columns[].  Linux is the best
 * one of the row, whose name ends the line; ratio is the pair's cost by its: below 1
 * is faster.  Of worst cases both halves count.  In colour: green meets the target, yellow beats
 * Linux, red does neither.
 *
 * --hist adds how often which cost was met, of single operations:
 *
 *	  alloc   64-79          1937  ████████████████████████
 *	          512-639          63  █
 *
 * --csv is for programs (tools/bench.py).  Its lines, in this order:
 *
 *	bench-begin exact=1 unit=instructions
 *	bench-run NAME                                     each benchmark, before its rows
 *	bench-hist NAME,OPERATION,FIRST,LAST,COUNT         with --hist, each bucket of its row to come
 *	bench-row NAME,PARTS,ALLOC,FREE,PAIR,P50,P99,WORST_ALLOC,WORST_FREE
 *	bench-without NAME,WHY
 *	bench-end rows=N
 *
 * Locking: none.
 * Read next: bench.h.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel/banner.h"
#include "kernel/bench/bench.h"
#include "kernel/bench/histogram.h"
#include "kernel/bench/stats.h"
#include "kernel/console.h"
#include "kernel/registry.h"
#include "kernel/shell/run.h"
#include "kernel/shell/shell.h"

REGISTRY(benchmarks, const struct benchmark);

static bool colour;
static bool noisy;     /* nanoseconds */
static bool compared;  /* instructions of the machine that targets and Linux are counted on */
static bool timed;     /* the row's numbers are times by a clock that ticks too seldom */
static bool head_done; /* the table's head stands above its first line */

/* --- the table -------------------------------------------------------------------------------- */

enum { NUMBER = 9, NAME = 26, RATIO_WIDTH = 7 };

/* From how many columns of the terminal on it is shown; a row's name may be some longer than NAME. */
enum column { PARTS, P50, P99, TARGET, LINUX, RATIO, BEST };
static const struct {
	unsigned char compared, alone; /* others have nothing to be compared with */
} columns[] = {
	[PARTS] = { 130, 92 }, [P50] = { 130, 72 },   [P99] = { 82, 62 },    [TARGET] = { 72, 130 },
	[LINUX] = { 92, 130 }, [RATIO] = { 58, 130 }, [BEST] = { 100, 130 },
};

static bool is_shown(enum column column)
{
	return shell_table_columns() >=
	       (compared ? columns[column].compared : columns[column].alone);
}

/* What took less than a tick of the clock. */
static void print_too_fast(void)
{
	char text[NUMBER];

	snprintf(text, sizeof(text), "<%d", ARCH_TICK_NS);
	con_printf(" %*s", NUMBER, text);
}

static void print_number(bool known, u64 value)
{
	if (known && timed && !value)
		print_too_fast();
	else if (known)
		con_printf(" %*llu", NUMBER, (unsigned long long)value);
	else
		con_printf(" %*s", NUMBER, "-");
}

static void print_column(enum column column, bool known, u64 value)
{
	if (is_shown(column))
		print_number(known, value);
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
		con_printf(" %*s", RATIO_WIDTH, "-");
}

static void print_title(bool shown, int width, const char *title)
{
	if (shown)
		con_printf(" %*s", width, title);
}

static void print_titles(void)
{
	con_printf("%-*s", NAME, "row");
	print_title(is_shown(PARTS), NUMBER, "alloc");
	print_title(is_shown(PARTS), NUMBER, "free");
	print_title(true, NUMBER, "pair");
	print_title(is_shown(P50), NUMBER, "p50");
	print_title(is_shown(P99), NUMBER, "p99");
	print_title(true, NUMBER, "worst");
	print_title(is_shown(TARGET), NUMBER, "target");
	print_title(is_shown(LINUX), NUMBER, "Linux");
	print_title(is_shown(RATIO), RATIO_WIDTH, "ratio");
	con_puts(is_shown(BEST) ? "  best\n" : "\n");
}

static void table_head(void)
{
	if (head_done)
		return;
	head_done = true;
	if (noisy)
		con_printf(
			"nanoseconds, and noisy: this machine does not count instructions.  Its clock "
			"ticks each %u ns,\nso what is faster shows as <%u.  To count: `%s bench`, "
			"or `%s qemu ICOUNT=1` for a prompt.\n",
			ARCH_TICK_NS, ARCH_TICK_NS, crumb_make, crumb_make);
	print_titles();
}

static bool is_size(const struct bench_row *row)
{
	return strncmp(row->name, "size.", 5) == 0;
}

/* What the row is to be measured against; bytes are bytes on any emulation of such words. */
static struct bench_anchor anchor_for(const struct bench_row *row)
{
	const struct bench_anchor *anchor = bench_anchor_of(row->name);

	if (!anchor || (!compared && !(is_size(row) && sizeof(long) == sizeof(u32))))
		return (struct bench_anchor){};
	return *anchor;
}

static void table_row(const struct bench_row *row)
{
	struct bench_anchor anchor;
	const char *paint;

	timed = noisy && !is_size(row);
	anchor = anchor_for(row);
	paint = colour_of(row, &anchor);
	table_head();
	con_printf("%s%-*s", paint, NAME, row->name);
	print_column(PARTS, row->parts, row->alloc);
	print_column(PARTS, row->parts, row->free);
	print_number(true, row->pair);
	print_column(P50, true, row->p50);
	print_column(P99, true, row->p99);
	print_number(true, max(row->worst_alloc, row->worst_free));
	print_column(TARGET, anchor.target.pair != 0, anchor.target.pair);
	print_column(LINUX, anchor.linux_.pair != 0, anchor.linux_.pair);
	if (is_shown(RATIO))
		print_ratio(ratio_to(row, &anchor.linux_));
	if (is_shown(BEST))
		con_printf("  %s", anchor.best ? anchor.best : "-");
	con_puts(*paint ? "\033[0m\n" : "\n");
}

static void table_without(const char *name, const char *why)
{
	table_head();
	con_printf("%-*s  left out: %s\n", NAME, name, why);
}

/* --- histograms ------------------------------------------------------------------------------- */

enum { BAR = 40 };

static const char *operation; /* of the buckets that follow; shown once */

static void table_bucket(u32 first, u32 last, unsigned int count, unsigned int of)
{
	char bounds[24];

	snprintf(bounds, sizeof(bounds), first == last ? "%lu" : "%lu-%lu", (unsigned long)first,
		 (unsigned long)last);
	con_printf("  %-9s %-15s %6u  ", operation, bounds, count);
	operation = "";
	for (unsigned int i = 0; i < (count * BAR + of - 1) / of; i++)
		con_putc('#');
	con_putc('\n');
}

static void table_samples(const char *name, const char *of, const u32 *sorted, unsigned int n)
{
	table_head();
	if (strcmp(of, "free"))
		con_printf("%s, single operations:\n", name);
	operation = of;
	histogram_of(sorted, n, table_bucket);
}

static const char *hist_row;

static void csv_bucket(u32 first, u32 last, unsigned int count, unsigned int of __unused)
{
	con_printf("bench-hist %s,%s,%lu,%lu,%u\n", hist_row, operation, (unsigned long)first,
		   (unsigned long)last, count);
}

static void csv_samples(const char *name, const char *of, const u32 *sorted, unsigned int n)
{
	hist_row = name;
	operation = of;
	histogram_of(sorted, n, csv_bucket);
}

/* --- for programs ----------------------------------------------------------------------------- */

static void csv_row(const struct bench_row *row)
{
	con_printf("bench-row %s,%d,%llu,%llu,%llu,%llu,%llu,%llu,%llu\n", row->name, row->parts,
		   (unsigned long long)row->alloc, (unsigned long long)row->free,
		   (unsigned long long)row->pair, (unsigned long long)row->p50,
		   (unsigned long long)row->p99, (unsigned long long)row->worst_alloc,
		   (unsigned long long)row->worst_free);
}

static void csv_without(const char *name, const char *why)
{
	con_printf("bench-without %s,%s\n", name, why);
}

static void csv_begin(const char *name)
{
	con_printf("bench-run %s\n", name);
}

/* --- the command ------------------------------------------------------------------------------ */

static const char *nth_name(unsigned int i)
{
	const struct benchmark *const *entry = __start_benchmarks + i;

	return entry < __stop_benchmarks ? (*entry)->name : NULL;
}

static const char *nth_family(unsigned int i)
{
	static char family[48];
	const char *name = nth_name(i);

	if (!name)
		return NULL;
	snprintf(family, sizeof(family), "%.*s.", (int)strcspn(name, "."), name);
	return family;
}

/* Families ("page.") first; their rows once the `.` is typed. */
static const char *complete_bench(int argc, char **argv, unsigned int nth)
{
	return strchr(argv[argc - 1], '.') ? nth_name(nth) : registry_distinct(nth_family, nth);
}

static void list_benchmarks(void)
{
	const struct benchmark *benchmark = NULL;

	while (!con_interrupted() && (benchmark = bench_next(benchmark)))
		con_printf("%-*s %s%s%s\n", NAME, benchmark->name, benchmark->what,
			   benchmark->state ? "; from: " : "",
			   benchmark->state ? benchmark->state : "");
}

static int run_and_print(bool csv, bool hist)
{
	const struct bench_sink table = { .row = table_row,
					  .left_out = table_without,
					  .samples = hist ? table_samples : NULL };
	const struct bench_sink lines = { .row = csv_row,
					  .left_out = csv_without,
					  .begin = csv_begin,
					  .samples = hist ? csv_samples : NULL };
	int rows;

	if (csv)
		con_printf("bench-begin exact=%d unit=%s\n", !noisy, noisy ? "ns" : "instructions");
	rows = bench_run(csv ? &lines : &table);
	if (csv && rows >= 0)
		con_printf("bench-end rows=%d\n", rows);
	return rows;
}

static int run_benchmarks(bool csv, bool hist)
{
	int rows = run_and_print(csv, hist);

	if (rows == -ENOENT)
		return shell_error("no row has such a name; bench --list shows them");
	if (rows == -ENOMEM)
		return shell_error("no memory for the samples");
	if (rows == -EINTR)
		return shell_interrupted("%s", ", with the rows above");
	return rows < 0 ? shell_error("stopped: pages were lost or kept") : SHELL_OK;
}

SHELL_CMD(
	bench, "[--csv] [--color] [--hist] [--list] [NAME...]",
	"measure what operations cost: all, or the rows of these names", .group = "debug",
	.example = "bench page.order0", .complete = complete_bench,
	.details =
		"Instructions, counted exactly, on a machine started with --icount; else "
		"noisy nanoseconds.\np50 and p99 are of pairs; worst is the worst single "
		"operation, ratio the pair's cost by that\nof the best Linux of the row.  A "
		"narrow terminal shows fewer columns.\n--hist shows how often which cost was "
		"met, --list what each row measures and from which\nstate; --csv is for programs.\n"
		"NAME is the row of that name; where there is none, the beginning of rows' names.\n"
		"* in it is any text.")
{
	enum bench_clock clock = bench_check_clock();
	bool csv = false, hist = false, list = false;
	const char *unknown;
	int first = 1;

	colour = head_done = false;
	noisy = clock == BENCH_NOISY;
	compared = arch_clock_exact();
	for (; first < argc && argv[first][0] == '-'; first++) {
		if (!strcmp(argv[first], "--csv"))
			csv = true;
		else if (!strcmp(argv[first], "--color"))
			colour = true;
		else if (!strcmp(argv[first], "--hist"))
			hist = true;
		else if (!strcmp(argv[first], "--list"))
			list = true;
		else
			return SHELL_USAGE;
	}
	unknown = bench_want(argv + first, (unsigned int)(argc - first));
	if (unknown)
		return shell_no_such("row", unknown, nth_name);
	if (list) {
		list_benchmarks();
		return SHELL_OK;
	}
	if (clock == BENCH_CONTRADICTS)
		return shell_error("counting is not exact here: ten nops do not count as ten");
	return run_benchmarks(csv, hist);
}
