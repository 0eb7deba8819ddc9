"""The map as a picture in a file, put together from the page's sheets."""

from __future__ import annotations

import base64
import io
import os
from pathlib import Path

import numpy as np
from PIL import Image

from lib.errors import MediaError
from lib.explorer.building import ExplorerReport
from lib.explorer.group import DATA
from lib.explorer.layouts import Placing, positions
from lib.explorer.material import NOTHING
from lib.explorer.sheets import ACROSS, GROUP, sheets_of
from lib.io.files import atomic_path
from lib.tables.table import Table

# Pixels of a picture, at most: PNG decoders and viewers refuse more.
MOST_PIXELS = 400_000_000
# Between cells, as a part of their width, and the ground between them.
CELL_GAP = 0.04
GROUND = (13, 17, 23)


def save_picture(
    target: str, out: str, table: Table, way: Placing, built: ExplorerReport, width: int
) -> tuple[int, int]:
    """Write the map of a page as PNG, or as SVG that holds one; return its width and height in pixels.

    out: the page's folder, built; way: the layout to show; width: in pixels. Raises MediaError if it would be too large
    or cannot be written.
    """
    image = map_picture(out, table, way, built, width)
    held = io.BytesIO()
    image.save(held, "PNG")
    content = held.getvalue()
    if os.path.splitext(target)[1].lower() == ".svg":
        size = f'width="{image.width}" height="{image.height}"'
        data = base64.b64encode(content).decode("ascii")
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {image.width} {image.height}">'
        content = f'{head}<image {size} href="data:image/png;base64,{data}"/></svg>\n'.encode("ascii")
    with atomic_path(target) as part:
        Path(part).write_bytes(content)
    return image.size


def map_picture(out: str, table: Table, way: Placing, built: ExplorerReport, width: int) -> Image.Image:
    """Return the map of a page, drawn from its sheets. Raises MediaError if it would be too large."""
    x, y, whole_width, whole_height = positions(table, way)
    scale = width / whole_width
    height = max(round(whole_height * scale), 1)
    if width * height > MOST_PIXELS:
        raise MediaError(f"a picture of {width}x{height} pixels is too large: make it narrower", table.path)
    canvas = Image.new("RGB", (width, height), GROUND)
    gap = min(CELL_GAP * scale, 4.0)
    for first in range(0, len(built.order), GROUP):
        with Image.open(sheets_of(os.path.join(out, DATA), first // GROUP).pictures) as sheet:
            across, down = sheet.width // ACROSS, sheet.width // ACROSS * 3 // 4
            for place, row in enumerate(built.order[first : first + GROUP]):
                if np.isnan(x[row]) or built.shown[first + place] == NOTHING:
                    continue
                left, top = place % ACROSS * across, place // ACROSS * down
                begin = (round(x[row] * scale), round(y[row] * scale))
                end = (round((x[row] + 1) * scale - gap), round((y[row] + 0.75) * scale - gap))
                size = (max(end[0] - begin[0], 1), max(end[1] - begin[1], 1))
                cell = sheet.crop((left, top, left + across, top + down))
                canvas.paste(
                    cell.resize(size, Image.Resampling.BOX if size[0] < across else Image.Resampling.BICUBIC), begin
                )
    return canvas
