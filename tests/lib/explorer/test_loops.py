import re
from pathlib import Path

import av
import numpy as np
import pytest

from lib.explorer import loops
from lib.explorer.loops import LEVELS, QUALITIES, LoopSize, encode_loop, loop_size, loop_times, loops_path, write_loops
from lib.explorer.packing import unpack

RED, GREEN, BLUE = (200, 30, 30), (30, 200, 30), (30, 30, 200)


def plain(colour, width=96, height=72):
    return np.full((height, width, 3), colour, np.uint8)


def decoded(frames):
    """The pictures of a loop, by a decoder that knows nothing but its frames: uint8 RGB."""
    codec = av.CodecContext.create("vp9", "r")
    packets = [av.Packet(frame) for frame in frames]
    shown = [picture for packet in [*packets, None] for picture in codec.decode(packet)]
    return [picture.to_ndarray(format="rgb24", threads=1) for picture in shown]


def test_the_size_is_the_largest_for_which_there_is_room():
    assert loop_size(1e6) == LoopSize(288, 216, 24_000)
    assert loop_size(6000.0) == LoopSize(192, 144, 6000)
    assert loop_size(1000.0) == LoopSize(96, 72, 1000)
    assert loop_size(999.0) is None
    assert loop_size(-1.0) is None
    assert [most for _, most in LEVELS] == sorted((most for _, most in LEVELS), reverse=True)


def test_frames_are_eighty_ms_apart_for_a_second_at_most():
    assert loop_times(1000, 0) == [1000]
    assert loop_times(0, 79) == [0]
    assert loop_times(500, 250) == [500, 580, 660]
    assert loop_times(0, 60_000) == [80.0 * n for n in range(12)]


def test_a_loop_shows_its_pictures():
    frames, quality = encode_loop([plain(RED), plain(GREEN), plain(GREEN), plain(BLUE)], 6000)
    assert quality == 0
    shown = decoded(frames)
    assert [picture.shape for picture in shown] == [(72, 96, 3)] * 4
    for picture, colour in zip(shown, (RED, GREEN, GREEN, BLUE), strict=True):
        assert picture.reshape(-1, 3).mean(axis=0) == pytest.approx(colour, abs=6)
    assert (frames, 0) == encode_loop([plain(RED), plain(GREEN), plain(GREEN), plain(BLUE)], 6000)


def test_a_loop_is_never_larger_than_it_may_be():
    noise = list(np.random.default_rng(1).integers(0, 256, (6, 72, 96, 3), np.uint8))
    free, best = encode_loop(noise, 10**6)
    assert (len(decoded(free)), best) == (6, 0)
    whole = sum(map(len, free))
    for most in (whole // 2, whole // 4, 1500):
        frames, _ = encode_loop(noise, most)
        assert sum(map(len, frames)) <= most
        assert len(decoded(frames)) == len(frames) < 7
    assert encode_loop(noise, 10) == ([], len(QUALITIES) - 1)


def test_a_loop_has_the_best_quality_that_fits_wherever_the_search_begins(monkeypatch):
    """Sizes of the four qualities that double from one to the next; what is encoded, in order."""
    tried = []

    def encoded(pictures, quality):
        tried.append(QUALITIES.index(quality))
        return [b"x" * (80 >> tried[-1])]

    monkeypatch.setattr(loops, "_encoded", encoded)
    for most, place in ((80, 0), (79, 1), (40, 1), (39, 2), (20, 2), (10, 3)):
        for first in range(4):
            assert encode_loop([], most, first) == ([b"x" * (80 >> place)], place), (most, first)
    assert encode_loop([], 9) == ([], 3)
    tried.clear()
    encode_loop([], 26, 2)  # in the better quality it is 27 at least: that is not tried
    encode_loop([], 27, 2)
    encode_loop([], 39, 1)
    encode_loop([], 80, 3)
    assert tried == [2, 2, 1, 1, 2, 3, 2, 1, 0]


def test_each_track_has_its_loops_in_a_script(tmp_path):
    packed = [[b"abc", b"d"], [], [b"ef"], [], [b"ghij"]]
    written = write_loops(tmp_path, 2, [0, 0, 0, 1, 2], packed, 256)
    assert written == [loops_path(tmp_path, 2, 0), loops_path(tmp_path, 2, 2)]
    text = Path(written[0]).read_text("utf-16")
    call = re.fullmatch(r'explorerLoops\((\d+),(.*),(\d+),"(.*)"\);\n', text, re.S)
    assert (int(call[1]), call[2]) == (512, "[[3,1],[],[2]]")
    assert unpack(call[4], int(call[3])) == b"abcdef"
    assert Path(written[1]).read_text("utf-16").startswith("explorerLoops(514,[[4]],4,")
