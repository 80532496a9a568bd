"""
account.py - crumb balance, crumb meminfo: where every page is (mm/account/, kernel/proc/meminfo.c)

    present == reserved + managed        managed == free + pcp + slab + vmalloc + percpu + pagetables + held

What the zones count is read, what mem_map shows is counted block by block (survey.py), as the kernel does;
what the two differ by is `lost`.
"""

import gdb

from . import buddy, percpu, slab, vmap
from .command import Command
from .memory import words
from .survey import OWNERS, Survey
from .symbols import at, const, layout, page_size, value
from .telling import say


class Balance:
    """The sums over all zones, of one stop."""

    def __init__(self):
        survey = Survey()
        self.present = sum(high - low for low, high in survey.frames.banks)
        self.free = self.managed = self.reserved = self.pcp = 0
        self.owned = dict.fromkeys((*OWNERS, "held"), 0)
        for zone in buddy.zones():
            self.free += zone.number("free_pages")
            self.managed += zone.number("managed_pages")
            for block in survey.blocks(zone.start, zone.described_end):
                self._count(block)

    def _count(self, block):
        if block.owner:
            self.owned[block.owner] += block.pages
        self.pcp += block.pages if block.state == "pcp" else 0
        self.reserved += block.state == "reserved"

    @property
    def lost(self):
        missing = self.managed - (self.free + self.pcp + sum(self.owned.values()))
        return missing or self.present - (self.reserved + self.managed)


class ShowBalance(Command):
    """Count where every page of the machine is, and whether one is lost: crumb balance

Reads all of mem_map: a second for 128 MiB of the machine."""

    name = "balance"
    needs = "zones"

    def runs(self):
        b = Balance()
        say(f"present={b.present} reserved={b.reserved} managed={b.managed} free={b.free} pcp={b.pcp} "
            f"slab={b.owned['slab']} vmalloc={b.owned['vmalloc']} percpu={b.owned['percpu']} "
            f"pagetables={b.owned['pagetable']} held={b.owned['held']} lost={b.lost}")


# ---- meminfo -------------------------------------------------------------------------------------

class _Numbers:
    """What each line of meminfo says, in KiB or None where this image has no such family."""

    def __init__(self):
        self.kib = page_size() // 1024
        self.zones = buddy.zones()
        self.balance = Balance()

    def _sum(self, member, highmem=None):
        return self.kib * sum(zone.number(member) for zone in self.zones
                              if highmem is None or zone.is_highmem() == highmem)

    def MemTotal(self):
        return self._sum("managed_pages")

    def MemFree(self):
        return self._sum("free_pages")

    def MemAvailable(self):
        kept = 0
        for zone in self.zones:
            reserve = max(int(zone.value["lowmem_reserve"][i]) for i in range(const("MAX_NR_ZONES")))
            high = int(zone.value["watermark"][const("WMARK_HIGH")])
            kept += min(reserve + high, zone.number("managed_pages"))
        return max(self.MemFree() - self.kib * kept, 0)

    def HighTotal(self):
        return self._sum("managed_pages", True)

    def HighFree(self):
        return self._sum("free_pages", True)

    def LowTotal(self):
        return self._sum("managed_pages", False)

    def LowFree(self):
        return self._sum("free_pages", False)

    def _free_slabs(self):
        return self.kib * sum(one.pages() for cache in slab.caches() for nid in slab.nodes()
                              for one in cache.slabs(nid, "free"))

    def Slab(self):
        return self.kib * self.balance.owned["slab"]

    def SReclaimable(self):
        return self._free_slabs()

    def SUnreclaim(self):
        return self.Slab() - self.SReclaimable()

    def PageTables(self):
        return self.kib * self.balance.owned["pagetable"]

    def VmallocTotal(self):
        return (layout("VMALLOC_END") - int(value("vmalloc_start"))) // 1024

    def VmallocUsed(self):
        return self.kib * self.balance.owned["vmalloc"]

    def VmallocChunk(self):
        at, largest = int(value("vmalloc_start")), 0
        for area in vmap.areas():
            largest = max(largest, int(area["addr"]) - at)
            at = int(area["addr"]) + int(area["size"])
        return max(largest, layout("VMALLOC_END") - at) // 1024

    def KernelStack(self):
        stacks = value("cpu_stacks")[0]
        return sum(int(stacks[i]["top"]) - int(stacks[i]["low"])
                   for i in range(stacks.type.range()[1] + 1)) // 1024

    def Percpu(self):
        size = sum(one.size for one in percpu.objects()) * len(percpu.possible_cpus())
        return -(-size // 1024) + self.kib * int(value("pages_held", "array/memory.c"))


def items():
    """The names of the image's lines, in their order."""
    start, stop = (int(gdb.parse_and_eval(f"(unsigned long)&__{edge}_meminfo_items")) for edge in ("start", "stop"))
    found = [at(where, "stat_item") for where in words(start, (stop - start) // 4)]
    return [item["name"].string() for item in sorted(found, key=lambda item: int(item["rank"]))]


class Meminfo(Command):
    """Show how much memory there is, free, and for what: crumb meminfo [NAME]

The lines that begin with NAME; without one, all."""

    name = "meminfo"
    most = 1
    needs = "zones"

    def runs(self, beginning=""):
        chosen = [name for name in items() if name.startswith(beginning)]
        if not chosen:
            raise gdb.GdbError(f"{beginning}: no line begins so")
        numbers = _Numbers()
        for name in chosen:
            label = name + ":"
            say(f"{label:<16}{getattr(numbers, name)():8} kB")

    def words(self):
        return items()


COMMANDS = [ShowBalance, Meminfo]
