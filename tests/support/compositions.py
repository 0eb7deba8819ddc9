"""What holds for every composition, and compositions on small grids to see it on."""

import copy
import pickle
import re
import tempfile
from pathlib import Path

import numpy as np
import pytest

from compositions._flags import composition_names, own_flags
from compositions._settings import run_settings
from lib.composing.composition import Composition
from lib.composing.plan import composed
from lib.tables.table import write_table
from tests.support.grids import composition_of, grid_table
from tests.support.media_factory import ROOT

PAGE = (ROOT / "docs" / "compositions.md").read_text(encoding="utf-8")
# Those that ship are described by the page. Any other is somebody's own: what is true of any composition is asked of
# it, and not what the page says of these.
DESCRIBED = re.findall(r"^\*\*(\w+)\*\*: ", PAGE, flags=re.M)
OWN = sorted(set(composition_names()) - set(DESCRIBED))

FIELDS = ("x", "y", "width", "height", "alpha", "brightness", "rotation", "blur", "depth")


def grid_composition(kind, grid, grid0=None, grid1=None, dur=200, vdur=1200, **flags):
    """Return a composition of this kind on a grid such as 4x4; dur, vdur: ms of each sample's sound and picture, or a
    function of its number. The shortest length is 0 unless it is given, so that clips are as long as their pictures.
    """
    columns, rows = (int(word) for word in grid.split("x"))
    lengths = {name: ms if callable(ms) else lambda n, ms=ms: ms for name, ms in (("dur", dur), ("vdur", vdur))}
    table = grid_table(columns, rows, **lengths)
    with tempfile.TemporaryDirectory() as folder:
        return composition_of(kind, Path(folder), table, grid, grid0, grid1, **{"mcd": 0, **flags})


def middles(layout):
    """Return the middles of all rows of a layout: shape (rows, 2)."""
    return np.stack([layout.x + layout.width / 2, layout.y + layout.height / 2], axis=1)


def same(one, other):
    """Whether two layouts are the same, to the last bit."""
    fields = all(np.array_equal(one.every(name), other.every(name)) for name in FIELDS)
    return fields and np.array_equal(one.shows, other.shows)


def alike(one, other):
    """Whether two layouts show the same, to what rounding does, in any order of rows."""
    rows = [
        sorted(
            map(tuple, np.round(np.stack([layout.shows, *(layout.every(name) for name in FIELDS)], axis=1), 6) + 0.0)
        )
        for layout in (one, other)
    ]
    return len(rows[0]) == len(rows[1]) and np.allclose(rows[0], rows[1], atol=1e-5)


def fastest(composition, begin, end, step=5.0, period=(np.inf, np.inf)):
    """Return how far (pixels a ms, across and down) the fastest clip moves; no further than to the nearest of what
    `period` (a torus' size, as it is on the screen) has it wrap to."""
    most = np.zeros(2)
    before = None
    for ms in np.arange(begin, end + step / 2, step):
        now = middles(composition.layout(float(ms)))[: len(composition.clips)]
        if before is not None:
            move = np.abs(now - before)
            for axis, size in enumerate(period):
                if np.isfinite(size):
                    move[:, axis] = np.minimum(np.mod(move[:, axis], size), size - np.mod(move[:, axis], size))
            most = np.maximum(most, move.max(axis=0) / step)
        before = now
    return most


def check_everything(composition, parts, volumes, darkest=None, own=False):
    """Assert what holds for any flags: `parts`: times as parts of the whole; volumes: the range they must be in.

    darkest: how dark a clip may be (by default as it is at rest); own: whether it may hide clips, and light them as it
    likes.
    """
    score = composition.score
    assert np.isfinite(composition.end_ms)
    for numbers in (score.ms, score.length, score.volume, score.dur, score.stretch, score.pan, score.pan_to):
        assert np.isfinite(numbers).all()
    assert ((score.clip >= 0) & (score.clip < len(composition.clips))).all()
    assert (score.ms >= 0).all()
    assert (score.length >= 0).all()
    assert (score.volume >= min(volumes) - 1e-9).all()
    assert (score.volume <= max(volumes) + 1e-9).all()
    assert (np.abs(score.pan) <= 1).all()
    assert composition.end_ms >= (score.ms + score.length).max(initial=0.0) - 1e-6
    times = [part * (composition.end_ms + 1000) for part in parts]
    first = [composition.layout(ms) for ms in times]
    fresh = copy.deepcopy(composition)
    for ms, layout in reversed(list(zip(times, first))):
        assert same(layout, composition.layout(ms))
        assert same(layout, fresh.layout(ms))
        for name in FIELDS:
            assert np.isfinite(layout.every(name)).all(), name
        assert (layout.width >= 0).all()
        assert (layout.height >= 0).all()
        bright = layout.every("brightness")
        assert set(layout.shows.tolist()) <= set(range(len(composition.clips)))
        if own:
            continue
        least = min(composition.low, composition.high) if darkest is None else darkest
        assert (bright >= least - 1e-9).all()
        assert (bright <= max(composition.low, composition.high) + 1e-9).all()
        assert set(layout.shows.tolist()) == set(range(len(composition.clips)))


def scripted(script, words, folder, columns=4, rows=4, views=None):
    """Return the composition that a script makes of a grid with these words, and what else was asked for."""
    path = folder / "scripted.csv"
    write_table(grid_table(columns, rows), path)
    grid = f"{columns}x{rows}"
    first, last = views or (grid, grid)
    sizes = ("-grid", grid, "-grid0", first, "-grid1", last)
    args = script.parser().parse_args(["-in", str(path), "-out", "a.mp4", *sizes, *words])
    run = run_settings(args)
    return composed(run, kind_of(script), flags_of(script, args)), run


def flags_of(script, args):
    """Return the values of the composition's own flags."""
    return getattr(script, "flags_of", own_flags)(args)


def kind_of(script):
    """Return the composition's class."""
    kinds = [kind for kind in vars(script).values() if isinstance(kind, type) and issubclass(kind, Composition)]
    (kind,) = (kind for kind in kinds if kind.__module__ == script.__name__)
    return kind


def check_odd(script, short, flags, folder):
    """Assert what holds for any flags, for values at the edges of what they take."""
    composition, _ = scripted(script, [*short, *flags], folder)
    check_everything(composition, [0.0, 0.3, 0.5, 0.8, 1.0], [0.0, 1.0])
    assert composition.end_ms > 0
    assert len(composition.score) > 0 or flags == ("-prad", "0")
    assert np.isfinite(composition.score.sound_ends).all()
    assert same(pickle.loads(pickle.dumps(composition)).layout(500.0), composition.layout(500.0))


def assert_refused(script, flags, said, capsys):
    """Assert that these flags are wrong usage, which names the flag and says what is wrong with it."""
    with pytest.raises(SystemExit) as ended:
        script.main([*flags])
    assert ended.value.code == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert f"argument {flags[0]}" in line
    assert said in line
