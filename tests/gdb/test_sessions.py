"""
test_sessions.py - gdb as its user meets it: the make targets, and going backwards
"""

import os
import re
import signal
import subprocess

import pexpect
import pytest

from machine import BOUND, LIMIT, LONG_LIMIT, ROOT

CLEAN = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}


def make(*arguments, **options):
    return subprocess.run([*BOUND, "make", "-C", ROOT, "-s", *arguments], env=CLEAN, stdout=subprocess.PIPE,
                          timeout=LONG_LIMIT, stderr=subprocess.STDOUT, encoding="utf-8", check=False, **options)


@pytest.fixture
def typed():
    """Starts a make target on a terminal of its own, and ends it with the test."""
    children = []

    def start(*arguments, environment=None):
        child = pexpect.spawn("env", ["--", *BOUND, "make", "-C", ROOT, "-s", *arguments], encoding="utf-8",
                              env=dict(CLEAN, TERM="dumb", **(environment or {})), timeout=LIMIT, echo=False,
                              dimensions=(50, 200))
        children.append(child)
        return child

    yield start
    for child in children:
        child.close(force=True)


def test_a_running_machine_says_its_port_and_make_gdb_knows_the_commands(typed):
    machine = typed("qemu", "MEM=64M")
    machine.expect(r"gdb: port (\d+): make gdb")
    port = machine.match[1]
    machine.expect("crumb> ")
    done = make("gdb", f"GDB_PORT={port}", input="crumb buddy\ncrumb dmesg\ndetach\nquit\n")
    assert "Node 0, zone   Normal" in done.stdout and "Crumb: a kernel" in done.stdout, done.stdout
    assert "declined" not in done.stdout
    machine.send("echo goes on\r")
    machine.expect("goes on\r+\ngoes on")
    second = typed("qemu", "MEM=64M")
    second.expect(r"gdb: port (\d+): make gdb GDB_PORT=(\d+)\s")
    assert second.match[1] == second.match[2] != port


def test_reverse_goes_back_through_a_merge_and_the_split_before_it():
    """The README's recipe, end to end."""
    done = make("reverse")
    text = done.stdout
    assert done.returncode == 0, text
    end, merge, before, split, start = text.split("\n== ")[1:]
    assert re.search(r"free, page 513 of 1024 \(order 10\)", end), end
    assert re.search(r"^#\d+ .*buddy_merge .*buddy_core\.h(.*\n)+.*shell_cmd_free", merge, re.MULTILINE), merge
    assert re.search(r"free, the head of 512 pages \(order 9", before), before
    assert re.search(r"^#\d+ .*buddy_split .*buddy_core\.h", split, re.MULTILINE), split
    assert "{pfn 0x" in start


def test_a_session_at_the_prompt_is_recorded_and_replayed(typed, tmp_path):
    folder = {"REPLAY_FOLDER": str(tmp_path)}
    recording = typed("record", "MEM=64M", environment=folder)
    recording.expect("crumb> ")
    recording.send("kmalloc 100\r")
    recording.expect(r"va=(0x\w+)\s")
    obj = recording.match[1]
    recording.expect("crumb> ")
    recording.send("poweroff\r")
    recording.expect("recorded: make replay")
    again = typed("replay", environment=folder)
    again.expect_exact("(gdb) ")
    for command, wanted in (("continue", "The recording ends here"),
                            (f"crumb slab-of {obj}", "object .* of cache kmalloc-104: in use"),
                            ("tbreak kmalloc", "reakpoint"), ("reverse-continue", "kmalloc"),
                            (f"crumb slab-of {obj}", "is not in a slab|: free")):
        again.sendline(command)
        again.expect(wanted)
        again.expect_exact("(gdb) ")
    again.sendline("kill")
    again.sendline("quit")
    again.expect(pexpect.EOF)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_recording_that_is_cut_off_can_be_used(tmp_path, how):
    """Ctrl-C reaches all of make's processes, a kill the script alone; gdb stops at the last instruction."""
    environment = dict(CLEAN, REPLAY_FOLDER=str(tmp_path))
    cut = subprocess.Popen([*BOUND, "make", "-C", ROOT, "-s", "record", "MEM=64M",
                            "CMD=echo ''begun; stress 1000000000"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, encoding="utf-8", env=environment, start_new_session=True)
    try:
        while "begun" not in cut.stdout.readline():
            pass
        os.killpg(cut.pid, how)
        cut.communicate(timeout=LIMIT)
    finally:
        if cut.poll() is None:
            os.killpg(cut.pid, signal.SIGKILL)
            cut.wait()
    assert not (tmp_path / "ended").exists()
    done = subprocess.run([os.path.join(ROOT, "tools", "replay.sh"), "replay", "-nx", "-batch", "-ex", "continue",
                           "-ex", "backtrace", "-ex", "reverse-stepi", "-ex", "backtrace"], env=environment,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          encoding="utf-8", timeout=LIMIT, check=False)
    assert "continue goes to the last instruction that was recorded" in done.stdout
    assert len(re.findall(r"^#\d+ .* high \(\)", done.stdout, re.MULTILINE)) == 2, done.stdout


def test_what_a_recording_holds_does_not_grow_with_what_the_machine_does(tmp_path):
    """A step backwards runs all again, with all that the recording holds: it would take more than twice as long."""
    sizes = []
    for operations in (1000, 20000):
        folder = tmp_path / str(operations)
        done = subprocess.run([*BOUND, "make", "-C", ROOT, "-s", "record", "MEM=64M",
                               f"CMD=stress {operations} seed=1"],
                              env=dict(CLEAN, REPLAY_FOLDER=str(folder)), stdin=subprocess.DEVNULL, timeout=LIMIT,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False)
        assert f"stress: ops={operations} errors=0 seed=1" in done.stdout, done.stdout
        sizes.append(os.path.getsize(folder / "log.bin"))
    assert sizes[1] < sizes[0] + 10000, sizes


def replayed(folder, *commands):
    """What gdb says to commands on a recording."""
    done = subprocess.run([os.path.join(ROOT, "tools", "replay.sh"), "replay", "-nx", "-batch",
                           *(word for command in commands for word in ("-ex", command))],
                          env=dict(CLEAN, REPLAY_FOLDER=str(folder)), stdin=subprocess.DEVNULL, timeout=LONG_LIMIT,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False)
    return done.stdout


def places(text):
    return [int(count) for count in re.findall(r"instruction count = (\d+)", text)]


def test_in_a_long_recording_a_step_backwards_starts_from_near_by(tmp_path):
    """From each state the machine gets to the same end; with the last alone there is a way back from there."""
    done = subprocess.run(["make", "-C", ROOT, "-s", "record", "MEM=64M", "CMD=stress 100000 seed=1"],
                          env=dict(CLEAN, REPLAY_FOLDER=str(tmp_path)), stdin=subprocess.DEVNULL, timeout=LONG_LIMIT,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False)
    assert "stress: ops=100000 errors=0 seed=1" in done.stdout, done.stdout
    text = replayed(tmp_path, "continue", "monitor info replay", "info registers", "monitor info snapshots")
    assert "The recording ends here" in text and "brings no state back" not in text, text
    states = re.findall(r"\b(at\d+)\s", text)
    assert len(states) >= 2, text
    end, = places(text)
    registers = re.search(r"^r0 .*(\n.+)*\ncpsr .*", text, re.MULTILINE)[0]
    load = [command for state in states for command in (
        f"monitor loadvm {state}", "maintenance flush register-cache", "monitor info replay", "continue",
        "monitor info replay", "info registers")]
    text = replayed(tmp_path, "stepi", *load)
    assert places(text) == [place for state in states for place in (int(state[2:]), end)], text
    assert text.count(registers) == len(states), text
    forget = [f"monitor delvm {state}" for state in ["init", *states[:-1]]]
    text = replayed(tmp_path, "continue", *forget, "reverse-stepi", "monitor info replay", "reverse-stepi",
                    "monitor info replay", "stepi", "stepi", "monitor info replay", "info registers")
    assert places(text) == [end - 1, end - 2, end] and registers in text, text


def test_a_recording_of_more_processors_is_refused():
    done = make("record", "SMP=2", "CMD=balance")
    assert done.returncode and "a recording is of one processor" in done.stdout


def test_nothing_recorded_is_said():
    done = subprocess.run([os.path.join(ROOT, "tools", "replay.sh"), "replay"], stdin=subprocess.DEVNULL,
                          env=dict(CLEAN, REPLAY_FOLDER="/nonexistent"), stdout=subprocess.PIPE, timeout=LIMIT,
                          stderr=subprocess.STDOUT, encoding="utf-8", check=False)
    assert done.returncode == 64 and "nothing is recorded: make record" in done.stdout


def test_opened_by_hand_the_image_loads_its_commands_from_a_trusted_folder():
    """What the standard way of gdb needs is said by gdb itself."""
    elf = os.path.join(ROOT, "build", "current", "crumb.elf")
    said = []
    for trust in ([], ["-iex", f"add-auto-load-safe-path {ROOT}/build"]):
        done = subprocess.run(["gdb-multiarch", "-q", "-nx", "-batch", *trust, "-ex", "help crumb pt", elf],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT,
                              encoding="utf-8", check=False)
        said.append(done.stdout)
    assert "auto-loading has been declined" in said[0] and "add-auto-load-safe-path" in said[0]
    assert "Walk the page tables" in said[1] and "declined" not in said[1]
