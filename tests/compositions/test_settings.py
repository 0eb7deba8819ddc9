"""From the common flags to the settings: where the value of each arrives, and what each changes besides."""

import argparse
import dataclasses
from fractions import Fraction

import pytest

from compositions._flags import add_common, add_grids
from compositions._settings import run_settings
from lib import cli
from lib.composing.settings import Views
from tests.support.each import each


def settings(*words):
    """All settings of a command line, by their names: {"render.width": 1920, ...}."""
    flags = cli.Parser("A composition.")
    add_grids(flags, "8x4", "8x4", "8x4")
    add_common(flags)
    found = {}
    run = run_settings(flags.parse_args(words))
    for outer in dataclasses.fields(run):
        value = getattr(run, outer.name)
        if dataclasses.is_dataclass(value) and not isinstance(value, Views):
            found |= {f"{outer.name}.{inner.name}": getattr(value, inner.name) for inner in dataclasses.fields(value)}
        else:
            found[outer.name] = value
    return found


@each(
    ("words", "changed"),
    [
        ("-in a.csv -dir m/", {"table": "a.csv", "folder": "m/"}),
        ("-grid0 2x2 -grid1 4x4", {"views": Views((8, 4), (2, 2), (4, 4))}),
        ("-out o.mov", {"output.film": "o.mov"}),
        ("-outframe f.%s.png", {"output.frames": "f.%s.png"}),
        ("-width 320", {"render.width": 320, "composition.width": 320}),
        ("-height 200", {"render.height": 200, "composition.height": 200}),
        ("-fps 30000/1001", {"render.fps": Fraction(30000, 1001)}),
        ("-ss 2.5", {"output.begin_s": 2.5}),
        ("-sd 7", {"output.length_s": 7.0}),
        ("-frame 3", {"output.wanted": (3, 3)}),
        ("-frame 0", {"output.wanted": (0, 0)}),
        ("-frange 2,9", {"output.wanted": (2, 9)}),
        ("-frange 1,9", {"output.wanted": (1, 9)}),
        ("-frange 2,0", {"output.wanted": (2, 0)}),
        ("-margin 0.5", {"composition.margin": 0.5}),
        ("-brightr 0.1,0.9", {"composition.brightness": (0.1, 0.9)}),
        ("-rmode warp", {"store.fit": "warp"}),
        ("-crop none", {"store.crop_bars": False}),
        ("-mcd 70", {"composition.least_ms": 70.0}),
        ("-noise 1.5", {"render.noise": 1.5}),
        ("-fa 0.3", {"render.fa": 0.3}),
        ("-blur 4", {"render.blur": 4}),
        ("-io 80.5", {"render.io": 80.5}),
        ("-pad0 11", {"composition.before_ms": 11.0}),
        ("-pad1 12", {"composition.after_ms": 12.0}),
        ("-rand 5", {"composition.seed": 5, "render.rand": 5}),
        ("-ao", {"output.pictures": False}),
        ("-vo", {"output.sound": False}),
        ("-probe", {"probe": True}),
        ("-debug", {"store.boxes": True}),
        ("-cache -ckey k", {"store.key": "k"}),
        ("-ckey k", {}),
        ("-cd c/", {"store.folder": "c/"}),
        ("-db -3", {"sound.gain_db": -3.0}),
        ("-mdb -20", {"composition.level_db": -20.0}),
        ("-mdb -9999", {"composition.level_db": None}),
        ("-maxdb -9999", {"composition.most_db": None}),
        ("-maxdb -12", {"composition.most_db": -12.0}),
        ("-rvb 5", {"composition.reverb": 5.0}),
        ("-maxa 6", {"composition.most_heard": 6}),
        ("-keep 2", {"composition.always_heard": 2}),
        ("-inva", {"sound.outer": True}),
        ("-lufs -14", {"sound.lufs": -14.0}),
        ("-chapters", {"output.chapters": True}),
        ("-codec h264_10", {"output.codec": "h264_10"}),
        ("-quality low", {"output.quality": "low"}),
        ("-threads 3", {"threads": 3}),
        ("-overwrite", {"overwrite": True}),
        ("-verifyc", {"store.verify": True}),
        ("-recalc", {"store.resize": True}),
    ],
)
def test_a_flag_changes_its_setting_and_no_other(words, changed):
    before = settings()
    assert before | changed == settings(*words.split())
    assert all(before[name] != value for name, value in changed.items())


def test_a_preview_is_small_quick_and_a_film_only():
    before, found = settings(), settings("-preview")
    different = {name for name, value in found.items() if value != before[name]}
    assert found["render.width"] / found["render.height"] == pytest.approx(16 / 9, rel=0.01)
    assert found["render.width"] < 1000
    assert (found["output.frames"], found["output.quality"], found["threads"]) == ("", "preview", -1)
    assert found["store.step_ms"] == pytest.approx(1000 / float(found["render.fps"]))
    assert found["sound.quick"]
    assert found["render.rough"]
    assert different == {
        "render.width", "render.height", "composition.width", "composition.height", "render.fps", "output.frames",
        "output.quality", "threads", "store.step_ms", "sound.quick", "render.rough",
    }  # fmt: skip
    assert settings("-preview", "-threads", "2")["threads"] == 2


@each(
    ("words", "message"),
    [
        ("-ao -vo", "exclude each other"),
        ("-ao -frame 2", "the sound only"),
        ("-ao -frange 2,3", "the sound only"),
        ("-grid0 9x4", "9x4 is larger than -grid, 8x4"),
        ("-grid1 8x5", "8x5 is larger than -grid, 8x4"),
        ("-outframe= -frame 2", "give them a name"),
    ],
)
def test_flags_that_exclude_each_other(words, message):
    with pytest.raises((cli.UsageError, argparse.ArgumentError), match=message):
        settings(*words.split())
