"""
test_replay.py - traces at the prompt, from the image and from a ramdisk: numbers, refusals, Ctrl-C, nothing lost
"""

import re

import pytest

from machine import ROOT, balance

TRACES = ("packets", "tree", "words")


def counts(text):
    """{"allocate": (count, cost), …} of what `replay` printed."""
    rows = re.findall(r"^ +(allocate|resize|free) +(\d+) +(\d+) +(\d+)", text, re.MULTILINE)
    for _, count, cost, each in rows:
        assert int(each) == (int(cost) // int(count) if int(count) else 0)
    return {name: (int(count), int(cost)) for name, count, cost, _ in rows}


def peak(text):
    """(line, requested, usable, pages) at the peak; the percentages must follow from them."""
    numbers = re.search(r"peak \(line (\d+)\): (\d+) bytes requested, (\d+) usable, in (\d+) pages", text)
    line, requested, usable, pages = map(int, numbers.groups())
    internal, external = map(float, re.findall(r"fragmentation +(\d+\.\d) %", text))
    assert abs(internal - (usable - requested) * 100 / usable) <= 0.1
    assert abs(external - max(0, pages * 4096 - usable) * 100 / (pages * 4096)) <= 0.1
    return line, requested, usable, pages


def model(text):
    """What a trace does, found without the kernel: {kind: count}, the line and the bytes of the peak."""
    live, done, best = {}, {"a": 0, "r": 0, "f": 0}, (0, 0)
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        done[words[0]] += 1
        if words[0] == "f":
            del live[words[1]]
        else:
            live[words[1]] = int(words[2])
        best = max(best, (sum(live.values()), -number))
    done["f"] += len(live)
    return done, -best[1], best[0]


def read_trace(name):
    with open(f"{ROOT}/tests/traces/{name}.trace", encoding="ascii") as file:
        return file.read()


def agrees(output, text):
    done, line, requested = model(text)
    assert {name[0]: count for name, (count, _) in counts(output).items()} == \
        {"a": done["a"], "r": done["r"], "f": done["f"]}
    assert peak(output)[:2] == (line, requested)


@pytest.mark.parametrize("name", TRACES)
def test_traces_of_the_image(headless, name):
    ended = headless(f"balance; replay {name}; replay {name} vmalloc; balance", icount=True)
    kmalloc, vmalloc = ended.output.split(f"{name} on vmalloc: ")
    for part in (kmalloc, vmalloc):
        agrees(part, read_trace(name))
        assert all(cost > 0 for count, cost in counts(part).values() if count)
        assert "instructions" in part
    assert peak(vmalloc)[2] % 4096 == 0
    balance(ended.output)
    again = headless(f"balance; replay {name}; replay {name} vmalloc; balance", icount=True)
    assert again.output.split("ready:")[1] == ended.output.split("ready:")[1]  # the same, to the instruction


@pytest.mark.parametrize("where", ["highmem", "lowmem"])
def test_a_ramdisk(boot, tmp_path, where):
    """The text lies over several pages, in RAM that has an address or not."""
    initrd = tmp_path / "trace"
    lines = [f"a {n} {16 + n % 700}\n# object {n} of the ramdisk" for n in range(600)]
    lines += [f"f {n}" for n in range(0, 600, 2)]
    initrd.write_text("\n".join(lines))
    machine = boot(mem="128M", initrd=initrd, append="lowmem=32M" if where == "highmem" else "")
    assert re.search(rf"initrd +{initrd.stat().st_size} bytes", machine.cmd("replay"))
    for allocator in ("", "kmalloc", "vmalloc"):
        agrees(machine.cmd(f"replay initrd {allocator}"), initrd.read_text())
    balance(machine.cmd("balance"))


def test_a_trace_and_an_allocator_of_ones_own(extra_image, headless):
    """tests/boot/extra/own_trace.c; the traces of the image run on its allocator, too."""
    ended = headless("replay; replay own blocks; replay own; replay words blocks; balance", image=extra_image)
    assert re.search(r"^ +own +\d+ bytes +a trace from outside$", ended.output, re.MULTILINE)
    assert re.search(r"^ +on blocks ", ended.output, re.MULTILINE)
    own = ended.output.split("own on blocks: ")[1].split("own on kmalloc: ")[0]
    assert counts(own) == {name: (count, counts(own)[name][1]) for name, count in
                           (("allocate", 2), ("resize", 1), ("free", 2))}
    assert peak(own) == (3, 5100, 12288, 3)
    assert "words on blocks: 154 operations" in ended.output
    balance(ended.output)


def test_bad_traces(boot, tmp_path):
    """A ramdisk that is no trace at all is refused in its first bad line, on the console's terms."""
    initrd = tmp_path / "trace"
    initrd.write_bytes(b"# good\na 1 100\n\x1b[2J\x00 5\nf 1\n")
    machine = boot(initrd=initrd)
    before = balance(machine.cmd("balance"))
    assert machine.cmd("replay initrd") == "error: replay: initrd: line 3: ?[2J?: choose one of a, r, f"
    after = balance(machine.cmd("balance"))
    assert after["held"] == before["held"]


@pytest.mark.parametrize("line, reason", [
    ("replay nothing", "no such trace"), ("replay words nothing", "no such allocator"), ("replay a b c", "usage"),
    ("replay initrd", "booted without one")])
def test_bad_words(headless, line, reason):
    assert reason in headless(line, status=1).output


def test_memory_that_ends(headless, tmp_path):
    initrd = tmp_path / "trace"
    initrd.write_text("".join(f"a {n} 1M\n" for n in range(300)))
    ended = headless("balance; replay initrd; replay initrd vmalloc; balance", initrd=initrd, mem="64M", status=1)
    assert len(re.findall(r"^error: replay: initrd: line \d+: no memory for 1048576 bytes$", ended.output, re.M)) == 2
    assert "BUG" not in ended.output
    first, last = (balance(line) for line in re.findall(r"^present=.*$", ended.output, re.M))
    assert first["held"] == last["held"] and last["vmalloc"] == 0
    assert first["managed"] == last["managed"]


def test_interrupted(boot, extra_image, tmp_path):
    """Ctrl-C, at its third look at the keyboard, ends it in some line; everything is given back."""
    initrd = tmp_path / "trace"
    initrd.write_text("".join(f"a {n % 50} 64K\nr {n % 50} 600K\nf {n % 50}\n" for n in range(10000)))
    machine = boot(image=extra_image, initrd=initrd, mem="256M")
    before = balance(machine.cmd("balance"))
    assert re.search(r"error: replay: interrupted in line \d+ of initrd\s", machine.cmd("ctrl_c 3 replay initrd"))
    after = balance(machine.cmd("balance"))
    assert after["held"] == before["held"]
    assert "all given back" in machine.cmd("replay words")
