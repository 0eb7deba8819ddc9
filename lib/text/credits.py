"""Credits: the sources of a table in Markdown, with a manifest's description of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from lib.tables.table import Table

HEADING: Final = "Sources"
COLUMNS: Final = ("title", "creator", "date", "licenseurl")
# Columns that may hold the address of a source; without one it is that of its item in the archive.
ADDRESSES: Final = ("url", "address", "source")
ARCHIVE: Final = "https://archive.org/details/"

# creativecommons.org/licenses/by-nc/3.0/us/, .../publicdomain/zero/1.0/
_LICENCE = re.compile(r"creativecommons\.org/(licenses|publicdomain)/([a-z+-]+)/(\d\.\d)")
_DOMAINS = {"zero": "CC0", "mark": "Public Domain Mark"}
_ADDRESS = re.compile(r"https?://[^\s<>]+")
# Characters with a meaning in CommonMark, anywhere or at the beginning of a line.
_MARKS = re.compile(r"([\\`*\[\]<>&|]|(?<![^\W_])_|_(?![^\W_]))")
_BEGINS = re.compile(r"^([-+=:#~]|\d+(?=[.)]))")


class Credit(NamedTuple):
    """The description of a source; "": not known."""

    title: str
    creator: str = ""
    date: str = ""
    licence: str = ""
    address: str = ""


def credits_of(filenames: Iterable[str], manifest: Table | None) -> tuple[list[Credit], list[str]]:
    """Return the credits of these files, and the names of those that the manifest does not describe.

    Sorted by title; files of one item with equal descriptions are one. A file is found in the manifest by its name, or,
    failing that, by its name without folders, if only one matches. Without a description its name is the title.
    """
    wanted = dict.fromkeys(filenames)
    rows = _rows(manifest) if manifest is not None else {}
    found, unknown = set(), []
    for name in wanted:
        cells = rows.get(name) or rows.get(_base(name))
        if not cells:
            unknown.append(name)
        found.add(_credit(name, cells or {}))
    return sorted(found, key=lambda credit: (credit.title.casefold(), credit)), unknown


def credits_by_file(filenames: Iterable[str], manifest: Table) -> dict[str, Credit]:
    """Return the credit of each file that the manifest describes; files are found as by `credits_of`."""
    rows = _rows(manifest)
    known = {name: rows.get(name) or rows.get(_base(name)) for name in dict.fromkeys(filenames)}
    return {name: _credit(name, cells) for name, cells in known.items() if cells}


def _base(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2]


def _rows(manifest: Table) -> dict[str, dict[str, str]]:
    """Return the cells of each file, by its name, and by its name without folders if only one matches."""
    manifest.require("filename")
    names = [column for column in (*COLUMNS, *ADDRESSES, "identifier") if column in manifest.columns]
    cells = [manifest.text(column) for column in names]
    rows: dict[str, dict[str, str]] = {}
    bases: dict[str, list[str]] = {}
    for n, filename in enumerate(manifest.text("filename")):
        if filename not in rows:
            bases.setdefault(_base(filename), []).append(filename)
        told = {column: one_line(cell[n]) for column, cell in zip(names, cells)}
        rows.setdefault(filename, {column: text for column, text in told.items() if text})
    return rows | {base: rows[full[0]] for base, full in bases.items() if base not in rows and len(full) == 1}


def _credit(filename: str, cells: Mapping[str, str]) -> Credit:
    address = next((cells[name] for name in ADDRESSES if _ADDRESS.fullmatch(cells.get(name, ""))), "")
    if not address and "identifier" in cells:
        address = ARCHIVE + cells["identifier"]
    title, creator, date, licence = (cells.get(name, "") for name in COLUMNS)
    return Credit(title or one_line(filename), creator, date.partition("T")[0], licence, address)


def markdown_of(credits: Sequence[Credit], heading: str = HEADING) -> str:
    """Return credits as Markdown: a heading, and a paragraph for each."""
    return "\n\n".join([f"# {escaped(heading)}", *map(_paragraph, credits)]) + "\n"


def _paragraph(credit: Credit) -> str:
    lines = [f"**{escaped(credit.title)}**", escaped(", ".join(filter(None, (credit.creator, credit.date))))]
    lines += [_licence(credit.licence), _link(credit.address)]
    return "  \n".join(filter(None, lines))


def _licence(text: str) -> str:
    """Return a licence by its name, if it is one of Creative Commons, and its address."""
    known = _LICENCE.search(text)
    if not known:
        return _link(text)
    family, terms, version = known.groups()
    name = _DOMAINS.get(terms, terms) if family == "publicdomain" else f"CC {terms.upper()}"
    return f"{escaped(f'{name} {version}')}: {_link(text)}"


def _link(text: str) -> str:
    return f"<{text}>" if _ADDRESS.fullmatch(text) else escaped(text)


def escaped(text: str) -> str:
    """Return a text escaped for Markdown, on one line."""
    text = _MARKS.sub(r"\\\1", one_line(text))
    begins = _BEGINS.match(text)
    if not begins:
        return text
    end = begins.end()
    return f"{text[:end]}\\{text[end:]}" if text[0].isdigit() else f"\\{text}"


def one_line(text: str) -> str:
    """Return a text without line breaks and other unprintable characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
