"""
attach.py - what gdb does by itself for a machine: it stops in a panic, and knows head.S before the MMU is on

    panic() ──> report, backtrace ──> panic_end() ■ gdb stops here: every frame is still there
                                          └─continue──> the machine ends with status 2

    _start   linked at 0xc0010000, runs at 0x60010000 until `high`:
             crumb early-symbols gives the symbols of head.S at both

Without gdb nothing is different: the breakpoint is gdb's own, and goes when gdb does.
"""

import os

import gdb

from .command import Command
from .symbols import layout
from .telling import say

_stop_in_panic = None  # the parameter


class StopInPanic(gdb.Parameter):
    """Stop the machine in a panic, before it ends"""

    set_doc = "Set whether gdb stops in a panic of Crumb's, before the machine ends."
    show_doc = "Show whether gdb stops in a panic of Crumb's."

    def __init__(self):
        super().__init__("crumb-stop-in-panic", gdb.COMMAND_RUNNING, gdb.PARAM_BOOLEAN)
        self.value = True

    def get_set_string(self):
        return ""

    def get_show_string(self, value):
        return f"gdb stops in a panic: {value}"


class _PanicStop(gdb.Breakpoint):
    """In panic_end(), where everything has been told and nothing has ended."""

    def __init__(self):
        super().__init__("panic_end", internal=True)
        self.silent = True

    def stop(self):
        if not _stop_in_panic.value:
            return False
        say("\nThe machine panicked: backtrace shows where; crumb dmesg what it said; continue ends it.")
        return True


class EarlySymbols(Command):
    """Give head.S its symbols at the physical addresses at which it runs: crumb early-symbols

Until the MMU is on, the machine runs at physical addresses, 0x60000000 below those that the image is linked
at.  After this command `break _start`, `break first_table`, `stepi` and `list` work there, with source.
make gdb does it by itself."""

    name = "early-symbols"

    def runs(self):
        told = load_early_symbols()
        say(told)


def load_early_symbols():
    """Returns what is to be said of it."""
    image = gdb.current_progspace().filename
    head = os.path.join(os.path.dirname(image or ""), "head.o")
    if not image or not os.path.exists(head):
        raise gdb.GdbError(f"{head}: not there: the object of head.S lies beside an image that make built")
    at = layout("PHYS_OFFSET") + layout("IMAGE_OFFSET")
    if any(known.filename and os.path.realpath(known.filename) == os.path.realpath(head) for known in gdb.objfiles()):
        return f"head.S has its symbols at 0x{at:08x} already"
    gdb.execute(f'add-symbol-file "{head}" -s .head.text {at:#x}', to_string=True)
    return f"head.S has its symbols at 0x{at:08x} too"


def register():
    global _stop_in_panic
    _stop_in_panic = StopInPanic()
    _PanicStop()


COMMANDS = [EarlySymbols]
