"""Scenes: the rule for cuts and segments by hand, by brute force, and on films whose cuts are known."""

import bisect
import colorsys
import csv
import itertools
import math
import statistics
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.io import user_cache
from lib.video.film_cuts import film_cuts
from lib.video.mean_detector import cut_places, hsv_mean
from lib.video.reader import VideoReader
from lib.video.scenes import SceneJob, SceneSettings, look_length, scene_segments
from lib.video.segments import choose_segment
from tests.support.each import each
from tests.support.media_factory import ROOT, encode, ffmpeg, film, silent_film, tone

SAMPLE = ROOT / "media" / "sample"
NO_CHANCE = SceneSettings(extra_ms=0)


def hsv_by_hand(picture):
    """The mean of hue, saturation and value by the standard library."""
    pixels, counts = np.unique(picture.reshape(-1, 3), axis=0, return_counts=True)
    means = [statistics.fmean(colorsys.rgb_to_hsv(*(c / 255 for c in p))) for p in pixels.tolist()]
    return 255 * statistics.fmean(means, counts.tolist())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("colour", "level"),
    [
        ((0, 0, 0), 0),
        ((255, 255, 255), 85),
        ((90, 90, 90), 30),
        ((255, 0, 0), 170),
        ((0, 255, 0), (85 + 510) / 3),
        ((0, 0, 255), (170 + 510) / 3),
        ((255, 255, 0), (42.5 + 510) / 3),
        ((255, 0, 1), (255 * (1 - 1 / 6 / 255) + 510) / 3),
        ((128, 64, 64), (127.5 + 128) / 3),
    ],
)
def test_the_level_of_a_colour(colour, level):
    picture = np.broadcast_to(np.array(colour, np.uint8), (37, 41, 3))
    assert hsv_mean(np.ascontiguousarray(picture)) == pytest.approx(level, abs=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(1, 1), (1, 1023), (32, 32), (25, 41), (61, 67)])
def test_the_level_of_any_picture(shape):
    picture = np.random.default_rng(shape[1]).integers(0, 256, (*shape, 3), np.uint8)
    assert hsv_mean(picture) == pytest.approx(hsv_by_hand(picture), abs=0.02)


@pytest.mark.slow
def test_a_large_picture_does_not_overflow():
    picture = np.zeros((1100, 2000, 3), np.uint8)
    picture[..., 0], picture[..., 2] = 255, 1
    assert hsv_mean(picture) == pytest.approx((255 * (1 - 1 / 6 / 255) + 510) / 3, abs=0.02)


def test_a_cut_is_a_large_change_that_stands_out():
    flat = [50.0] * 20
    assert cut_places(np.array(flat)).tolist() == []
    assert cut_places(np.array(flat + [57.1] * 20)).tolist() == [19]
    assert cut_places(np.array(flat + [42.9] * 20)).tolist() == [19]
    assert cut_places(np.array(flat + [57.0] * 20)).tolist() == []
    # One change of ten is sqrt(9) = 3 standard deviations from their mean, one of nine only sqrt(8).
    assert cut_places(np.array([0.0] * 5 + [100.0] * 6)).tolist() == [4]
    assert cut_places(np.array([0.0] * 5 + [100.0] * 5)).tolist() == []
    # m equal changes of n stand out by sqrt((n - m) / m): of 40, four do and five do not.
    for m, count in ((4, 4), (5, 0)):
        levels = np.repeat(np.arange(m + 1) * 10.0, [4] * m + [41 - 4 * m])
        assert len(cut_places(levels)) == count
    assert cut_places(np.arange(40) * 9.0).tolist() == []  # a fast fade: no change stands out
    assert cut_places(np.zeros(1)).tolist() == []
    # A change over 7 that stands out for being small.
    assert cut_places(np.cumsum([0.0] + [50.0] * 15 + [8.0] + [50.0] * 15)).tolist() == [15]


@each(
    ("shown", "cuts", "segment"),
    [
        ((100, 1300), [], (100, 1200)),
        # Ended by the cut at 500, whose first ms is not part of it.
        ((100, 1300), [(500, 500)], (100, 399)),
        ((100, 1300), [(500, 500), (600, 600)], (100, 399)),
        ((100, 1300), [(356, 356)], (100, 255)),  # 256 ms after the start is late enough
        ((100, 1300), [(355, 355)], (355, 945)),
        ((100, 1300), [(200, 200), (300, 300), (700, 700)], (300, 399)),
        # None is long enough: the longest, and of two that are equal the first.
        ((100, 400), [(250, 250)], (250, 150)),
        ((100, 400), [(300, 300)], (100, 199)),
        ((0, 302), [(101, 101), (202, 202)], (0, 100)),
        # Times between whole ms, and a film with more frames than looks: the cut is somewhere from 500.5 to 533.9.
        ((100, 1300.9), [(333.3, 333.3)], (334, 966)),
        ((100, 1300), [(500.5, 533.9)], (100, 399)),
        ((400, 1300), [(500.5, 533.9)], (534, 766)),
    ],
)
def test_the_piece_that_is_chosen(shown, cuts, segment):
    assert choose_segment(*shown, cuts, 256) == segment


def test_a_window_within_a_cut_has_a_segment_of_no_length():
    assert choose_segment(100, 105, [(100, 110)], 256) == (100, 0)
    assert choose_segment(100, 110, [(100, 110)], 256) == (100, 0)
    assert choose_segment(100, 112, [(100, 110)], 256) == (110, 2)
    assert choose_segment(100, 105, [(103, 110)], 256) == (100, 2)
    assert choose_segment(100, 99, [], 256) == (100, 0)


def test_how_far_is_looked():
    for dur, wanted in ((1000, 2000), (500, 1500), (1200, 1200), (1300, 1300), (7, 1204), (0, 1200), (0.1, 1200)):
        assert look_length("a.mp4", 5, dur, NO_CHANCE) == pytest.approx(wanted)
    assert look_length("a.mp4", 5, 600, SceneSettings(reach_ms=0, extra_ms=0)) == 600
    some = [look_length("a.mp4", start, 600, SceneSettings()) - 1200 for start in range(2000)]
    assert min(some) == 0
    assert max(some) == 400
    assert statistics.fmean(some) == pytest.approx(200, abs=12)
    assert look_length("a.mp4", 7, 600, SceneSettings()) == some[7] + 1200
    assert look_length("b.mp4", 7, 600, SceneSettings()) != some[7] + 1200


# The whole rule once more, as plainly as it can be said, for films of one colour per frame.


def frames_of(path):
    """(begin, level) of every frame, read without our code, and the film's end."""
    frames = []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            picture = frame.to_ndarray(format="rgb24", width=16, height=12, threads=1)
            frames.append((1000 * frame.time, hsv_by_hand(picture)))
            length = 1000 * float(frame.duration * frame.time_base)
    return frames, frames[-1][0] + length


def shown(frames, ms):
    return max(bisect.bisect_right(frames, ms + 1e-6, key=lambda frame: frame[0]) - 1, 0)


def rule(frames, film_end, start, dur, shortest=256, reach=1200, fps=30):
    """The segment for a sample, and every cut that its window shows as (end of the old scene, start of the new)."""
    length = dur
    while length < reach:
        length += dur
    end = min(start + length, film_end)
    looks, n = [], 0
    while start + n * 1000 / fps < end - 1e-6:
        looks.append(shown(frames, start + n * 1000 / fps))
        n += 1
    if shown(frames, end) != looks[-1]:
        looks.append(shown(frames, end))
    levels = [frames[n][1] for n in looks]
    changes = [abs(b - a) for a, b in itertools.pairwise(levels)]
    spread = statistics.pstdev(changes) if changes else 0
    cuts = []
    for n, change in enumerate(changes):
        if change > 7 and spread and abs(change - statistics.fmean(changes)) / spread >= 3:
            cuts.append((frames[looks[n] + 1][0], frames[looks[n + 1]][0]))
    begin, segments = math.ceil(start), []
    for old, new in cuts:
        segments.append((begin, math.floor(old + 1e-6) - 1 - begin))
        if old - begin >= shortest - 1e-6:
            return segments[-1], cuts
        begin = math.ceil(new - 1e-6)
    segments.append((begin, math.floor(end + 1e-6) - begin))
    if segments[-1][1] >= shortest:
        return segments[-1], cuts
    return max(segments, key=lambda segment: segment[1]), cuts


def grey(level):
    return (round(3 * level),) * 3  # its hue and saturation are 0


def some_film(kind):
    """Colours and times (None: even) of a film of this kind. No change is near 7, where decoders may disagree."""
    random = np.random.default_rng(sum(map(ord, kind)))
    times = None
    if kind == "static":
        levels = [30] * 100
    elif kind == "cuts":
        levels = np.repeat([20, 60, 30, 70, 10], 25)
    elif kind == "quick cuts":
        levels = np.repeat([20, 60, 30, 70, 10, 50, 80, 5, 40, 20, 60], 7)
    elif kind == "weak cuts":
        levels = np.repeat([20, 26, 20, 25, 20, 26], 20)
    elif kind == "fades":
        ramps = [*np.linspace(10, 80, 40), *[80] * 20, *np.linspace(80, 0, 8), *[0] * 20, *np.linspace(0, 70, 5)]
        levels = [*ramps, *[70] * 30]
    elif kind == "flashes":
        levels = np.full(150, 25.0)
        levels[[20, 60, 61, 100, 107, 110]] = 85
    elif kind == "uneven":
        times = np.cumsum(random.choice([10, 33, 41, 80, 160], 120))
        times = (times - times[0]).tolist()
        levels = np.repeat(random.permutation(12) * 6.0, 10)
    else:
        levels = np.repeat(random.uniform(0, 85, 30), random.integers(1, 30, 30))
        levels = np.clip(levels + random.uniform(-1, 1, len(levels)), 0, 85)
    return [grey(level) for level in levels], times


KINDS = ("static", "cuts", "quick cuts", "weak cuts", "fades", "flashes", "uneven", "noise")


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("rate", "fps"), [(25, 30), (60, 30), (24, 11)])
def test_pieces_are_those_of_the_rule(tmp_path, kind, rate, fps):
    colours, times = some_film(kind)
    path = film(tmp_path / "it.mp4", colours, rate, times, size=(16, 12), options={"crf": "1"})
    frames, end = frames_of(path)
    random = np.random.default_rng(rate)
    starts = random.integers(0, int(end) - 1, 60).tolist()
    spans = tuple((float(start), float(random.choice([80, 255, 500, 1000, 3000]))) for start in starts)
    settings = SceneSettings(extra_ms=0, fps=fps, width=16, height=12, detector="mean")
    found = scene_segments(SceneJob(str(tmp_path), "it.mp4", spans, settings))
    expected = [rule(frames, end, *span, fps=fps) for span in spans]
    assert found.spans == tuple(segment for segment, _ in expected)
    assert any(cuts for _, cuts in expected) == (kind not in ("static", "weak cuts"))
    for (start, length), (_, cuts) in zip(found.spans, expected, strict=True):
        assert start + length <= end
        assert not [new for old, new in cuts if start < new <= start + length]


def test_a_cut_ends_a_sample_a_flash_restarts_it_a_fade_does_neither(tmp_path):
    levels = [20] * 50 + [60] * 50 + [61] + [85] * 2 + [61] * 47 + list(range(61, 11, -1))
    film(tmp_path / "f.mp4", [grey(level) for level in levels], rate=25)
    spans = ((1000, 500), (1900, 500), (2100, 500), (3900, 500), (6000, 900), (7600, 900))
    found = scene_segments(SceneJob(str(tmp_path), "f.mp4", spans, SceneSettings(extra_ms=0, detector="mean")))
    # The cut is at 2000, the flash from 4040 to 4120, the fade from 6000 on, the end at 8000.
    assert found.spans == ((1000, 999), (2000, 1400), (2100, 1500), (4120, 1280), (6000, 1800), (7600, 400))


@pytest.mark.slow
@given(levels=st.lists(st.floats(0, 255, width=16), min_size=1, max_size=60))
def test_cuts_are_found_wherever_they_are(levels):
    places = cut_places(np.array(levels))
    changes = [abs(b - a) for a, b in itertools.pairwise(levels)]
    for place in places.tolist():
        assert changes[place] > 7
    # Cuts are fewer than a tenth of the changes: no more can be three standard deviations away.
    assert len(places) <= len(changes) / 10


def sample_films():
    with open(SAMPLE / "films.csv", newline="") as file:
        return {row["filename"]: float(row["duration"]) * 1000 for row in csv.DictReader(file)}


@pytest.mark.slow
@pytest.mark.parametrize("name", sample_films())
def test_a_sample_film_is_cut_where_it_is_cut_and_no_piece_crosses_a_cut(tmp_path, monkeypatch, name):
    monkeypatch.setenv(user_cache.VARIABLE, str(tmp_path))  # the cuts are found once
    with open(SAMPLE / "films_cuts.csv", newline="") as file:
        cuts = [int(row["ms"]) for row in csv.DictReader(file) if row["filename"] == name]
    assert len(cuts) == 5
    assert [round(cut.new_ms) for cut in film_cuts(str(SAMPLE / name)).cuts] == sorted(cuts)
    end = sample_films()[name]
    random = np.random.default_rng(len(name))
    spans = tuple(
        (float(a), float(b))
        for a, b in zip(random.integers(0, end - 1000, 300), random.choice([90, 700], 300), strict=True)
    )
    found = scene_segments(SceneJob(str(SAMPLE), name, spans, SceneSettings())).spans
    crossing = 0
    for (start, _), (begin, length) in zip(spans, found, strict=True):
        assert not [cut for cut in cuts if begin < cut <= begin + length]
        assert begin + length <= end
        assert length >= 255
        crossing += begin != start
    assert crossing > 5  # there were windows with a cut near their start


def test_sound_that_outlasts_its_picture_and_samples_after_the_end(tmp_path):
    picture = film(tmp_path / "p.mp4", [grey(30)] * 25, rate=25)
    sound = encode(tmp_path / "s.wav", tone(440, 3.0), 44100)
    ffmpeg("-i", picture, "-i", sound, "-c:v", "copy", f"file:{tmp_path / 'both.mkv'}")
    spans = ((900.0, 200.0), (1500.0, 300.0), (2900.0, 500.0), (4000.0, 100.0))
    found = scene_segments(SceneJob(str(tmp_path), "both.mkv", spans, NO_CHANCE))
    assert found.spans == ((744, 256), (1500, 300), (2900, 100), (4000, 0))
    assert found.beyond == (3,)


@pytest.mark.slow
@pytest.mark.parametrize("late", [0, 20, -20])
def test_a_cut_at_the_very_end_of_a_window_is_seen(tmp_path, late):
    # Played forwards and backwards, a segment shows what is on the screen at its end.
    film(tmp_path / "f.mp4", [grey(20)] * 50 + [grey(70)] * 50)
    found = scene_segments(
        SceneJob(str(tmp_path), "f.mp4", ((800.0, 1200.0 + late),), SceneSettings(reach_ms=0, extra_ms=0))
    )
    assert found.spans == ((800, 1199 if late >= 0 else 1180),)


def test_starts_without_sense_do_no_harm(tmp_path):
    film(tmp_path / "f.mp4", [grey(20)] * 50)
    spans = ((1e300, 5.0), (0.0, 1e300), (3.0, 1e-300), (0.4, 0.0))
    found = scene_segments(SceneJob(str(tmp_path), "f.mp4", spans, NO_CHANCE))
    assert found.spans[1:] == ((0, 2000), (3, 1200), (1, 1199))
    assert found.spans[0][1] == 0
    assert found.beyond == (0,)


@pytest.mark.slow
def test_what_happens_between_windows_does_not_matter(tmp_path):
    colours, _ = some_film("noise")
    path = film(tmp_path / "long.mp4", colours * 4, size=(16, 12))
    with VideoReader(path) as it:
        end = [frame.ms for frame in it.frames()][-1]
    spans = [(float(start), 300.0) for start in np.linspace(0, end - 100, 5).astype(int)]
    settings = SceneSettings(width=16, height=12)
    alone = [scene_segments(SceneJob(str(tmp_path), "long.mp4", (span,), settings)).spans[0] for span in spans]
    mixed = spans[::-2] + spans[::2] + spans[1::2]
    together = scene_segments(SceneJob(str(tmp_path), "long.mp4", tuple(mixed), settings)).spans
    assert [together[mixed.index(span)] for span in spans] == alone


def test_a_file_without_a_picture(tmp_path):
    encode(tmp_path / "s.wav", tone(440), 44100)
    assert not scene_segments(SceneJob(str(tmp_path), "s.wav", ((0.0, 100.0),), NO_CHANCE)).has_video
    name = Path(silent_film(tmp_path / "v.mp4")).name
    assert scene_segments(SceneJob(str(tmp_path), name, ((0.0, 100.0),), NO_CHANCE)).has_video
