"""
functions.py - convenience functions, for expressions

    $pfn_to_page(0x60a40)        a struct page *        p *$pfn_to_page(0x60a40)
    $page_to_pfn(page)           its frame number
    $va_to_pa(0xc0a40123)        through the real page tables
    $container_of(link, "page", "lru")   the structure around a member, a pointer to it
    $per_cpu("kmap_stack", 0)    CPU 0's copy, of a variable (by name or itself), or of an object

gdb hands an array on as a pointer to its first element: $per_cpu(pagesets, 0) is that element's copy,
$per_cpu("pagesets", 0) the whole.
"""

import gdb

from . import each, pages, percpu
from .command import check_arguments, told_in_one_line
from .tables import Mmu


class Function(gdb.Function):
    """$NAME(…): answers() gives the value, and what it cannot read ends it with one line."""

    def invoke(self, *arguments):
        with told_in_one_line(self.__doc__.rpartition(": ")[2]):
            check_arguments(self.answers, arguments, self.__doc__)
            found = self.answers(*arguments)
            if isinstance(found, gdb.Value) and found.is_lazy:
                found.fetch_lazy()  # while it can be read: by another CPU, perhaps, than the one that is selected
            return found

    def answers(self, *arguments):
        raise NotImplementedError


class PfnToPage(Function):
    """The struct page of a frame: $pfn_to_page(PFN)"""

    def __init__(self):
        super().__init__("pfn_to_page")

    def answers(self, pfn):
        frames = pages.Frames()
        if not frames.has_struct(int(pfn)):
            raise gdb.GdbError(f"pfn {int(pfn):#x}: no RAM, and no struct page")
        return pages.pfn_to_page(int(pfn))


class PageToPfn(Function):
    """The frame number of a struct page: $page_to_pfn(PAGE)"""

    def __init__(self):
        super().__init__("page_to_pfn")

    def answers(self, page):
        return pages.page_to_pfn(page)


class VaToPa(Function):
    """The physical address that a virtual one is mapped to: $va_to_pa(VA)"""

    def __init__(self):
        super().__init__("va_to_pa")

    def answers(self, va):
        number = int(va) & 0xffffffff
        physical = Mmu().physical(number)
        if physical is None:
            raise gdb.GdbError(f"0x{number:08x} is not mapped: crumb pt {number:#x} says why")
        return physical


class PerCpu(Function):
    """One CPU's copy: $per_cpu("NAME" or VARIABLE or POINTER, CPU)"""

    def __init__(self):
        super().__init__("per_cpu")

    def answers(self, what, cpu):
        return percpu.per_cpu(what, int(cpu))


class ContainerOf(Function):
    """The structure around a member, as a pointer: $container_of(ADDRESS, "TYPE", "MEMBER")"""

    def __init__(self):
        super().__init__("container_of")

    def answers(self, where, type_name, member):
        return each.container_of(where, type_name.string(), member.string()).address


def register():
    for function in (ContainerOf, PfnToPage, PageToPfn, VaToPa, PerCpu):
        function()
