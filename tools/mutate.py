#!/usr/bin/python3
"""
mutate.py - takes each flush of the TLB out of the kernel, one at a time, and sees that a test fails

    tests/mutate/sites.csv          file, function, flush, tests
      ──copy──> build/mutate/tree   first as it is: all the tests pass
      ──one site less──> build ──> boot, run that site's tests ──> `not ok`: caught
                                                             ──> all pass: a survivor, and status 1

    (nothing)         every site
    FILE[:FUNCTION]   those sites only
    --quick           those in .c files only: a header is in every object (make test)
    --arch user       the host's process, rather than the machine
    --check           only compares the list with the sources: both ways, nothing is built

A site is a call of arch_tlb_flush_*(), arch_pte_clear_local() or user_forget(), or an instruction of the
port that invalidates, known by the comment that names it (TLBIMVAA).  The call goes, its arguments stay
evaluated; of the instruction the operand stays.

Only what QEMU shows can be tried so: it keeps translations as a TLB does, but has no caches and no
write buffers, so barriers and cache maintenance are reviewed instead.  boot/head.S is not listed: it
invalidates before there is anything to be stale.

Invariants
  M1  The sources themselves are not touched: everything happens in a copy.
  M2  A test that fails without a mutation makes the whole run fail: its failures say nothing.

Read next: tests/selftests/arch/tlb.c; tools/mutants, which changes anything, at random
"""

import argparse
import csv
import os
import re
import subprocess
import sys
import time

from mutants.source import arguments, closing, functions, without_comments
from mutants.tree import ROOT, Failed, copy_sources, make, read

SITES = os.path.join("tests", "mutate", "sites.csv")
ELSEWHERE = {"arm": ("arch/user/",), "user": ("arch/arm/", "kernel/coredump/")}  # what a port is without
SEARCHED = ("arch", "mm", "kernel", "drivers")
CALL = re.compile(r"\b(arch_tlb_flush_\w+|arch_pte_clear_local|user_forget)\(")
INSTRUCTION = re.compile(r'"mcr p15, 0, %0, c8, c\d+, \d(?P<end>\\n\\t)?".*?/\* (TLBI\w+) \*/')
LIMIT = 300  # seconds for one boot; one takes less than two, on a busy machine more


# ---- where flushes are ---------------------------------------------------------------------------

def found_in(text):
    """[(function, flush, offset)] of the flushes in a source; function is None outside of all."""
    plain = without_comments(text)
    bodies = list(functions(text))

    def owner(offset):
        return next((body.name for body in bodies if body.begin <= offset < body.end), None)

    calls = [(owner(call.start()), call[1], call.start()) for call in CALL.finditer(plain)]
    # Outside of all bodies a name is its own definition or declaration.
    sites = [call for call in calls if call[0]]
    sites += [(owner(code.start()), code[2], code.start()) for code in INSTRUCTION.finditer(text)]
    return sorted(sites, key=lambda site: site[2])


def found_in_tree(root):
    """The (file, function, flush) of every flush of the sources, in order; twice when it is there twice."""
    for top in SEARCHED:
        for folder, folders, names in os.walk(os.path.join(root, top)):
            folders.sort()
            for name in sorted(names):
                path = os.path.relpath(os.path.join(folder, name), root)
                if name.endswith((".c", ".h", ".S")):
                    yield from ((path, function, flush) for function, flush, _ in found_in(read(root, path)))


def listed(root):
    """The rows of the list."""
    with open(os.path.join(root, SITES), encoding="ascii", newline="") as file:
        return list(csv.DictReader(file))


def key(row):
    return row["file"], row["function"], row["flush"]


def differences(root):
    """What the list and the sources do not agree on, in words."""
    rows, there = [key(row) for row in listed(root)], list(found_in_tree(root))
    for site in sorted(set(rows) | set(there), key=str):
        if there.count(site) > rows.count(site):
            yield "{}: {}(): {} is not in {}: add it, and a test that fails without it".format(*site, SITES)
        elif rows.count(site) > there.count(site):
            yield "{}: {}(): {} is in {}, but not there".format(*site, SITES)


# ---- taking one out ------------------------------------------------------------------------------

def without_call(text, flush, at):
    begin = text.index("(", at)
    end = closing(text, begin)
    values = arguments(text[begin + 1:end])
    if flush == "arch_pte_clear_local":
        # The entry is cleared all the same: only the TLB is not told.
        gone = "arch_pte_clear({}), (void)({})".format(*values)
    else:
        gone = ", ".join(f"(void)({value})" for value in values) or "(void)0"
    return text[:at] + gone + text[end + 1:]


def without_instruction(text, at):
    code = INSTRUCTION.match(text, at)
    gone = code[0].replace(re.match(r'"[^"]*"', code[0])[0], f'"@ %0{code["end"] or ""}"', 1)
    return text[:at] + gone + text[code.end():]


def mutated(text, row, nth):
    """The source without the nth of the flushes that the row describes."""
    places = [at for function, flush, at in found_in(text) if (function, flush) == (row["function"], row["flush"])]
    if nth >= len(places):
        raise Failed("{file}: {function}(): there is no {flush}".format(**row))
    if row["flush"].startswith(("arch_", "user_")):
        return without_call(text, row["flush"], places[nth])
    return without_instruction(text, places[nth])


# ---- building and trying -------------------------------------------------------------------------

def build(tree, arch):
    make(tree, "V=1", f"ARCH={arch}", "all")


def run_tests(tree, patterns):
    """(status, names of the failed tests, number of passed ones, the output)."""
    commands = "; ".join(f"test {pattern}" for pattern in patterns)
    done = subprocess.run([os.path.join(tree, "tools", "run.sh"), commands, "--mem", "128M",
                           os.path.join(tree, "build", "current")], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          env=dict(os.environ, TIMEOUT=str(LIMIT), APPEND="lowmem=32M"),
                          stderr=subprocess.STDOUT, encoding="latin-1", check=False)
    failed = re.findall(r"^not ok \d+ (\S+)", done.stdout, re.MULTILINE)
    passed = [line for line in re.findall(r"^ok \d+ .*$", done.stdout, re.MULTILINE) if "# SKIP" not in line]
    return done.returncode, failed, len(passed), done.stdout


def verdict(tree, row):
    """What catches the site's absence, in words; None when nothing does."""
    status, failed, _, output = run_tests(tree, row["tests"].split())
    if failed:
        return failed[0]
    if status == 0:
        return None
    trouble = re.search(r"^.*(?:panic: |Oops: ).*$", output, re.MULTILINE)
    return trouble[0].strip() if trouble else f"status {status}"


def try_site(tree, arch, row, nth):
    """Builds the tree without the site and runs its tests; puts the source back."""
    path = os.path.join(tree, row["file"])
    original = read(tree, row["file"])
    with open(path, "w", encoding="utf-8") as file:
        file.write(mutated(original, row, nth))
    try:
        build(tree, arch)
        return verdict(tree, row)
    finally:
        with open(path, "w", encoding="utf-8") as file:
            file.write(original)


def check_baseline(tree, arch, rows):
    """With every flush in its place all tests pass, and there are some (M2)."""
    build(tree, arch)
    patterns = sorted({pattern for row in rows for pattern in row["tests"].split()})
    status, failed, passed, output = run_tests(tree, patterns)
    missing = re.findall(r"no such test .*", output)
    if missing:
        raise Failed(f"{SITES}: {', '.join(missing)}")
    if status or failed or not passed:
        raise Failed(f"without any mutation: {', '.join(failed) or f'status {status}'}\n{output[-1500:]}")
    return passed


def wanted_rows(rows, arch, names, quick=False):
    rows = [row for row in rows if not row["file"].startswith(ELSEWHERE[arch])]
    if quick:
        rows = [row for row in rows if not row["file"].endswith(".h")]
    if not names:
        return rows
    chosen = [row for row in rows if {row["file"], f"{row['file']}:{row['function']}"} & set(names)]
    if not chosen:
        raise Failed(f"{' '.join(names)}: no such site in {SITES}")
    return chosen


def mutate(arch, names, quick=False):
    rows = wanted_rows(listed(ROOT), arch, names, quick)
    tree = os.path.join(ROOT, "build", "mutate", "tree")
    copy_sources(tree)
    print(f"as it is: {check_baseline(tree, arch, rows)} tests pass", flush=True)
    survivors = 0
    for number, row in enumerate(rows):
        started = time.monotonic()
        nth = [key(other) for other in rows[:number]].count(key(row))
        caught = try_site(tree, arch, row, nth)
        survivors += not caught
        end = f"caught by {caught}" if caught else f"SURVIVES {row['tests']}"
        print("{}: {}() without {}: {} ({:.1f} s)".format(*key(row), end, time.monotonic() - started), flush=True)
    print(f"{len(rows)} mutations, {survivors} survivors")
    return 1 if survivors else 0


def main():
    parser = argparse.ArgumentParser(description="takes TLB flushes out and sees that a test fails")
    parser.add_argument("sites", nargs="*", metavar="FILE[:FUNCTION]")
    parser.add_argument("--arch", choices=sorted(ELSEWHERE), default="arm")
    parser.add_argument("--check", action="store_true", help="only compare the list with the sources")
    parser.add_argument("--quick", action="store_true", help="leave out the sites in headers")
    options = parser.parse_args()
    try:
        wrong = list(differences(ROOT))
        if wrong:
            raise Failed("\n".join(wrong))
        return 0 if options.check else mutate(options.arch, options.sites, options.quick)
    except (Failed, OSError) as error:
        print(f"mutate.py: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
