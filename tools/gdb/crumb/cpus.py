"""
cpus.py - the CPU that memory is read through, and the one that the person has selected

    selected CPU, its MMU off ──> another one, if its MMU is on ──> back to the selected one, and to its frame
"""

import contextlib

import gdb

from .processor import mmu_on


class _Place:
    """The CPU and the frame that are selected."""

    def __init__(self):
        self.thread = gdb.selected_thread()
        try:
            self.frame = gdb.selected_frame()
        except gdb.error:
            self.frame = None

    def select(self):
        if self.thread is not None and self.thread.is_valid():
            self.thread.switch()
            if self.frame is not None and self.frame.is_valid():
                self.frame.select()


_users_place = []  # what the person has selected, while another CPU is


def _translating_cpu():
    """A CPU that sees the kernel's memory; None when the selected one does, or none of them."""
    if gdb.selected_thread() is None or _is_translating():
        return None
    here, found = _Place(), None
    for thread in gdb.selected_inferior().threads():
        thread.switch()
        if _is_translating():
            found = thread
            break
    here.select()
    return found


def _is_translating():
    try:
        return mmu_on()
    except gdb.GdbError:
        return True  # as far as this gdb server says


@contextlib.contextmanager
def through_a_cpu_that_translates():
    """
    A CPU that waits to be started has its MMU off, and gdb reads memory as the selected one sees it.  Between these
    another one is selected then: what a command says of memory does not depend on the CPU that it is asked from.
    """
    other = None if _users_place else _translating_cpu()
    if other is None:
        yield
        return
    _users_place.append(_Place())
    try:
        other.switch()
        yield
    finally:
        _users_place.pop().select()


@contextlib.contextmanager
def users_cpu():
    """Within those, for expressions and registers: what the person has selected."""
    if not _users_place:
        yield
        return
    theirs, ours = _users_place.pop(), _Place()
    try:
        theirs.select()
        yield
    finally:
        ours.select()
        _users_place.append(theirs)
