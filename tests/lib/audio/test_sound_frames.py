"""Samples of decoded frames: gathered as they come, and scaled."""

import numpy as np
import pytest

from lib.audio.sound_frames import Gathered, Kind
from tests.support.each import each


@each(
    ("name", "kind", "low", "high", "scale", "middle"),
    [
        ("u8", np.uint8, 0, 255, 128, 128),
        ("s16", np.int16, -32768, 32767, 32768, 0),
        ("s32", np.int32, -(2**31), 2**31 - 1, 2**31, 0),
        ("s64", np.int64, -(2**63), 2**63 - 1, 2**63, 0),
        ("flt", np.float32, -2, 2, 1, 0),
        ("dbl", np.float64, -2, 2, 1, 0),
    ],
)
@each("planar", [False, True])
@each("expected", [0, 1, 7, 100])
def test_samples_are_those_of_all_frames_in_order(name, kind, low, high, scale, middle, planar, expected):
    random = np.random.default_rng(3)
    gathered = Gathered(Kind(8000, name + "p" * planar, ("FL", "FR", "FC")), expected)
    frames = [
        (random.uniform(0, 1, (count, 3)) * (high / 2 - low / 2) + low / 2).astype(kind) for count in (5, 1, 0, 40)
    ]
    for frame in frames:
        gathered.add(list(frame.T) if planar else [frame.ravel()])
    assert len(gathered) == 46
    whole = (np.concatenate(frames).astype(float) - middle) / scale
    found = gathered.samples()
    assert found.dtype == np.float32
    assert found == pytest.approx(whole, abs=1e-6)


def test_what_is_not_finite_is_silence():
    gathered = Gathered(Kind(8000, "dbl", ("FC",)), 9)
    gathered.add([np.array([0.5, np.nan, np.inf, -np.inf, 1e300, -0.25])])
    assert gathered.samples().ravel().tolist() == [0.5, 0, 0, 0, 0, -0.25]
    assert Gathered(Kind(8000, "fltp", ("FL", "FR")), 9).samples().shape == (0, 2)
