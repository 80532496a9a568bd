#!/usr/bin/python3
"""
bench_compare.py - the same benchmarks on several configurations, side by side

    make compare                                        each choice that there is, one at a time
    make compare COMPARE="PCP=none PCP=hotcold"         these
    make compare COMPARE="GEN=2.6,PCP=none GEN=2.6"     each a comma-separated set of variables

Each configuration is built in its own folder, as make does it, and measured at 1 GiB.  The figures are
pairs; beside them stand the best Linux and the target.  The best of a row is green on a terminal.
"""

import argparse
import os
import subprocess
import sys

from bench import Failed, GREEN, PLAIN, ROOT, add_anchors, load_anchors, measure, split_names


def make(*arguments):
    """What make prints, without make's own words."""
    clean = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    done = subprocess.run(["make", "-s", "--no-print-directory", "-C", ROOT, *arguments], env=clean,
                          stdout=subprocess.PIPE, encoding="utf-8", check=False)
    if done.returncode:
        raise Failed(f"make {' '.join(arguments)}: status {done.returncode}")
    return done.stdout


def all_configurations():
    """The default, then all that differ from it in one choice; debugging, its code and tests are no contest."""
    chosen = [""]
    for line in make("print-choices").splitlines():
        name, *values = line.split()
        if name not in ("DEBUG", "OPT", "SELFTESTS"):
            chosen += [f"{name}={value}" for value in values]
    return chosen


def build(variables):
    """(the configuration's name, its image)"""
    name = make("print-config", *variables).strip()
    image = f"build/{name}/crumb.bin"
    make("-j2", image, *variables)
    return name, os.path.join(ROOT, image)


def measure_all(wanted, names):
    """{configuration: {row: row}}, each configuration once, in that order."""
    results = {}
    for choice in wanted:
        name, image = build([variable for variable in choice.split(",") if variable])
        if name not in results:
            print(f"  BENCH   {name}", file=sys.stderr)
            results[name] = {row["name"]: row for row in measure(image, names).rows}
    return results


def print_comparison(results, *, colour):
    names = list(dict.fromkeys(name for rows in results.values() for name in rows))
    width = max(len(name) for name in names)
    columns = [max(len(config), 11) + 2 for config in results]
    print(f"{'pair':{width}}" + "".join(f"{config:>{column}}" for config, column in zip(results, columns))
          + f"{'Linux':>12}{'target':>12}")
    for name in names:
        pairs = [rows[name]["pair"] if name in rows else None for rows in results.values()]
        best = min(pair for pair in pairs if pair is not None)
        row = next(rows[name] for rows in results.values() if name in rows)
        print(f"{name:{width}}", end="")
        for pair, column in zip(pairs, columns):
            painted = colour and pair == best and any(other != best for other in pairs)
            print(f"{GREEN if painted else ''}{'-' if pair is None else pair:>{column}}{PLAIN if painted else ''}",
                  end="")
        print("".join(f"{'-' if number is None else number:>12}" for number in (row["linux"], row["target"])))


def main():
    parser = argparse.ArgumentParser(description="benchmarks of several configurations side by side")
    parser.add_argument("--configurations", default="", help="sets of make variables, separated by blanks")
    parser.add_argument("names", nargs="*", help="rows: a name, the beginning of names, or with * any text")
    options = parser.parse_args()
    anchors = load_anchors()
    results = measure_all(options.configurations.split() or all_configurations(),
                          split_names(" ".join(options.names)))
    for rows in results.values():
        add_anchors(rows.values(), anchors)
    print_comparison(results, colour=sys.stdout.isatty())


if __name__ == "__main__":
    try:
        main()
    except (Failed, ValueError) as error:
        sys.exit(f"compare: {error}")
