"""
test_need.py - tools/need.sh on machines that lack things, faked by a PATH of our own
"""

import os
import shutil
import subprocess
import time

import pytest

from machine import ROOT

NEED = os.path.join(ROOT, "tools", "need.sh")


class Host:
    """A folder that is all of PATH: real programs linked in, others written as scripts."""

    def __init__(self, folder):
        self.folder = folder
        self.log = folder / "log"
        for name in ("sh", "env", "cat"):
            self.link(name)
        self.script("id", "echo 1000")

    def link(self, name):
        (self.folder / name).symlink_to(shutil.which(name))

    def script(self, name, text):
        path = self.folder / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >> "{self.log}"\n{text}\n')
        path.chmod(0o755)

    def need(self, purpose, **environment):
        return subprocess.run(["/bin/sh", NEED, purpose], env={"PATH": str(self.folder), **environment},
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              encoding="utf-8", timeout=30, check=False)

    def called(self, name):
        if not self.log.exists():
            return []
        return [line for line in self.log.read_text().splitlines() if line.startswith(f"{name} ")]


@pytest.fixture
def host(tmp_path):
    return Host(tmp_path)


def test_all_is_there_and_that_is_seen_quickly():
    for purpose in ("build", "qemu", "run", "debug", "lint", "test"):
        started = time.monotonic()
        done = subprocess.run([NEED, purpose], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=30, check=False)
        assert done.returncode == 0 and not done.stdout
        assert time.monotonic() - started < 1  # 20 ms when nothing else runs


def test_what_is_missing_is_named_with_its_use(host):
    done = host.need("qemu")
    assert done.returncode == 69
    assert "qemu-system-arm: the machine" in done.stderr and "gcc-arm-none-eabi: compiles" in done.stderr
    assert "gdb" not in done.stderr and "pytest" not in done.stderr


def test_without_rights_the_one_command_is_printed(host):
    host.script("apt-get", "exit 1")
    host.script("sudo", "exit 1")
    done = host.need("debug")
    assert done.returncode == 69
    assert "sudo sh -c 'apt-get update && apt-get install -y gcc-arm-none-eabi " in done.stderr
    assert "gdb-multiarch'" in done.stderr and not host.called("apt-get")


def test_without_sudo_su_is_suggested(host):
    host.script("apt-get", "exit 1")
    assert "su -c 'apt-get update" in host.need("qemu").stderr


def test_without_apt_the_packages_are_listed(host):
    assert "package manager" in host.need("qemu").stderr


@pytest.mark.parametrize("as_root", [True, False])
def test_what_is_missing_is_installed(host, as_root):
    """apt-get gets exactly the missing packages, after an update, and the result is looked at."""
    host.script("id", f"echo {0 if as_root else 1000}")
    host.script("sudo", 'shift; exec "$@"')
    for name in ("git", "clang-format", "cppcheck", "shellcheck"):
        host.script(name, "exit 0")
    host.script("apt-get", f"""
[ "$1" = install ] || exit 0
for package; do
    case $package in
    py*) printf '#!/bin/sh\\n' > "{host.folder}/$package"; chmod +x "{host.folder}/$package" ;;
    esac
done
""")
    for name in ("chmod", "printf", "true"):
        host.link(name)
    done = host.need("lint")
    assert done.returncode == 0, done.stderr
    assert [line.split()[1] for line in host.called("apt-get")] == ["update", "install"]
    assert host.called("apt-get")[1].endswith(" pyflakes3 pycodestyle")
    assert bool(host.called("sudo")) != as_root
    assert host.need("lint").stderr == ""


def test_a_failed_installation_is_not_success(host):
    host.script("id", "echo 0")
    host.script("apt-get", "exit 100")
    done = host.need("lint")
    assert done.returncode == 69 and "apt-get install failed" in done.stderr


def test_an_installation_without_effect_is_not_success(host):
    host.script("id", "echo 0")
    host.script("apt-get", "exit 0")
    done = host.need("lint")
    assert done.returncode == 69 and "still missing" in done.stderr


def test_a_purpose_is_needed(host):
    for purpose in ("", "coffee"):
        assert host.need(purpose).returncode == 64
