"""
dump.py - crumb md: memory in units of 1, 2 or 4 bytes, by virtual or physical address

    c0010000: ea000002 626d7243                    ....Crmb

The lines are those of the shell's `md`.  `phys:` in front of the address reads past the MMU, so that
highmem, which no address shows, and everything before the MMU is on, can be looked at.
"""

import gdb

from .command import Command
from .expressions import address
from .memory import physical, read
from .telling import say

BYTES, DEFAULT = 16, 64
PHYSICAL = "phys:"


def _number(text, name, low, high):
    try:
        number = int(text, 0)
    except ValueError:
        number = low - 1
    if not low <= number <= high:
        raise gdb.GdbError(f"{name} {text}: not a number from {low} to {high}")
    return number


def lines(start, raw, unit):
    """Of a dump of these bytes."""
    digits = 2 * unit
    width = BYTES // unit * (digits + 1)
    for at in range(0, len(raw), BYTES):
        part = raw[at:at + BYTES]
        words = "".join(f"{int.from_bytes(part[i:i + unit], 'little'):0{digits}x} "
                        for i in range(0, len(part), unit))
        text = "".join(chr(byte) if 0x20 <= byte < 0x7f else "." for byte in part)
        yield f"{start + at & 0xffffffff:08x}: {words:<{width}} {text}"


class Md(Command):
    """Dump memory: crumb md ADDRESS|phys:ADDRESS [COUNT [1|2|4]]

COUNT is in units and defaults to 64 bytes; the unit defaults to 4.  phys: reads a physical address."""

    name = "md"
    most = 3

    def runs(self, where, count=None, unit="4"):
        if unit not in ("1", "2", "4"):
            raise gdb.GdbError(f"unit {unit}: choose one of: 1 2 4")
        size = int(unit)
        units = DEFAULT // size if count is None else _number(count, "COUNT", 1, 1 << 20)
        past_mmu = where.startswith(PHYSICAL)
        start = address(where[len(PHYSICAL):] if past_mmu else where)
        if start % size:
            raise gdb.GdbError(f"0x{start:08x}: not a multiple of {size}, the unit")
        raw = physical().read(start, units * size) if past_mmu else read(start, units * size)
        for line in lines(start, raw, size):
            say(line)


COMMANDS = [Md]
