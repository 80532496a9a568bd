"""
tables.py - crumb pt, crumb pgtables: what the MMU makes of an address

    va  31        20 19     12 11       0
       [ first level | second  | offset  ]
         │             └─> 256 entries: small page 4 KiB, large page 64 KiB (16 equal entries)
         └─> TTBR0, or TTBR1 by TTBCR.N: table, section 1 MiB, supersection 16 MiB

The tables are found by the processor's registers and read in physical memory, so that what is shown is
what the hardware walks, whether or not the MMU is on, and however broken the kernel's own mapping is.
The decoding follows the architecture, not arch/arm/walk.c: where the two differ, one is wrong.

ARM ARM DDI 0406C, B3.5 (formats), B3.7 (rights), B3.8 (types).
"""

import gdb

from .command import Command
from .expressions import address
from .memory import WORD, physical
from .processor import mmu_on, sysreg
from .symbols import layout
from .telling import say

PAGE, SECTION = 1 << 12, 1 << 20
SCTLR_TRE, SCTLR_AFE = 1 << 28, 1 << 29
DOMAINS = ("no access", "client", "reserved", "manager")
AP = ("no access", "kernel read-write", "kernel read-write, user read-only", "kernel and user read-write",
      "reserved", "kernel read-only", "kernel and user read-only", "kernel and user read-only")
TYPES = {0: "strongly ordered", 1: "shared device", 2: "write-through", 3: "write-back", 4: "normal uncached",
         7: "write-back write-allocate", 8: "device"}
POLICIES = ("uncached", "write-back write-allocate", "write-through", "write-back")
REMAPPED = ("strongly ordered", "device", "normal", "reserved")


def bits(word, low, width):
    return word >> low & (1 << width) - 1


class Entry:
    """An entry of either level, its fields pulled out of their places."""

    #        base bits   size          AP  AP2 TEX  S  XN
    SHAPES = {"section": (SECTION, 10, 15, 12, 16, 4), "supersection": (16 * SECTION, 10, 15, 12, 16, 4),
              "large page": (16 * PAGE, 4, 9, 12, 10, 15), "small page": (PAGE, 4, 9, 6, 10, 0)}

    def __init__(self, kind, at, word, domain):
        self.kind, self.at, self.word, self.domain = kind, at, word, domain
        self.base = word & ~0x3ff
        self.size = None
        if kind in self.SHAPES:
            self.size, ap, ap2, tex, s, xn = self.SHAPES[kind]
            self.base = word & ~(self.size - 1)
            self.ap = bits(word, ap, 2) | bits(word, ap2, 1) << 2
            self.tex, self.c, self.b = bits(word, tex, 3), bits(word, 3, 1), bits(word, 2, 1)
            self.s, self.ng, self.xn = bits(word, s, 1), bits(word, s + 1, 1), bits(word, xn, 1)

    @classmethod
    def first(cls, at, word):
        kind = ("none", "table", "section", "section")[word & 3]
        if kind == "section" and bits(word, 18, 1):
            return cls("supersection", at, word, 0)  # the domain's place holds address bits
        return cls(kind, at, word, bits(word, 5, 4))

    @classmethod
    def second(cls, at, word, domain):
        return cls(("none", "large page", "small page", "small page")[word & 3], at, word, domain)


class Mapping:
    """What an entry grants to kernel code."""

    def __init__(self, mmu, entry, va):
        self.level = {"small page": "page"}.get(entry.kind, entry.kind)
        self.size = entry.size
        self.start = va & ~(entry.size - 1)
        self.phys = entry.base
        ap = entry.ap | 1 if mmu.sctlr & SCTLR_AFE else entry.ap
        allowed = mmu.domain_access(entry.domain)
        self.read = ap not in (0, 4)
        self.write = self.read and not ap & 4
        self.user = ap in (2, 3, 6, 7)
        self.exec = self.read and not entry.xn
        if allowed == 3:
            self.read = self.write = self.exec = True
        elif allowed != 1 or (mmu.sctlr & SCTLR_AFE and not entry.ap & 1):
            self.read = self.write = self.exec = False
        self.type = mmu.memory_type(entry)
        self.device = self.type in ("strongly ordered", "shared device", "device")
        self.cached = not self.device and bool(entry.c or entry.tex & 4 and entry.b)
        self.shared = bool(entry.s) or self.device and entry.tex == 0

    def rights(self):
        return "".join(c if may else "-" for c, may in (("r", self.read), ("w", self.write), ("x", self.exec)))

    def memory(self):
        return "device" if self.device else "cached" if self.cached else "uncached"

    def kind(self):
        return (self.level, self.rights(), self.user, self.memory(), self.shared)


def _word(table, index):
    """One of a table's: to unpack all of them for each page that is asked about took most of a walk's time."""
    return int.from_bytes(table[index * WORD:index * WORD + WORD], "little")


class Mmu:
    """The tables as they stand at this stop, read once."""

    def __init__(self):
        self.ram = physical()
        self.on = mmu_on()
        self.sctlr, self.dacr = sysreg("SCTLR"), sysreg("DACR")
        split = sysreg("TTBCR") & 7
        self.tables = [(sysreg("TTBR0_EL1") & ~((1 << 14 - split) - 1), 1 << 32 - split)]
        if split:
            self.tables.append((sysreg("TTBR1_EL1") & ~0x3fff, 1 << 32))
        self.guessed = self.tables[0][0] == 0 and not self.on
        if self.guessed:  # head.S has not come to it
            self.tables = [(layout("PHYS_OFFSET") + layout("SWAPPER_OFFSET"), 1 << 32)]

    def domain_access(self, domain):
        return bits(self.dacr, 2 * domain, 2)

    def memory_type(self, entry):
        if self.sctlr & SCTLR_TRE:
            index = (entry.tex & 1) << 2 | entry.c << 1 | entry.b
            return REMAPPED[bits(sysreg("PRRR"), 2 * index, 2)]
        if entry.tex & 4:
            return POLICIES[entry.c << 1 | entry.b]
        return TYPES.get(entry.tex << 2 | entry.c << 1 | entry.b, "reserved type")

    def first(self, va):
        """The first-level entry for an address."""
        for table, end in self.tables:
            if va < end:
                word = _word(self.ram.read(table, (min(end, 1 << 32) >> 20) * WORD), va >> 20)
                return Entry.first(table + 4 * (va >> 20), word)
        raise AssertionError("TTBR1 ends at 4 GiB")

    def second(self, va, first):
        """The second-level entry; None when its table lies nowhere."""
        index = bits(va, 12, 8)
        try:
            word = _word(self.ram.read(first.base, 256 * WORD), index)
        except gdb.MemoryError:
            return None
        return Entry.second(first.base + 4 * index, word, first.domain)

    def walk(self, va):
        """(first level, second level or None, Mapping or None)"""
        first = self.first(va)
        second = self.second(va, first) if first.kind == "table" else None
        leaf = second if second is not None else first
        return first, second, Mapping(self, leaf, va) if leaf.size else None

    def physical(self, va):
        """The physical address behind a virtual one; None when nothing is mapped there."""
        if not self.on:
            return va
        mapping = self.walk(va)[2]
        return mapping.phys + (va - mapping.start) if mapping else None


# ---- pt ------------------------------------------------------------------------------------------

def _attributes(mmu, entry):
    say(f"      AP={entry.ap:03b} ({AP[entry.ap]}), {'XN' if entry.xn else 'executable'}")
    say(f"      TEX={entry.tex:03b} C={entry.c} B={entry.b} ({mmu.memory_type(entry)}), "
        f"{'shared' if entry.s else 'not shared'}, {'nG (one address space)' if entry.ng else 'global'}")


def _show_first(mmu, va, entry):
    domain = f"domain {entry.domain} ({DOMAINS[mmu.domain_access(entry.domain)]})"
    line = f"  first level  [{va >> 20:4}] at {entry.at:08x} = {entry.word:08x}: "
    if entry.kind == "table":
        say(f"{line}table {entry.base:08x}, {domain}")
    elif entry.kind == "none":
        say(f"{line}nothing mapped in this MiB")
    else:
        say(f"{line}{entry.kind} {entry.base:08x}\n      {domain}")
        _attributes(mmu, entry)


def _show_second(mmu, va, entry):
    line = f"  second level [{bits(va, 12, 8):4}] at {entry.at:08x} = {entry.word:08x}: "
    if entry.kind == "none":
        say(f"{line}nothing mapped in this page")
    else:
        say(f"{line}{entry.kind} {entry.base:08x}")
        _attributes(mmu, entry)


def show_walk(va):
    """The lines of the shell's `pt`; addresses of entries are physical here."""
    mmu = Mmu()
    say(f"page walk for {va:08x}:")
    if not mmu.on:
        say("  the MMU is off: every address is physical; " +
            ("TTBR0 is not set yet, so this is what lies where head.S will write the table"
             if mmu.guessed else "with it on, these tables would say"))
    first, second, mapping = mmu.walk(va)
    _show_first(mmu, va, first)
    if first.kind == "table" and second is None:
        say(f"  the second-level table at {first.base:08x} cannot be read: no RAM there")
        return
    if second is not None:
        _show_second(mmu, va, second)
    if mapping is None:
        size = PAGE if second is not None else SECTION
        say(f"  not mapped: {va & ~(size - 1):08x}-{va | size - 1:08x} is a hole")
        return
    may = "".join(f" {what}" for what, yes in (("read", mapping.read), ("write", mapping.write),
                                               ("execute", mapping.exec)) if yes)
    say(f"  physical {mapping.phys + (va - mapping.start):08x}, kernel may{may or ' do nothing'}")


class Pt(Command):
    """Walk the page tables for an address: crumb pt VA

The real tables, by TTBR0, in physical memory; works before the MMU is on, too."""

    name = "pt"
    most = 1
    completes = gdb.COMPLETE_EXPRESSION

    def runs(self, text):
        show_walk(address(text))


# ---- pgtables ------------------------------------------------------------------------------------

class Run:
    """Neighbours of one kind, as one line."""

    def __init__(self, mapping):
        self.first, self.size, self.contiguous = mapping, mapping.size, True

    def takes(self, mapping):
        if mapping is None or mapping.kind() != self.first.kind() or \
           mapping.start != self.first.start + self.size:
            return False
        self.contiguous &= mapping.phys == self.first.phys + self.size
        self.size += mapping.size
        return True

    def show(self):
        first = self.first
        unit = "MiB" if self.size % SECTION == 0 else "KiB"
        size = self.size >> (20 if unit == "MiB" else 10)
        say(f"  0x{first.start:08x}-0x{first.start + self.size - 1:08x} {size:6} {unit}  {first.level:<12} "
            f"{first.rights()}{' user' if first.user else ''} {first.memory():<8} "
            f"{'shared' if first.shared else '':<6} pa 0x{first.phys:08x}{'' if self.contiguous else '...'}")


def show_range(mmu, start, last):
    """What is mapped in [start, last], run by run."""
    va, run = start, None
    while va <= last:
        first, second, mapping = mmu.walk(va)
        if run is None or not run.takes(mapping):
            if run:
                run.show()
            run = Run(mapping) if mapping else None
        step = mapping.size if mapping else PAGE if second is not None else SECTION
        va = (va & ~(step - 1)) + step
    if run:
        run.show()


class Pgtables(Command):
    """Show what is mapped where: crumb pgtables

Like /proc/kernel_page_tables; before the kernel knows its regions, all of it at once."""

    name = "pgtables"

    def runs(self):
        from .explain import known_yet, regions
        mmu = Mmu()
        if not mmu.on or not known_yet():
            say("(no regions yet: " + ("the MMU is off; as it would be with it on)" if not mmu.on
                                       else "lowmem's end is not known)"))
            show_range(mmu, 0, 0xffffffff)
            return
        for region in regions():
            say(f"---[ {region.name}: 0x{region.start:08x}-0x{region.last:08x} ]---")
            show_range(mmu, region.start, region.last)


COMMANDS = [Pt, Pgtables]
