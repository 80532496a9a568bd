"""
percpu.py - crumb percpu, $per_cpu(): from a per-CPU pointer to one CPU's copy (mm/percpu/percpu.h)

    static variable    its address + __per_cpu_offset[cpu]; before the areas stand, the variable itself
    object's handle    PERCPU=array: percpu_root of that CPU [ leaf ][ slot ] + byte; a large object has
                       several slots in a row, a pointer to a piece in each
"""

import gdb

from .memory import (Command, const, counted, evaluate, find, has, layout, not_yet, read, ready, say, say_each,
                     symbol_at, told_of, value, words)


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


def object_size(handle):
    """Bytes of a live object, by its slot's note (array_impl.h)."""
    slot = handle_slot(handle)
    leaf = value("percpu_slots")["leaf"][slot >> const("PERCPU_LEAF_SHIFT")]
    if bool(leaf["wide"]):
        slot -= slot % const("WIDE_SLOTS")
    note = int(leaf["notes"][slot & const("PERCPU_LEAF_SLOTS") - 1])
    return (note >> const("NOTE_SIZE_SHIFT") & const("NOTE_SIZE_MASK")) + 1


def objects():
    """The handle of each live object, by slot."""
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
                slot = (n << const("PERCPU_LEAF_SHIFT")) + i
                yield layout("PERCPU_START") + (slot << const("PERCPU_BYTE_SHIFT"))


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


def _object_holding(handle):
    """The live object whose slot a handle is in, however far behind its end."""
    slot = handle_slot(handle)
    wide = bool(value("percpu_slots")["leaf"][slot >> const("PERCPU_LEAF_SHIFT")]["wide"])
    first = slot - slot % const("WIDE_SLOTS") if wide else slot
    return next((one for one in objects() if handle_slot(one) == first), None)


def _copies():
    """(handle, bytes, CPU, address) of every copy of every object."""
    for handle in objects():
        for cpu in possible_cpus():
            yield handle, object_size(handle), cpu, copy_address(handle, cpu)


def explain(va):
    """What an address is to per-CPU data, in at most one line, as explain at the prompt."""
    told = _variable(va, "as linked: nobody's since the areas stand")
    for cpu in possible_cpus():
        told = told or _variable((va - (offset_of_cpu(cpu) or 0)) & 0xffffffff, f"CPU {cpu}'s copy")
    if not told and is_handle(va):
        handle = _object_holding(va) if has("percpu_slots") else None
        if handle is not None:
            told = (f"percpu: byte {va - handle} of object 0x{handle:x} ({object_size(handle)} bytes): "
                    "a per-CPU pointer, not an address")
    elif not told and has("percpu_slots"):
        told = next((f"percpu: byte {va - copy} of object 0x{handle:x} ({size} bytes), CPU {cpu}'s copy"
                     for handle, size, cpu, copy in _copies() if copy and copy <= va < copy + size), None)
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
            linked = symbol.value()
            if not is_linked(int(linked.address or 0)):
                raise gdb.GdbError(f"{what}: not a per-CPU variable")
            at, size = int(linked.address), linked.type.sizeof
            say(f"{what}, {size} bytes, linked at 0x{at:08x}")
        else:
            found = evaluate(what)
            at, linked = int(found), None
            if not (is_handle(at) or is_linked(at)):
                raise gdb.GdbError(f"{what}: neither a per-CPU variable nor a per-CPU pointer")
            with told_of(f"object 0x{at:08x}"):
                say(f"object 0x{at:08x}" + (f", {object_size(at)} bytes" if copy_address(at, 0) else ""))
        say_each(possible_cpus(), lambda cpu: f"  CPU {cpu}", lambda cpu: self.copy(at, cpu, linked))

    def copy(self, at, cpu, linked):
        where = copy_address(at, cpu)
        offline = "" if is_online(cpu) else " (offline)"
        if where is None:
            say(f"  CPU {cpu}{offline}  no such object")
        elif linked is None:
            size = object_size(at)
            shown = " ".join(f"{byte:02x}" for byte in read(where, min(size, 32)))
            say(f"  CPU {cpu}{offline}  0x{where:08x}  {shown}{' ...' if size > 32 else ''}")
        else:
            shown = copy_of(linked, cpu).format_string(max_elements=8)
            say(f"  CPU {cpu}{offline}  0x{where:08x}  {shown}")

    def areas(self):
        low, high = bounds()
        say(f"static: {high - low} bytes for each of {len(possible_cpus())} CPUs, linked at 0x{low:08x}")
        for cpu in possible_cpus():
            offset = offset_of_cpu(cpu)
            if offset is None:
                raise not_yet("per-CPU areas")
            say(f"  CPU {cpu}: area 0x{(low + offset) & 0xffffffff:08x} offset 0x{offset:x}")


COMMANDS = [Percpu]
