"""
test_slab.py - the object family at the prompt: caches made and unmade, slabinfo read by a parser, mistakes

    slabinfo, /proc/slabinfo ──parser──> objects and slabs ──> must agree with what was allocated

The parser follows Linux's documentation (slabinfo(5), version 2.1) and is strict about names and order.

Read next: mm/slab/slab_shell.c, mm/slab/slab_break.c.
"""

import re

import pytest

from machine import single_step

TITLE = "slabinfo - version: 2.1"
COLUMNS = ("# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>"
           " : tunables <limit> <batchcount> <sharedfactor>"
           " : slabdata <active_slabs> <num_slabs> <sharedavail>")
NUMBERS = ("active_objs", "num_objs", "objsize", "objperslab", "pagesperslab", "limit", "batchcount",
           "sharedfactor", "active_slabs", "num_slabs", "sharedavail")


def parse_slabinfo(text):
    """{cache: {column: number}}"""
    lines = text.splitlines()
    assert lines[:2] == [TITLE, COLUMNS], lines[:2]
    caches = {}
    for line in lines[2:]:
        found = re.fullmatch(r"(\S.*?) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) : tunables +(\d+) +(\d+) +(\d+)"
                             r" : slabdata +(\d+) +(\d+) +(\d+)", line)
        assert found, f"not a line of slabinfo: {line!r}"
        caches[found[1]] = dict(zip(NUMBERS, map(int, found.groups()[1:])))
    assert caches, "an empty slabinfo"
    return caches


def test_slabinfo_is_linux_s(boot):
    machine = boot()
    for text in machine.cmd("cat /proc/slabinfo"), machine.cmd("slabinfo"):
        caches = parse_slabinfo(text)
        for size in "8 16 32 64 96 128 192 256 512 1k 2k 4k 8k 16k 32k 64k 128k 256k 512k 1M 2M 4M".split():
            assert f"kmalloc-{size}" in caches and f"dma-kmalloc-{size}" in caches
        for name, cache in caches.items():
            assert cache["active_objs"] <= cache["num_objs"], name
            assert cache["active_slabs"] <= cache["num_slabs"], name
            assert cache["num_objs"] <= cache["num_slabs"] * cache["objperslab"], name  # the first are smaller
            assert cache["objsize"] * cache["objperslab"] <= cache["pagesperslab"] * 4096, name


def test_a_cache_from_its_making_to_its_end(boot):
    machine = boot()
    machine.cmd("cache create things 40 align=16 hwcache")
    first = machine.cmd("alloc cache things")
    assert re.fullmatch(r"#(\d+) cache cache=things size=40 va=0x[0-9a-f]+", first.strip()), first
    assert parse_slabinfo(machine.cmd("slabinfo things"))["things"]["num_slabs"] == 1
    picture = "".join(re.findall(r"^  ([#c.]+)$", machine.cmd("cache info things"), re.M))
    assert picture.count("#") == 1 and "c" in picture and "." in picture, picture
    assert "live objects" in machine.cmd("cache destroy things")
    machine.cmd("free all")
    assert "none is left" in machine.cmd("cache shrink things")
    machine.cmd("cache destroy things")
    assert "no such cache" in machine.cmd("slabinfo things")


@pytest.mark.parametrize("line, reason", [
    ("cache create kmalloc-64 64", "there is such a cache already"),
    ("cache create x 64 align=24", "not a power of two"),
    ("cache create x 0", "from 1 to 4194304"), ("cache create x 5M", "from 1 to 4194304"),
    ("cache create x 64 warm", "not one of align=N, hwcache, dma, typesafe"), ("cache info x", "no such cache"),
    ("cache create x", "usage: cache"), ("alloc cache x", "no such cache"), ("slabinfo x", "no such cache"),
    ("kmalloc 64 warm", "not one of kernel, atomic"), ("pool create p 0 kmalloc 64", "from 1 to 4096"),
    ("pool create p 4 kmalloc 0", "from 1 to 4194304"), ("pool alloc p", "no such pool")])
def test_a_typing_error_is_no_bug(headless, line, reason):
    ended = headless(line, mem="16M", status=1)
    assert re.search(rf"^error: \w+: .*{reason}", ended.output, re.M) and "BUG:" not in ended.output


def test_a_refused_free_is_not_called_freed(boot):
    machine = boot(mem="16M")
    address = re.search(r"va=(0x[0-9a-f]+)", machine.cmd("kstrdup hello"))[1]
    said = machine.cmd(f"kfree {int(address, 16) + 1:#x}")
    assert "BUG: slab: interior pointer" in said and "#1 freed" not in said
    assert "hello" in machine.cmd("allocs")


@pytest.mark.parametrize("make", ["alloc kmalloc 100", "kstrdup hello", "alloc cache kmalloc-64"])
def test_what_kfree_frees_by_address_leaves_the_list(boot, make):
    machine = boot(mem="16M")
    address = re.search(r"va=(0x[0-9a-f]+)", machine.cmd(f"alloc kmalloc 0; {make}").splitlines()[-1])[1]
    assert machine.cmd(f"kfree {address}").strip() == "#2 freed"
    assert "no such allocation" in machine.cmd("free #2")
    assert "#1 kmalloc size=0" in machine.cmd("kfree 16; allocs")
    assert machine.cmd("free all").strip() == "#1 freed"
    assert "nothing is held" in machine.cmd("allocs")


def test_an_element_of_a_pool_goes_back_to_its_pool(boot):
    machine = boot(mem="16M")
    address = re.search(r"va=(0x[0-9a-f]+)", machine.cmd("pool create p 1 kmalloc 64; pool alloc p"))[1]
    assert "an element of a pool; `free #1`" in machine.cmd(f"kfree {address}")
    assert machine.cmd("free all; pool destroy p").strip() == "#1 freed\npool p destroyed"


def test_a_name_with_blanks(boot):
    machine = boot(mem="16M")
    machine.cmd('cache create "two words" 40')
    assert 'cache="two words" size=40' in machine.cmd('alloc cache "two words"')
    assert machine.cmd('cache info two\\ words').startswith("two words: objects of 40 bytes")
    for text in machine.cmd("cat /proc/slabinfo"), machine.cmd("slabinfo"):
        assert parse_slabinfo(text)["two words"]["objsize"] >= 40
    address = re.search(r"va=(0x[0-9a-f]+)", machine.cmd("allocs"))[1]
    assert "of cache two words: in use" in machine.cmd(f"explain {address}")
    assert "cache two words destroyed" in machine.cmd('free all; cache destroy "two words"')


def test_explain_knows_an_object(boot):
    machine = boot()
    handle, address = re.search(r"(#\d+) kmalloc .*va=(0x[0-9a-f]+)", machine.cmd("kmalloc 100")).groups()
    assert "of cache kmalloc-104: in use" in machine.cmd(f"explain {address}")
    machine.cmd(f"kfree {handle}")
    assert "of cache kmalloc-104: free" in machine.cmd(f"explain {address}")
    assert "BUG: slab: double free" in machine.cmd(f"kfree {address}")


def test_trace_narrates_slabs(boot):
    machine = boot()
    machine.cmd("cache create traced 64; trace on slab")
    told = machine.cmd("alloc cache traced; free all; cache shrink traced")
    for what in "grow", "refill", "drain", "destroy":
        assert re.search(rf"trace: slab: traced: {what}: ", told), (what, told)


def test_an_index_array_that_is_overwritten(boot):
    """No hang and no object twice; DEBUG builds name it once, and use the slab no more."""
    machine = boot(mem="16M")
    machine.cmd("cache create hurt 64; alloc cache hurt")
    slab = int(re.search(r"^slab (0x[0-9a-f]+) partial", machine.cmd("cache info hurt"), re.M)[1], 16)
    machine.cmd("; ".join(f"mw {slab + at:#x} 0xffffffff" for at in range(36, 68, 4)))
    said = machine.cmd("repeat 100 alloc cache hurt")
    addresses = re.findall(r"va=(0x[0-9a-f]+)", said)
    assert len(addresses) == len(set(addresses)) == 100
    assert said.count("BUG: ") <= 1
    assert "freed" in machine.cmd("free #2") and machine.cmd("echo on").strip() == "on"


def test_interrupts_between_any_two_instructions(headless):
    """One instruction a translation block: the timer's handler takes and frees memory wherever the code stands."""
    ended = headless("repeat 5 test slab.interrupt_anytime", mem="16M", qemu=single_step())
    assert ended.output.count("# totals: pass:1 fail:0 skip:0") == 5


@pytest.mark.parametrize("options", [{"mem": "16M"}, {"mem": "128M", "append": "lowmem=32M"}],
                         ids=["16M", "128M with highmem"])
@pytest.mark.parametrize("kind", ["kmalloc", "cache"])
def test_exhaustion_gives_all_back(headless, kind, options):
    ended = headless(f"exhaust {kind}", **options)
    assert re.search(r"slab: no object of \S+, .* for exhaust_\w+\+0x", ended.output), ended.output
    assert f"{kind}: the balance is what it was" in ended.output


@pytest.mark.parametrize("bug, what", [
    ("double-free", "double free"), ("interior-free", "interior pointer"), ("wrong-cache", "wrong cache"),
    ("stack-free", "wild pointer"), ("rodata-free", "wild pointer"), ("page-free", "wild pointer"),
    ("destroy-in-use", "live objects"), ("duplicate-name", "duplicate name"), ("bad-size", "bad size"),
    ("use-after-destroy", "not a cache"), ("destroy-permanent", "permanent cache"), ("highmem", "bad gfp"),
    ("free-own", "an allocator's own")])
def test_break(headless, bug, what):
    ended = headless(f"break slab-{bug}", mem="16M")
    assert re.search(rf"BUG: slab: {what}: object=0x[0-9a-f]+ expected=.* found=.* caller=[\w.]+\+0x", ended.output)


def test_the_example(extra_image, headless):
    """tests/examples/slab.c does what its first lines say."""
    ended = headless('notes add "buy milk"; notes; cache info note; notes clear; test notes', image=extra_image)
    assert re.search(r"^1: buy milk \(\d+ bytes at 0xc[0-9a-f]+\)$", ended.output, re.MULTILINE)
    assert re.search(r"^  #?c+#?c*\.+$", ended.output, re.MULTILINE)
    assert "1 notes cleared" in ended.output
    assert "# totals: pass:1 fail:0 skip:0" in ended.output


def test_the_bytes_around_are_shown(debug_image, headless):
    """Of a red zone that is not whole: the rows before and after, as far as they are the object's or its zones'."""
    output = headless("break slab-overrun; break slab-underrun", image=debug_image, mem="128M").output
    rows = [(int(at, 16), text.split()) for at, text in re.findall(r"slab: ([0-9a-f]{8}): (.*)", output)]
    behind, before = [int(at, 16) for at in re.findall(r"BUG: slab: (?:over|under)run: object=0x(\w{8})", output)]
    zone, object_ = ["bb"] * 16, ["5a"] * 16
    assert rows == [(behind + 48, object_), (behind + 64, ["[01]"] + zone[1:]), (behind + 80, zone),
                    (before - 16, zone[9:] + ["[01]"]), (before, object_)]
