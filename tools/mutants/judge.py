"""
judge.py - what is run, cheapest first, until something fails

    process       the tests of the changed family ─> every self-test, the checkers, the balance, on several machines
    debug         the same of a DEBUG image
    conversation  those of tests/boot that a process can have, too: commands, what they print, committed bugs
    exhaustive    those of tests/exhaustive that are about the family
    machine       the emulated one: every self-test, then those conversations of the family that only it can have

Invariants
  J1  A run without a change passes everything: else no failure would say anything.
  J2  A hang is one that is seen twice: ten times the processor time of the run without a change, and a second.
  J3  What a changed program can use is bounded; it runs in a process group of its own, which ends with its run.
"""

import os
import re
import resource
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass

from mutants.tree import Failed

STAGED = "lowmem=32M early_test node_test percpu_test"
ALL = "test; check; balance"
# A test says of what it provokes that it was wanted.
TROUBLE = re.compile(r"^(?!# wanted).*(?:panic: |Oops: |BUG: |broken: |lost=-?[1-9]|error: ).*$", re.MULTILINE)
FAMILY_TESTS = {  # a family of mm/ -> folders of tests/selftests that are about it
    "early": ["early", "boot"], "page": ["page"], "slab": ["slab", "mempool", "names"], "vmap": ["vmap"],
    "window": ["window"], "fixmap": ["fixmap"], "percpu": ["percpu"], "account": ["account"], "node": ["node"]}
EXHAUSTIVE = {  # a family -> files of tests/exhaustive
    "early": ["early"], "page": ["bits", "pages", "zone"], "percpu": ["percpu", "conditional"],
    "slab": ["slab", "conditional"], "vmap": ["areas"], "window": ["areas"], "fixmap": ["areas"]}
COMMANDS = ["views", "memory", "words", "shell"]
CONVERSATIONS = {  # a family -> files of tests/boot that show it
    "early": ["early", "reserved", "odd_machines", *COMMANDS], "page": ["reserved", "stress", *COMMANDS],
    "slab": ["slab", *COMMANDS], "vmap": ["vmap", *COMMANDS], "window": ["window", "address", *COMMANDS],
    "fixmap": ["fixmap", "window", "address", *COMMANDS], "percpu": COMMANDS, "account": COMMANDS,
    "node": ["odd_machines", "early", *COMMANDS]}
# All self-tests have been run, and what is about keys is long.
OTHERS = "not self_tests and not are_cleared and not lowmem_parameter and not noise and not watch_takes"
OUTPUT = 64 << 20   # bytes that a run may print
WAITING = 60        # seconds that a run may wait, above what it computes; on a busy machine it waits for that
EMULATED = 1500     # seconds for what runs on the emulated machine


def family_of(path):
    """mm/slab/slab/view.c is the slab family's; what lies in mm/ itself, the nodes'."""
    parts = path.split("/")
    return parts[1] if len(parts) > 2 else "node"


@dataclass(frozen=True)
class Stage:
    name: str
    config: tuple           # of the image
    machine: tuple = ()     # options of crumb.host
    commands: str = ALL


STAGES = (
    Stage("process", ("ARCH=user",), ("--mem", "64M", "--append", STAGED)),
    Stage("process 16M", ("ARCH=user",), ("--mem", "16M")),
    Stage("process cleared", ("ARCH=user",), ("--mem", "40M", "--append", "lowmem=32M init_on_alloc=1 init_on_free=1")),
    Stage("debug", ("ARCH=user", "DEBUG=1"), ("--mem", "48M", "--append", STAGED)),
    Stage("debug 16M", ("ARCH=user", "DEBUG=1"), ("--mem", "16M")),
)
EVERY_INPUT = Stage("exhaustive", ("ARCH=user", "EXTRA=tests/exhaustive"), ("--mem", "16M"))
PROCESS = ("ARCH=user",)
MACHINE = ("ARCH=arm",)
PYTHON = os.environ.get("PYTHON", "/usr/bin/python3")


# ---- one run -------------------------------------------------------------------------------------

@dataclass
class Ended:
    status: int
    output: str
    seconds: float  # of the processor


def bounded(seconds):
    """In the child: what it may use (keeps J3)."""
    def limit():
        os.setsid()
        whole = int(seconds) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (whole, whole))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return limit


def run(command, cwd, seconds, waiting, env=None):
    """Runs it in a group of its own."""
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                 env=env, preexec_fn=bounded(seconds))
        deadline = time.monotonic() + waiting
        try:
            while True:
                pid, status, used = os.wait4(child.pid, os.WNOHANG)
                if pid or time.monotonic() > deadline or os.fstat(output.fileno()).st_size > OUTPUT:
                    break
                time.sleep(0.01)
            if not pid:
                os.killpg(child.pid, signal.SIGKILL)
                _, status, used = os.wait4(child.pid, 0)
        finally:
            end_rest(child)
        output.seek(0)
        return Ended(os.waitstatus_to_exitcode(status), output.read(OUTPUT).decode("latin-1").replace("\r", ""),
                     used.ru_utime + used.ru_stime)


def end_rest(child):
    """What it has started, and itself; it has been waited for."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    child.returncode = 0


def complaint(ended):
    """The first claim that failed, or what else went wrong; None when nothing did."""
    failed = re.search(r"^not ok \d+ (\S+)", ended.output, re.MULTILINE)
    if failed:
        return failed[1]
    if ended.status in (-signal.SIGKILL, -signal.SIGXCPU):
        return "hang"
    if ended.status == 0:
        return None
    trouble = TROUBLE.findall(ended.output)  # the last: claims about faults print some, too
    return trouble[-1].strip()[:160] if trouble else f"status {ended.status}"


# ---- stages --------------------------------------------------------------------------------------

def claims(root, folder, names=None):
    """The (family, name) of the self-tests in a folder, or in those files of it."""
    for inside, _, files in os.walk(os.path.join(root, "tests", folder)):
        for file in sorted(files):
            if file.endswith(".c") and (names is None or file[:-2] in names):
                with open(os.path.join(inside, file), encoding="utf-8") as source:
                    yield from re.findall(r"SELFTEST\(\s*(\w+),\s*(\w+)", source.read())


def family_tests(root, family, passing):
    """Commands that run the test families that are about a family of mm/, as far as anything in them passes."""
    found = {claim[0] for top in FAMILY_TESTS[family] for claim in claims(root, f"selftests/{top}")}
    return "; ".join(f"test {name}" for name in sorted(found & passing))


def every_input(root, family):
    """The same of tests/exhaustive."""
    found = claims(root, "exhaustive", EXHAUSTIVE.get(family, []))
    return "; ".join(f"test {suite}.{name}" for suite, name in found)


class Judge:
    """Tries what is built in one tree."""

    def __init__(self, tree, stages=STAGES, late=True, machine=True):
        self.tree = tree
        self.all_stages = stages
        self.late = late
        self.configs = tuple(dict.fromkeys(stage.config for stage in (*stages, *([EVERY_INPUT] if late else []))))
        self.machine = machine
        self.conversations = {}  # family -> tests of tests/boot that pass with a process
        self.used = {}      # (stage, commands) -> seconds without a change
        self.families = {}  # family -> commands that run its tests

    def try_process(self, stage, image, commands, limit=EMULATED, waiting=EMULATED):
        with tempfile.TemporaryDirectory() as scratch:
            return run([image, "--once", *stage.machine, "--run", commands], scratch, limit, waiting)

    def stages(self, family):
        """(stage, commands): those of the family stand before all others."""
        if self.families[family]:
            yield self.all_stages[0], self.families[family]
        for stage in self.all_stages:
            yield stage, stage.commands

    def late_stages(self, family):
        commands = every_input(self.tree.root, family)
        if self.late and commands:
            yield EVERY_INPUT, commands

    def begin(self, families):
        """Runs everything without a change, which has to pass (keeps J1), and notes how long it takes."""
        self.build()
        first = self.measure(self.all_stages[0], ALL)
        passing = set(re.findall(r"^ok \d+ (\w+)\.\w+$", first.output, re.MULTILINE))
        for family in families:
            self.families[family] = family_tests(self.tree.root, family, passing)
            for stage, commands in (*self.stages(family), *self.late_stages(family)):
                if (stage, commands) not in self.used:
                    self.measure(stage, commands)
        if self.late:
            self.conversations = self.passing_conversations(families)

    def build(self):
        """Every image, without a change; what each source is part of is noted."""
        self.images = {config: self.tree.image(config) for config in self.configs}
        for config in (*self.configs, *([MACHINE] if self.machine else [])):
            self.tree.image(config)
            self.tree.objects_of(config, "")

    def in_another(self, tree):
        """One that knows what this one has seen, for an equal tree."""
        other = Judge(tree, self.all_stages, self.late, self.machine)
        other.used, other.families, other.conversations = self.used, self.families, self.conversations
        other.build()
        return other

    def measure(self, stage, commands):
        ended = self.try_process(stage, self.images[stage.config], commands)
        if complaint(ended) or not re.search(r"^# totals: pass:[1-9]", ended.output, re.MULTILINE):
            raise Failed(f"without any change, {stage.name}: {commands}: {complaint(ended)}\n{ended.output[-1500:]}")
        self.used[stage, commands] = ended.seconds
        return ended

    def complaint_of(self, stage, commands):
        """What a run says; a hang is tried again (keeps J2)."""
        limit = 10 * self.used[stage, commands] + 1
        for _ in range(2):
            said = complaint(self.try_process(stage, self.images[stage.config], commands, limit,
                                              10 * limit + WAITING))
            if said != "hang":
                break
        return said

    def verdict(self, path):
        """
        (stage, what failed) of what kills the change in this source; (None, None) when nothing does;
        None when it changes no object at all.
        """
        differs = {}
        killed = self.try_stages(self.stages(family_of(path)), path, differs)
        if killed:
            return killed
        if any(differs.values()) or self.machine and not self.tree.same_objects(MACHINE, path):
            return self.late_verdict(path, differs)
        return None

    def try_stages(self, stages, path, differs):
        """(stage, what failed), or None; `differs` notes of which configurations the change alters an object."""
        for stage, commands in stages:
            config = stage.config
            if config not in differs:
                differs[config] = not self.tree.same_objects(config, path) and bool(self.tree.image(config))
            said = self.complaint_of(stage, commands) if differs[config] else None
            if said:
                return stage.name, said
        return None

    def late_verdict(self, path, differs):
        """What takes long."""
        said = self.conversation_fails(path) if self.late and differs[PROCESS] else None
        if said:
            return "conversation", said
        killed = self.try_stages(self.late_stages(family_of(path)), path, differs)
        if killed:
            return killed
        said = self.machine_fails(path) if self.machine else None
        return ("machine", said) if said else (None, None)

    # ---- conversations ---------------------------------------------------------------------------

    def converse(self, image, *tests, limit=EMULATED):
        env = dict(os.environ, CRUMB_IMAGE=image, PYTHONDONTWRITEBYTECODE="1", CRUMB_TEST_LIMIT=str(WAITING))
        return run([PYTHON, "-m", "pytest", "-q", "-rA", "--tb=no", "-p", "no:cacheprovider", "-k", OTHERS, *tests],
                   self.tree.root, limit, EMULATED, env)

    def passing_conversations(self, families):
        """Those that pass with a process twice in a row, by family."""
        image = self.images[PROCESS]
        files = sorted({name for family in families for name in CONVERSATIONS[family]})
        once = passed(self.converse(image, *map(conversation, files)).output)
        passing = passed(self.converse(image, *once).output)
        return {family: [test for name in CONVERSATIONS[family] for test in passing
                         if test.startswith(conversation(name))] for family in families}

    def conversation_fails(self, path):
        """The first test that fails, and fails again when it is alone."""
        image = self.images[PROCESS]
        ended = self.converse(image, "-x", *self.conversations[family_of(path)])
        failed = broken(ended.output)
        return failed if failed and broken(self.converse(image, failed).output) else None

    # ---- the emulated machine --------------------------------------------------------------------

    def machine_fails(self, path):
        """The first of what only it can be asked that fails."""
        image = self.tree.image(MACHINE)
        env = dict(os.environ, TIMEOUT=str(EMULATED), APPEND="lowmem=32M")
        ended = run([os.path.join(self.tree.root, "tools", "run.sh"), ALL, "--mem", "128M", image], self.tree.root,
                    EMULATED, EMULATED, env)
        if complaint(ended):
            return complaint(ended)
        family = family_of(path)
        known = [word for test in self.conversations.get(family, []) for word in ("--deselect", test)]
        return broken(self.converse(image, "-x", *map(conversation, CONVERSATIONS[family]), *known).output)


def conversation(name):
    return os.path.join("tests", "boot", f"test_{name}.py")


def passed(output):
    return re.findall(r"^PASSED (.*)$", output, re.MULTILINE)


def broken(output):
    found = re.search(r"^(?:FAILED|ERROR) (.*?)(?: - .*)?$", output, re.MULTILINE)
    return found[1] if found else None
