#!/usr/bin/env python3
"""kallsyms.py - makes the image's own symbol table out of `nm -n`

    nm -nS crumb.elf | kallsyms.py > kallsyms.S        (no input: the stand-in for the first link)

The output holds, in section .kallsyms, the symbols sorted by address, in groups of up to 32:

    kallsyms_count      how many symbols
    kallsyms_groups     how many groups
    kallsyms_starts     of each group, the address of its first symbol
    kallsyms_firsts     of each group, the index of its first symbol; behind the last, the count
    kallsyms_marks      of each group, where in the names its first symbol's stands
    kallsyms_offsets    of each symbol, how far behind its group's start it lies
    kallsyms_tokens     256 pairs: a token is its left part, then its right; left 0: the character right
    kallsyms_names      for each symbol how many tokens, then these: its type letter and its name

Tokens are made as in byte pair encoding: the most frequent pair of neighbours becomes a token, again and
again, until there is none of the 256 left (P. Gage, "A New Algorithm for Data Compression", 1994).

The size of the table must not depend on addresses that the table's own size moves: the link with a former
table is then of the same size as the next, which is exact.  Names and distances within the image's parts
are the same in each link; what lies behind the table, and the table itself, begin groups of their own.
Read next: kernel/kallsyms.c.
"""

import bisect
import collections
import re
import sys

GROUP = 32
NAME_LENGTH = 120  # KALLSYMS_NAME in kernel/kallsyms.h has room for it
OFFSET_MAX = 0xffff
TOKENS = 256
TYPES = "TtRrDdBbWVwv"
ABSOLUTE, KERNEL = "A", 0xc0000000  # of the absolute ones those that are addresses of the kernel's
PAGE = 4096  # below lie no addresses: a process's thread-local variables are told by their offsets
MAPPING = re.compile(r"\$[atdx](\..*)?$")
# Descriptors and their registry entries (lib/compiler.h: REGISTER) are a third of all symbols, and
# each is named after the function or variable that somebody would ask for.
REGISTRY = re.compile(r"\w+_(entry|desc)_\w+$")
BOUNDARY = re.compile(r"(?!_start$)(_|.*_(start|end|stop|top)$)")
# A function's own static is given a number by the compiler.
NUMBERED = re.compile(r"\.\d+$")
# What stands behind an object without a name of its own, such as a text, is none of that object's.
UNNAMED, PADDING = ".rodata", 8
NAMELESS = re.compile(r"\.L|__compound_literal\.")
TABLE = "_kallsyms", "_ekallsyms"  # linker.ld: where the table begins and ends


def parse(lines):
    """(address, type, name) of each symbol worth keeping, by address."""
    symbols, ends = set(), set()
    for line in lines:
        fields = line.split()
        size = int(fields.pop(1), 16) if len(fields) == 4 else 0
        if len(fields) != 3 or len(fields[1]) != 1 or fields[1] not in TYPES + ABSOLUTE:
            continue
        address, kind, name = fields
        if int(address, 16) < PAGE:
            continue
        if kind == ABSOLUTE and int(address, 16) < KERNEL:
            continue
        if MAPPING.match(name) or NAMELESS.match(name) or kind == "r" and REGISTRY.match(name):
            continue
        if kind in "rR" and size:
            ends.add(int(address, 16) + size)
        if kind in "rRdDbB":
            name = NUMBERED.sub("", name)
        symbols.add((int(address, 16), kind, name[:NAME_LENGTH]))
    everything = sorted({address for address, _, _ in symbols})
    for end in ends:
        following = bisect.bisect_left(everything, end)
        if following < len(everything) and everything[following] - end >= PADDING:
            symbols.add((end, "r", UNNAMED))
    # Of several names for one address the most telling comes first: it is the one shown.
    return sorted(symbols, key=lambda s: (s[0], bool(BOUNDARY.match(s[2])), s[1].islower(), s[2]))


# ---- tokens --------------------------------------------------------------------------------------

class Tokens:
    """Words as lists of tokens, and what each token stands for."""

    def __init__(self, words):
        letters = sorted({letter for word in words for letter in word})
        # Token 0 is nobody's, so that 0 on the left can say that the right is a character.
        self.parts = [(0, 0)] + [(0, ord(letter)) for letter in letters]
        number = {letter: token for token, letter in enumerate(letters, 1)}
        self.words = {word: [number[letter] for letter in word] for word in set(words)}
        self.times = collections.Counter(words)
        self.pairs, self.where = collections.Counter(), collections.defaultdict(set)
        for word in sorted(self.words):
            self.account(word, 1)

    def account(self, word, sign):
        """Counts the pairs of a word in, or out."""
        coded = self.words[word]
        for pair in zip(coded, coded[1:]):
            self.pairs[pair] += sign * self.times[word]
            if sign > 0:
                self.where[pair].add(word)

    def join(self, pair):
        """Makes the pair a token, wherever it stands."""
        token = len(self.parts)
        self.parts.append(pair)
        for word in sorted(self.where.pop(pair)):
            self.account(word, -1)
            old, new, at = self.words[word], [], 0
            while at < len(old):
                joined = tuple(old[at:at + 2]) == pair
                new.append(token if joined else old[at])
                at += 2 if joined else 1
            self.words[word] = new
            self.account(word, 1)

    def compress(self):
        """Joins until every token is taken, or no pair stands there twice."""
        while len(self.parts) < TOKENS and self.pairs:
            pair = max(self.pairs, key=lambda p: (self.pairs[p], p))
            if self.pairs[pair] < 2:
                break
            self.join(pair)


# ---- groups --------------------------------------------------------------------------------------

def group(symbols):
    """The indices of the symbols that begin a group."""
    firsts = []
    edges = {address for address, _, name in symbols if name in TABLE}  # other symbols may lie there, too
    for i, (address, _, _) in enumerate(symbols):
        former = symbols[i - 1][0] if i else None
        apart = address != former and (address in edges or former in edges)
        if not firsts or apart or i - firsts[-1] == GROUP or address - symbols[firsts[-1]][0] > OFFSET_MAX:
            firsts.append(i)
    return firsts


class Assembly:
    """The text of a section, label by label."""

    def __init__(self, out):
        self.out = out
        out.write('/* Generated by tools/kallsyms.py. */\n\t.section .kallsyms, "a", %progbits\n')

    def data(self, label, directive, values):
        self.out.write(f"\t.balign 4\n\t.global kallsyms_{label}\nkallsyms_{label}:\n")
        values = list(values)
        for at in range(0, len(values), 32):
            self.out.write(f"\t{directive} " + ",".join(str(value) for value in values[at:at + 32]) + "\n")


def emit(symbols, out):
    """The assembly text."""
    words = [kind + name for _, kind, name in symbols]
    tokens = Tokens(words)
    tokens.compress()
    firsts = group(symbols)
    coded = [tokens.words[word] for word in words]
    at, marks = 0, []
    for word in coded:
        marks.append(at)
        at += 1 + len(word)
    starts = [symbols[first][0] for first in firsts]
    offsets = [symbols[i][0] - start for first, last, start in zip(firsts, firsts[1:] + [len(symbols)], starts)
               for i in range(first, last)]
    text = Assembly(out)
    text.data("count", ".long", [len(symbols)])
    text.data("groups", ".long", [len(firsts)])
    text.data("starts", ".long", starts)
    text.data("firsts", ".long", firsts + [len(symbols)])
    text.data("marks", ".long", (marks[first] for first in firsts))
    text.data("offsets", ".hword", offsets)
    text.data("tokens", ".byte", (part for pair in tokens.parts for part in pair))
    text.data("names", ".byte", (byte for word in coded for byte in [len(word), *word]))
    out.write("\t.balign 4\n")


def main():
    """Filters standard input to standard output."""
    emit(parse(sys.stdin), sys.stdout)


if __name__ == "__main__":
    main()
