"""Files: the ones meant by the name of an input, and writes that leave the old file or the new one, never a part."""

from __future__ import annotations

import errno
import glob
import os
import re
import shutil
import stat
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO

from lib.errors import MediaError, MissingError, NoFolderError, PlaceError, WriteError
from lib.io.endings import TABLE_ENDINGS
from lib.io.lookalikes import lookalike
from lib.io.names import local_path, other_spellings, relative_name
from lib.io.pipes import hold_output, is_stream, release_output
from lib.io.states import file_state, tell_writing
from lib.io.system import flush_to_disk
from lib.io.temporary import is_untouched, remove_abandoned, temporary_file, temporary_folder

# Extensions of media in a folder. A file that is named, or matched by a pattern, may have any extension.
MEDIA_ENDINGS = frozenset(
    """
    .3g2 .3gp .aac .ac3 .aif .aifc .aiff .amr .ape .apng .asf .au .avi .bwf .caf .divx .dsf .dts .dv .eac3 .f4v
    .flac .flc .fli .flv .gif .gsm .m1v .m2t .m2ts .m2v .m4a .m4b .m4v .mk3d .mka .mkv .mlp .mov .mp2 .mp3 .mp4 .mpc
    .mpe .mpeg .mpg .mts .mxf .nist .nut .oga .ogg .ogm .ogv .oma .opus .qt .ra .rf64 .rm .rmvb .shn .snd .sph .spx
    .tak .thd .ts .tta .vob .voc .vro .w64 .wav .webm .wma .wmv .wtv .wv .y4m
    """.split()  # noqa: SIM905
)
# Possible last characters of a folder's name.
SEPARATORS = (os.sep, os.altsep or os.sep)
# Once per run, since a folder may hold many files.
_remove_abandoned_once = cache(remove_abandoned)


@dataclass(frozen=True)
class MediaInput:
    """The files meant by the name of an input: `filenames` relative to `folder`; `manifest`: the CSV listing them."""

    folder: str
    filenames: tuple[str, ...]
    manifest: str = ""


# A workbook is not CSV, and the error says so, rather than that it has no sound.
TABLES_AND_WORKBOOKS = (*TABLE_ENDINGS, ".xlsx", ".xlsm", ".ods", ".fods", ".xls", ".numbers")


def is_manifest(spec: str) -> bool:
    """Return whether the name of an input is that of a table: CSV, or a spreadsheet's workbook."""
    pattern = glob.has_magic(spec) and not os.path.exists(spec)
    return spec.lower().endswith(TABLES_AND_WORKBOOKS) and not pattern and not os.path.isdir(spec)


def may_be_table(spec: str) -> bool:
    """Return whether an input is a table by its name, or a pipe, through which a table comes."""
    return is_manifest(spec) or (is_stream(spec) and Path(spec).suffix.lower() not in MEDIA_ENDINGS)


def media_path(folder: str, filename: str) -> str:
    """Return the path of a row's file: `folder` joined with `filename`.

    A table or a folder from another system may spell the name differently: if there is no such file but one under
    another spelling, that is meant. Raises MediaError if `filename` is empty, absolute, or climbs out of the folder
    with `..`.
    """
    path = os.path.join(folder, local_path(filename))
    others = other_spellings(filename)
    if others and not os.path.lexists(path):
        for other in others:
            if os.path.lexists(found := os.path.join(folder, local_path(other))):
                return found
    return path


def find_media(spec: str, folder: str = "") -> MediaInput:
    """Return the media files meant by a name and a folder: a file, a folder with its subfolders, a pattern.

    Names are sorted, and relative to `folder`; without one, to the file's folder, the folder itself, or the part of
    the pattern before its first wildcard. Raises MediaError if there is nothing, or a file is not inside `folder`.
    """
    spec = spelled(spec)
    if os.path.isdir(spec):
        base, found = spec, [p for p in _walk(spec) if Path(p).suffix.lower() in MEDIA_ENDINGS]
        nothing = MediaError("no media files in this folder", spec)
    elif is_stream(spec):
        raise MediaError("is not a file, and a recording is read more than once", spec)
    elif os.path.exists(spec):
        base, found = os.path.dirname(spec), [spec]
    elif glob.has_magic(pattern := literal_folders(spec)):
        found = _matches(pattern)
        if not found and "[" in spec:  # no set of letters, then, but names with brackets
            pattern = spec.replace("[", "[[]")
            found = _matches(pattern)
        magic = next((n for n, part in enumerate(Path(pattern).parts) if _is_wild(part)), -1)
        base = str(Path(*Path(spec).parts[:magic])) if magic else ""
        nothing = MissingError("no file matches this pattern", spec)
    else:
        alike = lookalike(spec)
        raise MissingError("there is no such file or folder" + (f" (there is {alike})" if alike else ""), spec)
    if not found:
        raise nothing
    base = folder or base
    return MediaInput(base, tuple(relative_name(path, base) for path in found))


def spelled(spec: str) -> str:
    """Return the name of an input with its accents as on the disk: macOS writes a letter and its accent apart."""
    forms = [unicodedata.normalize(form, spec) for form in ("NFC", "NFD")] if not spec.isascii() else []
    if os.path.lexists(spec) or not forms:
        return spec
    there = [form for form in forms if os.path.lexists(form) or (glob.has_magic(form) and _matches(form))]
    return spec if (glob.has_magic(spec) and _matches(spec)) else next(iter(there), spec)


def has_media(folder: str) -> bool:
    """Return whether there are media files in a folder."""
    return any(Path(path).suffix.lower() in MEDIA_ENDINGS for path in _walk(folder))


def _matches(pattern: str) -> list[str]:
    """Return the files that match a pattern, sorted."""
    # A set: a pattern with two ** finds a file once for each way to split its folders between them.
    return sorted({path for path in glob.glob(pattern, recursive=True) if os.path.isfile(path)})


def _is_wild(part: str) -> bool:
    """Return whether a part of a pattern has wildcards that are not escaped ([*], [?], [[])."""
    return glob.has_magic(re.sub(r"\[[*?[]]", "", part))


def literal_folders(spec: str) -> str:
    """Return a pattern in which folders that exist, before the first wildcard, are taken by their names.

    In `live [1999]/*.mp3` the brackets are part of the name if there is such a folder.
    """
    head = ""
    pattern: list[str] = []
    parts = Path(spec).parts
    for n, part in enumerate(parts):
        head = os.path.join(head, part)
        if not os.path.lexists(head):
            return os.path.join(*pattern, *parts[n:])
        pattern.append(part if n == 0 and part == Path(spec).anchor else glob.escape(part))
    return os.path.join(*pattern)


def _walk(folder: str) -> Iterator[str]:
    """Yield the files below `folder` in sorted order, without hidden ones.

    Raises MediaError if the folder or one in it cannot be read.
    """

    def unreadable(error: OSError) -> None:
        raise MediaError(f"the folder cannot be read ({error.strerror})", error.filename) from error

    for parent, folders, files in os.walk(folder, onerror=unreadable):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        yield from (os.path.join(parent, f) for f in sorted(files) if not f.startswith("."))


def open_regular(path: str | Path) -> BinaryIO:
    """Open a file to read its bytes.

    Raises OSError also for other than regular files: opening a named pipe could block for ever.
    """
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise OSError(errno.EINVAL, "is not a file", str(path))
    return open(path, "rb")


def _no_folder(cause: str, folder: str | Path) -> NoFolderError:
    return NoFolderError(f"the folder cannot be created ({cause})", folder)


def make_folder(path: str | Path) -> None:
    """Make the folder with its parents; MediaError if that fails."""
    try:
        os.makedirs(path or ".", exist_ok=True)
    except OSError as error:
        exists = isinstance(error, FileExistsError | NotADirectoryError)
        reason = "a file of this name exists" if exists else error.strerror or str(error)
        raise _no_folder(reason, path) from error


def check_outputs(outputs: Iterable[str], inputs: Iterable[str]) -> None:
    """Raise MediaError if one of the outputs is a folder, one of the inputs, which it would replace, or out of reach.

    An input is recognised under any of its names: by a link, or in another case if the file system ignores case. Call
    it before the work: otherwise an unwritable output is found out after hours.
    """
    inputs = set(inputs)
    taken = {os.path.realpath(path) for path in inputs} | {_identity(path) for path in inputs} - {None}
    for path in outputs:
        if os.path.isdir(path or os.curdir) or path.endswith(SEPARATORS):
            raise PlaceError("is a folder, and a file is needed", path)
        if os.path.realpath(path) in taken or _identity(path) in taken:
            raise PlaceError("is an input, which would be replaced", path)
        if is_stream(path):
            hold_output(path)
        else:
            check_writable(os.path.dirname(os.path.realpath(path) if os.path.islink(path) else path))


def check_writable(folder: str) -> None:
    """Raise PlaceError if nothing can be written to a folder, or a folder that is not there cannot be made."""
    there, missing = folder or os.curdir, ""
    while not os.path.lexists(there):
        there, missing = os.path.dirname(there) or os.curdir, there
        if there == missing:  # a drive that is not there
            raise _no_folder("there is no such drive", folder)
    if not os.path.isdir(there):
        raise _no_folder("a file of this name exists", there)
    if not os.access(there, os.W_OK):
        if missing:
            raise _no_folder(f"cannot write to {there}", missing)
        raise PlaceError("cannot write to this folder", there)


def _identity(path: str) -> tuple[int, int] | None:
    """Return what identifies a file under all of its names; None if there is none, or the system cannot tell."""
    try:
        state = os.stat(path)
    except (OSError, ValueError):
        return None
    return (state.st_dev, state.st_ino) if state.st_ino else None


@contextmanager
def atomic_path(target: str | Path, follow: bool = True) -> Iterator[str]:
    """Yield a temporary path beside `target`; when the block ends well it is renamed to `target`.

    If the block fails or is interrupted, the temporary file is removed and an old `target` stays unchanged. Folders are
    made. A target that is not a regular file (`/dev/null`, a pipe that is read) is written to directly; if a link,
    the file that it leads to is replaced, unless `follow` is off: then the link is. Raises MediaError if the folder
    cannot be made or written to.
    """
    final = Path(os.path.realpath(target)) if follow else Path(os.path.abspath(target))
    if os.path.isdir(final) or str(target).endswith(SEPARATORS):
        raise PlaceError("is a folder, and a file is needed", target)
    if follow and is_stream(target):
        hold_output(target)
        try:
            yield str(target)  # not its real path: that of a pipe (/dev/stdout) cannot be opened
        finally:
            release_output(target)
        return
    make_folder(final.parent)
    if not os.access(final.parent, os.W_OK):
        raise PlaceError("cannot write to this folder", final.parent)
    _remove_abandoned_once(final.parent)
    try:
        with temporary_file(final) as temporary:
            yield str(temporary)
            if is_untouched(temporary):
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
            flush_to_disk(temporary)
            if os.path.isfile(final) and not os.path.islink(final):
                shutil.copymode(final, temporary)
            state = file_state(str(temporary))
            os.replace(temporary, final)
        tell_writing(final, state)
    except OSError as error:
        raise WriteError(f"cannot be written ({error.strerror or error})", target) from error


@contextmanager
def scratch_folder(parent: str | Path) -> Iterator[str]:
    """Yield a new, hidden folder in `parent` (made if necessary) that is removed at the end, with its files.

    Folders that killed runs left are removed as well. Raises MediaError if it cannot be made.
    """
    make_folder(parent)
    remove_abandoned(Path(parent))
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(temporary_folder(Path(parent)))
        except OSError as error:
            raise _no_folder(error.strerror or str(error), parent) from error
        yield folder
