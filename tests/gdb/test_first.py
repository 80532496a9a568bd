"""
test_first.py - a command's answer does not depend on what was typed before it

gdb reads a source file's symbols when something in it is asked for: the first command of all meets other
symbols than the tenth.  Other images: tests/boot/test_build.py.
"""

import os

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
