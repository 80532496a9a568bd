"""
test_unwind.py - a backtrace at every instruction of an exception's entry, and of the way out
"""

import os
import re

import pytest

from session import ask

# vector, what brings it about, the function that is interrupted
ENTRIES = {"undefined": (1, 'run="break undefined-instruction"', "break_undefined_instruction"),
           "svc": (2, 'run="break svc"', "break_svc"),
           "prefetch": (3, 'run="break prefetch-abort"', "break_prefetch_abort"),
           "data": (4, 'run="break text-write"', "break_text_write"),
           "irq": (6, 'run="test buddy"', None)}
STACKS = f"python import sys; sys.path.insert(0, {os.path.dirname(os.path.abspath(__file__))!r}); import stacks"
# Instructions to step, some more than the entries of aborts have, and all else.
MOST, FEW = 62, 40


def functions(trace):
    """Of a backtrace, the newest first."""
    return re.findall(r"^#\d+ +(?:0x\w+ in )?([\w<> ]+?) ?\(", trace, re.MULTILINE)


def steps(server, where, count, show="backtrace"):
    """A backtrace before each of the next instructions."""
    answers = ask(server, STACKS, "tbreak shell_run_batch", "continue", where, "continue", "delete",
                  *[show, "stepi"] * count)
    return [answers[at] for at in range(6, len(answers.all), 2)]


@pytest.mark.parametrize("kind", ENTRIES)
def test_the_entry_of_an_exception(served, kind):
    vector, append, interrupted = ENTRIES[kind]
    _, server = served(mem="64M", append=append, stop=True, wait=False)
    traces = steps(server, f"hbreak *(long)vectors_start + 4 * {vector}", MOST if vector in (3, 4) else FEW)
    names = [functions(trace) for trace in traces]
    entered = next(at for at, found in enumerate(names) if found[0] == "exception_dispatch")
    assert entered > 20 and {found[0] for found in names[:entered]} >= {"vectors_start", "exception_enter"}
    within = interrupted or names[0][1]
    for at in range(entered + 1):
        assert names[at][-2:] == ["start_kernel", "high"] and within in names[at][:4], traces[at]
        assert "corrupt" not in traces[at] and "inner to" not in traces[at], traces[at]
    assert len({tuple(found[1:]) for found in names[:entered - 1]}) == 1, "all say the same of what was interrupted"


def test_the_way_out(served):
    """To the very instruction that was interrupted."""
    _, server = served(mem="64M", append='run="test buddy"', stop=True, wait=False)
    traces = steps(server, "tbreak exception_exit", FEW, "python print(stacks.names())")
    names = [trace.split() for trace in traces]
    back = next(at for at, found in enumerate(names) if "exception_exit" not in found and "signal" not in found)
    assert 5 < back < 40
    for at in range(back + 1):
        assert names[at][-2:] == ["start_kernel", "high"], traces[at]
        assert names[back][0] in names[at][:2], traces[at]


def test_an_exception_in_an_exception(served):
    """A fault while the oops of another is printed: both are in the backtrace, from the first instruction on."""
    _, server = served(mem="64M", append='run="break nested"', stop=True, wait=False)
    answers = ask(server, "tbreak shell_run_batch", "continue", *["tbreak *(long)vectors_start + 16", "continue",
                  "stepi"] * 2, *["backtrace", "stepi"] * MOST)
    traces = [answers[at] for at in range(8, len(answers.all), 2)]
    names = [functions(trace) for trace in traces]
    entered = next(at for at, found in enumerate(names) if found[0] == "exception_dispatch")
    for at in range(entered):
        assert names[at][-2:] == ["start_kernel", "high"] and "<signal handler called>" in traces[at], traces[at]
        assert "exception_dispatch" in names[at], traces[at]
