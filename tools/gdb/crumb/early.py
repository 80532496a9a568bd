"""
early.py - crumb early: what was taken at boot, by whom, and where it went (mm/early/records.h)

    boot_records.record[0 … nr - 1]   oldest first; whichever early allocator stands
    node_data[].bdata                 EARLY=bootmem: its bits, until the hand-over
"""

from .memory import Command, caller_at, const, has, layout, not_yet, ready, say, value

FATES = (("EARLY_KEPT", "kept"), ("EARLY_FREED", "freed before the hand-over"),
         ("EARLY_HANDED", "given to the page allocator"))


def nodes():
    data = value("node_data")
    return [data[i] for i in range(int(value("nr_nodes")))]


def records():
    ready("early records")
    table = value("boot_records", "records.c")
    return [table["record"][i] for i in range(int(table["nr"]))]


def _kind(flags):
    """boot_range_kind() of boot/reserved.c."""
    if flags & const("BOOT_NOMAP"):
        return ", no-map"
    return ", reusable" if flags & const("BOOT_REUSABLE") else ""


def ranges():
    """What boot_info found in RAM: (first, last, name and kind)."""
    info = value("boot_info")
    for i in range(int(info["nr_reserved"])):
        found = info["reserved"][i]
        base = int(found["base"])
        yield base, base + int(found["size"]) - 1, found["name"].string() + _kind(int(found["flags"]))


def reserved_at(physical):
    """The name of the range that boot_info has reserved there, or None."""
    return next((name for first, last, name in ranges() if first <= physical <= last), None)


def _fate(record):
    return next(text for name, text in FATES if const(name) == int(record["fate"]))


class Early(Command):
    """Show what was taken at boot: crumb early"""

    name = "early"
    needs = "early records"

    def runs(self):
        if not int(value("boot_info")["nr_banks"]):
            raise not_yet("boot information")
        self.nodes()
        self.found()
        self.records()

    def nodes(self):
        standing = [node for node in nodes() if has("bootmem_last_byte") and int(node["bdata"])]
        if not standing:
            say("no node of the early allocator stands yet")
        for node in standing:
            bdata = node["bdata"].dereference()
            over = bool(bdata["handed_over"])
            shift = layout("PAGE_SHIFT")
            say(f"node {int(node['node_id'])}: {value('early_name').string()}, "
                f"0x{int(bdata['start']) << shift:08x}-0x{(int(bdata['end']) << shift) - 1:08x}, "
                f"{int(bdata['free'])} pages {'given to the page allocator' if over else 'free'}")

    def found(self):
        say("\nfound in RAM at the start:")
        say("from       to            KiB  what")
        lowmem_end = int(value("lowmem_end_pfn")) << layout("PAGE_SHIFT")
        for first, last, name in ranges():
            highmem = " (highmem)" if first >= lowmem_end else ""
            say(f"0x{first:08x}-0x{last:08x} {(last + 1 - first) // 1024:6}  {name}{highmem}")

    def records(self):
        say("\ntaken since:")
        say("at              bytes  how       by                               where it went")
        for record in records():
            how = "allocated" if int(record["kind"]) == const("EARLY_ALLOCATED") else "reserved"
            say(f"0x{int(record['start']):08x} {int(record['size']):10}  {how:<9} "
                f"{caller_at(int(record['caller'])):<32} {_fate(record)}")


def explain(physical):
    """What lay at a physical address at boot, line by line."""
    for first, last, name in ranges():
        if first <= physical <= last:
            yield f"found in RAM at the start: {name}, 0x{first:08x}-0x{last:08x}"
    for kind, how in (("EARLY_ALLOCATED", "allocated"), ("EARLY_RESERVED", "reserved")):
        for record in reversed(records()):
            start, size = int(record["start"]), int(record["size"])
            if int(record["kind"]) == const(kind) and int(record["fate"]) == const("EARLY_KEPT") and \
                    start <= physical < start + size:
                yield f"byte {physical - start} of {size} {how} at boot by {caller_at(int(record['caller']))}"
                break


COMMANDS = [Early]
