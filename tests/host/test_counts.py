"""
test_counts.py - tools/test.sh ends in `N passed, N failed` whatever happens, and only success gives 0

Each case is a small tree of its own: the script, the tests' conftest, and a Makefile that builds nothing.
"""

import os
import shutil
import subprocess
import sys

import pytest

from machine import LIMIT, ROOT

MAKEFILE = "all:\n\t@{build}\nprint-elf:\n\t@echo build/crumb.elf\n"


def run(folder, tests, *, build="true", arguments=()):
    """The last line and the status of test.sh in a tree with this test file."""
    for name in ("tools/test.sh", "tests/conftest.py", "tests/boot/machine.py", "tests/gdb/session.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(os.path.join(ROOT, name), folder / name)
    (folder / "Makefile").write_text(MAKEFILE.format(build=build))
    (folder / "tests" / "test_case.py").write_text(tests)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "CRUMB", "MAKE"))}
    done = subprocess.run(["bash", str(folder / "tools" / "test.sh"), *arguments], env=clean, timeout=LIMIT,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, encoding="utf-8", check=False)
    return done.stdout.splitlines()[-1], done.returncode


PASS = "def test_a():\n    pass\n"
FAIL = "def test_b():\n    assert False\n"
ERROR = "import pytest\n@pytest.fixture\ndef x():\n    assert 0\ndef test_c(x):\n    pass\n"


@pytest.mark.parametrize("tests, last, status", [
    (PASS, "1 passed, 0 failed", 0),
    (PASS + FAIL, "1 passed, 1 failed", 1),
    (ERROR + PASS, "1 passed, 1 failed", 1),
    ("", "0 passed, 1 failed", 1),
    ("syntax error", "0 passed, 1 failed", 1),
], ids=["pass", "fail", "error", "none", "broken"])
def test_last_line(tmp_path, tests, last, status):
    assert run(tmp_path, tests) == (last, status)


def test_an_image_that_does_not_build_is_a_failure(tmp_path):
    assert run(tmp_path, PASS, build="false") == ("0 passed, 1 failed", 1)


def test_a_part_can_be_run(tmp_path):
    assert run(tmp_path, PASS + FAIL, arguments=["tests/test_case.py", "-k", "test_a"]) == ("1 passed, 0 failed", 0)


def test_a_process_has_all_of_its_own_tests():
    """`make ARCH=user test` leaves out none of tests/user, as it does tests of the machine's other images."""
    def collected(image):
        return subprocess.run([sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider",
                               "tests/user"], cwd=ROOT, env=dict(os.environ, CRUMB_IMAGE=image), timeout=LIMIT,
                              stdout=subprocess.PIPE, encoding="utf-8", check=True).stdout.splitlines()

    process, machine = (collected(os.path.join(ROOT, "build", image)) for image in ("crumb.host", "crumb.elf"))
    assert len(process) > 50 and process[:-2] == machine[:-2]
