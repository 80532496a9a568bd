"""
test_prompt.py - what a person at a terminal meets: its size, the pager, filters, UTF-8, history, variables, Ctrl-C

The machine's pty answers no question by itself: a test that wants the prompt to believe in a terminal
sends the answer, as a terminal would.

Read next: test_shell.py, for the keys of the line.
"""

import pathlib
import re

import pytest

from machine import PROMPT, ROOT, Machine, balance, totals

ENTER, CTRL_C, CTRL_G, CTRL_L, CTRL_R, ESCAPE = "\r", "\x03", "\x07", "\x0c", "\x12", "\x1b"
BACKSPACE, LEFT = "\x7f", "\x1b[D"
ASK = "\x1b7\x1b[999;999H\x1b[6n\x1b8"
MORE = " more "


@pytest.fixture
def shell(boot):
    return boot(mem="16M")


def utf8(text):
    """As the console carries it: a character a byte."""
    return text.encode().decode("latin-1")


def typed(shell, keys):
    shell.send(keys + ENTER)
    return shell.answer()


def terminal(shell, rows, columns):
    """The answer of a terminal of this size, to the question asked at the start."""
    shell.send(f"\x1b[{rows};{columns}R")
    assert shell.cmd("echo is there") == "is there"


def paged(shell, line):
    """Types the line and waits for the first page's end; returns its rows."""
    shell.send(line + ENTER)
    return page(shell, rf"{re.escape(line)}\r*\n")


def page(shell, begins=""):
    text = shell.expect(rf"(?s){begins}.*?{MORE}")
    return text[:-len(MORE)].splitlines()


# ---- characters ----------------------------------------------------------------------------------

@pytest.mark.parametrize("keys, want", [
    ("echo grüße", "grüße"), ("echo 日本語", "日本語"), ("echo e\u0301te\u0301", "e\u0301te\u0301"), ("echo 😀x", "😀x"),
    ("echo 日本x" + BACKSPACE * 2, "日"), ("echo 日本" + LEFT * 2 + "x", "x日本"),
    ("echo e\u0301x" + LEFT + BACKSPACE + "a", "ax"), ("echo ü" * 1 + "b" + LEFT * 2 + "\x1b[3~", "b"),
])
def test_characters_of_several_bytes_are_kept(shell, keys, want):
    assert typed(shell, utf8(keys)) == utf8(want)


@pytest.mark.parametrize("noise", ["\xff", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xe6\x97", "\x80", "\xc2\x9b"])
def test_a_line_with_what_is_no_character_is_not_run(shell, noise):
    text = typed(shell, f"echo ab{noise}cd")
    assert re.search(r"error: shell: .*no character \(UTF-8\); the line was not run", text), text
    assert "\nabcd" not in text
    assert shell.cmd("echo abc") == "abc"
    assert typed(shell, "\x1b[A") == "abc"  # nor remembered


# What a pasted text may hold beside characters, and what is said of it.
LOST = [("\t", "a tab"), ("\0", "byte 0x00"), ("\x07", "byte 0x07"), ("\x1a", "byte 0x1a"),
        ("\x1b[31m", "an escape sequence"), ("\x1bz", "an escape sequence")]


@pytest.mark.parametrize("lost, named", LOST)
def test_a_pasted_line_that_would_lose_a_byte_is_not_run(shell, lost, named):
    """Its bytes come faster than a person types."""
    for line in (f"echo ab{lost}cd", f"echo ab{lost}", f"echo ab{lost}{lost}cd"):
        text = typed(shell, line)
        assert re.search(rf"error: shell: what stands as .* was {named}.*; the line was not run", text), text
        assert "\nab" not in text
    assert shell.cmd("echo abc") == "abc"
    assert typed(shell, "\x1b[A") == "abc"  # nor remembered
    assert typed(shell, f"echo ab{lost}{BACKSPACE}c") == "abc"  # what was left is what is shown


@pytest.mark.parametrize("lost, _", LOST)
def test_a_person_who_presses_such_a_key_goes_on(shell, lost, _):
    shell.send("echo ab" + lost)
    shell.settle()
    assert typed(shell, "cd") == "abcd"


def test_a_pasted_tab_behind_a_word_that_it_completes_is_a_blank(shell):
    assert typed(shell, "v2p\tswapper_pg_dir").startswith("va=0xc0004000 pa=0x60004000")
    assert typed(shell, "echo\tone two") == "one two"


def test_a_line_that_is_too_long_is_not_run(shell):
    text = typed(shell, "echo " + "x" * 1020)
    assert "error: shell: a line has at most 1023 bytes; it was not run" in text
    assert shell.cmd("echo " + "x" * 1018) == "x" * 1018


def test_every_line_end_is_one_enter(shell):
    shell.send("echo one\r\0echo two\r\necho three\necho four\r")
    text = shell.expect("\nfour\r*\n")
    assert text.count("crumb> ") == 3 and "one" in text and "two" in text and "three" in text
    shell.expect(re.escape(PROMPT))


# ---- the terminal's size -------------------------------------------------------------------------

def width_of_map(shell):
    return max(len(line) for line in shell.cmd("map --plain").splitlines() if line.startswith("  6"))


def test_the_terminal_is_asked_at_the_start_and_at_ctrl_l(boot):
    shell = boot(mem="16M", wait=False)
    shell.child.expect_exact(ASK)
    shell.expect(re.escape(PROMPT))
    assert width_of_map(shell) < 80
    shell.send("\x1b[50;160R")
    assert width_of_map(shell) > 128
    shell.send("echo a" + CTRL_L)
    shell.child.expect_exact(ASK)
    shell.send("\x1b[50;60R")
    assert typed(shell, "b") == "ab"
    assert width_of_map(shell) < 60


def test_what_is_typed_around_the_answer_is_not_lost(shell):
    assert typed(shell, "echo a\x1b[30;100Rbc") == "abc"
    assert typed(shell, "echo a\x1b[30;90Rbc") == "abc"  # nobody asked again
    assert width_of_map(shell) > 64


@pytest.mark.parametrize("append, wide, pages", [("columns=40", False, True), ("rows=200", True, False)])
def test_the_command_line_wins(boot, append, wide, pages):
    shell = boot(mem="16M", append=append)
    terminal(shell, 24, 160)
    shell.cmd("pager off")
    assert (width_of_map(shell) > 40) == wide
    shell.cmd("pager on")
    shell.send("help" + ENTER)
    shell.expect(MORE if pages else re.escape(PROMPT))


@pytest.mark.parametrize("append", ["columns=19", "columns=257", "columns=x", "rows=3", "rows=1001", "rows="])
def test_a_size_that_cannot_be_is_refused(headless, append):
    name = append.split("=")[0]
    assert re.search(rf"{name}=.*", headless("echo", mem="16M", append=append).output)


# What prints more than a narrow terminal has room for, of every sort: usage, tables, records, prose.
WIDE = ["help", "help bench", "help help", "help alloc vmalloc", "cat /proc/slabinfo", "explain #1", "ls",
        "bench --list",
        "balance", "dmesg | head 15", "break", "cat /proc/fixmap", "early", "help params", "nosuch " + "x" * 30,
        "echo " + "a  b   " * 30,
        "echo " + "y" * 150 + " z", "break slab-double-free", "kmap_local",
        "echo grüße 日本語 日本語 日本語 日本語 日本語"]


@pytest.mark.parametrize("columns", [32, 40, 80, 132])
def test_rows_end_between_words(boot, columns):
    """All words are there, in their order; none is torn that fits into a row."""
    shell = boot(mem="128M", append="lowmem=32M")
    shell.cmd("alloc vmalloc 5000")
    whole = {line: words(shell.cmd(line)) for line in map(utf8, WIDE)}
    terminal(shell, 1000, columns)
    for line, text in whole.items():
        rows = shell.cmd(line).splitlines()
        assert words("\n".join(rows)) == text, line
        torn = [row for row in rows if width(row) > columns > max(map(width, row.split()))]
        assert not torn, torn
    shell.cmd("pager off")
    assert max(map(width, shell.cmd("help help").splitlines())) <= columns


# Tables whose rows are made for the terminal.
TABLES = ["slabinfo", "slabinfo kmalloc-64", "buddyinfo", "buddyinfo Normal", "pool show",
          "bench slab.cache64 page.order0", "bench slab.cache64 size.text"]
PROGRESS = re.compile(r"bench: .*? Ctrl-C stops it")
PROSE = re.compile("nanoseconds|so what| .*(prompt|ticks)")  # before the table; it is folded


@pytest.mark.parametrize("icount", [False, True], ids=["ns", "counted"])
@pytest.mark.parametrize("columns", [60, 80, 100])
def test_a_table_has_a_row_for_each_of_its_lines(boot, columns, icount):
    """With fewer columns than a program sees, where there is no room; their titles stand above the numbers."""
    shell = boot(mem="128M", append="lowmem=32M", icount=icount)
    shell.cmd("pool create spare 1 kmalloc 8")
    whole = {line: shell.cmd(line).splitlines() for line in TABLES}
    terminal(shell, 1000, columns)
    for line in TABLES:
        rows = [row for row in PROGRESS.sub("", shell.cmd(line)).splitlines() if not PROSE.match(row)]
        assert max(map(width, rows)) <= columns, line
        titles = [row for row in whole[line] if PROSE.match(row) or re.match("slabinfo|#|row", row)]
        names = [row.split()[0] for row in whole[line] if row not in titles]
        assert names and [row.split()[0] for row in rows][-len(names):] == names, line


def words(text):
    """What it says, without what is of its moment only: times, and what the machine counted."""
    return re.sub(r"[0-9a-f.]*\d[0-9a-f.]*", "0", text).split()


def width(text):
    return sum(2 if char > "\u3000" else 1 for char in text.encode("latin-1").decode())


# ---- the pager -----------------------------------------------------------------------------------

def test_the_pager_shows_page_after_page(shell):
    terminal(shell, 10, 200)
    first = paged(shell, "cat /proc/kallsyms")
    assert len(first) == 10  # with the line itself
    shell.send(" ")
    second = page(shell)
    shell.send(ENTER)
    third = page(shell)
    symbols = re.findall(r"(?m)([0-9a-f]{8}) \w \S+$", "\n".join(first + second + third))
    assert len(symbols) == 9 + 9 + 1 and symbols == sorted(symbols)
    shell.send("q")
    shell.expect(r"\x1b\[K" + re.escape(PROMPT))
    assert shell.cmd("echo abc") == "abc"


def test_what_just_fits_is_not_asked_about(shell):
    terminal(shell, 10, 80)
    assert shell.cmd("repeat 9 echo x").splitlines() == ["x"] * 9
    assert len(paged(shell, "repeat 10 echo x")) == 10
    shell.send("x ")  # no such key, then a page
    shell.expect(re.escape(PROMPT))
    shell.cmd("$y=" + "y" * 50)
    assert len(paged(shell, "repeat 5 echo $y$y")) == 6  # two rows each: four and a half
    shell.send("q")
    shell.expect(re.escape(PROMPT))


def test_a_row_that_is_full_to_its_last_column_is_one_row(shell):
    terminal(shell, 6, 40)
    shell.cmd("$y=" + "y" * 40)
    assert len(paged(shell, "repeat 7 echo $y")) == 6
    shell.send(" ")
    text = shell.expect(re.escape(PROMPT))
    assert text.splitlines().count("y" * 40) == 2 and "\n\n" not in text


def test_the_pager_searches(shell):
    terminal(shell, 10, 80)
    paged(shell, "cat /proc/kallsyms")
    shell.send("/start_kernel" + ENTER)
    found = page(shell)
    assert [line for line in found if line][-9:][1].endswith(" T start_kernel"), found
    shell.send("/no such symbol" + ENTER)
    assert 'nothing further has "no such symbol"' in shell.expect(re.escape(PROMPT))
    paged(shell, "help")
    shell.send("/abc" + BACKSPACE * 3 + ESCAPE)  # given up: the page is still there
    shell.expect(MORE)
    shell.send("q")
    shell.expect(re.escape(PROMPT))


def test_q_ends_a_command_and_ctrl_c_the_line(shell):
    terminal(shell, 10, 80)
    paged(shell, "repeat 100000000 echo x; echo mar''ker")
    shell.send("q")
    text = shell.expect(re.escape(PROMPT))
    assert "marker" in text and "error" not in text
    paged(shell, "repeat 100000000 echo x; echo mar''ker")
    shell.send(CTRL_C)
    text = shell.expect(re.escape(PROMPT))
    assert "marker" not in text and "error: repeat: interrupted" in text
    paged(shell, "help")
    shell.send(CTRL_C)
    assert shell.expect(re.escape(PROMPT)).endswith("^C\nerror: help: interrupted\n" + PROMPT)


def test_the_pager_can_be_switched_off(shell):
    assert shell.cmd("pager") == "pager on, but no terminal has said its size"
    assert shell.cmd("repeat 30 echo x").count("x") == 30
    terminal(shell, 10, 80)
    assert shell.cmd("pager off") == "pager off"
    assert shell.cmd("repeat 30 echo x").count("x") == 30
    assert shell.cmd("pager on") == "pager on"
    assert "usage" in shell.cmd("pager maybe")
    assert len(paged(shell, "repeat 30 echo x")) == 10
    shell.send("q")
    shell.expect(re.escape(PROMPT))


def test_an_oops_goes_around_pager_and_filters(shell):
    terminal(shell, 10, 80)
    text = shell.cmd("break null-read | grep nothing", oops=True)
    assert "Oops: " in text and "backtrace:" in text
    assert shell.cmd("echo abc | grep b") == "abc"
    assert len(paged(shell, "repeat 30 echo x")) == 10
    shell.send("q")
    shell.expect(re.escape(PROMPT))


# ---- filters -------------------------------------------------------------------------------------

def test_filters(shell):
    whole = shell.cmd("cat /proc/kallsyms").splitlines()
    kept = [line for line in whole if "kmalloc" in line]
    assert len(kept) > 3
    assert shell.cmd("cat /proc/kallsyms | grep kmalloc").splitlines() == kept
    assert shell.cmd("cat /proc/kallsyms|grep kmalloc|head 2").splitlines() == kept[:2]
    assert shell.cmd("cat /proc/kallsyms | grep -i KMALLOC | grep -v -i T | head").splitlines() == \
        [line for line in kept if "t" not in line.lower()][:10]
    assert shell.cmd("echo a | head 0") == ""
    assert shell.cmd("echo one; echo two | grep x; echo three").splitlines() == ["one", "three"]
    assert shell.cmd("echo 'a | b' \"|\" \\| | grep '| b'") == "a | b | |"
    assert shell.cmd("map | grep zone").startswith("Node 0, zone DMA")  # without colours
    for line in ("md 0xzz | grep b", "md 0xzz | grep -v a | grep b"):  # what went wrong is told all the same
        assert re.fullmatch("error: md: .*", shell.cmd(line))


@pytest.mark.parametrize("line, reason", [
    ("echo a | sort", r'no such filter "sort"'), ("echo a | gerp b", r'did you mean "grep"'),
    ("| grep x", "nothing stands before a `|`"), ("echo a |", "nothing stands behind a `|`"),
    ("echo a || head", "nothing stands behind a `|`"), ("echo a | ; echo b", "nothing stands behind a `|`"),
    ("echo a | grep", r"error: grep: usage: grep"), ("echo a | grep a b", r"error: grep: usage"),
    ("echo a | grep -x a", r"error: grep: usage"), ("echo a | head x", r'error: head: N: "x"'),
    ("echo a | head 1 2", r"error: head: usage"), ("echo a | grep " + "x" * 128, "at most 127"),
    ("echo a | head | head | head | head | head", "at most 4 filters"),
])
def test_a_wrong_filter_is_named_and_nothing_runs(shell, line, reason):
    text = shell.cmd(line)
    assert reason in text or re.search(reason, text), text
    assert "a" not in text.split("\n") and shell.cmd("echo abc") == "abc"


def test_a_filter_keeps_the_status(headless):
    ended = headless("alloc pages 99 | grep nothing; echo a | grep b; nonsense | head", mem="16M", status=1)
    assert "run: 1 ok, 2 failed" in ended.output


# ---- watch ---------------------------------------------------------------------------------------

def test_watch_keeps_its_heading(shell):
    terminal(shell, 24, 80)
    shell.send("watch every=3600000 repeat 100 echo x" + ENTER)
    text = shell.expect(r"\(\d+ more rows\)")
    shown = text[text.index("every 3600000 ms"):]
    assert shown.splitlines().count("x") == 21 and "(79 more rows)" in shown
    assert len(shown.splitlines()) == 24
    shell.send("q")
    shell.expect(re.escape(PROMPT))
    shell.send('watch every=3600000 "cat /proc/kallsyms | grep start_kernel"' + ENTER)
    assert "more row" not in shell.expect("T start_kernel\r*\n")
    shell.send("q")
    shell.expect(re.escape(PROMPT))
    shell.send("watch every=3600000 slabinfo" + ENTER)
    text = shell.expect(r"\(\d+ more rows\)")
    shown = text[text.index("every 3600000 ms"):]
    assert len(shown.splitlines()) == 24 and max(map(len, shown.splitlines())) <= 80
    shell.send("q")
    assert shell.expect(re.escape(PROMPT)).endswith("\n" + PROMPT)
    assert "error: watch: only at the prompt" in shell.cmd("watch balance | head")


# ---- history, comments, variables ----------------------------------------------------------------

def test_history_is_listed_and_searched(shell):
    for word in ("one", "two", "three"):
        shell.cmd(f"echo {word}")
    assert shell.cmd("history | head 2").split() == ["1", "echo", "one", "2", "echo", "two"]
    assert typed(shell, CTRL_R + "ho t") == "three"
    assert typed(shell, CTRL_R + "ho t" + CTRL_R) == "two"
    assert typed(shell, CTRL_R + "one\x1b[F more") == "one more"
    assert typed(shell, "echo draft" + CTRL_R + "thr" + CTRL_G) == "draft"
    shell.send("echo kept" + CTRL_R + "thr" + ESCAPE)
    shell.settle()
    assert typed(shell, "") == "kept"
    assert shell.cmd("history -c") == "" and "usage" in shell.cmd("history 5")
    assert shell.cmd("history").split() == ["1", "history", "5", "2", "history"]


def test_comments(shell):
    assert shell.cmd("# echo a; 'b") == "" and shell.cmd("#1") == ""
    assert shell.cmd("echo a # b; echo c") == "a"
    assert shell.cmd("pages 0; free #1 #done; free #1").endswith("#1 freed")
    assert shell.cmd("echo a#b '#' \\#") == "a#b # #"


def test_variables(shell):
    assert shell.cmd("variables") == "nothing is set"
    shell.cmd("$block=#1; $order=2")
    assert shell.cmd("alloc pages $order").startswith("#1 pages order=2 ")
    assert shell.cmd("v2p $block+0x10").startswith("va=0xc")
    assert shell.cmd("variables") == "$block=#1\n$order=2"
    assert shell.cmd("$at=start_kernel; v2p $at+4") == shell.cmd("v2p start_kernel+4")
    assert shell.cmd("echo '$order' \\$order $5 a$order") == "$order $order $5 a2"
    assert shell.cmd("free $block") == "#1 freed"
    assert shell.cmd("$w=two; echo one two | grep $w") == "one two"
    assert "no variable $nothing" in shell.cmd("echo $nothing | head; echo after") and typed(shell, "echo a") == "a"
    assert shell.cmd("echo $nothing; echo after").endswith("after")
    assert shell.cmd("$order=; $at=; $w=; variables") == "$block=#1"
    typed_word = typed(shell, "echo $blo\t")
    assert typed_word == "#1"


@pytest.mark.parametrize("line, reason", [
    ("$a=b c", "put it in quotes"), ("$" + "n" * 16 + "=1", "a name has at most 15"), ("$a=" + "v" * 64, "at most 63"),
    ("$none=", "there is no such variable"), ("; ".join(f"$v{i}=1" for i in range(17)), "16 variables"),
    ("$1=2", "no such command"),
])
def test_a_wrong_variable_is_named(shell, line, reason):
    assert reason in shell.cmd(line)


# ---- Ctrl-C --------------------------------------------------------------------------------------

# What makes a command long, and the command; its arguments make the most of it.  (tests/boot/extra/ctrl_c.c
# presses Ctrl-C when the command looks at the keyboard for the first time, or for the Nth time.)
LONG = [
    ("", "bench"), ("", "bench size.bytes", 3), ("", "bench size.object.waste", 3), ("", "bench page.unusable", 3),
    ("", "bench replay.tree.kmalloc", 3), ("", "bench --list"), ("", "check", 3), ("", "stress 1000000000", 3),
    ("", "test", 9), ("", "test slab", 9),
    ("", "exhaust pages"), ("", "exhaust kmalloc"), ("", "exhaust cache"),
    ("", "exhaust vmalloc"), ("", "exhaust percpu"), ("", "exhaust kmap"), ("", "repeat 1000000000 balance", 3),
    ("", "repeat 1000 repeat 1000000000 balance", 3), ("", "repeat 9 test slab", 9),
    ("", "repeat 1000 replay words", 3), ("", "watch every=3600000 test slab", 9),
    ("", "time repeat 1000000000 balance", 3), ("", "watch every=3600000 repeat 1000000000 echo x", 3),
    ("", "md 0xc0010000 0x40000 1"), ("", "map", 3), ("", "map zone HighMem", 3), ("", "help", 3),
    ("repeat 200 alloc kmalloc 32", "allocs", 3), ("repeat 200 alloc kmalloc 32", "free all", 3),
    ("$a='#1 #2 #3 #4'; repeat 9 alloc kmalloc 32", "free #1 #2 #3 #4 #5", 3),
    ("repeat 200 break slab-double-free", "dmesg", 3), ("repeat 200 break slab-double-free", "dmesg -c", 3),
    ("break slab-double-free; break page-double-free", "bugs", 2), ("", "bugs -c"),
    ("echo a; echo b", "history"), ("", "slabinfo", 3), ("pool create a 1 kmalloc 8", "pool show"),
    ("alloc pages 0 highmem; alloc kmap #1; alloc kmap #1", "pkmap", 3), ("repeat 20 alloc percpu 8", "percpu", 3),
    ("", "kpagecount"), ("", "kpageflags 0x60000 1024"), ("", "early", 3), ("", "vmallocinfo"),
    ("", "replay words", 3), ("", "replay initrd"), ("", "dump /dev/null", 3), ("trace on", "alloc vmalloc 200M", 3),
    ("trace on", "alloc bulk 4096", 3),
] + [("", f"cat /proc/{name}", 2) for name in (
    "bugs", "early", "kallsyms", "kernel_page_tables", "kpagecount", "kpageflags", "percpu", "pkmap", "slabinfo",
    "vmallocinfo")]

# What is short whatever was done before: a thousand lines or a second are far.
SHORT = """alloc kmalloc kzalloc kstrdup vmalloc kfree vfree balance break buddyinfo cache clear echo explain fail
    fixmap iomem kmap_local ls meminfo mw page pager pcp poweroff pool pt reboot regs seed trace v2p variables vmstat
    zoneinfo
    ctrl_c outside""".split()


def test_every_command_is_long_and_tested_or_short(boot, extra_image):
    machine = boot(image=extra_image, mem="128M")
    commands = re.findall(r"^  (\w+)", machine.cmd("help"), re.MULTILINE)
    assert len(commands) > 50
    known = {line.split()[0] for _, line, *_ in LONG} | set(SHORT)
    of_examples = {name for name in commands if name not in known}
    assert not of_examples - examples_commands(), of_examples


def examples_commands():
    """The commands of tests/examples and tests/boot/extra, which are no part of the product."""
    found = set()
    for folder in ("tests/examples", "tests/boot/extra"):
        for path in pathlib.Path(ROOT, folder).glob("*.c"):
            found |= set(re.findall(r"SHELL_CMD\(\s*(\w+)", path.read_text(encoding="utf-8")))
    return found


@pytest.fixture(scope="module")
def counted(extra_image, tmp_path_factory):
    """A machine with much memory whose time is that of its instructions: so what is measured has one outcome."""
    trace = tmp_path_factory.mktemp("long") / "trace"
    trace.write_text("".join(f"a {n % 50} 64K\nr {n % 50} 600K\nf {n % 50}\n" for n in range(10000)))
    machine = Machine(image=extra_image, mem="1G", icount=True, initrd=trace)
    yield machine
    machine.close()


@pytest.mark.parametrize("line", LONG, ids=lambda line: line[1])
def test_ctrl_c_stops_every_long_command_and_says_so(counted, line):
    """At once; what it took is given back, and what was asked for after it was not done."""
    first, command, looks = (*line, 1)[:3]
    before = balance(counted.cmd("balance"))
    counted.cmd(first)
    text = counted.cmd(f"ctrl_c {looks} {command}")
    after = re.search(r"^ctrl_c: (\d+) bytes and (\d+) us after it$", text, re.MULTILINE)
    assert after and re.search(r"^error: \w+: interrupted", text, re.MULTILINE), text[-2000:]
    assert not re.search(r"^error: .*failed", text, re.MULTILINE), text[-2000:]
    assert int(after[1]) < 1000 and int(after[2]) < 1000000, text[-2000:]
    counted.cmd("trace off; free all; pool destroy a; pkmap flush")
    assert before["held"] == balance(counted.cmd("balance"))["held"]


def test_what_was_not_shown_is_not_forgotten(boot, extra_image):
    machine = boot(image=extra_image, mem="16M")
    machine.cmd("break slab-double-free")
    assert "forgotten" not in machine.cmd("ctrl_c 1 bugs -c") and "double free" in machine.cmd("bugs")
    machine.cmd("ctrl_c 3 dmesg -c")
    assert "double free" in machine.cmd("dmesg") and "Crumb: " in machine.cmd("dmesg")


def test_an_interrupted_test_is_no_failure(boot, extra_image):
    text = boot(image=extra_image, mem="128M").cmd("ctrl_c 4 test")
    planned = int(re.search(r"^1\.\.(\d+)$", text, re.MULTILINE)[1])
    ran = sum(totals(text))
    assert 0 < ran < planned and f"# interrupted: {ran} of {planned} tests ran" in text
    assert "\nBail out! interrupted\n" in text
    assert "not ok" not in text


@pytest.mark.parametrize("line, begins", [("md 0xc0010000 0x80000 1", "c0010000"),
                                          ("repeat 1000000000 balance", "present=")])
def test_the_key_itself_stops_a_command(boot, line, begins):
    shell = boot(mem="128M")
    shell.send(line + ENTER)
    shell.expect(rf"{re.escape(line)}\r*\n(?s:.*?){begins}")
    shell.send(CTRL_C)
    assert f"error: {line.split()[0]}: interrupted" in shell.expect(re.escape(PROMPT))


def test_an_interrupted_bench_and_replay_say_so(boot):
    shell = boot(mem="128M")
    shell.send("bench" + ENTER)
    shell.expect("page[.]")
    shell.send(CTRL_C)
    assert "error: bench: interrupted, with the rows above" in shell.expect(re.escape(PROMPT))
    shell.send("repeat 100000 replay words" + ENTER)
    shell.expect("words on kmalloc")
    shell.send(CTRL_C)
    assert "interrupted" in shell.expect(re.escape(PROMPT))


def test_progress_is_shown_on_a_terminal_only(boot):
    shell = boot(mem="1G")
    assert "Ctrl-C stops it" not in shell.cmd("exhaust cache")
    terminal(shell, 50, 100)
    shell.send("stress 1000000000" + ENTER)
    shell.expect(r"stress: \d+ of 1000000000 \(0 %\), Ctrl-C stops it\r")
    shell.send(CTRL_C)
    assert re.search(r"stress: ops=\d+ errors=0 seed=\d+\nerror: stress: interrupted\n",
                     shell.expect(re.escape(PROMPT)))
    assert "Ctrl-C stops it" not in shell.cmd("stress 30000 | grep s")
