"""
test_faults.py - a fault of every kind is decoded in words, and the shell comes back from it

Each row is a `break` of the traps and page families: what the oops has to say.
"""

import re

import pytest

from machine import balance

# name: what the oops's text must match
FAULTS = {
    "null-read": r"translation fault",
    "null-write": r"translation fault.*",
    "text-write": r"permission fault",
    "rodata-write": r"permission fault",
    "data-exec": r"(?i)permission fault|execute",
    "unmapped-read": r"translation fault",
    "unaligned": r"alignment fault",
    "stack-overflow": r"(?i)guard|stack",
    "undefined-instruction": r"(?i)undefined instruction",
    "prefetch-abort": r"(?i)translation fault|prefetch",
    "wild-jump": r"(?i)translation fault|prefetch",
    "svc": r"(?i)system call|svc|supervisor",
    "bkpt": r"(?i)breakpoint|debug",
    "nested": r"(?i)nested|Oops",
    "wild-sp": r"(?i)stack|sp",
}


def listed(machine):
    """The names that `break` lists."""
    return re.findall(r"^\s+([a-z0-9]+(?:-[a-z0-9]+)+|[a-z]+)\s{2,}", machine.cmd("break"), re.MULTILINE)


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_told_and_survived(boot, name):
    machine = boot(mem="128M")
    before = machine.cmd("balance")
    text = machine.cmd(f"break {name}", oops=True)
    assert "Oops: " in text
    assert re.search(FAULTS[name], text), text
    # registers, the walk with each level's bits, and function names
    assert re.search(r"\bpc\b", text) and re.search(r"\br0\b", text) and re.search(r"\bsp\b", text)
    if name != "nested":  # which destroys what could be followed
        assert re.search(r"\] [a-z_0-9]+\+0x[0-9a-f]+", text)
    assert machine.cmd("echo still here") == "still here"
    assert machine.cmd("balance") == before


def test_every_break_is_caught(boot):
    """Whatever `break` lists ends in a report or an oops, and the machine goes on."""
    machine = boot(mem="128M")
    names = listed(machine)
    assert len(names) >= len(FAULTS)
    for name in names:
        text = machine.cmd(f"break {name}", oops=True)
        assert re.search(r"BUG: |Oops: ", text), f"break {name}:\n{text}"
        assert "Nested" not in text or name.startswith("nested"), text
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
