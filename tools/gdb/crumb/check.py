"""
check.py - crumb check: the checkers' invariants, verified again from outside

    kernel                      here
    buddy.c  I1 to I5           the same, and each free head of mem_map is on its list
    page_check.c  W3            references: of heads in use, and of nothing else
    pcp_inline.h   I1 to I3     the same, for every CPU
    slab.c   I1 to I6           lists, freelists, stocks, pages
    fixmap.c, kmap_local.c      owners against the page tables
    percpu areas                I1 of this CPU, I2
    vmap/list.c  I1 to I5       where that family is linked
    kmap.c   P1, P2             the same, where there is highmem

It runs no code of the kernel's, so it answers on a machine that has crashed, and about a kernel whose own
checker was hurt.  What is wrong is named with its invariant, and the check goes on with the next
structure.  In the middle of an allocator, with its lock held, an invariant may be broken for a
moment: that is said, too.
"""

import gdb

from . import buddy, pcp, percpu, slab, vmap, windows
from .memory import Broken, Command, const, held, layout, offset_of, page_size, say, sysreg, value, words
from .pages import Frames, Page
from .tables import Mmu


class Report:
    """What does not hold."""

    def __init__(self, family):
        self.family, self.wrongs = family, 0

    def wrong(self, invariant, text):
        self.wrongs += 1
        if self.wrongs <= 20:
            say(f"{self.family}: {invariant}: {text}")

    def unless(self, holds, invariant, text):
        if not holds:
            self.wrong(invariant, text)


def _head_bits(state, order):
    return const(state) << const("PAGE_STATE_SHIFT") | order


# ---- buddy ------------------------------------------------------------------------------------------------

class _Zone:
    """One zone's free lists against mem_map."""

    def __init__(self, report, zone, frames):
        self.report, self.zone, self.frames = report, zone, frames
        self.flags, self.references = {}, {}
        self.load()
        self.listed = {}

    def load(self):
        """pfn -> flags, for frames that have a struct page; pfn -> references, where there are any."""
        step = const("MAX_ORDER_NR_PAGES")
        first = self.zone.start & ~(step - 1)
        for block in range(first, self.zone.end, step):
            if self.frames.has_struct(block):
                for pfn, (flags, references) in enumerate(self.frames.words(block, step), block):
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
        mask, used = const("PAGE_STATE_MASK"), _head_bits("PAGE_USED", 0)
        for pfn, flags in self.flags.items():
            if flags >> const("PAGE_ZONE_SHIFT") != self.zone.index:
                continue
            references = self.references.get(pfn, 0)
            if flags & mask == used and references < 1:
                self.wrong("W3", flags & const("PAGE_ORDER_MASK"), pfn, f"in use, with {references} references")
            elif flags & mask != used and references:
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
        mask = const("PAGE_STATE_MASK")
        for pfn, flags in self.flags.items():
            if flags & mask == _head_bits("PAGE_FREE", 0) and flags >> const("PAGE_ZONE_SHIFT") == zone.index and \
                    self.listed.get(pfn) != flags & const("PAGE_ORDER_MASK"):
                self.wrong("I1", flags & const("PAGE_ORDER_MASK"), pfn, "a free head that is not on its list")
        self.check_references()


def check_buddy(report):
    frames = Frames()
    for zone in buddy.zones():
        if zone.is_changing():
            say(f"buddy: zone {zone.name}: its lock is held, so it may be halfway through a change")
        _Zone(report, zone, frames).check()


# ---- pcp --------------------------------------------------------------------------------------------------

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


# ---- slab -------------------------------------------------------------------------------------------------

def _check_pages(wrong, cache, one, frames):
    start = one.s_mem - int(one.value["colour_off"])
    pfn = (start - layout("PAGE_OFFSET") + layout("PHYS_OFFSET")) >> layout("PAGE_SHIFT")
    head = Page(pfn, frames)
    if head.state != "used" or head.order != cache.number("order") or head.owner != "slab":
        wrong("I1", one, f"its block at pfn {pfn:#x} is not a block of OWNER_SLAB")
    for i in range(1 << cache.number("order")):
        page = Page(pfn + i, frames)
        if not page.is_slab() or int(page.value["mapping"]) != cache.address or \
                int(page.value["private"]) != one.address:
            wrong("I1", one, f"pfn {pfn + i:#x} names another slab or cache")


def _check_slab(wrong, cache, one, which, nid, frames):
    _check_pages(wrong, cache, one, frames)
    free, broken = one.freelist()
    num = cache.number("num")
    if broken:
        wrong("I2", one, broken)
    elif one.inuse + len(free) != num:
        wrong("I2", one, f"{one.inuse} in use and {len(free)} on the freelist are not {num}")
    belongs = "free" if one.inuse == 0 else "full" if one.inuse == num else "partial"
    if belongs != which:
        wrong("I3", one, f"{one.inuse} of {num} in use, but on the {which} list")
    if int(one.value["node"]) != int(cache.node(nid).address):
        wrong("I3", one, "on a list of another node")
    if int(one.value["colour"]) >= cache.number("nr_colours"):
        wrong("I6", one, "the colour is out of range")
    if int(one.value["colour_off"]) + cache.number("span") > page_size() << cache.number("order"):
        wrong("I6", one, "the objects reach beyond the block")
    return set(one.object(i) for i in free)


def _check_node(report, cache, nid, frames):
    """Returns the objects on freelists; None when a list is broken."""
    def wrong(invariant, one, text):
        report.wrong(invariant, f"cache {cache.name}, slab 0x{one.address:08x}: {text}")

    node, free, slabs, free_objects = cache.node(nid), set(), 0, 0
    for which in slab.LISTS:
        try:
            for one in cache.slabs(nid, which):
                free |= _check_slab(wrong, cache, one, which, nid, frames)
                slabs += 1
                free_objects += cache.number("num") - one.inuse
        except Broken as error:
            report.wrong("I3", f"cache {cache.name}, node {nid}, {which} list: {error}")
            return None
    report.unless(slabs == int(node["nr_slabs"]), "I4",
                  f"cache {cache.name}: nr_slabs is {int(node['nr_slabs'])}, the lists have {slabs}")
    report.unless(free_objects == int(node["free_objects"]), "I4",
                  f"cache {cache.name}: free_objects is {int(node['free_objects'])}, the slabs have {free_objects}")
    return free


def _check_stocks(report, cache, free):
    seen = set()
    for cpu in range(layout("NR_CPUS")):
        stock, objects = cache.stock(cpu)
        where = f"cache {cache.name}, CPU {cpu}'s stock"
        report.unless(words(int(stock["slot"].address), 1)[0] == 0, "I5", f"{where}: slot[0] is not NULL")
        report.unless(int(stock["avail"]) <= int(stock["limit"]), "I5", f"{where}: more than its limit")
        for obj in objects:
            told = slab.describe(obj)
            if told is None or f"of cache {cache.name}:" not in told or not told.startswith("byte 0 "):
                report.wrong("I5", f"{where}: 0x{obj:08x} is no object of this cache")
            if obj in free:
                report.wrong("I5", f"{where}: 0x{obj:08x} is on its slab's freelist, too")
            if obj in seen:
                report.wrong("I5", f"{where}: 0x{obj:08x} is in a stock twice")
            seen.add(obj)


def check_slab(report):
    slab.known()
    frames = Frames()
    for cache in slab.caches():
        report.unless(cache.alive(), "C1", f"0x{cache.address:08x} is on the chain, but no cache")
        free = set()
        for nid in slab.nodes():
            if held(cache.node(nid)["lock"]):
                say(f"slab: cache {cache.name}: its node's lock is held, so it may be halfway through a change")
            found = _check_node(report, cache, nid, frames)
            free |= found or set()
        _check_stocks(report, cache, free)


# ---- the rest ---------------------------------------------------------------------------------------------

def check_fixmap(report):
    mmu = Mmu()
    if mmu.first(windows.slot_address(0)).kind != "table":
        raise gdb.GdbError("fixmap: not initialised yet")
    for i in range(const("__end_of_fixed_addresses")):
        mapped = mmu.walk(windows.slot_address(i))[2] is not None
        owned = windows.set_by(i) != "nobody" if mapped or windows.slot_name(i)[0] != "early" else False
        report.unless(mapped == owned, "F2/F3/K1",
                      f"slot {i} ({windows.slot_name(i)[1]}) is {'set' if mapped else 'clear'} and has "
                      f"{'an' if owned else 'no'} owner")
    end = windows.slot_address(const("__end_of_fixed_addresses"))
    for va in range(end, layout("FIXADDR_END"), page_size()):
        report.unless(mmu.walk(va)[2] is None, "F4", f"0x{va:08x} is mapped, beyond the last slot")


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
    frames, mmu = Frames(), Mmu()
    if held(value("pkmap", "window/kmap.c")["lock"]):
        say("kmap: its lock is held, so it may be halfway through a change")
    for slot in windows.pkmap_slots(every=True):
        mapping = mmu.walk(slot.address)[2]
        shown = mapping.phys >> layout("PAGE_SHIFT") if mapping else None
        where = f"slot {slot.index}, count {slot.count}, page 0x{slot.page:08x}, its entry shows {shown}"
        if slot.count == 0:
            report.unless(not slot.page and shown is None, "P1", where)
        else:
            report.unless(slot.page and frames.pfn(slot.page) == shown, "P2", where)


CHECKS = (("buddy", check_buddy), ("pcp", check_pcp), ("slab", check_slab), ("fixmap", check_fixmap),
          ("percpu", check_percpu), ("vmap", check_vmap), ("kmap", check_kmap))


class Check(Command):
    """Verify the allocators' invariants: crumb check [FAMILY]

Families: buddy, pcp, slab, fixmap, percpu, vmap, kmap; all of them without one.  buddy reads all of mem_map:
a second for each 128 MiB of the machine."""

    name = "check"
    most = 1
    needs = "check"

    def runs(self, family=None):
        chosen = [(name, check) for name, check in CHECKS if family in (None, name)]
        if not chosen:
            raise gdb.GdbError(f"{family}: choose one of: {' '.join(name for name, _ in CHECKS)}")
        counts = [self.one(name, check) for name, check in chosen]
        checked = [count for count in counts if count is not None]
        if any(checked):
            raise gdb.GdbError(f"check: {sum(checked)} wrong")
        if not checked:
            raise gdb.GdbError("check: nothing could be checked")
        say(f"check: {len(checked)} of {len(counts)} families are there, all sound")

    def one(self, name, check):
        """How many invariants do not hold; None when the family is not there (yet)."""
        report = Report(name)
        try:
            check(report)
        except Broken as error:
            report.wrong("list", str(error))
        except gdb.MemoryError as error:
            report.wrong("memory", str(error))
        except gdb.GdbError as error:
            say(f"{name}: not checked: {error}")
            return None
        say(f"{name}: {'sound' if not report.wrongs else str(report.wrongs) + ' wrong'}")
        return report.wrongs


COMMANDS = [Check]
