"""
test_build.py - the build: reproducible, no more than needed, every choice boots, bad values refused
"""

import os
import re
import subprocess
import time

import pytest

import machine
import session
from machine import LIMIT, ROOT, balance, totals


def choices():
    """The values of each variable, as the Makefile lists them."""
    listing = subprocess.run(["make", "-s", "-C", ROOT, "--no-print-directory", "print-choices"], timeout=LIMIT,
                             env={k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL")},
                             stdout=subprocess.PIPE, encoding="ascii", check=True).stdout
    return {line.split()[0]: line.split()[1:] for line in listing.splitlines()}


CHOICES = choices()
SHARED = "build/objects/arm-hotcold-array"  # objects of all configurations that compile as the default does
DEFAULTS = {name: values[0] for name, values in CHOICES.items()}


def other_choices():
    """Each value that the image under test is not built with."""
    return [f"{name}={value}" for name, values in CHOICES.items() for value in values
            if value != values[0] and name != "SELFTESTS"]


@pytest.mark.parametrize("choice", other_choices())
def test_every_choice_builds_and_passes(built, headless, served, choice):
    """
    Self-tests and balance are right, and gdb's commands answer alike as the first and as the last.
    What compiles as for the image under test was compiled for it.
    """
    tree = built(choice)
    config = tree.make("-s", "print-config", choice).strip()
    same = config == tree.make("-s", "print-config").strip()  # the image under test itself: test_memory.py
    ended = headless("balance" if same else "test; balance", image=tree.elf(choice), mem="128M")
    assert same or totals(ended.output)[1] == 0
    balance(ended.output)
    _, server = served(image=tree.elf(choice), mem="64M", append="lowmem=32M")
    assert session.told_otherwise_when_first(server, tree.elf(choice)) == []
    if same:
        return
    refused = session.ask(server, "crumb buddy", "print $va_to_pa(0xc0010000)")
    wanted = (rf'the machine runs another image, "{re.escape(config)}, GCC .*", build id (\w{{40}});\n'
              r"the symbols are those of .*, build id (?!\1)\w{40}: open the ELF that it runs")
    for answer in refused[0], refused[1]:
        assert re.search(wanted, answer), answer


def test_an_image_without_self_tests_says_so(seeded_tree, headless):
    """It is what a user may want who has little memory; all but `test` works."""
    tree = seeded_tree()
    tree.make("-s", "-j2", "SELFTESTS=0")
    elf = tree.elf("SELFTESTS=0")
    plain = headless("balance; stress 500 seed=1; balance", image=elf, mem="1G")
    assert balance(plain.output)["reserved"] << 12 <= 9_000_000
    for command in ("test", "test buddy", "test buddy.merges"):
        ended = headless(command, image=elf, status=1)
        assert "error: test: this image has no self-tests (it was built with SELFTESTS=0)" in ended.output
    symbols = headless("cat /proc/kallsyms", image=elf).output
    assert " start_kernel" in symbols and " selftest_buddy_" not in symbols


def test_the_image_leaves_memory_to_others(here, headless):
    """
    What the buddy is never given at 1 GiB: mem_map, the first-level table, and the image.  The goal is
    9.4 MB with the self-tests in it, 9.0 MB without (tests/bench/anchors.csv).
    """
    assert balance(headless("balance", mem="1G").output)["reserved"] << 12 <= 9_400_000


def read(path):
    with open(path, "rb") as file:
        return file.read()


def times(tree):
    """When each object was built."""
    folders = os.walk(os.path.join(tree.root, "build"))
    return {os.path.join(folder, name): os.stat(os.path.join(folder, name)).st_mtime_ns
            for folder, _, names in folders for name in names if name.endswith(".o")}


def timed(tree):
    """Builds, in silence, and says how many seconds that took."""
    started = time.monotonic()
    assert tree.make("-s", "-j2") == ""
    return time.monotonic() - started


def test_builds_are_identical_and_no_more_than_needed(fresh_tree):
    """One copy of the tree, in another folder, with nothing built in it."""
    copy = fresh_tree("mit Ümläut, some where.else")
    took = [timed(copy)]
    mine = machine.default_image()
    mine = os.path.join(mine, "crumb.elf") if os.path.isdir(mine) else mine
    for suffix in (".elf", ".bin"):
        assert read(copy.elf().replace(".elf", suffix)) == read(mine.replace(".elf", suffix)), suffix

    # Nothing changed: nothing is built.
    before, elf_before = times(copy), os.stat(copy.elf()).st_mtime_ns
    took.append(timed(copy))
    assert times(copy) == before and os.stat(copy.elf()).st_mtime_ns == elf_before

    # A header: only what includes it.
    os.utime(os.path.join(copy.root, "kernel", "shell", "exhaust.h"))
    took.append(timed(copy))
    if os.environ.get("CRUMB_TIMES"):  # tools/test.sh prints it
        with open(os.environ["CRUMB_TIMES"], "w", encoding="ascii") as file:
            file.write("make -j2, beside other tests: %.1f s for all, %.1f s for nothing, %.1f s for a header\n"
                       % tuple(took))
    after = times(copy)
    changed = {os.path.basename(path) for path in after if after[path] != before.get(path)}
    assert "exhaust.c.o" in changed and len(changed) < len(before) // 3, changed

    # A source that comes, changes its language (its time stays, as with git mv) and goes.
    for name, text in (("late.S", "\t.text\n\t.global late_asm\nlate_asm:\n\tbx lr\n"),
                       ("late.c", "int late_c(void);\nint late_c(void)\n{\n\treturn 1;\n}\n")):
        path = os.path.join(copy.root, "kernel", name)
        with open(path, "w", encoding="ascii") as source:
            source.write(text)
        os.utime(path, (1, 1))
        copy.make("-s", "-j2")
        built = times(copy)
        os.remove(path)
        assert os.path.join(copy.root, SHARED, "kernel", name + ".o") in built
    copy.make("-s", "-j2")
    assert read(copy.elf()) == read(mine)


def test_changed_flags_rebuild(fresh_tree):
    """Within one configuration another compiler rebuilds what it compiles, and an equal one nothing."""
    copy = fresh_tree()
    objects = [f"{SHARED}/lib/rbtree.c.o", f"{SHARED}/boot/head.S.o"]
    assert copy.make("-s", "print-config").strip() == "2.6"
    copy.make("-s", *objects)
    before = times(copy)
    assert len(before) == len(objects)
    copy.make("-s", *objects)
    assert times(copy) == before

    for tool in ("gcc", "nm", "objcopy"):
        wrapper = os.path.join(copy.root, f"cross-{tool}")
        with open(wrapper, "w", encoding="ascii") as script:
            script.write(f'#!/bin/sh\nexec arm-none-eabi-{tool} "$@"\n')
        os.chmod(wrapper, 0o755)
    copy.make("-s", f"CROSS={copy.root}/cross-", *objects)
    after = times(copy)
    assert after.keys() == before.keys() and all(after[path] != before[path] for path in before)


def test_build_output_is_where_it_is_promised(here):
    elf = here.elf()
    assert re.fullmatch(r"build/[^/]+/crumb\.elf", os.path.relpath(elf, ROOT))
    for suffix in ("elf", "bin", "map"):
        assert os.path.getsize(elf.replace(".elf", f".{suffix}")) > 1000
    assert os.path.exists(os.path.join(ROOT, "build", "current", "crumb.elf"))


@pytest.mark.parametrize("name", CHOICES)
def test_a_bad_value_is_refused_with_the_choices(here, name):
    output = here.make("-s", f"{name}=bogus", status=2)
    assert f"{name}=bogus: choose one of: {' '.join(CHOICES[name])}" in output
    assert "choose one of" in here.make("-s", f"{name}=", status=2)


@pytest.mark.parametrize("arguments, reason", [
    (["qemu", "MEM=8M"], "16M to 1G"), (["run", "CMD=echo", "SMP=9"], "1 to 4"), (["EXTRA=/no/such.c"], "/no/such.c"),
    (["EXTRA=tests/my examples"], "blank"),
    (["EXTRA=README.md"], "README.md"), (["run", "CMD=echo", "TIMEOUT=x"], "seconds"),
])
def test_other_bad_values_are_refused(here, arguments, reason):
    assert reason in here.make("-s", *arguments, status=None)


def test_help_names_targets_and_variables(here):
    text = here.make("help")
    for word in ("make qemu", "make run", "make debug", "make gdb", "make test", "make lint", "MEM", "SMP", "APPEND",
                 "GEN", "DEBUG", "EXTRA", *CHOICES):
        assert word in text


def test_the_example_of_extra(extra_image, headless):
    """tests/examples/hello.c does what its first lines say."""
    ended = headless("hello 3; cat /proc/hello; test hello; help hello; balance", image=extra_image)
    assert len(re.findall(r"^hello from page frame 0x6[0-9a-f]+$", ended.output, re.MULTILINE)) == 3
    assert re.search(r"^first_page: pfn 0x6[0-9a-f]+$", ended.output, re.MULTILINE)
    assert totals(ended.output) == (1, 0, 0)
    assert "greet the reader" in ended.output
    assert balance(ended.output)["held"] >= 1


def test_extra_takes_a_folder_from_anywhere(extra_image, headless):
    """The image holds a file from outside the tree, too (see the fixture)."""
    assert "from outside" in headless("outside", image=extra_image).lines()


def test_symbols_are_where_the_elf_says(here, headless):
    """/proc/kallsyms agrees with nm on every function."""
    nm = subprocess.run(["arm-none-eabi-nm", here.elf()], stdout=subprocess.PIPE, encoding="ascii", timeout=LIMIT,
                        check=True).stdout
    functions = set(re.findall(r"^([0-9a-f]{8}) [tT] ([a-zA-Z_]\w*)$", nm, re.MULTILINE))
    shown = set(re.findall(r"^([0-9a-f]{8}) [tT] (\w+)$", headless("cat /proc/kallsyms").output, re.MULTILINE))
    assert len(shown) > 300 and shown <= functions
    assert ("start_kernel" in {name for _, name in shown})
