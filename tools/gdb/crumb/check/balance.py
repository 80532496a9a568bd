"""
balance.py - crumb check balance: every page of RAM is somewhere (mm/account/)
"""

from .. import buddy


def check(report):
    for zone in buddy.zones():
        managed, free = zone.number("managed_pages"), zone.number("free_pages")
        in_use = sum(block.pages for block in report.survey.blocks(zone.start, zone.described_end)
                     if block.state in ("used", "pcp"))
        lost = managed - free - in_use
        report.unless(not lost, "I1", f"zone {zone.name}: {lost} pages are lost: managed {managed}, free {free}, "
                                      f"in use {in_use}")
