"""
__init__.py - changes the sources in a copy of the tree, builds it, and sees whether a test fails

    source.py   C text as tokens, and the functions that they stand in
    sites.py    where something may be changed, what into, and the name of each such place
    tree.py     a copy of the tree in which a source is changed, and put back
    judge.py    what is run, cheapest first, until something fails
    draw.py     the seed's choice of places, on several trees at once
    told.py     tests/mutants/equivalent: changes that no test can see, each with its reason

Start with: make mutants, or python3 -m mutants --help in tools/.  tools/mutate.py, which takes out flushes of
the TLB one by one, uses source.py and tree.py.
"""
