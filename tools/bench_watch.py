#!/usr/bin/python3
"""
bench_watch.py - sees from outside what the machine does while it measures: the image, and the emulator's plugin

    crumb.elf ──nm, .bench_marks──> where windows begin and end; what masks interrupts   ──> marks
    bench_plugin.c ──cc──> plugin; qemu -plugin …,marks=,out=                            ──> longest stretches,
                                                                                             counts of instructions

The plugin changes nothing that the machine could notice: the rows are the same digits with it and without.
Read next: bench_plugin.c
"""

import bisect
import collections
import os
import re
import struct
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CROSS = os.environ.get("CROSS_COMPILE", "arm-none-eabi-")
SOURCE = os.path.join(ROOT, "tools", "bench_plugin.c")
MARK_KINDS = {0: "b", 1: "e", 2: "n"}  # arch/arm/port.h: ARM_BENCH_MARK


def output_of(*command, **options):
    return subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", check=True, **options).stdout


# ---- the image -----------------------------------------------------------------------------------

def arm_irqs(word):
    """What an ARM instruction does to interrupts: m masks, u unmasks, r restores; None: nothing."""
    if word & 0xfff10020 == 0xf1000000 and word & 0x80:
        return {2: "u", 3: "m"}.get(word >> 18 & 3)
    return "r" if word & 0x0ff1fff0 == 0x0121f000 and word >> 28 != 15 else None


def thumb_irqs(first, second):
    """The same of a Thumb instruction, whose second half counts when it is a long one."""
    if first & 0xffe8 == 0xb660 and first & 2:
        return "m" if first & 0x10 else "u"
    if first == 0xf3af and second & 0xf800 == 0x8000 and second & 0x40:
        return {2: "u", 3: "m"}.get(second >> 9 & 3)
    return "r" if first & 0xfff0 == 0xf380 and second & 0xf1ff == 0x8100 else None


class Image:
    """Symbols, source positions and marks of a crumb.bin with its ELF beside it."""

    def __init__(self, binary):
        self.binary = binary
        self.elf = re.sub(r"\.bin$", ".elf", binary)
        symbols, bounds, self.states = [], {}, []
        for line in output_of(CROSS + "nm", "-n", "--special-syms", self.elf).splitlines():
            fields = line.split()
            if len(fields) != 3:
                continue
            if re.match(r"\$[atd](\.|$)", fields[2]):
                self.states.append((int(fields[0], 16), fields[2][1]))
            elif fields[2] in ("_image_start", "_etext"):
                bounds[fields[2]] = int(fields[0], 16)
            elif fields[1] in "tTwW":
                symbols.append((int(fields[0], 16), fields[2]))
        self.base, self.end = bounds["_image_start"], bounds["_etext"]
        self.starts = [start for start, _ in symbols]
        self.names = [name for _, name in symbols]

    def function(self, pc):
        at = bisect.bisect_right(self.starts, pc) - 1
        return self.names[at] if at >= 0 else f"0x{pc:x}"

    def place(self, pc):
        """As the kernel writes it: function+0x10."""
        at = bisect.bisect_right(self.starts, pc) - 1
        return f"{self.names[at]}+0x{pc - self.starts[at]:x}" if at >= 0 else f"0x{pc:x}"

    def bounds(self, name):
        at = self.names.index(name)
        return self.starts[at], next((start for start in self.starts[at:] if start > self.starts[at]), None)

    def marks(self, folder):
        """(kind, PC) of each end of a window, and of where benchmarks begin."""
        raw = os.path.join(folder, "marks.bin")
        output_of(CROSS + "objcopy", "--dump-section", f".bench_marks={raw}", self.elf, os.devnull)
        with open(raw, "rb") as file:
            return [(MARK_KINDS[kind], pc) for pc, kind in struct.iter_unpack("<II", file.read())]

    def interrupt_marks(self):
        """(kind, PC) of each instruction that masks or unmasks interrupts, in all of the image's code."""
        with open(self.binary, "rb") as file:
            code = file.read()
        states = [state for state in self.states if self.base <= state[0] < self.end]
        for (start, state), (stop, _) in zip(states, states[1:] + [(self.end, "d")]):
            yield from INTERRUPTS[state](code, self.base, start, stop)

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


def arm_marks(code, base, start, stop):
    for pc in range(start, stop - 3, 4):
        kind = arm_irqs(struct.unpack_from("<I", code, pc - base)[0])
        if kind:
            yield kind, pc


def thumb_marks(code, base, start, stop):
    pc = start
    while pc < stop - 1:
        first = struct.unpack_from("<H", code, pc - base)[0]
        long = first >> 11 in (0b11101, 0b11110, 0b11111)
        second = struct.unpack_from("<H", code, pc + 2 - base)[0] if long else 0
        kind = thumb_irqs(first, second)
        if kind:
            yield kind, pc
        pc += 4 if long else 2


INTERRUPTS = {"a": arm_marks, "t": thumb_marks, "d": lambda *_: ()}


# ---- the plugin ----------------------------------------------------------------------------------

def plugin_version():
    """What the emulator wants in qemu_plugin_version; 9.0 raised the least that it takes to 2."""
    match = re.search(r"version (\d+)", output_of(os.environ.get("QEMU", "qemu-system-arm"), "--version"))
    return 2 if match and int(match[1]) >= 9 else 1


def build_plugin(folder):
    plugin = os.path.join(folder, "bench_plugin.so")
    output_of(os.environ.get("HOSTCC", "cc"), "-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror",
              f"-DPLUGIN_VERSION={plugin_version()}", "-o", plugin, SOURCE)
    return plugin


# The longest stretch with interrupts off in a benchmark's operations: how many instructions, the PCs of its
# ends, the window that it was in; how many windows there were, and how many ended with interrupts off.
Stretch = collections.namedtuple("Stretch", "length start stop window windows open")


class Watch:
    """A run that is watched: options for the emulator, and afterwards what was seen."""

    def __init__(self, image, folder, counts=False):
        marks, self.out = os.path.join(folder, "marks"), os.path.join(folder, "out")
        with open(marks, "w", encoding="ascii") as file:
            file.writelines(f"{kind} {pc:x}\n" for kind, pc in [*image.marks(folder), *image.interrupt_marks()])
        self.options = ["-plugin", f"{build_plugin(folder)},marks={marks},out={self.out}"
                        + (",counts=on" if counts else "")]

    def lines(self):
        with open(self.out, encoding="ascii") as file:
            return [line.split() for line in file]

    def stretches(self):
        """A Stretch of each benchmark, in the order in which they ran."""
        return [Stretch(int(length), *(int(pc, 16) for pc in pcs), int(windows), int(open_))
                for _, _, length, *pcs, windows, open_ in (line for line in self.lines() if line[0] == "row")]

    def counts(self):
        """({window: (times, rank)}, {window: {pc: instructions}})"""
        times, spent = {}, collections.defaultdict(collections.Counter)
        for kind, window, *numbers in self.lines():
            if kind == "window":
                times[int(window, 16)] = int(numbers[0]), int(numbers[1])
            elif kind == "count":
                spent[int(window, 16)][int(numbers[0], 16)] += int(numbers[1])
        return times, spent
