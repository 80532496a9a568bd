"""
test_newlib.py - nothing of the C library that touches its own heap's chunk headers can be linked in

    libc.a: member ──nm──> what it defines, what it needs
    the library's heap = the members that define malloc's family, or use its variables, or need such a member

lib/newlib/heap.c is linked always.  A member of the heap that defines a name that heap.c defines, too,
is either never asked for or ends the link ("multiple definition"); one that defines none of these
names must need a member that does.

Read next: lib/newlib/heap.c.
"""

import functools
import os
import pathlib
import re
import subprocess

import pytest

from machine import ROOT

FLAGS = ["-mcpu=cortex-a9", "-marm", "-mfloat-abi=soft"]
# What only the library's heap has: the chunks' bins, their sums, its lock and its break.
INSIDE = re.compile(r"__malloc_(av_|current_mallinfo|update_mallinfo|max_\w+|sbrk_base|top_pad|trim_threshold|"
                    r"(un)?lock)$")
# A member by the name of its source: its object's begins as the library's own build says (lib_a-, libc_a-).
MEMBER = r"(?:libc?_a-)?([\w-]+)\.o"
# Functions that read or write the header before a chunk without using any of these.
BY_HEADER = {"_calloc_r", "_malloc_usable_size_r", "_memalign_r"}
FAMILY = """malloc calloc realloc reallocf free cfree memalign aligned_alloc posix_memalign valloc pvalloc
    malloc_usable_size malloc_trim""".split()
REENTRANT = [f"_{name}_r" for name in FAMILY if name not in ("cfree", "aligned_alloc", "posix_memalign")]
NEVER = """mallinfo mallopt malloc_stats _mallinfo_r _mallopt_r _malloc_stats_r
    __malloc_av_ __malloc_update_mallinfo""".split()


def run(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


@functools.cache
def library():
    """Where it is, and {member: (names that it defines, names that it needs)}"""
    path = run("arm-none-eabi-gcc", *FLAGS, "-print-file-name=libc.a").strip()
    members = {}
    for line in run("arm-none-eabi-nm", "-A", path).splitlines():
        found = re.fullmatch(rf"[^:]*:{MEMBER}:[0-9a-f ]* (\w) (\S+)", line)
        if not found:
            continue
        defines, needs = members.setdefault(found[1], (set(), set()))
        if found[2] in "TDBRVWC":
            defines.add(found[3])
        elif found[2] == "U":
            needs.add(found[3])
    assert len(members) > 500
    return path, members


@pytest.fixture(scope="module")
def heap(tmp_path_factory):
    """heap.c compiled, and what it defines."""
    obj = str(tmp_path_factory.mktemp("heap") / "heap.o")
    folders = [f"-I{ROOT}/{folder}" for folder in ("", "arch/arm", "mm/percpu/array")]
    run("arm-none-eabi-gcc", *FLAGS, "-std=gnu11", "-Os", *folders, "-DCRUMB_DEBUG=0", "-c", "-o", obj,
        os.path.join(ROOT, "lib/newlib/heap.c"))
    return obj, set(re.findall(r" T (\S+)", run("arm-none-eabi-nm", obj)))


def touches_headers(defines, needs):
    return bool(defines & BY_HEADER) or any(INSIDE.match(name) for name in defines | needs)


def conflicts(member, ours, members, seen=()):
    """Does linking this member define a name twice?  Itself, or what it cannot do without."""
    defines, needs = members[member]
    if defines & ours:
        return True
    inside = {name for name in needs if name not in ours}
    return any(conflicts(other, ours, members, (*seen, member))
               for other, (given, _) in members.items() if other not in seen and other != member and given & inside)


def test_every_member_that_touches_a_chunk_header_conflicts(heap):
    _, ours = heap
    _, members = library()
    touching = [member for member, names in members.items() if touches_headers(*names)]
    # The ones of newlib 3.3, so that the search is known to find something.
    for member in "mallocr freer reallocr callocr malignr msizer mallinfor malloptr mallstatsr".split():
        assert member in touching
    loose = [member for member in touching if member != "mlock" and not conflicts(member, ours, members)]
    assert not loose, f"linked in without a word: {loose}"


def came_of_it(map_file):
    """The library's members that a linker's map names."""
    return set(re.findall(rf"libc\.a\({MEMBER}\)", map_file.read_text(encoding="utf-8")))


def link(obj, name, tmp_path):
    """Links heap.c and whatever of the library the name needs; (succeeded, members that came)."""
    map_file = tmp_path / "map"
    ended = subprocess.run(["arm-none-eabi-gcc", *FLAGS, "-nostdlib", "-static", "-Wl,-e,0", f"-Wl,-u,{name}",
                            "-Wl,--unresolved-symbols=ignore-all", f"-Wl,-Map,{map_file}", "-o", str(tmp_path / "elf"),
                            obj, library()[0]], capture_output=True, text=True, check=False)
    return ended, came_of_it(map_file) if map_file.exists() else set()


@pytest.mark.parametrize("name", [*FAMILY, *REENTRANT, "reallocarray", "strdup", "getline", "asprintf"])
def test_each_of_the_family_links_and_is_ours(heap, tmp_path, name):
    ended, came = link(heap[0], name, tmp_path)
    assert ended.returncode == 0, ended.stderr
    _, members = library()
    assert not [member for member in came if touches_headers(*members[member])]


@pytest.mark.parametrize("name", NEVER)
def test_what_tells_of_the_library_s_heap_does_not_link(heap, tmp_path, name):
    ended, _ = link(heap[0], name, tmp_path)
    assert ended.returncode != 0 and "multiple definition" in ended.stderr


def test_the_image_has_none_of_it():
    """The map of the image that was built last."""
    path = pathlib.Path(ROOT, "build/current/crumb.map")
    if not path.exists():
        pytest.skip("no image was built")
    came = came_of_it(path)
    _, members = library()
    assert came and not [member for member in came if touches_headers(*members[member])]
