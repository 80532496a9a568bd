"""
survey.py - mem_map block by block: what each block is, and whose (mm/account/account.c walks so)

    mem_map  [ head of 8 | tails … | reserved | head of 1 | … ]
    blocks()   (pfn 0, 8 pages, used, slab)  (8, 1, reserved)  (9, 1, free)  …

A head's order says where the next one is; a tail that no head covers is a block of its own, as is each
reserved frame.  The whole blocks of the highest order in a hole have no struct pages: one block, absent.

Balances, the map and the check all count what this yields.  mem_map is read once, 4 MiB of the machine at
a time, and remembered as long as the survey: by one command.
"""

from typing import NamedTuple, Optional

from .pages import Frames
from .symbols import const

STATES = ("TAIL", "FREE", "PCP", "USED", "RESERVED", "ABSENT")
OWNERS = ("slab", "vmalloc", "percpu", "pagetable")  # others' pages are held


class Block(NamedTuple):
    """Frames that are one thing."""
    pfn: int
    pages: int
    state: str            # of STATES, in small letters; "?" when it is none
    owner: Optional[str]  # of OWNERS, or "held"; None: it is not in use


class Survey:
    """mem_map as it is at this stop."""

    def __init__(self):
        self.frames = Frames()
        self.step = const("MAX_ORDER_NR_PAGES")
        self.known = {}
        self.states = {const("PAGE_" + name): name.lower() for name in STATES}
        self.owners = {const("OWNER_" + name.upper()): name for name in OWNERS}

    def heads(self, pfn):
        """(flags, references) of the 4 MiB that this frame lies in; None where they have no struct pages."""
        first = pfn & ~(self.step - 1)
        if first not in self.known:
            self.known[first] = self.frames.heads(first, self.step) if self.frames.has_struct(first) else None
        return self.known[first]

    def block(self, pfn):
        """What begins with this frame."""
        heads, within = self.heads(pfn), pfn & self.step - 1
        if heads is None:
            return Block(pfn, self.step - within, "absent", None)
        flags = heads[within][0]
        state = self.states.get((flags & const("PAGE_STATE_MASK")) >> const("PAGE_STATE_SHIFT"), "?")
        owner = None
        if state == "used":
            owner = self.owners.get((flags & const("PAGE_OWNER_MASK")) >> const("PAGE_OWNER_SHIFT"), "held")
        return Block(pfn, 1 << (flags & const("PAGE_ORDER_MASK")) if state in ("free", "pcp", "used") else 1,
                     state, owner)

    def blocks(self, start, end):
        """Those that begin from start on, and before end; start is a block's first frame."""
        while start < end:
            block = self.block(start)
            yield block
            start += block.pages
