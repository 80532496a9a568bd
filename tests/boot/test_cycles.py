"""
test_cycles.py - a list that is closed to a ring, or a count that lies: who walks it comes to an end, and says so

    gdb     finds where each list's link lies, and what to write there
    mw      writes it, in a machine of its own, which boots in a moment
    then    the row's commands tell what they met; every other view and file answers as if nothing were

What becomes of memory that is handed out meanwhile is tests/gdb/test_corruption.py's.
"""

import re
from typing import NamedTuple

import pytest

from machine import PROMPT
from session import ask, elf

# Areas; objects; a pool; a slot of kmap; then pages on the CPU's lists, and a cache with an empty slab.
SETUP = ("alloc vmalloc 10000", "alloc ioremap 0x10002000 4K", "alloc kmalloc 64", "alloc percpu 60",
         "pool create spare 3 kmalloc 256", "alloc pages 0 highmem", "alloc kmap #5", "cache create cut 2000",
         "repeat 5 alloc pages 0", "repeat 40 alloc cache cut", "free " + " ".join(f"#{n}" for n in range(51, 6, -1)))
MACHINE = {"mem": "40M", "append": "lowmem=32M"}
FIND = ("python import crumb.slab as s, crumb.vmap as v, crumb.symbols as y, crumb.lists as l; "
        "put = gdb.set_convenience_variable; "
        "zone = gdb.parse_and_eval('node_zones[1]'); put('order', max(o for o in range(11) if int("
        "zone['free_area'][o]['nr_free']))); put('cache', s.cache_named('kmalloc-64').value.address); "
        "put('own', s.cache_named('kmem_cache').value.address); put('cut', s.cache_named('cut').value.address); "
        "put('pool', y.at(next(l.entries(y.value('pools', 'mempool.c'), 'mempool_s', 'list')), 'mempool_s').address); "
        "put('records', y.value('boot_records', 'records.c').address)")

HEAD = "node_zones[1].free_area[$order].free_list"
HOT = '$per_cpu("pagesets", 0)[1].pcp[0].list'
LINK = "((struct list_head *){})->next"
PARTIAL, FULL, FREE = "$cache->node[0].partial", "$own->node[0].full", "$cut->node[0].free"
SLAB = f"((struct slab *){PARTIAL}.next)"
POOL = "((struct mempool_s *)$pool)"
CYCLIC = "the list is cyclic"
CHAIN = rf"BUG: slab: broken chain of caches: .*{CYCLIC}"
CANNOT = f"error: cache: .*: the caches cannot be followed: {CYCLIC}"
NO_AREA = f"{CYCLIC}: what lies above is not shown"


class Row(NamedTuple):
    what: str
    field: str   # an lvalue
    word: str
    tells: dict  # what each command that walks it says of it


ROWS = [
    Row("areas, one", "vmlist.next->next", "(int)vmlist.next",
        {"check vmap": CYCLIC, "meminfo": rf"BUG: vmap: broken link: .*{CYCLIC}", "vmallocinfo": NO_AREA,
         "cat /proc/vmallocinfo": NO_AREA, "iomem": rf"ioremap\(\) shows is not known: {CYCLIC}",
         "explain #1": f"vmap: {CYCLIC}: no area is found", "cat /proc/meminfo": f"vmap: {CYCLIC}: what follows"}),
    Row("areas, two", "vmlist.next->next->next", "(int)vmlist.next", {"check": CYCLIC, "vmallocinfo": NO_AREA}),
    Row("free blocks", LINK.format(f"{HEAD}.next"), f"(int){HEAD}.next", {"check page": CYCLIC}),
    Row("free blocks, two", LINK.format(LINK.format(f"{HEAD}.next")), f"(int){HEAD}.next", {"check": CYCLIC}),
    Row("a CPU's pages", LINK.format(f"{HOT}.next"), f"(int){HOT}.next", {"check pcp": CYCLIC}),
    Row("a CPU's pages, two", LINK.format(LINK.format(f"{HOT}.next")), f"(int){HOT}.next", {"check": CYCLIC}),
    Row("partial slabs", LINK.format(f"{PARTIAL}.next"), f"(int){PARTIAL}.next",
        {"check slab": CYCLIC, "cache info kmalloc-64": f"the partial slabs are not shown: {CYCLIC}"}),
    Row("full slabs", LINK.format(f"{FULL}.next"), f"(int){FULL}.next",
        {"check slab": CYCLIC, "cache info kmem_cache": f"the full slabs are not shown: {CYCLIC}"}),
    Row("free slabs", LINK.format(f"{FREE}.next"), f"(int){FREE}.next",
        {"check slab": CYCLIC, "cache info cut": f"the free slabs are not shown: {CYCLIC}",
         "cache shrink cut": "BUG: slab: broken ", "cache destroy cut": "BUG: slab: ",
         "exhaust pages": "balance"}),
    Row("a freelist", f"{SLAB}->bufctl[{SLAB}->free]", f"{SLAB}->free",
        {"check slab": "the freelist meets an object twice", "cache info kmalloc-64": "objects of 64 bytes"}),
    Row("a stock's count", "$cache->array[0]->avail", "99999",
        {"check slab": "more in the stock than its limit", "cache info kmalloc-64": "99999 in stock, more than fit",
         "cache shrink kmalloc-64": "BUG: slab: broken ", "exhaust pages": "BUG: slab: broken |balance"}),
    Row("caches, one", LINK.format("cache_chain.next"), "(int)cache_chain.next",
        {"check slab": f"chain of caches: {CYCLIC}", "slabinfo": f"the caches are not shown: {CYCLIC}",
         "cat /proc/slabinfo": f"the caches are not shown: {CYCLIC}", "cache info kmalloc-64": CANNOT,
         "cache shrink cut": CANNOT, "cache destroy cut": CANNOT, "alloc cache cut": "the caches cannot be followed",
         "cache create new 64": CHAIN, "pool create new 1 cache cut": CHAIN, "exhaust pages": CHAIN}),
    Row("caches, two", LINK.format(LINK.format("cache_chain.next")), "(int)cache_chain.next",
        {"check": CYCLIC, "cache info cut": CANNOT}),
    Row("pools", f"{POOL}->list.next", f"(int)&{POOL}->list",
        {"check mempool": CYCLIC, "pool show": f"mempool: broken: .*{CYCLIC}"}),
    Row("a pool's reserve", f"{POOL}->curr_nr", "99999999",
        {"check mempool": "99999999 elements of 3", "pool show": "99999999 elements of 3"}),
    Row("early records", "((struct early_records *)$records)->nr", "99999999",
        {"check early": "records more than the table has room for", "early": "not shown: 99999935 more than fit",
         "cat /proc/early": "not shown: 99999935 more than fit"}),
    Row("a bucket of kmap", "pkmap.slot[0].next", "(int)&pkmap.slot[0]",
        {"check kmap": "is cyclic at slot 0", "alloc kmap #5": "kmap"}),
    Row("a leaf of per-CPU objects", "percpu_slots.leaf[0].first", "65535",
        {"check percpu": "S2: leaf 0", "percpu": "S2: leaf 0"}),
]

# What looks at memory, each of which may walk any of the lists; and the files of /proc, which commands show, too.
VIEWS = ("allocs", "balance", "map", "pcp show", "cache info cut", "pool show", "check", "page #5",
         *(f"explain #{n}" for n in range(1, 7)))
KEYS = ("cache info c\t\t", "slabinfo k\t\t", "alloc cache c\t\t", "pool destroy s\t\t", "check p\t\t")


class Fields(NamedTuple):
    at: dict     # of each row's what: (address, bytes, the word)
    sound: dict  # of each view: its lines when all is sound
    views: list


def views_of(machine):
    files = re.findall(r"^(/proc/\w+)", machine.cmd("ls"), re.MULTILINE)
    assert len(files) > 15
    return [*VIEWS, *(f"cat {name}" for name in files if name != "/proc/kallsyms")]


@pytest.fixture(scope="module")
def fields(served):
    machine, server = served(**MACHINE)
    for line in SETUP:
        machine.cmd(line)
    commands = [FIND]
    for row in ROWS:
        commands += [f"set $at = &({row.field})", f'printf "%#x %u %#x", $at, sizeof(*$at), (unsigned)({row.word})']
    answers = ask(server, *commands, image=elf())
    assert not answers[0], answers[0]
    at = {}
    for n, row in enumerate(ROWS):
        assert re.fullmatch(r"0x\w+ \d 0x\w+", said := answers[2 + 2 * n]), f"{row.what}: {said}"
        at[row.what] = tuple(int(word, 0) for word in said.split())
    views = views_of(machine)
    yield Fields(at, {view: machine.cmd(view).count("\n") for view in views}, views)


def closed(boot, fields, row):
    """A machine in which that is written."""
    machine = boot(**MACHINE)
    for line in SETUP:
        machine.cmd(line)
    at, size, word = fields.at[row.what]
    assert "written" in machine.cmd(f"mw {at:#x} {word:#x} {size}")
    return machine


@pytest.mark.parametrize("row", ROWS, ids=[row.what for row in ROWS])
def test_who_walks_it_says_so_and_all_come_to_an_end(boot, fields, row):
    machine = closed(boot, fields, row)
    for command, told in row.tells.items():
        assert re.search(told, machine.cmd(command)), command
    for view in fields.views:
        assert machine.cmd(view).count("\n") < fields.sound[view] + 100, view
    for keys in KEYS:
        machine.send(keys + "\x03")
        machine.expect(re.escape(PROMPT))
