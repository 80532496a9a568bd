"""
early.py - crumb early: what was taken at boot, by whom, and where it went (mm/early/records.h)

    boot_records.record[0 … nr - 1]   oldest first; whichever early allocator stands
    node_data[].bdata                 EARLY=bootmem: its bits, until the hand-over
"""

from .command import Command
from .lists import counted
from .memory import name_of, text
from .processor import not_yet, ready
from .symbols import caller_at, const, has, layout, length, value
from .telling import say, say_each, told_of

FATES = (("EARLY_KEPT", "kept"), ("EARLY_FREED", "freed before the hand-over"),
         ("EARLY_HANDED", "given to the page allocator"))


MOST_RANGES = 1024  # more than any machine's; the array has as many as were found


def nodes():
    data = value("node_data")
    return [data[i] for i in range(counted(value("nr_nodes"), length(data), "nr_nodes"))]


def records():
    ready("early records")
    table = value("boot_records", "records.c")
    return [table["record"][i] for i in range(counted(table["nr"], length(table["record"]), "boot_records.nr"))]


def _kind(flags):
    """boot_range_kind() of boot/reserved.c."""
    if flags & const("BOOT_NOMAP"):
        return ", no-map"
    return ", reusable" if flags & const("BOOT_REUSABLE") else ""


def ranges():
    """What boot_info found in RAM: (first, last, name and kind)."""
    info = value("boot_info")
    for i in range(counted(info["nr_reserved"], MOST_RANGES, "boot_info.nr_reserved")):
        found = info["reserved"][i]
        base = int(found["base"])
        yield base, base + int(found["size"]) - 1, name_of(found["name"]) + _kind(int(found["flags"]))


def reserved_at(physical):
    """The name of the range that boot_info has reserved there, or None."""
    return next((name for first, last, name in ranges() if first <= physical <= last), None)


def _fate(record):
    return next((told for name, told in FATES if const(name) == int(record["fate"])), f"fate {int(record['fate'])}?")


class Early(Command):
    """Show what was taken at boot: crumb early"""

    name = "early"
    needs = "early records"

    def runs(self):
        if not int(value("boot_info")["nr_banks"]):
            raise not_yet("boot information")
        for part in (self.nodes, self.found, self.records):
            with told_of(part.__name__):
                part()

    def nodes(self):
        standing = [node for node in nodes() if has("bootmem_last_byte") and int(node["bdata"])]
        if not standing:
            say("no node of the early allocator stands yet")
        for node in standing:
            bdata = node["bdata"].dereference()
            over = bool(bdata["handed_over"])
            shift = layout("PAGE_SHIFT")
            say(f"node {int(node['node_id'])}: {text(value('early_name'))}, "
                f"0x{int(bdata['start']) << shift:08x}-0x{(int(bdata['end']) << shift) - 1:08x}, "
                f"{int(bdata['free'])} pages {'given to the page allocator' if over else 'free'}")

    def found(self):
        say("\nfound in RAM at the start:")
        say("from       to            KiB  what")
        lowmem_end = int(value("lowmem_end_pfn")) << layout("PAGE_SHIFT")

        def show(found):
            first, last, name = found
            highmem = " (highmem)" if first >= lowmem_end else ""
            say(f"0x{first:08x}-0x{last:08x} {(last + 1 - first) // 1024:6}  {name}{highmem}")

        say_each(ranges(), lambda found: f"0x{found[0]:08x}", show)

    def records(self):
        say("\ntaken since:")
        say("at              bytes  how       by                               where it went")

        def show(record):
            how = "allocated" if int(record["kind"]) == const("EARLY_ALLOCATED") else "reserved"
            say(f"0x{int(record['start']):08x} {int(record['size']):10}  {how:<9} "
                f"{caller_at(int(record['caller'])):<32} {_fate(record)}")

        say_each(records(), lambda record: f"0x{int(record['start']):08x}", show)


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
