"""
unwind.py - backtraces at each instruction of an exception's entry (arch/arm/vectors.S)

    vectors_start + 4 n ──> entry_irq: sub lr; sub sp; stmia sp, {r0-r12}; … ──> exception_enter … bic sp
                                                                                       └─ CFI from here on,
                                                         but for exceptions of the handler's own mode ┘

Until exception_enter has built the frame, the interrupted code's sp and lr are in the registers that belong
to its mode, which the selected frame does not show.  They are read by switching the mode of the stopped
processor, in packets past gdb's own picture of it, and switching back.  How far an entry has come is read
off its instructions.  An abort's entry has r0 wait in TPIDRURW and r1 in r11_fiq meanwhile.

Where the interrupted code's registers are
    r0 to r12   the processor's, those two, the frame.  A fast interrupt's handler has r8 to r12 of its own.
    sp, lr      its mode's bank; of the handler's own mode sp in r1, in the frame, or above it
    lr          not saved, when it was the handler's own mode: the processor wrote over it
    pc          the handler's lr
    cpsr        spsr, which no gdb server shows: until the entry has read that, only mode and Thumb bit are known,
                and the rest is what it is now
An abort's entry that an abort interrupts has lost its lr, and with it whom it interrupted: there a backtrace ends.
So it does in a core, which has the registers of one mode.

Which mode was interrupted: spsr's, else that of the entry or of the newest frame's handler that was, else SVC, in
which everything else runs.
"""

import re

import gdb
import gdb.unwinder

from . import core, leaf, rows
from .memory import words
from .symbols import layout, offset_of, struct_type, value

CPSR, MODE = 0x19, 0x1f
FIQ, IRQ, SVC, ABT, UND = 0x11, 0x12, 0x13, 0x17, 0x1b
# By vector: the entry, its mode, how far lr lies behind the instruction to go back to (None: by its own length)
ENTRIES = (("entry_reset", SVC, 0), ("entry_undefined", UND, None), ("entry_svc", SVC, 0), ("entry_prefetch", ABT, 4),
           ("entry_data", ABT, 8), ("entry_unused", SVC, 0), ("entry_irq", IRQ, 4), ("entry_fiq", FIQ, 4))
SUB_LR, SUB_LR_MASK = 0xe24ee000, 0xffffff00  # sub lr, lr, #n
SUB_THUMB, SUB_ARM = 0x124ee002, 0x024ee004  # subne lr, lr, #2; subeq lr, lr, #4
KEEP_R0, TAKE_R0 = 0xee0d0f50, 0xee1d0f50  # mcr, mrc of r0 and TPIDRURW
KEEP_R1, TAKE_R1 = 0xe1a0b001, 0xe1a0100b  # mov r11, r1; mov r1, r11: in FIQ mode
KEEP_SP = 0xe1a0100d  # mov r1, sp
STMIA = 0xe88d1fff  # stmia sp, {r0-r12}
READ_SPSR, STORE_SPSR = 0xe14f1000, 0xe58d1040  # mrs r1, spsr; str r1, [sp, #PTREGS_CPSR]
TO_OTHER, BACK = 0xe121f003, 0xe121f002  # msr cpsr_c, r3; msr cpsr_c, r2
SUB_SP = 0xe24dd000  # sub sp, sp, #n
NOTE_SP, NOTE_SP_MASK = 0xe58d0054, 0xffff0fff  # str rN, [sp, #PTREGS_HANDLER_SP]
BIC_SP = 0xe3cdd007  # bic sp, sp, #7
VENEER, BX_PC = 0xe51ff004, 0x4778  # ldr pc, [pc, #-4]; bx pc of Thumb code, an instruction of ARM's behind it
LEAVE = 0xe8fdffff  # ldmia sp, {r0-pc}^, with the way out's write-back or without
LEAVE_MASK = 0xffdfffff


# ---- registers of another mode -------------------------------------------------------------------

def _packet(text):
    answer = gdb.execute("maintenance packet " + text, to_string=True)
    return answer.split("received: ")[-1].strip().strip('"')


def _get(number):
    return int.from_bytes(bytes.fromhex(_packet(f"p{number:x}")), "little")


def _put(number, word):
    _packet(f"P{number:x}={word.to_bytes(4, 'little').hex()}")


def _banked(mode):
    """r8 to r14 of a mode; the processor is in its own before and afterwards, whatever frame is asked about."""
    cpsr = _get(CPSR)
    try:
        if cpsr & MODE != mode:
            _put(CPSR, cpsr & ~MODE | mode)
        return {number: _get(number) for number in range(8, 15)}
    finally:
        if cpsr & MODE != mode:
            _put(CPSR, cpsr)


def _register(pending, name):
    return int(pending.read_register(name)) & 0xffffffff


def _bank(pending, mode):
    """r8 to r14 of a mode, as the code of this frame has them; None: not to be had."""
    if _register(pending, "cpsr") & MODE != mode:
        return _banked(mode)
    found = {number: pending.read_register(name) for number, name in
             enumerate(("r8", "r9", "r10", "r11", "r12", "sp", "lr"), 8)}
    return {number: None if told.is_optimized_out else int(told) & 0xffffffff for number, told in found.items()}


def _scratch(pending):
    """TPIDRURW, by the name that it has with a secure world or by the other."""
    try:
        return _register(pending, "TPIDRURW_S")
    except ValueError:
        return _register(pending, "TPIDRURW")


# ---- where an entry has come to ------------------------------------------------------------------

def _symbol(name):
    return int(gdb.parse_and_eval(f"(unsigned long)&{name}"))


def _passed(start, pc, word, mask=0xffffffff):
    """Does an instruction of this kind lie between the start and pc?"""
    return pc > start and any(found & mask == word & mask for found in words(start, (pc - start) // 4))


def is_thumb(pc):
    """Only the tree's files of assembler's have ARM code (Makefile), and some of the linker's veneers."""
    if leaf.is_described(pc):
        return not gdb.find_pc_line(pc).symtab.filename.endswith(".S")
    if pc % 4 or pc < layout("PAGE_OFFSET"):
        return True  # also of what cannot be run: who jumped there was Thumb code
    before, here = words(pc - 4, 2)
    return here != VENEER and before & 0xffff != BX_PC


def _begins(pc):
    """Is it the first instruction of a function?"""
    block = gdb.block_for_pc(pc)
    if block is not None and not (block.is_static or block.is_global):
        while not block.superblock.is_static:  # what is inlined is a function's block, too
            block = block.superblock
        return block.start == pc
    return re.match(r"\S+ in section", gdb.execute(f"info symbol {pc:#x}", to_string=True)) is not None


def _within_function(pc):
    """
    The same pc; of a function's first instruction, and of one from which on the frame looks otherwise, the
    next one.  gdb takes the frame for a caller's and looks at what lies before its pc: that would be another function,
    or the frame as it was before.
    """
    otherwise = _begins(pc) or leaf.is_described(pc) and rows.one_begins(pc)
    return pc + (2 if is_thumb(pc) else 4) if otherwise else pc


class _Place:
    """A pc in the code of the entries: whose it is, and what has been done so far."""

    def __init__(self, pc):
        start, enter, nested, leave = (_symbol(name) for name in ("vectors_start", "exception_enter",
                                                                  "exception_enter_nested", "exception_exit"))
        self.vector = None
        self.nested = nested <= pc < leave
        self.adjusted = self.saved = self.framed = self.switched = self.leaves = self.noted = False
        self.r0_waits = self.r1_waits = self.r1_is_sp = self.r1_is_spsr = self.spsr_stored = False
        self.taken = 0  # bytes of the frame that are made, while handler_sp is not noted
        if start <= pc < start + 4 * len(ENTRIES):
            self.vector = (pc - start) // 4
        elif enter <= pc < nested:
            self._enter(enter, pc)
        elif self.nested:
            self.adjusted = self.saved = self.noted = self.spsr_stored = True
            self.framed = _passed(nested, pc, BIC_SP)
        elif leave <= pc:
            self.leaves = words(pc, 1)[0] & LEAVE_MASK == LEAVE & LEAVE_MASK
        else:
            self._entry(pc)

    def _enter(self, enter, pc):
        self.adjusted = self.saved = self.noted = True
        self.framed = _passed(enter, pc, BIC_SP)
        self.spsr_stored = _passed(enter, pc, STORE_SPSR)
        self.r1_is_spsr = _passed(enter, pc, READ_SPSR)
        self.switched = _passed(enter, pc, TO_OTHER) and not _passed(enter, pc, BACK)

    def _entry(self, pc):
        starts = [(_symbol(name), number) for number, (name, _, _) in enumerate(ENTRIES)]
        last = max((entry for entry in starts if entry[0] <= pc), default=None)
        if last is None or pc >= _symbol("abort_hopeless"):
            return
        entry, self.vector = last
        back = ENTRIES[self.vector][2]
        if back is None:
            self.adjusted = _passed(entry, pc, SUB_ARM), _passed(entry, pc, SUB_THUMB)
        else:
            self.adjusted = not back or _passed(entry, pc, SUB_LR, SUB_LR_MASK)
        self.saved = _passed(entry, pc, STMIA)
        self.noted = _passed(entry, pc, NOTE_SP, NOTE_SP_MASK)
        self.taken = struct_type("pt_regs").sizeof if _passed(entry, pc, SUB_SP, SUB_LR_MASK) else 0
        self.r0_waits = _passed(entry, pc, KEEP_R0) and not _passed(entry, pc, TAKE_R0)
        self.r1_waits = _passed(entry, pc, KEEP_R1) and not _passed(entry, pc, TAKE_R1)
        # On one of two ways: the first of the other is not behind anything of this one.
        self.r1_is_sp = _passed(entry, pc, KEEP_SP) and words(pc, 1)[0] != KEEP_SP
        self.r1_is_spsr = _passed(entry, pc, READ_SPSR)

    def go_back(self, lr):
        """The interrupted code's pc."""
        if self.vector is None or ENTRIES[self.vector][2] is not None:
            return lr if self.adjusted else lr - ENTRIES[self.vector][2]
        arm, thumb = self.adjusted or (False, False)
        if is_thumb(lr - 2):
            return lr if thumb else lr - 2
        return lr if arm else lr - 4

    def is_ours(self):
        """CFI knows all other places: it cannot say that lr is lost, as gdb takes cpsr's Thumb bit from there."""
        return self.leaves or self.vector is not None or self.saved and (self.nested or not self.framed)


def _interrupted_mode(back):
    """Of the code that the exception came to, which goes on there."""
    entry = _Place(back).vector if _symbol("vectors_start") <= back < _symbol("__exception_text_end") else None
    if entry is not None:
        return ENTRIES[entry][1]
    frames = value("frames", "arch/arm/traps.c")
    thread = gdb.selected_thread()
    newest = frames[min(thread.num - 1 if thread else 0, frames.type.range()[1])]
    if not int(newest):
        return SVC
    vector = int(newest["vector"])
    return ENTRIES[vector][1] if vector < len(ENTRIES) else SVC


# ---- the unwinder --------------------------------------------------------------------------------

class EntryUnwinder(gdb.unwinder.Unwinder):
    """From the entry of an exception to the code that it interrupted."""

    def __init__(self):
        super().__init__("crumb-exception-entry")

    def __call__(self, pending):
        try:
            pc = _register(pending, "pc")
            if pc == 0 and _register(pending, "lr") == 0:
                return self.lost(pending, pc)
            if not _symbol("vectors_start") <= pc < _symbol("__exception_text_end"):
                return None
            place = _Place(pc)
            if place.nested and place.framed:
                return self.out_of_frame(pending, pc)
            if not place.is_ours():
                return None
            return self.lost(pending, pc) if core.path() else self.unwound(pending, pc, place)
        except (gdb.error, gdb.GdbError, ValueError):
            return None  # another image, or another gdb server

    def out_of_frame(self, pending, pc):
        """All from the struct pt_regs that r4 leads to."""
        at = _register(pending, "r4")
        live = dict(enumerate(words(at, 13)))
        live.update(sp=self.word(at, "sp"), lr=None, cpsr=self.word(at, "cpsr"))
        return self.made(pending, pc, self.word(at, "pc"), live)

    def lost(self, pending, pc):
        """gdb ends at a pc of zero, if it has an lr of that frame, too; and asks what lies above it all the same."""
        # Above its sp: else it might be taken for this frame, or for that of the entry that interrupts it.
        above = _register(pending, "sp") + 4
        return self.made(pending, pc, 0, {"sp": above, "lr": 0, "cpsr": _register(pending, "cpsr")})

    def unwound(self, pending, pc, place):
        handler = self.handler(pending, place)
        own = _bank(pending, handler)
        if own[14] is None:
            return self.lost(pending, pc)
        before = self.interrupted(pending, place, own)
        back = self.word(own[13], "pc") if place.leaves else place.go_back(own[14])
        if before is None:
            before = _register(pending, "cpsr") & ~(MODE | leaf.THUMB) | _interrupted_mode(back) | \
                (leaf.THUMB if is_thumb(back) else 0)
        live = self.numbered(pending, place, own, handler, before & MODE)
        live["sp"], live["lr"] = self.stack(pending, place, own, before & MODE, handler)
        live["cpsr"] = before
        return self.made(pending, pc, back, live)

    @staticmethod
    def handler(pending, place):
        """The mode whose stack the frame is on."""
        if place.vector is not None:
            return ENTRIES[place.vector][1]
        return (_register(pending, "r2") if place.switched else _register(pending, "cpsr")) & MODE

    @staticmethod
    def word(at, member):
        """Of the struct pt_regs there."""
        return words(at + offset_of("pt_regs", member), 1)[0]

    def interrupted(self, pending, place, own):
        """The interrupted code's cpsr; None while it is in spsr only."""
        if place.leaves or place.spsr_stored:
            return self.word(own[13], "cpsr")
        return _register(pending, "r1") if place.r1_is_spsr else None

    @staticmethod
    def numbered(pending, place, own, handler, mode):
        """r0 to r12."""
        live = {number: _register(pending, f"r{number}") for number in range(8)}
        if place.saved or place.leaves:
            live.update(enumerate(words(own[13], 13)))
        else:
            live.update((number, own[number]) for number in range(8, 13))
        if handler == FIQ and not place.leaves:
            live.update((number, what) for number, what in _banked(mode).items() if number < 13)
        if place.r0_waits:
            live[0] = _scratch(pending)
        if place.r1_waits:
            live[1] = _banked(FIQ)[11]
        return live

    def stack(self, pending, place, own, mode, handler):
        """(sp, lr) of the interrupted code; None: not to be had."""
        if mode != handler:
            other = _bank(pending, mode)
            return other[13], other[14]
        if place.leaves:
            return self.word(own[13], "sp"), self.word(own[13], "lr")
        if place.noted:
            return self.word(own[13], "handler_sp"), None
        if place.r1_is_sp:
            return _register(pending, "r1"), None
        return own[13] + place.taken, None

    @staticmethod
    def made(pending, pc, back, live):
        sp, lr = live["sp"], live["lr"] or 0
        # Named by the interrupted stack: gdb believes in no frame that lies below its callee's.
        info = pending.create_unwind_info(leaf.FrameId(sp, pc))
        word = gdb.lookup_type("unsigned int")
        # After a call of NULL its caller is next: gdb ends at a pc of zero.
        interrupted = back & 0xffffffff or lr & ~1
        live["pc"] = _within_function(interrupted)
        if _begins(interrupted):
            leaf.say_begun(live["pc"], sp)
        for name, what in live.items():
            if what is not None:
                register = f"r{name}" if isinstance(name, int) else name
                info.add_saved_register(register, gdb.Value(what).cast(word))
        return info


def register():
    gdb.unwinder.register_unwinder(None, EntryUnwinder(), replace=True)
