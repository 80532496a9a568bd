"""
leaf.py - backtraces out of code that nobody has described: the C library's, libgcc's, the linker's veneers

    pc ──> ldrd r6, r7, [sp, #8] ──> ldrd r4, r5, [sp], #16 ──> bx lr
           r6, r7 lie at sp + 8      r4, r5 at sp + 0, sp is     the caller is where lr leads to,
                                     16 further up from here     its sp is 16 above this one

Such code is assembler's without CFI (strlen, setjmp, the exit that lies before strcmp), or with CFI that is
wrong behind the instruction that takes the frame off.  gdb would take the symbol before it for the function,
and its prologue for what was pushed.  What is true of the frame is what the rest of the code is going to do
with it, so that is followed, from pc to the nearest way out: a return, or a jump into code with source, whose
first instruction finds the caller's sp and lr as a return would.

A path ends without a word where sp changes by what is not in the instruction; if all do, gdb decides.
"""

import re
from collections import deque

import gdb
import gdb.unwinder

from .memory import WORD, words

FURTHEST = 400  # instructions that are followed
ALIASES = {"sb": "r9", "sl": "r10", "fp": "r11", "ip": "r12"}
THUMB = 1 << 5  # of cpsr
KEPT = [f"r{number}" for number in range(4, 12)]  # by who is called, of the calling convention

ARGUMENTS = re.compile(r"\{.*\}|\[.*?\]!?|[^,\s][^,]*")
BRANCH = re.compile(r"b(eq|ne|cs|hs|cc|lo|mi|pl|vs|vc|hi|ls|ge|lt|gt|le|al)?$")
RETURN = re.compile(r"bx(\w\w)?$")
CALL = re.compile(r"blx?(\w\w)?$")


class _Unknown(Exception):
    """An instruction does something to sp that it does not tell."""


class _Way:
    """What lies between pc and an instruction behind it, on one path."""

    def __init__(self, pc, base="sp", up=0, slots=(), stored=(), written=()):
        self.pc = pc
        self.base, self.up = base, up  # sp there: that register's value here, and so many bytes
        self.slots = dict(slots)  # of a register that was loaded from the stack: (register here, bytes) of where
        self.stored = dict(stored)  # what was stored at such a place
        self.written = set(written)

    def to(self, pc):
        return _Way(pc, self.base, self.up, self.slots, self.stored, self.written)

    def load(self, registers, at, up):
        """Loads registers from sp + at on, and leaves sp so far above."""
        for place, register in enumerate(registers):
            slot = self.base, self.up + at + place * WORD
            self.slots[register] = self.stored.get(slot, slot)
        self.up += up

    def store(self, registers, at, up):
        for place, register in enumerate(registers):
            self.stored[self.base, self.up + at + place * WORD] = self.slots.get(register, register)
        self.up += up


# ---- one instruction -----------------------------------------------------------------------------

def _names(text):
    """['r4', 'r11', 'lr'] of '{r4, fp, lr}'; ranges as some disassemblers write them."""
    found = []
    for name in re.split(r", *", text.strip("{}")):
        first, _, last = name.partition("-")
        found += [f"r{n}" for n in range(int(first[1:]), int(last[1:]) + 1)] if last else [ALIASES.get(name, name)]
    return found


def _split(text):
    """('ldrd', ['r4', 'r5', '[sp]', '#16']) of a line of the disassembler's."""
    text = re.split(r"\s*[;@]", text)[0]
    name, _, rest = text.partition("\t")
    return re.sub(r"\.[nw]$", "", name), [ALIASES.get(one.strip(), one.strip()) for one in ARGUMENTS.findall(rest)]


def _number(text):
    if not re.fullmatch(r"#-?(0x)?[0-9a-f]+", text):
        raise _Unknown
    return int(text[1:], 0)


def _moves_many(way, name, arguments):
    """push, pop and what they stand for; true when it was one of them, on sp."""
    if name.startswith(("push", "pop")):
        registers, stack, back = _names(arguments[0]), True, True
    elif name[:3] in ("ldm", "stm"):
        registers, stack, back = _names(arguments[1]), arguments[0].rstrip("!") == "sp", arguments[0].endswith("!")
    else:
        return False
    if not stack:
        return False
    size = WORD * len(registers)
    if name.startswith(("push", "stm")):
        way.store(registers, -size, -size if back else 0)
    else:
        way.load(registers, 0, size if back else 0)
    return True


def _moves_some(way, name, arguments):
    """ldr, str, ldrd and strd; true when it was one of them, on sp."""
    found = re.match(r"(ldr|str)(d?)(?![bhse])", name)
    place = next((at for at, one in enumerate(arguments) if re.match(r"\[sp[\],]", one)), None)
    if not found or place is None:
        return False
    within = re.fullmatch(r"\[sp(?:, (.*))?\](!?)", arguments[place])
    if within[1] and not within[1].startswith("#"):
        raise _Unknown
    at, up = _number(within[1] or "#0"), 0
    if within[2]:
        up = at
    elif arguments[place + 1:]:
        at, up = 0, _number(arguments[place + 1])
    (way.load if found[1] == "ldr" else way.store)(arguments[:place], at, up)
    return True


def _changes_sp(way, name, arguments):
    """add, sub and mov, when they set sp."""
    if not arguments or arguments[0] != "sp" or name.startswith(("cmp", "cmn", "tst")):
        return False
    kind = name[:3]
    if kind == "mov" and arguments[1] not in way.written and re.fullmatch(r"r\d+", arguments[1]):
        way.base, way.up = arguments[1], 0
    elif kind in ("add", "sub") and arguments[1] in ("sp", arguments[-1]):
        way.up += _number(arguments[-1]) * (1 if kind == "add" else -1)
    else:
        raise _Unknown
    return True


def _loads_all(name, arguments):
    """longjmp's: all that a caller may rely on comes from memory that is not the stack."""
    return name[:3] == "ldm" and {*KEPT, "lr"} <= set(_names(arguments[1]))


class _Step:
    """What an instruction does to a way: where it leads, or that it is the way out."""

    def __init__(self, way, name, arguments, length):
        self.out = None  # the register that has the caller's pc
        self.next = []
        behind = way.pc + length
        if BRANCH.match(name) or name in ("cbz", "cbnz"):
            self.next = [way.to(int(arguments[-1].split()[0], 16))] + [way.to(behind)] * (name not in ("b", "bal"))
        elif RETURN.match(name) or _loads_all(name, arguments) or name[:3] == "mov" and arguments[0] == "pc":
            self.out = "lr"  # by another register: a jump to who returns in our stead
        elif name[:3] == "ldr" and arguments[0] == "pc" and "[sp" not in arguments[1]:
            self.out = "lr"
        elif name[:2] in ("tb", "ud"):
            raise _Unknown
        else:
            self._goes_on(way, name, arguments, behind)

    def _goes_on(self, way, name, arguments, behind):
        known = (_moves_many(way, name, arguments) or _moves_some(way, name, arguments)
                 or _changes_sp(way, name, arguments))
        if not known and (any(re.match(r"\[?sp\b.*!|\[sp\]", one) for one in arguments) and "," in arguments[-1]):
            raise _Unknown
        if "pc" in way.slots:
            self.out = "pc"
            return
        if not known and arguments and not CALL.match(name):
            way.written.add(arguments[0])
        self.next = [way.to(behind)]


# ---- the way out ---------------------------------------------------------------------------------

def is_described(pc):
    """By a compiler, or by the CFI of the tree's own assembler files: those of libraries lie elsewhere."""
    symtab = gdb.find_pc_line(pc).symtab
    return symtab is not None and not (symtab.filename.endswith(".S") and symtab.filename.startswith(("/", "..")))


def _is_text(pc):
    """Within the image's sections of code."""
    return re.search(r"in section \.(init\.)?text\b", gdb.execute(f"info symbol {pc:#x}", to_string=True)) is not None


def _way_out(architecture, pc):
    """(way, register of the caller's pc) at the nearest way out; None when none is found."""
    waiting, met = deque([_Way(pc)]), set()
    while waiting and len(met) < FURTHEST:
        way = waiting.popleft()
        if way.pc in met:
            continue
        met.add(way.pc)
        if is_described(way.pc):
            return way, "lr"
        line = architecture.disassemble(way.pc)[0]
        try:
            step = _Step(way, *_split(line["asm"]), line["length"])
        except _Unknown:
            continue
        if step.out:
            return way, step.out
        waiting.extend(step.next)
    return None


_known = {}
_begun = set()


def say_begun(pc, sp):
    """Of a frame with these: the first instruction of its function, before pc, is yet to come (unwind.py)."""
    _begun.add((pc, sp & 0xffffffff))


def _interrupted_way(pc, sp):
    """Nothing is pushed there.  gdb would take what is true behind that instruction."""
    return (_Way(pc), "lr") if (pc, sp) in _begun else None


def _way_from(pending, pc):
    key = gdb.current_progspace().filename, pc
    if key not in _known:
        _known[key] = _way_out(pending.architecture(), pc) if not is_described(pc) and _is_text(pc) else None
    return _known[key]


# ---- the unwinder --------------------------------------------------------------------------------

class FrameId:
    """What tells one call's frame from another's: where its stack begins, and its pc."""

    def __init__(self, sp, pc):
        self.sp, self.pc = gdb.Value(sp), gdb.Value(pc)


class LeafUnwinder(gdb.unwinder.Unwinder):
    """From code without source to who called it."""

    def __init__(self):
        super().__init__("crumb-leaf")

    def __call__(self, pending):
        try:
            pc = int(pending.read_register("pc")) & 0xffffffff
            sp = int(pending.read_register("sp")) & 0xffffffff
            found = _interrupted_way(pc, sp) or _way_from(pending, pc)
            return self.unwound(pending, pc, *found) if found else None
        except (gdb.error, ValueError):
            return None  # another image, or memory that is not there

    @staticmethod
    def unwound(pending, pc, way, register):
        def here(name):
            return int(pending.read_register(name)) & 0xffffffff

        def there(name):
            slot = way.slots.get(name, name)
            if isinstance(slot, str):
                return here(slot)
            base, at = slot
            return words((here(base) + at) & 0xffffffff, 1)[0]

        back, sp = there(register), (here(way.base) + way.up) & 0xffffffff
        info = pending.create_unwind_info(FrameId(sp, pc))
        word = gdb.lookup_type("unsigned int")
        kept = [(name, there(name)) for name in KEPT]
        scratch = [(name, here(name)) for name in ("r0", "r1", "r2", "r3", "r12")]
        cpsr = here("cpsr") & ~THUMB | (THUMB if back & 1 else 0)
        for name, what in [*kept, *scratch, ("sp", sp), ("lr", back), ("pc", back & ~1), ("cpsr", cpsr)]:
            info.add_saved_register(name, gdb.Value(what).cast(word))
        return info


def register():
    gdb.events.cont.connect(lambda _event: _begun.clear())
    gdb.unwinder.register_unwinder(None, LeafUnwinder(), replace=True)
