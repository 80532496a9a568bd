"""
test_mutants.py - changes of the sources: where they are made, which ones a seed draws, and how they are judged
"""

import os
import shutil
import subprocess
import sys

import pytest

from machine import LONG_LIMIT, ROOT, until

sys.path.insert(0, os.path.join(ROOT, "tools"))

from mutants import __main__ as mutants, draw, judge, sites, told  # noqa: E402
from mutants.tree import Failed, Tree, kept_below, put_back, read  # noqa: E402

SOURCE = """\
/* if (a < b) is no code here */
#include "mm/page/page.h"
#define ROOM 16
#define SMALLER(a, b) ((a) < (b))
enum { FIRST = 1 };

static inline bool both(struct page *page, int n)
{
\tif (n < 7 && page->order == 0) /* n + 1 */
\t\tcon_printf("%d < 7\\n", n);
\tpage->order = (u8)(n - 1);
\treturn n >= 0;
}

SHELL_CMD(three, "", "an example")
{
\tint sum = added(-1, sum);

\twhile (sum)
\t\tsum -= 0x10;
\treturn sum ? take(sum,
\t\t\t  *argv) : SHELL_OK;
}
"""


def changes(kind, function=None, source=SOURCE):
    """What becomes of each line that a change of this kind is made in."""
    return [site.brief(source).split("  =>  ")[1] for site in sites.sites_in("mm/x/source.c", source)
            if site.change.kind == kind and site.name.split(":")[1] == (function or site.name.split(":")[1])]


@pytest.mark.parametrize("kind, expected", [
    ("relation", ["if (n <= 7 && page->order == 0) /* n + 1 */", "if (n < 7 && page->order != 0) /* n + 1 */",
                  "return n > 0;", "#define SMALLER(a, b) ((a) < (b))"][:3]),
    ("logic", ["if (n < 7 || page->order == 0) /* n + 1 */"]),
    ("negated", ["if (!(n < 7 && page->order == 0)) /* n + 1 */", "while (!(sum))", "return !(sum) ? take(sum,"]),
    ("constant+", ["#define ROOM 17", "enum { FIRST = 2 };", "if (n < 8 && page->order == 0) /* n + 1 */",
                   "if (n < 7 && page->order == 1) /* n + 1 */", "page->order = (u8)(n - 2);", "return n >= 1;",
                   "int sum = added(-2, sum);", "sum -= 0x11;"]),
    ("constant-", ["#define ROOM 15", "enum { FIRST = 0 };", "if (n < 6 && page->order == 0) /* n + 1 */",
                   "page->order = (u8)(n - 0);", "int sum = added(-0, sum);", "sum -= 0xf;"]),
    ("arithmetic", ["page->order = (u8)(n + 1);", "sum += 0x10;"]),
    ("dropped", [";", ";", ";"]),
    ("swapped", ["int sum = added(sum, -1);", "return sum ? take(*argv, sum) : SHELL_OK;"]),
    ("returned", ["return !(n >= 0);", "return 0 ;"]),
])
def test_each_kind_finds_its_places(kind, expected):
    """Comments, text and directives are not code; a macro's constant is."""
    assert changes(kind) == expected


def test_a_change_keeps_every_line_where_it_is():
    for site in sites.sites_in("mm/x/source.c", SOURCE):
        assert site.mutated(SOURCE).count("\n") == SOURCE.count("\n"), site.name
        assert site.mutated(SOURCE) != SOURCE, site.name


def test_names_are_unique_and_do_not_move_with_lines():
    names = [site.name for site in sites.sites_below(ROOT, "mm")]
    assert len(names) == len(set(names)) > 10000
    moved = SOURCE.replace("enum {", "static int unrelated;\n\nenum {")
    assert [site.name for site in sites.sites_in("mm/x/source.c", moved)] == \
        [site.name for site in sites.sites_in("mm/x/source.c", SOURCE)]
    assert "mm/x/source.c:both:relation:return n >= 0;:0" in [s.name for s in sites.sites_in("mm/x/source.c", SOURCE)]
    assert "mm/x/source.c:SHELL_CMD(three):negated:while (sum):0" in \
        [site.name for site in sites.sites_in("mm/x/source.c", SOURCE)]


# ---- drawing -------------------------------------------------------------------------------------

def drawn(seed, number=5, jobs=1, uncounted=()):
    """The names of what is drawn, when each of `jobs` workers takes one before any is done."""
    picked = draw.Draw(list(sites.sites_in("mm/x/source.c", SOURCE)), number, seed, {})
    while True:
        taken = []
        while len(taken) < jobs and picked.open and (one := picked.next()):
            taken.append(one)
        if not taken:
            return [result.site.name for result in picked.counted()]
        for place, site in reversed(taken):
            kind = "uncounted" if site.change.kind in uncounted else "killed"
            picked.done(place, draw.Result(site, kind))


def test_a_seed_draws_the_same_ones_whoever_tries_them():
    assert drawn(1) == drawn(1) == drawn(1, jobs=3)
    assert drawn(1) != drawn(2)
    without = drawn(1, number=6, uncounted=("dropped", "swapped"))
    assert without == drawn(1, number=6, jobs=4, uncounted=("dropped", "swapped"))
    assert len(without) == 6 and not any(":dropped:" in name or ":swapped:" in name for name in without)


def test_nine_of_ten_suffice(capsys):
    site = next(sites.sites_in("mm/x/source.c", SOURCE))
    killed, survivor = draw.Result(site, "killed", "process", "a.claim"), draw.Result(site, "survivor")
    equivalent = draw.Result(site, "equivalent")
    assert mutants.summary([killed] * 9 + [survivor, equivalent])
    assert "11 mutants: 9 killed (9 process), 1 told equivalent, 1 survived = 90.0 %" in capsys.readouterr().out
    assert not mutants.summary([killed] * 8 + [survivor, equivalent])


# ---- what is told equivalent ---------------------------------------------------------------------

NAME = "mm/x/source.c:both:relation:return n >= 0;:0"


@pytest.mark.parametrize("line, said", [
    (f"{NAME}  ## it is never 0", None),
    ("mm/x/source.c:both:relation:return n > 0;:0  ## it is never 0", "no such site any more"),
    (f"{NAME}", "no reason"),
    (f"{NAME}  ## one\n{NAME}  ## two", "told twice"),
])
def test_what_is_told_equivalent_is_there_and_has_a_reason(tmp_path, line, said):
    (tmp_path / "tests" / "mutants").mkdir(parents=True)
    (tmp_path / told.FILE).write_text(f"# a comment\n\n{line}\n")
    there = list(sites.sites_in("mm/x/source.c", SOURCE))
    if said:
        with pytest.raises(Failed, match=f"equivalent:[34]: mm/x.*{said}"):
            told.read(str(tmp_path), there)
    else:
        assert told.read(str(tmp_path), there) == {NAME: "it is never 0"}


def run(*arguments):
    return subprocess.run([sys.executable, os.path.join(ROOT, "tools", "mutants"), *arguments], timeout=LONG_LIMIT,
                          env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1"), stdin=subprocess.DEVNULL, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8")


def test_what_is_told_of_these_sources_is_so():
    done = run("--check")
    assert done.returncode == 0, done.stdout


def test_an_unknown_family_is_refused_by_name():
    done = run("--family", "pages", "--number", "1")
    assert done.returncode == 1 and "FAMILY=pages: choose of: early page" in done.stdout, done.stdout


def test_a_change_is_put_back_even_by_the_next_run(tmp_path):
    """The source has its time again; its object is new, so that what was linked of the other is linked again."""
    (tmp_path / "a.c").write_text("was\n")
    (tmp_path / "a.c.o").write_text("its object")
    os.utime(tmp_path / "a.c", (1000, 1000))
    os.utime(tmp_path / "a.c.o", (2000, 2000))
    tree = Tree(str(tmp_path))
    tree.users = {("ARCH=user",): {"a.c": ["a.c.o"]}, ("EXTRA=x",): {"a.c": ["a.c.o"]}}
    with tree.change("a.c", "is\n"):
        assert (tmp_path / "a.c").read_text() == "is\n" and not (tmp_path / "a.c.o").exists()
        killed = [(tmp_path / name).read_bytes() for name in ("a.c.kept", "a.c.o.kept")]
    for again in (False, True):
        if again:  # as it is when this run is killed
            (tmp_path / "a.c.kept").write_bytes(killed[0])
            (tmp_path / "a.c.o.kept").write_bytes(killed[1])
            (tmp_path / "a.c").write_text("is\n")
            put_back(kept_below(str(tmp_path)))
        else:
            assert (tmp_path / "a.c").stat().st_mtime == 1000 and (tmp_path / "a.c.o").stat().st_mtime > 2000
        assert (tmp_path / "a.c").read_text() == "was\n" and (tmp_path / "a.c.o").read_text() == "its object"
        assert not kept_below(str(tmp_path))


# ---- judging -------------------------------------------------------------------------------------

def test_a_hang_is_ended_with_what_it_has_started(tmp_path):
    ended = judge.run(["sh", "-c", "sleep 1000 & echo $! > child; while :; do :; done"], tmp_path, 0.5, 60)
    assert judge.complaint(ended) == "hang"
    child = int((tmp_path / "child").read_text())
    stat = f"/proc/{child}/stat"
    until(lambda: not os.path.exists(stat) or open(stat, encoding="ascii").read().split()[2] == "Z", "its end")


@pytest.mark.parametrize("output, status, said", [
    ("ok 1 a.b\n", 0, None), ("ok 1 a.b\nnot ok 2 c.d\nnot ok 3 e.f\n", 1, "c.d"),
    ("[  1.0] panic: no memory\n", 2, "panic: no memory"), ("", 3, "status 3"), ("", -9, "hang"),
    ("", -11, "status -11"),
])
def test_what_is_said_of_a_run(output, status, said):
    complaint = judge.complaint(judge.Ended(status, output, 0.1))
    assert complaint == said or said and said in complaint


KNOWN = "mm/account/account.c:account_equal:returned:"
PLANTED = """
unsigned int planted(unsigned int a);
unsigned int planted(unsigned int a)
{
\treturn a + 1;
}
"""


def only(text, name):
    """The one site of that name of mm/account/account.c, were this its text."""
    return next(site for site in sites.sites_in("mm/account/account.c", text) if site.name.startswith(name))


def test_a_known_change_is_killed_and_a_planted_one_survives(host, tmp_path, capsys):
    """Nothing tests what is planted; that equal balances are, a claim does."""
    shutil.copytree(host.tree().root, tmp_path / "tree", symlinks=True)
    tree = Tree(str(tmp_path / "tree"))
    one = judge.Judge(tree, judge.STAGES[:1], late=False, machine=False)
    one.begin(["account"])
    text = read(tree.root, "mm/account/account.c")
    killed = only(text, KNOWN)
    survivor = only(text + PLANTED, "mm/account/account.c:planted:arithmetic")
    results = [draw.judged(killed, tree, one, {}, text), draw.judged(survivor, tree, one, {}, text + PLANTED)]
    assert [result.outcome for result in results] == ["killed", "survivor"]
    assert results[0].by.startswith("account."), results[0]
    assert read(tree.root, "mm/account/account.c") == text
    mutants.tell(results[0])
    assert f"killed (process) by {results[0].by}" in capsys.readouterr().out
