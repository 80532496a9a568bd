"""
percpu.py - crumb percpu, $per_cpu(): from a per-CPU pointer to one CPU's copy (mm/percpu/percpu.h)

    static variable    its address + __per_cpu_offset[cpu]; before the areas stand, the variable itself
    object's handle    PERCPU=array: percpu_root of that CPU [ leaf ][ slot ] + byte; a large object has
                       several slots in a row, a pointer to a piece in each
"""

import gdb

from .command import Command
from .expressions import evaluate
from .lists import counted
from .memory import read, words
from .processor import not_yet, ready
from .symbols import const, find, has, layout, page_size, symbol_at, value
from .telling import say, say_each, told_of


def possible_cpus():
    ready("CPUs")
    return range(counted(value("nr_cpu_ids"), layout("NR_CPUS"), "nr_cpu_ids"))


def is_online(cpu):
    return bool(int(value("online", "kernel/cpu.c")[cpu // 32]) >> cpu % 32 & 1)


def bounds():
    """Of the variables as linked."""
    return tuple(int(gdb.parse_and_eval(f"(unsigned long)&{name}"))
                 for name in ("__per_cpu_start", "__per_cpu_end"))


def is_linked(at):
    low, high = bounds()
    return low <= at < high


def offset_of_cpu(cpu):
    """None before the areas stand."""
    offset = int(value("__per_cpu_offset")[cpu])
    return offset or None


def is_handle(at):
    return layout("PERCPU_START") <= at < layout("PERCPU_END")


def handle_slot(at):
    return (at - layout("PERCPU_START")) >> const("PERCPU_BYTE_SHIFT")


def copy_address(at, cpu):
    """Where the copy of what lies at a per-CPU pointer is; None when there is no such object."""
    if cpu not in possible_cpus():
        raise gdb.GdbError(f"CPU {cpu}: this machine has {len(possible_cpus())}")
    if not is_handle(at):
        if not is_linked(at):
            raise gdb.GdbError(f"0x{at:08x} is no per-CPU pointer")
        offset = offset_of_cpu(cpu)
        if offset is None and cpu:
            raise not_yet("per-CPU areas")
        return (at + (offset or 0)) & 0xffffffff
    if not has("percpu_root"):
        raise gdb.GdbError("objects made at run time: this image keeps them in a way that these commands do not know")
    slot = handle_slot(at)
    root = copy_of(value("percpu_root"), cpu)
    leaf = int(root["leaf"][slot >> const("PERCPU_LEAF_SHIFT")])
    if not leaf:
        return None
    copy = words(leaf + 4 * (slot & const("PERCPU_LEAF_SLOTS") - 1), 1)[0]
    return copy + (at & (1 << const("PERCPU_BYTE_SHIFT")) - 1) if copy else None


def note_size(note):
    """Bytes of a live object, by its first slot's note (array_impl.h)."""
    return (note >> const("NOTE_SIZE_SHIFT") & const("NOTE_SIZE_MASK")) + 1


def note_stride(note):
    """From one CPU's copy to the next one's."""
    align = max(1 << (note & const("NOTE_ALIGN_MASK")), layout("L1_CACHE_BYTES"))
    if note & const("NOTE_PAGES"):
        align = page_size()
    return note_size(note) + align - 1 & ~(align - 1)


class Object:
    """One that was made at run time, by its handle and its first slot's note."""

    def __init__(self, handle, note):
        self.handle, self.size, self.stride = handle, note_size(note), note_stride(note)

    def place(self, byte):
        """Where it is in it, or behind its end: rounding leaves bytes there that are nothing's."""
        inside = f"byte {byte} of" if byte < self.size else f"+0x{byte - self.size:x} behind the end of"
        return f"percpu: {inside} object 0x{self.handle:x} ({self.size} bytes)"


def object_at(at):
    """The live object that a per-CPU pointer points to, into, or behind before the next; None where there is none."""
    slot = handle_slot(at)
    leaf = value("percpu_slots")["leaf"][slot >> const("PERCPU_LEAF_SHIFT")]
    if not int(leaf["notes"]):
        return None
    if bool(leaf["wide"]):
        slot -= slot % const("WIDE_SLOTS")
    note = int(leaf["notes"][slot & const("PERCPU_LEAF_SLOTS") - 1])
    return Object(_handle(slot), note) if note & const("NOTE_LIVE") else None


def _handle(slot):
    return layout("PERCPU_START") + (slot << const("PERCPU_BYTE_SHIFT"))


def objects():
    """Each live object, by slot."""
    if not has("percpu_slots"):
        raise gdb.GdbError("objects made at run time: this image keeps them in a way that these commands do not know")
    leaves = value("percpu_slots")["leaf"]
    for n in range(leaves.type.range()[1] + 1):
        leaf = leaves[n]
        if not int(leaf["notes"]):
            continue
        step = const("WIDE_SLOTS") if bool(leaf["wide"]) else 1
        notes = words(int(leaf["notes"]), const("PERCPU_LEAF_SLOTS"))
        for i in range(0, len(notes), step):
            if notes[i] & const("NOTE_LIVE"):
                yield Object(_handle((n << const("PERCPU_LEAF_SHIFT")) + i), notes[i])


def copy_of(linked, cpu):
    """One CPU's copy of a static variable, or of a part of one."""
    where = copy_address(int(linked.address), cpu)
    return gdb.Value(where).cast(linked.type.unqualified().pointer()).dereference()


def per_cpu(what, cpu):
    """$per_cpu(): of a name, of a variable, of a pointer to one, or of an object's handle."""
    # Its address is not asked for: gdb would have the kernel's malloc() make room for the string.
    if str(what.type.strip_typedefs()).startswith("char ["):
        return copy_of(value(what.string()), cpu)
    if what.address is not None and is_linked(int(what.address)):
        return copy_of(what, cpu)
    if what.type.strip_typedefs().code != gdb.TYPE_CODE_PTR:
        raise gdb.GdbError("$per_cpu(variable or pointer, cpu)")
    where = copy_address(int(what), cpu)
    if where is None:
        raise gdb.GdbError(f"0x{int(what):08x}: no such object")
    return gdb.Value(where).cast(what.type).dereference()


# ---- an address ----------------------------------------------------------------------------------

def _variable(linked, whose):
    """The line for a variable's byte; None where none is linked."""
    if not is_linked(linked):
        return None
    name, _, byte = symbol_at(linked, size=False).partition("+0x")
    return f"percpu: byte {int(byte, 16)} of variable {name}, {whose}"


def _copies():
    """(object, CPU, address) of every copy of every object."""
    for one in objects():
        for cpu in possible_cpus():
            yield one, cpu, copy_address(one.handle, cpu)


def _explain_handle(at):
    one = object_at(at)
    if one is None:
        return None
    what = "a per-CPU pointer" if at - one.handle < one.size else "a per-CPU pointer to nothing"
    return f"{one.place(at - one.handle)}: {what}, not an address"


def _explain_copy(va):
    return next((f"{one.place(va - copy)}, CPU {cpu}'s copy" for one, cpu, copy in _copies()
                 if copy and copy <= va < copy + one.stride), None)


def explain(va):
    """What an address is to per-CPU data, in at most one line, as explain at the prompt."""
    told = _variable(va, "as linked: nobody's since the areas stand")
    for cpu in possible_cpus():
        told = told or _variable((va - (offset_of_cpu(cpu) or 0)) & 0xffffffff, f"CPU {cpu}'s copy")
    if not told and has("percpu_slots"):
        told = _explain_handle(va) if is_handle(va) else _explain_copy(va)
    if told:
        yield told


# ---- the command ---------------------------------------------------------------------------------

class Percpu(Command):
    """Show a per-CPU variable or object on each CPU: crumb percpu [SYMBOL|HANDLE]

Alone it shows the areas."""

    name = "percpu"
    most = 1
    completes = gdb.COMPLETE_SYMBOL
    needs = "per-CPU areas"

    def runs(self, what=None):
        if what is None:
            self.areas()
            return
        symbol = find(what)
        if symbol is not None:
            self.variable(what, symbol.value())
        else:
            at = int(evaluate(what))
            if not (is_handle(at) or is_linked(at)):
                raise gdb.GdbError(f"{what}: neither a per-CPU variable nor a per-CPU pointer")
            with told_of(f"object 0x{at:08x}"):
                self.pointer(at)

    def variable(self, name, linked):
        at = int(linked.address or 0)
        if not is_linked(at):
            raise gdb.GdbError(f"{name}: not a per-CPU variable")
        say(f"{name}, {linked.type.sizeof} bytes, linked at 0x{at:08x}")
        self.each_copy(at, lambda cpu, _: copy_of(linked, cpu).format_string(max_elements=8))

    def pointer(self, at):
        one = object_at(at) if is_handle(at) else None
        if one is not None:
            place = f"object 0x{at:08x}, {one.size} bytes" if at == one.handle else one.place(at - one.handle)
            size = one.handle + one.size - at
        elif is_linked(at):
            place, size = _variable(at, "as linked"), bounds()[1] - at
        else:
            place, size = f"object 0x{at:08x}: none is there", 0
        say(place)
        if size > 0:
            self.each_copy(at, lambda _, where: self.bytes_at(where, size))

    @staticmethod
    def bytes_at(where, size):
        shown = " ".join(f"{byte:02x}" for byte in read(where, min(size, 32)))
        return f"{shown}{' ...' if size > 32 else ''}"

    @staticmethod
    def each_copy(at, show):
        def line(cpu):
            where = copy_address(at, cpu)
            offline = "" if is_online(cpu) else " (offline)"
            say(f"  CPU {cpu}{offline}  " + (f"0x{where:08x}  {show(cpu, where)}" if where else "no such object"))

        say_each(possible_cpus(), lambda cpu: f"  CPU {cpu}", line)

    def areas(self):
        low, high = bounds()
        say(f"static: {high - low} bytes for each of {len(possible_cpus())} CPUs, linked at 0x{low:08x}")
        for cpu in possible_cpus():
            offset = offset_of_cpu(cpu)
            if offset is None:
                raise not_yet("per-CPU areas")
            say(f"  CPU {cpu}: area 0x{(low + offset) & 0xffffffff:08x} offset 0x{offset:x}")


COMMANDS = [Percpu]
