"""
test_initcalls.py - the initcalls of all ten stages, in order, each in the log with what it cost
"""

import re

import pytest

from machine import balance, totals

STAGES = ("bootmem", "percpu", "buddy", "pcp", "slab", "vmalloc", "kmap", "fixmap", "module", "login")
# The line of the boot that stands before the stage's initcalls.
AFTER = {"bootmem": "paging", "percpu": "per-CPU areas", "buddy": "buddy", "pcp": "per-CPU pages", "slab": "slab",
         "vmalloc": "vmalloc", "module": "interrupts"}


@pytest.mark.parametrize("machine", [{"mem": "16M"}, {"mem": "128M", "append": "lowmem=32M"}, {"mem": "1G", "smp": 4}],
                         ids=["16M", "highmem", "1G"])
@pytest.mark.parametrize("icount", [False, True], ids=["us", "instructions"])
def test_stages_run_in_order_and_are_timed(extra_image, headless, machine, icount):
    """tests/boot/extra/stages.c registers one of each."""
    ended = headless("test stages; dmesg; balance", image=extra_image, icount=icount, **machine)
    assert totals(ended.output) == (3, 0, 0)
    log = ended.output[ended.output.rindex("# totals"):]
    lines = re.findall(r"^\[ *(\d+\.\d+)\] initcall: stage_(\w+) \((\d+) (us|instructions)\)$", log, re.MULTILINE)
    assert tuple(stage for _, stage, _, _ in lines) == STAGES
    assert [float(time) for time, *_ in lines] == sorted(float(time) for time, *_ in lines)
    assert {unit for *_, unit in lines} == {"instructions" if icount else "us"}
    if icount:
        assert all(int(cost) > 0 for _, _, cost, _ in lines)
    for stage, line in AFTER.items():
        before = log[:log.index(f"initcall: stage_{stage} ")]
        assert re.search(rf"^\[ *\d+\.\d+\] {line}: ", before, re.MULTILINE), stage
    assert balance(ended.output)["lost"] == 0
