"""The errors that a user can do something about."""

from __future__ import annotations


class MediaError(Exception):
    """An expected failure: one clear line that says what is wrong, with which file, and what to do."""


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
