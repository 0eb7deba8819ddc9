import re
from pathlib import Path

import numpy as np
import pytest

from lib.audio.ranges import read_audio
from lib.errors import MediaError
from lib.explorer.material import OPUS_RATE
from lib.explorer.packing import unpack
from lib.explorer.tracks import (
    FADE,
    GAP,
    LEAD,
    LONGEST_TRACK,
    MARK_AT,
    cut_into_tracks,
    encoded,
    faded,
    level_of,
    mark,
    track_path,
    write_tracks,
)
from tests.support.media_factory import click_offsets, clicks

MOST = 256


def read_track(folder, group, number):
    """The sound that a track's script holds."""
    text = Path(track_path(folder, group, number)).read_text("utf-16")
    call = re.fullmatch(r'explorerSound\((\d+),(\d+),"(.*)"\);\n', text, re.S)
    assert int(call[1]) == group * MOST + number
    (folder / "track.webm").write_bytes(unpack(call[3], int(call[2])))
    return read_audio(str(folder / "track.webm"), OPUS_RATE)


@pytest.mark.parametrize("kbps", [16, 32, 64])
def test_sounds_begin_exactly_where_the_index_says(tmp_path, kbps):
    # A click 50 ms into each, of lengths that fit no frame of the codec.
    lengths = [0.101, 0.25, 0.0777, 0.5003, 0.12] * 8
    sounds = [np.round(32767 * clicks([0.05], length, OPUS_RATE)).astype("<i2") for length in lengths]
    found = write_tracks(tmp_path, 3, sounds, kbps, MOST)
    assert found.track == [0] * 16 + [1] * 16 + [2] * 8
    for number in range(3):
        mine = [n for n, track in enumerate(found.track) if track == number]
        ends = LEAD + np.cumsum([len(sounds[n]) + GAP for n in mine])
        assert [found.at[n] for n in mine] == [LEAD, *ends[:-1].tolist()]
        track = read_track(tmp_path, 3, number)
        times = [found.at[n] / OPUS_RATE + 0.05 for n in mine]
        assert np.abs(click_offsets(track[LEAD:], [t - LEAD / OPUS_RATE for t in times], OPUS_RATE, 0.03)).max() < 1e-4
        assert abs(int(np.abs(track[: 2 * MARK_AT]).argmax()) - MARK_AT) <= 2
        assert abs(len(track) - ends[-1]) <= 2880


def test_a_sound_is_not_heard_in_its_neighbours(tmp_path):
    loud = np.round(20_000 * np.random.default_rng(1).uniform(-1, 1, 4800)).astype("<i2")
    silent = np.zeros(4800, "<i2")
    at = write_tracks(tmp_path, 0, [silent, loud, silent], 48, MOST).at
    track = read_track(tmp_path, 0, 0)
    assert np.abs(track[at[0] : at[0] + 4800]).max() < 0.002
    assert np.abs(track[at[2] : at[2] + 4800]).max() < 0.002
    assert np.abs(track[at[1] : at[1] + 4800]).max() > 0.3


def test_a_group_without_any_sound_has_a_track(tmp_path):
    found = write_tracks(tmp_path, 0, [np.zeros(0, "<i2")] * 2, 64, MOST)
    assert (found.at, found.track, found.count) == ([LEAD, LEAD + GAP], [0, 0], 1)
    assert len(read_track(tmp_path, 0, 0)) >= LEAD


def test_tracks_are_short():
    assert cut_into_tracks([]) == []
    assert cut_into_tracks([100] * 33) == [0] * 16 + [1] * 16 + [2]
    # Long sounds share a track with fewer, and one that is longer than a track has it for itself.
    half = LONGEST_TRACK // 2 - GAP
    assert cut_into_tracks([half, half, half, 2 * LONGEST_TRACK, 10, 10]) == [0, 0, 1, 2, 3, 3]


def test_levels():
    wave = np.sin(2 * np.pi * 100 * np.arange(OPUS_RATE) / OPUS_RATE)
    assert level_of(np.round(32767 * wave).astype("<i2")) == -3.0
    assert level_of(np.round(3276.7 * wave).astype("<i2")) == -23.0
    assert level_of(np.zeros(100, "<i2")) == level_of(np.zeros(0, "<i2")) == -99.0


def test_the_same_bytes_each_time_and_errors_name_the_file():
    sound = np.round(9000 * clicks([0.1], 0.4, OPUS_RATE)).astype("<i2")
    assert encoded(sound, 64, "x") == encoded(sound, 64, "x")
    with pytest.raises(MediaError, match="cannot be written") as error:
        encoded(sound, 9999, "x.js")
    assert error.value.file == "x.js"


def test_fades():
    sound = faded(np.full(4800, 10_000, "<i2"))
    assert sound[0] < 100
    assert sound[FADE // 2] == pytest.approx(5000, abs=60)
    assert (sound[FADE:-FADE] == 10_000).all()
    assert (sound == sound[::-1]).all()
    for length in (0, 1, 5):
        assert len(faded(np.full(length, 10_000, "<i2"))) == length


def test_the_mark_peaks_in_its_middle():
    assert mark().argmax() == len(mark()) // 2
    assert mark().max() == pytest.approx(16_384, abs=1)
