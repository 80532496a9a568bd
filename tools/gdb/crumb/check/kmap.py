"""
kmap.py - crumb check kmap: the slots of kmap(), against the page tables, and the buckets that find a page's slot
"""

import gdb

from .. import windows
from ..lists import held
from ..memory import words
from ..symbols import const, layout, struct_type, value
from ..tables import Mmu
from ..telling import say


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


def check(report):
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
