"""
stacks.py - runs within gdb: what it says of the stack, for tests to compare

    python import stacks; print(stacks.names())
"""

import gdb


def names():
    """Of the functions that have frames, the newest first: what is inlined shows only where a caller's pc is."""
    found, frame = [], gdb.newest_frame()
    while frame is not None:
        if frame.type() == gdb.SIGTRAMP_FRAME:
            found.append("signal")
        elif frame.type() != gdb.INLINE_FRAME:
            found.append(frame.name() or "?")
        last, frame = frame, frame.older()
    reason = last.unwind_stop_reason()
    ended = gdb.frame_stop_reason_string(reason).replace(" ", "-")
    return " ".join(found + [ended] * (reason not in (gdb.FRAME_UNWIND_NO_REASON, gdb.FRAME_UNWIND_OUTERMOST)))
