"""
test_vmap.py - areas at the prompt: taken, shown, explained, misused, exhausted, and what the trace tells

Read next: mm/vmap/vmap_shell.c, mm/vmap/vmap_view.c, mm/vmap/vmap_break.c.
"""

import re

import pytest

from machine import PROCESS, balance, totals

POINTERS = 3 if PROCESS else 2  # pages for those to 1280 pages
LINE = re.compile(r"^0x([0-9a-f]{8,})-0x([0-9a-f]{8,}) +(\d+) (\S+\+0x[0-9a-f]+/0x[0-9a-f]+)"
                  r"(?: pages=(\d+))?(?: phys=0x([0-9a-f]{8}))? (ioremap|vmalloc|vmap)( user)?( vpages)?"
                  r"( pointers)?$", re.M)


def areas(text):
    """/proc/vmallocinfo's lines as (start, end, pages or 0, kind, the rest), checked for order and sums."""
    found = [(int(start, 16), int(end, 16), int(pages or 0), kind, user + vpages + pointers)
             for start, end, size, _, pages, _, kind, user, vpages, pointers in LINE.findall(text)]
    for (start, end, size, *_), area in zip(LINE.findall(text), found):
        assert int(end, 16) - int(start, 16) == int(size)
        assert not area[2] or area[2] * 4096 + 4096 == int(size)
    assert all(one[1] <= other[0] for one, other in zip(found, found[1:]))
    return found


@pytest.mark.parametrize("machine", [{"mem": "16M"}, {"mem": "128M", "append": "lowmem=32M"}, {"mem": "1G"}],
                         ids=["16M", "lowmem", "1G"])
def test_self_tests_twice(headless, machine):
    """The second time most tables are there already."""
    ended = headless("test vmap; test vmap; balance", **machine)
    reports = ended.output.split("KTAP version 1")[1:]
    assert [totals("KTAP version 1" + report)[1] for report in reports] == [0, 0]
    assert balance(ended.output)["vmalloc"] == 0 and balance(ended.output)["lost"] == 0


def test_what_is_shown(headless):
    ended = headless("echo none; cat /proc/vmallocinfo; vmalloc 100K; vmalloc 5M; alloc pages 1; alloc vmap #3; "
                     "echo four; cat /proc/vmallocinfo; balance; meminfo Vmalloc; free all; echo end; "
                     "cat /proc/vmallocinfo; balance")
    none, four = ended.output.split("\nnone\n")[1].split("\nfour\n")
    four, end = four.split("\nend\n")
    held = areas(none)
    new = [area for area in areas(four) if area not in held]
    assert [(pages, kind) for _, _, pages, kind, _ in new] == [
        (25, "vmalloc"), (POINTERS, "vmalloc"), (1280, "vmalloc"), (2, "vmap")]
    assert [rest for *_, rest in new] == ["", " pointers", " vpages", ""]
    assert balance(four)["vmalloc"] == 25 + POINTERS + 1280
    assert re.search(rf"^VmallocUsed: +{(25 + POINTERS + 1280) * 4} kB$", four, re.M)
    assert areas(end) == held and balance(end)["vmalloc"] == 0


def test_arguments(headless):
    ended = headless("vmalloc 0; vmalloc; vmalloc 4K rw; vmalloc 5G; alloc vmap; alloc vmap 3; vmalloc 1; "
                     "alloc vmap #1; vmalloc 239M", status=1, mem="16M")
    for said in ("size", "usage", "rw: not one of ro, exec, kernel", "#1: vmalloc, not pages", "no area of"):
        assert said in ended.output
    assert "run: 1 ok, 8 failed" in ended.output


def test_permissions_are_those_asked_for(headless):
    ended = headless("vmalloc 4K; vmalloc 4K ro; vmalloc 4K exec")
    assert re.findall(r"^#\d vmalloc size=4096 pages=1 (\w+) va=0x", ended.output, re.M) == ["rw", "ro", "rwx"]


def test_explain(headless):
    ended = headless("vmalloc 8K; explain 0xf0801010", mem="1G")
    where = int(re.search(r"va=0x([0-9a-f]+)", ended.output)[1], 16)
    ended = headless(f"vmalloc 8K; explain {where + 0x1010:#x}; explain {where + 0x2004:#x}; free #1; "
                     f"explain {where:#x}", mem="1G")
    assert f"vmap: vmalloc area {where:08x}-{where + 0x1fff:08x}, 2 pages and a guard page, for " in ended.output
    assert "vmap: +0x1010, in page 1" in ended.output
    assert "vmap: in the guard page, +0x4 behind the area's end: never mapped" in ended.output
    assert "vmap: no area; the hole is " in ended.output
    assert re.search(r"vmap: an area that began there was freed by free_vmalloc\+0x", ended.output)


def test_trace(headless):
    ended = headless("vmalloc 10K; trace on vmap; vmalloc 4M; vmalloc 10K; free #3; trace off", mem="64M")
    assert re.search(r"trace: vmap: table for 0x[0-9a-f]+-0x[0-9a-f]+: pfn 0x", ended.output)
    assert re.search(r"trace: vmap: vmalloc area 0x[0-9a-f]+, 3 pages and a guard page", ended.output)
    assert re.search(r"trace: vmap: unmapped 0x[0-9a-f]+-0x[0-9a-f]+", ended.output)


@pytest.mark.parametrize("mem", ["16M", "1G"])
def test_exhaust(headless, mem):
    """Addresses first, then, on a small machine, pages."""
    ended = headless("exhaust vmalloc", mem=mem)
    assert re.search(r"^\d+ areas without pages: the addresses are used up$", ended.output, re.M)
    assert "one more: NULL, and a report" in ended.output
    assert re.search(r"^vmalloc: the balance is what it was", ended.output, re.M)


@pytest.mark.parametrize("bug, what", [
    ("non-area", "not an area"), ("interior", "interior address"), ("unaligned", "unaligned address"),
    ("double-free", "double free"), ("kmalloc-free", "not an area"), ("vunmap-of-vmalloc", "wrong kind"),
    ("vfree-of-vmap", "wrong kind"), ("zero-size", "zero size"),
    ("text", "forbidden alias"), ("executable", "forbidden alias")])
def test_refusals(headless, bug, what):
    ended = headless(f"break vmap-{bug}", mem="16M")
    assert re.search(rf"BUG: vmap: {what}: object=0x[0-9a-f]+ expected=.* found=.* caller=[\w.]+\+0x", ended.output)


@pytest.mark.parametrize("bug, headline", [
    ("overrun", "page translation fault at 0x[0-9a-f]+ (write)"),
    ("use-after-free", "page translation fault at 0x[0-9a-f]+ (read)"),
    ("write-read-only", "page permission fault at 0x[0-9a-f]+ (write)"),
    ("execute", "page permission fault at 0x[0-9a-f]+ (execute)")])
def test_faults(headless, bug, headline):
    """The oops comes back to the prompt, again and again, and leaves one area at most."""
    ended = headless(f"break vmap-{bug}; break vmap-{bug}; balance", status=1, mem="16M")
    pattern = headline.replace("(", r"\(").replace(")", r"\)")
    assert len(re.findall("Oops: " + pattern, ended.output)) == 2
    assert balance(ended.output)["vmalloc"] <= 1


def test_the_example(extra_image, headless):
    """tests/examples/vmalloc.c does what its first lines say."""
    ended = headless('ring "six times seven"; vmallocinfo; test ring', image=extra_image)
    assert 'bytes 8184 to 7 of 8192: "six times seven"' in ended.output
    assert re.search(r"20480 make_ring\+0x[0-9a-f]+/0x[0-9a-f]+ pages=4 vmap", ended.output)
    assert "# totals: pass:1 fail:0 skip:0" in ended.output
