"""
session.py - one machine and one gdb for many commands, their answers apart

    Session(machine, server) ── gdb-multiarch -batch ── "crumb buddy", "crumb pt …", …
        answers["crumb buddy"] == what that command printed

Starting gdb costs more than what the commands do, so tests of one module share a session.
"""

import os
import re
import subprocess

from machine import LIMIT, ROOT, Machine, default_image, until

ALONE = os.path.join(ROOT, "tests", "gdb", "alone.py")
AUTOLOAD = os.path.join(ROOT, "tools", "gdb", "autoload.py")


def elf():
    image = default_image()
    return os.path.join(image, "crumb.elf") if os.path.isdir(image) else re.sub(r"\.bin$", ".elf", image)


class Answers:
    """What each command of a batch printed, by the command or by its place."""

    def __init__(self, commands, text):
        self.text = text
        self.all = []
        for place, command in enumerate(commands):
            found = re.search(rf"^<<{place}>>\n(.*?)(?=^<<{place + 1}>>\n)", text, re.MULTILINE | re.DOTALL)
            assert found, f"gdb did not come to {command!r}:\n{text}"
            self.all.append((command, found[1].rstrip("\n")))

    def __getitem__(self, key):
        if isinstance(key, int):
            return self.all[key][1]
        return next(answer for command, answer in self.all if command == key)


def ask(server, *commands, limit=LIMIT, image=None, cwd=ROOT, held=False):
    """
    The answers of gdb, attached to the server; errors of commands are answers, too.
    A held machine stays stopped afterwards, so that the next gdb finds it at the same instruction.
    """
    end = "disconnect" if held else "detach"
    return _gdb([f"target remote {server}"], commands, [end], limit, [image or elf()], cwd)


def ask_core(core, *commands, limit=LIMIT):
    """The same of a core."""
    return _gdb([], commands, [], limit, [elf(), core], ROOT)


def _gdb(begin, commands, end, limit, files, cwd):
    args = ["gdb-multiarch", "-q", "-nx", "-batch", "-iex", "maint set worker-threads 0",
            "-ex", "set auto-load python-scripts off"]
    script = ["set confirm off", "set pagination off", "set width 0", "set style enabled off", f"source {AUTOLOAD}",
              f"source {ALONE}", *begin]
    for place, command in enumerate(commands):
        script += [f"echo \\n<<{place}>>\\n", command]
    script += [f"echo \\n<<{len(commands)}>>\\n", *end]
    for command in script:
        args += ["-ex", command]
    # stderr, where errors of commands go, in its place among the answers
    done = subprocess.run([*args, *files], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, cwd=cwd,
                          stderr=subprocess.STDOUT, timeout=limit, encoding="utf-8", check=False)
    return Answers(commands, done.stdout)


# Every command, as one may type it first.
COMMANDS = ("allocs", "balance", "each areas", "each objects kmalloc-128", "each pages slab", "fault",
            "fault 0x807 0xc0010000", "map", "map 0x60100", "md 0xc0010000", "md phys:0x60010000 4", "meminfo", "regs",
            "buddy", "buddy Normal", "check", "dmesg", "early", "explain 0xc0010000", "fixmap", "kmap", "page 0x60100",
            "pcp", "percpu", "percpu kmap_stack", "pgtables", "pt 0xc0010000", "slab", "slab kmalloc-128",
            "slab-of 0xc1000000", "vmap", "zones")


LINES = [f"crumb {command}" for command in COMMANDS]


def told_otherwise_when_first(server, image=None):
    """The commands that answer otherwise as a gdb's first than after all the others."""
    later = ask(server, *LINES, *LINES, image=image, held=True).all[len(LINES):]
    firsts = ask(server, *(f"alone {line}" for line in LINES), image=image, cwd="/", held=True).all
    return [(line, first, answer) for (_, first), (line, answer) in zip(firsts, later) if first != answer]


def told_otherwise_after(server, *settings, image=None):
    """The commands that answer otherwise once this was typed."""
    plain = ask(server, *LINES, image=image, held=True).all
    others = ask(server, *settings, *LINES, image=image).all[len(settings):]
    return [(line, answer, other) for (line, answer), (_, other) in zip(plain, others) if answer != other]


def start(folder, **options):
    """A machine that serves gdb on a socket of the folder: (machine, server)"""
    server = os.path.join(folder, "gdb")
    machine = Machine(gdb=server, **options)
    until(lambda: os.path.exists(server), "the socket for gdb")
    return machine, server
