"""
injection.py - what `fail` and inject= print, read: for the tests of both ports
"""

import re

SUMMARY = re.compile(r"^fail: (\d+) allocations?, (\d+) runs?: "
                     r"(\d+) refused, (\d+) went on, (\d+) broken$", re.MULTILINE)
MADE = re.compile(r"inject: the boot made (\d+) allocations")


def summary(output):
    """Allocations, runs, refused, went on, broken, of the only `fail` in the output."""
    (found,) = SUMMARY.findall(output)
    return tuple(map(int, found))


def assert_survived(status, output, nth):
    """The boot whose nth allocation failed came to the prompt with nothing lost, or panicked with a sentence."""
    failed = re.search(rf"inject: allocation {nth} fails: .* for \S+", output)
    panicked = re.search(r"panic: .*(no memory|out of memory|no addresses).* for ", output)
    assert failed, output
    assert not re.search(r"Oops|BUG:|: broken: |, [1-9]\d* broken", output), output
    if panicked:
        assert status == 2, output
    else:
        assert status == 0 and "lost=0" in output and MADE.search(output), output
