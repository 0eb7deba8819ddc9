"""The rasterizer: exact where it can be worked out by hand, and against a slow reference on random scenes."""

import math

import numpy as np
import pytest

from lib.composing import drawing
from lib.composing.rasterizer import DrawList, Rasterizer
from lib.composing.turned import box_of_turned
from tests.support.each import each
from tests.support.light import encoded, linear, mean_level

WIDTH, HEIGHT = 24, 16
# In levels: how far means may be off: the curve of sRGB is a cubic in the rasterizer, and what is drawn is rounded.
CURVE = 2.0


def draws(*clips):
    """Return (pixels, Draws) of clips: dicts with a `picture` and whatever differs from a plain look."""
    usual = {"x": 0, "y": 0, "alpha": 1, "brightness": 1, "rotation": 0, "blur": 0}
    offsets = np.cumsum([0] + [clip["picture"].size for clip in clips])[:-1]
    rows = []
    for clip in clips:
        height, width, _ = clip["picture"].shape
        rows.append({"width": width, "height": height, **usual, **clip, "columns": width, "rows": height})
    names = ("x", "y", "width", "height", "alpha", "brightness", "rotation", "blur")
    pixels = np.concatenate([clip["picture"].reshape(-1) for clip in clips]).astype(np.uint8)
    whole = [np.array([row[name] for row in rows], np.int64) for name in ("columns", "rows")]
    return pixels, DrawList(offsets.astype(np.int64), *whole, *(np.array([float(r[n]) for r in rows]) for n in names))


def render(*clips, under=None, threads=1):
    with Rasterizer(WIDTH, HEIGHT, threads) as rasterizer:
        return rasterizer.draw(*draws(*clips), under)


def noise(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def flat(height, width, colour):
    return np.broadcast_to(np.array(colour, np.uint8), (height, width, 3)).copy()


def test_whole_positions_copy_pixels():
    picture = noise(5, 7)
    got = render({"picture": picture, "x": 3, "y": 2})
    want = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    want[2:7, 3:10] = picture
    assert np.array_equal(got, want)


def test_half_a_pixel_further_neighbours_are_averaged():
    picture = noise(4, 6)
    got = render({"picture": picture, "x": 3.5, "y": 2}).astype(float)
    inner = mean_level(np.stack([picture[:, :-1], picture[:, 1:]]), axis=0)
    assert np.abs(got[2:6, 4:9] - inner).max() <= CURVE
    # The first and the last column are half covered, over black.
    assert np.abs(got[2:6, 3] - picture[:, 0] / 2.0).max() <= 0.5
    assert np.abs(got[2:6, 9] - picture[:, -1] / 2.0).max() <= 0.5


@pytest.mark.parametrize("factor", [2, 4])
def test_larger_whole_factors_keep_flat_parts_and_the_mean(factor):
    picture = np.kron(noise(2, 2).astype(int), np.ones((2, 2, 1), int)).astype(np.uint8)
    got = render({"picture": picture, "width": 4 * factor, "height": 4 * factor})
    area = got[: 4 * factor, : 4 * factor].astype(float)
    assert abs(mean_level(area) - mean_level(picture)) < 1.5
    assert np.array_equal(area[0, 0], picture[0, 0])


def test_half_the_size_is_the_mean_of_four():
    picture = noise(8, 8)
    got = render({"picture": picture, "width": 4, "height": 4})
    want = mean_level(picture.reshape(4, 2, 4, 2, 3), axis=(1, 3))
    assert np.abs(got[:4, :4] - want).max() <= CURVE


@each(("alpha", "brightness"), [(1, 0.5), (0.25, 1), (0.5, 0.5), (1, 0), (0, 1)])
def test_alpha_and_brightness(alpha, brightness):
    under = flat(HEIGHT, WIDTH, (40, 100, 200))
    clip = {"picture": flat(4, 4, (200, 60, 10)), "x": 2, "y": 2, "alpha": alpha, "brightness": brightness}
    got = render(clip, under=under)
    want = alpha * brightness * np.array([200, 60, 10]) + (1 - alpha) * np.array([40, 100, 200])
    assert np.abs(got[2:6, 2:6] - want).max() <= 1
    assert np.array_equal(got[6:], under[6:])


def test_brighter_than_white_stays_white():
    got = render({"picture": flat(2, 2, (200, 10, 0)), "brightness": 2})
    assert got[0, 0].tolist() == [255, 20, 0]


def test_later_clips_lie_above():
    got = render({"picture": flat(4, 4, (255, 0, 0))}, {"picture": flat(4, 4, (0, 255, 0)), "x": 2})
    assert got[0, :6].tolist() == [[255, 0, 0]] * 2 + [[0, 255, 0]] * 4


@each("edge", [0.1, 0.25, 0.5, 0.77])
def test_clips_that_abut_within_a_pixel_leave_no_seam(edge):
    white = flat(8, 8, (255, 255, 255))
    got = render({"picture": white, "width": 8 + edge, "height": 8}, {"picture": white, "x": 8 + edge, "width": 8})
    assert got[2, :16].min() >= 253


@pytest.mark.parametrize("shift", [0.25, 0.5, 0.9])
def test_a_colour_over_itself_stays_what_it_is(shift):
    for level in range(1, 256, 6):
        clip = {"picture": flat(4, 4, (level,) * 3)}
        alone = render(clip)
        assert np.array_equal(render(clip, {**clip, "x": shift})[:4, :4], alone[:4, :4]), level


def test_quarter_turns_turn_pixels():
    picture = noise(6, 6)
    place = {"picture": picture, "x": 5, "y": 4}
    for quarter in (1, 2, 3):
        got = render({**place, "rotation": 90 * quarter})
        assert np.array_equal(got[4:10, 5:11], np.rot90(picture, -quarter)), quarter


def test_a_turn_by_45_degrees_reaches_out_by_the_root_of_two():
    got = render({"picture": flat(8, 8, (255, 255, 255)), "x": 8, "y": 4, "rotation": 45})
    lit = got[:, :, 0] > 127
    half_diagonal = 4 * math.sqrt(2)
    assert abs(lit[8].sum() - 2 * half_diagonal) <= 1.5  # the row through the middle
    assert abs(lit.sum() - 64) <= 4  # the area stays
    assert not lit[4, 8]
    assert not lit[11, 15]


def test_pictures_of_many_rows_are_drawn_whole():
    # More than is held at a time, beyond the left and the upper edge, half a pixel further down.
    picture = noise(70, 90)
    with Rasterizer(64, 60) as rasterizer:
        got = rasterizer.draw(*draws({"picture": picture, "x": -30, "y": -20.5}))
        want = mean_level(np.stack([picture[20:69, 30:], picture[21:, 30:]]), axis=0)
        assert np.abs(got[:49, :60] - want).max() <= CURVE
        assert not got[50:].any()
        assert not got[:, 60:].any()
        square = picture[:50, :50]
        turned = rasterizer.draw(*draws({"picture": square, "x": 4, "y": 3, "rotation": 90}))
    assert np.array_equal(turned[3:53, 4:54], np.rot90(square, -1))


def test_blur_averages_neighbours_and_keeps_the_mean():
    picture = np.zeros((8, 8, 3), np.uint8)
    picture[:, ::2] = 200
    sharp = render({"picture": picture}).astype(float)[2:6, 2:6]
    soft = render({"picture": picture, "blur": 0.5}).astype(float)[2:6, 2:6]
    assert np.ptp(sharp) == 200
    assert np.ptp(soft) <= 1
    assert abs(soft.mean() - mean_level([0, 200])) <= 1


def test_what_is_off_the_screen_or_has_no_size_is_left_out():
    picture = noise(4, 4)
    away = [
        {"x": -4},
        {"x": WIDTH},
        {"y": -4},
        {"y": HEIGHT},
        {"width": 0},
        {"height": -1},
        {"x": -400, "rotation": 30},
    ]
    assert not render(*({"picture": picture, **where} for where in away)).any()
    partly = render({"picture": picture, "x": -2, "y": -1})
    assert np.array_equal(partly[:3, :2], picture[1:, 2:])


def scene(seed, count=30, turned=True):
    random = np.random.default_rng(seed)
    clips = []
    for n in range(count):
        height, width = random.integers(1, 9, 2)
        size = np.array([width, height]) * random.uniform(0.51, 2.5, 2)
        clips.append(
            {
                "picture": noise(height, width, seed * 1000 + n),
                "x": random.uniform(-6, WIDTH),
                "y": random.uniform(-6, HEIGHT),
                "width": size[0],
                "height": size[1],
                "alpha": random.choice([1.0, random.uniform(0, 1)]),
                "brightness": random.uniform(0, 1),
                "rotation": random.choice([0.0, random.uniform(-180, 180)]) if turned else 0.0,
                "blur": random.choice([0.0, random.uniform(0, 0.6)]),
            }
        )
    return clips


def taps(position, box, count):
    """Return {pixel: share} of a box around a position on a line of pixels, whose ends go on for ever."""
    low, high = position - box / 2, position + box / 2
    found = {}
    for pixel in range(math.floor(low) - 1, math.ceil(high) + 1):
        share = min(high, pixel + 1) - max(low, pixel)
        if share > 0:
            inside = min(max(pixel, 0), count - 1)
            found[inside] = found.get(inside, 0) + share / box
    return found


def reference(clips):
    """The same picture, pixel by pixel, in floating point."""
    picture, cover = np.zeros((HEIGHT, WIDTH, 3)), np.zeros((HEIGHT, WIDTH))
    for clip in clips:
        rows, columns, _ = clip["picture"].shape
        turn = math.radians(clip["rotation"])
        width, height = clip["width"], clip["height"]
        for row in range(HEIGHT):
            for column in range(WIDTH):
                dx, dy = column + 0.5 - clip["x"] - width / 2, row + 0.5 - clip["y"] - height / 2
                u = math.cos(turn) * dx + math.sin(turn) * dy + width / 2
                v = -math.sin(turn) * dx + math.cos(turn) * dy + height / 2
                share_x, share_y = min(width, u + 0.5) - max(0, u - 0.5), min(height, v + 0.5) - max(0, v - 0.5)
                if share_x <= 0 or share_y <= 0:
                    continue
                around = 1 + 2 * clip["blur"]
                box_x, box_y = (min(max(n / size * around, 1), 2) for n, size in ((columns, width), (rows, height)))
                colour = np.zeros(3)
                for i, a in taps(v * rows / height, box_y, rows).items():
                    for j, b in taps(u * columns / width, box_x, columns).items():
                        colour += a * b * linear(clip["picture"][i, j])
                colour = encoded(colour) * clip["brightness"]
                share = min(share_x * share_y, 1)
                fills = min(share, 1 - cover[row, column])
                over = share - fills
                # Over black: the result is the mean of the drawn and the free parts.
                lower = picture[row, column] / cover[row, column] if over > 0 else 0.0
                picture[row, column] += clip["alpha"] * (fills * colour + over * (colour - lower))
                cover[row, column] += fills
    return picture


@each("seed", range(4))
def test_random_scenes_equal_a_slow_reference(seed):
    clips = scene(seed)
    difference = np.abs(render(*clips) - reference(clips))
    # Every one of the clips that lie over each other in a pixel rounds.
    assert difference.max() <= 5
    assert difference.mean() < 0.5


def test_threads_do_not_matter():
    clips = scene(9, 60)
    assert np.array_equal(render(*clips), render(*clips, threads=3))


def roughly(*clips, width=WIDTH, height=HEIGHT, rough=True):
    return Rasterizer(width, height, rough=rough).draw(*draws(*clips))


def test_a_rough_pixel_is_the_nearest_one_of_the_clip():
    picture = noise(6, 10, 3)
    got = roughly({"picture": picture, "x": 2, "y": 1, "width": 15, "height": 12})
    want = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    rows, columns = (np.arange(12) * 2 + 1) * 6 // 24, (np.arange(15) * 2 + 1) * 10 // 30
    want[1:13, 2:17] = picture[rows][:, columns]
    assert np.array_equal(got, want)
    dark = roughly({"picture": picture, "x": 2, "y": 1, "width": 15, "height": 12, "brightness": 0.5})
    assert np.array_equal(dark, np.floor(want / 2.0 + 0.5))


def test_rough_edges_are_blended_by_the_share_that_they_cover():
    grey = flat(4, 6, (200, 100, 40))
    got = roughly({"picture": grey, "x": 3.25, "y": 2.5, "alpha": 0.5}).astype(float)
    assert np.abs(got[3:6, 4:9] - np.array([100, 50, 20])).max() <= 1
    assert np.abs(got[3:6, 3] - 0.75 * np.array([100, 50, 20])).max() <= 1
    assert np.abs(got[3:6, 9] - 0.25 * np.array([100, 50, 20])).max() <= 1
    assert np.abs(got[2, 4:9] - 0.5 * np.array([100, 50, 20])).max() <= 1
    rows, columns = np.nonzero(got.any(axis=2))
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (2, 6, 3, 9)


@pytest.mark.parametrize("rotation", [0.0, 9.0, -33.0])
def test_rough_pictures_of_smooth_clips_are_nearly_those_of_the_exact_ones(rotation):
    smooth = np.add.outer(np.linspace(20, 120, 40), np.linspace(0, 100, 60))[:, :, None] + np.array([0, 10, 30])
    clips = [
        {"picture": smooth.astype(np.uint8), "x": x, "y": y, "rotation": rotation, "brightness": bright}
        for x, y, bright in ((-7.3, 4.1, 1.0), (61.4, 22.2, 0.6), (30.7, 70.9, 0.9))
    ]
    exact, rough = (roughly(*clips, width=128, height=96, rough=rough).astype(float) for rough in (False, True))
    away = np.abs(exact - rough)
    assert away.mean() < 0.6
    assert np.percentile(away, 99) <= 6.0
    assert np.abs(exact.mean() - rough.mean()) < 0.5


def rough_reference(clips):
    """A rough picture, pixel by pixel: the nearest pixel of the clip, by the share that is covered, in 256 steps."""
    picture = np.zeros((HEIGHT, WIDTH, 3), int)
    for clip in clips:
        rows, columns, _ = clip["picture"].shape
        turn, width, height = math.radians(clip["rotation"]), clip["width"], clip["height"]
        shown = np.floor(np.minimum(clip["picture"] * clip["brightness"], 255) + 0.5).astype(int)
        for row, column in np.ndindex(HEIGHT, WIDTH):
            dx, dy = column + 0.5 - clip["x"] - width / 2, row + 0.5 - clip["y"] - height / 2
            u = math.cos(turn) * dx + math.sin(turn) * dy + width / 2
            v = -math.sin(turn) * dx + math.cos(turn) * dy + height / 2
            share_x, share_y = min(width, u + 0.5) - max(0, u - 0.5), min(height, v + 0.5) - max(0, v - 0.5)
            if share_x > 0 and share_y > 0:
                i, j = (
                    min(max(math.floor(at), 0), n - 1)
                    for at, n in ((v * rows / height, rows), (u * columns / width, columns))
                )
                share = share_x * share_y * clip["alpha"]
                steps = 256 if share >= 1 - 1e-6 else int(share * 256)
                picture[row, column] += (shown[i, j] - picture[row, column]) * steps // 256
    return picture


@each("seed", range(4))
def test_rough_pictures_of_random_scenes_equal_a_slow_reference(seed):
    clips = scene(seed, 24, turned=seed % 2 == 1)
    for clip in clips[::5]:  # less than a pixel
        clip["width"], clip["height"] = 0.4, 0.7
    for clip in clips[1::5]:
        clip["brightness"] = 1.7
    got, want = roughly(*clips).astype(int), rough_reference(clips)
    # (Shares that are multiplied in another order may be a step apart.)
    assert np.abs(got - want).max() <= 2
    assert (got != want).mean() < 0.01


def test_what_is_not_seen_is_left_out_of_rough_pictures():
    picture, white = noise(4, 4), flat(HEIGHT, WIDTH, (255, 255, 255))
    for away in ({"x": -4}, {"x": WIDTH}, {"y": -4}, {"y": HEIGHT}, {"width": 0}, {"height": -1}, {"alpha": 0}):
        whole = {"picture": white}
        assert (roughly(whole, {"picture": picture, **away}) == 255).all(), away
    partly = roughly({"picture": picture, "x": -2, "y": -1})
    assert np.array_equal(partly[:3, :2], picture[1:, 2:])
    assert not partly[3:].any()
    with Rasterizer(WIDTH, HEIGHT, 3, rough=True) as threaded:
        clips = scene(9, 40)
        assert np.array_equal(roughly(*clips), threaded.draw(*draws(*clips)))


@each(("rows", "columns"), [(3, 5), (1, 1), (40, 700), (60, 30)])
@each("rotation", [0.0, 20.0])
def test_the_kernel_has_room_for_what_it_writes(monkeypatch, rows, columns, rotation):
    """Compiled code does not check where it writes: light, a row with its margins, and colours, all of three floats."""
    rooms = []
    for name in ("_draw_upright", "_draw_turned"):
        monkeypatch.setattr(drawing, name, lambda *given: rooms.append(given[-1]))
    pixels, draw_list = draws(
        {"picture": noise(rows, columns), "y": 4, "rotation": rotation}, {"picture": noise(1, 1), "y": 4}
    )
    whole = np.stack([draw_list.offset, draw_list.columns, draw_list.rows], axis=1)
    looks = [
        getattr(draw_list, name) for name in ("x", "y", "width", "height", "alpha", "brightness", "rotation", "blur")
    ]
    picture, cover = np.zeros((HEIGHT, WIDTH, 3), np.uint8), np.zeros((HEIGHT, WIDTH), np.uint8)
    drawing.draw.py_func(picture, picture, cover, 2, 13, pixels, whole, np.stack(looks, axis=1))
    assert len(rooms) == 2
    light, line, colours, *by_column, index_y, weight_y, shares_y = rooms[0]
    whole_clip = 3 * rows * columns if rotation else 0
    # As many rows as fit into LIGHT, three at least; a turned clip as a whole.
    assert len(light) == max(drawing.LIGHT, 3 * 3 * columns, whole_clip)
    assert len(line) == 3 * (columns + 3)  # one pixel before, two after
    assert len(colours) == max(drawing.LIGHT, 3 * WIDTH)
    assert [len(array) for array in by_column] == [WIDTH] * 3
    assert [len(array) for array in (index_y, weight_y, shares_y)] == [11] * 3


@each("rotation", [45.0, 17.0, -60.0, 90.0])
def test_the_box_of_a_turned_clip_holds_all_pixels_that_it_covers(rotation):
    random, angle = np.random.default_rng(7), math.radians(rotation)
    for _ in range(60):
        x, y, width, height = *random.uniform(-4, 16, 2), *random.uniform(0.5, 9, 2)
        left, right, top, bottom = box_of_turned.py_func((x, y, width, height, 1.0, 1.0, angle, 0.0), 20, 2, 15)
        assert left >= 0
        assert right <= 20
        assert top >= 2
        assert bottom <= 15
        # A pixel is covered if its centre is within half a pixel of the clip, along both of its sides.
        rows, columns = np.mgrid[2:15, 0:20] + 0.5
        dx, dy = columns - x - width / 2, rows - y - height / 2
        along = np.abs(math.cos(angle) * dx + math.sin(angle) * dy) < width / 2 + 0.5
        down = np.abs(math.cos(angle) * dy - math.sin(angle) * dx) < height / 2 + 0.5
        inside = (left < columns) & (columns < right) & (top < rows) & (rows < bottom)
        assert not (along & down & ~inside).any()
        assert inside.sum() <= max(math.hypot(width, height) + 4, 0) ** 2
