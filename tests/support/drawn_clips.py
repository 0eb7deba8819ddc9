"""Clips of all kinds for the kernels of the rasterizer, and what a pixel of the screen covers of one."""

import math

import numpy as np

WIDTH, HEIGHT = 9, 7


def table(clips):
    """Return what the kernel takes of clips: pixels, where and how large each is, and its look."""
    whole, real, pixels = [], [], []
    for source, *look in clips:
        whole.append((sum(map(len, pixels)), source.shape[1], source.shape[0]))
        pixels.append(source.reshape(-1))
        real.append(look)
    return np.concatenate(pixels), np.array(whole, np.int64).reshape(-1, 3), np.array(real, float).reshape(-1, 8)


def noise(random, down, across):
    return random.integers(0, 256, (down, across, 3), dtype=np.uint8)


def some_clips(seed, turned, count=24):
    """Return clips of all kinds: at edges of pixels and elsewhere, wide, high, within a pixel, beyond the screen."""
    random = np.random.default_rng(seed)
    clips = []
    for n in range(count):
        source = noise(random, *random.integers(1, 8, 2))
        size = np.array(source.shape[1::-1]) * random.uniform(0.5, 2.5, 2) if n % 4 else random.integers(1, 9, 2)
        if n % 8 == 5:
            size = random.uniform(0.2, 0.9, 2)
        place = random.uniform(-4, 8, 2) if n % 3 else random.integers(-8, 16, 2) / 2
        alpha, bright = random.choice([1, 1, 0.5, random.uniform(0, 1)]), random.choice([1, 0.5, 1.75])
        angle = random.choice([math.pi / 2, math.pi / 4, *random.uniform(-3, 3, 4)]) if turned else 0
        blur = random.choice([0, 0, 0.25, random.uniform(0, 0.7)])
        clips.append((source, *place, *size, alpha, bright, angle, blur))
    return clips


def pixel_of(clip, row, column):
    """Return where the middle of a pixel of the screen is in a clip (across, down), in pixels of the screen, the
    clip's width and height there, and the share of the pixel that it covers (0 or less: none)."""
    _, x, y, width, height, alpha, _, angle, _ = clip
    dx, dy = column + 0.5 - x - width / 2, row + 0.5 - y - height / 2
    u = math.cos(angle) * dx + math.sin(angle) * dy + width / 2
    v = math.cos(angle) * dy - math.sin(angle) * dx + height / 2
    part_x, part_y = min(width, u + 0.5) - max(0, u - 0.5), min(height, v + 0.5) - max(0, v - 0.5)
    seen = width > 0 and height > 0 and alpha > 0 and part_x > 0 and part_y > 0
    return u, v, width, height, part_x * part_y if seen else 0.0
