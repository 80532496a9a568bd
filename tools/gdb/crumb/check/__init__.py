"""
__init__.py - crumb check: the checkers' invariants, verified again from outside

    kernel                      here
    early    bootmem's bits     I1, I2, C1, C2 while they live; what was recorded, C4, C5; nodes, C6
    page     I1 to I5, W1 to W6 zones, the free lists, and each frame of mem_map with its references
    pcp      I1 to I3           for every CPU
    percpu   I1, I2, I4, S1-S4  areas; objects, their notes, queues and copies
    slab     I1 to I10          lists, freelists, stocks, pages; of DEBUG images red zones and poison
    vmap     I1 to I5           and that each entry shows the area's own page or registers
    kmap     P1 to P3           where there is highmem
    kmap_local, fixmap          owners against the page tables
    mempool  M1, M2, M4         counts, and the elements of each reserve
    balance  I1                 every page of RAM is somewhere

It runs no code of the kernel's, so it answers on a machine that has crashed, and about a kernel whose own
checker was hurt.  What is wrong is named with its invariant, and the check goes on with the next
structure.  In the middle of an allocator, with its lock held, an invariant may be broken for a
moment: that is said, too.

Read next: report.py, then the family's own file.
"""

import gdb

from ..command import Command
from ..lists import Broken
from ..telling import say
from . import balance, early, fixmap, kmap, mempool, page, pcp, percpu, slab, vmap
from .report import Report

CHECKS = (("balance", balance.check), ("early", early.check), ("fixmap", fixmap.check), ("kmap", kmap.check),
          ("kmap_local", fixmap.check_local), ("mempool", mempool.check), ("page", page.check), ("pcp", pcp.check),
          ("percpu", percpu.check), ("slab", slab.check), ("vmap", vmap.check))


class Check(Command):
    """Verify the allocators' invariants: crumb check [FAMILY]

Families: those of `check` at the machine's prompt; all of them without one.  balance and page read all of
mem_map: once for both, half a second for 128 MiB of the machine."""

    name = "check"
    most = 1
    needs = "check"

    def words(self):
        return [name for name, _ in CHECKS]

    def runs(self, family=None):
        chosen = [(name, check) for name, check in CHECKS if family in (None, name)]
        if not chosen:
            raise gdb.GdbError(f"{family}: choose one of: {' '.join(name for name, _ in CHECKS)}")
        known = {}
        counts = [self.one(Report(name, known), check) for name, check in chosen]
        checked = [count for count in counts if count is not None]
        if any(checked):
            raise gdb.GdbError(f"check: {sum(checked)} wrong")
        if not checked:
            raise gdb.GdbError("check: nothing could be checked")
        say(f"check: {len(checked)} of {len(counts)} families are there, all sound")

    def one(self, report, check):
        """How many invariants do not hold; None when the family is not there (yet)."""
        try:
            check(report)
        except Broken as error:
            report.wrong("list", str(error))
        except gdb.MemoryError as error:
            report.wrong("memory", str(error))
        except gdb.GdbError as error:
            if not report.wrongs:
                say(f"{report.family}: not checked: {error}")
                return None
            report.wrong("broken", f"what is wrong led on to nothing: {error}")
        except Exception as error:  # pylint: disable=broad-except
            report.wrong("broken", f"could not be read: {type(error).__name__}: {error}")
        say(f"{report.family}: {'sound' if not report.wrongs else str(report.wrongs) + ' wrong'}")
        return report.wrongs


COMMANDS = [Check]
