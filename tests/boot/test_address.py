"""
test_address.py - an address may be a number, a symbol or #N, with +OFFSET, wherever one is taken

Read next: kernel/shell/address.c.
"""

import re

import pytest

# Each command that takes an address, with what its answer must name of the object's first byte.
TAKES_VIRTUAL = {
    "explain {}": r"page walk for {va:08x}",
    "pt {}": r"page walk for {va:08x}",
    "v2p {}": r"va=0x{va:08x} pa=0x{pa:08x}",
    "md {} 1": r"{va:08x}: ",
    "mw {} 5": r": 0*5 written$",
    "page {}": r"pfn 0x{pfn:x}: ",
    "map {}": r"pfn 0x{pfn:x}: ",
}
TAKES_PHYSICAL = {
    "explain phys:{}": r"physical: {pa:08x}, ",
    "fixmap set 3 {}; fixmap clear 3": r"shows 0x{pa:x}\s",
    "ioremap {} 4; free all": r"ioremap",
}


@pytest.fixture
def shell(boot):
    return boot(mem="64M")


def virtual(text):
    return int(re.search(r"va=0x([0-9a-f]+)", text)[1], 16)


def symbol(shell, name):
    return int(re.search(rf"(?m)^([0-9a-f]{{8}}) \w {name}$", shell.cmd("cat /proc/kallsyms"))[1], 16)


def physical(va):
    return va - 0xc0000000 + 0x60000000


def check(shell, command, argument, va, pattern):
    text = shell.cmd(command.format(argument))
    want = pattern.format(va=va, pa=physical(va), pfn=physical(va) >> 12)
    assert re.search(want, text), (command, argument, text)


@pytest.mark.parametrize("command", TAKES_VIRTUAL)
def test_every_form_of_an_address_is_taken(shell, command):
    pattern = TAKES_VIRTUAL[command]
    va = virtual(shell.cmd("alloc kmalloc 256"))
    for argument, where in (("#1", va), ("#1+0x24", va + 0x24), ("#1+16", va + 16),
                            (f"{va:#x}", va), (f"{va:#x}+0x24", va + 0x24)):
        check(shell, command, argument, where, pattern)
    if command.startswith("mw"):
        assert f"{va + 0x24:08x}: 00000005" in shell.cmd("md #1+0x24 1")
        return
    start, table = symbol(shell, "start_kernel"), symbol(shell, "swapper_pg_dir")
    assert table == 0xc0004000
    for argument, where in (("start_kernel", start), ("start_kernel+0x10", start + 0x10),
                            ("swapper_pg_dir", table), ("swapper_pg_dir+0x3004", table + 0x3004)):
        check(shell, command, argument, where, pattern)


@pytest.mark.parametrize("command", TAKES_PHYSICAL)
def test_a_name_stands_for_the_memory_behind_it_where_a_physical_address_is_taken(shell, command):
    va = virtual(shell.cmd("alloc pages 1"))
    pattern = TAKES_PHYSICAL[command]
    if "ioremap" in command:  # RAM is refused, by its physical address
        assert f"{physical(va) + 0x1010:x}" in shell.cmd(command.format("#1+0x1010"))
        return
    check(shell, command, "#1", va, pattern)
    check(shell, command, "#1+0x1010", va + 0x1010, pattern)
    check(shell, command, f"{physical(va):#x}+0x10", va + 0x10, pattern)
    check(shell, command, "boot_info+4", symbol(shell, "boot_info") + 4, pattern)


def test_each_kind_of_handle_has_its_address(boot):
    shell = boot(mem="128M", append="lowmem=64M")
    shell.cmd("alloc pages 1 highmem")
    shell.cmd("cache create point 24")
    shell.cmd("pool create spare 2 kmalloc 256")
    for line in ("alloc kmap #1", "alloc fixmap 0 #1", "alloc vmap #1", "alloc vmalloc 5000", "alloc kmalloc 100",
                 "alloc cache point", "alloc pool spare", "kstrdup text", "ioremap 0x10000000 4"):
        text = shell.cmd(line)
        number = re.match(r"#\d+", text)[0]
        assert f"va=0x{virtual(text):08x}" in shell.cmd(f"v2p {number}"), text
    text = shell.cmd("alloc percpu 64")
    assert f"va={re.search(r'cpu0=(0x[0-9a-f]+)', text)[1]} " in shell.cmd(f"v2p {text.split()[0]}")
    frame = re.search(r"pfn=0x([0-9a-f]+)", shell.cmd("allocs"))[1]
    assert f"pfn 0x{int(frame, 16) + 1:x}: " in shell.cmd("page #1+4096")
    for command in ("v2p", "md", "pt", "explain", "kfree"):
        assert "highmem has no address of its own" in shell.cmd(f"{command} #1+0")
    assert f"physical: {int(frame, 16) << 12:08x}, " in shell.cmd("explain phys:#1")


# What the usage line calls the argument: so do the errors.
NAMES = {
    "explain {}": "ADDR", "explain phys:{}": "phys:ADDR", "md {}": "ADDR", "mw {} 1": "ADDR", "pt {}": "ADDR",
    "v2p {}": "ADDR", "page {}": "PFN|ADDR", "map {}": "PFN|ADDR", "map --plain {}": "PFN|ADDR", "kfree {}": "ADDR",
    "vfree {}": "ADDR", "fixmap set 1 {}": "ADDR", "ioremap {} 4": "PHYS",
}
# Of kfree and vfree #N alone is a handle, as of free.
HANDLES = ("kfree {}", "vfree {}")


@pytest.mark.parametrize("argument, reason", [
    ("#99", "#99: no such allocation"), ("#99+4", "#99: no such allocation"),
    ("#1x", "#1x: not a handle"), ("#0", "#0: not a handle"), ("#1+", r'"" is not an offset'),
    ("#1+x", '"x" is not an offset'), ("#1+4294967295", "beyond the address space"),
    ("start_kernel+x", '"x" is not an offset'), ("start_kernel+0xffffffff", "beyond the address space"),
    ("no_such_name", "no_such_name: neither"), ("no_such_name+4", "no_such_name: neither"), ("+4", "neither"),
    ("0x100000000", "not in the range"), ("0xffffffff+1", "beyond the address space"), ("0xzz", "0xzz"),
    ("1+-1", '"-1" is not an offset'),
])
def test_what_is_wrong_with_an_address_is_named(shell, argument, reason):
    shell.cmd("alloc kmalloc 64")
    before = shell.cmd("balance")
    for line, name in NAMES.items():
        if line in HANDLES and argument[0] == "#" and "+" not in argument:
            assert re.match(rf"error: {line.split()[0]}: {re.escape(argument)}: n", shell.cmd(line.format(argument)))
            continue
        text = shell.cmd(line.format(argument))
        what = "no frame of this machine" if name == "PFN|ADDR" and argument == "#1+4294967295" else reason
        command = line.split()[0]
        assert name in shell.cmd(f"help {command}") or name in shell.cmd(f"help alloc {command}")
        where = rf'^error: {command}: {re.escape(name)}: "?{re.escape(argument.split("+")[0])}'
        assert re.search(where, text, re.MULTILINE) and what in text, text
    assert shell.cmd("balance") == before and shell.cmd("allocs").startswith("#1 kmalloc")


def test_an_offset_behind_the_end_is_told_and_taken(shell):
    va = virtual(shell.cmd("alloc kmalloc 64"))
    assert "behind its end, which is at +0x40" not in shell.cmd("v2p #1+63")
    text = shell.cmd("v2p #1+64")
    assert "#1+64: behind its end, which is at +0x40" in text and f"va=0x{va + 64:08x}" in text


def test_freeing_by_handle_and_by_address(shell):
    va = virtual(shell.cmd("alloc kmalloc 64"))
    assert "error: kfree: 0x" not in shell.cmd(f"kfree {va:#x}") and shell.cmd("allocs") == "nothing is held"
    shell.cmd("alloc kmalloc 64")
    assert "error: kfree: #2+8: refused" in shell.cmd("kfree #2+8")
    assert shell.cmd("kfree #2") == "#2 freed"
    assert shell.cmd("kfree #2") == "error: kfree: #2: no such allocation"
    area = virtual(shell.cmd("alloc vmalloc 5000"))
    assert "error: vfree: #3+4096: refused" in shell.cmd("vfree #3+4096")
    assert shell.cmd(f"vfree {area:#x}") == "#3 freed"
    assert "error: vfree: " in shell.cmd(f"vfree {area:#x}") and "lost=0" in shell.cmd("balance")
    shell.cmd("alloc vmalloc 5000")
    assert shell.cmd("vfree #4") == "#4 freed"
    assert shell.cmd("vfree 0") == "0: no area, so nothing is freed"
    window = virtual(shell.cmd("ioremap 0x10000000 4"))
    assert "error: vfree: " in shell.cmd(f"vfree {window:#x}") and "`free #5`" in shell.cmd(f"vfree {window:#x}")
    assert "error: kfree: start_kernel: refused" in shell.cmd("kfree start_kernel")
    shell.cmd("pool create spare 2 kmalloc 256")
    assert shell.cmd("pool free #99") == "error: pool: #99: no such allocation"


def test_handles_complete_behind_a_hash(shell):
    shell.cmd("alloc kmalloc 64")
    shell.send("v2p #\t\r")
    assert "va=0x" in shell.answer()
