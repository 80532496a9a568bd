"""
test_inject.py - failure injection in a process: what goes wrong is found, and nothing does in what there is

    every boot whose nth allocation fails    every command's example    self-tests: quick families, and a sample of all
"""

import os
import random
import re
import resource
import subprocess
import time

import pytest

import machine
from injection import MADE, assert_survived, summary

CHOICE = "ARCH=user DEBUG=1 EXTRA=tests/boot/extra/leaky.c"


@pytest.fixture(scope="module")
def program(built):
    return built(CHOICE).elf(*CHOICE.split())


@pytest.fixture(scope="module")
def run(program):
    """Runs commands in a process; status and output."""
    def start(commands, *, mem="64M", append=""):
        ended = subprocess.run([program, "--mem", mem, "--append", append, "--run", commands], check=False,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               timeout=machine.LIMIT)
        return ended.returncode, machine.plain(ended.stdout.decode(errors="replace"))

    return start


@pytest.mark.parametrize("command, why", [
    ("leaky", "pages are missing: free -2, .* held +2, lost +0; leaky: no memory"),
    ("trusting", "an oops"),
    ("twice", "1 BUG reports"),
    ("silent", "it failed without a word"),
])
def test_what_is_wrong_is_found(run, command, why):
    status, output = run(f"fail {command}")
    assert status == 1 and summary(output)[4] >= 1
    assert re.search(rf": BROKEN: {why.replace('+', '[+]')}", output), output


@pytest.mark.parametrize("options, runs", [("", 4), ("every=2", 2), ("every=4", 1), ("site=alloc_kind_pages", 4),
                                           ("every=3 site=alloc_kind_pages", 2)])
def test_which_fail(run, options, runs):
    status, output = run(f"fail {options} 'pages 0; pages 1; pages 2; pages 3'")
    assert status == 0 and summary(output)[1] == runs


@pytest.mark.parametrize("line, error", [
    ("fail", "fail: usage: fail [every=N] [site=SYMBOL] COMMAND..."),
    ("fail every=0 pages 1", 'fail: every: "0" is not in the range from 1 to 1000000000'),
    ("fail site=kmalloc_own pages 1", "fail: none of 1 allocations came through kmalloc_own"),
    ("fail site=nowhere pages 1", 'fail: site: no function "nowhere" (one that was inlined has no symbol)'),
    ("fail fail pages 1", "fail: fail: cannot be run so: it is running"),
    ("fail poweroff", "fail: poweroff: cannot be run so: it ends the machine"),
    ("fail repeat 2 reboot", "fail: the command fails by itself: "),
    ("fail test buddy", "fail: test: cannot be run so: `test --fail` does that"),
    ("fail stress", "fail: stress: cannot be run so: no two of its runs are alike"),
    ("fail nothing", "fail: the command fails by itself: nothing: no such command"),
    ("fail pages 99", "fail: the command fails by itself: pages: ORDER: "),
    ("test --fail nothing", "test: no such test \"nothing\""),
])
def test_what_cannot_be(run, line, error):
    status, output = run(f"{line}; balance")
    assert status == 1 and f"error: {error}" in output and "lost=0" in output and "run: 1 ok, 1 failed" in output


@pytest.mark.parametrize("command", [
    "pages 3 zero", "pages 0 highmem zero", "kmalloc 5000", "kzalloc 100", "vmalloc 3M", "alloc vmalloc 20K zero",
    "alloc percpu 2000 64", "cache create new 100", "'cache create new 100; alloc cache new'",
    "pool create spare 4 kmalloc 256", "cat /proc/vmallocinfo",
])
def test_commands(run, command):
    status, output = run(f"fail {command}; check; balance", append="lowmem=32M")
    assert summary(output)[4] == 0 and "lost=0" in output and " 0 broken" in output
    assert status == 0, output


# What cannot be run again and again, and what means an address of the emulated machine.
NOT_RUN = {
    "break": "a bug already", "fail vmalloc 20K": "fails by itself", "poweroff": "ends the machine",
    "reboot": "ends the machine", "seed 12345; test shell": "test --fail does that", "test shell": "the same",
    "stress 5000 kmalloc": "no two runs are alike", "watch every=500 buddyinfo": "waits for a key",
    "free #1": "there is one #1 only", "md 0xc0010000 16 4": "not mapped here", "mw 0xc0008000 0 4": "not mapped here",
    "v2p 0xc0010000": "not mapped here", "pt swapper_pg_dir": "no such symbol here",
}
# Those that allocate so often, or run so long, that each of their allocations in turn is too much.
EVERY = {"exhaust pages": 1000, "bench page.order0": 10, "replay words": 4}


def test_every_example(run):
    """What each command's `help` gives as its example."""
    listed = re.findall(r"^  (\S+) ", run("help")[1], re.MULTILINE)
    helps = run("; ".join(f"help {name}" for name in listed))[1]
    examples = re.findall(r"^example: (.*?)\s*$", helps, re.MULTILINE)
    assert len(examples) > 50 and not {*NOT_RUN, *EVERY} - {*examples}
    wrong = []
    for example in examples:
        if example in NOT_RUN:
            continue
        every = EVERY.get(example, 1)
        words = example if "'" in example else f"'{example}'"
        status, output = run(f"fail every={every} {words}; check; balance", append="lowmem=32M")
        if status or "lost=0" not in output or " 0 broken" not in output or summary(output)[4]:
            wrong.append(f"{example}:\n{machine.tail(output)}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("mem, append", [("64M", ""), ("64M", "lowmem=32M")], ids=["lowmem", "highmem"])
def test_every_boot(run, mem, append):
    made = int(MADE.search(run("balance", mem=mem, append=f"inject=0 {append}")[1])[1])
    assert made > 100
    for nth in range(1, made + 1):
        assert_survived(*run("check; balance", mem=mem, append=f"inject={nth} {append}"), nth)


# Those that are quick, whole; of all others a sample below; CONTRIBUTING.md says how to try all.
FAMILIES = "account check fixmap highmem ioremap kernel kmap_local names node nomap param reserved watermark".split()


@pytest.mark.parametrize("family", FAMILIES)
def test_self_tests(run, family):
    status, output = run(f"test --fail {family}")
    assert status == 0 and "not ok" not in output, output


# Seconds of a processor's time: of the sample, and of one test of it.
SAMPLE_CPU, TEST_CPU = 15, 3


def cpu_of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def fail_each(program, test):
    """
    What `test --fail` of a test says, and the status.  A breach is printed where it is met, so a test that takes too
    long is tried as far as it came.
    """
    command = ["prlimit", f"--cpu={TEST_CPU}", program, "--mem", "64M", "--append", "lowmem=32M",
               "--run", f"test --fail {test}; check; balance"]
    ended = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, timeout=machine.LIMIT)
    return ended.returncode, machine.plain(ended.stdout.decode(errors="replace"))


def shuffled(tests, seed):
    """All of them: one of each family, then a second one of each, ...; which, and in which order, is the seed's."""
    chance = random.Random(seed)
    families = {}
    for test in chance.sample(tests, len(tests)):
        families.setdefault(test.split(".")[0], []).append(test)
    rounds = max(map(len, families.values()))
    return [tests[i] for i in range(rounds) for tests in families.values() if i < len(tests)]


def test_a_sample_of_every_family(program, run):
    """SEED=N repeats one."""
    seed = int(os.environ.get("SEED") or time.time_ns() % 2**32)
    tests = sorted(re.findall(r"^ok \d+ (\S+)", run("test", append="lowmem=32M")[1], re.MULTILINE))
    assert len(tests) > 600
    began, wrong, tried, through = cpu_of_children(), [], 0, 0
    for test in shuffled(tests, seed):
        if cpu_of_children() - began > SAMPLE_CPU:
            break
        status, output = fail_each(program, test)
        tried, through = tried + 1, through + (status == 0)
        if re.search(r"BROKEN|not ok|Bail out", output) or status not in (0, -24, -9):
            wrong.append(f"{test}: status {status}\n{machine.tail(output)}")
    print(f"SEED={seed}: {tried} tests, {through} of them to the end")
    assert not wrong, f"SEED={seed}\n" + "\n".join(wrong)
    assert through > 10
