"""
__main__.py - make mutants: random changes of mm/, and whether a test fails

    --number N      how many are tried (100)
    --family NAME   of mm/ only: early page percpu slab vmap window fixmap account node
    --seed NUMBER   the same gives the same changes; printed, else random
    --jobs N        trees that are worked in at once (2)
    --top FOLDER    what is changed (mm); a file of it, too
    --only NAME     just this one, of those names that tests/mutants/equivalent has
    --process       leave out the emulated machine
    --check         only compares tests/mutants/equivalent with the sources

The status is 1 when less than nine of ten that are not told equivalent are killed.
"""

import argparse
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from mutants import told as told_ones  # noqa: E402
from mutants.draw import Draw, work  # noqa: E402
from mutants.judge import FAMILY_TESTS, Judge, family_of  # noqa: E402
from mutants.sites import sites_below  # noqa: E402
from mutants.tree import ROOT, Failed, Tree, read  # noqa: E402

WANTED = 90  # per cent
# What only warns is no reason not to try it, but a changed type is.
FLAGS = ("V=1", "warnings=-Werror=incompatible-pointer-types -Werror=int-conversion")


def chosen(sites, families):
    unknown = [name for name in families if name not in FAMILY_TESTS]
    if unknown:
        raise Failed(f"FAMILY={' '.join(unknown)}: choose of: {' '.join(FAMILY_TESTS)}")
    return [site for site in sites if not families or family_of(site.path) in families]


def ready_trees(number, families, machine):
    """Trees in which everything passes, and their judges."""
    trees = [Tree(os.path.join(ROOT, "build", "mutants", f"tree{i}"), FLAGS) for i in range(number)]
    trees[0].renew()
    first = Judge(trees[0], machine=machine)
    first.begin(families)
    for tree in trees[1:]:
        tree.renew(trees[0])
    return [(trees[0], first)] + [(tree, first.in_another(tree)) for tree in trees[1:]]


def tell(result):
    """A change on one line, and what became of it."""
    if result.outcome == "uncounted":
        return
    end = {"killed": f"killed ({result.stage}) by {result.by}", "equivalent": f"told equivalent: {result.by}",
           "survivor": "SURVIVES"}[result.outcome]
    print(f"{result.site.name}\n    {result.site.brief(read(ROOT, result.site.path))}\n    {end}", flush=True)


def summary(results):
    """The figures, in words, and whether they suffice."""
    outcomes = Counter(result.outcome for result in results)
    stages = Counter(result.stage for result in results if result.outcome == "killed")
    tried = len(results) - outcomes["equivalent"]
    share = 100 * outcomes["killed"] / tried if tried else 100
    by = ", ".join(f"{count} {stage}" for stage, count in stages.most_common())
    print(f"{len(results)} mutants: {outcomes['killed']} killed ({by or 'by nothing'}), {outcomes['equivalent']} told "
          f"equivalent, {outcomes['survivor']} survived = {share:.1f} %")
    return share >= WANTED


def by_family(results):
    for family in sorted({family_of(result.site.path) for result in results}):
        own = Counter(result.outcome for result in results if family_of(result.site.path) == family)
        print(f"  {family:8} {own['killed']:4} of {own['killed'] + own['survivor']:4}")


def report(results):
    for result in results:
        if result.outcome == "survivor":
            print(f"\nsurvivor {result.site.name}\n{result.site.diff(read(ROOT, result.site.path))}")
    by_family(results)
    return 0 if summary(results) else 1


def compiled(sites, tree, configs):
    """Those of sources that are in an image."""
    return [site for site in sites if any(tree.objects_of(config, site.path) for config in configs)]


def try_all(options, sites, told):
    families = options.family or list(FAMILY_TESTS)
    ready = ready_trees(options.jobs, families, not options.process)
    sites = compiled(sites, ready[0][0], list(ready[0][0].users))
    draw, problems = Draw(sites, options.number, options.seed, told), []
    lock = threading.Lock()

    def tell_alone(result):
        with lock:
            tell(result)

    threads = [threading.Thread(target=work, args=(draw, tree, judge, tell_alone, problems), daemon=True)
               for tree, judge in ready]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    except KeyboardInterrupt:
        print("interrupted: so far", flush=True)
    if problems:
        raise problems[0]
    return report(draw.counted())


def arguments():
    parser = argparse.ArgumentParser(prog="mutants", description="changes mm/ and sees whether a test fails")
    parser.add_argument("--number", type=int, default=100)
    parser.add_argument("--family", nargs="*", action="extend", default=[])
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--top", default="mm")
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--process", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(1 << 32)
    return options


def main():
    options = arguments()
    every = list(sites_below(ROOT, options.top))
    try:
        told = told_ones.read(ROOT, every)
        sites = chosen(every, options.family)
        if options.only:
            sites = [site for site in sites if site.name in options.only]
            options.number = len(sites)
        if options.check:
            return 0
        print(f"seed={options.seed}: {len(sites)} places", flush=True)
        started = time.monotonic()
        status = try_all(options, sites, told)
        print(f"seed={options.seed}, {time.monotonic() - started:.0f} s")
        return status
    except (Failed, OSError, subprocess.SubprocessError) as error:
        print(f"mutants: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
