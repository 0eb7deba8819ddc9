"""How loud each composition is: the energy of sines, against what its score, its level and its fades give by hand."""

import importlib

import numpy as np
import pytest

from lib.audio.mixer import MIX_RATE, mix
from lib.composing.sounds import sounds_of
from tests.support.compositions import kind_of
from tests.support.grids import composition_of, grid_table
from tests.support.media_factory import tone, write_wav

pytestmark = pytest.mark.slow

# Samples of two seconds, each a sine of its own, so that energies add; louder than the level of -16 dBFS.
DUR, LEVEL, HZ = 2000, 10 ** (-16 / 20), (400, 563, 797, 1109)
# Flags by which no sample plays again before it has ended.
FLAGS = {
    "proliferation": {"bstep": 500, "mci": 1, "rw": 1, "kfd": ("tsne",), "volr": (0.4, 1.0)},
    "waves": {"steps": 2, "wd": 1000, "bd": 2500, "translate": 0.8, "scale": 1.5, "volr": (0.4, 1.0)},
    "orbits": {"beat": 2500, "bdivision": 1, "roffset": 1, "volr": (0.4, 1.0)},
    "shuffle": {
        **{"count": 2, "bps": 2, "beat": 4500, "bdivision": 1, "transition": 3000, "mos": 1},
        "volr": (0.4, 1.0),
    },
    "falling": {
        **{"maxcd": 4, "waves": 1, "gridc": 2, "duration": 20, "translate": 0.5, "rotate": 12.0, "prad": 2.0},
        **{"volr": (0.4, 1.0), "dpdur": 0},
    },
    "flow": {"radius": 1.0, "freq": (1, 1), "rdur": 6000, "rot": 2, "ctp": 4, "pdur": 4000, "volr": (0.4, 1.0)},
    "splice": {
        **{"crange": (8000, 8000), "cycles": 1, "cdur": DUR, "mstep": 10, "cprange": (4000, 4000)},
        **{"srange": (2, 3), "volr": (0.4, 1.0)},
    },
    "stretch": {"sdur": 6000, "stms": 4000, "step": 500, "tba": 0.5, "volr": (0.4, 1.0)},
}
# Fades in and out, as fractions of a play, that are not stretched (100 ms, half), and stretched.
PLAIN, DRAWN_OUT = (0.05, 0.5), (0.05, 0.8)
FADES = {"flow": (0.1, 0.9), "splice": (0.2, 0.8)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tones")
    for n, hz in enumerate(HZ):
        write_wav(folder / f"{n}.wav", 0.5 * tone(hz, DUR / 1000) / np.abs(tone(hz, 0.1)).max())
    return folder


def energy_of(dur_ms, volume, fades, power):
    """Return the energy of a sound at LEVEL with a volume (20 ln dB), and fades: straight in, out to a power.

    The mean square of a straight fade is 1/3, of the power p of one 1 / (2 p + 1).
    """
    fade_in, fade_out = fades
    shape = fade_in / 3 + (1 - fade_in - fade_out) + fade_out / (2 * power + 1)
    return (LEVEL * 10 ** np.log(max(volume, 1e-9))) ** 2 * dur_ms / 1000 * shape


@pytest.mark.parametrize("name", FLAGS)
def test_how_loud_it_is(name, folder, tmp_path):
    table = grid_table(2, 2, start=lambda n: 0, dur=lambda n: DUR, stsne=lambda n: n)
    table = table.with_columns({"filename": [f"{n}.wav" for n in range(4)]})
    kind = kind_of(importlib.import_module(f"compositions.{name}"))
    piece = composition_of(kind, tmp_path, table, "2x2", **FLAGS[name], rvb=0, dir=str(folder))
    score = piece.score
    want = 0.0
    for volume, dur, stretch in zip(score.volume, score.dur, score.stretch, strict=True):
        if stretch > 0:  # faded before it is stretched, out to the power of 2.5
            want += energy_of(stretch, volume, FADES.get(name, DRAWN_OUT), 2.5)
        else:
            want += energy_of(dur, volume, PLAIN, 1)
    assert len(score) >= 2
    with mix(sounds_of(score, piece.clips, piece.playback), piece.end_ms + 5000) as result:
        assert result.gain == 1.0
        assert not result.bad
        found = sum(float(np.square(block, dtype=np.float64).sum()) for block in result.blocks()) / 2 / MIX_RATE
    assert 10 * np.log10(found / want) == pytest.approx(0, abs=1.0)
