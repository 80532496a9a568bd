"""
test_views.py - the page family's views: Linux's formats read by a parser, and what a person sees

    /proc/buddyinfo  zoneinfo  meminfo  vmstat ──parsers──> numbers ──┐
    balance ──────────────────────────────────────────────────────────┴─> must agree

The parsers follow Linux's documentation (Documentation/filesystems/proc.rst, proc(5)) and are
strict: names, order, indentation and units have to be Linux's, so that a tool written for Linux
could read the text.

Read next: mm/page/page_view*.c, kernel/proc/meminfo.c, kernel/proc/vmstat.c.
"""

import re

import pytest

import handover
from handover import RAM_AT, TAGS_AT, bank, placed
from machine import BALANCE, PROCESS, balance

MIB = 1 << 20
# The image of a process lies in no page of RAM.
machine_only = pytest.mark.skipif(PROCESS, reason="a process has no such address")


def of_machine(*values):
    return pytest.param(*values, marks=machine_only)


ZONES = ("DMA", "Normal", "HighMem")
MACHINES = {
    "16M": {"mem": "16M"},
    "128M with highmem": {"mem": "128M", "append": "lowmem=32M"},
    "1G": {"mem": "1G"},
}


@pytest.fixture(params=MACHINES)
def machine(boot, request):
    return boot(**MACHINES[request.param])


# ---- parsers -------------------------------------------------------------------------------------

def parse_buddyinfo(text):
    """{(node, zone): [free blocks of order 0, 1, …]}"""
    zones = {}
    for line in text.splitlines():
        # The last column's blank is lost with the end of what the command printed.
        found = re.fullmatch(r"Node (\d+), zone ([ \w]{8}) ((?:[ \d]{5,}\d ){11})", line.rstrip(" ") + " ")
        assert found, f"not a line of buddyinfo: {line!r}"
        assert all(len(column) >= 6 for column in re.findall(r" *\d+", found[3]))
        zones[int(found[1]), found[2].strip()] = [int(number) for number in found[3].split()]
    assert zones, "an empty buddyinfo"
    return zones


PAGES = ("free", "boost", "min", "low", "high", "spanned", "present", "managed", "cma")


def parse_zoneinfo(text):
    """{(node, zone): {"free": …, "min": …, "protection": […], "pagesets": [{"cpu": …}], "start_pfn": …}}"""
    zones, zone, at = {}, None, -1
    for line in text.splitlines():
        if found := re.fullmatch(r"Node (\d+), zone ([ \w]{8,})", line):
            zone = zones[int(found[1]), found[2].strip()] = {"pagesets": []}
            at = -1
        elif found := re.fullmatch(r"(?:  pages|       ) (\w+) +(\d+)", line):
            assert (found[1] == "free") == line.startswith("  pages"), line
            assert line.index(found[2]) == 17, f"the column of the numbers: {line!r}"
            assert PAGES.index(found[1]) > at, f"out of Linux's order: {line!r}"
            at = PAGES.index(found[1])
            zone[found[1]] = int(found[2])
        elif found := re.fullmatch(r" {8}protection: \((\d+(?:, \d+)*)\)", line):
            zone["protection"] = [int(number) for number in found[1].split(", ")]
        elif found := re.fullmatch(r" {6}(nr_\w+) +(\d+)", line):
            zone[found[1]] = int(found[2])
        elif line == "  per-node stats":
            assert zone == {"pagesets": []}, "they stand above everything else"
        elif line == "  pagesets":
            assert "protection" in zone
        elif found := re.fullmatch(r" {4}cpu: (\d+)", line):
            zone["pagesets"].append({"cpu": int(found[1])})
        elif found := re.fullmatch(r" {14}(count:|high: |batch:) (\d+)", line):
            zone["pagesets"][-1][found[1].strip(": ")] = int(found[2])
        elif found := re.fullmatch(r"  start_pfn:           (\d+)", line):
            zone["start_pfn"] = int(found[1])
        else:
            raise AssertionError(f"not a line of zoneinfo: {line!r}")
    return zones


# The order of Linux 6.1; a kernel need not have all of them, but none that is not here.
MEMINFO = """MemTotal MemFree MemAvailable Buffers Cached SwapCached Active Inactive Unevictable Mlocked
HighTotal HighFree LowTotal LowFree SwapTotal SwapFree Dirty Writeback AnonPages Mapped Shmem KReclaimable Slab
SReclaimable SUnreclaim KernelStack PageTables SecPageTables NFS_Unstable Bounce WritebackTmp CommitLimit
Committed_AS VmallocTotal VmallocUsed VmallocChunk Percpu HardwareCorrupted CmaTotal CmaFree""".split()


def parse_meminfo(text):
    """{name: kB}"""
    numbers = {}
    for line in text.splitlines():
        found = re.fullmatch(r"(\w+):( +)(\d+) kB", line)
        assert found and line.index(found[3]) + len(found[3]) == 24, f"not a line of meminfo: {line!r}"
        assert found[1] not in numbers, f"twice: {line!r}"
        numbers[found[1]] = int(found[3])
    order = [MEMINFO.index(name) for name in numbers]
    assert order and order == sorted(order), f"not Linux's order: {list(numbers)}"
    return numbers


def parse_vmstat(text):
    """{name: number}"""
    numbers = {}
    for line in text.splitlines():
        found = re.fullmatch(r"([a-z][a-z0-9_]*) (\d+)", line)
        assert found, f"not a line of vmstat: {line!r}"
        assert found[1] not in numbers, f"twice: {line!r}"
        numbers[found[1]] = int(found[2])
    return numbers


def free_pages(orders):
    return sum(blocks << order for order, blocks in enumerate(orders))


# ---- the numbers agree ---------------------------------------------------------------------------

def read_all(machine):
    """All five views, each read as a file; nothing allocates in between."""
    return (parse_buddyinfo(machine.cmd("cat /proc/buddyinfo")), parse_zoneinfo(machine.cmd("cat /proc/zoneinfo")),
            parse_meminfo(machine.cmd("cat /proc/meminfo")), parse_vmstat(machine.cmd("cat /proc/vmstat")),
            balance(machine.cmd("balance")))


def used(numbers):
    """The pages that somebody has been given."""
    return sum(numbers[family] for family in ("slab", "vmalloc", "percpu", "pagetables", "held"))


def check_agreement(views):
    buddyinfo, zoneinfo, meminfo, vmstat, account = views
    populated = {name: zone for name, zone in zoneinfo.items() if zone["present"]}
    assert set(buddyinfo) == set(populated)
    for name, zone in populated.items():
        assert zone["free"] == zone["nr_free_pages"] == free_pages(buddyinfo[name])
        assert zone["min"] <= zone["low"] <= zone["high"] <= zone["managed"] <= zone["present"] <= zone["spanned"]
        assert len(zone["protection"]) == len(ZONES)
        assert [stock["cpu"] for stock in zone["pagesets"]] in ([], [0])
    assert sum(zone["present"] for zone in zoneinfo.values()) == account["present"]
    assert sum(zone["managed"] for zone in zoneinfo.values()) == account["managed"]
    assert sum(zone["free"] for zone in zoneinfo.values()) == account["free"] == vmstat["nr_free_pages"]
    assert sum(stock["count"] for zone in populated.values() for stock in zone["pagesets"]) == account["pcp"]
    assert meminfo["MemTotal"] == 4 * account["managed"] == meminfo["HighTotal"] + meminfo["LowTotal"]
    assert meminfo["MemFree"] == 4 * account["free"] == meminfo["HighFree"] + meminfo["LowFree"]
    highmem = [free_pages(orders) for name, orders in buddyinfo.items() if name[1] == "HighMem"]
    assert meminfo["HighFree"] == 4 * sum(highmem)
    assert meminfo["PageTables"] == 4 * account["pagetables"] == 4 * vmstat["nr_page_table_pages"]
    assert meminfo["MemAvailable"] < meminfo["MemFree"]
    given = sum(vmstat[f"pgalloc_{zone}"] for zone in ("dma", "normal", "high"))
    assert given - vmstat["pgfree"] == used(account), "what was given and not taken back is in use"


def test_the_files_agree_with_the_balance(machine):
    """At the prompt, with something held, and after everything was taken and given back."""
    check_agreement(read_all(machine))
    machine.cmd("alloc pages 0; alloc pages 3 dma; alloc pages 4 highmem; alloc pages 0")
    check_agreement(read_all(machine))
    before = read_all(machine)
    machine.cmd("exhaust pages")
    after = read_all(machine)
    check_agreement(after)
    assert after[3]["pgfree"] > before[3]["pgfree"]
    assert sum(number for name, number in after[3].items() if name.startswith("allocstall_")) > 0


def test_two_nodes(boot, tmp_path):
    """Each node's zones are shown, and the sums are over both."""
    blob = handover.tree(bank(RAM_AT, 32 * MIB) + bank(RAM_AT + 64 * MIB, 64 * MIB))
    machine = boot(qemu=placed(tmp_path, blob, TAGS_AT))
    views = read_all(machine)
    check_agreement(views)
    assert {node for node, _zone in views[0]} == {0, 1}
    assert views[1][1, "Normal"]["start_pfn"] == (RAM_AT + 64 * MIB) >> 12
    assert views[1][1, "Normal"]["present"] == 64 * MIB >> 12
    # The zone's name means that of every node.
    assert machine.cmd("buddyinfo Normal").count("Normal") == machine.cmd("zoneinfo normal").count("Normal") == 2
    assert "not RAM" in machine.cmd("break page-not-ram")
    assert re.search(r"^ok 1 page.not_ram$", machine.cmd("test page.not_ram"), re.MULTILINE)
    assert "error: page: pfn 0x62000: no RAM" in machine.cmd("page 0x62000")
    assert "error: map: pfn 0x62000: in a hole" in machine.cmd("map 0x62000")
    assert map_totals(machine.cmd("map")) == totals_of(views[4])


def test_a_hole_inside_of_a_block(boot, tmp_path):
    """RAM that ends in the middle of 4 MiB: the rest of the block is shown as no RAM."""
    blob = handover.tree(bank(RAM_AT, 17 * MIB) + bank(RAM_AT + 18 * MIB, 46 * MIB))
    machine = boot(qemu=placed(tmp_path, blob, TAGS_AT))
    assert "not RAM" in machine.cmd("break page-not-ram")
    assert re.search(r"^ok 1 page.not_ram$", machine.cmd("test page.not_ram"), re.MULTILINE)
    check_agreement(read_all(machine))
    rows = dict(map_rows(machine.cmd("map 0x61000"), zoom=True))
    assert "-" not in rows[0x61000] and set(rows.get(0x61100, "-")) == {"-"}


def test_events_are_counted_by_zone(boot):
    machine = boot(mem="128M", append="lowmem=32M")
    before = parse_vmstat(machine.cmd("vmstat"))
    machine.cmd("alloc pages 3 dma; alloc pages 4 normal; alloc pages 5 highmem")
    during = parse_vmstat(machine.cmd("vmstat"))
    assert [during[f"pgalloc_{zone}"] - before[f"pgalloc_{zone}"] for zone in ("dma", "normal", "high")] == [8, 16, 32]
    machine.cmd("free all")
    assert parse_vmstat(machine.cmd("vmstat"))["pgfree"] - before["pgfree"] == 56


def test_commands_show_what_the_files_do(machine):
    for name in ("buddyinfo", "zoneinfo", "meminfo", "vmstat"):
        assert machine.cmd(name) == machine.cmd(f"cat /proc/{name}")


def test_a_failure_shows_each_zone(boot):
    """Its numbers are those of zoneinfo, and the free blocks of each order: none."""
    machine = boot(mem="128M", append="lowmem=32M")
    zones = parse_zoneinfo(machine.cmd("zoneinfo"))
    text = machine.cmd("exhaust pages")
    none = "".join(f" 0*{4 << order}kB" for order in range(11))
    for (node, name), zone in zones.items():
        assert (f"page: node {node} {name}: free 0 of {zone['managed']} pages, min {zone['min']} low {zone['low']} "
                f"high {zone['high']}:{none}\n") in text, text


def test_parts_of_a_view(boot):
    machine = boot(mem="1G")
    assert set(parse_meminfo(machine.cmd("meminfo High"))) == {"HighTotal", "HighFree"}
    assert list(parse_vmstat(machine.cmd("vmstat pgfree nr_free"))) == ["pgfree", "nr_free_pages"]
    assert "error: vmstat: nonsense: no line begins so" in machine.cmd("vmstat nonsense")
    assert list(parse_zoneinfo(machine.cmd("zoneinfo highmem"))) == [(0, "HighMem")]
    for command in ("zoneinfo", "buddyinfo", "map zone"):
        assert re.search(r"error: \w+: DMA32: no such zone", machine.cmd(f"{command} DMA32"))


@pytest.mark.parametrize("typed, want", [("zoneinfo N", "zone   Normal"), ("buddyinfo H", "zone  HighMem"),
                                         ("map zone D", "zone DMA"), ("map N", "zone Normal"),
                                         ("meminfo MemT", "MemTotal:"), ("vmstat pgf", "pgfree")])
def test_completion_knows_the_names(boot, typed, want):
    machine = boot(mem="1G")
    machine.send(typed + "\t\r")
    assert want in machine.answer()


# ---- page ----------------------------------------------------------------------------------------

def test_page(boot):
    """A block's head and tail, by frame, address and handle; words that say what flags say."""
    machine = boot(mem="128M", append="lowmem=32M")
    made = re.search(r"pfn=(0x\w+) va=(0x\w+)", machine.cmd("alloc pages 2"))
    pfn, va = int(made[1], 16), int(made[2], 16)
    by_pfn = machine.cmd(f"page {pfn:#x}")
    assert by_pfn == machine.cmd(f"page {va:#x}") == machine.cmd(f"page {va + 4095:#x}") == machine.cmd("page #1")
    assert f"pfn {pfn:#x}: physical {pfn << 12:08x}, Normal, node 0, lowmem {va:08x}" in by_pfn
    assert f"used, the head of 4 pages (order 2, to pfn {pfn + 3:#x}); held, 1 reference" in by_pfn
    flags = int(re.search(r"flags +([0-9a-f]{8})", by_pfn)[1], 16)
    node, zone, owner, state, order = flags >> 28, flags >> 26 & 3, flags >> 16 & 15, flags >> 4 & 15, flags & 15
    assert (node, zone, owner, state, order) == (0, 1, 0, 3, 2)
    assert re.search(r"value +0 +Normal +none +held +used +2$", by_pfn, re.MULTILINE)
    offsets = [int(offset) for offset in re.findall(r"^ {2,3}(\d+)  [a-z_]", by_pfn, re.MULTILINE)]
    assert offsets == [0, 4, 8] + ([32, 40, 48, 56] if PROCESS else [16, 20, 24, 28]), "all bytes"
    assert "users of the block" in by_pfn and "lru" in by_pfn and "next, prev: the holder's" in by_pfn
    tail = machine.cmd(f"page {pfn + 3:#x}")
    assert f"used, page 4 of 4 (order 2); the head is pfn {pfn:#x}; held, 1 reference" in tail
    high = int(re.search(r"pfn=(0x\w+)", machine.cmd("alloc pages 0 highmem"))[1], 16)
    assert f"pfn {high:#x}: physical {high << 12:08x}, HighMem, node 0, no lowmem address" in machine.cmd("page #2")
    assert PROCESS or "reserved: never given" in machine.cmd("page start_kernel")
    machine.cmd("free #1")
    free = machine.cmd(f"page {pfn:#x}")
    assert "free, " in free
    head = re.search(r"the head is pfn (0x\w+)", free)
    free = machine.cmd(f"page {head[1]}") if head else free
    link = r"(pfn 0x\w{5}|the list's end)"
    assert re.search(rf"  next: {link}; prev: {link}; of its order\n", free), free


@pytest.mark.parametrize("argument, why", [
    ("#7", "no such allocation"), ("0", "neither a frame"), ("0xffffffff", "neither a frame"),
    ("0x5ffff", "neither a frame"), ("0x68000", "neither a frame"), ("nonsense", "neither a number, #N nor a symbol"),
    ("12Q", "ADDR"), ("0x100000000", "ADDR"), ("", "")])
def test_page_refuses_what_is_no_frame(boot, argument, why):
    machine = boot(mem="128M")
    assert re.search(f"error: page: .*{why}", machine.cmd(f"page {argument}"))
    if argument:
        assert re.search(f"error: map: .*{why}", machine.cmd(f"map {argument}"))


# ---- map -----------------------------------------------------------------------------------------

ROW = r"^  ([0-9a-f]{8}|0x[0-9a-f]{5,}) +([-.A-Za-z?]*)$"
CLASSES = {"free": "free", "per-CPU lists": "pcp", "held": "held", "slab": "slab", "vmalloc": "vmalloc",
           "per-CPU data": "percpu", "page tables": "pagetables", "reserved": "reserved"}


def map_rows(text, zoom=False):
    """[(the frame of a row's first place, its characters)]"""
    return [(int(label, 16) >> (0 if zoom else 12), cells) for label, cells in re.findall(ROW, text, re.MULTILINE)]


def map_totals(text):
    """The legend's numbers of pages, by the balance's names."""
    found = re.findall(r"[-.A-Z?] (" + "|".join(map(re.escape, CLASSES)) + r") (\d+) ", text)
    return {CLASSES[name]: int(number) for name, number in found}


def totals_of(numbers):
    return {name: numbers[name] for name in CLASSES.values() if numbers[name]}


def test_map_shows_every_page_once(machine):
    """The legend is the balance, and the drawing is not wider than the terminal."""
    machine.cmd("alloc pages 0; alloc pages 7; alloc pages 3 dma; alloc pages 5 highmem")
    numbers = balance(machine.cmd("balance"))
    text = machine.cmd("map")
    assert map_totals(text) == totals_of(numbers)
    assert max(map(len, text.splitlines())) < 80
    pages = int(re.search(r"a character is (\d+) page", text)[1])
    assert abs(sum(len(cells) for _, cells in map_rows(text)) * pages - numbers["present"]) < 3 * 64 * pages
    assert 8 <= len(map_rows(text)) <= 20


def test_map_of_a_zone(boot):
    machine = boot(mem="1G")
    whole = machine.cmd("map")
    for command in ("map HighMem", "map highmem", "map zone HighMem", "map --plain highmem"):
        text = machine.cmd(command)
        assert map_totals(text) == {"free": 65536}
        assert "DMA" not in text and "Normal" not in text
        assert "".join(cells for _, cells in map_rows(text)) == "." * 1024
    assert "a character is 64 pages" in text and "a character is 256 pages" in whole


def test_map_of_a_block(boot):
    """One character a page: heads are capitals, the frame asked for is marked."""
    machine = boot(mem="128M")
    pfn = int(re.search(r"pfn=(0x\w+)", machine.cmd("alloc pages 3"))[1], 16)
    text = machine.cmd(f"map {pfn + 2:#x}")
    rows = map_rows(text, zoom=True)
    assert [row for row, _ in rows] == list(range(pfn & ~1023, (pfn & ~1023) + 1024, 64))
    drawn = "".join(cells for _, cells in rows)
    assert len(drawn) == 1024 and drawn[pfn % 1024:pfn % 1024 + 8] == "Hhhhhhhh"
    assert sum(map_totals(text).values()) == 1024
    for marked in (pfn, pfn + 1, pfn + 7, pfn | 63):
        lines = machine.cmd(f"map {marked:#x}").splitlines()
        marker = next(i for i, line in enumerate(lines) if f"^ pfn {marked:#x}" in line)
        column = lines[marker].index("^")
        assert column == lines[marker - 1].index(drawn[marked % 1024 // 64 * 64:][:64]) + marked % 64
    # Every F begins a free block: as many as buddyinfo's blocks would need, each aligned to its length.
    for block in re.finditer(r"F\.*", drawn):
        length = block.end() - block.start()
        assert block.start() % (length & -length) == 0


@pytest.mark.parametrize("columns, cells", [(20, 8), (40, 16), (80, 64), (132, 64), (256, 128)])
def test_map_fits_the_terminal(boot, columns, cells):
    machine = boot(mem="128M", append=f"columns={columns}")
    text = machine.cmd("map")
    rows = map_rows(text)
    assert max(len(drawn) for _, drawn in rows) == cells
    assert all(11 + len(drawn) < columns for _, drawn in rows)
    assert 4 <= len(rows) <= 20


def test_colours_only_for_a_person(boot, headless):
    machine = boot(mem="128M")
    seen = len(machine.transcript)
    machine.cmd("map")
    assert "\x1b[" in machine.transcript[seen:]
    seen = len(machine.transcript)
    plain = machine.cmd("map --plain")
    assert re.search(r"\x1b\[[0-9;]*m", machine.transcript[seen:]) is None
    assert plain == machine.cmd("map"), "the colours say nothing that the characters do not"
    assert "physical memory, 128 MiB" in headless("map", mem="128M").output


def test_map_is_fast(headless):
    """1 GiB is walked block by block: a million instructions for all of it, printing included."""
    output = headless("time map; time map 0x60a40", mem="1G", icount=True).output
    counts = [int(number) for number in re.findall(r"(\d+) instructions", output.split("ready:")[1])]
    assert len(counts) >= 3 and max(counts[1:]) < 3_000_000, counts


# ---- explain -------------------------------------------------------------------------------------

@machine_only
def test_explain_the_image(boot):
    text = boot(mem="1G").cmd("explain start_kernel+4")
    assert re.search(r"^region: lowmem, c0000000-efffffff: RAM", text, re.MULTILINE)
    assert re.search(r"^image: \.text, ", text, re.MULTILINE) and "symbol: start_kernel+0x4/" in text
    assert re.search(r"^page: pfn 0x6\w+: physical \w+, DMA, node 0, lowmem ", text, re.MULTILINE)
    assert text.index("region:") < text.index("image:") < text.index("page:") < text.index("page walk for")


def test_explain(boot):
    machine = boot(mem="1G")
    made = re.search(r"pfn=(0x\w+) va=(0x\w+)", machine.cmd("alloc pages 2"))
    physical = int(made[1], 16) << 12
    text = machine.cmd(f"explain phys:{physical + 0x1004:#x}")
    assert "RAM of the bank 60000000-9fffffff" in text and "used, page 2 of 4 (order 2)" in text
    assert text.split("\n", 1)[1] == machine.cmd(f"explain {int(made[2], 16) + 0x1004:#x}")
    text = machine.cmd("explain phys:0x9f000000")
    assert "HighMem, node 0, no lowmem address" in text and "page walk" not in text


@pytest.mark.parametrize("argument, words", [
    of_machine("0xffc80018", ["region: fixmap", "device: uart0 (pl011), register +0x18 (physical 10009018)"]),
    of_machine("phys:0x10009018", ["no RAM", "device: uart0 (pl011), register +0x18"]),
    ("phys:0x20000000", ["neither RAM nor a device"]),
    of_machine("svc_stack", ["image: svc_stack", "a stack"]),
    of_machine("svc_stack_top", ["the guard page", "not mapped"]),
    of_machine("0", ["region: below the kernel", "not mapped"]),
    of_machine("0xffffffff", ["region: above the fixmap"]),
    of_machine("0xf0000000", ["region: gap", "not mapped"]),
    of_machine("0xf0800000", ["region: vmalloc"]),
    of_machine("boot_info", ["image: .bss", "symbol: boot_info+0x0/", "reserved: never given"]),
    ("phys:nonsense", ["error: explain: "]),
    ("nonsense", ["error: explain: ADDR: nonsense: neither"]),
    ("", ["error: explain: "]),
])
def test_explain_an_address(boot, argument, words):
    text = boot(mem="1G").cmd(f"explain {argument}")
    for word in words:
        assert word in text, text


# ---- trace, break --------------------------------------------------------------------------------

def test_splits_and_merges_are_narrated(boot):
    """Each step down and up is a line, and the two ways mirror each other."""
    machine = boot(mem="128M")
    machine.cmd("trace on page")
    text = machine.cmd("alloc pages 9 dma")
    if "split" not in text:
        text = machine.cmd("alloc pages 9 dma")
    line = re.search(r"trace: page: DMA: split (0x\w+): (0x\w+) is free, order 9", text)
    assert line and int(line[2], 16) == int(line[1], 16) + 512, text
    number = re.search(r"^#(\d+) pages order=9", text, re.MULTILINE)[1]
    text = machine.cmd(f"free #{number}")
    assert re.search(rf"trace: page: DMA: merge {line[1]} and {line[2]}: order 10", text), text
    machine.cmd("trace off page")
    assert "trace:" not in machine.cmd("alloc pages 9 dma; free all")


REFUSALS = {
    "double-free": "double free", "merged-double-free": "double free", "wrong-order": "wrong order",
    "tail-free": "tail page", "owned-free": "owned by a family", "reserved-free": "reserved page",
    "not-ram": "wild pointer", "unaligned-free": "wild pointer", "wild-free": "wild pointer",
    "foreign-free": "wild pointer", "get-free": "reference to a page that is not in use",
    "put-free": "double free", "split-compound": "split of what is no plain block of this order",
    "split-order": "split of what is no plain block of this order", "bad-order": "bad order",
    "bad-zone": "bad zone", "highmem-address": "bad zone", "bad-node": "bad node",
    "bad-size": "bad size", "wild-reference": "wild pointer", "cold-double-free": "double free",
}


# what a production build says no word about, or warns of
ONLY_DEBUG = ["use-after-free", "fixmap-free", "kmap-local-free", "vmap-free", "broken-list",
              "broken-pcp-list"]


def test_what_only_debug_builds_see_is_said(boot):
    """A page that kmap shows is freed by a production build, which warns and counts."""
    machine = boot(mem="128M", append="lowmem=32M")
    for name in ONLY_DEBUG:
        assert "only DEBUG builds see this one" in machine.cmd(f"break page-{name}")
    text = machine.cmd("break page-kmap-free")
    assert re.search(r"page: pfn 0x\w+ was freed by break_page_kmap_free\+0x\w+ while kmap shows it", text), text
    assert "freed_while_shown 1" in machine.cmd("vmstat freed_while_shown")


def test_every_refusal_can_be_seen(boot):
    """Each is named, with the caller, and leaves the balance as it was."""
    machine = boot(mem="128M")
    listed = set(re.findall(r"^  page-([a-z-]+) ", machine.cmd("break"), re.MULTILINE))
    assert listed == set(REFUSALS) | set(ONLY_DEBUG) | {"kmap-free"}
    machine.cmd("break page-double-free; pcp drain")  # the first takes a batch for its CPU
    before = BALANCE.search(machine.cmd("balance"))[0]
    for name, what in REFUSALS.items():
        text = machine.cmd(f"break page-{name}")
        assert re.search(rf"BUG: page: {what}: object=0x\w+ expected=.+ found=.+ caller=\w+\+0x", text), text
        assert "error" not in text and text.count("BUG:") == 1, text
    machine.cmd("pcp drain")
    assert BALANCE.search(machine.cmd("balance"))[0] == before


def test_help_has_examples_that_work(boot):
    machine = boot(mem="128M")
    for command in ("page", "map", "zoneinfo", "meminfo", "vmstat", "buddyinfo", "explain"):
        text = machine.cmd(f"help {command}")
        example = re.search(rf"(?m)({command} .*|{command})$", text.split("xample")[1])[1]
        assert "error" not in machine.cmd(example.strip())
