"""
rows.py - where the description of a frame changes: the rows of .debug_frame

    FDE: push_all, 40 bytes         row        from       CFA
      advance 2, CFA + 16     ──>   0          +0         sp
      advance 8, CFA + 24           1          +2         sp + 16
                                    2          +10        sp + 24

gdb takes each frame above the newest for a caller's, whose pc lies behind a call, and asks for the row of
pc - 1.  Of code that was interrupted just where a row begins that is the row before (unwind.py).

Source: DWARF 4, 6.4.
"""

import struct

import gdb

CIE = 0xffffffff
ADVANCE, OFFSET = 1, 2  # in the two upper bits of an instruction
ADVANCES = {0x02: "<B", 0x03: "<H", 0x04: "<I"}
SET_LOC = 0x01
# What follows the others: how many numbers (LEB128), and whether a block comes after them
OPERANDS = {0x00: 0, 0x05: 2, 0x06: 1, 0x07: 1, 0x08: 1, 0x09: 2, 0x0a: 0, 0x0b: 0, 0x0c: 2, 0x0d: 1, 0x0e: 1,
            0x0f: 0, 0x10: 1, 0x11: 2, 0x12: 2, 0x13: 1, 0x14: 2, 0x15: 2, 0x16: 1, 0x2e: 1}
BLOCKS = (0x0f, 0x10, 0x16)
SECTION = struct.Struct("<10I")


class _Bytes:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, form):
        (number,) = struct.unpack_from(form, self.data, self.at)
        self.at += struct.calcsize(form)
        return number

    def leb(self):
        number, shift = 0, 0
        while True:
            byte = self.take("<B")
            number |= (byte & 0x7f) << shift
            shift += 7
            if byte < 0x80:
                return number

    def string(self):
        end = self.data.index(b"\0", self.at)
        self.at, text = end + 1, self.data[self.at:end]
        return text


def _section(path, name):
    """A section's bytes; none when there is no such section."""
    with open(path, "rb") as file:
        data = file.read()
    begin, = struct.unpack_from("<I", data, 32)
    size, count, names = struct.unpack_from("<3H", data, 46)
    headers = [SECTION.unpack_from(data, begin + n * size) for n in range(count)]
    for header in headers:
        at = headers[names][4] + header[0]
        if data[at:data.index(b"\0", at)] == name:
            return data[header[4]:header[4] + header[5]]
    return b""


def _alignment(cie):
    """Of the addresses that a CIE's FDEs advance by."""
    cie.take("<B")  # the version
    cie.string()  # what an augmentation says moves no row
    return cie.leb()


def _begins(fde, start, alignment):
    """The addresses, but the first, from which on the rows of one FDE hold."""
    here = start
    while fde.at < len(fde.data):
        instruction = fde.take("<B")
        kind = instruction >> 6
        if kind == ADVANCE or instruction in ADVANCES:
            steps = instruction & 0x3f if kind else fde.take(ADVANCES[instruction])
            here += steps * alignment
            yield here
        elif instruction == SET_LOC:
            here = fde.take("<I")
            yield here
        elif kind == OFFSET:
            fde.leb()
        elif not kind:
            for _ in range(OPERANDS[instruction]):
                fde.leb()
            if instruction in BLOCKS:
                fde.at += fde.leb()


def _all(path):
    found, frames = set(), _Bytes(_section(path, b".debug_frame"))
    alignments = {}
    while frames.at < len(frames.data):
        entry = frames.at
        length = frames.take("<I")
        body = _Bytes(frames.data[frames.at:frames.at + length])
        frames.at += length
        cie = body.take("<I")
        if cie == CIE:
            alignments[entry] = _alignment(body)
        else:
            start, _ = body.take("<I"), body.take("<I")
            found.update(_begins(body, start, alignments[cie]))
    return found


_known = {}  # path -> addresses


def one_begins(pc):
    """Does another row than that of the instruction before begin here?"""
    path = gdb.current_progspace().filename
    if path not in _known:
        _known[path] = _all(path)
    return pc in _known[path]
