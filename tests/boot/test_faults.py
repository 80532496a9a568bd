"""
test_faults.py - a fault of every kind is decoded in words, and the shell comes back from it

Each row is a `break` of the traps and page families: what the oops has to say.
"""

import re

import pytest

from machine import balance

# name: the cause in words, the access; then the status register's words, which arrive otherwise
FAULTS = {
    "null-read": (r"section translation fault at 0x00000000 \(read\)", r"DFSR=00000005: .*fault, read"),
    "null-write": (r"section translation fault at 0x000000.. \(write\)", r"DFSR=00000805: .*fault, write"),
    "unmapped-read": (r"section translation fault at 0xbf001000 \(read\)", r"DFSR=00000005: .*fault, read"),
    "text-write": (r"page permission fault at 0xc0.* \(write\)", r"DFSR=0000080f: .*permission.*write"),
    "rodata-write": (r"page permission fault at 0xc0.* \(write\)", r"DFSR=0000080f: .*permission.*write"),
    "data-exec": (r"page permission fault at 0xc0.* \(execute\)", r"IFSR=0000000f: .*permission fault, execute"),
    "prefetch-abort": (r"section translation fault at 0x00000000 \(execute\)", r"IFSR=00000005: .*fault, execute"),
    "wild-jump": (r"section translation fault at 0xbf001000 \(execute\)", r"IFSR=00000005: .*fault, execute"),
    "unaligned": (r"alignment fault at 0x.*[13579bdf] \(read\)", r"DFSR=00000001: .*alignment fault, read"),
    "stack-overflow": (r"page translation fault at .* \(write\)", r"stack overflow: .*guard page below svc_stack"),
    "wild-sp": (r"section translation fault at 0xbf000... \(write\)", r"sp=bf00"),
    "undefined-instruction": (r"undefined instruction at 0xc0", r"CPU 0, undefined instruction"),
    "svc": (r"supervisor call at 0xc0", r"CPU 0, supervisor call"),
    "bkpt": (r"breakpoint at 0xc0", r"IFSR=00000002: .*debug event"),
    "nested": (r"section translation fault at 0x00000000 \(read\)", r"fault while printing the provoked section"),
}

# Without a stack the callers cannot be followed up to the shell's loop.
NO_STACK = {"wild-sp"}


def listed(machine):
    """The names that `break` lists."""
    return re.findall(r"^\s+([a-z0-9]+(?:-[a-z0-9]+)+|[a-z]+)\s{2,}", machine.cmd("break"), re.MULTILINE)


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_told_and_survived(boot, name):
    machine = boot(mem="128M")
    before = machine.cmd("balance")
    text = machine.cmd(f"break {name}", oops=True)
    headline, words = FAULTS[name]
    assert re.search(f"Oops: {headline}", text) and re.search(words, text), text
    for register in ("pc=", "lr=", "sp=", "r0 =", "r12=", "cpsr="):
        assert register in text
    if "DFSR=" in text or "IFSR=" in text:
        assert re.search(r"page walk for [0-9a-f]{8}:\n +first level +\[ *\d+\] at [0-9a-f]{8} = [0-9a-f]{8}: ", text)
    trace = re.findall(r"^ +\[<[0-9a-f]{8}>\] ([a-z_0-9]+)\+0x", text.split("backtrace:")[1], re.MULTILINE)
    assert f"break_{name.replace('-', '_')}" in trace, text
    assert ("shell_loop" in trace) == (name not in NO_STACK), text
    assert machine.cmd("echo still here") == "still here"
    assert machine.cmd("balance") == before


def test_every_break_is_caught(boot):
    """Whatever `break` lists ends in a report or an oops, and the machine goes on."""
    machine = boot(mem="128M", append="lowmem=32M")  # some mistakes need highmem
    names = listed(machine)
    assert len(names) >= len(FAULTS)
    for name in names:
        text = machine.cmd(f"break {name}", oops=True)
        seen = r"BUG: |Oops: |while kmap shows it|only DEBUG builds see this one"
        assert re.search(seen, text), f"break {name}:\n{text}"
        balance(machine.cmd("balance"))


def test_faults_in_a_row(boot):
    """The stacks do not grow from fault to fault."""
    machine = boot(mem="16M")
    for _ in range(60):
        machine.cmd("break null-read", oops=True)
    assert machine.cmd("echo still here") == "still here"


def test_unknown_break_is_an_error(boot):
    assert "error: break:" in boot().cmd("break nothing-of-the-kind")


def test_a_fault_fails_the_run(headless):
    """In a headless run a faulting command counts as failed, and the next still runs."""
    ended = headless("echo before; break null-read; echo after", status=1)
    assert "before" in ended.lines() and "after" in ended.lines()
    assert ended.lines()[-1] == "run: 2 ok, 1 failed"


def test_panic_on_bug_turns_a_report_into_a_panic(headless):
    ended = headless("break page-double-free", append="panic_on_bug=1", status=2)
    assert "BUG: page: " in ended.output and "panic: " in ended.output


def test_a_loop_of_bugs_is_counted_and_shown_ten_times(boot):
    """A call site shows 10 reports in 5 seconds; the others are told with the next one, and in `bugs`."""
    machine = boot(mem="16M", icount=True)  # the 5 seconds are of instructions
    text = machine.cmd("repeat 25 break page-double-free")
    assert text.count("BUG: page: double free:") == 10
    assert text.count("more of this call site are counted, not shown") == 1
    row = re.search(r"^ *25 +15  page: double free, by (\S+)", machine.cmd("bugs"), re.M)
    assert row
    assert machine.cmd("cat /proc/bugs") == machine.cmd("bugs")
    assert "25 reports since boot, 0 of them wanted by self-tests" in machine.cmd("bugs -c")
    assert "page: double free" not in machine.cmd("bugs")
    assert "BUG: page: double free:" in machine.cmd("break page-double-free")


def test_what_was_not_shown_is_told_with_the_next(boot):
    machine = boot(mem="16M", icount=True)
    machine.cmd("repeat 12 break page-double-free")
    took = machine.cmd("time stress 150000 pages seed=1")
    assert int(re.search(r"time: (\d+) instructions", took)[1]) * 128 > 5.1e9
    text = machine.cmd("break page-double-free")
    told = re.search(r"bug: page: double free: 2 more of caller=\S+ were counted, not shown", text)
    assert told and text.index("BUG: page: double free:") > told.start()
