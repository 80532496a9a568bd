"""
autoload.py - loads the package `crumb` when gdb opens the image

The Makefile copies this file beside the image, as crumb.elf-gdb.py, where gdb looks by itself.  gdb runs
it only from folders that its user trusts: `make gdb` says so for build/ on the command line; who starts
gdb by hand says it once in ~/.config/gdb/gdbinit (`add-auto-load-safe-path FOLDER`), or types
`source tools/gdb/autoload.py`.
"""

import importlib
import os
import sys

import gdb

sys.dont_write_bytecode = True
_here = os.path.dirname(os.path.abspath(__file__))
# Beside the image that is build/<config>/, two folders below the tree.
for _folder in (_here, os.path.join(_here, "..", "..", "tools", "gdb")):
    if os.path.isdir(os.path.join(_folder, "crumb")) and "crumb" not in sys.modules:
        sys.path.insert(0, os.path.abspath(_folder))
        importlib.import_module("crumb")
        # The compiler notes the tree as the folder it ran in, by a name that every tree has (Makefile).
        _tree = os.path.abspath(os.path.join(_folder, "..", ".."))
        gdb.execute(f'set substitute-path /proc/self/cwd "{_tree}"')
