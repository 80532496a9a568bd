"""
expressions.py - an argument that is an expression of gdb's, evaluated where the person stands
"""

import contextlib

import gdb

from .cpus import users_cpu


def _fetched(found):
    """Reads it as the CPU sees it that the person has selected, if that one can, else as this one does."""
    with contextlib.suppress(gdb.MemoryError), users_cpu():
        found.fetch_lazy()
    if found.is_lazy:
        found.fetch_lazy()


def evaluate(text):
    """An expression's value: a number; functions and objects stand for their address."""
    try:
        with users_cpu():
            found = gdb.parse_and_eval(text)
            if found.type.strip_typedefs().code in (gdb.TYPE_CODE_FUNC, gdb.TYPE_CODE_ARRAY, gdb.TYPE_CODE_STRUCT):
                found = found.address
        if found is not None and found.is_lazy:
            _fetched(found)
    except gdb.MemoryError:
        raise
    except gdb.error as error:
        raise gdb.GdbError(f"{text}: {error}") from None
    if found is None:
        raise gdb.GdbError(f"{text}: neither a number nor anything in the machine's memory")
    return found


def address(text):
    return int(evaluate(text)) & 0xffffffff
