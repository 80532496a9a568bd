"""
sites.py - where something may be changed, what into, and the name of each such place

    kind        was                  becomes
    relation    a < b   a == b       a <= b   a != b     its neighbour
    negated     if (a) while (a)     if (!(a)) while (!(a))
    logic       a && b   a || b      a || b   a && b
    constant+   7                    8
    constant-   7                    6
    arithmetic  a + b   a += b       a - b   a -= b      and the other way round
    dropped     f(a); a = b; a++;    ;
    swapped     f(a, b)              f(b, a)             any two neighbours; the compiler refuses unlike pointers
    returned    return a;            return !(a); for bool, return 0; for what else is returned

A site's name is path:function:kind:line:nth, its line of the source with single blanks, nth among equal ones.
It does not change when something else in the file does.  Outside functions only constants are changed.

Read next: tree.py
"""

import difflib
import os
import re
from collections import Counter
from dataclasses import dataclass

from mutants.source import functions, partner, tokens

NEIGHBOUR = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
OPPOSITE = {"+": "-", "-": "+", "+=": "-=", "-=": "+=", "++": "--", "--": "++"}
ASSIGNS = {"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=", "++", "--"}
BEFORE_STATEMENT = {";", "{", "}", ")", "else", ":"}
KEYWORDS = {"if", "while", "for", "switch", "return", "do", "else", "case", "default", "goto", "break", "continue",
            "sizeof", "typeof", "static_assert", "__asm__", "struct", "enum", "union", "const", "static"}
KINDS = ("relation", "negated", "logic", "constant+", "constant-", "arithmetic", "dropped", "swapped", "returned")
NUMBER = re.compile(r"(0[xX][0-9a-fA-F]+|\d+)([uUlL]*)$")


@dataclass(frozen=True)
class Change:
    """The text from begin to end becomes another."""
    kind: str
    begin: int
    end: int
    instead: str


@dataclass(frozen=True)
class Site:
    path: str
    name: str
    change: Change

    def mutated(self, text):
        return text[:self.change.begin] + self.change.instead + text[self.change.end:]

    def diff(self, text):
        """What changes, in unified form."""
        return "".join(difflib.unified_diff(text.splitlines(True), self.mutated(text).splitlines(True),
                                            f"a/{self.path}", f"b/{self.path}"))

    def brief(self, text):
        """What changes, on one line."""
        begin = text.rfind("\n", 0, self.change.begin) + 1
        end = text.find("\n", self.change.end)
        after = self.change.instead + text[self.change.end:end]
        return f"{squeezed(text[begin:end])}  =>  {squeezed(text[begin:self.change.begin] + after)}"


def squeezed(text):
    return " ".join(text.split())


# ---- the kinds: each yields changes for the token at i -------------------------------------------

def is_binary(code, i):
    """Is the operator between two operands?  A cast's parenthesis is taken for an operand: the compiler knows."""
    before = code[i - 1]
    return i > 0 and (before.kind in ("number", "name") and before.text not in KEYWORDS or before.text in (")", "]"))


def relation(code, i):
    if code[i].text in NEIGHBOUR:
        yield Change("relation", code[i].at, code[i].end, NEIGHBOUR[code[i].text])


def logic(code, i):
    if code[i].text in ("&&", "||"):
        yield Change("logic", code[i].at, code[i].end, "||" if code[i].text == "&&" else "&&")


def arithmetic(code, i):
    sign = code[i].text
    if sign in OPPOSITE and (len(sign) == 2 or is_binary(code, i)):
        yield Change("arithmetic", code[i].at, code[i].end, OPPOSITE[sign])


def constant(code, i):
    number = NUMBER.match(code[i].text) if code[i].kind == "number" else None
    if not number or re.match(r"0\d", number[1]):
        return
    value = int(number[1], 0)
    written = hex if number[1][:2] in ("0x", "0X") else str
    yield Change("constant+", code[i].at, code[i].end, written(value + 1) + number[2])
    if value:
        yield Change("constant-", code[i].at, code[i].end, written(value - 1) + number[2])


def negated(code, i):
    """Conditions of if, while and ?:."""
    if code[i].text in ("if", "while") and i + 1 < len(code) and code[i + 1].text == "(":
        close = partner(code, i + 1)
        yield Change("negated", code[i + 1].end, code[close].at, None)
    if code[i].text == "?":
        begin = condition_begin(code, i)
        yield Change("negated", code[begin].at, code[i - 1].end, None)


def condition_begin(code, i):
    """Where the condition before the ? at i begins: behind an opening bracket, comma, assignment or return."""
    depth = 0
    while i > 0:
        before = code[i - 1].text
        depth -= OPEN_OR_CLOSE.get(before, 0)
        if depth < 0 or depth == 0 and (before in (",", ";", "=", "return", "?", ":", "}") or before in ASSIGNS):
            break
        i -= 1
    return i


OPEN_OR_CLOSE = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}


def dropped(code, i):
    """A statement that is a call or an assignment: not what follows a closing brace of an initialiser."""
    if i == 0 or code[i - 1].text not in BEFORE_STATEMENT or code[i].text in KEYWORDS:
        return
    if code[i].kind != "name" and code[i].text not in ("*", "(", "++", "--"):
        return
    end = statement_end(code, i)
    if end is None or not does_something(code[i:end]):
        return
    yield Change("dropped", code[i].at, code[end].at, None)


def statement_end(code, i):
    """The index of its semicolon; None when a body or a bracket's end comes first."""
    depth = 0
    for j in range(i, len(code)):
        depth += OPEN_OR_CLOSE.get(code[j].text, 0)
        if depth < 0:
            return None
        if depth == 0 and code[j].text == ";":
            return j
        if code[j].text == "{" and depth == 1 and (j == i or code[j - 1].text == ")"):
            return None
    return None


def does_something(statement):
    """A call, or an assignment that is no declaration: that begins with two names, or a name, a star, a name."""
    first = [token.kind for token in statement[:2]]
    if first == ["name", "name"] or re.match(r"name \*+ name", " ".join(
            "name" if t.kind == "name" else t.text for t in statement[:3])):
        return False
    if len(statement) > 1 and statement[0].kind == "name" and statement[1].text == "(":
        return True
    return any(token.text in ASSIGNS for token in statement)


def swapped(code, i):
    """Neighbouring arguments of a call."""
    if code[i].text != "(" or i == 0 or code[i - 1].kind != "name" or code[i - 1].text in KEYWORDS:
        return
    close = partner(code, i)
    parts, depth, begin = [], 0, i + 1
    for j in range(i + 1, close + 1):
        if depth == 0 and (code[j].text == "," or j == close):
            if begin < j:
                parts.append(code[begin:j])
            begin = j + 1
        depth += OPEN_OR_CLOSE.get(code[j].text, 0)
    for one, other in zip(parts, parts[1:]):
        if [t.text for t in one] != [t.text for t in other] and "text" not in (one[0].kind, other[0].kind):
            yield Change("swapped", one[0].at, other[-1].end, (one[0].at, one[-1].end, other[0].at, other[-1].end))


def returned(code, i, result):
    if code[i].text != "return" or code[i + 1].text == ";":
        return
    end = statement_end(code, i)
    value = code[i + 1:end]
    if len(value) == 1 and (value[0].kind == "number" or value[0].text == "NULL"):
        return  # there is no other, or it is a constant's
    instead = "0"
    if "bool" in result:
        instead = {"true": "false", "false": "true"}.get(value[0].text, None) if len(value) == 1 else None
    elif "*" in result or not result:
        instead = "NULL" if "*" in result else "0"
    yield Change("returned", value[0].at, value[-1].end, instead)


# ---- all of a text -------------------------------------------------------------------------------

def spelled(change, text):
    """The change with its new text, no line more or less than before."""
    instead = change.instead
    was = text[change.begin:change.end]
    if isinstance(instead, tuple):
        a, b, c, d = instead
        instead = text[c:d] + text[b:c] + text[a:b]
    elif instead is None and change.kind == "dropped":
        instead = "\n" * was.count("\n")
    elif instead is None:
        instead = f"!({was})"
    elif was.count("\n") > instead.count("\n"):
        instead += "\n" * (was.count("\n") - instead.count("\n"))
    return Change(change.kind, change.begin, change.end, instead)


def changes_in_function(text, function):
    code = tokens(text, function.begin, function.end)
    for i in range(len(code)):
        for kind in (relation, logic, arithmetic, constant, negated, dropped, swapped):
            yield from kind(code, i)
        yield from returned(code, i, function.result)


def changes_outside(text, bodies):
    code = tokens(text)
    for i, token in enumerate(code):
        if not any(body.begin <= token.at < body.end for body in bodies):
            yield from constant(code, i)


def line_of(text, offset):
    begin = text.rfind("\n", 0, offset) + 1
    return squeezed(text[begin:text.find("\n", offset)])


def sites_in(path, text):
    """Every site of a source, in order."""
    bodies = list(functions(text))
    found = [("-", change) for change in changes_outside(text, bodies)]
    for body in bodies:
        found += [(body.name, change) for change in changes_in_function(text, body)]
    seen = Counter()
    for function, change in sorted(found, key=lambda each: (each[1].begin, KINDS.index(each[1].kind))):
        name = f"{path}:{function}:{change.kind}:{line_of(text, change.begin)}"
        yield Site(path, f"{name}:{seen[name]}", spelled(change, text))
        seen[name] += 1


def paths(root, top):
    """The C sources below a folder, in order."""
    for folder, folders, names in os.walk(os.path.join(root, top)):
        folders.sort()
        for name in sorted(names):
            if name.endswith((".c", ".h")):
                yield os.path.relpath(os.path.join(folder, name), root)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


def sites_below(root, top):
    for path in paths(root, top):
        yield from sites_in(path, read(root, path))
