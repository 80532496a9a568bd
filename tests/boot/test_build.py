"""
test_build.py - the build: reproducible, no more than needed, every choice boots, bad values refused
"""

import os
import re
import subprocess
import time

import pytest

import machine
from machine import ROOT, balance, totals


def choices():
    """The values of each variable, as the Makefile lists them."""
    listing = subprocess.run(["make", "-s", "-C", ROOT, "--no-print-directory", "print-choices"], timeout=30,
                             env={k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL")},
                             stdout=subprocess.PIPE, encoding="ascii", check=True).stdout
    return {line.split()[0]: line.split()[1:] for line in listing.splitlines()}


CHOICES = choices()
DEFAULTS = {name: values[0] for name, values in CHOICES.items()}


def other_choices():
    """Each value that the image under test is not built with."""
    return [f"{name}={value}" for name, values in CHOICES.items() for value in values if value != values[0]]


@pytest.mark.parametrize("choice", other_choices())
def test_every_choice_builds_and_passes(tree, headless, choice):
    tree.make("-s", "-j2", choice)
    ended = headless("test; balance", image=tree.elf(choice), mem="128M", limit=120)
    assert totals(ended.output)[1] == 0
    balance(ended.output)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def test_builds_are_identical_also_from_another_folder(fresh_tree):
    """Against the image under test, which was built in its own place."""
    copy = fresh_tree("somewhere else, with blanks".replace(" ", "-").replace(",", ""))
    copy.make("-s", "-j2")
    mine = machine.default_image()
    mine = os.path.join(mine, "crumb.elf") if os.path.isdir(mine) else mine
    for suffix in (".elf", ".bin"):
        ours = mine.replace(".elf", suffix)
        assert read(copy.elf().replace(".elf", suffix)) == read(ours), suffix


def test_build_output_is_where_it_is_promised(here):
    elf = here.elf()
    assert re.fullmatch(r"build/[^/]+/crumb\.elf", os.path.relpath(elf, ROOT))
    for suffix in ("elf", "bin", "map"):
        assert os.path.getsize(elf.replace(".elf", f".{suffix}")) > 1000
    assert os.path.exists(os.path.join(ROOT, "build", "current", "crumb.elf"))


def times(root):
    return {os.path.join(folder, name): os.stat(os.path.join(folder, name)).st_mtime_ns
            for folder, _, names in os.walk(os.path.join(root, "build")) for name in names if name.endswith(".o")}


def test_only_what_is_touched_is_rebuilt(tree):
    """Nothing changed: nothing is built.  A header: what includes it.  A flag: everything."""
    tree.make("-s", "-j2")
    before = times(tree.root)
    elf_before = os.stat(tree.elf()).st_mtime_ns
    tree.make("-s", "-j2")
    assert times(tree.root) == before and os.stat(tree.elf()).st_mtime_ns == elf_before

    time.sleep(0.02)
    os.utime(os.path.join(str(tree.root), "kernel", "shell", "exhaust.h"))
    tree.make("-s", "-j2")
    after = times(tree.root)
    changed = {os.path.basename(path) for path in after if after[path] != before.get(path)}
    assert 1 <= len(changed) < len(before) // 3, changed

    # The compiler's flags are part of what the objects depend on, within one configuration, too.
    tree.make("-s", "-j2", "CFLAGS_EXTRA_UNUSED=1")
    assert times(tree.root) == after


def test_a_changed_variable_rebuilds(tree):
    """DEBUG has a folder of its own; another compiler has not, and must still rebuild."""
    tree.make("-s", "-j2")
    before = times(tree.root)
    wrapper = os.path.join(str(tree.root), "cross-gcc")
    for tool in ("gcc", "nm", "objcopy", "ld"):
        with open(wrapper.replace("gcc", tool), "w", encoding="ascii") as script:
            script.write(f'#!/bin/sh\nexec arm-none-eabi-{tool} "$@"\n')
        os.chmod(wrapper.replace("gcc", tool), 0o755)
    tree.make("-s", "-j2", f"CROSS={wrapper[:-3]}")
    after = times(tree.root)
    assert all(after[path] != before[path] for path in before)


@pytest.mark.parametrize("name", CHOICES)
def test_a_bad_value_is_refused_with_the_choices(here, name):
    output = here.make("-s", f"{name}=bogus", status=2)
    assert f"{name}=bogus: choose one of: {' '.join(CHOICES[name])}" in output
    assert "choose one of" in here.make("-s", f"{name}=", status=2)


@pytest.mark.parametrize("arguments, reason", [
    (["qemu", "MEM=8M"], "16M to 1G"), (["run", "CMD=echo", "SMP=9"], "1 to 4"), (["EXTRA=/no/such.c"], "/no/such.c"),
    (["EXTRA=README.md"], "README.md"), (["run", "CMD=echo", "TIMEOUT=x"], "seconds"),
])
def test_other_bad_values_are_refused(here, arguments, reason):
    assert reason in here.make("-s", *arguments, status=None)


def test_help_names_targets_and_variables(here):
    text = here.make("help")
    for word in ("make qemu", "make run", "make debug", "make gdb", "make test", "make lint", "MEM", "SMP", "APPEND",
                 "GEN", "DEBUG", "EXTRA", *CHOICES):
        assert word in text


def test_the_example_of_extra(tree, headless):
    """tests/examples/hello.c by itself, as its first lines say."""
    extra = "EXTRA=tests/examples/hello.c"
    tree.make("-s", "-j2", extra)
    ended = headless("hello 3; cat /proc/hello; test hello; help hello; balance", image=tree.elf(extra))
    assert len(re.findall(r"^hello from page frame 0x6[0-9a-f]+$", ended.output, re.MULTILINE)) == 3
    assert re.search(r"^first_page: pfn 0x6[0-9a-f]+$", ended.output, re.MULTILINE)
    assert totals(ended.output) == (1, 0, 0)
    assert "greet the reader" in ended.output
    assert balance(ended.output)["held"] >= 1


def test_extra_takes_a_file_from_anywhere(tree, tmp_path, headless):
    """An absolute path outside the tree, and a folder."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "one.c").write_text('#include "kernel/console.h"\n#include "kernel/shell/shell.h"\n'
                                  'SHELL_CMD(one, "", "mine")\n{\n\tcon_printf("one\\n");\n\treturn SHELL_OK;\n}\n')
    tree.make("-s", "-j2", f"EXTRA={folder}")
    assert "one" in headless("one", image=tree.elf(f"EXTRA={folder}")).lines()


def test_symbols_are_where_the_elf_says(here, headless):
    """/proc/kallsyms agrees with nm on every function."""
    nm = subprocess.run(["arm-none-eabi-nm", here.elf()], stdout=subprocess.PIPE, encoding="ascii", timeout=30,
                        check=True).stdout
    functions = set(re.findall(r"^([0-9a-f]{8}) [tT] ([a-zA-Z_]\w*)$", nm, re.MULTILINE))
    shown = set(re.findall(r"^([0-9a-f]{8}) [tT] (\w+)$", headless("cat /proc/kallsyms").output, re.MULTILINE))
    assert len(shown) > 300 and shown <= functions
    assert ("start_kernel" in {name for _, name in shown})
