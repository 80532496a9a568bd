"""
vmap.py - crumb vmap: areas of virtual addresses (mm/vmap/)

    VMAP=list   vmlist <──> struct vm_struct <──> … <──> vmlist_top, ascending
"""

import gdb

from .command import Command
from .lists import Broken
from .processor import not_yet, ready
from .symbols import caller_at, const, has, layout, page_size, value
from .telling import say, say_each

KINDS = (("VM_IOREMAP", "ioremap"), ("VM_ALLOC", "vmalloc"), ("VM_MAP", "vmap"))


def exists():
    return has("vmlist", "vmap/list.c")


def known():
    if not exists():
        raise gdb.GdbError("this image has no virtual areas: no such family is linked (VMAP=list has them)")


def stands():
    """Before vmalloc_init() the window is empty."""
    return exists() and int(value("vmalloc_start")) < layout("VMALLOC_END")


def areas():
    """The struct vm_structs, ascending; Broken at a link that leads astray, so that there is an end."""
    ready("virtual areas")
    known()
    if not stands():
        raise not_yet("virtual areas")
    below, top = value("vmlist", "vmap/list.c"), int(value("vmlist_top", "vmap/list.c").address)
    passed = {int(below.address)}
    while int(below["next"]) != top:
        link = int(below["next"])
        try:
            area = below["next"].dereference()
            area.fetch_lazy()
        except gdb.MemoryError as error:
            raise Broken(f"area 0x{int(below['addr']):08x}: next leads to 0x{link:08x}, where nothing is") from error
        if int(area["prev"]) != int(below.address) or int(area["addr"]) < int(below["addr"]) + int(below["size"]):
            cyclic = ": the list is cyclic, it was passed before" if link in passed else ""
            raise Broken(f"area 0x{int(below['addr']):08x}: next leads to 0x{link:08x}, which is no neighbour above "
                         f"it{cyclic}")
        passed.add(link)
        yield area
        below = area


def has_flag(area, name):
    return bool(int(area["flags"]) & const(name))


def kind(area):
    return next(name for flag, name in KINDS if has_flag(area, flag) or name == "vmap")


def describe(area):
    """The line of /proc/vmallocinfo."""
    start, size = int(area["addr"]), int(area["size"])
    line = f"0x{start:08x}-0x{start + size:08x} {size:7} {caller_at(int(area['caller']), size=True)}"
    if int(area["nr_pages"]):
        line += f" pages={int(area['nr_pages'])}"
    if int(area["phys_addr"]):
        line += f" phys=0x{int(area['phys_addr']):08x}"
    kinds = [kind(area)]
    for flag, name in (("VM_USERMAP", "user"), ("VM_VPAGES", "vpages"), ("VM_POINTERS", "pointers"),
                       ("VM_UNINITIALIZED", "being made")):
        if has_flag(area, flag):
            kinds.append(name)
    return " ".join([line] + kinds)


def area_at(va):
    """The area there; None when there is none below the first broken link."""
    try:
        for area in areas():
            if int(area["addr"]) <= va < int(area["addr"]) + int(area["size"]):
                return area
    except Broken:
        pass
    return None


def _is_in_window(va):
    return stands() and int(value("vmalloc_start")) <= va < layout("VMALLOC_END")


def _explain_hole(va):
    start, last = int(value("vmalloc_start")), layout("VMALLOC_END") - 1
    for area in areas():
        if int(area["addr"]) > va:
            last = int(area["addr"]) - 1
            break
        start = int(area["addr"]) + int(area["size"])
    yield f"vmap: no area; the hole is {start:08x}-{last:08x}"
    recent, following = value("recent", "vmap/area.c"), int(value("next_recent", "vmap/area.c"))
    count = recent.type.range()[1] + 1
    for back in range(1, count + 1):
        lately = recent[(following - back) % count]
        if int(lately["addr"]) == va & -page_size():
            yield f"vmap: an area that began there was freed by {caller_at(int(lately['caller']), size=True)}"
            break


def _explain_area(area, va):
    start, mapped = int(area["addr"]), int(area["size"]) - page_size()
    inside = va - start
    yield (f"vmap: {kind(area)} area {start:08x}-{start + mapped - 1:08x}, {mapped // page_size()} pages and a guard "
           f"page, for {caller_at(int(area['caller']), size=True)}")
    if inside >= mapped:
        yield f"vmap: in the guard page, +0x{inside - mapped:x} behind the area's end: never mapped"
    else:
        yield f"vmap: +0x{inside:x}, in page {inside // page_size()}"


def explain(va):
    """What an address is to the areas, line by line; nothing outside of their window."""
    if _is_in_window(va):
        area = area_at(va)
        yield from _explain_area(area, va) if area is not None else _explain_hole(va)


def explain_ioremap(va):
    area = area_at(va) if _is_in_window(va) else None
    if area is not None and has_flag(area, "VM_IOREMAP") and va < int(area["addr"]) + int(area["size"]) - page_size():
        yield f"ioremap: shows physical 0x{int(area['phys_addr']) + va - int(area['addr']):x}"


class Vmap(Command):
    """Show virtual areas: crumb vmap"""

    name = "vmap"
    needs = "virtual areas"

    def runs(self):
        known()
        count = say_each(areas(), lambda area: f"area 0x{int(area['addr']):08x}", lambda area: say(describe(area)))
        say(f"areas: {count}")


COMMANDS = [Vmap]
