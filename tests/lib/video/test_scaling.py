"""Orientations and sizes of frames, and parts of them, worked out by hand."""

from fractions import Fraction

import numpy as np
from av.video.frame import VideoFrame

from lib.video.scaling import BY_DEGREES, PLANAR, Turn, _cropped, _rows, shown_size
from tests.support.each import each


class Shot:
    """A frame with a display matrix: a point (x, y) is shown at (a x + c y, b x + d y), in steps of 1/65536."""

    rotation = 0

    def __init__(self, a, b, c, d):
        matrix = np.array([a * 65536, b * 65536, 0, c * 65536, d * 65536, 0, 0, 0, 1 << 30])
        self.side_data = {"DISPLAYMATRIX": matrix.astype(np.int32)}


PICTURE = np.arange(6).reshape(2, 3, 1)


@each(
    ("matrix", "shown"),
    [
        ((1, 0, 0, 1), [[0, 1, 2], [3, 4, 5]]),
        ((-1, 0, 0, -1), [[5, 4, 3], [2, 1, 0]]),
        ((-1, 0, 0, 1), [[2, 1, 0], [5, 4, 3]]),
        ((1, 0, 0, -1), [[3, 4, 5], [0, 1, 2]]),
        ((0, 1, -1, 0), [[3, 0], [4, 1], [5, 2]]),  # clockwise: what was at the left is at the top
        ((0, -1, 1, 0), [[2, 5], [1, 4], [0, 3]]),
        ((0, 1, 1, 0), [[0, 3], [1, 4], [2, 5]]),
        ((0, -1, -1, 0), [[5, 2], [4, 1], [3, 0]]),
        ((0.9, 0.1, -0.1, 0.9), [[0, 1, 2], [3, 4, 5]]),  # nearly upright
        ((0.1, 0.9, -0.9, 0.1), [[3, 0], [4, 1], [5, 2]]),
    ],
)
def test_a_picture_is_turned_as_the_display_matrix_says(matrix, shown):
    assert Turn.by(Shot(*matrix)).of(PICTURE)[..., 0].tolist() == shown


@each("degrees", [0, 90, 180, 270, 360, -90])
def test_a_picture_is_turned_counterclockwise_by_degrees(degrees):
    class Unknown:
        rotation = degrees

        @property
        def side_data(self):
            raise ValueError("unknown kind")

    turn = Turn.by(Unknown())
    assert turn == BY_DEGREES[degrees % 360]
    assert turn.of(PICTURE).tolist() == np.rot90(PICTURE, degrees // 90).tolist()
    Unknown.side_data = {}
    assert Turn.by(Unknown()) == Turn()


@each(
    ("part", "pixel", "turn", "size"),
    [
        ((0, 0, 720, 576), Fraction(1), Turn(), (720, 576)),
        ((8, 2, 704, 570), Fraction(16, 15), Turn(), (751, 570)),
        ((0, 0, 720, 576), Fraction(64, 45), Turn(True, True, False), (576, 1024)),
        ((0, 0, 100, 50), Fraction(8), Turn(), (800, 50)),
        ((0, 0, 100, 50), Fraction(1, 8), Turn(), (12, 50)),
        ((0, 0, 100, 50), Fraction(81, 10), Turn(), (100, 50)),  # a mistake in the header
        ((0, 0, 100, 50), Fraction(10, 81), Turn(), (100, 50)),
        ((0, 0, 1, 50), Fraction(1, 4), Turn(), (1, 50)),
    ],
)
def test_pixels_are_shown_square(part, pixel, turn, size):
    assert shown_size(part, pixel, turn) == size


@each("pixels", PLANAR)
@each("part", [(0, 0, 64, 48), (10, 6, 20, 14), (2, 0, 60, 48), (0, 4, 64, 44)])
def test_a_part_of_a_frame_has_the_planes_of_that_part(pixels, part):
    frame = VideoFrame(64, 48, pixels)
    random = np.random.default_rng(1)
    for plane in frame.planes:
        plane.update(random.integers(0, 256, plane.buffer_size, np.uint8).tobytes())
    made = _cropped(frame, part)
    assert (made.width, made.height, made.format.name) == (*part[2:], pixels)
    across, down = (1 if "444" in pixels else 2), (2 if "420" in pixels else 1)
    for n, (plane, whole) in enumerate(zip(made.planes, frame.planes, strict=True)):
        a, d = (across, down) if n else (1, 1)
        left, top, columns, rows = part[0] // a, part[1] // d, part[2] // a, part[3] // d
        expected = _rows(whole)[top : top + rows, left : left + columns]
        assert np.array_equal(_rows(plane)[:rows, :columns], expected)
