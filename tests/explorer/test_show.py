"""What the page shows of each sample and of the whole: all columns, sources, colours, places, and pieces."""

import io
import threading
import xml.etree.ElementTree as ET
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from PIL import Image

import samples_to_explorer
from lib.tables.table import Table, write_table
from tests.explorer.conftest import opened
from tests.support.explorer_page import Page, page_folder
from tests.support.media_factory import tone, write_wav

ROWS = 40
KINDS = [f"kind {n}" for n in range(14)]
DATES = ("1968-04-02", "1901-01", "2020-12-31 23:59", "1950-06-15")


def kind(row):
    """The first kinds are the most frequent."""
    return KINDS[row % 12] if row < 36 else KINDS[row % 2 + 12] if row > 37 else KINDS[0]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A page of a piece: columns of every kind, a manifest that tells of its file, and two samples without a place."""
    folder = page_folder(tmp_path_factory, "show")
    if not (folder / "samples.csv").exists():
        tables_of_a_piece(folder)
    flags = ["-in", folder / "samples.csv", "-dir", folder / "media", "-meta", folder / "films.csv", "-cell", "24"]
    assert samples_to_explorer.main([str(flag) for flag in [*flags, "-out", folder / "page"]]) == 0
    return folder


def tables_of_a_piece(folder):
    write_wav(folder / "media/a.wav", tone(440, 2.0))
    rows = range(ROWS)
    columns = {
        "at": [str(1000 - 25 * n) for n in rows],
        "filename": ["a.wav"] * ROWS,
        "start": [str(40 * n) for n in rows],
        "dur": ["40"] * ROWS,
        "hz": [str(100 + n) for n in rows],
        "kind": [kind(n) for n in rows],
        "when": [DATES[n % 4] for n in rows],
        "clusterName": ["low & soft" if n < 18 else "bright" if n < 38 else "nowhere" for n in rows],
        "said": [f"said {n}" for n in rows],
        "gridX": ["" if n > 37 else str(n % 8) for n in rows],
        "gridY": ["" if n > 37 else str(n // 8) for n in rows],
    }
    write_table(Table.of(columns), folder / "samples.csv")
    manifest = {"filename": ["a.wav"], "title": ["<b>A film</b>"], "creator": ["Somebody"], "identifier": ["an_item"]}
    write_table(Table.of(manifest), folder / "films.csv")


@pytest.fixture
def page(window, built):
    yield from opened(window, built)


def texts(page, selector):
    return page.window.run("return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent)", selector)


@pytest.mark.slow
def test_the_panel_has_every_column_and_addresses_are_links(page):
    page.window.click(*page.place(5))
    facts = dict(zip(texts(page, "#facts dt"), texts(page, "#facts dd"), strict=True))
    wanted = {"Start": "200 ms", "Pitch": "105 Hz", "kind": "kind 5", "when": "1901-01", "title": "<b>A film</b>"}
    assert wanted.items() <= facts.items()
    assert facts["creator"] == "Somebody"
    code = "return [...document.querySelectorAll('#facts a')].map((a) => [a.href, a.rel, a.target])"
    address = "https://archive.org/details/an_item"
    assert page.window.run(code) == [[address, "noopener noreferrer", "_blank"]]
    assert page.window.run("return document.querySelectorAll('b').length") == 0


def test_every_column_filters(page):
    page.set("filter-hz-low", "500")
    assert page.state("bright") == list(range(20, ROWS))
    page.press("clear-filters")
    page.window.run("document.getElementById('more-filters').open = true")
    page.window.run("document.querySelector('#filter-kind .chip-none').click()")
    page.window.run("document.querySelector('#filter-kind input[value=\"kind 3\"]').click()")
    assert page.state("bright") == [3, 15, 27]
    page.press("clear-filters")
    # Dates are a range of time.
    page.set("filter-when-low", "600")
    assert page.state("bright") == [n for n in range(ROWS) if DATES[n % 4] >= "1968"]
    shown = page.window.run("return document.getElementById('filter-when-low').getAttribute('aria-valuetext')")
    assert shown == "1968-04-02"
    page.press("clear-filters")
    for words, rows in {"SAID 7": [7], "somebody": list(range(ROWS)), "kind 11": [11, 23, 35]}.items():
        page.set("search", words)
        assert page.state("bright") == rows


def test_texts_of_many_kinds_are_typed(scripts):
    """A column of more values than boxes: a field that offers them."""
    about = {"rows": 70, "columns": ["filename", "said"], "order": list(range(70))}
    about["cells"] = [{"all": ["a.wav"] * 70}, {"all": [f"word {n}" for n in range(70)]}]
    code = """const filters = new Filters(new Samples(arguments[0]));
        filters.words.set('said', 'D 6');
        return [[...filters.kinds], Array.from(filters.apply()).flatMap((one, row) => (one ? [row] : []))]"""
    kinds, rows = scripts.run(code, about)
    assert kinds == [["said", "text"]]
    assert rows == [6, *range(60, 70)]


@pytest.mark.slow
def test_the_legend_has_twelve_colours_at_most_and_is_pressed(page):
    columns = page.table.columns
    page.set("colour", str(columns.index("kind")), "change")
    entries = texts(page, ".entry")
    assert len(entries) == 12
    assert entries[-1] == "3 others"
    colours = page.window.run(
        "return [...document.querySelectorAll('.entry .spot')].map((e) => e.style.backgroundColor)"
    )
    assert len(set(colours)) == 12
    page.window.run("document.querySelectorAll('.entry')[11].click()")
    rare = [n for n in range(ROWS) if kind(n) not in entries]
    assert page.state("bright") == rare
    assert set(rare) >= {38, 39}
    page.window.run("document.querySelectorAll('.entry')[0].click()")
    assert page.state("bright") == sorted([*rare, *(n for n in range(ROWS) if kind(n) == entries[0])])
    page.window.until("/only=0.11/.test(location.hash)")
    page.open(page.window.run("return location.hash"))
    assert 39 in page.state("bright")
    assert 1 not in page.state("bright") or kind(1) == entries[0]
    # Of numbers, an entry is the part of the range about its value; it has the unit.
    page.set("colour", str(columns.index("hz")), "change")
    entries = texts(page, ".entry")
    assert all(entry.endswith(" Hz") for entry in entries)
    assert page.state("bright") == list(range(ROWS))
    page.window.run("document.querySelectorAll('.entry')[0].click()")
    values = page.table.all_numbers("hz")
    low, high = (float(entry.removesuffix(" Hz")) for entry in (entries[0], entries[-1]))
    assert page.state("bright") == np.flatnonzero(values < low + (high - low) / 8).tolist()


def test_a_piece_plays_at_its_times(page):
    (path,) = page.state("paths")
    assert (path["name"], path["pace"]) == ("The piece", "at")
    assert path["rows"] == list(range(ROWS - 1, -1, -1))
    page.wake()
    page.load(*range(ROWS))
    page.window.run("document.getElementById('map').focus()")
    page.window.key(" ", "Space", " ", 32)
    page.window.until("explorer.state.started.length >= 12")
    page.window.key(" ", "Space", " ", 32)
    # Where the browser has to wait, a sound that can be heard still begins late, the others are left out; the rest is
    # in time.
    row, begun, length = np.array(
        [(voice["row"], voice["begun"], voice["length"]) for voice in page.state("started")[:12]]
    ).T
    assert np.all(np.diff(row) < 0)
    late = begun - 0.025 * (row[0] - row)
    late -= late.min()
    assert np.sum(late < 1e-6) >= 6
    assert np.all(late < length)


def test_the_names_of_clusters_are_on_the_map_from_afar(page):
    """Where their samples are; not of those that have no place."""
    assert page.state("labels") == []  # the cells are wide
    page.press("farther")
    page.press("farther")
    assert page.state("labels") == ["bright", "low & soft"]


@pytest.mark.slow
def test_the_line_of_time_shows_and_plays_the_neighbours(page):
    page.wake()
    page.load(*range(12))
    disabled = "return document.getElementById('in-context').disabled"
    assert page.window.run(disabled)
    page.window.click(*page.place(0))
    assert not page.window.run(disabled)
    page.window.click(*page.place(5))
    page.window.until("!explorer.state.voices.length")
    said = page.window.run("return document.getElementById('timeline').getAttribute('aria-label')")
    assert said == "In its file: sample 6 of 40"
    # The line is the sample and 1.5 s on either side: 3040 ms from -1300 ms on. At 340 ms there is row 8.
    box = page.window.run(
        "const b = document.getElementById('timeline').getBoundingClientRect(); return [b.x, b.y, b.width]"
    )
    page.window.click(box[0] + box[2] * (340 + 1300) / 3040, box[1] + 20)
    assert page.started(8)
    assert page.state("panel") == 8
    page.window.until("!explorer.state.voices.length")
    page.press("in-context")
    page.window.until("explorer.state.started.at(-1).row === 10 && !explorer.state.playing.length")
    voices = page.state("started")[-5:]
    assert [voice["row"] for voice in voices] == [6, 7, 8, 9, 10]
    begun = np.array([voice["begun"] for voice in voices])
    assert np.diff(begun) == pytest.approx([0.04] * 4, abs=1e-6)


def download_of(page, folder, element, name):
    return page.saved(folder, element, name).read_bytes()


def test_the_map_is_saved_as_svg(page, tmp_path):
    page.set("picture-width", "2000", "change")
    page.press("farther")
    page.press("farther")
    root = ET.fromstring(download_of(page, tmp_path, "map-svg", "samples_map.svg"))
    spaces = "{http://www.w3.org/2000/svg}"
    assert root.get("width") == "2000"
    cells = root.findall(f"{spaces}g/{spaces}svg")
    assert len(cells) == 38
    view = page.state("view")
    assert float(cells[0].get("width")) == pytest.approx(view["scale"], abs=4)
    images = {image.get("href") for image in root.iter(f"{spaces}image")}
    assert images == {(page.folder / "page/data/pictures_0000.webp").as_uri()}
    assert {text.text for text in root.findall(f"{spaces}text")} == {"bright", "low & soft"}
    (path,) = root.findall(f"{spaces}polyline")
    assert len(path.get("points").split()) == 38
    # A page on the disk may not read its own pictures: it says what else to do.
    page.press("map-png")
    page.window.until("/save SVG, or use samples_to_explorer.py/.test(document.getElementById('status').textContent)")


@pytest.mark.slow
def test_the_map_is_saved_as_png_from_a_web_host(window, built, tmp_path):
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(built))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            window.size()
            window.open(f"http://127.0.0.1:{server.server_port}/page/")
            window.until("window.explorer && explorer.state.small === 1 && explorer.state.frames > 1")
            page = Page(window, built)
            page.set("picture-width", "1960", "change")
            image = Image.open(io.BytesIO(download_of(page, tmp_path, "map-png", "samples_map.png")))
            view = page.state("view")
            assert image.size == (1960, round(1960 * view["height"] / view["width"]))
            x, y = page.window.run("return explorer.placeOf(9)")
            seen = np.asarray(image.convert("RGB"))[round(2 * y), round(1960 / view["width"] * x)]
            back = np.asarray(image.convert("RGB"))[3, 3]
            assert np.abs(seen.astype(int) - back.astype(int)).max() > 40
        finally:
            window.driver.get("about:blank")
            server.shutdown()
            thread.join()
        window.logs()
