"""
test_checkers.py - one list of checkers, and all who ask them

    a family's field is overwritten ──┬─ check          the prompt's command
                                      ├─ test rbtree    the runner, after each self-test: these touch no memory
                                      ├─ stress 1       after its operations
                                      ├─ a panic        its report: a caller's bug that is not to be survived,
                                      └─ a fatal oops   or a fault in an interrupt

Each names the family.  The fields are found as test_corruption.py finds its own; they are such as let the machine
go on, and as nothing of what the askers do puts right again.
"""

import re

import pytest

from session import ask, elf
from test_corruption import LEAF, MACHINE, POOL, SLAB, prepare, variables

# family -> field, word, bytes
HURT = {
    "balance": ("node_zones[1].managed_pages", 5, 4),
    "early": ("(*$records)[0].size", 0, 4),
    "fixmap": ("*(int *)$clear_pte", 0x6000045f, 4),
    "kmap": ("pkmap.pte[1]", 0x6000045f, 4),
    "kmap_local": ('*$per_cpu("kmap_stack", 0).pte', 0x6000045f, 4),
    "mempool": (f"{POOL}->magic", 1, 4),
    "page": ("node_zones[1].free_pages", 99999, 4),
    "pcp": ('$per_cpu("pagesets", 0)[2].pcp[1].list.prev', 0xc0000000, 4),  # of an empty list
    "percpu": (f"{LEAF}.room", 3, 2),
    "slab": (f"{SLAB}->bias", 0, 4),
    "vmap": ("areas.nr", 99, 4),
}
TIMER = "action[29].handler"

# Who asks -> what is typed, and what tells that a family is broken
ASKED = {
    "check": ("check", r"(?m)^{} +broken: ."),
    "self-tests": ("test rbtree.empty", r"(?ms)\] check: {}: broken: .*^not ok 1 .* the invariants do not hold"),
    "stress": ("stress 1 kmalloc seed=1", r"(?ms)\] check: {}: broken: .*stress: ops=1 errors=[1-9]"),
    "panic": ("mw panic_on_bug 1 1; kfree 0xc0010000", r"(?ms)panic: panic_on_bug: .*^check: {}: broken: "),
    "fatal oops": ("mw {timer:#x} 1; repeat 50 regs", r"(?ms)panic: fatal fault: .*^check: {}: broken: "),
}


@pytest.fixture(scope="module")
def places(served):
    """Where each family's field lies, and the timer's handler, in a machine that has some of everything."""
    machine, server = served(**MACHINE)
    wanted = {**{family: where for family, (where, *_) in HURT.items()}, "timer": TIMER}
    find, *found = ask(server, variables(prepare(machine)),
                       *[f'printf "%#x\\n", &({where})' for where in wanted.values()], image=elf()).all
    assert not find[1], find
    assert all(re.fullmatch("0x[0-9a-f]+", answer) for _, answer in found), found
    return dict(zip(wanted, (int(answer, 16) for _, answer in found)))


def test_no_family_is_left_out(boot):
    """The table has every family that is registered."""
    said = boot(**MACHINE).cmd("check")
    assert sorted(HURT) == re.findall(r"(?m)^(\w+) +sound: ", said), said


@pytest.mark.parametrize("who", ASKED)
@pytest.mark.parametrize("family", HURT)
def test_who_asks_is_told(places, boot, family, who):
    _, word, size = HURT[family]
    typed, told = ASKED[who]
    machine = boot(image=elf(), **MACHINE)
    prepare(machine)
    machine.send(f"mw {places[family]:#x} {word:#x} {size}; {typed.format(**places)}; echo it is over\r")
    machine.expect("\n")
    text = machine.expect(r"\nit is over|\ncheck: \d+ sound, \d+ broken, \d+ not verified", oops=True, panic=True)
    assert re.search(told.format(family), text), text
