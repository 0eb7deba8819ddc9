"""Frames whose fields are of two scenes belong to neither, at the ends of a film too."""

import numpy as np
import pytest

from lib.video.field_cuts import without_mixed_fields

ONE, TWO = np.random.default_rng(7).uniform(0, 255, (2, 24, 32)).astype(np.float32)


class Film:
    """Frames, each of a top and a bottom field: letters of scenes."""

    def __init__(self, *frames):
        scenes = {"a": ONE, "b": TWO}
        self.luma = np.stack([scenes[top] for top, _ in frames])
        self.bottom = np.stack([scenes[bottom] for _, bottom in frames])

    def __len__(self):
        return len(self.luma)


@pytest.mark.parametrize(
    ("frames", "cut", "found"),
    [
        (("aa", "aa", "bb", "bb"), (1, 2), (1, 2)),
        (("aa", "ab", "bb", "bb"), (1, 2), (0, 2)),  # the bottom field of the last frame is of the next scene
        (("aa", "aa", "ba", "bb"), (1, 2), (1, 3)),
        (("ab", "bb"), (0, 1), (0, 1)),  # there is no frame before
        (("aa", "ba"), (0, 1), (0, 1)),  # nor after
    ],
)
def test_frames_of_two_scenes_are_left_out(frames, cut, found):
    assert without_mixed_fields(Film(*frames), *cut) == found
