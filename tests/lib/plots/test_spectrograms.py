"""Spectrograms: tones stand at their times and frequencies, however long the recordings are."""

import numpy as np
import pytest

from lib.errors import MediaError
from lib.plots import spectrograms
from lib.plots.spectrograms import before_and_after, levels_of, one_over_the_other
from tests.support.media_factory import tone, write_wav

RATE = 22050


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    """Two seconds of 440 Hz and a second of 1,760 Hz, in two files."""
    folder = tmp_path_factory.mktemp("sounds")
    write_wav(folder / "a.wav", tone(440, 2.0, RATE), RATE)
    write_wav(folder / "b.wav", tone(1760, 1.0, RATE), RATE)
    return [str(folder / name) for name in ("a.wav", "b.wav")]


@pytest.mark.parametrize("columns", [1000, 50, 7])
def test_tones_stand_at_their_times(recordings, monkeypatch, columns):
    monkeypatch.setattr(spectrograms, "COLUMNS", columns)
    times, hertz, levels = levels_of(recordings)
    assert levels.shape == (len(hertz), len(times) - 1)
    assert levels.shape[1] < 2 * columns + 1
    assert times[0] == 0
    assert times[-1] == pytest.approx(3.0, abs=0.03)
    assert (np.diff(times) > 0).all()
    strongest = hertz[levels.argmax(axis=0)]
    inside = (times[1:] < 1.9) | ((times[:-1] > 2.1) & (times[1:] < 2.97))
    assert inside.sum() >= 3
    expected = np.where(times[1:] < 2.0, 440, 1760)
    assert np.abs(strongest - expected)[inside].max() < 13  # (a bin and a bit: the ends of a tone are broad)
    assert levels.max() == 0


def test_silence_is_a_picture_too(tmp_path):
    write_wav(tmp_path / "s.wav", np.zeros(4000, np.float32))
    path = str(tmp_path / "s.wav")
    figure = before_and_after([path], path, ("a $ b", "after"))
    assert [axes.get_title() for axes in figure.axes] == [r"a \$ b", "after"]
    # A2 to A7.
    assert all(axes.get_yticks().tolist() == [110 * 2**n for n in range(6)] for axes in figure.axes)
    figure.canvas.draw()


def test_two_recordings_one_over_the_other_have_one_axis_of_time(recordings):
    figure = one_over_the_other(*recordings, ("target", "mosaic"))
    upper, lower = figure.axes
    assert [axes.get_title() for axes in figure.axes] == ["target", "mosaic"]
    assert upper.get_position().y0 > lower.get_position().y0
    assert upper.get_xlim() == lower.get_xlim()
    assert (upper.get_xlabel(), lower.get_xlabel()) == ("", "time (s)")


def test_a_file_that_cannot_be_read_among_several_is_left_out(recordings, tmp_path):
    (tmp_path / "bad.wav").write_bytes(b"RIFF")
    bad = str(tmp_path / "bad.wav")
    times, _, levels = levels_of([recordings[0], bad, recordings[1]])
    wanted, _, expected = levels_of(recordings)
    np.testing.assert_array_equal(times, wanted)
    np.testing.assert_array_equal(levels, expected)
    with pytest.raises(MediaError):
        levels_of([bad])
