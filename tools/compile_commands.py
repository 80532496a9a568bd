"""
compile_commands.py - writes compile_commands.json, which clangd and other editors read

    stdin:  WAY COMPILER FLAG...     a line for each way of compiling, then an empty one
            WAY SOURCE               a line for each file
    stdout: the compilation database (clang.llvm.org/docs/JSONCompilationDatabase.html)

The C library's headers are where the cross compiler looks, which clang does not know: they are named.

Read next: the target compile_commands.json in the Makefile.
"""

import functools
import json
import os
import re
import subprocess
import sys


@functools.cache
def header_folders(compiler):
    """Where the compiler itself looks for <…>."""
    told = subprocess.run([compiler, "-x", "c", "-E", "-v", os.devnull], stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, encoding="utf-8", check=True).stderr
    listed = re.search(r"<\.\.\.> search starts here:\n(.*?)End of search list", told, re.DOTALL)
    return [os.path.realpath(folder) for folder in listed[1].split()]


def main():
    ways, commands = {}, []
    for line in iter(sys.stdin.readline, "\n"):
        way, *command = line.split()
        ways[way] = command
    for line in sys.stdin:
        way, source = line.split(maxsplit=1)
        source = source.rstrip("\n")
        compiler, *flags = ways[way]
        folders = [flag for folder in header_folders(compiler) for flag in ("-isystem", folder)]
        commands.append({"directory": os.getcwd(), "file": source,
                         "arguments": [compiler, *flags, *folders, "-c", source]})
    json.dump(commands, sys.stdout, indent=1)
    print()


main()
