"""Which script, with which flags, makes a missing column or table: in one place for all messages."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from lib.errors import MissingColumnError

# The folder of the scripts.
ROOT = Path(__file__).resolve().parents[2]
# The default table of every stage that takes samples.
SAMPLES = "tmp/samples.csv"
# Makes each table, or pattern of tables, that is the default of a flag, if nobody has made it.
DEFAULTS = {
    SAMPLES: f"audio_to_samples.py -in MEDIA -features -out {SAMPLES}",
    "tmp/*.csv": f"audio_to_samples.py -in MEDIA -features -out {SAMPLES}",
    "tmp/internet_archive_metadata.csv": "scrapers/internet_archive/download_metadata.py -query QUERY",
}
MAP = "tsne"
# For scripts whose -dir has a default: left out if the folder is not known.
OWN_FOLDER = " -dir {dir}"


class Maker(NamedTuple):
    """A script that adds columns to a table, or makes a new table with them (with `-out`). words: its flags.

    {dir}, {grid} and {table} are filled in; words in capitals are for the user to fill in.
    """

    script: str
    words: str
    columns: tuple[str, ...]


# In the order of the chain.
MAKERS = (
    Maker("scrapers/internet_archive/download_metadata.py", "-query QUERY -out MANIFEST", ("identifier",)),
    Maker("get_file_features.py", "-in {table} -dir {dir}", ("duration", "hasAudio", "hasVideo")),
    Maker("audio_to_samples.py", "-in MEDIA -out SAMPLES", ("start", "dur")),
    Maker(
        "audio_to_samples.py",
        "-in MEDIA -features -out SAMPLES",
        ("power", "hz", "clarity", "note", "octave", "loudness", "pitched"),
    ),
    Maker(
        "get_sample_features.py",
        "-in {table} -dir TABLES",
        ("samples", "medianPower", "medianHz", "medianClarity", "medianDur"),
    ),
    Maker("samples_to_vsamples.py", f"-in {{table}}{OWN_FOLDER}", ("vstart", "vdur")),
    Maker("samples_to_clusters.py", f"-in {{table}}{OWN_FOLDER}", ("cluster", "clusterName")),
    Maker("classify_samples.py", f"-in {{table}}{OWN_FOLDER} -train TRAINING", ("class", "classProb")),
    Maker("samples_to_grid.py", "-in {table} -grid {grid}", ("gridX", "gridY")),
)


def shell_word(name: str) -> str:
    """Return a name in quotes, to be pasted into a command."""
    return shlex.quote(name) if os.name != "nt" and re.search(r'["$`\\!]', name) else f'"{name}"'


def command_line(command: str) -> str:
    """Return a command, which begins with a script of this project, as it is given in the working directory."""
    if Path.cwd() == ROOT:
        return f"python {command}"
    script, _, words = command.partition(" ")
    path = min((str(ROOT / script), os.path.relpath(ROOT / script)), key=len)
    plain = re.fullmatch(r"[-+./\\:\w]+", path)
    return f"python {path if plain else shell_word(path)} {words}"


def to_make_default(table: str) -> str:
    """Return the command that makes the table, if it is the default of a flag, else ""."""
    return command_line(DEFAULTS[table]) if table in DEFAULTS else ""


def _map_command(column: str, columns: Sequence[str], values: Mapping[str, object]) -> str:
    """Return the command for a map with this column, or "" for another column.

    A map of fewer dimensions in the table is replaced, since columns of two maps do not fit together.
    """
    prefixes = [MAP, *(name for name in (_first(values.get("props")), _first(values.get("kfd"))) if name)]
    for prefix in prefixes:
        axes = [prefix, f"{prefix}2", f"{prefix}3"]
        if column in axes:
            count = axes.index(column) + 1
            wanted = values.get("props") or values.get("kfd") or ()
            if isinstance(wanted, tuple):
                count = max([count, *(axes.index(name) + 1 for name in wanted if name in axes)])
            own = "" if prefix == MAP else f" -prefix {prefix}"
            again = " -overwrite" if set(axes) & set(columns) else ""
            return f"samples_to_tsne.py -in {{table}}{OWN_FOLDER} -components {count}{own}{again}"
    return ""


def _first(names: object) -> str:
    """Return the first of two columns that are named like those of one map, else ""."""
    if isinstance(names, tuple) and len(names) > 1 and names[1] == f"{names[0]}2":
        return str(names[0])
    return ""


def _beside(error: MissingColumnError, words: str) -> str:
    """Return the words of a command, with a table of media files in place of the media."""
    if "filename" not in error.columns or "start" in error.columns:
        return words
    return words.replace("-in MEDIA", f"-in {{table}}{OWN_FOLDER}")


# Stages whose table has one row per media file; in other stages it has one per sample.
OF_FILES = ("get_file_features.py", "get_sample_features.py")
OF_ITEMS, OF_PIECES = "download_media.py", "make_sequence.py"


def to_make_table(media: str, script: str) -> str:
    """Return the command that makes a table for a script from the media, or their folder, that it was given.

    "" if its table is written by hand.
    """
    if script == OF_PIECES:
        return ""
    if script == OF_ITEMS:
        return command_line(f"{MAKERS[0].script} {MAKERS[0].words}")
    if script in OF_FILES:
        folder = media if os.path.isdir(media) else os.path.dirname(media) or "."
        return command_line(f'scrapers/local/folder_to_metadata.py -in {shell_word(folder)} -out "tmp/own.csv"')
    return command_line(f'audio_to_samples.py -in {shell_word(media)} -features -out "{SAMPLES}"')


def to_make(error: MissingColumnError, values: Mapping[str, object], script: str = "") -> str:
    """Return the command that adds the missing column to its table, or makes another table with it; or "".

    values: of the flags of the script that missed it, by name; its folder and its grid are used in the command. script:
    its name: it does not make what it needs itself.
    """
    command = _map_command(error.column, error.columns, values)
    for maker in MAKERS:
        if error.column in maker.columns and maker.script != script:
            command = f"{maker.script} {_beside(error, maker.words)}"
    grid, folder = values.get("grid"), values.get("dir")
    if not folder and not command.startswith("get_"):
        command = command.replace(OWN_FOLDER, "")
    size = f"{grid[0]}x{grid[1]}" if isinstance(grid, tuple) else "auto"
    # Braces in names are names: each is filled in once.
    table = shell_word(error.file) if error.file else "TABLE"
    parts = {"{table}": table, "{dir}": shell_word(str(folder)) if folder else "MEDIA", "{grid}": size}
    for field, value in parts.items():
        before, found, after = command.partition(field)
        command = f"{before}{value}{after}" if found else command
    return command_line(command) if command else ""
