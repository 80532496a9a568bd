#!/usr/bin/python3
"""
coverage.py - which lines and branches ran: builds that count, the runs, one table, and what mm/ leaves out

    tests/coverage/runs ──> make COVERAGE=1 ──> a process ─────> .gcda ───────────────────┬──> gcov ──> table
                                           ──> the machine ──> crumb.gcov ──apart──> .gcda ┘
    tests/coverage/uncovered <──compared──> the lines of mm/ that no process ran

    (nothing)      both ports
    --host         processes only

A line counts when gcov has it: it holds code in some build of those that run.  It is covered when it ran in
one of them.  Nothing is left out: not what only a mistake reaches, nor what a family shows of itself.

A branch is one way out of a condition, each part of && and || having two.  Builds differ in what they compile
of a line: a DEBUG-only part is a constant elsewhere, and a machine of 32 bits has other conditions than one
of 64.  Branches are therefore counted apart for each number of them that the line has; of a line's numbers
the largest stands for it, so what counts is the build that has all of its conditions.  They are gcc's at -O0,
with those that a macro makes: a check in a macro counts wherever it is used.  A function that is always inlined
has its branches once: what one copy took is taken.

`merged` takes a line as covered when it is on either port, and its branches by the same rule.

Status 1 when a run ended otherwise than it should, or the list of tests/coverage/uncovered is not what is found;
build/coverage has all lines and branches of mm/ that did not run.

Read next: arch/user/coverage, arch/arm/coverage, tests/coverage/runs
"""

import argparse
import collections
import concurrent.futures
import json
import math
import os
import re
import struct
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
RUNS = os.path.join("tests", "coverage", "runs")
UNCOVERED = os.path.join("tests", "coverage", "uncovered")
RESULTS = os.path.join("build", "coverage")
HERE = "/proc/self/cwd/"  # how the compiler names this tree (Makefile)
PORTS = {"host": ("ARCH=user",), "machine": ()}
CROSS = os.environ.get("CROSS_COMPILE", "arm-none-eabi-")
ANY = "any"  # a status that is not looked at
LIMIT = 1200  # seconds for one run, on a busy machine
SEED = 1  # of what the self-tests draw: the same lines run each time
AIMS = (95, 85)  # % of mm/'s lines and branches, in processes


class Failed(Exception):
    """Something that the user has to know, in words."""


Run = collections.namedtuple("Run", "port build options append status commands")


class Line:
    """How often it ran, the branches that left it by their number, and whose it is."""

    def __init__(self):
        self.count, self.branches, self.function = 0, {}, ""

    def add(self, count, branches, function):
        self.count += count
        self.function = self.function or function
        if branches:
            known = self.branches.get(len(branches), [0] * len(branches))
            self.branches[len(branches)] = [a + b for a, b in zip(known, branches)]

    def fold(self):
        """Copies of a function that is always inlined stand one after another: they are put together."""
        period = math.gcd(*self.branches)
        shapes, self.branches = self.branches.values(), {}
        for branches in shapes:
            for at in range(0, len(branches), period):
                self.add(0, branches[at:at + period], "")

    def ways(self):
        """How often each of its branches was taken."""
        return self.branches[max(self.branches)] if self.branches else []


class Lines(collections.defaultdict):
    """(path, number): Line"""

    def __init__(self):
        super().__init__(Line)

    def merge(self, other):
        for place, line in other.items():
            if not line.branches:
                self[place].add(line.count, [], line.function)
            for n, branches in enumerate(line.branches.values()):
                self[place].add(0 if n else line.count, branches, line.function)


# ---- what is run ---------------------------------------------------------------------------------

def read_runs():
    """The runs, in the file's order; those of several ports, or with a {1..9}, once for each."""
    runs = []
    for number, text in enumerate(open_text(RUNS), 1):
        if not text.strip() or text.startswith("#"):
            continue
        fields = [field.strip() for field in text.split("|")]
        if text.startswith("    ") and runs:
            runs[-1].append(text.strip())
        elif len(fields) == 5 and re.fullmatch(rf"\d|{ANY}", fields[4]) and set(fields[0].split()) <= set(PORTS):
            runs.append(fields)
        else:
            raise Failed(f"{RUNS}:{number}: not ports | build | options | parameters | status, nor commands below that")
    return [Run(port, *run[1:3], parameters, run[4], " ".join(run[5:]))
            for run in runs for port in run[0].split() for parameters in numbered(run[3])]


def numbered(text):
    """The text with each number of its {1..9}, or as it is."""
    found = re.search(r"\{(\d+)\.\.(\d+)\}", text)
    if not found:
        return [text]
    return [text.replace(found[0], str(n)) for n in range(int(found[1]), int(found[2]) + 1)]


def open_text(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read().splitlines()


def make(run, *words):
    """What make prints for the run's build; of the make that started this no variable is left."""
    starter = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")
    environment = {name: value for name, value in os.environ.items() if name not in starter}
    done = subprocess.run(["make", "-s", "--no-print-directory", *PORTS[run.port], "COVERAGE=1", *run.build.split(),
                           f"CROSS={CROSS}", *words], cwd=ROOT, env=environment, stdout=subprocess.PIPE,
                          encoding="utf-8", check=False)
    if done.returncode:
        raise Failed(f"make {' '.join(words)}: {run.port} {run.build}: it failed")
    return done.stdout.strip()


def made(word, folder):
    """An option's file by its whole path; a tree's source is compiled first."""
    path = os.path.join(ROOT, word)
    if not os.path.isfile(path):
        return word
    if not word.endswith(".dts"):
        return path
    tree = os.path.join(folder, "machine.dtb")
    subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", tree, path], check=True)
    return tree


def start(run, image, folder):
    """Runs it; what it said when it ended otherwise than it should."""
    options = [made(word, folder) for word in run.options.split()]
    command = [os.path.join(ROOT, "tools", "run.sh"), run.commands, *options, os.path.join(ROOT, image)]
    environment = dict(os.environ, APPEND=f"seed={SEED} {run.append}".strip(), TIMEOUT=str(LIMIT))
    done = subprocess.run(command, env=environment, check=False,
                          cwd=ROOT if run.port == "host" else folder, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="latin-1")
    if "; nothing was run" in done.stdout:
        return f"{run}: a line longer than the shell takes: make two runs of it"
    if run.status in (ANY, str(done.returncode)):
        return ""
    told = [text for text in done.stdout.splitlines() if re.search("not ok|error: |panic: |Oops: ", text)]
    return "\n    ".join([f"{run}: status {done.returncode}", *(told or done.stdout.splitlines())[-8:]])


def forget(folders):
    """Counts of earlier runs."""
    for path in files(folders, ".gcda"):
        os.unlink(path)


# ---- what was counted ----------------------------------------------------------------------------

def files(folders, ending):
    walked = [step for folder in folders for step in os.walk(os.path.join(ROOT, folder))]
    return sorted(os.path.join(parent, name) for parent, _, names in walked for name in names if name.endswith(ending))


def gcov_of(port):
    """The reader that belongs to the port's compiler."""
    if port == "machine":
        return CROSS + "gcov"
    compiler = os.environ.get("HOSTCC", "cc")
    return compiler.replace("gcc", "gcov") if "gcc" in compiler else "gcov"


def read_counts(port, folders):
    """The lines of the objects in those folders, as gcov tells them."""
    lines = Lines()
    done = subprocess.run([gcov_of(port), "--stdout", "--json-format", "--branch-probabilities",
                           *files(folders, ".gcno")], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          encoding="utf-8", check=True)
    for document in done.stdout.splitlines():
        for file in json.loads(document)["files"]:
            path = file["file"].removeprefix(HERE)
            for line in file["lines"] if not os.path.isabs(path) else ():  # a library's header is not ours
                lines[path, line["line_number"]].add(line["count"], [branch["count"] for branch in line["branches"]],
                                                     line.get("function_name", ""))
    for line in lines.values():
        line.fold()
    return lines


def boots(stream):
    """What each boot has written: [(name, counts)…]; an object's second counts are of another boot."""
    boot, at = {}, 0
    while at < len(stream):
        name_bytes, count_bytes = struct.unpack_from("<II", stream, at)
        name = stream[at + 8:at + 8 + name_bytes].decode()
        at += 8 + name_bytes + count_bytes
        if name in boot:
            yield boot
            boot = {}
        boot[name] = stream[at - count_bytes:at]
    if boot:
        yield boot


def take_apart(stream, folders):
    """The lines that a machine has counted."""
    lines = Lines()
    for boot in boots(stream):
        for name, counts in boot.items():
            with open(os.path.join(ROOT, name.removeprefix(HERE)), "wb") as file:
                file.write(counts)
        lines.merge(read_counts("machine", folders))
        forget(folders)
    return lines


def read_streams(homes, folders):
    """The lines of all machines that came as far as to write what they have counted."""
    lines = Lines()
    for home in homes:
        path = os.path.join(home, "crumb.gcov")
        if os.path.exists(path):
            with open(path, "rb") as file:
                lines.merge(take_apart(file.read(), folders))
    return lines


def count_build(port, runs):
    """(lines, complaints) of all runs of one build."""
    make(runs[0], f"-j{os.cpu_count()}")
    image, folders = make(runs[0], "print-elf"), make(runs[0], "print-objects").split()
    forget(folders)
    with tempfile.TemporaryDirectory() as scratch, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        homes = [os.path.join(scratch, str(n)) for n in range(len(runs))]
        for home in homes:
            os.mkdir(home)
        complaints = list(filter(None, pool.map(lambda run, home: start(run, image, home), runs, homes)))
        lines = read_counts(port, folders) if port == "host" else read_streams(homes, folders)
    return lines, complaints


def count(port):
    """(lines, complaints) of all builds and runs of a port."""
    lines, complaints = Lines(), []
    runs = [run for run in read_runs() if run.port == port]
    for build in dict.fromkeys(run.build for run in runs):
        counted, said = count_build(port, [run for run in runs if run.build == build])
        lines.merge(counted)
        complaints += said
    return lines, complaints


# ---- the table -----------------------------------------------------------------------------------

def family(path):
    """What a row is: a folder, its parent where that has no more than files."""
    parts = path.split("/")
    depth = 2 if parts[0] in ("mm", "kernel", "arch") else 1
    return "/".join(parts[:min(depth, len(parts) - 1)])


def share(lines, wanted):
    """Lines that ran, lines, branches taken, branches: of the families that are wanted."""
    found = [line for (path, _), line in lines.items() if wanted(family(path))]
    ways = [way for line in found for way in line.ways()]
    return sum(line.count > 0 for line in found), len(found), sum(way > 0 for way in ways), len(ways)


def percent(part, whole):
    return 100 * part / whole if whole else 100


def cell(lines, wanted):
    ran, all_lines, taken, all_ways = share(lines, wanted)
    if not all_lines:
        return f"{'':31}"
    return f"{ran:6}/{all_lines:5} {percent(ran, all_lines):5.1f} %{percent(taken, all_ways):9.1f} %"


def print_table(columns):
    families = sorted({family(path) for lines in columns.values() for path, _ in lines} - {"tests"})
    print(f"{'':16}" + "".join(f"  {name + ': lines':>20}{'branches':>11}" for name in columns))
    for name in families:
        print(f"{name:16}" + "".join("  " + cell(lines, name.__eq__) for lines in columns.values()))
    print(f"{'all of mm':16}" + "".join("  " + cell(lines, in_mm) for lines in columns.values()))


def in_mm(name):
    return name.split("/")[0] == "mm"


# ---- what mm/ leaves out -------------------------------------------------------------------------

class Sources(dict):
    """path: its lines"""

    def __missing__(self, path):
        self[path] = open_text(path)
        return self[path]


def uncovered(lines, sources):
    """(path:function, text) of each line of mm/ that did not run, as often as there are such."""
    return collections.Counter((f"{path}:{line.function}", sources[path][number - 1].strip())
                               for (path, number), line in lines.items() if path.startswith("mm/") and not line.count)


def listed():
    """
    The same of tests/coverage/uncovered:

        mm/page/free.c:free_somehow
            its line, or several
          = why
    """
    found, place, begun = collections.Counter(), None, False
    for number, text in enumerate(open_text(UNCOVERED), 1):
        if not text.strip() or text.startswith("#"):
            continue
        if not text.startswith(" ") and not place:
            place, begun = text, False
        elif text.startswith("    ") and place:
            found[place, text.strip()] += 1
            begun = True
        elif text.startswith("  = ") and begun:
            place, begun = None, False
        else:
            raise Failed(f"{UNCOVERED}:{number}: not a place, its lines, and `  = ` with the reason")
    if place:
        raise Failed(f"{UNCOVERED}: {place}: no reason")
    return found


def differences(lines, sources):
    there, told = uncovered(lines, sources), listed()
    for place, text in sorted((there - told).elements()):
        yield f"{place}: no process ran `{text}`: test it, or add it to {UNCOVERED} with the reason"
    for place, text in sorted((told - there).elements()):
        yield f"{place}: `{text}` stands in {UNCOVERED}, but it ran, or is no more"


def misses(lines):
    ran, all_lines, taken, all_ways = share(lines, in_mm)
    for what, got, aim in zip(("lines", "branches"), (percent(ran, all_lines), percent(taken, all_ways)), AIMS):
        if got < aim:
            yield f"mm/: {got:.1f} % of the {what} ran in processes; at least {aim} % have to"


def keep_results(lines, sources):
    """For who wants to raise them: lines that did not run, and branches not taken."""
    os.makedirs(os.path.join(ROOT, RESULTS), exist_ok=True)
    places = sorted(place for place in lines if place[0].startswith("mm/"))
    with open(os.path.join(ROOT, RESULTS, "lines"), "w", encoding="utf-8") as file:
        for path, number in places:
            if not lines[path, number].count:
                print(f"{path}:{number}: {sources[path][number - 1]}", file=file)
    with open(os.path.join(ROOT, RESULTS, "branches"), "w", encoding="utf-8") as file:
        for path, number in places:
            if not all(lines[path, number].ways()):
                print(f"{path}:{number}: {lines[path, number].ways()} {sources[path][number - 1]}", file=file)


def main():
    parser = argparse.ArgumentParser(description="which lines and branches ran")
    parser.add_argument("--host", action="store_true", help="in processes only")
    options = parser.parse_args()
    columns, complaints, sources = {}, [], Sources()
    for port in ["host"] if options.host else PORTS:
        columns[port], said = count(port)
        complaints += said
    complaints += [*misses(columns["host"]), *differences(columns["host"], sources)]
    keep_results(columns["host"], sources)
    if not options.host:
        columns["merged"] = Lines()
        for port in PORTS:
            columns["merged"].merge(columns[port])
    print_table(columns)
    for complaint in complaints:
        print(f"coverage: {complaint}", file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as failed:
        sys.exit(f"coverage: {failed}")
