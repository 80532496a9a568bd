#!/usr/bin/python3
"""
bench.py - runs the image's benchmarks under exact counting and says what they come to

    make bench ──> bench.py ──> tools/run.sh "bench --csv …" --icount ──> rows
                                   rows + tests/bench/anchors.csv ──> table, build/<config>/bench.json

    (nothing)    the table
    --check      fails when a row is worse than tests/bench/baseline.csv says by more than 2 %
    --accept     makes the rows the new baseline of this configuration

The same image gives the same digits each time, so two per cent is not for noise: it lets unrelated
changes move a loop by an instruction.  Another compiler makes another image: a baseline holds for the
version that it names, and by others nothing is compared.
Read next: kernel/bench/bench_shell.c, which prints the rows.
"""

import argparse
import csv
import json
import os
import re
import subprocess
import sys

from bench_anchors import best_linux, is_worst, read_anchors

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ANCHORS = os.path.join(ROOT, "tests", "bench", "anchors.csv")
BASELINE = os.path.join(ROOT, "tests", "bench", "baseline.csv")
BASELINE_COLUMNS = ["config", "compiler", "row", "alloc", "free", "pair", "worst"]
TOLERANCE_PERCENT = 2
GREEN, YELLOW, RED, PLAIN = "\033[32m", "\033[33m", "\033[31m", "\033[0m"


class Failed(Exception):
    """Something that the user has to know, in words."""


# ---- measuring --------------------------------------------------------------------------------------

def parse_row(text):
    """One bench-row line as a row of bench.json, target still to come."""
    name, parts, *numbers = text.split(",")
    alloc, free, pair, p50, worst_alloc, worst_free = (int(number) for number in numbers)
    if parts != "1":
        alloc = free = None
    return {"name": name, "alloc": alloc, "free": free, "pair": pair, "p50": p50,
            "worst": max(worst_alloc, worst_free), "target": None, "linux": None}


def parse(output):
    """(exact, rows, {row: why it is left out}) of what `bench --csv` printed."""
    exact, rows, without, ended = None, [], {}, False
    for line in output.splitlines():
        word, _, rest = line.partition(" ")
        if word == "bench-begin":
            exact = "exact=1" in rest.split()
        elif word == "bench-row":
            rows.append(parse_row(rest))
        elif word == "bench-without":
            name, _, why = rest.partition(",")
            without[name] = why
        elif word == "bench-end":
            ended = rest == f"rows={len(rows)}"
    if exact is None or not ended:
        raise Failed(f"the benchmarks did not run to their end:\n{output[-3000:]}")
    return exact, rows, without


# What a row says that is left out on this machine, and would be had on another.
ELSEWHERE = re.compile(r"wants a machine of (\d+) CPUs?")


def measure(image, patterns, *, smp="1", **machine):
    """
    Boots the image and runs the benchmarks; (rows, {row: why it is left out}).  What wants another number
    of CPUs is measured by itself, on a machine that has them.
    """
    rows, without = boot(image, patterns, smp=smp, **machine)
    for name, why in list(without.items()):
        elsewhere = ELSEWHERE.fullmatch(why)
        if elsewhere:
            found, still = boot(image, [name + "$"], smp=elsewhere[1], **machine)
            rows += found
            without.pop(name)
            without.update({row: why for row, why in still.items() if row == name})
    return rows, without


def boot(image, patterns, *, smp, mem="1G", append="", options=(), limit=60):
    """Boots the image once and runs the benchmarks; (rows, {row: why it is left out})."""
    command = [os.path.join(ROOT, "tools", "run.sh"), " ".join(["bench --csv", *patterns]), "--icount",
               "--mem", mem, "--smp", smp, image, *options]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, encoding="latin-1",
                          env=dict(os.environ, APPEND=append, TIMEOUT=str(limit)), check=False)
    if done.returncode:
        errors = [line for line in done.stdout.splitlines() if line.startswith(("error:", "panic", "BUG", "Oops"))]
        raise Failed("\n".join(errors) or f"the machine ended with status {done.returncode}:\n{done.stdout[-3000:]}")
    exact, rows, without = parse(done.stdout)
    if not exact:
        raise Failed("the machine says that its counting is not exact")
    return rows, without


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


# ---- the table --------------------------------------------------------------------------------------

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


def print_table(rows, without, anchors, *, colour):
    width = max([len(row["name"]) for row in rows] + [len(name) for name in without] + [3])
    heads = ["alloc", "free", "pair", "p50", "worst", "target", "linux"]
    print(f"{'row':{width}}" + "".join(f"{head.replace('linux', 'Linux'):>11}" for head in heads) + "   ratio  best")
    for row in rows:
        to_target, to_linux, best = compared(row, anchors)
        cells = "".join(f"{'-' if row[head] is None else row[head]:>11}" for head in heads)
        shown = "-" if to_linux is None else f"{to_linux:.3f}"
        begin = paint(to_target, to_linux) if colour else ""
        print(f"{begin}{row['name']:{width}}{cells}{shown:>8}  {best or '-'}{PLAIN if begin else ''}")
    for name, why in without.items():
        print(f"{name:{width}}  left out: {why}")


def figures(costs, row=None):
    """The pair; of worst cases both halves."""
    if is_worst((row or costs)["name"]) and costs["alloc"]:
        return f"{costs['alloc']}/{costs['free']}"
    return str(costs["pair"])


def print_summary(rows, anchors):
    """How many rows reach their target and beat Linux, and by name those that do not."""
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


# ---- the baseline -----------------------------------------------------------------------------------

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


def complaints(rows, config, patterns):
    """What is worse than the baseline, one line each."""
    baseline = {line["row"]: line for line in read_baseline() if line["config"] == config}
    if not baseline:
        return [f"there is no baseline for {config}: make bench-accept records one"]
    found = []
    for row in rows:
        old = baseline.pop(row["name"], None)
        for figure in ("pair", "worst") if old else ():
            was = int(old[figure])
            if worse(row[figure], was):
                found.append(f"{row['name']}: {figure} {row[figure]}, was {was} "
                             f"(+{(row[figure] - was) * 100 / was if was else 100:.1f} %)")
    lost = [name for name in baseline if not patterns or name.startswith(tuple(patterns))]
    return found + [f"{name}: is in the baseline, but was not measured" for name in lost]


def accept(rows, config, compiler):
    """Replaces the configuration's lines; the others stay."""
    lines = [line for line in read_baseline() if line["config"] != config]
    for row in rows:
        numbers = {key: "" if row[key] is None else row[key] for key in ("alloc", "free", "pair", "worst")}
        lines.append({"config": config, "compiler": compiler, "row": row["name"], **numbers})
    lines.sort(key=lambda line: line["config"])
    with open(BASELINE, "w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, BASELINE_COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)


# ---- the program ------------------------------------------------------------------------------------

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
    parser.add_argument("patterns", nargs="*", help="rows whose names begin so")
    return parser.parse_args()


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
    rows, without = measure(options.image, options.patterns, mem=options.mem, smp=options.smp)
    add_anchors(rows, anchors)
    if options.json:
        write_json(options.json, rows, options)
    if options.check:
        found = complaints(rows, options.config, options.patterns)
        print("\n".join(found) or f"bench-check: {len(rows)} rows, none worse than the baseline")
        return 1 if found else 0
    if options.accept:
        accept(rows, options.config, options.compiler)
        print(f"bench-accept: {len(rows)} rows of {options.config} are the baseline now")
        return 0
    print_table(rows, without, anchors, colour=sys.stdout.isatty())
    print_summary(rows, anchors)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Failed, ValueError) as error:
        sys.exit(f"bench: {error}")
