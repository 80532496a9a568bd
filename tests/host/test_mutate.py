"""
test_mutate.py - no flush of the TLB is without a test that fails when it is taken out
"""

import os
import subprocess
import sys

import pytest

from machine import LONG_LIMIT, ROOT, tail

sys.path.insert(0, os.path.join(ROOT, "tools"))

import mutate  # noqa: E402

SOURCE = """\
/* arch_tlb_flush_all() in a comment is none */
void arch_tlb_flush_all(void);

static void one(int a)
{
\tif (a)
\t\tarch_tlb_flush_range(start(a, 1), end); /* arch_tlb_flush_all() */
\telse
\t\tarch_tlb_flush_all();
}

static inline struct page *two(pte_t *entry, vaddr_t va)
{
\tarch_pte_clear_local(entry + 1, va);
\tarch_tlb_flush_all();
\tarch_tlb_flush_all();
\t__asm__ volatile("mcr p15, 0, %0, c8, c7, 3\\n\\t" /* TLBIMVAA */
\t\t\t "dsb" : : "r"(va));
}
"""


def row(function, flush):
    return {"file": "source.c", "function": function, "flush": flush, "tests": ""}


def test_every_site_is_listed_and_every_listed_one_is_there():
    assert list(mutate.differences(ROOT)) == []
    assert len(mutate.listed(ROOT)) >= 10
    assert all(site["tests"] for site in mutate.listed(ROOT))


def test_a_new_site_and_a_gone_one_are_told(tmp_path):
    (tmp_path / "mm").mkdir()
    (tmp_path / "mm" / "source.c").write_text(SOURCE)
    (tmp_path / "tests" / "mutate").mkdir(parents=True)
    (tmp_path / mutate.SITES).write_text("file,function,flush,tests\n"
                                         "mm/source.c,one,arch_tlb_flush_range,x\n"
                                         "mm/source.c,two,arch_pte_clear_local,x\n"
                                         "mm/source.c,two,arch_tlb_flush_all,x\n"
                                         "mm/source.c,two,TLBIMVAA,x\n"
                                         "mm/source.c,three,arch_tlb_flush_all,x\n")
    told = list(mutate.differences(str(tmp_path)))
    assert [line.split(": ", 2)[1] for line in told] == ["one()", "three()", "two()"]
    assert "is not in" in told[0] and "but not there" in told[1] and "is not in" in told[2]


@pytest.mark.parametrize("function, flush, nth, before, after", [
    ("one", "arch_tlb_flush_range", 0, "arch_tlb_flush_range(start(a, 1), end)", "(void)(start(a, 1)), (void)(end)"),
    ("one", "arch_tlb_flush_all", 0, "\telse\n\t\tarch_tlb_flush_all()", "\telse\n\t\t(void)0"),
    ("two", "arch_tlb_flush_all", 1, "arch_tlb_flush_all();\n\t__asm__", "(void)0;\n\t__asm__"),
    ("two", "arch_pte_clear_local", 0, "arch_pte_clear_local(entry + 1, va)",
     "arch_pte_clear(entry + 1), (void)(va)"),
    ("two", "TLBIMVAA", 0, "mcr p15, 0, %0, c8, c7, 3", "@ %0"),
])
def test_exactly_the_one_site_goes(function, flush, nth, before, after):
    assert mutate.mutated(SOURCE, row(function, flush), nth) == SOURCE.replace(before, after, 1)


def test_a_site_that_is_not_there_is_refused():
    with pytest.raises(mutate.Failed, match="there is no arch_tlb_flush_all"):
        mutate.mutated(SOURCE, row("two", "arch_tlb_flush_all"), 2)


@pytest.mark.parametrize("caught, status", [("a.test", 0), (None, 1)])
def test_a_survivor_is_a_failure(monkeypatch, capsys, caught, status):
    monkeypatch.setattr(mutate, "copy_sources", lambda tree: None)
    monkeypatch.setattr(mutate, "check_baseline", lambda tree, arch, rows: 1)
    monkeypatch.setattr(mutate, "try_site", lambda tree, arch, site, nth: caught)
    assert mutate.mutate("arm", []) == status
    assert ("SURVIVES" in capsys.readouterr().out) == bool(status)


def test_without_a_flush_a_test_fails():
    """The sites in .c files; `make mutate` has those in headers, too."""
    done = subprocess.run([sys.executable, os.path.join(ROOT, "tools", "mutate.py"), "--quick"], timeout=LONG_LIMIT,
                          env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1"), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False)
    assert done.returncode == 0 and " 0 survivors" in done.stdout, tail(done.stdout)
