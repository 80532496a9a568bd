"""
source.py - C text as tokens, and the functions that they stand in

    text ──tokens()──> [Token]          comments, strings and directives are told apart from code
         ──functions()──> [Function]    bodies begin with { in the first column and end with } there

No parser: the sources are laid out by clang-format, which `make lint` checks, and what stands inside a macro's
arguments (WARN_ON, for_each_…) is as good a place for a change as any, though the compiler gives it no place.

Invariants
  S1  Every token knows its offset; what is between two tokens is blanks, comments and directives.
"""

import re
from dataclasses import dataclass

TOKEN = re.compile(r"""
    (?P<comment>/\*.*?\*/|//[^\n]*)
  | (?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
  | (?P<directive>^[ \t]*\#(?:/\*.*?\*/|\\\n|[^\n])*)
  | (?P<number>\.?\d(?:[eEpP][+-]|[\w.])*)
  | (?P<name>[A-Za-z_]\w*)
  | (?P<sign><<=|>>=|\.\.\.|->|\+\+|--|&&|\|\||[<>=!+\-*/%&|^]=|<<|>>|[^\s\w])
""", re.VERBOSE | re.DOTALL | re.MULTILINE)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
DEFINE = re.compile(r"[ \t]*#[ \t]*define[ \t]+(\w+)(?=[ \t])")
HEAD = re.compile(r"^[A-Za-z](?:[^;{}\"]|\"(?:\\.|[^\"\\])*\")*\)\n\{$", re.MULTILINE)
OPENS = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}


class Unclosed(ValueError):
    """A bracket without its partner."""


@dataclass(frozen=True)
class Token:
    kind: str  # of TOKEN's groups: number, name, sign or text
    text: str
    at: int

    @property
    def end(self):
        return self.at + len(self.text)


@dataclass(frozen=True)
class Function:
    name: str
    result: str  # what stands before the name
    begin: int   # of the body, behind its brace
    end: int


def without_comments(text):
    """The text with blanks for its comments, every offset kept."""
    return COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def tokens(text, begin=0, end=None):
    """The code's tokens; of the directives, those of a constant's definition."""
    found = []
    for match in TOKEN.finditer(text, begin, len(text) if end is None else end):
        if match.lastgroup == "directive":
            define = DEFINE.match(match[0])
            if define:
                found += tokens(text, match.start() + define.end(), match.end())
        elif match.lastgroup != "comment":
            found.append(Token(match.lastgroup, match[0], match.start()))
    return found


def functions(text):
    """Every function that has a body, in order.  One that a macro declares is named by both: BREAK(null_read)."""
    plain = without_comments(text)
    for head in HEAD.finditer(plain):
        called = re.match(r"(.*?)(\b\w+)\s*\((\w*)", head[0], re.DOTALL)
        name = f"{called[2]}({called[3]})" if called[2].isupper() else called[2]
        end = plain.find("\n}", head.end() - 1)
        if end < 0:
            raise Unclosed(f"{name}: its body does not end")
        yield Function(name, called[1].strip(), head.end() + 1, end + 1)


def closing(text, at):
    """The offset of the parenthesis that closes the one at this offset."""
    depth = 0
    for i in range(at, len(text)):
        depth += {"(": 1, ")": -1}.get(text[i], 0)
        if depth == 0:
            return i
    raise Unclosed("a parenthesis is not closed")


def partner(code, i):
    """Among these tokens the index of the bracket that closes the one at i."""
    depth = 0
    for j in range(i, len(code)):
        depth += OPENS.get(code[j].text, 0)
        if depth == 0:
            return j
    raise Unclosed(f"{code[i].text} is not closed")


def arguments(text):
    """The arguments of a call, split at its own commas."""
    parts, depth, begin = [], 0, 0
    for i, char in enumerate(text):
        depth += {"(": 1, ")": -1}.get(char, 0)
        if char == "," and depth == 0:
            parts.append(text[begin:i].strip())
            begin = i + 1
    return [part for part in [*parts, text[begin:].strip()] if part]
