/*
 * bench.h - benchmarks: how one is registered and what it measures with
 *
 *	BENCH(order0, "page.order0", "alloc_pages + __free_pages, order 0",
 *	      "one page at the head of its list, its buddy in use")
 *	{
 *		const gfp_t gfp = opaque(GFP_KERNEL);
 *		struct page *page;
 *
 *		BENCH_HOT_PAIRS(b, page, page = alloc_pages(gfp, 0), __free_pages(page, 0));
 *	}
 *
 * Between two inline reads of the clock's low word stands one operation, with interrupts masked,
 * so that no tick is in it.  Where they count instructions (arch_count_exact()) the result is
 * exact: what an empty statement costs is subtracted, and ten nops are found to be ten before
 * anything is printed.  Elsewhere figures are nanoseconds, and noisy.
 *
 * A benchmark states the state that it starts from and makes it; opaque() keeps the compiler from
 * knowing a size or a gfp.  It leaves every page as it was found: the runner compares the balance.
 * Samples lie in pages taken before the first benchmark runs, given back after the last.
 *
 * One benchmark is one row, named as in tests/bench/anchors.csv; or, with bench_value(), several.
 */
#ifndef KERNEL_BENCH_H
#define KERNEL_BENCH_H

#include "arch/arch.h"

enum {
	BENCH_CAPACITY = 8192, /* samples of each kind, and objects */
	BENCH_WARM = 4,	       /* pairs of a hot row before those that count */
};

/* Pairs of a hot row that count. */
#define BENCH_HOT_COUNT ((unsigned int)ARCH_COUNT_TIMES)

/* A running benchmark. */
struct bench {
	const struct benchmark *benchmark;
	unsigned long arg;
	u32 *alloc, *free;    /* clock ticks of each operation; BENCH_CAPACITY of each */
	void **object;	      /* room for what a batch holds; BENCH_CAPACITY */
	unsigned int samples; /* how many of alloc and free are filled */
	unsigned int per;     /* a sample stands for so many operations; 1 unless set */
	bool single;	      /* there is only one operation, in alloc */
	bool batch;	      /* the row's figures are means, not medians */
	bool worst;	      /* the row's figures are the worst of several runs' */
	u32 worst_alloc, worst_free;
	const char *left_out; /* why there is no row here; NULL: there is */
};

struct benchmark {
	const char *name;  /* of the row: "page.order0" */
	const char *what;  /* the operation */
	const char *state; /* the state that it starts from; NULL: it makes no difference */
	void (*run)(struct bench *b);
	unsigned long arg; /* b->arg */
	bool several;	   /* its rows, named after it, come of bench_value() */
};

#define BENCH_REGISTER(id, name_, what_, state_, run_, arg_) \
	static const struct benchmark bench_desc_##id = {    \
		.name = name_,                               \
		.what = what_,                               \
		.state = state_,                             \
		.run = run_,                                 \
		.arg = arg_,                                 \
	};                                                   \
	REGISTER(benchmarks, const struct benchmark, bench_desc_##id)

/* One benchmark of several rows, whose names begin with its own. */
#define BENCH_ROWS(id, name_, what_, state_)                           \
	static void bench_run_##id(struct bench *b);                   \
	static const struct benchmark bench_desc_##id = {              \
		.name = name_,                                         \
		.what = what_,                                         \
		.state = state_,                                       \
		.run = bench_run_##id,                                 \
		.several = true,                                       \
	};                                                             \
	REGISTER(benchmarks, const struct benchmark, bench_desc_##id); \
	static void bench_run_##id(struct bench *b)

/* One benchmark; the body sees `struct bench *b`. */
#define BENCH(id, name_, what_, state_)                              \
	static void bench_run_##id(struct bench *b);                 \
	BENCH_REGISTER(id, name_, what_, state_, bench_run_##id, 0); \
	static void bench_run_##id(struct bench *b)

/* The value (not of a const object), of which the compiler no longer knows anything. */
#define opaque(x)                                     \
	({                                            \
		__typeof__(x) opaque_ = (x);          \
		__asm__ volatile("" : "+r"(opaque_)); \
		opaque_;                              \
	})

/* Clock ticks that a statement takes, the reads' own included, into ticks. */
#define bench_time(ticks, statement)                   \
	do {                                           \
		unsigned long irqs_ = arch_irq_save(); \
		u32 begin_ = arch_count_begin();       \
		statement;                             \
		(ticks) = arch_count_end() - begin_;   \
		arch_irq_restore(irqs_);               \
	} while (0)

/*
 * The same pair again and again: `allocate` leaves the object, NULL when there is none, in
 * `taken`, which `release` gives back.  Returns from the benchmark when there is none.
 */
#define BENCH_HOT_PAIRS(b, taken, allocate, release)                                 \
	do {                                                                         \
		for (unsigned int i_ = 0; i_ < BENCH_WARM + BENCH_HOT_COUNT; i_++) { \
			unsigned int slot_ = i_ < BENCH_WARM ? 0 : i_ - BENCH_WARM;  \
                                                                                     \
			bench_time((b)->alloc[slot_], allocate);                     \
			if (!(taken)) {                                              \
				bench_leave_out(b, "out of memory");                 \
				return;                                              \
			}                                                            \
			bench_time((b)->free[slot_], release);                       \
		}                                                                    \
		(b)->samples = BENCH_HOT_COUNT;                                      \
	} while (0)

/* One operation that leaves nothing behind, again and again. */
#define BENCH_HOT(b, statement)                                                                   \
	do {                                                                                      \
		for (unsigned int i_ = 0; i_ < BENCH_WARM + BENCH_HOT_COUNT; i_++)                \
			bench_time((b)->alloc[i_ < BENCH_WARM ? 0 : i_ - BENCH_WARM], statement); \
		(b)->samples = BENCH_HOT_COUNT;                                                   \
		(b)->single = true;                                                               \
	} while (0)

/* In which order a batch is freed, seen from the order of its allocations. */
enum bench_order { BENCH_FIFO, BENCH_LIFO, BENCH_RANDOM };

/*
 * n objects, then all of them freed in that order; the figures are means.  When memory ends in
 * between, what there is is freed and the row is left out.
 */
#define BENCH_BATCH(b, n, order, taken, allocate, release)            \
	do {                                                          \
		unsigned int held_;                                   \
                                                                      \
		for (held_ = 0; held_ < (n); held_++) {               \
			bench_time((b)->alloc[held_], allocate);      \
			if (!(taken))                                 \
				break;                                \
			(b)->object[held_] = (void *)(taken);         \
		}                                                     \
		bench_arrange(b, held_, order);                       \
		for (unsigned int i_ = 0; i_ < held_; i_++) {         \
			(taken) = (__typeof__(taken))(b)->object[i_]; \
			bench_time((b)->free[i_], release);           \
		}                                                     \
		(b)->samples = held_;                                 \
		(b)->batch = true;                                    \
		if (held_ < (n))                                      \
			bench_leave_out(b, "out of memory");          \
	} while (0)

/* Puts the n objects into the order in which they shall be freed; random is the same each time. */
void bench_arrange(struct bench *b, unsigned int n, enum bench_order order);
/* The run that has just been sampled counts with its worst operations only; more runs may follow. */
void bench_keep_worst(struct bench *b);
/*
 * For the loops of long benchmarks: false once Ctrl-C was typed; then there is no row, and what is held
 * is given back.
 */
bool bench_goes_on(void);
/* The row cannot be had on this machine or in this configuration; why, in a few words. */
void bench_leave_out(struct bench *b, const char *why);
/* A row that is one number, known without sampling; name NULL: the benchmark's own. */
void bench_value(struct bench *b, const char *name, u64 value);
/* Clock ticks as the unit of this run: instructions, or nanoseconds when counting is not exact. */
u64 bench_convert(u64 ticks);
/* What bench_time() of an empty statement costs: its reads of the clock; in the same unit. */
u64 bench_empty_cost(void);

/* --- running, for the shell ------------------------------------------------------------------- */

/* One row of the result.  Unit: instructions (or ns); of size.* rows, bytes. */
struct bench_row {
	const char *name;
	bool parts; /* alloc and free are two operations; else pair is all there is */
	u64 alloc, free, pair;
	u64 p50, p99;		     /* of the pair: median, and what 99 of 100 do not exceed */
	u64 worst_alloc, worst_free; /* the worst single operations */
};

struct bench_sink {
	void (*row)(const struct bench_row *row);
	void (*left_out)(const char *name, const char *why);
	/* Before a benchmark is run; NULL: not to be told. */
	void (*begin)(const char *name);
	/* Before its row: what n single operations took, ascending; NULL: not to be told. */
	void (*samples)(const char *name, const char *operation, const u32 *sorted, unsigned int n);
};

/* What was found about the clock before a run. */
enum bench_clock {
	BENCH_EXACT,	  /* instructions */
	BENCH_NOISY,	  /* nanoseconds of an emulation that counts nothing */
	BENCH_CONTRADICTS /* claims to be exact, but ten nops are not ten */
};
enum bench_clock bench_check_clock(void);

/*
 * The rows that the following calls are about: of no words, all; of each word the row of just that
 * name, or where none has it the rows whose names begin so; where * stands in it for any text, those
 * that match.  Returns the first word that is no row's, or NULL.  The words are used until the next call.
 */
const char *bench_want(char *const *words, unsigned int nr);
/* The next benchmark, by name, that may have a wanted row; NULL: the first. */
const struct benchmark *bench_next(const struct benchmark *after);
bool bench_wants_row(const struct benchmark *benchmark, const char *row);
/* Order of names in which order2 comes before order10; of two struct benchmark. */
int bench_by_name(const void *a, const void *b);

/*
 * Runs the wanted benchmarks in order of name and hands each row to the sink.  Returns how many rows
 * there were; -ENOENT: none, and none was left out; -ENOMEM: no memory for the samples; -EINTR: Ctrl-C;
 * -EIO: a benchmark left the page balance changed.  Context: a shell command.
 */
int bench_run(const struct bench_sink *sink);

/* What one operation may cost, or costs elsewhere; 0: not known. */
struct bench_cost {
	u32 alloc, free, pair;
};

/* What others need for the same; from tests/bench/anchors.csv. */
struct bench_anchor {
	const char *name;
	struct bench_cost target; /* the goal of the row */
	struct bench_cost
		linux_; /* the best Linux's: of the row, or of each half where worst cases stand apart */
	const char *best; /* which one that is */
};
extern const struct bench_anchor bench_anchors[];
extern const unsigned int bench_nr_anchors;
const struct bench_anchor *bench_anchor_of(const char *name);

#endif /* KERNEL_BENCH_H */
