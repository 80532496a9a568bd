"""
machine.py - one emulated machine, and a conversation with its console

    test ── Machine ── pty ── qemu.sh ── QEMU ── the kernel's UART
            headless() ── pipe ──┘

Machine boots to the prompt and then talks: cmd() types a line and returns what it printed.
headless() boots with `batch run="…"`, waits for the end and returns status and output.

Invariants
  M1  Nothing waits without a limit; when it passes, the test fails and shows the console's last lines.
  M2  A panic, an oops or a kernel's end that the test did not ask for fails it at once.
  M3  The emulator dies with its test: closed by the fixture, and by its death signal otherwise.

Read next: tests/conftest.py (the fixtures `boot` and `headless`), qemu.sh.
"""

import os
import re
import shutil
import subprocess
import time

import pexpect
import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
QEMU_SH = os.path.join(ROOT, "qemu.sh")
RUN_SH = os.path.join(ROOT, "tools", "run.sh")
# Before a command that starts a machine: it ends with its test, even if that is killed; a machine with it (Q2 of
# qemu.sh).  A terminal that is gone does not end make, which waits for the machine.
BOUND = ["setpriv", "--pdeathsig", "TERM", "--"] if shutil.which("setpriv") else []

PROMPT = "crumb> "
READY = re.compile(r"ready: (\d+) (instructions|us)")
ESCAPE = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|[78])")

# Seconds that bound a hang, nothing else, and that no other file holds: a boot takes well under one, on a
# busy machine some; all self-tests of a DEBUG image take a minute, and there ten.  A slow machine scales them
# all (CRUMB_TEST_LIMIT).
LIMIT = float(os.environ.get("CRUMB_TEST_LIMIT", "300"))
LONG_LIMIT = 4 * LIMIT   # for what compiles the tree, lints it, measures or tests all of it
TEST_LIMIT = 12 * LIMIT  # for a test as a whole
SHORT = 4                # what a machine that is to hang is given, where that is what is tested


def single_step():
    """QEMU's option for one instruction a block, so that interrupts come between any two."""
    version = subprocess.run([os.environ.get("QEMU", "qemu-system-arm"), "--version"], timeout=LIMIT,
                             stdout=subprocess.PIPE, encoding="utf-8", check=True).stdout
    major, minor = map(int, re.search(r"version (\d+)\.(\d+)", version).groups())
    return ["-accel", "tcg,one-insn-per-tb=on"] if (major, minor) >= (8, 1) else ["-singlestep"]


def default_image():
    """The image under test: $CRUMB_IMAGE, or the last one built."""
    return os.environ.get("CRUMB_IMAGE") or os.path.join(ROOT, "build", "current")


def plain(text):
    """Console output without carriage returns and escape sequences."""
    return ESCAPE.sub("", text).replace("\r", "")


def tail(text, lines=60):
    return "\n".join(plain(text).splitlines()[-lines:])


def is_process(image):
    """Is it the machine as a process, rather than one to be emulated?"""
    return os.path.basename(str(image)) == "crumb.host"


def of_process(**machine):
    """crumb.host's command line; what a process has not is no test of it."""
    wanting = {name for name, value in machine.items() if value and name not in ("mem", "append", "dtb", "initrd")}
    if wanting - {"smp"} or machine["smp"] != 1:
        pytest.skip(f"a process has no {', '.join(sorted(wanting))}")
    given = [(f"--{name}", str(machine[name])) for name in ("mem", "append", "dtb", "initrd") if machine[name]]
    return [word for option in given for word in option]


def arguments(*, image=None, mem="128M", smp=1, proto=None, dtb=None, initrd=None, append="",
              icount=False, gdb=None, stop=False, qemu=()):
    """qemu.sh's command line for the machine that is described; crumb.host's, when that is the image."""
    image = str(image or default_image())
    if is_process(image):
        return of_process(mem=mem, smp=smp, proto=proto, dtb=dtb, initrd=initrd, append=append, icount=icount,
                          gdb=gdb, stop=stop, qemu=qemu) + [image]
    args = ["--mem", mem, "--smp", str(smp)]
    for name, value in (("proto", proto), ("dtb", dtb), ("initrd", initrd), ("append", append), ("gdb", gdb)):
        if value:
            args += [f"--{name}", str(value)]
    if icount:
        args.append("--icount")
    if stop:
        args.append("--stop")
    args.append(image)
    if qemu:
        args += ["--", *map(str, qemu)]
    return args


def on_a_terminal(command, *arguments, **options):
    """
    Starts it on a terminal of its own.  The console is bytes, read as latin-1; pexpect would write the
    arguments so, too, and a path in which other characters stand would be another.
    """
    words = [os.fsencode(word).decode("latin-1") for word in ("--", *BOUND, command, *arguments)]
    return pexpect.spawn("env", words, encoding="latin-1", **options)


PROCESS = is_process(default_image())
LOWMEM_AT = 0x7e9000000000 if PROCESS else 0xc0000000  # where the first byte of RAM is mapped


class MachineError(AssertionError):
    """The machine did something that its test did not ask for; carries the console's last lines."""


class Machine:
    """A machine that runs on a pty; see the module's text."""

    def __init__(self, *, wait=True, limit=LIMIT, **machine):
        self.limit = limit
        self.transcript = ""
        self.boot_log = ""
        # Every key is for the kernel's shell (--raw).
        *options, image = arguments(**machine)
        program = [image, *options] if is_process(image) else [QEMU_SH, "--raw", *options, image]
        self.child = on_a_terminal(*program, echo=False, timeout=limit,
                                   dimensions=(50, 200), maxread=65536, searchwindowsize=None)
        self.child.delaybeforesend = None
        self.child.delayafterclose = 0.02
        if wait:
            self.boot_log = self.expect(re.escape(PROMPT))

    # ---- waiting ---------------------------------------------------------------------------------

    def fail(self, why):
        raise MachineError(f"{why}\n--- the console's last lines ---\n{tail(self.transcript)}")

    def expect(self, pattern, *, limit=None, oops=False, panic=False):
        """
        Waits for the regular expression; returns the plain text from the last stop up to its end.
        An oops or a panic on the way is a failure, except when it is announced.
        """
        trouble = [name for name, wanted in (("panic: ", panic), ("Oops: ", oops)) if not wanted]
        patterns = [pattern, pexpect.TIMEOUT, pexpect.EOF, *trouble]
        seconds = limit or self.limit
        which = self.child.expect(patterns, timeout=seconds)
        seen = self.child.before if isinstance(self.child.before, str) else ""
        if which in (1, 2):
            self.transcript += seen
            end = f"nothing like {pattern!r} within {seconds} s" if which == 1 else \
                f"the machine ended (status {self.wait()}) while the test waited for {pattern!r}"
            self.fail(end)
        seen += self.child.after
        self.transcript += seen
        if which > 2:
            self.expect_rest()
            self.fail(f"{trouble[which - 3]!r} came while the test waited for {pattern!r}")
        return plain(seen)

    def expect_rest(self):
        """Takes what comes within a moment, so that a report of trouble shows all of it."""
        try:
            self.child.expect([pexpect.EOF, re.escape(PROMPT)], timeout=1)
            self.transcript += self.child.before or ""
        except pexpect.TIMEOUT:
            self.transcript += self.child.before or ""

    def wait(self, limit=None):
        """The status with which the machine ended; a failure when it does not end."""
        deadline = time.monotonic() + (limit or self.limit)
        while self.child.isalive():
            if time.monotonic() > deadline:
                self.fail("the machine did not end")
            try:
                self.transcript += self.child.read_nonblocking(65536, timeout=0.05)
            except (pexpect.TIMEOUT, pexpect.EOF):
                time.sleep(0.01)
        return self.child.exitstatus if self.child.exitstatus is not None else -self.child.signalstatus

    # ---- talking ---------------------------------------------------------------------------------

    def send(self, keys):
        """Types the keys as they stand."""
        self.child.send(keys)

    def cmd(self, line, *, limit=None, oops=False):
        """Types a line and returns what it printed, up to the next prompt."""
        self.send(line + "\r")
        return self.answer(limit=limit, oops=oops)

    def answer(self, *, limit=None, oops=False):
        """What the line that was just entered prints: from the end of its echo to the prompt."""
        self.expect("\n", limit=limit)
        seen = self.expect(re.escape(PROMPT), limit=limit, oops=oops)
        return seen[:-len(PROMPT)].strip("\n")

    def settle(self, quiet=0.3):
        """Takes whatever comes until nothing has come for that long."""
        while self.child.expect([r"(?s).+", pexpect.TIMEOUT], timeout=quiet) == 0:
            self.transcript += self.child.after

    def ready(self):
        """The (number, unit) of the line that stands before the first prompt."""
        found = READY.search(self.boot_log)
        if not found:
            self.fail("no `ready:` line before the first prompt")
        return int(found[1]), found[2]

    def close(self):
        self.child.close(force=True)


class Ended:
    """What a headless machine left: its status, and what it printed."""

    def __init__(self, status, output, errors=""):
        self.status = status
        self.output = plain(output)
        self.errors = errors

    def __repr__(self):
        failed = "".join(f"{line}\n" for line in self.lines() if line.startswith("not ok"))
        return f"status {self.status}\n{failed}--- the console's last lines ---\n{tail(self.output)}\n{self.errors}"

    def lines(self):
        return self.output.splitlines()


def run_commands(commands, *, limit=LONG_LIMIT, append="", **machine):
    """Boots, runs the commands without a terminal, and returns how that Ended."""
    environment = dict(os.environ, TIMEOUT=str(int(limit)), APPEND=append)
    done = subprocess.run([RUN_SH, commands, *arguments(**machine)], env=environment, timeout=limit + LIMIT,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="latin-1", check=False)
    return Ended(done.returncode, done.stdout, done.stderr)


def until(condition, what):
    """Waits until it is so, by asking again and again."""
    deadline = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < deadline, f"not within {LIMIT} s: {what}"
        time.sleep(0.05)


def given_time(run, far_enough):
    """What run(limit) returns of a machine that hangs in the end; tried again for longer if it did not get there."""
    limit = SHORT
    while not far_enough(ended := run(limit)) and limit < LIMIT:
        limit *= 4
    return ended


TOTALS = re.compile(r"^# totals: pass:(\d+) fail:(\d+) skip:(\d+)$", re.MULTILINE)


def totals(text):
    """The (pass, fail, skip) of a KTAP report; a report without any test, or whose lines do not add up, fails."""
    found = TOTALS.search(text)
    assert "KTAP version 1" in text and found, f"no KTAP report with totals in:\n{tail(text)}"
    counts = tuple(int(number) for number in found.groups())
    results = re.findall(r"^(not ok|ok) (\d+) (\S+)(.*)$", text, re.MULTILINE)
    skipped = sum(1 for result in results if "# SKIP" in result[3])
    failed = sum(1 for result in results if result[0] == "not ok")
    assert sum(counts) > 0, f"no test ran:\n{tail(text)}"
    assert counts == (len(results) - failed - skipped, failed, skipped), f"the totals do not add up:\n{tail(text)}"
    assert [int(result[1]) for result in results] == list(range(1, len(results) + 1))
    return counts


BALANCE = re.compile(r"^present=(\d+) reserved=(\d+) managed=(\d+) (.*) lost=(-?\d+)$", re.MULTILINE)


def balance(text):
    """The equation of the `balance` command as a dict, verified: nothing may be lost."""
    found = BALANCE.search(text)
    assert found, f"no balance line in:\n{text}"
    numbers = {name: int(number) for name, number in re.findall(r"(\w+)=(-?\d+)", found[0])}
    parts = sum(int(number) for _, number in re.findall(r"(\w+)=(\d+)", found[4]))
    assert numbers["present"] == numbers["reserved"] + numbers["managed"], found[0]
    assert numbers["managed"] == parts, found[0]
    assert numbers["lost"] == 0, found[0]
    return numbers
