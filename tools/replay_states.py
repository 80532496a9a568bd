#!/usr/bin/python3
"""
replay_states.py - has a recorded machine keep its state every so often, so that going back starts from near by

    replay_states.py keep MONITOR IMAGE    goes through a recording; prints the number of its last instruction
    replay_states.py pass MONITOR          the same, and keeps nothing
    replay_states.py wake MONITOR          beside gdb: sees that the machine sleeps no longer than it has to

    start ──────> state ──────> state ──────> state ── … ──> end of the recording
                  every EVERY instructions or SECONDS          <── step back: from the state before it, forwards

MONITOR is the socket of QEMU's monitor (QMP), IMAGE the file that takes the states.  When gdb goes backwards,
QEMU itself looks there for the nearest.

Invariants
  R1  A state is taken while the recording is run again, not while it is made: nothing then stops the machine that
      is recorded, and Ctrl-C ends it at any moment.
  R2  There are MOST states at most, and as many as BYTES hold: with more, every second one goes, and those to come
      lie twice as far apart.
  R3  No state stays that does not bring back the machine as it was.  The first one is tried; after one that fails
      this machine is no longer the recorded one (status 1).

A machine that waits for a key waits as long as it did when it was recorded, unless QEMU's main loop has something
to do: each question that is asked here wakes it, and an idle machine goes from tick to tick without delay.

Read next: replay.sh
"""

import json
import os
import re
import signal
import socket
import sys
import time

EVERY, SECONDS = 30_000_000, 1.0
MOST, BYTES = 64, 2 << 30
WAKE, DOZE = 0.001, 0.05


class Monitor:
    """QEMU's monitor; EOFError: the machine is gone."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.lines = self.socket.makefile("rw", encoding="utf-8")
        self.answer()  # a greeting
        self.ask("qmp_capabilities")

    def answer(self):
        """The next one; what the machine tells unasked is passed over."""
        while True:
            line = self.lines.readline()
            if not line:
                raise EOFError
            told = json.loads(line)
            if "event" not in told:
                return told

    def ask(self, command, **arguments):
        try:
            self.lines.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
            self.lines.flush()
            told = self.answer()
        except ConnectionError:
            raise EOFError from None
        if "return" not in told:
            raise OSError(told["error"]["desc"])
        return told["return"]

    def type(self, line):
        """What the monitor for people answers to a line."""
        return self.ask("human-monitor-command", **{"command-line": line})

    def status(self):
        return self.ask("query-status")["status"]

    def instructions(self):
        return self.ask("query-replay")["icount"]

    def machine(self):
        """The registers, and what the processor finds in memory where it stands."""
        registers = self.type("info registers")
        return registers + self.type("x /4wx 0x" + re.search(r"\bR15=(\w+)", registers)[1])


class Lost(Exception):
    """A state did not bring back the machine as it was."""


class States:
    """The states of a recording, by the numbers of their instructions."""

    def __init__(self, monitor, image):
        self.monitor, self.image = monitor, image
        self.kept, self.largest = [], 1
        self.every, self.seconds = EVERY, SECONDS

    def due(self):
        """The number of instructions at which the next one is."""
        return (self.kept[-1] if self.kept else 0) + self.every

    def keep(self, count):
        """The machine is stopped."""
        size = os.path.getsize(self.image)
        if self.kept:
            self.monitor.type(f"savevm at{count}")
        else:
            self.try_first(count)
        self.kept.append(count)
        self.largest = max(self.largest, os.path.getsize(self.image) - size)
        if len(self.kept) > min(MOST, BYTES // self.largest):
            self.drop(self.kept[::2])  # keeps R2
            self.every, self.seconds = 2 * self.every, 2 * self.seconds

    def try_first(self, count):
        before = self.monitor.machine()
        said = self.monitor.type(f"savevm at{count}") or self.monitor.type(f"loadvm at{count}")
        if said or self.monitor.machine() != before:
            self.drop([count])  # keeps R3
            raise Lost(said)

    def drop(self, counts):
        for count in counts:
            self.monitor.type(f"delvm at{count}")
        self.kept = [count for count in self.kept if count not in counts]


def run_on(monitor, states):
    """Lets the machine run until it is time for a state, or over; the number of its instructions then."""
    until = time.monotonic() + states.seconds if states else 0
    monitor.ask("cont")
    while monitor.status() == "running":
        if states and (monitor.instructions() >= states.due() or time.monotonic() > until):
            break
        time.sleep(WAKE)
    monitor.ask("stop")
    return monitor.instructions()


def go_through(monitor, states):
    """The number of the last instruction; of one before it, where the machine is gone with the last."""
    count = 0
    try:
        while True:
            count = run_on(monitor, states)
            if monitor.status() != "paused":
                return count
            if not states.kept:
                print("Going through the recording once: a step backwards then starts from near by.", file=sys.stderr)
            states.keep(count)
    except EOFError:
        return count


def wake(monitor):
    try:
        while True:
            time.sleep(WAKE if monitor.status() == "running" else DOZE)
    except EOFError:
        pass


def main():
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    what, monitor = sys.argv[1], Monitor(sys.argv[2])
    if what == "wake":
        wake(monitor)
        return
    try:
        print(go_through(monitor, States(monitor, sys.argv[3]) if what == "keep" else None))
    except Lost as lost:
        sys.exit(f"This QEMU brings no state back: a step backwards runs all from the start. {lost}")


if __name__ == "__main__":
    main()
