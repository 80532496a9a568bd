#!/usr/bin/python3
"""
bench_anchors.py - the C table of targets and of the best Linux for the image, from tests/bench/anchors.csv

    tools/bench_anchors.py < tests/bench/anchors.csv > build/…/bench_anchors.c

Sources: target, the goal of the row; debian, Linux as Debian ships it; slub and slab, the same source
built lean with that allocator; other, the best of some other systems.  Of a `(worst)` row alloc and free
are the worst single operations, and pair is the larger one; of others pair is what a pair takes.
A row that stands there twice for one source, or whose line is not whole, is refused.
"""

import csv
import sys

COLUMNS = ["row", "source", "alloc", "free", "pair", "version", "configuration", "measured"]
SOURCES = ("target", "debian", "slub", "slab", "other")
LINUX = {"slub": "SLUB", "slab": "SLAB", "debian": "Debian"}
NUMBERS = ("alloc", "free", "pair")


def read_anchors(lines):
    """{row: {source: {"alloc": N or None, "free": …, "pair": N, "version": …, …}}}"""
    reader = csv.DictReader(lines)
    if reader.fieldnames != COLUMNS:
        raise ValueError(f"anchors: the columns are {reader.fieldnames}, not {COLUMNS}")
    anchors = {}
    for entry in reader:
        place = f"anchors: line {reader.line_num}"
        if None in entry or None in entry.values():
            raise ValueError(f"{place}: not {len(COLUMNS)} fields")
        row, source = entry.pop("row"), entry.pop("source")
        if source not in SOURCES:
            raise ValueError(f"{place}: source {source}: choose one of: {' '.join(SOURCES)}")
        if source in anchors.setdefault(row, {}):
            raise ValueError(f"{place}: {row} has a line for {source} already")
        for text in ("version", "configuration", "measured"):
            if not entry[text]:
                raise ValueError(f"{place}: {row}: no {text}")
        for number in NUMBERS:
            entry[number] = int(entry[number]) if entry[number] else None
        anchors[row][source] = entry
    return anchors


def is_worst(name):
    """Whether a row tells worst single operations, whose halves are compared each for itself."""
    return name.endswith(" (worst)")


def best_linux(name, sources):
    """
    ({"alloc", "free", "pair"} of the best Linux, its name); (None, None) where none is known.  Equal ones
    share a name; of worst cases the smaller one of each half counts, and the name is the smaller pair's.
    """
    found = {source: sources[source] for source in LINUX if source in sources}
    if not found:
        return None, None
    least = min(entry["pair"] for entry in found.values())
    names = [source for source, entry in found.items() if entry["pair"] == least]
    best = {number: found[names[0]][number] for number in NUMBERS}
    if is_worst(name):
        best = {number: min(entry[number] for entry in found.values()) for number in NUMBERS}
    return best, "lean" if {"slub", "slab"} <= set(names) else LINUX[names[0]]


def cost(entry):
    return "{ " + ", ".join(f"{(entry or {}).get(number) or 0}u" for number in NUMBERS) + " }"


def write_table(anchors, out):
    """The rows that the image itself may show."""
    out.write('#include "kernel/bench/bench.h"\n\nconst struct bench_anchor bench_anchors[] = {\n')
    for row, sources in sorted(anchors.items()):
        best, name = best_linux(row, sources)
        text = f'"{name}"' if name else "NULL"
        out.write(f'\t{{ "{row}", {cost(sources.get("target"))}, {cost(best)}, {text} }},\n')
    out.write("};\nconst unsigned int bench_nr_anchors = ARRAY_SIZE(bench_anchors);\n")


if __name__ == "__main__":
    try:
        write_table(read_anchors(sys.stdin), sys.stdout)
    except ValueError as error:
        sys.exit(str(error))
