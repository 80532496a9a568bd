"""
test_words.py - the words of the prompt: gfp words of every allocating command, the glossary, what `break` tells

Kinds, terms and mistakes are read from the machine itself, so that a new one is tested without being named here.
"""

import pathlib
import re

import pytest

import handover
from machine import ROOT, balance

# Highmem of its own, whatever the machine's size.
HIGHMEM = {"mem": "128M", "append": "lowmem=32M"}

# Of each kind, what stands before its words; #1 is a page.
ARGUMENTS = {
    "pages": "1", "bulk": "10", "kmalloc": "100", "cache": "kmalloc-64", "vmalloc": "9000", "percpu": "24",
    "pool": "spare", "kstrdup": "text", "vmap": "#1", "kmap": "#1", "fixmap": "0 #1", "ioremap": "0x10009000 4096",
}


def kinds(machine):
    """{kind: ([words it takes], {word: why it is refused})}, as `help alloc KIND` tells them."""
    found = {}
    for kind in re.findall(r"^  alloc (\w+) ", machine.cmd("alloc"), re.MULTILINE):
        text = machine.cmd(f"help alloc {kind}")
        refused = dict(re.findall(r"^  (\w+) +refused: (.+)$", text, re.MULTILINE))
        taken = [word for word, meaning in re.findall(r"^  (\w+)  +(.+)$", text, re.MULTILINE)
                 if word not in refused]
        whole = re.search(r"^gfp words are refused: (.+)$", text, re.MULTILINE)
        found[kind] = taken, refused if not whole else dict.fromkeys(["atomic", "zero", "highmem"], whole[1])
    return found


def test_gfp_words_of_every_kind(boot):
    """Each word that `help alloc KIND` explains is taken; each that it refuses is refused for that reason."""
    machine = boot(**HIGHMEM)
    machine.cmd("pool create spare 2 kmalloc 256; alloc pages 1")
    told = kinds(machine)
    assert set(told) == set(ARGUMENTS), "a kind that this test does not know"
    for kind, (taken, refused) in told.items():
        assert taken or refused, kind
        for word in taken:
            arguments = "0" if (kind, word) == ("pages", "cold") else ARGUMENTS[kind]
            said = machine.cmd(f"alloc {kind} {arguments} {word}")
            assert re.fullmatch(rf"#\d+ {kind} .*", said), said
            assert "freed" in machine.cmd("free " + said.split()[0])
        for word, why in refused.items():
            assert machine.cmd(f"alloc {kind} {ARGUMENTS[kind]} {word}") == f"error: alloc: {word}: {why}"
        said = machine.cmd(f"alloc {kind} {ARGUMENTS[kind]} chicken")
        assert re.search(r"chicken: (not one of .*\w|\w+ takes no such word)", said) or kind == "vmap", said
    machine.cmd("pool destroy spare; free #1")
    balance(machine.cmd("balance"))


@pytest.mark.parametrize("line, said", [
    ("alloc pages 3 atomic highmem zero nowarn", r"#1 pages order=3 zone=HighMem "),
    ("pages 0 ATOMIC cold", r"#1 pages order=0 zone=Normal "),
    ("kmalloc 64 nowait zero", "#1 kmalloc size=64"), ("kzalloc 64 atomic dma", "#1 kmalloc size=64"),
    ("vmalloc 5000 ro dma", "#1 vmalloc size=5000 pages=2 ro"), ("alloc percpu 8 16 atomic", "align=16 "),
    ("alloc percpu 8 atomic", "align=8 "), ("kstrdup 'two words' atomic", 'text="two words"'),
    ("repeat 2 alloc kmalloc 32 atomic", "#2 kmalloc size=32"), ("alloc bulk 70 zero", "#1 bulk pages=70 of=70"),
    ("alloc pages 0 dma highmem", "error: alloc: dma and highmem exclude each other"),
    ("alloc kmalloc 8 atomic zero kernel", "error: alloc: atomic and kernel exclude each other"),
    ("alloc pages 0 comp", "error: alloc: comp: a compound page is a block"),
    ("alloc pages 1 cold", "error: alloc: cold: CPUs keep single pages only"),
    ("vmalloc 4096 ro exec", "error: vmalloc: ro and exec exclude each other"),
    ("alloc ioremap 0x10009000 4096 wc cache", "error: alloc: wc and cache exclude each other"),
    ("alloc kmap #1 x", "error: alloc: x: kmap takes no such word"), ("help alloc chickens", "no such kind"),
    ("kzalloc", "usage: kzalloc"), ("alloc bulk 0", "N: .*1 to 4096"), ("alloc bulk 4097", "N: .*1 to 4096"),
], ids=lambda value: value[:32] if " " in value else None)
def test_words_behind_an_allocation(boot, line, said):
    machine = boot(**HIGHMEM)
    assert re.search(said, machine.cmd(line))
    machine.cmd("free all")
    assert balance(machine.cmd("balance"))["held"] == 0


# A compound page is a block, and a cold one a single page.
ALLOCATIONS = {"pages": "alloc pages 0", "bulk": "alloc bulk 9", "kmalloc": "kmalloc 64", "cache": "alloc cache mine",
               "vmalloc": "vmalloc 5000", "percpu": "alloc percpu 8", "pool": "pool alloc spare",
               "kstrdup": "kstrdup text", "kzalloc": "kzalloc 64"}


def flags():
    """The words of gfp.h's flags; GFP_ATOMIC is the word for __GFP_ATOMIC, which makes no sense without __GFP_HIGH."""
    text = pathlib.Path(ROOT, "mm/page/gfp.h").read_text(encoding="ascii")
    found = re.findall(r"^\t__GFP_(\w+) = 0x", text, re.MULTILINE)
    assert len(found) >= 15
    return [name.lower() for name in found]


def test_every_flag_has_a_word_that_is_explained_and_taken(boot):
    machine = boot(**HIGHMEM)
    machine.cmd("cache create mine 64; pool create spare 1 kmalloc 64")
    for kind, line in ALLOCATIONS.items():
        told = machine.cmd(f"help alloc {kind.replace('kz', 'km')}")
        for word in flags():
            meaning = re.search(rf"^  {word} +(refused: )?(\S.{{9,}})$", told, re.MULTILINE)
            assert meaning, f"help alloc {kind}: {word}:\n{told}"
            said = machine.cmd(f"{line} {word}" if word != "comp" else f"{line.replace(' 0', ' 1')} {word}")
            if meaning[1]:
                assert said.endswith(f"{word}: {meaning[2]}"), said
            else:
                assert re.match(r"#\d+ \w+ ", said), said
    assert "BUG" not in machine.cmd("dmesg | grep BUG") and machine.cmd("bugs").startswith("  reports")
    machine.cmd("free all; pool destroy spare; cache destroy mine")
    assert balance(machine.cmd("balance"))["held"] == 0


def test_words_mean_the_same_in_any_order(boot):
    machine = boot(mem="16M")
    said = [re.search(r"gfp (0x\w+)", machine.cmd(f"repeat 9 alloc pages 10 {words}"))[1] for words in (
        "high nowait thisnode", "nowait high thisnode", "thisnode high nowait")]
    assert said == ["0x200820"] * 3


def test_a_word_that_is_refused_allocates_nothing(boot):
    machine = boot(**HIGHMEM)
    assert "nowhere: not one of kernel, atomic" in machine.cmd("alloc pages 0 zero nowhere")
    assert machine.cmd("allocs") == "nothing is held"


def test_zero_and_nowarn_do_what_they_say(boot):
    machine = boot(**HIGHMEM)
    address = re.search(r"va=(0x\w+)", machine.cmd("alloc kmalloc 64"))[1]
    machine.cmd(f"mw {address} 0x12345678; kfree {address}")
    again = machine.cmd("alloc kmalloc 64 zero")
    assert f"va={address}" in again, "the object freed last is the next one"
    assert " 00000000 00000000 00000000 00000000" in machine.cmd(f"md {address} 4")
    loud = machine.cmd("alloc vmalloc 200M")
    quiet = machine.cmd("alloc vmalloc 200M nowarn")
    assert "vmap:" in loud and quiet == "error: alloc: no area of 209715200 bytes", (loud, quiet)


def test_completion_of_words(boot):
    machine = boot(**HIGHMEM)
    for line, made in (("alloc pages 0 highm\t", "zone=HighMem"), ("kmalloc 8 atom\t", "#2 kmalloc"),
                       ("alloc vmalloc 4096 exe\t", "rwx")):
        machine.send(line + "\r")
        assert made in machine.answer()
    machine.send("help alloc vmal\t\r")
    assert "alloc vmalloc SIZE" in machine.answer()


# ---- the glossary --------------------------------------------------------------------------------

# Words that the issue of a glossary is about: each is there, whatever else is.
TERMS = """zone node pfn page mem_map buddy order watermark gfp pcp slab cache colour red-zone poison guard-page
    XN DACR TTBR freelist page-frame bank hole checker vmalloc-area highmem lowmem pkmap fixmap kmap_local ioremap
    per-CPU-data section page-table domain TEX ASID TLB bootmem mempool compound-page reference-count
    fragmentation balance handle kmalloc vmalloc kmap""".split()


def terms(machine):
    """The names of all terms, as `help glossary` lists them."""
    listed = machine.cmd("help glossary").splitlines()
    assert "help WORD" in listed[-1]
    return [name for line in listed[:-1] for name in line.split(", ")]


def test_the_glossary_has_its_words_and_help_says_so(boot):
    machine = boot(**HIGHMEM)
    names = terms(machine)
    assert len(names) == len(set(names)) >= 40
    assert {name.replace(" ", "-") for name in names} >= set(TERMS)
    assert "`help glossary`" in machine.cmd("help")
    for spelled in ("red zone", "red-zone", "RED_ZONE"):
        assert machine.cmd(f"help {spelled}").startswith("red zone\n")
    assert 'no such command or word "zonee"; did you mean "zone"' in machine.cmd("help zonee")
    both = machine.cmd("help pcp")
    assert both.startswith("pcp [show|drain]\n") and "\npcp\n" in both and "\nsee: " in both


@pytest.mark.parametrize("mem, append", [("128M", "lowmem=32M"), ("16M", "")])
def test_every_term_is_short_and_shown_by_the_commands_it_names(boot, mem, append):
    machine = boot(mem=mem, append=append)
    for name in terms(machine):
        told = machine.cmd(f"help {name}").splitlines()
        told = told[told.index(name):]
        see = re.fullmatch("see: (.+)", told[-1])
        assert see and 2 <= len(told) - 2 <= 5 and max(map(len, told)) <= 80, told
        said = machine.cmd(see[1])
        assert said and "error:" not in said, f"help {name}: {see[1]}:\n{said}"
    machine.cmd("free all")
    assert balance(machine.cmd("balance"))["held"] == 0


def test_completion_of_terms(boot):
    machine = boot(**HIGHMEM)
    machine.send("help waterm\t\r")
    assert machine.answer().startswith("watermark\n")
    machine.send("help glos\t\r")
    assert "red zone" in machine.answer()
    machine.send("help red-z\t\r")
    assert machine.answer().startswith("red zone\n")


@pytest.mark.parametrize("columns", [20, 40, 80, 256])
def test_a_term_fits_the_terminal(boot, columns):
    machine = boot(mem="16M", append=f"columns={columns}")
    told = machine.cmd("help fragmentation").splitlines()[1:-1]
    assert max(map(len, told)) < min(columns, 80) and len(told) >= 280 // columns


# ---- mistakes ------------------------------------------------------------------------------------

# What the second line may say, and what must have been seen for it.
CAUGHT = {
    "refused: named it (BUG) and changed nothing": "BUG: ",
    "did not see it happen, but found it afterwards and named it (BUG)": "BUG: ",
    "faulted (Oops): the command ended, the shell goes on, no page is lost": "Oops: ",
    "did it all the same, warned, and counted it (vmstat freed_while_shown)": "while kmap shows it",
    "would not have noticed, so it was not made: only DEBUG builds see it": "only DEBUG builds see this one",
}


def two_lines(machine, name):
    """Makes the mistake; (the code, what the machine says it did), after the checks that hold for each."""
    text = machine.cmd(f"break {name}", oops=True)
    end = re.search(r"^mistake: (.+)\nmachine: (.+)$", text, re.MULTILINE)
    assert end and text.endswith(end[0]), f"break {name} does not end in two lines:\n{text}"
    assert end[2] in CAUGHT and CAUGHT[end[2]] in text, f"break {name}: {end[0]}\n{text}"
    assert re.search(r"[;}*/]$", end[1]) and len(end[1]) < 90, f"no line of C: {end[1]}"
    return end[1], end[2]


def debug_build(machine):
    return "+debug" in machine.boot_log


def test_every_mistake_ends_in_two_lines_that_are_true(boot):
    machine = boot(**HIGHMEM)
    names = re.findall(r"^  ([a-z-]+) ", machine.cmd("break"), re.MULTILINE)
    told = {name: two_lines(machine, name) for name in names}
    assert len(told) >= 129 and len({code for code, _ in told.values()}) >= len(told) - 4
    kinds_seen = {how for _, how in told.values()}
    debug = debug_build(machine)
    assert any("only DEBUG" in how for how in kinds_seen) == (not debug)
    assert ("did it all the same" in told["page-kmap-free"][1]) == (not debug)
    assert ("found it afterwards" in told["slab-overrun"][1]) == debug
    assert told["slab-double-free"] == ("kfree(object); kfree(object);", list(CAUGHT)[0])
    assert told["null-read"][1].startswith("faulted")
    balance(machine.cmd("balance"))


def test_a_mistake_that_cannot_be_made_says_so(boot):
    """Without highmem there is no page for kmap_local: nothing was caught, and nothing is claimed."""
    text = boot(mem="16M").cmd("break kmap-local-too-deep")
    assert "error: break: there is no highmem" in text
    assert text.endswith("machine: did nothing: the error above says why")


def test_a_report_says_which_family_owns_the_page(boot):
    text = boot(mem="16M").cmd("break slab-page-of-slab")
    assert re.search(r"BUG: page: owned by a family: .* found=pfn 0x\w+, used by slab, order 1, ", text)


# ---- what happened is said -----------------------------------------------------------------------

# Every command that changes something, and one that finds nothing to change: each says what it did.
CHANGES = [
    ("pool create spare 1 kmalloc 64", "pool spare created: reserve 1"),
    ("pool resize spare 3", "pool spare: reserve 3"),
    ("pool alloc spare", r"#\d+ pool name=spare .*"), ("free all", r"#\d+ freed"),
    ("pool destroy spare", "pool spare destroyed"), ("free all", "nothing is held"),
    ("cache create mine 64", "cache mine created"), ("cache shrink mine", "cache mine: 0 pages given back, .*"),
    ("cache destroy mine", "cache mine destroyed"), ("seed 7", "self-tests: seed 7 from now on"),
    ("seed 0", "self-tests: a fresh seed each"), ("trace on slab", "trace: slab on"),
    ("trace off", "trace: every family off"), ("fixmap set 0 0x60000000", r"slot 0: 0x\w+ shows 0x60000000"),
    ("fixmap clear 0", "slot 0: clear"), ("pkmap flush", r"\d+ slots flushed"),
    ("pcp drain", r"\d+ pages went back, \d+ are kept"), ("kfree 0", "0: no object, so nothing is freed"),
    ("bugs -c", r"(?s).*\nforgotten"), ("dmesg -c", "(?s).*Crumb: .*"), ("allocs", "nothing is held"),
    ("stress 100 seed=3", "stress: ops=100 errors=0 seed=3"),
]


def test_every_change_is_told(boot):
    machine = boot(**HIGHMEM)
    for line, said in CHANGES:
        answer = machine.cmd(line)
        assert re.fullmatch(said, answer), f"{line}: {answer!r}"
    address = re.search(r"va=(0x\w+)", machine.cmd("alloc kmalloc 64"))[1]
    assert machine.cmd(f"mw {address} 0x12 2") == f"{address[2:]}: 0012 written"
    assert re.fullmatch(r"#\d+ freed", machine.cmd(f"kfree {address}"))


def test_arguments_given_twice_are_refused(boot):
    machine = boot(mem="16M")
    for line, why in (("1 1K", "1K: a number of operations"), ("pages kmalloc", "kmalloc: a family"),
                      ("seed=1 seed=2", "seed=2: a seed"), ("pages pages", "pages: a family")):
        assert machine.cmd(f"stress {line}") == f"error: stress: {why} was given already"


def test_interrupts_of_cpus_that_are_there(boot):
    for smp in (1, 4):
        text = boot(mem="16M", smp=smp).cmd("cat /proc/interrupts").splitlines()
        online = text[0].split()
        assert online == [f"CPU{cpu}" for cpu in range(len(online))] and len(online) <= smp
        assert all(re.fullmatch(r" *\d+: (?: *\d+ ){%d} GIC  .+" % len(online), line) for line in text[1:]), text


def test_families_are_completed_first(boot):
    """`test TAB TAB` lists each family once, and its tests behind a dot."""
    machine = boot(mem="16M")
    for command, families in (("test", {"slab", "page", "shell", "vmap"}), ("bench", {"slab.", "page.", "vmap."})):
        machine.send(f"{command} \t\t")
        shown = machine.expect(rf"(?s)\n.*\ncrumb> {command} ").split("\n", 1)[1].split()[:-2]
        assert families <= set(shown) and len(shown) == len(set(shown)), shown
        assert not [name for name in shown if "." in name[:-1]], shown
        machine.send("slab.\t\t")
        machine.expect(r"\nslab\.\w+\s")
        machine.settle()
        machine.send("\x15\r")
        machine.settle()


# ---- /proc ---------------------------------------------------------------------------------------

def lines_of(text):
    """{name: number} of meminfo or vmstat."""
    return {name: int(value) for name, value in re.findall(r"^(\w+):? +(\d+)", text, re.MULTILINE)}


def test_meminfo_and_vmstat_count_slabs_stacks_and_percpu_objects(boot):
    machine = boot(mem="128M")
    before = lines_of(machine.cmd("meminfo"))
    machine.cmd("alloc percpu 64; alloc percpu 4096")
    after, stat = lines_of(machine.cmd("meminfo")), lines_of(machine.cmd("vmstat"))
    assert before["Percpu"] == 0 and 5 <= after["Percpu"] <= 9
    for numbers in (before, after):
        assert numbers["SReclaimable"] + numbers["SUnreclaim"] == numbers["Slab"]
    assert after["KernelStack"] == stat["nr_kernel_stack"] == 16 + 5 * 8
    assert 4 * stat["nr_slab_unreclaimable"] == after["SUnreclaim"] and "nr_slab" not in stat
    machine.cmd("free all; alloc kmalloc 100000; free all")
    assert lines_of(machine.cmd("meminfo"))["Percpu"] == 0


def test_iomem_names_the_kernels_code_and_data(boot):
    machine = boot(mem="128M")
    ranges = {name: (int(first, 16), int(last, 16)) for first, last, name in
              re.findall(r"^ *([0-9a-f]{8})-([0-9a-f]{8}) : (.+)$", machine.cmd("iomem"), re.MULTILINE)}
    for symbol, name in (("start_kernel", "Kernel code"), ("boot_info", "Kernel data")):
        found = re.search(r"pa=0x(\w+)", machine.cmd(f"v2p {symbol}"))
        assert ranges[name][0] <= int(found[1], 16) <= ranges[name][1]
    assert ranges["Kernel code"][1] < ranges["Kernel data"][0]


@pytest.mark.parametrize("append", ["", "lowmem=32M"])
def test_kpagecount_and_kpageflags_tell_every_frame_once(boot, append):
    machine = boot(mem="128M", append=append)
    found = re.search(r"pfn=0x(\w+)", machine.cmd("alloc pages 2 comp"))
    held, shown = int(found[1], 16), {}
    for name in ("kpagecount", "kpageflags"):
        text = machine.cmd(f"cat /proc/{name}")
        rows = [(int(first, 16), int(last, 16), int(pages), value) for first, last, pages, value in
                re.findall(r"^0x(\w+)-0x(\w+) +(\d+)  (.+)$", text, re.MULTILINE)]
        assert len(rows) == len(text.splitlines()) - 1 and len(rows) < 200
        assert rows[0][0] == 0x60000 and sum(row[2] for row in rows) == 0x8000
        for one, other in zip(rows, rows[1:]):
            assert one[1] + 1 == other[0] and one[3] != other[3]
        assert all(last - first + 1 == pages for first, last, pages, _ in rows)
        shown[name] = next(value for first, last, _, value in rows if first <= held <= last)
    assert shown == {"kpagecount": "1", "kpageflags": "HELD COMPOUND"}


def test_kpagecount_and_kpageflags_of_some_frames(boot):
    machine = boot(**HIGHMEM)
    first = int(re.search(r"pfn=0x(\w+)", machine.cmd("alloc pages 2 comp"))[1], 16)
    for command, value in (("kpagecount", "1"), ("kpageflags", "HELD COMPOUND")):
        assert machine.cmd(f"{command} 0x{first:x} 3").splitlines()[1:] == \
            [f"0x{first:x}-0x{first + 2:x}        3  {value}"]
        for argument in ("#1", f"0x{first:x}", "#1+4096", "start_kernel"):
            one = machine.cmd(f"{command} {argument}").splitlines()
            assert len(one) == 2 and re.match(r"(0x\w+)-\1        1  ", one[1])
        assert machine.cmd(command) == machine.cmd(f"cat /proc/{command}")
        assert len(machine.cmd(f"{command} 0x60000 0x8000").splitlines()) == len(machine.cmd(command).splitlines())
        for wrong, said in (("0x60000 0x8001", "COUNT: "), ("0x60000 0", "COUNT: "), ("0x67fff 2", "from 1 to 1"),
                            ("#9", "PFN|ADDR: #9: no such"), ("nosuch", "PFN|ADDR: nosuch: "), ("1 2 3", "usage"),
                            ("0x68000", "PFN|ADDR: 0x68000: "), ("0x5ffff", "PFN|ADDR: 0x5ffff: ")):
            assert re.match(rf"error: {command}: .*{re.escape(said)}", machine.cmd(f"{command} {wrong}")), wrong


def test_constants_have_no_other_objects_name(boot):
    """A static of a function's has the name that it has in C; a text, which has none, gets no neighbour's."""
    machine = boot(mem="16M")
    names = re.findall(r"^[0-9a-f]{8} ([a-zA-Z]) (\S+)$", machine.cmd("cat /proc/kallsyms"), re.MULTILINE)
    assert not [name for kind, name in names if kind in "rRdDbB" and re.search(r"\w\.\d+$", name)]
    assert ("r", ".rodata") in names
    assert "found=memory of the image or of boot: text+0x0/0x10" in machine.cmd("break slab-rodata-free")


NODE_LINES = ["nr_slab_reclaimable", "nr_slab_unreclaimable", "nr_kernel_stack", "nr_page_table_pages"]


@pytest.mark.parametrize("banks", [[(0, 64)], [(0, 32), (64, 64)]], ids=["one node", "two nodes"])
def test_zoneinfo_has_each_nodes_numbers(boot, tmp_path, banks):
    """In Linux's order, once for each node, above its first zone; together they are vmstat's."""
    tree = handover.tree("".join(handover.bank(handover.RAM_AT + (at << 20), mib << 20) for at, mib in banks),
                         chosen='bootargs = "lowmem=16M";')
    machine = boot(qemu=handover.placed(tmp_path, tree, handover.TAGS_AT))
    machine.cmd("alloc vmalloc 8M; alloc kmalloc 100000; alloc kmalloc 8; alloc pages 0 highmem; free #2")
    found = re.findall(r"^Node (\d+), .*\n  per-node stats\n((?:      nr_\w+ +\d+\n)+)  pages free",
                       machine.cmd("zoneinfo"), re.MULTILINE)
    assert len(found) == len(dict(found)) == len(banks)
    of_node = [lines_of(re.sub("(?m)^ +", "", text)) for _, text in found]
    assert all(list(lines) == NODE_LINES for lines in of_node)
    whole = lines_of(machine.cmd("vmstat"))
    assert {name: sum(lines[name] for lines in of_node) for name in NODE_LINES} == \
        {name: whole[name] for name in NODE_LINES}
    assert all(whole[name] for name in NODE_LINES[1:])
