"""
test_shell.py - the shell as a person's fingers meet it, through a pty

What a key does to the line is seen by what the finished line prints: `echo` shows its arguments.
"""

import random
import re

import pytest

from machine import LOWMEM_AT, PROMPT, plain

CTRL = {letter: chr(ord(letter) & 0x1f) for letter in "ABCDEFHKLNPTUWY"}
UP, DOWN, RIGHT, LEFT = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"
HOME, END, DELETE = "\x1b[H", "\x1b[F", "\x1b[3~"
BACKSPACE, TAB, ENTER = "\x7f", "\t", "\r"


@pytest.fixture
def shell(boot):
    return boot(mem="16M")


def typed(shell, keys):
    """What the line prints that these keys make."""
    shell.send(keys + ENTER)
    return shell.answer()


@pytest.mark.parametrize("keys, want", [
    ("echo abd" + LEFT + "c", "abcd"),
    ("echo abd" + LEFT + LEFT + RIGHT + "c", "abcd"),
    ("cho abc" + HOME + "e", "abc"),
    ("cho abc" + CTRL["A"] + "e", "abc"),
    ("cho ab" + HOME + "e" + END + "c", "abc"),
    ("cho ab" + CTRL["A"] + "e" + CTRL["E"] + "c", "abc"),
    ("cho ab\x1b[1~e\x1b[4~c", "abc"),
    ("cho ab\x1bOHe\x1bOFc", "abc"),
    ("echo abx" + BACKSPACE + "c", "abc"),
    ("echo abx\x08c", "abc"),
    ("echo xabc" + HOME + RIGHT * 5 + DELETE, "abc"),
    ("rubbish" + CTRL["U"] + "echo abc", "abc"),
    ("echo abc rubbish" + LEFT * 8 + CTRL["K"], "abc"),
    ("echo abc rubbish" + CTRL["W"] + CTRL["W"] + "abc", "abc"),
    ("echo abc" + LEFT + CTRL["U"] + CTRL["A"] + "echo ", "c"),
    ("echo abd" + CTRL["B"] + "c", "abcd"),
    ("echo abd" + CTRL["B"] * 2 + CTRL["F"] + "c", "abcd"),
    ("echo xabc" + CTRL["A"] + CTRL["F"] * 5 + CTRL["D"], "abc"),
    ("echo one three" + "\x1bb" + "two ", "one two three"),
    ("echo one three" + "\x1b[1;5D" + "two ", "one two three"),
    ("echo one three" + CTRL["A"] + "\x1bf" * 2 + " two", "one two three"),
    ("echo one three" + CTRL["A"] + "\x1b[1;5C" * 2 + " two", "one two three"),
    (LEFT * 3 + BACKSPACE * 3 + DELETE + "echo abc" + RIGHT * 9, "abc"),
], ids=lambda value: None)
def test_editing_key(shell, keys, want):
    assert typed(shell, keys) == want


def test_ctrl_c_drops_the_line(shell):
    shell.send("echo rubbish" + CTRL["C"])
    shell.expect(re.escape(PROMPT))
    assert typed(shell, "echo abc") == "abc"


def test_ctrl_l_clears_the_screen_and_keeps_the_line(shell):
    shell.send("echo ab" + CTRL["L"])
    shell.child.expect_exact("\x1b[2J")
    shell.send("c" + ENTER)
    shell.expect("\nabc\n|\nabc\r")
    shell.expect(re.escape(PROMPT))


def test_history(shell):
    for word in ("one", "two", "three"):
        shell.cmd(f"echo {word}")
    assert typed(shell, UP) == "three"
    assert typed(shell, UP * 2) == "two"  # a line that repeats the last one is kept once
    assert typed(shell, UP * 3 + DOWN) == "three"
    assert typed(shell, "echo unfinished" + UP * 2 + DOWN * 2) == "unfinished"
    assert typed(shell, UP * 100) == "one"
    assert typed(shell, CTRL["P"] * 2) == "unfinished"
    assert typed(shell, CTRL["P"] * 2 + CTRL["N"]) == "unfinished"


def test_a_line_from_history_can_be_changed(shell):
    shell.cmd("echo abd")
    assert typed(shell, UP + LEFT + "c") == "abcd"


def test_completion_of_commands(shell):
    assert "zone" in typed(shell, "buddyi" + TAB)
    shell.send("b" + TAB + TAB)
    text = shell.expect("buddyinfo")
    text += shell.expect(re.escape(PROMPT))
    assert "balance" in text and "break" in text
    shell.send(CTRL["U"] + ENTER)


def test_completion_of_arguments(shell):
    assert re.search(r"#\d+ pages order=0", typed(shell, "alloc pag" + TAB + "0"))
    assert "ARMv7" in typed(shell, "cat /proc/cpu" + TAB)
    shell.send("break null-r" + TAB + ENTER)
    assert "Oops: " in shell.answer(oops=True)


def test_completion_of_nothing_changes_nothing(shell):
    assert typed(shell, "echo abc zzz-no-such" + TAB * 3 + CTRL["W"]) == "abc"


@pytest.mark.parametrize("line, reason", [
    ("nonsense", r"error: nonsense: .*"),
    ("alloc pages", r"(?i)usage"),
    ("alloc pages 99", r"error: alloc: .*"),
    ("alloc pages x", r"error: alloc: .*x"),
    ("alloc pages 0x", r"error: alloc: .*0x"),
    ("alloc pages -1", r"error: alloc: .*-1"),
    ("alloc pages 1 nowhere", r"error: alloc: .*nowhere"),
    ("alloc chickens 1", r"error: alloc: .*chickens"),
    ("free 1", r"error: free: .*1"),
    ("free #99", r"error: free: .*99"),
    ("free #", r"error: free: .*#"),
    ("free #1x", r"error: free: .*1x"),
    ("cat /proc/nothing", r"error: cat: .*nothing"),
    ("cat", r"(?i)usage"),
    ("test nothing.at.all", r"error: test: .*nothing"),
    ("repeat x echo a", r"error: repeat: .*x"),
    ("repeat 3", r"(?i)usage"),
    ("watch", r"usage: watch"), ("watch every=5", r"usage: watch"),
    ("watch every=5 balance", r"error: watch: every: .*10 to 3600000"),
    ("watch every=x balance", r"error: watch: every: .*x"),
    ("md 0xzz", r"error: md: .*0xzz"),
    ("pt 99999999999999999999", r"error: pt: .*"),
    ("help nonsense", r"error: help: .*nonsense"),
    ('echo "open', r"error: .*"),
    ("poweroff 999", r"error: poweroff: .*999"),
], ids=lambda value: re.sub(r"\W+", "-", value)[:24])
def test_bad_input_is_named(shell, line, reason):
    assert re.search(reason, shell.cmd(line))
    assert shell.cmd("echo abc") == "abc"


def test_semicolons_repeat_and_time(shell):
    assert shell.cmd("echo a; echo b ;echo c") == "a\nb\nc"
    assert shell.cmd("repeat 3 echo x").splitlines() == ["x"] * 3
    text = shell.cmd("time echo x")
    assert text.startswith("x\n") and re.search(r"\d+ (ns|us|ms|instructions)", text)
    assert shell.cmd(";;; ;") == ""


def test_quoting(shell):
    assert shell.cmd('echo "a  b"   c') == "a  b c"
    assert shell.cmd('echo "a;b"') == "a;b"


def test_help(shell):
    text = shell.cmd("help")
    for name in ("alloc", "free", "buddyinfo", "balance", "md", "pt", "regs", "test", "break", "dmesg"):
        assert re.search(rf"^\s*{name}\b", text, re.MULTILINE), name
        one = shell.cmd(f"help {name}")
        assert name in one and len(one.splitlines()) >= 2, one


def test_every_example_of_help_can_be_typed(shell):
    """`help CMD` shows an example that works as it stands."""
    names = set(re.findall(r"^\s{2,}([a-z0-9]+)\b", shell.cmd("help"), re.MULTILINE))
    assert len(names) >= 15
    for name in sorted(names - {"poweroff", "reboot", "panic", "break", "clear", "test", "exhaust", "watch"}):
        found = re.search(r"(?im)^.*example:?\s+(.*)$", shell.cmd(f"help {name}"))
        assert found, f"help {name} shows no example"
        answer = shell.cmd(found[1].strip())
        assert "error: usage" not in answer and "no such command" not in answer, answer


def test_allocating_and_freeing(shell):
    text = shell.cmd("alloc pages 2")
    found = re.fullmatch(r"#1 pages order=2 zone=(\w+) pfn=0x([0-9a-f]+) va=0x([0-9a-f]+)", text)
    assert found, text
    pfn, address = int(found[2], 16), int(found[3], 16)
    assert pfn % 4 == 0 and address == (pfn << 12) - 0x60000000 + LOWMEM_AT
    assert text in shell.cmd("allocs")
    assert re.search(rf"0x{pfn << 12:x}", shell.cmd(f"v2p {address:#x}"))
    assert shell.cmd("free #1") == "#1 freed"
    assert "error: free:" in shell.cmd("free #1")
    assert shell.cmd("alloc pages 0").startswith("#2 ")


def test_the_short_form_of_alloc(shell):
    assert shell.cmd("pages 1 zero").startswith("#1 pages order=1 ")
    assert shell.cmd("repeat 2 pages 0").count(" pages order=0 ") == 2
    assert "error: pages: ORDER:" in shell.cmd("pages 11")
    assert "usage: alloc pages ORDER" in shell.cmd("pages")
    assert shell.cmd("free all").count("freed") == 3


@pytest.mark.parametrize("zone, name", [("dma", "DMA"), ("normal", "Normal|DMA")])
def test_zones_can_be_asked_for(shell, zone, name):
    assert re.search(rf"zone=({name}) ", shell.cmd(f"alloc pages 0 {zone}"))


def test_zeroed_pages(shell):
    text = shell.cmd("alloc pages 0 zero")
    address = re.search(r"va=(0x[0-9a-f]+)", text)[1]
    assert re.search(r"00000000 00000000 00000000 00000000", shell.cmd(f"md {address}"))


def test_memory_can_be_read_and_written(shell):
    address = int(re.search(r"va=(0x[0-9a-f]+)", shell.cmd("alloc pages 0"))[1], 16)
    shell.cmd(f"mw {address:#x} 0x12345678")
    assert "12345678" in shell.cmd(f"md {address:#x} 1")
    shell.cmd(f"mw {address + 1:#x} 0xab 1")
    assert "1234ab78" in shell.cmd(f"md {address:#x} 1")
    shell.cmd(f"mw {address + 2:#x} 0xcdef 2")
    assert "cdefab78" in shell.cmd(f"md {address:#x} 1 4")


@pytest.mark.parametrize("line", ["md 0", "md 0x3ffff000", "mw 0 1", "mw 0xc0010000 1"])
def test_a_fault_of_md_and_mw_is_reported_not_taken(shell, line):
    text = shell.cmd(line)
    assert re.search(r"(?i)error: m[dw]: .*fault", text), text


def test_regs_names_the_bits(shell):
    text = shell.cmd("regs")
    for name in ("SCTLR", "TTBCR", "DACR", "TTBR0"):
        assert name in text


def test_proc_files(shell):
    assert "ARMv7" in shell.cmd("cat /proc/cpuinfo")
    assert re.search(r"(?m)^[0-9a-f]{8} [tT] start_kernel$", shell.cmd("cat /proc/kallsyms"))
    assert "System RAM" in shell.cmd("cat /proc/iomem")
    assert shell.cmd("cat /proc/cmdline") == ""
    for name in re.findall(r"^/proc/(\w+) ", shell.cmd("ls"), re.MULTILINE):
        assert "error: " not in shell.cmd(f"cat /proc/{name}")


ROW = re.compile(r"^\s+0x([0-9a-f]{8})-0x([0-9a-f]{8})\s+(\d+) (KiB|MiB)\s+(page|section|large page)\s+"
                 r"([r-][w-][x-]) (cached|device|\S+)", re.MULTILINE)


def mapped(shell):
    """The rows of kernel_page_tables as (first, last, rights, kind)."""
    text = shell.cmd("cat /proc/kernel_page_tables")
    rows = []
    for start, last, size, unit, _level, rights, kind in ROW.findall(text):
        first, last = int(start, 16), int(last, 16)
        assert last + 1 - first == int(size) << (10 if unit == "KiB" else 20), text
        rows.append((first, last, rights, kind))
    assert len(rows) == len([line for line in text.splitlines() if line.startswith("  0x")]) > 5, text
    assert rows == sorted(rows), text
    return rows


def symbol(shell, name):
    return int(re.search(rf"(?m)^([0-9a-f]{{8}}) \w {name}$", shell.cmd("cat /proc/kallsyms"))[1], 16)


def rights_at(rows, address):
    found = [rights for first, last, rights, _ in rows if first <= address <= last]
    return found[0] if found else None


@pytest.mark.parametrize("mem", ["16M", "1G"])
def test_kernel_page_tables(boot, mem):
    """The rights that the design asks for, as the tables themselves have them."""
    shell = boot(mem=mem)
    rows = mapped(shell)
    assert not [row for row in rows if "w" in row[2] and "x" in row[2]], "writable and executable"
    assert not [row for row in rows if row[3] == "device" and "x" in row[2]], "devices are never executed"
    assert rights_at(rows, 0) is None and rights_at(rows, 0x60010000) is None, "the identity map is gone"
    assert rights_at(rows, symbol(shell, "start_kernel")) == "r-x"
    assert rights_at(rows, symbol(shell, "arch_devices")) == "r--"
    assert rights_at(rows, symbol(shell, "boot_info")) == "rw-"
    for stack in ("svc_stack", "abt_stack", "irq_stack", "und_stack"):
        bottom, top = symbol(shell, stack), symbol(shell, f"{stack}_top")
        assert rights_at(rows, bottom) == rights_at(rows, top - 1) == "rw-"
        assert rights_at(rows, bottom - 1) is None and rights_at(rows, top) is None, f"{stack} lacks a guard"
    page = int(re.search(r"va=(0x\w+)", shell.cmd("alloc pages 0"))[1], 16)
    assert rights_at(rows, page) == "rw-"
    for one, other in zip(rows, rows[1:]):
        assert one[1] + 1 != other[0] or one[2:] != other[2:] or one[0] >> 20 != other[1] >> 20, "not coalesced"


def test_dmesg_repeats_the_boot(shell):
    log = shell.cmd("dmesg")
    assert re.search(r"^\[\s*\d+\.\d{6}\]", log, re.MULTILINE), log


def test_a_very_long_line(shell):
    """Longer than the line may be: cut or refused, and the shell lives."""
    shell.send("echo " + "x" * 5000 + ENTER)
    answer = shell.answer()
    assert set(plain(answer).strip()) <= {"x"} or "error" in answer
    assert shell.cmd("echo abc") == "abc"


def test_a_line_wider_than_the_screen_is_edited(shell):
    words = " ".join(f"word{i:03}" for i in range(60))
    assert typed(shell, "cho " + words + HOME + "e" + END + " end") == words + " end"


def test_binary_noise(shell):
    """Every byte value, in several orders: no fault, no hang, and the next line is understood."""
    rng = random.Random(7)
    for _ in range(4):
        noise = "".join(chr(rng.randrange(256)) for _ in range(2000))
        for chunk in re.findall(".{1,200}", noise, re.DOTALL):
            shell.send(chunk)
        shell.send(CTRL["C"])
        shell.settle()
        assert shell.cmd("echo abc") == "abc"


def test_ctrl_c_stops_a_command_and_what_is_typed_behind_it_counts(shell):
    shell.send("repeat 100000000 echo x" + ENTER)
    shell.expect("x\r*\nx")
    shell.send(CTRL["C"] + "echo mar" + "ker" + ENTER)
    shell.expect(r"interrupted after round \d+")
    shell.expect("\nmarker\r*\n")
    shell.expect(re.escape(PROMPT))


def test_watch_refreshes_until_a_key(shell):
    shell.send("watch every=20 balance" + ENTER)
    for _ in range(3):
        shell.child.expect_exact("\x1b[H\x1b[2J")
        shell.expect(r"every 20 ms, until a key: balance\r*\n\r*\npresent=\d+ [^\n]*lost=0")
    shell.send("q")
    shell.expect(re.escape(PROMPT))
    assert shell.cmd("echo abc") == "abc"


@pytest.mark.parametrize("key", [UP, HOME, DELETE, " ", ENTER, "\x1b", CTRL["C"]], ids=repr)
def test_watch_takes_the_whole_key(shell, key):
    shell.send("watch every=3600000 echo x" + ENTER)
    shell.expect("\nx\r*\n")
    shell.settle()
    shell.send(key)
    shell.expect(re.escape(PROMPT))
    shell.settle()
    assert shell.cmd("echo abc") == "abc"


def test_watch_ends_with_its_command(shell):
    said = shell.cmd("watch nonsense")
    assert "error: nonsense: no such command" in said and "error: watch: round 1 failed" in said
    shell.send("watch repeat 100000000 echo x" + ENTER)
    shell.expect("x\r*\nx")
    shell.send(CTRL["C"])
    shell.expect(r"error: watch: interrupted in round 1")
    shell.expect(re.escape(PROMPT))
    oops = shell.cmd("watch break null-read", oops=True)
    assert "Oops: " in oops and "error: watch: round 1 failed" in oops


def test_watch_is_refused_where_no_key_can_end_it(headless):
    ended = headless("watch balance", mem="16M", status=1)
    assert "error: watch: only at the prompt" in ended.output


def test_typing_ahead(shell):
    """Keys that come while a command runs are not lost."""
    shell.send("echo one\recho two\recho three\r")
    shell.expect("\nthree\r*\n")
    shell.expect(re.escape(PROMPT))


def test_clear(shell):
    shell.send("clear" + ENTER)
    shell.child.expect_exact("\x1b[")
    shell.expect(re.escape(PROMPT))


def test_poweroff_gives_its_status(boot):
    machine = boot(mem="16M")
    machine.send("poweroff 42\r")
    assert machine.wait() == 42


def test_reboot_boots_again(boot):
    machine = boot(mem="16M")
    machine.cmd("alloc pages 3")
    machine.send("reboot\r")
    machine.expect(r"ready: \d+")
    machine.expect(re.escape(PROMPT))
    assert machine.cmd("alloc pages 0").startswith("#1 ")
