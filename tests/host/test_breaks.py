"""
test_breaks.py - every mistake that `break` lists in a process, made: it is caught in the way that its last line says

    break ──> each name ──> a process of its own: break NAME; check; balance ──> mistake: …   machine: …

The list is the program's own: a mistake that is added is made here, and one that is not caught fails.  The emulated
machine's are made by tests/boot/test_words.py.
"""

import re
import subprocess

import pytest

import machine

# What the last line may say; what must have been seen for it; the status the process ends with.
CAUGHT = {
    "refused: named it (BUG) and changed nothing": ("BUG: ", 0),
    "did not see it happen, but found it afterwards and named it (BUG)": ("BUG: ", 0),
    "faulted (Oops): the command ended, the shell goes on, no page is lost": ("Oops: ", 1),
    "did it all the same, warned, and counted it (vmstat freed_while_shown)": ("while kmap shows it", 0),
    "would not have noticed, so it was not made: only DEBUG builds see it": ("only DEBUG builds see this one", 1),
}
# Those that the emulated machine alone can be asked for: arch/arm/*_break.c.
OF_THE_MACHINE = {"fixmap-text", "init-call", "svc", "unaligned", "undefined-instruction", "wild-everything", "wild-sp"}


def start(program, commands):
    ended = subprocess.run([program, "--mem", "64M", "--append", "lowmem=32M", "--run", commands], check=False,
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           timeout=machine.LIMIT)
    return ended.returncode, machine.plain(ended.stdout.decode(errors="replace"))


def untrue(program, name):
    """What of `break NAME` is not as it says, or None."""
    status, output = start(program, f"break {name}; check; balance")
    told = re.search(r"^mistake: (.+[;}*/])\s*\nmachine: (.+?)\s*$", output, re.MULTILINE)
    seen, expected = CAUGHT.get(told[2], (None, None)) if told else (None, None)
    if seen and seen in output and status == expected and "lost=0" in output:
        return None
    return f"break {name}: status {status}\n{machine.tail(output)}"


@pytest.mark.parametrize("choice", ["ARCH=user", "ARCH=user DEBUG=1"])
def test_every_mistake_is_caught_as_it_says(built, choice):
    program = built(choice).elf(*choice.split())
    names = set(re.findall(r"^  ([a-z0-9_-]+)  ", start(program, "break")[1], re.MULTILINE))
    assert len(names) > 120 and not names & OF_THE_MACHINE
    wrong = [*filter(None, (untrue(program, name) for name in sorted(names)))]
    assert not wrong, "\n".join(wrong)
