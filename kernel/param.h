/*
 * param.h - kernel command-line parameters: name=value or a bare flag, from one registered table
 *
 *	static unsigned long lowmem_limit;
 *	PARAM_SIZE(lowmem, lowmem_limit, "bytes of memory mapped 1:1 at most (K, M, G)");
 *
 *	static bool set_run(const char *value, const struct param *param) { ... }
 *	PARAM(run, set_run, "commands to run at boot");
 *
 * The command line is split at blanks outside double quotes; a quoted part may hold blanks, and
 * \" and \\ inside it.  A name that nobody registered, a value that its owner refuses and an open
 * quote are warned about by name and skipped; the rest still counts.  The last of equal ones wins.
 */
#ifndef KERNEL_PARAM_H
#define KERNEL_PARAM_H

#include "lib/compiler.h"

struct param {
	const char *name;
	const char *summary;
	/* Takes the value ("" for a bare flag); false refuses it.  It may keep the pointer: the
	 * parsed line is never freed.  Context: boot, before any allocator. */
	bool (*set)(const char *value, const struct param *param);
	void *target;	     /* for the typed setters below */
	const char *refused; /* what a refused value is not; NULL: as its setter says */
};

#define PARAM_TARGET(name_, set_, target_, summary_, ...)                                        \
	static const struct param param_desc_##name_ = {                                         \
		.name = #name_, .summary = summary_, .set = set_, .target = target_, __VA_ARGS__ \
	};                                                                                       \
	REGISTER(params, const struct param, param_desc_##name_)

/*
 * set: bool (*)(const char *value, const struct param *).  Say .refused = "not from 20 to 256" behind
 * the summary: it stands in the warning about a value that was refused.
 */
#define PARAM(name_, set_, summary_, ...) PARAM_TARGET(name_, set_, NULL, summary_, __VA_ARGS__)
/* An unsigned long holding bytes: 64M, 0x1000, 16384. */
#define PARAM_SIZE(name_, var_, summary_) PARAM_TARGET(name_, param_set_size, &(var_), summary_)
/* An int, decimal. */
#define PARAM_INT(name_, var_, summary_) PARAM_TARGET(name_, param_set_int, &(var_), summary_)
/* A bool: 0 or 1, or the bare name for 1. */
#define PARAM_BOOL(name_, var_, summary_) PARAM_TARGET(name_, param_set_bool, &(var_), summary_)
/* A const char *. */
#define PARAM_STRING(name_, var_, summary_) PARAM_TARGET(name_, param_set_string, &(var_), summary_)

bool param_set_size(const char *value, const struct param *param);
bool param_set_int(const char *value, const struct param *param);
bool param_set_bool(const char *value, const struct param *param);
bool param_set_string(const char *value, const struct param *param);

/*
 * Parses the line and calls each parameter's setter.  Keeps a private copy of at most
 * PARAM_LINE_MAX - 1 bytes; the cut of a longer one is warned about.  Returns how many were warned about.
 */
enum { PARAM_LINE_MAX = 4096 };
unsigned int param_parse(const char *command_line);

/* Prints the table: the shell's `help params`. */
void param_list(void);

/*
 * Strict number: decimal, or 0x hex, with an optional K, M or G (either case) after it; the whole
 * string must be the number.  False when it is not one, or does not fit 64 bits.
 */
bool parse_number(const char *s, u64 *value);

#endif /* KERNEL_PARAM_H */
