"""
vmap.py - crumb vmap: areas of virtual addresses (mm/vmap/)

    VMAP=list   vmlist <──> struct vm_struct <──> … <──> vmlist_top, ascending
"""

import gdb

from .memory import Broken, Command, caller_at, const, has, layout, not_yet, page_size, ready, say, value

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


def describe(area):
    """The line of /proc/vmallocinfo."""
    start, size = int(area["addr"]), int(area["size"])
    line = f"0x{start:08x}-0x{start + size:08x} {size:7} {caller_at(int(area['caller']), size=True)}"
    if int(area["nr_pages"]):
        line += f" pages={int(area['nr_pages'])}"
    if int(area["phys_addr"]):
        line += f" phys=0x{int(area['phys_addr']):08x}"
    kinds = [name for flag, name in KINDS if has_flag(area, flag)]
    for flag, name in (("VM_USERMAP", "user"), ("VM_VPAGES", "vpages"), ("VM_UNINITIALIZED", "being made")):
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


def explain(va):
    area = area_at(va) if stands() else None
    if area is None:
        return None
    inside = va - int(area["addr"])
    if inside >= int(area["size"]) - page_size():
        return f"the guard page of {describe(area)}"
    return f"byte {inside} of {describe(area)}"


class Vmap(Command):
    """Show virtual areas: crumb vmap"""

    name = "vmap"
    needs = "virtual areas"

    def runs(self):
        known()
        count = 0
        try:
            for area in areas():
                say(describe(area))
                count += 1
        except Broken as error:
            say(f"broken link: {error}; what lies above is not shown")
        say(f"areas: {count}")


COMMANDS = [Vmap]
