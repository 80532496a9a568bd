"""
image.py - are these the symbols of the image that the machine runs?

    _start      b …          the image's first instruction (boot/head.S)
          +4    "Crmb"
          +8    build_id     the linker's note: 16 bytes of header, then the id
          +12   crumb_banner "2.6, GCC 12.2.1 20221205"

Symbols of another image give wrong answers that look right, so every command asks first.  RAM is read
by physical address: it holds the image from before the first instruction on, whatever is mapped.
"""

import gdb

from .memory import physical
from .symbols import layout

MAGIC = 0x626d7243
ID_AT, ID_BYTES, BANNER_MAX = 16, 20, 80


def _running():
    """(build id, banner) of what is in RAM; None when that is no image of ours."""
    ram = physical()
    offset = layout("PHYS_OFFSET") - layout("PAGE_OFFSET")
    magic, note, banner = ram.words(layout("PHYS_OFFSET") + layout("IMAGE_OFFSET") + 4, 3)
    if magic != MAGIC:
        return None
    text = ram.read((banner + offset) & 0xffffffff, BANNER_MAX).split(b"\0")[0].decode("ascii", "replace")
    return ram.read((note + offset + ID_AT) & 0xffffffff, ID_BYTES).hex(), text


def must_be_running():
    """Refuses when the machine runs another image than the one whose symbols gdb has."""
    space = gdb.current_progspace()
    ours = gdb.lookup_objfile(space.filename).build_id if space.filename else None
    if ours is None or not gdb.selected_inferior().pid:
        return
    running = _running()
    if running is None:
        raise gdb.GdbError(f"the machine's RAM holds no image of Crumb's; the symbols are those of {space.filename}")
    build_id, banner = running
    if build_id != ours:
        raise gdb.GdbError(f'the machine runs another image, "{banner}", build id {build_id};\n'
                           f"the symbols are those of {space.filename}, build id {ours}: open the ELF that it runs")
