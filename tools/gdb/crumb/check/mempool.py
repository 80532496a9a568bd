"""
mempool.py - crumb check mempool: each reserve's counts and elements (mm/slab/mempool.c)
"""

import gdb

from .. import slab
from ..lists import entries
from ..memory import WORD, words
from ..pages import Page
from ..symbols import at, const, has, layout, page_size, value


def _room_of_own(va):
    """Bytes of an object that an allocator has for itself."""
    page = Page((va - layout("PAGE_OFFSET") + layout("PHYS_OFFSET")) >> layout("PAGE_SHIFT"))
    if page.is_slab():
        return slab.Cache(int(page.value["mapping"])).number("object_size")
    return page_size() << page.order


def check(report):
    if not has("pools", "mempool.c") or not int(value("pools", "mempool.c")["next"]):
        raise gdb.GdbError("mempool: no such family, or not initialised yet")
    for where in entries(value("pools", "mempool.c"), "mempool_s", "list"):
        pool = at(where, "mempool_s")
        count, least = int(pool["curr_nr"]), int(pool["min_nr"])
        report.unless(int(pool["magic"]) == const("MEMPOOL_MAGIC"), "M4",
                      f"pool 0x{where:08x}: magic {int(pool['magic']):#x}")
        report.unless(int(pool["in_use"]) >= 0, "M3", f"pool 0x{where:08x}: {int(pool['in_use'])} in use")
        if not 0 <= count <= least or least < 1:
            report.wrong("M1", f"pool 0x{where:08x} has {count} elements of {least}")
            continue
        if not slab.is_own(int(pool["elements"])):
            report.wrong("M1", f"pool 0x{where:08x}: its reserve at 0x{int(pool['elements']):08x} "
                               "is no memory of its own")
            continue
        room = _room_of_own(int(pool["elements"])) // WORD
        if least > room:
            report.wrong("M1", f"pool 0x{where:08x}: {least} elements are kept, and its reserve has room for {room}")
            continue
        elements = words(int(pool["elements"]), count) if count else ()
        report.unless(all(elements) and len(set(elements)) == count, "M2",
                      f"pool 0x{where:08x}: an element of its reserve is NULL, or there twice")
