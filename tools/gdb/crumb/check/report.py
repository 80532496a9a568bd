"""
report.py - what a check has found: each invariant that does not hold, and what all families of a command read once
"""

from ..survey import Survey
from ..telling import say


class Report:
    """What does not hold; and mem_map, which is read once."""

    def __init__(self, family, known=None):
        self.family, self.wrongs, self.known = family, 0, {} if known is None else known

    @property
    def survey(self):
        if not self.known:
            self.known["mem_map"] = Survey()
        return self.known["mem_map"]

    def wrong(self, invariant, text):
        self.wrongs += 1
        if self.wrongs <= 20:
            say(f"{self.family}: {invariant}: {text}")

    def unless(self, holds, invariant, text):
        if not holds:
            self.wrong(invariant, text)
