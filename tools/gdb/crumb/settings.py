"""
settings.py - gdb's settings: those that all of this was written for, while it reads, and the person's own
"""

import contextlib

import gdb

# What a person may have set otherwise, and what is read and shown here depends on: expressions, how gdb's own
# commands answer, and how values look.  None: no limit.
SETTINGS = {
    "may-call-functions": False,  # gdb would call one of the machine's, to lay a string into its memory
    "language": "c", "case-sensitive": "on", "multiple-symbols": "all", "max-value-size": None,
    "width": None, "verbose": False, "filename-display": "relative", "print demangle": False,
    "output-radix": 10, "print address": True, "print symbol": True, "print symbol-filename": False,
    "print max-symbolic-offset": None, "print pretty": False, "print array": False, "print array-indexes": False,
    "print elements": 200, "print repeats": 10, "print max-depth": 20, "print null-stop": False,
    "print union": True, "print object": False, "print sevenbit-strings": False, "print nibbles": False,
    "print characters": "elements", "print raw-values": False}


def _differing(wanted):
    """Those of these settings that gdb has and that are not so: name -> what it is."""
    found = {}
    for name, value in wanted.items():
        with contextlib.suppress(RuntimeError):  # not one of this gdb's
            now = gdb.parameter(name)
            if now != value:
                found[name] = now
    return found


# As one types them: gdb 12 takes nothing else.
_WORDS = {None: "unlimited", True: "on", False: "off"}


def _set_all(settings):
    for name, value in settings.items():
        gdb.set_parameter(name, _WORDS[value] if value is None or isinstance(value, bool) else value)


_users = {}  # what the person has set, while it is set otherwise


@contextlib.contextmanager
def our_settings():
    """Between these gdb's settings are those that all of this was written for."""
    if _users:
        yield
        return
    was = _differing(SETTINGS)
    try:
        _users.update(was)
        _set_all({name: SETTINGS[name] for name in was})
        yield
    finally:
        _set_all(was)
        _users.clear()


@contextlib.contextmanager
def users_settings():
    """Within those, for a command that the person typed: gdb's settings are his own."""
    was = dict(_users)
    try:
        _set_all(was)
        _users.clear()
        yield
    finally:
        _users.update(was)
        _set_all({name: SETTINGS[name] for name in was})
