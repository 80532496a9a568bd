"""
test_corruption.py - a field is overwritten: who sees it, from inside, from outside, and on use

    gdb     finds where each field of the table lies, in a machine at its prompt that has some of everything
    check   the machine's own checkers, after `mw` of the wrong word          restored, all is sound again
    crumb check   the same from outside, after gdb has written it             likewise
    on use  a machine of its own for each row that says what to do then: it must come to an end

One boot serves all rows of the first two.  What happens on use differs between DEBUG=0 and DEBUG=1: what a
row says of DEBUG=1 is a refusal, told by `BUG:`; of DEBUG=0, that the machine goes on or ends.
"""

import re

import pytest

from session import ask

# Some of everything: pages, an area, kmalloc and per-CPU objects, a pool, a kmap, a fixmap slot.
SETUP = ("alloc pages 2", "alloc pages 0 highmem", "alloc vmalloc 10000", "alloc kmalloc 64", "alloc percpu 64",
         "pool create spare 3 kmalloc 256", "alloc kmap #2", "alloc fixmap 0 #2")
MACHINE = {"mem": "64M", "append": "lowmem=32M"}

AREA = "((struct vm_struct *)$area)"
BLOCK = "((struct page *)((long)node_zones[1].free_area[$order].free_list.next - 8))"
SLAB = "((struct slab *)$cache->node[0].partial.next)"
POOL = "((struct mempool_s *)$pool)"

# family, what is overwritten: an address expression; the word; the size; on use: command, or None
ROWS = [
    ("page", f"{BLOCK}->lru.next", "0xc0000000", 4, "alloc pages 9"),
    ("page", f"{BLOCK}->lru.prev", "0xc0000000", 4, "alloc pages 9"),
    ("page", f"{BLOCK}->lru.next", f"(int)&{BLOCK}->lru", 4, "alloc pages 9"),
    ("page", f"{BLOCK}->flags", "0x04000019", 4, "alloc pages 9"),
    ("page", f"{BLOCK}->_refcount", "1", 4, "alloc pages 9"),
    ("page", f"{BLOCK}[1]._refcount", "1", 4, None),
    ("page", f"{BLOCK}[1].flags", "0x04000030", 4, None),
    ("page", "node_zones[1].free_area[$order].nr_free", "77", 4, None),
    ("page", "node_zones[1].free_pages", "5", 4, None),
    ("page", "node_zones[1].free_orders", "0", 4, None),
    ("page", "node_zones[1].managed_pages", "5", 4, None),
    ("page", "mem_map[16]._refcount", "1", 4, None),
    ("page", "$pfn_to_page($held)->_refcount", "0", 4, "free #1"),
    ("balance", "node_zones[1].managed_pages", "5", 4, None),
    ("pcp", '$per_cpu("pagesets", 0)[1].pcp[0].may_take', "3000", 4, None),
    ("pcp", '$per_cpu("pagesets", 0)[1].pcp[0].list.next->prev', "0xc0000000", 4, None),
    ("percpu", "percpu_slots.leaf[0].notes[0]", "0", 4, "free #5"),
    ("percpu", "percpu_slots.leaf[0].room", "3", 2, None),
    ("percpu", "percpu_slots.leaf[0].first", "0", 2, None),
    ("percpu", "percpu_slots.leaf[0].table[0][0]", "0", 4, None),
    ("slab", f"{SLAB}->free", "0xf0", 1, "repeat 100 alloc kmalloc 64"),
    ("slab", f"{SLAB}->bufctl[{SLAB}->free]", "0xff", 1, "repeat 100 alloc kmalloc 64"),
    ("slab", f"{SLAB}->bufctl[{SLAB}->free]", "0xfb", 1, "repeat 100 alloc kmalloc 64"),
    ("slab", f"{SLAB}->bufctl[{SLAB}->free]", f"{SLAB}->free", 1, "repeat 100 alloc kmalloc 64"),
    ("slab", f"{SLAB}->inuse", "1", 1, "repeat 100 alloc kmalloc 64"),
    ("slab", f"{SLAB}->num", "9", 1, None),
    ("slab", f"{SLAB}->free_num", "0", 1, None),
    ("slab", f"{SLAB}->shape", "0", 1, None),
    ("slab", f"{SLAB}->bias", "0", 4, None),
    ("slab", f"{SLAB}->shape", "77", 1, None),
    ("slab", f"{SLAB}->list.next", "0xc0000000", 4, "repeat 100 alloc kmalloc 64"),
    ("slab", "$cache->node[0].free_objects", "9999", 4, None),
    ("slab", "$cache->node[0].nr_slabs", "9999", 4, None),
    ("slab", "$cache->node[0].nr_objects", "9999", 4, None),
    ("slab", "$cache->array[0]->slot[0]", "1", 4, None),
    ("slab", "$cache->array[0]->slot[1]", "0xc0000000", 4, None),
    ("slab", f"{SLAB}->colour_off", "3", 4, None),
    ("vmap", f"{AREA}->next", f"(int){AREA}", 4, "vmallocinfo"),
    ("vmap", f"{AREA}->next", "0xc0000000", 4, "vmallocinfo"),
    ("vmap", f"{AREA}->size", "5000", 4, "vmallocinfo"),
    ("vmap", f"{AREA}->nr_pages", "1000", 4, None),
    ("vmap", f"{AREA}->pages[0]", "0", 4, None),
    ("vmap", "areas.nr", "99", 4, None),
    ("vmap", "*(int *)$area_pte", "0", 4, None),
    ("vmap", "*(int *)$area_pte", "0x6000045f", 4, None),
    ("kmap", "pkmap.slot[0].count", "0", 4, None),
    ("kmap", "pkmap.pte[0]", "0", 4, None),
    ("kmap", "pkmap.pte[0]", "0x6000045f", 4, None),
    ("kmap", "pkmap.slot[0].next", "(int)&pkmap.slot[0]", 4, "alloc kmap #2"),
    ("kmap_local", '*$per_cpu("kmap_stack", 0).pte', "0x6000045f", 4, None),
    ("fixmap", "(*$setby)[$slot]", "0", 4, None),
    ("mempool", f"{POOL}->curr_nr", "99", 4, None),
    ("mempool", f"{POOL}->magic", "1", 4, None),
    ("mempool", f"{POOL}->elements[0]", "0", 4, None),
    ("early", "(*$records)[0].size", "0", 4, None),
    ("early", "(*$records)[0].start", "0x20000000", 4, None),
]


def prepare(machine):
    return "\n".join(machine.cmd(line) for line in SETUP)


def variables(told):
    """gdb's commands that find what the setup made."""
    area = re.search(r"#3 vmalloc .* va=(0x[0-9a-f]+)", told)[1]
    held = re.search(r"#1 pages .* pfn=(0x[0-9a-f]+)", told)[1]
    find = ("python import crumb.slab as s, crumb.vmap as v, crumb.tables as t, crumb.memory as m; "
            "put = gdb.set_convenience_variable; "
            "zone = gdb.parse_and_eval('node_zones[1]'); "
            "put('order', max(o for o in range(11) if int(zone['free_area'][o]['nr_free']))); "
            "put('cache', s.cache_named('kmalloc-64').value.address); "
            f"put('area', [a for a in v.areas() if int(a['addr']) == {area}][0].address); "
            f"put('area_pte', t.Mmu().walk({area})[1].at + 0x60000000); "
            f"put('held', {held}); "
            "pool = next(m.entries(m.value('pools', 'mempool.c'), 'mempool_s', 'list')); "
            "put('pool', m.at(pool, 'mempool_s').address); "
            "put('records', m.value('boot_records', 'records.c')['record'].address); "
            "put('setby', m.value('set_by', 'fixmap.c').address); "
            "put('slot', m.const('FIX_USER_FIRST'))")
    return [find]


@pytest.fixture(scope="module")
def table(served):
    """A machine with some of everything, where each row's field is, and what crumb check says of each."""
    machine, server = served(**MACHINE)
    told = prepare(machine)
    commands = variables(told)
    first = len(commands)
    for n, (family, where, word, size, _) in enumerate(ROWS):
        unsigned = {1: "unsigned char", 2: "unsigned short", 4: "unsigned int"}[size]
        commands += [f"set $at{n} = ({unsigned} *)&({where})", f"set $was = *$at{n}",
                     f"set $word = ({unsigned})({word})",
                     f'printf "%#x %#x %#x\\n", $at{n}, $was, $word', f"set *$at{n} = $word", f"crumb check {family}",
                     f"set *$at{n} = $was"]
    answers = ask(server, *commands, "crumb check")
    rows = []
    for n in range(len(ROWS)):
        said = [answers[first + 7 * n + k] for k in range(6)]
        found = re.fullmatch(r"(0x\w+) (\w+) (\w+)", said[3])
        rows.append((*(int(number, 0) for number in found.groups()), said[5]) if found else said)
    assert "all sound" in answers[len(answers.all) - 1], answers[len(answers.all) - 1]
    return machine, rows


IDS = [f"{family}: {re.sub('.*[>$]', '', where)} = {word}" for family, where, word, _, _ in ROWS]


@pytest.mark.parametrize("n", range(len(ROWS)), ids=IDS)
def test_it_is_seen_from_outside(table, n):
    family = ROWS[n][0]
    assert len(table[1][n]) == 4, f"the field was not found: {table[1][n]}"
    said = table[1][n][3]
    assert re.search(f"^{family}: ", said) and re.search(r"check: \d+ wrong", said), said


@pytest.mark.parametrize("n", range(len(ROWS)), ids=IDS)
def test_it_is_seen_from_inside(table, n):
    machine, rows = table
    family, size = ROWS[n][0], ROWS[n][3]
    at, was, word, _ = rows[n]
    said = machine.cmd(f"mw {at:#x} {word:#x} {size}; check {family}; mw {at:#x} {was:#x} {size}")
    assert re.search(f"^{family} +broken: .", said, re.MULTILINE), said
    assert "0 sound, 1 broken" in said and "error: check: 1 broken" in said, said
    assert f"{family}" in (again := machine.cmd("check")) and "0 broken" in again, again


ON_USE = [n for n, row in enumerate(ROWS) if row[4]]


@pytest.mark.parametrize("n", ON_USE, ids=[f"{IDS[n]}, then {ROWS[n][4]}" for n in ON_USE])
def test_on_use_it_ends(table, boot, n):
    """A refusal, an oops, a panic, or nothing; never silence."""
    at, _, word, _ = table[1][n]
    machine = boot(**MACHINE)
    prepare(machine)
    machine.send(f"mw {at:#x} {word:#x} {ROWS[n][3]}; {ROWS[n][4]}; echo it has come to an end\r")
    machine.expect("\nit has come to an end|panic: ", oops=True, panic=True)


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
