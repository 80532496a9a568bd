"""
command.py - `crumb` and its commands: how each is asked, and ends with one line whatever it meets

    invoke ──> only_reads(): the right image, our settings, a CPU that translates ──> runs() ──> lines, or one error
"""

import contextlib
import difflib
import inspect

import gdb

from .cpus import through_a_cpu_that_translates
from .lists import Broken
from .processor import ready
from .settings import our_settings
from .telling import what_went_wrong

before_reading = []  # what every command and function asks first (image.py)


@contextlib.contextmanager
def only_reads():
    """
    Between these the image is the machine's own, gdb calls none of its functions, settings are ours, and memory is
    what a CPU with its MMU on sees, if there is one.
    """
    with our_settings():
        for ask in before_reading:
            ask()
        with through_a_cpu_that_translates():
            yield


@contextlib.contextmanager
def told_in_one_line(name):
    """Whatever a reader meets ends the command with one line: no person sees an error of Python's."""
    try:
        with only_reads():
            yield
    except gdb.GdbError:
        raise
    except (gdb.MemoryError, Broken) as error:
        raise gdb.GdbError(what_went_wrong(error)) from None
    except Exception as error:  # pylint: disable=broad-except
        raise gdb.GdbError(f"{name}: {what_went_wrong(error)}") from None


def check_arguments(function, given, usage):
    """Refuses too few or too many of them; usage: the documentation's first line."""
    try:
        inspect.signature(function).bind(*given)
    except TypeError:
        needed = [p for p in inspect.signature(function).parameters.values() if p.default is p.empty]
        wrong = "an argument is missing" if len(given) < len(needed) else "too many arguments"
        raise gdb.GdbError(f"{wrong}: {usage}") from None


class CrumbPrefix(gdb.Command):
    """Commands that know Crumb's allocators.  `crumb` alone lists them."""

    def __init__(self):
        super().__init__("crumb", gdb.COMMAND_DATA, prefix=True)

    def invoke(self, argument, from_tty):
        if not argument:
            gdb.execute("help crumb")
            return
        name = argument.split()[0]
        near = difflib.get_close_matches(name, [command.name for command in Command.all], 3)
        hint = f"is it {' or '.join(near)}? " if near else ""
        raise gdb.GdbError(f"crumb {name}: no such command; {hint}`crumb` lists them")


class Command(gdb.Command):
    """crumb NAME: runs() prints, and what it cannot read ends it with one line."""

    name = ""
    most = 0  # arguments
    needs = None  # what of the kernel's variables it shows; None: it works without them
    completes = gdb.COMPLETE_NONE  # gdb's constant for what an argument is; words() may know them all
    all = []

    def __init__(self):
        super().__init__("crumb " + self.name, gdb.COMMAND_DATA)
        Command.all.append(self)

    def invoke(self, argument, from_tty):
        with told_in_one_line(f"crumb {self.name}"):
            arguments = gdb.string_to_argv(argument) if self.most > 1 else [argument][:bool(argument)]
            check_arguments(self.runs, arguments, self.__doc__.partition("\n")[0])
            if self.needs:
                ready(self.needs)
            self.runs(*arguments)

    def complete(self, text, word):
        try:
            with told_in_one_line(self.name):
                if self.needs:
                    ready(self.needs)
                known = self.words()
        except gdb.GdbError:
            return []  # the command says why
        if known is None:
            return self.completes
        return [one[len(text) - len(word or text):] for one in known if one.startswith(text)]

    def words(self):
        """All that an argument may be; None when gdb knows it (completes)."""
        return None

    def runs(self, *arguments):
        raise NotImplementedError
