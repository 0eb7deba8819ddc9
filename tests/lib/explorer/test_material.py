import numpy as np
import pytest

from lib.errors import MediaError
from lib.explorer.loops import LoopSize
from lib.explorer.material import (
    HEARD,
    OPUS_RATE,
    PICTURED,
    MaterialJob,
    Segment,
    filling,
    gather,
    is_whole,
    load,
    seconds,
)
from tests.lib.explorer.test_loops import decoded
from tests.support.media_factory import encode, film, silent_film, tone, write_wav

RED, GREEN, BLUE = (200, 30, 30), (30, 200, 30), (30, 30, 200)


def job_of(folder, filename, *segments, size=(96, 72), loop=None):
    return MaterialJob(
        str(folder), filename, tuple(Segment(*segment) for segment in segments), str(folder / "parts/x"), *size, loop
    )


def taken(*what, **how):
    job = job_of(*what, **how)
    gather(job)
    return load(job)


def colour(picture):
    return tuple(picture.reshape(-1, 3).mean(axis=0))


def test_pictures_are_those_on_the_screen_at_their_times(tmp_path):
    film(tmp_path / "a.mp4", [RED] * 10 + [GREEN] * 10 + [BLUE] * 10)
    # In any order; the last is beyond the end, where the last frame stays. The green ones begin at 400 ms.
    found = taken(tmp_path, "a.mp4", (0, 50, 900), (0, 50, 0), (0, 50, 400), (0, 50, 399), (0, 50, 5000))
    assert found.shown == PICTURED
    for n, expected in enumerate((BLUE, RED, GREEN, RED, BLUE)):
        assert found.picture(n).shape == (72, 96, 3)
        assert colour(found.picture(n)) == pytest.approx(expected, abs=6)


def test_loops_are_what_the_film_shows_from_then_on(tmp_path):
    """In any order, one over the other; the last one goes on beyond the end, where the last frame stays."""
    film(tmp_path / "a.mp4", [RED] * 10 + [GREEN] * 10 + [BLUE] * 10)
    segments = [(0, 50, 900, 300), (0, 50, 240, 400), (0, 50, 320, 160), (0, 50, 0, 0)]
    found = taken(tmp_path, "a.mp4", *segments, loop=LoopSize(144, 108, 3000))
    wanted = ([BLUE] * 3, [RED] * 2 + [GREEN] * 3, [RED, GREEN], [RED])
    for n, colours in enumerate(wanted):
        pictures = decoded(found.loop(n))
        assert [picture.shape for picture in pictures] == [(108, 144, 3)] * len(colours)
        for picture, expected in zip(pictures, colours, strict=True):
            assert colour(picture) == pytest.approx(expected, abs=8)
        assert colour(found.picture(n)) == pytest.approx(colours[0], abs=6)


def test_material_is_whole_if_all_of_it_is_there(tmp_path):
    film(tmp_path / "a.mp4", [RED] * 10)
    write_wav(tmp_path / "b.wav", tone(440, 0.5, OPUS_RATE), OPUS_RATE)
    for name, endings in (("a.mp4", ("pictures", "loops", "json")), ("b.wav", ("sound", "pictures", "json"))):
        job = job_of(tmp_path, name, (0, 50, 0, 300), loop=LoopSize(144, 108, 3000))
        for ending in endings:
            gather(job)
            assert is_whole(job)
            (tmp_path / f"parts/x.{ending}").write_bytes(b"")
            assert not is_whole(job)
            (tmp_path / f"parts/x.{ending}").unlink()
            assert not is_whole(job)


def test_what_has_no_film_has_no_loops(tmp_path):
    write_wav(tmp_path / "a.wav", tone(440, 1.0, OPUS_RATE), OPUS_RATE)
    found = taken(tmp_path, "a.wav", (0, 500, 0, 500), loop=LoopSize(144, 108, 3000))
    assert found.loop(0) == []


def test_the_middle_of_a_wide_picture_fills_the_cell(tmp_path):
    # 128 x 48: a cell of 4 to 3 shows the 64 columns in the middle.
    wide = np.zeros((48, 128, 3), np.uint8)
    wide[:, :32], wide[:, 32:96], wide[:, 96:] = RED, GREEN, BLUE
    film(tmp_path / "a.mp4", [wide] * 5, size=(128, 48))
    picture = taken(tmp_path, "a.mp4", (0, 100, 0)).picture(0)
    assert colour(picture[:, 4:-4]) == pytest.approx(GREEN, abs=8)


def test_sizes_that_fill():
    assert filling(640, 480, 96, 72) == (96, 72)
    assert filling(1280, 480, 96, 72) == (192, 72)
    assert filling(480, 960, 96, 72) == (96, 192)


def test_sounds_are_those_of_their_ranges(tmp_path):
    ramp = np.linspace(-0.9, 0.9, 2 * OPUS_RATE, dtype=np.float32)
    write_wav(tmp_path / "a.wav", ramp, OPUS_RATE)
    found = taken(tmp_path, "a.wav", (1000, 100, 0), (0, 50, 0), (1990, 100, 0), (3000, 100, 0))
    expected = np.round(ramp * 32767)
    for n, (first, count) in enumerate([(48_000, 4800), (0, 2400), (95_520, 480), (0, 0)]):
        sound = found.sound(n)
        assert len(sound) == count
        assert np.abs(sound - expected[first : first + count]).max(initial=0) <= 1
    assert found.problem == ""


def test_what_has_no_film_is_shown_by_its_sound(tmp_path):
    write_wav(tmp_path / "a.wav", tone(440, 1.0, OPUS_RATE), OPUS_RATE)
    found = taken(tmp_path, "a.wav", (0, 500, 0), (2000, 500, 0))
    assert found.shown == HEARD
    red, green, blue = (float(part.max()) for part in found.picture(0).transpose(2, 0, 1))
    assert red > 240  # A
    assert max(green, blue) < 200
    assert not found.picture(1).any()


def test_a_silent_film_has_pictures(tmp_path):
    silent_film(tmp_path / "a.mp4")
    found = taken(tmp_path, "a.mp4", (0, 500, 0))
    assert found.shown == PICTURED
    assert len(found.sound(0)) == 0
    assert found.problem == ""


def test_pictures_and_sound_of_one_file(tmp_path):
    encode(tmp_path / "a.mp4", tone(440, 1.0, 44100))
    found = taken(tmp_path, "a.mp4", (200, 300, 500))
    assert found.shown == PICTURED
    assert len(found.sound(0)) == 14_400
    assert found.picture(0).std() > 20


def test_files_that_cannot_be_read(tmp_path):
    (tmp_path / "text.mp4").write_text("no film")
    for name, reason in [("text.mp4", "not media that can be read"), ("none.mp4", "no such file")]:
        with pytest.raises(MediaError, match=reason):
            taken(tmp_path, name, (0, 100, 0))
    with pytest.raises(MediaError, match=r"outside the media folder"):
        taken(tmp_path, "../a.mp4", (0, 100, 0))


def test_length_of_pieces():
    assert seconds([Segment(0, 500, 0), Segment(100, 250, 0)]) == 0.75
