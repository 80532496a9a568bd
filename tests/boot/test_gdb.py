"""
test_gdb.py - gdb attaches before the first instruction and stops where it is told, by symbol or address
"""

import os
import re
import socket
import subprocess
import time

import pytest

from machine import LIMIT, QEMU_SH, ROOT, default_image, on_a_terminal, until


def elf():
    image = default_image()
    return os.path.join(image, "crumb.elf") if os.path.isdir(image) else re.sub(r"\.bin$", ".elf", image)


def gdb(server, *commands):
    """What gdb-multiarch prints for the commands, attached to the server's socket."""
    script = [f"target remote {server}", *commands]
    args = ["gdb-multiarch", "-q", "-nx", "-batch"]
    for command in ["set confirm off", "set pagination off", *script]:
        args += ["-ex", command]
    done = subprocess.run([*args, elf()], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=LIMIT, encoding="utf-8", check=False)
    return done.stdout


@pytest.fixture
def waiting(boot, tmp_path):
    """A machine that waits for gdb before its first instruction, and the socket for it."""
    def start(**options):
        server = tmp_path / "gdb"
        machine = boot(gdb=server, stop=True, wait=False, **options)
        until(server.exists, "the socket for gdb")
        return machine, server

    return start


@pytest.mark.parametrize("proto", ["atag", "elf"])
def test_stops_at_start_kernel_by_symbol(waiting, proto):
    machine, server = waiting(proto=proto)
    text = gdb(server, "break start_kernel", "continue", "backtrace 1", "print/x $pc", "info symbol $pc")
    assert re.search(r"Breakpoint 1, start_kernel", text), text
    assert re.search(r"start_kernel.* in section \.", text), text
    assert re.search(r"\$1 = 0xc0", text), text
    # gdb has left and the machine goes on
    machine.expect("crumb> ")
    assert machine.cmd("echo abc") == "abc"


def test_stops_at_the_entry_before_the_mmu_is_on(waiting):
    machine, server = waiting()
    text = gdb(server, "hbreak *0x60010000", "continue", "print/x $pc", "print/x $cpsr & 0x1f",
               "x/2i $pc", "maintenance packet Qqemu.PhyMemMode:1", "stepi", "print/x $pc")
    assert "$1 = 0x60010000" in text and "$2 = 0x13" in text, text
    assert re.search(r"\$3 = 0x600100", text), text
    machine.expect("crumb> ")


def test_before_and_after_the_mmu_is_on(waiting):
    """One session: the physical entry, then the same kernel by its symbols, with the MMU on."""
    machine, server = waiting()
    text = gdb(server, "tbreak *0x60010000", "continue", "print/x $pc",
               "tbreak start_kernel", "continue", "print/x $pc", "print boot_info.nr_banks", "detach")
    assert "$1 = 0x60010000" in text and re.search(r"\$2 = 0xc0", text) and re.search(r"\$3 = \d+", text), text
    machine.expect("crumb> ")


def test_a_command_can_be_stopped_in(waiting):
    """A breakpoint in the allocator is hit from the prompt, with the shell in the backtrace."""
    machine, server = waiting()
    done = subprocess.Popen(["gdb-multiarch", "-q", "-nx", "-batch", "-ex", f"target remote {server}",
                             "-ex", "break shell_cmd_balance", "-ex", "continue", "-ex", "backtrace",
                             "-ex", "detach", elf()],
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            encoding="utf-8")
    try:
        machine.expect("crumb> ")
        machine.send("balance\r")
        text, _ = done.communicate(timeout=LIMIT)
    finally:
        done.kill()
        done.wait()
    assert "shell_cmd_balance" in text and re.search(r"shell_loop|shell_run_line", text), text
    machine.expect("lost=0")


def test_machines_that_start_at_once_have_a_port_each(tmp_path):
    """Each says its own, and none finds it taken."""
    started = []
    try:
        for number in range(6):
            with open(tmp_path / str(number), "wb") as said:
                started.append(subprocess.Popen([QEMU_SH, "--mem", "16M", "--gdb", "auto", default_image()],
                                                stdin=subprocess.PIPE, stdout=said, stderr=said))
        ports = [port_of(machine, tmp_path / str(number)) for number, machine in enumerate(started)]
        assert len(set(ports)) == 6
        for port in ports:
            wait_until_listening(port)
        assert all(machine.poll() is None for machine in started)
    finally:
        for machine in started:
            machine.kill()
            machine.wait()
            machine.stdin.close()


def port_of(machine, path):
    """The port that the machine has printed, when it is at its prompt."""
    while "crumb> " not in (text := path.read_text(encoding="latin-1")):
        assert machine.poll() is None, text
        time.sleep(0.05)
    return int(re.search(r"gdb: port (\d+)", text)[1])


def wait_until_listening(port):
    """Without connecting: a machine stops for whoever does."""
    wanted = f":{port:04X} 00000000:0000 0A"
    while True:
        with open("/proc/net/tcp", encoding="ascii") as sockets:
            if wanted in sockets.read():
                return
        time.sleep(0.05)


def test_make_debug_and_make_gdb(here):
    """The two commands of the README, in two terminals."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    clean = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL")}
    waiting_machine = on_a_terminal("make", "-C", ROOT, "-s", "debug", f"GDB_PORT={port}", "MEM=64M",
                                    timeout=LIMIT, env=clean)
    try:
        waiting_machine.expect("make gdb")
        waiting_machine.expect(r"Ctrl-\] x leaves")
        wait_until_listening(port)
        done = subprocess.run(["make", "-C", ROOT, "-s", "gdb", f"GDB_PORT={port}"], env=clean, timeout=LIMIT,
                              input="break start_kernel\ncontinue\nprint $pc\ndetach\nquit\n",
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False)
        assert re.search(r"Breakpoint 1, start_kernel", done.stdout), done.stdout
        waiting_machine.expect("crumb> ")
    finally:
        waiting_machine.terminate(force=True)
