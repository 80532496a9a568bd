"""
test_editors.py - what editors are told of the tree: how files are compiled, laid out and debugged
"""

import json
import os
import re
import shutil
import subprocess

import pytest

from machine import LIMIT, ROOT, default_image


def elf():
    image = default_image()
    return os.path.join(image, "crumb.elf") if os.path.isdir(image) else image


@pytest.fixture(scope="module")
def commands(here):
    here.make("-s", "compile_commands.json")
    with open(os.path.join(ROOT, "compile_commands.json"), encoding="utf-8") as file:
        return json.load(file)


def test_each_source_of_the_image_is_known(commands):
    files = [command["file"] for command in commands]
    assert len(files) == len(set(files)) > 300
    assert all(os.path.exists(os.path.join(command["directory"], command["file"])) for command in commands)
    assert {"boot/head.S", "kernel/main.c", "mm/page/buddy.c", "tests/selftests/lib/list.c"} <= set(files)


@pytest.mark.parametrize("source", ["boot/head.S", "mm/page/buddy.c", "kernel/shell/shell.c"])
def test_they_are_compiled_as_make_compiles_them(commands, here, source):
    command = next(command for command in commands if command["file"] == source)
    subprocess.run([*command["arguments"], "-o", os.devnull], cwd=command["directory"], timeout=LIMIT, check=True)
    shown = here.make("-n", "-W", source, "V=1", "image")
    made = next(line for line in shown.splitlines() if line.endswith(f" {source}"))
    flags = set(command["arguments"]) - {"-isystem"} - {word for word in command["arguments"] if word.startswith("/")}
    assert flags <= set(made.split()), flags - set(made.split())


@pytest.mark.skipif(not shutil.which("clangd"), reason="there is no clangd here")
def test_clangd_understands_them(commands):
    done = subprocess.run(["clangd", "--check=mm/page/buddy.c"], cwd=ROOT, timeout=LIMIT, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, encoding="utf-8", check=False)
    assert done.returncode == 0 and "All checks completed, 0 errors" in done.stdout, commands and done.stdout[-2000:]


def test_an_editors_gdb_finds_the_sources_from_anywhere():
    """With what .vscode/launch.json says, on the image under test."""
    with open(os.path.join(ROOT, ".vscode", "launch.json"), encoding="utf-8") as file:
        launch = json.load(file)["configurations"][0]
    assert launch["program"] == "${workspaceFolder}/build/current/crumb.elf"
    arguments = re.fullmatch(r'-iex "(.+)"', launch["miDebuggerArgs"])[1].replace("${workspaceFolder}", ROOT)
    done = subprocess.run([launch["miDebuggerPath"], "-q", "-batch", "-iex", arguments, "-ex", "list start_kernel",
                           "-ex", "help crumb", os.path.realpath(elf())], cwd="/", timeout=LIMIT,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False)
    assert "start_kernel(void)" in done.stdout and "crumb check" in done.stdout, done.stdout


def test_the_layout_rules_agree():
    """.editorconfig says of C what .clang-format does."""
    def read(name):
        with open(os.path.join(ROOT, name), encoding="utf-8") as file:
            return file.read()

    of_c = read(".editorconfig").split("[*.{c,h,S,ld,sh}]")[1].split("\n[")[0]
    assert re.search(r"ColumnLimit: (\d+)", read(".clang-format"))[1] == re.search(r"max_line_length = (\d+)", of_c)[1]
    assert re.search(r"TabWidth: (\d+)", read(".clang-format"))[1] == re.search(r"indent_size = (\d+)", of_c)[1]
