"""
__init__.py - crumb: gdb commands, functions and printers that understand Crumb's allocators

    tools/gdb/autoload.py ──> crumb ──> symbols processor memory lists     what all others read through
                                        image    whose symbols these have to be
                                        command  a command, asked and answered: settings cpus expressions telling
                                        tables   the MMU's tables, walked in physical memory
                                        pages buddy pcp slab marks percpu vmap windows early log
                                        check/   the kernel's invariants, verified from outside, by family
                                        survey   mem_map, block by block
                                        account  balance and meminfo;  pagemap: memory drawn
                                        handles  what was allocated at the prompt
                                        sysregs  registers and faults;  dump: memory
                                        core     a core instead of a machine;  coredump: makes one
                                        each     every object of a list, tree, cache …
                                        attach   what gdb does by itself: stop in a panic, head.S before the MMU
                                        unwind   backtraces within the entries of exceptions;  rows: where the
                                                 frames of C change;  leaf: within code without source
                                        explain printers functions

Nothing here runs code of the kernel or writes its memory: each answer is read from the stopped
machine, so all of it works at any stop: before the MMU is on, inside an allocator that holds its lock,
after a panic.  Layouts come from the image's DWARF; numbers from its enumerators.

Invariants
  G1  A structure that is not set up yet is named as such, never shown as if it held something.
  G2  Every walk is bounded: a corrupted list is reported, with the link that is wrong.
  G3  Where the kernel's shell has a command of the same meaning, the lines are the same.

Read next: symbols.py and memory.py, then the module of the family in question.
"""

from . import command, image
from . import (pages, buddy, pcp, slab, percpu, vmap, windows, early, log, tables,  # noqa: F401
               check, account, pagemap, handles, sysregs, dump, coredump, each, attach,
               explain, printers, functions, unwind, leaf)

command.CrumbPrefix()
command.before_reading.append(image.must_be_running)
for _module in (pages, buddy, pcp, slab, percpu, vmap, windows, early, log, tables, check, account, pagemap,
                handles, sysregs, dump, coredump, each, attach, explain):
    for _command in _module.COMMANDS:
        _command()
printers.register()
functions.register()
attach.register()
unwind.register()
leaf.register()
