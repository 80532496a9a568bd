"""
test_exhaustive.py - tests/exhaustive in a host process: each on its own, so that they take all cores there are

    make ARCH=user EXTRA=tests/exhaustive ──> crumb.host ──> test exhaustive.NAME

On the machine, which is emulated, they run in one image, over fewer inputs.
"""

import os
import re
import subprocess

import pytest

from machine import BOUND, LONG_LIMIT, ROOT, balance, totals

FOLDER = os.path.join(ROOT, "tests", "exhaustive")
EXTRA = "EXTRA=tests/exhaustive"
# Where all RAM but sixteen pages is taken, there is not much of it.
MEM = "16M"


def claims():
    """The names of the tests; of each file, one at least."""
    names = []
    for file in sorted(name for name in os.listdir(FOLDER) if name.endswith(".c")):
        with open(os.path.join(FOLDER, file), encoding="utf-8") as text:
            content = text.read()
        found = re.findall(r"^SELFTEST\(exhaustive, (\w+),", content, re.MULTILINE)
        assert len(found) == content.count("SELFTEST("), f"{file}: a test that stands otherwise"
        assert found or file == "zone_model.c", f"{file}: no test in it"
        names += found
    return sorted(names)


@pytest.fixture(scope="module")
def host_image(host):
    """In the tree of the plain program, whose objects it shares; one make at a time builds there."""
    tree = host.tree()
    tree.make("-s", "-j2", "ARCH=user", EXTRA)
    return tree.elf("ARCH=user", EXTRA)


@pytest.mark.parametrize("name", claims())
def test_it_holds_of_all_inputs(host_image, name):
    """The claim passes, the checkers accept what it leaves, and no page is lost."""
    done = subprocess.run([*BOUND, host_image, "--mem", MEM, "--run", f"test exhaustive.{name}; check; balance"],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=LONG_LIMIT, check=False,
                          encoding="latin-1")
    assert done.returncode == 0, done.stdout
    assert totals(done.stdout) == (1, 0, 0)
    balance(done.stdout)


def test_it_holds_on_the_machine(seeded_tree, headless):
    """Where words are half as long, and of the ranges a part is tried."""
    tree = seeded_tree()
    tree.make("-s", "-j2", EXTRA)
    ended = headless("test exhaustive; check; balance", mem="64M", image=tree.elf(EXTRA))
    passed, failed, skipped = totals(ended.output)
    assert (failed, skipped) == (0, 1) and passed == len(claims()) - 1, "areas_first_fit: devices have some"
    balance(ended.output)
