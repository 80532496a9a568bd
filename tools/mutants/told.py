"""
told.py - tests/mutants/equivalent: changes that no test can see, each with its reason

    # a comment
    mm/page/free.c:free_one:relation:if (order <= MAX_ORDER):0  ## order is never MAX_ORDER: alloc.c refuses it

Invariants
  E1  Each name is that of a site, and stands once; each has a reason.  A line that is out of date is an error.
"""

import os

from mutants.tree import Failed

FILE = os.path.join("tests", "mutants", "equivalent")
SEPARATOR = "  ## "


def read(root, sites):
    """{name: reason}; Failed says what is wrong with which line (keeps E1)."""
    names, told, wrong = {site.name for site in sites}, {}, []
    with open(os.path.join(root, FILE), encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip() or line.startswith("#"):
                continue
            name, _, reason = line.rstrip("\n").partition(SEPARATOR)
            problem = fault_of(name, reason.strip(), names, told)
            if problem:
                wrong.append(f"{FILE}:{number}: {name}: {problem}")
            told[name] = reason.strip()
    if wrong:
        raise Failed("\n".join(wrong))
    return told


def fault_of(name, reason, names, told):
    if not reason:
        return f"no reason: NAME{SEPARATOR}REASON is wanted"
    if name in told:
        return "told twice"
    if name not in names:
        return "no such site any more: take the line out, or name what it has become"
    return None
