"""Pictures made of decoded frames: the colours of each matrix and format, parts, sizes, and fields, by hand."""

import numpy as np
import pytest
from av.video.frame import VideoFrame

from lib.errors import MediaError
from lib.video import scaling
from lib.video.scaling import NEAREST, PLANAR, Scaler, Turn
from tests.support.each import each
from tests.support.light import encoded, linear

# ITU-T H.273: the numbers of matrices, and their Kr and Kb.
BT_601, BT_709, BT_2020 = (0.299, 0.114), (0.2126, 0.0722), (0.2627, 0.0593)
MATRICES = {1: BT_709, 4: (0.30, 0.11), 5: BT_601, 6: BT_601, 7: (0.212, 0.087), 9: BT_2020, 10: BT_2020, 2: BT_601}
COLOUR = (120, 100, 160)


def frame_of(planes, kind="yuv420p", matrix=1, full=False):
    frame = VideoFrame(planes[0].shape[1], planes[0].shape[0], kind)
    for target, plane in zip(frame.planes, planes):
        rows = np.frombuffer(target, np.uint8).reshape(-1, target.line_size)
        rows[: plane.shape[0], : plane.shape[1]] = plane
    frame.colorspace, frame.color_range = matrix, 2 if full else 1
    return frame


def flat(width=32, height=16, kind="yuv420p", colour=COLOUR, **words):
    across, down = {"420": (2, 2), "422": (2, 1), "444": (1, 1)}[kind.rstrip("p")[-3:]]
    sizes = (height, width), *[(-(-height // down), -(-width // across))] * 2
    return frame_of([np.full(size, value, np.uint8) for size, value in zip(sizes, colour)], kind, **words)


def rgb_of(colour, matrix, full=False):
    (y, u, v), (kr, kb) = colour, matrix
    y, u, v = (
        (y / 255, (u - 128) / 255, (v - 128) / 255) if full else ((y - 16) / 219, (u - 128) / 224, (v - 128) / 224)
    )
    red, blue = y + 2 * (1 - kr) * v, y + 2 * (1 - kb) * u
    return 255 * np.array([red, (y - kr * red - kb * blue) / (1 - kr - kb), blue])


def whole(frame):
    return 0, 0, frame.width, frame.height


def made(frame, width, height, part=None, turn=None):
    picture = Scaler().picture(frame, part or whole(frame), turn or Turn(), width, height)
    assert picture.shape == (height, width, 3)
    assert picture.dtype == np.uint8
    assert picture.flags.c_contiguous
    return picture.astype(int)


def is_flat(picture, colour, most):
    return np.abs(picture - colour).max() <= most


@each("matrix", MATRICES)
@each("full", [False, True])
def test_colours_are_those_of_the_matrix_and_the_range(matrix, full):
    for kind in ("yuv420p", "yuv422p", "yuv444p"):
        frame = flat(kind=kind, matrix=matrix, full=full)
        assert is_flat(made(frame, 8, 4), rgb_of(COLOUR, MATRICES[matrix], full), 1)


@pytest.mark.parametrize("kind", ["yuvj420p", "yuvj422p", "yuvj444p"])
def test_formats_of_the_full_range(kind):
    assert is_flat(made(flat(kind=kind), 8, 4), rgb_of(COLOUR, BT_709, True), 1)


@each(
    ("width", "height", "is_hd"),
    [(1280, 4, True), (1278, 4, False), (4, 577, True), (4, 576, False), (1280, 578, True)],
)
def test_a_film_that_states_no_matrix_has_that_of_its_size(width, height, is_hd):
    frame = flat(width, height, "yuv444p", matrix=2)
    expected = rgb_of(COLOUR, BT_709 if is_hd else BT_601)
    assert is_flat(made(frame, width // 2, height // 2), expected, 1)
    assert is_flat(made(frame, width, height), expected, 3)  # (ffmpeg's, of its own precision)
    stated = flat(width, height, "yuv444p", matrix=9)
    assert is_flat(made(stated, width // 2, height // 2), rgb_of(COLOUR, BT_2020), 1)


@each("kind", [*NEAREST, *PLANAR, "rgb24", "gray", "gbrp", "rgba"])
def test_all_formats_show_the_same(kind):
    source = flat(kind="yuv444p", matrix=5)
    try:
        frame = source.reformat(format=kind, src_colorspace=5, dst_colorspace=5)
    except ValueError:
        pytest.skip("this build of ffmpeg does not make it")
    expected = rgb_of(COLOUR, BT_601)
    if kind == "gray":
        expected = np.full(3, expected @ [0.299, 0.587, 0.114])
    for size in ((8, 4), (32, 16), (50, 30), (8, 30)):
        assert is_flat(made(frame, *size), expected, 3), size
    assert NEAREST.get(kind, "yuv420p") in PLANAR


def halves(kind="yuv444p", width=32, height=16, matrix=1):
    """Black at the left and at the top right, white at the bottom right."""
    luma = np.full((height, width), 16, np.uint8)
    luma[height // 2 :, width // 2 :] = 235
    grey = np.full((height, width), 128, np.uint8)
    return frame_of([luma, grey, grey], kind, matrix=matrix)


@each(
    ("part", "size", "expected"),
    [
        ((0, 0, 32, 16), (2, 2), [[0, 0], [0, 255]]),
        ((16, 8, 16, 8), (2, 2), [[255, 255], [255, 255]]),
        ((8, 0, 16, 16), (2, 2), [[0, 0], [0, 255]]),
        ((0, 0, 16, 16), (2, 2), [[0, 0], [0, 0]]),
        ((14, 7, 4, 2), (4, 2), [[0, 0, 0, 0], [0, 0, 255, 255]]),
        ((15, 7, 2, 2), (2, 2), [[0, 0], [0, 255]]),
        ((15, 7, 2, 2), (2, 1), None),
        ((16, 0, 16, 16), (1, 16), [[0]] * 8 + [[255]] * 8),
        ((0, 8, 32, 8), (32, 1), [[0] * 16 + [255] * 16]),
    ],
)
def test_a_part_of_a_frame(part, size, expected):
    found = made(halves(), *size, part=part)
    if expected is None:
        expected = [[0, round(float(encoded(linear([0, 255]).mean())))]]
    assert np.abs(found - np.array(expected)[..., None]).max() <= 2
    # The same from RGB.
    assert np.abs(made(halves().reformat(format="rgb24"), *size, part=part) - found).max() <= 2


@each("size", [(64, 32), (64, 8), (16, 32), (33, 16), (32, 17), (32, 16)])
def test_each_side_shrinks_or_grows_on_its_own(size):
    width, height = size
    for frame in (halves(), halves().reformat(format="rgb24")):
        for part, left, top in (((0, 0, 32, 16), 0.5, 0.5), ((8, 4, 24, 12), 1 / 3, 1 / 3)):
            found = made(frame, width, height, part=part)
            x, y = round(width * left), round(height * top)
            assert found[: y - 2].max(initial=0) <= 2
            assert found[:, : x - 2].max(initial=0) <= 2
            assert found[y + 2 :, x + 2 :].min(initial=255) >= 253


@each("turn", [Turn(), Turn(True, False, True), Turn(False, True, False), Turn(True, True, True)])
def test_a_picture_is_turned_after_it_is_scaled(turn):
    for size in ((4, 8), (32, 16), (40, 60)):
        upright = size[::-1] if turn.transposed else size
        plain = made(halves(), *upright)
        assert made(halves(), *size, turn=turn).tolist() == turn.of(plain).tolist()


def test_planes_of_a_frame_are_looked_up_once(monkeypatch):
    asked = []
    real = Scaler._yuv
    monkeypatch.setattr(Scaler, "_yuv", lambda self, frame: asked.append(frame) or real(self, frame))
    scaler, one, two = Scaler(), halves(), flat()
    for frame, width in ((one, 8), (one, 4), (two, 8), (two, 2), (one, 8)):
        found = scaler.picture(frame, whole(frame), Turn(), width, 4)
        assert found.tolist() == made(frame, width, 4).tolist()
    assert len(asked) == 3 + 5  # (and once for each of the five to compare with)


def test_one_scaler_serves_frames_of_many_sizes_and_formats():
    scaler = Scaler()
    for _ in range(2):
        for kind in ("yuv420p10le", "yuv444p", "rgb24", "nv12"):
            for width, height in ((32, 16), (16, 32), (64, 64)):
                frame = flat(width, height, "yuv444p", matrix=5).reformat(
                    format=kind, src_colorspace=5, dst_colorspace=5
                )
                for size in ((8, 8), (64, 80), (width, height)):
                    found = scaler.picture(frame, whole(frame), Turn(), *size)
                    assert is_flat(found.astype(int), rgb_of(COLOUR, BT_601), 3), (kind, width, height, size)


@each(("width", "height"), [(96, 72), (48, 32)])
@each("matrix", sorted({*MATRICES} - {10}))  # (which ffmpeg does not scale)
def test_thumbnails_are_of_the_top_field_and_bottom_fields_of_the_other(width, height, matrix):
    luma = np.full((144, 192), 60, np.uint8)
    luma[1::2] = 200
    blue, red = np.full((72, 96), 90, np.uint8), np.full((72, 96), 170, np.uint8)
    blue[1::2], red[1::2] = 140, 30
    for full in (False, True):
        frame = frame_of([luma, blue, red], matrix=matrix, full=full)
        scaler = Scaler()
        y, u, v = scaler.thumbnail(frame, width, height)
        assert (y.shape, u.shape, v.shape) == ((height, width), *[(height // 4, width // 4)] * 2)
        assert all((plane == level).all() for plane, level in ((y, 60), (u, 90), (v, 170)))
        bottom = scaler.bottom_field(frame, width, height)
        assert bottom.shape == (height, width)
        assert (bottom == 200).all()


@each("kind", ["yuvj420p", "yuv420p10le", "nv12", "rgb24", "gray", "yuv444p"])
@each("matrix", [1, 2, 9])
def test_two_fields_of_one_picture_have_the_same_luma(kind, matrix):
    random = np.random.default_rng(3)
    rows = random.integers(30, 220, (72, 192, 3), np.uint8)
    frame = VideoFrame.from_ndarray(np.repeat(rows, 2, axis=0), "rgb24").reformat(format="yuv444p")
    frame = frame.reformat(format=kind)
    frame.colorspace = matrix
    scaler = Scaler()
    assert scaler.bottom_field(frame, 48, 36).tolist() == scaler.thumbnail(frame, 48, 36)[0].tolist()


def test_bright_light_of_hdr_is_brought_down_at_any_size():
    frame = flat(kind="yuv444p", colour=(180, 128, 128), matrix=9)
    frame = frame.reformat(format="yuv420p10le", src_colorspace=9, dst_colorspace=9)
    frame.color_trc, frame.colorspace = 16, 9
    small, same, large, mixed = (made(frame, *size) for size in ((8, 4), (32, 16), (64, 40), (8, 40)))
    # 75 % of the signal is some thousand nits: white.
    for picture in (small, same, large, mixed):
        assert picture.min() >= 240
        assert np.abs(picture - small[0, 0]).max() <= 2
    plain = flat(kind="yuv444p", colour=(180, 128, 128))
    assert made(plain, 8, 4).max() < 195
    # A part of it.
    assert made(frame, 4, 4, part=(8, 4, 16, 8)).min() >= 240


@pytest.mark.parametrize("size", [(8, 40), (80, 8), (80, 40)])
def test_sides_that_grow_are_interpolated_in_hdr_too(size):
    luma = np.full((16, 32), 64, np.uint8)
    luma[8:, 16:] = 180
    grey = np.full((16, 32), 128, np.uint8)
    frame = frame_of([luma, grey, grey], "yuv444p", matrix=9).reformat(
        format="yuv444p10le", src_colorspace=9, dst_colorspace=9
    )
    frame.color_trc, frame.colorspace = 16, 9
    found = made(frame, *size)[..., 1]
    width, height = size
    dark, bright = found[0, 0], found[-1, -1]
    assert dark + 100 < bright
    assert (found[: height // 2 - 3] == dark).all()
    assert (found[:, : width // 2 - 3] == dark).all()
    # Between both there are levels where a side grows.
    for line, grows in ((found[:, -1], height > 16), (found[-1], width > 32)):
        assert (((line > dark + 5) & (line < bright - 5)).any()) == grows


def test_a_format_that_cannot_be_converted_is_reported(monkeypatch):
    def refused(self, *words, **more):
        raise ValueError("no such format")

    frame = halves()
    for method, size in (("_rgb", 64), ("_yuv", 8)):
        with monkeypatch.context() as patch:
            patch.setattr(Scaler, method, refused)
            with pytest.raises(MediaError, match=r"unsupported pixel format \(no such format\)"):
                Scaler().picture(frame, whole(frame), Turn(), size, size)
    with monkeypatch.context() as patch:
        patch.setattr(Scaler, "_in_range", refused)
        with pytest.raises(MediaError, match="unsupported pixel format"):
            Scaler().planes(flat(), (0, 0, 32, 16), Turn(), "yuv420p", 64, 32)
    monkeypatch.setattr(scaling.OneField, "of", refused)
    for make in (Scaler().thumbnail, Scaler().bottom_field):
        with pytest.raises(MediaError, match="unsupported pixel format"):
            make(frame, 96, 72)


class Shot:
    """A frame with a display matrix."""

    rotation = 0

    def __init__(self, *matrix):
        a, b, c, d = (round(65536 * value) for value in matrix)
        self.side_data = {"DISPLAYMATRIX": np.array([a, b, 0, c, d, 0, 0, 0, 1 << 30], np.int32)}


def test_a_picture_that_leans_by_half_a_quarter_is_upright():
    assert Turn.by(Shot(0.7, 0.7, -0.7, 0.7)) == Turn()
    assert Turn.by(Shot(0.7, 0.71, -0.7, 0.7)) == Turn(True, True, False)
    assert Turn.by(Shot(0.7, 0.7, -0.71, 0.7)) == Turn(True, True, False)
    assert Turn.by(Shot(-0.7, 0.7, 0.7, -0.71)) == Turn(False, True, True)


def planes_of(frame, width=32, height=16, part=None, turn=None, pixels="yuv420p", scaler=None):
    return (scaler or Scaler()).planes(frame, part or whole(frame), turn or Turn(), pixels, width, height)


def test_planes_are_those_of_the_decoder_where_nothing_has_to_be_converted():
    for name in ("yuv420p", "yuv422p", "yuv444p"):
        across, down = (1 if "444" in name else 2), (2 if "420" in name else 1)
        random = np.random.default_rng(1)
        planes = [
            random.integers(16, 236, (16 // d, 32 // a), np.uint8) for a, d in ((1, 1), (across, down), (across, down))
        ]
        frame = frame_of(planes, name)
        for part in ((0, 0, 32, 16), (2, 4, 28, 10), (0, 2, 32, 14), (4, 0, 26, 16)):
            left, top, columns, rows = part
            found = planes_of(frame, columns, rows, part, pixels=name)
            for n, (plane, source) in enumerate(zip(found, planes, strict=True)):
                a, d = (across, down) if n else (1, 1)
                expected = source[top // d : (top + rows) // d, left // a : (left + columns) // a]
                assert plane.tolist() == expected.tolist()


@each(
    "words",
    [
        {"width": 31}, {"height": 15}, {"turn": Turn(mirror_x=True)}, {"turn": Turn(True)}, {"part": (1, 0, 30, 16)},
        {"part": (0, 1, 32, 14)}, {"part": (0, 0, 31, 16)}, {"part": (0, 0, 32, 15)},
    ],
)  # fmt: skip
def test_what_is_made_by_way_of_rgb(words):
    assert planes_of(flat()) is not None
    assert planes_of(flat(), **words) is None
    for trc in (16, 18):
        bright = flat()
        bright.color_trc = trc
        assert planes_of(bright) is None
    assert planes_of(flat().reformat(format="rgb24")) is None
    assert planes_of(flat().reformat(format="gray")) is None


@each("pixels", ["yuv420p", "yuv422p", "yuv444p"])
@each(("width", "height"), [(32, 16), (33, 17), (64, 40), (45, 16), (32, 31)])
def test_planes_of_any_size_are_bt_709_in_the_limited_range(pixels, width, height):
    across, down = (1 if "444" in pixels else 2), (2 if "420" in pixels else 1)
    kr, kb = BT_709
    for matrix, full, kind in (
        (1, False, "yuv420p"),
        (5, False, "yuv444p"),
        (9, True, "yuv422p"),
        (2, True, "yuvj420p"),
    ):
        red, green, blue = rgb_of(COLOUR, MATRICES[matrix], full) / 255
        y = kr * red + (1 - kr - kb) * green + kb * blue
        expected = 16 + 219 * y, 128 + 224 * (blue - y) / (2 - 2 * kb), 128 + 224 * (red - y) / (2 - 2 * kr)
        found = planes_of(flat(kind=kind, matrix=matrix, full=full), width, height, pixels=pixels)
        chroma = (-(-height // down), -(-width // across))
        assert [plane.shape for plane in found] == [(height, width), chroma, chroma]
        for plane, level in zip(found, expected, strict=True):
            assert np.abs(plane - level).max() < 1.5


def test_large_films_without_a_matrix_are_those_of_hdtv_as_they_are():
    large = flat(1280, 16, matrix=2)
    assert [plane[0, 0] for plane in planes_of(large, 1280, 16)] == list(COLOUR)
    small = flat(1278, 16, matrix=2)
    assert [int(plane[0, 0]) for plane in planes_of(small, 1278, 16)] != list(COLOUR)


@each("kind", sorted(NEAREST))
def test_planes_of_formats_with_a_near_one(kind):
    frame = flat(kind="yuv444p").reformat(format=kind)
    frame.colorspace = 1
    for part in ((0, 0, 32, 16), (2, 2, 28, 12)):
        for plane, level in zip(planes_of(frame, *part[2:], part), COLOUR, strict=True):
            assert np.abs(plane.astype(int) - level).max() <= 1


def test_one_scaler_serves_planes_of_many_sizes():
    scaler = Scaler()
    for width, height in ((64, 32), (32, 16), (48, 48), (64, 32)):
        for kind in ("yuv420p", "yuv444p"):
            for full in (False, True):
                frame = flat(kind=kind, full=full)
                alone = planes_of(frame, width, height)
                for plane, other in zip(planes_of(frame, width, height, scaler=scaler), alone, strict=True):
                    assert plane.tolist() == other.tolist()
