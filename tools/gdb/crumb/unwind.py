"""
unwind.py - backtraces at each instruction of an exception's entry (arch/arm/vectors.S)

    vectors_start + 4 n ──> entry_irq: sub lr; sub sp; stmia sp, {r0-r12}; … ──> exception_enter … bic sp
                                                                                       └─ CFI from here on

Until exception_enter has built the frame, the interrupted code's sp and lr are in the registers that belong
to its mode, which the selected frame does not show.  They are read by switching the mode of the stopped
processor, in packets past gdb's own picture of it, and switching back.  How far an entry has come is read
off its instructions.

Which mode was interrupted: that of the newest frame's handler, else SVC, in which everything else runs.
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
STMIA = 0xe88d1fff  # stmia sp, {r0-r12}
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


def _banked(mode, cpsr):
    """r8 to r14 of a mode; the processor is in cpsr's, now and afterwards."""
    try:
        if cpsr & MODE != mode:
            _put(CPSR, cpsr & ~MODE | mode)
        return {number: _get(number) for number in range(8, 15)}
    finally:
        if cpsr & MODE != mode:
            _put(CPSR, cpsr)


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
        start, enter, leave = (_symbol(name) for name in ("vectors_start", "exception_enter", "exception_exit"))
        self.vector = None
        self.adjusted = self.saved = self.framed = self.switched = self.leaves = self.noted = False
        self.taken = 0  # bytes of the frame that are made, while handler_sp is not noted
        if start <= pc < start + 4 * len(ENTRIES):
            self.vector = (pc - start) // 4
        elif enter <= pc < leave:
            self.adjusted = self.saved = self.noted = True
            self.framed = _passed(enter, pc, BIC_SP)
            self.switched = _passed(enter, pc, TO_OTHER) and not _passed(enter, pc, BACK)
        elif leave <= pc:
            self.leaves = words(pc, 1)[0] & LEAVE_MASK == LEAVE & LEAVE_MASK
        else:
            self._entry(pc)

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

    def go_back(self, lr):
        """The interrupted code's pc."""
        if self.vector is None or ENTRIES[self.vector][2] is not None:
            return lr if self.adjusted else lr - ENTRIES[self.vector][2]
        arm, thumb = self.adjusted or (False, False)
        if is_thumb(lr - 2):
            return lr if thumb else lr - 2
        return lr if arm else lr - 4

    def is_ours(self):
        """CFI knows all other places."""
        return self.leaves or self.vector is not None or self.saved and not self.framed


def _interrupted_mode():
    """Of the code that the exception came to."""
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
            pc = int(pending.read_register("pc")) & 0xffffffff
            if core.path() or not _symbol("vectors_start") <= pc < _symbol("__exception_text_end"):
                return None
            place = _Place(pc)
            return self.unwound(pending, pc, place) if place.is_ours() else None
        except (gdb.error, ValueError):
            return None  # another image, or another gdb server

    def unwound(self, pending, pc, place):
        live = {number: int(pending.read_register(f"r{number}")) & 0xffffffff for number in range(8)}
        cpsr = int(pending.read_register("cpsr")) & 0xffffffff
        handler = cpsr & MODE
        if place.vector is not None:
            handler = ENTRIES[place.vector][1]
        elif place.switched:
            handler = live[2] & MODE
        own = _banked(handler, cpsr)
        live.update((number, own[number]) for number in range(8, 13))
        if place.saved or place.leaves:
            live.update(enumerate(words(own[13], 13)))
        if place.leaves:
            back, before = self.frame(own[13], "pc"), self.frame(own[13], "cpsr")
        else:
            back = place.go_back(own[14])
            before = cpsr & ~(MODE | leaf.THUMB) | _interrupted_mode() | (leaf.THUMB if is_thumb(back) else 0)
        live["cpsr"] = before
        return self.made(pending, pc, live, back, *self.stack(own, before & MODE, handler, cpsr, place))

    @staticmethod
    def frame(at, member):
        """A word of the struct pt_regs there."""
        return words(at + offset_of("pt_regs", member), 1)[0]

    def stack(self, own, mode, handler, cpsr, place):
        """(sp, lr) of the interrupted code."""
        if mode != handler:
            other = _banked(mode, cpsr)
            return other[13], other[14]
        if place.leaves:
            return self.frame(own[13], "sp"), self.frame(own[13], "lr")
        if place.noted:
            return self.frame(own[13], "handler_sp"), 0  # lr is overwritten
        return own[13] + place.taken, 0

    @staticmethod
    def made(pending, pc, live, back, sp, lr):
        # Named by the interrupted stack: gdb believes in no frame that lies below its callee's.
        info = pending.create_unwind_info(leaf.FrameId(sp, pc))
        word = gdb.lookup_type("unsigned int")
        # After a call of NULL its caller is next: gdb ends at a pc of zero.
        interrupted = back & 0xffffffff or lr & ~1
        back = _within_function(interrupted)
        if _begins(interrupted):
            leaf.say_begun(back, sp)
        for number in range(13):
            info.add_saved_register(f"r{number}", gdb.Value(live[number]).cast(word))
        for name, what in (("sp", sp), ("lr", lr), ("pc", back), ("cpsr", live["cpsr"])):
            info.add_saved_register(name, gdb.Value(what).cast(word))
        return info


def register():
    gdb.unwinder.register_unwinder(None, EntryUnwinder(), replace=True)
