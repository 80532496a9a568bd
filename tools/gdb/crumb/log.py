"""
log.py - crumb dmesg: the kernel's log, out of its ring (kernel/printk.c)

    [ . . . | record | text | record | text | . . . ]     head, tail: offsets that only grow

So the last lines of a machine that hangs or has crashed are to be had even when they never reached
the console.
"""

import gdb

from .command import Command
from .memory import read
from .processor import not_yet, ready
from .symbols import const, offset_of, struct_type, value
from .telling import say


def lines():
    """(nanoseconds, level, text), oldest first."""
    ready("the log")
    size = const("RING")
    ring = read(int(value("ring", "printk.c").address), size)
    head, tail = (int(value(name, "printk.c")) for name in ("head", "tail"))
    if tail == 0:
        raise not_yet("the log")
    record_size = struct_type("record").sizeof
    where = {name: (offset_of("record", name), struct_type("record")[name].type.sizeof)
             for name in ("ns", "length", "level")}

    def get(offset, count):
        return bytes(ring[(offset + i) % size] for i in range(count))

    while head != tail:
        raw = get(head, record_size)
        fields = {name: int.from_bytes(raw[at:at + n], "little") for name, (at, n) in where.items()}
        if (tail - head) & 0xffffffff > size or fields["length"] > size:
            raise gdb.GdbError("the log's ring is corrupted here, or halfway through a change")
        yield fields["ns"], fields["level"], get(head + record_size, fields["length"]).decode(errors="replace")
        head = (head + record_size + fields["length"]) & 0xffffffff


class Dmesg(Command):
    """Show the kernel's log: crumb dmesg"""

    name = "dmesg"
    needs = "the log"

    def runs(self):
        dropped = int(value("dropped", "printk.c"))
        if dropped:
            say(f"({dropped} older lines were pushed out)")
        for ns, _, text in lines():
            us = ns // 1000
            say(f"[{us // 1000000:5}.{us % 1000000:06}] {text}")


COMMANDS = [Dmesg]
