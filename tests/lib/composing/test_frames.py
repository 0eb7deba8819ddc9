"""Pictures to files: how they are named, shared out, kept, and made again."""

import os
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from lib.composing import frames
from lib.composing.composition import Composition
from lib.composing.frames import (
    Source,
    frame_path,
    frames_there,
    job_size,
    load_pictures,
    open_source,
    pictures,
    remove_frames,
    render_files,
)
from lib.composing.layout import still
from lib.composing.score import score_of
from lib.composing.settings import RenderSettings
from lib.errors import MediaError
from tests.support.each import each
from tests.support.grids import composition_of, grid_table

SETTINGS = RenderSettings(16, 8, 10)
BOXES = Source((), (), "fill", boxes=True)


class Growing(Composition):
    """Two clips that brighten evenly within a second."""

    def compose(self):
        self.score = score_of(self.clips, [], [], [])
        self.end_ms = 1000.0

    def layout(self, ms):
        return replace(still(self.cells), brightness=min(ms / 1000, 1.0))


@pytest.fixture
def composition(tmp_path):
    return composition_of(Growing, tmp_path, grid_table(2, 1), "2x1", width=16, height=8)


def draw(composition, pattern, numbers, **settings):
    render_files(composition, replace(SETTINGS, **settings), BOXES, numbers, str(pattern), 2, 1)


def picture(pattern, number):
    with Image.open(frame_path(str(pattern), number, 2)) as image:
        return np.asarray(image.convert("RGB")).astype(int)


@each(
    ("count", "workers", "size"),
    # A quarter of a worker's share, at least 1, at most 16.
    [(0, 1, 1), (3, 1, 1), (8, 1, 2), (64, 1, 16), (1000, 1, 16), (64, 4, 4), (63, 4, 3), (7, 8, 1)],
)
def test_how_many_pictures_a_worker_gets_at_a_time(count, workers, size):
    assert job_size(count, workers) == size


@pytest.mark.parametrize(("cluster", "sizes"), [("", [2, 2, 2, 2, 1]), ("tcp://there:1", [4, 4, 1])])
def test_jobs_are_of_these_sizes_and_hold_what_is_missing(composition, tmp_path, monkeypatch, cluster, sizes):
    jobs = []

    def run_many(function, parts, workers, where, ready):
        jobs.extend(parts)
        return iter(())

    monkeypatch.setattr(frames, "run_many", run_many)
    monkeypatch.setattr(frames, "on_cluster", lambda *about: None)
    (tmp_path / "f").mkdir()
    (tmp_path / "f" / "03.png").touch()
    (tmp_path / "f" / "4.png").touch()  # of a film of fewer pictures
    render_files(composition, SETTINGS, BOXES, range(1, 11), f"{tmp_path}/f/%s.png", 2, 1, cluster)
    assert [len(part) for part in jobs] == sizes
    assert [number for part in jobs for number in part] == [1, 2, 4, 5, 6, 7, 8, 9, 10]


def test_names_of_pictures(tmp_path):
    pattern = f"{tmp_path}/a [x] %d %s.png"
    assert frame_path(pattern, 7, 3) == f"{tmp_path}/a [x] %d 007.png"
    for name in ("a [x] %d 007.png", "a [x] %d 120.png", "a [x] %d 12.png", "a x %d 008.png", "a [x] %d 00x.png"):
        (tmp_path / name).touch()
    assert frames_there(pattern, 3) == {7, 120}
    assert frames_there(pattern, 2) == {12}


def test_only_what_is_missing_is_drawn(composition, tmp_path):
    draw(composition, tmp_path / "%s.png", [2, 3])
    assert {path.name for path in tmp_path.glob("*.png")} == {"02.png", "03.png"}
    # At 150 and 250 ms: 3/20, and 5/20, of the clips' colours.
    assert picture(tmp_path / "%s.png", 3) * 3.0 == pytest.approx(picture(tmp_path / "%s.png", 2) * 5.0, abs=9)
    kept = (tmp_path / "02.png").stat().st_mtime_ns
    (tmp_path / "03.png").write_bytes(b"not looked at")
    draw(composition, tmp_path / "%s.png", [1, 2, 3, 4])
    assert (tmp_path / "02.png").stat().st_mtime_ns == kept
    assert (tmp_path / "03.png").read_bytes() == b"not looked at"
    # The fourth is at 350 ms.
    assert picture(tmp_path / "%s.png", 4) * 3.0 == pytest.approx(picture(tmp_path / "%s.png", 2) * 7.0, abs=12)


def test_trails_begin_with_the_last_picture_that_is_there(composition, tmp_path):
    draw(composition, tmp_path / "%s.png", [1, 2, 3], fa=0.5)
    whole = {number: picture(tmp_path / "%s.png", number) for number in (1, 2, 3)}
    os.remove(tmp_path / "03.png")
    Image.fromarray(np.full((8, 16, 3), 200, np.uint8)).save(tmp_path / "02.png")
    drawn = []
    screen = frames.Screen.picture

    def counted(self, frame, before=None):
        drawn.append((frame, None if before is None else int(before[0, 0, 0])))
        return screen(self, frame, before)

    frames.Screen.picture, original = counted, screen
    try:
        draw(composition, tmp_path / "%s.png", [3], fa=0.5)
    finally:
        frames.Screen.picture = original
    assert drawn == [(3, 200)]
    assert whole[3].max() > whole[1].max()


def test_a_damaged_picture_below_a_trail_is_named(composition, tmp_path):
    (tmp_path / "01.png").write_bytes(b"no picture")
    with pytest.raises(MediaError, match=r"01\.png: is damaged .*delete it"):
        draw(composition, tmp_path / "%s.png", [2], fa=0.5)


def test_removed_are_the_pictures_of_the_film_and_nothing_else(tmp_path):
    for name in ("01.png", "05.png", "06.png", "00.png", "5.png", "mine.png"):
        (tmp_path / name).touch()
    remove_frames(f"{tmp_path}/%s.png", 2, range(1, 6))
    assert {path.name for path in tmp_path.iterdir()} == {"06.png", "00.png", "5.png", "mine.png"}


def test_a_store_that_is_gone_is_named(tmp_path):
    open_source.cache_clear()
    with pytest.raises(MediaError, match=r"gone\.frames: this part of the cache is gone or damaged"):
        open_source(Source((f"{tmp_path}/gone.frames",), ((0, 0),), "fill"))


def test_pictures_come_back_as_they_were_drawn(composition, tmp_path):
    pattern = tmp_path / "p.%s.png"
    draw(composition, pattern, [5, 9])
    five, nine = load_pictures(str(pattern), [5, 9], 2, (16, 8))
    # Boxes brighten evenly: at 0.45 s and at 0.85 s.
    assert five.any()
    assert nine[five > 0] / five[five > 0] == pytest.approx(85 / 45, rel=0.05)
    with pytest.raises(MediaError, match="is 16 x 8, not 18 x 8"):
        list(load_pictures(str(pattern), [5], 2, (18, 8)))
    (tmp_path / "p.05.png").write_bytes(b"\x89PNG")
    with pytest.raises(MediaError, match="is damaged"):
        list(load_pictures(str(pattern), [5], 2, (16, 8)))


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("most", [0, 128])
def test_pictures_are_in_order_whoever_draws_them(composition, monkeypatch, threads, most):
    monkeypatch.setattr(frames, "SMALL", most)
    found = list(pictures(composition, SETTINGS, BOXES, range(2, 10), threads))
    screen = frames.Screen(composition, SETTINGS, None)
    for number, made in zip(range(2, 10), found, strict=True):
        assert np.array_equal(made, screen.picture(number))
    assert len({made.tobytes() for made in found}) == 8


def test_small_pictures_are_not_drawn_further_than_they_are_taken(composition, monkeypatch):
    drawn, real = [], frames.Screen.picture
    monkeypatch.setattr(frames.Screen, "picture", lambda screen, frame: drawn.append(frame) or real(screen, frame))
    coming = pictures(composition, SETTINGS, BOXES, range(1, 100), 2)
    next(coming)
    coming.close()
    assert max(drawn) <= 3


def test_pictures_of_any_number_of_digits_are_found_unless_it_is_said(tmp_path):
    for name in ("a1b.png", "a02b.png", "a333b.png", "ab.png", "a1c.png", "a-4b.png", "xa5b.png"):
        (tmp_path / name).write_bytes(b"")
    pattern = str(tmp_path / "a%sb.png")
    assert frames_there(pattern) == {1, 2, 333}
    assert [frames_there(pattern, digits) for digits in (1, 2, 3, 4)] == [{1}, {2}, {333}, set()]
