"""
alone.py - `alone COMMAND`: what a command says as the first of all, though gdb stays

    gdb, attached ──fork──> a gdb that runs the command, and ends
          └── waits ──────────┘        what it has read and kept ends with it

A gdb for each command would do the same and start anew each time.  Both have one connection: the machine
answers whoever asks, and only one does at a time.  gdb must have no threads (`maint set worker-threads 0`
before it reads a file): a child has none of them.

Read next: tests/gdb/session.py.
"""

import os

import gdb


class Alone(gdb.Command):
    """Runs a command in a child of this gdb: alone COMMAND"""

    def __init__(self):
        super().__init__("alone", gdb.COMMAND_USER)

    def invoke(self, argument, from_tty):
        gdb.flush()
        child = os.fork()
        if child:
            os.waitpid(child, 0)
            return
        try:
            gdb.execute(argument)
        except gdb.error as error:
            gdb.write(f"{error}\n", gdb.STDERR)
        finally:
            gdb.flush()
            gdb.flush(gdb.STDERR)
            os._exit(0)


Alone()
