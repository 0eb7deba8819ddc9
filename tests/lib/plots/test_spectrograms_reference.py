"""Spectrograms again: columns as maxima over their frames, by brute force; and how a panel is drawn."""

import numpy as np
import pytest
from matplotlib.collections import QuadMesh

from lib.audio.spectra import ANALYSIS_RATE, FFT, HOP
from lib.errors import MediaError
from lib.plots import spectrograms
from lib.plots.spectrograms import before_and_after, levels_of, one_over_the_other

BINS = FFT // 2 + 1


@pytest.fixture
def spectra(monkeypatch):
    """What is put in here is the spectrogram, in blocks."""
    blocks = []
    monkeypatch.setattr(spectrograms, "stft_blocks", lambda _: iter(blocks))
    return blocks


@pytest.mark.parametrize("frames", [*range(9), 24, 25, 48, 95, 131])
@pytest.mark.parametrize("columns", [1, 3, 4])
def test_a_column_is_the_maximum_of_its_frames(spectra, monkeypatch, frames, columns):
    monkeypatch.setattr(spectrograms, "COLUMNS", columns)
    random = np.random.default_rng(frames)
    loud = np.zeros((frames, BINS))
    loud[:, 5] = random.uniform(0.01, 1, frames)
    loud[:, 9] = random.uniform(0.01, 1, frames) * 1e-7
    ends = np.sort(random.integers(0, frames + 1, 6))
    spectra += [part * np.exp(1j) for part in np.split(loud, ends)]
    times, hertz, levels = levels_of(["x"])
    each = 1
    while frames // each >= 2 * columns:
        each *= 2
    want = [loud[first : first + each].max(axis=0) for first in range(0, frames, each)]
    assert levels.shape == (BINS, len(want))
    assert hertz == pytest.approx(np.arange(BINS) * ANALYSIS_RATE / FFT)
    assert times == pytest.approx(
        [min(n * each, frames) * HOP / ANALYSIS_RATE for n in range(len(want) + 1)]
    )  # fmt: skip
    if want:
        loudest = np.max(want)
        decibels = 20 * np.log10(np.maximum(np.array(want) / loudest, 1e-6))
        found = levels.T
        assert found == pytest.approx(decibels, abs=1e-3)
        assert (levels[0] == levels.min()).all()
        assert levels[0] == pytest.approx(np.full(len(want), -120))


def test_silence_has_the_lowest_level(spectra):
    spectra.append(np.zeros((3, BINS)))
    _, _, levels = levels_of(["x"])
    assert levels == pytest.approx(np.full((BINS, 3), -120))
    spectra[:] = [np.full((2, BINS), 1e-9)]
    assert levels_of(["x"])[2] == pytest.approx(np.zeros((BINS, 2)), abs=1e-3)


def test_of_several_files_the_bad_ones_are_left_out(monkeypatch):
    class Reader:
        def __init__(self, path, rate):
            assert rate == ANALYSIS_RATE
            if path == "bad":
                raise MediaError("cannot be read", path)
            self.path = path

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def blocks(self):
            return iter([self.path + "1", self.path + "2"])

    monkeypatch.setattr(spectrograms, "AudioReader", Reader)
    assert list(spectrograms._blocks(["a", "bad", "b"])) == ["a1", "a2", "b1", "b2"]
    assert list(spectrograms._blocks(["bad", "bad"])) == []
    with pytest.raises(MediaError, match="cannot be read"):
        list(spectrograms._blocks(["bad"]))


@pytest.fixture
def panels(monkeypatch):
    """Each recording has three columns and four frequencies."""
    asked = []

    def levels(paths):
        asked.append(list(paths))
        return np.array([0, 1, 2, 2.5]), np.array([0, 100.0, 200, 300]), np.arange(-12.0, 0).reshape(4, 3)

    monkeypatch.setattr(spectrograms, "levels_of", levels)
    return asked


def check(axes, title):
    (mesh,) = [found for found in axes.collections if isinstance(found, QuadMesh)]
    corners = mesh.get_coordinates()
    assert corners[0, :, 0].tolist() == [0, 1, 2, 2.5]
    assert corners[:, 0, 1].tolist() == [-50, 50, 150, 250, 350]  # each frequency is the middle of its row
    assert mesh.get_array().reshape(-1).tolist() == list(range(-12, 0))
    assert mesh.get_clim() == (-60, 0)
    assert (axes.get_yscale(), axes.get_ylim()) == ("log", (80, 5000))
    assert axes.get_yticks().tolist() == [110 * 2**n for n in range(6)]
    assert axes.yaxis.get_major_formatter()(1760, 0) == "1,760"
    assert not axes.yaxis.get_minorticklocs().size
    assert axes.get_title() == title


def test_before_and_after_lie_side_by_side(panels):
    figure = before_and_after(["a", "b"], "c", ("$1", "two"))
    assert panels == [["a", "b"], ["c"]]
    left, right = figure.axes
    check(left, r"\$1")
    check(right, "two")
    assert figure.get_size_inches().tolist() == [10, 3.6]
    assert [axes.get_subplotspec().get_geometry() for axes in figure.axes] == [(1, 2, 0, 0), (1, 2, 1, 1)]
    assert (left.get_ylabel(), right.get_ylabel()) == ("frequency (Hz)", "")
    assert (left.get_xlabel(), right.get_xlabel()) == ("time (s)", "time (s)")
    assert left.get_shared_y_axes().joined(left, right)
    assert not left.get_shared_x_axes().joined(left, right)


def test_one_over_the_other_share_their_time(panels):
    figure = one_over_the_other("a", "b", ("1", "2"))
    assert panels == [["a"], ["b"]]
    upper, lower = figure.axes
    check(upper, "1")
    check(lower, "2")
    assert figure.get_size_inches().tolist() == [10, 6]
    assert [axes.get_subplotspec().get_geometry() for axes in figure.axes] == [(2, 1, 0, 0), (2, 1, 1, 1)]
    assert (upper.get_xlabel(), lower.get_xlabel()) == ("", "time (s)")
    assert upper.get_ylabel() == lower.get_ylabel() == "frequency (Hz)"
    assert upper.get_shared_x_axes().joined(upper, lower)
    assert upper.get_shared_y_axes().joined(upper, lower)


def test_nothing_is_drawn_of_a_sound_without_frames(monkeypatch):
    monkeypatch.setattr(
        spectrograms, "levels_of", lambda paths: (np.zeros(1), np.zeros(3), np.zeros((3, 0)))
    )  # fmt: skip
    figure = before_and_after(["a"], "b", ("1", "2"))
    assert not any(axes.collections for axes in figure.axes)
