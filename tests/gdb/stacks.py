"""
stacks.py - runs within gdb: what it says of the stack, for tests to compare

    python import stacks; print(stacks.names())
"""

import re

import gdb
from crumb import leaf, unwind

UART_MASK, UART_SENT, UART_RECEIVED = 0x10009038, 0x20, 0x10  # PL011: UARTIMSC, TXIM and RXIM


def names():
    """Of the functions that have frames, the newest first: what is inlined shows only where a caller's pc is."""
    found, frame = [], gdb.newest_frame()
    while frame is not None:
        if frame.type() == gdb.SIGTRAMP_FRAME:
            found.append("signal")
        elif frame.type() != gdb.INLINE_FRAME:
            found.append(frame.name() or "?")
        last, frame = frame, frame.older()
    reason = last.unwind_stop_reason()
    ended = gdb.frame_stop_reason_string(reason).replace(" ", "-")
    return " ".join(found + [ended] * (reason not in (gdb.FRAME_UNWIND_NO_REASON, gdb.FRAME_UNWIND_OUTERMOST)))


def find_inlined(function):
    """$inlined: the first instruction of something inlined in a function, but not that function's first."""
    start = int(gdb.parse_and_eval(f"(unsigned long)&{function}")) & ~1
    whole = gdb.block_for_pc(start)
    found = next(pc for pc in range(start + 2, whole.end, 2)
                 if (block := gdb.block_for_pc(pc)).function != whole.function and block.start == pc)
    gdb.set_convenience_variable("inlined", found)


def find_behind_push(function):
    """$behind_NAME: the instruction behind a function's first push."""
    start = int(gdb.parse_and_eval(f"(unsigned long)&{function}")) & ~1
    lines = gdb.selected_inferior().architecture().disassemble(start, count=20)
    push = next(line for line in lines if re.match(r"push|stmdb\s+sp!|strd\s.*\[sp, #-8\]!", line["asm"]))
    gdb.set_convenience_variable(f"behind_{function}", push["addr"] + push["length"])


def find_exit(function):
    """$exit: where a function's first conditional branch leads, which in one release lies before the function."""
    start = int(gdb.parse_and_eval(f"(unsigned long)&{function}")) & ~1
    lines = gdb.selected_inferior().architecture().disassemble(start, count=20)
    branch = next(found for line in lines if (found := re.match(r"b(?:eq|ne)\S*\s+(0x\w+)", line["asm"])))
    gdb.set_convenience_variable("exit", int(branch[1], 16))


def interrupt():
    """Has an interrupt come before the next instruction: the UART's, of having sent, which the kernel leaves off."""
    gdb.execute("maintenance packet Qqemu.PhyMemMode:1", to_string=True)
    gdb.selected_inferior().write_memory(UART_MASK, (UART_SENT | UART_RECEIVED).to_bytes(4, "little"))
    gdb.execute("maintenance packet Qqemu.PhyMemMode:0", to_string=True)


def veneer(ending):
    """Where the linker's first veneer with a name of this ending is."""
    told = gdb.execute(f"info functions -q {ending}$", to_string=True)
    return re.search(r"^(0x\w+) ", told, re.MULTILINE)[1]


# ---- calls, made by hand -------------------------------------------------------------------------

KEPT = [f"r{number}" for number in range(4, 12)]
ALL = [f"r{number}" for number in range(13)] + ["sp", "lr", "pc", "cpsr"]
FAR = 0x800  # below sp, where nothing is
EACH = 128  # bytes for an argument there
MOST = 400  # instructions of a call
DEEPEST = 60  # frames


def _register(name):
    return int(gdb.newest_frame().read_register(name)) & 0xffffffff


def _set(name, what):
    gdb.newest_frame().select()  # gdb looks for the frame it had, of which another register makes another one
    gdb.execute(f"set ${name} = {what}")


def _stack():
    """(name, pc, sp) of each frame, the newest first, and what the last one keeps."""
    found, frame, last = [], gdb.newest_frame(), None
    while frame is not None and len(found) < DEEPEST:
        if frame.type() != gdb.INLINE_FRAME:
            found.append((frame.name(), *(int(frame.read_register(name)) & 0xffffffff for name in ("pc", "sp"))))
        last, frame = frame, frame.older()
    found.append([int(last.read_register(name)) & 0xffffffff for name in KEPT])
    return found


def _argument(number, what):
    """A register's value: a number, or where a text lies, so many bytes behind a multiple of 8 (None: what is)."""
    if not isinstance(what, tuple):
        return what
    text, odd = what
    at = (_register("sp") - FAR & ~63) + number * EACH + odd
    if text is not None:
        gdb.selected_inferior().write_memory(at, text.encode() + bytes(8))
    return at


def _begin(target, arguments):
    for number, what in enumerate(arguments):
        _set(f"r{number}", _argument(number, what))
    _set("lr", _register("pc") | 1)
    if not unwind.is_thumb(target):
        _set("cpsr", "$cpsr & ~0x20")
    _set("pc", target)


def walk(function, *arguments):
    """
    Calls a function from where the machine is.  What gdb says of here and of all callers has to be the same before
    each instruction, saved registers and all, to the end of the call or of what no compiler described.
    """
    before = {name: _register(name) for name in ALL}
    callers, steps = _stack(), 0
    target = int(gdb.parse_and_eval(f"(unsigned long)({function})")) & ~1
    described = leaf.is_described(target)
    _begin(target, arguments)
    while _register("pc") != before["pc"] and steps < MOST:
        told = _stack()
        if told[1:] != callers and told[2:] != callers or told[-2][0] != "high":
            print(f"wrong at {told[0][1]:#x}:", *told[1:3], "instead of", callers[0])
            break
        steps += 1
        gdb.execute("stepi", to_string=True)
        if not described and leaf.is_described(_register("pc")):
            break
    print(f"{function}: {steps} steps, {'back' if _register('pc') == before['pc'] else 'at ' + _stack()[0][0]}")
    for name, value in before.items():
        _set(name, value)


# ---- what an exception interrupted ---------------------------------------------------------------

INTERRUPTED = [f"r{number}" for number in range(13)] + ["sp", "lr"]
PATTERN = 0x1c0de000  # none of the processor's or the kernel's


def _said():
    """The registers of the code behind the newest frame; None: not saved."""
    frame = gdb.newest_frame().older()
    found = {name: frame.read_register(name) for name in INTERRUPTED}
    return {name: None if told.is_optimized_out else int(told) & 0xffffffff for name, told in found.items()}


def mark():
    """Gives r0 to r12 words of their own."""
    for number in range(13):
        _set(f"r{number}", PATTERN + number)


def _saved():
    """What the entry has saved for exception_dispatch(): of the handler's own mode no lr."""
    words = gdb.parse_and_eval("*(struct pt_regs *)$r0")
    found = [int(words["r"][number]) for number in range(13)] + [int(words["sp"]), int(words["lr"]) or None]
    return dict(zip(INTERRUPTED, found))


def entry():
    """
    Steps from the vector to exception_dispatch().  What gdb says of the interrupted code's registers has to be the
    same before each instruction, and what the kernel has got in the end.
    """
    mark()
    told, most = [], 100
    while gdb.newest_frame().name() != "exception_dispatch" and len(told) < most:
        told.append((_register("pc"), _said()))
        gdb.execute("stepi", to_string=True)
    _compare(told, _saved())


def enter(vector, mode, back):
    """
    The same of an exception that nothing here brings about: the processor is set as it would be, but for spsr, which
    gdb cannot set, so only up to the instruction that reads that.  back: how far lr lies behind the interrupted pc.
    """
    mark()
    before = {name: _register(name) for name in INTERRUPTED}
    own, pc = _register("cpsr") & 0x1f, _register("pc")
    _set("cpsr", f"($cpsr & ~0x3f) | {mode | 0xc0:#x}")
    if mode == own:
        before["lr"] = None
    _set("lr", pc + back)
    _set("pc", int(gdb.parse_and_eval("(unsigned long)&vectors_start")) + 4 * vector)
    end, told = int(gdb.parse_and_eval("(unsigned long)&exception_enter")), []
    while not told or told[-1][0] != end:
        told.append((_register("pc"), _said()))
        gdb.execute("stepi", to_string=True)
    _compare(told, before)


def _compare(told, wanted):
    wrong = [f"wrong at {pc:#x}: {name} is {said[name]} instead of {wanted[name]}" for pc, said in told
             for name in INTERRUPTED if said[name] != wanted[name]]
    print("\n".join([*wrong, f"{len(told)} instructions, {'wrong' if wrong else 'right'}"]))
    print("lost:", ", ".join(name for name in INTERRUPTED if wanted[name] is None) or "nothing")
