"""How a file is encoded again if it is too loud: with an encoder that only notes what it is given."""

import math

import pytest

from lib.audio import writer
from lib.audio.writer import check_target, write_audio
from lib.errors import PlaceError


@pytest.fixture
def encoding(monkeypatch, tmp_path):
    """Encode something of this peak, which the codec raises by a factor; return the gain, and all that were tried."""

    def encoding(ending, peak, overshoot, **how):
        gains = []

        def encode(target, part, blocks, rate, frames, gain, quick):
            assert (list(blocks), rate, frames, quick) == (["block"], 48_000, 10, how.get("quick", False))
            gains.append(gain)
            with open(part, "w") as file:
                file.write("sound")
            return peak * gain

        monkeypatch.setattr(writer, "_encode", encode)
        for name in ("_peak", "true_peak"):
            monkeypatch.setattr(writer, name, lambda path, rate, name=name: heard(name, gains[-1]))

        def heard(name, gain):
            assert name == ("_peak" if how.get("most_db") is None else "true_peak")
            return peak * gain * overshoot

        found = write_audio(tmp_path / f"a{ending}", lambda: ["block"], 48_000, 10, **how)
        assert (tmp_path / f"a{ending}").read_text() == "sound"
        return found, gains

    return encoding


AIM = 10 ** (-0.3 / 20)


@pytest.mark.parametrize("ending", [".mp3", ".ogg", ".m4a", ".M4A"])
def test_a_lossy_file_that_is_beyond_full_scale_is_encoded_softer(encoding, ending):
    assert encoding(ending, 0.9, 1.1) == (1, [1])
    assert encoding(ending, 1.0, 1.0) == (1, [1])  # just full scale
    gain, gains = encoding(ending, 0.9, 1.5)
    assert gains == [1, pytest.approx(AIM / (0.9 * 1.5))]
    assert gain == gains[-1]


@pytest.mark.parametrize(("peak", "tries"), [(10 ** (-10 / 20), 1), (10 ** (-9.9 / 20), 2), (0.2, 1)])
def test_what_is_10_db_below_full_scale_is_not_decoded(encoding, peak, tries):
    assert len(encoding(".mp3", peak, 4.0)[1]) == tries


@pytest.mark.parametrize("ending", [".wav", ".flac"])
def test_what_has_no_loss_is_as_it_is(encoding, ending):
    assert encoding(ending, 3.0, 1.0) == (1, [1])


def test_a_true_peak_is_kept_below_what_is_asked(encoding):
    gain, gains = encoding(".mp3", 0.9, 1.2, most_db=-1.0)
    # 0.05 dB below it.
    assert gains == [1, pytest.approx(10 ** (-1.05 / 20) / 1.08)]
    assert gain == gains[-1]
    assert encoding(".mp3", 0.9, 0.9, most_db=-1.0) == (1, [1])
    assert encoding(".mp3", 0.9, 2.0, most_db=math.inf) == (1, [1])


def test_a_quick_one_is_decoded_only_if_its_peak_is_asked_for(encoding):
    assert encoding(".mp3", 0.9, 2.0, quick=True) == (1, [1])
    assert len(encoding(".mp3", 0.9, 2.0, quick=True, most_db=-1.0)[1]) == 2


def test_where_nothing_can_be_written(tmp_path):
    (tmp_path / "a.wav").mkdir()
    with pytest.raises(PlaceError, match="is a folder"):
        check_target(tmp_path / "a.wav")
    check_target(tmp_path / "new/b.wav")
    assert (tmp_path / "new").is_dir()
