#!/usr/bin/python3
"""
bench_profile.py - where the instructions of one benchmark's measured operations are spent

    make profile BENCH=page.order0          functions, sorted, with what was inlined into each
    make profile BENCH=page.order0 ASM=1    and their instructions, each with its count

The name is that of one row, as `bench` knows it: BENCH="slab.batch1000 (worst)" too.

The image is run with a plugin in the emulator (bench_watch.py) that sees every instruction.  It counts
those between the two clock reads of each measured operation, whose places the image's ELF tells
(.bench_marks).  So the sum is what the row says, to the instruction; but figures here are means, and
the few pairs that warm up are in them.
"""

import argparse
import collections
import subprocess
import sys

from bench import Failed, measure, split_names
from bench_watch import Image

# The clock's own check is no benchmark.
NOT_MEASURED = ("time_empty", "time_ten_nops")


# ---- counting ------------------------------------------------------------------------------------

def count(image, row):
    """({window: times} in the order of their first, {window: {pc: instructions}}, the run)"""
    run = measure(image.binary, [row], limit=300, counts=True)
    names = [found["name"] for found in run.rows]
    if not names and row in run.without:
        raise Failed(f"{row}: left out: {run.without[row]}")
    if len(names) > 1:
        raise Failed(f"{row}: name one row: {' '.join(names)}")
    times, spent = run.counts
    measured = [window for window in times if image.function(window) not in NOT_MEASURED]
    measured.sort(key=lambda window: times[window][1])
    return {window: times[window][0] for window in measured}, spent, run


# ---- telling -------------------------------------------------------------------------------------

def by_function(image, spent):
    """{function: {pc: instructions}}, the most expensive first."""
    functions = collections.defaultdict(dict)
    for pc, number in spent.items():
        functions[image.function(pc)][pc] = number
    return sorted(functions.items(), key=lambda item: -sum(item[1].values()))


def bar(share, width=24):
    return "#" * round(share * width)


def print_function(image, name, spent, times, total, inlined):
    number = sum(spent.values())
    print(f"{number / times:10.1f} {number * 100 / total:6.1f} %  {name:34} {bar(number / total)}")
    parts = collections.Counter()
    for pc, spent_here in spent.items():
        parts[inlined.get(pc, name)] += spent_here
    base = name.split(".")[0]
    for part, spent_there in parts.most_common():
        if part not in (base, "??") and spent_there != number:
            print(f"{'':22}of which {spent_there / times:7.1f}  {part}")


def print_assembly(image, functions, times):
    for name, spent in functions:
        print(f"\n{name}:")
        for pc, text in image.disassembly(name):
            number = spent.get(pc)
            print(f"{number / times if number else 0:10.2f}  {pc:8x}  {text}" if number else
                  f"{'':10}  {pc:8x}  {text}")


def print_window(image, title, times, spent, assembly):
    total = sum(spent.values())
    functions = by_function(image, spent)
    inlined = image.inlined(spent)
    print(f"\n{title}: {total / times:.1f} instructions each, {times} times")
    for name, of_function in functions:
        print_function(image, name, of_function, times, total, inlined)
    if assembly:
        print_assembly(image, functions, times)


def print_interrupts(image, run):
    """Who held interrupts off for longest."""
    row = run.rows[0]
    stretch = run.stretches[row["name"]]
    if stretch.length:
        print(f"interrupts off for at most {stretch.length} instructions: "
              f"{image.place(stretch.start)} to {image.place(stretch.stop)}")
    else:
        print("interrupts are never off")


def print_profile(image, times, spent, run, assembly):
    row = run.rows[0]
    titles = ["alloc", "free"] if len(times) == 2 else ["operation"] * len(times)
    measured = {"alloc": row["alloc"], "free": row["free"], "operation": row["pair"]}
    print(f"{row['name']}: as the clock has counted: pair {row['pair']}"
          + (f" = alloc {row['alloc']} + free {row['free']}" if row["alloc"] is not None else ""))
    print_interrupts(image, run)
    for title, window in zip(titles, times):
        print_window(image, f"{title} (the row says {measured[title]})", times[window], spent[window], assembly)


def main():
    parser = argparse.ArgumentParser(description="instructions per function of one benchmark")
    parser.add_argument("--asm", action="store_true", help="each instruction with its count, too")
    parser.add_argument("image", help="crumb.bin; crumb.elf lies beside it")
    parser.add_argument("names", help="of one row")
    options = parser.parse_args()
    names = split_names(options.names)
    if len(names) != 1:
        raise Failed(f"{options.names}: name one row: make profile BENCH=page.order0")
    image = Image(options.image)
    times, spent, run = count(image, names[0])
    if not times:
        raise Failed(f"{names[0]} is a number that is known, not measured: nothing to profile")
    print_profile(image, times, spent, run, options.asm)


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        sys.stderr.close()
    except Failed as error:
        sys.exit(f"profile: {error}")
    except subprocess.CalledProcessError as error:
        sys.exit(f"profile: {' '.join(error.cmd)}: status {error.returncode}")
