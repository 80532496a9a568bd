"""
test_fail.py - failure injection on the machine: `fail`, `test --fail`, inject=

What takes long stands in tests/host/test_inject.py, where a boot takes milliseconds.
"""

import re

import pytest

import machine
from injection import MADE, assert_survived, summary


@pytest.mark.parametrize("command", ["pages 2", "kmalloc 100", "vmalloc 20K", "vmalloc 5M", "alloc percpu 64",
                                     "cache create new 100", "'kmalloc 64; vmalloc 8K'"])
def test_each_allocation_fails_once(headless, debug_image, command):
    ended = headless(f"fail {command}; allocs; check; balance", image=debug_image, mem="128M", append="lowmem=64M")
    allocations, runs, refused, went_on, broken = summary(ended.output)
    assert allocations >= runs > 0 and runs == refused + went_on and refused and not broken
    assert "lost=0" in ended.output and "nothing is held" in ended.output


def test_self_tests(headless, debug_image):
    output = headless("test --fail account; test --fail ioremap", image=debug_image, mem="64M").output
    assert re.search(r"^ok \d+ ioremap\.\S+ # [1-9]\d* allocations, [1-9]\d* runs$", output, re.MULTILINE)
    assert "not ok" not in output


def test_boots(debug_image):
    """A sample; the host port tries each."""
    def boot(nth):
        return machine.run_commands("check; balance", image=debug_image, mem="64M", append=f"inject={nth}")

    made = int(MADE.search(boot(0).output)[1])
    assert made > 100
    for nth in (1, 2, 3, made // 2, made - 1, made):
        ended = boot(nth)
        assert_survived(ended.status, ended.output, nth)


def test_a_production_image_says_what_is_needed(headless):
    output = headless("fail pages 1; test --fail buddy", mem="64M", status=1).output
    assert "error: fail: needs an image of `make DEBUG=1`" in output
    assert "error: test: needs an image of `make DEBUG=1`" in output
