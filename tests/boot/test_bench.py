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

from machine import ROOT

sys.path.insert(0, os.path.join(ROOT, "tools"))

import bench  # noqa: E402
import bench_compare  # noqa: E402


def csv_lines(ended):
    return [line for line in ended.lines() if line.startswith("bench-")]


# ---- on the machine ------------------------------------------------------------------------------------

def test_the_same_image_gives_the_same_digits(headless):
    runs = [csv_lines(headless("bench --csv", mem="1G", icount=True)) for _ in range(2)]
    assert len(runs[0]) > 30 and runs[0][0] == "bench-begin exact=1 unit=instructions"
    assert runs[0] == runs[1]


def test_the_same_digits_twice_in_one_boot(headless):
    """
    Each row makes the state that it starts from, so what ran before makes no difference; but for the
    cold and the scattered batch and the objects of 256 KiB and more, whose pages come from whatever blocks
    the zone holds.
    """
    lines = csv_lines(headless("bench --csv page slab; bench --csv page slab", mem="1G", icount=True))
    lines = [line for line in lines if not re.search(r"\.cold,|\.scattered,|kmalloc\d{6,},", line)]
    half = len(lines) // 2
    assert half > 10 and lines[:half] == lines[half:]


@pytest.mark.parametrize("mem", ["16M", "128M"])
def test_small_machines_leave_rows_out_and_nothing_behind(headless, mem):
    ended = headless("bench --csv; bench; balance", mem=mem, icount=True)
    exact, rows, without = bench.parse("\n".join(csv_lines(ended)))
    assert exact and len(rows) > 20
    assert all(without.values())
    assert "page balance" not in ended.output


def test_plain_emulation_says_that_it_is_noisy(headless):
    ended = headless("bench arch.memset64; bench --csv page.order0")
    assert re.search(r"nanoseconds, and noisy", ended.output)
    row = next(line for line in ended.lines() if line.startswith("arch.memset64 "))
    assert row.split()[-3:] == ["-", "-", "-"], "nanoseconds stand beside instructions"
    assert "bench-begin exact=0 unit=ns" in ended.lines()


def test_names_are_prefixes_or_whole_with_a_dollar(headless):
    def names(pattern):
        _, rows, without = bench.parse("\n".join(csv_lines(headless(f"bench --csv {pattern}", icount=True))))
        return [row["name"] for row in rows] + list(without)

    assert names("page.order1") == ["page.order1", "page.order10"]
    assert names("page.order1$") == ["page.order1"]
    assert set(names("boot.stage.zones size.struct_page")) == {"boot.stage.zones", "size.struct_page"}


def test_bad_names_and_options(headless):
    assert "error: bench: no row has such a name" in headless("bench nonsense", status=1).output
    assert "error: bench: usage: bench" in headless("bench --nonsense", status=1).output


def test_the_list_tells_operation_and_state(headless):
    output = headless("bench --list page.order3").output
    assert re.search(r"page\.order3\.buddy +alloc_pages \+ __free_pages, order 3; from: .*buddy in use", output)


def test_a_users_own_benchmark(headless, extra_image):
    _, rows, _ = bench.parse("\n".join(csv_lines(headless("bench --csv hello", image=extra_image, icount=True))))
    assert [row["name"] for row in rows] == ["hello.page"]
    assert rows[0]["pair"] == rows[0]["alloc"] + rows[0]["free"] > 10


def test_completion(boot):
    machine = boot()
    machine.send("bench page.order3.s\t\r")
    assert "page.order3.split" in machine.answer()


# ---- on the host ---------------------------------------------------------------------------------------

def test_no_row_is_worse_than_the_baseline(here):
    output = here.make("bench-check")
    assert "none worse than the baseline" in output or "nothing compared: the baseline is of GCC" in output


def test_bench_writes_its_rows_as_pinned(here):
    output = here.make("-s", "bench", "BENCH=page.order0 page.batch4000 arch.clear_page")
    path = os.path.join(os.path.dirname(here.elf()), "bench.json")
    with open(path, encoding="utf-8") as file:
        result = json.load(file)
    assert set(result) == {"exact", "config", "rows"} and result["exact"] is True
    assert result["config"]["GEN"] and result["config"]["MEM"] == "1G"
    rows = {row["name"]: row for row in result["rows"]}
    assert {"page.order0", "page.batch4000", "page.batch4000 (worst)", "arch.clear_page"} <= set(rows)
    for row in rows.values():
        assert list(row) == ["name", "alloc", "free", "pair", "p50", "worst", "target", "linux"]
    order0 = rows["page.order0"]
    assert order0["target"] == 75 and order0["pair"] == order0["alloc"] + order0["free"]
    assert rows["arch.clear_page"]["alloc"] is None and rows["page.batch4000 (worst)"]["target"] == 1500
    assert re.search(r"^row +alloc +free +pair +p50 +worst +target +Linux +ratio +best$", output, re.M)
    assert re.search(r"^page\.order0 .* 396 +\d+\.\d{3}  lean$", output, re.M), "either lean Linux needs 220 + 176"


def test_a_worse_row_and_a_lost_one_fail_the_check(here, tmp_path, monkeypatch):
    monkeypatch.setattr(bench, "BASELINE", str(tmp_path / "baseline.csv"))
    rows, _ = bench.measure(re.sub(r"elf$", "bin", here.elf()), ["arch"])
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
