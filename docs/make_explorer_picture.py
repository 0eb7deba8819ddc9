"""Make docs/explorer.jpg, a picture of the page that `make explorer` builds; needs the browser that the tests use."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from PIL import Image  # noqa: E402

from tests.support.browser import SHIFT, Browser, missing  # noqa: E402

PAGE = ROOT / "output" / "explorer" / "index.html"
WIDTH, HEIGHT, QUALITY = 960, 600, 68
# Parts of the map's width and height that a lasso is drawn through.
LASSO = ((0.30, 0.42), (0.40, 0.30), (0.55, 0.34), (0.60, 0.52), (0.48, 0.62), (0.34, 0.56))


def main(page: str) -> int:
    """Open the page, select and pin something, and keep what is seen."""
    if lacking := missing():
        print(f"no browser: {lacking}", file=sys.stderr)
        return 1
    window = Browser()
    try:
        window.size(WIDTH, HEIGHT)
        window.open(Path(page).resolve().as_uri())
        window.until("window.explorer && explorer.state.small > 0 && explorer.state.frames > 1")
        shape = "const b = document.getElementById('map').getBoundingClientRect();"
        box = window.run(f"{shape} return [b.left, b.top, b.width, b.height]")
        places = [(box[0] + x * box[2], box[1] + y * box[3]) for x, y in LASSO]
        window.drag(places, modifiers=SHIFT)
        window.click(*places[1])
        window.key("p", "KeyP", "p", 80)
        window.until("explorer.state.sound === 'running' && explorer.state.pinned >= 0 && explorer.state.large.length")
        window.until("!explorer.state.voices.length")
        screen = Image.fromarray(window.picture())
    finally:
        window.close()
    screen.save(ROOT / "docs" / "explorer.jpg", quality=QUALITY, optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:] or [str(PAGE)]))
