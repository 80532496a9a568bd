"""
test_bench.py - benchmarks: exact, repeatable, no worse than the baseline, and refused where they cannot be exact
"""

import csv
import json
import os
import re
import subprocess
import sys

import pytest

from machine import LONG_LIMIT, ROOT

sys.path.insert(0, os.path.join(ROOT, "tools"))

import bench  # noqa: E402
import bench_compare  # noqa: E402
import bench_watch  # noqa: E402


def csv_lines(ended):
    return [line for line in ended.lines() if line.startswith("bench-")]


# ---- on the machine ------------------------------------------------------------------------------

def test_the_same_image_gives_the_same_digits(headless):
    runs = [csv_lines(headless("bench --csv", mem="1G", icount=True)) for _ in range(2)]
    assert len(runs[0]) > 30 and runs[0][0] == "bench-begin exact=1 unit=instructions"
    assert runs[0] == runs[1]


def test_the_same_digits_twice_in_one_boot(headless):
    """
    Each row makes the state that it starts from, so what ran before makes no difference; but for pages
    that are freed at random (an instruction or two of the worst) and the objects of 256 KiB and more: their
    pages come from whatever blocks the zone holds.
    """
    lines = csv_lines(headless("bench --csv page slab; bench --csv page slab", mem="1G", icount=True))
    random = re.compile(r"page\.batch4000(\.random|\.scattered| \(worst\)),|kmalloc\d{6,},")
    lines = [line for line in lines if not random.search(line)]
    half = len(lines) // 2
    assert half > 10 and lines[:half] == lines[half:]


@pytest.mark.parametrize("mem", ["16M", "128M"])
def test_small_machines_leave_rows_out_and_nothing_behind(headless, mem):
    ended = headless("bench --csv; bench; balance", mem=mem, icount=True)
    run = bench.parse("\n".join(csv_lines(ended)))
    assert run.exact and len(run.rows) > 20
    assert all(run.without.values())
    assert "page balance" not in ended.output


def test_plain_emulation_says_that_it_is_noisy(headless):
    ended = headless("bench arch.memset64; bench --csv page.order0")
    assert re.search(r"nanoseconds, and noisy", ended.output) and "`make bench`" in ended.output
    assert "so what is faster shows as <10" in ended.output and "`make qemu ICOUNT=1`" in ended.output
    row = next(line for line in ended.lines() if line.startswith("arch.memset64 "))
    assert "0" not in row.split(), "a zero that is none"
    assert row.split()[-3:] == ["-", "-", "-"], "nanoseconds stand beside instructions"
    assert "bench-begin exact=0 unit=ns" in ended.lines()


SEVERAL = "boot.stage", "page.unusable", "size.bytes", "size.waste"


def run_of(ended):
    return bench.parse("\n".join(csv_lines(ended)))


def test_a_name_is_one_row_or_the_beginning_of_names_or_a_pattern(headless):
    def names(words):
        run = run_of(headless(f"bench --csv {words}", icount=True, mem="1G"))
        return {row["name"] for row in run.rows} | set(run.without)

    assert names("page.order1") == {"page.order1"}
    assert names("page.order1*") == {"page.order1", "page.order10"}
    assert names("page.order0.l") == {f"page.order0.live{n}" for n in (1, 10, 100, 1000, 5000)}
    assert names("'slab.batch1000 (worst)' slab.batch1000.kept") == {"slab.batch1000 (worst)", "slab.batch1000.kept"}
    assert names("boot.stage.zones size.struct_page size.bytes64 page.unusable.order1") == \
        {"boot.stage.zones", "size.struct_page", "size.bytes64", "page.unusable.order1"}
    assert names("*alloc64.live10") == {"percpu.alloc64.live10", "slab.kmalloc64.live10"}


def test_the_image_and_the_tools_take_names_alike(headless):
    listed = re.findall(r"^([a-z]+\.[\w.]+(?: \(worst\))?) +\S", headless("bench --list").output, re.M)
    assert len(listed) > 100
    for words in (["page.order1"], ["page.order1*"], ["slab.batch1000"], ["slab.batch1000*"], ["*worst*", "arch.mem"]):
        shown = re.findall(r"^([a-z]+\.[\w.]+(?: \(worst\))?) +\S",
                           headless("bench --list " + " ".join(words)).output, re.M)
        # What has several rows may have one that matches; only running it tells.
        shown = [name for name in shown if name not in SEVERAL]
        assert shown == [name for name in listed if bench.wanted(name, words, set(listed))], words
    assert bench.split_names(" page.order0  slab.batch1000 (worst) slab") == \
        ["page.order0", "slab.batch1000 (worst)", "slab"]


def test_what_is_unusable_grows_with_the_order_and_waste_with_what_was_not_asked_for(headless):
    run = run_of(headless("bench --csv page.unusable size", mem="1G", icount=True))
    rows = {row["name"]: row["pair"] for row in run.rows}
    index = [rows[f"page.unusable.order{order}"] for order in range(1, 11)]
    assert index == sorted(index) and 0 < index[0] and index[-1] < 1000
    sizes = [int(size) for size in re.findall(r"size\.bytes(\d+)$", "\n".join(rows), re.M)]
    assert {64, 100, 257, 4096} <= set(sizes)
    for size in sizes:
        of, waste = rows[f"size.bytes{size}"], rows[f"size.waste{size}"]
        assert of >= size and abs(of * (1000 - waste) - 1000 * size) <= 1000 + of
        assert size < 64 or waste <= rows["size.object.waste"]


def test_a_histogram_holds_every_operation(headless):
    ended = headless("bench --csv --hist page.order3.split page.batch4000 arch.memset64; bench --hist page.batch4000",
                     mem="1G", icount=True)
    run = run_of(ended)
    assert set(run.hist) == {"page.order3.split", "page.batch4000", "arch.memset64"}
    rows = {row["name"]: row for row in run.rows}
    for name, buckets in run.hist.items():
        operations = {"operation"} if name == "arch.memset64" else {"alloc", "free"}
        assert {operation for operation, *_ in buckets} == operations
        for operation in operations:
            mine = [(first, last, count) for of, first, last, count in buckets if of == operation]
            assert sum(count for *_, count in mine) == (4000 if "batch" in name else 200)
            assert all(a[1] < b[0] for a, b in zip(mine, mine[1:])), "buckets overlap or are not in order"
            assert all(first <= last and (last - first + 1) * 4 <= first + 3 for first, last, _ in mine)
        first, last = max((first, last) for _, first, last, _ in buckets)
        assert first <= rows[name]["worst"] <= last
    assert re.search(r"^page.batch4000, single operations:\n  alloc +\d+(-\d+)? +\d+  #+$", ended.output, re.M)


def test_the_list_tells_operation_and_state(headless):
    output = headless("bench --list page.order3").output
    assert re.search(r"page\.order3\.buddy +alloc_pages \+ __free_pages, order 3; from: .*buddy in use", output)


def test_a_users_own_benchmark(headless, extra_image):
    rows = run_of(headless("bench --csv hello", image=extra_image, icount=True)).rows
    assert [row["name"] for row in rows] == ["hello.page"]
    assert rows[0]["pair"] == rows[0]["alloc"] + rows[0]["free"] > 10


def test_completion(boot):
    machine = boot()
    machine.send("bench page.order3.s\t\r")
    assert "page.order3.split" in machine.answer()


# ---- on the host ---------------------------------------------------------------------------------

def test_no_row_is_worse_than_the_baseline(here):
    output = here.make("bench-check")
    assert "none worse than the baseline" in output or "nothing compared: the baseline is of GCC" in output


def test_bench_writes_its_rows_as_pinned(here):
    output = here.make("-s", "bench", "BENCH=page.order0 page.batch4000 (worst) page.batch4000 arch.clear_page "
                       "size.reserved")
    path = os.path.join(os.path.dirname(here.elf()), "bench.json")
    with open(path, encoding="utf-8") as file:
        result = json.load(file)
    assert set(result) == {"exact", "config", "rows"} and result["exact"] is True
    assert result["config"]["GEN"] and result["config"]["MEM"] == "1G"
    rows = {row["name"]: row for row in result["rows"]}
    assert {"page.order0", "page.batch4000", "page.batch4000 (worst)", "arch.clear_page", "size.reserved"} == set(rows)
    for row in rows.values():
        assert list(row) == ["name", "alloc", "free", "pair", "p50", "p99", "worst", "irqsoff", "target", "linux"]
    order0 = rows["page.order0"]
    assert order0["target"] == 75 and order0["pair"] == order0["alloc"] + order0["free"]
    assert order0["linux"] == 396 and order0["p50"] <= order0["p99"]
    assert 0 < order0["irqsoff"] <= order0["worst"] and 0 < rows["page.batch4000"]["irqsoff"]
    assert rows["arch.clear_page"]["irqsoff"] == 0, "clearing a page masks nothing"
    assert rows["size.reserved"]["irqsoff"] is None, "no operation was measured"
    assert rows["arch.clear_page"]["alloc"] is None and rows["page.batch4000 (worst)"]["target"] == 1500
    assert re.search(r"^row +alloc +free +pair +p50 +p99 +worst +irqsoff +target +Linux +ratio +best$", output, re.M)
    assert re.search(r"^page\.order0 .* 396 +\d+\.\d{3}  lean$", output, re.M), "either lean Linux needs 220 + 176"


def test_a_worse_row_and_a_lost_one_fail_the_check(here, tmp_path, monkeypatch):
    monkeypatch.setattr(bench, "BASELINE", str(tmp_path / "baseline.csv"))
    rows = bench.measure(re.sub(r"elf$", "bin", here.elf()), ["arch"]).rows
    assert "there is no baseline for x" in bench.complaints(rows, "x", [])[0]
    bench.accept(rows, "x", "12")
    bench.accept(rows[:1], "another", "13")
    assert bench.complaints(rows, "x", []) == [] and bench.complaints(rows[:1], "another", []) == []
    assert bench.other_compiler("x", "13") == "12" and bench.other_compiler("another", "13") is None
    assert bench.complaints(rows[1:], "x", []) == [f"{rows[0]['name']}: is in the baseline, but was not measured"]
    assert bench.complaints(rows[1:], "x", [rows[1]["name"]]) == []
    was = rows[0]["pair"]
    slower = dict(rows[0], pair=was + was // 10)
    assert re.fullmatch(rf"{rows[0]['name']}: pair {slower['pair']}, was {was} \(\+[89]\.\d %\)|.* \(\+10\.0 %\)",
                        "; ".join(bench.complaints([slower, *rows[1:]], "x", [])))


def test_worse_interrupts_off_fail_the_check(tmp_path, monkeypatch):
    monkeypatch.setattr(bench, "BASELINE", str(tmp_path / "baseline.csv"))
    row = dict(bench.parse_row("page.a,1,5,6,11,11,12,9,9"), irqsoff=100)
    bench.accept([row], "x", "12")
    assert bench.complaints([dict(row, irqsoff=102)], "x", []) == []
    assert bench.complaints([dict(row, irqsoff=103)], "x", []) == ["page.a: irqsoff 103, was 100 (+3.0 %)"]
    assert bench.complaints([dict(row, worst=10)], "x", []) == ["page.a: worst 10, was 9 (+11.1 %)"]


def test_the_check_ends_in_failure(here, tmp_path):
    """The program's own status, by a configuration that has no baseline."""
    done = subprocess.run([sys.executable, os.path.join(ROOT, "tools", "bench.py"), "--check", "--config", "unheard-of",
                           re.sub(r"elf$", "bin", here.elf()), "size"], stdout=subprocess.PIPE, encoding="utf-8",
                          check=False, cwd=tmp_path)
    assert done.returncode == 1 and "there is no baseline for unheard-of" in done.stdout


def test_within_two_per_cent_is_no_complaint():
    assert not bench.worse(102, 100) and bench.worse(103, 100)
    assert bench.worse(1, 0) and not bench.worse(50, 100)


def test_profile_counts_what_the_row_says(here):
    output = here.make("-s", "profile", "BENCH=page.order3.split")
    for part in ("alloc", "free"):
        counted = re.search(rf"^{part} \(the row says (\d+)\): (\d+)\.0 instructions each, \d+ times$", output, re.M)
        assert counted and counted[1] == counted[2], output
    alloc, free = output.split("\nfree (the row")
    assert re.search(r"^ +[\d.]+ +[\d.]+ %  alloc_pages", alloc, re.M)
    assert re.search(r"^ +[\d.]+ +[\d.]+ %  __free_pages", free, re.M)


def test_profile_takes_the_names_that_bench_takes(here):
    output = here.make("-s", "profile", "BENCH=page.batch4000 (worst)")
    assert output.startswith("page.batch4000 (worst): as the clock has counted: pair ")
    assert re.search(r"^interrupts off for at most \d+ instructions: \w+\+0x\w+ to \w+\+0x\w+$", output, re.M)
    for name, why in (("page.oder0", 'there is no row "page.oder0"; near it are: page.order0'),
                      ("page.order0.live", "name one row: page.order0.live1 page.order0.live10"),
                      ("page.order0 page.order1", "name one row"), ("page.order3.pcp", "left out"),
                      ("size.reserved", "nothing to profile"), ("page.order0$", 'there is no row "page.order0$"')):
        assert why in here.make("-s", "profile", f"BENCH={name}", status=2), name


def readme_commands():
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
        section = re.search(r"^## Measuring\n(.*?)^## ", file.read(), re.M | re.S)[1]
    return re.findall(r"^    \$ (.*)$", section, re.M)


def test_the_readme_has_commands_for_measuring():
    assert len(readme_commands()) >= 3


@pytest.mark.parametrize("command", readme_commands())
def test_the_readmes_commands_work_as_printed(here, command):
    """In a real shell, character by character; each shows more than one row or function."""
    clean = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL")}
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, env=clean, stdin=subprocess.DEVNULL, timeout=LONG_LIMIT,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout
    assert len(re.findall(r"^[a-z]+\.[\w.]+ |^ +[\d.]+ +[\d.]+ %  \w", done.stdout, re.M)) > 1, done.stdout


# ---- interrupts off, seen from outside -----------------------------------------------------------

@pytest.mark.parametrize("word, kind", [
    (0xf10c0080, "m"), (0xf1080080, "u"), (0xf10c01c0, "m"), (0xe121f003, "r"), (0xf10c0040, None),
    (0xe129f003, "r"), (0xe128f003, None), (0xe10f3000, None), (0xe1a00000, None),
])
def test_what_masks_interrupts_in_arm_state(word, kind):
    assert bench_watch.arm_irqs(word) == kind


@pytest.mark.parametrize("first, second, kind", [
    (0xb672, 0, "m"), (0xb662, 0, "u"), (0xb671, 0, None), (0xf383, 0x8100, "r"), (0xf3af, 0x8640, "m"),
    (0xf3af, 0x8440, "u"), (0xf3ef, 0x8300, None), (0xbf00, 0, None), (0xf3af, 0x8000, None),
])
def test_what_masks_interrupts_in_thumb_state(first, second, kind):
    assert bench_watch.thumb_irqs(first, second) == kind


def test_the_longest_stretch_is_the_outermost_one(extra_image):
    """By tests/boot/extra/holder.c."""
    image = re.sub(r"elf$", "bin", extra_image)
    run = bench.measure(image, ["holder.nested"])
    assert 300 <= run.rows[0]["irqsoff"] <= 320, run.rows
    assert re.fullmatch(r"hold_twice\+0x\w+ to hold_twice\+0x\w+", run.held["holder.nested"])
    with pytest.raises(bench.Failed, match="holder.forgetful: 204 operations ended with interrupts off"):
        bench.measure(image, ["holder.forgetful"])


def test_compare_puts_configurations_side_by_side(here):
    output = here.make("compare", "COMPARE=GEN=2.6", "BENCH=size.struct_page")
    assert re.search(r"^pair +2\.6 +Linux +target$", output, re.M)
    assert re.search(r"^size\.struct_page +32 +32 +32$", output, re.M)


def test_compare_shows_rows_that_only_one_has(capsys):
    row = {"name": "page.a", "pair": 5, "target": None, "linux": None}
    other = {"name": "page.b", "pair": 7, "target": 6, "linux": 9}
    bench_compare.print_comparison({"x": {"page.a": row}, "y": {"page.a": dict(row, pair=4), "page.b": other}},
                                   colour=False)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[1:] == [["page.a", "5", "4", "-", "-"], ["page.b", "-", "7", "9", "6"]]


def test_every_anchor_says_where_it_is_from():
    anchors = bench.load_anchors()
    assert len(anchors) > 20
    assert set(bench.best_linux("page.order0", anchors["page.order0"])[0].values()) == {220, 176, 396}
    for row, sources in anchors.items():
        assert sources["target"]["pair"], row
        for entry in sources.values():
            assert entry["version"] and entry["configuration"] and entry["measured"], row


def test_incomplete_anchors_are_refused():
    with open(bench.ANCHORS, encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    head, line = ",".join(lines[0]), ",".join(lines[1])
    assert bench.read_anchors([head, line])
    for bad in (line + ",x", line.rsplit(",", 1)[0], line.rsplit(",", 1)[0] + ",", line.replace("target", "rumour")):
        with pytest.raises(ValueError):
            bench.read_anchors([head, bad])
    with pytest.raises(ValueError):
        bench.read_anchors([head, line, line])
