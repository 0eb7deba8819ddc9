"""A media file's description of itself: its tags, under the names of the columns of collections."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lib.errors import MediaError
from lib.io.ffmpeg import open_media
from lib.video.timing import media_streams

# The tags for each column, as ffmpeg names them, the likelier ones first. Some containers have other names (ID3 frames,
# QuickTime's keys): ffmpeg translates the usual ones into these.
COLUMNS: dict[str, tuple[str, ...]] = {
    "title": ("title",),
    "creator": ("artist", "creator", "author", "album_artist", "composer", "director", "performer"),
    "date": ("date", "year", "originaldate", "originalyear", "tdor", "tyer", "creation_time"),
    "description": ("description", "synopsis", "comment", "subject"),
    "licenseurl": ("licenseurl", "license", "wcop", "copyright_url", "copyright", "comment"),
}
_ADDRESS = re.compile(r"https?://[^\s<>\"')\]]+")
# Apple programs write such a date, that of the format's epoch, if they know none.
_NO_DATE = re.compile(r"(1904|1970)-01-01T00:00:00")


@dataclass(frozen=True)
class Tags:
    """The cells of COLUMNS ("": not given), the container's `format`, and whether it has sound or film."""

    cells: dict[str, str]
    format: str
    is_media: bool


def read_tags(path: str) -> Tags:
    """Return a file's tags. Raises MediaError if it cannot be read as media."""
    with open_media(path) as container:
        streams = [s for s in container.streams if s.type in ("audio", "video")]
        is_media = bool(media_streams(container))
        # Ogg keeps its tags with the stream.
        found = merged([container.metadata, *(s.metadata for s in streams)])
        names = container.format.name.split(",")
    ending = os.path.splitext(path)[1].lower().lstrip(".")
    cells = {column: _cell(column, [found[tag] for tag in tags if tag in found]) for column, tags in COLUMNS.items()}
    return Tags(cells, ending if ending in names else names[0], is_media)


def merged(parts: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Return the tags of a container and its streams, by their names in lower case; the first one that is not empty."""
    found: dict[str, str] = {}
    for part in parts:
        for name, value in part.items():
            text = value.replace("\0", "").strip()
            if text:
                found.setdefault(name.lower().replace(" ", "_"), text)
    return found


def _cell(column: str, values: list[str]) -> str:
    """Return the cell of a column from its possible tags."""
    if column == "licenseurl":  # addresses only: "all rights reserved" is not one
        found = (match[0].rstrip(".,;:") for value in values if (match := _ADDRESS.search(value)))
        return next(filter(_is_licence, found), "")
    if column == "date":
        values = [value for value in values if not _NO_DATE.match(value)]
    return values[0] if values else ""


def _is_licence(address: str) -> bool:
    return "creativecommons.org/" in address or "licen" in address.lower()


def text_name(filename: str) -> str:
    """Return a file's name if a table can hold it. Raises MediaError if it is not text."""
    try:
        filename.encode("utf-8")
    except UnicodeEncodeError:
        raise MediaError("its name is not UTF-8 text: rename it") from None
    return filename
