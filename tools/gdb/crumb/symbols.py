"""
symbols.py - what the image says of itself: variables, constants, structures, and the symbol at an address

    value("node_zones")        a global or static variable, whatever the selected frame calls so
    const("MAX_ORDER")         an enumerator, or a constant that the compiler folded away
    at(va, "slab")             the structure there
    symbol_at(va)              symbol+0x10/0x40

A variable is looked up by its symbol, not by an expression: at a stop a local of the same name would win.
"""

import re

import gdb

_files = {}


def _file_of(name):
    """The source file that defines a global variable, as gdb calls it; None when it is only declared."""
    key = (gdb.current_progspace().filename, name)
    if key not in _files:
        told = gdb.execute(f"info variables -q -n ^{name}$", to_string=True)
        file = re.search(r"^File (.*):$", told, re.MULTILINE)
        _files[key] = file and file[1]
    return _files[key]


class _Definition:
    """A global variable as its own file has it; of a gdb.Symbol what find() needs."""

    def __init__(self, name, file):
        self.name, self.file = name, file

    def value(self):
        return gdb.parse_and_eval(f"'{self.file}'::{self.name}")


def _global_symbol(name):
    """As soon as a file is read that only declares a variable, gdb answers with that: the definition instead."""
    symbol = gdb.lookup_global_symbol(name)
    if symbol is None or symbol.addr_class != gdb.SYMBOL_LOC_UNRESOLVED:
        return symbol
    file = _file_of(name)
    return _Definition(name, file) if file else None


def _is_of(symbol, file):
    own = symbol.file if isinstance(symbol, _Definition) else symbol.symtab and symbol.symtab.filename
    return bool(own) and own.endswith(file)


def find(name, file=None):
    """What has the value of a variable or constant, a global one first, or that of a source file; None for nothing."""
    plain = _global_symbol(name)
    if plain is not None and (file is None or _is_of(plain, file)):
        return plain
    return next((own for own in gdb.lookup_static_symbols(name) if file is None or _is_of(own, file)), None)


def has(name, file=None):
    return find(name, file) is not None


def value(name, file=None):
    symbol = find(name, file)
    if symbol is None:
        raise gdb.GdbError(f"this image has no {name}: another implementation, or no image of Crumb's")
    return symbol.value()


_consts = {}


def const(name):
    """An enumerator's number."""
    objfile = gdb.current_progspace().filename
    if (objfile, name) not in _consts:
        _consts[objfile, name] = int(value(name))
    return _consts[objfile, name]


def enum_name(prefix, type_name, number):
    """'used' for PAGE_USED of enum page_state."""
    for field in gdb.lookup_type(f"enum {type_name}").fields():
        if field.enumval == number and field.name.startswith(prefix):
            return field.name[len(prefix):].lower()
    return "?"


def layout(name):
    """A number of arch/arm/layout.h (arch/arm/layout_debug.c)."""
    return const("LAYOUT_" + name)


def page_size():
    return 1 << layout("PAGE_SHIFT")


def struct_type(name):
    return gdb.lookup_type("struct " + name)


def offset_of(type_name, member):
    return struct_type(type_name)[member].bitpos // 8


def at(address, type_name):
    """The structure at an address."""
    return gdb.Value(address).cast(struct_type(type_name).pointer()).dereference()


def symbol_at(address, size=True):
    """symbol+0x10/0x40, as the kernel's kallsyms says it."""
    block = gdb.execute(f"info symbol {address:#x}", to_string=True)
    if " in section" not in block:
        return f"0x{address:08x}"
    name, _, offset = block.split(" in section")[0].partition(" + ")
    told = f"{name}+0x{int(offset or 0):x}"
    function = gdb.block_for_pc(address) if size else None
    while function is not None and function.function is None:
        function = function.superblock
    # GCC's parts and clones have a suffix: alloc_run.isra.0
    if function is not None and function.function.name == name.partition(".")[0]:
        told += f"/0x{function.end - function.start:x}"
    return told


def caller_at(address, size=False):
    """The same for a return address, which may lie behind its function's last instruction."""
    name, plus, offset = symbol_at(address - 1, size).partition("+")
    offset, slash, of = offset.partition("/")
    return f"{name}+0x{int(offset, 16) + 1:x}{slash}{of}" if plus else f"0x{address:08x}"


def length(array):
    """How many elements an array has by its type."""
    return array.type.strip_typedefs().range()[1] + 1
