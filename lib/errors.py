"""The errors that a user can do something about."""

from __future__ import annotations

import os


class MediaError(Exception):
    """An expected failure: `reason` says on one line what is wrong and what to do; `file`: which file it is about ("").

    Its text is both, joined: "song.mp3: no such file". Reasons name no flags: the library does not know who calls it.
    Where it takes a flag to mend it, one of the kinds below says so, and the command line adds which flag.
    """

    def __init__(self, reason: str, file: object = "") -> None:
        super().__init__(reason, str(file))

    @property
    def reason(self) -> str:
        """What is wrong, without the file."""
        return self.args[0]

    @property
    def file(self) -> str:
        """The file, folder or address that it is about; "" if there is none, or it is known to whoever asked."""
        return self.args[1]

    def __str__(self) -> str:
        return f"{self.file}: {self.reason}" if self.file else self.reason

    def beside(self, name: str) -> str:
        """Return the message for a line that begins with `name`: the file is named only if it is another one."""
        path, known = self.file.replace(os.sep, "/"), name.replace(os.sep, "/")
        return self.reason if path == known or path.endswith(f"/{known}") else str(self)


# How the reason begins of a file that was used as far as it could be read.
HALF_READ = ("read up to ", "damaged at ", "damaged: ")


class HalfRead(str):
    """The reason why a file was used only as far as it could be read; any other is one why it was not used."""


class NoAudioError(MediaError):
    """The file can be read, but there is no sound in it."""


class NoVideoError(MediaError):
    """The file can be read, but there is no moving picture in it."""


class WriteError(MediaError):
    """An output cannot be written: the disk is full, say. No fault of what was read."""


class MissingError(MediaError):
    """An input is not there: its name is to be checked, or, without a file, the folder it was looked for in."""


class FolderError(MissingError):
    """The folder of a table's files is not there, or holds others: its name is to be checked."""


class MissingColumnError(MediaError):
    """A table has no column of this name: `column`; `columns` are those that it has. Another stage may make it."""

    def __init__(self, reason: str, file: object = "", column: str = "", columns: tuple[str, ...] = ()) -> None:
        super().__init__(reason, file)
        self.args = (*self.args, column, columns)  # all of them, so that it can be sent from one process to another

    @property
    def column(self) -> str:
        """The column that is missing."""
        return self.args[2]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are present."""
        return self.args[3]


class NoTableError(MediaError):
    """Media, or a folder, were given where a table is needed: another stage makes one of them."""


class PlaceError(MediaError):
    """Nothing can be written to this place: another one is to be chosen."""


class NoFolderError(PlaceError):
    """A folder cannot be created."""


class OccupiedError(MediaError):
    """What is in this place would be lost: another one is to be chosen, or it is to be overwritten."""


class ColumnsError(MediaError):
    """Columns exist that this run would not make: make them again, or choose other names."""


class QueryError(MediaError):
    """A filter or a sort cannot be read, or compares what cannot be compared: it is to be written in another way."""


class OutsideError(MediaError):
    """A value is outside what there is, as shows only in the work: it is to be changed."""


def one_line(error: BaseException) -> str:
    """Return the message of `error` on one line, so that a name with a line break in it stays one line too."""
    if isinstance(error, OSError) and error.strerror:
        name = f": {error.filename}" if error.filename else ""
        text = f"{error.strerror}{name}"
    else:
        text = str(error) or type(error).__name__
    return printable(text)


def printable(text: str) -> str:
    """Return the text with what cannot be printed (line breaks, control characters) as escapes."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
