"""
test_first.py - a command's answer does not depend on what was typed before it

gdb reads a source file's symbols when something in it is asked for: the first command of all meets other
symbols than the tenth.  Other images: tests/boot/test_build.py.
"""

import session


def test_each_command_answers_first_as_it_answers_last(served):
    machine, server = served(mem="64M", append="lowmem=32M")
    machine.cmd("alloc kmap")
    assert session.told_otherwise_when_first(server) == []
