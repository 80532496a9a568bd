"""
fixmap.py - crumb check fixmap, crumb check kmap_local: who has each slot of the fixed window, against the page tables
"""

import gdb

from .. import percpu, windows
from ..pages import Frames
from ..symbols import const, layout, page_size, value
from ..tables import Mmu


def _tables():
    mmu = Mmu()
    if mmu.first(windows.slot_address(0)).kind != "table":
        raise gdb.GdbError("fixmap: not initialised yet")
    return mmu


def check(report):
    mmu = _tables()
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


def check_local(report):
    mmu, frames, most = _tables(), Frames(), const("KM_MAX_IDX")
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
