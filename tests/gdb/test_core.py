"""
test_core.py - a core instead of a machine: what is asked of it is answered as by the machine that it was
"""

import os
import re
import struct
import subprocess

import pytest

from machine import LIMIT, ROOT, run_commands
from session import ask, ask_core

CLEAN = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
HELD = ("alloc pages 3 highmem", "alloc vmalloc 10000", "kmalloc 100", "alloc percpu 100", "alloc kmap #1",
        "kstrdup 'in the core'")
ASKED = ("crumb allocs", "crumb balance", "crumb meminfo", "crumb slab kmalloc-128", "crumb vmap", "crumb kmap",
         "crumb buddy", "crumb pgtables", "crumb fixmap", "crumb early", "crumb map", "crumb zones", "crumb percpu",
         "crumb pt 0xc0010000", "crumb md phys:0x60010000 16", "crumb dmesg", "crumb check")


@pytest.fixture(scope="module")
def both(served, tmp_path_factory):
    """A machine with something of everything, the core that it wrote, and the one that gdb wrote of it."""
    folder = tmp_path_factory.mktemp("core")
    inside, outside = str(folder / "inside.core"), str(folder / "outside.core")
    machine, server = served(mem="128M", append="lowmem=32M")
    machine.said = {line: machine.cmd(line) for line in HELD}
    assert f"core: {inside}: make gdb CORE={inside} opens it" in machine.cmd(f"dump {inside}")
    live = ask(server, *ASKED, f"crumb dump {outside}")
    assert f"{outside}: make gdb CORE={outside} opens it" in live[len(ASKED)], live[len(ASKED)]
    machine.highmem = int(re.search(r"pfn=(0x\w+)", machine.said[HELD[0]])[1], 16) << 12
    return machine, live, inside, outside


@pytest.mark.parametrize("which", ["inside", "outside"])
def test_a_core_answers_as_the_machine_did(both, which):
    _, live, inside, outside = both
    answers = ask_core(inside if which == "inside" else outside, *ASKED)
    for place, command in enumerate(ASKED):
        ours, theirs = answers[place], live[place]
        if command == "crumb dmesg":  # it goes on
            theirs = theirs[:len(ours)]
        assert ours == theirs, command


def test_a_core_has_the_frames_that_wrote_it(both):
    _, _, inside, outside = both
    frames = ask_core(inside, "backtrace", "frame function coredump_write", "info locals")
    assert re.search(r"coredump_write \(path=.*inside.core.*\n#\d+ .*shell_cmd_dump", frames[0]), frames[0]
    assert re.search(r"^#\d+ .* high \(\)", frames[0], re.MULTILINE)
    assert "shell_loop" in ask_core(outside, "backtrace")[0] or "high" in ask_core(outside, "backtrace")[0]


def test_highmem_and_holes(both):
    """A page that no address shows is in the core; pages of zeroes take no room on the host's disk."""
    machine, _, inside, outside = both
    for core in (inside, outside):
        with open(core, "rb") as file:
            header = struct.unpack("<16sHHIIIIIHHHHHH", file.read(52))
            loads = [struct.unpack("<8I", file.read(32)) for _ in range(header[10])][1:]
        assert loads[0][2:5] == (0x60000000, 0x60000000, 128 << 20)
        at = loads[0][1]
        assert os.stat(core).st_size == at + (128 << 20)
        assert os.stat(core).st_blocks * 512 < 32 << 20
    told = ask_core(inside, f"crumb md phys:{machine.highmem:#x} 4", f"crumb page {machine.highmem >> 12:#x}")
    assert told[0].startswith(f"{machine.highmem:08x}: ") and "used, the head of 8 pages" in told[1]


def test_make_gdb_opens_it(both):
    _, _, inside, _ = both
    done = subprocess.run(["make", "-C", ROOT, "-s", "gdb", f"CORE={inside}"], env=CLEAN, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, input="crumb allocs\nquit\n", encoding="utf-8", timeout=LIMIT,
                          check=False)
    assert "#1 pages order=3 zone=HighMem" in done.stdout, done.stdout
    done = subprocess.run(["make", "-C", ROOT, "-s", "gdb", "CORE=/nowhere"], env=CLEAN, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, encoding="utf-8", timeout=LIMIT,
                          check=False)
    assert "CORE=/nowhere: no such file" in done.stdout and done.returncode


def test_a_panic_leaves_a_core(tmp_path):
    core = tmp_path / "panic.core"
    ended = run_commands("kmalloc 100; break page-double-free", mem="64M", append=f"panic_on_bug=1 panic=dump:{core}")
    assert ended.status == 2 and f"make gdb CORE={core} opens it" in ended.output, ended
    answers = ask_core(str(core), "backtrace", "crumb dmesg", "crumb check", "crumb allocs")
    assert re.search(r"panic_end .*\n(.*\n)?#\d+ .* panic \(.*\n#\d+ .* bug \(", answers[0]), answers[0]
    assert "panic: panic_on_bug: page: double free" in answers[1]
    assert "all sound" in answers[2] and "#1 kmalloc size=100" in answers[3]


def test_what_cannot_be_written_is_said(served, tmp_path):
    machine, server = served(mem="64M")
    assert "error: dump: usage: dump FILE" in machine.cmd("dump")
    assert "core: /nowhere/x: cannot be opened on the host" in machine.cmd("dump /nowhere/x")
    assert "FILE: a name of 1 to 255 bytes" in machine.cmd("dump " + "x" * 256)
    answers = ask(server, "crumb dump /nowhere/x", "crumb dump")
    assert answers[0] == "/nowhere/x: No such file or directory" and "an argument is missing" in answers[1]
    full = machine.cmd("dump /dev/full")
    assert "core: /dev/full: the host did not take all of it" in full
    early = ask(served(mem="64M", stop=True, wait=False)[1], f"crumb dump {tmp_path}/x")
    assert "no bank of RAM is known yet" in early[0]
