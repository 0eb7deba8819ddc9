"""The segments of samples, by cuts that are known: how far around a window cuts are looked up, and what is beyond."""

import hashlib
import math

import pytest

from lib.errors import NoVideoError
from lib.video import scenes as module
from lib.video.cuts import Cut
from lib.video.film_cuts import FilmCuts
from lib.video.probe import Probe
from lib.video.scenes import SceneJob, SceneSettings, look_length, scene_segments
from lib.video.segments import lasting_segment
from tests.support.each import each


def cuts_at(*times):
    return tuple(Cut(float(ms), float(ms), 1.0, "cut") for ms in times)


def found(monkeypatch, tmp_path, spans, known, duration=99.0, **settings):
    """The segments of spans, and what was asked for: windows, and how often the file was measured."""
    asked, measured = [], []

    def film_cuts(path, windows, overwrite, threads):
        asked.append((path, windows, overwrite, threads))
        if known is None:
            raise NoVideoError("has no video track")
        return known

    monkeypatch.setattr(module, "film_cuts", film_cuts)
    monkeypatch.setattr("lib.video.probe.probe", lambda path: measured.append(path) or Probe(duration, True, True))
    (tmp_path / "a").write_text("")
    job = SceneJob(str(tmp_path), "a", tuple(spans), SceneSettings(extra_ms=0, **settings), threads=3)
    return scene_segments(job), asked, len(measured)


def test_settings():
    usual = SceneSettings()
    assert (usual.shortest_ms, usual.reach_ms, usual.extra_ms) == (256, 1200, 400)
    assert (usual.fps, usual.width, usual.height, usual.detector, usual.overwrite) == (30, 320, 240, "adaptive", False)


@each(("shortest", "reach"), [(256, 1000), (999, 1000), (1001, 1001), (3000, 3000)])
def test_cuts_are_looked_up_a_second_around_or_as_far_as_a_segment_may_go(monkeypatch, tmp_path, shortest, reach):
    spans = [(5000.0, 700.0), (20_000.0, 500.0)]
    _, asked, _ = found(monkeypatch, tmp_path, spans, FilmCuts(end_ms=90_000.0), shortest_ms=shortest, overwrite=True)
    windows = [(5000.0, 6400.0), (20_000.0, 21_500.0)]
    assert asked == [(str(tmp_path / "a"), [(a - reach, b + reach) for a, b in windows], True, 3)]


def test_segments_are_those_of_their_windows(monkeypatch, tmp_path):
    known = FilmCuts(cuts_at(900, 5100, 5200, 6300, 7300, 7500, 20_600), end_ms=21_000.0, problem="broken")
    spans = [(5000.0, 700.0), (20_000.0, 500.0), (300.0, 600.0), (6250.0, 30.0)]
    made, _, measured = found(monkeypatch, tmp_path, spans, known)
    windows = [(5000, 6400), (20_000, 21_000), (300, 1500), (6250, 7450)]
    all_cuts = [(cut.old_ms, cut.new_ms) for cut in known.cuts]
    assert made.spans == tuple(lasting_segment(*window, all_cuts, 256, 21_000) for window in windows)
    assert (made.has_video, made.beyond, made.problem, measured) == (True, (), "broken", 0)


@each(
    ("span", "duration", "segment", "beyond"),
    [
        ((9999.0, 300.0), 20.0, (9744, 256), False),  # within the picture
        ((10_000.0, 300.0), 20.0, (10_000, 300), False),  # a sound that outlasts it
        ((12_000.5, 300.7), 20.0, (12_001, 300), False),
        ((19_900.0, 300.0), 20.0, (19_900, 100), False),
        ((19_999.5, 300.0), 20.0, (20_000, 0), True),
        ((20_000.0, 300.0), 20.0, (20_000, 0), True),
        ((30_000.0, 300.0), 20.0004, (30_000, 0), True),
        ((19_999.0, 300.0), 20.0004, (19_999, 1), False),
        ((10_000.0, 300.0), 8.0, (10_000, 0), True),
    ],
)
def test_samples_after_the_picture_are_those_of_the_sound(monkeypatch, tmp_path, span, duration, segment, beyond):
    known = FilmCuts(end_ms=10_000.0)
    made, _, measured = found(monkeypatch, tmp_path, [(100.0, 500.0), span], known, duration)
    assert made.spans == ((100, 1500), segment)
    assert made.beyond == ((1,) if beyond else ())
    assert measured == (span[0] >= 10_000)


def test_an_end_that_is_whole_but_for_a_rounding_is_whole(monkeypatch, tmp_path):
    for end, start, within in ((9999.9999999, 9999.5, True), (9999.99, 9999.5, False), (10_000.9, 10_000.0, False)):
        made, _, measured = found(monkeypatch, tmp_path, [(start, 100.0)], FilmCuts(end_ms=end), 30.0)
        assert bool(measured) != within
    made, _, measured = found(monkeypatch, tmp_path, [(start, 100.0)], FilmCuts(), 30.0)
    assert (made.spans[0][1], measured) == (1200, 0)


def test_a_sound_has_no_segments(monkeypatch, tmp_path):
    made, _, measured = found(monkeypatch, tmp_path, [(100.0, 500.0)], None)
    assert (made.spans, made.has_video, made.beyond, measured) == ((), False, (), 0)


def test_what_is_looked_at_beyond_is_the_same_for_the_same_sample():
    """The first eight bytes of a digest of its name, start and length, as 17 digits."""
    settings = SceneSettings(reach_ms=1000, extra_ms=250)
    for name, start, length in (("a.mp4", 1.5, 300.0), ("b.mp4", 1.5, 300.0), ("a.mp4", 1 / 3, 999.0), ("ü", 0.0, 0.0)):
        digest = hashlib.sha256(f"{name}|{start:.17g}|{length:.17g}".encode()).digest()
        extra = sum(byte << (8 * (7 - n)) for n, byte in enumerate(digest[:8])) % 251
        times = math.ceil(1000 / length) if length else 0
        assert look_length(name, start, length, settings) == (times * length or 1000) + extra
    # (A multiple that reaches it but for a rounding does.)
    assert look_length("a", 0, 1000 / 3 - 1e-11, SceneSettings(reach_ms=1000, extra_ms=0)) == pytest.approx(1000)
    assert look_length("a", 0, 5000, SceneSettings(reach_ms=1000, extra_ms=0)) == 5000
