"""
test_stress.py - `stress` in every size of machine: no error, nothing lost, the same seed the same steps
"""

import re

import pytest

LINE = re.compile(r"^stress: ops=(\d+) errors=(\d+) seed=(\d+)$", re.MULTILINE)


@pytest.mark.parametrize("machine", [{"mem": "16M"}, {"mem": "128M", "append": "lowmem=32M"}, {"mem": "1G"}],
                         ids=["16M", "highmem", "1G"])
def test_every_family_at_once(headless, machine):
    ended = headless("stress 50000; balance", **machine)
    ops, errors, _seed = LINE.search(ended.output).groups()
    assert (ops, errors) == ("50000", "0")
    assert "lost=0" in ended.output and " vmalloc=0 " in ended.output


@pytest.mark.parametrize("family", ["pages", "kmalloc", "vmalloc", "percpu"])
def test_one_family(headless, family):
    assert LINE.search(headless(f"stress {family} 4000", mem="64M").output).group(1, 2) == ("4000", "0")


def test_the_same_seed_takes_the_same_steps(headless):
    """What each step takes is told by the trace; the ends of lines with addresses may differ."""
    def steps():
        output = headless("trace on vmap; stress vmalloc 60 seed=99", mem="64M", icount=True).output
        return re.findall(r"vmalloc area 0x[0-9a-f]+, (\d+) pages", output)
    first = steps()
    assert len(first) > 20 and first == steps()


def test_bad_arguments(headless):
    ended = headless("stress 0; stress nothing; stress seed=0; stress 12x", mem="64M", status=1)
    assert ended.output.count("error: stress: ") == 4 and not LINE.search(ended.output)


def test_ctrl_c_ends_it(boot, extra_image):
    """The key comes when it looks at the keyboard for the third time (tests/boot/extra/ctrl_c.c)."""
    machine = boot(image=extra_image, mem="64M")
    assert re.search(r"stress: ops=[1-9]\d* errors=0 seed=\d+\s", machine.cmd("ctrl_c 3 stress 1000000000"))
