"""
banners.py - a section's banner ends in column 100, whatever its text

    /* --- what follows ----------------------------------------------------------------- */     C, assembly
    # ---- what follows -------------------------------------------------------------------      others

    banners.py FILE...          names each line that does not, and fails (status 1)
    banners.py --fix FILE...    mends them

Read next: lint.sh, which runs it.
"""

import re
import sys

COLUMN = 100  # .clang-format's ColumnLimit
FORMS = (re.compile(r"(\s*/\* -{3,} .*\S )-{2,}( \*/)"), re.compile(r"(\s*# -{3,} .*\S )-{2,}()"))


def mended(line):
    """The line as it should be; itself when it is no banner."""
    for form in FORMS:
        if found := form.fullmatch(line):
            return found[1] + "-" * (COLUMN - len(found[1]) - len(found[2])) + found[2]
    return line


def main(arguments):
    fix = arguments[:1] == ["--fix"]
    wrong = 0
    for path in arguments[fix:]:
        with open(path, encoding="utf-8") as file:
            before = file.read().split("\n")
        after = [mended(line) for line in before]
        for number, (line, want) in enumerate(zip(before, after), 1):
            if line != want and not fix:
                print(f"{path}:{number}: the banner ends in column {len(line)}, not {COLUMN}: tools/banners.py --fix")
                wrong += 1
        if fix and after != before:
            with open(path, "w", encoding="utf-8") as file:
                file.write("\n".join(after))
    return 1 if wrong else 0


sys.exit(main(sys.argv[1:]))
