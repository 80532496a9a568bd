#!/usr/bin/python3
"""
bench_profile.py - where the instructions of one benchmark's measured operations are spent

    make profile BENCH=page.order0          functions, sorted, with what was inlined into each
    make profile BENCH=page.order0 ASM=1    and their instructions, each with its count

The image is run with a plugin in the emulator (bench_plugin.c) that sees every instruction.  It counts
those between the two clock reads of each measured operation, whose places the image's ELF tells
(.bench_marks).  So the sum is what the row says, to the instruction; but figures here are means, and
the few pairs that warm up are in them.
"""

import argparse
import bisect
import collections
import os
import re
import struct
import subprocess
import sys
import tempfile

from bench import Failed, ROOT, measure

CROSS = os.environ.get("CROSS_COMPILE", "arm-none-eabi-")
# The clock's own check is no benchmark.
NOT_MEASURED = ("time_empty", "time_ten_nops")
SOURCE = os.path.join(ROOT, "tools", "bench_plugin.c")


def output_of(*command, **options):
    return subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", check=True, **options).stdout


# ---- the image --------------------------------------------------------------------------------------

class Image:
    """Symbols, source positions and marks of an ELF."""

    def __init__(self, elf):
        self.elf = elf
        symbols = []
        for line in output_of(CROSS + "nm", "-n", elf).splitlines():
            fields = line.split()
            if len(fields) == 3 and fields[1] in "tTwW" and not fields[2].startswith("$"):
                symbols.append((int(fields[0], 16), fields[2]))
        self.starts = [start for start, _ in symbols]
        self.names = [name for _, name in symbols]

    def function(self, pc):
        at = bisect.bisect_right(self.starts, pc) - 1
        return self.names[at] if at >= 0 else f"0x{pc:x}"

    def bounds(self, name):
        at = self.names.index(name)
        return self.starts[at], next((start for start in self.starts[at:] if start > self.starts[at]), None)

    def marks(self, folder):
        """(begin PCs, end PCs) of all measured windows."""
        raw = os.path.join(folder, "marks.bin")
        output_of(CROSS + "objcopy", "--dump-section", f".bench_marks={raw}", self.elf, os.devnull)
        with open(raw, "rb") as file:
            pairs = list(struct.iter_unpack("<II", file.read()))
        return [pc for pc, end in pairs if not end], [pc for pc, end in pairs if end]

    def inlined(self, pcs):
        """{pc: the innermost function whose source this instruction is}"""
        text = output_of(CROSS + "addr2line", "-e", self.elf, "-f", "-a", "-i",
                         input="".join(f"0x{pc:x}\n" for pc in pcs))
        found, pc = {}, None
        for line in text.splitlines():
            if re.match(r"0x[0-9a-f]+$", line):
                pc = int(line, 16)
            elif pc not in found:
                found[pc] = line
        return found

    def disassembly(self, name):
        """(pc, text) of each instruction of a function; source positions have pc None."""
        start, stop = self.bounds(name)
        text = output_of(CROSS + "objdump", "-d", "--no-show-raw-insn", f"--start-address={start}",
                         f"--stop-address={stop}", self.elf)
        for line in text.splitlines():
            match = re.match(r"\s*([0-9a-f]+):\s+(.*)", line)
            if match:
                yield int(match[1], 16), re.sub(r"\s+", " ", match[2].split(";")[0].strip())


# ---- counting ---------------------------------------------------------------------------------------

def plugin_version():
    """What the emulator wants in qemu_plugin_version; 9.0 raised the least that it takes to 2."""
    match = re.search(r"version (\d+)", output_of(os.environ.get("QEMU", "qemu-system-arm"), "--version"))
    return 2 if match and int(match[1]) >= 9 else 1


def build_plugin(folder):
    plugin = os.path.join(folder, "bench_plugin.so")
    output_of(os.environ.get("HOSTCC", "cc"), "-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror",
              f"-DPLUGIN_VERSION={plugin_version()}", "-o", plugin, SOURCE)
    return plugin


def count(binary, image, row):
    """({window: times} in the order of their first, {window: {pc: instructions}}, the row as measured)"""
    with tempfile.TemporaryDirectory() as folder:
        begins, ends = image.marks(folder)
        marks, counts = os.path.join(folder, "marks"), os.path.join(folder, "counts")
        with open(marks, "w", encoding="ascii") as out:
            out.writelines([f"b {pc:x}\n" for pc in begins] + [f"e {pc:x}\n" for pc in ends])
        rows, without = measure(binary, [row + "$"], limit=300,
                                options=["--", "-plugin", f"{build_plugin(folder)},marks={marks},out={counts}"])
        if not rows:
            raise Failed(f"{row}: left out: {without.get(row)}")
        times, ranks, spent = {}, {}, collections.defaultdict(dict)
        with open(counts, encoding="ascii") as lines:
            for line in lines:
                kind, window, *numbers = line.split()
                window = int(window, 16)
                if image.function(window) in NOT_MEASURED:
                    continue
                if kind == "window":
                    times[window], ranks[window] = (int(number) for number in numbers)
                else:
                    pc, number = int(numbers[0], 16), int(numbers[1])
                    spent[window][pc] = spent[window].get(pc, 0) + number
        return {window: times[window] for window in sorted(times, key=ranks.get)}, spent, rows[0]


# ---- telling ----------------------------------------------------------------------------------------

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


def print_profile(image, times, spent, row, assembly):
    titles = ["alloc", "free"] if len(times) == 2 else ["operation"] * len(times)
    measured = {"alloc": row["alloc"], "free": row["free"], "operation": row["pair"]}
    print(f"{row['name']}: as the clock has counted: pair {row['pair']}"
          + (f" = alloc {row['alloc']} + free {row['free']}" if row["alloc"] is not None else ""))
    for title, window in zip(titles, times):
        print_window(image, f"{title} (the row says {measured[title]})", times[window], spent[window], assembly)


def main():
    parser = argparse.ArgumentParser(description="instructions per function of one benchmark")
    parser.add_argument("--asm", action="store_true", help="each instruction with its count, too")
    parser.add_argument("image", help="crumb.bin; crumb.elf lies beside it")
    parser.add_argument("row")
    options = parser.parse_args()
    image = Image(re.sub(r"\.bin$", ".elf", options.image))
    times, spent, row = count(options.image, image, options.row)
    if not times:
        raise Failed(f"{options.row} is a number that is known, not measured: nothing to profile")
    print_profile(image, times, spent, row, options.asm)


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        sys.stderr.close()
    except Failed as error:
        sys.exit(f"profile: {error}")
    except subprocess.CalledProcessError as error:
        sys.exit(f"profile: {' '.join(error.cmd)}: status {error.returncode}")
