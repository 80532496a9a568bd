"""
pcp.py - crumb pcp: the single pages that CPUs keep (mm/page/hotcold, mm/page/none)

    PCP=hotcold   pagesets[zone] of each CPU: pcp[HOT], pcp[COLD]
    PCP=none      nothing is kept
"""

import contextlib

import gdb

from .buddy import zones
from .command import Command
from .lists import entries, is_initialised
from .memory import text
from .percpu import copy_of, possible_cpus
from .processor import not_yet
from .symbols import const, value
from .telling import say, say_each


def implementation():
    """'hotcold' or 'none': what the image says of itself."""
    return text(value("pcp_name"))


def pagesets():
    """(zone, CPU, its struct per_cpu_pageset); none for PCP=none."""
    if implementation() == "none":
        return
    if implementation() != "hotcold":
        raise gdb.GdbError(f"PCP={implementation()}: these commands do not know its lists")
    linked = value("pagesets")
    for zone in zones():
        for cpu in possible_cpus():
            pageset = copy_of(linked[zone.index], cpu)
            with contextlib.suppress(gdb.MemoryError):  # who reads it meets that again, and says of which CPU
                if not is_initialised(pageset["pcp"][0]["list"]):
                    raise not_yet("per-CPU pages")
            yield zone, cpu, pageset


def lists(pageset):
    """('hot', its list, its batch), ('cold', its list, its batch)"""
    batch = int(pageset["batch"])
    yield "hot", pageset["pcp"][const("HOT")], batch
    yield "cold", pageset["pcp"][const("COLD")], batch + 1 >> 1


def taken(pcp):
    """Pages handed out since it was counted last (pcp_inline.h)."""
    return int(pcp["count"]) - int(pcp["may_take"])


def length(pcp):
    """I1: how many pages it has, by its allowances."""
    return int(pcp["may_take"]) + int(pcp["high"]) - int(pcp["count"]) - int(pcp["may_give"])


class Pcp(Command):
    """Show the single pages that CPUs keep: crumb pcp"""

    name = "pcp"
    needs = "per-CPU pages"

    def runs(self):
        if implementation() == "none":
            for zone in zones():
                say(f"{zone.name:>8}: PCP=none keeps no pages")
            return
        say_each(pagesets(), lambda found: f"{found[0].name:>8} cpu {found[1]}", lambda found: self.pageset(*found))

    def pageset(self, zone, cpu, pageset):
        flushed, refilled = (int(pageset[name]) for name in ("flushed", "refilled"))
        given = int(pageset["given"]) + sum(taken(pcp) for _, pcp, _ in lists(pageset))
        kept = sum(length(pcp) for _, pcp, _ in lists(pageset))
        say(f"{zone.name:>8} cpu {cpu}: given {given}, taken back {given + flushed + kept - refilled}")
        for name, pcp, batch in lists(pageset):
            say(f"{name:>13}: count {length(pcp):3}  low {batch // 2:3}  high {int(pcp['high']):3}  "
                f"batch {batch:2}")


def kept_pages(pcp):
    """The struct pages on a list."""
    return entries(pcp["list"], "page", "lru")


COMMANDS = [Pcp]
