"""
sysregs.py - crumb regs, crumb fault: the system registers field by field, and the last fault in words

    registers[]  { name, fields[], explain }   arch/arm/sysregs.c: the same tables, read out of the image
    statuses[]   cause of each fault status    arch/arm/fault_decode.c

The registers themselves come from the machine: of the processor that is selected, at this stop.
"""

import contextlib

import gdb

from .command import Command
from .cpus import users_cpu
from .expressions import address
from .memory import text as string
from .processor import sysreg
from .symbols import length, value
from .tables import bits, show_walk
from .telling import say

DOMAINS = ("none", "client", "reserved", "manager")
FSR_WRITE = 1 << 11


def read(name):
    """Of the CPU that the person has selected; None where the gdb server does not show it."""
    with users_cpu():
        if name == "CPSR":
            return int(gdb.parse_and_eval("$cpsr")) & 0xffffffff
        for spelling in (name, name + "_EL1"):
            with contextlib.suppress(gdb.GdbError):
                return sysreg(spelling)
    return None


def _cause(fsr):
    """The words of a fault status: "page translation fault"."""
    found = value("statuses", "fault_decode.c")[bits(fsr, 0, 4) | bits(fsr, 10, 1) << 4]
    if not int(found["cause"]):
        return string(value("reserved", "fault_decode.c")["cause"])
    return string(found["cause"]) + string(found["noun"])


def _ttbr(word):
    inner = string(value("cacheability", "sysregs.c")[(word & 1) << 1 | bits(word, 6, 1)])
    return f" inner={inner}, table at {word & 0xffffc000:08x}"


def _dacr(word):
    named = [f" D{domain}={DOMAINS[bits(word, 2 * domain, 2)]}" for domain in range(16) if bits(word, 2 * domain, 2)]
    return "".join(named) + ", the others none"


def _dfsr(word):
    way = "write" if word & FSR_WRITE else "read"
    return f" last data abort: {_cause(word)}, domain {bits(word, 4, 4)}, {way}"


def _ifsr(word):
    return f" last prefetch abort: {_cause(word)}"


def _par(word):
    if word & 1:
        return f" last translation by V2P: failed, FS={bits(word, 1, 6):#x}"
    return f" last translation by V2P: page {word & 0xfffff000:08x}"


EXPLAIN = {"explain_ttbr": _ttbr, "explain_dacr": _dacr, "explain_dfsr": _dfsr, "explain_ifsr": _ifsr,
           "explain_par": _par, "explain_scratch": lambda word: " scratch of the abort entry",
           "explain_cpu": lambda word: " number of this CPU",
           "explain_percpu": lambda word: " offset of this CPU's own data"}


def _field(word, field):
    number = bits(word, int(field["from"]), int(field["width"]))
    if int(field["meanings"]):
        return f" {string(field['name'])}={number}({string(field['meanings'][number])})"
    return f" {string(field['name'])}={number:#x}"


def _line(register):
    name = string(register["name"])
    word = read(name)
    if word is None:
        return f"{name:<10} (this gdb server does not show it)"
    text = f"{name:<10} {word:08x} "
    text += "".join(_field(word, register["fields"][i]) for i in range(int(register["nr_fields"])))
    explain = register["explain"]
    if int(explain):
        function = gdb.block_for_pc(int(explain) & ~1)
        text += EXPLAIN[function.function.name](word)
    return text


class Regs(Command):
    """Show the system registers, field by field: crumb regs"""

    name = "regs"

    def runs(self):
        registers = value("registers", "sysregs.c")
        for i in range(length(registers)):
            say(_line(registers[i]))


class Fault(Command):
    """Explain the last fault: crumb fault [DFSR DFAR]

Without arguments the last data abort and the last prefetch abort of this processor, as its registers hold
them, with a page walk of the address; or what these two numbers would mean."""

    name = "fault"
    most = 2

    def runs(self, status=None, where=None):
        if status is not None:
            fsr = address(status)
            far = None if where is None else address(where)
            self.tell("data abort", fsr, far, _dfsr(fsr))
            return
        fsr, ifsr = read("DFSR"), read("IFSR")
        self.tell("data abort", fsr, read("DFAR"), _dfsr(fsr))
        self.tell("prefetch abort", ifsr, read("IFAR"), _ifsr(ifsr))

    def tell(self, kind, fsr, far, words):
        if not fsr and not far:
            say(f"{kind}: none since reset")
            return
        at = "" if far is None else f" at 0x{far:08x}"
        say(f"{kind}: FSR {fsr:08x}{at}: {words.partition(': ')[2]}")
        if far is not None:
            show_walk(far)


COMMANDS = [Regs, Fault]
