/*
 * options.c - SANITIZE: how the sanitizers behave, unless ASAN_OPTIONS or UBSAN_OPTIONS say otherwise
 *
 * A finding ends the program with the status of a panic; with halt_on_error=0 it goes on.  The sanitizers'
 * libraries call these before main().
 */
#include "lib/compiler.h"

const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

/* Faults, and the stack that they are handled on, are fault.c's.  What is kept to the end is not leaked. */
const char *__asan_default_options(void)
{
	return "handle_segv=0:handle_sigbus=0:handle_sigill=0:handle_sigfpe=0:handle_abort=0:"
	       "use_sigaltstack=0:detect_stack_use_after_return=0:detect_leaks=0:exitcode=2";
}

const char *__ubsan_default_options(void)
{
	return "print_stacktrace=1:halt_on_error=1:exitcode=2";
}
