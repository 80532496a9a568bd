"""
test_replay_states.py - the states of a recording stay within their bounds, and those that lie are not kept
"""

import os
import sys

import pytest

from machine import ROOT

sys.path.insert(0, os.path.join(ROOT, "tools"))
import replay_states  # noqa: E402 pylint: disable=wrong-import-position


class Machine:
    """Answers as a monitor does, and keeps its states in a file, each of so many bytes."""

    def __init__(self, image, size, forgets=False):
        self.image, self.size, self.forgets = image, size, forgets
        self.states, self.sound = [], True

    def machine(self):
        return "as it was" if self.sound else "R15=00000000"

    def type(self, line):
        what, name = line.split()
        if what == "savevm":
            self.states.append(int(name[2:]))
            with open(self.image, "ab") as file:
                file.truncate(file.tell() + self.size)
        elif what == "delvm":
            self.states.remove(int(name[2:]))
        elif self.forgets:
            self.sound = False
        return ""


@pytest.mark.parametrize("megabytes, most", [(5, 64), (100, 20), (1500, 1), (5000, 0)])
def test_there_are_not_more_than_the_bounds_allow_and_they_lie_evenly(tmp_path, megabytes, most):
    image = tmp_path / "states"
    image.touch()
    machine = Machine(image, megabytes << 20)
    states = replay_states.States(machine, image)
    for count in range(0, 1000 * states.every, states.every):
        if count < states.due():
            continue
        states.keep(count)
        assert machine.states == states.kept and len(states.kept) <= most
    gaps = {after - before for before, after in zip([0] + states.kept, states.kept)}
    assert len(gaps) <= 1 and len(states.kept) >= most // 2


def test_a_state_that_does_not_bring_the_machine_back_does_not_stay(tmp_path):
    image = tmp_path / "states"
    image.touch()
    machine = Machine(image, 1, forgets=True)
    states = replay_states.States(machine, image)
    with pytest.raises(replay_states.Lost):
        states.keep(1)
    assert not machine.states
