"""
buddy.py - crumb zones, crumb buddy: zones, their marks, and their free lists (mm/page/buddy.c)

    node_zones[16]   by the node and zone bits of a page's flags
      free_area[0 … MAX_ORDER - 1]   heads of free blocks, through page->lru
"""

import gdb

from .command import Command
from .lists import entries, held
from .memory import name_of
from .pages import Frames, lowmem
from .processor import not_yet, ready
from .symbols import const, length, value
from .telling import say, say_each, told_of


class Zone:
    """One populated struct zone."""

    def __init__(self, found, place):
        self.value = found
        self.name = name_of(found["name"], f"zone {place}, whose name cannot be read")
        self.node = place >> 2  # two bits of a page's flags say the zone, those above the node
        self.start = int(found["zone_start_pfn"])
        self.end = self.start + int(found["spanned_pages"])
        self.described_end = self._described_end()
        self.bits = int(found["page_flags"])
        self.index = self.bits >> const("PAGE_ZONE_SHIFT")

    def _described_end(self):
        """Where the zone ends, but no further than mem_map goes, whatever the zone says of its length."""
        first, behind = (int(value(name)) for name in ("mem_map_pfn", "mem_map_pages"))
        return max(self.start, min(self.end, first + behind)) if first <= self.start else self.start

    def number(self, member):
        return int(self.value[member])

    def area(self, order):
        return self.value["free_area"][order]

    def nr_free(self, order):
        return int(self.area(order)["nr_free"])

    def is_highmem(self):
        return self.number("type") == const("ZONE_HIGHMEM")

    def is_changing(self):
        return held(self.value["lock"])

    def free_heads(self, order):
        """The struct pages on a free list; Broken where a link is wrong."""
        return entries(self.area(order)["free_list"], "page", "lru")


def zones():
    """Every populated zone, by node and type."""
    ready("zones")
    array = value("node_zones")
    found = [Zone(array[i], i) for i in range(length(array)) if int(array[i]["present_pages"])]
    if not found:
        raise not_yet("zones")
    return found


def zones_named(name):
    found = [zone for zone in zones() if zone.name.lower() == name.lower()]
    if not found:
        raise gdb.GdbError(f"{name}: no such zone on this machine")
    return found


class ShowZones(Command):
    """Show each zone's frames and watermarks: crumb zones"""

    name = "zones"
    needs = "zones"

    def runs(self):
        found = zones()
        say("node  zone      frames                      present  managed     free    "
            "min    low   high  reserve")
        say_each(found, lambda zone: zone.name, self.zone)

    def zone(self, zone):
        marks = [int(zone.value["watermark"][const(mark)]) for mark in ("WMARK_MIN", "WMARK_LOW", "WMARK_HIGH")]
        reserve = [int(zone.value["lowmem_reserve"][i]) for i in range(const("MAX_NR_ZONES"))]
        say(f"{zone.node:4}  {zone.name:<8}  0x{zone.start:08x}-0x{zone.end - 1:08x}  "
            f"{zone.number('present_pages'):9} {zone.number('managed_pages'):8} {zone.number('free_pages'):8} "
            f"{marks[0]:6} {marks[1]:6} {marks[2]:6}  ({', '.join(map(str, reserve))})")
        if not zone.number("managed_pages"):
            say("      the page allocator has nothing of it: not handed over yet")
        if zone.is_changing():
            say("      its lock is held: it may be halfway through a change")


class Buddy(Command):
    """Show free blocks: crumb buddy [ZONE [ORDER]]

Alone or with a zone, the lines of buddyinfo; with an order, each free block of that order, in the order in
which they are handed out."""

    name = "buddy"
    most = 2
    needs = "zones"

    def words(self):
        return sorted({zone.name for zone in zones()})

    def runs(self, name=None, order=None):
        chosen = zones_named(name) if name else zones()
        if order is None:
            for zone in chosen:
                columns = " ".join(f"{zone.nr_free(o):6}" for o in range(const("MAX_ORDER")))
                say(f"Node {zone.node}, zone {zone.name:>8} {columns}")
            return
        if not order.isdigit() or int(order) >= const("MAX_ORDER"):
            raise gdb.GdbError(f"{order}: not an order from 0 to {const('MAX_ORDER') - 1}")
        for zone in chosen:
            with told_of(zone.name):
                self.blocks(zone, int(order))

    def blocks(self, zone, order):
        frames = Frames()
        say(f"Node {zone.node}, zone {zone.name}, order {order}: {zone.nr_free(order)} free blocks of "
            f"{1 << order} pages")

        def show(page):
            pfn = frames.pfn(page)
            if pfn is None:
                say(f"  0x{page:08x}: no struct page of mem_map")
                return
            where = "" if zone.is_highmem() else f"  lowmem {lowmem(pfn):08x}"
            say(f"  pfn {pfn:#x}{where}")

        say_each(zone.free_heads(order), hex, show)


COMMANDS = [ShowZones, Buddy]
