"""Someone's files in the places that a script uses: which places those are, and what became of what was put there.

A script is run once in a folder of its own, and every name that it writes to, replaces, removes or makes is noted by an
audit hook, hidden ones too. In a copy of the folder a file of someone's is then put in one of these places, the script
runs again, and all bytes are compared.
"""

import os
import re
import shutil
import sys
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from tests.support.scripts import status_of

CONTENTS = b"Someone's work, which took a year.\n"
VICTIM = "someone's own file"
# Names that hold something random are not foreseen by anyone.
RANDOM = re.compile(r"\.[0-9a-f]{16}\.(part$|[^/]*-\d+\.(part|scratch))")
_EVENTS = {"os.rename": (0, 1), "os.remove": (0,), "os.rmdir": (0,), "os.mkdir": (0,), "shutil.rmtree": (0,),
           "os.truncate": (0,), "os.link": (1,), "os.symlink": (1,), "sqlite3.connect": (0,)}  # fmt: skip
_heard: list[set[str]] = []


def _listen(event, arguments):
    if not _heard:
        return
    if event == "open":
        path, mode, flags = arguments
        written = any(letter in mode for letter in "wax+") if mode else flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        places = (path,) if written else ()
    else:
        places = tuple(arguments[n] for n in _EVENTS.get(event, ()))
    for place in places:
        if isinstance(place, str | bytes | os.PathLike):
            _heard[-1].add(os.path.abspath(os.fsdecode(place)))


@cache
def _start_listening():
    """Add the hook, which cannot be taken away again."""
    sys.addaudithook(_listen)


@contextmanager
def noted():
    """Yield a set that all names are put into that are written to meanwhile, in this process."""
    _start_listening()
    _heard.append(set())
    try:
        yield _heard[-1]
    finally:
        _heard.pop()


def names_used(run, folder):
    """Run a script in a folder; return the names in it that it used, and those it left, relative and sorted.

    run: calls the script in the working directory, and returns its status.
    """
    with _in(folder), noted() as names:
        before = {str(path) for path in Path(folder).rglob("*")}
        assert status_of(run) == 0
    left = {str(path) for path in Path(folder).rglob("*")} - before
    found = {os.path.relpath(name, folder) for name in names | left if _inside(name, folder)}
    return sorted(name for name in found if name != "." and not RANDOM.search(name))


def _inside(name, folder):
    return os.path.realpath(os.path.dirname(name)).startswith(os.path.realpath(folder))


@contextmanager
def _in(folder):
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def put(folder, name, kind):
    """Put something of someone's in a place that is free; return what it is, or "" if the place is taken.

    kind: file, link (to a file elsewhere, which would be written through it), folder (with a file in it), or pipe.
    """
    path = Path(folder) / name
    if os.path.lexists(path):
        return ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError:
        return ""
    if kind == "folder":
        path.mkdir()
        path = path / "holiday.txt"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "link":
        path.symlink_to(os.path.join(os.path.abspath(folder), VICTIM))
    else:
        path.write_bytes(CONTENTS)
    return os.path.relpath(path, folder)


def bytes_of(folder):
    """Return the contents of all files in a folder, by name; of links what they lead to."""
    found = {}
    for path in sorted(Path(folder).rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = f"a link to {os.readlink(path)}"
        elif path.is_file():
            found[name] = path.read_bytes()
    return found


def what_is_lost(run, made, folder, name, kind, may_change):
    """Run a script where something of someone's is in one place; return its status, and the names of what was changed.

    made: the folder as it is before; folder: where to do it (it is made again); may_change: names that the script was
    told to write. Status None: there is no such place in this folder.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(made, folder, symlinks=True)
    (Path(folder) / VICTIM).write_bytes(CONTENTS)
    planted = put(folder, name, kind)
    if not planted:
        return None, []
    before = bytes_of(folder)
    with _in(folder):
        status = status_of(run)
    after = bytes_of(folder)
    return status, sorted(name for name in before if name not in may_change and after.get(name) != before[name])
