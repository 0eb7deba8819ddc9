"""Pictures of an earlier run: which are removed before they are made again."""

from types import SimpleNamespace

import pytest

from lib.composing import reuse
from lib.composing.frames import frame_path, frames_there


@pytest.mark.parametrize(
    ("overwrite", "wanted", "left", "told"),
    [
        (False, None, [0, 1, 2, 11, 12, 13], "4 pictures"),
        (True, None, [0, 13], ""),  # what is not of the film stays
        (True, [2, 3, 12], [0, 1, 11, 13], "2 pictures"),
    ],
)
def test_pictures_that_are_made_again_are_removed(tmp_path, monkeypatch, overwrite, wanted, left, told):
    pattern, said = str(tmp_path / "film_%s.png"), []
    for frame in (0, 1, 2, 11, 12, 13):
        with open(frame_path(pattern, frame, 2), "w"):
            pass
    run = SimpleNamespace(output=SimpleNamespace(frames=pattern), overwrite=overwrite)
    plan = SimpleNamespace(
        run=run, digits=2, total=12, first=1, last=12, frames_stamp=lambda: "stamp", notify=said.append
    )
    monkeypatch.setattr(reuse, "check_frames", lambda plan, wanted: None)
    reuse.prepare_frames(plan, wanted)
    assert sorted(frames_there(pattern, 2)) == left
    assert said == ([f"{pattern}: {told} from an earlier run"] if told else [])
