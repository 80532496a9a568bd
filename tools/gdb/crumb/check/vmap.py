"""
vmap.py - crumb check vmap: areas, their list and signposts, and that the page tables show each area's own pages
"""

from .. import vmap
from ..lists import Broken
from ..memory import words
from ..pages import Frames, Page
from ..symbols import const, has, layout, page_size, value
from ..tables import Mmu


def check_entries(report):
    """What each area shows: its own pages, or the registers that it was asked for; nothing in between."""
    mmu, frames, behind, pages = Mmu(), Frames(), int(value("vmalloc_start")), 0
    tables = {va: mmu.first(va).kind == "table" for va in range(behind & ~0xfffff, layout("VMALLOC_END"), 1 << 20)}

    def clear(low, high):
        for va in range(low, high, page_size()):
            if tables[va & ~0xfffff]:
                report.unless(mmu.walk(va)[2] is None, "map", f"0x{va:08x} is mapped, and no area's")

    for area in vmap.areas():
        start, size = int(area["addr"]), int(area["size"]) - page_size()
        clear(behind, start)
        behind = start + size
        pages += int(area["nr_pages"]) if vmap.has_flag(area, "VM_ALLOC") else 0
        if not vmap.has_flag(area, "VM_UNINITIALIZED"):
            _check_area(report, mmu, frames, area)
    clear(behind, layout("VMALLOC_END"))
    counted = int(value("nr_pages", "vmap/alloc.c")) if has("nr_pages", "vmap/alloc.c") else pages
    report.unless(pages == counted, "count", f"areas have {pages} pages, {counted} are counted")


def _check_area(report, mmu, frames, area):
    start, size, shift = int(area["addr"]), int(area["size"]) - page_size(), layout("PAGE_SHIFT")
    mapped, registers = vmap.has_flag(area, "VM_MAPPED"), vmap.has_flag(area, "VM_IOREMAP")
    if int(area["nr_pages"]) > size // page_size():
        report.wrong("map", f"area 0x{start:08x}: it has more pages than addresses")
        return
    if int(area["nr_pages"]) and registers:
        report.wrong("map", f"area 0x{start:08x}: it has pages, and shows registers")
    own = words(int(area["pages"]), int(area["nr_pages"])) if int(area["pages"]) else ()
    for i, va in enumerate(range(start, start + size, page_size())):
        mapping = mmu.walk(va)[2]
        where = f"area 0x{start:08x}: at 0x{va:08x}: "
        if (mapping is not None) != mapped and (mapped or not registers):
            report.wrong("map", where + ("not mapped" if mapped else "mapped"))
        elif mapping and i < len(own) and frames.pfn(own[i]) != mapping.phys >> shift:
            report.wrong("map", where + "another page than its own is mapped")
        elif mapping and registers and int(area["phys_addr"]) and mapping.phys != int(area["phys_addr"]) + va - start:
            report.wrong("map", where + "other registers than its own are mapped")
        elif mapping and vmap.has_flag(area, "VM_MAP") and not frames.present(mapping.phys >> shift):
            report.wrong("map", where + "no page of RAM is mapped")
        if vmap.has_flag(area, "VM_ALLOC") and i < len(own):
            pfn = frames.pfn(own[i])
            page = Page(pfn, frames) if pfn is not None else None
            report.unless(page and page.state == "used" and page.owner == "vmalloc", "map",
                          where + "its page is not vmalloc's")


def check_signposts(report, state, found):
    """Of list.c's: the highest area of each span, and the largest hole below the hint."""
    start, shift = int(state["start"]), int(state["span_shift"])
    highest = {(addr - start) >> shift: area for addr, _, area in found}
    for span, posted in enumerate(words(int(state["last_in"]), const("SPANS"))):
        report.unless(posted == highest.get(span, 0), "I4", f"span {span} leads to 0x{posted:08x}")
    hint, passed, behind = int(state["hint"]["addr"]), int(state["passed"]), start
    for addr, size, _ in found + [(layout("VMALLOC_END"), 0, 0)]:
        if addr > hint:
            break
        report.unless(addr - behind <= passed, "I5", f"the hole below 0x{addr:08x} is not known to the hint")
        behind = addr + size


def check(report):
    vmap.known()
    state, found = value("areas", "vmap/list.c"), []
    try:
        for area in vmap.areas():
            found.append((int(area["addr"]), int(area["size"]), int(area.address)))
    except Broken as error:
        report.wrong("I1", str(error))
        return
    for start, size, _ in found:
        report.unless(size >= 2 * page_size() and not (size | start) % page_size() and
                      start + size <= layout("VMALLOC_END"), "I2",
                      f"area 0x{start:08x} of {size} bytes: not whole pages of the window")
    counted = int(state["nr"])
    report.unless(counted == len(found), "I3", f"{counted} areas are counted, {len(found)} are in the list")
    check_signposts(report, state, found)
    check_entries(report)
