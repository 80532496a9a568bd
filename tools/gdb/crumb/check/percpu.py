"""
percpu.py - crumb check percpu: areas; and of PERCPU=array the slots of objects, their notes, queues and copies

    percpu_slots.leaf[n] ──> notes, queue of free slots      S2
                         ──> each CPU's table of pointers    S1, S4, A1    open: S3
"""

import gdb

from .. import percpu, slab
from ..pages import Frames, Page
from ..processor import sysreg
from ..memory import words
from ..symbols import const, layout, value


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
        size = percpu.note_size(note) if self.is_live(i) else 0
        block = self.tables[0][i]
        if size and not self.is_memory(block, note):
            self.wrong("A1", f"slot {i}: at 0x{block:08x} is no memory of objects")
            return
        for cpu, table in enumerate(self.tables):
            for part in range(self.step):
                want = block + cpu * percpu.note_stride(note) + part * piece if part * piece < size else 0
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


def check(report):
    low, high = percpu.bounds()
    possible = len(percpu.possible_cpus())
    known = [percpu.offset_of_cpu(cpu) for cpu in range(layout("NR_CPUS"))]
    if known[0] is None:
        raise gdb.GdbError("per-CPU areas: not initialised yet")
    for n, offset in enumerate(known):
        report.unless((offset is None or offset + low in (0, 1 << 32)) == (n >= possible), "I4",
                      f"of {possible} CPUs, CPU {n}'s offset is {offset or 0:#x}")
    offsets = [offset or 0 for offset in known[:possible]]
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
