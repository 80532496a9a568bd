"""
pagemap.py - crumb map: physical memory drawn, a character for so many pages (mm/page/page_view_map.c)

    60000000 RRRrr...............H....     capital: at least half of the character's pages
                                           small: some of them
"""

import gdb

from . import buddy
from .command import Command
from .pages import Page, frame_of
from .survey import Survey
from .symbols import const, layout, page_size
from .telling import say

LABEL, CELLS, ROWS = 11, 64, 16  # a terminal of 80 columns
# (what it is, character, of fewer than half)
CLASSES = (("no RAM", "-", "-"), ("free", ".", "."), ("per-CPU lists", "C", "c"), ("held", "H", "h"),
           ("slab", "S", "s"), ("vmalloc", "V", "v"), ("per-CPU data", "P", "p"), ("page tables", "T", "t"),
           ("reserved", "R", "r"), ("lost", "?", "?"))
ABSENT, FREE, PCP, HELD, RESERVED, LOST = 0, 1, 2, 3, 8, 9
OF_OWNER = {"held": HELD, "slab": 4, "vmalloc": 5, "percpu": 6, "pagetable": 7}
OF_STATE = {"absent": ABSENT, "free": FREE, "pcp": PCP, "reserved": RESERVED}


def classes(survey, start, end):
    """(class, is it its block's first) of each frame from start to end."""
    first, found = start & ~(survey.step - 1), []  # no block crosses a boundary of the highest order
    for block in survey.blocks(first, end):
        kind = OF_OWNER[block.owner] if block.owner else OF_STATE.get(block.state, LOST)
        goes_on = kind == RESERVED and block.pfn % survey.step and found[-1][0] == RESERVED
        found += [(kind, kind != ABSENT and not goes_on)] + [(kind, False)] * (block.pages - 1)
    return found[start - first:end - first]


def _size(pages):
    kib = pages * page_size() // 1024
    return f"{kib // 1024} MiB" if kib % 1024 == 0 else f"{kib} KiB"


class Map(Command):
    """Draw physical memory by what it is used for: crumb map [ZONE|PFN|VA|PAGE]

All of it; or one zone; or the 4 MiB around a frame, page by page."""

    name = "map"
    most = 1
    needs = "mem_map"

    def runs(self, text=None):
        self.survey, self.total, self.hole = Survey(), [0] * len(CLASSES), 0
        self.zones = buddy.zones()
        if text is None or any(zone.name.lower() == text.lower() for zone in self.zones):
            self.draw_zones([zone for zone in self.zones if text is None or zone.name.lower() == text.lower()],
                            whole=text is None)
        else:
            self.draw_frame(frame_of(text))

    def words(self):
        return sorted({zone.name for zone in buddy.zones()})

    def draw_zones(self, zones, whole):
        present = sum(zone.number("present_pages") for zone in zones)
        frames = sum(min(zone.described_end - zone.start, zone.number("present_pages") if whole else zone.end)
                     for zone in zones)
        self.shift = 0
        while frames > CELLS * ROWS << self.shift:
            self.shift += 1
        pages = 1 << self.shift
        say(f"physical memory, {_size(present)}; a character is {pages} page{'s' if self.shift else ''} "
            f"({_size(pages)})")
        for zone in zones:
            say(f"Node {zone.node}, zone {zone.name}: {zone.number('present_pages')} pages, "
                f"{zone.number('free_pages')} free")
            self.rows(zone.start, zone.described_end, self.cells)
        self.legend("pages; capital: half of the character's pages or more, small: fewer" if self.shift else None)

    def draw_frame(self, pfn):
        zone = next((zone for zone in self.zones if zone.start <= pfn < zone.described_end), None)
        if zone is None:
            raise gdb.GdbError(f"pfn {pfn:#x}: in a hole between nodes")
        block = const("MAX_ORDER_NR_PAGES")
        start = pfn & ~(block - 1)
        self.shift = 0
        say(f"Node {zone.node}, zone {zone.name}: the 4 MiB at {start << layout('PAGE_SHIFT'):08x}, "
            "a character is one page")
        self.rows(max(start, zone.start), min(start + block, zone.described_end), self.page_cells, pfn)
        self.legend("pages; capital: the first page of its block (F: of a free one)")
        if self.survey.frames.has_struct(pfn):
            page = Page(pfn, self.survey.frames)
            say(f"page: {page.place()}")
            say(f"page: {page.meaning()}")

    def rows(self, start, end, draw, marked=None):
        """Aligned to their length, so that a column is an address in every row."""
        length = CELLS << self.shift
        for row in range(start - start % length, end, length):
            low, high = max(row, start), min(row + length, end)
            found = classes(self.survey, low, high)
            if all(kind == ABSENT for kind, _ in found):
                self.hole += high - low
                continue
            self.tell_hole()
            for kind, _ in found:
                self.total[kind] += 1
            label = f"  {row << layout('PAGE_SHIFT'):08x} " if marked is None else f"  0x{row:<6x} "
            say(f"{label}{' ' * ((low - row) >> self.shift)}{draw(found)}")
            if marked is not None and row <= marked < row + CELLS:
                say(f"{' ' * (LABEL + marked - row)}^ pfn {marked:#x}")
        self.tell_hole()

    def tell_hole(self):
        if self.hole:
            say(f"{' ' * LABEL}({_size(self.hole)} without RAM)")
            self.total[ABSENT] += self.hole
        self.hole = 0

    def cells(self, found):
        """The class with the most pages; free and absent ones only when alone."""
        text, pages = "", 1 << self.shift
        for at in range(0, len(found), pages):
            counts = [0] * len(CLASSES)
            for kind, _ in found[at:at + pages]:
                counts[kind] += 1
            used = counts[FREE + 1:]
            shown = FREE + 1 + used.index(max(used)) if any(used) else FREE if counts[FREE] else ABSENT
            text += CLASSES[shown][1 if 2 * sum(used) >= pages else 2]
        return text

    def page_cells(self, found):
        return "".join(("F" if head else ".") if kind == FREE else CLASSES[kind][1 if head else 2]
                       for kind, head in found)

    def legend(self, last):
        line = " "
        for (name, letter, _), count in zip(CLASSES, self.total):
            if not count:
                continue
            entry = f" {letter} {name} {count} "
            if len(line) + len(entry) - 1 >= 80:
                say(line)
                line = " "
            line += entry
        say(line)
        if last:
            say("  " + last)


COMMANDS = [Map]
