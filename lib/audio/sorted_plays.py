"""Samples of a table in a row, in the order of a sort or at given times: which one plays when, and how loud."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lib.audio.effects import NOT_LEVELLED, frames_of
from lib.audio.mix_plays import Play
from lib.audio.mixer import Mix, overlapped
from lib.audio.own_times import VOLUME, at_own_times
from lib.errors import MediaError
from lib.io.files import media_path
from lib.io.formats import each_counted, moment
from lib.tables.queries import check_any, sort_rows
from lib.tables.query_language import Sort
from lib.tables.sample_rows import check_filenames, check_times
from lib.tables.table import Table, read_filled


@dataclass(frozen=True)
class Playing:
    """How samples are played.

    sort: their order, or order: the column of the times at which they begin (ms; "": by `sort`); most: the number that
    plays (-1: all), best by `best`, whose missing columns are ignored if `best_optional`; step_ms, step_part: from one
    to the next, see `overlapped`; before_ms, after_ms: of the whole; volume: of each, as in `Play`; reverb: 0 to 100;
    level_db: target RMS in dBFS of each (NOT_LEVELLED: unchanged), unless the table has times and volumes and no level
    was asked for (`level_given`).
    """

    sort: Sort
    order: str
    most: int
    best: Sort
    best_optional: bool
    step_ms: float
    step_part: float
    before_ms: float
    after_ms: float
    volume: float
    reverb: float
    level_db: float
    level_given: bool = False


def read_played(path: str, playing: Playing) -> Table:
    """Return the table of samples.

    Raises MediaError if a column is missing, a filename is empty or refused, or a time is not a number.
    """
    table = read_filled(path)
    times = ("start", "dur", *([playing.order] if playing.order else []))
    table.require("filename", *times)
    check_filenames(table)
    check_times(table, times)
    return table


def rows_to_play(table: Table, playing: Playing) -> Table:
    """Return the rows that play, in the order of playing; MediaError if there are none."""
    if not playing.best_optional:  # a misspelt column is an error even if all rows play
        table.require(*(key.key for key in playing.best.keys))
    if len(table) > playing.most > 0:
        best = sort_rows(table, playing.best, at_least=playing.most, optional=playing.best_optional)
        table = table.take(best[: playing.most])
    if playing.order:
        order = table.all_numbers(playing.order).argsort(kind="stable")
    else:
        order = sort_rows(table, playing.sort)
    chosen = table.take(order)
    check_any(len(chosen), table, order=playing.sort)
    return chosen


def plays_of(rows: Table, folder: str, playing: Playing) -> tuple[list[Play], float]:
    """Return the plays, row by row, and the length of the whole in ms. folder: of the rows' files."""
    starts, durs = rows.all_numbers("start").tolist(), rows.all_numbers("dur").tolist()
    times, end_ms = overlapped(durs, playing.step_ms, playing.step_part, playing.before_ms)
    own = playing.order and VOLUME in rows.columns and not playing.level_given
    level = None if own or playing.level_db == NOT_LEVELLED else float(playing.level_db)
    names = rows.text("filename")
    paths = {name: media_path(folder, name) for name in dict.fromkeys(names)}
    plays = [
        Play(time, paths[name], start, dur, volume=playing.volume, level_db=level, reverb=playing.reverb)
        for time, name, start, dur in zip(times, names, starts, durs)
    ]
    if playing.order:
        plays, end_ms = at_own_times(plays, rows, playing.order, playing.before_ms)
    return plays, end_ms + playing.after_ms


def how_long(length_ms: float, plays: int) -> str:
    """Return the beginning of a line for the user: the length of the whole and the number of samples."""
    minutes, seconds = divmod(round(length_ms / 1000), 60)
    return f"{length_ms / 1000:.3f} s ({minutes // 60}:{minutes % 60:02}:{seconds:02}), samples: {plays}"


def silent_plays(silent: Sequence[Play]) -> str:
    """Return a line for the user about the plays of a mix that were silent (`Mix.silent`; "": none)."""
    if not silent:
        return ""
    first = moment(silent[0].path, silent[0].start_ms)
    return f"samples that begin after the end of their file, and are silent: {len(silent):,}, the first {first}"


def unusable_plays(plays: Sequence[Play], bad: Iterable[str]) -> str:
    """Return the numbers of plays whose files could not be used (`bad`), or of length 0, to be added to a line."""
    paths = set(bad)
    lost, empty = sum(play.path in paths for play in plays), sum(frames_of(play.dur_ms) == 0 for play in plays)
    counts = {"of files that could not be used": lost, "of length 0": empty}
    return "".join(f", {part}" for part in each_counted(counts))


def check_heard(result: Mix, plays: Sequence[Play], table: str) -> None:
    """Raise MediaError if none of the plays could be read. table: the file that lists them."""
    bad = dict(result.bad)
    if all(play.path in bad for play in plays):
        raise MediaError("none of its samples can be read", table)
