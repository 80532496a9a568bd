"""
test_corruption.py - a field is overwritten: who sees it, from inside, from outside, and on use

    gdb     finds where each field of the table lies, in a machine at its prompt that has some of everything
    check   the machine's own checkers, after `mw` of the wrong word          restored, all is sound again
    crumb check   the same from outside, after gdb has written it             likewise
    use     in a machine of its own, which boots in a moment: the word is written, the row's commands meet it

Both builds go through the table.  What happens on use is a row's last words, of DEBUG=0 and of DEBUG=1:

    unnoticed     all goes on as if it were sound            no memory    refused as if memory were used up
    reported      BUG: it is named, and the machine goes on  given twice  two have the same memory, or one
    refused       BUG: and what was asked for is not done                 has what is none
    oops, panic   as they are called

Where it depends on what else is free at that moment, a row says both.

DEBUG=1 never goes on with what is broken: of these it may only refuse or report, or not notice what does no
harm; then the row says why.
"""

import re
from typing import NamedTuple

import pytest

from machine import LONG_LIMIT
from session import ask, elf

# Some of everything: pages, an area, kmalloc and per-CPU objects, a pool, a kmap, a fixmap slot.
SETUP = ("alloc pages 2", "alloc pages 0 highmem", "alloc vmalloc 10000", "alloc kmalloc 64", "alloc percpu 60",
         "pool create spare 3 kmalloc 256", "alloc kmap #2", "alloc fixmap 0 #2", "alloc kmalloc 100",
         "alloc ioremap 0x10002000 4K", "alloc vmap #2", "alloc kmalloc 100", "free #11",
         "alloc pages 9 highmem", "alloc pages 0", "alloc pages 0", "alloc pages 0", "free #13 #14 #15",
         "alloc pages 3", "free #16")
MACHINE = {"mem": "40M", "append": "lowmem=32M"}

AREA = "((struct vm_struct *)$area)"
BLOCK = "((struct page *)((long)node_zones[1].free_area[$order].free_list.next - 8))"
SLAB = "((struct slab *)$cache->node[0].partial.next)"
POOL = "((struct mempool_s *)$pool)"
HOT = '$per_cpu("pagesets", 0)[1].pcp[0]'
LEAF = "percpu_slots.leaf[0]"
STOCK = "$cache->array[0]"
TRACK = "((struct track *)($object + $cache->size - 8 - sizeof(struct track)))"

PAGES = "repeat 12 alloc pages 9"
SINGLES = "repeat 40 alloc pages 0"
OBJECTS = "repeat 100 alloc kmalloc 64"
ROUND = f"{OBJECTS}; free all; cache shrink kmalloc-64; {OBJECTS}"
PERCPU = "repeat 20 alloc percpu 60"
AREAS = "repeat 3 alloc vmalloc 10000"
KMAPS = "alloc kmap #2; alloc kmap #12"

FIXED = "it is fixed at boot, and no operation goes by it alone"
UNWOUND = "mw cannot leave a wrong depth behind: the shell puts it right after each command"

# Who else sees it.
USE, INSIDE, OUTSIDE = (), ("inside",), ("outside",)


class Row(NamedTuple):
    family: str
    where: str        # an address expression
    word: str
    size: int
    use: str          # commands that meet it; empty: no operation of an allocator does
    production: str   # what happens then, in DEBUG=0; None: there is no such field
    debug: str        # and in DEBUG=1
    why: str = ""     # that no use is made of it, or that it may go unnoticed
    seen: tuple = ("inside", "outside")  # who sees it that is not using it
    unseen: str = ""  # why the others cannot


ROWS = [
    Row("page", f"{BLOCK}->lru.next", "0xc0000000", 4, PAGES, "panic", "reported"),
    Row("page", f"{BLOCK}->lru.prev", "0xc0000000", 4, PAGES, "given twice", "reported"),
    Row("page", f"{BLOCK}->lru.next", f"(int)&{BLOCK}->lru", 4, PAGES, "given twice", "reported"),
    Row("page", f"{BLOCK}->flags", "0x04000019", 4, PAGES, "unnoticed", "reported"),
    Row("page", f"{BLOCK}->_refcount", "1", 4, PAGES, "unnoticed", "reported"),
    Row("page", f"{BLOCK}[1]._refcount", "1", 4, PAGES, "unnoticed", "reported"),
    Row("page", f"{BLOCK}[1].flags", "0x04000030", 4, PAGES, "unnoticed", "reported"),
    Row("page", "node_zones[1].free_area[$order].nr_free", "77", 4, PAGES, "given twice", "reported"),
    Row("page", "node_zones[1].free_pages", "5", 4,
        PAGES, "unnoticed", "unnoticed", "the zone seems full, so others are asked"),
    Row("page", "node_zones[1].free_pages", "99999", 4,
        PAGES, "unnoticed", "unnoticed", "what is handed out is on a list, whatever that says"),
    Row("page", "node_zones[1].free_orders", "0", 4, "repeat 12 alloc pages 3; " + PAGES, "failed", "refused"),
    Row("page", "node_zones[1].managed_pages", "5", 4,
        "", "", "", "the watermarks were made of it at boot; now it is shown and counted only"),
    Row("page", "mem_map[16]._refcount", "1", 4, "kfree 0xc0010000", "refused", "refused"),
    Row("page", "$pfn_to_page($held)->_refcount", "0", 4, "free #1; " + PAGES, "refused", "refused"),
    Row("page", "$pfn_to_page($held)->flags", "0x04000010", 4, "free #1; " + PAGES, "refused", "refused"),
    Row("page", "page_debug_map[$freed - mem_map_pfn].poison", "3", 1,
        "repeat 40 alloc pages 3", None, "reported", seen=INSIDE,
        unseen="outside, the first word of every free page would be a packet each"),
    Row("page", "*(int *)($freed * 4096 + 0x60000000)", "3", 4, "repeat 40 alloc pages 3", None, "reported",
        seen=INSIDE, unseen="as above"),
    Row("page", "*(char *)($freed * 4096 + 0x60000005)", "3", 1, "repeat 40 alloc pages 3", None, "reported", seen=USE,
        unseen="all bytes of all free pages would be read after each self-test; it is when the page is handed out"),
    Row("page", "node_zones[1].spanned_pages", "-1", 4, "", "", "", FIXED),
    Row("page", "node_zones[1].present_pages", "-1", 4, "", "", "", FIXED),
    Row("page", "node_zones[2].zone_start_pfn", "0x61fff", 4, "", "", "", FIXED),
    Row("page", "mem_map_pages", "-1", 4, "", "", "", FIXED),
    Row("page", "lowmem_end_pfn", "-1", 4, "", "", "", FIXED),
    Row("page", "max_pfn", "-1", 4, "", "", "", FIXED),
    Row("balance", "node_zones[1].managed_pages", "5", 4, "", "", "", "as above"),
    Row("pcp", f"{HOT}.may_take", "3000", 4, SINGLES, "given twice", "reported"),
    Row("pcp", f"{HOT}.may_give", "3000", 4, "alloc bulk 40; free all; " + SINGLES, "unnoticed", "reported or refused"),
    Row("pcp", f"{HOT}.count", "3000", 4, SINGLES, "given twice", "reported"),
    Row("pcp", f"{HOT}.list.next->prev", "0xc0000000", 4, SINGLES, "given twice", "reported"),
    Row("pcp", f"{HOT}.list.next", "0xc0000000", 4, SINGLES, "panic", "reported"),
    Row("pcp", f"{HOT}.list.next->next", f"(int){HOT}.list.next", 4, SINGLES, "given twice", "reported"),
    Row("percpu", f"{LEAF}.notes[0]", "0", 4, "free #5; " + PERCPU, "reported", "reported"),
    Row("percpu", f"{LEAF}.notes[{LEAF}.first]", "0", 4, PERCPU, "given twice", "reported"),
    Row("percpu", f"{LEAF}.room", "3", 2, PERCPU, "unnoticed", "reported"),
    Row("percpu", f"{LEAF}.first", "0", 2, PERCPU, "given twice", "reported"),
    Row("percpu", f"{LEAF}.table[0][0]", "0", 4, "free #5", "reported", "reported"),
    Row("percpu", f"{LEAF}.table[0][0]", "$object", 4, "free #5; " + OBJECTS, "given twice", "reported"),
    Row("percpu", f"{LEAF}.table[0][0]", "$object", 4, "free #5; " + PERCPU, "unnoticed", "reported"),
    Row("percpu", f"{LEAF}.table[0][0]", "0xc0000000", 4, "free #5; " + PERCPU, "reported", "reported"),
    Row("percpu", "nr_cpu_ids", "99", 4, "", "", "", FIXED),
    Row("percpu", "nr_cpu_ids", "2", 4, "", "", "", FIXED),
    Row("percpu", "__per_cpu_offset[1]", "0x10000", 4, "", "", "", FIXED),
    Row("slab", "$cache->size", "0", 4, "", "", "", FIXED),
    Row("slab", "$cache->object_size", "0x1000", 4, "", "", "", FIXED),
    Row("slab", "$cache->inverse", "3", 4, "", "", "", FIXED),
    Row("slab", "$cache->colour_unit", "0", 4, "", "", "", FIXED),
    Row("slab", "$cache->shape[0].num", "0", 1, "", "", "", FIXED),
    Row("slab", "$cache->shape[0].nr_colours", "0", 2, "", "", "", FIXED),
    Row("slab", f"{STOCK}->batchcount", "99", 4, "", "", "", FIXED),
    Row("slab", f"*((char *){LEAF}.table[0][0] + 64)", "0", 1, "free #5", None, "reported"),
    Row("slab", f"{SLAB}->free", "0xf0", 1, OBJECTS, "unnoticed", "reported"),
    Row("slab", f"{SLAB}->bufctl[{SLAB}->free]", "0xff", 1, OBJECTS, "unnoticed", "reported"),
    Row("slab", f"{SLAB}->bufctl[{SLAB}->free]", "0xfb", 1, OBJECTS, "unnoticed", "reported"),
    Row("slab", f"{SLAB}->bufctl[{SLAB}->free]", f"{SLAB}->free", 1, OBJECTS, "given twice", "reported"),
    Row("slab", f"{SLAB}->inuse", "1", 1, OBJECTS, "unnoticed", "reported"),
    Row("slab", f"{SLAB}->inuse", "99", 1, OBJECTS, "unnoticed", "reported"),
    Row("slab", f"{SLAB}->num", "9", 1,
        ROUND, "unnoticed", "reported"),
    Row("slab", f"{SLAB}->free_num", "0", 1,
        ROUND, "unnoticed", "unnoticed", "what is freed goes the slow way, which asks everything again"),
    Row("slab", f"{SLAB}->shape", "0", 1,
        ROUND, "unnoticed", "reported"),
    Row("slab", f"{SLAB}->shape", "77", 1,
        ROUND, "oops", "reported"),
    Row("slab", f"{SLAB}->bias", "0", 4,
        ROUND, "unnoticed", "unnoticed", "only the fast way counts with it; what it does not find goes the slow way"),
    Row("slab", "$cache->node[0].nr_objects", "9999", 4,
        ROUND, "unnoticed", "unnoticed", "it only tells whether a cache that is to go has objects in use"),
    Row("slab", f"{SLAB}->list.next", "0xc0000000", 4, OBJECTS, "unnoticed or panic", "reported"),
    Row("slab", f"{SLAB}->list.prev", "0xc0000000", 4, OBJECTS, "unnoticed or given twice or panic", "reported"),
    Row("slab", f"{SLAB}->list.next", f"(int){SLAB}", 4, OBJECTS, "unnoticed or given twice or panic", "reported"),
    Row("slab", f"{SLAB}->s_mem", "0xc0000000", 4, OBJECTS, "given twice", "reported"),
    Row("slab", f"{SLAB}->node", "0", 4, ROUND, "panic", "reported"),
    Row("slab", "$cache->node[0].free_objects", "9999", 4,
        ROUND, "unnoticed", "unnoticed", "it only decides when an empty slab is given back"),
    Row("slab", "$cache->node[0].nr_slabs", "9999", 4,
        ROUND, "unnoticed", "unnoticed", "it only tells whether a cache that is to go has objects in use"),
    Row("slab", f"{STOCK}->slot[0]", "1", 4,
        OBJECTS, "unnoticed", "unnoticed", "it is only compared with what is freed, and no object lies there"),
    Row("slab", f"{STOCK}->slot[1]", "0xc0000000", 4, OBJECTS, "reported", "reported"),
    Row("slab", f"{STOCK}->slot[1]", "$object", 4, OBJECTS, "given twice", "reported", seen=USE,
        unseen="in production nothing but a stock says that an object is free: whose it was is not written anywhere"),
    Row("slab", f"{STOCK}->avail", "99", 4, OBJECTS, "failed", "reported"),
    Row("slab", f"{SLAB}->colour_off", "3", 4,
        ROUND, "unnoticed", "unnoticed", "it only leads to the slab's first page, and does so from anywhere in it"),
    Row("slab", f"{SLAB}->colour_off", "0x2000", 4, ROUND, "reported", "reported"),
    Row("slab", "*(char *)($object + 64)", "0", 1, "free #4", None, "reported"),
    Row("slab", "*(char *)($object - 1)", "0", 1, "free #4", None, "reported"),
    Row("slab", f"*((char *){SLAB}->s_mem - 1)", "0", 1, ROUND, None, "reported"),
    Row("slab", "*(char *)($object + $cache->size - 1)", "0", 1, "free #4; " + OBJECTS, None, "reported"),
    Row("slab", "*(char *)($hundred + 100)", "0", 1, "free #8", None, "reported"),
    Row("slab", f"*((char *){STOCK}->slot[1] + 5)", "0", 1, OBJECTS, None, "reported"),
    Row("slab", f"*((char *){STOCK}->slot[1] + 63)", "0", 1, OBJECTS, None, "reported"),
    Row("slab", f"*((char *){STOCK}->slot[1] + 64)", "0", 1, OBJECTS, None, "reported"),
    Row("slab", f"{TRACK}->request", "65", 4, "free #4", None, "reported"),
    Row("slab", f"{TRACK}->alloc_by", "3", 4, "free #4", None, "reported"),
    Row("slab", f"*(int *)((long)({SLAB}->bufctl + {SLAB}->num + 3) & ~3)", "0", 4,
        ROUND, None, "reported"),
    Row("slab", f"*(int *)((long)({SLAB}->bufctl + {SLAB}->num + 3) & ~3)", "-1", 4,
        "free #4; " + OBJECTS, None, "refused"),
    Row("vmap", f"{AREA}->next", f"(int){AREA}", 4, "free #9; free #3; " + AREAS, "unnoticed", "refused"),
    Row("vmap", f"{AREA}->next", "0xc0000000", 4, "free #9; free #3; " + AREAS, "unnoticed", "refused"),
    Row("vmap", f"{AREA}->prev", "0xc0000000", 4, AREAS + "; free #3", "unnoticed", "refused"),
    Row("vmap", f"{AREA}->addr", "0xc0000000", 4, AREAS + "; free #3", "refused", "refused"),
    Row("vmap", f"{AREA}->size", "5000", 4, "free #3; " + AREAS, "unnoticed", "refused"),
    Row("vmap", f"{AREA}->size", "0x20000", 4, "free #3; " + AREAS, "unnoticed", "refused"),
    Row("vmap", f"{AREA}->flags", "1", 4, "free #3; " + AREAS, "refused", "refused"),
    Row("vmap", f"{AREA}->nr_pages", "1000", 4, "free #3; " + AREAS, "oops", "refused"),
    Row("vmap", f"{AREA}->pages", "0xc0000000", 4, "free #3; " + AREAS, "oops", "refused"),
    Row("vmap", f"{AREA}->pages[0]", "0", 4, "free #3; " + AREAS, "oops", "refused"),
    Row("vmap", f"{AREA}->pages[0]", "(int)$pfn_to_page($held)", 4, "free #3; " + SINGLES, "refused", "refused"),
    Row("vmap", "areas.nr", "99", 4, "free #3; " + AREAS, "unnoticed", "unnoticed", "it is only counted and shown"),
    Row("vmap", "*(int *)$area_pte", "0", 4, "free #3; " + AREAS, "unnoticed", "refused"),
    Row("vmap", "*(int *)$area_pte", "0x6000045f", 4, "free #3; " + AREAS, "unnoticed", "refused"),
    Row("vmap", "*(int *)$device_pte", "0", 4, "free #9; " + AREAS, "unnoticed", "refused"),
    Row("vmap", "*(int *)$device_pte", "0x6000045f", 4, "free #9; " + AREAS, "unnoticed", "refused"),
    Row("vmap", "*(int *)$map_pte", "0", 4, "free #10; " + AREAS, "unnoticed", "refused"),
    Row("vmap", "*(int *)$map_pte", "0x1000045f", 4, "free #10; " + AREAS, "unnoticed", "refused"),
    Row("vmap", "*(int *)($map_pte + 4)", "0x6000045f", 4, "free #10; " + AREAS, "unnoticed", "refused"),
    Row("kmap", "pkmap.slot[0].count", "0", 4, "free #6; " + KMAPS, "refused", "refused"),
    Row("kmap", "pkmap.slot[0].page", "5", 4, "free #6; " + KMAPS, "refused", "refused"),
    Row("kmap", "pkmap.pte[0]", "0", 4, KMAPS, "unnoticed", "reported"),
    Row("kmap", "pkmap.pte[0]", "0x6000045f", 4, KMAPS, "unnoticed", "reported"),
    Row("kmap", "pkmap.pte[1]", "0x6000045f", 4, KMAPS, "unnoticed", "reported"),
    Row("kmap", "pkmap.slot[0].next", "(int)&pkmap.slot[0]", 4, KMAPS, "reported", "reported"),
    Row("kmap_local", '*$per_cpu("kmap_stack", 0).pte', "0x6000045f", 4, "kmap_local", "unnoticed", "reported"),
    Row("kmap_local", '$per_cpu("kmap_stack", 0).depth', "5", 4, "kmap_local", "reported", "reported", seen=OUTSIDE,
        unseen=UNWOUND),
    Row("kmap_local", '$per_cpu("kmap_stack", 0).depth', "99", 4, "kmap_local", "reported", "reported", seen=OUTSIDE,
        unseen=UNWOUND),
    Row("kmap_local", '$per_cpu("kmap_stack", 0).depth', "-1", 4, "kmap_local", "reported", "reported", seen=OUTSIDE,
        unseen=UNWOUND),
    Row("fixmap", "(*$setby)[$slot]", "0", 4, "free #7", "refused", "refused"),
    Row("fixmap", "*(int *)$fixmap_pte", "0", 4,
        "free #7", "unnoticed", "unnoticed", "what is to be cleared is clear"),
    Row("fixmap", "*(int *)$clear_pte", "0x6000045f", 4, "alloc fixmap 1 #2", "unnoticed", "refused"),
    Row("mempool", f"{POOL}->curr_nr", "99", 4, "repeat 8 pool alloc spare; pool destroy spare", "refused", "refused"),
    Row("mempool", f"{POOL}->min_nr", "99", 4,
        "repeat 8 pool alloc spare; pool destroy spare", "refused", "refused", seen=OUTSIDE,
        unseen="inside, nobody tells how much room an allocator's own object has"),
    Row("mempool", f"{POOL}->magic", "1", 4, "repeat 8 alloc pool spare; pool destroy spare", "refused", "refused"),
    Row("mempool", f"{POOL}->elements", "$object", 4,
        "pool resize spare 9; pool destroy spare; " + OBJECTS, "given twice", "reported"),
    Row("mempool", f"{POOL}->elements[0]", "0", 4, "pool destroy spare", "unnoticed", "reported"),
    Row("mempool", f"{POOL}->elements[0]", f"(int){POOL}->elements[1]", 4,
        "pool destroy spare; repeat 9 alloc kmalloc 256", "reported", "reported"),
    Row("early", "(*$records)[0].size", "0", 4, "", "", "", "records are only shown, after the hand-over"),
    Row("early", "(*$records)[0].start", "0x20000000", 4, "", "", "", "as above"),
    Row("early", "nr_nodes", "99", 4, "", "", "", FIXED),
    Row("early", "node_data[0].node_present_pages", "5", 4, "", "", "", FIXED),
    Row("early", "node_data[0].node_id", "3", 4, "", "", "", FIXED),
    Row("early", "boot_info.bank[0].size", "0x1000", 4,
        "free #1; free #6; alloc kmap #12", "reported", "refused"),
]


def is_there(row, build):
    return build == "debug" or row.production is not None


def prepare(machine):
    return "\n".join(machine.cmd(line) for line in SETUP)


def variables(told):
    """gdb's command that finds what the setup made."""
    def number(handle, word):
        return re.search(rf"#{handle} .* {word}=(0x[0-9a-f]+)", told)[1]
    area, device, mapped, fix = (number(handle, "va") for handle in (3, 9, 10, 7))
    return ("python import crumb.slab as s, crumb.vmap as v, crumb.tables as t, crumb.symbols as y, crumb.lists as l; "
            "put = gdb.set_convenience_variable; "
            "zone = gdb.parse_and_eval('node_zones[1]'); "
            "pte = lambda va: t.Mmu().walk(va)[1].at + 0x60000000; "
            "put('order', max(o for o in range(11) if int(zone['free_area'][o]['nr_free']))); "
            "put('cache', s.cache_named('kmalloc-64').value.address); "
            f"put('area', [a for a in v.areas() if int(a['addr']) == {area}][0].address); "
            f"put('area_pte', pte({area})); put('device_pte', pte({device})); put('map_pte', pte({mapped})); "
            f"put('fixmap_pte', pte({fix})); put('clear_pte', pte({fix}) + 4); "
            f"put('held', {number(1, 'pfn')}); put('freed', {number(16, 'pfn')}); "
            f"put('object', {number(4, 'va')}); put('hundred', {number(8, 'va')}); "
            "pool = next(l.entries(y.value('pools', 'mempool.c'), 'mempool_s', 'list')); "
            "put('pool', y.at(pool, 'mempool_s').address); "
            "put('records', y.value('boot_records', 'records.c')['record'].address); "
            "put('setby', y.value('set_by', 'fixmap.c').address); "
            "put('slot', y.const('FIX_USER_FIRST'))")


class Table:
    """One build: a machine with some of everything, where each row's field is, and what crumb check says of each."""

    def __init__(self, machine, server, image):
        self.machine, self.image = machine, image
        debug = "+debug" in machine.boot_log
        commands = [variables(prepare(machine))]
        for row in (rows := [row for row in ROWS if debug or row.production is not None]):
            unsigned = {1: "unsigned char", 2: "unsigned short", 4: "unsigned int"}[row.size]
            commands += [f"set $at = ({unsigned} *)&({row.where})", "set $was = *$at",
                         f"set $word = ({unsigned})({row.word})", 'printf "%#x %#x %#x\\n", $at, $was, $word',
                         "set *$at = $word",
                         f"crumb check {row.family}" if debug == (row.production is None) else "",
                         "set *$at = $was"]
        answers = ask(server, *commands, "crumb check", image=image, limit=LONG_LIMIT)
        assert not answers[0], answers[0]
        self.rows = {}
        for n, row in enumerate(rows):
            said = [answers[1 + 7 * n + k] for k in range(6)]
            found = re.fullmatch(r"(0x\w+) (\w+) (\w+)", said[3])
            wrong = not found or any(said[:3])
            self.rows[row] = said if wrong else (*(int(word, 0) for word in found.groups()), said[5])
        assert "all sound" in answers[len(answers.all) - 1], answers[len(answers.all) - 1]

    def of(self, row):
        """(address, what is there, the word, what crumb check said)"""
        assert len(self.rows[row]) == 4, f"the field was not found: {self.rows[row]}"
        return self.rows[row]


@pytest.fixture(scope="module")
def tables(served, debug_image):
    """Those of both builds, each made when it is asked for first."""
    made = {}

    def get(build):
        if build not in made:
            image = debug_image if build == "debug" else elf()
            machine, server = served(image=image, **MACHINE)
            if build != "debug" and "+debug" in machine.boot_log:
                pytest.skip("the image under test is a DEBUG build")
            made[build] = Table(machine, server, image)
        return made[build]

    return get


def table_of(select):
    cases = [(build, row) for build in ("production", "debug") for row in ROWS if is_there(row, build) and select(row)]
    return pytest.mark.parametrize("build, row", cases, ids=[f"{build} {name(row)}" for build, row in cases])


def name(row):
    return f"{row.family}: {re.sub('.*[>$]', '', row.where)} = {row.word}{', then ' if row.use else ''}{row.use}"


FROM_OUTSIDE = [row for row in ROWS if "outside" in row.seen]


@pytest.mark.parametrize("row", FROM_OUTSIDE, ids=map(name, FROM_OUTSIDE))
def test_it_is_seen_from_outside(tables, row):
    """In one build: what gdb looks at is the same in the other."""
    said = tables("debug" if row.production is None else "production").of(row)[3]
    assert re.search(f"^{row.family}: ", said) and re.search(r"check: \d+ wrong", said), said


@table_of(lambda row: "inside" in row.seen)
def test_it_is_seen_from_inside(tables, build, row):
    at, was, word, _ = tables(build).of(row)
    machine = tables(build).machine
    said = machine.cmd(f"mw {at:#x} {word:#x} {row.size}; check {row.family}; mw {at:#x} {was:#x} {row.size}")
    assert re.search(f"^{row.family} +broken: .", said, re.MULTILINE), said
    assert "0 sound, 1 broken" in said and "error: check: 1 broken" in said, said
    assert row.family in (again := machine.cmd("check")) and "0 broken" in again, again


# ---- on use --------------------------------------------------------------------------------------

def owned(listed):
    """The physical bytes that the handles of an `allocs` have, as (from, to), ascending."""
    pages = [(int(pfn, 16) << 12, (int(pfn, 16) + (1 << int(order))) << 12) for order, pfn in
             re.findall(r"^#\d+ pages order=(\d+) .*pfn=(0x\w+)", listed, re.MULTILINE)]
    objects = re.findall(r"^#\d+ (?:kmalloc|percpu) size=(\d+) .*(?:va|cpu0)=(0x\w+)", listed, re.MULTILINE)
    return sorted(pages + [(int(va, 16) - 0x60000000, int(va, 16) - 0x60000000 + int(size)) for size, va in objects])


def given_twice(listed):
    """Have two handles the same memory, or has one the page tables?"""
    ranges = owned(listed)
    return any(one[1] > other[0] for one, other in zip(ranges, ranges[1:])) or \
        any(start < 0x60008000 for start, _ in ranges)


def outcome(text):
    using, _, listed = text.partition("\nnow comes the list")
    for word, told in (("panic", "panic: "), ("oops", "Oops: ")):
        if told in text:
            return word
    if given_twice(listed):
        return "given twice"
    if "BUG: " in text:
        return "refused" if "error: " in text.partition("BUG: ")[2] else "reported"
    if "error: mw: it left a page mapped" in using:
        return "reported"  # by the shell, which looks after each command
    return "failed" if "error: " in using else "unnoticed"


@table_of(lambda row: row.use)
def test_on_use(tables, boot, build, row):
    at, _, word, _ = tables(build).of(row)
    machine = boot(image=tables(build).image, **MACHINE)
    prepare(machine)
    machine.send(f"mw {at:#x} {word:#x} {row.size}; {row.use}; echo now comes the list; allocs; echo it is over\r")
    machine.expect("\n")
    text = machine.expect("\nit is over|panic: [^\n]*\n", oops=True, panic=True)
    assert outcome(text) in (row.debug if build == "debug" else row.production).split(" or "), text


@pytest.mark.parametrize("row", ROWS, ids=[name(row) for row in ROWS])
def test_what_the_table_may_say(row):
    """DEBUG=1 does not go on with what is broken, and what goes unnoticed or is never met has a reason."""
    outcomes = set(row.debug.split(" or "))
    assert outcomes <= ({"unnoticed", "reported", "refused"} if row.use else {""})
    assert bool(row.why) == (not row.use or "unnoticed" in outcomes)
    assert bool(row.unseen) == (set(row.seen) != {"inside", "outside"})


# ---- before there is a prompt --------------------------------------------------------------------

def test_a_bit_of_bootmems_is_seen_at_its_stage(served):
    """
    Set for nobody, and clear for what somebody has: from outside, and by the checker, called from gdb, while the bits
    live.
    """
    machine, server = served(wait=False, stop=True, **MACHINE)
    word = "node_data[0].bdata->map[(0x60010 - node_data[0].bdata->start) / 32]"  # of the image's first pages
    free = "node_data[0].bdata->map[(0x61800 - node_data[0].bdata->start) / 32]"
    answers = ask(server, "tbreak early_hand_over", "continue", "crumb check early", "call early_check()",
                  f"set $was = {word}", f"set {word} = $was & ~(1 << 16)", "crumb check early", "call early_check()",
                  f"set {word} = $was", f"set $was = {free}", f"set {free} = $was | 1", "crumb check early",
                  "call early_check()", f"set {free} = $was", "crumb check early", "call early_check()")
    assert "true" in answers[3] and "true" in answers[15], answers.text
    assert "all sound" in answers[2] and "all sound" in answers[14], answers.text
    assert "C1: frame 0x60010 is free by its bit" in answers[6] and "false" in answers[7], answers.text
    assert "C2: frame 0x61800 is reserved, but nobody has it" in answers[11] and "false" in answers[12], answers.text
    machine.expect("crumb> ")


# ---- what cannot be read -------------------------------------------------------------------------

# Pointers that lead to where nothing is: all families are told of all the same.
NOWHERE = {"percpu": "*(int *)&percpu_slots.leaf[0]", "slab": "cache_chain.next"}
# Whatever a check meets that its reader did not think of.
RAISES = "python check.CHECKS = tuple((n, broken if n == {!r} else c) for n, c in sound)"


def test_what_cannot_be_read_is_a_fault_of_its_family_alone(served):
    _, server = served(**MACHINE)
    answers = ask(server, "python from crumb import check; sound = check.CHECKS; broken = lambda report: [][1]",
                  "python print(*[n for n, c in sound])",
                  *[command for family, where in NOWHERE.items() for command in
                    (f"set var $was = {where}", f"set var {where} = 0x10", "crumb check", f"set var {where} = $was")],
                  *[command for family in ("balance", "pcp", "vmap") for command in (RAISES.format(family),
                                                                                     "crumb check")])
    families = answers[1].split()
    hurt = dict(zip(NOWHERE, (answers[at] for at in range(4, 4 + 4 * len(NOWHERE), 4))))
    told = dict(zip(("balance", "pcp", "vmap"),
                    (answers[at] for at in range(3 + 4 * len(NOWHERE), len(answers.all), 2))))
    for family, text in [*hurt.items(), *told.items()]:
        ends = dict(re.findall(r"^(\w+): (sound|\d+ wrong)$", text, re.MULTILINE))
        assert set(families) <= set(ends) and "wrong" in ends[family], (family, text)
        assert {ends[other] for other in families if other != family} == {"sound"}, text
    for family, text in told.items():
        assert f"{family}: broken: could not be read: IndexError: list index out of range" in text
