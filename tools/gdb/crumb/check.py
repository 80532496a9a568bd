"""
check.py - crumb check: the checkers' invariants, verified again from outside

    kernel                      here
    early    bootmem's bits     I1, I2, C1, C2 while they live; what was recorded, C4, C5
    page     I1 to I5, W1 to W5 the free lists, and each frame of mem_map with its references
    pcp      I1 to I3           for every CPU
    percpu   I1, I2, S1 to S4   areas; objects, their notes, queues and copies
    slab     I1 to I9           lists, freelists, stocks, pages; of DEBUG images red zones and poison
    vmap     I1 to I5           and that each entry shows the area's own page or registers
    kmap     P1 to P3           where there is highmem
    kmap_local, fixmap          owners against the page tables
    mempool  M1, M2, M4         counts, and the elements of each reserve
    balance  I1                 every page of RAM is somewhere

It runs no code of the kernel's, so it answers on a machine that has crashed, and about a kernel whose own
checker was hurt.  What is wrong is named with its invariant, and the check goes on with the next
structure.  In the middle of an allocator, with its lock held, an invariant may be broken for a
moment: that is said, too.
"""

import gdb

from . import buddy, early, pcp, percpu, slab, vmap, windows
from .memory import (WORD, Broken, Command, at, const, entries, has, held, layout, offset_of, page_size, read, say,
                     struct_type, sysreg, value, words)
from .pages import Frames, Page
from .survey import Survey
from .tables import Mmu


class Report:
    """What does not hold; and mem_map, which is read once for all families of a command."""

    def __init__(self, family, known=None):
        self.family, self.wrongs, self.known = family, 0, {} if known is None else known

    @property
    def survey(self):
        if not self.known:
            self.known["mem_map"] = Survey()
        return self.known["mem_map"]

    def wrong(self, invariant, text):
        self.wrongs += 1
        if self.wrongs <= 20:
            say(f"{self.family}: {invariant}: {text}")

    def unless(self, holds, invariant, text):
        if not holds:
            self.wrong(invariant, text)


def _head_bits(state, order):
    return const(state) << const("PAGE_STATE_SHIFT") | order


# ---- page ----------------------------------------------------------------------------------------

class _Zone:
    """One zone's free lists against mem_map."""

    def __init__(self, report, zone):
        self.report, self.zone, self.frames = report, zone, report.survey.frames
        self.flags, self.references = {}, {}
        self.load()
        self.listed = {}

    def load(self):
        """pfn -> flags, for frames that have a struct page; pfn -> references, where there are any."""
        step = const("MAX_ORDER_NR_PAGES")
        first = self.zone.start & ~(step - 1)
        for block in range(first, self.zone.end, step):
            for pfn, (flags, references) in enumerate(self.report.survey.heads(block) or (), block):
                self.flags[pfn] = flags
                if references:
                    self.references[pfn] = references

    def wrong(self, invariant, order, pfn, text):
        where = f"pfn {pfn:#x} flags {self.flags.get(pfn, 0):#x}: " if pfn is not None else ""
        self.report.wrong(invariant, f"zone {self.zone.name} order {order} {where}{text}")

    def block(self, pfn, order):
        head = self.zone.bits | _head_bits("PAGE_FREE", order)
        size = 1 << order
        if pfn < self.zone.start or pfn + size > self.zone.end:
            self.wrong("I1", order, pfn, "outside of its zone")
            return
        if pfn & size - 1:
            self.wrong("I1", order, pfn, "not aligned to its size")
        if self.flags.get(pfn) != head:
            self.wrong("I1", order, pfn, "not the flags of a free head")
        for tail in range(pfn + 1, pfn + size):
            if self.flags.get(tail) != self.zone.bits:
                self.wrong("I1", order, tail, "inside a free block, not a tail")
                break
        if order < const("MAX_ORDER") - 1 and self.flags.get(pfn ^ size) == head:
            self.wrong("I2", order, pfn, "its buddy is free, too")
        for page in range(pfn, pfn + size):
            if page in self.references:
                self.wrong("I5", order, page, f"free, with {self.references.pop(page)} references")

    def check_references(self):
        """Of frames of this zone that are not free: those were asked for with their lists."""
        mask, used, shift = const("PAGE_STATE_MASK"), _head_bits("PAGE_USED", 0), const("PAGE_ZONE_SHIFT")
        for pfn, flags in self.flags.items():
            references = self.references.get(pfn, 0)
            if flags >> shift != self.zone.index or (flags & mask == used) == (references > 0) and references >= 0:
                continue
            if flags & mask == used:
                self.wrong("W3", flags & const("PAGE_ORDER_MASK"), pfn, f"in use, with {references} references")
            else:
                self.wrong("W3", 0, pfn, f"not in use, with {references} references")

    def list(self, order):
        """Walks a free list; returns its length, or None when a link is broken."""
        length = 0
        try:
            for page in self.zone.free_heads(order):
                pfn = self.frames.pfn(page)
                if pfn is None:
                    self.wrong("I1", order, None, f"0x{page:08x} on the free list is no struct page of mem_map")
                    return None
                if pfn in self.listed:
                    self.wrong("I1", order, pfn, "on two free lists")
                    return None
                self.listed[pfn] = order
                self.block(pfn, order)
                length += 1
        except Broken as error:
            self.wrong("I1", order, None, f"free list: {self.named(str(error))}")
            return None
        return length

    def named(self, text):
        """Adds the frames to the addresses in a broken link's description."""
        offset = offset_of("page", "lru")
        for word in {word.strip(",:") for word in text.split() if word.startswith("0x")}:
            pfn = self.frames.pfn(int(word, 16) - offset)
            if pfn is not None:
                text = text.replace(word, f"{word} (lru of pfn {pfn:#x})")
        return text

    def check(self):
        zone, total = self.zone, 0
        for order in range(const("MAX_ORDER")):
            nr_free = zone.nr_free(order)
            length = self.list(order)
            total += nr_free << order
            if length is not None and length != nr_free:
                self.wrong("I3", order, None, f"nr_free is {nr_free}, the list has {length}")
            if bool(zone.number("free_orders") >> order & 1) != bool(nr_free):
                self.wrong("I4", order, None, "free_orders is not what the list is")
        if total != zone.number("free_pages"):
            self.wrong("I3", "all", None, f"free_pages is {zone.number('free_pages')}, the lists have {total}")
        self.check_references()
        self.check_frames()

    def check_frames(self):
        """mem_map, block by block: W1 to W5."""
        zone, pfn, counted = self.zone, self.zone.start, {"pcp": 0, "reserved": 0}
        while pfn < zone.end:
            flags = self.flags.get(pfn, _head_bits("PAGE_ABSENT", 0))
            state = flags & const("PAGE_STATE_MASK")
            order = flags & const("PAGE_ORDER_MASK") if state != _head_bits("PAGE_RESERVED", 0) else 0
            size = 1 << order
            if not self.frames.present(pfn):
                if state != _head_bits("PAGE_ABSENT", 0):
                    self.wrong("W1", order, pfn, "no RAM, not absent")
                pfn += 1
                continue
            if order >= const("MAX_ORDER") or pfn % size or flags >> const("PAGE_ZONE_SHIFT") != zone.index:
                self.wrong("W1", order, pfn, "not a block of its zone")
                return
            self.block_in_use(pfn, order, state, counted)
            pfn += size
        kept = sum(pcp.length(pages) for other, _, pageset in pcp.pagesets() if other.index == zone.index
                   for _, pages, _ in pcp.lists(pageset))
        if counted["pcp"] != kept:
            self.wrong("W4", 0, None, f"{counted['pcp']} pages are of CPUs' lists, which count {kept}")
        missing = zone.number("present_pages") - zone.number("managed_pages")
        if counted["reserved"] != missing:
            self.wrong("W5", 0, None, f"{counted['reserved']} pages are reserved, {missing} were not given")

    def block_in_use(self, pfn, order, state, counted):
        if state == _head_bits("PAGE_FREE", 0):
            if self.listed.get(pfn) != order:
                self.wrong("W2", order, pfn, "a free head that is not on its list")
        elif state == _head_bits("PAGE_USED", 0):
            mask = const("PAGE_STATE_MASK")
            tail = next((n for n in range(pfn + 1, pfn + (1 << order)) if self.flags.get(n, 0) & mask), None)
            if tail is not None:
                self.wrong("W1", order, tail, "inside a block in use, not a tail")
        elif state == _head_bits("PAGE_PCP", 0):
            counted["pcp"] += 1
        elif state == _head_bits("PAGE_RESERVED", 0):
            counted["reserved"] += 1
        else:
            self.wrong("W1", order, pfn, "a frame of RAM, and of no block")


def check_page(report):
    for zone in buddy.zones():
        if zone.is_changing():
            say(f"page: zone {zone.name}: its lock is held, so it may be halfway through a change")
        _Zone(report, zone).check()


# ---- pcp -----------------------------------------------------------------------------------------

def check_pcp(report):
    frames = Frames()
    for zone, cpu, pageset in pcp.pagesets():
        wanted = zone.bits | _head_bits("PAGE_PCP", 0)
        for name, pages, _ in pcp.lists(pageset):
            where = f"zone {zone.name}, CPU {cpu}, {name}"
            count, high, length = pcp.length(pages), int(pages["high"]), 0
            may_take, may_give = int(pages["may_take"]), int(pages["may_give"])
            try:
                for page in pcp.kept_pages(pages):
                    length += 1
                    pfn = frames.pfn(page)
                    if pfn is None:
                        report.wrong("I2", f"{where}: 0x{page:08x} is no struct page")
                        break
                    flags = Page(pfn, frames).flags
                    report.unless(flags == wanted, "I2", f"{where}: pfn {pfn:#x} flags {flags:#x}: not a page "
                                                         "of this list")
            except Broken as error:
                report.wrong("I1", f"{where}: {error}")
                continue
            report.unless(length == count, "I1", f"{where}: {count} are counted, the list has {length}")
            report.unless(may_take <= count, "I3", f"{where}: {may_take} may be taken of {count}")
            report.unless(count + may_give <= high, "I3", f"{where}: {may_give} may be given to {count}, high {high}")


# ---- slab ----------------------------------------------------------------------------------------

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


def _check_slab(wrong, cache, one, which, nid, frames):
    shape = one.shape()
    if shape is None:
        wrong("I9", one, "a shape that its cache has not")
        return set()
    num = int(shape["num"])
    if one.num != num or int(one.value["free_num"]) != int(shape["free_num"]):
        wrong("I9", one, f"not as many objects as its shape has: {one.num} for {num}")
        return set()
    product = (one.s_mem * int(one.value["inverse"]) + int(one.value["bias"])) & 0xffffffff
    if product or any(int(one.value[what]) != cache.number(what) for what in ("inverse", "shift")):
        wrong("I9", one, "its first object would not be found")
    _check_pages(wrong, cache, one, frames)
    free, broken = one.freelist()
    if broken:
        wrong("I2", one, broken)
    elif one.inuse + len(free) != num:
        wrong("I2", one, f"{one.inuse} in use and {len(free)} on the freelist are not {num}")
    belongs = "free" if one.inuse == 0 else "full" if one.inuse == num else "partial"
    if belongs != which:
        wrong("I3", one, f"{one.inuse} of {num} in use, but on the {which} list")
    if int(one.value["node"]) != int(cache.node(nid).address):
        wrong("I3", one, "on a list of another node")
    if int(one.value["colour"]) >= int(shape["nr_colours"]):
        wrong("I6", one, "the colour is out of range")
    begin = int(one.value["colour"]) * cache.number("colour_unit") + \
        (0 if int(shape["descriptors"]) else int(shape["mgmt_size"]))
    if int(one.value["colour_off"]) != begin:
        wrong("I6", one, "the objects do not begin where the colour says")
    if int(one.value["colour_off"]) + num * cache.number("size") > page_size() * one.pages():
        wrong("I6", one, "the objects reach beyond the block")
    elif const("debug_build"):
        _check_marks(wrong, cache, one, free)
    return set(one.object(i) for i in free)


class _Marks:
    """Of a DEBUG image (debug.c): the bits behind bufctl, and each object's request, red zone, guard and pattern."""

    def __init__(self, cache, one):
        self.cache, self.one = cache, one
        self.kind, self.size = cache.number("kind"), cache.number("size")
        num = one.num
        bufctl = one.value["bufctl"]
        end = int(bufctl.address) + num * bufctl.type.target().sizeof
        self.bits_at = end + 3 & ~3
        self.bits = int.from_bytes(read(self.bits_at, (num + 31) // 32 * 4), "little")
        self.tracks = self.bits_at + (num + 31) // 32 * 4
        self.memory = read(one.s_mem, num * self.size)
        self.image = range(*(int(gdb.parse_and_eval("(unsigned long)&_image_" + which)) for which in ("start", "end")))

    def has(self, flag):
        return bool(self.kind & const(flag))

    def track(self, i):
        track = struct_type("track").sizeof
        if self.has("CACHE_RED"):
            return self.one.object(i) + self.size - const("GUARD_SIZE") - track
        return self.tracks + i * track

    def is_free(self, i):
        return bool(self.bits >> i & 1)

    def fault(self, i):
        """What is wrong with object i, or None."""
        start, size = i * self.size, self.cache.number("object_size")
        track = at(self.track(i), "track")
        alloc_by, free_by, request = (int(track[word]) for word in ("alloc_by", "free_by", "request"))
        seal = ~(alloc_by ^ (free_by << 8 | free_by >> 24) ^ (request << 16 | request >> 16)) & 0xffffffff
        if int(track["seal"]) != seal:
            return "somebody wrote over who has it, or how much of it"
        if any(int(track[who]) and int(track[who]) not in self.image for who in ("alloc_by", "free_by")):
            return "who allocated or freed it is no address of the image"
        if request > size:
            return f"its request, {request} bytes, is more than the object has"
        red = self.track(i) - self.one.s_mem if self.has("CACHE_RED") else \
            start + min(size, request + const("RED_SPAN"))
        if self.memory[start + request:red].strip(bytes([const("RED_ZONE")])):
            return "somebody wrote into its red zone"
        guard = self.memory[start + self.size - const("GUARD_SIZE"):start + self.size]
        if self.has("CACHE_RED") and guard.strip(bytes([const("RED_ZONE")])):
            return "somebody wrote into the guard behind it"
        pattern = bytes([const("POISON_FREE")]) * (size - 1) + bytes([const("POISON_END")])
        if self.has("CACHE_POISON") and self.is_free(i) and self.memory[start:start + size] != pattern:
            return "free, and somebody wrote to it"
        return None


def _check_marks(wrong, cache, one, free):
    if cache.number("kind") & const("CACHE_BOOT"):
        return
    marks = _Marks(cache, one)
    for i in range(one.num):
        fault = "on the freelist, but not marked as free" if i in free and not marks.is_free(i) else marks.fault(i)
        if fault:
            wrong("I7", one, f"object {i} at 0x{one.object(i):08x}: {fault}")


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


def check_slab(report):
    slab.known()
    frames, nodes = report.survey.frames, slab.nodes()
    for cache in slab.caches():
        cache.value.fetch_lazy()  # whole, as each of its numbers would be asked for alone
        report.unless(cache.alive(), "C1", f"0x{cache.address:08x} is on the chain, but no cache")
        free = set()
        for nid in nodes:
            if held(cache.node(nid)["lock"]):
                say(f"slab: cache {cache.name}: its node's lock is held, so it may be halfway through a change")
            found = _check_node(report, cache, nid, frames)
            free |= found or set()
        _check_stocks(report, cache, free, frames)


# ---- the rest ------------------------------------------------------------------------------------

def _fixmap_tables():
    mmu = Mmu()
    if mmu.first(windows.slot_address(0)).kind != "table":
        raise gdb.GdbError("fixmap: not initialised yet")
    return mmu


def check_fixmap(report):
    mmu = _fixmap_tables()
    devices = value("arch_devices")
    bases = {int(devices[i]["va"]): int(devices[i]["base"]) for i in range(int(value("arch_nr_devices")))}
    for i in range(const("__end_of_fixed_addresses")):
        use, name = windows.slot_name(i)
        if use == "kmap_local":
            continue
        mapping = mmu.walk(windows.slot_address(i))[2]
        owned = windows.set_by(i) != "nobody" if mapping or use != "early" else False
        report.unless((mapping is not None) == owned, "F3" if use == "port" else "F2",
                      f"slot {i} ({name}) is {'set' if mapping else 'clear'} and has {'an' if owned else 'no'} owner")
        base = bases.get(windows.slot_address(i))
        if mapping and base is not None:
            report.unless(mapping.phys == base, "F3", f"slot {i} shows 0x{mapping.phys:08x}, not the registers of "
                                                      f"{windows.set_by(i)}")
    end = windows.slot_address(const("__end_of_fixed_addresses"))
    for va in range(end, layout("FIXADDR_END"), page_size()):
        report.unless(mmu.walk(va)[2] is None, "F4", f"0x{va:08x} is mapped, beyond the last slot")


def check_kmap_local(report):
    mmu, frames, most = _fixmap_tables(), Frames(), const("KM_MAX_IDX")
    for cpu in percpu.possible_cpus():
        stack = percpu.copy_of(value("kmap_stack", "kmap_local.c"), cpu)
        depth = int(stack["depth"])
        report.unless(depth <= most, "K1", f"depth {depth} on CPU {cpu}, which has {most} slots")
        for nth in range(most):
            mapping = mmu.walk(windows.slot_address(const("FIX_KMAP_BEGIN") + cpu * most + nth))[2]
            right = (mapping is not None) == (nth < depth) and (not mapping or int(stack["mapped_by"][nth]))
            report.unless(right, "K1", f"slot {nth} of CPU {cpu} is {'mapped' if mapping else 'clear'}, depth {depth}")
            if mapping:
                report.unless(frames.present(mapping.phys >> layout("PAGE_SHIFT")), "K1",
                              f"slot {nth} of CPU {cpu} shows 0x{mapping.phys:08x}, no RAM")


def check_percpu(report):
    low, high = percpu.bounds()
    offsets = [percpu.offset_of_cpu(cpu) for cpu in percpu.possible_cpus()]
    if None in offsets:
        raise gdb.GdbError("per-CPU areas: not initialised yet")
    thread = gdb.selected_thread()
    cpu = thread.num - 1 if thread else 0
    if cpu < len(offsets) and percpu.is_online(cpu):
        here = sysreg("TPIDRPRW")
        report.unless(here == offsets[cpu], "I1", f"CPU {cpu} works with offset {here:#x}, not {offsets[cpu]:#x}")
    for a, one in enumerate(offsets):
        for b, other in enumerate(offsets[:a]):
            report.unless(abs(one - other) >= high - low, "I2", f"the areas of CPU {b} and {a} overlap")
    if value("percpu_name").string() == "array":
        check_leaves(report)


class _Leaf:
    """Some slots of PERCPU=array (array_impl.h): notes, queue, and each CPU's pointers."""

    def __init__(self, report, n, leaf):
        self.report, self.n = report, n
        self.room, self.capacity, self.first, self.last = (int(leaf[name]) for name in
                                                           ("room", "capacity", "first", "last"))
        self.wide = bool(leaf["wide"])
        self.slots = const("PERCPU_LEAF_SLOTS")
        self.step = const("WIDE_SLOTS") if self.wide else 1
        self.notes = words(int(leaf["notes"]), self.slots)
        self.tables = [words(int(leaf["table"][cpu]), self.slots) for cpu in percpu.possible_cpus()]

    def wrong(self, invariant, text):
        self.report.wrong(invariant, f"leaf {self.n}: {text}")

    def is_live(self, i):
        return bool(self.notes[i] & const("NOTE_LIVE"))

    def queue(self):
        """S2"""
        queued, i, last = set(), self.first, None
        while i < self.slots:
            if i in queued:
                self.wrong("S2", f"the queue is cyclic at slot {i}")
                return
            if self.is_live(i) or i % self.step:
                self.wrong("S2", f"slot {i} is in the queue, and not free")
                return
            queued.add(i)
            last, i = i, self.notes[i]
        live = sum(self.is_live(i) for i in range(self.slots))
        if len(queued) != self.room or len(queued) + live != self.capacity or queued and last != self.last:
            self.wrong("S2", f"room for {self.room} of {self.capacity}, {live} live, {len(queued)} in the queue")

    @staticmethod
    def size(note):
        return (note >> const("NOTE_SIZE_SHIFT") & const("NOTE_SIZE_MASK")) + 1

    def stride(self, note):
        size = self.size(note)
        align = max(1 << (note & const("NOTE_ALIGN_MASK")), layout("L1_CACHE_BYTES"))
        if note & const("NOTE_PAGES"):
            align = page_size()
        return size + align - 1 & ~(align - 1)

    @staticmethod
    def is_memory(block, note):
        """An object of kmalloc's, or whole pages (mm/percpu/array/memory.c)?"""
        frames, pfn = Frames(), (block - layout("PAGE_OFFSET") + layout("PHYS_OFFSET")) >> layout("PAGE_SHIFT")
        if block < layout("PAGE_OFFSET"):
            return False
        if not int(value("mem_map")):
            return True
        if not frames.has_struct(pfn) or not frames.present(pfn):
            return False
        page = Page(pfn, frames)
        if not note & const("NOTE_PAGES"):
            return slab.is_own(block)
        return page.state == "reserved" or page.state == "used" and page.owner == "percpu"

    def copies(self, i):
        """S4 and A1"""
        note, piece = self.notes[i], 1 << const("PERCPU_BYTE_SHIFT")
        size = self.size(note) if self.is_live(i) else 0
        block = self.tables[0][i]
        if size and not self.is_memory(block, note):
            self.wrong("A1", f"slot {i}: at 0x{block:08x} is no memory of objects")
            return
        for cpu, table in enumerate(self.tables):
            for part in range(self.step):
                want = block + cpu * self.stride(note) + part * piece if part * piece < size else 0
                if table[i + part] != want:
                    self.wrong("S4", f"slot {i} is {'live' if size else 'free'}, CPU {cpu}'s copy of its piece {part} "
                                     f"is 0x{table[i + part]:08x}, not 0x{want:08x}")
                    return


def check_leaves(report):
    slots = value("percpu_slots")
    leaves = slots["leaf"]
    low, high = leaves.type.range()
    cpus = percpu.possible_cpus()
    roots = [percpu.copy_of(value("percpu_root"), cpu)["leaf"] for cpu in cpus]
    for n in range(low, high + 1):
        used = [int(root[n]) for root in roots]
        tables = [int(leaves[n]["table"][cpu]) for cpu in cpus]
        there = bool(int(leaves[n]["notes"]))
        if used != tables or any(bool(one) != there for one in used):
            report.wrong("S1", f"leaf {n} is {'there' if there else 'not there'}, but CPUs use others")
            continue
        if not there:
            continue
        leaf = _Leaf(report, n, leaves[n])
        for wide in range(const("WIDTHS")):
            is_open = bool(int(slots["open"][wide][n // 32]) >> n % 32 & 1)
            report.unless(is_open == (leaf.wide == bool(wide) and leaf.room > 0), "S3",
                          f"leaf {n}: room for {leaf.room}, and {'' if is_open else 'not '}open")
        leaf.queue()
        for i in range(0, leaf.slots, leaf.step):
            leaf.copies(i)


def check_vmap(report):
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


def check_kmap(report):
    if not windows.pkmap_exists() or not int(value("pkmap", "window/kmap.c")["pte"]):
        raise gdb.GdbError("this machine has no slots of kmap(): no highmem, or no such family")
    frames, mmu = report.survey.frames, Mmu()
    if held(value("pkmap", "window/kmap.c")["lock"]):
        say("kmap: its lock is held, so it may be halfway through a change")
    slots = list(windows.pkmap_slots(every=True))
    for slot in slots:
        mapping = mmu.walk(slot.address)[2]
        shown = mapping.phys >> layout("PAGE_SHIFT") if mapping else None
        where = f"slot {slot.index}, count {slot.count}, page 0x{slot.page:08x}, its entry shows {shown}"
        if slot.count == 0:
            report.unless(not slot.page and shown is None, "P1", where)
        else:
            report.unless(slot.page and frames.pfn(slot.page) == shown, "P2", where)
    check_buckets(report, slots)


def check_buckets(report, slots):
    """P3: each bucket's list ends, and has its own slots only; all that show a page are listed."""
    lookup, pkmap = value("pkmap_lookup"), value("pkmap", "window/kmap.c")
    nobody, first, size = int(value("pkmap_nobody").address), int(pkmap["slot"]), struct_type("pkmap_slot").sizeof
    buckets, listed = const("PKMAP_BUCKETS"), 0
    for bucket, slot in enumerate(words(int(lookup["bucket"].address), buckets)):
        passed = set()
        while slot != nobody:
            index, rest = divmod(slot - first, size)
            if rest or not 0 <= index < const("LAST_PKMAP"):
                report.wrong("P3", f"bucket {bucket} leads to 0x{slot:08x}, no slot")
                break
            if slot in passed:
                report.wrong("P3", f"bucket {bucket} is cyclic at slot {index}")
                break
            passed.add(slot)
            if not int(pkmap["slot"][index]["count"]) or int(pkmap["slot"][index]["page"]) % buckets != bucket:
                report.wrong("P3", f"bucket {bucket} lists slot {index}, not its own")
                break
            slot = int(pkmap["slot"][index]["next"])
        listed += len(passed)
    with_page = sum(bool(slot.count) for slot in slots)
    report.unless(listed == with_page, "P3", f"{with_page} slots have a page, {listed} are listed")


# ---- early, mempool, balance ---------------------------------------------------------------------

def check_early(report):
    if not int(value("boot_info")["nr_banks"]):
        raise gdb.GdbError("early: not initialised yet")
    frames_of, frames = list(_banks()), Frames()
    for node in early.nodes():
        if has("bootmem_last_byte") and int(node["bdata"]):
            _check_bits(report, node["bdata"].dereference())
    kept = []
    for i, record in enumerate(early.records()):
        start, size, shift = int(record["start"]), int(record["size"]), layout("PAGE_SHIFT")
        first, last = start >> shift, start + size - 1 >> shift
        report.unless(size and any(low <= first and last < high for low, high in frames_of), "C4",
                      f"record {i}: {size} bytes at 0x{start:08x} are no RAM")
        kept_here = int(record["fate"]) == const("EARLY_KEPT")
        if kept_here and size and first >= frames_of[0][0] and _handed_over():
            hurt = next((pfn for pfn in range(first, last + 1) if Page(pfn, frames).state != "reserved"), None)
            report.unless(hurt is None, "C5", f"record {i}: frame {hurt or 0:#x} is kept, and not reserved")
        if int(record["kind"]) == const("EARLY_ALLOCATED") and int(record["fate"]) == const("EARLY_KEPT"):
            for low, high, other in kept:
                report.unless(start >= high or low >= start + size, "C4", f"records {other} and {i} share memory")
            kept.append((start, start + size, i))


def _handed_over():
    """Does mem_map say whose the frames are?"""
    data = early.nodes()[0]["bdata"]
    return has("bootmem_last_byte") and int(data) and bool(data.dereference()["handed_over"])


def _banks():
    from .pages import banks
    return banks()


def _check_bits(report, data):
    """While the bits live: I1, I2, and that nobody has what they offer (C1)."""
    if not int(data["map"]) or bool(data["handed_over"]):
        return
    start, pages, shift = int(data["start"]), int(data["end"]) - int(data["start"]), layout("PAGE_SHIFT")
    bits = int.from_bytes(read(int(data["map"]), (pages + 31) // 32 * 4), "little")
    clear = [i for i in range(pages) if not bits >> i & 1]
    report.unless(len(clear) == int(data["free"]), "I1", f"{len(clear)} bits are clear, free says {int(data['free'])}")
    report.unless(not clear or clear[0] >= int(data["hint"]), "I2", f"bit {clear[0] if clear else 0} is clear, below "
                                                                    f"the hint {int(data['hint'])}")
    taken = [(low >> shift, high >> shift, name) for low, high, name in early.ranges()]
    taken += [(int(record["start"]) >> shift, int(record["start"]) + int(record["size"]) - 1 >> shift, "a record")
              for record in early.records() if int(record["fate"]) == const("EARLY_KEPT")]
    free = set(clear)
    for low, high, name in taken:
        hurt = next((pfn for pfn in range(max(low, start), min(high, start + pages - 1) + 1) if pfn - start in free),
                    None)
        if hurt is not None:
            report.wrong("C1", f"frame {hurt:#x} is free by its bit, but holds {name}")
    _check_set_bits(report, start, pages, free, taken)


def _check_set_bits(report, start, pages, free, taken):
    """C2: whom every other frame of RAM belongs to is known."""
    held = {pfn for low, high, _ in taken for pfn in range(max(low, start), min(high, start + pages - 1) + 1)}
    ram = {pfn for low, high in _banks() for pfn in range(max(low, start), min(high, start + pages))}
    lost = min((pfn for pfn in ram - held if pfn - start not in free), default=None)
    if lost is not None and not int(value("boot_records", "records.c")["missed"]):
        report.wrong("C2", f"frame {lost:#x} is reserved, but nobody has it")


def _room_of_own(va):
    """Bytes of an object that an allocator has for itself."""
    page = Page((va - layout("PAGE_OFFSET") + layout("PHYS_OFFSET")) >> layout("PAGE_SHIFT"))
    if page.is_slab():
        return slab.Cache(int(page.value["mapping"])).number("object_size")
    return page_size() << page.order


def check_mempool(report):
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


def check_balance(report):
    for zone in buddy.zones():
        managed, free = zone.number("managed_pages"), zone.number("free_pages")
        in_use = sum(block.pages for block in report.survey.blocks(zone.start, zone.end)
                     if block.state in ("used", "pcp"))
        lost = managed - free - in_use
        report.unless(not lost, "I1", f"zone {zone.name}: {lost} pages are lost: managed {managed}, free {free}, "
                                      f"in use {in_use}")


CHECKS = (("balance", check_balance), ("early", check_early), ("fixmap", check_fixmap), ("kmap", check_kmap),
          ("kmap_local", check_kmap_local), ("mempool", check_mempool), ("page", check_page), ("pcp", check_pcp),
          ("percpu", check_percpu), ("slab", check_slab), ("vmap", check_vmap))


class Check(Command):
    """Verify the allocators' invariants: crumb check [FAMILY]

Families: those of `check` at the machine's prompt; all of them without one.  balance and page read all of
mem_map: once for both, half a second for 128 MiB of the machine."""

    name = "check"
    most = 1
    needs = "check"

    def words(self):
        return [name for name, _ in CHECKS]

    def runs(self, family=None):
        chosen = [(name, check) for name, check in CHECKS if family in (None, name)]
        if not chosen:
            raise gdb.GdbError(f"{family}: choose one of: {' '.join(name for name, _ in CHECKS)}")
        known = {}
        counts = [self.one(Report(name, known), check) for name, check in chosen]
        checked = [count for count in counts if count is not None]
        if any(checked):
            raise gdb.GdbError(f"check: {sum(checked)} wrong")
        if not checked:
            raise gdb.GdbError("check: nothing could be checked")
        say(f"check: {len(checked)} of {len(counts)} families are there, all sound")

    def one(self, report, check):
        """How many invariants do not hold; None when the family is not there (yet)."""
        try:
            check(report)
        except Broken as error:
            report.wrong("list", str(error))
        except gdb.MemoryError as error:
            report.wrong("memory", str(error))
        except gdb.GdbError as error:
            if not report.wrongs:
                say(f"{report.family}: not checked: {error}")
                return None
            report.wrong("broken", f"what is wrong led on to nothing: {error}")
        except Exception as error:  # pylint: disable=broad-except
            report.wrong("broken", f"could not be read: {type(error).__name__}: {error}")
        say(f"{report.family}: {'sound' if not report.wrongs else str(report.wrongs) + ' wrong'}")
        return report.wrongs


COMMANDS = [Check]
