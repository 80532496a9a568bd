"""
memory.py - what all the other modules stand on: symbols, numbers, memory, lists, and the command prefix

    value("node_zones")        a global or static variable, whatever the selected frame calls so
    const("MAX_ORDER")         an enumerator, or a constant that the compiler folded away
    read(va, n)                memory as the CPU sees it
    ram = physical()           ram.read(pa, n), ram.words(pa, n): past the MMU
    entries(head, type, name)  the objects on a list, each link verified

A variable is looked up by its symbol, not by an expression: at a stop a local of the same name would
win.  ready() stands at the head of every reader of kernel variables (G1).
"""

import contextlib
import difflib
import inspect
import os
import re
import struct
import traceback

import gdb

from . import core

WORD = 4  # bytes of a long on this port


class Broken(Exception):
    """A link of a list does not fit its neighbour, or leads nowhere."""


# ---- symbols -------------------------------------------------------------------------------------

_global = {}


def _where_defined(name):
    """The global block of the file that defines a variable."""
    told = gdb.execute(f"info variables -q ^{name}$", to_string=True)
    file = re.search(r"^File (.*):$", told, re.MULTILINE)
    # By a function of it: a line that has no code is refused by gdb 15 and later.
    code = file and re.search(rf"^File {re.escape(file[1])}:\n\d+:.*?(\w+)\(", _functions(), re.MULTILINE)
    return gdb.decode_line(f"'{file[1]}':{code[1]}")[1][0].symtab.global_block() if code else None


def _functions():
    """The list of all functions, by file."""
    key = (gdb.current_progspace().filename, None)
    if key not in _global:
        _global[key] = gdb.execute("info functions -q -n .", to_string=True)
    return _global[key]


def _global_symbol(name):
    """A global variable's definition: as soon as a file is read that only declares it, gdb answers with that."""
    symbol = gdb.lookup_global_symbol(name)
    if symbol is None or symbol.addr_class != gdb.SYMBOL_LOC_UNRESOLVED:
        return symbol
    key = (gdb.current_progspace().filename, name)
    if key not in _global:
        block = _where_defined(name)
        _global[key] = gdb.lookup_symbol(name, block)[0] if block else None
    return _global[key]


def find(name, file=None):
    """The symbol of a variable or constant, global ones first, or of that source file; None when there is none."""
    plain = _global_symbol(name)
    found = ([plain] if plain is not None else []) + list(gdb.lookup_static_symbols(name))
    if file:
        found = [s for s in found if s.symtab and s.symtab.filename.endswith(file)]
    return found[0] if found else None


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


# ---- the processor -------------------------------------------------------------------------------

def sysreg(name):
    """A system register: QEMU's gdb server calls those of the secure world NAME_S; a core has them in a note."""
    known = core.sysreg(name)
    if known is not None:
        return known
    for spelling in (name + "_S", name):
        found = gdb.parse_and_eval("$" + spelling)
        if found.type.code != gdb.TYPE_CODE_VOID:
            return int(found) & 0xffffffff
    raise gdb.GdbError(f"this gdb server does not show {name}: QEMU's does; is a machine attached (make gdb)?")


def mmu_on():
    return bool(sysreg("SCTLR") & 1)


def ready(what="kernel variables"):
    """Refuses when the image's variables cannot be read at their addresses."""
    if not mmu_on():
        raise gdb.GdbError(f"{what}: not initialised yet: the MMU is off, and .bss may not be clear "
                           "(crumb pt works)")


def not_yet(what):
    return gdb.GdbError(f"{what}: not initialised yet")


# ---- memory --------------------------------------------------------------------------------------

def read(address, length):
    return bytes(gdb.selected_inferior().read_memory(address, length))


def text(value, most=128):
    """
    The string that a char * leads to or a char array holds, whatever lies there: at most so many bytes, without
    characters that no terminal shows.
    """
    kind = value.type.strip_typedefs()
    is_array = kind.code == gdb.TYPE_CODE_ARRAY
    start, most = (int(value.address), kind.sizeof) if is_array else (int(value), most)
    found = b""
    while len(found) < most and b"\0" not in found:  # by pages, as the next one may not be there
        where = start + len(found)
        found += read(where, min(most - len(found), page_size() - where % page_size()))
    shown = found.partition(b"\0")[0].decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "\ufffd" for c in shown)


def name_of(pointer, otherwise="(its name cannot be read)"):
    """text() for a thing that is shown all the same when its name lies nowhere."""
    try:
        return text(pointer)
    except gdb.MemoryError:
        return otherwise


def words(address, count):
    return struct.unpack(f"<{count}I", read(address, count * WORD))


def _packet(what):
    answer = gdb.execute("maintenance packet " + what, to_string=True)
    return answer.split("received: ")[-1].strip().strip('"')


class _Physical:
    """Reads RAM by physical address, and remembers it until the command ends."""

    def __init__(self):
        self.known = {}

    def read(self, address, length):
        if (address, length) not in self.known and core.path():
            self.known[address, length] = read(address, length)
        if (address, length) not in self.known:
            if _packet("Qqemu.PhyMemMode:1") != "OK":
                raise gdb.GdbError("this gdb server cannot read physical memory: QEMU's can")
            try:
                self.known[address, length] = read(address, length)
            finally:
                _packet("Qqemu.PhyMemMode:0")
        return self.known[address, length]

    def words(self, address, count):
        return struct.unpack(f"<{count}I", self.read(address, count * WORD))


def physical():
    return _Physical()


# ---- lists ---------------------------------------------------------------------------------------

def _links(address, what, back):
    try:
        return words(address, 2)[::-1 if back else 1]
    except gdb.MemoryError:
        raise Broken(f"{what} 0x{address:08x}, which cannot be read") from None


def links(head, limit=1 << 20, back=False):
    """
    The addresses of the links of a list, head excluded; the last one first, if asked.  Broken, with the wrong link, as
    soon as one does not fit (lib/list.h, I1 and I2).
    """
    this, other = ("prev", "next") if back else ("next", "prev")
    before, here = head, _links(head, "the list's head is at", back)
    if here == (0, 0):
        raise Broken(f"the list's head at 0x{head:08x} is not initialised")
    passed = set()
    for _ in range(limit):
        link = here[0]
        after = _links(link, f"the link at 0x{before:08x} leads to", back) if link else None
        if after is None or after[1] != before:
            was = f"whose {other} is 0x{after[1]:08x}" if after else "NULL"
            cyclic = ": the list is cyclic, it was passed before" if link in passed else ""
            raise Broken(f"the link at 0x{before:08x} is corrupted: its {this} is 0x{link:08x}, {was}{cyclic}")
        if link == head:
            return
        passed.add(link)
        yield link
        before, here = link, after
    raise Broken(f"the list at 0x{head:08x} does not end after {limit} entries")


def entries(head, type_name, member, back=False):
    """The addresses of the objects on the list whose head is this value."""
    offset = offset_of(type_name, member)
    for link in links(int(head.address), back=back):
        yield link - offset


def counted(number, most, what):
    """A count of the machine's, which no array that it is the length of can exceed."""
    if not 0 <= int(number) <= most:
        raise Broken(f"{what} is {int(number)}, and there is room for {most}")
    return int(number)


def length(array):
    """How many elements an array has by its type."""
    return array.type.strip_typedefs().range()[1] + 1


def is_initialised(head):
    return int(head["next"]) != 0


def held(lock):
    """Is a spinlock held?  Then what it guards may be halfway through a change."""
    return bool(int(lock["held"]))


# ---- commands ------------------------------------------------------------------------------------

before_reading = []  # what every command and function asks first (image.py)


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
    "print characters": -1, "print raw-values": False}


def _differing(wanted):
    """Those of these settings that gdb has and that are not so: name -> what it is."""
    found = {}
    for name, value in wanted.items():
        with contextlib.suppress(RuntimeError):  # not one of this gdb's
            now = gdb.parameter(name)
            if now != value:
                found[name] = now
    return found


def _set_all(settings):
    for name, value in settings.items():
        gdb.set_parameter(name, value)


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


class _Place:
    """The CPU and the frame that are selected."""

    def __init__(self):
        self.thread = gdb.selected_thread()
        try:
            self.frame = gdb.selected_frame()
        except gdb.error:
            self.frame = None

    def select(self):
        if self.thread is not None and self.thread.is_valid():
            self.thread.switch()
            if self.frame is not None and self.frame.is_valid():
                self.frame.select()


_users_place = []  # what the person has selected, while another CPU is


def _translating_cpu():
    """A CPU that sees the kernel's memory; None when the selected one does, or none of them."""
    if gdb.selected_thread() is None or _is_translating():
        return None
    here, found = _Place(), None
    for thread in gdb.selected_inferior().threads():
        thread.switch()
        if _is_translating():
            found = thread
            break
    here.select()
    return found


def _is_translating():
    try:
        return mmu_on()
    except gdb.GdbError:
        return True  # as far as this gdb server says


@contextlib.contextmanager
def through_a_cpu_that_translates():
    """
    A CPU that waits to be started has its MMU off, and gdb reads memory as the selected one sees it.  Between these
    another one is selected then: what a command says of memory does not depend on the CPU that it is asked from.
    """
    other = None if _users_place else _translating_cpu()
    if other is None:
        yield
        return
    _users_place.append(_Place())
    try:
        other.switch()
        yield
    finally:
        _users_place.pop().select()


@contextlib.contextmanager
def users_cpu():
    """Within those, for expressions and registers: what the person has selected."""
    if not _users_place:
        yield
        return
    theirs, ours = _users_place.pop(), _Place()
    try:
        theirs.select()
        yield
    finally:
        ours.select()
        _users_place.append(theirs)


@contextlib.contextmanager
def only_reads():
    """
    Between these the image is the machine's own, gdb calls none of its functions, settings are ours, and memory is
    what a CPU with its MMU on sees, if there is one.
    """
    with our_settings():
        for ask in before_reading:
            ask()
        with through_a_cpu_that_translates():
            yield


@contextlib.contextmanager
def told_in_one_line(name):
    """Whatever a reader meets ends the command with one line: no person sees an error of Python's."""
    try:
        with only_reads():
            yield
    except gdb.GdbError:
        raise
    except (gdb.MemoryError, Broken) as error:
        raise gdb.GdbError(what_went_wrong(error)) from None
    except Exception as error:  # pylint: disable=broad-except
        raise gdb.GdbError(f"{name}: {what_went_wrong(error)}") from None


def what_went_wrong(error):
    """In one line, whatever a reader met; the words of one that refuses are its own."""
    if isinstance(error, gdb.MemoryError):
        return f"{error}: not mapped, or not set up yet at this stop"
    if isinstance(error, Broken):
        return f"corrupted: {error}"
    if isinstance(error, (gdb.error, gdb.GdbError, RecursionError)):
        return str(error)
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return (f"what it read makes no sense ({type(error).__name__}: {error}, met in {frame.name}() of "
            f"{os.path.basename(frame.filename)}): memory that is overwritten, or a stop in the middle of a change")


@contextlib.contextmanager
def told_of(what):
    """What cannot be read within is said in one line that begins so, and all else goes on."""
    try:
        yield
    except Exception as error:  # pylint: disable=broad-except
        say(f"{what}: {what_went_wrong(error)}")


def say_each(found, what, show):
    """
    Shows one after the other.  What of one cannot be read is said in its place, and the others follow; where the walk
    itself breaks off, that is the last line.  Returns how many were met.  what(one): what a line says it is of.
    """
    count, walk = 0, iter(found)
    while True:
        try:
            one = next(walk)
        except StopIteration:
            return count
        except Exception as error:  # pylint: disable=broad-except
            if isinstance(error, gdb.GdbError) and not count:
                raise
            say(f"{what_went_wrong(error)}; what lies behind is not shown")
            return count
        count += 1
        with told_of(what(one)):
            show(one)


def check_arguments(function, given, usage):
    """Refuses too few or too many of them; usage: the documentation's first line."""
    try:
        inspect.signature(function).bind(*given)
    except TypeError:
        needed = [p for p in inspect.signature(function).parameters.values() if p.default is p.empty]
        wrong = "an argument is missing" if len(given) < len(needed) else "too many arguments"
        raise gdb.GdbError(f"{wrong}: {usage}") from None


class CrumbPrefix(gdb.Command):
    """Commands that know Crumb's allocators.  `crumb` alone lists them."""

    def __init__(self):
        super().__init__("crumb", gdb.COMMAND_DATA, prefix=True)

    def invoke(self, argument, from_tty):
        if not argument:
            gdb.execute("help crumb")
            return
        name = argument.split()[0]
        near = difflib.get_close_matches(name, [command.name for command in Command.all], 3)
        hint = f"is it {' or '.join(near)}? " if near else ""
        raise gdb.GdbError(f"crumb {name}: no such command; {hint}`crumb` lists them")


class Command(gdb.Command):
    """crumb NAME: runs() prints, and what it cannot read ends it with one line."""

    name = ""
    most = 0  # arguments
    needs = None  # what of the kernel's variables it shows; None: it works without them
    completes = gdb.COMPLETE_NONE  # gdb's constant for what an argument is; words() may know them all
    all = []

    def __init__(self):
        super().__init__("crumb " + self.name, gdb.COMMAND_DATA)
        Command.all.append(self)

    def invoke(self, argument, from_tty):
        with told_in_one_line(f"crumb {self.name}"):
            arguments = gdb.string_to_argv(argument) if self.most > 1 else [argument][:bool(argument)]
            check_arguments(self.runs, arguments, self.__doc__.partition("\n")[0])
            if self.needs:
                ready(self.needs)
            self.runs(*arguments)

    def complete(self, text, word):
        try:
            with told_in_one_line(self.name):
                if self.needs:
                    ready(self.needs)
                known = self.words()
        except gdb.GdbError:
            return []  # the command says why
        if known is None:
            return self.completes
        return [one[len(text) - len(word or text):] for one in known if one.startswith(text)]

    def words(self):
        """All that an argument may be; None when gdb knows it (completes)."""
        return None

    def runs(self, *arguments):
        raise NotImplementedError


def _fetched(found):
    """Reads it as the CPU sees it that the person has selected, if that one can, else as this one does."""
    with contextlib.suppress(gdb.MemoryError), users_cpu():
        found.fetch_lazy()
    if found.is_lazy:
        found.fetch_lazy()


def evaluate(text):
    """An expression's value: a number; functions and objects stand for their address."""
    try:
        with users_cpu():
            found = gdb.parse_and_eval(text)
            if found.type.strip_typedefs().code in (gdb.TYPE_CODE_FUNC, gdb.TYPE_CODE_ARRAY, gdb.TYPE_CODE_STRUCT):
                found = found.address
        if found is not None and found.is_lazy:
            _fetched(found)
    except gdb.MemoryError:
        raise
    except gdb.error as error:
        raise gdb.GdbError(f"{text}: {error}") from None
    if found is None:
        raise gdb.GdbError(f"{text}: neither a number nor anything in the machine's memory")
    return found


def address(text):
    return int(evaluate(text)) & 0xffffffff


def say(line=""):
    try:
        gdb.write(line + "\n")
    except UnicodeEncodeError:  # set host-charset, or a terminal without those letters
        gdb.write(line.encode("ascii", "replace").decode() + "\n")
