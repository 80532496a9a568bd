"""
handover.py - what a boot loader hands over, well-formed and not: tag lists and device trees

    tree("…")        DTS source ──dtc──> blob              tags(core(), mem(…), …) ──> a tag list
    placed(blob, address)  ──> QEMU's loader options that put it there after QEMU's own tags

QEMU writes its own tags at 0x60000100, where r2 points; its loader device writes later, so a blob
placed there is what the kernel finds.  That holds for a tree as well: its magic is looked for first.

Read next: test_protocols.py
"""

import struct
import subprocess

from machine import LIMIT

TAGS_AT = 0x60000100  # where r2 points with a raw image
RAM_AT = 0x60000000   # where a tree is looked for with an ELF

ATAG_NONE, ATAG_CORE, ATAG_MEM = 0, 0x54410001, 0x54410002
ATAG_INITRD2, ATAG_CMDLINE = 0x54420005, 0x54410009

FDT_MAGIC = 0xd00dfeed


def tag(kind, payload=b"", words=None):
    """One tag; words overrides the size that it claims."""
    payload += b"\0" * (-len(payload) % 4)
    return struct.pack("<II", 2 + len(payload) // 4 if words is None else words, kind) + payload


def core():
    return tag(ATAG_CORE, struct.pack("<III", 0, 4096, 0))


def mem(start, size):
    return tag(ATAG_MEM, struct.pack("<II", size, start))


def cmdline(text):
    return tag(ATAG_CMDLINE, text.encode() + b"\0")


def end():
    return struct.pack("<II", 0, ATAG_NONE)


def tree(body, *, reserve="", chosen=""):
    """A blob of the machine's tree with body in its root node."""
    source = f"""/dts-v1/;
{reserve}
/ {{
    #address-cells = <1>;
    #size-cells = <1>;
    model = "V2P-CA9";
    compatible = "arm,vexpress,v2p-ca9", "arm,vexpress";
    chosen {{ {chosen} }};
    {body}
}};
"""
    return subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb"], input=source.encode(), timeout=LIMIT,
                          stdout=subprocess.PIPE, check=True).stdout


def bank(start, size):
    """A memory node."""
    return f'memory@{start:x} {{ device_type = "memory"; reg = <{start:#x} {size:#x}>; }};'


def placed(folder, blob, address, name="blob"):
    """QEMU's options that load the blob at a physical address."""
    path = folder / f"{name}-{address:x}.bin"
    path.write_bytes(blob)
    assert "," not in str(path)
    return ["-device", f"loader,file={path},addr={address:#x},force-raw=on"]


HEADER = ("magic", "totalsize", "off_dt_struct", "off_dt_strings", "off_mem_rsvmap", "version",
          "last_comp_version", "boot_cpuid_phys", "size_dt_strings", "size_dt_struct")


def header(blob):
    """The fields of a tree's header."""
    return dict(zip(HEADER, struct.unpack_from(">10I", blob)))


def with_header(blob, **fields):
    """The blob with fields of its header changed."""
    assert set(fields) <= set(HEADER)
    return struct.pack(">10I", *dict(header(blob), **fields).values()) + blob[40:]
