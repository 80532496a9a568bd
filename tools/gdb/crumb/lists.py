"""
lists.py - the kernel's lists, each link verified; and counts and locks of theirs, which may be corrupted, too

    entries(head, type, name)  the objects on a list (lib/list.h)
"""

import gdb

from .memory import words
from .symbols import offset_of


class Broken(Exception):
    """A link of a list does not fit its neighbour, or leads nowhere."""


def _links(address, what, back):
    try:
        return words(address, 2)[::-1 if back else 1]
    except gdb.MemoryError:
        raise Broken(f"{what} 0x{address:08x}, which cannot be read") from None


def links(head, limit=1 << 20, back=False):
    """
    The addresses of the links of a list, head excluded; the last one first, if asked.  Broken, with the wrong link, as
    soon as one does not fit (lib/list.h, I1 and I2).
    """
    this, other = ("prev", "next") if back else ("next", "prev")
    before, here = head, _links(head, "the list's head is at", back)
    if here == (0, 0):
        raise Broken(f"the list's head at 0x{head:08x} is not initialised")
    passed = set()
    for _ in range(limit):
        link = here[0]
        after = _links(link, f"the link at 0x{before:08x} leads to", back) if link else None
        if after is None or after[1] != before:
            was = f"whose {other} is 0x{after[1]:08x}" if after else "NULL"
            cyclic = ": the list is cyclic, it was passed before" if link in passed else ""
            raise Broken(f"the link at 0x{before:08x} is corrupted: its {this} is 0x{link:08x}, {was}{cyclic}")
        if link == head:
            return
        passed.add(link)
        yield link
        before, here = link, after
    raise Broken(f"the list at 0x{head:08x} does not end after {limit} entries")


def entries(head, type_name, member, back=False):
    """The addresses of the objects on the list whose head is this value."""
    offset = offset_of(type_name, member)
    for link in links(int(head.address), back=back):
        yield link - offset


def counted(number, most, what):
    """A count of the machine's, which no array that it is the length of can exceed."""
    if not 0 <= int(number) <= most:
        raise Broken(f"{what} is {int(number)}, and there is room for {most}")
    return int(number)


def is_initialised(head):
    return int(head["next"]) != 0


def held(lock):
    """Is a spinlock held?  Then what it guards may be halfway through a change."""
    return bool(int(lock["held"]))
