import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lib.audio.ranges import read_audio
from lib.explorer.material import OPUS_RATE, PICTURED, Material
from lib.explorer.packing import unpack
from lib.explorer.sheets import FADE, GAP, LEAD, MARK_AT, faded, group_files, mark, write_pictures, write_sound
from tests.support.media_factory import click_offsets, clicks


def read_track(files, folder, number):
    """The sound that a track's script holds."""
    call = re.fullmatch(r'explorerSound\((\d+),(\d+),"(.*)"\);\n', Path(files.sound).read_text("utf-16"), re.S)
    assert int(call[1]) == number
    (folder / "track.webm").write_bytes(unpack(call[3], int(call[2])))
    return read_audio(str(folder / "track.webm"), OPUS_RATE)


@pytest.mark.parametrize("kbps", [16, 32, 64])
def test_sounds_begin_exactly_where_the_index_says(tmp_path, kbps):
    files = group_files(tmp_path, 3)
    # A click 50 ms into each, of lengths that fit no frame of the codec.
    lengths = [0.101, 0.25, 0.0777, 0.5003, 0.12] * 8
    sounds = [np.round(32767 * clicks([0.05], length, OPUS_RATE)).astype("<i2") for length in lengths]
    at = write_sound(files, 3, sounds, kbps)
    ends = LEAD + np.cumsum([len(sound) + GAP for sound in sounds])
    assert at == [LEAD, *ends[:-1].tolist()]
    track = read_track(files, tmp_path, 3)
    times = [first / OPUS_RATE + 0.05 for first in at]
    assert np.abs(click_offsets(track[LEAD:], [t - LEAD / OPUS_RATE for t in times], OPUS_RATE, 0.03)).max() < 1e-4
    assert abs(int(np.abs(track[: 2 * MARK_AT]).argmax()) - MARK_AT) <= 2
    assert abs(len(track) - ends[-1]) <= 2880


def test_a_sound_is_not_heard_in_its_neighbours(tmp_path):
    files = group_files(tmp_path, 0)
    loud = np.round(20_000 * np.random.default_rng(1).uniform(-1, 1, 4800)).astype("<i2")
    silent = np.zeros(4800, "<i2")
    at = write_sound(files, 0, [silent, loud, silent], 48)
    track = read_track(files, tmp_path, 0)
    assert np.abs(track[at[0] : at[0] + 4800]).max() < 0.002
    assert np.abs(track[at[2] : at[2] + 4800]).max() < 0.002
    assert np.abs(track[at[1] : at[1] + 4800]).max() > 0.3


def test_a_group_without_any_sound_has_a_track(tmp_path):
    files = group_files(tmp_path, 0)
    assert write_sound(files, 0, [np.zeros(0, "<i2")] * 2, 64) == [LEAD, LEAD + GAP]
    assert len(read_track(files, tmp_path, 0)) >= LEAD


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


def flat(folder, name, colours):
    """The material of a file whose pictures are of one colour each."""
    pictures = np.zeros((len(colours), 36, 48, 3), np.uint8) + np.array(colours, np.uint8)[:, None, None, :]
    (folder / f"{name}.pictures").write_bytes(pictures.tobytes())
    return Material(str(folder / name), PICTURED, (0,) * len(colours), (0,) * len(colours), 48, 36)


def test_pictures_lie_in_their_cells(tmp_path):
    one = flat(tmp_path, "one", [(250, 0, 0), (0, 250, 0)])
    two = flat(tmp_path, "two", [(0, 0, 250)])
    files = group_files(tmp_path, 0)
    samples = [(one, 1), (two, 0), *[None] * 14, (one, 0), None]
    write_pictures(files, samples, 48, 36, 80)
    for path, part in ((files.pictures, 1), (files.small, 3)):
        with Image.open(path) as image:
            assert image.format == "WEBP"
            assert image.size == (16 * 48 // part, 2 * 36 // part)
            sheet = np.asarray(image.convert("RGB")).astype(int)
        w, h = 48 // part, 36 // part
        for column, line, expected in [
            (0, 0, (0, 250, 0)),
            (1, 0, (0, 0, 250)),
            (0, 1, (250, 0, 0)),
            (2, 0, (0, 0, 0)),
        ]:
            middle = sheet[line * h + 3 : line * h + h - 3, column * w + 3 : column * w + w - 3]
            assert middle.reshape(-1, 3).mean(axis=0).tolist() == pytest.approx(expected, abs=8)
