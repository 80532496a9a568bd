/*
 * trial.h - one run in which one allocation fails, and what is to be said of it
 *
 *	static const struct work work = { .run = run, .put_away = undo };
 *	struct trial trial;
 *
 *	trial_run(&trial, &work, from, wants);	of its requests from the nth on, the first that wants() fails
 *	trial.verdict, trial.why		…
 */
#ifndef KERNEL_INJECT_WITH_TRIAL_H
#define KERNEL_INJECT_WITH_TRIAL_H

#include "kernel/inject.h"

enum { SAID_MAX = 160, WHY_MAX = 200 };

enum verdict {
	TRIAL_SPARED,	/* nothing failed: it asked for less */
	TRIAL_REFUSED,	/* the work said no, in words */
	TRIAL_UNHARMED, /* it did what it does without a failure */
	TRIAL_BROKEN,	/* it lost something, broke something, or said nothing */
};
enum { TRIAL_VERDICTS = TRIAL_BROKEN + 1 };

struct trial {
	enum verdict verdict;
	u64 asked;		       /* requests that were made */
	u64 nth;		       /* which of them failed, from 1 on */
	struct inject_request request; /* that one */
	char said[SAID_MAX];	       /* the last error, or "" */
	char why[WHY_MAX];	       /* what broke */
	bool succeeded;		       /* what the work returned */
	bool fatal;		       /* so much is broken that no further run means anything */
};

/* Something that can be done again and again.  What it prints is kept from the console. */
struct work {
	/* True: it did what it should.  It may fault where shell_run() or shell_run_cmd() calls. */
	bool (*run)(void *arg);
	void *arg;
	/* After each run: gives back what it left on purpose; NULL: nothing. */
	void (*put_away)(bool succeeded);
	/* BUG reports that were wanted since it began; NULL: none is. */
	unsigned long (*excused)(void);
};

/*
 * Runs the work.  Of its requests from the nth `from` on the first fails that wants() wants, which is
 * asked until then; NULL: none fails, and they are counted only.
 */
typedef bool (*trial_wants_t)(const struct inject_request *request, u64 nth);
void trial_run(struct trial *trial, const struct work *work, u64 from, trial_wants_t wants);

/* Does a trial run now? */
bool trial_runs(void);

/* What the request was, in words: `object of 64 bytes for area_new+0x1c`. */
char *trial_tell(const struct inject_request *request, char *buf, size_t n);

/* --- sums of trials, and what is printed of each ---------------------------------------------- */

struct tally {
	u64 runs, of[TRIAL_VERDICTS];
	u64 most; /* requests of one run */
};

void tally_begin(struct tally *tally);
void tally_add(struct tally *tally, const struct trial *trial);
/* Prints its line, unless one that says the same was printed since tally_begin(). */
void tally_tell(const char *prefix, const struct trial *trial);

/* --- call paths ------------------------------------------------------------------------------- */

/* A number that is the same when the same functions, down to the work, ask from the same places. */
u32 path_here(void);
/* Does a call from within [start, end), a function's code, lie on the way here? */
bool path_leads_through(unsigned long start, unsigned long end);

#endif /* KERNEL_INJECT_WITH_TRIAL_H */
