"""
test_attach.py - what gdb does by itself for a machine, and how its commands speak with a person
"""

import os
import re
import socket
import subprocess

import pytest

from machine import BOUND, LIMIT, ROOT
from session import ask, elf

CLEAN = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}


# ---- before the MMU is on ------------------------------------------------------------------------

def test_head_steps_with_source_before_the_mmu(served):
    _, server = served(mem="64M", stop=True, wait=False)
    answers = ask(server, "crumb early-symbols", "crumb early-symbols", "break _start", "break first_table",
                  "continue", "stepi", "continue", "backtrace", "stepi", "info line", "delete",
                  "tbreak start_kernel", "continue", "backtrace", "crumb explain 0xc0010000", cwd="/")
    assert answers[0] == "head.S has its symbols at 0x60010000 too"
    assert answers[1] == "head.S has its symbols at 0x60010000 already"
    assert "0x60010000: _start. (2 locations)" in answers[2]
    assert re.search(r"_start \(\) at boot/head.S:\d+\n\d+\t\tb 1f$", answers[4]), answers[4]
    assert re.search(r"^\d+\t1:\tmov r12, #PERIPH_PHYS", answers[5], re.MULTILINE), answers[5]
    assert re.search(r"^#0  first_table \(\) at boot/head.S:\d+\n#1  0x600100.. in _start \(\)", answers[7]), answers[7]
    assert "<first_table+4>" in answers[9]
    assert re.search(r"start_kernel \(\) at kernel/main.c:\d+$", answers[13].split("\n#1")[0]), answers[13]
    assert "region: not known yet" in answers[14] and "symbol: _start+0x0" in answers[14], answers[14]


# ---- a panic -------------------------------------------------------------------------------------

PANIC = dict(mem="64M", append='panic_on_bug=1 run="break page-double-free"', stop=True, wait=False)


def test_a_panic_stops_with_every_frame_alive(served):
    machine, server = served(**PANIC)
    answers = ask(server, "continue", "backtrace", "crumb dmesg", "crumb check balance", "continue")
    assert "The machine panicked" in answers[0]
    functions = re.findall(r"^#\d+ +(?:0x\w+ in )?(\w+) \(", answers[1], re.MULTILINE)
    assert functions[:3] == ["panic_end", "panic", "bug"] and functions[-1] == "high", answers[1]
    assert "panic: panic_on_bug: page: double free" in answers[2]
    assert "check: 1 of 1 families are there, all sound" in answers[3]
    assert machine.wait() == 2


def test_gdb_may_be_told_not_to_stop_in_a_panic(served):
    machine, server = served(**PANIC)
    answers = ask(server, "show crumb-stop-in-panic", "set crumb-stop-in-panic off", "continue")
    assert answers[0] == "gdb stops in a panic: on"
    assert "panicked" not in answers[2] and machine.wait() == 2


# ---- words ---------------------------------------------------------------------------------------

def test_crumb_alone_lists_the_commands(served):
    _, server = served(mem="64M")
    answers = ask(server, "crumb", "crumb pagge 5", "crumb zzz", "crumb page", "crumb pt", "crumb buddy a b c",
                  "print $pfn_to_page()", "print $per_cpu(1, 2, 3)")
    assert answers[0].count("crumb ") > 15 and "crumb page -- " in answers[0]
    assert answers[1] == "crumb pagge: no such command; is it page? `crumb` lists them"
    assert answers[2] == "crumb zzz: no such command; `crumb` lists them"
    assert answers[3] == "an argument is missing: Explain one struct page: crumb page PFN|VA|PAGE"
    assert answers[4].startswith("an argument is missing: ") and answers[5].startswith("too many arguments: ")
    assert answers[6].startswith("an argument is missing: ") and answers[7].startswith("too many arguments: ")


@pytest.mark.parametrize("wrong", ["1 // 0", "[][1]", "{}['key']", "int('x')", "None.name", "gdb.parse_and_eval('*0')",
                                   "gdb.parse_and_eval('(').no", "(lambda f: f(f))(lambda f: f(f))"])
def test_no_error_of_pythons_reaches_a_person(served, wrong):
    """Whatever a reader runs into in memory that is overwritten."""
    _, server = served(mem="64M")
    answers = ask(server, f"python import crumb; crumb.log.lines = lambda: {wrong}", "crumb dmesg",
                  f"python import crumb; crumb.pages.pfn_to_page = lambda pfn: {wrong}", "print $pfn_to_page(0x60100)",
                  "crumb zones")
    for said in (answers[1], answers[3]):
        assert said and "Traceback" not in said and "Python" not in said and len(said.splitlines()) == 1, said
    assert "Normal" in answers[4]


COMPLETED = {"crumb slab kmalloc-12": "crumb slab kmalloc-128", "crumb check p": "crumb check page",
             "crumb check perc": "crumb check percpu", "crumb buddy N": "crumb buddy Normal",
             "crumb pt swapper_pg": "crumb pt swapper_pg_dir", "crumb percpu kmap_st": "crumb percpu kmap_stack",
             "crumb early-": "crumb early-symbols"}


def test_arguments_are_completed(served):
    _, server = served(mem="64M")
    lines = list(COMPLETED)
    answers = ask(server, *(f"complete {line}" for line in lines))
    for place, line in enumerate(lines):
        assert COMPLETED[line] in answers[place].splitlines(), (line, answers[place])


# ---- make debug, make gdb ------------------------------------------------------------------------

def make(*arguments):
    return subprocess.run([*BOUND, "make", "-C", ROOT, "-s", *arguments], env=CLEAN, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", timeout=LIMIT,
                          check=False)


def test_make_gdb_without_a_machine_says_so():
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # nobody listens on it
        port = bound.getsockname()[1]
        done = make("gdb", f"GDB_PORT={port}")
    assert done.returncode
    assert f"no machine serves gdb on port {port}: in another terminal, make debug" in done.stdout, done.stdout
    assert "GDB_PORT=0: not a port" in make("gdb", "GDB_PORT=0").stdout


def test_make_debug_names_a_port_that_is_taken():
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        bound.listen()
        port = bound.getsockname()[1]
        done = make("debug", f"GDB_PORT={port}", "MEM=64M")
    assert done.returncode and f"--gdb {port}: somebody listens on that port already" in done.stdout
    assert "make debug GDB_PORT=…" in done.stdout


def test_sources_are_found_from_any_folder(tmp_path):
    args = ["gdb-multiarch", "-q", "-nx", "-batch", "-iex", f"add-auto-load-safe-path {os.path.join(ROOT, 'build')}"]
    done = subprocess.run([*args, "-ex", "list start_kernel", "-ex", "list memset", os.path.realpath(elf())],
                          cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT,
                          stdin=subprocess.DEVNULL, encoding="utf-8", check=False)
    assert "void start_kernel(void)" in done.stdout and "function memset" in done.stdout, done.stdout
