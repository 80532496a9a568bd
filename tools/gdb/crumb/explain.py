"""
explain.py - crumb explain: what an address is, from the widest answer to the narrowest

    region   kernel/explain/region.c's borders
    image    section and symbol
    page     frame, state, owner
    early, slab, vmap, fixmap, percpu
    page walk
"""

import collections

import gdb

from . import early, percpu, slab, vmap, windows
from .memory import Command, address, has, layout, mmu_on, say, symbol_at, value
from .pages import Frames, Page
from .tables import Mmu, show_walk

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
        found.append((border["name"].string(), border["what"].string(), start))
    ends = [start - 1 for _, _, start in found[1:]] + [0xffffffff]
    return [Region(name, what, start, last) for (name, what, start), last in zip(found, ends)]


def _image(va):
    text = gdb.execute(f"info symbol {va:#x}", to_string=True)
    if " in section " not in text:
        return None
    return f"{text.split(' in section ')[1].split()[0]}, {symbol_at(va)}"


def _page(va):
    physical = Mmu().physical(va)
    if physical is None:
        return None
    pfn = physical >> layout("PAGE_SHIFT")
    frames = Frames()
    if not frames.has_struct(pfn):
        return None
    page = Page(pfn, frames)
    history = page.history()
    return f"{page.place()}\npage: {page.meaning()}" + (f"\n{history}" if history else "")


def _percpu(va):
    low, high = percpu.bounds()
    if percpu.is_handle(va):
        return "a per-CPU pointer, not an address: crumb percpu shows its copies"
    for cpu in percpu.possible_cpus():
        offset = percpu.offset_of_cpu(cpu)
        if offset and low <= (va - offset) & 0xffffffff < high:
            linked = (va - offset) & 0xffffffff
            return f"CPU {cpu}'s copy of {symbol_at(linked, size=False)}"
    return "a per-CPU variable as linked: " + symbol_at(va, size=False) if percpu.is_linked(va) else None


def _early(va):
    if not layout("PAGE_OFFSET") <= va < int(value("high_memory")):
        return None
    physical = va - layout("PAGE_OFFSET") + layout("PHYS_OFFSET")
    return "\nearly: ".join(early.explain(physical)) or None


def _slab(va):
    return slab.describe(va) if has("cache_chain") and has("BUFCTL_END") else None


def _region(va):
    for region in regions():
        if region.start <= va <= region.last:
            return f"{region.name}, {region.start:08x}-{region.last:08x}: {region.what}"
    return None


ANSWERS = (("region", _region), ("image", _image), ("page", _page), ("early", _early), ("slab", _slab),
           ("vmap", vmap.explain), ("fixmap", windows.explain), ("kmap", windows.explain_pkmap),
           ("percpu", _percpu))


class Explain(Command):
    """Say what an address is, and who owns it: crumb explain ADDRESS"""

    name = "explain"
    most = 1
    completes = gdb.COMPLETE_EXPRESSION

    def runs(self, text):
        va = address(text)
        for family, answer in ANSWERS:
            if not mmu_on() and family != "image":
                continue
            try:
                told = answer(va)
            except gdb.GdbError as error:
                told = str(error)
            except gdb.MemoryError:
                told = "its structures cannot be read at this stop"
            if told:
                say(f"{family}: {told}")
        show_walk(va)


COMMANDS = [Explain]
