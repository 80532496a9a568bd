#!/usr/bin/python3
"""
bench.py - runs the image's benchmarks under exact counting and says what they come to

    make bench ──> bench.py ──> tools/run.sh "bench --csv …" --icount ──> rows
                                └─ watched by a plugin (bench_watch.py) ──> irqsoff
                                   rows + tests/bench/anchors.csv ──> table, build/<config>/bench.json

    (nothing)    the table; --hist adds how often which cost was met
    --check      fails when a row is worse than tests/bench/baseline.csv says by more than 2 %
    --accept     makes the rows the new baseline of this configuration

The same image gives the same digits each time, so two per cent is not for noise: it lets unrelated
changes move a loop by an instruction.  Another compiler makes another image: a baseline holds for the
version that it names, and by others nothing is compared.
Read next: kernel/bench/bench_shell.c, which prints the rows.
"""

import argparse
import collections
import csv
import difflib
import json
import os
import re
import subprocess
import sys
import tempfile

from bench_anchors import best_linux, is_worst, read_anchors
from bench_watch import ROOT, Image, Watch

ANCHORS = os.path.join(ROOT, "tests", "bench", "anchors.csv")
BASELINE = os.path.join(ROOT, "tests", "bench", "baseline.csv")
BASELINE_COLUMNS = ["config", "compiler", "row", "alloc", "free", "pair", "worst", "irqsoff"]
CHECKED = ("pair", "worst", "irqsoff")
TOLERANCE_PERCENT = 2
GREEN, YELLOW, RED, PLAIN = "\033[32m", "\033[33m", "\033[31m", "\033[0m"


class Failed(Exception):
    """Something that the user has to know, in words."""


# ---- names of rows -------------------------------------------------------------------------------

def split_names(text):
    """The names in a text, separated by blanks: "page.order0 slab.batch1000 (worst)" are two."""
    return re.findall(r"\S+(?: \(worst\))?", text)


def wanted(name, words, names):
    """Whether one of the words stands for the row, as the image takes them (kernel/bench/wanted.c)."""
    for word in words:
        if word in names:
            found = word == name
        elif "*" in word:
            found = re.fullmatch(".*".join(re.escape(part) for part in word.split("*")), name)
        else:
            found = name.startswith(word)
        if found:
            return True
    return not words


def quoted(word):
    """For the kernel's shell."""
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


# ---- measuring -----------------------------------------------------------------------------------

class Run:
    """
    What `bench --csv` printed, and what was seen from outside.

    rows       as in bench.json; target and linux still to come, irqsoff comes of stretches
    without    {row: why it is left out}
    order      the benchmarks that ran, in that order
    hist       {row: [(operation, first, last, count), …]}
    stretches  {row: bench_watch.Stretch}; held: {row: the places of its ends}
    counts     bench_watch's, where they were asked for
    """

    def __init__(self):
        self.exact, self.rows, self.without, self.order = None, [], {}, []
        self.hist, self.stretches, self.held, self.counts = {}, {}, {}, None

    def take(self, other, name):
        """Adds what another run has of one row."""
        self.rows += [row for row in other.rows if row["name"] == name]
        if name not in other.without:
            del self.without[name]
        for mine, its in ((self.hist, other.hist), (self.stretches, other.stretches), (self.held, other.held)):
            mine.update({row: value for row, value in its.items() if row == name})

    def add_stretches(self, image, found):
        if len(found) != len(self.order):
            raise Failed(f"{len(self.order)} benchmarks ran, and the plugin has seen {len(found)}")
        self.stretches = {name: stretch for name, stretch in zip(self.order, found) if stretch.windows}
        self.held = {name: f"{image.place(stretch.start)} to {image.place(stretch.stop)}"
                     for name, stretch in self.stretches.items()}
        for name, stretch in self.stretches.items():
            if stretch.open:
                raise Failed(f"{name}: {stretch.open} operations ended with interrupts off")
        for row in self.rows:
            if row["name"] in self.stretches:
                row["irqsoff"] = self.stretches[row["name"]].length


def parse_row(text):
    """One bench-row line as a row of bench.json."""
    name, parts, *numbers = text.split(",")
    alloc, free, pair, p50, p99, worst_alloc, worst_free = (int(number) for number in numbers)
    if parts != "1":
        alloc = free = None
    return {"name": name, "alloc": alloc, "free": free, "pair": pair, "p50": p50, "p99": p99,
            "worst": max(worst_alloc, worst_free), "irqsoff": None, "target": None, "linux": None}


def parse(output):
    """A Run of what `bench --csv` printed."""
    run, ended = Run(), False
    for line in output.splitlines():
        word, _, rest = line.partition(" ")
        if word == "bench-begin":
            run.exact = "exact=1" in rest.split()
        elif word == "bench-run":
            run.order.append(rest)
        elif word == "bench-hist":
            name, operation, *numbers = rest.rsplit(",", 4)
            run.hist.setdefault(name, []).append((operation, *(int(number) for number in numbers)))
        elif word == "bench-row":
            run.rows.append(parse_row(rest))
        elif word == "bench-without":
            name, _, why = rest.partition(",")
            run.without[name] = why
        elif word == "bench-end":
            ended = rest == f"rows={len(run.rows)}"
    if run.exact is None or not ended:
        raise Failed(f"the benchmarks did not run to their end:\n{output[-3000:]}")
    return run


# What a row says that is left out on this machine, and would be had on another.
ELSEWHERE = re.compile(r"wants a machine of (\d+) CPUs?")


def measure(image, names, *, smp="1", **machine):
    """
    Boots the image and runs the benchmarks of these rows, with the plugin; a Run.  What wants another number
    of CPUs is measured by itself, on a machine that has them.
    """
    run = watched(image, names, smp=smp, **machine)
    for name, why in list(run.without.items()):
        elsewhere = ELSEWHERE.fullmatch(why)
        if elsewhere:
            other = watched(image, [name], smp=elsewhere[1], **machine)
            run.take(other, name)
            run.counts = run.counts and other.counts
    return run


def watched(binary, names, *, counts=False, **machine):
    """Boots the image once and watches it from outside."""
    with tempfile.TemporaryDirectory() as folder:
        image = Image(binary)
        watch = Watch(image, folder, counts)
        run = boot(binary, names, options=["--", *watch.options], **machine)
        run.add_stretches(image, watch.stretches())
        run.counts = watch.counts() if counts else None
    return run


def boot(image, names, *, mem="1G", smp="1", append="", options=(), limit=120, hist=False):
    """Boots the image once and runs the benchmarks of these rows; a Run."""
    command = " ".join(["bench --csv", *(["--hist"] if hist else []), *(quoted(name) for name in names)])
    status, output = run_commands(image, command, "--icount", mem=mem, smp=smp, append=append, options=options,
                                  limit=limit)
    if status:
        errors = [line for line in output.splitlines() if line.startswith(("error:", "panic", "BUG", "Oops"))]
        unknown = re.search(r'no such row "(.*?)"', "\n".join(errors))
        if unknown:
            raise Failed(f'there is no row "{unknown[1]}"; near it are: {" ".join(near(image, unknown[1]))}')
        raise Failed("\n".join(errors) or f"the machine ended with status {status}:\n{output[-3000:]}")
    run = parse(output)
    if not run.exact:
        raise Failed("the machine says that its counting is not exact")
    return run


def run_commands(image, commands, *qemu, mem="1G", smp="1", append="", options=(), limit=60):
    """(status, what the machine printed)"""
    done = subprocess.run([os.path.join(ROOT, "tools", "run.sh"), commands, *qemu, "--mem", mem, "--smp", smp, image,
                           *options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, encoding="latin-1",
                          env=dict(os.environ, APPEND=append, TIMEOUT=str(limit)), check=False)
    return done.returncode, done.stdout


def near(image, word):
    """Names of benchmarks that look like the word."""
    _, output = run_commands(image, "bench --list")
    names = re.findall(r"^([a-z]+\.[\w.]+(?: \(worst\))?) +\S", output, re.M)
    found = difflib.get_close_matches(word, names, 5, 0.5)
    return found or sorted({name.split(".")[0] + "." for name in names})


def load_anchors():
    with open(ANCHORS, encoding="utf-8", newline="") as lines:
        return read_anchors(lines)


def add_anchors(rows, anchors):
    """What each row is to be compared with: the target, and the best Linux of that row."""
    for row in rows:
        row["target"] = anchors.get(row["name"], {}).get("target", {}).get("pair")
        linux, _ = best_linux(row["name"], anchors.get(row["name"], {}))
        row["linux"] = linux and linux["pair"]


def ratio(row, other):
    """How many times what the other costs; of worst cases the less good half counts.  None: not known."""
    if not other:
        return None
    halves = [number for number in ("alloc", "free") if row[number] is not None and other[number]]
    if is_worst(row["name"]) and halves:
        return max(row[half] / other[half] for half in halves)
    return row["pair"] / other["pair"]


# ---- the table -----------------------------------------------------------------------------------

def compared(row, anchors):
    """(ratio to the target, ratio to the best Linux, that one's name); None where there is none."""
    sources = anchors.get(row["name"], {})
    linux, name = best_linux(row["name"], sources)
    return ratio(row, sources.get("target")), ratio(row, linux), name


def paint(to_target, to_linux):
    if to_target is None and to_linux is None:
        return ""
    if to_target is not None and to_target <= 1:
        return GREEN
    return YELLOW if to_linux is not None and to_linux < 1 else RED


def print_histogram(buckets):
    """Of one row: what single operations took, a line a bucket."""
    totals, former = collections.Counter(), None
    for operation, _, _, count in buckets:
        totals[operation] += count
    for operation, first, last, count in buckets:
        bounds = f"{first}" if first == last else f"{first}-{last}"
        bar = "#" * max(1, round(count * 40 / totals[operation]))
        print(f"  {operation if operation != former else '':10}{bounds:>16}{count:8}  {bar}")
        former = operation


def print_table(run, anchors, *, colour):
    rows, without = run.rows, run.without
    width = max([len(row["name"]) for row in rows] + [len(name) for name in without] + [3])
    heads = ["alloc", "free", "pair", "p50", "p99", "worst", "irqsoff", "target", "linux"]
    print(f"{'row':{width}}" + "".join(f"{head.replace('linux', 'Linux'):>11}" for head in heads) + "   ratio  best")
    for row in rows:
        to_target, to_linux, best = compared(row, anchors)
        cells = "".join(f"{'-' if row[head] is None else row[head]:>11}" for head in heads)
        shown = "-" if to_linux is None else f"{to_linux:.3f}"
        begin = paint(to_target, to_linux) if colour else ""
        print(f"{begin}{row['name']:{width}}{cells}{shown:>8}  {best or '-'}{PLAIN if begin else ''}")
        print_histogram(run.hist.get(row["name"], []))
    for name, why in without.items():
        print(f"{name:{width}}  left out: {why}")


def figures(costs, row=None):
    """The pair; of worst cases both halves."""
    if is_worst((row or costs)["name"]) and costs["alloc"]:
        return f"{costs['alloc']}/{costs['free']}"
    return str(costs["pair"])


def print_summary(run, anchors):
    """How many rows reach their target and beat Linux, and by name those that do not."""
    rows = run.rows
    against = {row["name"]: compared(row, anchors) for row in rows}
    targeted = [row for row in rows if against[row["name"]][0] is not None]
    rivalled = [row for row in rows if against[row["name"]][1] is not None]
    missed = [row for row in targeted if against[row["name"]][0] > 1]
    slower = [row for row in rivalled if against[row["name"]][1] > 1]
    print(f"\nLinux is 6.1, the best of SLUB and SLAB (built lean; that name where they are equal) and of Debian's; "
          f"ratio is to it.\nInstructions, of size.* bytes.  Of {len(rows)} rows "
          f"{len(targeted) - len(missed)} of {len(targeted)} reach their target, "
          f"{len(rivalled) - len(slower)} of {len(rivalled)} are no worse than Linux.")
    for row in missed:
        print(f"  misses its target: {row['name']}: {figures(row)} for {figures(anchors[row['name']]['target'], row)}")
    for row in slower:
        best, name = best_linux(row["name"], anchors[row["name"]])
        print(f"  worse than Linux: {row['name']}: {figures(row)} for {figures(best, row)} ({name})")
    limit = anchors["irqsoff"]["target"]["pair"]
    for row in rows:
        if (row["irqsoff"] or 0) > limit:
            print(f"  interrupts off for longer than {limit}: {row['name']}: {row['irqsoff']}, {run.held[row['name']]}")


# ---- the baseline --------------------------------------------------------------------------------

def read_baseline():
    if not os.path.exists(BASELINE):
        return []
    with open(BASELINE, encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def worse(new, old):
    """By more than the tolerance?  Neither may be None alone: the row has changed its kind then."""
    return new > old and (new - old) * 100 > old * TOLERANCE_PERCENT


def other_compiler(config, compiler):
    """The compiler of the configuration's baseline, if that is another one; else None."""
    return next((line["compiler"] for line in read_baseline()
                 if line["config"] == config and line["compiler"] != compiler), None)


def complaints(rows, config, words):
    """What is worse than the baseline, one line each."""
    baseline = {line["row"]: line for line in read_baseline() if line["config"] == config}
    if not baseline:
        return [f"there is no baseline for {config}: make bench-accept records one"]
    found = []
    for row in rows:
        old = baseline.pop(row["name"], None)
        for figure in (figure for figure in CHECKED if old and old[figure] and row[figure] is not None):
            was = int(old[figure])
            if worse(row[figure], was):
                found.append(f"{row['name']}: {figure} {row[figure]}, was {was} "
                             f"(+{(row[figure] - was) * 100 / was if was else 100:.1f} %)")
    names = {*baseline, *(row["name"] for row in rows)}
    lost = [name for name in baseline if wanted(name, words, names)]
    return found + [f"{name}: is in the baseline, but was not measured" for name in lost]


def accept(rows, config, compiler):
    """Replaces the configuration's lines; the others stay."""
    lines = [line for line in read_baseline() if line["config"] != config]
    for row in rows:
        numbers = {key: "" if row[key] is None else row[key] for key in BASELINE_COLUMNS[3:]}
        lines.append({"config": config, "compiler": compiler, "row": row["name"], **numbers})
    lines.sort(key=lambda line: line["config"])
    with open(BASELINE, "w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, BASELINE_COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)


# ---- the program ---------------------------------------------------------------------------------

def arguments():
    parser = argparse.ArgumentParser(description="runs the image's benchmarks under exact counting")
    parser.add_argument("--check", action="store_true", help="compare with the baseline")
    parser.add_argument("--accept", action="store_true", help="make this the baseline")
    parser.add_argument("--json", help="write the rows there")
    parser.add_argument("--config", required=True, help="the configuration's name")
    parser.add_argument("--compiler", default="", help="the compiler's version")
    parser.add_argument("--choice", action="append", default=[], metavar="NAME=VALUE", help="what was chosen")
    parser.add_argument("--mem", default="1G")
    parser.add_argument("--smp", default="1")
    parser.add_argument("image")
    parser.add_argument("--hist", action="store_true", help="how often which cost was met, too")
    parser.add_argument("names", nargs="*", help="rows: a name, the beginning of names, or with * any text")
    options = parser.parse_args()
    options.names = split_names(" ".join(options.names))
    return options


def write_json(path, rows, options):
    config = dict(choice.split("=", 1) for choice in options.choice)
    config.update(name=options.config, MEM=options.mem, SMP=options.smp)
    with open(path, "w", encoding="utf-8") as out:
        json.dump({"exact": True, "config": config, "rows": rows}, out, indent=1)
        out.write("\n")


def main():
    options = arguments()
    other = other_compiler(options.config, options.compiler) if options.check else None
    if other:
        print(f"bench-check: nothing compared: the baseline is of GCC {other}, this image of GCC {options.compiler}")
        return 0
    anchors = load_anchors()
    run = measure(options.image, options.names, mem=options.mem, smp=options.smp, hist=options.hist)
    rows = run.rows
    add_anchors(rows, anchors)
    if options.json:
        write_json(options.json, rows, options)
    if options.check:
        found = complaints(rows, options.config, options.names)
        print("\n".join(found) or f"bench-check: {len(rows)} rows, none worse than the baseline")
        return 1 if found else 0
    if options.accept:
        accept(rows, options.config, options.compiler)
        print(f"bench-accept: {len(rows)} rows of {options.config} are the baseline now")
        return 0
    print_table(run, anchors, colour=sys.stdout.isatty())
    print_summary(run, anchors)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Failed, ValueError) as error:
        sys.exit(f"bench: {error}")
