"""
test_hurt.py - garbage in one place: each command says in a line what cannot be read, and shows all else

    a machine with some of everything: each command's answer          sound
    gdb writes one word: each command's answer again                  hurt, then put back

A row of the table says which commands meet the word, what they say of it, and how many lines of their sound answer
may be missing.  Where a walk might not end, every command is tried.  None shows an error of Python's.
"""

import re
from typing import NamedTuple

import pytest

from machine import LONG_LIMIT
from session import COMMANDS, ask
from test_commands import set_up

# These go through all frames; what they meet of a hurt machine is test_corruption.py's.
SLOW = ("check", "balance", "meminfo", "map", "map 0x60100")
FREE_LIST = "node_zones[1].free_area[$order].free_list"
CACHE = "((struct kmem_cache *)$cache)"
SLAB = f"((struct slab *){CACHE}->node[0].partial.next)"
SLOT = "'kernel/shell/handle.c'::slots"
LOG = "'kernel/printk.c'::"
ALL = [*(line for line in COMMANDS if line not in SLOW), "slab kmalloc-104", "slab-of $object", "slab-of $stocked",
       "explain $object", "explain $area", "page $object", "buddy Normal 10", f"each list {FREE_LIST} page lru",
       "each slabs kmalloc-104", "each objects kmalloc-104", "each objects kmalloc-104 free", "each caches",
       "percpu $handle", "percpu pagesets", "each areas -- output $it->pages[0]"]
NOWHERE = "Cannot access memory at address 0x[0-9a-f]{2}: not mapped, or not set up yet at this stop$"


class Row(NamedTuple):
    where: str
    word: str
    says: dict  # command -> (words, lines of the sound answer that may be missing)
    all: bool = False  # Are all other commands to be tried as well?  Cycles, and counts that are no counts

    def commands(self):
        return ALL if self.all else [*self.says]


ROWS = [
    # what the prompt has handed out
    Row(f"{SLOT}[0].kind", "0x10", {"allocs": (f"^#1: {NOWHERE}", 1)}),
    Row(f"{SLOT}[0].object", "0", {"allocs": ("^#1: corrupted: its object, 0x00000000, is no struct page$", 1)}),
    Row(f"{SLOT}[2].object", "0x20000000", {
        "allocs": ("^#3: corrupted: its object, 0x20000000, is no address of lowmem$", 1)}),
    Row(f"{SLOT}[$text - 1].object", "0xc0000000", {"allocs": (r"^#\d+ kstrdup .* text=\"\ufffd|^#\d+: ", 1)}),
    # caches, slabs, objects
    Row(f"{CACHE}->array[0]", "0x10", {
        "slab": (f"^kmalloc-104: {NOWHERE}", 1), "slab kmalloc-104": (f"^CPU 0: {NOWHERE}", 9),
        "slab-of $object": ("of cache kmalloc-104: in use$", 0)}),
    Row(f"{CACHE}->chain.prev", f"(int)&{CACHE}->chain", {
        "slab": (r"its prev is 0x\w+, whose next is 0x\w+: the list is cyclic, it was passed before; what lies behind",
                 999),
        "each caches": ("the list is cyclic", 999)}, all=True),
    Row(f"{CACHE}->chain.prev", "0x10", {"slab": ("leads to 0x00000010, which cannot be read; what lies behind", 999)}),
    Row(f"{SLAB}->list.next", f"(int){SLAB}", {
        "slab kmalloc-104": ("the list is cyclic", 9), "each slabs kmalloc-104": ("the list is cyclic", 9),
        "each objects kmalloc-104": ("the list is cyclic", 99)}, all=True),
    Row(f"{SLAB}->shape", "77", {"slab kmalloc-104": (r"^slab 0x\w+: corrupted: its shape is 77, and there are", 9)}),
    Row(f"{SLAB}->bufctl[{SLAB}->free]", f"{SLAB}->free", {
        "slab kmalloc-104": (r"^  the freelist is cyclic: it meets object \d+ twice: what is drawn as in use", 9),
        "slab-of $object": (r"in use, or free: the freelist is cyclic", 1),
        "each objects kmalloc-104 free": ("which of its objects are free is not known, so they are not shown", 99)}),
    Row(f"{SLAB}->free", "0xf0", {
        "slab kmalloc-104": (r"^  the freelist leaves the slab: index 240 of \d+: what is drawn", 9)}),
    Row("$pfn_to_page($pfn)->mapping", "0x10", {
        "slab-of $object": (NOWHERE, 1), "explain $object": (f"^slab: {NOWHERE}", 1),
        "page $object": (f"^slab: {NOWHERE}", 2)}),
    Row("$pfn_to_page($pfn)->private", "0x10", {
        "slab-of $object": (NOWHERE, 1), "explain $object": (f"^slab: {NOWHERE}", 1)}),
    # areas
    Row("vmlist.next->next", "(int)vmlist.next", {
        "vmap": ("no neighbour above it: the list is cyclic, it was passed before; what lies behind", 99),
        "each areas": ("the list is cyclic", 9999), "explain $area": ("^vmap: corrupted: .* the list is cyclic", 2)},
        all=True),
    Row("vmlist.next->next", "0x10", {"vmap": ("next leads to 0x00000010, where nothing is; what lies behind", 99)}),
    Row("((struct vm_struct *)$area_struct)->pages", "0x10", {
        "each areas -- output $it->pages[0]": (r"^0x\w+: Cannot access memory at address 0x10", 1)}),
    # zones and their lists
    Row("node_zones[1].name", "0x10", {
        "zones": ("zone 1, whose name cannot be read ", 2), "buddy": ("zone 1, whose name cannot be read", 1),
        "pcp": ("zone 1, whose name cannot be read", 1), "page $object": (NOWHERE, 99),
        "explain $object": (f"^page: {NOWHERE}", 9)}),
    Row("node_zones[1].zone_pgdat", "0x10", {"zones": ("Normal", 0), "buddy": ("Normal", 0), "pcp": ("Normal", 0)}),
    Row(f"{FREE_LIST}.next->next", f"(int){FREE_LIST}.next", {
        "buddy Normal 10": ("the list is cyclic", 999),
        f"each list {FREE_LIST} page lru": ("the list is cyclic", 9999)}, all=True),
    # what CPUs have of their own
    Row("__per_cpu_offset[0]", "0x10000000", {"pcp": ("^  Normal cpu 0: Cannot access memory", 99),
                                              "percpu pagesets": ("^  CPU 0: Cannot access memory", 9)},
        all=True),
    Row('$per_cpu("percpu_root", 0).leaf[0]', "0x10", {"percpu $handle": (f"^  CPU 0: {NOWHERE}", 9)}),
    Row("percpu_slots.leaf[0].notes", "0x10", {"percpu $handle": (f"^object 0x\\w+: {NOWHERE}", 9)}),
    Row('$per_cpu("kmap_stack", 0).depth', "99", {"kmap": ("kmap_local, CPU 0: 99 of 16 slots", 1)}),
    # counts
    Row("nr_cpu_ids", "0x7fffffff", {"percpu pagesets": ("nr_cpu_ids is 2147483647, and there is room for 4", 9)},
        all=True),
    Row("nr_nodes", "0x7fffffff", {"slab kmalloc-104": ("nr_nodes is 2147483647, and there is room for", 9)},
        all=True),
    Row("boot_info.nr_banks", "0x7fffffff", {"page 0x60100": ("boot_info.nr_banks is 2147483647, and there is", 99)},
        all=True),
    Row("boot_info.nr_reserved", "0x7fffffff", {"early": ("boot_info.nr_reserved is 2147483647, and there is", 9)}),
    Row("'mm/early/records.c'::boot_records.nr", "0x7fffffff", {
        "early": ("boot_records.nr is 2147483647, and there is", 999)}, all=True),
    # what was found and taken at boot
    Row("boot_info.reserved[0].name", "0x10", {"early": (r"\(its name cannot be read\)", 1)}),
    Row("'mm/early/records.c'::boot_records.record[3].fate", "99", {"early": (r"fate 99\?$", 1)}),
    # windows
    Row("arch_devices[0].name", "0x10", {"fixmap": (rf"^ +\d+: {NOWHERE}", 1)}),
    Row("pkmap.slot", "0x10", {"kmap": ("^pkmap: Cannot access memory", 9)}),
    # the log
    Row(f"((struct record *)({LOG}ring + {LOG}head % sizeof({LOG}ring)))->length", "0x7fff", {
        "dmesg": ("the log's ring is corrupted here, or halfway through a change", 999)}),
    Row(f"{LOG}head", "5", {"dmesg": ("", 999)}),
    # mem_map itself
    Row("mem_map", "0x10", {"page 0x60100": ("Cannot access memory", 99)}, all=True),
]


def variables(machine, server):
    """gdb's command that finds what the setup made."""
    told = "\n".join([*set_up(machine), machine.cmd("repeat 2 alloc kmalloc 100")])
    numbers = re.findall(r"^#(\d+) kmalloc size=100 .*va=(0x\w+)", told, re.MULTILINE)
    machine.cmd(f"free #{numbers[-1][0]}")
    string = re.search(r"^#(\d+) kstrdup", told, re.MULTILINE)[1]
    area = re.search(r"^#5 vmalloc .*va=(0x\w+)", told, re.MULTILINE)[1]
    handle = re.search(r"ptr=(0x\w+)", told)[1]
    return ("python import crumb.slab as s, crumb.vmap as v; put = gdb.set_convenience_variable; "
            "zone = gdb.parse_and_eval('node_zones[1]'); "
            "put('order', max(o for o in range(11) if int(zone['free_area'][o]['nr_free']))); "
            "put('cache', s.cache_named('kmalloc-104').value.address); "
            f"put('area_struct', [a for a in v.areas() if int(a['addr']) == {area}][0].address); "
            f"put('object', {numbers[0][1]}); put('stocked', {numbers[-1][1]}); put('area', {area}); "
            f"put('pfn', ({numbers[0][1]} - 0x60000000) >> 12); put('handle', {handle}); put('text', {string})")


class Table:
    """What each command said of the sound machine, and of each row's."""

    def __init__(self, machine, server):
        commands = [variables(machine, server), "set language c"]
        commands += [f"crumb {line}" for line in ALL]
        for row in ROWS:
            commands += [f"set $at = &({row.where})", "set $was = *$at", f"set var *$at = {row.word}",
                         *(f"crumb {line}" for line in row.commands()), "set var *$at = $was"]
        answers = [answer for _, answer in ask(server, *commands, "crumb check", limit=LONG_LIMIT).all]
        self.last = answers[-1]
        self.begun = answers[:2]
        self.sound = dict(zip(ALL, answers[2:]))
        self.hurt, at = [], 2 + len(ALL)
        for row in ROWS:
            self.hurt.append((answers[at:at + 3], dict(zip(row.commands(), answers[at + 3:]))))
            at += len(row.commands()) + 4


@pytest.fixture(scope="module")
def table(served):
    return Table(*served(mem="64M", append="lowmem=32M"))


def test_the_machine_is_sound_before_and_after(table):
    assert table.begun[0] == "" and table.last.endswith("all sound"), (table.begun, table.last)
    for line, answer in table.sound.items():
        assert answer and "cannot be read" not in answer and "corrupted" not in answer, (line, answer)


@pytest.mark.parametrize("nth", range(len(ROWS)), ids=[f"{row.where} = {row.word}" for row in ROWS])
def test_what_is_hurt_is_said_and_all_else_shown(table, nth):
    row, (placed, hurt) = ROWS[nth], table.hurt[nth]
    assert placed == ["", "", ""], placed
    for line, (said, missing) in row.says.items():
        assert re.search(said, hurt[line], re.MULTILINE), (line, hurt[line])
        lost = [part for part in table.sound[line].splitlines() if part not in hurt[line].splitlines()]
        assert len(lost) <= missing, (line, lost, hurt[line])
    for line, answer in hurt.items():
        for raw in ("Traceback", "Python Exception", "makes no sense", "Error occurred"):
            assert raw not in answer, (line, answer)


EXTENTS = (("node_zones[1].spanned_pages", "-1"), ("node_zones[1].zone_start_pfn", "-1"), ("mem_map_pages", "-1"),
           ("node_zones[1].present_pages", "-1"), ("max_pfn", "-1"))


@pytest.mark.parametrize("where, word", EXTENTS)
def test_what_has_no_end_is_shown_as_far_as_there_are_frames(served, where, word):
    """What goes through all frames goes through those that there are, and says which number is wrong."""
    _, server = served(mem="32M")
    walks = [f"crumb {line}" for line in ("map", "map Normal", "balance", "meminfo", "check page")]
    sound = ask(server, *walks, held=True)
    hurt = ask(server, f"set $was = {where}", f"set var {where} = {word}", *walks, f"set var {where} = $was")
    for line in walks:
        assert len(hurt[line].splitlines()) <= len(sound[line].splitlines()) + 30, (line, hurt[line][:2000])
        assert "Traceback" not in hurt[line] and "could not be read" not in hurt[line], hurt[line]
    assert "page: W6: " in hurt["crumb check page"], hurt["crumb check page"]
