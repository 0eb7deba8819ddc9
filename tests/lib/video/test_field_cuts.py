"""Frames whose fields are of two scenes belong to neither, at the ends of a film too."""

import numpy as np

from lib.video.field_cuts import without_mixed_fields
from tests.support.each import each

ONE, TWO = np.random.default_rng(7).uniform(0, 255, (2, 24, 32)).astype(np.float32)


class Film:
    """Frames, each of a top and a bottom field: letters of scenes."""

    def __init__(self, *frames):
        scenes = {"a": ONE, "b": TWO}
        self.luma = np.stack([scenes[top] for top, _ in frames])
        self.bottom = np.stack([scenes[bottom] for _, bottom in frames])

    def __len__(self):
        return len(self.luma)


@each(
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


def mixed(share, strength=30.0):
    """The bottom field of frame 1 is so much of the other scene's; both scenes have this contrast."""
    random = np.random.default_rng(3)
    one, two = strength * random.normal(0, 1, (2, 24, 32)) + 120
    film = Film("aa", "aa", "bb", "bb")
    film.luma = np.stack([one, one, two, two]).astype(np.float32)
    film.bottom = film.luma.copy()
    film.bottom[1] = share * two + (1 - share) * one
    return film, one - one.mean(), two - two.mean()


@each("strength", [3.0, 30.0])
@each("share", [0.1, 0.3, 0.4, 0.45, 0.48, 0.5, 0.51, 0.53, 0.55, 0.6, 0.8, 1.0])
def test_a_field_is_of_the_scene_that_it_is_more_like(share, strength):
    film, one, two = mixed(share, strength)
    field = film.bottom[1] - film.bottom[1].mean()

    def unlike(a, b):  # (of these pictures no shift fits better: noise of 4 levels squared)
        return 1 - ((a * b).mean() + 4) / np.sqrt(((a * a).mean() + 4) * ((b * b).mean() + 4))

    own, other = unlike(field, one), unlike(field, two)
    parted = own > 0.1 and own > 1.1 * other
    assert without_mixed_fields(film, 1, 2) == ((0, 2) if parted else (1, 2))
