"""
test_reserved.py - what a boot loader says about memory, by the thousand or half wrong: nothing that is reserved
is ever handed out, nothing that is to stay unmapped is mapped, and one bad item costs that item only

Each claim is seen with the machine's own views: /proc/iomem, explain, page, pt, balance, and by what lies
in the memory after all other memory was handed out and cleared.
"""

import random
import re
import struct

import pytest

import handover
from handover import RAM_AT, TAGS_AT, bank, placed
from machine import balance, totals

MIB = 1 << 20
PAGE = 4096
RAM_128M = bank(RAM_AT, 128 * MIB)
PAGES_128M = 128 * MIB // PAGE


def lowmem(physical):
    return physical - RAM_AT + 0xc0000000


def iomem(machine):
    """/proc/iomem as (first, last, name)."""
    return [(int(first, 16), int(last, 16), name) for first, last, name in
            re.findall(r"^ *([0-9a-f]+)-([0-9a-f]+) : (.*)$", machine.cmd("cat /proc/iomem"), re.MULTILINE)]


def named(rows, name):
    return [(first, last) for first, last, what in rows if what == name]


def reserved(*children, cells="#address-cells = <1>; #size-cells = <1>;", ranges="ranges;"):
    return f"reserved-memory {{ {cells} {ranges} {' '.join(children)} }};"


def child(name, *properties):
    return f"{name} {{ {' '.join(properties)} }};"


def reg(start, size):
    return f"reg = <{start:#x} {size:#x}>;"


@pytest.fixture(name="boot_tree")
def boot_tree_fixture(boot, tmp_path):
    """Boots with exactly this tree: boot_tree(body, reserve=, chosen=)."""
    def start(body, *, reserve="", chosen="", blobs=(), **machine):
        options = placed(tmp_path, handover.tree(body, reserve=reserve, chosen=chosen), RAM_AT)
        for number, (address, content) in enumerate(blobs):
            options += placed(tmp_path, content, address, f"content{number}")
        return boot(proto="elf", qemu=options, **machine)
    return start


# ---- any number of reserved ranges ---------------------------------------------------------------

def marked(first, stride, count):
    """Memory from `first` on in which every stride-th page begins with its own number."""
    content = bytearray(stride * (count - 1) + 16)
    for number in range(count):
        struct.pack_into("<4I", content, number * stride, *[0xc0de0000 + number] * 4)
    return bytes(content)


@pytest.mark.parametrize("count", [31, 32, 33, 40, 200, 1000, 1023, 1024, 1025, 1600])
def test_any_number_of_reserved_ranges(boot_tree, count):
    """Each is named, none is handed out: what lies there is there still when all the rest has been cleared."""
    first, stride = RAM_AT + 24 * MIB, (96 * MIB // count) & -PAGE
    entries = [first + number * stride for number in range(count)]
    entries = random.Random(count).sample(entries, count)
    machine = boot_tree(RAM_128M, reserve="".join(f"/memreserve/ {at:#x} {PAGE:#x};\n" for at in entries),
                        chosen='bootargs = "loglevel=7 init_on_alloc=1";',
                        blobs=[(first, marked(first, stride, count))])
    rows = [row for row in iomem(machine) if row[2] == "firmware"]
    for at in entries:
        assert any(low <= at and at + PAGE - 1 <= high for low, high, _ in rows), f"{at:#x} is not held\n{rows}"
    held = sum(last + 1 - low for low, last, _ in rows) // PAGE
    joined = re.search(r"boot: (\d+) reserved ranges more than 1024: each is held as one", machine.boot_log)
    # What is more than the table holds, besides the kernel's three and the tree, is joined with a neighbour.
    assert bool(joined) == (count > 1020) and (held == count) == (count <= 1020), machine.boot_log
    assert balance(machine.cmd("balance"))["reserved"] >= held
    machine.cmd("exhaust pages")
    for number in random.Random(1).sample(range(count), min(count, 60)):
        at = first + number * stride
        assert f"{0xc0de0000 + number:08x}" in machine.cmd(f"md {lowmem(at):#x} 1 4"), f"{at:#x} was handed out"
    at = entries[-1]
    assert "found in RAM at the start: firmware" in machine.cmd(f"explain {lowmem(at):#x}")
    assert "reserved: never given to the page allocator; firmware" in machine.cmd(f"page {at >> 12:#x}")


def test_names_of_nodes_are_kept(boot_tree):
    """In /proc/iomem, in explain of either address, and of the frame; in lowmem and in highmem."""
    body = RAM_128M + reserved(child("BiscuitOS_memory", reg(0x61000000, 0x2000)),
                               child("screen@66000000", reg(0x66000000, 0x1000)))
    machine = boot_tree(body, chosen='bootargs = "lowmem=32M";')
    rows = iomem(machine)
    assert named(rows, "BiscuitOS_memory") == [(0x61000000, 0x61001fff)]
    assert named(rows, "screen@66000000") == [(0x66000000, 0x66000fff)]
    assert "start: BiscuitOS_memory, 0x61000000-0x61001fff" in machine.cmd("explain 0xc1001000")
    assert "reserved at boot: BiscuitOS_memory, 61000000-61001fff" in machine.cmd("explain phys:0x61001234")
    assert "page allocator; BiscuitOS_memory" in machine.cmd("page 0x61000")
    assert "page allocator; screen@66000000" in machine.cmd("page 0x66000")
    assert "BiscuitOS_memory" in machine.cmd("early")


# ---- memory that must not be mapped --------------------------------------------------------------

def test_no_map_memory_is_not_mapped(boot_tree):
    """In lowmem and in highmem, less than a section and more, at a bank's end: no translation, no page, no RAM."""
    places = [(0x61000000, 0x3000), (0x61800000, 0x300000), (0x66000000, 0x1000), (0x67fff000, 0x1000)]
    body = RAM_128M + reserved(*(child(f"secret{at:x}", reg(at, size), "no-map;") for at, size in places))
    machine = boot_tree(body, chosen='bootargs = "lowmem=64M";')
    rows = iomem(machine)
    numbers = balance(machine.cmd("balance"))
    assert numbers["present"] == PAGES_128M - sum(size for _, size in places) // PAGE
    for at, size in places:
        assert named(rows, f"secret{at:x}, no-map") == [(at, at + size - 1)]
        assert not any(low <= at + size - 1 and at <= high for low, high, name in rows if name == "System RAM")
        assert f"reserved at boot: secret{at:x}, no-map" in machine.cmd(f"explain phys:{at:#x}")
    for page in (0xc1000000, 0xc1002000, 0xc1800000, 0xc1afff00):
        assert "not mapped" in machine.cmd(f"pt {page:#x}")
        assert ", no-map, 0x" in machine.cmd(f"explain {page:#x}")
        answer = machine.cmd(f"md {page & -16:#x} 4")
        assert re.search("error|not mapped|fault", answer), answer
    for page in (0xc0fff000, 0xc1003000, 0xc17ff000, 0xc1b00000):
        assert "not mapped" not in machine.cmd(f"pt {page:#x}")
    machine.cmd("exhaust pages")
    assert balance(machine.cmd("balance"))["present"] == numbers["present"]
    assert totals(machine.cmd("test nomap")) == (3, 0, 0)
    assert "1 node" in machine.boot_log  # a hole of that kind does not take a node apart


def test_no_map_memory_that_grows_late_is_no_ram_either(boot_tree):
    """What is placed and joined when the banks are known already takes its memory out of them."""
    places = [(0x64000000 + n * 0x8000, "no-map;" if n < 120 and n % 2 else "") for n in range(1100)]
    body = RAM_128M + reserved(*(child(f"n{n}", reg(at, PAGE), kind) for n, (at, kind) in enumerate(places)),
                               *(child(f"late{n}", "size = <0x3000>;", "no-map;") for n in range(20)))
    machine = boot_tree(body, append="loglevel=7")
    rows = iomem(machine)
    assert "is held as one" in machine.boot_log
    assert any(name == "several ranges, no-map" for _, _, name in rows), rows
    for low, high, name in rows:
        if name.endswith(", no-map"):
            assert not any(first <= high and low <= last for first, last in named(rows, "System RAM")), (name, rows)
    for number in range(20):
        assert f"late{number}: placed at " in machine.boot_log
    assert balance(machine.cmd("balance"))["present"] < PAGES_128M - 60 - 60


def test_an_initrd_whose_bank_is_given_up_is_not_there(boot_tree):
    """A cut makes one bank more than the table holds, and the smallest is the one with the initrd."""
    banks = [bank(RAM_AT, 16 * MIB), bank(0x61100000, 0x4000)]
    banks += [bank(0x62000000 + n * 0x10000, 0x8000) for n in range(254)]
    body = "".join(banks) + reserved(
        child("late", "size = <0x1000>;", "alloc-ranges = <0x60800000 0x1000>;", "no-map;"))
    machine = boot_tree(body, chosen="linux,initrd-start = <0x61100000>; linux,initrd-end = <0x61101234>;"
                        ' bootargs = "loglevel=7";')
    assert "the smallest of more than 256 that lie apart; dropped" in machine.boot_log
    assert "initrd [0x61100000, 4660 bytes]: its bank is one too many; dropped" in machine.boot_log
    assert "; no initrd;" in machine.boot_log


def test_no_map_goes_before_other_reservations_but_not_before_the_kernel(boot_tree):
    body = RAM_128M + reserved(child("under", reg(0x61000000, 0x4000), "no-map;"),
                               child("image", reg(0x60010000, 0x2000), "no-map;"))
    machine = boot_tree(body, reserve="/memreserve/ 0x61000000 0x8000;", append="loglevel=7")
    rows = iomem(machine)
    assert named(rows, "under, no-map") == [(0x61000000, 0x61003fff)]
    assert named(rows, "firmware") == [(0x61004000, 0x61007fff)]
    assert "image: no-map memory that the kernel itself lies in; mapped all the same" in machine.boot_log
    assert not named(rows, "image, no-map")


def test_self_tests_with_no_map_memory(headless, tmp_path):
    """The allocators live with frames that are no memory in the midst of it."""
    body = RAM_128M + reserved(*(child(f"s{n}", reg(0x61000000 + n * 0x105000, 0x1000), "no-map;") for n in range(40)))
    commands = "balance; exhaust pages; test page; test boot; balance"
    blob = handover.tree(body, chosen=f'bootargs = "batch run=\\"{commands}\\"";')
    ended = headless("balance", qemu=placed(tmp_path, blob, TAGS_AT))
    assert balance(ended.output)["present"] == PAGES_128M - 40, ended


# ---- memory that may be used, and memory at no certain place -------------------------------------

def test_reusable_memory_is_held_back_and_named(boot_tree):
    machine = boot_tree(RAM_128M + reserved(child("pool", reg(0x62000000, 0x100000), "reusable;")))
    assert named(iomem(machine), "pool, reusable") == [(0x62000000, 0x620fffff)]
    machine.cmd("exhaust pages")
    assert "reserved: never given to the page allocator; pool, reusable" in machine.cmd("page 0x62000")


def test_memory_wanted_anywhere_is_placed(boot_tree):
    """Before anything is handed out, where the alignment and the ranges allow; no-map there as well."""
    body = RAM_128M + reserved(
        child("pool", "size = <0x400000>;", "alignment = <0x400000>;", "reusable;"),
        child("low", "size = <0x3000>;", "alloc-ranges = <0x60800000 0x100000>;"),
        child("hidden", "size = <0x2000>;", "alloc-ranges = <0x61000000 0x2000 0x61400000 0x100000>;", "no-map;"),
        child("fixed", reg(0x61001000, 0x1000)),
        child("too-much", "size = <0x10000000>;"))
    machine = boot_tree(body)
    rows = iomem(machine)
    assert named(rows, "pool, reusable") == [(0x67c00000, 0x67ffffff)]
    assert named(rows, "low") == [(0x608fd000, 0x608fffff)]
    assert named(rows, "hidden, no-map") == [(0x614fe000, 0x614fffff)]
    assert "too-much: no room for 268435456 bytes that it wants; skipped" in machine.boot_log
    assert "pool: placed at [0x67c00000-0x67ffffff], held back" in machine.boot_log
    assert "not mapped" in machine.cmd("pt 0xc14fe000")
    assert "page allocator; low" in machine.cmd("page 0x608fd")
    machine.cmd("exhaust pages")
    assert balance(machine.cmd("balance"))["present"] == PAGES_128M - 2


def test_cells_and_ranges_of_reserved_memory(boot_tree):
    """Its own counts, and its own addresses."""
    body = RAM_128M + reserved("a { reg = <0 0x2000 0x1000>; };",
                               "b { size = <0x1000>; alloc-ranges = <1 0 0x4000>; };",
                               cells="#address-cells = <2>; #size-cells = <1>;",
                               ranges="ranges = <0 0 0x61000000 0x10000>, <1 0 0x62000000 0x10000>;")
    rows = iomem(boot_tree(body))
    assert named(rows, "a") == [(0x61002000, 0x61002fff)]
    assert named(rows, "b") == [(0x62003000, 0x62003fff)]


# ---- any number of banks -------------------------------------------------------------------------

def regs(*pairs):
    return "memory { reg = <" + " ".join(f"{start:#x} {size:#x}" for start, size in pairs) + ">; };"


@pytest.mark.parametrize("banks, pages", [
    ([(RAM_AT, 0)] * 8 + [(RAM_AT, 128 * MIB)], PAGES_128M),
    ([(RAM_AT + n * 8 * MIB, 8 * MIB) for n in range(16)], PAGES_128M),
    ([(RAM_AT + n * 8 * MIB, 8 * MIB) for n in (*range(1, 16, 2), *range(0, 16, 2))], PAGES_128M),
    ([(RAM_AT + n * MIB, MIB) for n in random.Random(9).sample(range(128), 128)], PAGES_128M),
    ([(RAM_AT + n * 8 * PAGE, 8 * PAGE) for n in range(4096)], PAGES_128M),
    ([(RAM_AT, 40 * MIB), (RAM_AT + 30 * MIB, 50 * MIB), (RAM_AT + 20 * MIB, 108 * MIB)], PAGES_128M),
    ([(RAM_AT, 32 * MIB + 100), (RAM_AT + 32 * MIB + 100, 96 * MIB - 100)], PAGES_128M),
    ([(RAM_AT, 16 * MIB)] + [(RAM_AT + (17 + 2 * n) * MIB, MIB) for n in range(50)], (16 + 50) * 256),
    ([(RAM_AT, 16 * MIB)] + [(RAM_AT + 16 * MIB + (2 * n + 1) * 0x4000, 0x4000) for n in range(300)],
     16 * 256 + 255 * 4),
], ids=["empty", "adjacent", "interleaved", "shuffled", "thousands", "overlapping", "half-pages", "apart", "too-many"])
def test_any_number_of_banks(boot_tree, banks, pages):
    machine = boot_tree(regs(*banks))
    assert balance(machine.cmd("balance"))["present"] == pages
    dropped = machine.boot_log.count("the smallest of more than 256 that lie apart; dropped")
    assert dropped == max(0, len(banks) - 256) * (pages < PAGES_128M), machine.boot_log
    assert balance(machine.cmd("exhaust pages; balance"))["present"] == pages


def test_banks_are_numbered_as_they_stand_in_the_list(boot, tmp_path):
    tags = (handover.core() + handover.mem(RAM_AT, 0) + handover.tag(handover.ATAG_MEM, b"1234")
            + handover.mem(0x20000000, PAGE) + handover.mem(RAM_AT, 64 * MIB) + handover.mem(0x68000400, 0x2000)
            + handover.end())
    machine = boot(mem="1G", qemu=placed(tmp_path, tags, TAGS_AT))
    for words in ("bank 0 [0x60000000, 0 bytes]: empty; dropped", "tag 2: MEM without size and start; skipped",
                  "bank 2 [0x20000000, 4096 bytes]: outside the RAM window; dropped",
                  "bank 4 [0x68000400-0x680023ff]: not whole pages; trimmed"):
        assert f"boot: {words}" in machine.boot_log, machine.boot_log


# ---- one bad item --------------------------------------------------------------------------------

@pytest.mark.parametrize("body, chosen, says", [
    ('memory@70000000 { device_type = "memory"; };', "", "memory@70000000: memory without reg; skipped"),
    ("memory@70000000 { reg = <0x70000000>; };", "", "memory@70000000: a list of ranges that is not whole entries"),
    ('memory@64000000 { reg = <0x64000000 0x10000000>; status = "fail"; };', "", "whose status is not okay; skipped"),
    ("", "linux,initrd-start = <0x62000000>;", "chosen: an initrd with only one bound; skipped"),
    ("", "linux,initrd-end = <0x62000000>;", "chosen: an initrd with only one bound; skipped"),
    ("", "linux,initrd-start = <0x62000000>; linux,initrd-end = <0x61000000>;", "ends before it starts; skipped"),
    ("", "linux,initrd-start = <0x62000000>; linux,initrd-end = <0x62000000>;", "an empty initrd; skipped"),
    ("", "linux,initrd-start = <1 2 3>; linux,initrd-end = <0x62000000>;", "bound of neither 4 nor 8 bytes; skipped"),
    ("", "linux,initrd-start = <0x68000000>; linux,initrd-end = <0x68001000>;", "outside the banks; dropped"),
    ("", "linux,initrd-start = <0x63fff000>; linux,initrd-end = <0x64001000>;", "outside the banks; dropped"),
    ("", "linux,initrd-start = <0x60010000>; linux,initrd-end = <0x60011000>;", "overlaps the kernel; dropped"),
    ("", "linux,initrd-start = <0x60004000>; linux,initrd-end = <0x60005000>;", "overlaps the kernel; dropped"),
    ("", "linux,initrd-start = <0x62000000>; linux,initrd-end = <0xfffff000>;", "runs out of the RAM window; dropped"),
    ("", "linux,initrd-start = <0x62000000>; linux,initrd-end = <1 0>;", "an initrd beyond all addresses; skipped"),
    ("", "linux,initrd-start = <0x61800000>; linux,initrd-end = <0x61801001>;", "touches no-map memory; dropped"),
], ids=lambda value: re.sub(r"\W+", "-", value)[:40] or "-")
def test_one_bad_item_costs_that_item(boot_tree, body, chosen, says):
    """Reservations, the command line and the memory size stay, and no initrd is announced or read."""
    body = bank(RAM_AT, 64 * MIB) + body + reserved(
        child("odd", "reg = <0x61000000>;"), child("keep", reg(0x61100000, 0x1000)),
        child("hole", reg(0x61801000, 0x1000), "no-map;"))
    machine = boot_tree(body, reserve="/memreserve/ 0x61200000 0x1000;", chosen=chosen + 'bootargs = "loglevel=7 x=y";')
    log = machine.boot_log
    assert says in log and "boot: device tree at" in log and "no initrd" in log, log
    assert "odd: a list of ranges that is not whole entries" in log, log
    rows = iomem(machine)
    assert named(rows, "keep") == [(0x61100000, 0x61100fff)] and named(rows, "firmware") == [(0x61200000, 0x61200fff)]
    assert not named(rows, "initrd")
    assert machine.cmd("cat /proc/cmdline") == "loglevel=7 x=y"
    assert balance(machine.cmd("balance"))["present"] == 64 * 256 - 1
    machine.cmd("exhaust pages")


def test_a_property_without_a_name_costs_that_property(boot, tmp_path):
    """Of a device before all that matters: the banks, the reservations and the command line stay."""
    blob = bytearray(handover.tree("aaa { x = <1>; bbb { }; };" + bank(RAM_AT, 64 * MIB) + reserved(
        child("keep", reg(0x61100000, 0x1000))), chosen='bootargs = "loglevel=7 x=y";'))
    struct.pack_into(">I", blob, blob.index(b"\0\0\0\x01aaa\0") + 16, 0x7fffffff)
    machine = boot(qemu=placed(tmp_path, bytes(blob), TAGS_AT))
    assert "aaa: a property whose name lies outside the strings block; skipped" in machine.boot_log, machine.boot_log
    assert named(iomem(machine), "keep") == [(0x61100000, 0x61100fff)]
    assert machine.cmd("cat /proc/cmdline") == "loglevel=7 x=y"
    assert balance(machine.cmd("balance"))["present"] == 64 * 256


def test_nodes_nest_as_deep_as_they_like(boot_tree):
    machine = boot_tree("x { " * 300 + "};" * 300 + bank(RAM_AT, 64 * MIB) + reserved(
        child("keep", reg(0x61100000, 0x1000))))
    assert "boot: device tree at" in machine.boot_log and "refused" not in machine.boot_log, machine.boot_log
    assert named(iomem(machine), "keep") == [(0x61100000, 0x61100fff)]


def test_a_command_line_without_its_end(boot, tmp_path):
    tags = (handover.core() + handover.mem(RAM_AT, 64 * MIB) + handover.tag(handover.ATAG_CMDLINE, b"loglevel=7 x=yz")
            .replace(b"yz\0", b"yzw") + handover.end())
    machine = boot(qemu=placed(tmp_path, tags, TAGS_AT))
    assert "tag 2: the text of CMDLINE does not end in a NUL; taken as it is" in machine.boot_log
    assert machine.cmd("cat /proc/cmdline") == "loglevel=7 x=yzw"
    assert balance(machine.cmd("balance"))["present"] == 64 * 256


# ---- what the kernel stands on -------------------------------------------------------------------

@pytest.mark.parametrize("banks, says", [
    ([(0x60008000, 64 * MIB)], "no bank holds the first-level page table"),
    ([(0x60010000, 64 * MIB)], "no bank holds the first-level page table"),
    ([(0x60005000, 64 * MIB)], "no bank holds the first-level page table"),
    ([(0x60000000, 0x8000)], "no bank holds the running image"),
    ([(0x60000000, 0x8000), (0x60011000, 64 * MIB)], "no bank holds the running image"),
    ([(0x60000000, 0x80000), (0x60100000, 64 * MIB)], "no bank holds the running image"),
    ([(0x64000000, 64 * MIB)], "no bank holds the first-level page table"),
    ([(0x60000000, "stacks")], "no bank holds the boot stacks"),
], ids=lambda value: re.sub(r"\W+", "-", str(value))[:50])
@pytest.mark.parametrize("tags", [False, True], ids=["tree", "tags"])
def test_the_kernel_must_stand_on_ram(boot, tmp_path, banks, says, tags):
    """A description in which it does not is refused with that sentence; what it reserved stays."""
    if banks[0][1] == "stacks":
        rows = iomem(boot())
        banks = [(RAM_AT, named(rows, "boot stacks")[0][0] + PAGE - RAM_AT)]
    if tags:
        blob = handover.core() + b"".join(handover.mem(*pair) for pair in banks) + handover.end()
    else:
        blob = handover.tree(regs(*banks) + reserved(child("keep", reg(0x61100000, 0x1000))))
    machine = boot(qemu=placed(tmp_path, blob, TAGS_AT), append="loglevel=7")
    assert f"refused: {says}" in machine.boot_log, machine.boot_log
    assert "boot: semihosting: 1 bank, 128 MiB" in machine.boot_log
    rows = iomem(machine)
    assert named(rows, "ATAGs" if tags else "device tree") == [(0x60000000, 0x60000fff)]
    assert tags or named(rows, "keep") == [(0x61100000, 0x61100fff)]
    machine.cmd("exhaust pages")


@pytest.mark.parametrize("banks", [
    [(0x60004000, 0x4000), (0x60010000, 64 * MIB)], [(0x60004000, 64 * MIB)],
    [(0x60000000, 0x8000), (0x6000f000, 20 * MIB), (0x63000000, 16 * MIB)],
], ids=lambda value: str(len(value)))
def test_a_kernel_that_just_stands_on_ram_boots(boot_tree, banks):
    machine = boot_tree(regs(*banks))
    assert balance(machine.cmd("balance"))["present"] == sum(size for _, size in banks) // PAGE
    machine.cmd("exhaust pages")


# ---- what was refused as a whole -----------------------------------------------------------------

def test_what_a_refused_tree_reserved_stays(boot, tmp_path):
    """Damage behind the reserved memory: the true size is lost, but neither reservation nor the tree."""
    body = reserved(child("keep", reg(0x61100000, 0x1000)), child("hide", reg(0x61200000, 0x1000), "no-map;"))
    blob = handover.tree(body + "zzz { last = <1>; };", reserve="/memreserve/ 0x61300000 0x1000;")
    damaged = blob.replace(b"\0\0\0\x01zzz\0", b"\0\0\0\x77zzz\0")
    assert damaged != blob
    machine = boot(qemu=placed(tmp_path, damaged, 0x60000100), append="loglevel=7")
    assert "refused: an unknown token in the structure block" in machine.boot_log
    rows = iomem(machine)
    assert named(rows, "keep") == [(0x61100000, 0x61100fff)]
    assert named(rows, "hide, no-map") == [(0x61200000, 0x61200fff)]
    assert named(rows, "firmware") == [(0x61300000, 0x61300fff)]
    assert named(rows, "device tree") == [(0x60000000, 0x60000fff)]
    assert "not mapped" in machine.cmd("pt 0xc1200000")
    machine.cmd("exhaust pages")


@pytest.mark.parametrize("start, size, kept", [
    (0x61000000, 0x1234, [(0x61000000, 0x61001fff)]),
    (0x60010000, 0x1000, []), (0x30000000, 0x1000, []), (0x61000000, 0xffffffff, []), (0x61000000, 0, []),
], ids=str)
def test_the_initrd_of_what_was_refused_stays(boot, tmp_path, start, size, kept):
    """It is neither announced nor read, but what lies there is not handed out; nor is any size believed."""
    tags = (handover.core() + handover.mem(RAM_AT, 64 * MIB) + handover.tag(
        handover.ATAG_INITRD2, struct.pack("<2I", start, size)) + handover.tag(0x999, words=1) + handover.end())
    machine = boot(qemu=placed(tmp_path, tags, TAGS_AT) + placed(tmp_path, b"\xc0\xde" * 8, 0x61000000, "initrd"),
                   append="loglevel=7 init_on_alloc=1")
    assert "refused: a tag smaller than its own header" in machine.boot_log and "no initrd" in machine.boot_log
    assert named(iomem(machine), "initrd, refused") == kept
    machine.cmd("exhaust pages")
    assert ("dec0dec0" in machine.cmd(f"md {lowmem(0x61000000):#x} 1 4")) == bool(kept)


@pytest.mark.parametrize("blob, size", [
    (handover.with_header(handover.tree(RAM_128M), magic=0x12345678, totalsize=0x2f00), 0x3000),
    (struct.pack("<2I", 1, 2) + b"\xa5" * 64, 0x1000),
], ids=["damaged magic", "noise"])
def test_what_nobody_knows_stays(boot, tmp_path, blob, size):
    machine = boot(qemu=placed(tmp_path, blob, TAGS_AT), append="loglevel=7")
    assert "neither a device tree nor ATAGs; ignored" in machine.boot_log
    assert named(iomem(machine), "found at r2") == [(RAM_AT, RAM_AT + size - 1)]


# ---- the end -------------------------------------------------------------------------------------

def test_a_boot_that_runs_out_of_memory_names_who_asked(boot, tmp_path):
    """Where all that is left is too little: a sentence with a symbol, not an oops, and not somebody's memory."""
    rows = iomem(boot())
    end = named(rows, "boot stacks")[0][1] + 1
    blob = handover.tree(bank(RAM_AT, 16 * MIB), reserve=f"/memreserve/ {end + 0x10000:#x} 0x1000000;"
                         "/memreserve/ 0x60000000 0x4000; /memreserve/ 0x60008000 0x8000;")
    machine = boot(wait=False, proto="elf", qemu=placed(tmp_path, blob, RAM_AT))
    seen = machine.expect(r"panic: [^\n]*\n", panic=True)
    assert re.search(r"panic: bootmem: out of memory: \d+ bytes, .* for [a-z_]+\+0x", seen), seen
    assert machine.wait() == 2


def test_a_boot_without_any_free_memory_calls_nothing_broken(boot, tmp_path):
    """What is not there yet when the machine ends is not verified; the sentence is all that is wrong."""
    blob = handover.tree(RAM_128M, reserve="/memreserve/ 0x60000000 0x8000000;")
    machine = boot(wait=False, proto="elf", qemu=placed(tmp_path, blob, RAM_AT))
    machine.expect(r"panic: bootmem: no room for a bitmap of 4096 bytes[^\n]*\n", panic=True)
    assert " broken: " not in machine.expect(r"check: \d+ sound, 0 broken, 4 not verified", panic=True)
    assert machine.wait() == 2


# ---- damage --------------------------------------------------------------------------------------

SEED, ROUNDS = 20261126, 24


def damaged(blob, dice):
    """The blob with a few bytes changed, words made extreme, or its end cut."""
    blob = bytearray(blob)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(blob))
        if dice.random() < 0.5:
            blob[at] = dice.randrange(256)
        else:
            at &= ~3
            blob[at:at + 4] = struct.pack(">I", dice.choice([0, 1, 2, 3, 4, 9, 0x1000, 0x60000000, 0x61000000,
                                                             0x7fffffff, 0x80000000, 0xffffffff]))
    return bytes(blob[:dice.randrange(8, len(blob))] if dice.random() < 0.1 else blob)


def good_tree():
    body = RAM_128M + 'memory@70000000 { device_type = "memory"; };' + reserved(
        child("keep", reg(0x61100000, 0x2000)), child("hide", reg(0x61200000, 0x3000), "no-map;"),
        child("pool", "size = <0x100000>;", "alignment = <0x100000>;", "reusable;"),
        child("low", "size = <0x3000>;", "alloc-ranges = <0x60800000 0x100000>;", "no-map;"))
    return handover.tree(body, reserve="/memreserve/ 0x61300000 0x1000; /memreserve/ 0x61400000 0x5000;",
                         chosen='linux,initrd-start = <0x62000000>; linux,initrd-end = <0x62001234>;')


def good_tags():
    return (handover.core() + handover.mem(RAM_AT, 32 * MIB) + handover.mem(0x64000000, 64 * MIB)
            + handover.tag(handover.ATAG_INITRD2, struct.pack("<II", 0x61000000, 0x1234))
            + handover.cmdline("loglevel=7 x=y") + handover.end())


@pytest.mark.parametrize("number", range(ROUNDS))
def test_damaged_descriptions(boot, tmp_path, number):
    """Any damage ends in a prompt with every page accounted for, or in a sentence that says why not."""
    dice = random.Random(SEED + number)
    print(f"seed {SEED + number}")
    blob = damaged(good_tags() if number % 3 == 0 else good_tree(), dice)
    machine = boot(wait=False, qemu=placed(tmp_path, blob, TAGS_AT), append="loglevel=7")
    seen = machine.expect(r"crumb> |panic: (no usable description|bootmem: )[^\n]*\n", panic=True)
    if "panic: " in seen:
        assert machine.wait() == 2
        return
    rows = iomem(machine)
    balance(machine.cmd("exhaust pages; balance"))
    ram = [(low, high) for low, high, name in rows if name == "System RAM"]
    for low, high, name in rows:
        if name.endswith(", no-map"):
            assert not any(low <= last and first <= high for first, last in ram), rows
        elif name not in ("System RAM",) and any(first <= low <= last for first, last in ram):
            assert "reserved: never given" in machine.cmd(f"page {low >> 12:#x}"), (name, rows)
