"""
early.py - crumb check early: nodes; what was recorded at boot; and bootmem's bits, while they live
"""

import gdb

from .. import early
from ..memory import read
from ..pages import Frames, Page, banks
from ..symbols import const, has, layout, value


def _handed_over():
    """Does mem_map say whose the frames are?"""
    data = early.nodes()[0]["bdata"]
    return has("bootmem_last_byte") and int(data) and bool(data.dereference()["handed_over"])


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
    ram = {pfn for low, high in banks() for pfn in range(max(low, start), min(high, start + pages))}
    lost = min((pfn for pfn in ram - held if pfn - start not in free), default=None)
    if lost is not None and not int(value("boot_records", "records.c")["missed"]):
        report.wrong("C2", f"frame {lost:#x} is reserved, but nobody has it")


def _check_nodes(report, ram):
    """C6: nodes ascend, and have all RAM between them."""
    behind = 0
    for i, node in enumerate(early.nodes()):
        start, counted = int(node["node_start_pfn"]), int(node["node_present_pages"])
        report.unless(int(node["node_id"]) == i and start >= behind, "C6",
                      f"node {i} is node {int(node['node_id'])}, from frame {start:#x} on")
        behind = start + int(node["node_spanned_pages"])
        present = sum(max(0, min(high, behind) - max(low, start)) for low, high in ram)
        report.unless(present == counted, "C6", f"node {i}: {present} of its frames are RAM, {counted} are counted")
    first, last = int(value("min_pfn")), int(value("max_pfn"))
    report.unless(behind == last and ram[0][0] == first, "C6",
                  f"the nodes are not the frames {first:#x} to {last - 1:#x}")


def check(report):
    if not int(value("boot_info")["nr_banks"]):
        raise gdb.GdbError("early: not initialised yet")
    frames_of, frames = list(banks()), Frames()
    _check_nodes(report, frames_of)
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
