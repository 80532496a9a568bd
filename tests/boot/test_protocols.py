"""
test_protocols.py - every way in which a boot loader may describe the machine, well-formed and not
"""

import re
import struct

import pytest

import handover
from handover import RAM_AT, TAGS_AT, bank, placed
from machine import balance

MIB = 1 << 20
PAGES_128M = 128 * MIB // 4096


def banks(text):
    """The ranges of RAM in /proc/iomem, as (first, last)."""
    return [(int(first, 16), int(last, 16))
            for first, last in re.findall(r"^([0-9a-f]+)-([0-9a-f]+) : System RAM", text, re.MULTILINE)]


@pytest.mark.parametrize("proto, source", [("atag", "ATAG"), ("dtb", "device tree"), ("elf", "semihosting")])
@pytest.mark.parametrize("mem", ["16M", "128M", "1G"])
def test_protocol_boots(boot, proto, source, mem):
    machine = boot(proto=proto, mem=mem)
    assert source in machine.boot_log
    size = {"16M": 16, "128M": 128, "1G": 1024}[mem] * MIB
    assert balance(machine.cmd("balance"))["present"] == size // 4096
    ram = banks(machine.cmd("cat /proc/iomem"))
    assert ram[0][0] == RAM_AT and ram[-1][1] == RAM_AT + size - 1


@pytest.mark.parametrize("proto", ["atag", "dtb", "elf"])
def test_command_line_arrives(headless, proto):
    ended = headless("cat /proc/cmdline", proto=proto, append="loglevel=5")
    assert any(line.startswith("loglevel=5 batch run=") for line in ended.lines()), ended


def test_tree_file_with_an_elf(boot, tmp_path):
    """QEMU puts the tree at RAM base and pads it over the place of the page tables."""
    blob = tmp_path / "machine.dtb"
    blob.write_bytes(handover.tree(bank(RAM_AT, 128 * MIB)))
    machine = boot(proto="elf", dtb=blob, append="loglevel=7")
    assert "device tree" in machine.boot_log
    assert balance(machine.cmd("balance; exhaust pages"))["present"] == PAGES_128M


def test_two_banks_with_a_hole(boot, tmp_path):
    blob = handover.tree(bank(RAM_AT, 32 * MIB) + bank(RAM_AT + 64 * MIB, 64 * MIB))
    machine = boot(proto="elf", qemu=placed(tmp_path, blob, RAM_AT))
    ram = banks(machine.cmd("cat /proc/iomem"))
    assert ram == [(0x60000000, 0x61ffffff), (0x64000000, 0x67ffffff)]
    assert balance(machine.cmd("balance"))["present"] == 96 * MIB // 4096
    assert balance(machine.cmd("exhaust pages; balance"))["present"] == 96 * MIB // 4096
    # Nothing of the hole is ever handed out, and it has no translation.
    assert "not mapped" in machine.cmd("pt 0xc3000000")


def test_two_banks_in_tags(boot, tmp_path):
    tags = handover.core() + handover.mem(RAM_AT, 32 * MIB) + handover.mem(RAM_AT + 64 * MIB, 64 * MIB)
    machine = boot(qemu=placed(tmp_path, tags + handover.cmdline("loglevel=5") + handover.end(), TAGS_AT))
    assert banks(machine.cmd("cat /proc/iomem")) == [(0x60000000, 0x61ffffff), (0x64000000, 0x67ffffff)]
    assert "loglevel=5" in machine.cmd("cat /proc/cmdline")


def test_tree_through_r2_at_an_odd_place(boot, tmp_path):
    """r2 points at a tree that no boot loader aligned to a page."""
    blob = handover.tree(bank(RAM_AT, 128 * MIB), chosen='bootargs = "loglevel=7 nothing=1";')
    machine = boot(qemu=placed(tmp_path, blob, TAGS_AT))
    assert "device tree" in machine.boot_log
    assert machine.cmd("cat /proc/cmdline") == "loglevel=7 nothing=1"


def test_self_tests_with_a_hole(headless, tmp_path):
    """The tests pass where pages are missing in the middle, too."""
    blob = handover.tree(bank(RAM_AT, 32 * MIB) + bank(RAM_AT + 64 * MIB, 64 * MIB),
                         chosen='bootargs = "batch run=\\"test; balance\\"";')
    ended = headless("balance", qemu=placed(tmp_path, blob, TAGS_AT))
    assert balance(ended.output)["present"] == 96 * MIB // 4096


# ---- reserved ranges -----------------------------------------------------------------------------

def reserved_pages(machine):
    return balance(machine.cmd("balance"))["reserved"]


@pytest.mark.parametrize("proto", ["atag", "dtb"])
def test_initrd_is_kept(boot, tmp_path, proto):
    """It lies where QEMU put it, unchanged after all other memory was handed out and written."""
    content = bytes(range(256)) * 1024 + b"the end"
    initrd = tmp_path / "initrd"
    initrd.write_bytes(content)
    machine = boot(proto=proto, initrd=initrd)
    text = machine.cmd("cat /proc/iomem")
    found = re.search(r"^\s*([0-9a-f]+)-([0-9a-f]+) : initrd", text, re.MULTILINE | re.IGNORECASE)
    assert found, text
    start, last = int(found[1], 16), int(found[2], 16)
    assert start == RAM_AT + 64 * MIB
    assert last + 1 - start in (len(content), -(-len(content) // 4096) * 4096)
    machine.cmd("exhaust pages")
    end = start + len(content) - 7 - RAM_AT + 0xc0000000
    assert bytes_of(machine.cmd(f"md {end:#x} 7 1"))[:7] == b"the end"
    plain = boot(proto=proto)
    assert reserved_pages(machine) >= reserved_pages(plain) + len(content) // 4096


def bytes_of(dump):
    """The bytes that `md ADDRESS COUNT 1` shows."""
    found = []
    for line in dump.splitlines():
        row = re.match(r"^(?:0x)?[0-9a-f]{8}:?\s+((?:[0-9a-f]{2}\s+)*[0-9a-f]{2})(?:\s|$)", line)
        if row:
            found += [int(byte, 16) for byte in row[1].split()]
    return bytes(found)


def test_reserved_memory_of_a_tree(boot, tmp_path):
    """The reserve map, and /reserved-memory: neither is ever handed out."""
    body = bank(RAM_AT, 128 * MIB) + """
    reserved-memory { #address-cells = <1>; #size-cells = <1>; ranges;
        keep@62000000 { reg = <0x62000000 0x100000>; };
    };"""
    blob = handover.tree(body, reserve="/memreserve/ 0x63000000 0x200000;")
    machine = boot(proto="elf", qemu=placed(tmp_path, blob, RAM_AT))
    plain = boot(proto="elf", qemu=placed(tmp_path, handover.tree(bank(RAM_AT, 128 * MIB)), RAM_AT))
    assert reserved_pages(machine) - reserved_pages(plain) == (0x100000 + 0x200000) // 4096
    text = machine.cmd("cat /proc/iomem")
    assert re.search(r"62000000-620fffff", text) and re.search(r"63000000-631fffff", text), text
    machine.cmd("exhaust pages")


# ---- banks that need trimming --------------------------------------------------------------------

@pytest.mark.parametrize("extra, pages, word", [
    (bank(0x63000000, 64 * MIB), 112 * 256, "overlaps another bank; what they share counts once"),
    (bank(0x66000000, 0), 96 * 256, "empty; dropped"),
    (bank(0x66000400, 0x2000), 96 * 256 + 1, "not whole pages; trimmed"),
    (bank(0x20000000, 16 * MIB), 96 * 256, "outside the RAM window; dropped"),
    (bank(0xf0000000, 0x10000000), 96 * 256, "outside the RAM window; dropped"),
], ids=["overlapping", "empty", "unaligned", "below", "above"])
def test_banks_are_trimmed_and_that_is_said(boot, tmp_path, extra, pages, word):
    blob = handover.tree(bank(RAM_AT, 96 * MIB) + extra)
    machine = boot(proto="elf", qemu=placed(tmp_path, blob, RAM_AT), append="loglevel=7")
    assert balance(machine.cmd("balance"))["present"] == pages
    assert re.search(rf"boot: bank .*{word}", machine.boot_log), machine.boot_log
    machine.cmd("exhaust pages")


# ---- what is refused -----------------------------------------------------------------------------

def malformed_trees():
    good = handover.tree(bank(RAM_AT, 64 * MIB))
    head = handover.header(good)
    struct_at = head["off_dt_struct"]

    def patched(offset, value):
        return good[:offset] + struct.pack(">I", value) + good[offset + 4:]

    return {
        "totalsize-huge": handover.with_header(good, totalsize=0xfffffff0),
        "totalsize-tiny": handover.with_header(good, totalsize=16),
        "struct-outside": handover.with_header(good, off_dt_struct=0x7ffffff0),
        "struct-unaligned": handover.with_header(good, off_dt_struct=struct_at + 2),
        "strings-outside": handover.with_header(good, off_dt_strings=0xfffffff0),
        "struct-size-huge": handover.with_header(good, size_dt_struct=0xffffffff),
        "too-new": handover.with_header(good, version=99, last_comp_version=99),
        "too-old": handover.with_header(good, version=1, last_comp_version=1),
        "unknown-token": patched(struct_at + 8, 0x77),
        "no-root": patched(struct_at, 9),
        "struct-cut": handover.with_header(good, size_dt_struct=24),
        "no-memory": handover.tree(""),
    }


MALFORMED_TREES = ("totalsize-huge totalsize-tiny struct-outside struct-unaligned strings-outside struct-size-huge "
                   "too-new too-old unknown-token no-root struct-cut no-memory").split()


@pytest.mark.parametrize("name", MALFORMED_TREES)
@pytest.mark.parametrize("proto, place", [("elf", RAM_AT), ("atag", TAGS_AT)], ids=["ram-base", "r2"])
def test_malformed_tree_is_refused_and_the_next_source_taken(boot, tmp_path, name, proto, place):
    """A broken tree, found in either place, is refused with a reason, and the host is asked instead."""
    machine = boot(proto=proto, qemu=placed(tmp_path, malformed_trees()[name], place), append="loglevel=7")
    log = machine.boot_log
    assert re.search(r"device tree at 0x\w+: refused: \w+", log), log
    assert re.search(r"boot: semihosting: 1 bank, 128 MiB", log), log
    assert balance(machine.cmd("balance"))["present"] == PAGES_128M


def test_every_truncated_tree_boots(boot, tmp_path):
    """A tree cut anywhere, with rubbish behind, is refused or understood, and never a fault."""
    good = handover.tree(bank(RAM_AT, 64 * MIB))
    for length in range(44, len(good), max(1, len(good) // 6)):
        blob = good[:length] + b"\xff" * (len(good) - length)
        machine = boot(proto="elf", qemu=placed(tmp_path, blob, RAM_AT, f"cut{length}"))
        balance(machine.cmd("balance"))
        machine.close()


MALFORMED_TAGS = {
    "not-core-first": handover.mem(RAM_AT, 64 * MIB) + handover.end(),
    "no-end": handover.core() + handover.tag(0x54410099, b"x" * 64) * 1000,
    "size-one": handover.core() + handover.tag(handover.ATAG_MEM, words=1) + handover.end(),
    "size-zero": handover.core() + handover.tag(handover.ATAG_MEM, words=0) + handover.end(),
    "size-huge": handover.core() + handover.tag(handover.ATAG_MEM, words=0x7fffffff) + handover.end(),
    "mem-short": handover.core() + handover.tag(handover.ATAG_MEM, b"1234") + handover.end(),
    "no-memory": handover.core() + handover.cmdline("loglevel=7") + handover.end(),
    "zeroes": bytes(256),
    "noise": b"\xa5" * 4096,
}


@pytest.mark.parametrize("name", MALFORMED_TAGS)
def test_malformed_tags_are_refused_and_the_next_source_taken(boot, tmp_path, name):
    """No tree and bad tags: the kernel asks by semihosting, and so still has its memory."""
    machine = boot(qemu=placed(tmp_path, MALFORMED_TAGS[name][:0x3e00], TAGS_AT), append="loglevel=7")
    log = machine.boot_log
    assert re.search(r"ATAGs at 0x60000100: refused: \w+|neither a device tree nor ATAGs; ignored", log), log
    assert "semihosting" in machine.boot_log
    assert balance(machine.cmd("balance"))["present"] == PAGES_128M
