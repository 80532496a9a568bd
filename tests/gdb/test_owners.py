"""
test_owners.py - a DEBUG image: who allocated and who freed what lies at an address, as the prompt's explain says it
"""

import re

import pytest

from session import ask

# Sizes with a red zone behind the object, and with its owners in the slab's descriptor
SIZES = (100, 2000, 3000, 5000)


class Debug:
    """A machine with objects in use, in a CPU's stock, on a freelist; and pages of either kind."""

    def __init__(self, machine, server, image):
        self.machine, self.server, self.image = machine, server, image
        self.places = {}
        for size in SIZES:
            used, stocked, listed = (self.made(f"alloc kmalloc {size}") for _ in range(3))
            self.places[f"{size} bytes in use"] = used[1]
            machine.cmd(f"free #{listed[0]}; cache shrink kmalloc-{self.cache(used[1])}; free #{stocked[0]}")
            self.places[f"{size} bytes, freed"] = stocked[1]
            self.places[f"{size} bytes, freed and out of the stock"] = listed[1]
        number, self.places["a page in use"] = self.made("alloc pages 0")
        number, self.places["a page, freed"] = self.made("alloc pages 0")
        machine.cmd(f"free #{number}")
        self.places["a tail"] = self.made("alloc pages 1")[1] + 4096
        self.places["a large kmalloc"] = self.made("alloc kmalloc 200000")[1]
        own = ask(server, "print/x &cache_cache", 'print/x $container_of(cache_chain.prev, "kmem_cache", "chain")',
                  image=image)
        self.places["a cache"], self.places["a cache in a slab"] = (int(told.split()[-1], 16) for _, told in own.all)

    def made(self, line):
        number, va = re.search(r"^#(\d+) .*va=(0x\w+)", self.machine.cmd(line), re.MULTILINE).groups()
        return int(number), int(va, 16)

    def cache(self, va):
        return re.search(r"of cache kmalloc-(\d+)", self.machine.cmd(f"explain {va:#x}"))[1]


@pytest.fixture(scope="module")
def debug(served, debug_image):
    return Debug(*served(mem="64M", append="lowmem=32M", image=debug_image), debug_image)


def owners(text):
    return re.findall("^(?:slab|page|history): .*", text, re.MULTILINE)


def test_they_are_named_as_at_the_prompt(debug):
    """From the first byte, from within, and from behind what was asked for."""
    commands = ("explain", "page", "slab-of")
    places = {f"{name} + {inside}": va + inside for name, va in debug.places.items() for inside in (0, 5, 90, 101)}
    answers = ask(debug.server, *[f"crumb {command} {va:#x}" for va in places.values() for command in commands],
                  image=debug.image).all
    told = set()
    for place, (name, va) in enumerate(places.items()):
        said = owners(debug.machine.cmd(f"explain {va:#x}"))
        explained, page, object_of = (answers[place * len(commands) + n][1] for n in range(len(commands)))
        assert owners(explained) == said, (name, said, explained)
        assert [line for line in owners(page) if "slab" in line or "history" in line] == \
            [line for line in said if not line.startswith("page: ")], (name, said, page)
        slab = [line for line in said if line.startswith("slab: ")]
        assert object_of.splitlines() == slab or "is not in a slab" in object_of and not slab, (name, said, object_of)
        assert bool(slab and "+0x1 behind the end of" in slab[0]) == (name == "100 bytes in use + 101"), (name, slab)
        told.update(re.sub(r"\+0x\w+|.* object [^:]*: ", "", line) for line in said if not line.startswith("page"))
    assert told >= {"in use", "free, in a CPU's stock", "free",
                    "slab: allocated by alloc_kind_kmalloc, freed by nobody",
                    "slab: allocated by alloc_kind_kmalloc, freed by free_object"}, told
