"""The page in a real browser, opened from the disk: what is drawn, heard, filtered, selected and linked to."""

import json
import math
import os
import shutil
import threading
from dataclasses import asdict
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import features_to_audio
import samples_to_explorer
from lib.audio.ranges import read_audio
from lib.tables.dialects import PLAIN
from lib.tables.table import Table, parse_table, read_table, write_table
from lib.video.reader import VideoReader
from tests.explorer.conftest import HEARD_RATE, opened
from tests.support import browser
from tests.support.explorer_page import Page, page_folder
from tests.support.media_factory import ROOT, tone, write_wav

if lacking := browser.missing():
    pytest.skip(f"no browser to test the explorer in: {lacking}", allow_module_level=True)

SAMPLE = ROOT / "media" / "sample"
HOSTILE = "<img src=x onerror=alert(1)>.mp4"
ODD = 'a, "b" & <script>alert(2)</script> %s\n.wav'
ACROSS, DOWN = 8, 6
ROWS = ACROSS * DOWN
NOTES = ("A", "C", "F#", "-")


def explorer_table():
    """Samples of all sample films, and of two files with names that are not harmless, on a grid and in a cloud."""
    films = [*sorted(p.name for p in SAMPLE.glob("film_*.mp4")), HOSTILE, ODD]
    rows = range(ROWS)
    columns = {
        "filename": [films[n % len(films)] for n in rows],
        "start": [str(700 + 431 * (n // len(films))) for n in rows],
        "dur": [str(150 + 25 * (n % 11)) for n in rows],
        "power": [f"{0.5 + (n * 7 % ROWS) / 10:.2f}" for n in rows],
        "hz": [f"{110 * 2 ** (n / 12):.2f}" for n in rows],
        "clarity": [f"{20 + n % 5}" for n in rows],
        "note": [NOTES[n % 4] for n in rows],
        "octave": [str(2 + n % 3) for n in rows],
        "title": [f"</title>, {n} \"x\"\r\n 'é🎻'" if n % 3 else f" 00{n}.50 " for n in rows],
        "tsne": [f"{30 * math.cos(n):.3f}" for n in rows],
        "tsne2": [f"{20 * math.sin(2.5 * n):.3f}" for n in rows],
        "gridX": [str(n % ACROSS) for n in rows],
        "gridY": [str(n // ACROSS) for n in rows],
    }
    return Table.of(columns)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A folder with the table, the media and the page in `page/`."""
    folder = page_folder(tmp_path_factory, "explorer")
    if not (folder / "samples.csv").exists():
        (folder / "media").mkdir()
        for film in SAMPLE.glob("film_*.mp4"):
            (folder / "media" / film.name).symlink_to(film)
        (folder / "media" / HOSTILE).symlink_to(SAMPLE / "film_music_box.mp4")
        write_wav(folder / "media" / ODD, np.concatenate([tone(hz, 1.0) for hz in (440, 554.37, 659.26, 880)]))
        write_table(explorer_table(), folder / "samples.csv")
    flags = ["-in", folder / "samples.csv", "-dir", folder / "media", "-out", folder / "page", "-title", "<b>Page</b>"]
    assert samples_to_explorer.main([str(flag) for flag in flags]) == 0
    return folder


@pytest.fixture
def page(window, built):
    yield from opened(window, built)


@pytest.fixture
def closed(window, built):
    yield from opened(window, built, at_once=False)


def of_file(page, row):
    return str(page.folder / "media" / page.table.text("filename")[row])


@pytest.mark.slow
def test_the_grid_is_drawn(page):
    screen = page.window.picture()
    table, scale = page.table, page.state("view")["scale"]
    wanted_of = {}
    names = table.text("filename")
    for first in range(len(set(names)) - 1):  # the last is not a film
        with VideoReader(of_file(page, first)) as film:
            for row in (row for row in range(ROWS) if names[row] == names[first]):
                shown = next(film.frames(float(table.text("start")[row]) + 0.5))
                wanted_of[row] = shown.picture(320, 240).astype(float)
    assert len(wanted_of) == ROWS - names.count(ODD)
    for row, wanted in wanted_of.items():
        x, y = (round(value) for value in page.place(row))
        cell = screen[y - 25 : y + 25, x - 35 : x + 35].astype(float)
        # The same part of the film's picture; a cell is as many px wide as the view's scale.
        half_width, half_height = round(35 / scale * 320), round(25 / scale * 320)
        inner = wanted[120 - half_height : 120 + half_height, 160 - half_width : 160 + half_width]
        assert np.abs(cell.mean(axis=(0, 1)) - inner.mean(axis=(0, 1))).max() < 14, row
    assert page.state("way") == "gridX,gridY"


def test_sounds_without_a_film_are_drawn_in_the_colour_of_their_pitch(page):
    screen = page.window.picture().astype(int)
    found = []
    for row in range(7, ROWS, 8):  # at 700 + 431 n ms: A, C#, C#, E ...
        x, y = (round(value) for value in page.place(row))
        cell = screen[y - 25 : y + 25, x - 30 : x].reshape(-1, 3)
        found.append(cell[cell.sum(axis=1).argmax()].tolist())
    red, green = found[0], found[2]
    assert red[0] > 150
    assert red[0] > 1.6 * max(red[1:])
    assert green[1] > 150
    assert green[1] > 1.6 * max(green[0], green[2])


def test_it_is_silent_until_the_user_does_something(page):
    page.hover(3)
    page.window.until("explorer.state.current === 3")
    assert page.state("sound") == "off"
    assert page.state("voices") == []
    assert page.window.run("return document.getElementById('wake').offsetHeight") > 20
    page.wake()
    assert page.window.run("return document.getElementById('wake').offsetHeight") == 0


@pytest.mark.slow
def test_hovering_starts_the_right_sound_at_the_right_place(page):
    page.wake()
    script = (page.folder / "page/data/table.js").read_text("ascii")
    about = json.loads(script[len("explorerTable(") : -3])
    for row in (12, 19, 47):
        page.hover(row)
        voice = page.started(row)
        heard = page.heard(row)
        # It is where the index says, moved by what the decoder did.
        assert abs(heard["shift"]) < 0.02
        rank = about["order"].index(row)
        assert voice["track"] == about["track"][rank]
        assert voice["offset"] == pytest.approx(about["at"][rank] / HEARD_RATE + heard["shift"], abs=1e-9)
        assert voice["length"] == pytest.approx(float(page.table.text("dur")[row]) / 1000)
        # What the voice plays is what the file has there: the lag is 0, to a few samples of 48 kHz.
        start, dur = (float(page.table.text(name)[row]) for name in ("start", "dur"))
        wanted = read_audio(of_file(page, row), HEARD_RATE, 1, start, dur)
        got = np.array(heard["values"])
        assert heard["rate"] == HEARD_RATE
        assert abs(len(got) - len(wanted)) <= 1
        match = np.correlate(np.pad(got, 480), wanted)
        assert abs(int(match.argmax()) - 480) <= 4
        assert match.max() > 0.9 * np.linalg.norm(got) * np.linalg.norm(wanted)


@pytest.mark.slow
def test_the_panel_says_what_the_table_says(page):
    page.window.click(*page.place(2))
    shown = page.window.run("return document.getElementById('panel').innerText")
    for cell in (page.table.text("filename")[2], "700 ms", "200 ms", "1.90", "123.47 Hz", "F#4", "22"):
        assert cell in shown
    *_, width, height = box_of_panel(page)
    assert width / height == pytest.approx(4 / 3, abs=0.02)
    page.window.until("explorer.state.large.length === 1")
    with VideoReader(of_file(page, 2)) as film:
        wanted = next(film.frames(700.5)).picture(320, 240).astype(float)
    seen = picture_in_panel(page)
    assert np.abs(seen.mean(axis=(0, 1)) - wanted.mean(axis=(0, 1))).max() < 10


MOVING = 10  # a row of the marching band, of 400 ms
STILL_ERROR = 9  # mean difference of a picture on the screen, of 256 levels


def box_of_panel(page):
    """Where the panel's picture is on the screen."""
    return page.window.run(
        "const b = document.getElementById('picture').getBoundingClientRect();"
        "return [b.left, b.top, b.width, b.height].map(Math.round)"
    )


def picture_in_panel(page):
    """The pixels of the panel's picture."""
    return page.window.picture(box_of_panel(page)).astype(float)


@pytest.mark.slow
def test_films_move_while_they_sound(page):
    page.wake()
    start, dur = (float(page.table.text(name)[MOVING]) for name in ("start", "dur"))
    page.window.click(*page.place(MOVING))
    page.window.until(f"explorer.state.loops.includes({MOVING})")
    x, y = (round(value) for value in page.place(MOVING))
    seen, cells = [], []

    def moved(pictures):
        return max((np.abs(a - b).mean() for a, b in pairwise(pictures)), default=0) > 2

    # Five looks, and more on a busy machine, which may show the same picture twice.
    for _ in range(60):
        if len(seen) >= 5 and moved(seen) and moved(cells):
            break
        page.window.key("Enter")
        page.window.until(f"explorer.state.moving.includes({MOVING})")
        seen.append(picture_in_panel(page))
        cells.append(page.window.picture((x - 20, y - 20, 40, 40)).astype(float))
    page.window.until("!explorer.state.moving.length")
    assert moved(seen)
    assert moved(cells)
    height, width = seen[0].shape[:2]
    with VideoReader(of_file(page, MOVING)) as film:
        wanted = [frame.picture(width, height).astype(float) for frame in film.frames(start + 0.5, start + dur)]
    # Each is what the film shows there, in the size of the panel; and at rest it is the first.
    assert all(min(np.abs(picture - frame).mean() for frame in wanted) < STILL_ERROR for picture in seen)
    assert np.abs(picture_in_panel(page) - wanted[0]).mean() < STILL_ERROR
    # Only what moved was drawn again: the map is as if all of it were.
    about = (x - 150, y - 120, 300, 240)
    partly, frames = page.window.picture(about), page.state("frames")
    page.window.key("Escape")
    page.window.until(f"explorer.state.frames > {frames}")
    page.drawn()
    assert np.array_equal(page.window.picture(about), partly)


@pytest.mark.slow
def test_at_full_zoom_pictures_are_large(page):
    """Cells wider than in the sheets show the first frames of the loops, sharper than what is made larger."""
    row = 12
    page.window.run(f"location.hash = 'view={row % ACROSS + 0.5},{0.75 * (row // ACROSS) + 0.375},2'")
    page.window.until("explorer.state.view.scale > 150")
    page.window.until(f"explorer.state.stills.includes({row})")
    page.drawn()
    # Between cells are 4 px.
    x, y = (round(value) - 2 for value in page.place(row))
    seen = page.window.picture((x - 60, y - 60, 120, 120)).astype(float)
    width = round(page.state("view")["scale"] - 4)
    height = round(0.75 * page.state("view")["scale"] - 4)
    with VideoReader(of_file(page, row)) as film:
        frame = next(film.frames(float(page.table.text("start")[row]) + 0.5))
    middle = np.s_[height // 2 - 60 : height // 2 + 60, width // 2 - 60 : width // 2 + 60]
    wanted = frame.picture(width, height).astype(float)[middle]
    small = Image.fromarray(frame.picture(96, 72)).resize((width, height), Image.Resampling.BILINEAR)
    blurred = np.asarray(small, float)[middle]
    assert sharpness(seen) > 1.1 * sharpness(blurred)
    assert np.abs(seen - wanted).mean() < STILL_ERROR


def sharpness(picture):
    """The mean step from pixel to pixel."""
    return np.abs(np.diff(picture.mean(axis=2), axis=1)).mean()


@pytest.mark.slow
def test_who_wants_no_motion_sees_none(closed):
    page = closed
    page.window.tell("Emulation.setEmulatedMedia", features=[{"name": "prefers-reduced-motion", "value": "reduce"}])
    try:
        page.open()
        page.wake()
        page.window.click(*page.place(MOVING))
        page.window.until(f"explorer.state.loops.includes({MOVING})")
        assert page.started(MOVING)
        assert page.state("moving") == []
    finally:
        page.window.tell("Emulation.setEmulatedMedia", features=[])


def test_names_are_only_names(page):
    rows = [page.table.text("filename").index(name) for name in (HOSTILE, ODD)]
    for row, name in zip(rows, (HOSTILE, ODD), strict=True):
        page.window.click(*page.place(row))
        assert page.window.run("return document.getElementById('sample-name').textContent") == name
    assert page.window.run("return document.title") == "<b>Page</b>"
    assert page.window.run("return document.getElementById('title').textContent") == "<b>Page</b>"
    assert page.window.run("return [...document.getElementById('file').options].map((o) => o.text)")[1:] != []
    page.set("colour", "0", "change")
    assert page.window.run("return document.querySelectorAll('img, body script, b').length") == 0


def bright(page):
    return page.state("bright")


def test_filters(page):
    table = page.table
    names, notes, octaves = (table.text(name) for name in ("filename", "note", "octave"))
    page.set("search", "MUSIC_box")
    assert bright(page) == [n for n in range(ROWS) if "music_box" in names[n]]
    page.set("search", "")
    files = page.window.run("return [...document.getElementById('file').options].map((o) => o.textContent)")
    page.set("file", str(files.index(HOSTILE) - 1), "change")
    assert bright(page) == [n for n in range(ROWS) if names[n] == HOSTILE]
    page.set("file", "", "change")
    page.window.run("document.querySelector('#filter-note .chip-none').click()")
    assert bright(page) == []
    page.window.run("document.querySelector('#filter-note input[value=\"F#\"]').click()")
    assert bright(page) == [n for n in range(ROWS) if notes[n] == "F#"]
    page.window.run("document.querySelector('#filter-octave input[value=\"3\"]').click()")
    assert bright(page) == [n for n in range(ROWS) if notes[n] == "F#" and octaves[n] != "3"]
    page.press("clear-filters")
    assert bright(page) == list(range(ROWS))
    assert page.window.run("return document.getElementById('count').textContent") == f"{ROWS} of {ROWS} pass"


@pytest.mark.slow
def test_sliders(page):
    for name in ("power", "clarity", "dur"):
        values = page.table.all_numbers(name)
        page.set(f"filter-{name}-low", "500")
        least = np.sort(values)[round(0.5 * (ROWS - 1))]
        assert bright(page) == np.flatnonzero(values >= least).tolist()
        page.set(f"filter-{name}-high", "750")
        most = np.sort(values)[round(0.75 * (ROWS - 1))]
        assert bright(page) == np.flatnonzero((values >= least) & (values <= most)).tolist()
        # The ends push one another.
        page.set(f"filter-{name}-low", "900")
        assert page.window.run(f"return document.getElementById('filter-{name}-high').value") == "900"
        page.press("clear-filters")


def patch(page, row, size=20):
    """The pixels within `size` px of the middle of a row's cell, when what was changed has been drawn."""
    page.drawn()
    x, y = (round(value) for value in page.place(row))
    return page.window.picture((x - size, y - size, 2 * size, 2 * size)).astype(float)


@pytest.mark.slow
def test_what_does_not_pass_is_dimmed_and_silent(page):
    page.wake()
    names = page.table.text("filename")
    before = patch(page, 1)
    page.set("search", names[0])
    back = page.window.run("return getComputedStyle(document.getElementById('map')).getPropertyValue('--back')").strip()
    ground = np.array([int(back[n : n + 2], 16) for n in (1, 3, 5)])
    assert np.abs(patch(page, 1) - ground).mean() < 0.25 * np.abs(before - ground).mean()
    page.hover(1)
    page.hover(0)
    page.window.until("explorer.state.current === 0")
    page.hover(1)
    page.window.until("!explorer.state.voices.length")
    assert page.state("trail") == [0]


@pytest.mark.slow
def test_colours(page):
    place = page.table.columns.index("hz")
    page.set("colour", str(place), "change")
    low, high = patch(page, 0).mean(axis=(0, 1)), patch(page, ROWS - 1).mean(axis=(0, 1))
    assert low[2] > low[1]  # the ramp goes from dark violet ...
    assert min(high[0], high[1]) > high[2] + 60  # ... to yellow
    legend = page.window.run("return document.getElementById('legend').textContent")
    assert "110" in legend
    page.set("colour", str(page.table.columns.index("note")), "change")
    legend = page.window.run("return [...document.querySelectorAll('.entry')].map((e) => e.textContent)")
    assert sorted(legend) == sorted(NOTES)
    assert page.state("colour") == "note"


def lasso(page, rows, **words):
    """Draw around the cells of a box of rows' corners."""
    (x0, y0), (x1, y1) = page.place(rows[0]), page.place(rows[-1])
    page.window.drag([(x0 - 30, y0 - 25), (x1 + 30, y0 - 25), (x1 + 30, y1 + 25), (x0 - 30, y1 + 25)], **words)


def downloaded(page, folder):
    return page.saved(folder, "download", "_b_Page_b__selection.csv")


@pytest.mark.slow
def test_a_lasso_comes_back_as_a_table(page, tmp_path, capsys):
    page.set("filter-power-low", "0")
    page.window.run("document.querySelector('input[value=lasso]').click()")
    lasso(page, [9, 27])
    wanted = [9, 10, 11, 17, 18, 19, 25, 26, 27]
    assert page.state("selected") == wanted
    page.window.run("document.querySelector('input[value=move]').click()")
    lasso(page, [44, 45], modifiers=browser.SHIFT)
    wanted += [44, 45]
    assert page.state("selected") == wanted
    target = downloaded(page, tmp_path)
    found = read_table(target)
    assert found.columns == page.table.columns
    assert found.frame.equals(page.table.take(wanted).frame)
    flags = ["-in", target, "-dir", page.folder / "media", "-probe"]
    assert features_to_audio.main([str(flag) for flag in flags]) == 0
    assert "samples: 11" in capsys.readouterr().out


def test_a_lasso_is_seen_and_selects_when_it_ends_unless_it_is_cancelled(page):
    page.window.run("document.querySelector('input[value=lasso]').click()")
    (x0, y0), (x1, y1) = page.place(9), page.place(27)
    side = (round(x1 + 30) - 5, round((y0 + y1) / 2), 11, 1)  # of the line between two corners
    before = page.window.picture(side).astype(int)
    page.window.mouse("Moved", x0 - 30, y0 - 25)
    page.window.mouse("Pressed", x0 - 30, y0 - 25, **browser.LEFT)
    corners = [(x1 + 30, y0 - 25), (x1 + 30, y1 + 25), (x0 - 30, y1 + 25)]
    for x, y in corners:
        page.window.mouse("Moved", x, y, button="left", buttons=1)
    page.drawn()
    assert page.state("selected") == []
    assert np.abs(page.window.picture(side).astype(int) - before).max() > 20
    page.window.mouse("Released", *corners[-1], **browser.LEFT)
    assert page.state("selected") == [9, 10, 11, 17, 18, 19, 25, 26, 27]
    page.press("deselect")
    page.hover(9)  # with the marks of what is under the pointer
    before = page.window.picture(side).astype(int)
    page.window.mouse("Pressed", x0, y0, **browser.LEFT)
    for x, y in ((x1 + 30, y0), (x1 + 30, y1 + 25), (x0, y1 + 25)):
        page.window.mouse("Moved", x, y, button="left", buttons=1)
    cancel = "new PointerEvent('pointercancel', { pointerId: 1, bubbles: true })"
    page.window.run(f"document.getElementById('map').dispatchEvent({cancel})")
    page.drawn()
    assert np.abs(page.window.picture(side).astype(int) - before).max() < 12
    page.window.mouse("Released", x0, y1 + 25, **browser.LEFT)
    assert page.state("selected") == []
    page.hover(30)  # the pointer is free again
    page.window.until("explorer.state.current === 30")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("first", "ends", "separator", "encoding"),
    [("", "\n", ",", "utf-8"), ("\ufeff", "\r\n", ",", "utf-8"), ("\ufeffsep=;\r\n", "\r\n", ";", "utf-8"),
     ("\ufeff", "\r\n", "\t", "utf-16-le"), ("\ufeff", "\n", ";", "utf-16-be")],
)  # fmt: skip
def test_the_dialect_of_a_table_is_kept(scripts, first, ends, separator, encoding):
    rows = ('a|"b,c"', '"x""y"| 1 ', '" 2@0 "|"two\nlines"', '|"lone\rreturn"')
    text = first + "".join(row.replace("|", separator).replace("@", separator) + ends for row in rows)
    data = text.encode(encoding)
    table = parse_table(data)
    assert len(table) == 3
    about = {"rows": 3, "columns": table.columns, "cells": [{"all": table.text(name)} for name in table.columns]}
    about |= {"order": [0, 1, 2], "dialect": asdict(table.dialect), "decimals": sorted(table.decimals)}
    written = scripts.run("return Array.from(new Samples(arguments[0]).csvBytes([0, 1, 2]))", about)
    assert bytes(written) == data
    alone = {"rows": 2, "columns": ["a"], "cells": [{"all": ["", "x"]}], "order": [0, 1]}
    alone |= {"dialect": asdict(PLAIN), "decimals": []}
    assert scripts.run("return new Samples(arguments[0]).csv([0, 1])", alone) == 'a\n""\nx\n'


def test_decimal_commas_of_a_table_are_kept(scripts):
    table = parse_table(b"a;n\nx;0,5\ny;12,345\nz;\n")
    about = {"rows": 3, "columns": table.columns, "cells": [{"all": table.text(name)} for name in table.columns]}
    about |= {"order": [0, 1, 2], "dialect": asdict(table.dialect), "decimals": sorted(table.decimals)}
    write = "return new Samples(arguments[0]).csv(arguments[1])"
    assert scripts.run(write, about, [0, 1, 2]) == "a;n\nx;0,5\ny;12,345\nz;\n"
    # Alone, 12,345 could be thousands.
    assert scripts.run(write, about, [1, 2]) == "a;n\ny;12,3450\nz;\n"


@pytest.mark.slow
def test_a_link_brings_everything_back(page):
    page.window.run("document.querySelector('input[value=lasso]').click()")
    lasso(page, [9, 27])
    page.set("search", "film")
    page.set("filter-power-high", "800")
    page.window.run("document.querySelector('#filter-note input[value=A]').click()")
    page.set("colour", str(page.table.columns.index("hz")), "change")
    page.set("way", "1", "change")
    page.press("closer")
    page.window.run("document.querySelector('input[value=move]').click()")
    shown = ("way", "view", "bright", "selected", "colour")
    before = {name: page.state(name) for name in shown}
    assert before["way"] == "tsne,tsne2"
    assert len(before["selected"]) == 9
    page.window.until("location.hash.includes('props=tsne')")
    page.press("copy-link")
    address = page.window.run("return location.href")
    # Rows 9 to 11, 17 to 19 and 25 to 27, in base 36.
    assert address.endswith("&selected=9-b.h-j.p-r")
    page.open("#" + address.partition("#")[2])
    after = {name: page.state(name) for name in shown}
    assert after.pop("view") == pytest.approx(before.pop("view"), rel=1e-3)
    assert after == before
    assert page.window.run("return document.getElementById('search').value") == "film"


def test_the_cloud(page):
    page.set("way", "1", "change")
    assert page.state("way") == "tsne,tsne2"
    x, y = np.array([page.place(row) for row in range(ROWS)]).T
    for places, name in ((x, "tsne"), (y, "tsne2")):
        values = page.table.all_numbers(name)
        assert np.corrcoef(places, values)[0, 1] > 0.9999
    scale = np.ptp(x) / np.ptp(page.table.all_numbers("tsne"))
    assert scale == pytest.approx(np.ptp(y) / np.ptp(page.table.all_numbers("tsne2")))
    on_top = ROWS - 1
    page.hover(on_top)
    page.window.until("explorer.state.current >= 0")
    page.window.run("document.getElementById('map').focus()")
    page.window.key("ArrowRight")
    assert page.state("view")["scale"] > 5


def test_places_far_apart_cost_no_more(scripts):
    # A grid with two samples a million cells apart: a bin for each cell would be 4 TB.
    code = (
        "const about = {rows: 3, columns: ['x', 'y'], cells: [{all: ['0', '1e6', '999999']}, {all: ['0', '1e6', '5']}],"
        " order: [0, 1, 2]}; const layout = new Layout(new Samples(about), {x: 'x', y: 'y', grid: true});"
        "const middle = (row) => layout.at(...layout.centre(row));"
        "return [layout.begin.length, middle(0), middle(1), middle(2), layout.at(500, 500), layout.neighbour(0, 1, 0)]"
    )
    bins, *found = scripts.run(code)
    assert bins < 200
    assert found == [0, 1, 2, -1, 2]


def test_wheel_drag_and_keys_move_the_view(page):
    view = page.state("view")
    x, y = page.place(20)
    page.window.tell("Input.dispatchMouseEvent", type="mouseWheel", x=x, y=y, deltaX=0, deltaY=-400)
    page.window.until(f"explorer.state.view.scale > {view['scale']} * 1.5")
    assert page.place(20) == pytest.approx([x, y], abs=0.5)  # what is under the pointer stays there
    page.window.drag([(x, y), (x + 40, y + 20), (x + 80, y + 30)])
    assert page.place(20) == pytest.approx([x + 80, y + 30], abs=0.5)
    assert page.state("pinned") == -1
    page.window.run("document.getElementById('map').focus()")
    page.window.key("0", "Digit0", "0", 48)
    assert page.state("view") == pytest.approx(view)
    page.window.key("+", "Equal", "+", 187)
    assert page.state("view")["scale"] == pytest.approx(1.5 * view["scale"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("width", "height", "shades"),
    [(1440, 900, ("light", "dark")), (820, 1180, ("dark", "light")), (390, 844, ("light", "dark"))],
)
def test_three_sizes_light_and_dark(closed, width, height, shades):
    """In one shade when it is opened, then in the other."""
    page = closed

    def put(shade):
        page.window.tell("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": shade}])

    try:
        put(shades[0])
        page.open(width=width, height=height, ratio=2 if width == 390 else 1, phone=width == 390)
        for shade in shades:
            put(shade)
            assert patch(page, 0, 3).std() > 0
            corner = page.window.picture((width - 5, height - 5, 5, 5))
            assert (corner.mean() < 80) == (shade == "dark")
            fits = page.window.run(
                "const wide = document.documentElement.scrollWidth, map = document.getElementById('map');"
                "return [wide, map.clientWidth, map.clientHeight, document.getElementById('panel').clientHeight]"
            )
            assert fits[0] <= width
            assert fits[1] * fits[2] > 0.25 * width * height
            assert fits[3] > 200
            corners = [page.place(row) for row in (0, ROWS - 1)]
            assert all(0 < x < width and 0 < y < height for x, y in corners)
    finally:
        page.window.tell("Emulation.setEmulatedMedia", features=[])


def test_every_control_has_a_name(page):
    tree = page.window.tell("Accessibility.getFullAXTree")["nodes"]
    roles = {"button", "combobox", "slider", "checkbox", "radio", "searchbox", "application"}
    controls = [node for node in tree if node["role"]["value"] in roles and not node["ignored"]]
    assert len(controls) > 20
    assert [node["role"]["value"] for node in controls if not node["name"]["value"]] == []
    names = {node["name"]["value"] for node in controls}
    assert {f"Map of {ROWS} samples", "Search all columns", "Power: at least", "Zoom in", "F#"} <= names


@pytest.mark.slow
def test_it_works_on_a_web_host_too(window, built):
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(built))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            base = f"http://127.0.0.1:{server.server_port}/page/"
            window.size()
            window.open(base)
            window.until("window.explorer && explorer.state.small === 1")
            heard = Page(window, built).heard(12)
            said, asked = window.logs()
        finally:
            window.driver.get("about:blank")
            server.shutdown()
            thread.join()
    assert np.abs(heard["values"]).max() > 0.01
    assert said == []
    assert all(address.startswith(base) for address in asked)
    assert any("/data/sound_0000_" in address for address in asked)


def test_the_page_needs_nothing_beside_it(window, built, tmp_path):
    shutil.copytree(built / "page", tmp_path / "else where #1", ignore=shutil.ignore_patterns(".parts"))
    window.size()
    window.open((tmp_path / "else where #1/index.html").as_uri())
    window.until("window.explorer && explorer.state.small === 1")
    found = Page(window, built).heard(5)
    said, asked = window.logs()
    assert len(found["values"]) > 1000
    assert said == []
    assert {os.path.dirname(Path(a.removeprefix("file://")).as_posix()).removesuffix("/data") for a in asked} == {
        (tmp_path / "else where #1").as_uri().removeprefix("file://")
    }
