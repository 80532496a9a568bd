"""
test_window.py - kmap and ioremap from outside: the prompt, the views, mistakes committed on purpose, small machines
"""

import re

import pytest

from machine import balance, totals

HIGHMEM = {"mem": "128M", "append": "lowmem=32M"}
SUMMARY = re.compile(r"(\d+) slots, (\d+) in use, (\d+) unused, (\d+) free; slot (\d+) is next")


def summary(text):
    """/proc/pkmap's counts: in use, unused, free."""
    return tuple(int(n) for n in SUMMARY.search(text).groups()[1:4])


def iomem(text):
    """/proc/iomem's lines as (indented, first, last, what)."""
    lines = re.findall(r"^( *)(\w{8})-(\w{8}) : (.*)$", text, re.M)
    return [(bool(space), int(first, 16), int(last, 16), what.strip()) for space, first, last, what in lines]


@pytest.mark.parametrize("machine", [HIGHMEM, {"mem": "16M"}, {"mem": "1G"}], ids=["lowmem", "16M", "1G"])
def test_self_tests(headless, machine):
    """With highmem nothing is skipped; without, what needs none of it still runs."""
    ended = headless("test kmap; test highmem; test ioremap; test vmap", **machine)
    assert ended.status == 0, ended
    reports = ended.output.split("KTAP version 1")[1:]
    counts = [totals("KTAP version 1" + report) for report in reports]
    assert len(counts) == 4 and all(passed > 0 and failed == 0 for passed, failed, _ in counts)
    if machine["mem"] != "16M":
        only_debug = "".join(reports[:3]).count("# SKIP only DEBUG builds look")
        assert sum(skipped for _, _, skipped in counts[:3]) == only_debug


def test_kmap_at_the_prompt(boot):
    machine = boot(**HIGHMEM)
    assert summary(machine.cmd("cat /proc/pkmap")) == (0, 0, 512)
    machine.cmd("alloc pages 0 highmem")
    va = int(re.search(r"#2 kmap pfn=0x\w+ va=(0x\w+) slot=0 users=1", machine.cmd("alloc kmap #1"))[1], 0)
    assert f"va={va:#x} slot=0 users=2" in machine.cmd("kmap #1")
    machine.cmd(f"mw {va:#x} 0x12345678")
    assert "12345678" in machine.cmd(f"md {va:#x} 4")
    assert re.search(r"slot 0 of kmap\(\), shows pfn 0x\w+, in use; mapped by \w+", machine.cmd(f"explain {va:#x}"))
    assert summary(machine.cmd("pkmap")) == (1, 0, 511)
    assert "#2 freed" in machine.cmd("free #2")
    assert "#3 freed" in machine.cmd("free #3")
    assert summary(machine.cmd("pkmap show")) == (0, 1, 511)
    assert "12345678" in machine.cmd(f"md {va:#x} 4")  # unused, but not flushed
    assert "1 slots flushed" in machine.cmd("pkmap flush")
    assert "error: md: " in machine.cmd(f"md {va:#x} 4")
    assert "slot 0 of kmap(), free" in machine.cmd(f"explain {va:#x}")
    machine.cmd("free #1")
    balance(machine.cmd("balance"))


def test_ioremap_at_the_prompt(boot):
    machine = boot(**HIGHMEM)
    before = iomem(machine.cmd("iomem"))
    assert [what for _, first, _, what in before if "ioremap" in what and first == 0x10009000]
    va = int(re.search(r"#1 ioremap phys=0x10012fe0 va=(0x\w+) size=16 memory=device",
                       machine.cmd("alloc ioremap 0x10012fe0 16"))[1], 0)
    assert va & 0xfff == 0xfe0
    assert re.search(r"00000004|04 00 00 00", machine.cmd(f"md {va:#x} 4"))
    assert "phys=0x10012000" in machine.cmd("cat /proc/vmallocinfo")
    assert "ioremap: shows physical 0x10012fe4" in machine.cmd(f"explain {va + 4:#x}")
    added = [line for line in iomem(machine.cmd("cat /proc/iomem")) if line not in before]
    assert [(first, last) for _, first, last, _ in added] == [(0x10012000, 0x10012fff)]
    assert "memory=uncached" in machine.cmd("ioremap 0x48200000 64K wc")
    assert "memory=cached" in machine.cmd("ioremap 0x48200000 64K cache")
    assert "#1 freed" in machine.cmd("free #1")
    assert "error: md: " in machine.cmd(f"md {va:#x} 4")
    for number in (2, 3):
        machine.cmd(f"free #{number}")
    assert iomem(machine.cmd("iomem")) == before
    balance(machine.cmd("balance"))


def test_iomem_is_in_order(headless):
    """What lies inside another range is indented under it; the others ascend."""
    commands = "alloc ioremap 0x10009000 8K; alloc ioremap 0x20000000 4K; cat /proc/iomem"
    lines = iomem(headless(commands, **HIGHMEM).output)
    outer = (0, -1)
    for indented, first, last, _ in lines:
        if indented:
            assert outer[0] <= first <= last <= outer[1]
        else:
            assert first > outer[1]
            outer = (first, last)
    assert any(indented and "uart0" in what for indented, _, _, what in lines)


@pytest.mark.parametrize("line, reason", [
    ("alloc kmap", "usage"), ("alloc kmap 1", "#"), ("alloc kmap #9", "no such allocation"),
    ("alloc kmap #2", "not pages"), ("pkmap burn", "usage"),
    ("iomem x", "usage"), ("alloc ioremap 0x10009000", "usage"),
    ("alloc ioremap 0x10009000 0", "SIZE"), ("alloc ioremap x 4K", "x: neither a number"),
    ("alloc ioremap 0x10009000 4K ram", "ram"),
    ("alloc ioremap 0x60000000 4K", "refused"), ("alloc ioremap 0xfffff000 8K", "refused")])
def test_bad_input(boot, line, reason):
    machine = boot(**HIGHMEM)
    machine.cmd("alloc pages 0")
    machine.cmd("alloc kmap #1")
    answer = machine.cmd(line)
    assert re.search(r"^error: \w+: ", answer, re.M) and reason in answer, answer


def test_exhaust_and_trace(headless):
    ended = headless("exhaust kmap; trace on window; alloc pages 0 highmem; alloc kmap #1; free #2; pkmap flush;"
                     "alloc ioremap 0x10012000 4K; free #3", **HIGHMEM)
    assert ended.status == 0, ended
    assert "kmap: all 512 slots are held" in ended.output and "512 pages mapped" in ended.output
    assert re.search(r"trace: window: kmap: slot \d+, 0x\w+, now shows pfn 0x\w+", ended.output)
    assert "trace: window: kmap: 1 unused slots flushed and free again" in ended.output
    assert re.search(r"trace: window: ioremap: 0x\w+-0x\w+ shows 0x10012000", ended.output)
    assert re.search(r"trace: window: ioremap: 0x\w+ no longer shows 0x10012000", ended.output)


REFUSALS = {
    "kmap-never-mapped": "kmap: not mapped", "kmap-unmap-twice": "kmap: not mapped",
    "kmap-unmap-address": "kmap: not a page", "kmap-wild-page": "kmap: not a page",
    "kmap-in-interrupt": "kmap: in an interrupt", "kmap-unmap-in-interrupt": "kmap: in an interrupt",
    "kmap-stale-address": "kmap: not mapped", "ioremap-ram": "ioremap: RAM", "ioremap-zero": "ioremap: zero size",
    "ioremap-wrap": "ioremap: wraps round", "ioremap-unmap-ram": "ioremap: not an area",
    "ioremap-unmap-vmalloc": "ioremap: wrong kind", "ioremap-unmap-inside": "ioremap: interior address",
    "ioremap-unmap-twice": "ioremap: double free", "ioremap-in-interrupt": "ioremap: in an interrupt"}


def test_breaks(headless):
    """Each mistake that can be committed is named, and refused with nothing changed."""
    ended = headless("; ".join(f"break {name}" for name in REFUSALS), **HIGHMEM)
    assert ended.status == 0, ended
    assert re.findall(r"BUG: (\w+: [^:]+): object=", ended.output) == list(REFUSALS.values())


def test_breaks_that_fault(boot):
    machine = boot(**HIGHMEM)
    assert "in pkmap: a page that was never kmapped" in machine.cmd("break kmap-use-after-unmap", oops=True)
    assert "page translation fault" in machine.cmd("break ioremap-use-after-unmap", oops=True)
    assert machine.cmd("test kmap.all_held").count("not ok") == 0


def test_without_highmem(headless):
    ended = headless("pkmap; explain 0xbfe00000; exhaust kmap; pkmap flush", mem="16M", status=1)
    assert ended.output.count("there is no highmem") == 4


def test_examples(extra_image, headless):
    """tests/examples/kmap.c and ioremap.c."""
    ended = headless("labels; turns 2000; test kmap_example; clock; test rtc; pkmap", image=extra_image, **HIGHMEM)
    assert ended.status == 0, ended
    assert re.search(r'^0xbfe\w+: pfn 0x\w+ says "kmap"$', ended.output, re.M)
    assert re.search(r"^\d+ seconds, read at 0x\w+$", ended.output, re.M)
