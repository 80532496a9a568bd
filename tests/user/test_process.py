"""
test_process.py - the machine as a process: the same shell, the same claims, the same faults

    make ARCH=user ──> crumb.host ── pipe or pty ──> these tests

Read next: arch/user/loader.c; tests/conftest.py (host).
"""

import fcntl
import os
import re
import signal
import subprocess
import sys
import termios

import pexpect
import pytest

from machine import LIMIT, LONG_LIMIT, PROMPT, ROOT, on_a_terminal, plain, tail

SMALL = ("--mem", "128M", "--append", "lowmem=32M")


def run(program, commands, *options, status=0):
    """What the process prints, which ends with the status that is expected."""
    done = subprocess.run([program, "--once", *options, "--run", commands], stdin=subprocess.DEVNULL, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="latin-1", timeout=LONG_LIMIT)
    assert done.returncode == status, f"{commands!r} {options}: status {done.returncode}\n{tail(done.stdout)}"
    return plain(done.stdout)


def names(output):
    return set(re.findall(r"^(?:not )?ok \d+ (\S+)", output, re.MULTILINE))


def check_tests(output):
    failed = re.findall(r"^not ok .*", output, re.MULTILINE)
    assert not failed
    totals = re.search(r"^# totals: pass:(\d+) fail:0 skip:\d+$", output, re.MULTILINE)
    assert totals and int(totals[1]) > 600, tail(output)
    assert "lost=0" in output


# ---- every claim ---------------------------------------------------------------------------------

@pytest.mark.parametrize("options", [
    ("--mem", "16M"),
    ("--mem", "64M", "--append", "lowmem=32M init_on_alloc=1 init_on_free=1"),
    ("--mem", "128M", "--append", "lowmem=32M early_test node_test percpu_test"),
    ("--mem", "96M", "--base", "0xc0000000"),
    ("--mem", "1G"),
], ids=" ".join)
def test_every_claim_holds(host, options):
    output = run(host(), "test; check; balance", *options)
    check_tests(output)
    assert re.search(r"^check: \d+ sound, 0 broken$", output, re.MULTILINE)


@pytest.fixture(scope="session")
def narrow(host, tmp_path_factory):
    """The process of 32 bits, where the host's compiler makes such."""
    program = tmp_path_factory.mktemp("m32") / "nothing"
    made = subprocess.run(["cc", "-m32", "-x", "c", "-", "-o", program], input="int main(void) { return 0; }\n",
                          check=False, stderr=subprocess.PIPE, encoding="utf-8")
    if made.returncode or subprocess.run([program], check=False).returncode:
        pytest.skip("the host makes no programs of 32 bits (package gcc-multilib)")
    return host("BITS=32")


@pytest.mark.parametrize("options", [("--mem", "16M"), ("--mem", "1G"), ("--mem", "96M", "--base", "0xb0000000")],
                         ids=" ".join)
def test_every_claim_holds_in_32_bits(narrow, options):
    output = run(narrow, "test; check; balance", *options)
    check_tests(output)
    assert re.search(r"^check: \d+ sound, 0 broken$", output, re.MULTILINE)


def test_every_claim_holds_in_debug_builds(host):
    check_tests(run(host("DEBUG=1"), "test; check; balance", "--mem", "48M", "--append", "lowmem=32M"))


def test_the_claims_are_those_of_the_machine(host, headless):
    """What a port has of its own is few, and named so."""
    emulated = names(headless("test", mem="128M", append="lowmem=32M").output)
    process = names(run(host(), "test", *SMALL))
    own = re.compile(r"(arch|newlib|coredump|ioremap|numbers|watch)\.")
    assert all(own.match(name) for name in emulated ^ process), sorted(emulated ^ process)
    assert len(emulated & process) > 0.9 * len(emulated)


# ---- measuring -----------------------------------------------------------------------------------

def test_instructions_are_counted_the_same_each_time(host):
    """By single steps, on any host: no counters, no rights.  Of the boot, which was not counted, there is no row."""
    commands = "test bench.counts; bench --csv page.order0 percpu.this_cpu_inc boot.prompt"
    first, second = (run(host(), commands, "--mem", "64M", "--icount") for _ in range(2))
    rows = dict(re.findall(r"^bench-row ([^,]+),(.*)$", first, re.MULTILINE))
    assert "bench-begin exact=1 unit=instructions" in first and "bench-without boot.prompt,counting began" in first
    assert set(rows) == {"page.order0", "percpu.this_cpu_inc"}
    assert rows == dict(re.findall(r"^bench-row ([^,]+),(.*)$", second, re.MULTILINE))
    assert 1 <= int(rows["percpu.this_cpu_inc"].split(",")[3]) <= 4


def test_time_is_told_where_nobody_counts(host):
    output = run(host(), "bench page.order0", "--mem", "64M")
    assert "To count: `make ARCH=user bench`, or `make ARCH=user qemu ICOUNT=1`" in " ".join(output.split())
    assert re.search(r"^page\.order0( +\d+){6}( +-)+$", output, re.MULTILINE), "nothing is compared with times"


# ---- a person ------------------------------------------------------------------------------------

@pytest.fixture
def prompt(host):
    """The process on a terminal, at its prompt."""
    started = []

    def start(*options):
        child = on_a_terminal(host(), *options, echo=False, timeout=LIMIT, dimensions=(50, 200))
        child.delaybeforesend = None
        started.append(child)
        child.expect_exact(PROMPT)
        return child

    yield start
    for child in started:
        child.close(force=True)


def typed(child, line):
    child.send(line + "\r")
    child.expect_exact(PROMPT)
    return plain(child.before)


def test_a_person_allocates_completes_and_leaves(prompt):
    child = prompt(*SMALL)
    assert re.search(r"#1 pages order=2 zone=\w+ pfn=0x\w+ va=0x7e90\w+", typed(child, "alloc pages 2"))
    assert "#1 freed" in typed(child, "free #1")
    child.send("ballo\t\bx")
    child.send("\x03")
    child.expect_exact(PROMPT)
    child.send("buddyin\t")
    child.send("\x15")
    assert "lost=0" in typed(child, "balance")
    child.send("poweroff 3\r")
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 3


def test_a_terminal_that_hangs_up_ends_it(host):
    """Also where nobody is told by a signal (nohup)."""
    ours, theirs = os.openpty()
    command = ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", host(), *SMALL]
    child = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    shown = b""
    while PROMPT.encode() not in shown:
        shown += os.read(ours, 4096)
    os.close(ours)
    assert child.wait(timeout=LIMIT) == 0


def as_from_a_shell():
    """In the child: its terminal is the one it controls, and no signal is ignored, as some are in the background."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    for end in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        signal.signal(end, signal.SIG_DFL)


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, "\x1c"], ids=str)
def test_however_it_ends_the_terminal_is_as_before(host, end):
    """A shell's user gets a terminal back that echoes, when somebody kills the process or types Ctrl-\\."""
    ours, theirs = os.openpty()
    before = termios.tcgetattr(theirs)
    child = subprocess.Popen([host(), *SMALL], stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
                             preexec_fn=as_from_a_shell)
    shown = b""
    while PROMPT.encode() not in shown:
        shown += os.read(ours, 4096)
    raw = termios.tcgetattr(theirs)
    if isinstance(end, str):
        os.write(ours, b"stress 100000000\r" + end.encode())
    else:
        child.send_signal(end)
    status = child.wait(timeout=LIMIT)
    after = termios.tcgetattr(theirs)
    os.close(ours)
    os.close(theirs)
    assert status == -(signal.SIGQUIT if isinstance(end, str) else end)
    assert raw != before and after == before


@pytest.mark.parametrize("closed", ["<&-", ">&-", "<&- >&- 2>&-"])
def test_standard_files_may_be_closed(host, closed):
    done = subprocess.run(["sh", "-c", f'exec "$@" {closed}', "sh", host(), *SMALL], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, encoding="latin-1",
                          timeout=LIMIT)
    assert done.returncode == (0 if closed == "<&-" else 1)
    assert ("ready:" in done.stdout) == (closed == "<&-")
    assert ("output was lost: Bad file descriptor" in done.stderr) == (closed == ">&-")


def test_output_that_is_lost_is_a_failure(host):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([host(), *SMALL, "--run", "help"], stdin=subprocess.DEVNULL, stdout=full, check=False,
                              stderr=subprocess.PIPE, encoding="utf-8", timeout=LIMIT)
    assert (done.returncode, done.stderr) == (1, "crumb.host: output was lost: No space left on device\n")


def test_a_restart_is_the_same_machine_anew(prompt):
    child = prompt(*SMALL)
    typed(child, "alloc pages 2")
    assert "32768 pages" in typed(child, "reboot")
    assert "#1" not in typed(child, "allocs")


def test_the_input_s_end_is_the_machine_s(host):
    done = subprocess.run([host(), *SMALL], input="alloc pages 0\nbalance\n", stdout=subprocess.PIPE, check=False,
                          encoding="latin-1", timeout=LIMIT)
    assert done.returncode == 0
    assert "held=1" in done.stdout


def test_ctrl_c_ends_a_command(prompt):
    child = prompt(*SMALL)
    child.send("stress 100000000\r")
    child.expect("\n")  # it has begun
    child.send("\x03")
    child.expect_exact(PROMPT)
    child.send("balance\r")
    child.expect("lost=0")


# ---- faults --------------------------------------------------------------------------------------

FAULTS = {
    "vmap-overrun": r"Oops: page translation fault at 0x7e90\w+ \(write\)",
    "vmap-use-after-free": r"Oops: page translation fault at 0x7e90\w+ \(read\)",
    "vmap-write-read-only": r"Oops: page permission fault at 0x7e90\w+ \(write\)",
    "vmap-execute": r"Oops: page permission fault at 0x7e90\w+ \(execute\)",
    "percpu-follow": r"Oops: section translation fault at 0x7e8f\w+",
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_an_oops_with_its_walk_then_the_prompt(prompt, name):
    child = prompt(*SMALL)
    text = typed(child, f"break {name}")
    assert re.search(FAULTS[name], text), text
    assert re.search(r"^page walk for [0-9a-f]+:$", text, re.MULTILINE), text
    assert re.search(r"^  --- (data|prefetch) abort ---$", text, re.MULTILINE), text
    assert re.search(rf"\] break_{name.replace('-', '_')}\+", text[text.index("backtrace:"):]), text
    assert re.search(r"^  [0-9a-f]+:( [0-9a-f]{16}){2}$", text, re.MULTILINE), text
    assert "lost=0" in typed(child, "balance")


def test_no_flush_may_be_missing():
    """Each flush that the process has is taken out, and its test fails."""
    done = subprocess.run([sys.executable, os.path.join(ROOT, "tools", "mutate.py"), "--arch", "user", "--quick"],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                          encoding="utf-8", timeout=LONG_LIMIT, env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1"))
    assert done.returncode == 0 and re.search(r"^\d+ mutations, 0 survivors$", done.stdout, re.MULTILINE), done.stdout


# ---- the machine that was asked for --------------------------------------------------------------

@pytest.mark.parametrize("options, why", [
    (("--mem", "8M"), "8M: --mem: not a size of RAM"),
    (("--mem", "2G"), "2G: --mem: not a size of RAM"),
    (("--mem", "16777217"), "16777217: --mem: not a size of RAM"),
    (("--mem", "99999999999999999999"), "--mem: not a size of RAM"),
    (("--mem", "-16M"), "-16M: --mem: not a size of RAM"),
    (("--base", "0x60001000"), "0x60001000: --base: not where RAM may begin"),
    (("--base", "4G"), "4G: --base: not where RAM may begin"),
    (("--dtb", "/no/such"), "/no/such: No such file"),
    (("--initrd", "/dev/null"), "/dev/null: empty"),
    (("--initrd", "/tmp"), "/tmp: Is a directory"),
    (("--dtb", "/tmp"), "/tmp: Is a directory"),
    (("--mem", "16M", "--initrd", "/dev/zero"), "/dev/zero: too large for the place that it has in RAM"),
    (("--append", 5000 * "x"), "longer than a command line may be"),
    (("--what",), "unrecognized option"),
    (("what",), "what: no argument is taken but options"),
], ids=lambda value: " ".join(value)[:30] if isinstance(value, tuple) else "")
def test_a_bad_option_is_refused_by_name(host, options, why):
    done = subprocess.run([host(), *options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False,
                          stderr=subprocess.PIPE, encoding="utf-8", timeout=LIMIT)
    assert (done.returncode, done.stdout) == (64, "")
    assert why in done.stderr


def test_an_initrd_is_in_ram_and_reserved(host, tmp_path):
    initrd = tmp_path / "initrd"
    initrd.write_bytes(b"CRUMB" + bytes(9000))
    output = run(host(), "cat /proc/iomem; md 0x7e9000800000 8 1", "--initrd", str(initrd), *SMALL)
    assert "60800000-60802fff : initrd" in output or "60800000-6080232c : initrd" in output, output


def test_a_large_initrd_is_whole(host, tmp_path):
    """Most of it lies where the kernel sees nothing yet."""
    initrd = tmp_path / "initrd"
    initrd.write_bytes(bytes(20 << 20) + b"THE END.")
    output = run(host(), "md 0x7e9001c00000 8 1; test; balance", "--initrd", str(initrd), "--mem", "64M")
    assert "THE END." in output
    check_tests(output)


TREE = """\
/dts-v1/;
/ {
    #address-cells = <1>; #size-cells = <1>;
    memory@60000000 { device_type = "memory"; reg = <0x60000000 0x500000 0x60700000 0x1900000 0x64000000 0x1000000>; };
};
"""


def test_a_tree_describes_the_machine(host, tmp_path):
    (tmp_path / "t.dts").write_text(TREE)
    (tmp_path / "initrd").write_bytes(bytes(5000))
    subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", tmp_path / "t.dtb", tmp_path / "t.dts"], check=True,
                   timeout=LIMIT)
    output = run(host(), "balance; cat /proc/iomem; test; check; balance", "--dtb", str(tmp_path / "t.dtb"),
                 "--initrd", str(tmp_path / "initrd"))
    assert "present=11776 " in output
    assert "64000000-64ffffff : System RAM" in output and ": initrd" in output
    check_tests(output)
    assert 'command line "-x ' in run(host(), "balance", "--dtb", str(tmp_path / "t.dtb"), "--append", "-x")
    output = run(host(), "md 0x7e9000600000", "--dtb", str(tmp_path / "t.dtb"), status=1)
    assert "error: md: 0x7e9000600000: page translation fault (read)" in output  # a hole


# ---- make ----------------------------------------------------------------------------------------

@pytest.mark.parametrize("command, status", [("balance", 0), ("nonsense", 1), ("break page-double-free", 2)])
def test_make_run_ends_with_the_status(host, command, status):
    host.tree().make("-s", "ARCH=user", "run", f"CMD={command}", "MEM=16M", "APPEND=panic_on_bug=1", status=status)


def test_make_run_has_a_time_limit(host):
    output = host.tree().make("-s", "ARCH=user", "run", "CMD=stress 100000000", "MEM=16M", "TIMEOUT=1", status=124)
    assert "run.sh: time limit" in output


def test_make_says_what_a_process_has_not(host):
    tree = host.tree()
    assert "needs the emulated machine: leave ARCH=user out" in tree.make("ARCH=user", "gdb", status=None)
    assert "SMP=4: the process has one CPU" in tree.make("ARCH=user", "SMP=4", "run", "CMD=balance", status=None)


def test_the_host_s_gdb_steps_through_it(host):
    """The debugger that make debug starts, told what to do by a script rather than by a person."""
    script = ["-ex", "break alloc_pages", "-ex", "run", "-ex", "continue", "-ex", "bt", "-ex", "kill"]
    done = subprocess.run(["gdb-multiarch", "-batch", "-ex", "handle SIGSEGV SIGALRM nostop noprint pass", *script,
                           "--args", host(), *SMALL, "--run", "alloc pages 0"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, encoding="latin-1",
                          timeout=LIMIT)
    assert re.search(r"alloc_pages.*\n.*start_kernel|mm_init", done.stdout), tail(done.stdout)
