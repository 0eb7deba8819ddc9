"""Which pictures of which films a composition needs, and where they are then; with films that nobody reads."""

import os
from types import SimpleNamespace

import numpy as np
import pytest

from lib.composing import sources
from lib.composing.composition import Composition
from lib.composing.layout import still
from lib.composing.score import PlaybackSettings, score_of
from lib.composing.settings import StoreSettings
from lib.composing.sounds import sounds_of
from lib.composing.sources import sizes_of, source_of
from lib.errors import MediaError, NoVideoError
from lib.parallel.jobs import Outcome
from tests.support.grids import composition_of, grid_table


class Plain(Composition):
    """Clips that stay."""

    def compose(self):
        self.score, self.end_ms = score_of(self.clips, [], [], []), 0.0

    def layout(self, ms):
        return still(self.cells)


def plan_of(tmp_path, table, grid, sound=True, overwrite=False, **store):
    composition = composition_of(Plain, tmp_path, table, grid)
    render = SimpleNamespace(width=160, height=90)
    output = SimpleNamespace(sound=sound)
    store = StoreSettings(**{"folder": str(tmp_path), "key": "", "fit": "fill", **store})
    run = SimpleNamespace(
        store=store, overwrite=overwrite, render=render, output=output, threads=1, cluster="", table="t.csv"
    )  # fmt: skip
    return SimpleNamespace(
        run=run, composition=composition, total=17, bad={}, partly={}, heard_only=[], picture_stamp=lambda: "stamp"
    )  # fmt: skip


@pytest.fixture
def measured(monkeypatch):
    """How sizes are asked for: the number of pictures, and how many of them are looked at."""
    asked = []

    def largest(composition, render, total, every=1):
        asked.append((total, every))
        return np.arange(2 * len(composition.clips)).reshape(-1, 2) + 5

    monkeypatch.setattr(sources, "largest_sizes", largest)
    return asked


def test_sizes_are_measured_once_and_kept_in_a_cache(tmp_path, measured):
    plan = plan_of(tmp_path, grid_table(3, 1), "3x1", key="k")
    want = [[5, 6], [7, 8], [9, 10]]
    assert sizes_of(plan, str(tmp_path)).tolist() == sizes_of(plan, str(tmp_path)).tolist() == want
    assert measured == [(17, 1)]
    assert (tmp_path / "sizes.bin").stat().st_size == 3 * 2 * 8
    # Again if that is wanted, if all is made again, and if the file is damaged or of something else.
    for change in ({"resize": True}, {"overwrite": True}):
        other = plan_of(tmp_path, grid_table(3, 1), "3x1", **{"key": "k", **change})
        measured.clear()
        assert sizes_of(other, str(tmp_path)).tolist() == want
        assert len(measured) == 1
    plan.picture_stamp = lambda: "another"
    sizes_of(plan, str(tmp_path))
    assert len(measured) == 2
    (tmp_path / "sizes.bin").write_bytes(b"0" * 47)
    os.utime(tmp_path / "sizes.bin")
    assert sizes_of(plan, str(tmp_path)).tolist() == want
    assert len(measured) == 3


def test_without_a_cache_nothing_is_kept(tmp_path, measured):
    plan = plan_of(tmp_path, grid_table(2, 1), "2x1")
    sizes_of(plan, str(tmp_path))
    assert not (tmp_path / "sizes.bin").exists()


def test_for_a_quick_look_every_fourth_picture_is_measured_and_sizes_are_few(tmp_path, measured):
    plan = plan_of(tmp_path, grid_table(3, 1), "3x1", step_ms=80.0)
    # Of 9 across the halves are 4.5 (5); of 10 down 5.
    assert sizes_of(plan, str(tmp_path)).tolist() == [[9, 10], [9, 10], [9, 10]]
    assert measured == [(17, 4)]


@pytest.fixture
def filled(monkeypatch):
    """Films that are read: all of them, or with these errors; films are in two parts where that is said."""
    told = SimpleNamespace(
        errors={}, results={}, jobs=[], parts=lambda film, clips: [list(range(len(clips)))], limits=[]
    )

    def fill(jobs, threads, verify, overwrite, cluster, stop):
        told.jobs[:] = jobs
        for index in reversed(range(len(jobs))):
            error, kind = told.errors.get(index, ("", None))
            yield Outcome(index, jobs[index], told.results.get(index, ""), error, kind)

    monkeypatch.setattr(sources, "fill_store", fill)

    def parts(film, clips):
        return told.parts(film, clips)

    monkeypatch.setattr(sources, "film_parts", parts)
    monkeypatch.setattr(sources, "limit_store", lambda *what: told.limits.append(what))
    monkeypatch.setattr(sources, "sizes_of", lambda plan, folder: told.sizes)
    told.sizes = np.array([[80, 45], [0, 0], [80, 45], [40, 45]])
    return told


def table_of(names):
    return grid_table(4, 1, vstart=["0", "1", "0", "2"], vdur=["9", "9", "9", "8"]).with_columns({"filename": names})


def test_each_film_is_read_once_for_all_different_clips(tmp_path, filled):
    plan = plan_of(tmp_path, table_of(["b", "a", "b", "a"]), "4x1")
    source = source_of(plan, str(tmp_path))
    # Clip 2 shows what clip 0 does; clip 1 is never seen.
    assert source.places == ((0, 0), None, (0, 0), (1, 0))
    assert [len(job.clips) for job in filled.jobs] == [1, 1]
    first, second = filled.jobs
    assert source.files == (first.target, second.target)
    assert (first.film, second.film) == plan.composition.clips.films
    clip = first.clips[0]
    assert (clip.start_ms, clip.dur_ms, clip.width, clip.height, clip.shape) == (0, 9, 80, 45, 40 / 90)
    assert (source.fit, source.boxes, first.fit, first.crop_bars) == ("fill", False, "fill", plan.run.store.crop_bars)
    assert filled.limits == []


def test_a_film_in_parts_has_a_file_for_each(tmp_path, filled):
    filled.sizes = np.array([[80, 45]] * 4)
    filled.parts = lambda film, clips: [[2, 0], [1]] if len(clips) == 3 else [[0]]
    plan = plan_of(tmp_path, table_of(["b", "b", "a", "b"]), "4x1", key="k")
    source = source_of(plan, str(tmp_path))
    assert [len(job.clips) for job in filled.jobs] == [2, 1, 1]
    assert source.places == ((0, 1), (1, 0), (2, 0), (0, 0))
    assert len(set(source.files)) == 3
    assert filled.limits == [(str(tmp_path), source.files)]


def test_films_that_cannot_be_read_are_left_out_and_named(tmp_path, filled):
    plan = plan_of(tmp_path, table_of(["b", "a", "b", "a"]), "4x1")
    filled.errors = {0: ("is damaged", MediaError)}
    filled.results = {1: "breaks off"}
    source = source_of(plan, str(tmp_path))
    assert source.places == (None, None, None, (0, 0))
    assert (plan.bad, plan.partly, plan.heard_only) == ({"b": "is damaged"}, {"a": "breaks off"}, [])
    # Without a picture it is only heard, if there is a sound to be made.
    for sound, bad, heard in ((True, {}, ["b"]), (False, {"b": "has no picture"}, [])):
        filled.errors = {0: ("has no picture", NoVideoError)}
        plan = plan_of(tmp_path, table_of(["b", "a", "b", "a"]), "4x1", sound=sound)
        source_of(plan, str(tmp_path))
        assert (plan.bad, plan.heard_only) == (bad, heard)


def test_where_nothing_can_be_read_the_first_reason_is_told(tmp_path, filled):
    plan = plan_of(tmp_path, table_of(["b", "a", "b", "a"]), "4x1")
    filled.errors = {0: ("is damaged", MediaError), 1: ("is gone", MediaError)}
    with pytest.raises(MediaError, match=r"none of its films can be read \(is gone\)"):
        source_of(plan, str(tmp_path))
    plan = plan_of(tmp_path, table_of(["b"] * 4), "4x1")
    filled.errors = {0: ("has none", NoVideoError)}
    with pytest.raises(MediaError, match=r"none of its films can be read \(they have no picture\)"):
        source_of(plan, str(tmp_path))
    # Clips that are never seen need none.
    filled.sizes = np.zeros((4, 2), int)
    assert source_of(plan_of(tmp_path, table_of(["b"] * 4), "4x1"), str(tmp_path)).places == (None,) * 4


def test_boxes_need_no_films(tmp_path, filled):
    source = source_of(plan_of(tmp_path, table_of(["b"] * 4), "4x1", boxes=True), str(tmp_path))
    assert (source.files, source.places, source.boxes) == ((), (), True)
    assert filled.jobs == []


def test_a_play_without_volume_or_length_is_not_heard(tmp_path):
    clips = composition_of(Plain, tmp_path, grid_table(3, 1), "3x1").clips
    score = score_of(
        clips, [0, 1, 2, 0, 1], [1, 2, 3, 4, 5], 9, volume=[0.1, 0, 1, 1, 1], sounds=[1, 1, 0, 1, 1],
        dur=[1, 1, 1, 0, 0.5],
        stretch=[0, 0, 0, 0, 0.5], pan=[0.5] * 5, pan_to=[0.5, 0.5, 0.5, 0.5, -1],
    )  # fmt: skip
    heard = sounds_of(score, clips, PlaybackSettings(), begin_ms=1.0, seed=10)
    assert [(play.time_ms, play.volume, play.dur_ms, play.seed) for play in heard] == [(0, 0.1, 1, 10), (4, 1, 0.5, 14)]
    assert [(play.stretch_ms, play.pan_to, play.fade_out) for play in heard] == [(None, None, 0.5), (0.5, -1, 0.8)]
    assert [play.seed for play in sounds_of(score, clips, PlaybackSettings())] == [0, 4]


def test_a_clip_is_shown_for_the_longest_of_its_sound_its_picture_and_a_time_about_the_shortest(tmp_path):
    table = grid_table(40, 25, dur=lambda n: 2000 if n == 3 else 1, vdur=lambda n: 1800 if n == 5 else 1)
    composition = composition_of(Plain, tmp_path, table, "40x25", mcd=1000)
    lengths = composition.shown_ms
    assert (lengths[3], lengths[5]) == (2000, 1800)
    others = np.delete(lengths, [3, 5])
    assert 1000 <= others.min() < 1005
    assert 1495 < others.max() <= 1500
    assert others.mean() == pytest.approx(1250, abs=20)
    again = composition_of(Plain, tmp_path, table, "40x25", mcd=1000)
    other = composition_of(Plain, tmp_path, table, "40x25", mcd=1000, rand=2)
    assert np.array_equal(again.shown_ms, lengths)
    assert not np.array_equal(other.shown_ms, lengths)


def test_scales_are_those_of_the_columns_of_both_views(tmp_path):
    composition = composition_of(Plain, tmp_path, grid_table(6, 4), "6x4", "3x1", "2x4")
    assert composition.scales == (2, 3)
    assert [composition.zoom(n) for n in (0, 0.5, 1)] == [2, 2.5, 3]
