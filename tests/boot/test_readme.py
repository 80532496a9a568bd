"""
test_readme.py - the README's tour, typed again: what a reader sees is what the README shows

In README.md, blocks that are marked `console` hold what is typed and what comes back:

    crumb> COMMAND     typed at the prompt of one machine that lives through the whole file
    $ make run …       run in the tree by a shell
    $ make qemu        starts that machine; the lines below are part of what it prints while booting
    …                  any number of lines, also none

Other numbers than #N, order= and the counts of `run:` may differ from machine to machine; they are
compared as numbers, not by value.  Blanks are compared as one blank.
"""

import os
import re
import subprocess

import pytest

from machine import ROOT, plain

README = os.path.join(ROOT, "README.md")
KEPT = re.compile(r"#\d+|order=\d+|\d+ (?:ok|failed)")
NUMBER = re.compile(r"0x[0-9a-fA-F]+|\b[0-9a-f]{8}\b|\b\d+(?:\.\d+)?")


def blocks():
    """The console blocks of the README, each as a list of (typed line, output lines)."""
    if not os.path.exists(README):
        return []
    with open(README, encoding="utf-8") as file:
        text = file.read()
    return [steps(block) for block in re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL)]


def steps(block):
    found = []
    for line in block.splitlines():
        if line.startswith(("crumb> ", "$ ")):
            found.append((line, []))
        elif found and line != "crumb>":
            found[-1][1].append(line)
    return found


def pattern(line):
    """The line as a regular expression: numbers by kind, blanks as one."""
    parts, at = [], 0
    tokens = sorted([*KEPT.finditer(line)] + [*NUMBER.finditer(line)], key=lambda m: (m.start(), -m.end()))
    for token in tokens:
        if token.start() < at:
            continue
        parts.append(re.escape(line[at:token.start()]))
        kept = KEPT.fullmatch(token[0])
        parts.append(re.escape(token[0]) if kept else r"(?:0x)?[0-9a-fA-F]+(?:\.\d+)?")
        at = token.end()
    parts.append(re.escape(line[at:]))
    return re.sub(r"(?:\\[ \t])+", r"\\s+", "".join(parts).rstrip()) + r"\s*"


def matches(expected, shown):
    """Whether the expected lines, in which … stands for any lines, are the shown ones."""
    whole = ""
    for line in expected:
        whole += r"(?:.*\n)*?" if line.strip() in ("…", "...") else r"\s*" + pattern(line.strip()) + r"\n"
    text = "".join(line.strip() + "\n" for line in shown if line.strip())
    return re.fullmatch(whole, text) is not None


@pytest.mark.parametrize("line, other, same", [
    ("#1 pages order=2 pfn=0x60a40", "#1 pages order=2 pfn=0x7ffff", True),
    ("#1 pages order=2 pfn=0x60a40", "#2 pages order=2 pfn=0x60a40", False),
    ("#1 pages order=2 pfn=0x60a40", "#1 pages order=3 pfn=0x60a40", False),
    ("run: 2 ok, 0 failed", "run: 2 ok, 1 failed", False),
    ("Node 0, zone   DMA  1 2", "Node 0, zone DMA 3 4", True),
    ("free=12", "held=12", False),
])
def test_the_comparison_itself(line, other, same):
    assert matches([line], [other]) == same


def test_ellipsis_stands_for_any_lines():
    assert matches(["a", "…", "z"], ["a", "b", "c", "z"]) and matches(["a", "…", "z"], ["a", "z"])
    assert not matches(["a", "…", "z"], ["a", "b"])


def test_readme_has_a_tour():
    typed = [line for block in blocks() for line, _ in block]
    assert len([line for line in typed if line.startswith("crumb> ")]) >= 8


def shell_step(line):
    command = line[2:]
    clean = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL")}
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, env=clean, stdin=subprocess.DEVNULL, timeout=120,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False)
    return done.stdout.splitlines()


def test_the_tour_shows_what_is_shown(boot):
    """In one go from top to bottom, as a reader would."""
    machine = boot(mem="1G")
    wrong = []
    for block in blocks():
        for line, expected in block:
            if line.startswith("$ make qemu"):
                shown, expected = machine.boot_log.splitlines(), ["…", *expected, "…"] if expected else []
            elif line.startswith("$ make run"):
                shown = shell_step(line)
            elif line.startswith("$ "):
                continue
            else:
                shown = plain(machine.cmd(line[len("crumb> "):], oops=True, limit=90)).splitlines()
            if (expected or not line.startswith("$")) and not matches(expected, shown):
                wrong.append("\n".join([line, *("- " + text for text in expected), *("+ " + text for text in shown)]))
    assert not wrong, "the README shows (-) and the machine printed (+):\n" + "\n\n".join(wrong)
