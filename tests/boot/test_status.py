"""
test_status.py - how a machine ends is what its status says: 0, 1, 2 or 124, and never by silence

    command fails, test fails ──> 1     panic ──> 2     hang, silence ──> 124

The images that fail, panic and hang are built from extra/.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys

import pexpect
import pytest

import machine
from machine import LIMIT, QEMU_SH, ROOT, SHORT, given_time, totals, until


def test_success(headless):
    ended = headless("echo a; echo b")
    assert ended.lines()[-1] == "run: 2 ok, 0 failed"


def test_a_failing_command(headless):
    ended = headless("echo a; nonsense; echo b", status=1)
    assert ended.lines()[-1] == "run: 2 ok, 1 failed"
    assert "b" in ended.lines()


def test_run_without_batch_gives_the_prompt(boot):
    started = boot(append='run="echo from the command line"')
    assert "from the command line" in started.boot_log
    assert started.cmd("echo abc") == "abc"


def test_test_parameter(headless):
    """test= runs self-tests at boot, before any command."""
    ended = headless("echo after", append="test=list")
    assert totals(ended.output)[1] == 0
    assert ended.output.index("# totals") < ended.output.index("\nafter")


def test_test_parameter_that_names_nothing(headless):
    """Not a silent failure: the log says what there is no test of."""
    ended = headless("echo after", append="test=no.such", status=1)
    assert "test=no.such: there is no such self-test" in ended.output and ended.lines()[-1] == "run: 1 ok, 0 failed"


def test_a_printed_seed_can_be_given_back(headless):
    """Seeds are all 32 bits wide; one above 2^31 comes of a machine that is 21 seconds old."""
    assert "# seed=4000000001" in headless("test buddy", append="seed=4000000001").output


def test_equal_names_in_two_files_both_count(extra_image, headless):
    """failing.c and panicking.c know nothing of each other."""
    ended = headless("test twins; twins", image=extra_image)
    assert totals(ended.output) == (2, 0, 0)
    assert "both initcalls ran" in ended.lines()


def test_a_fault_in_a_test_that_wants_a_report(extra_image, headless):
    """The test is gone; a later mistake is reported on the console again."""
    ended = headless("wanting; break page-double-free", image=extra_image, status=1)
    assert "Oops: " in ended.output and re.search(r"^.*BUG: page: double free", ended.output, re.MULTILINE)


def test_a_failing_self_test(extra_image, headless):
    ended = headless("test failing", image=extra_image, status=1)
    assert totals(ended.output) == (1, 2, 0)
    assert re.search(r"^not ok \d failing.expectation # .*failing.c:\d+: .*0x2.*0x3", ended.output, re.MULTILINE)
    assert re.search(r"^not ok \d failing.lost_page # .*balance", ended.output, re.MULTILINE)
    assert re.search(r"^ok \d failing.passes$", ended.output, re.MULTILINE)
    assert ended.lines()[-1] == "run: 0 ok, 1 failed"


def test_a_self_test_that_does_not_exist(headless):
    assert "error: test: " in headless("test no.such", status=1).output


def test_a_panic(extra_image, headless):
    ended = headless("panicking; echo never", image=extra_image, status=2)
    assert re.search(r"panic: .*panicking.c:\d+: .*argc == 0", ended.output)
    assert "never" not in ended.lines()


def test_a_hanging_command(extra_image, headless):
    ended = given_time(lambda limit: headless("echo before; hanging", image=extra_image, status=124, limit=limit),
                       lambda ended: "before" in ended.lines())
    assert "before" in ended.lines() and "time limit" in ended.errors


def test_a_silent_boot(extra_image, headless):
    headless("echo never", image=extra_image, append="hang=1", status=124, limit=SHORT)


def test_a_silent_boot_fails_a_conversation(extra_image, boot):
    """The harness itself does not wait for ever."""
    with pytest.raises(machine.MachineError, match="nothing like"):
        boot(image=extra_image, append="hang=1", limit=SHORT)


def test_a_panic_fails_a_conversation(extra_image, boot):
    started = boot(image=extra_image)
    with pytest.raises(machine.MachineError, match="panic: "):
        started.cmd("panicking")


def test_an_oops_fails_a_conversation(boot):
    with pytest.raises(machine.MachineError, match="Oops: "):
        boot().cmd("break null-read")


# How a test starts a machine: by the harness, or by make on a terminal or without one.
STARTS = {"Machine": "child = machine.Machine(mem='16M', wait=False).child",
          "make debug": "child = machine.on_a_terminal(*MAKE); child.expect('waits for it')",
          "make run": "child = subprocess.Popen([*machine.BOUND, *MAKE[:-2], 'run', 'CMD=stress'])"}
STARTED = ("import subprocess, sys, time; sys.path.insert(0, sys.argv[1]); import machine; "
           "MAKE = ['make', '-s', '-C', machine.ROOT, 'MEM=16M', 'debug', 'GDB_PORT=auto']; "
           "{}; print(child.pid, flush=True); time.sleep(10000)")


def parents():
    """pid -> (its parent, its name) of all that have not ended."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
            name, _, rest = stat.read().partition("(")[2].rpartition(")")
            state, parent = rest.split()[:2]
            if state != "Z":
                found[int(pid)] = int(parent), name
    return found


def machines_below(pid):
    """The emulators that this process has started, by itself or by another."""
    known = parents()

    def is_below(one):
        return one == pid or one in known and is_below(known[one][0])

    return [one for one, (_, name) in known.items() if name.startswith("qemu-system") and is_below(one)]


@pytest.mark.parametrize("how", STARTS)
def test_the_emulator_dies_with_its_test(here, how):
    """Killed without a chance to clean up, a test leaves no machine behind."""
    here.make()
    with subprocess.Popen([sys.executable, "-c", STARTED.format(STARTS[how]), os.path.dirname(machine.__file__)],
                          stdout=subprocess.PIPE, encoding="ascii") as test:
        pid = int(test.stdout.readline())
        until(lambda: machines_below(pid), "the emulator")
        started = machines_below(pid)
        test.send_signal(signal.SIGKILL)
        test.wait()
    until(lambda: not set(started) & set(parents()), "the emulator's end")


@pytest.mark.parametrize("icount_mem", ["128M", "1G"])
def test_ready_is_exact_and_the_same_each_time(boot, icount_mem):
    counts = [boot(mem=icount_mem, icount=True).ready() for _ in range(2)]
    assert counts[0] == counts[1]
    assert counts[0][1] == "instructions" and counts[0][0] > 10000


def test_ready_is_in_microseconds_when_not_counting(boot):
    assert boot().ready()[1] == "us"


# ---- make run, and the scripts behind it ---------------------------------------------------------

@pytest.mark.parametrize("commands, status, last", [
    ("echo a; echo b", 0, "run: 2 ok, 0 failed"),
    ("echo a; nonsense", 1, "run: 1 ok, 1 failed"),
    ('alloc pages 2; free #1; echo "a  b" $5 $(y) `z` \'q\'', 0, "run: 3 ok, 0 failed"),
])
def test_make_run(here, commands, status, last):
    output = here.make("-s", "run", f"CMD={commands}", "MEM=64M", status=status)
    assert output.splitlines()[-1] == last


def test_make_run_quotes_nothing_away(here):
    output = here.make("-s", "run", "CMD=alloc pages 2; free #1; echo \"a  b\" $5 $(y) `z` 'q  r' * \\\\", "MEM=64M")
    assert "#1 freed" in output and "a  b $5 $(y) `z` q  r * \\" in output.splitlines()


def test_make_run_limits_the_time(here):
    here.make("-s", "run", "CMD=repeat 1000000000 echo x", "MEM=64M", "TIMEOUT=3", status=124)


def test_make_run_needs_a_command(here):
    assert "no command" in here.make("-s", "run", status=64)


def test_make_qemu_says_how_to_leave_and_leaves():
    """As a person does it: on a terminal, with Ctrl-] x at the end; Ctrl-A is the start of the line."""
    clean = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL")}
    child = machine.on_a_terminal("make", "-C", ROOT, "-s", "qemu", "MEM=64M", "APPEND=nothing=$x", timeout=LIMIT,
                                  env=clean)
    try:
        child.expect(r"Ctrl-\] x leaves")
        child.expect('command line "nothing=[$]x"')
        child.expect("crumb> ")
        child.send("cho abc\x01e\r")
        child.expect("\nabc\r")
        child.send("echo abd\x1d\x1d")  # a Ctrl-] that reaches the prompt, which knows none
        child.expect("\x07")
        child.send("\x15echo def\r")  # Ctrl-U: the line begins anew
        child.expect("\ndef\r")
        child.send("\x1dx")
        child.expect(pexpect.EOF)
        child.wait()
        assert child.exitstatus == 0
    finally:
        child.terminate(force=True)


# ---- without a person: no input, its end, a reset; Ctrl-C ----------------------------------------

def make_with(here, stdin, *arguments):
    """A make whose input is what is given: a text, closed, or /dev/null; its status and what it said."""
    clean = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL")}
    command = [*machine.BOUND, "make", "-s", "-C", here.root, *arguments]
    if stdin == "closed":
        command = ["sh", "-c", 'exec "$@" <&-', "sh", *command]
    given = {"stdin": subprocess.DEVNULL} if stdin == "/dev/null" else {"input": "" if stdin == "closed" else stdin}
    done = subprocess.run(command, **given, env=clean, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          encoding="latin-1", timeout=machine.LIMIT, check=False)
    return done.returncode, machine.plain(done.stdout)


@pytest.mark.parametrize("target", ["qemu", "record"])
@pytest.mark.parametrize("stdin", ["/dev/null", "closed", ""])
def test_a_prompt_without_an_input_ends_with_a_sentence(here, monkeypatch, tmp_path, target, stdin):
    monkeypatch.setenv("REPLAY_FOLDER", str(tmp_path))
    _status, said = make_with(here, stdin, target, "MEM=16M")
    assert re.search("there is no (input|terminal).*CMD=|the input has ended, so the machine is", said), said
    assert "ready: " not in said if target == "record" or stdin == "/dev/null" else "poweroff" in said


def test_what_a_pipe_types_is_run_before_the_end(here):
    status, said = make_with(here, "echo one\nrepeat 1000 balance | head 1\necho las''t", "qemu", "MEM=16M")
    assert status == 0 and "\none\n" in said and "\nlast\n" in said, said
    status, said = make_with(here, "echo one\npoweroff 7\n", "qemu", "MEM=16M")
    assert status == 2 and "Error 7" in said, said  # make's own status is 2


def test_a_reboot_ends_what_runs_commands(here):
    output = here.make("-s", "run", "CMD=echo ''once; reboot", "MEM=16M")
    assert output.splitlines().count("once") == 1


@pytest.mark.parametrize("target", ["run", "record"])
def test_ctrl_c_ends_commands_at_once(here, monkeypatch, tmp_path, target):
    """The key reaches make, the scripts and the machine; nothing of it is left."""
    monkeypatch.setenv("REPLAY_FOLDER", str(tmp_path))
    clean = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL")}
    child = machine.on_a_terminal("make", "-s", "-C", here.root, target, "MEM=16M", "TIMEOUT=86400",
                                  "CMD=echo ''begun; repeat 1000000000 echo x | head 9", timeout=LIMIT, env=clean)
    try:
        child.expect("begun")
        child.send("\x03")
        child.expect("run.sh: interrupted")
        child.expect(pexpect.EOF)
        child.wait()
        assert child.exitstatus or child.signalstatus
        mine = str(tmp_path if target == "record" else "86400")
        until(lambda: mine not in parents(), "the emulator's end")
    finally:
        child.terminate(force=True)


def processes():
    """Command lines of all emulators that run."""
    return subprocess.run(["pgrep", "-a", "qemu-system-arm|timeout"], stdout=subprocess.PIPE, encoding="utf-8",
                          timeout=machine.LIMIT, check=False).stdout


@pytest.mark.parametrize("arguments, reason", [
    (["--mem", "8M"], "16M to 1G"), (["--mem", "2G"], "16M to 1G"), (["--mem", "lots"], "not a size"),
    (["--mem", "16777215K"], "16M to 1G"), (["--mem", "20000K"], "MiB"), (["--smp", "5"], "1 to 4"),
    (["--smp", "0"], "1 to 4"), (["--proto", "uboot"], "atag dtb elf"), (["--gdb", "0"], "port"),
    (["--gdb", "70000"], "port"), (["--stop"], "--gdb"), (["--timeout", "soon"], "seconds"),
    (["--append"], "value"), (["--mem", ""], "value"), (["--bogus"], "--bogus"), (["a", "b"], "two images"),
    (["--proto", "elf", "--initrd", "/dev/null"], "ramdisk"), (["--proto", "atag", "--dtb", "x"], "tree"),
], ids=lambda value: "-".join(value).replace("/", "") if isinstance(value, list) else None)
def test_qemu_sh_refuses_with_the_reason(arguments, reason):
    done = subprocess.run([QEMU_SH, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, encoding="utf-8", timeout=LIMIT, check=False)
    assert done.returncode == 64 and reason in done.stderr and not done.stdout


@pytest.mark.parametrize("arguments", [["/no/such.bin"], ["--initrd", "/no/such"], ["--dtb", "/no/such"]])
def test_qemu_sh_names_the_missing_file(arguments):
    done = subprocess.run([QEMU_SH, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, encoding="utf-8", timeout=LIMIT, check=False)
    assert done.returncode == 66 and "/no/such" in done.stderr


def test_qemu_sh_shows_its_command():
    done = subprocess.run([QEMU_SH, "--dry-run", "--mem", "64M", "--smp", "2", "--icount", "--append", "a 'b'"],
                          cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, encoding="utf-8", timeout=LIMIT,
                          check=True)
    assert re.search(r"qemu-system-arm .*-m 64M -smp 2 .*shift=7.*sleep=off", done.stdout)
    words = subprocess.run(["bash", "-c", f"printf '%s\\n' {done.stdout}"], stdout=subprocess.PIPE, encoding="utf-8",
                           timeout=LIMIT, check=True).stdout.splitlines()
    assert any(word.startswith(os.path.join(ROOT, "build")) for word in words)
