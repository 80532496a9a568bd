#!/usr/bin/python3
"""
bench_anchors.py - the C table of targets and of lean Linux for the image, from tests/bench/anchors.csv

    tools/bench_anchors.py < tests/bench/anchors.csv > build/…/bench_anchors.c

A row that stands there twice for one source, or whose line is not whole, is refused.
"""

import csv
import sys

COLUMNS = ["row", "source", "alloc", "free", "pair", "version", "configuration", "measured"]
SOURCES = ("target", "debian", "lean", "other")


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
        for number in ("alloc", "free", "pair"):
            entry[number] = int(entry[number]) if entry[number] else None
        anchors[row][source] = entry
    return anchors


def write_table(anchors, out):
    out.write('#include "kernel/bench/bench.h"\n\nconst struct bench_anchor bench_anchors[] = {\n')
    for row, sources in sorted(anchors.items()):
        target, lean = (sources.get(source, {}).get("pair") or 0 for source in ("target", "lean"))
        out.write(f'\t{{ "{row}", {target}ull, {lean}ull }},\n')
    out.write("};\nconst unsigned int bench_nr_anchors = ARRAY_SIZE(bench_anchors);\n")


if __name__ == "__main__":
    try:
        write_table(read_anchors(sys.stdin), sys.stdout)
    except ValueError as error:
        sys.exit(str(error))
