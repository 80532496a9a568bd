"""
test_limits.py - every number that a public function of mm/ takes stands in the table of limits

    mm/**/*.h ──prototypes──> (function, number) ═══ rows of tests/selftests/numbers/limits.csv ──> a test

A row says what the largest number is, and which self-test tries one less, it, and one more; or `-`, and
why it has none.  A new function, or a number that one takes from now on, fails here until it has a row.
"""

import csv
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TABLE = "tests/selftests/numbers/limits.csv"
# Headers that only their own family includes, and those of what is practised on or shown.
PRIVATE = re.compile(r"_(impl|view|debug|practice|inline|core)\.h$|/(mend|own|records|shown|pcp|zone|sizes)\.h$")
NUMBER = re.compile(r"^(?:const )?(?:unsigned (?:int|long)|int|size_t|pfn_t|paddr_t|vaddr_t|gfp_t|"
                    r"slab_flags_t|long|u8|u16|u32|u64)\s+(\w+)$")
PROTOTYPE = re.compile(r"^(?!typedef|static_assert|return|struct \w+ \{)[\w *]+?[\s*]+(\w+)"
                       r"\(([^;{}()]*(?:\([^()]*\)[^;{}()]*)*)\)\s*(?:__\w+(?:\([^)]*\))?\s*)*[;{]", re.MULTILINE)


def public_headers():
    for folder, _folders, names in os.walk(os.path.join(ROOT, "mm")):
        for name in names:
            path = os.path.join(folder, name)
            if name.endswith(".h") and not PRIVATE.search(path):
                yield path


def numbers_of(text):
    """(function, number) of each prototype and inline function of a header."""
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.DOTALL)
    text = re.sub(r"^#(?:.*\\\n)*.*", "", text, flags=re.MULTILINE)
    for function, arguments in PROTOTYPE.findall(text):
        for argument in re.sub(r"\s+", " ", arguments).split(","):
            number = NUMBER.match(argument.strip())
            if number:
                yield function, number[1]


def numbers_of_headers():
    found = set()
    for path in public_headers():
        with open(path, encoding="utf-8") as file:
            found |= set(numbers_of(file.read()))
    return found


def rows():
    with open(os.path.join(ROOT, TABLE), encoding="ascii", newline="") as file:
        return list(csv.DictReader(file))


def self_tests():
    """family.name of every self-test."""
    found = set()
    for folder, _folders, names in os.walk(os.path.join(ROOT, "tests", "selftests")):
        for name in names:
            if name.endswith(".c"):
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    text = file.read()
                found |= {".".join(test) for test in re.findall(r"SELFTEST\(\s*(\w+),\s*(\w+),", text)}
                found |= {f"early.stage_{test}" for test in re.findall(r"^STAGE_TEST\((\w+),", text, re.MULTILINE)}
    return found


def test_every_number_has_a_row():
    there, listed = numbers_of_headers(), [(row["function"], row["number"]) for row in rows()]
    assert len(there) > 150
    assert len(set(listed)) == len(listed), "a row stands there twice"
    assert there - set(listed) == set(), f"add to {TABLE}, and try its limit"
    assert set(listed) - there == set(), f"take out of {TABLE}: no header has it"


def test_every_row_names_a_limit_and_a_test():
    tests = self_tests()
    for row in rows():
        assert row["limit"], row
        assert row["test"] in tests or (row["test"] == "-" and ":" in row["limit"]), row


def test_a_new_function_is_found():
    """In a header's text, by its numbers: pointers, structures and callbacks are none."""
    text = """
/* int comment(int n); */
#define MACRO(n) \\
    f(int n)
struct page *more_pages(gfp_t gfp, unsigned int order, struct page **array, void (*fn)(int n));
static inline bool shorter(const struct zone *zone, unsigned long
                           pages) __must_check;
static __always_inline void *__must_check object(size_t size, slab_flags_t flags)
{
"""
    assert set(numbers_of(text)) == {("more_pages", "gfp"), ("more_pages", "order"), ("shorter", "pages"),
                                     ("object", "size"), ("object", "flags")}
