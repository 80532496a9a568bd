"""
core.py - a core of the machine instead of the machine: kernel/coredump's, or crumb dump's

    notes   NT_PRSTATUS     the registers, which gdb reads itself
            "Crumb"         the system registers by name: name (12 bytes), value
    LOAD    each bank of RAM at its physical address; each mapped run at its virtual one

The kernel leaves the physical addresses of RAM unmapped, so in a core they can be read as they are.
"""

import os
import re
import struct

import gdb

NOTE_HEADER = struct.Struct("<III")
SYSREG = struct.Struct("<12sI")
PT_LOAD, PT_NOTE = 1, 4

_known = {}  # (path, time of change) -> system registers


def path():
    """The core that is open; None when a machine is attached, or nothing."""
    # Asked of each frame and each read: `info files` makes gdb some megabytes larger each time.
    connection = gdb.selected_inferior().connection
    if connection is None or connection.type != "core":
        return None
    told = gdb.execute("info files", to_string=True)
    found = re.search(r"^Local core dump file:\n\t`(.*)', file type", told, re.MULTILINE)
    return found[1] if found else None


def _program_headers(file):
    header = struct.unpack("<16sHHIIIIIHHHHHH", file.read(52))
    file.seek(header[5])
    return [struct.unpack("<8I", file.read(32)) for _ in range(header[10])]


def _notes(file):
    """(name, type, bytes)"""
    for kind, offset, _, _, size, *_ in _program_headers(file):
        if kind != PT_NOTE:
            continue
        file.seek(offset)
        raw, at = file.read(size), 0
        while at + NOTE_HEADER.size <= len(raw):
            name_size, size, kind = NOTE_HEADER.unpack_from(raw, at)
            name_at = at + NOTE_HEADER.size
            at = name_at + (name_size + 3 & ~3)
            yield raw[name_at:name_at + name_size].rstrip(b"\0").decode("ascii", "replace"), kind, raw[at:at + size]
            at += size + 3 & ~3


def _sysregs(file):
    found = {}
    for name, _, raw in _notes(file):
        if name == "Crumb":
            found.update((register.rstrip(b"\0").decode("ascii", "replace"), word)
                         for register, word in SYSREG.iter_unpack(raw[:len(raw) // SYSREG.size * SYSREG.size]))
    return found


def sysreg(name):
    """A system register as the core has it; None when it has none of that name, or no core is open."""
    where = path()
    if where is None:
        return None
    key = (where, os.stat(where).st_mtime_ns)
    if key not in _known:
        with open(where, "rb") as file:
            _known[key] = _sysregs(file)
    return _known[key].get(name.removesuffix("_EL1"))


# ---- writing one ---------------------------------------------------------------------------------

ARM, ET_CORE, NT_PRSTATUS = 40, 4, 1
PAGE = 4096
RUNS_MAX = 60000  # the header counts with 16 bits


def _note(name, kind, raw):
    name += b"\0"
    padded = name + b"\0" * (-len(name) % 4)
    return NOTE_HEADER.pack(len(name), len(raw), kind) + padded + raw + b"\0" * (-len(raw) % 4)


def _status():
    """struct elf_prstatus of 32-bit ARM: only signal, process and registers are filled."""
    names = [f"r{i}" for i in range(13)] + ["sp", "lr", "pc", "cpsr", "r0"]
    registers = [int(gdb.parse_and_eval("(unsigned int)$" + name)) & 0xffffffff for name in names]
    return struct.pack("<12xH10xI44x18I4x", 5, 1, *registers)


def notes(names, read_sysreg):
    """The notes of the machine at this stop: its registers, and the system registers of these names."""
    words = [(name, read_sysreg(name)) for name in names]
    sysregs = b"".join(SYSREG.pack(name.encode("ascii"), word) for name, word in words if word is not None)
    return _note(b"CORE", NT_PRSTATUS, _status()) + _note(b"Crumb", 1, sysregs)


def _copy_with_holes(source, target, at):
    """Appends a file's pages at an offset, leaving out those of zeroes."""
    empty = bytes(PAGE)
    while chunk := source.read(256 * PAGE):
        for start in range(0, len(chunk), PAGE):
            page = chunk[start:start + PAGE]
            if page != empty[:len(page)]:
                target.seek(at + start)
                target.write(page)
        at += len(chunk)
    target.truncate(at)
    return at


def write(where, banks, runs, notes_raw, save):
    """
    Writes a core: banks (start, size); runs (va, pa, size), each in one bank; save(start, size, file) puts
    physical memory into a file.
    """
    headers = 1 + len(banks) + len(runs)
    notes_at = 52 + 32 * headers
    first = notes_at + len(notes_raw) + PAGE - 1 & ~(PAGE - 1)
    offsets, at = [], first
    for _, size in banks:
        offsets.append(at)
        at += size
    with open(where, "wb") as file:
        file.write(struct.pack("<16sHHIIIIIHHHHHH", b"\x7fELF\1\1\1", ET_CORE, ARM, 1, 0, 52, 0, 0, 52, 32, headers,
                               0, 0, 0))
        file.write(struct.pack("<8I", PT_NOTE, notes_at, 0, 0, len(notes_raw), len(notes_raw), 7, 4))
        for (start, size), offset in zip(banks, offsets):
            file.write(struct.pack("<8I", PT_LOAD, offset, start, start, size, size, 7, 4))
        for va, pa, size in runs:
            offset = next(offset + pa - start for (start, length), offset in zip(banks, offsets)
                          if start <= pa < start + length)
            file.write(struct.pack("<8I", PT_LOAD, offset, va, pa, size, size, 7, 4))
        file.write(notes_raw)
        for (start, size), offset in zip(banks, offsets):
            raw = where + ".raw"
            try:
                save(start, size, raw)
                with open(raw, "rb") as source:
                    _copy_with_holes(source, file, offset)
            finally:
                if os.path.exists(raw):
                    os.remove(raw)
