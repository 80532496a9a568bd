"""
test_memory.py - every size of machine boots, accounts for all of its pages, and passes its self-tests
"""

import re

import pytest

from machine import balance, single_step, totals

PAGE = 4096
SIZES = {"16M": 16 << 20, "128M": 128 << 20, "256M": 256 << 20, "1G": 1 << 30}


def number(text, pattern):
    found = re.search(pattern, text)
    assert found, f"no {pattern} in:\n{text}"
    return int(found[1], 0)


@pytest.mark.parametrize("mem", SIZES)
def test_every_page_is_accounted_for(headless, mem):
    numbers = balance(headless("balance", mem=mem).output)
    assert numbers["present"] == SIZES[mem] // PAGE
    assert numbers["reserved"] < numbers["present"] // 4


def settled(line):
    """
    A balance in which single pages kept for a CPU count as free: which of both, chance decides.  So do
    page tables: once made, they stay.
    """
    numbers = balance(line)
    numbers["free"] += numbers.pop("pcp") + numbers.pop("pagetables")
    return numbers


@pytest.mark.parametrize("mem", SIZES)
def test_self_tests_pass(headless, mem):
    """All of the image's own tests, and the pages that they leave behind."""
    ended = headless("pcp drain; balance; test; pcp drain; balance", mem=mem)
    passed, failed, _skipped = totals(ended.output)
    assert passed > 20 and failed == 0
    before, after = [line for line in ended.lines() if line.startswith("present=")]
    assert settled(before) == settled(after)


@pytest.mark.parametrize("append, lowmem", [("init_on_alloc=1", ""), ("init_on_free=1", "lowmem=32M"),
                                            ("init_on_alloc=1 init_on_free=1", "lowmem=32M")])
def test_pages_and_objects_are_cleared(headless, append, lowmem):
    """All self-tests hold with both, with one those of who gives memory; none about the parameters is skipped."""
    commands = "test" if " " in append else "test page; test slab; test mempool; test percpu; test vmap"
    ended = headless(commands, mem="128M", append=f"{append} {lowmem}")
    assert not re.search(r"^not ok", ended.output, re.MULTILINE)
    for parameter in re.findall(r"\w+(?==1)", append):
        for family in "page", "slab":
            assert re.search(rf"^ok \d+ {family}\.{parameter}$", ended.output, re.MULTILINE), ended


def test_interrupts_between_any_two_instructions(headless):
    """One instruction a translation block: the timer's handler allocates wherever the code stands."""
    ended = headless("test page.interrupts; balance", qemu=single_step(), mem="128M", append="lowmem=32M")
    assert totals(ended.output)[:2] == (1, 0)
    assert balance(ended.output)["lost"] == 0


@pytest.mark.parametrize("mem", SIZES)
def test_exhaustion_gives_everything_back(headless, mem):
    ended = headless("pcp drain; balance; exhaust pages; pcp drain; balance", mem=mem)
    before, after = [line for line in ended.lines() if line.startswith("present=")]
    assert settled(before) == settled(after)


def test_an_odd_size(headless):
    """17 MiB end in the middle of nothing that is round."""
    assert balance(headless("balance; exhaust pages", mem="17M").output)["present"] == (17 << 20) // PAGE


def zones(text):
    """The zones that `buddyinfo` names."""
    return re.findall(r"^Node 0, zone +(\w+)", text, re.MULTILINE)


def test_highmem_begins_where_lowmem_ends(headless):
    """1 GiB does not fit the kernel's part of the address space."""
    assert zones(headless("buddyinfo", mem="1G").output) == ["DMA", "Normal", "HighMem"]
    assert "HighMem" not in zones(headless("buddyinfo", mem="256M").output)


def test_lowmem_parameter_makes_highmem_on_a_small_machine(headless):
    ended = headless("buddyinfo; alloc pages 0 highmem; test; balance", mem="128M", append="lowmem=64M")
    assert zones(ended.output) == ["DMA", "Normal", "HighMem"]
    pfn = number(ended.output, r"#1 pages order=0 zone=HighMem pfn=(0x[0-9a-f]+)")
    assert 0x60000 + (64 << 20) // PAGE <= pfn < 0x60000 + (128 << 20) // PAGE
    totals(ended.output)


def test_mem_parameter_limits_memory(headless):
    numbers = balance(headless("balance; exhaust pages", mem="128M", append="mem=64M").output)
    assert numbers["present"] == (64 << 20) // PAGE


def test_vmalloc_parameter_moves_the_end_of_lowmem(headless):
    """A larger vmalloc area leaves less lowmem: with 512M of it, more of 1 GiB is highmem."""
    def highmem_pages(append):
        text = headless("buddyinfo", mem="1G", append=append).output
        line = next(line for line in text.splitlines() if re.match(r"Node \d+, zone +HighMem ", line))
        counts = [int(count) for count in line.split("HighMem")[1].split()]
        return sum(count << order for order, count in enumerate(counts))

    assert highmem_pages("vmalloc=512M") > highmem_pages("vmalloc=240M") + (200 << 20) // PAGE


@pytest.mark.parametrize("given, taken", [
    ("lowmem=1", "lowmem=1: taken as 16384K"), ("lowmem=0", "lowmem=0K: taken as 16384K"),
    ("lowmem=16383K", "lowmem=16383K: taken as 16384K"),
    ("lowmem=16M", None), ("lowmem=16385K", "lowmem=16385K: taken as 16384K"), ("lowmem=20M", None),
    ("lowmem=768M", None), ("lowmem=772M", "lowmem=790528K: taken as 786432K"),
    ("lowmem=4095M", "lowmem=4193280K: taken as 786432K"), ("lowmem=2G", "lowmem=2097152K: taken as 786432K"),
    ("vmalloc=0", "vmalloc=0K: taken as 16384K"), ("mem=64M", None),
    ("vmalloc=16383K", "vmalloc=16383K: taken as 16384K"), ("vmalloc=16M", None), ("vmalloc=992M", None),
    ("vmalloc=1015809K", "vmalloc=1015809K: taken as 1015808K"),
    ("vmalloc=4095M", "vmalloc=4193280K: taken as 1015808K"),
])
def test_limits_of_lowmem_and_vmalloc(headless, given, taken):
    """What is below or above a limit is taken as the limit, and told; at it, nothing needs telling."""
    ended = headless("test node; balance", mem="64M", append=f"loglevel=7 {given}")
    found = re.findall(r"param: ((?:lowmem|vmalloc)=\w+: taken as \w+)", ended.output)
    assert found == ([taken] if taken else []), ended
    assert totals(ended.output)[1] == 0 and "lost=0" in ended.output, ended


@pytest.mark.parametrize("given, said", [
    ("columns=19", "columns=19: not from 20 to 256"), ("columns=20", None), ("columns=256", None),
    ("rows=3", "rows=3: not from 4 to 1000"),
    ("columns=257", "columns=257: not from 20 to 256"), ("loglevel=8", None),
    ("loglevel=9", "loglevel=9: not from 0 to 8, the default is 7"), ("seed=4294967295", None),
    ("seed=4294967296", "seed=4294967296: not from 0 to 4294967295, the default is 0: from the clock"),
    ("panic=no", "panic=no: neither halt, exit, dump nor dump:FILE, the default is exit"), ("trace=page", None),
    ("trace=pages", "trace=pages: not a list of families (`trace` shows them), the default is none"),
    ("init_on_alloc=2", "init_on_alloc=2: not 0 or 1"), ("init_on_free=2", "init_on_free=2: not 0 or 1"),
    ("panic_on_bug=yes", "panic_on_bug=yes: not 0 or 1"), ("mem=4G", "mem=4G: not a size below 4G"),
])
def test_a_value_out_of_range_is_told_with_the_range(headless, given, said):
    ended = headless("echo up", mem="16M", append=f"loglevel=7 {given}")
    assert re.findall(r"param: (.*); ignored", ended.output) == ([said] if said else []), ended
    assert "up" in ended.lines()


@pytest.mark.parametrize("mem, append", [("16M", ""), ("128M", "lowmem=20M vmalloc=300M"), ("1G", "")])
def test_nodes_of_machines_made_up(headless, mem, append):
    """Banks and ends of lowmem of all kinds, tried before anything stands on them; then all is as it was."""
    ended = headless("test node; balance", mem=mem, append=f"node_test {append}")
    assert re.search(r"^ok \d+ node\.made_up$", ended.output, re.MULTILINE), ended
    assert totals(ended.output)[1] == 0 and balance(ended.output)["present"] == SIZES[mem] // PAGE
    assert re.search(r"^ok \d+ node\.made_up # SKIP .*node_test$", headless("test node", mem=mem).output, re.MULTILINE)


def test_mem_beyond_the_ram_is_told(headless):
    said = r"boot: mem=3145728000: there are 16777216 bytes; all of them are used"
    assert re.search(said, headless("balance", mem="16M", append="mem=3000M").output)
    assert "mem=" not in headless("balance", mem="16M", append="mem=16M").output.split("command line")[0]


@pytest.mark.parametrize("parameter", ["lowmem=64Q", "mem=", "vmalloc=0x", "loglevel=-", "loglevel=9",
                                       "seed=4294967296", "lowmem=1000000G",
                                       "nonsense=1", "nonsense", 'run="unfinished'])
def test_bad_parameters_are_warned_about_and_skipped(boot, parameter):
    """The name stands in the warning, and the machine boots as if it had not been given."""
    machine = boot(append=f"loglevel=7 {parameter}")
    name = parameter.split("=")[0]
    assert re.search(rf"param: {name}.*: \w.*; ignored", machine.boot_log), machine.boot_log
    assert balance(machine.cmd("balance"))["present"] == (128 << 20) // PAGE


def test_quotes_in_parameters(headless):
    """run= takes quotes, escapes and semicolons apart as kernel/param.h says."""
    ended = headless('echo "a  b;c" ; echo d\\"e')
    assert "a  b;c" in ended.lines() and 'd"e' in ended.lines()


def test_a_long_command_line(headless):
    """More than 1 KiB arrives whole."""
    words = " ".join(f"word-number-{i}" for i in range(50))
    parameters = "loglevel=4 " + "mem=128M " * 80
    for proto in ("atag", "dtb", "elf"):
        ended = headless(f"echo {words}; cat /proc/cmdline", proto=proto, append=parameters)
        assert words in ended.lines()
        assert any(line.startswith(parameters) and words in line for line in ended.lines()), ended
