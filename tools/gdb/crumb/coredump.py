"""
coredump.py - crumb dump: writes a core of the machine that is attached, as kernel/coredump does from inside

    registers, system registers ──> notes        RAM ──QEMU's pmemsave──> the banks, zeroes as holes
    page tables ──> runs of RAM at their virtual addresses
"""

import os

import gdb

from . import core, pages, sysregs
from .command import Command
from .processor import mmu_on
from .symbols import layout, value
from .tables import PAGE, SECTION, Mmu
from .telling import say


def _banks():
    shift = layout("PAGE_SHIFT")
    found = [(low << shift, (high - low) << shift) for low, high in pages.banks()] if mmu_on() else []
    if not found:
        raise gdb.GdbError("no bank of RAM is known yet: the machine has not come to boot_info_init()")
    return found


def _runs(banks):
    """(va, pa, size) of each run of RAM in one bank, ascending."""
    mmu, va, runs = Mmu(), 0, []
    while va <= 0xffffffff:
        _, second, mapping = mmu.walk(va)
        step = mapping.size if mapping else PAGE if second is not None else SECTION
        if mapping:
            bank = next((bank for bank in banks if bank[0] <= mapping.phys and
                         mapping.phys + mapping.size <= bank[0] + bank[1]), None)
            last = runs[-1] if runs else None
            if bank and last and last[3] is bank and last[0] + last[2] == mapping.start and \
                    last[1] + last[2] == mapping.phys:
                runs[-1] = (last[0], last[1], last[2] + mapping.size, bank)
            elif bank:
                runs.append((mapping.start, mapping.phys, mapping.size, bank))
        va = (va & ~(step - 1)) + step
    return [run[:3] for run in runs]


def _save(start, size, file):
    told = gdb.execute(f'monitor pmemsave {start:#x} {size:#x} "{os.path.abspath(file)}"', to_string=True)
    if told.strip() or not os.path.exists(file):
        raise gdb.GdbError(f"the emulator did not save RAM: {told.strip() or 'nothing was written'}")


class Dump(Command):
    """Write a core of the machine: crumb dump FILE

All of RAM, and the registers; pages of zeroes are holes of the file.  make gdb CORE=FILE opens it, with
every crumb command.  Needs an emulator on this host."""

    name = "dump"
    most = 1
    completes = gdb.COMPLETE_FILENAME

    def runs(self, where):
        if core.path():
            raise gdb.GdbError("this is a core already")
        where = os.path.abspath(os.path.expanduser(where))
        banks = _banks()
        runs = _runs(banks)
        registers = value("registers", "sysregs.c")
        names = [registers[i]["name"].string() for i in range(registers.type.range()[1] + 1)]
        try:
            core.write(where, banks, runs[:core.RUNS_MAX], core.notes(names, sysregs.read), _save)
        except OSError as error:
            raise gdb.GdbError(f"{where}: {error.strerror}") from None
        if len(runs) > core.RUNS_MAX:
            say(f"of {len(runs)} mapped runs {core.RUNS_MAX} are in its headers; the others only in its tables")
        say(f"{where}: make gdb CORE={where} opens it")


COMMANDS = [Dump]
