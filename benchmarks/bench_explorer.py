"""16,384 samples as a page, in Chromium: its memory, its frames, its sounds; and as files."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from benchmarks.harness import ROOT, SAMPLE_MEDIA, Row, show
from lib.tables.table import Table, write_table
from lib.video.probe import probe
from tests.support import browser
from tests.support.explorer_page import Page

ROWS, ACROSS = 16_384, 128
LENGTHS_MS = (180, 260, 340, 420)
PLACES = 40  # where the pointer rests
SOON_MS = 150
# Seconds for a step, on a machine that is busy with other work: the pointer rests for up to a second at each place.
PATIENCE = 180
# Moves over the map: milliseconds from frame to frame while the view is dragged and zoomed.
FRAMES = """(async () => {
    const map = document.getElementById('map');
    const at = (kind, x, y, more) => map.dispatchEvent(new PointerEvent(kind, {
      clientX: x, clientY: y, pointerType: 'mouse', button: 0, buttons: 1, pointerId: 1, bubbles: true, ...more }));
    const times = [];
    for (let n = 0; n < 120; n++) {
      const wheel = { clientX: 600, clientY: 400, deltaY: n % 40 < 20 ? -60 : 60, cancelable: true };
      map.dispatchEvent(new WheelEvent('wheel', wheel));
      times.push(await new Promise((done) => requestAnimationFrame(done)));
    }
    return times.slice(1).map((time, n) => time - times[n]);
  })()"""
# Rests at each place until it sounds, a second at most: milliseconds from the pointer to the voice.
RESTS = """(async (rows) => {
    const map = document.getElementById('map');
    const box = map.getBoundingClientRect();
    const late = [];
    for (const row of rows) {
      const [x, y] = explorer.placeOf(row);
      const since = performance.now();
      map.dispatchEvent(new PointerEvent('pointermove', {
        clientX: x + box.left, clientY: y + box.top, pointerType: 'mouse' }));
      while (explorer.state.started.at(-1)?.row !== row && performance.now() - since < 1000) {
        await new Promise((done) => setTimeout(done, 2));
      }
      late.push(performance.now() - since);
      await new Promise((done) => setTimeout(done, 50));
    }
    return late;
  })(arguments[0])"""


def make_table(path: Path) -> None:
    """Write a table of ROWS samples of the sample films on a grid: one after the other, again and again."""
    films = sorted(SAMPLE_MEDIA.glob("film_*.mp4"))
    ends = {film.name: 1000 * probe(str(film)).duration - 1000 for film in films}
    now = dict.fromkeys(ends, 0.0)
    cells: dict[str, list[str]] = {name: [] for name in ("filename", "start", "dur", "gridX", "gridY")}
    for row in range(ROWS):
        name, length = films[row % len(films)].name, LENGTHS_MS[row % len(LENGTHS_MS)]
        values = (name, f"{now[name]:.0f}", str(length), str(row % ACROSS), str(row // ACROSS))
        for column, value in zip(cells.values(), values, strict=True):
            column.append(value)
        now[name] = (now[name] + length) % ends[name]
    write_table(Table.of(cells), path)


def cpu_of(*words: str) -> tuple[float, str]:
    """Run a script of the project; return its processor time in seconds, with that of its workers, and what it says."""
    before = os.times()
    command = [sys.executable, str(ROOT / words[0]), *words[1:]]
    said = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    now = os.times()
    return now.children_user + now.children_system - before.children_user - before.children_system, said


def renderer_mb(driver: int) -> float:
    """Return the resident memory of the largest renderer below a process, in MB (Linux; elsewhere 0)."""
    parents, sizes = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            status = (folder / "status").read_text()
            words = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        pid = int(folder.name)
        parents[pid] = int(re.findall(r"PPid:\s+(\d+)", status)[0])
        if b"--type=renderer" in words:
            sizes[pid] = int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024
    found = [0.0]
    for pid, size in sizes.items():
        above = pid
        while above in parents and above != driver:
            above = parents[above]
        if above == driver:
            found.append(size)
    return max(found)


def in_browser(folder: Path) -> Iterator[Row]:
    """Open the page and use it: from afar and near, moving, resting on samples all over the map."""
    window = browser.Browser(patience=PATIENCE)
    try:
        page = Page(window, folder)
        page.open(as_built=True)
        driver = window.driver.service.process.pid
        load = window.run("return performance.getEntriesByType('navigation')[0].domComplete") / 1000
        work = f"{ROWS:,} samples"
        yield Row(
            "the page: until it can be used", work, load, memory_mb=renderer_mb(driver), notes="renderer's memory"
        )
        page.wake()
        rows = [(row * 6007 + 7) % ROWS for row in range(PLACES)]
        for told in ("cold", "warm"):
            late = np.sort(window.wait(RESTS, rows))
            share = f"{np.mean(late < SOON_MS):.0%} within {SOON_MS} ms"
            memory = renderer_mb(driver)
            yield Row(
                f"the page: to the sound, {told}",
                f"{PLACES} places",
                float(np.median(late)) / 1000,
                memory_mb=memory,
                notes=share,
            )
        steps = np.array(window.wait(FRAMES))
        late_frame = f"95 of 100 within {np.percentile(steps, 95):.0f} ms"
        yield Row(
            "the page: a frame while it zooms",
            work,
            float(np.median(steps)) / 1000,
            memory_mb=renderer_mb(driver),
            notes=late_frame,
        )
        page.window.run("location.hash = 'view=64,48,40'")
        window.until("explorer.state.near && explorer.state.large.length > 3")
        middle = 64 * ACROSS + 64
        page.window.click(*page.place(middle))
        if window.run("return Boolean(explorer.about().loop)"):  # there is room for loops in the page
            window.until("explorer.state.loops.includes(arguments[0])", middle)
            # Its first sound may have ended before its loop was there.
            page.window.key("Enter")
            window.until("explorer.state.moving.includes(arguments[0])", middle)
        most = window.run("return performance.memory.usedJSHeapSize") / 2**20
        yield Row(
            "the page: near",
            work,
            0.0,
            memory_mb=renderer_mb(driver),
            notes=f"{most:.0f} MB of it JavaScript's",
        )
    finally:
        window.close()


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_table(folder / "samples.csv")
        table = ["-in", str(folder / "samples.csv"), "-dir", str(SAMPLE_MEDIA)]
        out = ["-out", str(folder / "files")]
        cpu, _ = cpu_of("samples_to_files.py", *table, *out)
        yield Row("`samples_to_files.py`", f"{ROWS:,} samples, processor time", cpu)
        cpu, said = cpu_of("samples_to_explorer.py", *table, "-out", str(folder / "page"))
        size = said.splitlines()[-1].partition(": ")[2].partition(";")[0]
        yield Row("`samples_to_explorer.py`", f"{ROWS:,} samples, processor time", cpu, notes=f"a page of {size}")
        lacking = browser.missing()
        if lacking:
            print(f"the page is not measured: {lacking}", file=sys.stderr)
        else:
            yield from in_browser(folder)


if __name__ == "__main__":
    show(rows())
