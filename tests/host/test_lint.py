"""
test_lint.py - the sources keep the tree's rules, those that a tool can check
"""

import os
import re
import subprocess

import pytest

from machine import LIMIT, LONG_LIMIT, ROOT, tail


def sources(*suffixes):
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in ("build", ".git", "__pycache__")]
        for name in names:
            if name.endswith(suffixes):
                yield os.path.relpath(os.path.join(folder, name), ROOT)


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def test_lint_is_clean():
    done = subprocess.run([os.path.join(ROOT, "tools", "lint.sh")], stdin=subprocess.DEVNULL, timeout=LONG_LIMIT,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False)
    assert done.returncode == 0, tail(done.stdout)


@pytest.fixture
def badly_laid_out(tmp_path):
    """A tree in which each check finds something."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("lint.sh", "cppcheck.suppressions", "banners.py"):
        (tools / name).write_text(read(f"tools/{name}"))
    (tmp_path / ".clang-format").write_text(read(".clang-format"))
    (tmp_path / "bad.py").write_text("import os\n")
    (tmp_path / "bad.h").write_text("/* --- too short ----- */\n")
    (tmp_path / "bad.c").write_text("int  f(void){int a[2];return a[2];}\n")
    (tmp_path / "bad.sh").write_text("#!/bin/sh\necho $1\n")
    return tmp_path


def lint(folder, path=""):
    """What lint.sh says there, with the programs of that path before all others."""
    environment = dict(os.environ, GIT_CEILING_DIRECTORIES=str(folder.parent), PATH=f"{path}:{os.environ['PATH']}")
    done = subprocess.run(["bash", str(folder / "tools" / "lint.sh")], stdin=subprocess.DEVNULL, timeout=LIMIT,
                          env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
                          check=False)
    assert done.returncode == 1
    return done.stdout


def test_lint_finds_something(badly_laid_out):
    """A badly laid out file makes lint fail: a check that cannot is none."""
    said = lint(badly_laid_out)
    for name in ("banners", "clang-format", "cppcheck", "shellcheck", "pyflakes3"):
        old = name == "cppcheck" and "reads these sources: not compared" in said
        assert old or f"lint.sh: {name} found the above" in said, said


@pytest.mark.parametrize("version, compared", [("2.7", False), ("2.9", False), ("2.10", True), ("2.17.1", True)])
def test_a_cppcheck_that_is_too_old_is_not_asked(badly_laid_out, version, compared):
    programs = badly_laid_out / "programs"
    programs.mkdir()
    (programs / "cppcheck").write_text(f"#!/bin/sh\n[ $1 = --version ] && echo Cppcheck {version}\n")
    (programs / "cppcheck").chmod(0o755)
    said = lint(badly_laid_out, programs)
    assert ("lint.sh: cppcheck found the above" in said) == compared, said
    assert (f"cppcheck {version} is older than 2.10, which reads these sources: not compared" in said) != compared


def test_clang_format_knows_every_loop():
    """Else it writes them as two statements."""
    defined = set()
    for path in sources(".c", ".h"):
        defined |= set(re.findall(r"^#\s*define\s+(\w*for_each\w*)\(", read(path), re.MULTILINE))
    listed = re.findall(r"^  - (\w+)$", read(".clang-format").split("ForEachMacros:")[1], re.MULTILINE)
    assert len(listed) == len(set(listed)) and set(listed) == defined, set(listed) ^ defined


COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
# What stands for any name, and what is the C library's.
NO_FILES = {"X_terms.c", "assert.h"}
NO_FUNCTIONS = {"helper"}


def named_in_comments(text):
    """(files, functions) that the comments name, but for what they say of Linux, to the paragraph's end."""
    told = [re.sub(r"Linux.*?(?=\n \*\n|\Z)", "", comment, flags=re.DOTALL) for comment in COMMENT.findall(text)]
    return ({name for comment in told for name in re.findall(r"(?<![\w./])\w[\w/]*\.[chS]\b", comment)},
            {name for comment in told for name in re.findall(r"\b([a-z]\w+)\(\)", comment)})


def test_comments_name_what_is_there():
    """Files that lie in the tree, and functions that are in its code: no part that moved, went, or is still to come."""
    there = {"/" + path for path in sources("")}
    texts = {path: read(path) for path in sources(".c", ".h", ".S")}
    code = {name for text in texts.values() for name in re.findall(r"\w+", COMMENT.sub(" ", text))}
    wrong = []
    for path, text in texts.items():
        files, functions = named_in_comments(text)
        wrong += [f"{path}: {name}" for name in files - NO_FILES
                  if not any(other.endswith("/" + name) for other in there)]
        wrong += [f"{path}: {name}()" for name in functions - code - NO_FUNCTIONS]
    assert not wrong, "\n".join(sorted(wrong))


def test_names_in_comments_are_found():
    text = "/* gone() of away/far.c, not 2.6.c */ int f(void); /* Linux: mm/x.c\n *   y()\n *\n * but zero() */"
    assert named_in_comments(text) == ({"away/far.c"}, {"gone", "zero"})


def test_what_contributors_are_told_is_there():
    """Files and folders that CONTRIBUTING.md names, targets of make that it and CHANGELOG.md do."""
    told = read("CONTRIBUTING.md") + read("CHANGELOG.md")
    for path in re.findall(r"`((?:mm|tests|kernel|tools|arch)/[\w/.]+)`", told):
        assert re.search("[A-Z]{4}", path) or os.path.exists(os.path.join(ROOT, path)), path
    goals = set(re.findall(r"\bmake (?:\w+=\w+ )?([a-z][\w.-]+)", told))
    rules = set(re.findall(r"^([a-z][\w .-]+):", read("Makefile") + read("arch/arm/run.mk"), re.MULTILINE))
    assert len(goals) > 8 and goals <= {name for rule in rules for name in rule.split()}, goals


def test_every_file_opens_with_its_purpose():
    """`name - purpose` stands in the first lines."""
    for path in sources(".c", ".h", ".S", ".ld", ".sh", ".py"):
        name = os.path.basename(path)
        head = "\n".join(read(path).splitlines()[:6])
        assert re.search(rf"{re.escape(name)}\b.* - ", head), f"{path} does not open with `{name} - purpose`"


def test_limits_of_time_have_one_place():
    """tests/boot/machine.py: a limit in a test is one that a busy machine does not keep."""
    tight = r"\b(limit|timeout)=([12]?\d?\d)\b.*|range\(\d+\):\n(?:.*\n){0,4}?.*time\.sleep.*"
    for path in sources(".py"):
        if path.startswith("tests/") and not path.endswith("boot/machine.py"):
            found = re.search(tight, read(path))
            assert not found, f"{path}: {found[0]}"


def test_no_file_is_a_drawer():
    for path in sources(".c", ".h", ".S", ".py", ".sh"):
        assert not re.search(r"(?i)(^|[/_])(utils?|misc|common|helpers?)([_.]|$)", path), path


def test_memory_management_knows_no_machine():
    """mm/ includes nothing of arch/ but arch.h, and holds no assembly and no #ifdef choice."""
    for path in sources(".c", ".h"):
        if not path.startswith("mm/"):
            continue
        for header in re.findall(r'#include "(arch/[^"]+|drivers/[^"]+)"', read(path)):
            assert header == "arch/arch.h", f"{path} includes {header}"
        for condition in re.findall(r"^#\s*(if.*)$", read(path), re.MULTILINE):
            guard = re.fullmatch(r"ifndef (\w+_H)", condition)
            assert guard and f"#define {guard[1]}\n" in read(path), f"{path}: #{condition}"


# The headers with which a part of the kernel registers what the desk shows of it, or hands the machine over.
REGISTERING = {"kernel/shell/shell.h", "kernel/proc/proc.h", "kernel/proc/stat_items.h", "kernel/check/check.h",
               "kernel/explain/explain.h", "kernel/selftest/selftest.h", "kernel/coredump/coredump.h"}


def desk_headers(path):
    """The headers of kernel/'s folders that a file includes."""
    return set(re.findall(r'#include "(kernel/\w+/[^"]+)"', read(path)))


def test_services_know_nothing_of_the_desk_and_of_mm():
    """
    kernel/ has two floors: its own files stand below mm/, its folders above (README).  main.c enters both.
    What mm/ shows stands beside what it is about, in files with names of their own.
    """
    shown = re.compile(r"_(shell|break|terms|view\w*|show\w*)\.[ch]$")
    seen = 0
    for path in sources(".c", ".h"):
        service = re.fullmatch(r"kernel/\w+\.[ch]", path) and path != "kernel/main.c"
        if service:
            upward = re.findall(r'#include "mm/[^"]+"', read(path))
            assert not upward, f"{path}, a service, includes {upward}"
        elif not path.startswith(("lib/", "drivers/", "arch/", "boot/", "mm/")) or shown.search(path):
            continue
        inside = desk_headers(path) - REGISTERING
        assert not inside, f"{path} includes the inside of the desk: {sorted(inside)}"
        seen += 1
    assert seen > 100


def test_printf_is_used_as_newlib_has_it():
    """Debian's newlib is built without C99's length modifiers: %zu prints "zu" and takes no argument."""
    for path in sources(".c"):
        if path.startswith(("tools/", "tests/fuzz/")):
            continue  # the host's own
        for literal in re.findall(r'"((?:[^"\\\n]|\\.)*)"', read(path)):
            assert not re.search(r"%[-+ #0]*[\d*]*(?:\.[\d*]+)?(?:hh|z|j|t)[diouxX]", literal), f"{path}: {literal}"
