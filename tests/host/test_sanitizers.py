"""
test_sanitizers.py - the process under the address and undefined-behaviour sanitizers: silent, and seeing

    make ARCH=user SANITIZE=address,undefined ──> every self-test ──> no finding
    tests/host/extra/misuse.c ──> memory used that is nobody's ──> a report with both stacks, status 2
    the same without the calls that poison ──> "nobody noticed"

What cannot be seen: a frame through another of its addresses (a page of highmem that was freed and is still
mapped somewhere; the lowmem address of a page that vfree() gave back to somebody else), and the first byte
behind an object that fills its place, when its neighbour is in use (DEBUG=1 has a gap there).
"""

import os
import re
import shlex
import shutil
import subprocess

import machine
import pytest
from test_readme import matches

SANITIZERS = "SANITIZE=address,undefined"
EXTRA = "EXTRA=tests/host/extra/misuse.c"
FINDING = re.compile(r"AddressSanitizer|runtime error:|BUG: memory:")

# name: who obtains, who gives back, what explain says
USES = {
    "page": ("obtain_page", "give_page", "page: pcp"),
    "page-block": ("obtain_block", "give_block", "page: free"),
    "page-bulk": ("obtain_bulk", "give_page", "page: "),
    "page-drained": ("obtain_page", "give_drained", "page: free"),
    "object": ("obtain_object", "give_object", "of cache misused"),
    "object-slab": ("obtain_object", "give_object_and_slab", "page: "),
    "kmalloc": ("obtain_small", "give_kmalloc", "of cache kmalloc-16"),
    "kmalloc-large": ("obtain_large", "give_kmalloc", "of cache kmalloc-"),
    "own": ("obtain_own", "give_own", "of cache own-"),
    "mempool": ("obtain_element", "give_element", "of cache kmalloc-16"),
    "mempool-reserve": ("obtain_reserved", "give_element", "of cache kmalloc-4M"),
    "percpu": ("obtain_percpu", "give_percpu", "of cache own-"),
    "vmalloc": ("obtain_area", "give_area", "region: vmalloc"),
    "vmap": ("obtain_vmap", "give_vmap", "region: vmalloc"),
    "kmap": ("obtain_kmap", "give_kmap", "region: pkmap"),
}
BEHIND = {
    "behind-kmalloc": "obtain_small",
    "behind-kzalloc": "obtain_zeroed",
    "behind-kmalloc-large": "obtain_large",
    "behind-kstrdup": "obtain_text",
    "behind-grown": "obtain_grown",
    "behind-shrunk": "obtain_shrunk",
    "behind-moved": "obtain_moved",
    "behind-object": "obtain_object",
    "behind-own": "obtain_own",
    "behind-mempool": "obtain_element",
    "behind-reserved": "obtain_reserved",
    "behind-percpu": "obtain_percpu",
    "behind-vmalloc": "obtain_area",
}


@pytest.fixture(scope="session")
def sanitized(built):
    return built(f"ARCH=user {SANITIZERS} {EXTRA}")


@pytest.fixture(scope="session")
def host(sanitized):
    return sanitized.elf("ARCH=user", SANITIZERS, EXTRA)


def run(program, commands, *options, mem="128M", append="lowmem=32M", **environment):
    """How the process ended that ran the commands; both streams are one."""
    return subprocess.run([*machine.BOUND, program, "--mem", mem, "--append", append, "--run", commands, *options],
                          env=dict(os.environ, **environment), timeout=machine.LONG_LIMIT, check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          encoding="latin-1")


def stack(text, title):
    """The functions of the stack of that title, newest first."""
    found = re.search(rf"^{title}:\n((?:  \[<[0-9a-f]+>\] .*\n)+)", text, re.MULTILINE)
    assert found, f"no stack {title!r} in:\n{machine.tail(text)}"
    return re.findall(r"\] (\w+)", found[1])


def reported(ended, what):
    """The report's text, after what all of them say was looked at."""
    text = machine.plain(ended.stdout)
    assert ended.returncode == 2 and "nobody noticed" not in text, machine.tail(text)
    address = re.search(r"^misused: (0x[0-9a-f]+)", text, re.MULTILINE)[1]
    assert re.search(rf"BUG: memory: {what}: object={address} expected=\S.* found=a (read|write) of 1 byte "
                     rf"caller=use\+0x", text), machine.tail(text)
    assert "ERROR: AddressSanitizer" in text and "panic: memory: " in text
    assert stack(text, "accessed by")[:2] == ["use", "misuse"]
    return text


@pytest.mark.parametrize("mem, append", [("128M", "lowmem=32M"), ("16M", "")])
def test_self_tests(host, mem, append):
    """All self-tests, the checkers and some stress find nothing."""
    ended = run(host, "test; check; stress 2000 seed=1; balance", mem=mem, append=append)
    assert not FINDING.search(ended.stdout), machine.tail(ended.stdout)
    assert ended.returncode == 0, machine.tail(ended.stdout)
    assert machine.totals(machine.plain(ended.stdout))[1] == 0


@pytest.mark.parametrize("name", USES)
def test_use_after_free(host, name):
    """A use after free in each family is a report that names the object and both stacks."""
    obtain, give, explained = USES[name]
    text = reported(run(host, f"misuse {name}"), "use after free")
    assert explained in text, machine.tail(text)
    assert obtain in stack(text, "allocated by") and give in stack(text, "freed by"), machine.tail(text)
    assert "misuse" in stack(text, "allocated by") and "misuse" in stack(text, "freed by")


def test_boot_memory(host):
    """So is one of boot memory, before there is anything else."""
    text = reported(run(host, "help", append="lowmem=32M misuse_early=1"), "use after free")
    assert "obtain_early" in stack(text, "allocated by") and "give_early" in stack(text, "freed by")


def test_page_of_an_object(host):
    """Of an object whose slab is no more the report says who freed it, and who its page."""
    text = reported(run(host, "misuse object-slab"), "use after free")
    assert "kmem_cache_free" in "".join(stack(text, "freed by"))
    assert "kmem_cache_destroy" in stack(text, "and its page freed by")


@pytest.mark.parametrize("name", BEHIND)
def test_behind_the_request(host, name):
    """The first byte behind what was asked for is nobody's, in every family that knows the request."""
    text = reported(run(host, f"misuse {name}"), "out of bounds")
    assert BEHIND[name] in stack(text, "allocated by") and "freed by:" not in text


def test_readme(host):
    """The README's example is what one sees who follows it."""
    with open(os.path.join(machine.ROOT, "README.md"), encoding="utf-8") as file:
        block = re.search(r"^```text\n\$ make ARCH=user (SANITIZE=\S+)\n\$ ([^\n]*)\n(.*?)^```", file.read(),
                          re.MULTILINE | re.DOTALL)
    assert block[1] == SANITIZERS
    command = block[2].replace("build/current/crumb.host", shlex.quote(host))
    done = subprocess.run(["sh", "-c", command], timeout=machine.LONG_LIMIT, check=False, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, encoding="latin-1")
    assert done.returncode == 2
    expected, shown = (re.sub(r"0x7e90\w+|\[<\w+>\]", "at", text) for text in (block[3], machine.plain(done.stdout)))
    assert matches(expected.splitlines(), shown.splitlines()), machine.tail(done.stdout)


@pytest.mark.parametrize("name", ["page-use-after-free", "slab-overrun", "slab-overrun-request", "slab-underrun",
                                  "slab-use-after-free"])
def test_break(host, name):
    """What else DEBUG builds alone see is committed here, too, and seen at once."""
    ended = run(host, f"break {name}")
    assert ended.returncode == 2 and "BUG: memory: " in ended.stdout, machine.tail(ended.stdout)
    assert f"break_{name.replace('-', '_')}" in " ".join(stack(ended.stdout, "accessed by"))


def test_undefined_behaviour(host):
    """What the other sanitizer finds ends the machine, too, with the place in the source."""
    ended = run(host, "misuse undefined")
    assert ended.returncode == 2 and "nobody noticed" not in ended.stdout, machine.tail(ended.stdout)
    assert re.search(r"misuse\.c:\d+:\d+: runtime error: shift exponent 72 is too large", ended.stdout)


def test_only_a_process(here):
    """The machine has no sanitizers, and says where there are some; a name that is none is refused."""
    for arguments, said in ((("SANITIZE=address",), "only a process has sanitizers: make ARCH=user SANITIZE=address"),
                            (("ARCH=user", "SANITIZE=memory"),
                             "choose one of: none address undefined address,undefined")):
        assert said in here.make("print-config", *arguments, status=None)


def test_going_on(host):
    """With halt_on_error=0 a finding is told and the machine goes on."""
    ended = run(host, "misuse kmalloc; misuse behind-kmalloc; version", ASAN_OPTIONS="halt_on_error=0")
    assert len(re.findall("BUG: memory: ", ended.stdout)) == 2, machine.tail(ended.stdout)
    assert ended.stdout.count("nobody noticed") == 2 and "panic:" not in ended.stdout


# What is taken out, so that nobody notices: (file, call).
POISONING = [
    ("mm/page/page_impl.h", "arch_take_back(lowmem_page_address(page)"),
    ("mm/slab/slab/watch.c", "arch_take_back(object"),
    ("mm/slab/slab/watch.c", "arch_poison((const u8 *)object + request"),
    ("mm/vmap/area.c", "arch_take_back(area->addr"),
    ("mm/window/kmap.c", "arch_take_back(slot->address"),
    ("mm/percpu/array/array.c", "arch_poison(block + size"),
    ("mm/early/bootmem.c", "arch_take_back(phys_to_virt"),
]
# The same for a range that is handed out with less room than it has.
REQUESTS = [
    ("mm/slab/slab/watch.c", "arch_hand_out(object, cache->object_size,", "arch_hand_out(object, cache->size,"),
    ("mm/vmap/alloc.c", "arch_hand_out(area->addr, r->size,", "arch_hand_out(area->addr, pages << PAGE_SHIFT,"),
]


def test_without_the_poison(sanitized, tmp_path):
    """Each of these tests is one that can fail: without the calls that poison, nobody notices."""
    root = tmp_path / "tree"
    shutil.copytree(sanitized.root, root, symlinks=True)
    for path, call, instead in [(path, call, f"if (0) {call}") for path, call in POISONING] + REQUESTS:
        text = (root / path).read_text(encoding="utf-8")
        assert call in text, f"{path}: {call}"
        (root / path).write_text(text.replace(call, instead), encoding="utf-8")
    tree = type(sanitized)(root)
    tree.make("-s", "-j2", "ARCH=user", SANITIZERS, EXTRA)
    program = tree.elf("ARCH=user", SANITIZERS, EXTRA)
    unseen = {"vmalloc", "vmap"}  # what is not poisoned faults there
    for name in sorted((USES.keys() | BEHIND.keys()) - unseen):
        ended = run(program, f"misuse {name}")
        assert "nobody noticed" in ended.stdout and not FINDING.search(ended.stdout), f"{name}: {ended.stdout}"
    ended = run(program, "misuse vmalloc")
    assert "Oops: " in ended.stdout and not FINDING.search(ended.stdout), machine.tail(ended.stdout)
