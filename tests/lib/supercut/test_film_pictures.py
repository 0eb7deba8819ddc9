"""The pictures of a film laid together from those of its sources, and the chapters and folders of a film."""

from fractions import Fraction

import numpy as np
import pytest

from lib.audio.mix_plays import Play
from lib.errors import WriteError
from lib.supercut import film
from lib.supercut.film import composed, scratch_of
from lib.supercut.settings import FilmSettings
from lib.supercut.supercut import Supercut, wanted_by
from lib.tables.table import Table
from tests.support.each import each

SOURCES = 3


def cut_of(plays, split, fade_ms, length_ms=1200.0):
    settings = FilmSettings("a.mp4", 12, 8, Fraction(25), split=split, fade_ms=fade_ms, codec="ffv1")
    return Supercut(Table.of({"filename": [play.path for play in plays]}), plays, length_ms, settings)


class Stored:
    """The pictures of sources: number n of source s is a flat one, whose level says both."""

    def __init__(self, kind):
        self.kind = kind

    def read(self, source, number):
        return np.full(self.kind.count, self.level(source, number), np.uint8)

    @staticmethod
    def level(source, number):
        return 40 * (source + 1) + number


@each("seed", range(6))
@each(("split", "fade_ms"), [(False, 0), (False, 200), (True, 0), (True, 160)])
def test_each_picture_is_what_its_shots_show(seed, split, fade_ms):
    random = np.random.default_rng(seed)
    begins = np.sort(random.integers(0, 25, 7)) * 40.0
    plays = [
        Play(ms, f"{random.integers(SOURCES)}", 0.0, float(random.choice([120, 400, 900]))) for ms in begins.tolist()
    ]  # fmt: skip
    cut = cut_of(plays, split, fade_ms)
    wanted = wanted_by(cut)
    # Of each source every second picture is the one before again; of the last there are none.
    known = [np.arange(len(ms)) // 2 for ms in wanted.ms]
    known[-1] = None
    made = [picture.copy() for picture in composed(cut, Stored(cut.cell), known, wanted)]
    assert len(made) == 30
    side, (width, height) = cut.shots.side, cut.cell_size
    for picture, got in enumerate(made):
        canvas = np.zeros((8, 12, 3), int)
        for number, shot in enumerate(cut.shots.shots):
            if shot.first <= picture < shot.end:
                at = wanted.begins[number] + picture - shot.first
                source, place = wanted.source[at], wanted.place[at]
                level = 0 if known[source] is None else Stored.level(source, known[source][place])
                steps = round(256 * shot.opacity(picture))
                left, top = cut.place_of(shot.cell) if side > 1 else (0, 0)
                part = canvas[top : top + height, left : left + width]
                part[:] = level if steps == 256 else (part * (256 - steps) + level * steps + 128) // 256
        assert np.array_equal(got.reshape(8, 12, 3), canvas), picture


def test_a_picture_that_covers_the_frame_is_passed_on_as_it_is():
    cut = cut_of([Play(0.0, "0", 0.0, 400.0)], False, 0)
    wanted = wanted_by(cut)
    kept = np.full(cut.cell.count, 7, np.uint8)

    class One:
        def read(self, source, number):
            return kept

    made = list(composed(cut, One(), [np.zeros(99, int)], wanted))
    assert all(picture is kept for picture in made)


def test_the_folder_of_a_film_is_of_no_other(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = [scratch_of(name) for name in ("a.mp4", "a.mov", "b/a.mp4", "x" * 60 + ".mp4")]
    assert len(set(names)) == 4
    assert scratch_of(str(tmp_path / "a.mp4")) == names[0]
    for name, stem in zip(names, ["a", "a", "a", "x" * 40], strict=True):
        folder, _, last = name.replace("\\", "/").rpartition("/")
        assert folder == "tmp/features_to_video"
        assert last.rpartition("-")[0] == stem
        assert len(last.rpartition("-")[2]) == 8


@each(("free", "needed", "fits"), [(0, 0, True), (1000, 1000, True), (1000, 1001, False), (-5, 1, False)])
def test_a_quarter_of_a_gigabyte_is_left_free(monkeypatch, tmp_path, free, needed, fits):
    class Usage:
        pass

    Usage.free = 2**28 + free
    monkeypatch.setattr(film.shutil, "disk_usage", lambda folder: Usage)
    if fits:
        film._check_room(str(tmp_path), needed)
    else:
        with pytest.raises(WriteError, match=r"needs .* GB for pictures, but only .* GB is free"):
            film._check_room(str(tmp_path), needed)


def test_what_is_ours_in_the_folder():
    for name in ("0" * 32 + ".pictures", "sound.flac", "sound.m4a", "trial.m4a"):
        assert film.OURS.fullmatch(name)
    for name in ("0" * 31 + ".pictures", "mine.pictures", "sound.wav", "sound.flac.part"):
        assert not film.OURS.fullmatch(name)
