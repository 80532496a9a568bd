"""
page.py - crumb check page: zones, their free lists against mem_map, and each frame of it (mm/page/page_check.c)

    zones                                                 W6: where they begin and end
    free_area[order] ──> lru ──> head, 2^order pages      I1 to I5: what is on a list
    mem_map  [ head | tails … | reserved | head | … ]     W1 to W5: what each frame is, block by block
"""

from .. import buddy, pcp
from ..lists import Broken
from ..pages import banks, head_bits
from ..symbols import const, offset_of, value
from ..telling import say


class _Zone:
    """One zone's free lists against mem_map."""

    def __init__(self, report, zone):
        self.report, self.zone, self.frames = report, zone, report.survey.frames
        self.flags, self.references = {}, {}
        self.load()
        self.listed = {}

    def load(self):
        """pfn -> flags, for frames that have a struct page; pfn -> references, where there are any."""
        step = const("MAX_ORDER_NR_PAGES")
        first = self.zone.start & ~(step - 1)
        for block in range(first, self.zone.described_end, step):
            for pfn, (flags, references) in enumerate(self.report.survey.heads(block) or (), block):
                self.flags[pfn] = flags
                if references:
                    self.references[pfn] = references

    def wrong(self, invariant, order, pfn, text):
        where = f"pfn {pfn:#x} flags {self.flags.get(pfn, 0):#x}: " if pfn is not None else ""
        self.report.wrong(invariant, f"zone {self.zone.name} order {order} {where}{text}")

    def block(self, pfn, order):
        head = self.zone.bits | head_bits("PAGE_FREE", order)
        size = 1 << order
        if pfn < self.zone.start or pfn + size > self.zone.end:
            self.wrong("I1", order, pfn, "outside of its zone")
            return
        if pfn & size - 1:
            self.wrong("I1", order, pfn, "not aligned to its size")
        if self.flags.get(pfn) != head:
            self.wrong("I1", order, pfn, "not the flags of a free head")
        for tail in range(pfn + 1, pfn + size):
            if self.flags.get(tail) != self.zone.bits:
                self.wrong("I1", order, tail, "inside a free block, not a tail")
                break
        if order < const("MAX_ORDER") - 1 and self.flags.get(pfn ^ size) == head:
            self.wrong("I2", order, pfn, "its buddy is free, too")
        for page in range(pfn, pfn + size):
            if page in self.references:
                self.wrong("I5", order, page, f"free, with {self.references.pop(page)} references")

    def check_references(self):
        """Of frames of this zone that are not free: those were asked for with their lists."""
        mask, used, shift = const("PAGE_STATE_MASK"), head_bits("PAGE_USED", 0), const("PAGE_ZONE_SHIFT")
        for pfn, flags in self.flags.items():
            references = self.references.get(pfn, 0)
            if flags >> shift != self.zone.index or (flags & mask == used) == (references > 0) and references >= 0:
                continue
            if flags & mask == used:
                self.wrong("W3", flags & const("PAGE_ORDER_MASK"), pfn, f"in use, with {references} references")
            else:
                self.wrong("W3", 0, pfn, f"not in use, with {references} references")

    def list(self, order):
        """Walks a free list; returns its length, or None when a link is broken."""
        length = 0
        try:
            for page in self.zone.free_heads(order):
                pfn = self.frames.pfn(page)
                if pfn is None:
                    self.wrong("I1", order, None, f"0x{page:08x} on the free list is no struct page of mem_map")
                    return None
                if pfn in self.listed:
                    self.wrong("I1", order, pfn, "on two free lists")
                    return None
                self.listed[pfn] = order
                self.block(pfn, order)
                length += 1
        except Broken as error:
            self.wrong("I1", order, None, f"free list: {self.named(str(error))}")
            return None
        return length

    def named(self, text):
        """Adds the frames to the addresses in a broken link's description."""
        offset = offset_of("page", "lru")
        for word in {word.strip(",:") for word in text.split() if word.startswith("0x")}:
            pfn = self.frames.pfn(int(word, 16) - offset)
            if pfn is not None:
                text = text.replace(word, f"{word} (lru of pfn {pfn:#x})")
        return text

    def check(self):
        zone, total = self.zone, 0
        for order in range(const("MAX_ORDER")):
            nr_free = zone.nr_free(order)
            length = self.list(order)
            total += nr_free << order
            if length is not None and length != nr_free:
                self.wrong("I3", order, None, f"nr_free is {nr_free}, the list has {length}")
            if bool(zone.number("free_orders") >> order & 1) != bool(nr_free):
                self.wrong("I4", order, None, "free_orders is not what the list is")
        if total != zone.number("free_pages"):
            self.wrong("I3", "all", None, f"free_pages is {zone.number('free_pages')}, the lists have {total}")
        self.check_references()
        self.check_frames()

    def check_frames(self):
        """mem_map, block by block: W1 to W5."""
        zone, pfn, counted = self.zone, self.zone.start, {"pcp": 0, "reserved": 0}
        while pfn < zone.described_end:
            flags = self.flags.get(pfn, head_bits("PAGE_ABSENT", 0))
            state = flags & const("PAGE_STATE_MASK")
            order = flags & const("PAGE_ORDER_MASK") if state != head_bits("PAGE_RESERVED", 0) else 0
            size = 1 << order
            if not self.frames.present(pfn):
                if state != head_bits("PAGE_ABSENT", 0):
                    self.wrong("W1", order, pfn, "no RAM, not absent")
                pfn += 1
                continue
            if order >= const("MAX_ORDER") or pfn % size or flags >> const("PAGE_ZONE_SHIFT") != zone.index:
                self.wrong("W1", order, pfn, "not a block of its zone")
                return
            self.block_in_use(pfn, order, state, counted)
            pfn += size
        kept = sum(pcp.length(pages) for other, _, pageset in pcp.pagesets() if other.index == zone.index
                   for _, pages, _ in pcp.lists(pageset))
        if counted["pcp"] != kept:
            self.wrong("W4", 0, None, f"{counted['pcp']} pages are of CPUs' lists, which count {kept}")
        missing = zone.number("present_pages") - zone.number("managed_pages")
        if counted["reserved"] != missing:
            self.wrong("W5", 0, None, f"{counted['reserved']} pages are reserved, {missing} were not given")

    def block_in_use(self, pfn, order, state, counted):
        if state == head_bits("PAGE_FREE", 0):
            if self.listed.get(pfn) != order:
                self.wrong("W2", order, pfn, "a free head that is not on its list")
        elif state == head_bits("PAGE_USED", 0):
            mask = const("PAGE_STATE_MASK")
            tail = next((n for n in range(pfn + 1, pfn + (1 << order)) if self.flags.get(n, 0) & mask), None)
            if tail is not None:
                self.wrong("W1", order, tail, "inside a block in use, not a tail")
        elif state == head_bits("PAGE_PCP", 0):
            counted["pcp"] += 1
        elif state == head_bits("PAGE_RESERVED", 0):
            counted["reserved"] += 1
        else:
            self.wrong("W1", order, pfn, "a frame of RAM, and of no block")


def _check_extents(report):
    """W6: mem_map has all RAM; each zone is a part of it, on its side of lowmem's end."""
    start, count, low, high, lowmem_end = (int(value(name)) for name in (
        "mem_map_pfn", "mem_map_pages", "min_pfn", "max_pfn", "lowmem_end_pfn"))
    block, ram = const("MAX_ORDER_NR_PAGES"), list(banks())
    report.unless(start == low & -block and start + count == high + block - 1 & -block, "W6",
                  f"mem_map has {count} frames from {start:#x}, RAM is {low:#x}-{high - 1:#x}")
    for zone in buddy.zones():
        present = sum(max(0, min(behind, zone.end) - max(first, zone.start)) for first, behind in ram)
        pgdat = zone.value["zone_pgdat"].dereference()
        begins = int(pgdat["node_start_pfn"])
        its_own = int(pgdat["node_zones"]) + zone.number("type") * zone.value.type.sizeof == int(zone.value.address)
        report.unless(its_own and begins <= zone.start < zone.end <= begins + int(pgdat["node_spanned_pages"]) and
                      zone.described_end == zone.end and
                      (zone.start >= lowmem_end if zone.is_highmem() else zone.end <= lowmem_end), "W6",
                      f"zone {zone.name}: {zone.end - zone.start} frames from {zone.start:#x} are not its node's")
        report.unless(present == zone.number("present_pages"), "W6",
                      f"zone {zone.name}: {present} of its frames are RAM, present_pages is "
                      f"{zone.number('present_pages')}")


def check(report):
    _check_extents(report)
    for zone in buddy.zones():
        if zone.is_changing():
            say(f"page: zone {zone.name}: its lock is held, so it may be halfway through a change")
        _Zone(report, zone).check()
