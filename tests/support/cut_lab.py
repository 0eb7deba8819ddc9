"""A laboratory of cuts: films drawn from seeds, whose cuts, dissolves and fades are known to a frame.

A scene is a landscape of smooth noise and shapes, seen through a window that moves and grows; every kind of film is
edited from such shots, and then aged, darkened, boxed, lit by flashes.
"""

from dataclasses import dataclass, field

import numpy as np

from lib.video.film_cuts import film_cuts
from tests.support.media_factory import film

WIDTH, HEIGHT, FPS = 160, 120, 25
FRAME_MS = 1000 / FPS


@dataclass
class Edit:
    """A film: pictures, uint8 RGB; cuts: numbers of the first frames of scenes; gradual: (first frame, the one after
    the last) of gradual changes; mixed: frames that hold two scenes.
    """

    pictures: np.ndarray
    cuts: list[int] = field(default_factory=list)
    gradual: list[tuple[int, int]] = field(default_factory=list)
    mixed: list[int] = field(default_factory=list)

    def write(self, path, **how):
        """Write it as a film of 25 frames/s; return its path."""
        return film(
            path, self.pictures, FPS, size=(WIDTH, HEIGHT), **{"options": {"crf": "23"}, "keyframes": 50, **how}
        )


def smooth(random, rows, columns, cells):
    """Return noise of a few cells across, from 0 to 1, shape (rows, columns)."""
    grid = random.random((cells + 2, cells + 2))
    y, x = np.linspace(0, cells, rows), np.linspace(0, cells, columns)
    i, k = y.astype(int), x.astype(int)
    fy, fx = (y - i)[:, None], (x - k)[None, :]
    fy, fx = fy * fy * (3 - 2 * fy), fx * fx * (3 - 2 * fx)
    across = grid[:, k] * (1 - fx) + grid[:, k + 1] * fx
    return across[i] * (1 - fy) + across[i + 1] * fy


def landscape(random):
    """Return a picture to move about in, float RGB 0-255, three times as wide and twice as high as a frame."""
    rows, columns = 2 * HEIGHT, 3 * WIDTH
    light = sum(smooth(random, rows, columns, cells) / weight for cells, weight in ((3, 1), (9, 2), (27, 4)))
    light = (light - light.min()) / np.ptp(light)
    colour = random.uniform(0.4, 1, 3) * random.uniform(120, 250)
    picture = light[..., None] * colour + smooth(random, rows, columns, 4)[..., None] * random.uniform(-40, 40, 3)
    for _ in range(int(random.integers(5, 14))):
        cy, cx, ry, rx = random.uniform(0, rows), random.uniform(0, columns), *random.uniform(8, 60, 2)
        # The part of the picture that the shape may reach.
        top, left = max(int(cy - ry), 0), max(int(cx - rx), 0)
        part = picture[top : int(cy + ry) + 2, left : int(cx + rx) + 2]
        y, x = np.ogrid[top : top + part.shape[0], left : left + part.shape[1]]
        inside = ((y - cy) / ry) ** 2 + ((x - cx) / rx) ** 2 < 1
        if random.random() < 0.5:
            inside = (abs(y - cy) < ry) & (abs(x - cx) < rx)
        part[inside] = part[inside] * 0.3 + random.uniform(0, 255, 3) * 0.7
    return np.clip(picture, 0, 255).astype(np.float32)


def shot(random, frames, speed=0.6, noise=2.0):
    """Return a shot that moves by up to `speed` pixels a frame, float RGB, shape (frames, HEIGHT, WIDTH, 3)."""
    whole = landscape(random)
    step = random.uniform(-1, 1, 2) * speed
    room = np.array([whole.shape[0] - HEIGHT, whole.shape[1] - WIDTH])
    place = random.uniform(0, room)
    found = np.empty((frames, HEIGHT, WIDTH, 3), np.float32)
    for n in range(frames):
        top, left = place.astype(int)
        found[n] = whole[top : top + HEIGHT, left : left + WIDTH]
        place = place + step
        step = np.where((place < 0) | (place > room), -step, step)
        place = np.clip(place, 0, room)
    for n in range(frames):
        found[n] += random.standard_normal((HEIGHT, WIDTH, 1), dtype=np.float32) * np.float32(noise)
    return found


def shots(random, count, shortest, longest, **how):
    """Return some shots, with the number of frames of each."""
    return [shot(random, int(random.integers(shortest, longest + 1)), **how) for _ in range(count)]


def joined(parts):
    """Return an Edit of shots with hard cuts."""
    cuts = np.cumsum([len(part) for part in parts])[:-1].tolist()
    return Edit(np.concatenate([levels(part) for part in parts]), cuts)


def levels(pictures):
    """Return a picture, or several, as uint8: one after the other, so that each stays in the processor's cache."""
    if pictures.ndim == 3:
        return np.clip(pictures, 0, 255).astype(np.uint8)
    whole = np.empty(pictures.shape, np.uint8)
    for target, picture in zip(whole, pictures):
        np.copyto(target, np.clip(picture, 0, 255), casting="unsafe")
    return whole


def grey(pictures):
    return np.repeat((pictures @ np.array([0.299, 0.587, 0.114], np.float32))[..., None], 3, axis=3)


def _plain(random, count):
    return joined(shots(random, count, 20, 60))


def _bw(random, count):
    return joined([grey(part) for part in shots(random, count, 20, 60)])


def _fast(random, count):
    return joined(shots(random, count, 6, 18))


def _old(random, count):
    """Black and white, with grain, flicker, frames that jump, scratches and dirt."""
    edit = joined([grey(part) for part in shots(random, count, 20, 60)])
    aged = []
    for picture in edit.pictures.astype(np.float32):
        now = np.roll(picture, random.integers(-1, 2, 2), (0, 1)) * random.normal(1, 0.04)
        now += random.normal(0, 8, (HEIGHT, WIDTH, 1))
        if random.random() < 0.4:
            now[:, random.integers(WIDTH)] = 230
        y, x, size = random.integers(HEIGHT - 8), random.integers(WIDTH - 8), random.integers(2, 6)
        now[y : y + size, x : x + size] = random.choice([10, 245])
        aged.append(levels(now))
    return Edit(np.array(aged), edit.cuts)


def _dark(random, count):
    edit = _plain(random, count)
    return Edit(levels(edit.pictures * 0.2), edit.cuts)


def _flashes(random, count):
    edit = _plain(random, count)
    pictures = edit.pictures.astype(np.float32)
    place = 8
    while place < len(pictures) - 20:
        length = int(random.integers(1, 4))
        if min((abs(place - cut) for cut in edit.cuts), default=99) > 12:
            pictures[place : place + length] += 150
        place += int(random.integers(25, 60))
    return Edit(levels(pictures), edit.cuts)


def _reverse(random, count):
    """Shot and reverse shot: two scenes that take turns."""
    one, two = (shot(random, 60 * count, speed=0.05) for _ in range(2))
    parts, place = [], 0
    for n in range(count):
        length = int(random.integers(15, 50))
        parts.append((one, two)[n % 2][place : place + length])
        place += length
    return joined(parts)


def _alike(random, count):
    """Scenes of one brightness and one contrast, without colour."""
    parts = [grey(part) for part in shots(random, count, 20, 60)]
    return joined([(part - part.mean()) / part.std() * 30 + 110 for part in parts])


def _letterbox(random, count):
    edit = _plain(random, count)
    edit.pictures[:, : HEIGHT // 7] = edit.pictures[:, -(HEIGHT // 7) :] = 0
    return edit


def _pans(random, count):
    return joined(shots(random, count, 40, 80, speed=7.0))


def _fields(random, count):
    """Each cut falls between the two fields of a frame, or (every other one) between frames."""
    parts = shots(random, count, 20, 60)
    edit = joined(parts)
    for cut in edit.cuts[::2]:
        # The frame before the cut has the second field of the one after it.
        edit.pictures[cut - 1, 1::2] = edit.pictures[cut, 1::2]
        edit.mixed.append(cut - 1)
    return edit


def _woven(parts):
    """A film of 50 fields/s, from shots of as many pictures; a cut is between any two fields."""
    fields = joined(parts)
    count = len(fields.pictures) // 2
    pictures = fields.pictures[0 : 2 * count : 2].copy()
    pictures[:, 1::2] = fields.pictures[1 : 2 * count : 2, 1::2]
    # The frame of which only the second field is new is of neither scene.
    return Edit(pictures, [(cut + 1) // 2 for cut in fields.cuts], [], [cut // 2 for cut in fields.cuts if cut % 2])


def _interlaced(random, count):
    return _woven(shots(random, count, 40, 120, speed=0.3))


def _interlaced_pans(random, count):
    return _woven(shots(random, count, 40, 120, speed=10.0))


def _blurred_pans(random, count):
    """Fast pans that begin and end at once; each frame shows the mean of what moved past in its time."""
    parts = []
    for part in shots(random, count, 60, 80, speed=0.05):
        whole = np.concatenate([part[0], part[0][:, ::-1]] * 2, axis=1)
        left, step = 0.0, float(random.uniform(20, 60))
        for n in range(20, len(part) - 20):
            places = (left + step * np.arange(8) / 8).astype(int) % (2 * WIDTH)
            part[n] = np.mean([whole[:, place : place + WIDTH] for place in places], axis=0)
            left += step
        part[len(part) - 20 :] = np.roll(whole, -int(left) % (2 * WIDTH), axis=1)[:, :WIDTH]
        parts.append(part + random.normal(0, 2, (len(part), HEIGHT, WIDTH, 1)).astype(np.float32))
    return joined(parts)


def _blended_pans(random, count):
    """The frame at each cut is a mixture of both scenes, as a change of rate makes it; all with noise."""
    edit = joined(shots(random, count, 20, 60, speed=20.0, noise=8.0))
    for cut in edit.cuts:
        share = random.uniform(0.2, 0.8)
        old, new = edit.pictures[cut - 1 : cut + 1].astype(np.float32)
        edit.pictures[cut - 1] = levels(old * share + new * (1 - share))
        edit.mixed.append(cut - 1)
    return edit


def _dissolves(random, count):
    parts = shots(random, count, 50, 80)
    whole, gradual = parts[0], []
    for part in parts[1:]:
        length = int(random.integers(12, 25))
        share = ((np.arange(length, dtype=np.float32) + 1) / (length + 1))[:, None, None, None]
        both = whole[-length:] * (1 - share) + part[:length] * share
        gradual.append((len(whole) - length, len(whole)))
        whole = np.concatenate([whole[:-length], both, part[length:]])
    return Edit(levels(whole), [], gradual)


def _fades(random, count):
    parts, gradual, end = shots(random, count, 50, 80), [], 0
    for n, part in enumerate(parts):
        length = int(random.integers(8, 16))
        share = ((np.arange(length, dtype=np.float32) + 0.5) / length)[:, None, None, None]
        if n:
            part[:length] *= share
            gradual[-1] = gradual[-1][0], end + length
        if n < count - 1:
            part[-length:] *= share[::-1]
            gradual.append((end + len(part) - length, end + len(part)))
        end += len(part)
    return Edit(levels(np.concatenate(parts)), [], gradual)


KINDS = {
    "colour": _plain, "black and white": _bw, "old": _old, "dark": _dark, "fast": _fast, "flashes": _flashes,
    "reverse shots": _reverse, "alike": _alike, "letterbox": _letterbox, "pans": _pans, "fields": _fields,
    "interlaced": _interlaced, "interlaced pans": _interlaced_pans, "blurred pans": _blurred_pans,
    "blended pans": _blended_pans, "dissolves": _dissolves, "fades": _fades,
}  # fmt: skip


def edited(kind, seed, count):
    """Return a film of this kind, with this number of scenes."""
    return KINDS[kind](np.random.default_rng([seed, *map(ord, kind)]), count)


def found_in(edit, path):
    """Return the cuts that are found in an edit: (last frame of the old scene + 1, first of the new one, kind)."""
    cuts = film_cuts(edit.write(path)).cuts
    return [(round(cut.old_ms / FRAME_MS), round(cut.new_ms / FRAME_MS), cut.kind) for cut in cuts]


def faults(edit, found):
    """Return (cuts that were missed, cuts that are none)."""
    missed = [cut for cut in edit.cuts if not any(old <= cut <= new for old, new, _ in found)]
    missed += [part for part in edit.gradual if not any(old < part[1] and new > part[0] for old, new, _ in found)]
    invented = [
        (old, new, kind)
        for old, new, kind in found
        if not any(old <= cut <= new for cut in edit.cuts)
        and not any(old < last and new > first for first, last in edit.gradual)
    ]
    return missed, invented
