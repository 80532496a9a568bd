"""
test_stops.py - the commands of tools/gdb at odd stops: before the MMU, in an allocator, after a crash, and
on a heap that was hurt
"""

import re
import subprocess

import pytest

from session import ask

# command -> what its answer says when what it shows does not exist yet
NOT_YET = ["crumb zones", "crumb buddy", "crumb page 0x60000", "crumb pcp", "crumb slab", "crumb slab-of 0xc1000000",
           "crumb percpu kmap_stack", "crumb kmap", "crumb vmap", "crumb check"]
OTHERS = ["crumb fixmap", "crumb early", "crumb dmesg"]


@pytest.fixture(scope="module")
def early(served):
    """Before the first instruction, before the MMU, at start_kernel, and in the hand-over."""
    _, server = served(mem="64M", stop=True, wait=False)
    every = [*NOT_YET, *OTHERS, "crumb pt 0xc0018000", "crumb pgtables", "crumb explain 0xc0018000",
             "print/x $va_to_pa(0xc0018000)", "print node_zones[0]"]
    stops = [["crumb pt 0xc0018000"],
             ["hbreak *0x60010000", "continue", "tbreak *($va_to_pa((long)mmu_on) - 0x60000000)",
              "tbreak *((long)mmu_on - 0x60000000)", "continue", *every],
             ["delete", "tbreak start_kernel", "continue", *every],
             ["tbreak give_block", "continue", "tbreak area_add", "continue", "backtrace", "crumb buddy",
              "crumb check page", "crumb pcp", "crumb slab", "crumb vmap", "crumb check vmap", "crumb page 0x60000",
              "crumb early", "crumb dmesg"]]
    answers = ask(server, *(command for stop in stops for command in stop))
    found, at = [], 0
    for stop in stops:
        found.append(dict(answers.all[at:at + len(stop)]))
        at += len(stop)
    return found


def test_before_the_mmu_the_structures_are_not_there(early):
    for command in [*NOT_YET, *OTHERS]:
        assert "not initialised yet: the MMU is off" in early[1][command], (command, early[1][command])


def test_before_the_mmu_tables_can_be_walked(early):
    """At reset there is no table yet; at the end of head.S the first one is ready."""
    assert "TTBR0 is not set yet" in early[0]["crumb pt 0xc0018000"]
    walk = early[1]["crumb pt 0xc0018000"]
    assert "the MMU is off" in walk and "first level  [3072] at 60007000 = 6001140e: section 60000000" in walk
    assert "physical 60018000, kernel may" in walk
    assert re.search("0xc0000000-0xc0ffffff     16 MiB  section      ... cached", early[1]["crumb pgtables"])
    assert early[1]["print/x $va_to_pa(0xc0018000)"].endswith("0xc0018000"), "the MMU is off: they are the same"
    assert "image: .text" in early[1]["crumb explain 0xc0018000"]


def test_at_start_kernel_nothing_is_set_up(early):
    for command in NOT_YET:
        said = early[2][command]
        assert "not initialised yet" in said or "nothing could be checked" in said or "no slots" in said or \
            "CPU 0  0x" in said, (command, said)
    assert "not initialised yet" in early[2]["crumb dmesg"] and "not initialised yet" in early[2]["crumb fixmap"]
    assert early[2]["print/x $va_to_pa(0xc0018000)"].endswith("0x60018000")
    assert "{an empty zone}" in early[2]["print node_zones[0]"]
    assert "0xc0000000-0xc0ffffff" in early[2]["crumb pgtables"]


def test_in_the_hand_over(early):
    said = early[3]
    assert re.search(r"start_kernel.*\n#\d+ .*high \(\)", said["backtrace"]), said["backtrace"]
    assert "Node 0, zone      DMA" in said["crumb buddy"] and "not initialised yet" in said["crumb slab"]
    assert said["crumb vmap"].startswith("virtual areas: not initialised yet")
    assert "vmap: not checked: virtual areas: not initialised yet" in said["crumb check vmap"]
    assert "its lock is held, so it may be halfway through a change" in said["crumb check page"]
    assert "bootmem, 0x60000000-0x63ffffff" in said["crumb early"]
    assert re.search(r"^\[.*\] Crumb: ", said["crumb dmesg"])


# ---- backtraces ----------------------------------------------------------------------------------

# where to stop, what is done there, what the backtrace must hold
STOPS = {
    'run="break text-write"': [
        ("arch_clear_page", "stepi 5", r"^#0 .*arch_clear_page .*\n#1 "),
        ("traps_report", "stepi 2", r"traps_report(.*\n)+.*signal handler called(.*\n)+.*break_text_write"),
        ("guarded_read4", "stepi 2", r"^#0 .*guarded_read4 .*\n#1 .*arch_try_read(.*\n)+.*break_text_write"),
    ],
    # From the batch on: on a busy host the first tick may come while the boot still goes on.  Nobody reads
    # the console, so the batch says little.
    'run="test buddy; poweroff"': [
        ("shell_run_batch", "print 0", r"^#0 .*shell_run_batch"),
        ("irq_dispatch", "print 0", r"irq_dispatch(.*\n)+.*signal handler called(.*\n)+.*shell_run_batch"),
        ("exception_exit", "stepi 9", r"signal handler called(.*\n)+.*shell_run_batch"),
        ("arch_semihost", "stepi", r"^#0 .*arch_semihost .*\n#1 .*arch_halt(.*\n)+.*shell_cmd_poweroff"),
    ],
    # With and without registers on the stack.
    'run="test arch; poweroff"': [
        ("shell_run_batch", "print 0", r"^#0 .*shell_run_batch"),
        ("memset", "stepi 4", r"^#0 .*memset (.*\n)+.*shell_run_batch"),
        ("*((long)memset + 20 * 4)", "stepi 4", r"^#0 .*memset (.*\n)+.*shell_run_batch"),
        ("memcpy", "stepi 3", r"^#0 .*memcpy (.*\n)+.*shell_run_batch"),
        ("memcpy", "stepi 9", r"^#0 .*memcpy (.*\n)+.*shell_run_batch"),
        ("memmove", "stepi 3", r"^#0 .*mem(move|cpy) (.*\n)+.*shell_run_batch"),
    ],
}


@pytest.mark.parametrize("append", STOPS)
def test_backtraces_reach_the_start_through_exceptions_and_assembly(served, append):
    _, server = served(mem="64M", stop=True, wait=False, append=append)
    commands = []
    for stop, action, _ in STOPS[append]:
        commands += ["delete", f"tbreak {stop}", "continue", action, "backtrace"]
    answers = ask(server, *commands)
    for place, (stop, _, wanted) in enumerate(STOPS[append]):
        trace = answers[5 * place + 4]
        start = r"#\d+ .*start_kernel \(\).*\n#\d+ .*high \(\) at boot/head.S:\d+$"
        assert re.search(start, trace), f"{stop}:\n{trace}"
        # An interrupt may come in the library's strcmp() where that has code in front of its only symbol.
        assert "corrupt" not in trace and not re.search(r"\?\? \(\)(?! at \S+/newlib/)", trace), trace
        assert re.search(wanted, trace), f"{stop}:\n{trace}"


# ---- after a crash, and hurt ---------------------------------------------------------------------

def test_no_expression_makes_the_machine_run(served):
    """gdb would call malloc() to give a string an address: with no MMU that ran away, before slab it panicked."""
    _, server = served(mem="64M", stop=True, wait=False)
    asked = ['print $per_cpu("nosuch", 0)', 'crumb explain "text"', "crumb page zz", "crumb explain vfree(0)",
             "print $page_to_pfn(mem_map)", "print $page_to_pfn(1, 2)", "print $pc"]
    answers = ask(server, *asked, "hbreak give_block", "continue", "set $stood = $pc", *asked[:4],
                  'print &$per_cpu("kmap_stack", 0)', "print &$per_cpu(kmap_stack, 0)", "print $pc == $stood")
    for first in (0, len(asked) + 3):
        no_such, text, symbol, call = (answers[first + n] for n in range(4))
        assert no_such.startswith("this image has no nosuch")
        assert text == "\"text\": neither a number nor anything in the machine's memory"
        assert "not initialised yet" in symbol if not first else symbol == 'zz: No symbol "zz" in current context.'
        assert call.startswith("vfree(0): ") and "may-call-functions is off" in call
    assert "not set up yet at this stop" in answers["print $page_to_pfn(mem_map)"]
    assert answers["print $page_to_pfn(1, 2)"].startswith("too many arguments: ")
    assert "0x60000000" in answers["print $pc"]
    name, variable, stands = (answers[len(asked) + 7 + n] for n in range(3))
    assert name.split()[-1] == variable.split()[-1]
    assert stands.endswith("= 1"), "the machine has not moved"


def test_on_a_crashed_machine(served):
    """panic=halt leaves everything as it was, and the log tells why."""
    machine, server = served(mem="64M", wait=False, append='panic_on_bug=1 panic=halt run="break page-double-free"')
    machine.expect("panic: .*\n", panic=True)
    machine.settle()
    answers = ask(server, "crumb dmesg", "crumb buddy", "crumb slab", "crumb pcp", "crumb check", "backtrace",
                  "crumb explain $sp")
    assert "panic: " in answers["crumb dmesg"] and "BUG: page" in answers["crumb dmesg"]
    assert "Node 0, zone   Normal" in answers["crumb buddy"] and "kmalloc-64 " in answers["crumb slab"]
    assert "page: sound" in answers["crumb check"] and "slab: sound" in answers["crumb check"]
    assert "panic" in answers["backtrace"] and "start_kernel" in answers["backtrace"]
    assert "region: lowmem" in answers["crumb explain $sp"]


HURTS = [
    # what is hurt, an address expression; the word put there; what check says
    ("zone->free_area[10].free_list.next->next", "0", r"page: I1: zone Normal order 10 free list: the link at "
     r"0x\w+ \(lru of pfn 0x\w+\) is corrupted: its next is 0x00000000"),
    ("zone->free_area[10].free_list.next->prev", "0xc0000000", r"page: I1: .*corrupted: its next is 0x\w+ "
     r"\(lru of pfn 0x\w+\), whose prev is 0xc0000000"),
    ("zone->free_area[10].nr_free", "99", r"page: I3: zone Normal order 10 nr_free is 99"),
    ("zone->free_pages", "5", r"page: I3: zone Normal order all free_pages is 5, the lists have"),
    ("zone->free_orders", "0", r"page: I4: zone Normal order 10 free_orders"),
    ("((struct page *)((long)zone->free_area[10].free_list.next - 8))->flags", "0x04000039",
     r"page: I1: zone Normal order 10 pfn 0x\w+ flags 0x4000039: not the flags of a free head"),
    ("((struct page *)((long)zone->free_area[10].free_list.next - 8))[7].flags", "0x04000030",
     r"page: I1: zone Normal order 10 pfn 0x\w+ flags 0x4000030: inside a free block, not a tail"),
    ("((struct page *)((long)zone->free_area[10].free_list.next - 8))->_refcount", "2",
     r"page: I5: zone Normal order 10 pfn 0x\w+ flags 0x400001a: free, with 2 references"),
    ("((struct page *)((long)zone->free_area[10].free_list.next - 8))[7]._refcount", "1",
     r"page: I5: zone Normal order 10 pfn 0x\w+ flags 0x4000000: free, with 1 references"),
    ("mem_map[16]._refcount", "1",
     r"page: W3: zone DMA order 0 pfn 0x60010 flags 0x\w+: not in use, with 1 references"),
    ("$per_cpu(\"pagesets\", 0)[1].pcp[0].may_take", "3000", r"pcp: I1: zone Normal, CPU 0, hot: 30\d\d are counted, "
     r"the list has \d+"),
    ("$per_cpu(\"pagesets\", 0)[1].pcp[0].may_give", "3000",
     r"pcp: I3: zone Normal, CPU 0, hot: \d+ may be taken of -"),
    ("$per_cpu(\"pagesets\", 0)[1].pcp[0].list.next->next", "4", r"pcp: I1: zone Normal, CPU 0, hot: the link at 0x\w+ "
     r"leads to 0x00000004, which cannot be read"),
    ("cache_cache.node[0].nr_slabs", "77", r"slab: I4: cache kmem_cache: nr_slabs is 77"),
    ("cache_cache.node[0].full.next->next", "0", r"slab: I3: cache kmem_cache, node 0, full list: the link at 0x\w+"),
    ("((struct slab *)cache_cache.node[0].full.next)->inuse", "1",
     r"slab: I9: cache kmem_cache, slab 0x\w+: not as many objects"),
    ("cache_cache.array[0]->slot[0]", "1", r"slab: I5: cache kmem_cache, CPU 0's stock: slot\[0\] is not NULL"),
    ("*(int *)((long)fixmap_table + 4 * 344 + 512)", "0x6000045f", r"fixmap: F2: slot 344 \(user 7\) is set and "
     "has no owner"),
    ("vmlist.next->next", "0xc0000000", r"vmap: I1: area 0x\w+: next leads to 0xc0000000, which is no neighbour"),
    ("vmlist.next->next", "4", r"vmap: I1: area 0x\w+: next leads to 0x00000004, where nothing is"),
    ("vmlist.next->prev", "0", r"vmap: I1: area 0x\w+: next leads to 0x\w+, which is no neighbour above it"),
    ("vmlist.next->size", "5000", r"vmap: I2: area 0x\w+ of 5000 bytes: not whole pages"),
    ("areas.nr", "99", r"vmap: I3: 99 areas are counted, \d+ are in the list"),
    ("areas.last_in[0]", "0", r"vmap: I4: span 0 leads to 0x00000000"),
    ("areas.hint", "(unsigned int)&vmlist_top", r"vmap: I5: the hole below 0xff800000 is not known to the hint"),
]


def test_what_is_hurt_is_named(served):
    """Each is hurt by gdb, reported, and put back; at the end all is sound, and the kernel agrees."""
    machine, server = served(mem="48M")
    kept = "keeps no pages" not in ask(server, "crumb pcp")[0]  # PCP=none has no lists to hurt
    hurts = [hurt for hurt in HURTS if kept or "pagesets" not in hurt[0]]
    commands = ["set $zone = &node_zones[1]"]
    for place, (where, word, wanted) in enumerate(hurts):
        where = where.replace("zone->", "$zone->")
        commands += [f"set $at{place} = (unsigned int *)&({where})", f"set $was = *$at{place}",
                     f"set *$at{place} = {word}", f"crumb check {wanted.split(':')[0]}", f"set *$at{place} = $was"]
    answers = ask(server, *commands, "crumb check")
    for place, (where, _, wanted) in enumerate(hurts):
        said = answers[1 + 5 * place + 3]
        assert re.search(wanted, said) and re.search(r"check: \d+ wrong", said), f"{where}\n{said}"
    assert "all sound" in answers[len(answers.all) - 1]
    assert "lost=0" in machine.cmd("alloc pages 3; free #1; balance")


def test_without_a_machine_it_says_so():
    from machine import LIMIT
    from session import AUTOLOAD, elf
    done = subprocess.run(["gdb-multiarch", "-q", "-nx", "-batch", "-ex", f"source {AUTOLOAD}", "-ex", "crumb buddy",
                           "-ex", "crumb pt 0", elf()], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=LIMIT, encoding="utf-8", check=False)
    assert done.stdout.count("is a machine attached (make gdb)?") == 2 and "Traceback" not in done.stdout
