"""Spectrograms side by side: a sound before and after."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from lib.audio.reader import AudioReader
from lib.audio.spectra import ANALYSIS_RATE, FFT, HOP, stft_blocks
from lib.errors import MediaError
from lib.io.stamps import free_path, put_stamp
from lib.plots.axes import new_figure, plain
from lib.plots.output import save_picture

# Hz
LOWEST, HIGHEST = 80.0, 5000.0
RANGE_DB = 60.0
INCHES = (10.0, 3.6)
STACKED_INCHES = (10.0, 6.0)
TICKS = (110, 220, 440, 880, 1760, 3520)
# Columns of a picture, at most twice this: more than it has pixels.
COLUMNS = 1000
# Magnitude, relative to the loudest (-120 dB), that stands for silence.
SILENCE = 1e-6


def levels_of(paths: Sequence[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the spectrogram of recordings one after the other: times (s), frequencies (Hz), levels in dB.

    times: the beginning of each column, and the end of the last; levels: (frequencies, columns), below the loudest.
    Memory is that of a picture, whatever their length: a column is the maximum over its time. Of several recordings
    those that cannot be read are left out; the only one raises as `AudioReader`.
    """
    held = np.zeros((0, FFT // 2 + 1), np.float32)
    rest, each = held, 1  # frames that do not fill a column yet; frames per column
    frames = 0
    for spectra in stft_blocks(_blocks(paths)):
        frames += len(spectra)
        rest = np.concatenate([rest, np.abs(spectra).astype(np.float32)])
        whole = len(rest) // each * each
        held = np.concatenate([held, rest[:whole].reshape(-1, each, rest.shape[1]).max(axis=1)])
        rest = rest[whole:]
        while len(held) >= 2 * COLUMNS:
            odd = len(held) % 2 * each
            if odd:  # its frames wait for their neighbours: the maximum stands for all of them
                rest = np.concatenate([np.repeat(held[-1:], each, axis=0), rest])
            held = held[: len(held) // 2 * 2].reshape(-1, 2, held.shape[1]).max(axis=1)
            each *= 2
    if len(rest):
        held = np.concatenate([held, rest.max(axis=0, keepdims=True)])
    times = np.minimum(np.arange(len(held) + 1) * each, frames) * HOP / ANALYSIS_RATE
    loudest = max(float(held.max(initial=0.0)), 1e-12)
    levels = 20 * np.log10(np.maximum(held / loudest, SILENCE))
    return times, np.arange(levels.shape[1]) * ANALYSIS_RATE / FFT, levels.T


def _blocks(paths: Sequence[str]) -> Iterator[np.ndarray]:
    for path in paths:
        try:
            with AudioReader(path, ANALYSIS_RATE) as reader:
                yield from reader.blocks()
        except MediaError:  # one of many that cannot be read leaves the picture of the others
            if len(paths) == 1:
                raise


def before_and_after(before: Sequence[str], after: str, titles: tuple[str, str]) -> Figure:
    """Return the spectrograms of recordings (one after the other) and of the result, under two titles."""
    figure = new_figure(INCHES)
    panels = figure.subplots(1, 2, sharey=True)
    for axes, paths, title in zip(panels, (before, [after]), titles):
        _draw(axes, paths, title)
        axes.set_xlabel("time (s)")
    panels[0].set_ylabel("frequency (Hz)")
    return figure


def one_over_the_other(upper: str, lower: str, titles: tuple[str, str]) -> Figure:
    """Return the spectrograms of two recordings on one axis of time, under their titles."""
    figure = new_figure(STACKED_INCHES)
    panels = figure.subplots(2, 1, sharex=True, sharey=True)
    for axes, path, title in zip(panels, (upper, lower), titles):
        _draw(axes, [path], title)
        axes.set_ylabel("frequency (Hz)")
    panels[1].set_xlabel("time (s)")
    return figure


def _draw(axes: Axes, paths: Sequence[str], title: str) -> None:
    times, frequencies, levels = levels_of(paths)
    if levels.size:
        step = frequencies[1]
        edges = np.append(frequencies - step / 2, frequencies[-1] + step / 2)
        axes.pcolormesh(times, edges, levels, vmin=-RANGE_DB, vmax=0, cmap="magma", rasterized=True)
    axes.set_yscale("log")
    axes.set_ylim(LOWEST, HIGHEST)
    axes.set_yticks(TICKS)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: plain(value)))
    axes.minorticks_off()
    axes.set_title(title.replace("$", r"\$"))


def save_beside(after: str, before: Sequence[str], titles: tuple[str, str], owner: str) -> str:
    """Save `before_and_after` beside the sound `after`, and return a line about it.

    A picture of another owner (or someone's) is not replaced: this one gets a number.
    """
    picture = free_path(f"{os.path.splitext(after)[0]}_spectrogram.png", owner)
    line = save_picture(before_and_after(before, after, titles), picture)
    put_stamp(picture, "", owner)
    return line
