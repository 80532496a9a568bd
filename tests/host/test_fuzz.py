"""
test_fuzz.py - each fuzz target, over its corpus and a number of new inputs; and that a mistake would be found

    FUZZ=1, tests/host/extra/planted.c ──> crumb.host ── fuzz TARGET -runs=N corpus ──> no finding
                                                      ── fuzz planted FILE ──> a crash file, a status that is not 0

The engine's choices follow from a seed, the same each time unless CRUMB_SEED gives another: what is new is for
`make fuzz` to find.
"""

import os
import re
import subprocess

import pytest

from machine import BOUND, LONG_LIMIT, ROOT, tail

EXTRA = "EXTRA=tests/host/extra/planted.c"
CHOICE = "ARCH=user FUZZ=1"
CORPUS = os.path.join(ROOT, "tests", "fuzz", "corpus")
SEED = int(os.environ.get("CRUMB_SEED", "1"))
RUNS = 4000
HANGS_AFTER = 3  # seconds of an input that never ends: the others take none


def targets(pure=True):
    """As the sources name them; those that leave nothing behind, too, or not."""
    names = []
    for file in sorted(os.listdir(os.path.join(ROOT, "tests", "fuzz"))):
        if file.endswith(".c"):
            with open(os.path.join(ROOT, "tests", "fuzz", file), encoding="utf-8") as text:
                found = re.findall(r"^FUZZ_TARGET\((\w+),([^;]*);", text.read(), re.MULTILINE)
                names += [name for name, rest in found if pure or ".pure" not in rest]
    return sorted(names)


@pytest.fixture(scope="module")
def program(built):
    tree = built(CHOICE)
    tree.make("-s", "-j2", *CHOICE.split(), EXTRA)
    return tree.elf(*CHOICE.split(), EXTRA)


@pytest.fixture
def fuzz(program, tmp_path):
    """Runs the command; returns status and output."""
    def run(words, **environment):
        done = subprocess.run([*BOUND, program, "--once", "--mem", "20M", "--append", "lowmem=16M loglevel=1",
                               "--run", words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False,
                              stderr=subprocess.STDOUT, timeout=LONG_LIMIT, encoding="latin-1", cwd=tmp_path,
                              env=dict(os.environ, **environment))
        return done.returncode, done.stdout

    return run


def test_every_target_is_listed(fuzz):
    status, shown = fuzz("fuzz")
    assert status == 0
    assert sorted(re.findall(r"^target (\w+) +\S", shown, re.MULTILINE)) == sorted([*targets(), "planted"])


def test_another_name_is_refused(fuzz):
    status, shown = fuzz("fuzz pag")
    assert status == 1 and "pag: no such target: did you mean page?" in shown


@pytest.mark.parametrize("target", targets())
def test_nothing_is_found(fuzz, tmp_path, target):
    (tmp_path / "kept").mkdir()
    status, shown = fuzz(f"fuzz {target} -runs={RUNS} -seed={SEED} kept {os.path.join(CORPUS, target)}")
    tried = re.search(rf"^fuzz: {target}: (\d+) inputs, \d+ steps", shown, re.MULTILINE)
    assert status == 0 and tried and int(tried[1]) >= RUNS, f"-seed={SEED}\n{tail(shown)}"


@pytest.mark.parametrize("target", targets(pure=False))
def test_an_input_does_the_same_whatever_came_before(fuzz, target):
    files = [os.path.join(CORPUS, target, name) for name in sorted(os.listdir(os.path.join(CORPUS, target)))][:6]
    status, shown = fuzz(f"fuzz {target} {' '.join(files + files[::-1])}", FUZZ_DIGEST="1")
    seen = re.findall(r"^fuzz: digest (\w+)", shown, re.MULTILINE)
    assert status == 0 and len(seen) == 2 * len(files) and seen == seen[::-1], tail(shown)


def test_the_corpora_are_small_and_told():
    assert sorted(os.listdir(CORPUS)) == targets()
    sizes = []
    for folder, _folders, names in os.walk(CORPUS):
        assert folder == CORPUS or 4 <= len(names) <= 60, f"{folder}: {len(names)} inputs"
        assert not [name for name in names if re.fullmatch(r"[0-9a-f]{40}", name)], f"{folder}: a name says nothing"
        sizes += [os.path.getsize(os.path.join(folder, name)) for name in names]
    assert max(sizes) <= 8192 and sum(sizes) < 256 * 1024


@pytest.mark.parametrize("which, said", [
    ("c", "planted.c:\\d+: size == 0"), ("o", "Oops: "), ("p", "panic: planted"), ("b", "BUG: slab: double free"),
    ("h", r"timeout after \d+ seconds"),
])
def test_a_mistake_is_found(fuzz, tmp_path, which, said):
    (tmp_path / "inputs").mkdir()
    (tmp_path / "inputs" / "mistake").write_text(which)
    status, shown = fuzz(f"fuzz planted -timeout={HANGS_AFTER} -error_exitcode=77 -runs=0 inputs")
    assert status in (70, 77) and re.search(said, shown), tail(shown)
    kept = [name for name in os.listdir(tmp_path) if re.match("(crash|timeout)-", name)]
    assert len(kept) == 1 and (tmp_path / kept[0]).read_text() == which
