"""
test_fixmap.py - the fixed window and kmap_local from outside: the compiler's refusals, the prompt, small machines
"""

import re
import subprocess

import pytest

from machine import LIMIT, PROCESS, ROOT, balance, single_step, totals

HIGHMEM = {"mem": "128M", "append": "lowmem=32M"}


def sections(text):
    """/proc/fixmap as {range: slots set}, and its lines of slots as tuples (slot, address, shows, rights, rest)."""
    ranges = re.findall(r"^ *\d+-\d+ +0x\w+-0x\w+ +(\w+) +(\d+) of \d+$", text, re.M)
    slots = re.findall(r"^ *(\d+)  (0x\w+)  (0x\w+)  ([r-][w-][x-])  (.*)$", text, re.M)
    return {name: int(count) for name, count in ranges}, slots


@pytest.mark.parametrize("machine", [HIGHMEM, {"mem": "16M"}, {"mem": "1G"}], ids=["lowmem", "16M", "1G"])
def test_self_tests(headless, machine):
    """With highmem nothing is skipped; without, what needs none of it still runs."""
    ended = headless("test fixmap; test kmap_local", **machine)
    reports = ended.output.split("KTAP version 1")[1:]
    assert len(reports) == 2
    skips = [totals("KTAP version 1" + report)[1:] for report in reports]
    assert [failed for failed, _ in skips] == [0, 0]
    if machine["mem"] != "16M":
        assert [skipped for _, skipped in skips] == [0, 0]


def test_interrupts_between_any_two_instructions(headless):
    """One instruction a translation block: the timer's handler maps pages wherever the code stands."""
    ended = headless("test kmap_local.interrupts", qemu=single_step(), **HIGHMEM)
    assert totals(ended.output)[:2] == (1, 0)


def compile_snippet(body):
    source = f'#include "mm/fixmap/kmap_local.h"\nvoid snippet(void);\nvoid snippet(void)\n{{\n{body}\n}}\n'
    return subprocess.run(["arm-none-eabi-gcc", "-mcpu=cortex-a9", "-std=gnu11", "-O2", f"-I{ROOT}",
                           f"-I{ROOT}/arch/arm", "-DCRUMB_DEBUG=0", "-x", "c", "-S", "-o", "/dev/null", "-"],
                          input=source, timeout=LIMIT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          encoding="utf-8", check=False)


@pytest.mark.parametrize("body", ["fix_to_virt(FIX_USER_LAST);", "set_fixmap(FIX_USER_FIRST, 0);",
                                  "kunmap_local((void *)fix_to_virt(0));"])
def test_good_constants_compile(body):
    done = compile_snippet(body)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("body", ["fix_to_virt(__end_of_fixed_addresses);", "set_fixmap(1000, 0);", "clear_fixmap(-1);",
                                  "set_fixmap_offset_io(__end_of_fixed_addresses, 0);"])
def test_bad_constants_do_not_compile(body):
    done = compile_snippet(body)
    assert done.returncode != 0 and "not a slot of the fixmap" in done.stdout, done.stdout


def test_a_page_is_not_an_address():
    done = compile_snippet("kunmap_local(pfn_to_page(1));")
    assert done.returncode != 0 and "takes the address, not the page" in done.stdout, done.stdout


def test_slots_at_the_prompt(boot):
    machine = boot(**HIGHMEM)
    before, devices = sections(machine.cmd("cat /proc/fixmap"))
    assert before["user"] == before["early"] == before["kmap_local"] == 0
    assert before["port"] == len(devices) and (devices or PROCESS)
    assert all(rights == "rw-" and "device" in rest for _, _, _, rights, rest in devices)

    pfn = int(re.search(r"pfn=(0x\w+)", machine.cmd("alloc pages 0 highmem"))[1], 0)
    va = int(re.search(r"#2 fixmap slot=3 va=(0x\w+)", machine.cmd("alloc fixmap 3 #1"))[1], 0)
    machine.cmd(f"mw {va:#x} 0x12345678")
    assert "12345678" in machine.cmd(f"md {va:#x} 4")
    ranges, slots = sections(machine.cmd("fixmap show"))
    assert ranges["user"] == 1
    assert [int(shows, 0) for _, at, shows, *_ in slots if int(at, 0) == va] == [pfn << 12]

    answer = machine.cmd("fixmap set 3 0x60000000")
    assert re.search(r"BUG: fixmap: slot in use: .* caller=\w+\+0x", answer)
    assert "error: fixmap: slot 3: refused" in answer
    for kind in ("", " normal", " nocache", " io"):  # the kernel's code: nobody may write it
        assert "BUG: fixmap: forbidden alias: " in machine.cmd(f"fixmap set 0 0x60010000{kind}")
    assert "slot 0: " in machine.cmd("fixmap set 0 0x60010000 ro")
    assert "slot 0: clear" in machine.cmd("fixmap clear 0")
    assert "0x10000004" in machine.cmd("fixmap set 0 0x10000004")
    assert "slot 0: clear" in machine.cmd("fixmap clear 0")
    assert "BUG: fixmap: slot not set" in machine.cmd("fixmap clear 0")
    assert "#2 freed" in machine.cmd("free #2")
    assert "error: md: " in machine.cmd(f"md {va:#x} 4")
    machine.cmd("free #1")
    assert sections(machine.cmd("fixmap"))[0] == before
    balance(machine.cmd("balance"))


def test_a_slot_that_is_cleared_leaves_the_list(boot):
    machine = boot(mem="16M")
    machine.cmd("alloc pages 0; alloc fixmap 3 #1")
    assert machine.cmd("fixmap clear 3") .split("\n") == ["slot 3: clear", "#2 freed"]
    assert machine.cmd("free all").strip() == "#1 freed"


@pytest.mark.parametrize("line, reason", [
    ("fixmap set 8 0", "SLOT"), ("fixmap set -1 0", "SLOT"), ("fixmap set 0 x", "x: neither a number"),
    ("fixmap set 0 0 rwx", "rwx"),
    ("fixmap set 0", "usage"), ("fixmap clear", "usage"), ("fixmap burn", "usage"), ("alloc fixmap 0", "usage"),
    ("alloc fixmap 0 #99", "no such allocation"), ("alloc fixmap 9 #1", "SLOT"), ("kmap_local 3", "usage")])
def test_bad_input(boot, line, reason):
    machine = boot(mem="16M")
    machine.cmd("alloc pages 0")
    before = machine.cmd("fixmap")
    answer = machine.cmd(line)
    assert re.search(r"^error: \w+: ", answer, re.M) and reason in answer, answer
    assert machine.cmd("fixmap") == before


def test_demo_and_trace(headless):
    ended = headless("trace on window; kmap_local; trace off; kmap_local", **HIGHMEM)
    assert ended.status == 0, ended
    assert ended.output.count("page translation fault") == 4
    assert len(re.findall(r"trace: window: kmap_local: \w+ now shows pfn", ended.output)) == 2
    assert len(re.findall(r"trace: window: kmap_local: \w+ is clear, depth [01]", ended.output)) == 2
    assert "no slot is taken" in headless("kmap_local", mem="128M").output


def test_trace_from_boot_on(headless):
    """trace=window on the command line says as much as the command does, mapping as well as unmapping."""
    ended = headless("kmap_local", mem="128M", append="lowmem=32M trace=window loglevel=7")
    assert len(re.findall(r"trace: window: kmap_local: \w+ now shows pfn", ended.output)) >= 2
    assert len(re.findall(r"trace: window: kmap_local: \w+ is clear, depth [01]", ended.output)) >= 2


REFUSALS = {
    "fixmap-bad-index": "bad index", "fixmap-bad-address": "bad address", "fixmap-device-slot": "slot of another",
    "fixmap-set-twice": "slot in use", "fixmap-clear-twice": "slot not set",
    "fixmap-text": "forbidden alias", "kmap_local-too-deep": "too deep",
    "kmap_local-out-of-order": "out of order", "kmap_local-unmap-twice": "not mapped",
    "kmap_local-other-cpu": "slot of another CPU", "kmap_local-wild-unmap": "not a slot",
    "kmap_local-not-ram": "not RAM", "kmap_local-stale-page": "not mapped"}


def test_breaks(headless):
    """Each mistake that can be committed is named, and refused with nothing changed."""
    names = {name.replace("_", "-"): what for name, what in REFUSALS.items()}
    ended = headless("; ".join(f"break {name}" for name in names), **HIGHMEM)
    assert ended.status == 0, ended
    assert re.findall(r"BUG: \w+: ([^:]+): object=", ended.output) == list(names.values())


def test_a_fault_gives_the_slots_back(boot):
    """A command that faults while it holds a page leaves none mapped."""
    machine = boot(**HIGHMEM)
    for _ in range(20):
        answer = machine.cmd("break kmap-local-use-after-unmap", oops=True)
        assert "a slot that is not set" in answer
    assert sections(machine.cmd("fixmap"))[0]["kmap_local"] == 0
    assert machine.cmd("test kmap_local.sixteen").count("not ok") == 0


def test_example(extra_image, headless):
    """tests/examples/fixmap.c."""
    ended = headless("peek 0x10000000; swap; test window", image=extra_image, **HIGHMEM)
    assert re.search(r"^0x10000000: 0x(?!00000000)\w{8}$", ended.output, re.M)
    assert "one holds 2, two holds 1" in ended.lines()
