"""
handles.py - crumb allocs: what a person has allocated at the machine's prompt (kernel/shell/handle.h)

    #1 kmalloc size=100 usable=128 va=0xc1118400
    #2 pages order=2 zone=Normal pfn=0x6111c va=0xc111c000

Each kind's words are those of its describe() in the kernel, which gdb does not call.
"""

import gdb

from . import percpu, slab, windows
from .command import Command
from .lists import Broken
from .memory import text
from .pages import Frames, Page, lowmem
from .processor import ready
from .symbols import const, layout, length, page_size, value
from .tables import Mmu
from .telling import say, say_each


class Handle:
    """One #N."""

    def __init__(self, found):
        self.number = int(found["number"])
        self.kind = text(found["kind"]["name"])
        self.object, self.size, self.extra = (int(found[name]) for name in ("object", "size", "extra"))

    def described(self):
        describe = DESCRIBE.get(self.kind)
        return describe(self) if describe else f"object=0x{self.object:x} size={self.size} extra=0x{self.extra:x}"


def _page(handle):
    """The page that it says it holds."""
    pfn = Frames().pfn(handle.object)
    if pfn is None:
        raise Broken(f"its object, 0x{handle.object:08x}, is no struct page")
    return Page(pfn)


def _pages(handle):
    page = _page(handle)
    told = f"order={handle.size} zone={text(page.zone['name'])} pfn={page.pfn:#x}"
    return told if _is_highmem(page) else f"{told} va={lowmem(page.pfn):#x}"


def _is_highmem(page):
    return int(page.zone["type"]) == const("ZONE_HIGHMEM")


def _bulk(handle):
    # object is the array's first page
    return f"pages={handle.size} of={handle.extra} first: pfn={_page(handle).pfn:#x}"


def _usable(va):
    """slab_usable_size(): of an object, its cache's; of a large kmalloc(), its block's."""
    if va < layout("PAGE_OFFSET"):
        raise Broken(f"its object, 0x{va:08x}, is no address of lowmem")
    page = Page((va - layout("PAGE_OFFSET") + layout("PHYS_OFFSET")) >> layout("PAGE_SHIFT"))
    if page.is_slab():
        return slab.Cache(int(page.value["mapping"])).number("object_size")
    return page_size() << page.order


def _kmalloc(handle):
    usable = _usable(handle.object) if handle.size else 0
    return f"size={handle.size} usable={usable} va={handle.object:#x}"


def _string(va):
    return text(gdb.Value(va).cast(gdb.lookup_type("char").pointer()), most=256)


def _kstrdup(handle):
    return f"va={handle.object:#x} bytes={handle.size} of {_usable(handle.object)} text=\"{_string(handle.object)}\""


def _cache(handle):
    name = slab.Cache(handle.extra).name
    quote = '"' if " " in name else ""
    return f"cache={quote}{name}{quote} size={handle.size} va={handle.object:#x}"


def _area(handle):
    mapping = Mmu().walk(handle.object)[2]
    allowed = "not mapped" if not mapping else ("rw" if mapping.write else "r" if mapping.exec else "ro") + \
        ("x" if mapping.exec else "")
    return f"size={handle.size} pages={handle.extra} {allowed} va={handle.object:#x}"


def _ioremap(handle):
    mapping = Mmu().walk(handle.object)[2]
    return (f"phys={handle.extra:#x} va={handle.object:#x} size={handle.size} "
            f"memory={mapping.memory() if mapping else 'not mapped'}")


def _kmap(handle):
    page = _page(handle)
    told = f"pfn={page.pfn:#x} va={handle.extra:#x}"
    if not _is_highmem(page):
        return told + " (lowmem: its own address)"
    slot = (handle.extra - layout("PKMAP_BASE")) >> layout("PAGE_SHIFT")
    return f"{told} slot={slot} users={windows.pkmap_users(slot)}"


def _pool(handle):
    named = value("named_pools", "mempool_shell.c")
    names = [text(named[i]["name"]) for i in range(length(named))
             if int(named[i]["name"]) and int(named[i]["pool"]) == handle.extra]
    return f"name={names[0] if names else '-'} va={handle.object:#x} size={handle.size}"


def _fixmap(handle):
    return f"slot={handle.size - const('FIX_USER_FIRST')} va={handle.object:#x} pfn={handle.extra:#x}"


def _percpu(handle):
    copies = "".join(f" cpu{cpu}={percpu.copy_address(handle.object, cpu):#x}" for cpu in percpu.possible_cpus())
    return f"size={handle.size} align={handle.extra} ptr={handle.object:#x}{copies}"


DESCRIBE = {"pages": _pages, "bulk": _bulk, "kmalloc": _kmalloc, "kstrdup": _kstrdup, "cache": _cache,
            "vmalloc": _area, "vmap": _area, "ioremap": _ioremap, "kmap": _kmap, "pool": _pool, "fixmap": _fixmap,
            "percpu": _percpu}


def handles():
    """The slot of every live one, by number."""
    ready("what was allocated at the prompt")
    slots = value("slots", "shell/handle.c")
    return sorted((slots[i] for i in range(length(slots)) if int(slots[i]["number"])),
                  key=lambda slot: int(slot["number"]))


class Allocs(Command):
    """List what `alloc` has handed out at the machine's prompt: crumb allocs"""

    name = "allocs"
    needs = "what was allocated at the prompt"

    def runs(self):
        found = handles()
        if not found:
            say("nothing is held")
        say_each(found, lambda slot: f"#{int(slot['number'])}", self.handle)

    def handle(self, slot):
        handle = Handle(slot)
        say(f"#{handle.number} {handle.kind} {handle.described()}")


COMMANDS = [Allocs]
