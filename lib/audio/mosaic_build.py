"""From tables of samples to a mosaic: samples are measured, and the table of what plays is made."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from lib.audio.fingerprint_kinds import COURSE
from lib.audio.mosaic import Mosaic, Places, Settings, make_mosaic
from lib.audio.mosaic_space import needed, sounds_of
from lib.audio.mosaic_table import mosaic_table
from lib.audio.mosaic_target import heard_of, left_out_seconds
from lib.audio.similarity import Fingerprints, table_fingerprints
from lib.io.formats import counted
from lib.io.presence import check_there
from lib.tables.sample_rows import check_times
from lib.tables.table import Table

# Less of the target's sound that is left out is not worth a word, in seconds.
WORTH_A_WORD = 0.5


@dataclass
class MosaicReport:
    """A mosaic and its report. table: what plays; corpus: size of the corpus; lost: a part of a line
    about samples that could not be used; bad, partly: (file, reason); notes: about limits that could not be met;
    left_out: for how long the target sounds outside its samples, in seconds."""

    table: Table
    mosaic: Mosaic
    corpus: int
    lost: str
    bad: list[tuple[str, str]] = field(default_factory=list)
    partly: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    left_out: float = 0.0

    def said(self) -> str:
        """Return a line about the result, and how near it comes to the target."""
        used, mean = len(np.unique(self.mosaic.rows)), self.mosaic.distances.mean()
        made = counted(len(self.table), "sample")
        said = f"{made}, {used:,} of the {self.corpus:,} in the corpus used, mean distance {mean:.3f}"
        if self.left_out < WORTH_A_WORD:
            return said
        return f"{said}, {self.left_out:.1f} s of the target's sound that its samples do not reach (grains do)"


def build(
    corpus: Table, folder: str, target: Table, target_folder: str, cache: str, settings: Settings
) -> MosaicReport:
    """Make the mosaic of a target (samples with their features, in order) from a corpus of one sample or more.

    folder, target_folder: of their media; cache: file of fingerprints. A bad file of the corpus costs its own samples.
    Raises MediaError if none of its files can be read, or a cell that the weights need is not a number, or its column
    is missing.
    """
    corpus.require(*needed(settings.weights))
    check_times(corpus)
    found = _fingerprints(corpus, folder, cache, settings)
    found.check_some(corpus.path)
    asked = _fingerprints(target, target_folder, cache, settings)
    usable = corpus.take(np.flatnonzero(found.good))
    _, files = np.unique(np.array(usable.text("filename"), object), return_inverse=True)
    mosaic = make_mosaic(
        sounds_of(usable, found.vectors[found.good], settings.weights),
        Places(files, usable.all_numbers("start")),
        sounds_of(target, asked.vectors, settings.weights),
        target.all_numbers("start"),
        settings,
    )
    table = mosaic_table(usable, folder, target, heard_of(target_folder, target), mosaic)
    notes = list(dict.fromkeys(found.notes + asked.notes))
    if len(usable) == 1:
        notes.append("only one sample to build from: it plays throughout")
    elif mosaic.early:
        early = f"{mosaic.early:,} of {counted(len(target), 'sample')} return in less than {settings.repeat:g} s"
        notes.append(f"{early}: {counted(len(usable), 'sample')} do not allow more")
    left_out = left_out_seconds(target_folder, target)
    return MosaicReport(table, mosaic, len(usable), found.lost(), found.bad, found.partly, notes, left_out)


def _fingerprints(table: Table, folder: str, cache: str, settings: Settings) -> Fingerprints:
    """Return the fingerprints of a table's samples; zeros, if timbre has no weight."""
    if settings.weights.timbre > 0:
        return table_fingerprints(table, folder, cache, settings.threads, kind=COURSE)
    check_there(folder, dict.fromkeys(table.text("filename")))
    return Fingerprints(np.zeros((len(table), 1)), np.ones(len(table), bool))
