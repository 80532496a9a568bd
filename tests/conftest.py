"""
conftest.py - what every test of the host side gets: machines, copies of the tree, a time limit, counts

    boot(mem="16M", proto="dtb", …)      a Machine at its prompt, ended with the test
    headless("test; balance", mem=…)     a boot that runs commands and ends
    served(mem="16M", …)                 a machine that serves gdb, and where; the module's tests share it
    fresh_tree()                         a copy of the source tree, in which nothing is built
    seeded_tree()                        the same, with the objects of the image under test
    extra_image                          an image with tests/examples and tests/boot/extra
    built("DEBUG=1")                     a tree in which that choice is built, once for all tests
    debug_image                          the image of DEBUG=1
    host("DEBUG=1", …)                   the machine as a process, with those choices
    counts                               N passed, N failed, for tools/test.sh
"""

import fcntl
import os
import shutil
import signal
import subprocess
import sys

import pytest

for folder in ("boot", "gdb"):
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), folder))

import machine  # noqa: E402
import session  # noqa: E402


# Started in the background, by a script, all of this would ignore Ctrl-C, and what it starts as well.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def time_limit():
    """Ends a test that hangs in something without a limit of its own."""
    def expired(_signal, _frame):
        raise TimeoutError(f"the test took longer than {machine.TEST_LIMIT} s")

    before = signal.signal(signal.SIGALRM, expired)
    signal.alarm(int(machine.TEST_LIMIT))
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def boot():
    """Boots machines to their prompt; see machine.arguments() for what may be asked for."""
    machines = []

    def start(**options):
        # Recorded before it is waited for, so that one which never comes up is closed too.
        started = machine.Machine.__new__(machine.Machine)
        machines.append(started)
        started.__init__(**options)
        return started

    yield start
    for started in machines:
        if hasattr(started, "child"):
            started.close()


@pytest.fixture
def headless():
    """Boots, runs commands, and returns how it ended; the status has to be the one expected."""
    def run(commands, *, status=0, **options):
        ended = machine.run_commands(commands, **options)
        assert ended.status == status, f"{commands!r}: {ended!r}"
        return ended

    return run


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Starts machines that serve gdb; see machine.arguments() for what may be asked for."""
    machines = []

    def start(**options):
        started, server = session.start(tmp_path_factory.mktemp("gdb"), **options)
        machines.append(started)
        return started, server

    yield start
    for started in machines:
        started.close()


class Tree:
    """A source tree, and make in it."""

    def __init__(self, root):
        self.root = str(root)

    def make(self, *arguments, status=0, limit=machine.LONG_LIMIT, **environment):
        """Runs make; returns its output (both streams) after checking its status, None for any failure."""
        clean = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
        done = subprocess.run([*machine.BOUND, "make", "-C", self.root, "--no-print-directory", *arguments],
                              env=dict(clean, **environment), timeout=limit, check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              encoding="utf-8", errors="surrogateescape")
        command = " ".join(["make", *arguments])
        if status is None:
            assert done.returncode != 0, f"{command}: succeeded, but must not\n{machine.tail(done.stdout)}"
        else:
            assert done.returncode == status, f"{command}: status {done.returncode}\n{machine.tail(done.stdout)}"
        return done.stdout

    def elf(self, *arguments):
        """The path of the ELF that make builds with these arguments."""
        path = self.make("-s", "print-elf", *arguments).strip().splitlines()[-1]
        return os.path.join(self.root, path)


def copy_tree(source, destination):
    """Copies the sources; nothing is built in the copy."""
    left_out = shutil.ignore_patterns(".git", "build", "__pycache__", ".pytest_cache")
    shutil.copytree(source, destination, symlinks=True, ignore=left_out)
    return Tree(destination)


@pytest.fixture
def fresh_tree(tmp_path):
    """A function that makes copies in which nothing is built yet."""
    def make(name="tree"):
        return copy_tree(machine.ROOT, tmp_path / name)

    return make


def seed(tree):
    """
    Gives a copy the objects that tools/test.sh has made: what compiles alike is not compiled again.  Those of
    other configurations may just be written by another test.
    """
    for choices in "arm-hotcold-array", "user-hotcold-array-unwatched":
        objects = os.path.join("build", "objects", choices)
        if os.path.exists(os.path.join(machine.ROOT, objects)):
            shutil.copytree(os.path.join(machine.ROOT, objects), os.path.join(tree.root, objects))
    return tree


@pytest.fixture
def seeded_tree(tmp_path):
    """The same as fresh_tree, with what is built already in the copies."""
    def make(name="tree"):
        return seed(copy_tree(machine.ROOT, tmp_path / name))

    return make


OUTSIDE = """#include "kernel/console.h"
#include "kernel/shell/shell.h"

SHELL_CMD(outside, "", "a command from a file that is not in the tree")
{
    con_printf("from outside\\n");
    return SHELL_OK;
}
"""


@pytest.fixture(scope="session")
def extra_image(tmp_path_factory):
    """
    The image with all examples, with what fails, panics and hangs, and with a folder from outside
    the tree: built once for all processes.
    """
    folder = shared(tmp_path_factory)
    outside = folder / "outside"
    extra = f"EXTRA=tests/examples tests/boot/extra {outside}"
    with open(folder / "extra.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if outside.exists():
            return Tree(folder / "extra").elf(extra)
        copy = seed(copy_tree(machine.ROOT, folder / "extra"))
        outside.mkdir()
        (outside / "outside.c").write_text(OUTSIDE)
        copy.make("-s", "-j2", extra)
        return copy.elf(extra)


def shared(tmp_path_factory):
    """The folder of all processes' temporary files."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if os.environ.get("PYTEST_XDIST_WORKER") else folder


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """Trees in which some choices are built: once for all processes, where they do not become the last ones built."""
    folder = shared(tmp_path_factory)

    def make(choice):
        name = choice.replace("/", "-")
        with open(folder / f"{name}.lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if (folder / name).exists():
                return Tree(folder / name)
            tree = seed(copy_tree(machine.ROOT, tmp_path_factory.mktemp("unfinished") / "tree"))
            tree.make("-s", "-j2", *choice.split())
            os.rename(tree.root, folder / name)
            return Tree(folder / name)

    return make


@pytest.fixture(scope="session")
def debug_image(built):
    return built("DEBUG=1").elf("DEBUG=1")


class Program:
    """The machine as a process (make ARCH=user), by the choices that it is built with."""

    def __init__(self, built):
        self.built = built

    def __call__(self, *choices):
        return self.tree(*choices).elf("ARCH=user", *choices)

    def tree(self, *choices):
        return self.built(" ".join(["ARCH=user", *choices]))


@pytest.fixture(scope="session")
def host(built):
    """host("DEBUG=1"): the path of that crumb.host."""
    return Program(built)


BUILDING = {"extra_image", "debug_image", "built", "host", "fresh_tree", "seeded_tree", "served", "here"}


def folder_of(item):
    return os.path.basename(os.path.dirname(str(item.fspath)))


def pytest_collection_modifyitems(config, items):
    """
    The longest first, so that at the end no process waits for another's.  Where the image under test is a process
    (CRUMB_IMAGE=…/crumb.host), those of tests/boot that are about another image are left out.
    """
    if machine.is_process(machine.default_image()):
        others = [item for item in items if folder_of(item) == "boot" and BUILDING & set(item.fixturenames)]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in others]
    items.sort(key=lambda item: folder_of(item) != "host")


@pytest.fixture(scope="session")
def here():
    """The tree under test itself: for targets that build nothing new."""
    return Tree(machine.ROOT)


# ---- the counts for tools/test.sh ----------------------------------------------------------------

def pytest_terminal_summary(terminalreporter):
    """Runs once, where all results come together (not in the processes that -n starts)."""
    path = os.environ.get("CRUMB_COUNTS")
    if not path:
        return
    results = {kind: len(terminalreporter.stats.get(kind, [])) for kind in ("passed", "failed", "error")}
    with open(path, "w", encoding="ascii") as counts:
        print(results["passed"], results["failed"] + results["error"], file=counts)
