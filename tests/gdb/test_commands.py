"""
test_commands.py - each command of tools/gdb says what the kernel's own shell says

One machine with something of every family in it; its shell is asked first, then gdb, at the same prompt.
"""

import contextlib
import re

import pytest

from session import ask

SETUP = ["alloc pages 2", "alloc pages 1 highmem", "kmalloc 100", "alloc percpu 20", "alloc vmalloc 10000",
         "alloc kmap #2", "fixmap set 3 0x10000000",
         "kmalloc 100000", "kmalloc 0", "alloc vmalloc 5000 exec", "alloc vmalloc 5000 ro", "alloc bulk 5",
         "alloc kmap #1", "alloc ioremap 0x10009000 4096", "kstrdup Grüße", "cache create 'two words' 72",
         "alloc cache 'two words'", "pool create spare 4 kmalloc 256", "alloc pool spare", "alloc fixmap 0 #1",
         "alloc vmap #1 #2", "cache create odd 22", "alloc cache odd", "alloc percpu 9000"]
# what the shell says      what gdb says
SAME = {
    "buddyinfo": "crumb buddy", "buddyinfo Normal": "crumb buddy Normal", "pcp": "crumb pcp",
    "slabinfo": "crumb slab", "cache info kmalloc-128": "crumb slab kmalloc-128", "dmesg": "crumb dmesg",
    "fixmap": "crumb fixmap", "cat /proc/kernel_page_tables": "crumb pgtables",
    "cat /proc/vmallocinfo": "crumb vmap", "allocs": "crumb allocs", "balance": "crumb balance",
    "meminfo": "crumb meminfo", "meminfo High": "crumb meminfo High", "map": "crumb map", "map dma": "crumb map dma",
    "map 0x60123": "crumb map 0x60123", "md 0xc0010000 10": "crumb md 0xc0010000 10",
    "md 0xc0010002 9 2": "crumb md 0xc0010002 9 2", "md start_kernel 3 1": "crumb md start_kernel 3 1",
}
WALKS = ["0xc0010000", "0xc1400000", "0xf0900000", "0x1000", "0xffc80018", "0xbfe00000", "start_kernel"]
# Image, fixmap, kmap, per-CPU handles, mem_map and its own pages, stacks and their guards, a hole between areas
EXPLAINED = ["0xc0018000", "0xffc80018", "0xffc80000", "0xffdff000", "0xbfe00010", "0xbfe05010", "0x40000000",
             "0x40000405", "0x4000f000", "0x1000", "node_zones", "shell_run_line", "kmap_stack", "svc_stack",
             "svc_stack_top", "emergency_stack_top", "0xff700000", "0xc1010805", "0x60000000"]
# What is at an address is told in these words
EXPLAINS = ("region: ", "image: ", "symbol: ", "page: ", "history: ", "device: ", "early: ", "mem_map: ", "slab: ",
            "vmap: ", "percpu: ", "ioremap: ", "slot ", "in the ")


class Both:
    """The machine's own answers and gdb's."""

    def __init__(self, machine, server):
        made = set_up(machine)
        self.pfn = int(re.search(r"pfn=(0x\w+)", made[0])[1], 16)
        self.high = int(re.search(r"pfn=(0x\w+)", made[1])[1], 16)
        self.object = int(re.search(r"va=(0x\w+)", made[2])[1], 16)
        self.handle, self.copy = re.search(r"ptr=(0x\w+) cpu0=(0x\w+)", made[3]).groups()
        self.area = int(re.search(r"va=(0x\w+)", made[4])[1], 16)
        self.odd = int(re.search(r"va=(0x\w+)", made[SETUP.index("alloc cache odd")])[1], 16)
        self.wide = int(re.search(r"ptr=(0x\w+)", made[SETUP.index("alloc percpu 9000")])[1], 16)
        self.device = int(re.search(r"va=(0x\w+)", made[SETUP.index("alloc ioremap 0x10009000 4096")])[1], 16)
        self.freed = machine.cmd("alloc vmalloc 20000")
        machine.cmd(f"free {self.freed.partition(' ')[0]}")
        asked = [*SAME, *(f"pt {va}" for va in WALKS), *(f"page {pfn:#x}" for pfn in self.pages()),
                 *(f"explain {va}" for va in [*EXPLAINED, *self.addresses()]),
                 "early", "cat /proc/pkmap", "percpu show kmap_stack", "cat /proc/zoneinfo"]
        self.shell = {line: plain(machine.cmd(line)) for line in asked}
        self.gdb = ask(server, *SAME.values(), *(f"crumb pt {va}" for va in WALKS),
                       *(f"crumb page {pfn:#x}" for pfn in self.pages()),
                       *(f"crumb explain {va}" for va in [*EXPLAINED, *self.addresses()]),
                       f"crumb slab-of {self.object + 5:#x}", "crumb early", "crumb kmap", "crumb zones",
                       "crumb percpu", "crumb percpu kmap_stack", f"crumb percpu {self.handle}", "crumb check",
                       f"crumb percpu {self.handle}+5", f"crumb percpu {self.handle}+20", "crumb percpu &kmap_stack",
                       "crumb percpu 5",
                       "crumb buddy HighMem 10", "crumb buddy Normal 99", "crumb buddy Mars", "crumb page 7",
                       "crumb slab nosuch", "crumb slab-of 0x1000", "crumb percpu jiffies_nobody",
                       f"print $page_to_pfn($pfn_to_page({self.pfn:#x})) == {self.pfn}",
                       f"print/x $va_to_pa({self.area:#x})", f"print/x $va_to_pa({self.object:#x})",
                       "print $va_to_pa(0x1000)", "print $pfn_to_page(1)",
                       'print &$per_cpu("kmap_stack", 0)', "print &$per_cpu(kmap_stack, 0)",
                       f"print/x &$per_cpu((char *){self.handle}, 0)", 'print $per_cpu("kmap_stack", 7)',
                       f"print *$pfn_to_page({self.pfn:#x})", f"print *$pfn_to_page({self.pfn + 1:#x})",
                       "print node_zones[1]", "print cache_cache", "print cache_chain",
                       "print node_zones[0].free_area[0]",
                       "help crumb")

    def pages(self):
        return [self.pfn, self.pfn + 1, self.high, 0x60018]

    def addresses(self):
        freed = int(re.search(r"va=(0x\w+)", self.freed)[1], 16)
        return [f"{va:#x}" for va in (self.object + 3, self.area + 4096, self.area + 3 * 4096, freed, self.device + 8,
                                      int(self.copy, 16) + 7, *self.behind())]

    def behind(self):
        """The last byte of what was asked for, and addresses behind it that are still the object's own."""
        return [start + byte for start, size, room in ((self.odd, 22, 24), (int(self.handle, 16), 20, 8192),
                                                       (self.wide, 9000, 32768), (int(self.copy, 16), 20, 32))
                for byte in (size - 1, size, room - 1)]


def set_up(machine):
    """What the machine says of each line of SETUP; its console is taken for Latin-1, and is UTF-8."""
    told = [machine.cmd(line.encode().decode("latin-1")) for line in SETUP]
    assert not any("error" in answer for answer in told), told
    return told


def plain(text):
    """Lines without blanks at their ends, in the letters that a UTF-8 terminal shows."""
    lines = "\n".join(line.rstrip() for line in text.strip("\n").splitlines())
    with contextlib.suppress(UnicodeError):
        return lines.encode("latin-1").decode()
    return lines


def lines_of(text, *beginnings):
    return [line for line in text.splitlines() if line.startswith(beginnings)]


def unsized(text):
    """kallsyms measures to the next symbol, DWARF to a function's end."""
    return re.sub(r"(\+0x\w+)/0x\w+", r"\1", text)


@pytest.fixture(scope="module")
def both(served):
    return Both(*served(mem="64M", append="lowmem=32M"))


@pytest.mark.parametrize("line", [line for line in SAME if "vmallocinfo" not in line and "slabinfo" not in line])
def test_says_the_same(both, line):
    assert both.shell[line]
    assert plain(both.gdb[SAME[line]]) == both.shell[line]


def test_slabinfo(both):
    """But for the first line, a version."""
    shell, found = both.shell["slabinfo"].splitlines(), both.gdb["crumb slab"].splitlines()
    assert found == shell[1:] and any(line.startswith("kmalloc-128 ") for line in found)


def test_areas(both):
    shell, found = unsized(both.shell["cat /proc/vmallocinfo"]), unsized(both.gdb["crumb vmap"])
    assert shell.splitlines() == found.splitlines()[:-1] and "vmalloc" in shell
    assert found.splitlines()[-1] == f"areas: {len(shell.splitlines())}"


@pytest.mark.parametrize("va", WALKS)
def test_page_walk(both, va):
    """The same entries, found in physical memory instead."""
    def normal(text):
        """An entry's lowmem address and its physical one agree in the lower bits."""
        return re.sub(r"( level +\[ *\d+\] at) (\w+)",
                      lambda m: f"{m[1]} {int(m[2], 16) & 0x1fffffff:08x}", text)

    shell, found = both.shell[f"pt {va}"], both.gdb[f"crumb pt {va}"]
    assert "page walk for" in shell and normal(plain(found)) == normal(shell)
    assert re.search(r"at 6\w{7} = ", found)


def test_page(both):
    for pfn in both.pages():
        shell, found = both.shell[f"page {pfn:#x}"], both.gdb[f"crumb page {pfn:#x}"]
        assert found.splitlines()[:3] == shell.splitlines()[:3]
        assert lines_of(found, "history: ") == lines_of(shell, "history: ")
        words = r"^ +(\d+) +(\w+) +(\w{8})"
        assert re.findall(words, found, re.MULTILINE) == re.findall(words, shell, re.MULTILINE)
        zone, state, order = re.search(r"value +\d+ +(\S+).* (\w+) +(\d+)$", shell, re.MULTILINE).groups()
        assert f"zone {zone}" in found and f"state {state}, order {order}" in found
    assert "neither a frame of this machine" in both.gdb["crumb page 7"]


def test_explain(both):
    """Every line that the shell says of an address, each family its own."""
    told = set()
    for va in [*EXPLAINED, *both.addresses()]:
        shell, found = both.shell[f"explain {va}"], both.gdb[f"crumb explain {va}"]
        wanted = sorted(lines_of(unsized(shell), *EXPLAINS))
        assert wanted and wanted == sorted(unsized(found).split("\npage walk")[0].splitlines()), (va, shell, found)
        told.update(line.partition(" ")[0] for line in wanted)
    assert told >= {word.partition(" ")[0] for word in EXPLAINS} - {"history:"}


def test_what_lies_behind_an_object_is_no_byte_of_it(both):
    """Rounding leaves bytes there: of an object of a cache, of a per-CPU pointer's slot, of a CPU's copy."""
    told = [re.findall(r"^(?:slab|percpu): (.*?) of object", both.shell[f"explain {va:#x}"], re.MULTILINE)
            for va in both.behind()]
    assert told == [["byte 21"], ["+0x0 behind the end"], ["+0x1 behind the end"],
                    ["byte 19"], ["+0x0 behind the end"], ["+0x1feb behind the end"],
                    ["byte 8999"], ["+0x0 behind the end"], ["+0x5cd7 behind the end"],
                    ["byte 19", "byte 19"], ["byte 20", "+0x0 behind the end"],
                    ["byte 31", "+0xb behind the end"]]


def test_slab_of(both):
    said = both.gdb[f"crumb slab-of {both.object + 5:#x}"]
    assert re.fullmatch(rf"slab: byte 5 of object \d+ at {both.object:#x} of cache kmalloc-104: in use", said)
    assert "is not in a slab" in both.gdb["crumb slab-of 0x1000"]
    assert "no such cache" in both.gdb["crumb slab nosuch"]


def test_early(both):
    """What was found and taken, record by record."""
    shell, found = both.shell["early"], both.gdb["crumb early"]
    assert plain(found[found.index("found in RAM"):]) == shell[shell.index("found in RAM"):]
    given = re.search(r"\+ +(\d+) +\d+$", shell, re.MULTILINE)[1]
    assert f", {given} pages given to the page allocator" in found


def test_kmap(both):
    slots = r"^ +(\d+)  (0x\w+)  (0x\w+) +(\d+)  (\S+)$"
    shell, found = (re.findall(slots, text, re.MULTILINE) for text in
                    (both.shell["cat /proc/pkmap"], both.gdb["crumb kmap"]))
    assert shell == found and len(found) == 1 and int(found[0][2], 16) == both.high
    assert "kmap_local, CPU 0: 0 of 16 slots" in both.gdb["crumb kmap"]


def test_zones(both):
    blocks = re.findall(r"zone +(\w+)\n(?:  per-node stats\n(?: +nr_\w+ \d+\n)+)?"
                        r"  pages free +(\d+)\n +min +(\d+)\n +low +(\d+)\n +high +(\d+)\n +spanned +\d+\n"
                        r" +present +(\d+)\n +managed +(\d+)", both.shell["cat /proc/zoneinfo"])
    rows = re.findall(r"^ +\d+  (\w+) +0x\S+ +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) ", both.gdb["crumb zones"],
                      re.MULTILINE)
    assert len(rows) == 3
    assert sorted(rows) == sorted((name, present, managed, free, low, mid, high)
                                  for name, free, low, mid, high, present, managed in blocks)


def test_free_blocks_of_an_order(both):
    count = int(re.search(r"HighMem.* (\d+)$", both.shell["buddyinfo"], re.MULTILINE)[1])
    said = both.gdb["crumb buddy HighMem 10"]
    assert f"order 10: {count} free blocks" in said and len(re.findall(r"^  pfn 0x\w+$", said, re.MULTILINE)) == count
    assert "not an order from 0 to 10" in both.gdb["crumb buddy Normal 99"]
    assert "no such zone" in both.gdb["crumb buddy Mars"]


def test_percpu(both):
    where = re.search(r"CPU 0  (0x\w+)", both.shell["percpu show kmap_stack"])[1]
    assert re.search(rf"CPU 0  {where}  {{.*\bdepth = 0,", both.gdb["crumb percpu kmap_stack"])
    assert re.search(rf"object .*, 20 bytes\n  CPU 0  {both.copy}  (00 ){{19}}00$",
                     both.gdb[f"crumb percpu {both.handle}"])
    within = f"{int(both.copy, 16) + 5:#x}"
    assert re.fullmatch(rf"percpu: byte 5 of object .* \(20 bytes\)\n  CPU 0  {within}  (00 ){{14}}00",
                        both.gdb[f"crumb percpu {both.handle}+5"])
    assert re.fullmatch(r"percpu: \+0x0 behind the end of object .* \(20 bytes\)",
                        both.gdb[f"crumb percpu {both.handle}+20"])
    assert re.fullmatch(rf"percpu: byte 0 of variable kmap_stack, as linked\n  CPU 0  {where}  (\w\w ){{32}}\.\.\.",
                        both.gdb["crumb percpu &kmap_stack"])
    assert both.gdb["crumb percpu 5"] == "5: neither a per-CPU variable nor a per-CPU pointer"
    assert "CPU 0: area" in both.gdb["crumb percpu"]
    for expression in ('print &$per_cpu("kmap_stack", 0)', "print &$per_cpu(kmap_stack, 0)"):
        assert both.gdb[expression].endswith(where)
    assert both.gdb[f"print/x &$per_cpu((char *){both.handle}, 0)"].endswith(both.copy)
    assert "CPU 7: this machine has 1" in both.gdb['print $per_cpu("kmap_stack", 7)']


def test_functions(both):
    assert both.gdb[f"print $page_to_pfn($pfn_to_page({both.pfn:#x})) == {both.pfn}"] == "$1 = 1"
    assert both.gdb[f"print/x $va_to_pa({both.object:#x})"].endswith(f"{both.object - 0xc0000000 + 0x60000000:#x}")
    walk = both.shell[f"explain {both.addresses()[1]}"]
    assert re.search(r"physical \w+000, ", walk)
    assert re.search(r"= 0x6\w+000$", both.gdb[f"print/x $va_to_pa({both.area:#x})"])
    assert "is not mapped" in both.gdb["print $va_to_pa(0x1000)"]
    assert "no RAM, and no struct page" in both.gdb["print $pfn_to_page(1)"]


def test_printers(both):
    head, tail = (both.gdb[f"print *$pfn_to_page({pfn:#x})"] for pfn in (both.pfn, both.pfn + 1))
    assert f"{{pfn {both.pfn:#x}, Normal: used, the head of 4 pages (order 2" in head
    assert f"page 2 of 4 (order 2); the head is pfn {both.pfn:#x}" in tail
    assert re.search(r"{zone Normal of node 0: \d+ pages from pfn 0x61000, \d+ managed, \d+ free, lock free}",
                     both.gdb["print node_zones[1]"])
    assert re.search(r"{cache kmem_cache: objects of \d+ bytes, \d+ in a slab of \d+ pages?}",
                     both.gdb["print cache_cache"])
    caches = len(both.shell["slabinfo"].splitlines()) - 2
    assert both.gdb["print cache_chain"].endswith(f"{{list of {caches}}}")
    assert re.search(r"free_list = {(list of \d+|empty list)}, nr_free = \d+",
                     both.gdb["print node_zones[0].free_area[0]"])


def test_check_finds_nothing_wrong(both):
    said = both.gdb["crumb check"]
    assert said.splitlines() == [f"{name}: sound" for name in
                                 ("balance", "early", "fixmap", "kmap", "kmap_local", "mempool", "page", "pcp",
                                  "percpu", "slab", "vmap")] + \
        ["check: 11 of 11 families are there, all sound"]


def test_each_command_is_listed_and_has_help(both):
    listed = set(re.findall(r"^crumb ([\w-]+) -- \S", both.gdb["help crumb"], re.MULTILINE))
    assert listed == {"allocs", "balance", "buddy", "check", "dmesg", "dump", "each", "early", "early-symbols",
                      "explain", "fault", "fixmap", "kmap", "map", "md", "meminfo", "page", "pcp", "percpu",
                      "pgtables", "pt", "regs", "slab", "slab-of", "vmap", "zones"}
