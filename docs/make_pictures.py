#!/usr/bin/env python3
"""Draw the README's pictures: run it after `make demo` and `make gallery`, from the repository's root."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

COLOURS = 48
SHEET_COLUMNS, GAP = 3, 4
# Where in a film, in percent, its pictures are taken.
PERCENTS = (25, 45, 60)


def save_small(figure, path: Path) -> None:  # type: ignore[no-untyped-def]
    """Save a figure as a PNG of few colours, so that the repository stays small."""
    from io import BytesIO

    from PIL import Image

    buffer = BytesIO()
    figure.savefig(buffer, format="png")
    Image.open(buffer).convert("RGB").quantize(COLOURS).save(path, optimize=True)


def contact_sheet(film: str, percents: tuple[float, ...], name: str, width: int = 320) -> None:
    """Save pictures of a film at these percentages of its length, three in a row."""
    import av
    from PIL import Image

    with av.open(str(ROOT / film)) as container:
        count = container.streams.video[0].frames
        wanted = {min(round(count * percent / 100), count - 1) for percent in percents}
        shown = [frame.to_image() for n, frame in enumerate(container.decode(video=0)) if n in wanted]
    height = round(width * shown[0].height / shown[0].width)
    sheet = Image.new(
        "RGB", (SHEET_COLUMNS * (width + GAP) - GAP, -(-len(shown) // SHEET_COLUMNS) * (height + GAP) - GAP)
    )
    sheet.paste((255, 255, 255), (0, 0, *sheet.size))
    for n, picture in enumerate(shown):
        place = n % SHEET_COLUMNS * (width + GAP), n // SHEET_COLUMNS * (height + GAP)
        sheet.paste(picture.resize((width, height), Image.Resampling.LANCZOS), place)
    sheet.save(ROOT / "docs" / name, quality=82, optimize=True)


def main() -> None:
    """Draw what there is in output/: the sonata before and after sorting, and the films of the README."""
    from compositions._flags import composition_names

    for name in composition_names():
        if (ROOT / f"output/{name}.mp4").exists():
            contact_sheet(f"output/{name}.mp4", PERCENTS, f"{name}.jpg")
    poster = ROOT / "output" / "poster.png"
    if poster.exists():
        from PIL import Image

        with Image.open(poster) as picture:
            small = picture.convert("RGB").resize(
                (640, 640 * picture.height // picture.width), Image.Resampling.LANCZOS
            )
        small.save(ROOT / "docs" / "poster.jpg", quality=80, optimize=True)
    if (ROOT / "output" / "sonata_sorted_by_hz.mp3").exists():
        draw_sonata()


def draw_sonata() -> None:
    """Draw the sonata before and after sorting."""
    from lib.plots.spectrograms import before_and_after

    titles = ("The sonata as it is played", "... and sorted by pitch")
    sorted_sound = str(ROOT / "output/sonata_sorted_by_hz.mp3")
    figure = before_and_after([str(ROOT / "media/sample/sonata.mp3")], sorted_sound, titles)
    save_small(figure, ROOT / "docs" / "sonata_sorted.png")


if __name__ == "__main__":
    main()
