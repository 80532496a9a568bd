"""
test_viewing.py - what shows structures shows broken ones, too

    each field of test_corruption.py's table is overwritten, in a machine of its own
        ──> every command that only shows, and every file of /proc: lines of output, or an error that is named

No oops, no panic, and no more lines than a few times those of a sound machine: a list that leads round ends.
"""

import re

import pytest

from session import ask, elf
from test_corruption import AREA, HOT, LEAF, MACHINE, POOL, ROWS, SLAB, Row, name, prepare, variables

HANDLES = range(1, 13)  # that the setup leaves, most of them
VIEWS = ("allocs", "balance", "bugs", "check", "early", "fixmap", "iomem", "kpagecount", "kpageflags", "map",
         "map Normal", "map --plain", "meminfo", "pcp", "percpu", "percpu show kmap_stack", "percpu show #5", "pkmap",
         "pool show", "regs", "slabinfo", "slabinfo kmalloc-64", "vmallocinfo", "vmstat", "zoneinfo", "buddyinfo",
         "cache info kmalloc-64", "cache info kmalloc-256", "alloc",
         *[f"explain #{handle}" for handle in HANDLES], "map #1", "md #3", "page #2", "page #4", "pt #3", "v2p #10",
         "explain {at:#x}", "explain {freed:#x}", "page {freed:#x}", "map {freed:#x}", "explain cache_chain",
         "kpagecount {freed:#x} 8", "kpageflags {freed:#x} 8")
FILES = ("buddyinfo", "bugs", "early", "fixmap", "iomem", "kernel_page_tables", "kpagecount", "kpageflags", "meminfo",
         "percpu", "pkmap", "slabinfo", "vmallocinfo", "vmstat", "zoneinfo")
TYPED = (*VIEWS, *[f"cat /proc/{file}" for file in FILES])


# Pointers that lead nowhere, numbers that are too large, and locks that nobody gives back, which no operation of the
# table's need meet.
SIBLINGS = [Row(where.partition(":")[0], where.partition(":")[2], word, 4, "", "", "", "") for where, word in (
    ("slab:$pfn_to_page($object_pfn)->mapping", "0"), ("slab:$pfn_to_page($object_pfn)->mapping", "0x10"),
    ("slab:$pfn_to_page($object_pfn)->private", "0"), ("slab:$pfn_to_page($object_pfn)->private", "0x10"),
    (f"slab:{SLAB}->node", "0x10"), (f"slab:{SLAB}->node", "0xc0000000"), ("slab:$cache->name", "0x10"),
    ("slab:$cache->array[0]", "0x10"), ("slab:$cache->shape[0].descriptors", "0x10"), ("slab:$cache->ctor", "0x11"),
    ("slab:$cache->shape[0].pages", "0x7fffffff"), ("slab:$cache->shape[0].num", "0x7fffffff"),
    ("slab:$cache->node[0].partial.next", "0x10"), ("slab:cache_chain.next", "0x10"),
    (f"slab:{SLAB}->bufctl[0]", "-1"),
    (f"mempool:{POOL}->pool_data", "0x10"), (f"mempool:{POOL}->alloc", "0x10"), (f"mempool:{POOL}->list.next", "0x10"),
    ("percpu:*(int *)&percpu_slots.leaf[0]", "0x10"), (f"percpu:{LEAF}.table[0]", "0x10"),
    (f"percpu:{LEAF}.table[0][0]", "0x10"), (f"percpu:{LEAF}.table[0][0]", "0"), (f"percpu:{LEAF}.notes", "0x10"),
    (f"percpu:{LEAF}.notes[0]", "-1"), (f"percpu:{LEAF}.notes[0]", "0x7fff"),
    ("page:node_zones[1].name", "0x10"), ("page:node_zones[1].zone_pgdat", "0x10"),
    ("page:node_zones[1].zone_start_pfn", "5"),
    ("page:node_zones[1].free_area[3].free_list.next", "0x10"), ("page:node_zones[1].present_pages", "0"),
    ("pcp:*(int *)&pagesets", "0x10"), (f"vmap:{AREA}->caller", "3"), (f"vmap:{AREA}->flags", "-1"),
    (f"vmap:{AREA}->addr", "0x10"), (f"vmap:{AREA}->pages", "0x10"), (f"vmap:{AREA}->phys_addr", "0x10"),
    ("vmap:areas.last_in", "0x10"), ("vmap:vmlist.next", "0"), ("vmap:vmalloc_start", "0x10"),
    ("kmap:pkmap.slot", "0x10"), ("kmap:pkmap.pte", "0x10"), ("kmap:pkmap.slot[0].by", "3"),
    ("kmap:pkmap.slot[0].page", "0x7fffffff"), ("kmap:pkmap.slot[0].count", "-1"),
    ('kmap_local:$per_cpu("kmap_stack", 0).depth', "-1"), ("fixmap:(*$setby)[$slot]", "3"),
    ("early:boot_info.nr_banks", "99"), ("early:boot_info.bank[0].base", "0x10"), ("early:boot_info.nr_reserved", "-1"),
    ("early:boot_info.reserved[0].name", "0x10"), ("early:(*$records)[0].caller", "3"),
    ("early:(*$records)[0].fate", "77"), ("early:(*$records)[0].kind", "77"),
    # counts and extents that a view goes through
    ("early:nr_nodes", "0"), ("early:nr_nodes", "-1"), ("early:min_pfn", "0"),
    ("page:node_zones[1].spanned_pages", "0x7fffffff"), ("page:node_zones[1].spanned_pages", "0"),
    ("page:node_zones[1].zone_start_pfn", "-1"), ("page:node_zones[5].present_pages", "1"),
    ("page:node_data[0].node_spanned_pages", "-1"), ("page:node_data[0].node_zones", "0"),
    ("page:node_data[0].bdata", "0x10"), ("page:mem_map_pages", "0"), ("page:mem_map_pfn", "0"),
    ("percpu:nr_cpu_ids", "-1"), ("percpu:nr_cpu_ids", "0"), ("percpu:__per_cpu_offset[0]", "0x10"),
    (f"percpu:{LEAF}.capacity", "-1"), (f"percpu:{LEAF}.first", "-1"), ("percpu:percpu_slots.copies", "-1"),
    ("early:boot_info.nr_banks", "-1"), ("early:boot_info.nr_banks", "0"), ("early:boot_info.bank[0].size", "-1"),
    ("early:boot_info.nr_reserved", "99"), ("early:boot_info.reserved[0].size", "-1"),
    ("early:'records.c'::boot_records.nr", "-1"), ("slab:$cache->size", "1"), ("slab:$cache->object_size", "0"),
    ("slab:$cache->array[0]->avail", "-1"), ("slab:$cache->array[0]->limit", "-1"),
    ("slab:$cache->node[0].nr_slabs", "-1"), (f"slab:{SLAB}->inuse", "-1"), (f"vmap:{AREA}->nr_pages", "-1"),
    (f"vmap:{AREA}->size", "-1"), (f"vmap:{AREA}->size", "0"), ("vmap:vmalloc_start", "-1"),
    (f"mempool:{POOL}->curr_nr", "-1"), (f"mempool:{POOL}->min_nr", "-1"), ("kmap:pkmap.last", "-1"),
    ("kmap:pkmap_lookup.bucket[0]", "0x10"), (f"pcp:{HOT}.count", "-1"),
    # locks
    ("page:node_zones[1].lock.held", "1"), ("slab:$cache->node[0].lock.held", "1"), ("slab:chain_lock.held", "1"),
    ("vmap:vmlist_lock.held", "1"), ("kmap:pkmap.lock.held", "1"), ("percpu:percpu_slots.lock.held", "1"),
    (f"mempool:{POOL}->lock.held", "1"), ("mempool:'mempool.c'::pools_lock.held", "1"))]
TABLE = [*ROWS, *SIBLINGS]


class Found:
    """One build: where each row's field lies, and how long each view of a sound machine is."""

    def __init__(self, served, image):
        machine, server = served(image=image, **MACHINE)
        debug = "+debug" in machine.boot_log
        self.image, self.rows = image, {}
        rows = [row for row in TABLE if debug or row.production is not None]
        unsigned = {1: "unsigned char", 2: "unsigned short", 4: "unsigned int"}
        _, _, freed, *found = ask(server, variables(prepare(machine)), "set $object_pfn = $object - 0x60000000 >> 12",
                                  'printf "%#x\\n", $freed',
                                  *[f'printf "%#x %#x\\n", &({row.where}), ({unsigned[row.size]})({row.word})'
                                    for row in rows], image=image).all
        self.freed = int(freed[1], 0)
        for row, (_, answer) in zip(rows, found):
            self.rows[row] = re.fullmatch(r"(0x\w+) (\w+)", answer)
        self.lines = {view: len(machine.cmd(view.format(at=0xc0010000, freed=self.freed)).splitlines())
                      for view in TYPED}


@pytest.fixture(scope="module")
def found(served, debug_image):
    """Of both builds, each when it is asked for first."""
    made = {}

    def get(row):
        image = debug_image if row.production is None else elf()
        if image not in made:
            made[image] = Found(served, image)
        return made[image]

    return get


@pytest.mark.parametrize("row", TABLE, ids=map(name, TABLE))
def test_all_views_end_in_words(found, boot, row):
    build = found(row)
    assert build.rows[row], "the field was not found"
    at, word = (int(text, 0) for text in build.rows[row].groups())
    machine = boot(image=build.image, **MACHINE)
    prepare(machine)
    machine.cmd(f"mw {at:#x} {word:#x} {row.size}")
    for view in TYPED:
        machine.send((typed := view.format(at=at, freed=build.freed)) + "\r")
        machine.expect("\n")
        said = machine.expect("\ncrumb> |^crumb> ", oops=True)
        assert "Oops" not in said, (typed, said)
        assert len(said.splitlines()) <= 3 * build.lines[view] + 40, (typed, said[:2000])
