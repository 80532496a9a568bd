"""
test_first.py - a command's answer does not depend on what was typed before it, nor on settings or the CPU selected

gdb reads a source file's symbols when something in it is asked for: the first command of all meets other
symbols than the tenth.  Other images: tests/boot/test_build.py.  Its settings change how expressions are read
and values shown; and it reads memory as the selected CPU sees it, whose MMU may be off.
"""

import os
import re

import pytest

import session


def test_each_command_answers_first_as_it_answers_last(served):
    machine, server = served(mem="64M", append="lowmem=32M")
    machine.cmd("alloc kmap")
    assert session.told_otherwise_when_first(server) == []


def test_gdb_does_not_grow(served):
    """However often its commands are typed: what the first needs is kept, but no more comes with each."""
    _, server = served(mem="64M", append="lowmem=32M")
    pages = "python print(open('/proc/self/statm').read().split()[1])"
    lines = ["crumb check", "crumb map", "crumb explain 0xc0010000"]
    answers = session.ask(server, *lines, *lines, pages, *lines, pages)
    before, after = (int(answers[at]) * os.sysconf("SC_PAGE_SIZE") >> 20 for at in (6, 10))
    assert after - before < 60, f"{after - before} MiB for one round"


# ---- what the person has set ---------------------------------------------------------------------

SETTINGS = {
    "how values look": (
        "set output-radix 16", "set print pretty on", "set print array on", "set print array-indexes on",
        "set print address off", "set print symbol off", "set print symbol-filename on", "set print object on",
        "set print max-symbolic-offset 1", "set print elements 2", "set print max-depth 0", "set print repeats 2",
        "set print union off", "set print sevenbit-strings on", "set max-value-size 16", "set style enabled on",
        "set print frame-info short-location", "set print entry-values both", "set listsize 1"),
    "c++, and how much is shown": (
        "set language c++", "set width 40", "set height 10", "set pagination on", "set confirm on",
        "set case-sensitive off", "set multiple-symbols cancel", "set filename-display basename",
        "set backtrace limit 2", "set disassembler-options reg-names-raw"),
    "fortran, and no letters": (
        "set language fortran", "set host-charset ASCII", "set target-charset ASCII", "set verbose on",
        "set may-call-functions on", "set unwindonsignal on", "set may-write-memory off"),
    "ada": ("set language ada", "set input-radix 16", "set trust-readonly-sections on", "set stack-cache off"),
}


@pytest.fixture(scope="module")
def plain(served):
    """(where a machine with some of everything serves gdb, what it says when nothing is set)"""
    machine, server = served(mem="64M", append="lowmem=32M")
    for line in ("alloc kmap", "alloc kmalloc 100", "alloc vmalloc 10000", "alloc pages 1 highmem",
                 "kstrdup Grüße".encode().decode("latin-1")):
        machine.cmd(line)
    return server, session.ask(server, *session.LINES, held=True).all


@pytest.mark.parametrize("kind", SETTINGS)
def test_no_setting_changes_an_answer(plain, kind):
    server, answers = plain
    settings = SETTINGS[kind]
    others = session.ask(server, *settings, *session.LINES, held=True).all[len(settings):]
    wrong = [(line, answer, other) for (line, answer), (_, other) in zip(answers, others)
             if answer != other and answer.encode("ascii", "replace").decode() != other]
    assert wrong == []


def test_the_settings_are_the_persons_own_again(plain):
    """After each command, in those that he has it run, and after one that ends with an error."""
    settings = ("set language c++", "set output-radix 16", "set width 50", "set print pretty on")
    shows = ("show language", "show output-radix", "show width", "show print pretty")
    answers = session.ask(plain[0], *settings, *shows, "crumb zones", "crumb page 7", "print $pfn_to_page(1)", *shows,
                          "crumb each caches -- show language", "crumb each areas -- show output-radix")
    assert [answers[n] for n in range(4, 8)] == [answers[n] for n in range(11, 15)]
    assert answers[15].startswith('The current source language is "c++".\n')
    assert answers[16].startswith("Default output radix for printing of values is 16.\n")


# ---- which CPU is selected -----------------------------------------------------------------------

@pytest.mark.parametrize("proto", [None, "elf"])
def test_any_cpu_may_be_selected(served, proto):
    """One that waits to be started, in the loader's code or in head.S's, has its MMU off."""
    image = session.elf()
    machine, server = served(mem="64M", append="lowmem=32M", smp=3, proto=proto, image=image if proto else None)
    machine.cmd("alloc kmap")
    wrong = session.told_otherwise_after(server, "thread 3")
    # These two show the CPU that is selected.
    assert [line for line, _, _ in wrong] == ["crumb fault", "crumb regs"], wrong
    assert wrong[0][2] == "data abort: none since reset\nprefetch abort: none since reset", wrong
    assert "M=0(off)" in wrong[1][2], wrong
    answers = session.ask(server, "crumb early-symbols", "thread 3", "backtrace", "print $pc", "crumb explain $pc",
                          "crumb zones", "print $pc", "info threads", "print $_thread",
                          'print $per_cpu("kmap_stack", 0).depth')
    assert answers[3].split()[2:] == answers[6].split()[2:] and answers[8] == "$3 = 3"
    trace = answers[2]
    assert len(re.findall("^#", trace, re.MULTILINE)) == 1 and "corrupt" not in trace, trace
    assert "park () at boot/head.S" in trace if proto else "0x48000" in trace
    assert re.search(r"page walk for (48|60)0", answers[4]), answers[4]
    assert answers[9] == "$4 = 0"
