/*
 * bench_plugin.c - an emulator plugin: counts the instructions executed in benchmarks' windows
 *
 *	-plugin bench_plugin.so,marks=FILE,out=FILE[,counts=on]
 *
 *	marks   a PC a line: "b c0012340" where a window begins, "e" where it ends; "n" where the next
 *	        benchmark begins; "m" an instruction that masks interrupts, "r" one that restores what
 *	        was before, "u" one that unmasks them
 *	out     at exit: "row N LENGTH FROM TO BEGIN-PC TIMES OPEN" for the Nth benchmark (from 0): the longest
 *	        stretch with interrupts off, in instructions, the PCs of its ends, its window, how many
 *	        windows there were, and how many of them ended with interrupts off; with counts=on also
 *	        "window BEGIN-PC TIMES RANK" (by first time), "count BEGIN-PC PC N"
 *
 * A window opens before the instruction at a begin mark and closes before the one at an end mark;
 * windows do not nest.  Every executed instruction is seen, so the counts are exact; of the first CPU.
 *
 * Interrupts are off in each window, by the benchmark's own doing: so that is not what is looked at.
 * An operation is taken to begin with interrupts on.  Masking counts up, restoring down, as they
 * nest; a stretch begins behind the first that masks, and ends with the one that brings back zero.
 *
 * The emulator's plugin interface is declared here as far as it is used: Debian packages no header
 * for it.  tools/bench_profile.py compiles this with the interface's version and runs it.
 * QEMU: docs/devel/tcg-plugins.rst
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the interface ---------------------------------------------------------------------------- */

typedef uint64_t plugin_id;
struct qemu_plugin_tb;	 /* a block being translated */
struct qemu_plugin_insn; /* one instruction of it */

void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id,
					   void (*cb)(plugin_id id, struct qemu_plugin_tb *tb));
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
/* flags 0: the callback looks at no registers. */
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    void (*cb)(unsigned int cpu, void *data), int flags,
					    void *data);
void qemu_plugin_register_atexit_cb(plugin_id id, void (*cb)(plugin_id id, void *data), void *data);

#define EXPORT __attribute__((visibility("default")))
EXPORT extern int qemu_plugin_version;
EXPORT int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv);

int qemu_plugin_version = PLUGIN_VERSION;

/* --- marks ------------------------------------------------------------------------------------ */

enum { MARKS_MAX = 4096 };

struct mark {
	char kind;
	uint64_t pc;
	uint64_t times; /* windows that it opened */
	int rank;	/* it was the nth to open its first */
};

static struct mark marks[MARKS_MAX];
static int nr_marks;
static int nr_ranks;
static int open_window = -1; /* its begin mark; -1: none is open */

static bool read_marks(const char *path)
{
	FILE *in = fopen(path, "r");

	if (!in)
		return false;
	while (nr_marks < MARKS_MAX &&
	       fscanf(in, " %c %lx", &marks[nr_marks].kind, &marks[nr_marks].pc) == 2)
		nr_marks++;
	fclose(in);
	return nr_marks > 0 && nr_marks < MARKS_MAX;
}

/* The mark of one of these kinds that stands there; -1: none does. */
static int mark_at(uint64_t pc, const char *kinds)
{
	for (int i = 0; i < nr_marks; i++) {
		if (marks[i].pc == pc && strchr(kinds, marks[i].kind))
			return i;
	}
	return -1;
}

/* --- interrupts off --------------------------------------------------------------------------- */

struct row {
	uint64_t longest;
	uint64_t from, to; /* the PCs of its ends */
	uint64_t window;   /* in which it was */
	uint64_t windows;  /* that it opened */
	uint64_t open;	   /* of these, that ended with interrupts off */
};

enum { ROWS_MAX = 4096 };

static struct row rows[ROWS_MAX];
static int nr_rows;
static unsigned int depth; /* how often interrupts are masked in the open window */
static uint64_t now;	   /* instructions executed in windows */
static uint64_t off_since, off_from;

static struct row *this_row(void)
{
	return nr_rows ? &rows[nr_rows - 1] : NULL;
}

static void mask(uint64_t pc)
{
	if (depth++)
		return;
	off_since = now;
	off_from = pc;
}

static void unmask(uint64_t pc, bool all)
{
	struct row *row = this_row();

	if (!depth)
		return;
	depth = all ? 0 : depth - 1;
	if (depth || !row || now - off_since <= row->longest)
		return;
	row->longest = now - off_since;
	row->from = off_from;
	row->to = pc;
	row->window = marks[open_window].pc;
}

static void close_window(void)
{
	if (depth && this_row())
		this_row()->open++;
	depth = 0;
	open_window = -1;
}

/* --- instructions ----------------------------------------------------------------------------- */

/* A translated instruction; the same one may have been translated more than once. */
struct place {
	uint64_t pc;
	int begins, ends; /* the mark that stands here; -1: none */
	char irqs;	  /* the kind of the mark that does something to interrupts; 0: none */
	bool next_row;
	uint64_t *counts; /* by window; NULL until it was executed in one */
	struct place *next;
};

static struct place *places;
static const char *out_path;
static bool counting;

static void executed(unsigned int cpu, void *data)
{
	struct place *place = data;

	if (cpu)
		return;
	if (place->next_row && nr_rows < ROWS_MAX)
		nr_rows++;
	if (place->ends >= 0)
		close_window();
	if (place->begins >= 0) {
		open_window = place->begins;
		if (this_row())
			this_row()->windows++;
		if (!marks[open_window].times++)
			marks[open_window].rank = nr_ranks++;
		/* Of an empty window the end stands at the same place. */
		if (place->ends >= 0)
			close_window();
	}
	if (open_window < 0)
		return;
	now++;
	if (place->irqs == 'm')
		mask(place->pc);
	else if (place->irqs)
		unmask(place->pc, place->irqs == 'u');
	if (counting && !place->counts)
		place->counts = calloc(nr_marks, sizeof(*place->counts));
	if (place->counts)
		place->counts[open_window]++;
}

static void translated(plugin_id id, struct qemu_plugin_tb *tb)
{
	(void)id;
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		struct place *place = calloc(1, sizeof(*place));
		int irqs;

		if (!place)
			abort();
		place->pc = qemu_plugin_insn_vaddr(insn);
		place->begins = mark_at(place->pc, "b");
		place->ends = mark_at(place->pc, "e");
		irqs = mark_at(place->pc, "mru");
		place->irqs = irqs < 0 ? 0 : marks[irqs].kind;
		place->next_row = mark_at(place->pc, "n") >= 0;
		place->next = places;
		places = place;
		qemu_plugin_register_vcpu_insn_exec_cb(insn, executed, 0, place);
	}
}

static void write_counts(plugin_id id, void *data)
{
	FILE *out = fopen(out_path, "w");

	(void)id;
	(void)data;
	if (!out) {
		perror(out_path);
		return;
	}
	for (int i = 0; i < nr_rows; i++)
		fprintf(out, "row %d %lu %lx %lx %lx %lu %lu\n", i, rows[i].longest, rows[i].from,
			rows[i].to, rows[i].window, rows[i].windows, rows[i].open);
	for (int i = 0; counting && i < nr_marks; i++)
		if (marks[i].times)
			fprintf(out, "window %lx %lu %d\n", marks[i].pc, marks[i].times,
				marks[i].rank);
	for (const struct place *place = places; place; place = place->next)
		for (int i = 0; place->counts && i < nr_marks; i++)
			if (place->counts[i])
				fprintf(out, "count %lx %lx %lu\n", marks[i].pc, place->pc,
					place->counts[i]);
	fclose(out);
}

int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv)
{
	const char *marks_path = NULL;

	(void)info;
	for (int i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "marks=", 6))
			marks_path = argv[i] + 6;
		else if (!strncmp(argv[i], "out=", 4))
			out_path = strdup(argv[i] + 4);
		else if (!strcmp(argv[i], "counts=on"))
			counting = true;
	}
	if (!marks_path || !out_path || !read_marks(marks_path)) {
		fprintf(stderr,
			"bench_plugin: wants marks=FILE, of 1 to 4095 lines, and out=FILE\n");
		return 1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, write_counts, NULL);
	return 0;
}
