"""
test_last_words.py - a machine whose page tables are hurt says so once, and ends

    pt ADDR   ──> where the entry stands, and what it holds
    mw ENTRY  ──> what it mapped is gone, or read-only; the TLBs are flushed; then a few commands

Whatever is gone (the console, the clock, the log, a stack, the code that reports), there is at most one
panic, not many lines, and an end with status 1 or 2.  Only the page with the vectors is left out: without
it the processor executes nothing.
"""

import re

import pytest

from machine import given_time, run_commands

READ_ONLY = 0x200  # AP[2] of a small page
BEFORE = "vmalloc 8M; vmalloc 8M"  # the second one shares no table with the drivers'
FLUSH = "free #2"  # large enough to flush all
LEVELS = re.compile(r"first level .* at (?P<first>[0-9a-f]{8}) = (?P<first_entry>[0-9a-f]{8}): .*\n"
                    r"(?: +second level .* at (?P<second>[0-9a-f]{8}) = (?P<second_entry>[0-9a-f]{8}): )?")

# address or symbol, level, what becomes of the entry
GONE = {
    "console": ("UART", "first", "clear"),
    "devices of the fixmap": ("0xffc80000", "first", "clear"),
    "both consoles": ("0xffc80000 UART", "first", "clear"),
    "raw console": ("0xffc80000", "second", "clear"),
    "system registers": ("0xffc81000", "second", "clear"),
    "clock": ("0xffc82000", "second", "clear"),
    "stack": ("svc_stack+0x3000", "second", "clear"),
    "stack, read-only": ("svc_stack+0x3000", "second", "read-only"),
    "stacks of aborts, read-only": ("abt_stack abt_stack+0x1000 emergency_stack emergency_stack+0x1000", "second",
                                    "read-only"),
    "what an abort writes, read-only": ("frames reporting", "second", "read-only"),
    "what an abort reads": ("abort_stacks", "second", "clear"),
    "log, read-only": ("ring head", "second", "read-only"),
    "reporting code": ("oops traps_report", "second", "clear"),
    "formatting code": ("vsniprintf con_vprintf", "second", "clear"),
    "constants": ("__start_checkers", "second", "clear"),
    "mem_map": ("mem_map", "second", "clear"),
}


@pytest.fixture(scope="module")
def uart():
    return re.search(r"UART at (0x[0-9a-f]{8})", run_commands("echo").output)[1]


@pytest.fixture(scope="module")
def walks(uart):
    """place -> level -> (where its entry stands, what it holds)"""
    places = sorted({uart} | {place for where, _, _ in GONE.values() for place in where.split()} - {"UART"})
    text = run_commands("; ".join(f"pt {place}" for place in places)).output
    found = [{level: (int(walk[level], 16), int(walk[level + "_entry"], 16)) for level in ("first", "second")
              if walk[level]} for walk in LEVELS.finditer(text)]
    assert len(found) == len(places), text
    return dict(zip(places, found))


def hurting(walks, places, level, change):
    """The commands that change the entries of these places; those of one entry once."""
    entries = dict(walks[place][level] for place in places)
    return "; ".join(f"mw {address:#x} {entry | READ_ONLY if change == 'read-only' else 0:#x}"
                     for address, entry in entries.items())


@pytest.mark.parametrize("name", GONE)
def test_it_is_told_once_and_ends(walks, uart, name):
    where, level, change = GONE[name]
    hurt = hurting(walks, where.replace("UART", uart).split(), level, change)
    ended = run_commands(f"{BEFORE}; {hurt}; {FLUSH}; break page-double-free; check; break null-read; poweroff 3")
    told = ended.output.partition("ready:")[2]
    assert ended.status in (1, 2, 3), f"{hurt}: {ended!r}"
    assert told.count("panic:") <= 1, told
    assert len(told.splitlines()) < 200, told


def test_console_gone_is_told_by_the_raw_one(walks, uart):
    """
    One report, of what is gone, and what the checkers know of it.  An interrupt before the flush finds the interrupt
    controller gone, which lies beside the UART; that report begins on the UART, for as long as the TLB still knows
    it, and the raw console tells what it ends with.
    """
    hurt = hurting(walks, [uart], "first", "clear")
    ended = run_commands(f"{BEFORE}; {hurt}; {FLUSH}")
    assert ended.status == 2, ended
    assert re.search(f"Oops: section translation fault at {uart[:7]}.* \\(read\\)", ended.output), ended.output
    assert ended.output.count("panic:") == 1, ended.output
    last = ended.output.rstrip().splitlines()[-1]
    if "while that was told" in last:
        assert ended.output.count("Oops:") == 2, ended.output
        return
    assert ended.output.count("Oops:") == 1 and last.startswith("check: "), ended.output
    assert re.search(f"check: vmap: broken: ioremap area {uart[:5]}.*not mapped", ended.output), ended.output


def test_all_consoles_gone_ends_silently(walks, uart):
    hurt = hurting(walks, ["0xffc80000", uart], "first", "clear")
    ended = run_commands(f"{BEFORE}; {hurt}; {FLUSH}")
    assert ended.status == 2 and "panic" not in ended.output, ended


def test_halt_stays_where_the_console_is_gone(walks, uart):
    """panic=halt: the end is a stop, not a loop of faults."""
    hurt = hurting(walks, [uart], "first", "clear")
    ended = given_time(lambda limit: run_commands(f"{BEFORE}; {hurt}; {FLUSH}", limit=limit, append="panic=halt"),
                       lambda ended: "panic:" in ended.output)
    assert ended.status == 124 and ended.output.count("panic:") == 1, ended
