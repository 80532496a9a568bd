"""
telling.py - what a person is told: lines, and in one of them whatever went wrong while reading
"""

import contextlib
import os
import traceback

import gdb

from .lists import Broken


def say(line=""):
    try:
        gdb.write(line + "\n")
    except UnicodeEncodeError:  # set host-charset, or a terminal without those letters
        gdb.write(line.encode("ascii", "replace").decode() + "\n")


def what_went_wrong(error):
    """In one line, whatever a reader met; the words of one that refuses are its own."""
    if isinstance(error, gdb.MemoryError):
        return f"{error}: not mapped, or not set up yet at this stop"
    if isinstance(error, Broken):
        return f"corrupted: {error}"
    if isinstance(error, (gdb.error, gdb.GdbError, RecursionError)):
        return str(error)
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return (f"what it read makes no sense ({type(error).__name__}: {error}, met in {frame.name}() of "
            f"{os.path.basename(frame.filename)}): memory that is overwritten, or a stop in the middle of a change")


@contextlib.contextmanager
def told_of(what):
    """What cannot be read within is said in one line that begins so, and all else goes on."""
    try:
        yield
    except Exception as error:  # pylint: disable=broad-except
        say(f"{what}: {what_went_wrong(error)}")


def say_each(found, what, show):
    """
    Shows one after the other.  What of one cannot be read is said in its place, and the others follow; where the walk
    itself breaks off, that is the last line.  Returns how many were met.  what(one): what a line says it is of.
    """
    count, walk = 0, iter(found)
    while True:
        try:
            one = next(walk)
        except StopIteration:
            return count
        except Exception as error:  # pylint: disable=broad-except
            if isinstance(error, gdb.GdbError) and not count:
                raise
            say(f"{what_went_wrong(error)}; what lies behind is not shown")
            return count
        count += 1
        with told_of(what(one)):
            show(one)
