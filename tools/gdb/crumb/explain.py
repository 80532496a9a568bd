"""
explain.py - crumb explain: what an address is, from the widest answer to the narrowest

    region   kernel/explain/region.c's borders
    image    section and symbol
    page     frame, state, owner; of a DEBUG image who had it
    device, early, mem_map, slab, vmap, percpu, fixmap, ioremap, kmap
    page walk

The lines are those of the kernel's own explain; what one family cannot read is said in its place, and the
others are asked all the same.
"""

import collections

import gdb

from . import early, percpu, slab, vmap, windows
from .command import Command
from .expressions import address
from .memory import text
from .pages import Frames, Page
from .processor import mmu_on
from .symbols import has, layout, page_size, symbol_at, value
from .tables import Mmu, show_walk
from .telling import say, told_of

Region = collections.namedtuple("Region", "name what start last")


def regions():
    """The parts of the address space, as the kernel divides it."""
    borders = value("borders", "region.c")
    found = []
    for i in range(borders.type.range()[1] + 1):
        border = borders[i]
        start = int(border["start"])
        if int(border["from"]):
            start += int(border["from"].dereference())
        found.append((text(border["name"]), text(border["what"]), start))
    ends = [start - 1 for _, _, start in found[1:]] + [0xffffffff]
    return [Region(name, what, start, last) for (name, what, start), last in zip(found, ends)]


def known_yet():
    """Do the regions stand?  Some begin where lowmem ends."""
    return bool(int(value("high_memory")))


def _region(va):
    if not known_yet():
        yield "region: not known yet: where lowmem ends is not set up"
        return
    for region in regions():
        if region.start <= va <= region.last:
            yield f"region: {region.name}, {region.start:08x}-{region.last:08x}: {region.what}"


def _stack(va):
    """(name, what, first, last) of the stack there, or of the one whose guard page is there (arch/arm/image.c)."""
    stacks, guard = value("cpu_stacks"), None
    for cpu in range(stacks.type.range()[1] + 1):
        for n in range(stacks[cpu].type.range()[1] + 1):
            name, low, top = (stacks[cpu][n][field] for field in ("name", "low", "top"))
            low, top = int(low), int(top)
            if low <= va < top:
                return text(name), "a stack", low, top - 1
            if top and (low - page_size() <= va < low or top <= va < top + page_size()) and guard is None:
                which = "above" if va >= top else "below"
                page = va & -page_size()
                guard = text(name), f"the guard page {which} this stack", page, page + page_size() - 1
    return guard


def _image(va):
    parts = value("parts", "arm/image.c")
    for n in range(parts.type.range()[1] + 1):
        name, what, start, end = (parts[n][field] for field in ("name", "what", "start", "end"))
        start, end = int(start), int(end)
        if not start <= va < end:
            continue
        told = text(name), text(what), start, end - 1
        if told[0] == ".stacks":
            told = _stack(va) or told
        yield f"image: {told[0]}, {told[2]:08x}-{told[3]:08x}: {told[1]}"
        symbol = symbol_at(va)
        if not symbol.startswith("0x"):
            yield f"symbol: {symbol}"


def _image_unmapped(va):
    """The same before the MMU is on: what the linker knows."""
    told = gdb.execute(f"info symbol {va:#x}", to_string=True)
    if " in section " in told:
        yield f"image: {told.split(' in section ')[1].split()[0]}, {symbol_at(va)}"


def _page(va):
    physical = Mmu().physical(va)
    frames = Frames()
    pfn = None if physical is None else physical >> layout("PAGE_SHIFT")
    if pfn is None or not frames.present(pfn):
        return
    page = Page(pfn, frames)
    yield f"page: {page.place()}"
    yield f"page: {page.meaning()}"
    if page.history():
        yield page.history()


def _device(va):
    physical = Mmu().physical(va)
    devices = value("arch_devices")
    for n in range(int(value("arch_nr_devices"))):
        base = int(devices[n]["base"])
        if physical is not None and physical & -page_size() == base:
            yield (f"device: {text(devices[n]['name'])}, register +0x{physical - base:x} "
                   f"(physical {physical:08x})")


def _early(va):
    if layout("PAGE_OFFSET") <= va < int(value("high_memory")):
        yield from (f"early: {line}" for line in early.explain(va - layout("PAGE_OFFSET") + layout("PHYS_OFFSET")))


def _mem_map(va):
    frames = Frames()
    index, byte = divmod(va - frames.map, frames.size)
    pfn = frames.start + index
    if frames.has_struct(pfn):
        yield (f"mem_map: byte {byte} of the struct page of pfn {pfn:#x}, "
               f"{'RAM' if frames.present(pfn) else 'no RAM'}")


def _slab(va):
    if has("cache_chain") and has("BUFCTL_END"):
        yield from (f"slab: {line}" for line in slab.explain(va))


# In the kernel's order (its EXPLAINERs)
ANSWERS = (("region", _region), ("image", _image), ("page", _page), ("device", _device), ("early", _early),
           ("mem_map", _mem_map), ("slab", _slab), ("vmap", vmap.explain), ("percpu", percpu.explain),
           ("fixmap", windows.explain), ("ioremap", vmap.explain_ioremap), ("kmap", windows.explain_pkmap))


class Explain(Command):
    """Say what an address is, and who owns it: crumb explain ADDRESS"""

    name = "explain"
    most = 1
    completes = gdb.COMPLETE_EXPRESSION

    def runs(self, where):
        va = address(where)
        for family, answer in ANSWERS if mmu_on() else (("image", _image_unmapped),):
            with told_of(family):
                for line in answer(va):
                    say(line)
        show_walk(va)


COMMANDS = [Explain]
