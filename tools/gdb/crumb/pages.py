"""
pages.py - struct page: from a frame to its words, and what the words mean (mm/page/page.h)

    31   28 27  26 25               12 11    8 7     4 3     0
    [ node |zone  |      PG_ flags    | owner | state | order ]

    Frames()   mem_map at this stop: which frames have a struct page, their flags in bulk
    Page(pfn)  one of them, decoded as mm/page/page.h does

Only heads of blocks have state and order; tails are found to belong to a block by looking for its head
at each order's alignment.
"""

import struct

import gdb

from .command import Command
from .expressions import evaluate
from .lists import counted
from .memory import read, text
from .processor import not_yet, ready
from .symbols import caller_at, const, enum_name, has, layout, struct_type, value
from .telling import say, told_of


MOST_BANKS = 1024  # more than any machine's; the array has as many as were found


def banks():
    """(first frame, frame behind the last) of each bank of RAM."""
    info = value("boot_info")
    shift = layout("PAGE_SHIFT")
    for i in range(counted(info["nr_banks"], MOST_BANKS, "boot_info.nr_banks")):
        bank = info["bank"][i]
        base, size = int(bank["base"]), int(bank["size"])
        yield base >> shift, (base + size) >> shift


class Frames:
    """mem_map."""

    def __init__(self):
        ready("mem_map")
        self.map = int(value("mem_map"))
        self.start = int(value("mem_map_pfn"))
        self.count = int(value("mem_map_pages"))
        if not self.map or not self.count:
            raise not_yet("mem_map")
        self.size = struct_type("page").sizeof
        self.banks = list(banks())

    def address(self, pfn):
        return self.map + (pfn - self.start) * self.size

    def pfn(self, page):
        """The frame of a struct page's address; None when it is none's."""
        offset = page - self.map
        return self.start + offset // self.size if 0 <= offset < self.count * self.size and \
            offset % self.size == 0 else None

    def has_struct(self, pfn):
        """Blocks of the highest order without any RAM have no struct pages."""
        block = const("MAX_ORDER_NR_PAGES")
        first = pfn & ~(block - 1)
        return 0 <= pfn - self.start < self.count and \
            any(low < first + block and first < high for low, high in self.banks)

    def present(self, pfn):
        return any(low <= pfn < high for low, high in self.banks)

    def heads(self, start, count):
        """(flags, references) of that many frames."""
        found, chunk = [], 4096
        for first in range(start, start + count, chunk):
            n = min(chunk, start + count - first)
            found += struct.iter_unpack(f"<Ii{self.size - 8}x", read(self.address(first), n * self.size))
        return found

    def flags(self, start, count):
        """The flags of that many frames."""
        return [flags for flags, _ in self.heads(start, count)]


def head_bits(state, order):
    """Those of flags that say what a block is, by its head."""
    return const(state) << const("PAGE_STATE_SHIFT") | order


class Page:
    """One struct page."""

    def __init__(self, pfn, frames=None):
        self.frames = frames or Frames()
        self.pfn = pfn
        if not self.frames.has_struct(pfn):
            raise gdb.GdbError(f"pfn {pfn:#x}: no RAM, and no struct page")
        self.address = self.frames.address(pfn)
        self.value = gdb.Value(self.address).cast(struct_type("page").pointer()).dereference()
        self.flags = int(self.value["flags"])

    @property
    def order(self):
        return self.flags & const("PAGE_ORDER_MASK")

    @property
    def state(self):
        number = (self.flags & const("PAGE_STATE_MASK")) >> const("PAGE_STATE_SHIFT")
        return enum_name("PAGE_", "page_state", number)

    @property
    def owner(self):
        number = (self.flags & const("PAGE_OWNER_MASK")) >> const("PAGE_OWNER_SHIFT")
        return enum_name("OWNER_", "page_owner", number)

    @property
    def zone(self):
        return value("node_zones")[self.flags >> const("PAGE_ZONE_SHIFT")]

    @property
    def node(self):
        return self.flags >> const("PAGE_ZONE_SHIFT") + 2

    @property
    def refcount(self):
        return int(self.value["_refcount"])

    def is_slab(self):
        return bool(self.flags & const("PG_SLAB"))

    def head(self):
        """The head of the block that this page is part of; None when of none."""
        if self.state in ("free", "pcp", "used"):
            return self
        if self.state != "tail":
            return None
        for order in range(1, const("MAX_ORDER")):
            first = self.pfn & ~((1 << order) - 1)
            if first != self.pfn and self.frames.has_struct(first):
                head = Page(first, self.frames)
                if head.state in ("free", "pcp", "used") and first + (1 << head.order) > self.pfn:
                    return head
        return None

    # ---- in words, as the shell's `page` ---------------------------------------------------------

    def place(self):
        physical = self.pfn << layout("PAGE_SHIFT")
        zone = self.zone
        line = f"pfn {self.pfn:#x}: physical {physical:08x}, {text(zone['name'])}, node {self.node}, "
        if int(zone["type"]) == const("ZONE_HIGHMEM"):
            return line + "no lowmem address"
        return line + f"lowmem {physical - layout('PHYS_OFFSET') + layout('PAGE_OFFSET'):08x}"

    def holder(self):
        if self.state != "used":
            return ""
        compound = ", compound" if self.flags & const("PG_COMPOUND") else ""
        return f"; {self.owner}, {self.refcount} reference{'' if self.refcount == 1 else 's'}{compound}"

    def meaning(self):
        if self.state == "reserved":
            from .early import reserved_at
            owner = reserved_at(self.pfn << layout("PAGE_SHIFT"))
            return "reserved: never given to the page allocator" + (f"; {owner}" if owner else "")
        if self.state == "absent":
            return "absent: no RAM, mem_map is padded to whole 4 MiB blocks"
        head = self.head()
        if head is None:
            return "LOST: a tail of no block"
        pages = 1 << head.order
        if pages == 1:
            block = ", a block of one page"
        elif head.pfn == self.pfn:
            block = f", the head of {pages} pages (order {head.order}, to pfn {self.pfn + pages - 1:#x})"
        else:
            block = f", page {self.pfn - head.pfn + 1} of {pages} (order {head.order}); the head is pfn {head.pfn:#x}"
        return head.state + block + head.holder()

    def history(self):
        """Who had the page last and who freed it: only DEBUG builds note that (mm/page/page_debug.h)."""
        if not has("page_debug_map") or not const("debug_build") or not int(value("page_debug_map")):
            return ""
        debug = value("page_debug_map")[self.pfn - self.frames.start]
        known = [f"{what} by {caller_at(int(debug[field]))}"
                 for what, field in (("allocated", "allocated_by"), ("freed", "freed_by")) if int(debug[field])]
        return "history: last " + ", ".join(known) if known else ""

    def flag_names(self):
        names = [name for bit, name in (("PG_COMPOUND", "COMPOUND"), ("PG_SHOWN", "SHOWN"), ("PG_SLAB", "SLAB"))
                 if self.flags & const(bit)]
        return " ".join(names) or "none"

    def words(self):
        """(offset, name, value as hex, what) of each member that has any bytes."""
        notes = {
            "_refcount": "users of the block" if self.state == "used" else "0 unless the head of a used block",
            "lru": "links of its free list" if self.state in ("free", "pcp") else "next, prev: the holder's",
            "mapping": "the holder's; of a slab's page, its cache",
        }
        zone = "-" if self.state == "absent" else text(self.zone["name"])
        owner = self.owner if self.state == "used" else "-"
        notes["flags"] = (f"node {self.node}, zone {zone}, owner {owner}, PG_ flags {self.flag_names()}, "
                          f"state {self.state}, order {self.order}")
        for field in struct_type("page").fields():
            offset = field.bitpos // 8
            if not field.type.sizeof:
                continue
            raw = read(self.address + offset, field.type.sizeof)
            shown = " ".join(f"{word:08x}" for (word,) in struct.iter_unpack("<I", raw))
            yield offset, field.name, shown, notes.get(field.name, "the holder's")


def place_of(what):
    """
    (the frame that an argument means, the address that it is or None): a number of one, a struct page *, or an address
    that is mapped to one.
    """
    frames = Frames()
    found = evaluate(what)
    number = int(found) & 0xffffffff
    kind = found.type.strip_typedefs()
    if kind.code == gdb.TYPE_CODE_PTR and str(kind.target().unqualified().strip_typedefs()) == "struct page":
        pfn = frames.pfn(number)
        if pfn is None:
            raise gdb.GdbError(f"{what}: 0x{number:08x} is not one of mem_map's")
        return pfn, None
    if 0 <= number - frames.start < frames.count:
        return number, None
    from .tables import Mmu
    physical = Mmu().physical(number)
    pfn = None if physical is None else physical >> layout("PAGE_SHIFT")
    if pfn is None or not frames.has_struct(pfn):
        raise gdb.GdbError(f"{what}: neither a frame of this machine ({frames.start:#x} to "
                           f"{frames.start + frames.count - 1:#x}) nor an address that is mapped to one")
    return pfn, number


def frame_of(what):
    return place_of(what)[0]


class ShowPage(Command):
    """Explain one struct page: crumb page PFN|VA|PAGE

PFN is a frame's number, VA an address that is mapped to it, PAGE a struct page pointer.  Of a DEBUG image also
who allocated the page last and who freed it; and of an address in an object, who had that."""

    name = "page"
    most = 1
    completes = gdb.COMPLETE_EXPRESSION
    needs = "mem_map"

    def runs(self, what):
        pfn, va = place_of(what)
        page = Page(pfn)
        say(page.place())
        say(page.meaning())
        if page.history():
            say(page.history())
        say(f"struct page at {page.address:08x}, {page.frames.size} bytes:")
        for offset, name, shown, meaning in page.words():
            say(f"  {offset:2}  {name:<10} {shown}  {meaning}")
        if va is not None and page.is_slab():
            from .slab import explain
            with told_of("slab"):
                for line in explain(va):
                    say("slab: " + line)


def pfn_to_page(pfn):
    frames = Frames()
    return gdb.Value(frames.address(pfn)).cast(struct_type("page").pointer())


def page_to_pfn(page):
    number = int(page)
    pfn = Frames().pfn(number)
    if pfn is None:
        raise gdb.GdbError(f"0x{number:08x} is no struct page of mem_map")
    return pfn


def lowmem(pfn):
    return (pfn << layout("PAGE_SHIFT")) - layout("PHYS_OFFSET") + layout("PAGE_OFFSET")


COMMANDS = [ShowPage]
