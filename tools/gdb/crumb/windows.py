"""
windows.py - crumb fixmap, crumb kmap: the windows of single pages (mm/fixmap/, mm/window/)

    fixmap   slots at fixed addresses: the port's devices, early tables, kmap_local by CPU, user
    pkmap    512 slots for kmap(), where that family is linked
"""

import collections

import gdb

from .command import Command
from .memory import text
from .pages import Frames
from .percpu import copy_of, possible_cpus
from .processor import not_yet
from .symbols import caller_at, const, has, layout, page_size, value
from .tables import Mmu
from .telling import say, say_each, told_of

RANGES = (("port", "FIX_PORT_FIRST", "FIX_PORT_LAST"), ("early", "FIX_EARLY_FIRST", "FIX_EARLY_LAST"),
          ("kmap_local", "FIX_KMAP_BEGIN", "FIX_KMAP_END"), ("user", "FIX_USER_FIRST", "FIX_USER_LAST"))


def slot_address(index):
    return layout("FIXADDR_START") + index * page_size()


def ranges():
    """(name, first slot, last slot)"""
    return [(name, const(first), const(last)) for name, first, last in RANGES]


def slot_name(index):
    for name, first, last in ranges():
        if first <= index <= last:
            if name == "kmap_local":
                cpu, nth = divmod(index - first, const("KM_MAX_IDX"))
                return name, f"{name} {nth} of CPU {cpu}"
            return name, f"{name} {index - first}"
    raise gdb.GdbError(f"slot {index}: the fixmap has {const('__end_of_fixed_addresses')}")


def set_by(index):
    """Who set the slot, in words."""
    use, _ = slot_name(index)
    if use == "port":
        devices = value("arch_devices")
        for i in range(int(value("arch_nr_devices"))):
            if int(devices[i]["va"]) == slot_address(index):
                return text(devices[i]["name"])
        return "nobody"
    who = 0
    if use == "kmap_local":
        cpu, nth = divmod(index - const("FIX_KMAP_BEGIN"), const("KM_MAX_IDX"))
        if cpu in possible_cpus():
            stack = copy_of(value("kmap_stack", "kmap_local.c"), cpu)
            who = int(stack["mapped_by"][nth]) if nth < int(stack["depth"]) else 0
    else:
        who = int(value("set_by", "fixmap.c")[index])
    return caller_at(who) if who else "nobody"


class Fixmap(Command):
    """Show the fixed window: crumb fixmap

Its ranges, and each slot that is set, as the page tables have it."""

    name = "fixmap"
    needs = "fixmap"

    def runs(self):
        mmu = Mmu()
        if mmu.first(slot_address(0)).kind != "table":
            raise not_yet("fixmap")
        slots = {i: mmu.walk(slot_address(i))[2] for i in range(const("__end_of_fixed_addresses"))}
        say("slots    addresses              for         set")
        for name, first, last in ranges():
            count = sum(slots[i] is not None for i in range(first, last + 1))
            say(f"{first:3}-{last:<3}  0x{slot_address(first):08x}-0x{slot_address(last + 1):08x}  {name:<10}  "
                f"{count} of {last - first + 1}")
        say("\nslot  address     shows       may  memory    which                    set by")
        say_each((i for i in slots if slots[i]), lambda i: f"{i:4}", lambda i: self.slot(i, slots[i]))

    def slot(self, i, mapping):
        say(f"{i:4}  0x{slot_address(i):08x}  0x{mapping.phys:08x}  {mapping.rights()}  "
            f"{mapping.memory():<8}  {slot_name(i)[1]:<23}  {set_by(i)}")


def explain(va):
    """What an address is to the fixmap, in a line; nothing when it is outside."""
    if not layout("FIXADDR_START") <= va < layout("FIXADDR_END"):
        return
    index = (va - layout("FIXADDR_START")) // page_size()
    if index >= const("__end_of_fixed_addresses"):
        yield "in the fixmap's window, beyond its last slot"
        return
    mapping = Mmu().walk(slot_address(index))[2]
    line = f"slot {index} of the fixmap ({slot_name(index)[1]}), "
    if mapping is None:
        yield line + "not set"
    else:
        yield line + f"shows 0x{mapping.phys | va & page_size() - 1:x}, set by {set_by(index)}"


class Kmap(Command):
    """Show the window for highmem pages: crumb kmap

Each mapped slot of pkmap, with its count where the image has kmap(); and each CPU's kmap_local slots."""

    name = "kmap"
    needs = "kmap"

    def runs(self):
        mmu = Mmu()
        with told_of("pkmap"):
            self.pkmap(mmu)
        say_each(possible_cpus(), lambda cpu: f"kmap_local, CPU {cpu}", lambda cpu: self.local(mmu, cpu))

    def local(self, mmu, cpu):
        stack = copy_of(value("kmap_stack", "kmap_local.c"), cpu)
        depth = int(stack["depth"])
        say(f"kmap_local, CPU {cpu}: {depth} of {const('KM_MAX_IDX')} slots")
        for nth in range(min(depth, const("KM_MAX_IDX"))):
            va = slot_address(const("FIX_KMAP_BEGIN") + cpu * const("KM_MAX_IDX") + nth)
            mapping = mmu.walk(va)[2]
            shows = f"pfn {mapping.phys >> layout('PAGE_SHIFT'):#x}" if mapping else "NOT MAPPED"
            say(f"  0x{va:08x}  {shows}  by {caller_at(int(stack['mapped_by'][nth]))}")

    def pkmap(self, mmu):
        if not pkmap_exists():
            say("pkmap: this image has no kmap(): no such family is linked")
            return
        pkmap = value("pkmap", "window/kmap.c")
        if not int(pkmap["pte"]):
            say("pkmap: no slots: there is no highmem, or it is not initialised yet")
            return
        frames = Frames()
        used = list(pkmap_slots())
        say(f"0x{layout('PKMAP_BASE'):08x}-0x{layout('PKMAP_END') - 1:08x}: {const('LAST_PKMAP')} slots, "
            f"{sum(slot.count > 1 for slot in used)} in use, {sum(slot.count == 1 for slot in used)} unused; "
            f"{int(pkmap['taken'])} pages took one since boot")
        if used:
            say("slot  address     pfn      users  mapped by")
        say_each(used, lambda slot: f"{slot.index:4}", lambda slot: self.slot(mmu, frames, slot))

    def slot(self, mmu, frames, slot):
        mapping, pfn = mmu.walk(slot.address)[2], frames.pfn(slot.page)
        what = f"0x{pfn:05x}" if pfn is not None else f"page 0x{slot.page:08x}?"
        entry = "" if mapping and mapping.phys >> layout("PAGE_SHIFT") == pfn else "  THE ENTRY SHOWS ANOTHER PAGE"
        say(f"{slot.index:4}  0x{slot.address:08x}  {what}  {slot.count - 1:5}  {caller_at(slot.by)}{entry}")


# ---- pkmap ---------------------------------------------------------------------------------------

PkmapSlot = collections.namedtuple("PkmapSlot", "index address page count by")


def pkmap_exists():
    return has("pkmap", "window/kmap.c") and has("LAST_PKMAP")


def pkmap_slots(every=False):
    """The slots that show a page, or all of them; a page of 0 is none."""
    frames, first, number = Frames(), value("pkmap", "window/kmap.c")["slot"], const("LAST_PKMAP")
    if not int(first):
        return
    slots = first.cast(first.type.target().array(number - 1).pointer()).dereference()
    slots.fetch_lazy()  # at once: three words each of them would be packets of their own
    for i in range(number):
        count, nth = int(slots[i]["count"]), int(slots[i]["page"])
        page = 0 if nth == 0xffffffff else frames.map + nth * frames.size
        if every or page or count:
            yield PkmapSlot(i, layout("PKMAP_BASE") + i * page_size(), page, count, int(slots[i]["by"]))


def pkmap_users(index):
    return next((slot.count - 1 for slot in pkmap_slots() if slot.index == index), 0)


def explain_pkmap(va):
    """The same of the window of kmap()."""
    if not pkmap_exists() or not layout("PKMAP_BASE") <= va < layout("PKMAP_END"):
        return
    if not int(value("pkmap", "window/kmap.c")["pte"]):
        yield "in the window of kmap(), which has no slots: there is no highmem"
        return
    for slot in pkmap_slots():
        if slot.address <= va < slot.address + page_size():
            pfn = Frames().pfn(slot.page)
            users = "in use" if slot.count > 1 else "unused since, not yet flushed"
            yield f"slot {slot.index} of kmap(), shows pfn {pfn or 0:#x}, {users}; mapped by {caller_at(slot.by)}"
            return
    yield f"slot {(va - layout('PKMAP_BASE')) // page_size()} of kmap(), free"


COMMANDS = [Fixmap, Kmap]
