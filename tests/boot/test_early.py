"""
test_early.py - the boot allocator: tested at its own stage, shown after it, on machines of every shape

`early_test` on the command line runs the stage tests while boot memory is all there is; `test early`
then tells their outcomes.  Banks come from a tree that is placed where r2 points.
"""

import re

import pytest

import handover
from handover import RAM_AT, TAGS_AT, bank, placed
from machine import balance, totals

MIB = 1 << 20
KIB = 1 << 10


def machine_of(tmp_path, banks, append="early_test", **tree):
    """Options for a machine of these (offset from RAM's start, size) banks."""
    body = "".join(bank(RAM_AT + at, size) for at, size in banks)
    blob = handover.tree(body, chosen=f'bootargs = "loglevel=7 {append}";', **tree)
    return {"mem": "1G", "qemu": placed(tmp_path, blob, TAGS_AT)}


def early_tests(machine):
    """The names of early's tests by result, all of which must have passed or been skipped."""
    text = machine.cmd("test early")
    assert totals(text)[1] == 0, text
    skipped = re.findall(r"^ok \d+ early\.(\S+) # SKIP", text, re.MULTILINE)
    return set(re.findall(r"^ok \d+ early\.(\S+)", text, re.MULTILINE)) - set(skipped), set(skipped)


def settled(machine):
    """The balance, with the free pages that a CPU keeps counted as free."""
    numbers = balance(machine.cmd("balance"))
    return dict(numbers, free=numbers["free"] + numbers["pcp"], pcp=0)


def stage(names):
    return {name for name in names if name.startswith("stage_")}


NODE = re.compile(r"^ +(\d+)  0x([0-9a-f]+)-0x([0-9a-f]+) +(\d+) = +(\d+) \+ +(\d+) \+ +(\d+) +(\d+)$", re.MULTILINE)
TAKEN = re.compile(r"^0x([0-9a-f]{8}) +(\d+)  (allocated|reserved) +(\S+) +(\S.*)$", re.MULTILINE)


def nodes(text):
    """Of each node with lowmem: first byte, last byte, present, found, allocated, given, highmem pages."""
    rows = [(int(m[2], 16), int(m[3], 16), *map(int, m.groups()[3:])) for m in NODE.finditer(text)]
    assert rows, text
    for row in rows:
        assert row[2] == row[3] + row[4] + row[5], text
    return rows


def test_what_was_found_adds_up(boot, tmp_path):
    """A node's number is that of the listed ranges, the initrd among them."""
    (tmp_path / "initrd").write_bytes(bytes(40 << 10))
    text = boot(mem="64M", initrd=tmp_path / "initrd").cmd("early")
    ranges = re.findall(r"^0x\w+-0x\w+ +(\d+)  (\S.*)$", text, re.MULTILINE)
    assert ("40", "initrd") in ranges
    assert 4 * nodes(text)[0][3] == sum(int(kib) for kib, _ in ranges)


@pytest.mark.parametrize("mem", ["16M", "128M", "1G"])
def test_at_its_own_stage(boot, mem):
    """Every test of the stage runs there, but those that need other banks."""
    machine = boot(mem=mem, append="early_test")
    ran, skipped = early_tests(machine)
    assert len(stage(ran)) >= 9
    one_bank = {"stage_node_order", "stage_next_node", "stage_own_node_first", "stage_hole"}
    assert stage(skipped) == one_bank | ({"stage_above_dma"} if mem == "16M" else set())
    balance(machine.cmd("balance; exhaust pages; balance"))


def test_the_stage_is_quiet_unless_asked_for(boot):
    """Without the parameter nothing runs at boot, and the skipped tests say how to run them."""
    machine = boot()
    text = machine.cmd("test early")
    assert totals(text)[1] == 0
    assert len(re.findall(r"early\.stage_\S+ # SKIP .*early_test", text)) >= 12
    assert "stage_body" not in machine.cmd("early")


def test_one_test_of_the_stage_after_another(headless):
    """The same machine says the same, whatever was asked before."""
    ended = headless("test early.stage_packs; test early.stage_packs", append="early_test")
    assert len(re.findall(r"^ok 1 early\.stage_packs$", ended.output, re.MULTILINE)) == 2


@pytest.mark.parametrize("mem, smp", [("16M", 1), ("64M", 4), ("1G", 2)])
def test_per_cpu_objects_at_every_stage(headless, mem, smp):
    """Made from boot memory or pages, they work, are spread to all CPUs, and go back when kmalloc() stands."""
    ended = headless("test percpu; balance; early", mem=mem, smp=smp, append="percpu_test")
    passed, failed, _skipped = totals(ended.output)
    assert failed == 0 and passed > 30, ended
    for name in ("alloc", "free", "spread", "free_later", "failure"):
        assert re.search(rf"^ok \d+ percpu\.stage_{name}$", ended.output, re.MULTILINE), ended
    assert "lost=0" in ended.output
    assert re.search(r"allocated +make\S* +given to the page allocator", ended.output), ended


# ---- machines of several banks -------------------------------------------------------------------

SHAPES = {
    # name: banks, command line, nodes with lowmem
    "two nodes": ([(0, 32 * MIB), (64 * MIB, 64 * MIB)], "", 2),
    "banks that touch": ([(0, 32 * MIB), (32 * MIB, 32 * MIB)], "", 1),
    "more banks than nodes": ([(i * 16 * MIB, 8 * MIB) for i in range(8)], "", 4),
    "odd banks": ([(i * 32 * MIB, 20 * MIB + i * 20 * KIB) for i in range(8)], "", 4),
    "two banks in one block": ([(0, 32 * MIB + 1164 * KIB), (35 * MIB, 29 * MIB)], "", 2),
    "a small first bank": ([(0, 4 * MIB), (5 * MIB, 59 * MIB)], "", 2),
    "far apart, in lowmem": ([(0, 16 * MIB), (600 * MIB, 16 * MIB)], "", 2),
    "far apart, the second highmem": ([(0, 16 * MIB), (1008 * MIB, 16 * MIB)], "", 1),
    "a bank wholly in highmem": ([(0, 64 * MIB), (128 * MIB, 64 * MIB)], "lowmem=32M", 1),
    "lowmem ends in the second bank": ([(0, 32 * MIB), (64 * MIB, 64 * MIB)], "lowmem=96M", 2),
    "lowmem ends in a hole": ([(0, 32 * MIB), (64 * MIB, 64 * MIB)], "lowmem=48M", 1),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_shape(boot, tmp_path, shape):
    """Nothing is lost, every page can be had and given back, and the families' tests pass."""
    banks, append, with_lowmem = SHAPES[shape]
    machine = boot(**machine_of(tmp_path, banks, f"early_test {append}"))
    pages = sum(size for _, size in banks) // 4096
    before = settled(machine)
    assert before["present"] == pages
    rows = nodes(machine.cmd("early"))
    assert len(rows) == with_lowmem
    assert rows[0][0] == RAM_AT
    ran, _skipped = early_tests(machine)
    assert "stage_empties" in ran
    for family in ("node", "page", "buddy"):
        text = machine.cmd(f"test {family}")
        assert totals(text)[1] == 0, text
    assert "error:" not in machine.cmd("exhaust pages")
    assert settled(machine) == before


@pytest.mark.parametrize("pages", [1, 2, 7])
def test_a_second_node_of_few_pages(boot, tmp_path, pages):
    """The node that is asked first cannot serve most requests: the other one does."""
    machine = boot(**machine_of(tmp_path, [(0, 64 * MIB), (128 * MIB, pages * 4 * KIB)]))
    ran, skipped = early_tests(machine)
    assert {"stage_node_order", "stage_next_node", "stage_own_node_first"} <= ran
    assert stage(skipped) == {"stage_packs_no_higher"}
    assert settled(machine)["present"] == 64 * MIB // 4096 + pages


def test_the_last_node_serves_first(boot, tmp_path):
    """The two-bank tree boots as two nodes, node 1 has what was allocated, and the stage's own tests of it ran."""
    machine = boot(**machine_of(tmp_path, SHAPES["two nodes"][0]))
    assert "on 2 nodes" in machine.boot_log
    ran, skipped = early_tests(machine)
    assert {"stage_node_order", "stage_next_node", "stage_own_node_first", "stage_hole"} <= ran and not stage(skipped)
    assert re.search(r"^Node 1, zone +Normal", machine.cmd("buddyinfo"), re.MULTILINE)
    first, second = nodes(machine.cmd("cat /proc/early"))
    assert (first[0], second[0]) == (RAM_AT, RAM_AT + 64 * MIB)
    # Page tables came from what is mapped at the start, and all else from the last node.
    assert second[4] > first[4] > 0
    taken = {m[4].split("+")[0]: int(m[1], 16) for m in TAKEN.finditer(machine.cmd("early"))}
    assert taken["mem_map_init"] >= RAM_AT + 64 * MIB


def test_free_memory_is_handed_over_in_the_largest_blocks(boot):
    """A run that is free becomes blocks of order 10, but for its two ends: nothing is left to merge."""
    text = boot(mem="1G", append="early_test").cmd("buddyinfo")
    for zone in ("Normal", "HighMem"):
        counts = [int(n) for n in re.search(rf"zone +{zone} +([\d ]+)", text)[1].split()]
        assert counts[10] >= 60 and all(count <= 2 for count in counts[1:10]), text


def test_initrd_in_highmem(boot, tmp_path):
    """QEMU puts it at the middle of RAM: above lowmem here.  It is reserved, and nobody gets it."""
    content = b"Crumb" * 100000
    initrd = tmp_path / "initrd"
    initrd.write_bytes(content)
    machine = boot(mem="128M", initrd=initrd, append="lowmem=32M early_test")
    plain = boot(mem="128M", append="lowmem=32M early_test")
    before = settled(machine)
    assert before["reserved"] - balance(plain.cmd("balance"))["reserved"] == -(-len(content) // 4096)
    assert re.search(r"initrd \(highmem\)", machine.cmd("early"))
    assert "error:" not in machine.cmd("exhaust pages")
    assert settled(machine) == before
    early_tests(machine)


# ---- what is shown -------------------------------------------------------------------------------

def test_early_shows_who_took_what(boot):
    machine = boot(mem="128M", append="loglevel=7")
    text = machine.cmd("early")
    assert text == machine.cmd("cat /proc/early")
    taken = {m[4].split("+")[0]: (int(m[1], 16), int(m[2]), m[5]) for m in TAKEN.finditer(text)}
    assert taken["mem_map_init"][1:] == (32768 * 32, "kept")
    assert taken["early_init"][2] == "given to the page allocator"
    assert re.search(r"^0x[0-9a-f]+-0x[0-9a-f]+ +\d+  image$", text, re.MULTILINE)
    (row,) = nodes(text)
    numbers = balance(machine.cmd("balance"))
    # Of the image, the boot-time part was found reserved, and became the page allocator's after all.
    init = int(re.search(r"init memory: (\d+) KiB", machine.boot_log)[1]) // 4
    assert row[2] == numbers["present"] and row[5] + init == numbers["managed"]
    assert row[3] + row[4] - init == numbers["reserved"]


def test_explain_knows_boot_memory(boot):
    machine = boot(mem="128M")
    text = machine.cmd("early")
    at = next(int(m[1], 16) for m in TAKEN.finditer(text) if m[4].startswith("mem_map_init"))
    assert "image" in machine.cmd("explain 0xc0010000")
    shown = machine.cmd(f"explain {at - RAM_AT + 0xc0000000 + 32 * 5 + 4:#x}")
    assert "mem_map_init" in shown and "struct page of pfn 0x60005" in shown


def test_trace_from_boot_on(boot):
    """trace=early narrates what happens before anybody can type; a bad name is refused by name."""
    log = boot(mem="16M", append="loglevel=7 trace=early").boot_log
    assert re.search(r"trace: early: alloc \d+ bytes at 0x[0-9a-f]+ for mem_map_init", log), log
    assert re.search(r"trace: early: hand over frames 0x[0-9a-f]+-0x[0-9a-f]+, free", log), log
    log = boot(mem="16M", append="loglevel=7 trace=early,nonsense").boot_log
    assert re.search(r"param: trace.*; ignored", log) and "trace: early" not in log


@pytest.mark.parametrize("bug, what", [
    ("late-alloc", "used after the hand-over"), ("late-free", "used after the hand-over"),
    ("late-handover", "used after the hand-over"), ("double-free", "double free"), ("bad-range", "bad range"),
    ("free-bitmap", "free of the bitmap"), ("bad-align", "bad request"),
    ("reserve-allocated", "reserve of allocated memory"), ("broken-bitmap", "broken bitmap"),
])
def test_break(headless, bug, what):
    """Each mistake is named with its caller, and changes nothing."""
    ended = headless(f"balance; break bootmem-{bug}; balance", mem="16M")
    assert re.search(rf"BUG: bootmem: {what}: object=\S+ expected=.* found=.* caller=\w+\+0x", ended.output), ended
    before, after = [line for line in ended.lines() if line.startswith("present=")]
    assert before == after


def test_the_example(extra_image, headless):
    """tests/examples/bootmem.c: what was written into boot memory is there at the prompt."""
    ended = headless("primes 30; early; test example", mem="16M", image=extra_image)
    assert "2 3 5 7 11 13 17 19 23 29" in ended.output
    assert re.search(r"65536  allocated +make_sieve\S* +kept", ended.output)


def test_exact_cost(headless):
    """What the early stages and the hand-over cost at 1 GiB is counted, and stays small."""
    output = headless("balance", mem="1G", icount=True, append="loglevel=7").output
    cost = {name: int(count) for name, count in re.findall(r"\] (zones|buddy): .*\((\d+) instructions\)", output)}
    assert cost["zones"] + cost["buddy"] <= 1000000, cost


def crowded(tmp_path, free_pages):
    """128 MiB whose first 16 MiB are reserved, but for so many pages at 0x60008000."""
    first = RAM_AT + 0x8000 + free_pages * 4096
    reserve = f"/memreserve/ 0x60000000 0x8000; /memreserve/ {first:#x} {RAM_AT + 16 * MIB - first:#x};"
    return machine_of(tmp_path, [(0, 128 * MIB)], "", reserve=reserve)


def test_before_paging_only_what_is_mapped_is_handed_out(boot, tmp_path):
    """With two pages the bitmap and a page table fit into what the first table maps, and all goes well above."""
    machine = boot(**crowded(tmp_path, 2))
    assert balance(machine.cmd("balance"))["present"] == 128 * MIB // 4096
    early_tests(machine)


@pytest.mark.parametrize("free_pages, why", [(1, r"out of memory: 4096 bytes.*last byte 0x60ffffff"),
                                             (0, r"no room for a bitmap of 4096 bytes in the first 16 MiB")])
def test_too_little_that_is_mapped_is_a_clear_panic(boot, tmp_path, free_pages, why):
    """Not a fault: the reason stands in one line."""
    machine = boot(wait=False, **crowded(tmp_path, free_pages))
    machine.expect(rf"panic: bootmem: {why}", panic=True)
    assert machine.wait() == 2


def test_no_memory_for_what_boot_said_is_a_clear_panic(extra_image, boot, tmp_path):
    """tests/boot/extra/used_up.c leaves none for the banks, then those bytes but none for the ranges, and so on."""
    left, wanted = 0, []
    named = """reserved-memory { #address-cells = <1>; #size-cells = <1>; ranges;
        BiscuitOS_memory@61000000 { reg = <0x61000000 0x100000>; }; };"""
    blob = handover.tree(bank(RAM_AT, 64 * MIB) + named, chosen='bootargs = "lowmem=32M early_left=LEFT";')
    for _ in range(4):
        line = blob.replace(b"LEFT", f"{left + 1:04}".encode())
        machine = boot(wait=False, image=extra_image, mem="1G", qemu=placed(tmp_path, line, TAGS_AT))
        text = machine.expect("panic: bootmem: out of memory: .*backtrace", panic=True)
        assert machine.wait() == 2
        found = re.search(r"memory: (\d+) bytes, .*, for (\w+)\+0x", text)
        wanted.append((found[2], int(found[1])))
        left += wanted[-1][1]
    assert [who for who, _ in wanted[:3]] == 3 * ["boot_info_keep"] != wanted[3][0], wanted
    assert wanted[2][1] >= len("BiscuitOS_memory")  # the names


@pytest.mark.parametrize("pages, wants", [(0, "table"), (1, "slots"), (3, "slots")])
def test_no_memory_for_kmap_is_a_clear_panic(extra_image, boot, pages, wants):
    """tests/boot/extra/used_up.c leaves so many pages: none for the table, or one for it and too few for the slots."""
    machine = boot(wait=False, image=extra_image, mem="128M", append=f"lowmem=32M used_up={pages + 1}")
    machine.expect(f"panic: kmap: no memory for the window's {wants}\\s", panic=True)
    assert machine.wait() == 2


@pytest.mark.parametrize("mem", ["64M", "1G"])
def test_what_is_taken_is_not_handed_over_whatever_the_map_says(extra_image, headless, mem):
    """tests/boot/extra/cleared_map.c clears the bits of the image, of the tables, and of an allocation."""
    sound = balance(headless("balance", image=extra_image, mem=mem).output)
    ended = headless("test cleared_map; exhaust pages; balance; test buddy", image=extra_image, mem=mem,
                     append="cleared_map=1")
    named = re.findall(r"BUG: early: free in the map, but taken: object=0x(\w+) .* found=frames 0x(\w+) to 0x(\w+): "
                       r"(.+); not handed over", ended.output)
    assert {"image", "page tables", "allocated early"} <= {by for *_, by in named}
    assert all(int(at, 16) >> 12 == int(first, 16) <= int(last, 16) for at, first, last, _ in named)
    found = balance(ended.output)
    assert found["lost"] == 0 and found["present"] == sound["present"]
    assert found["reserved"] >= sound["reserved"]  # the allocation, and what shares no block with it
    assert "not ok" not in ended.output
