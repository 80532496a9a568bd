"""
test_odd_machines.py - all self-tests on machines that nobody would choose: another few each day

    seed ──> kinds of machines ──> banks, parameters, processors ──> a tree ──> `test; exhaust pages; balance`

What a test expects must come from the machine that it runs on, so machines are drawn at random: of every
kind one, with sizes, ends, holes and lowmem= that are round in nothing.  Some that were found to be hard
once are taken in turn beside them.

    CRUMB_MACHINES_SEED=N    draws the machines of seed N again; the day's number otherwise

The seed stands in each test's name, and the machine in what a failure prints.
"""

import os
import random
import re
import time

import pytest

import handover
from handover import RAM_AT, TAGS_AT, bank, placed
from machine import balance, run_commands, totals

PAGE, MIB = 4096, 1 << 20
RAM_MOST = 1024 * MIB

SEED = int(os.environ.get("CRUMB_MACHINES_SEED") or time.time() // 86400)


class Odd:
    """Banks as (offset from RAM's start, size), ascending; parameters; processors."""

    def __init__(self, banks, append="", smp=1):
        self.banks, self.append, self.smp = banks, append, smp

    def __repr__(self):
        banks = ", ".join(f"{at // PAGE}+{size // PAGE}" for at, size in self.banks)
        return f"banks of pages {banks}; {self.append or 'no parameter'}; {self.smp} processors"


# ---- kinds of machines ---------------------------------------------------------------------------

def pages(rng, least, most):
    """So many whole pages, in bytes."""
    return rng.randint(least, most) * PAGE


def first_size(rng, most=200):
    """A first bank that the kernel fits in, of a size that is a multiple of nothing."""
    return pages(rng, 16 * 256, most * 256)


def some_lowmem(rng):
    return rng.choice(["", f"lowmem={rng.randint(16, 200)}M", f"lowmem={rng.randint(16 * 1024, 200 * 1024)}K"])


def odd_size(rng):
    """One bank, off 4 MiB."""
    return Odd([(0, rng.randint(17, 1023) * MIB + pages(rng, 0, 255))], some_lowmem(rng))


def many_banks(rng):
    """Up to six banks: some touch, some lie far apart, some are a few pages; four nodes at most."""
    banks = [(0, first_size(rng, 64))]
    for _ in range(rng.randint(1, 5)):
        at = sum(banks[-1]) + rng.choice([0, pages(rng, 1, 2000), rng.randint(1, 200) * MIB])
        size = rng.choice([pages(rng, 1, 8), pages(rng, 1, 4000), rng.randint(1, 100) * MIB])
        if at + size <= RAM_MOST:
            banks.append((at, size))
    return Odd(banks, some_lowmem(rng))


def little_highmem(rng):
    """A page to two MiB above lowmem's end."""
    lowmem = rng.randint(4, 64) * 4 * MIB
    return Odd([(0, lowmem + pages(rng, 1, 512))], f"lowmem={lowmem // MIB}M")


def little_node(rng):
    """A node of a page or two, low or high, at any frame."""
    first = first_size(rng)
    at = rng.choice([pages(rng, first // PAGE + 1, 750 * 256), pages(rng, 770 * 256, 1023 * 256)])
    return Odd([(0, first), (at, pages(rng, 1, 2))], rng.choice(["", "lowmem=16M"]))


def highmem_elsewhere(rng):
    """Lowmem ends with the first node, and the others are all highmem."""
    banks = [(0, first_size(rng, 64))]
    for _ in range(rng.randint(1, 3)):
        banks.append((sum(banks[-1]) + 4 * MIB + pages(rng, 1, 2000), pages(rng, 1, 8000)))
    return Odd(banks, f"lowmem={banks[0][1] // MIB + 4}M")


def narrow_window(rng):
    """vmalloc= in the place of lowmem=, and several processors."""
    return Odd([(0, rng.randint(17, 1023) * MIB + pages(rng, 0, 255))], f"vmalloc={rng.randint(16, 700)}M",
               smp=rng.randint(2, 4))


KINDS = odd_size, many_banks, little_highmem, little_node, highmem_elsewhere, narrow_window


def drawn(kind):
    """The seed's machine of that kind, whatever other kinds there are."""
    return kind(random.Random(f"{SEED} {kind.__name__}"))


# ---- machines that failed once -------------------------------------------------------------------

HARD = {
    **{f"{mib}M": Odd([(0, mib * MIB)]) for mib in (17, 33, 47, 65, 129, 255, 511, 513, 767)},
    "an odd end": Odd([(0, 16 * MIB + 5 * PAGE)]),
    "three banks": Odd([(0, 16 * MIB), (64 * MIB, 16 * MIB), (128 * MIB, 16 * MIB)]),
    "five banks": Odd([(n * 64 * MIB, 24 * MIB) for n in range(5)]),
    "odd banks": Odd([(0, 32 * MIB + 7 * PAGE), (48 * MIB + 3 * PAGE, 17 * MIB + PAGE)]),
    "1 MiB of highmem": Odd([(0, 33 * MIB)], "lowmem=32M"),
    "highmem on another node": Odd([(0, 64 * MIB), (128 * MIB, 64 * MIB)], "lowmem=64M"),
    "highmem on two others": Odd([(0, 32 * MIB), (128 * MIB, 16 * MIB), (256 * MIB, 16 * MIB)], "lowmem=32M"),
    "a node of a page": Odd([(0, 64 * MIB), (128 * MIB, PAGE)]),
    "a node of two pages": Odd([(0, 64 * MIB), (128 * MIB, 2 * PAGE)]),
    "two pages of highmem": Odd([(0, 64 * MIB), (1000 * MIB, 2 * PAGE)]),
    "two small nodes": Odd([(0, 32 * MIB), (64 * MIB, 3 * PAGE), (80 * MIB, 9 * PAGE)]),
}
EACH_DAY = 2


def in_turn():
    names = list(HARD)
    return [names[(SEED * EACH_DAY + n) % len(names)] for n in range(EACH_DAY)]


# ---- the tests -----------------------------------------------------------------------------------

def check(folder, machine):
    """Boots exactly this machine: every self-test holds, its pages can all be had, and none is lost."""
    print(f"CRUMB_MACHINES_SEED={SEED}: {machine}")
    line = f'batch early_test node_test percpu_test {machine.append} run=\\"test; exhaust pages; balance\\"'
    body = "".join(bank(RAM_AT + at, size) for at, size in machine.banks)
    blob = handover.tree(body, chosen=f'bootargs = "{line}";')
    ended = run_commands("balance", mem="1G", smp=machine.smp, qemu=placed(folder, blob, TAGS_AT))
    wrong = [line for line in ended.lines() if re.match("not ok|panic|Oops", line)]
    assert not wrong and ended.status == 0, f"{machine!r}: {wrong}\n{ended!r}"
    passed, _failed, _skipped = totals(ended.output)
    assert passed > 300, ended
    assert balance(ended.output)["present"] == sum(size for _, size in machine.banks) // PAGE


@pytest.mark.parametrize("kind", KINDS, ids=[f"{kind.__name__}-seed{SEED}" for kind in KINDS])
def test_self_tests_pass_on_a_machine_drawn(tmp_path, kind):
    check(tmp_path, drawn(kind))


@pytest.mark.parametrize("name", in_turn(), ids=[f"{name}-seed{SEED}" for name in in_turn()])
def test_self_tests_pass_on_a_machine_that_was_hard(tmp_path, name):
    check(tmp_path, HARD[name])


def test_a_seed_draws_the_same_machines_again():
    assert [repr(drawn(kind)) for kind in KINDS] == [repr(drawn(kind)) for kind in KINDS]
    assert all(sum(machine.banks[-1]) <= RAM_MOST for machine in map(drawn, KINDS))
