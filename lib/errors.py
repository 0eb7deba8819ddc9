"""The errors that a user can do something about."""

from __future__ import annotations


class MediaError(Exception):
    """An expected failure: `reason` says on one line what is wrong and what to do; `file`: which file it is about ("").

    Its text is both, joined: "song.mp3: no such file".
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


class NoAudioError(MediaError):
    """The file can be read, but there is no sound in it."""


class NoVideoError(MediaError):
    """The file can be read, but there is no moving picture in it."""


class WriteError(MediaError):
    """An output cannot be written: the disk is full, say. No fault of what was read."""


def one_line(error: BaseException) -> str:
    """Return the message of `error` on one line, so that a name with a line break in it stays one line too."""
    if isinstance(error, OSError) and error.strerror:
        name = f": {error.filename}" if error.filename else ""
        text = f"{error.strerror}{name}"
    else:
        text = str(error) or type(error).__name__
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
