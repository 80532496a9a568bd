"""
printers.py - how gdb shows struct page, zone, kmem_cache, list_head and rb_root: what they mean, in a line

`print *page` says what the page is; `print/r *page` shows the members.  A printer sees whatever lies at an
address, garbage as well, so each answers for anything and raises nothing.
"""

import gdb.printing

from .lists import links
from .memory import text
from .pages import Frames, Page
from .settings import our_settings
from .symbols import at, const
from .telling import what_went_wrong

MOST = 4096  # entries that are counted before a list counts as long


class _Printer:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        try:
            with our_settings():
                return self.told()
        except Exception as error:  # pylint: disable=broad-except
            return f"{{{what_went_wrong(error)}; print/r shows the members}}"


class PagePrinter(_Printer):
    """{pfn 0x60a40: used, order 2, held, 1 reference}"""

    def told(self):
        frames = Frames()
        pfn = frames.pfn(int(self.value.address)) if self.value.address is not None else None
        if pfn is None:
            return f"{{struct page, none of mem_map's, flags 0x{int(self.value['flags']):08x}}}"
        page = Page(pfn, frames)
        return f"{{pfn {pfn:#x}, {text(page.zone['name'])}: {page.meaning()}}}"


class ZonePrinter(_Printer):
    """{zone Normal of node 0: 4096 pages from pfn 0x61000, 900 free, lock free}"""

    def told(self):
        zone = self.value
        if not int(zone["present_pages"]):
            return "{an empty zone}"
        lock = "held" if int(zone["lock"]["held"]) else "free"
        return (f"{{zone {text(zone['name'])} of node {int(zone['zone_pgdat']['node_id'])}: "
                f"{int(zone['spanned_pages'])} pages from pfn {int(zone['zone_start_pfn']):#x}, "
                f"{int(zone['managed_pages'])} managed, {int(zone['free_pages'])} free, lock {lock}}}")


class CachePrinter(_Printer):
    """{cache kmalloc-64: objects of 64 bytes, 251 in a slab of 4 pages}"""

    def told(self):
        cache = self.value
        if int(cache["magic"]) != const("CACHE_MAGIC"):
            return "{no cache, or one that was destroyed}"
        wanted = cache["shape"][const("SHAPE_WANTED")]
        pages = int(wanted["pages"])
        return (f"{{cache {text(cache['name'])}: objects of {int(cache['object_size'])} bytes, "
                f"{int(wanted['num'])} in a slab of {pages} page{'' if pages == 1 else 's'}}}")


class ListPrinter(_Printer):
    """{list of 3}; a head and an entry look alike, so the count is of the others on the ring"""

    def told(self):
        if not int(self.value["next"]):
            return "{list_head, not initialised}"
        if self.value.address is None:
            return f"{{next 0x{int(self.value['next']):08x}, prev 0x{int(self.value['prev']):08x}}}"
        count = 0
        for _ in links(int(self.value.address)):
            count += 1
            if count == MOST:
                return f"{{list of {MOST} or more}}"
        return f"{{list of {count}}}" if count else "{empty list}"


class TreePrinter(_Printer):
    """{rbtree of 7 nodes, height 3}"""

    def told(self):
        level = [int(self.value["rb_node"])]
        count = height = 0
        while any(level) and count < MOST:
            nodes = [at(node, "rb_node") for node in level if node]
            count += len(nodes)
            height += 1
            level = [int(node[side]) for node in nodes for side in ("rb_left", "rb_right")]
        if any(level):
            return f"{{rbtree of {MOST} nodes or more, or one that is no tree}}"
        return f"{{rbtree of {count} node{'' if count == 1 else 's'}, height {height}}}" if count else "{empty rbtree}"


PRINTERS = (("page", PagePrinter), ("zone", ZonePrinter), ("kmem_cache", CachePrinter), ("list_head", ListPrinter),
            ("rb_root", TreePrinter))


def register():
    collection = gdb.printing.RegexpCollectionPrettyPrinter("crumb")
    for name, printer in PRINTERS:
        collection.add_printer(name, f"^{name}$", printer)
    gdb.printing.register_pretty_printer(None, collection, replace=True)
