"""
pcp.py - crumb pcp: the single pages that CPUs keep (mm/page/pcp_*.c)

    PCP=hotcold   pagesets[zone] of each CPU: pcp[HOT], pcp[COLD]
    PCP=none      nothing is kept
"""

import gdb

from .buddy import zones
from .memory import Command, const, entries, is_initialised, not_yet, say, value
from .percpu import copy_of, possible_cpus


def implementation():
    """'hotcold' or 'none': what the image says of itself."""
    return value("pcp_name").string()


def pagesets():
    """(zone, CPU, its struct per_cpu_pageset); none for PCP=none."""
    if implementation() == "none":
        return
    if implementation() != "hotcold":
        raise gdb.GdbError(f"PCP={implementation()}: these commands do not know its lists")
    linked = value("pagesets", "pcp_hotcold.c")
    for zone in zones():
        for cpu in possible_cpus():
            pageset = copy_of(linked[zone.index], cpu)
            if not is_initialised(pageset["pcp"][0]["list"]):
                raise not_yet("per-CPU pages")
            yield zone, cpu, pageset


def lists(pageset):
    """('hot', its list), ('cold', its list)"""
    for name in ("HOT", "COLD"):
        yield name.lower(), pageset["pcp"][const(name)]


class Pcp(Command):
    """Show the single pages that CPUs keep: crumb pcp"""

    name = "pcp"
    needs = "per-CPU pages"

    def runs(self):
        if implementation() == "none":
            for zone in zones():
                say(f"{zone.name:>8}: PCP=none keeps no pages")
            return
        for zone, cpu, pageset in pagesets():
            given, flushed, refilled = (int(pageset[name]) for name in ("given", "flushed", "refilled"))
            kept = sum(int(pcp["count"]) for _, pcp in lists(pageset))
            say(f"{zone.name:>8} cpu {cpu}: given {given}, taken back {given + flushed + kept - refilled}")
            for name, pcp in lists(pageset):
                count, low, high, batch = (int(pcp[member]) for member in ("count", "low", "high", "batch"))
                say(f"{name:>13}: count {count:3}  low {low:3}  high {high:3}  batch {batch:2}")


def kept_pages(pcp):
    """The struct pages on a list."""
    return entries(pcp["list"], "page", "lru")


COMMANDS = [Pcp]
