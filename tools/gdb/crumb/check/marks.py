"""
marks.py - crumb check slab, of a DEBUG image: what is around and in each object (I7; mm/slab/slab/debug.c)

    | request | red zone | track | guard |      whoever wrote behind a request, or before the next object
    | 0x6b …                       0xa5 |      whoever wrote to a free one
"""

import gdb

from ..marks import Marks, are_kept
from ..memory import read
from ..symbols import const


class _Memory:
    """One slab's objects, byte by byte."""

    def __init__(self, cache, one):
        self.one, self.marks = one, Marks(one)
        self.stride, self.size = cache.number("size"), cache.number("object_size")
        self.is_inside = not int(one.shape()["descriptors"])  # or what is before the first object is nobody's guard
        self.bits, self.memory = self.marks.bits(), read(one.s_mem, one.num * self.stride)
        self.image = range(*(int(gdb.parse_and_eval("(unsigned long)&_image_" + which)) for which in ("start", "end")))

    def is_free(self, i):
        return bool(self.bits >> i & 1)

    def fault(self, i):
        """What is wrong with object i, or None."""
        track = self.marks.track(i)
        return self._noted_wrong(track) or self._written_round(i, track) or self._written_to(i)

    def _noted_wrong(self, track):
        if not track.is_sealed:
            return "somebody wrote over who has it, or how much of it"
        if any(who and who not in self.image for who in (track.alloc_by, track.free_by)):
            return "who allocated or freed it is no address of the image"
        if track.request > self.size:
            return f"its request, {track.request} bytes, is more than the object has"
        return None

    def _written_round(self, i, track):
        start, red = i * self.stride, bytes([const("RED_ZONE")])
        has_red, guard = self.marks.has("CACHE_RED"), const("GUARD_SIZE")
        behind = start + self.size
        unasked = min(behind, start + track.request + const("RED_SPAN"))
        end = track.address - self.one.s_mem if has_red else behind
        if (self.memory[start + track.request:unasked] + self.memory[behind:end]).strip(red):
            return "somebody wrote into its red zone"
        if has_red and self.memory[start + self.stride - guard:start + self.stride].strip(red):
            return "somebody wrote into the guard behind it"
        if has_red and i == 0 and self.is_inside and read(self.one.s_mem - guard, guard).strip(red):
            return "somebody wrote into the guard before it"
        return None

    def _written_to(self, i):
        start = i * self.stride
        pattern = bytes([const("POISON_FREE")]) * (self.size - 1) + bytes([const("POISON_END")])
        if self.marks.has("CACHE_POISON") and self.is_free(i) and self.memory[start:start + self.size] != pattern:
            return "free, and somebody wrote to it"
        return None


def faults(cache, one, free):
    """(object, what is wrong with it); free: those on the freelist."""
    if not are_kept(cache):
        return
    memory = _Memory(cache, one)
    for i in range(one.num):
        fault = "on the freelist, but not marked as free" if i in free and not memory.is_free(i) else memory.fault(i)
        if fault:
            yield i, fault
