"""
marks.py - what a DEBUG image keeps of each object: who had it, how much of it, whether it is free
(mm/slab/slab/debug.c)

    |<------------------- size ----------------------->|
    | request | red zone | struct track       | guard |      all that have room for it behind them
    descriptor: bufctl | a bit for each object | tracks      tracks of those that have no red zone
"""

from .memory import WORD, read
from .symbols import at, const, struct_type


def are_kept(cache):
    """The family's own two caches have none."""
    return bool(const("debug_build")) and not cache.number("kind") & const("CACHE_BOOT")


def _seal(alloc_by, free_by, request):
    """What makes the three words believed (seal_of())."""
    return ~(alloc_by ^ (free_by << 8 | free_by >> 24) ^ (request << 16 | request >> 16)) & 0xffffffff


class Track:
    """What is noted of one object."""

    def __init__(self, address):
        self.address = address
        track = at(address, "track")
        track.fetch_lazy()  # at once: a word each would be a packet each
        self.alloc_by, self.free_by, self.request = (int(track[word]) for word in ("alloc_by", "free_by", "request"))
        self.is_sealed = int(track["seal"]) == _seal(self.alloc_by, self.free_by, self.request)


class Marks:
    """Of one slab's objects."""

    def __init__(self, slab):
        self.slab, self.cache = slab, slab.cache
        bufctl = slab.value["bufctl"]
        self.bits_at = int(bufctl.address) + slab.num * bufctl.type.target().sizeof + WORD - 1 & -WORD
        self.bits_size = (slab.num + 31) // 32 * WORD

    def has(self, flag):
        return bool(self.cache.number("kind") & const(flag))

    def track(self, index):
        """Behind the object, or behind the bits in the descriptor."""
        size = struct_type("track").sizeof
        if self.has("CACHE_RED"):
            return Track(self.slab.object(index) + self.cache.number("size") - const("GUARD_SIZE") - size)
        return Track(self.bits_at + self.bits_size + index * size)

    def bits(self):
        """A bit for each object, set while it is free."""
        return int.from_bytes(read(self.bits_at, self.bits_size), "little")

    def request(self, index):
        """Bytes of an object that its holder asked for, as far as that is known."""
        if not are_kept(self.cache):
            return self.cache.number("object_size")
        track = self.track(index)
        return track.request if track.is_sealed else self.cache.number("object_size")

    def owners(self, index):
        """(who allocated an object last, who freed it); None where nobody notes that."""
        if not are_kept(self.cache):
            return None
        track = self.track(index)
        return track.alloc_by, track.free_by
