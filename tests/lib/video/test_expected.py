"""Frames that need not be decoded: none that may be asked for."""

from fractions import Fraction
from types import SimpleNamespace

import numpy as np

from lib.video.expected import Expected, expected
from tests.support.each import each


def stream(stamps, codec="h264", base=Fraction(1, 1000)):
    entries = [SimpleNamespace(timestamp=stamp) for stamp in stamps]
    return SimpleNamespace(codec_context=SimpleNamespace(name=codec), index_entries=entries, time_base=base)


def test_frames_far_from_what_is_asked_for_are_skipped():
    times = np.array([500.0, 1000.0])
    rule = Expected(times, 40.0, 900)
    for ms in np.arange(0, 1200, 5.0):
        # From half a frame before to two frames after it, somebody asks.
        asked = any(ms - 20 <= time < ms + 80 for time in times)
        assert rule.to_skip(ms, 0) == ("DEFAULT" if asked else "NONREF"), ms
    assert rule.to_skip(0.0, 899) == "NONREF"
    assert rule.to_skip(0.0, 900) == "DEFAULT"
    assert rule.to_skip(None, 0) == rule.to_skip(0.0, None) == "DEFAULT"


@each(
    ("stamps", "codec", "skips"),
    [
        (range(0, 400, 40), "h264", True),
        (range(0, 400, 40), "hevc", True),
        (range(0, 400, 40), "mpeg4", True),
        (range(0, 400, 40), "mpeg1video", True),
        (range(0, 400, 40), "mpeg2video", True),
        (range(0, 400, 40), "vp9", False),
        ([80, 0, 40, 120], "h264", True),  # in the order of decoding
        ([0, 40, 100, 140], "h264", True),  # one and a half frames
        ([0, 40, 101, 141], "h264", False),  # a frame that stays
        ([0, 40], "h264", True),
        ([0], "h264", False),
        ([], "h264", False),
    ],
)
def test_films_of_an_even_rate_may_skip_frames(stamps, codec, skips):
    times = np.array([5.0])
    rule = expected(times, stream(stamps, codec), 40.0)
    assert (rule is not None) is skips
    if rule:
        assert (rule.times is times, rule.usual_ms, rule.end) == (True, 40.0, max(stamps) - 80)


def test_the_end_is_a_stamp_of_the_stream():
    rule = expected(np.zeros(0), stream([0, 3600, 7200], base=Fraction(1, 90_000)), 40.0)
    assert rule.end == 7200 - 7200
