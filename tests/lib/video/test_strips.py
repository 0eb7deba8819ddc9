"""Strips of pictures, read back pixel by pixel."""

import numpy as np
from PIL import Image, ImageDraw

from lib.video.strips import Strip, write_strips
from tests.support.each import each

BACKGROUND = (24, 24, 24)


def pictures(count, height, first):
    return tuple(np.full((height, 160, 3), first + n % 100, np.uint8) for n in range(count))


@each(("counts", "left_out"), [([1], 0), ([3, 10], 0), ([11, 2], 0), ([400], 0), ([402, 405], 7)])
def test_films_lie_one_below_the_other_and_their_scenes_in_rows_of_ten(tmp_path, counts, left_out):
    strips = [Strip(f"film {n}", pictures(count, 20 - 8 * n, 100 + 50 * n)) for n, count in enumerate(counts)]
    assert write_strips(tmp_path / "a.png", strips) == left_out
    whole = np.asarray(Image.open(tmp_path / "a.png"))
    across = min(max(counts), 10)
    top = 4
    expected = np.zeros(whole.shape, np.uint8)
    expected[:] = BACKGROUND
    for strip in strips:
        height = strip.pictures[0].shape[0]
        assert (whole[top : top + 16, 4:164] > 150).any()  # its name, above
        expected[top : top + 16] = whole[top : top + 16]
        shown = strip.pictures[:400]
        for n, picture in enumerate(shown):
            y, x = top + 16 + n // 10 * (height + 4), 4 + n % 10 * 164
            expected[y : y + height, x : x + 160] = picture
        top += 16 + -(-len(shown) // 10) * (height + 4)
    assert whole.shape == (top, 4 + across * 164, 3)
    assert (whole == expected).all()


@each(
    ("name", "shown"),
    [
        ("film.mp4", "film.mp4"),
        ("a" + "x" * 119, "a" + "x" * 119),
        ("ab" + "x" * 119, "...b" + "x" * 119),  # the end of a long one
        ("\u00e9.mp4", "?.mp4"),
    ],
)
def test_names_stand_above_their_pictures(tmp_path, name, shown):
    write_strips(tmp_path / "a.png", [Strip(name, pictures(10, 8, 100))])
    line = Image.new("RGB", (1644, 20), BACKGROUND)
    ImageDraw.Draw(line).text((4, 4), shown, (230, 230, 230))
    assert (np.asarray(Image.open(tmp_path / "a.png"))[:20] == np.asarray(line)).all()
