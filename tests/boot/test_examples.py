"""
test_examples.py - each program of tests/examples does what its first lines say, all of them in one image

The lines `crumb> COMMAND   what for` of an example's head are typed in their order.
"""

import os
import re

import pytest

from machine import ROOT, balance

FOLDER = os.path.join(ROOT, "tests", "examples")
EXAMPLES = sorted(name for name in os.listdir(FOLDER) if name.endswith(".c"))
# The allocators of the chain, each with the header that an example of it includes.
CHAIN = ("mm/early/bootmem.h", "mm/page/page.h", "mm/page/pcp.h", "mm/percpu/percpu.h", "mm/slab/slab.h",
         "mm/slab/mempool.h", "mm/vmap/vmap.h", "mm/window/kmap.h", "mm/window/ioremap.h", "mm/fixmap/fixmap.h",
         "mm/fixmap/kmap_local.h")


def read(name):
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        return file.read()


def commands(text):
    """What the head of an example says one may type."""
    head = text[:text.index("*/")]
    return [re.split(r"   +", line)[0] for line in re.findall(r"crumb> (.*)", head)]


def test_each_allocator_has_one():
    for header in CHAIN:
        assert any(f'#include "{header}"' in read(name) for name in EXAMPLES), header


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_does_what_its_first_lines_say(extra_image, headless, name):
    """Every command succeeds, every self-test of the file passes, and no page is lost."""
    text = read(name)
    families = sorted(set(re.findall(r"^SELFTEST\((\w+),", text, re.MULTILINE)))
    typed = commands(text)
    assert typed and families, f"{name}: a command line in its head, and a self-test"
    assert f"make EXTRA=tests/examples/{name} " in text
    ended = headless("; ".join([*typed, *(f"test {family}" for family in families), "balance"]), image=extra_image,
                     mem="128M", append="lowmem=32M")
    assert "BUG: " not in ended.output and "not ok" not in ended.output
    claims = re.findall(r"^SELFTEST\((\w+), (\w+),", text, re.MULTILINE)
    for family, claim in claims:
        assert re.search(rf"^ok \d+ {family}\.{claim}$", ended.output, re.MULTILINE), f"{family}.{claim} passes"
    balance(ended.output)
