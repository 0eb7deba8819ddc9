"""What the tests of the page share: one window, and pages of many samples, each built once."""

import numpy as np
import pytest

import samples_to_explorer
from lib.explorer import material
from lib.tables.table import Table, write_table
from tests.support import browser
from tests.support.explorer_page import Page, one_colour, page_folder
from tests.support.media_factory import write_wav

RATE = 24_000
MANY = 2560  # samples of the largest page: ten groups of sixteen tracks
HEARD_RATE = 48_000  # of what the page plays
# Of sines, as peaks.
LEVELS_DB = (-6, -15, -24, -33, -42)


@pytest.fixture(scope="session")
def window():
    lacking = browser.missing()
    if lacking:
        pytest.skip(f"no browser to test the explorer in: {lacking}")
    opened = browser.Browser()
    yield opened
    opened.close()


def pitch(row):
    """The frequency of a row's tone, in Hz: far from that of the rows beside, above and below."""
    return 300 + 7 * (row * 97 % 401)


def tones_page(folder, rows, across, ms):
    """A page of tones on a grid, all in one file, one after the other, of levels that differ by up to 36 dB."""
    if not (folder / "samples.csv").exists():
        tones_table(folder, rows, across, ms)
    flags = ["-in", folder / "samples.csv", "-dir", folder / "media", "-out", folder / "page", "-cell", "24"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(material, "spectrogram", one_colour)
        assert samples_to_explorer.main([str(flag) for flag in flags]) == 0
    return folder


def tones_table(folder, rows, across, ms):
    times = np.arange(RATE * ms // 1000) / RATE
    peaks = [10 ** (LEVELS_DB[row % len(LEVELS_DB)] / 20) for row in range(rows)]
    sound = np.concatenate([peak * np.sin(2 * np.pi * pitch(row) * times) for row, peak in enumerate(peaks)])
    write_wav(folder / "media" / "tones.wav", sound.astype(np.float32), RATE)
    columns = {
        "filename": ["tones.wav"] * rows,
        "start": [str(row * ms) for row in range(rows)],
        "dur": [str(ms)] * rows,
        "hz": [str(pitch(row)) for row in range(rows)],
        "kind": [f"kind {row % 30}" for row in range(rows)],
        "gridX": [str(row % across) for row in range(rows)],
        "gridY": [str(row // across) for row in range(rows)],
    }
    write_table(Table.of(columns), folder / "samples.csv")


@pytest.fixture(scope="session")
def built_600(tmp_path_factory):
    return tones_page(page_folder(tmp_path_factory, "six_hundred"), 600, 30, 120)


@pytest.fixture(scope="session")
def built_many(tmp_path_factory):
    return tones_page(page_folder(tmp_path_factory, "many"), MANY, 64, 20)


def opened(window, folder, at_once=True):
    """Open a page (or have the test do so); at the end its console is empty, and all it asked for is in its folder."""
    page = Page(window, folder)
    yield page.open() if at_once else page
    said, asked = window.logs()
    assert said == []
    # Firefox does not tell which files are read: only what is asked for elsewhere.
    files = {a.rpartition("/page/")[0] for a in asked if not a.startswith(("blob:", "data:"))}
    assert files == ({folder.as_uri()} if window.name == "Chromium" else set())
    assert len(asked) > 5 or window.name == "Firefox"


@pytest.fixture
def page_600(window, built_600):
    yield from opened(window, built_600)


@pytest.fixture
def closed_600(window, built_600):
    yield from opened(window, built_600, at_once=False)


@pytest.fixture
def page_many(window, built_many):
    yield from opened(window, built_many)


@pytest.fixture
def scripts(window, built_600):
    """The window, on any page: for tests of its classes, which do not look at the page."""
    if not window.run("return Boolean(window.explorer)"):
        Page(window, built_600).open()
    return window


def choose(page, rows):
    """Select rows, as a link does."""
    shown = ".".join(np.base_repr(row, 36).lower() for row in rows)
    table = page.window.run("return new Samples(explorer.about()).signature()")
    page.window.run("location.hash = arguments[0]", f"table={table}&selected={shown}")
    page.window.until(f"explorer.state.selected.length === {len(rows)}")


def loudest_hz(values):
    """The frequency of the highest peak of a spectrum."""
    values = np.array(values)
    power = np.abs(np.fft.rfft(values * np.hanning(len(values)), 1 << 16))
    return power.argmax() * HEARD_RATE / (1 << 16)
