"""A mosaic as a table: which sample plays when, how loud and how high, and which one it replaces."""

from __future__ import annotations

import numpy as np

from lib.audio.mix_plays import Play
from lib.audio.mosaic import Mosaic
from lib.audio.mosaic_target import Heard
from lib.audio.mosaic_volumes import levels_of
from lib.audio.own_times import until_its_end
from lib.io.files import media_path
from lib.tables.table import Table

# Columns of the table, in its order.
COLUMNS = (
    "at", "until", "filename", "start", "dur", "vstart", "vdur", "volume", "curve", "shift", "distance", "hz", "note",
    "loudness",
)  # fmt: skip


def mosaic_table(corpus: Table, folder: str, target: Table, heard: Heard, mosaic: Mosaic) -> Table:
    """Return the table of a mosaic, in the order of playing.

    corpus: the table whose rows it names, with media in `folder`; target: the samples that it rebuilds; heard: how
    they sound. `at` is when a sample begins, `until` when it has to end. Without `vstart` and `vdur` in
    the corpus, these are `start` and `dur`. The table is written in the dialect of the corpus.
    """
    rows = corpus.take(mosaic.rows)
    at = target.all_numbers("start")
    cells = {"at": _whole(at), "until": _whole(at + heard.lengths)}
    cells |= {name: rows.text(name) for name in ("filename", "start", "dur")}
    for name, usual in (("vstart", "start"), ("vdur", "dur")):
        cells[name] = rows.text(name if name in rows.columns else usual)
    places = zip(rows.text("filename"), rows.all_numbers("start").tolist(), rows.all_numbers("dur").tolist())
    plays = [
        until_its_end(Play(0.0, media_path(folder, name), start, dur, shift=shift), length)
        for (name, start, dur), shift, length in zip(places, mosaic.shifts.tolist(), heard.lengths.tolist())
    ]
    levels = levels_of(plays, target.all_numbers("loudness").tolist(), heard.curves)
    cells["volume"] = [f"{level.volume:.4f}" for level in levels]
    cells["curve"] = [" ".join(map(str, level.curve)) for level in levels]
    cells["shift"] = [f"{shift:g}" for shift in mosaic.shifts.tolist()]
    cells["distance"] = [f"{distance:.4f}" for distance in mosaic.distances.tolist()]
    cells |= {name: target.text(name) for name in ("hz", "note", "loudness")}
    return rows.with_columns(cells).select(COLUMNS)


def _whole(ms: np.ndarray) -> list[str]:
    return [str(round(value)) for value in ms.tolist()]
