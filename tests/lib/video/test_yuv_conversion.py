"""From a decoder's planes to an encoder's: colours, sizes, places, and what takes the way over RGB."""

from fractions import Fraction

import numpy as np
import pytest
from av.video.frame import VideoFrame

from lib.supercut.pictures import SourceJob, shown_as
from lib.video.frame import Frame
from lib.video.planes import CHROMA, Planes
from lib.video.scaling import Scaler, Turn
from lib.video.yuv_conversion import from_rgb, recoloured, to_hd
from tests.support.each import each

# Kr, Kb of the standards, and the colours of RGB that are tried.
KINDS = {"601": (0.299, 0.114, 5), "709": (0.2126, 0.0722, 1)}
COLOURS = [(200, 40, 90), (10, 220, 60), (128, 128, 128), (250, 250, 20), (30, 30, 200)]


def yuv(colour, matrix, full):
    red, blue, _ = KINDS[matrix]
    r, g, b = (value / 255 for value in colour)
    y = red * r + (1 - red - blue) * g + blue * b
    u, v = (b - y) / (2 * (1 - blue)), (r - y) / (2 * (1 - red))
    return (255 * y, 128 + 255 * u, 128 + 255 * v) if full else (16 + 219 * y, 128 + 224 * u, 128 + 224 * v)


def raw(planes, kind="yuv420p", matrix=1, full=False):
    """A frame as a decoder gives it, of these planes."""
    frame = VideoFrame(planes[0].shape[1], planes[0].shape[0], kind)
    for target, plane in zip(frame.planes, planes):
        rows = np.frombuffer(target, np.uint8).reshape(-1, target.line_size)
        rows[: plane.shape[0], : plane.shape[1]] = plane
    frame.colorspace, frame.color_range = matrix, 2 if full else 1
    return frame


def flat(colour, matrix, full, width=64, height=32):
    sizes = (height, width), (height // 2, width // 2), (height // 2, width // 2)
    values = [round(value) for value in yuv(colour, matrix, full)]
    planes = [np.full(size, value, np.uint8) for size, value in zip(sizes, values)]
    return raw(planes, "yuv420p", KINDS[matrix][2], full)


class Film:
    """What a frame asks of its film."""

    def __init__(self, part, turn):
        self.turn, self.scaler, self._part = turn, Scaler(), part

    def part_of(self, frame):
        return self._part or (0, 0, frame.width, frame.height)


def frame_of(raw_frame, part=None, turn=None):
    return Frame(Film(part, turn or Turn()), raw_frame, 0.0, Fraction(1))


def job(width, height, fit="crop", pixels="yuv420p"):
    none = np.zeros(0)
    return SourceJob("", "", none, none.astype(np.int64), (), Planes(width, height, pixels), width, height, fit)


@each("matrix", KINDS)
@each("full", [False, True])
@each("pixels", CHROMA)
def test_colours_of_any_matrix_and_range_are_those_of_hdtv(matrix, full, pixels):
    for colour in COLOURS:
        made = frame_of(flat(colour, matrix, full)).planes(96, 48, pixels)
        across, down = CHROMA[pixels]
        assert [plane.shape for plane in made] == [(48, 96)] + [(48 // down, 96 // across)] * 2
        for plane, value in zip(made, yuv(colour, "709", False), strict=True):
            assert np.abs(plane - value).max() < 2
    assert (to_hd(matrix, full) is None) == (matrix == "709" and not full)


def ramp(width=64, height=32):
    luma = np.add.outer(2 * np.arange(height), 2 * np.arange(width)).astype(np.uint8)
    return [luma, luma[::2, ::2], 255 - luma[::2, ::2]]


def test_planes_that_fit_are_those_of_the_decoder():
    planes = ramp()
    for made, plane in zip(frame_of(raw(planes)).planes(64, 32, "yuv420p"), planes, strict=True):
        assert np.array_equal(made, plane)
    for made, plane in zip(frame_of(raw(planes), (8, 4, 32, 20)).planes(32, 20, "yuv420p"), planes, strict=True):
        less = planes[0].shape[0] // plane.shape[0]
        assert np.array_equal(made, plane[4 // less : 24 // less, 8 // less : 40 // less])


@pytest.mark.parametrize(("fit", "place"), [("crop", (16, 0)), ("contain", (0, 0))])
def test_the_middle_is_seen_or_all_of_it(fit, place):
    planes = ramp()
    wanted = job(32, 32, fit)
    luma, *chroma = wanted.kind.of(shown_as(frame_of(raw(planes)), wanted))
    if fit == "crop":
        assert np.array_equal(luma, planes[0][:, 16:48])
        for made, plane in zip(chroma, planes[1:], strict=True):
            assert np.array_equal(made, plane[:, 8:24])
    else:  # smaller: by way of RGB
        assert (luma[:8] == 16).all()
        assert (luma[24:] == 16).all()
        assert luma[12, 16] > 16
    large = job(64, 64, "contain")
    luma, *chroma = large.kind.of(shown_as(frame_of(raw(planes)), large))
    assert np.array_equal(luma[16:48], planes[0])
    assert (luma[:16] == 16).all()
    assert (luma[48:] == 16).all()
    assert np.array_equal(chroma[0][8:24], planes[1])
    assert (chroma[0][:8] == 128).all()


def test_both_ways_show_the_same():
    colour = COLOURS[0]
    wanted = job(64, 32)
    straight = shown_as(frame_of(flat(colour, "601", False)), wanted)
    around = shown_as(frame_of(flat(colour, "601", False), turn=Turn(mirror_x=True)), wanted)
    assert np.abs(straight.astype(int) - around).max() <= 2


@each(
    "other",
    [
        {"width": 60},
        {"height": 30},
        {"turn": Turn(transposed=True)},
        {"part": (1, 0, 62, 32)},
        {"kind": "rgb24"},
        {"trc": 16},
    ],
)
def test_what_has_no_straight_way(other):
    frame = flat(COLOURS[0], "709", False)
    if "kind" in other:
        frame = frame.reformat(format=other["kind"])
    if "trc" in other:
        frame.color_trc = other["trc"]
    made = frame_of(frame, other.get("part"), other.get("turn"))
    assert made.planes(other.get("width", 64), other.get("height", 32), "yuv420p") is None


@each(("across", "down"), [(1, 1), (2, 1), (2, 2)])
@each(("matrix", "full"), [("601", False), ("601", True), ("709", True), ("2020", False)])
def test_recoloured_planes_are_the_nearest_levels(matrix, full, across, down):
    random = np.random.default_rng(4)
    luma = random.integers(0, 256, (7, 10), np.uint8)
    u, v = random.integers(0, 256, (2, -(-7 // down), 10 // across), np.uint8)
    # To R, G, B by one matrix, and from there by that of HDTV, in double precision.
    kr, kb = {"601": (0.299, 0.114), "709": (0.2126, 0.0722), "2020": (0.2627, 0.0593)}[matrix]
    wide = [np.repeat(np.repeat(plane, down, 0), across, 1)[:7].astype(float) - 128 for plane in (u, v)]
    y, (a, b) = (luma / 255 if full else (luma - 16.0) / 219), (plane / (255 if full else 224) for plane in wide)
    red, blue = y + 2 * (1 - kr) * b, y + 2 * (1 - kb) * a
    green = (y - kr * red - kb * blue) / (1 - kr - kb)
    light = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    expected = [
        16 + 219 * light,
        (128 + 224 * (blue - light) / (2 * (1 - 0.0722)))[::down, ::across],
        (128 + 224 * (red - light) / (2 * (1 - 0.2126)))[::down, ::across],
    ]
    made = recoloured((luma, u, v), across, down, to_hd(matrix, full))
    for plane, exact in zip(made, expected, strict=True):
        assert np.abs(plane - exact.clip(0, 255)).max() < 0.51


@pytest.mark.parametrize(("across", "down"), [(1, 1), (2, 1), (2, 2)])
def test_planes_of_a_picture_are_the_nearest_levels(across, down):
    picture = np.random.default_rng(5).integers(0, 256, (6, 8, 3), np.uint8)
    picture[0, 0], picture[0, 1] = 0, 255
    red, green, blue = np.moveaxis(picture / 255, 2, 0)
    light = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    planes = np.empty((6, 8), np.uint8), *np.empty((2, 6 // down, 8 // across), np.uint8)
    from_rgb(picture, across, down, planes)
    assert np.abs(planes[0] - (16 + 219 * light)).max() < 0.51
    for plane, colour, share in ((planes[1], blue, 0.0722), (planes[2], red, 0.2126)):
        exact = 128 + 224 * (colour - light) / (2 * (1 - share))
        means = exact.reshape(6 // down, down, 8 // across, across).mean(axis=(1, 3))
        assert np.abs(plane - means).max() < 0.51


def test_limited_hdtv_needs_no_conversion():
    assert [to_hd(matrix, full) is None for matrix in ("709", "601") for full in (False, True)] == [True, *[False] * 3]
