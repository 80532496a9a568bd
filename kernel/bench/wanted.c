/*
 * wanted.c - which rows a user's words name
 *
 *	page.order1         the row of that name, and no other
 *	slab.kmalloc        no row has that name: all rows whose names begin so
 *	*.live5000  *worst* all rows whose names match; * is any text, also none
 *
 * A benchmark of several rows ("boot.stage") knows their names only when it is run, so it is run when
 * it may have one that is wanted, and each of its rows is asked for.
 *
 * Locking: none; the shell runs one command at a time.
 * Read next: bench.c, run_wanted().
 */
#include <ctype.h>
#include <string.h>

#include "kernel/bench/bench.h"
#include "kernel/registry.h"

REGISTRY(benchmarks, const struct benchmark);

static char *const *words;
static unsigned int nr_words;
static u64 whole; /* bit i: words[i] is the whole name of a benchmark */

static bool begins_with(const char *text, const char *beginning)
{
	return !strncmp(text, beginning, strlen(beginning));
}

static bool glob(const char *text, const char *pattern)
{
	size_t literal = strcspn(pattern, "*");

	if (strncmp(text, pattern, literal))
		return false;
	text += literal;
	pattern += literal;
	if (!*pattern)
		return !*text;
	do {
		if (glob(text, pattern + 1))
			return true;
	} while (*text++);
	return false;
}

/* Of several rows order1 is not the beginning of order10. */
static bool longer_number(const char *text, const char *beginning)
{
	size_t len = strlen(beginning);

	return len && isdigit((unsigned char)beginning[len - 1]) &&
	       isdigit((unsigned char)text[len]);
}

static bool names_row(unsigned int i, const struct benchmark *benchmark, const char *row)
{
	if (whole >> i & 1)
		return !strcmp(words[i], benchmark->name);
	if (strchr(words[i], '*'))
		return glob(row, words[i]);
	return begins_with(row, words[i]) && !(benchmark->several && longer_number(row, words[i]));
}

/* May the word name one of its rows? */
static bool names_benchmark(unsigned int i, const struct benchmark *benchmark)
{
	size_t common = min(strcspn(words[i], "*"), strlen(benchmark->name));

	if (!benchmark->several || whole >> i & 1)
		return names_row(i, benchmark, benchmark->name);
	return !strncmp(words[i], benchmark->name, common);
}

bool bench_wants_row(const struct benchmark *benchmark, const char *row)
{
	for (unsigned int i = 0; i < nr_words; i++) {
		if (names_row(i, benchmark, row))
			return true;
	}
	return nr_words == 0;
}

static bool wants(const struct benchmark *benchmark)
{
	for (unsigned int i = 0; i < nr_words; i++) {
		if (names_benchmark(i, benchmark))
			return true;
	}
	return nr_words == 0;
}

static bool is_known(unsigned int i)
{
	const struct benchmark *const *p;

	for_each_registered(p, benchmarks) {
		if (!strcmp((*p)->name, words[i]))
			whole |= 1ull << i;
	}
	for_each_registered(p, benchmarks) {
		if (names_benchmark(i, *p))
			return true;
	}
	return false;
}

const char *bench_want(char *const *names, unsigned int nr)
{
	words = names;
	nr_words = nr;
	whole = 0;
	for (unsigned int i = 0; i < nr; i++) {
		if (!is_known(i))
			return names[i];
	}
	return NULL;
}

const struct benchmark *bench_next(const struct benchmark *benchmark)
{
	do {
		benchmark = registry_after(__start_benchmarks, __stop_benchmarks, bench_by_name,
					   benchmark);
	} while (benchmark && !wants(benchmark));
	return benchmark;
}
