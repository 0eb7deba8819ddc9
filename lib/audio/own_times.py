"""Samples at the times given in their table, with its volumes, shifts of pitch and ends."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from lib.audio.mix_plays import Play
from lib.audio.shift import MOST_SHIFT, shift_factor
from lib.errors import MediaError
from lib.tables.table import Table

VOLUME, SHIFT, UNTIL, CURVE = "volume", "shift", "until", "curve"
# The largest gain or attenuation along a curve, in dB.
MOST_CURVE_DB = 60.0
# Fades of a sample whose end is given: the next one begins there, and it is to be heard until then.
FADE_IN, FADE_OUT = 0.02, 0.15


def at_own_times(plays: Sequence[Play], rows: Table, column: str, lead_ms: float) -> tuple[list[Play], float]:
    """Return the plays of these rows at the times of a column (ms, after `lead_ms`), and when the last ends, in ms.

    A cell of the column volume multiplies the volume; one of shift raises by this many semitones; one of until (ms, as
    those of `column`) is when the sample ends at the latest; one of curve holds gains in dB along it, one for each
    50 ms, separated by spaces. An empty cell changes nothing. Raises MediaError for a time that is not a number, and
    for a volume, shift, end or gain out of range.
    """
    volumes, shifts = _cells(rows, VOLUME, 1.0, 0.0, math.inf), _cells(rows, SHIFT, 0.0, -MOST_SHIFT, MOST_SHIFT)
    times, ends = rows.all_numbers(column).tolist(), _cells(rows, UNTIL, math.inf, 0.0, math.inf)
    placed = [
        replace(play, time_ms=lead_ms + time, volume=play.volume * volume, shift=shift, curve=curve)
        for play, time, volume, shift, curve in zip(plays, times, volumes, shifts, _curves(rows))
    ]
    placed = [
        until_its_end(play, end - time) if end < math.inf else play for play, time, end in zip(placed, times, ends)
    ]
    return placed, max((play.time_ms + play.dur_ms / shift_factor(play.shift) for play in placed), default=lead_ms)


def until_its_end(play: Play, length_ms: float) -> Play:
    """Return a play that is heard for `length_ms` at most (0, if that is negative), with short fades."""
    dur_ms = min(play.dur_ms, max(length_ms, 0.0) * shift_factor(play.shift))
    return replace(play, dur_ms=dur_ms, fade_in=FADE_IN, fade_out=FADE_OUT)


def _curves(rows: Table) -> list[tuple[float, ...]]:
    """Return the gains of each row, in dB."""
    if CURVE not in rows.columns:
        return [()] * len(rows)
    curves: list[tuple[float, ...]] = []
    for row, cell in enumerate(rows.text(CURVE)):
        try:
            curve = tuple(float(word) for word in cell.split())
        except ValueError:
            curve = (math.nan,)
        if not all(abs(gain) <= MOST_CURVE_DB for gain in curve):
            wanted = f"numbers of dB from -{MOST_CURVE_DB:g} to {MOST_CURVE_DB:g}, with spaces between"
            raise MediaError(f"line {rows.line(row)}: {CURVE} is {cell!r}: it must be {wanted}", rows.path)
        curves.append(curve)
    return curves


def _cells(rows: Table, name: str, usual: float, lowest: float, highest: float) -> list[float]:
    """Return a column's numbers, `usual` for an empty cell or a missing column."""
    if name not in rows.columns:
        return [usual] * len(rows)
    values = []
    for row, (cell, value) in enumerate(zip(rows.text(name), rows.numbers(name).tolist())):
        if cell.strip() and not lowest <= value <= highest:
            wanted = f"{lowest:g} to {highest:g} semitones" if highest < math.inf else f"{lowest:g} or more"
            where = f"line {rows.line(row)}"
            raise MediaError(f"{where}: {name} is {cell!r}: it must be {wanted}", rows.path)
        values.append(value if cell.strip() else usual)
    return values
