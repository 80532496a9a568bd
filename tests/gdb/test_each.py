"""
test_each.py - walks: every object of a list, a tree, a cache …, at gdb's prompt and from Python
"""

import re

import pytest

from session import ask


@pytest.fixture(scope="module")
def machine(served):
    started, server = served(mem="64M")
    said = [started.cmd(line) for line in ("repeat 5 kmalloc 100", "alloc pages 2", "alloc vmalloc 10000",
                                           "alloc pages 0")]
    started.objects = re.findall(r"va=(0x\w+)", said[0])
    started.pfn = int(re.search(r"pfn=(0x\w+)", said[1])[1], 16)
    started.area = re.search(r"va=(0x\w+)", said[2])[1]
    started.page = re.search(r"va=(0x\w+)", said[3])[1]
    started.server = server
    return started


def test_every_source_yields_what_the_machine_has(machine):
    answers = ask(machine.server, "crumb each objects kmalloc-104", "crumb each areas -- print/x $it->addr",
                  "crumb each pages held -- print/x $page_to_pfn($it)", "crumb each caches -- output $it->size",
                  "crumb each slabs kmalloc-104 -- output/d $it->inuse", "crumb buddy DMA 10",
                  "crumb each list node_zones[0].free_area[10].free_list page lru -- print/x $page_to_pfn($it)",
                  "crumb each objects kmalloc-104 all", "crumb each objects kmalloc-104 free", "crumb slab")
    used = re.findall(r"\(void \*\) (0x\w+)", answers[0])
    assert set(machine.objects) <= set(used) and answers[0].endswith(f"\n{len(used)} in all")
    assert f"= {machine.area}\n" in answers[1]
    assert f"= {machine.pfn:#x}\n" in answers[2]
    assert answers[3].endswith(f"\n{len(answers[9].splitlines()) - 1} in all"), "slabinfo has a line for each"
    assert re.fullmatch(r"(\d+\n)+\d+ in all", answers[4])
    assert re.findall("pfn (0x[0-9a-f]+)", answers[5]) == re.findall("= (0x[0-9a-f]+)", answers[6]) != []
    assert int(answers[7].split()[-3]) == len(used) + int(answers[8].split()[-3])


def test_scripts_walk_too(machine):
    """The same sources are functions; what they yield are structures and addresses."""
    answers = ask(machine.server, "python from crumb import each",
                  "python print([hex(int(area['addr'])) for area in each.areas()])",
                  "python print([hex(one) for one in each.objects('kmalloc-104')])",
                  "python print([page['_refcount'] for page in each.linked(gdb.parse_and_eval("
                  "'node_zones[0].free_area[10].free_list'), 'page', 'lru')])",
                  'print $container_of(cache_chain.next, "kmem_cache", "chain")->magic == CACHE_MAGIC',
                  'print $container_of(&$container_of(cache_chain.next, "kmem_cache", "chain")->chain, "kmem_cache", '
                  '"chain") == $container_of(cache_chain.next, "kmem_cache", "chain")')
    assert f"'{machine.area}'" in answers[1]
    assert all(f"'{one}'" in answers[2] for one in machine.objects)
    assert re.fullmatch(r"\[(<gdb.Value .*>|[^\]])+\]", answers[3])
    assert answers[4].endswith("= 1") and answers[5].endswith("= 1")


def lay_tree(at, *, cyclic=False, parent=None, below=0):
    """Writes a tree of three nodes and its root into free memory: 8 at the top, 4 and 12 under it; below: 12's left."""
    root, top, left, right = at, at + 16, at + 32, at + 48
    nodes = ((top, parent if parent is not None else 0, right, left), (left, top, 0, top if cyclic else 0),
             (right, top, 0, below))
    commands = [f"set *(unsigned int *){root:#x} = {top:#x}"]
    for where, above, after, before in nodes:
        commands += [f"set *(unsigned int *){where + offset:#x} = {word:#x}"
                     for offset, word in ((0, above | 1), (4, after), (8, before))]
    return commands


def test_a_tree_is_walked_in_order_and_verified(machine):
    at = int(machine.page, 16)
    walk = f"crumb each tree '*(struct rb_root *){at:#x}' rb_node rb_right -- output/x (int)$it"
    sound, cyclic, orphan, astray = (lay_tree(at, **how) for how in
                                     ({}, {"cyclic": True}, {"parent": at + 48}, {"below": 0x10}))
    answers = ask(machine.server, *sound, walk, *cyclic, walk, *orphan, walk, *astray, walk)
    told = [answer for command, answer in answers.all if command == walk]
    # the member's offset, 4, taken off each node: left, top, right
    assert re.findall("0x[0-9a-f]+", told[0]) == [f"{at + place - 4:#x}" for place in (32, 16, 48)]
    assert told[0].endswith("3 in all")
    assert "the tree is cyclic" in told[1] and f"0x{at + 16:08x}" in told[1]
    assert f"has a parent that is not 0x{0:08x}" in told[2]
    assert re.findall("^0x[0-9a-f]+$", told[3], re.MULTILINE) == [f"{at + place - 4:#x}" for place in (32, 16)]
    assert f"the tree's node 0x{at + 48:08x} leads to 0x00000010, which cannot be read; what lies behind" in told[3]


def test_a_cyclic_list_is_told_as_one(machine):
    head = "node_zones[0].free_area[10].free_list"
    answers = ask(machine.server, f"set $was = {head}.next->next", f"set {head}.next->next = {head}.next",
                  f"crumb each list {head} page lru", f"set {head}.next->next = $was", "crumb check page")
    assert "corrupted: the link at" in answers[2] and "cyclic" in answers[2]
    assert "all sound" in answers[4]


@pytest.mark.parametrize("line, said", [
    ("crumb each", "an argument is missing"), ("crumb each foo", "choose one of: list tree caches"),
    ("crumb each list", "usage: crumb each list HEAD TYPE MEMBER"),
    ("crumb each list 5 page lru", "5: not a structure in memory"),
    ("crumb each list node_zones page lru", "corrupted"),
    ("crumb each list cache_chain page lruu", "struct page has no member lruu"),
    ("crumb each list cache_chain paeg lru", "No struct type named paeg"),
    ("crumb each slabs nope", "nope: no such cache"),
    ("crumb each objects kmalloc-104 lost", "choose one of: used free"),
    ("crumb each pages nobody", "nobody: choose one of: held slab"),
    ("crumb each caches now", "usage: crumb each caches"),
    ("crumb md 0xc0010001", "not a multiple of 4"), ("crumb md 0xc0010000 0", "COUNT 0: not a number from 1"),
    ("crumb md 0xc0010000 4 3", "unit 3: choose one of: 1 2 4"), ("crumb md phys:nope", "No symbol"),
    ("crumb md 0", "not mapped"), ("crumb meminfo Foo", "Foo: no line begins so"), ("crumb map nope", "No symbol"),
    ('print $container_of(0, "paeg", "lru")', "No struct type named paeg"),
    ('print $container_of(0, "page", "lruu")', "lruu"),
])
def test_what_is_wrong_is_named(machine, line, said):
    answer = ask(machine.server, line)[0]
    assert said in answer and "Traceback" not in answer and "makes no sense" not in answer, answer
