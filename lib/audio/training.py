"""Samples of known class: rows of a table, or the files of a folder whose subfolders are the classes."""

from __future__ import annotations

import os

from lib.audio.fingerprints import KINDS
from lib.errors import MediaError
from lib.io.arrays import read_arrays
from lib.io.files import atomic_path, check_outputs, find_media
from lib.io.stamps import FOREIGN, is_stamped, put_stamp
from lib.math.classifier import ARRAYS, Classifier, model_of, save
from lib.tables.table import Table, read_filled

# Every file in a folder of classes is one sample: its beginning, as much as counts.
WHOLE_MS = 1000
FEWEST_CLASSES = 2


def given(table: Table, prop: str, chance: str) -> list[bool]:
    """Return whether each row's class was given by hand: `prop` is filled, and `chance`, its probability, is not."""
    if prop not in table.columns:
        return [False] * len(table)
    chances = table.text(chance) if chance in table.columns else [""] * len(table)
    return [bool(name.strip()) and not told.strip() for name, told in zip(table.text(prop), chances)]


def training_table(path: str, folder: str, prop: str, chance: str) -> tuple[Table, str]:
    """Return the labelled samples (columns filename, start, dur and `prop`), and the folder of their media.

    path: a table, whose media are in `folder`, and whose rows with a `given` class count; or a folder, each of whose
    subfolders is a class. Raises MediaError if there are no samples of two classes.
    """
    if os.path.isdir(path):
        names = [name for name in find_media(path).filenames if "/" in name.replace(os.sep, "/")]
        classes = [name.replace(os.sep, "/").split("/")[0] for name in names]
        cells = {"filename": names, "start": ["0"] * len(names), "dur": [str(WHOLE_MS)] * len(names), prop: classes}
        table, folder = Table.of(cells, path), path
    else:
        table = read_filled(path)
        table.require("filename", "start", "dur", prop)
        table = table.take([row for row, known in enumerate(given(table, prop, chance)) if known])
    if len(set(table.text(prop))) < FEWEST_CLASSES:
        what = "subfolders with sound, one for each class" if os.path.isdir(path) else f"rows with {prop!r} filled"
        raise MediaError(f"needs samples of two classes at least: {what}", path)
    return table, folder


def check_model(path: str, overwrite: bool) -> None:
    """Raise MediaError if a model cannot be written to `path` ("": none is): someone's file or one of ours exists."""
    if not path:
        return
    check_outputs([path], [])
    if not os.path.lexists(path):
        return
    if not is_stamped(path):
        raise MediaError(FOREIGN, path)
    if not overwrite:
        raise MediaError("this model already exists: overwrite it, or use it without training", path)


def keep_model(model: Classifier, path: str) -> None:
    """Write a model, and record that it is ours."""
    with atomic_path(path) as part:
        save(model, part)
    put_stamp(path, "")


def load_model(path: str, features: str) -> Classifier:
    """Return the model in a file, which was trained on these features.

    Raises MediaError if the file is not a model of this tool, or one of other features; MissingError if it is missing.
    """
    model = model_of(read_arrays(path, ARRAYS, "a model of classes"))
    if model is None:
        raise MediaError("is a model of another version, or damaged: train it again", path)
    if str(model.features) != features or len(model.mean) != KINDS[features].size:
        raise MediaError("is a model of other features: train it again", path)
    return model
