"""A picture of a confusion matrix."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from lib.plots.axes import new_figure, short

# Inches of a cell, and of the surroundings.
CELL, AROUND = 0.5, 3.0


def confusion_picture(names: Sequence[str], counts: np.ndarray, title: str) -> Figure:
    """Return a picture of counts, int of shape (classes, classes): the true class by the predicted one."""
    side = AROUND + CELL * len(names)
    figure = new_figure((side + 1, side))
    axes = figure.subplots()
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    labels = [short(name) for name in names]
    axes.set_xticks(range(len(names)), labels, rotation=90)
    axes.set_yticks(range(len(names)), labels)
    for row, column in zip(*np.nonzero(counts)):
        colour = "white" if shares[row, column] > 1 / 2 else "black"
        axes.text(column, row, f"{counts[row, column]:,}", ha="center", va="center", color=colour)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    axes.set_title(title)
    return figure


def confusion_lines(names: Sequence[str], counts: np.ndarray) -> list[str]:
    """Return a line for each class, in words; names and counts as in `confusion_picture`."""
    lines = []
    for row, name in enumerate(names):
        mistaken = sorted((-int(count), names[n]) for n, count in enumerate(counts[row]) if count and n != row)
        wrong = ", ".join(f"{other} ({-count:,})" for count, other in mistaken)
        right = f"{name}: {int(counts[row, row]):,} of {int(counts[row].sum()):,}"
        lines.append(f"  {right}; taken for {wrong}" if wrong else f"  {right}")
    return lines
