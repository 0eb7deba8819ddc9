from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lib.explorer.material import PICTURED, Material
from lib.explorer.sheets import sheets_of, write_pictures


def flat(folder, name, colours):
    """The material of a file whose pictures are of one colour each."""
    pictures = np.zeros((len(colours), 36, 48, 3), np.uint8) + np.array(colours, np.uint8)[:, None, None, :]
    (folder / f"{name}.pictures").write_bytes(pictures.tobytes())
    return Material(str(folder / name), PICTURED, (0,) * len(colours), (0,) * len(colours), 48, 36)


def test_pictures_lie_in_their_cells(tmp_path):
    one = flat(tmp_path, "one", [(250, 0, 0), (0, 250, 0)])
    two = flat(tmp_path, "two", [(0, 0, 250)])
    files = sheets_of(tmp_path, 0)
    samples = [(one, 1), (two, 0), *[None] * 14, (one, 0), None]
    write_pictures(files, samples, 48, 36, 80)
    for path, part in ((files.pictures, 1), (files.small, 3)):
        with Image.open(path) as image:
            assert image.format == "WEBP"
            assert image.size == (16 * 48 // part, 2 * 36 // part)
            sheet = np.asarray(image.convert("RGB")).astype(int)
        w, h = 48 // part, 36 // part
        for column, line, expected in [
            (0, 0, (0, 250, 0)),
            (1, 0, (0, 0, 250)),
            (0, 1, (250, 0, 0)),
            (2, 0, (0, 0, 0)),
        ]:
            middle = sheet[line * h + 3 : line * h + h - 3, column * w + 3 : column * w + w - 3]
            assert middle.reshape(-1, 3).mean(axis=0).tolist() == pytest.approx(expected, abs=8)


def test_sheets_that_are_too_large_have_a_lower_quality(tmp_path):
    noise = np.random.default_rng(3).integers(0, 256, (4, 36, 48, 3), np.uint8)
    (tmp_path / "noise.pictures").write_bytes(noise.tobytes())
    material = Material(str(tmp_path / "noise"), PICTURED, (0,) * 4, (0,) * 4, 48, 36)
    files = sheets_of(tmp_path, 0)

    def bytes_per_pixel(quality, most):
        write_pictures(files, [(material, n) for n in range(4)], 48, 36, quality, most)
        return sum(Path(path).stat().st_size for path in (files.pictures, files.small)) / (4 * 48 * 36)

    at = {quality: bytes_per_pixel(quality, None) for quality in (80, 60, 40, 20)}
    assert sorted(at.values(), reverse=True) == list(at.values())
    assert bytes_per_pixel(80, at[80]) == at[80]
    assert bytes_per_pixel(80, 0.999 * at[80]) == at[60]
    assert bytes_per_pixel(80, at[40]) == at[40]
    assert bytes_per_pixel(80, 0.0) == at[20]  # no lower than a quarter
    assert bytes_per_pixel(1, 0.0) > 0
