"""
tree.py - a copy of the tree in which a source is changed, and put back

    sources ──copy_sources()──> build/…/tree ──make──> its own objects and images
                                     │ with change(path, text): …
                                     └──> the source and the objects made of it are as they were, times included

Invariants
  T1  The sources themselves are not touched: everything happens in the copy.
  T2  What a change has replaced is kept beside it until it is put back: by the next run, when this one was killed.
"""

import contextlib
import os
import re
import shutil
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OBJECTS = os.path.join("build", "objects")
KEPT = ".kept"
LEFT_OUT = {".git", "build", "__pycache__", ".pytest_cache"}


class Failed(Exception):
    """Something that the user has to know, in words."""


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


# ---- copying -------------------------------------------------------------------------------------

def begin_copy(tree):
    """The first copy keeps every file's time and takes the objects along: what compiles alike is not compiled again."""
    if os.path.exists(tree):
        return
    begun = tree + ".begun"
    shutil.rmtree(begun, ignore_errors=True)
    shutil.copytree(ROOT, begun, symlinks=True, ignore=shutil.ignore_patterns(*LEFT_OUT))
    if os.path.exists(os.path.join(ROOT, OBJECTS)):
        shutil.copytree(os.path.join(ROOT, OBJECTS), os.path.join(begun, OBJECTS))
    os.rename(begun, tree)


def copy_sources(tree):
    """Brings the copy up to date; what has not changed keeps its time, so that little is built again."""
    begin_copy(tree)
    wanted = set()
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in LEFT_OUT]
        for name in names:
            source = os.path.join(folder, name)
            path = os.path.relpath(source, ROOT)
            wanted.add(path)
            target = os.path.join(tree, path)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(source, "rb") as file:
                content = file.read()
            write_if_changed(target, content)
            shutil.copymode(source, target)
    remove_others(tree, wanted)


def remove_others(tree, wanted):
    for folder, folders, names in os.walk(tree):
        folders[:] = [name for name in folders if name not in LEFT_OUT]
        for name in names:
            if os.path.relpath(os.path.join(folder, name), tree) not in wanted:
                os.remove(os.path.join(folder, name))


def write_if_changed(path, content):
    if os.path.exists(path):
        with open(path, "rb") as file:
            if file.read() == content:
                return
    with open(path, "wb") as file:
        file.write(content)


# ---- make ----------------------------------------------------------------------------------------

def make(tree, *arguments, jobs=2):
    """What make prints, both streams; Failed when it fails."""
    clean = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    done = subprocess.run(["make", "-s", f"-j{jobs}", "-C", tree, "--no-print-directory", *arguments], env=clean,
                          check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          encoding="latin-1")
    if done.returncode:
        raise Failed(f"does not build:\n{done.stdout[-2000:]}")
    return done.stdout


class Tree:
    """A copy for changes, and what is built in it."""

    def __init__(self, root, flags=()):
        self.root = root
        self.flags = flags  # of every make
        self.users = {}     # configuration -> {source: [objects made of it]}

    def renew(self, like=None):
        """Brings it up to date (keeps T2); a new one has all that is built in another."""
        put_back(kept_below(self.root))
        if like and not os.path.exists(self.root):
            shutil.copytree(like.root, self.root, symlinks=True)
        copy_sources(self.root)

    def make(self, *arguments):
        return make(self.root, *self.flags, *arguments)

    def image(self, config):
        """Builds it; its path."""
        self.make(*config, "image")
        return os.path.join(self.root, self.make(*config, "print-elf").strip().splitlines()[-1])

    def objects_of(self, config, path):
        """The objects that are made of a source, or of what includes it, as make has noted when it built them."""
        if config not in self.users:
            folder = self.make(*config, "print-objects").strip().splitlines()[-1]
            self.users[config] = users_below(self.root, folder)
        return self.users[config].get(path, [])

    @contextlib.contextmanager
    def change(self, path, text):
        """The source has this text; at the end it is as it was, and so are its objects in every configuration."""
        source = os.path.join(self.root, path)
        saved = {os.path.join(self.root, name) for users in self.users.values() for name in users.get(path, [])}
        for name in (source, *saved):
            os.rename(name, name + KEPT)
        try:
            with open(source, "w", encoding="utf-8") as file:
                file.write(text)
            yield
        finally:
            put_back((source, *saved))

    def same_objects(self, config, path):
        """Compiles what is made of the changed source; is the code of all of it the same?"""
        names = [name for name in self.objects_of(config, path) if f"{OBJECTS}/" in name and "/extra/" not in name]
        self.make(*config, *names)
        return all(code(os.path.join(self.root, name)) == code(os.path.join(self.root, name + KEPT))
                   for name in names)


def kept_below(root):
    """What a run that was killed has not put back."""
    return [os.path.join(folder, name[:-len(KEPT)]) for folder, _, names in os.walk(root)
            for name in names if name.endswith(KEPT)]


def put_back(names):
    """A source has its time again; an object is new, so that what was linked of the changed one is linked again."""
    for name in names:
        os.replace(name + KEPT, name)
        if name.endswith(".o"):
            os.utime(name)


def users_below(root, folder):
    """{source: [objects]} from the notes of dependencies below a folder of objects."""
    users = {}
    for inside, _, names in os.walk(os.path.join(root, folder)):
        for name in sorted(names):
            if name.endswith(".d"):
                with open(os.path.join(inside, name), encoding="utf-8") as file:
                    rule = file.read().split("\n\n")[0].replace("\\\n", " ")
                target, _, sources = rule.partition(":")
                for source in re.findall(r"\S+\.[chS]\b", sources.split("\n")[0]):
                    users.setdefault(source, []).append(target.strip())
    return users


def code(path):
    """An object without what only debuggers read."""
    stripped = path + ".code"
    subprocess.run(["objcopy", "--strip-debug", path, stripped], check=True)
    with open(stripped, "rb") as file:
        content = file.read()
    os.remove(stripped)
    return content
