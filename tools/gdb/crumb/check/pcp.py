"""
pcp.py - crumb check pcp: each CPU's lists of pages, and their counts (mm/pcp/)
"""

from .. import pcp
from ..lists import Broken
from ..pages import Frames, Page, head_bits


def check(report):
    frames = Frames()
    for zone, cpu, pageset in pcp.pagesets():
        wanted = zone.bits | head_bits("PAGE_PCP", 0)
        for name, pages, _ in pcp.lists(pageset):
            where = f"zone {zone.name}, CPU {cpu}, {name}"
            count, high, length = pcp.length(pages), int(pages["high"]), 0
            may_take, may_give = int(pages["may_take"]), int(pages["may_give"])
            try:
                for page in pcp.kept_pages(pages):
                    length += 1
                    pfn = frames.pfn(page)
                    if pfn is None:
                        report.wrong("I2", f"{where}: 0x{page:08x} is no struct page")
                        break
                    flags = Page(pfn, frames).flags
                    report.unless(flags == wanted, "I2", f"{where}: pfn {pfn:#x} flags {flags:#x}: not a page "
                                                         "of this list")
            except Broken as error:
                report.wrong("I1", f"{where}: {error}")
                continue
            report.unless(length == count, "I1", f"{where}: {count} are counted, the list has {length}")
            report.unless(may_take <= count, "I3", f"{where}: {may_take} may be taken of {count}")
            report.unless(count + may_give <= high, "I3", f"{where}: {may_give} may be given to {count}, high {high}")
