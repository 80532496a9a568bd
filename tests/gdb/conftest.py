"""
conftest.py - machines that are shared by the tests of a module, and end with it
"""

import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import session  # noqa: E402


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Starts machines that serve gdb; see machine.arguments() for what may be asked for."""
    machines = []

    def start(**options):
        machine, server = session.start(tmp_path_factory.mktemp("gdb"), **options)
        machines.append(machine)
        return machine, server

    yield start
    for machine in machines:
        machine.close()
