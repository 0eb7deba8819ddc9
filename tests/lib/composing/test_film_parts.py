"""The parts of a long film: who reads what, and that the pictures are those of one pass."""

import os

import numpy as np
import pytest

from lib.composing import film_parts, frame_store
from lib.composing.clip_ranges import ClipRange
from lib.composing.composition import Composition
from lib.composing.frames import open_source
from lib.composing.layout import still
from lib.composing.plan import composed, plan_of
from lib.composing.score import score_of
from lib.composing.screen import Screen
from lib.composing.sources import source_of
from lib.tables.table import write_table
from tests.support.grids import grid_table, settings_of
from tests.support.media_factory import film

GREYS = [8 * n for n in range(30)]


class Four(Composition):
    """Four clips beside each other, each seen from its beginning."""

    def compose(self):
        self.score = score_of(self.clips, [0], np.array([0.0]), 300.0)
        self.end_ms = 1000.0

    def layout(self, ms):
        return still(self.cells)


@pytest.fixture
def greys(workplace):
    """A film whose frame n, from 40 n ms on, is grey 8 n, with a key frame every six; and an odd copy without index."""
    film("greys.mp4", [(g, g, g) for g in GREYS], keyframes=6)
    film("greys.mpg", [(g, g, g) for g in GREYS], codec="mpeg2video")
    return workplace


def parts(path, *clips):
    return film_parts.film_parts(path, [ClipRange(float(start), float(dur), 8, 6) for start, dur in clips])


@pytest.mark.parametrize(
    ("clips", "wanted"),
    [
        # 200 ms of film a part: what each shows less than that of is one.
        ([(0, 200), (300, 199)], [[0, 1]]),
        ([(300, 200), (0, 200)], [[1], [0]]),
        # Twice the same film counts once.
        ([(0, 300), (0, 300), (100, 200)], [[0, 1, 2]]),
        ([(0, 300), (0, 300), (250, 150)], [[0, 1], [2]]),
        # 1200 ms in all: a sixth of that each.
        ([(100 * n, 100) for n in range(12)], [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9], [10, 11]]),
        # One long clip is not divided: no part is without a clip.
        ([(0, 600), (700, 100), (900, 100)], [[0], [1, 2]]),
    ],
)
def test_parts_show_as_much_of_the_film_each(greys, monkeypatch, clips, wanted):
    monkeypatch.setattr(film_parts, "PART_MS", 200.0)
    assert parts("greys.mp4", *clips) == wanted


def test_a_film_without_an_index_or_that_cannot_be_read_is_one_part(greys, monkeypatch):
    monkeypatch.setattr(film_parts, "PART_MS", 200.0)
    with open("broken.mp4", "wb") as file:
        file.write(b"no film")
    for name in ("greys.mpg", "broken.mp4", "absent.mp4"):
        assert parts(name, (300, 300), (0, 300)) == [[0, 1]]


def test_no_film_has_more_parts_than_the_most(greys, monkeypatch):
    monkeypatch.setattr(film_parts, "PART_MS", 10.0)
    found = parts("greys.mp4", *[(40 * n, 40) for n in range(24)])
    assert found == [[3 * n, 3 * n + 1, 3 * n + 2] for n in range(8)]


def source(run, folder):
    plan = plan_of(run, composed(run, Four, {}), {}, lambda line: None)
    os.makedirs(folder, exist_ok=True)
    made = source_of(plan, str(folder))
    screen = Screen(plan.composition, run.render, open_source(made))
    return made, np.stack([screen.picture(frame) for frame in (1, 2, 3)])


def test_the_pictures_are_those_of_one_pass(greys, monkeypatch):
    # Not in the order of the film: 40 n ms is frame n.
    table = grid_table(4, 1, "greys.mp4", start=["800", "0", "400", "480"], dur=lambda n: 200)
    write_table(table, "grid.csv")
    run = settings_of("grid.csv", "4x1", width=64, height=12, fps=25, dir=".", threads=1)
    whole, seen = source(run, "whole")
    monkeypatch.setattr(film_parts, "PART_MS", 300.0)
    parted, seen_in_parts = source(run, "parts")
    assert (len(whole.files), len(parted.files)) == (1, 2)
    assert np.array_equal(seen, seen_in_parts)
    for cell, first in enumerate((20, 0, 10, 12)):
        assert seen[0, 6, 16 * cell + 8].mean() == pytest.approx(GREYS[first], abs=4)
    # The saved frames of each part are taken from the store.
    os.remove(parted.files[1])
    read = []
    extract = frame_store.extract
    monkeypatch.setattr(frame_store, "extract", lambda job: read.append(job.target) or extract(job))
    again, same = source(run, "parts")
    assert read == [parted.files[1]]
    assert again == parted
    assert np.array_equal(same, seen)


def test_a_part_that_cannot_be_read_is_reported_once(greys, monkeypatch):
    monkeypatch.setattr(film_parts, "PART_MS", 200.0)
    write_table(grid_table(4, 1, "greys.mp4", start=["800", "0", "400", "480"], dur=lambda n: 200), "grid.csv")
    run = settings_of("grid.csv", "4x1", width=64, height=12, fps=25, dir=".", threads=1)
    plan = plan_of(run, composed(run, Four, {}), {}, lambda line: None)

    def extract(job):
        raise frame_store.NoVideoError("has a video track without pictures")

    monkeypatch.setattr(frame_store, "extract", extract)
    with pytest.raises(frame_store.MediaError, match="none of its films can be read"):
        source_of(plan, os.getcwd())
    assert plan.heard_only == ["greys.mp4"] * run.output.sound
    assert plan.bad == {} if run.output.sound else {"greys.mp4": "has a video track without pictures"}
