import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from lib.errors import MediaError
from lib.explorer.building import ExplorerReport
from lib.explorer.layouts import Placing, positions
from lib.explorer.material import HEARD, NOTHING
from lib.explorer.picture import GROUND, map_picture, save_picture
from lib.explorer.sheets import sheets_of
from lib.tables.table import Table

COLOURS = [(250, 0, 0), (0, 250, 0), (0, 0, 250)]


@pytest.fixture
def page(tmp_path):
    """A folder with the sheet of three samples of one colour each, and what was built."""
    (tmp_path / "data").mkdir()
    sheet = np.zeros((36, 16 * 48, 3), np.uint8)
    for place, colour in enumerate(COLOURS):
        sheet[:, place * 48 : (place + 1) * 48] = colour
    Image.fromarray(sheet).save(sheets_of(tmp_path / "data", 0).pictures, "WEBP", quality=95)
    # In the sheet, the rows are in another order than in the table.
    return tmp_path, ExplorerReport([2, 0, 1], [HEARD] * 3, [0] * 3, [0] * 3, [9] * 3, [0.0] * 3, 64)


def table(**columns):
    return Table.of({"filename": ["a.wav"] * 3, "gridX": ["0", "1", "1"], "gridY": ["0", "0", "1"]} | columns)


def colour(image, x, y):
    return np.asarray(image)[y - 2 : y + 2, x - 2 : x + 2].reshape(-1, 3).mean(axis=0).tolist()


def test_cells_are_where_the_page_has_them(page):
    folder, built = page
    image = map_picture(str(folder), table(), Placing("gridX", "gridY", True), built, 200)
    assert image.size == (200, 150)
    for (x, y), expected in {(48, 36): COLOURS[1], (148, 36): COLOURS[2], (148, 111): COLOURS[0]}.items():
        assert colour(image, x, y) == pytest.approx(expected, abs=8)
    assert colour(image, 48, 111) == pytest.approx(GROUND, abs=1)


@pytest.mark.parametrize(("width", "gap"), [(50, 1), (100, 2), (200, 4), (400, 4)])
def test_a_cell_fills_its_place_but_for_a_narrow_gap(page, width, gap):
    # 4 % of its width, and 4 pixels at most: of cells 3/4 as high as they are wide.
    folder, built = page
    way = Placing("gridX", "gridY", True)
    image = np.asarray(map_picture(str(folder), table(gridX=["1", "0", "1"]), way, built, width), int)
    side = width // 2
    filled = np.zeros(image.shape[:2], bool)
    for shade, (x, y) in zip([COLOURS[1], COLOURS[2], COLOURS[0]], [(1, 0), (0, 0), (1, 1)], strict=True):
        top, bottom = round(0.75 * y * side), round(0.75 * (y + 1) * side - gap)
        filled[top:bottom, x * side : (x + 1) * side - gap] = True
        assert image[(top + bottom) // 2, x * side + side // 2].tolist() == pytest.approx(shade, abs=8)
    assert ((np.abs(image - GROUND).max(axis=2) > 20) == filled).all()


def test_what_has_no_place_or_no_picture_is_left_out(page):
    folder, built = page
    built.shown[1] = NOTHING  # row 0
    image = map_picture(str(folder), table(gridX=["0", "1", ""]), Placing("gridX", "gridY", True), built, 200)
    assert image.size == (200, 75)
    assert colour(image, 48, 36) == pytest.approx(GROUND, abs=1)
    assert colour(image, 148, 36) == pytest.approx(COLOURS[2], abs=8)


def test_a_cloud_has_the_page_s_room():
    x, y, width, height = positions(
        table(tsne=["-1", "0", "3"], tsne2=["5", "5", "7"]), Placing("tsne", "tsne2", False)
    )
    room = 1.7 * np.sqrt(3)
    assert x == pytest.approx([0, room / 4, room])
    assert y == pytest.approx([0, 0, room / 2])
    assert (width, height) == pytest.approx((room + 1, room / 2 + 0.75))


def test_an_svg_holds_the_same_picture(page):
    folder, built = page
    way = Placing("gridX", "gridY", True)
    assert save_picture(str(folder / "a.svg"), str(folder), table(), way, built, 100) == (100, 75)
    data = re.search(r'base64,([^"]+)"', (folder / "a.svg").read_text())[1]
    assert save_picture(str(folder / "a.png"), str(folder), table(), way, built, 100) == (100, 75)
    held = Image.open(io.BytesIO(base64.b64decode(data)))
    assert np.array_equal(np.asarray(held), np.asarray(Image.open(folder / "a.png")))
    with pytest.raises(MediaError, match="too large"):
        map_picture(str(folder), table(), way, built, 40_000)
