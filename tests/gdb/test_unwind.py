"""
test_unwind.py - a backtrace at every instruction of an exception's entry, of the way out, and of library code
"""

import os
import re
import subprocess

import pytest

from machine import LIMIT, ROOT
from session import ask, ask_core, elf

# vector, what brings it about, the function that is interrupted
ENTRIES = {"undefined": (1, 'run="break undefined-instruction"', "break_undefined_instruction"),
           "svc": (2, 'run="break svc"', "break_svc"),
           "prefetch": (3, 'run="break prefetch-abort"', "break_prefetch_abort"),
           "data": (4, 'run="break text-write"', "break_text_write")}
STACKS = f"python import sys; sys.path.insert(0, {os.path.dirname(os.path.abspath(__file__))!r}); import stacks"
FIND = (f"{STACKS}; stacks.find_inlined('registry_after'); stacks.find_exit('strcmp');"
        " stacks.find_behind_push('strlen'); stacks.find_behind_push('strncmp')")
# Behind the call of strlen in shell_run_line
CALLER = ("tbreak shell_run_batch", "continue", "tbreak strlen", "continue", "finish")
# Instructions to step, some more than the entries of aborts have, and all else.
MOST, FEW = 62, 40


def functions(trace):
    """Of a backtrace, the newest first."""
    return re.findall(r"^#\d+ +(?:0x\w+ in )?([\w<> ?]+?) ?\(", trace, re.MULTILINE)


def steps(server, where, count):
    """A backtrace before each of the next instructions."""
    answers = ask(server, "tbreak shell_run_batch", "continue", where, "continue", "delete",
                  *["backtrace", "stepi"] * count)
    return [answers[at] for at in range(5, len(answers.all), 2)]


# Where the interrupt comes: before an instruction that no CFI covers, that is a function's first, that is behind one
# which moves sp, in the library's code or in the tree's own.
PLACES = {"strcmp's exit": "$exit",
          "a function's first": "(long long)&strcmp & 0xfffffffe",
          "behind a push": "$behind_strlen",
          "C": "(long long)&registry_after & 0xfffffffe", "C, where something inlined begins": "$inlined",
          "C, behind a push": "((long long)&registry_after & 0xfffffffe) + 4",
          "C of the library's, behind a push": "$behind_strncmp"}


@pytest.mark.parametrize("kind", ENTRIES)
def test_the_entry_of_an_exception(served, kind):
    vector, append, within = ENTRIES[kind]
    _, server = served(mem="64M", append=append, stop=True, wait=False)
    traces = steps(server, f"hbreak *(long)vectors_start + 4 * {vector}", MOST if vector in (3, 4) else FEW)
    names = [functions(trace) for trace in traces]
    entered = next(at for at, found in enumerate(names) if found[0] == "exception_dispatch")
    assert entered > 20 and {found[0] for found in names[:entered]} >= {"vectors_start", "exception_enter"}
    for at in range(entered + 1):
        assert names[at][-2:] == ["start_kernel", "high"] and within in names[at][:4], traces[at]
        assert "corrupt" not in traces[at] and "inner to" not in traces[at], traces[at]
    assert len({tuple(found[1:]) for found in names[:entered - 1]}) == 1, "all say the same of what was interrupted"


@pytest.mark.parametrize("place", PLACES)
def test_the_entry_of_an_interrupt(served, place):
    """From the very instruction that is interrupted: its callers are what they were before."""
    _, server = served(mem="64M", append='run="test buddy"', stop=True, wait=False)
    answers = ask(server, "tbreak shell_run_batch", "continue", FIND, f"tbreak *({PLACES[place]})", "continue",
                  "python stacks.interrupt()", "python print(stacks.names())",
                  "hbreak *(long)vectors_start + 24", "continue", *["python print(stacks.names())", "stepi"] * FEW)
    interrupted = answers[6].split()
    assert interrupted[-2:] == ["start_kernel", "high"] and len(interrupted) > 4
    names = [answers[at].split() for at in range(9, len(answers.all), 2)]
    entered = next(at for at, found in enumerate(names) if found[0] == "exception_dispatch")
    assert entered > 20
    for at in range(entered):
        assert names[at][-len(interrupted):] == interrupted, names[at]


@pytest.mark.parametrize("place", PLACES)
def test_the_way_out(served, place):
    """To the very instruction that was interrupted."""
    _, server = served(mem="64M", append='run="test buddy"', stop=True, wait=False)
    answers = ask(server, "tbreak shell_run_batch", "continue", FIND,
                  f"tbreak *({PLACES[place]})", "continue", "python stacks.interrupt()", "print $pc",
                  "python print(stacks.names())", "tbreak exception_exit", "continue",
                  *["python print(stacks.names())", "stepi"] * FEW)
    interrupted = answers[7].split()
    assert interrupted[-2:] == ["start_kernel", "high"]
    names = [answers[at].split() for at in range(10, len(answers.all), 2)]
    back = next(at for at, found in enumerate(names) if "exception_exit" not in found and "signal" not in found)
    assert 5 < back < 40 and names[back] == interrupted, names[:3]
    for at in range(back):
        assert names[at][1 + ("exception_exit" in names[at] and "signal" in names[at]):] == interrupted, names[at]


# ---- what was interrupted, register by register --------------------------------------------------

VECTOR = "hbreak *((unsigned long)&vectors_start + 4 * {})"


@pytest.mark.parametrize("kind", ENTRIES)
def test_the_registers_that_an_exception_interrupted(served, kind):
    """Before each instruction of the entry they are what the kernel has saved in the end; lr may be lost."""
    vector, append, _ = ENTRIES[kind]
    _, server = served(mem="64M", append=append, stop=True, wait=False)
    said = ask(server, STACKS, "tbreak shell_run_batch", "continue", VECTOR.format(vector), "continue",
               "python stacks.entry()")[-1]
    assert re.search(r"^[2-9]\d instructions, right$", said, re.MULTILINE), said
    assert re.search(r"^lost: (.*)$", said, re.MULTILINE)[1] == ("lr" if kind == "svc" else "nothing"), said


def test_the_registers_that_an_interrupt_interrupted(served):
    _, server = served(mem="64M", append='run="test buddy"', stop=True, wait=False)
    said = ask(server, STACKS, "tbreak shell_run_batch", "continue", "python stacks.interrupt()", VECTOR.format(6),
               "continue", "python stacks.entry()")[-1]
    assert re.search(r"^[2-9]\d instructions, right$\nlost: nothing", said, re.MULTILINE), said


@pytest.mark.parametrize("kind", ["on its stack", "off both stacks"])
def test_the_registers_that_a_nested_abort_interrupted(served, kind):
    """The handler's own mode: its sp is told, on whichever stack the frame is made, and lr is lost."""
    _, server = served(mem="64M", append='run="break nested"', stop=True, wait=False)
    said = ask(server, STACKS, "tbreak shell_run_batch", "continue", VECTOR.format(4), "continue", "continue",
               "print $sp" if kind == "on its stack" else "set $sp = 0xfff00000", "python stacks.entry()",
               "backtrace")
    assert re.search(r"^[2-9]\d instructions, right$\nlost: lr", said[-2], re.MULTILINE), said[-2]
    assert functions(said[-1])[:2] == ["exception_dispatch", "exception_enter_nested"], said[-1]


def test_the_registers_of_an_entry_that_was_interrupted(served):
    """With no stack of its own: who reads its banked registers leaves the processor in the mode that it is in."""
    _, server = served(mem="64M", append='run="break undefined-instruction"', stop=True, wait=False)
    said = ask(server, STACKS, "tbreak shell_run_batch", "continue", VECTOR.format(1), "continue", "set $sp = 0x10",
               VECTOR.format(4), "continue", "python stacks.entry()", "print $cpsr", "backtrace",
               "maintenance flush register-cache", "print $cpsr == $")
    assert re.search(r"^[2-9]\d instructions, right$\nlost: nothing", said[8], re.MULTILINE), said[8]
    assert functions(said[10])[0] == "exception_dispatch" and "entry_undefined" in functions(said[10]), said[10]
    assert functions(said[10])[-2:] == ["start_kernel", "high"]
    assert said[12].endswith("= 1"), said[12]


def test_an_abort_in_the_entry_of_an_abort_ends_the_backtrace(served):
    """The second one has overwritten whom the first one interrupted."""
    _, server = served(mem="64M", append='run="break text-write"', stop=True, wait=False)
    said = ask(server, STACKS, "tbreak shell_run_batch", "continue", VECTOR.format(4), "continue",
               "tbreak *((unsigned long)&entry_data + 4 * 37)", "continue", "set $sp = 0xfff00000", "continue",
               "python stacks.entry()", "backtrace")
    assert re.search(r"^[2-9]\d instructions, right$\nlost: lr", said[-2], re.MULTILINE), said[-2]
    assert functions(said[-1]) == ["exception_dispatch", "exception_enter_nested", "entry_data", "??"], said[-1]
    assert "stopped" not in said[-1] and "not saved" not in said[-1], said[-1]


def test_in_a_core_of_an_entry_the_backtrace_ends(served, tmp_path):
    """It has no other mode's registers; once the frame is built, it has all."""
    _, server = served(mem="64M", append='run="break svc"', stop=True, wait=False)
    ask(server, "tbreak shell_run_batch", "continue", VECTOR.format(2), "continue", "stepi 3",
        f"crumb dump {tmp_path}/entry", "tbreak exception_dispatch", "continue", f"crumb dump {tmp_path}/handler")
    entry, handler = (ask_core(f"{tmp_path}/{name}", "backtrace")[0] for name in ("entry", "handler"))
    assert functions(entry) == ["entry_svc", "??"] and "stopped" not in entry, entry
    assert functions(handler)[:3] == ["exception_dispatch", "exception_enter_nested", "break_svc"], handler
    assert functions(handler)[-2:] == ["start_kernel", "high"], handler


# vector, mode, how far lr lies behind the interrupted instruction
BY_HAND = {"reset": (0, 0x13, 0), "prefetch": (3, 0x17, 4), "data": (4, 0x17, 8), "unused": (5, 0x13, 0),
           "irq": (6, 0x12, 4), "fiq": (7, 0x11, 4)}


@pytest.mark.parametrize("kind", BY_HAND)
def test_the_registers_as_they_were_before_an_entry(served, kind):
    """Against what the code itself had; of a fast interrupt r8 to r12 as well, of which its handler has its own."""
    _, server = served(mem="64M", append='run="test buddy"', stop=True, wait=False)
    said = ask(server, STACKS, "tbreak *(((unsigned long)&registry_after & ~1) + 12)", "continue",
               f"python stacks.enter{BY_HAND[kind]}")[-1]
    assert re.search(r"^([2-9]|\d\d) instructions, right$", said, re.MULTILINE), said
    assert re.search(r"^lost: (.*)$", said, re.MULTILINE)[1] == ("lr" if BY_HAND[kind][1] == 0x13 else "nothing"), said


# ---- code that no compiler described -------------------------------------------------------------

LONG = "abcdefghijklmnop"
CALLS = {"strlen": [("strlen", ("abc", 0)), ("strlen", (LONG, 3))],
         "strcmp": [("strcmp", ("abc", 0), ("abc", 0)), ("strcmp", ("xbc", 0), ("abc", 0)),
                    ("strcmp", (LONG, 1), (LONG, 2)), ("strcmp", (LONG, 0), (LONG + "x", 4))],
         "other strings": [("memchr", (LONG, 1), ord("o"), 16), ("strchr", ("abcd", 0), ord("d")),
                           ("memcmp", (LONG, 0), (LONG, 4), 9), ("strncmp", ("abcd", 0), ("abcd", 1), 4)],
         "setjmp": [("setjmp", ("", 0)), ("longjmp", (None, 0), 1)],
         "division": [("__udivsi3", 100, 7), ("__udivsi3", 64, 8), ("__udivsi3", 5, 0), ("__aeabi_uidivmod", 100, 7),
                      ("__aeabi_uidivmod", 1, 0), ("__aeabi_uldivmod", 100, 0, 7, 0)]}


@pytest.mark.parametrize("kind", CALLS)
def test_each_instruction_of_a_call(served, kind):
    """All frames but the newest stay as they are from the first one to the return."""
    _, server = served(mem="64M", append='run="test buddy"', stop=True, wait=False)
    answers = ask(server, STACKS, *CALLER, *[f"python stacks.walk(*{call})" for call in CALLS[kind]])
    for at, call in enumerate(CALLS[kind], 1 + len(CALLER)):
        away = "at __udivmoddi4" if call[0] == "__aeabi_uldivmod" else "back"
        assert re.search(rf"^{call[0]}: [1-9]\d* steps, {away}$", answers[at], re.MULTILINE), answers[at]
        assert "wrong" not in answers[at], answers[at]


def test_veneers(served):
    """Those of this image: from Thumb to ARM code and the other way."""
    _, server = served(mem="64M", append='run="test buddy"', stop=True, wait=False)
    answers = ask(server, STACKS, *CALLER, *[f"python stacks.walk(stacks.veneer('_from_{kind}'))"
                                             for kind in ("thumb", "arm")])
    assert re.search(r"^\w+: [23] steps, at \w+$", answers[-2], re.MULTILINE), answers[-2]
    assert re.search(r"^\w+: 1 steps, at \w+$", answers[-1], re.MULTILINE), answers[-1]
    assert "wrong" not in answers[-2] + answers[-1]


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


# ---- what describes the frames -------------------------------------------------------------------

# Entered with another mode's sp: tools/gdb/crumb/unwind.py has its frames.
ELSEWHERE = {"vectors_start"}


def output_of(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", errors="replace", timeout=LIMIT,
                          check=True).stdout


def ours():
    """The names that the machine's objects of the tree define; the process has objects of its own."""
    build = os.path.join(ROOT, "build")
    objects = [os.path.join(folder, name) for folder, _, names in os.walk(build)
               for name in names if name.endswith(".o")
               and not re.search(r"objects/user|\+user", os.path.relpath(folder, build))]
    return set(re.findall(r" [tTwW] (\w\S*)$", output_of("arm-none-eabi-nm", "--defined-only", *objects), re.MULTILINE))


def test_every_function_of_the_tree_has_its_frames_described():
    """Assembly as well: by an FDE of .debug_frame over all of its bytes."""
    described = sorted((int(start, 16), int(end, 16)) for start, end in re.findall(
        r"pc=([0-9a-f]+)\.\.([0-9a-f]+)", output_of("arm-none-eabi-readelf", "--debug-dump=frames", elf())))
    names, count = ours(), 0
    for line in output_of("arm-none-eabi-readelf", "-sW", elf()).splitlines():
        fields = line.split()
        if len(fields) != 8 or fields[3] != "FUNC" or fields[7] not in names - ELSEWHERE:
            continue
        start, size = int(fields[1], 16) & ~1, int(fields[2], 0)
        assert any(first <= start and start + max(size, 1) <= end for first, end in described), line
        count += 1
    assert count > 1000
