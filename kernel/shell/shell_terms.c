/*
 * shell_terms.c - the prompt's own words, and those of mistakes and measuring, in the glossary
 *
 * Locking: none, constants.
 */
#include "kernel/shell/glossary.h"

TERM(handle, "handle",
     "#N, what stands for something that you have allocated, of whatever allocator.  `free #N` gives "
     "it back.  A number is never used twice.",
     "alloc pages 0; allocs");

TERM(oops, "oops",
     "The report of a fault that nobody wanted: what was accessed and why that failed, the registers, "
     "the page walk and a backtrace.  A shell command ends with it; the prompt comes back.",
     "help break");

TERM(bug_report, "BUG",
     "A caller's mistake that was noticed: named in one line, counted, and refused, with nothing "
     "changed.  panic_on_bug=1 stops the machine at the first.",
     "bugs; help break");

TERM(checker, "checker",
     "Verifies what must hold of a family's data whatever was done, its invariants: I1, M2, ...  The "
     "self-tests, stress and a panic's report run the same ones.",
     "check");

TERM(self_test, "self-test",
     "A claim about the kernel that the kernel itself verifies, in the running image.  After each the "
     "page balance must be what it was.",
     "test buddy");
