"""
test_readme.py - the README, typed again: what a reader sees is what the README shows and says

In README.md, blocks that are marked `console` hold what is typed and what comes back:

    $ COMMAND          run on a terminal by a shell, in a copy of the tree: as printed, to the character
    crumb> COMMAND     typed at the prompt of the machine that the last `$ make qemu` started
    (gdb) COMMAND      typed into the gdb that the last `$ make …` started
    …                  any number of lines, also none; at a line's end, the rest of it

    README ── steps ──> bash, the kernel's shell, gdb ──> what they print ── matches() ──> the README's lines

A number is compared by its value, unless it depends on how fast the machine is or on how long a compiler
makes the image (VARIES): then by its form.  Blanks are compared as one blank.  What the prose says of the
outputs is verified by tests of its own, each of which looks first whether the README says so.
"""

import os
import re
import socket

import pexpect
import pytest

from machine import LONG_LIMIT, PROMPT, ROOT, balance, on_a_terminal, plain

NUMBER = re.compile(r"0x[0-9a-fA-F]+|\b[0-9a-f]{8}\b|\b\d+(?:\.\d+)?")
# The time it took; the compiler; what lies behind the image, whose length is the compiler's; the seed of the day.
VARIES = re.compile("|".join((
    r"^\[ *\d+\.\d+\]", r"\(\d+ us\)", r"ready: \d+ us", r"GCC [\d.]+( \d+)?", r"\+0x\w+(/0x\w+)?",
    r"\d+ pages free, \d+ in use", r"\d+ reserved \+ \d+ managed, \d+ handed over", r"mem_map at 0x\w+",
    r"\b(0x)?c(?!000)(?!0010000)[0-9a-f]{7}\b", r"\b(pfn(=| )|frame |physical )(0x)?6[01]\w+",
    r"(?<=Normal: )\d+ pages, \d+ free", r"(?<=DMA: )\d+ pages, \d+ free",
    r"\b(free|lists|slab|S|C|T|R|reserved|managed|pcp|tables) ?=?\d+", r"\btook \d+ of \d+", r"back: \d+ pages",
    r"\bport \d+", r"struct page at \w+")))


# ---- the README ----------------------------------------------------------------------------------

def readme():
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
        return file.read()


def steps(text):
    """(typed line, lines that come back) of each console block, in order."""
    found = []
    for block in re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            if line.startswith(("crumb> ", "$ ", "(gdb) ")):
                found.append((line, []))
            else:
                found[-1][1].append(line)
    return found


def sections():
    """{heading: steps} of what has any; all of the tour is one, on one machine."""
    parts = re.split(r"^## (.*)\n", readme(), flags=re.MULTILINE)[1:]
    return {name: steps(text) for name, text in zip(parts[::2], parts[1::2]) if steps(text)}


# ---- comparing -----------------------------------------------------------------------------------

def pattern(line):
    """The line as a regular expression: what varies by its form, blanks as one."""
    line = line.strip()
    rest = r".*" if line.endswith("…") else r"\s*"
    line = line.rstrip("… ")
    varying = [found.span() for found in VARIES.finditer(line)]
    parts, at = [], 0
    for number in NUMBER.finditer(line):
        if any(begin <= number.start() < end for begin, end in varying):
            parts += [re.escape(line[at:number.start()]), r"(?:0x)?[0-9a-fA-F]+(?:\.\d+)?"]
            at = number.end()
    parts.append(re.escape(line[at:]))
    return re.sub(r"(?:\\[ \t])+", r"\\s+", "".join(parts)).replace("…", ".*") + rest


def matches(expected, shown):
    """Whether the expected lines, in which … stands for any lines, are the shown ones."""
    whole = "".join(r"(?:.*\n)*?" if line.strip() == "…" else r"\s*" + pattern(line) + r"\n" for line in expected)
    text = "".join(line.strip() + "\n" for line in shown if line.strip())
    text = re.sub(r"(GCC [\d.]+(?: \d+)?) \(\w+\)", r"\1", text)  # the word that some put behind the version
    return re.fullmatch(whole, text) is not None


@pytest.mark.parametrize("line, other, same", [
    ("#1 pages order=2 zone=Normal pfn=0x60a40", "#1 pages order=2 zone=Normal pfn=0x61fff", True),
    ("f (…order=9…", "f (zone=0xc00d9c3c, order=9) at f.c:1", True),
    ("f (…order=9…", "f (zone=0xc00d9c3c, order=8) at f.c:1", False),
    ("#1 pages order=2 zone=Normal pfn=0x60a40", "#2 pages order=2 zone=Normal pfn=0x60a40", False),
    ("#1 pages order=2 zone=HighMem pfn=0x9fc00", "#1 pages order=2 zone=HighMem pfn=0x9fc01", False),
    ("#5 kmalloc size=100 usable=128 va=0xc1815400", "#5 kmalloc size=100 usable=128 va=0xc1816400", True),
    ("#5 kmalloc size=100 usable=128 va=0xc1815400", "#5 kmalloc size=100 usable=192 va=0xc1815400", False),
    ("#8 kmap slot=0 va=0xbfe00000", "#8 kmap slot=0 va=0xbfe01000", False),
    ("run: 2 ok, 0 failed", "run: 2 ok, 1 failed", False),
    ("Node 0, zone   HighMem  1 2", "Node 0, zone HighMem 1 2", True),
    ("Node 0, zone   HighMem  1 2", "Node 0, zone HighMem 1 3", False),
    ("hot: count 15 low 8", "hot: count 15 low 62", False),
    ("[    0.241510] Oops: at 0xc001799c (write)", "[    0.5] Oops: at 0xc0017900 (write)", True),
    ("ready: 27745 us", "ready: 1 us", True), ("balance: lost=0", "balance: lost=1", False),
    ("# name <objs> …", "# name <objs> and more", True), ("free=12", "held=12", False),
])
def test_the_comparison_itself(line, other, same):
    assert matches([line], [other]) == same


def test_ellipsis_stands_for_any_lines():
    assert matches(["a", "…", "z"], ["a", "b", "c", "z"]) and matches(["a", "…", "z"], ["a", "z"])
    assert not matches(["a", "…", "z"], ["a", "b"])


# ---- typing --------------------------------------------------------------------------------------

ELSEWHERE = "$ make test"  # it is what runs this
GDB = "(gdb) "
TOUR = "A first tour"
SHOW = os.environ.get("CRUMB_SHOW")


class Reader:
    """One who types what the README shows: a shell in the tree, a machine's prompt, gdb."""

    def __init__(self, tree, scratch):
        self.tree = tree
        self.children = []
        self.waits = {}  # which terminal shows "crumb> ", which "(gdb) "
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        clean = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
        # The default port may be somebody else's, here; and no recording of theirs is lost.
        (scratch / ".gdbinit").write_text("set editing off\nset pagination off\n")  # what is typed comes back once
        self.environment = dict(clean, GDB_PORT=str(port), REPLAY_FOLDER=str(scratch), HOME=str(scratch), TERM="dumb")

    def shell(self, command):
        """Runs it until it ends, with success, or until something waits for a line, or for gdb."""
        child = on_a_terminal("bash", "-c", command, cwd=self.tree, env=self.environment, echo=False,
                              timeout=LONG_LIMIT, dimensions=(200, 200), maxread=65536)
        child.delaybeforesend = None
        self.children.append(child)
        ends = [re.escape(PROMPT), re.escape(GDB), pexpect.EOF]
        if command.startswith("make debug"):
            ends.append("leaves the machine")
        which = child.expect(ends)
        shown = child.before
        if which < 2:
            self.waits[(PROMPT, GDB)[which]] = child
        elif which == 2:
            child.wait()
            assert child.exitstatus == 0, f"{command}: status {child.exitstatus}\n{plain(shown)}"
        return shown

    def type(self, prompt, line):
        """What the line brings up to the next prompt; `watch` is ended by a key when it has come round."""
        child = self.waits[prompt]
        child.send(line + ("\r" if prompt == PROMPT else "\n"))
        if prompt == PROMPT:
            child.expect("\n")  # the end of its echo
        shown = ""
        if prompt == PROMPT and line.startswith("watch "):
            child.expect_exact("\x1b[H\x1b[2J")
            child.expect_exact("\x1b[H\x1b[2J")
            shown = child.before
            child.expect("\n")
            child.send("q")
        child.expect(re.escape(prompt))
        return shown or child.before

    def step(self, line):
        """The lines that a typed line of the README brings."""
        prompt = next(prompt for prompt in ("$ ", PROMPT, GDB) if line.startswith(prompt))
        text = line[len(prompt):]
        shown = plain(self.shell(text) if prompt == "$ " else self.type(prompt, text)).splitlines()
        return shown

    def close(self):
        for child in self.children:
            child.close(force=True)


@pytest.fixture
def reader(tmp_path, seeded_tree):
    started = Reader(seeded_tree("readme").root, tmp_path)
    yield started
    started.close()


def read_along(reader, name):
    """{typed line: lines that came}, after comparing with those that the README shows."""
    came, wrong = {}, []
    for line, expected in sections()[name]:
        if line.startswith(ELSEWHERE):
            continue
        came[line] = reader.step(line)
        if SHOW:
            print("\n".join([line, *came[line]]))
        if line.startswith("$ "):
            expected = ["…", *expected, "…"]
        elif line.startswith(GDB):
            expected = [*expected, "…"] if expected else ["…"]
        if not matches(expected, came[line]):
            wrong.append("\n".join([line, *("- " + text for text in expected), *("+ " + text for text in came[line])]))
    assert not wrong, "the README shows (-) and what came is (+):\n" + "\n\n".join(wrong)
    return came


@pytest.mark.parametrize("name", [name for name in sections() if name != TOUR])
def test_what_the_readme_shows_comes(reader, name):
    read_along(reader, name)


# ---- what the prose says -------------------------------------------------------------------------

def says(*sentences):
    """The README says so, whichever way its lines are broken."""
    text = " ".join(readme().split())
    for sentence in sentences:
        assert sentence in text, sentence


def lines_of(lines, word):
    return [line for line in lines if word in line]


def columns(lines):
    """The free blocks of each order in what buddyinfo printed."""
    return list(map(int, lines_of(lines, "HighMem")[-1].split("HighMem")[1].split()))


def test_the_tour_from_top_to_bottom(reader):
    """On one machine, as a reader would; and then what is said about it."""
    came = read_along(reader, TOUR)
    numbers = balance("\n".join(came["crumb> balance"]))
    assert numbers["held"] == numbers["vmalloc"] == numbers["percpu"] == 0

    says("of the 64 largest blocks is split three times", "these 128 pages")
    assert len(lines_of(came["crumb> alloc pages 7 highmem"], ": split ")) == 3
    split = columns(came["crumb> buddyinfo HighMem"])
    says("The other halves stand in the columns of orders 7, 8 and 9.")
    assert [order for order, blocks in enumerate(split[:10]) if blocks] == [7, 8, 9] and split[7:] == [1, 1, 1, 63]
    says("each block merges with its buddy, whose frame number differs in one bit, up to order 10 again")
    merges = [line.split()[-6:] for line in lines_of(came["crumb> free #1"], ": merge ")]
    for _, first, _, second, _, order in merges:
        assert int(first, 16) ^ int(second.rstrip(":"), 16) == 1 << int(order) - 1
    assert [int(merge[-1]) for merge in merges] == [8, 9, 10]
    assert columns(came["crumb> watch every=500 buddyinfo HighMem"]) == [0] * 10 + [64]

    says("with a guard page behind them")
    pages = int(re.search(r"pages=(\d+)", came["crumb> alloc vmalloc 10000"][0])[1])
    area = lines_of(came["crumb> vmallocinfo"], "vmalloc")[-1].split()
    assert int(area[1]) == (pages + 1) * 4096 and pages == 3
    says("data per CPU has a copy on each", "A page of highmem, as `#2` is, has no address.")
    assert "HighMem" in came["crumb> alloc pages 0 highmem"][0]
    assert "va=" not in came["crumb> alloc pages 0 highmem"][0]


def test_the_address_space_is_as_drawn(boot):
    """Each bound of the picture is where a region of the kernel's begins, and bears its name."""
    drawn = re.findall(r"^    ([0-9a-f]{8}) [│├└┌]", readme(), re.MULTILINE)
    machine = boot(mem="1G")
    for address, name in (("ffc80000", "fixmap"), ("f0800000", "vmalloc"), ("c0000000", "lowmem"),
                          ("bfe00000", "pkmap"), ("bf000000", "modules"), ("f0000000", "gap")):
        assert address in drawn, address
        assert f"region: {name}, {address}-" in machine.cmd(f"explain 0x{address}"), address
    assert "region: gap, ff800000-" in machine.cmd("explain 0xff800000") and "ff800000" in drawn
    for address, what in (("ffdd1000", "(user 0)"), ("ffd91000", "(kmap_local 0 of CPU 0)"),
                          ("c0004000", "page tables"), ("c0010000", "image: .text, c0010000-")):
        assert what in machine.cmd(f"explain 0x{address}") and address in drawn, address
    says("240 MiB (vmalloc= sets it)", "512 slots of kmap", "16 slots for each CPU", "8 MiB of nothing")
    assert "240 MiB" in machine.boot_log and "512 slots" in machine.boot_log
    assert "kmap_local 15 of CPU 0" in machine.cmd("explain 0xffda0000")
    assert "kmap_local 0 of CPU 1" in machine.cmd("explain 0xffda1000")
    assert "user 7" in machine.cmd("explain 0xffdd8000") and "user 8" not in machine.cmd("explain 0xffdd9000")


def test_what_stands_in_the_sentences(here, boot):
    """The commands, options and folders that the prose names exist."""
    text = readme()
    inline = set(re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)))
    assert {"make bench-check", "make reverse", "make qemu PCP=none"} <= inline
    for command in sorted(word for word in inline if word.startswith("make ")):
        here.make("-n", *command.split()[1:])
    table = text.split("## Where things are")[1]
    for row in re.findall(r"^\| (\S+/) \| (.*) \|$", table, re.MULTILINE):
        for name in re.findall(r"`([\w./]+)`", row[1]):
            assert os.path.exists(os.path.join(ROOT, row[0], name)), f"{row[0]}{name}"
    tops = {name for name in os.listdir(ROOT) if os.path.isdir(os.path.join(ROOT, name)) and name[0] != "."}
    assert tops - {"build"} == {row.rstrip("/") for row in re.findall(r"^\| (\S+)/ \|", table, re.MULTILINE)}
    known = boot().cmd("help")
    for name in re.findall(r"`(break|replay|check|balance|map|zoneinfo|trace|watch|bench)\b", text):
        assert re.search(rf"^  {name}\b", known, re.MULTILINE), name


def test_everything_that_is_typed_is_tried():
    """What has a prompt stands in a console block, under Measuring (test_bench.py), or is a sanitizer's report
    (test_sanitizers.py)."""
    outside = re.sub(r"^```console\n.*?^```", "", readme(), flags=re.MULTILINE | re.DOTALL)
    outside = re.sub(r"^## Measuring\n.*?^## ", "", outside, flags=re.MULTILINE | re.DOTALL)
    outside = re.sub(r"^```text\n\$ make ARCH=user SANITIZE=.*?^```", "", outside, flags=re.MULTILINE | re.DOTALL)
    assert not re.search(r"^\s*(\$|crumb>|\(gdb\)) ", outside, re.MULTILINE)
    typed = [line for lines in sections().values() for line, _ in lines]
    assert [line.split("#")[0].strip() for line in typed if line.startswith(ELSEWHERE)] == [ELSEWHERE]
    commands = {line.split()[1] for line, _ in sections()[TOUR]}
    assert {"map", "trace", "watch", "page", "explain", "zoneinfo", "slabinfo"} <= commands
