"""
processor.py - the selected CPU's system registers, and whether the kernel's variables can be read through it

ready() stands at the head of every reader of kernel variables (G1).
"""

import gdb

from . import core


def sysreg(name):
    """A system register: QEMU's gdb server calls those of the secure world NAME_S; a core has them in a note."""
    known = core.sysreg(name)
    if known is not None:
        return known
    for spelling in (name + "_S", name):
        found = gdb.parse_and_eval("$" + spelling)
        if found.type.code != gdb.TYPE_CODE_VOID:
            return int(found) & 0xffffffff
    raise gdb.GdbError(f"this gdb server does not show {name}: QEMU's does; is a machine attached (make gdb)?")


def mmu_on():
    return bool(sysreg("SCTLR") & 1)


def ready(what="kernel variables"):
    """Refuses when the image's variables cannot be read at their addresses."""
    if not mmu_on():
        raise gdb.GdbError(f"{what}: not initialised yet: the MMU is off, and .bss may not be clear "
                           "(crumb pt works)")


def not_yet(what):
    return gdb.GdbError(f"{what}: not initialised yet")
