"""Settings of a composition: what is assumed where nobody says otherwise."""

from dataclasses import MISSING, fields

from lib.composing import settings
from tests.support.each import each

NO_DEFAULT = object()
ASSUMED = {
    "CompositionSettings": {
        "width": NO_DEFAULT, "height": NO_DEFAULT, "margin": 0.0, "brightness": (0.33, 1.0), "least_ms": 1200.0,
        "level_db": -16.0, "most_db": -16.0, "reverb": 80.0, "most_heard": -1, "always_heard": -1, "before_ms": 1000.0,
        "after_ms": 3000.0, "seed": 1,
    },
    "RenderSettings": {
        "width": NO_DEFAULT, "height": NO_DEFAULT, "fps": NO_DEFAULT, "noise": 0.0, "fa": 1.0, "io": 0.0, "rand": 1,
        "blur": 1, "rough": False,
    },
    "SoundSettings": {"gain_db": 0.0, "outer": False, "lufs": None, "quick": False},
    "StoreSettings": {
        "folder": "tmp/cache/", "key": "", "fit": "fill", "boxes": False, "verify": False, "resize": False,
        "crop_bars": True, "step_ms": 0.0,
    },
    "OutputSettings": {
        "film": NO_DEFAULT, "frames": "", "quality": "high", "begin_s": 0.0, "length_s": 0.0, "wanted": None,
        "sound": True, "pictures": True, "codec": "h264", "chapters": False,
    },
}  # fmt: skip


@each("name", ASSUMED)
def test_what_is_assumed(name):
    found = {f.name: NO_DEFAULT if f.default is MISSING else f.default for f in fields(getattr(settings, name))}
    assert found == ASSUMED[name]
    assert all(type(found[key]) is type(value) for key, value in ASSUMED[name].items())


def test_a_run_has_those_of_sound_and_store_and_one_thread():
    run = settings.RunSettings("t.csv", "media/", None, None, None, None)
    assert (run.sound, run.store) == (settings.SoundSettings(), settings.StoreSettings())
    assert (run.probe, run.overwrite, run.threads, run.cluster) == (False, False, 1, "")
