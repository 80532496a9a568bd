"""
slab.py - crumb slab, crumb slab-of: caches, their slabs, and each object of them (mm/slab/slab/)

    cache_chain ──> struct kmem_cache ──> node[nid]: full, partial, free ──> struct slab ──> objects
                                      └─> array[cpu]: the CPU's stock of free objects

An object is free when it is on its slab's freelist (bufctl) or in a CPU's stock, else in use.
"""

import itertools

import gdb

from .command import Command
from .expressions import address
from .lists import Broken, counted, entries, is_initialised
from .marks import Marks
from .memory import name_of, read, text, words
from .pages import Frames, Page
from .processor import not_yet, ready
from .symbols import at, caller_at, const, has, layout, length, symbol_at, value
from .telling import say, say_each, told_of

FLAGS = (("flags", "SLAB_HWCACHE_ALIGN", "hwcache"), ("flags", "SLAB_CACHE_DMA", "dma"),
         ("flags", "SLAB_TYPESAFE_BY_RCU", "typesafe"), ("kind", "CACHE_RED", "redzone"),
         ("kind", "CACHE_POISON", "poison"))
LISTS = ("full", "partial", "free")


def known():
    """Is the object family the one of this module (SLAB=slab)?"""
    if not has("cache_chain") or not has("BUFCTL_END"):
        raise gdb.GdbError("this image has no object caches that these commands know (SLAB=slab)")


def nodes():
    return range(counted(value("nr_nodes"), length(value("node_data")), "nr_nodes"))


class Cache:
    """One struct kmem_cache."""

    def __init__(self, where):
        self.address = where
        self.value = at(where, "kmem_cache")
        self.name = name_of(self.value["name"], f"0x{where:08x}, whose name cannot be read")

    def number(self, member):
        return int(self.value[member])

    def node(self, nid):
        return self.value["node"][nid]

    def stock(self, cpu):
        """(the array_cache, its objects, the newest last)"""
        stock = self.value["array"][cpu].dereference()
        slot = stock["slot"]
        avail = min(int(stock["avail"]), slot.type.range()[1])
        return stock, list(words(int(slot.address), avail + 1))[1:]

    def stocked(self):
        """The objects in all CPUs' stocks; of one that cannot be read, a line."""
        found = set()
        for cpu in range(layout("NR_CPUS")):
            with told_of(f"cache {self.name}, CPU {cpu}'s stock"):
                found |= set(self.stock(cpu)[1])
        return found

    def slabs(self, nid, which):
        for where in entries(self.node(nid)[which], "slab", "list"):
            yield Slab(where, self)

    def shape(self, which):
        """What its slabs of SHAPE_… look like: struct slab_shape."""
        return self.value["shape"][const(which)]

    def alive(self):
        return self.number("magic") == const("CACHE_MAGIC")


class Slab:
    """One struct slab."""

    def __init__(self, where, cache):
        self.address, self.cache = where, cache
        self.value = at(where, "slab")
        self.s_mem = int(self.value["s_mem"])
        self.inuse, self.num = int(self.value["inuse"]), int(self.value["num"])

    def shape(self):
        """The struct slab_shape of its cache that it says it has; None when there is no such."""
        which = int(self.value["shape"])
        return self.cache.value["shape"][which] if which < const("SHAPES") else None

    def pages(self):
        shape = self.shape()
        if shape is None:
            raise Broken(f"its shape is {int(self.value['shape'])}, and there are {const('SHAPES')}")
        return int(shape["pages"])

    def blocks(self):
        """(page, order) of the blocks that its pages are made of, from large to small."""
        at, left = 0, self.pages()
        while left:
            order = left.bit_length() - 1
            yield at, order
            at, left = at + (1 << order), left - (1 << order)

    def freelist(self):
        """The indices of its free objects; Broken numbers end it: (indices, what is wrong or None)."""
        num, end = self.num, const("BUFCTL_END")
        bufctl = read(int(self.value["bufctl"].address), num)  # at once: a byte each would be a packet each
        found, index = {}, int(self.value["free"])
        while index != end:
            if index >= num:
                return list(found), f"the freelist leaves the slab: index {index} of {num}"
            if index in found:
                return list(found), f"the freelist is cyclic: it meets object {index} twice"
            found[index] = True
            index = bufctl[index]
        return list(found), None

    def object(self, index):
        return self.s_mem + index * self.cache.number("size")

    def picture(self, stocked):
        """# in use, c in a CPU's stock, . free"""
        free = set(self.freelist()[0])
        return "".join("." if i in free else "c" if self.object(i) in stocked else "#"
                       for i in range(self.num))


def caches():
    """Every cache, oldest first; Broken at a link that leads astray."""
    ready("object caches")
    known()
    chain = value("cache_chain")
    if not is_initialised(chain) or int(chain["next"]) == int(chain.address):
        raise not_yet("object caches")
    for where in entries(chain, "kmem_cache", "chain", back=True):
        yield Cache(where)


def cache_named(name):
    for cache in caches():
        if cache.name == name:
            return cache
    raise gdb.GdbError(f"{name}: no such cache; `crumb slab` lists them")


# ---- slab ----------------------------------------------------------------------------------------

def _info(cache):
    """The line of /proc/slabinfo."""
    slabs = free_slabs = objects = free = 0
    for nid in nodes():
        node = cache.node(nid)
        slabs += int(node["nr_slabs"])
        objects += int(node["nr_objects"])
        free += int(node["free_objects"])
        free_slabs += sum(1 for _ in cache.slabs(nid, "free"))
    shape = cache.shape("SHAPE_WANTED")
    stock = cache.stock(0)[0]
    return (f"{cache.name:<17} {objects - free:6} {objects:6} {cache.number('size'):6} {int(shape['num']):4} "
            f"{int(shape['pages']):4} : tunables {int(stock['limit']):4} {int(stock['batchcount']):4} {0:4} "
            f": slabdata {slabs - free_slabs:6} {slabs:6} {0:6}")


def _shape(shape):
    descriptor = shape["descriptors"]
    where = "in " + text(descriptor["name"]) if int(descriptor) else "in the slab"
    say(f"slabs of {int(shape['pages'])} pages: {int(shape['num'])} objects, {int(shape['nr_colours'])} colours; "
        f"descriptor of {int(shape['mgmt_size'])} bytes {where}")


def _geometry(cache):
    say(f"{cache.name}: objects of {cache.number('object_size')} bytes, {cache.number('size')} apart, "
        f"aligned to {cache.number('align')}")
    seen = set()
    for which in "SHAPE_WANTED", "SHAPE_FIRST", "SHAPE_LEAST":
        shape = cache.shape(which)
        if int(shape["pages"]) not in seen:
            _shape(shape)
        seen.add(int(shape["pages"]))
    say(f"colours are {cache.number('colour_unit')} bytes apart")
    names = [name for member, flag, name in FLAGS if cache.number(member) & const(flag)]
    say("flags:" + "".join(" " + name for name in names))
    if cache.number("ctor"):
        say(f"constructor: {symbol_at(cache.number('ctor'))}")


def _one(slab, which, stocked):
    say(f"slab 0x{slab.address:x} {which:<7} {slab.pages()} pages, colour {int(slab.value['colour'])}, "
        f"first object at 0x{slab.s_mem:x}, {slab.inuse} of {slab.num} out")
    picture = slab.picture(stocked)
    for i in range(0, len(picture), 64):
        say("  " + picture[i:i + 64])
    broken = slab.freelist()[1]
    if broken:
        say(f"  {broken}: what is drawn as in use may be free")


def _slabs(cache, nid, stocked, most=16):
    node = cache.node(nid)
    say(f"node {nid}: {int(node['nr_slabs'])} slabs, {int(node['free_objects'])} free objects "
        f"(limit {int(node['free_limit'])}), "
        f"{int(node['nr_slabs']) + int(node['reaped']) + int(node['retired'])} made, {int(node['reaped'])} given back")
    left = most
    for which in LISTS:
        left -= say_each(itertools.islice(cache.slabs(nid, which), left), lambda slab: f"slab 0x{slab.address:x}",
                         lambda slab, which=which: _one(slab, which, stocked))
    if not left and int(node["nr_slabs"]) > most:
        say(f"… and {int(node['nr_slabs']) - most} more")


class ShowSlab(Command):
    """Show object caches: crumb slab [CACHE]

Alone, the lines of slabinfo.  With a cache's name its geometry, stocks and slabs, each object drawn:
# in use, c in a CPU's stock, . free."""

    name = "slab"
    most = 1
    needs = "object caches"

    def words(self):
        return [cache.name for cache in caches()]

    def runs(self, name=None):
        if name is None:
            found = caches()
            first = next(found)  # or it says that there are none yet
            say("# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>"
                " : tunables <limit> <batchcount> <sharedfactor>"
                " : slabdata <active_slabs> <num_slabs> <sharedavail>")
            say_each(itertools.chain([first], found), lambda cache: cache.name, lambda cache: say(_info(cache)))
            return
        cache = cache_named(name)
        _geometry(cache)
        for cpu in range(layout("NR_CPUS")):
            with told_of(f"CPU {cpu}"):
                stock, objects = cache.stock(cpu)
                if cpu == 0 or objects:
                    say(f"CPU {cpu}: {len(objects)} in stock, limit {int(stock['limit'])}, "
                        f"batch {int(stock['batchcount'])}")
        stocked = cache.stocked()
        for nid in nodes():
            _slabs(cache, nid, stocked)
        say("# in use   c in a CPU's stock   . free")


# ---- slab-of -------------------------------------------------------------------------------------

def is_own(va):
    """Is it an object that an allocator has for itself (mm/slab/own.h), or a large block of such?"""
    frames = Frames()
    pfn = (va - layout("PAGE_OFFSET") + layout("PHYS_OFFSET")) >> layout("PAGE_SHIFT")
    if va < layout("PAGE_OFFSET") or not frames.has_struct(pfn):
        return False
    page = Page(pfn, frames)
    if not page.is_slab():
        return page.state == "used" and page.owner == "slab"
    cache = Cache(int(page.value["mapping"]))
    of = Slab(int(page.value["private"]), cache)
    index, byte = divmod(va - of.s_mem, cache.number("size"))
    return bool(cache.number("kind") & const("CACHE_OWN")) and 0 <= index < of.num and byte == 0


def describe(va):
    """What an address is to the object caches, in a line; None when it is in no slab."""
    return next(iter(explain(va)), None)


def explain(va):
    """What an address is to the object caches; and, of a DEBUG image, who had the object: a line each."""
    frames = Frames()
    pfn = (va - layout("PAGE_OFFSET") + layout("PHYS_OFFSET")) >> layout("PAGE_SHIFT")
    if va < layout("PAGE_OFFSET") or not frames.has_struct(pfn):
        return
    page = Page(pfn, frames)
    if not page.is_slab():
        return
    cache = Cache(int(page.value["mapping"]))
    slab = Slab(int(page.value["private"]), cache)
    offset = va - slab.s_mem
    if not 0 <= offset < slab.num * cache.number("size"):
        yield f"in a slab of cache {cache.name}, outside of its objects (descriptor, colour, rest)"
        return
    index, byte = divmod(offset, cache.number("size"))
    marks = Marks(slab)
    obj, size = slab.object(index), marks.request(index)
    place = f"byte {byte} of object {index}" if byte < size else \
        f"+0x{byte - size:x} behind the end of object {index} ({size} bytes)"
    free, broken = slab.freelist()
    state = "free" if index in free else "free, in a CPU's stock" if obj in cache.stocked() else \
        f"in use, or free: {broken}" if broken else "in use"
    yield f"{place} at 0x{obj:x} of cache {cache.name}: {state}"
    owners = marks.owners(index)
    if owners:
        allocated, freed = (caller_at(by) if by else "nobody" for by in owners)
        yield f"allocated by {allocated}, freed by {freed}"


class SlabOf(Command):
    """Say which object of which cache an address is part of: crumb slab-of ADDRESS

Of a DEBUG image also who allocated it, and who freed it."""

    name = "slab-of"
    most = 1
    completes = gdb.COMPLETE_EXPRESSION
    needs = "object caches"

    def runs(self, where):
        known()
        va = address(where)
        told = list(explain(va))
        if not told:
            raise gdb.GdbError(f"0x{va:08x} is not in a slab")
        for line in told:
            say("slab: " + line)


COMMANDS = [ShowSlab, SlabOf]
