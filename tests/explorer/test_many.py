"""Pages of many samples, from afar and from near: pictures, sounds, what is loaded when, and how loud it is."""

from itertools import product

import numpy as np
import pytest

from tests.explorer.conftest import LEVELS_DB, pitch
from tests.support.explorer_page import one_colour

pytestmark = pytest.mark.slow

RATE = 48_000


def loudest_hz(values):
    """The frequency of the highest peak of a spectrum."""
    values = np.array(values)
    power = np.abs(np.fft.rfft(values * np.hanning(len(values)), 1 << 16))
    return power.argmax() * RATE / (1 << 16)


def test_the_first_the_middle_and_the_last_are_drawn_and_heard(closed_600):
    page = closed_600.open(width=900, height=700)
    page.wake()
    rows = (0, 299, 599)
    for row in rows:
        page.hover(row)
        voice = page.started(row)
        assert loudest_hz(page.heard(row)["values"]) == pytest.approx(pitch(row), abs=8)
        assert voice["length"] == pytest.approx(0.12)
    assert not page.state("near")
    page.window.key("Escape")  # takes away the line that joins what was heard
    for near, row in product((False, True), rows):
        if near:
            page.window.run(f"location.hash = 'view={row % 30 + 0.5},{0.75 * (row // 30) + 0.4},6'")
            group = page.window.run("return new Samples(explorer.about()).group(arguments[0])", row)
            page.window.until("explorer.state.near && explorer.state.large.includes(arguments[0])", group)
        page.window.mouse("Moved", 5, 690)
        page.drawn()
        x, y = (round(value) for value in page.place(row))
        cell = page.window.picture()[y - 3 : y + 4, x - 3 : x + 4].reshape(-1, 3).mean(axis=0)
        times = np.arange(5760) / RATE
        wanted = one_colour(np.sin(2 * np.pi * pitch(row) * times), RATE, 1, 1)[0, 0]
        assert cell == pytest.approx(wanted, abs=14)


def test_what_the_pointer_rests_on_sounds_at_once(page_5000):
    """Cold, at places all over the map. The bounds leave room for a machine that does much else."""
    page = page_5000
    page.wake()
    rows = [(row * 1013 + 7) % 5000 for row in range(24)]
    # The clock is the page's own: from the event to the voice.
    code = """(async (rows) => {
        const map = document.getElementById('map');
        const box = map.getBoundingClientRect();
        const late = [];
        for (const row of rows) {
          const [x, y] = explorer.placeOf(row);
          const since = performance.now();
          const at = { clientX: x + box.left, clientY: y + box.top, pointerType: 'mouse' };
          map.dispatchEvent(new PointerEvent('pointermove', at));
          while (explorer.state.started.at(-1)?.row !== row && performance.now() - since < 1000) {
            await new Promise((done) => setTimeout(done, 2));
          }
          late.push(performance.now() - since);
        }
        return late;
      })(arguments[0])"""
    cold = np.sort(page.window.wait(code, rows))
    warm = np.sort(page.window.wait(code, rows))
    shares = [f"{np.mean(times < 150):.0%} (median {np.median(times):.0f} ms)" for times in (cold, warm)]
    print("within 150 ms, cold and warm:", *shares)
    assert np.median(cold) < 400
    assert np.median(warm) < 200


def test_a_sweep_loads_what_it_nears_and_leaves_the_rest(page_5000):
    page = page_5000
    page.wake()
    code = """(async (ends) => {
        const map = document.getElementById('map');
        for (let n = 0; n <= 60; n++) {
          const [clientX, clientY] = ends[0].map((from, k) => from + ((ends[1][k] - from) * n) / 60);
          map.dispatchEvent(new PointerEvent('pointermove', { clientX, clientY, pointerType: 'mouse' }));
          await new Promise((done) => setTimeout(done, 4));
        }
      })(arguments[0])"""
    page.window.wait(code, [page.place(0), page.place(4999)])
    page.window.until("explorer.state.loading === 0")
    assert page.started(4999)
    tracks = page.state("tracks")
    assert 0 < len(tracks) < 313 / 2
    # What lies about the pointer's last place is there, whatever was left behind on the way.
    for row in (4998, 4919, 4918):
        assert page.window.run("return explorer.trackOf(arguments[0])", row) in tracks


def test_decoded_sound_stays_within_its_budget(scripts):
    code = """(async () => {
        const samples = { about: { rate: 48000, mark: 2400 } };
        const tracks = new Tracks(samples);
        const half = { buffer: { length: 70 * 2 ** 20 / 4 }, shift: 0 };
        tracks.keep(1, half); tracks.keep(2, half); tracks.keep(3, half);
        return [[...tracks.ready.keys()], tracks.bytes];
      })()"""
    assert scripts.wait(code) == [[3], 70 * 2**20]


def level_db(values):
    return 20 * np.log10(np.sqrt(np.mean(np.square(values))))


def test_levels_are_even_unless_they_are_not_to_be(page_600):
    page = page_600
    page.wake()
    page.set("volume", "100")
    page.load(*range(5))
    # Each voice's highest amplitude as it leaves the page.
    code = """(async () => {
        document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter' }));
        let most = 0;
        const since = performance.now(), over = () => most > 0 && !explorer.state.voices.length;
        while (!over() && performance.now() - since < 20000) {
          await new Promise((done) => setTimeout(done, 5));
          most = Math.max(most, explorer.loudest());
        }
        return most;
      })()"""
    loud = {}
    for even in (True, False):
        if not even:
            page.press("even")
        # The gain of each voice is what brings its level, in the file, to -16 dBFS; a sine's is 3.01 dB below its peak.
        for row, peak_db in enumerate(LEVELS_DB):
            page.sweep([row + 30, row])
            voice = page.started(row)
            wanted = 10 ** ((-16 - (peak_db - 3.01)) / 20) if even else 1
            assert voice["level"] == pytest.approx(wanted, rel=0.02)
        page.window.until("!explorer.state.voices.length && explorer.loudest() === 0")
        loud[even] = page.window.wait(code)
    # The codec is true to a level within 2 dB, for a tone as soft as this one.
    assert loud[True] == pytest.approx(10 ** ((-16 + 3.01) / 20), rel=0.3)
    assert loud[False] == pytest.approx(10 ** (-42 / 20), rel=0.3)
    assert page.window.until("/even=0/.test(location.hash)")


def test_nothing_is_above_full_scale(scripts):
    """Many loud voices at once at the highest volume, through the page's own way out, rendered."""
    code = """(async (peaks) => {
        const context = new OfflineAudioContext(1, 48000, 48000);
        const output = new Output(context, 1);
        for (const [n, peak] of peaks.entries()) {
          const tone = new OscillatorNode(context, { frequency: 200 + 37 * n });
          tone.connect(new GainNode(context, { gain: peak })).connect(output.entry);
          tone.start(n < 2 ? 0 : 0.25);
        }
        return Array.from((await context.startRendering()).getChannelData(0));
      })(arguments[0])"""
    loud = np.array(scripts.wait(code, [1.0] * 20))
    assert 0.7 < np.abs(loud).max() < 1.0
    # One that needs no limit comes out as it went in.
    soft = np.array(scripts.wait(code, [0.5]))
    assert np.abs(soft[2400:]).max() == pytest.approx(0.5, rel=0.01)
