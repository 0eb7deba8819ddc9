"""Names that one run at a time may write to: a hidden file beside them is locked meanwhile."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from lib.errors import MediaError, PlaceError
from lib.io.files import make_folder, open_regular
from lib.io.pipes import is_stream
from lib.io.stamps import FOREIGN, stamp_path
from lib.io.states import follow_no_more
from lib.io.system import hold_file
from lib.io.temporary import NEW_FILE

TEXT = b"media-tools holds this name while it writes\n"
# The names held until the end of the run, as absolute paths.
_kept: dict[str, ExitStack] = {}


def hold_path(path: str | Path) -> Path:
    """Return the name of the file that is locked for `path`."""
    return stamp_path(path).with_suffix(".lock")


@contextmanager
def hold_name(path: str | Path) -> Iterator[None]:
    """Keep other runs that hold this name (a file, or with %s a sequence) out until the `with` block ends.

    The folder is made; if it is empty in the end, it is removed. Raises MediaError if another run holds the name,
    PlaceError if that cannot be found out: the folder cannot be written to, or someone's file is in the place of ours.
    """
    place = hold_path(path)
    missing = [folder for folder in place.parents if not folder.exists()]
    try:
        with _locked(place, path):
            yield
    finally:
        with suppress(OSError):  # it has files in it
            for folder in missing:
                folder.rmdir()


def keep_hold(path: str | Path) -> None:
    """Hold a name until `release_holds`, and what it leads to if it is a link; see `hold_name`.

    Nothing is held where nothing can be written: a pipe, a folder, a place that this user cannot write to.
    """
    name = os.path.realpath(path)
    folder = os.path.dirname(name)
    unwritable = os.path.exists(folder) and not os.access(folder, os.W_OK)
    if name in _kept or is_stream(path) or os.path.isdir(name) or unwritable:
        return
    with ExitStack() as stack:
        try:
            stack.enter_context(hold_name(name))
        except MediaError as error:  # by the name that the user gave
            raise type(error)(error.reason, path if error.file == name else error.file) from error
        _kept[name] = stack.pop_all()


def release_holds() -> None:
    """Release the names that `keep_hold` holds, and follow their writing no more: the run has ended."""
    follow_no_more()
    while _kept:
        _kept.popitem()[1].close()


@contextmanager
def _locked(place: Path, path: str | Path) -> Iterator[None]:
    while True:
        _make(place)
        try:
            file = open_regular(place)
        except FileNotFoundError:
            continue  # the run that held it has just ended
        except OSError as error:
            raise PlaceError(FOREIGN, place) from error
        with file:
            if os.path.islink(place) or file.read(len(TEXT) + 1) not in (TEXT, b""):
                raise PlaceError(FOREIGN, place)
            if not hold_file(file):
                raise MediaError("another run is writing here: wait until it ends", path)
            if not _is_still(place, file.fileno()):
                continue
            try:
                yield
            finally:
                if os.name != "nt":  # Windows removes no file that is open
                    _remove(place)
        if os.name == "nt":
            _remove(place)
        return


def _make(place: Path) -> None:
    """Make the file and its folder, unless there is one."""
    make_folder(place.parent)
    try:
        with os.fdopen(os.open(place, NEW_FILE, 0o666), "wb") as new:
            new.write(TEXT)
    except FileExistsError:
        pass
    except OSError as error:
        if isinstance(error, FileNotFoundError) and not place.parent.is_dir():
            return  # another run has just removed the folder: it is made again
        raise PlaceError(f"cannot write to this folder ({error.strerror or error})", place.parent) from error


def _is_still(place: Path, opened: int) -> bool:
    """Return whether an opened file still has its name: another run may have removed it at its end."""
    try:
        return os.path.samestat(os.stat(place), os.fstat(opened))
    except OSError:
        return False


def _remove(place: Path) -> None:
    with suppress(OSError):  # Windows: another run has just opened it
        os.unlink(place)
