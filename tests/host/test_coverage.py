"""
test_coverage.py - tools/coverage.py: how builds and ports are put together, and the list compared with the sources

The figures themselves take minutes: `make coverage` is what looks at them.
"""

import os
import struct
import sys

import pytest

from machine import ROOT

sys.path.insert(0, os.path.join(ROOT, "tools"))

import coverage  # noqa: E402

PLACE = ("mm/page/one.c", 3)


def lines(count, *branches, place=PLACE):
    made = coverage.Lines()
    made[place].add(count, list(branches), "one")
    return made


def merged(*parts):
    whole = coverage.Lines()
    for part in parts:
        whole.merge(part)
    return whole


def test_a_line_and_its_branches_are_covered_when_one_run_did_it():
    line = merged(lines(0, 0, 0), lines(2, 2, 0), lines(1, 0, 1))[PLACE]
    assert (line.count, line.ways()) == (3, [2, 1])


def test_the_build_with_all_conditions_stands_for_the_branches():
    """Where a condition is a constant, its way out is no proof of another's."""
    line = merged(lines(5, 5, 5), lines(1, 1, 0, 0, 0), lines(4))[PLACE]
    assert (line.count, line.ways()) == (10, [1, 0, 0, 0])


def test_copies_that_were_inlined_are_one():
    """Four in one object, and one in another, of the same build."""
    line = merged(lines(4, 1, 0, 1, 0, 1, 0, 0, 0), lines(1, 0, 0))[PLACE]
    line.fold()
    assert (line.count, line.ways()) == (5, [3, 0])


def test_a_merged_line_is_counted_once():
    twice = coverage.Lines()
    twice[PLACE].add(3, [3, 0], "one")
    twice[PLACE].add(4, [4, 0, 0, 0], "one")
    assert merged(twice)[PLACE].count == 7


def test_figures_are_of_families():
    both = merged(lines(1, 1, 0), lines(0, place=("mm/slab/slab/x.c", 1)), lines(1, place=("mm/node.c", 1)))
    assert [coverage.family(path) for path, _ in both] == ["mm/page", "mm/slab", "mm"]
    assert coverage.share(both, coverage.in_mm) == (2, 3, 1, 2)
    assert coverage.share(both, "mm/page".__eq__) == (1, 1, 1, 2)


def test_what_is_missed_is_told():
    assert [text.split()[1] for text in coverage.misses(lines(0, 0, 0))] == ["0.0", "0.0"]
    assert list(coverage.misses(lines(1, 1, 1))) == []


def record(name, counts):
    return struct.pack("<II", len(name), len(counts)) + name.encode() + counts


def test_a_machine_that_boots_again_appends():
    stream = record("a.gcda", b"12") + record("b.gcda", b"") + record("a.gcda", b"345")
    assert list(coverage.boots(stream)) == [{"a.gcda": b"12", "b.gcda": b""}, {"a.gcda": b"345"}]


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A tree with one source, and a list that the test writes."""
    (tmp_path / "mm" / "page").mkdir(parents=True)
    (tmp_path / "tests" / "coverage").mkdir(parents=True)
    (tmp_path / "mm" / "page" / "one.c").write_text("one()\n{\n\tpanic();\n\tpanic();\n}\n")
    monkeypatch.setattr(coverage, "ROOT", str(tmp_path))

    def write(name, text):
        (tmp_path / "tests" / "coverage" / name).write_text(text)

    return write


def differences(covered):
    found = merged(lines(0), lines(covered, place=("mm/page/one.c", 4)))
    return list(coverage.differences(found, coverage.Sources()))


def test_the_list_is_compared_both_ways(tree):
    """Lines that read alike are as many as there are."""
    tree("uncovered", "# why\nmm/page/one.c:one\n    panic();\n    panic();\n  = the machine ends here\n")
    assert differences(0) == []
    assert len(differences(1)) == 1 and "but it ran" in differences(1)[0]
    tree("uncovered", "mm/page/one.c:one\n    panic();\n  = the machine ends here\n")
    assert len(differences(0)) == 1 and "no process ran `panic();`" in differences(0)[0]


@pytest.mark.parametrize("text", ["mm/page/one.c:one\nmm/page/two.c:two\n", "    panic();\n", "  = why\n",
                                  "mm/page/one.c:one\n  = why\n",
                                  "mm/page/one.c:one\n    panic();\n"])
def test_a_list_without_reasons_is_refused(tree, text):
    tree("uncovered", text)
    with pytest.raises(coverage.Failed, match="tests/coverage/uncovered:"):
        coverage.listed()


@pytest.mark.parametrize("text", ["host | | | 0\n", "elsewhere | | --mem 16M | | 0\n", "    balance\n",
                                  "host | | --mem 16M | | fine\n"])
def test_a_run_that_is_none_is_refused(tree, text):
    tree("runs", text)
    with pytest.raises(coverage.Failed, match="tests/coverage/runs:1: not ports"):
        coverage.read_runs()


def test_a_run_has_all_the_commands_below_it(tree):
    tree("runs", "# why\nhost machine | DEBUG=1 | --mem 16M | a b | 1\n    one;\n    two\n")
    run = coverage.Run("host", "DEBUG=1", "--mem 16M", "a b", "1", "one; two")
    assert coverage.read_runs() == [run, run._replace(port="machine")]


def test_a_run_may_be_many(tree):
    tree("runs", "host | | --mem 16M | inject={9..11} a | any\n    one\n")
    assert [run.append for run in coverage.read_runs()] == ["inject=9 a", "inject=10 a", "inject=11 a"]


def test_the_list_is_of_lines_that_there_are():
    sources = coverage.Sources()
    for place, text in coverage.listed():
        path = place.split(":")[0]
        assert text in [line.strip() for line in sources[path]], f"{place}: {text}"
