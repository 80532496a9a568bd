"""
slab.py - crumb check slab: caches, their slabs' lists and pages, freelists, stocks (mm/slab/slab/check.c)

    chain ──> cache ──> node: full, partial, free ──> slab ──> freelist ──> objects      I1 to I4, I6, I9
                    └─> each CPU's stock ──> objects                                     I5, I8
                                             red zone, guard, pattern of a DEBUG image   I7
"""

from .. import slab
from ..lists import Broken, held
from ..pages import Page
from ..symbols import const, layout, page_size
from ..telling import say
from . import marks


def _check_pages(wrong, cache, one, frames):
    start = one.s_mem - int(one.value["colour_off"])
    pfn = (start - layout("PAGE_OFFSET") + layout("PHYS_OFFSET")) >> layout("PAGE_SHIFT")
    for begin, order in one.blocks():
        head = Page(pfn + begin, frames)
        if head.state != "used" or head.order != order or head.owner != "slab":
            wrong("I1", one, f"its block at pfn {pfn + begin:#x} is not a block of OWNER_SLAB")
    for i in range(one.pages()):
        page = Page(pfn + i, frames)
        if not page.is_slab() or int(page.value["mapping"]) != cache.address or \
                int(page.value["private"]) != one.address:
            wrong("I1", one, f"pfn {pfn + i:#x} names another slab or cache")


def _check_shape(wrong, cache, one):
    """Is it one of its cache's slabs at all?  Then the rest can be looked at."""
    shape = one.shape()
    if shape is None:
        wrong("I9", one, "a shape that its cache has not")
        return False
    num = int(shape["num"])
    if one.num != num or int(one.value["free_num"]) != int(shape["free_num"]):
        wrong("I9", one, f"not as many objects as its shape has: {one.num} for {num}")
        return False
    product = (one.s_mem * int(one.value["inverse"]) + int(one.value["bias"])) & 0xffffffff
    if product or any(int(one.value[what]) != cache.number(what) for what in ("inverse", "shift")):
        wrong("I9", one, "its first object would not be found")
    return True


def _check_list(wrong, cache, one, which, nid):
    belongs = "free" if one.inuse == 0 else "full" if one.inuse == one.num else "partial"
    if belongs != which:
        wrong("I3", one, f"{one.inuse} of {one.num} in use, but on the {which} list")
    if int(one.value["node"]) != int(cache.node(nid).address):
        wrong("I3", one, "on a list of another node")


def _check_places(wrong, cache, one):
    """Do its objects lie where the colour says?  False where memory behind its pages would be taken for theirs."""
    shape, colour, begins = one.shape(), int(one.value["colour"]), int(one.value["colour_off"])
    if colour >= int(shape["nr_colours"]):
        wrong("I6", one, "the colour is out of range")
    if begins != colour * cache.number("colour_unit") + (0 if int(shape["descriptors"]) else int(shape["mgmt_size"])):
        wrong("I6", one, "the objects do not begin where the colour says")
    if begins + one.num * cache.number("size") > page_size() * one.pages():
        wrong("I6", one, "the objects reach beyond the block")
        return False
    return True


def _check_slab(wrong, cache, one, which, nid, frames):
    """Returns the objects on its freelist."""
    if not _check_shape(wrong, cache, one):
        return set()
    _check_pages(wrong, cache, one, frames)
    free, broken = one.freelist()
    if broken:
        wrong("I2", one, broken)
    elif one.inuse + len(free) != one.num:
        wrong("I2", one, f"{one.inuse} in use and {len(free)} on the freelist are not {one.num}")
    _check_list(wrong, cache, one, which, nid)
    if _check_places(wrong, cache, one):
        for i, fault in marks.faults(cache, one, free):
            wrong("I7", one, f"object {i} at 0x{one.object(i):08x}: {fault}")
    return set(one.object(i) for i in free)


def _is_empty(head):
    return int(head["next"]) == int(head["prev"]) == int(head.address)


def _check_node(report, cache, nid, frames):
    """Returns the objects on freelists; None when a list is broken."""
    def wrong(invariant, one, text):
        report.wrong(invariant, f"cache {cache.name}, slab 0x{one.address:08x}: {text}")

    node, free, slabs, objects, free_objects = cache.node(nid), set(), 0, 0, 0
    for which in slab.LISTS:
        if _is_empty(node[which]):
            continue
        try:
            for one in cache.slabs(nid, which):
                one.value.fetch_lazy()
                free |= _check_slab(wrong, cache, one, which, nid, frames)
                slabs += 1
                objects += one.num
                free_objects += one.num - one.inuse
        except Broken as error:
            report.wrong("I3", f"cache {cache.name}, node {nid}, {which} list: {error}")
            return None
    report.unless(slabs == int(node["nr_slabs"]), "I4",
                  f"cache {cache.name}: nr_slabs is {int(node['nr_slabs'])}, the lists have {slabs}")
    report.unless(objects == int(node["nr_objects"]), "I4",
                  f"cache {cache.name}: nr_objects is {int(node['nr_objects'])}, the slabs have {objects}")
    report.unless(free_objects == int(node["free_objects"]), "I4",
                  f"cache {cache.name}: free_objects is {int(node['free_objects'])}, the slabs have {free_objects}")
    return free


def _is_object_of(cache, obj, frames):
    """Does one of the cache's objects begin there?"""
    pfn = (obj - layout("PAGE_OFFSET") + layout("PHYS_OFFSET")) >> layout("PAGE_SHIFT")
    if obj < layout("PAGE_OFFSET") or not frames.has_struct(pfn):
        return False
    page = Page(pfn, frames)
    page.value.fetch_lazy()
    if not page.is_slab() or int(page.value["mapping"]) != cache.address:
        return False
    one = slab.Slab(int(page.value["private"]), cache)
    index, byte = divmod(obj - one.s_mem, cache.number("size"))
    return 0 <= index < one.num and byte == 0


def _check_stocks(report, cache, free, frames):
    seen = set()
    for cpu in range(layout("NR_CPUS")):
        stock = cache.value["array"][cpu].dereference()
        stock.fetch_lazy()
        slots, avail = stock["slot"], int(stock["avail"])
        objects = [int(slots[i]) for i in range(1, min(avail, slots.type.range()[1]) + 1)]
        where = f"cache {cache.name}, CPU {cpu}'s stock"
        report.unless(not int(slots[0]), "I5", f"{where}: slot[0] is not NULL")
        report.unless(avail <= int(stock["limit"]), "I5", f"{where}: more than its limit")
        report.unless(max(int(stock["limit"]), int(stock["batchcount"])) <= const("ARRAY_LIMIT_MAX"), "I5",
                      f"{where}: a limit or batch that no stock has")
        ceiling, parting = int(stock["ceiling"]), int(stock["parting"])
        report.unless(ceiling in (0, int(stock["limit"])), "I8", f"{where}: the ceiling is neither 0 nor the limit")
        report.unless(not (parting and ceiling), "I8", f"{where}: a block is parting, and nobody sees to it")
        for obj in objects:
            if not _is_object_of(cache, obj, frames):
                report.wrong("I5", f"{where}: 0x{obj:08x} is no object of this cache")
            if obj in free:
                report.wrong("I5", f"{where}: 0x{obj:08x} is on its slab's freelist, too")
            if obj in seen:
                report.wrong("I5", f"{where}: 0x{obj:08x} is in a stock twice")
            seen.add(obj)


def _check_numbers(report, cache):
    """I10: a cache's numbers are of one size; are they?"""
    size, wrong = cache.number("size"), []
    if not 1 <= cache.number("object_size") <= size:
        wrong.append("its size does not hold an object")
    if cache.number("inverse") * (size >> cache.number("shift")) & 0xffffffff != 1:
        wrong.append("its inverse does not divide by its size")
    if cache.number("colour_unit") != max(cache.number("align"), const("CACHE_LINE")):
        wrong.append("its colours are not a line, or its alignment, apart")
    shapes = [cache.value["shape"][i] for i in range(const("SHAPES"))]
    if not all(1 <= int(shape["num"]) * size <= int(shape["pages"]) * page_size() and int(shape["nr_colours"])
               for shape in shapes):
        wrong.append("no shape for its objects")
    for text in wrong:
        report.wrong("I10", f"cache {cache.name} at 0x{cache.address:08x}: {text}")
    return not wrong


def check(report):
    slab.known()
    frames, nodes = report.survey.frames, slab.nodes()
    for cache in slab.caches():
        cache.value.fetch_lazy()  # whole, as each of its numbers would be asked for alone
        report.unless(cache.alive(), "C1", f"0x{cache.address:08x} is on the chain, but no cache")
        if not _check_numbers(report, cache):
            continue  # the rest would be told of it once more
        free = set()
        for nid in nodes:
            if held(cache.node(nid)["lock"]):
                say(f"slab: cache {cache.name}: its node's lock is held, so it may be halfway through a change")
            found = _check_node(report, cache, nid, frames)
            free |= found or set()
        _check_stocks(report, cache, free, frames)
