/*
 * bench_plugin.c - an emulator plugin: counts the instructions executed in benchmarks' windows
 *
 *	-plugin bench_plugin.so,marks=FILE,out=FILE
 *
 *	marks   BEGIN-PC or END-PC, one a line: "b c0012340", "e c0012380"
 *	out     at exit: "window BEGIN-PC TIMES RANK" (by first time), "count BEGIN-PC PC N"
 *
 * A window opens before the instruction at a begin mark and closes before the one at an end mark;
 * windows do not nest.  Every executed instruction is seen, so the counts are exact.  One CPU.
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

/* --- the interface ------------------------------------------------------------------------------ */

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

/* --- marks ---------------------------------------------------------------------------------------- */

enum { MARKS_MAX = 1024 };

struct mark {
	bool begin;
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
	char kind;

	if (!in)
		return false;
	while (nr_marks < MARKS_MAX && fscanf(in, " %c %lx", &kind, &marks[nr_marks].pc) == 2)
		marks[nr_marks++].begin = kind == 'b';
	fclose(in);
	return nr_marks > 0;
}

static int mark_at(uint64_t pc, bool begin)
{
	for (int i = 0; i < nr_marks; i++) {
		if (marks[i].pc == pc && marks[i].begin == begin)
			return i;
	}
	return -1;
}

/* --- instructions ------------------------------------------------------------------------------------ */

/* A translated instruction; the same one may have been translated more than once. */
struct place {
	uint64_t pc;
	int begins, ends; /* the mark that stands here; -1: none */
	uint64_t *counts; /* by window; NULL until it was executed in one */
	struct place *next;
};

static struct place *places;
static const char *out_path;

static void executed(unsigned int cpu, void *data)
{
	struct place *place = data;

	(void)cpu;
	if (place->ends >= 0)
		open_window = -1;
	if (place->begins >= 0) {
		open_window = place->begins;
		if (!marks[open_window].times++)
			marks[open_window].rank = nr_ranks++;
		/* Of an empty window the end stands at the same place. */
		if (place->ends >= 0)
			open_window = -1;
	}
	if (open_window < 0)
		return;
	if (!place->counts)
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

		if (!place)
			abort();
		place->pc = qemu_plugin_insn_vaddr(insn);
		place->begins = mark_at(place->pc, true);
		place->ends = mark_at(place->pc, false);
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
	for (int i = 0; i < nr_marks; i++)
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
	}
	if (!marks_path || !out_path || !read_marks(marks_path)) {
		fprintf(stderr, "bench_plugin: wants marks=FILE, not empty, and out=FILE\n");
		return 1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, write_counts, NULL);
	return 0;
}
