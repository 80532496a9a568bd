"""
test_need.py - tools/need.sh on machines that lack things, faked by a PATH of our own
"""

import os
import shutil
import subprocess

import pexpect
import pytest

from machine import LIMIT, ROOT

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
                              encoding="utf-8", timeout=LIMIT, check=False)

    def need_on_a_terminal(self, purpose):
        """What a terminal shows, and the status."""
        child = pexpect.spawn("/bin/sh", [NEED, purpose], env={"PATH": str(self.folder)}, encoding="utf-8",
                              timeout=LIMIT)
        child.expect(pexpect.EOF)
        child.wait()
        return child.before, child.exitstatus

    def called(self, name):
        if not self.log.exists():
            return []
        return [line for line in self.log.read_text().splitlines() if line.startswith(f"{name} ")]


@pytest.fixture
def host(tmp_path):
    return Host(tmp_path)


def test_all_is_there():
    for purpose in ("build", "qemu", "run", "debug", "record", "coverage", "lint", "fuzz", "test"):
        done = subprocess.run([NEED, purpose], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=LIMIT, check=False)
        assert done.returncode == 0 and not done.stdout


def test_all_is_there_and_that_is_seen_quickly(host):
    """Before every build: no program is started but the compiler, which alone knows where its C library is."""
    for name in ("arm-none-eabi-objcopy", "qemu-system-arm", "dtc", "cc", "gdb-multiarch", "qemu-img", "git",
                 "clang-format-19", "clang-format", "cppcheck", "shellcheck", "pyflakes3", "pycodestyle", "clang",
                 "g++", "apt-get"):
        host.script(name, "exit 0")
    host.script("arm-none-eabi-gcc", "echo /usr/lib/libc.a")
    done = host.need("test")
    assert done.returncode == 0 and not done.stderr
    assert [line.split()[0] for line in host.log.read_text().splitlines()] == ["arm-none-eabi-gcc"] * 2


def test_what_is_missing_is_named_with_its_use(host):
    done = host.need("qemu")
    assert done.returncode == 69
    assert "qemu-system-arm: the machine" in done.stderr and "gcc-arm-none-eabi: compiles" in done.stderr
    assert "gdb" not in done.stderr and "pytest" not in done.stderr


COMMAND = "apt-get update && apt-get -o DPkg::Lock::Timeout=600 install -y --no-install-recommends gcc-arm-none-eabi "


def test_without_rights_the_one_command_is_printed(host):
    host.script("apt-get", "exit 1")
    host.script("sudo", "exit 1")
    done = host.need("debug")
    assert done.returncode == 69
    assert f"\n  sudo sh -c '{COMMAND}" in done.stderr
    assert "gdb-multiarch'" in done.stderr and not host.called("apt-get")


def test_without_sudo_su_is_suggested(host):
    host.script("apt-get", "exit 1")
    assert f"\n  su -c '{COMMAND}" in host.need("qemu").stderr


def test_root_is_told_no_sudo(host):
    host.script("id", "echo 0")
    host.script("sudo", "exit 1")
    host.script("apt-get", "exit 100")
    done = host.need("qemu")
    assert f"\n  {COMMAND}" in done.stderr and "sudo" not in done.stderr and not host.called("sudo")


def test_on_a_terminal_sudo_may_ask(host):
    """Only there: elsewhere -n keeps it from waiting for a password that nobody types."""
    host.script("sudo", '[ "$1" != -n ] || exit 1\nexec "$@"')
    host.script("apt-get", "exit 100")
    host.link("true")
    shown, status = host.need_on_a_terminal("qemu")
    assert status == 69 and "sudo asks for your password" in shown
    assert host.called("sudo")[:2] == ["sudo -n true", "sudo true"]
    assert [line.split()[3] for line in host.called("apt-get")] == ["update", "install"]
    assert all(line.split()[1] != "-n" for line in host.called("sudo")[1:])


def test_on_a_terminal_sudo_may_refuse(host):
    host.script("sudo", "exit 1")
    host.script("apt-get", "exit 0")
    shown, status = host.need_on_a_terminal("qemu")
    assert status == 69 and "to install, type:" in shown and not host.called("apt-get")


def test_another_apt_is_waited_for(host):
    """dpkg's lock by apt itself; the lists' by asking again."""
    host.script("id", "echo 0")
    host.script("sleep", f'printf x >> "{host.folder}/slept"')
    host.script("apt-get", f"""
case "$* $(cat "{host.folder}/slept" 2>&1)" in
*update*xxx) exit 0 ;;
*update*) echo "E: Could not get lock /var/lib/apt/lists/lock." >&2 ;;
esac
exit 100""")
    host.link("printf")
    done = host.need("qemu")
    assert done.stderr.count("another apt is at work") == 1
    assert [line.split()[3] for line in host.called("apt-get")] == ["update"] * 4 + ["install"]
    assert all("-o DPkg::Lock::Timeout=600" in line for line in host.called("apt-get"))


@pytest.mark.parametrize("why", ["Could not resolve 'deb.debian.org'", "Could not connect to deb.debian.org:80",
                                 "Temporary failure resolving 'deb.debian.org'"])
def test_offline_the_advice_is_the_network(host, why):
    """apt-get update calls that a success."""
    host.script("id", "echo 0")
    host.script("apt-get", f"""
[ "$3" = install ] || {{ echo "W: Failed to fetch http://x  {why}"; exit 0; }}
echo "E: Unable to locate package" >&2; exit 100""")
    done = host.need("qemu")
    assert done.returncode == 69 and "reached no server" in done.stderr and why in done.stderr
    assert "to install, type" not in done.stderr


@pytest.mark.parametrize("rights", [0, 1000])
def test_a_release_without_newlib_is_refused(host, rights):
    """Before anything is fetched, and whoever asks; the releases that work are named."""
    host.script("id", f"echo {rights}")
    host.script("apt-get", "exit 0")
    host.script("apt-cache", '[ "$2" = libnewlib-arm-none-eabi ] || echo "Package: $2"')
    done = host.need("qemu")
    assert done.returncode == 69 and not host.called("apt-get")
    assert "packages no newlib" in done.stderr
    assert "Debian 12 (bookworm) and 13 (trixie)" in done.stderr and "Ubuntu 22.04" in done.stderr


def test_a_release_without_newlib_is_seen_once_the_lists_are_there(host):
    host.script("id", "echo 0")
    host.script("apt-get", f'printf x > "{host.folder}/lists"')
    known = f'[ -e "{host.folder}/lists" ] && [ "$2" != libnewlib-arm-none-eabi ]'
    host.script("apt-cache", f'{known} && echo "Package: $2"')
    host.link("printf")
    done = host.need("qemu")
    assert done.returncode == 69 and "packages no newlib" in done.stderr
    assert [line.split()[3] for line in host.called("apt-get")] == ["update"]


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
[ "$3" = install ] || exit 0
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
    assert [line.split()[3] for line in host.called("apt-get")] == ["update", "install"]
    assert "--no-install-recommends" in host.called("apt-get")[1]
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
