#!/usr/bin/env python3
"""character_widths.py - makes the tables of kernel/shell/character_width.c from Python's Unicode data

Width 0: marks (Mn, Me), format characters (Cf) but for the soft hyphen and the signs that stand before
numbers, and the vowels and finals of Hangul.  Width 2: East Asian Wide and Fullwidth.  What is not
assigned joins its neighbours.  A table is a row of pairs, each number in 7 bits a byte, the highest
first, with bit 7 in all but its last: how many code points are skipped, and how many follow that count.
"""

import unicodedata

IDEOGRAPHS = ((0x3400, 0x4dbf), (0x4e00, 0x9fff), (0xf900, 0xfaff), (0x20000, 0x2fffd), (0x30000, 0x3fffd))
BEFORE_NUMBERS = {*range(0x600, 0x606), 0x6dd, 0x70f, 0x890, 0x891, 0x8e2, 0x110bd, 0x110cd}
SOFT_HYPHEN = 0xad
FIRST, END = 0x300, 0x110000


def width(code):
    """0, 1 or 2; None where nothing is assigned."""
    kind = unicodedata.category(chr(code))
    if kind == "Cs":
        return None
    if kind == "Cn":
        return 2 if any(first <= code <= last for first, last in IDEOGRAPHS) else None
    format_character = kind == "Cf" and code != SOFT_HYPHEN and code not in BEFORE_NUMBERS
    if kind in ("Mn", "Me") or format_character or 0x1160 <= code <= 0x11ff or 0xd7b0 <= code <= 0xd7ff:
        return 0
    return 2 if kind != "Co" and unicodedata.east_asian_width(chr(code)) in ("W", "F") else 1


def ranges(wanted):
    """The (first, last) code points of that width."""
    found, current = [], None
    for code in range(FIRST, END):
        has = width(code)
        if has == wanted:
            current = current or [code, code]
            current[1] = code
        elif has is not None and current:
            found.append(current)
            current = None
    return found + ([current] if current else [])


def number(value):
    """Its bytes, 7 bits in each."""
    out = [value & 0x7f]
    while value := value >> 7:
        out.insert(0, value & 0x7f | 0x80)
    return out


def table(name, wanted):
    """The C text."""
    values, at = [], 0
    for first, last in ranges(wanted):
        values += number(first - at) + number(last - first + 1)
        at = last + 1
    rows = ("\t" + ", ".join(f"0x{value:02x}" for value in values[i:i + 15]) + "," for i in range(0, len(values), 15))
    return f"static const u8 {name}[] = {{\n" + "\n".join(rows) + "\n};\n"


if __name__ == "__main__":
    print(table("zero_wide", 0))
    print(table("two_wide", 2))
