"""
test_reached.py - every public function of mm/ that can be refused memory is called by a self-test, so by `test --fail`

    mm/**/*.h ──prototypes──> takes gfp_t, or gives a pointer to what it has made ═══ a call in tests/selftests
                                                                                  or a row of OTHERWISE
"""

import os
import re

from test_limits import PROTOTYPE, ROOT, public_headers

MAKES = re.compile(r"alloc|create|dup|^v?k?map$|^kmap_|^ioremap(?!_fault)|vmap$|printf|zeroed_page|free_pages$")
# Who calls those that no self-test names.
OTHERWISE = {
    "__kmalloc": "kmalloc()", "kmem_cache_alloc_plain": "kmalloc()",
    "__kmalloc_track_caller": "kstrdup() and all that name their own caller",
    "early_alloc": "the boot: inject=", "early_alloc_raw": "the boot: inject=",
    "mempool_alloc_pages": "the pool that it was given to", "mempool_alloc_slab": "the pool that it was given to",
}


def without_comments(path):
    with open(path, encoding="utf-8") as file:
        text = re.sub(r"/\*.*?\*/", " ", file.read(), flags=re.DOTALL)
    return re.sub(r"^#(?:.*\\\n)*.*", "", text, flags=re.MULTILINE)


def that_allocate(text):
    """The functions of a header that ask for memory, addresses or a slot: by gfp_t, or what they give."""
    for match in PROTOTYPE.finditer(text):
        name, arguments = match.groups()
        gives_pointer = re.search(rf"\*\s*(?:__\w+\s+)*{name}\(", match[0])
        if "gfp_t" in arguments or (gives_pointer and MAKES.search(name)):
            yield name


def called(name, texts):
    return any(re.search(rf"\b{name}\(", text) or re.search(rf"[,(= ]{name}[,)]", text) for text in texts)


def self_tests():
    for folder, _folders, names in os.walk(os.path.join(ROOT, "tests", "selftests")):
        for name in names:
            if name.endswith((".c", ".h")):
                yield without_comments(os.path.join(folder, name))


def test_every_allocating_function_is_called():
    functions = {name for path in public_headers() for name in that_allocate(without_comments(path))}
    texts = [*self_tests()]
    assert len(functions) > 70
    silent = {name for name in functions if not called(name, texts)}
    assert silent - {*OTHERWISE} == set(), "no self-test calls it, so `test --fail` never fails it"
    assert {*OTHERWISE} - silent == set(), "a self-test calls it, or it is gone: take the row out"


def test_a_new_function_is_found():
    text = """
struct page *more_pages_of(struct zone *zone, gfp_t gfp);
void *thing_create(const char *name);
void thing_free(void *thing);
struct thing *thing_first(void);
int prefill(struct thing *thing, gfp_t gfp);
"""
    assert set(that_allocate(text)) == {"more_pages_of", "thing_create", "prefill"}
    assert called("prefill", ["x = prefill(t, 0);"]) and called("prefill", ["{ 1, prefill, NULL }"])
    assert not called("prefill", ["prefilled(t)"])
