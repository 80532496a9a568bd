/*
 * tally.c - what is printed of trials: a line for each site and outcome, however often they come
 *
 *	2: pages, order 0 for slab_alloc_pages+0x20: "vmalloc: no memory"
 *	^ the request that failed                     what the work said; or "went on"; or what broke
 *
 * A line that would say the same as one before is counted only.
 *
 * Locking: none.
 */
#include <stdio.h>
#include <string.h>

#include "kernel/console.h"
#include "kernel/inject/with/trial.h"

enum { LINES_MAX = 256 };

static u32 printed[LINES_MAX];
static unsigned int nr_printed;

void tally_begin(struct tally *tally)
{
	memset(tally, 0, sizeof(*tally));
	nr_printed = 0;
}

static u32 hash(const char *text)
{
	u32 sum = 2166136261u;

	for (; *text; text++)
		sum = (sum ^ (u8)*text) * 16777619u;
	return sum;
}

/* Was the text printed already?  It is from now on, as long as there is room to remember. */
static bool is_new(const char *text)
{
	u32 sum = hash(text);

	for (unsigned int i = 0; i < nr_printed; i++)
		if (printed[i] == sum)
			return false;
	if (nr_printed < LINES_MAX)
		printed[nr_printed++] = sum;
	return true;
}

void tally_tell(const char *prefix, const struct trial *trial)
{
	char request[200], text[220 + WHY_MAX + SAID_MAX];

	if (trial->nth)
		trial_tell(&trial->request, request, sizeof(request));
	else
		strcpy(request, "nothing fails");
	if (trial->verdict == TRIAL_BROKEN)
		snprintf(text, sizeof(text), "%s: BROKEN: %s%s%s", request, trial->why,
			 *trial->said ? "; " : "", trial->said);
	else if (trial->verdict == TRIAL_REFUSED)
		snprintf(text, sizeof(text), "%s: refused: %s", request, trial->said);
	else
		snprintf(text, sizeof(text), "%s: went on", request);
	if (is_new(text))
		con_printf("%s%llu: %s\n", prefix, (unsigned long long)trial->nth, text);
}

void tally_add(struct tally *tally, const struct trial *trial)
{
	tally->of[trial->verdict]++;
	tally->most = max(tally->most, trial->asked);
	tally->runs += trial->nth != 0;
}
