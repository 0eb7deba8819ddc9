"""The explorer's page in a browser, with what a user does there."""

import functools
import os
import re
import shutil
import time
from pathlib import Path

import numpy as np

from lib.tables.table import read_table

# In the environment: a folder where built pages are kept from one run to the next, each process its own.
KEPT_PAGES = "MEDIA_TOOLS_KEPT_PAGES"
SAVE_PATIENCE = 60  # s that a file may take to come


def one_colour(sound, rate, width, height):
    """A picture in place of a spectrogram, which would take most of the time: its colour tells the tone."""
    crossings = np.count_nonzero(np.diff(np.signbit(sound)))
    hz = crossings / 2 / max(len(sound), 1) * rate
    return np.full((height, width, 3), (min(hz / 13, 255), 255 - min(hz / 13, 255), 90), np.uint8)


def page_folder(tmp_path_factory, name):
    """A folder for a page of tests; one that is kept holds the page already, but for its scripts."""
    kept = os.environ.get(KEPT_PAGES)
    if not kept:
        return tmp_path_factory.mktemp(name)
    folder = Path(kept) / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


SCRIPTS = re.compile(r'(?:<script defer src="[\w-]+\.js"></script>\n)+')


@functools.cache
def with_one_script(page):
    """Return a page beside the built one, with the same scripts in one file: it opens in half of the time."""
    html = (page / "index.html").read_text("utf-8")
    names = re.findall(r'src="([\w-]+\.js)"', html)
    (page / "one.js").write_text("\n".join((page / name).read_text("utf-8") for name in names), "utf-8")
    (page / "one.html").write_text(SCRIPTS.sub('<script defer src="one.js"></script>\n', html), "utf-8")
    return page / "one.html"


class Page:
    """The page in the window, with what a user does there."""

    def __init__(self, window, folder):
        self.window, self.folder = window, folder
        self.table = read_table(folder / "samples.csv")

    def open(self, fragment="", as_built=False, **size):
        """Open the page; as_built: with each of its scripts, as users do."""
        self.window.size(**size)
        page = self.folder / "page"
        self.window.open((page / "index.html" if as_built else with_one_script(page)).as_uri() + fragment)
        groups = -(-len(self.table) // 256)
        self.window.until(f"window.explorer && explorer.state.small === {groups} && explorer.state.frames > 1")
        return self

    def drawn(self):
        """Wait until what was changed has been drawn."""
        self.window.until("!explorer.state.gathers")
        self.window.wait("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def load(self, *rows):
        """Have the tracks of these rows ready."""
        self.window.wait("Promise.all(arguments[0].map(async (row) => { await explorer.heard(row); }))", list(rows))

    def state(self, name):
        return self.window.run("return explorer.state[arguments[0]]", name)

    def place(self, row):
        """Where the middle of a row's cell is in the window."""
        code = (
            "const box = document.getElementById('map').getBoundingClientRect(), at = explorer.placeOf(arguments[0]);"
        )
        return self.window.run(f"{code} return [at[0] + box.left, at[1] + box.top]", row)

    def hover(self, row):
        self.window.mouse("Moved", *self.place(row))

    def sweep(self, rows):
        """Have the pointer pass over rows, from one to the next at once, however slow the machine is."""
        code = """(async (rows) => {
            const map = document.getElementById('map');
            const box = map.getBoundingClientRect();
            for (const row of rows) {
              const [x, y] = explorer.placeOf(row);
              const at = { clientX: x + box.left, clientY: y + box.top, pointerType: 'mouse' };
              map.dispatchEvent(new PointerEvent('pointermove', at));
              await new Promise((done) => setTimeout(done));
            }
          })(arguments[0])"""
        self.window.wait(code, list(rows))

    def started(self, row):
        """Wait until the latest sound that has begun is a row's; return what plays it."""
        return self.window.until("(v => v && v.row === arguments[0] && v)(explorer.state.started.at(-1))", row)

    def wake(self):
        """Turn the sound on, as a user does who sees the button."""
        self.press("wake")
        self.window.until("explorer.state.sound === 'running'")

    def press(self, element):
        box = self.window.run(
            "const e = document.getElementById(arguments[0]); e.scrollIntoView({block: 'center'});"
            "const b = e.getBoundingClientRect();"
            "return [b.left + b.width / 2, b.top + b.height / 2]",
            element,
        )
        self.window.click(*box)

    def saved(self, folder, element, name):
        """Press what saves a file of a name; return its path, in the folder, when all of it is there."""
        target = Path(self.window.download_to(folder)) / name
        self.press(element)
        end = time.monotonic() + SAVE_PATIENCE
        # Firefox puts an empty file of the name there first, and writes beside it.
        while not (target.exists() and target.stat().st_size):
            if time.monotonic() > end:
                said = self.window.run("return document.getElementById('status').textContent")
                raise AssertionError(f"{name} never came: {said}")
            time.sleep(0.02)
        return Path(shutil.move(target, folder / name))

    def set(self, element, value, event="input"):
        """Set a control to a value, as if by hand."""
        self.window.run(
            "const e = document.getElementById(arguments[0]); e.value = arguments[1];"
            "e.dispatchEvent(new Event(arguments[2], {bubbles: true}))",
            element, value, event,
        )  # fmt: skip

    def heard(self, row):
        found = self.window.wait("explorer.heard(arguments[0])", row)
        assert "failed" not in found, found
        return found
