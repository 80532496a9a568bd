"""
memory.py - memory as a CPU sees it, and RAM past the MMU; a core has both

    read(va, n)                bytes at an address
    text(value)                the string that a pointer leads to
    ram = physical()           ram.read(pa, n), ram.words(pa, n): past the MMU
"""

import struct

import gdb

from . import core
from .symbols import page_size

WORD = 4  # bytes of a long on this port


def read(address, length):
    return bytes(gdb.selected_inferior().read_memory(address, length))


def text(value, most=128):
    """
    The string that a char * leads to or a char array holds, whatever lies there: at most so many bytes, without
    characters that no terminal shows.
    """
    kind = value.type.strip_typedefs()
    is_array = kind.code == gdb.TYPE_CODE_ARRAY
    start, most = (int(value.address), kind.sizeof) if is_array else (int(value), most)
    found = b""
    while len(found) < most and b"\0" not in found:  # by pages, as the next one may not be there
        where = start + len(found)
        found += read(where, min(most - len(found), page_size() - where % page_size()))
    shown = found.partition(b"\0")[0].decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "\ufffd" for c in shown)


def name_of(pointer, otherwise="(its name cannot be read)"):
    """text() for a thing that is shown all the same when its name lies nowhere."""
    try:
        return text(pointer)
    except gdb.MemoryError:
        return otherwise


def words(address, count):
    return struct.unpack(f"<{count}I", read(address, count * WORD))


def _packet(what):
    answer = gdb.execute("maintenance packet " + what, to_string=True)
    return answer.split("received: ")[-1].strip().strip('"')


class _Physical:
    """Reads RAM by physical address, and remembers it until the command ends."""

    def __init__(self):
        self.known = {}

    def read(self, address, length):
        if (address, length) not in self.known and core.path():
            self.known[address, length] = read(address, length)
        if (address, length) not in self.known:
            if _packet("Qqemu.PhyMemMode:1") != "OK":
                raise gdb.GdbError("this gdb server cannot read physical memory: QEMU's can")
            try:
                self.known[address, length] = read(address, length)
            finally:
                _packet("Qqemu.PhyMemMode:0")
        return self.known[address, length]

    def words(self, address, count):
        return struct.unpack(f"<{count}I", self.read(address, count * WORD))


def physical():
    return _Physical()
