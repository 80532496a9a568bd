"""
each.py - crumb each: a line, or a command, for every object of a list, tree, cache or the like

    crumb each list node_zones[1].free_area[3].free_list page lru
    crumb each objects kmalloc-128 -- x/4xw $it
    crumb each pages slab -- crumb page $it

    (gdb) python
    >from crumb import each
    >for area in each.areas(): print(area["addr"], area["size"])

Each source is a function for scripts in Python, of the same name (of a list: linked()); what it yields is
a gdb.Value, or an address.  Every link is verified, a cycle is told as one (G2).
"""

import contextlib

import gdb

from . import slab, vmap
from .command import Command
from .expressions import evaluate
from .lists import Broken, entries
from .pages import Frames, pfn_to_page
from .processor import ready
from .settings import users_settings
from .symbols import at, const, offset_of, struct_type
from .telling import say, say_each

MOST = 1 << 20  # nodes of a tree


# ---- sources -------------------------------------------------------------------------------------

def container_of(where, type_name, member):
    """The structure around a member at that address."""
    _check_member(type_name, member)
    return at(int(where) - offset_of(type_name, member), type_name)


def linked(head, type_name, member):
    """The structures on a list; head: its struct list_head."""
    for where in entries(head, type_name, member):
        yield at(where, type_name)


def _tree_nodes(node, parent, passed):
    stack, here, above = [], node, parent
    while stack or here:
        while here:
            if here in passed or len(passed) > MOST:
                raise Broken(f"the tree's node 0x{here:08x} was passed before: the tree is cyclic")
            passed.add(here)
            found = at(here, "rb_node")
            try:
                found.fetch_lazy()
            except gdb.MemoryError:
                raise Broken(f"the tree's node 0x{above:08x} leads to 0x{here:08x}, which cannot be read") from None
            if int(found["__rb_parent_color"]) & ~3 != above:
                raise Broken(f"the tree's node 0x{here:08x} has a parent that is not 0x{above:08x}")
            stack.append(found)
            here, above = int(found["rb_left"]), here
        found = stack.pop()
        yield int(found.address)
        here, above = int(found["rb_right"]), int(found.address)


def tree(root, type_name, member):
    """The structures of a red-black tree in their order; root: its struct rb_root, or rb_root_cached."""
    if "rb_root" in [field.name for field in root.type.strip_typedefs().fields()]:
        root = root["rb_root"]
    for node in _tree_nodes(int(root["rb_node"]), 0, set()):
        yield container_of(node, type_name, member)


def caches():
    """Every struct kmem_cache, oldest first."""
    for cache in slab.caches():
        yield cache.value


def slabs(name):
    """Every struct slab of a cache."""
    cache = slab.cache_named(name)
    for nid in slab.nodes():
        for which in slab.LISTS:
            for found in cache.slabs(nid, which):
                yield found.value


def objects(name, state="used"):
    """The addresses of a cache's objects that are used, free, or all."""
    if state not in ("used", "free", "all"):
        raise gdb.GdbError(f"{state}: choose one of: used free all")
    cache = slab.cache_named(name)
    stocked = cache.stocked()
    for found in slabs(name):
        one = slab.Slab(int(found.address), cache)
        free, broken = one.freelist()
        if broken and state != "all":
            say(f"slab 0x{one.address:x}: {broken}: which of its objects are free is not known, so they are not shown")
            continue
        for index in range(one.num):
            where = one.object(index)
            is_free = index in free or where in stocked
            if state == "all" or is_free == (state == "free"):
                yield where


def pages(owner):
    """The struct page * of each block's first page that this owner holds: slab, vmalloc, held, free, pcp …"""
    ready("mem_map")
    frames = Frames()
    states = {name[5:].lower(): const(name) for name in ("PAGE_FREE", "PAGE_PCP", "PAGE_RESERVED")}
    owners = {name[6:].lower(): const(name) for name in
              ("OWNER_HELD", "OWNER_SLAB", "OWNER_VMALLOC", "OWNER_PERCPU", "OWNER_PAGETABLE")}
    if owner not in states and owner not in owners:
        raise gdb.GdbError(f"{owner}: choose one of: {' '.join([*owners, *states])}")
    block = const("MAX_ORDER_NR_PAGES")
    for first in range(frames.start, frames.start + frames.count, block):
        if not frames.has_struct(first):
            continue
        for index, flags in enumerate(frames.flags(first, block)):
            state = (flags & const("PAGE_STATE_MASK")) >> const("PAGE_STATE_SHIFT")
            held = (flags & const("PAGE_OWNER_MASK")) >> const("PAGE_OWNER_SHIFT")
            if state == states[owner] if owner in states else state == const("PAGE_USED") and held == owners[owner]:
                yield pfn_to_page(first + index)


def areas():
    """Every struct vm_struct, by address."""
    return vmap.areas()


# ---- the command ---------------------------------------------------------------------------------

def _place(text):
    """A list's or a tree's head, by an expression."""
    found = evaluate(text)
    if found.type.strip_typedefs().code != gdb.TYPE_CODE_PTR:
        raise gdb.GdbError(f"{text}: not a structure in memory")
    return found.dereference()


def _check_member(type_name, member):
    if member not in (field.name for field in struct_type(type_name).fields()):
        raise gdb.GdbError(f"struct {type_name} has no member {member}")


#          its arguments, and how they are made of words
SOURCES = {"list": ("HEAD TYPE MEMBER", lambda head, kind, member: linked(_place(head), kind, member)),
           "tree": ("ROOT TYPE MEMBER", lambda root, kind, member: tree(_place(root), kind, member)),
           "caches": ("", caches), "slabs": ("CACHE", slabs), "objects": ("CACHE [used|free|all]", objects),
           "pages": ("OWNER", pages), "areas": ("", areas)}


def _pointer(found):
    """What $it is: a pointer, so that $it->member works."""
    if not isinstance(found, gdb.Value):
        return gdb.Value(found).cast(gdb.lookup_type("void").pointer())
    return found if found.type.strip_typedefs().code == gdb.TYPE_CODE_PTR else found.address


class Each(Command):
    """Print every object of a list, tree, cache …: crumb each SOURCE ARGUMENTS [-- COMMAND]

With `-- COMMAND`, runs it for each, where $it points to the object.  Sources:
  list HEAD TYPE MEMBER           structures linked by struct list_head
  tree ROOT TYPE MEMBER           of a red-black tree, in order
  caches                          every struct kmem_cache
  slabs CACHE                     every struct slab of it
  objects CACHE [used|free|all]   the addresses of its objects
  pages OWNER                     first pages of blocks: held slab vmalloc percpu pagetable free pcp reserved
  areas                           every struct vm_struct
An expression with blanks is put in quotes.  For example
  crumb each list node_zones[1].free_area[3].free_list page lru
  crumb each objects kmalloc-128 -- x/4xw $it
  crumb each areas -- print $it->caller"""

    name = "each"
    most = 1

    def runs(self, text):
        words, dashes, command = text.partition(" -- ")
        source, *arguments = gdb.string_to_argv(words)
        if source not in SOURCES:
            raise gdb.GdbError(f"{source}: choose one of: {' '.join(SOURCES)}")
        usage, function = SOURCES[source]
        try:
            found = function(*arguments)
        except TypeError:
            raise gdb.GdbError(f"usage: crumb each {source} {usage}".rstrip()) from None
        if source in ("list", "tree"):
            _check_member(*arguments[1:])
        count = say_each(found, lambda one: str(_pointer(one)), lambda one: self.show(one, command if dashes else None))
        say(f"{count} in all")

    def show(self, one, command):
        gdb.set_convenience_variable("it", _pointer(one))
        with users_settings() if command else contextlib.nullcontext():
            told = gdb.execute(command or "output $it", to_string=True)
        gdb.write(told if told.endswith("\n") else told + "\n")

    def words(self):
        return [*SOURCES]


COMMANDS = [Each]
