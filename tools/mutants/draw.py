"""
draw.py - the seed's choice of places, on several trees at once

    sites ──seed──> an order ──> the first N that count: told equivalent, killed, or surviving
                                 (what does not compile, or makes the same objects, does not count)

Invariants
  D1  The same sources, families and seed give the same changes, however many trees there are: places are handed
      out in order, and only while those that count and those being tried are fewer than N.
"""

import random
import threading
from dataclasses import dataclass

from mutants.tree import Failed, read


@dataclass
class Result:
    site: object
    outcome: str    # killed, equivalent, survivor, uncounted
    stage: str = ""
    by: str = ""


class Draw:
    def __init__(self, sites, number, seed, told):
        self.order = sorted(sites, key=lambda site: site.name)
        random.Random(seed).shuffle(self.order)
        self.told = told
        self.open = number  # places that are still wanted
        self.at = 0
        self.lock = threading.Condition()
        self.busy = 0
        self.results = {}   # place in the order -> Result

    def next(self):
        """(place, site); None when there are enough or no more (keeps D1)."""
        with self.lock:
            while self.open == 0 and self.busy:
                self.lock.wait()
            if self.open == 0 or self.at == len(self.order):
                return None
            self.open -= 1
            self.busy += 1
            self.at += 1
            return self.at - 1, self.order[self.at - 1]

    def done(self, place, result):
        with self.lock:
            self.busy -= 1
            self.results[place] = result
            if result.outcome == "uncounted":
                self.open += 1
            self.lock.notify_all()

    def counted(self):
        return [self.results[place] for place in sorted(self.results)
                if self.results[place].outcome != "uncounted"]


def judged(site, tree, judge, told, text=None):
    """Tries one change of a source: as it is, or of this text."""
    if site.name in told:
        return Result(site, "equivalent", by=told[site.name])
    with tree.change(site.path, site.mutated(text or read(tree.root, site.path))):
        try:
            verdict = judge.verdict(site.path)
        except Failed:
            return Result(site, "uncounted")
    if verdict is None:
        return Result(site, "uncounted")
    stage, by = verdict
    return Result(site, "killed", stage, by) if stage else Result(site, "survivor")


def work(draw, tree, judge, tell, problems):
    """One tree's share: until there is nothing more to try."""
    try:
        while not problems:
            drawn = draw.next()
            if not drawn:
                return
            place, site = drawn
            result = judged(site, tree, judge, draw.told)
            draw.done(place, result)
            tell(result)
    except BaseException as problem:  # told by whoever waits for this thread
        problems.append(problem)
        with draw.lock:
            draw.open = draw.busy = 0
            draw.lock.notify_all()
