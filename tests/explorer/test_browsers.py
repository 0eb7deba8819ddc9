"""The page in Chromium and in Firefox, the same tests: what is drawn, heard, played, recorded and taken away."""

import io
import json
import re
import sys
import wave
import zipfile
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest

import features_to_audio
from lib.tables.table import read_table
from tests.explorer.conftest import HEARD_RATE, LEVELS_DB, MANY, choose, loudest_hz, opened, pitch
from tests.support import firefox
from tests.support.explorer_page import one_colour

pytestmark = pytest.mark.slow

LENGTH = 0.12
ACROSS = 30
AXE = Path(sys.prefix) / "npm/node_modules/axe-core/axe.min.js"
ALL_RULES = {"preload": False, "resultTypes": ["violations"]}
COLOUR_RULES = ALL_RULES | {"runOnly": ["color-contrast", "link-in-text-block"]}  # the others look at no colours
RESULT = """({ violations, passes }) => ({
    broken: violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
    kept: passes.map(({ id }) => id) })"""
PHONE = {"width": 390, "height": 844, "ratio": 2, "phone": True}


@pytest.fixture(scope="module")
def fox():
    lacking = firefox.missing()
    if lacking:
        pytest.skip(f"no Firefox to test the explorer in: {lacking}")
    started = firefox.Firefox()
    yield started
    started.close()


@pytest.fixture(scope="module", params=["chromium", "firefox"])
def any_window(request):
    return request.getfixturevalue({"chromium": "window", "firefox": "fox"}[request.param])


@pytest.fixture(scope="module", params=["chromium", "firefox"])
def playing_window(request):
    """A window that can play sound."""
    if request.param == "chromium":
        return request.getfixturevalue("window")
    if lacking := firefox.missing() or firefox.silent():
        pytest.skip(f"no Firefox to play the explorer in: {lacking}")
    found = request.getfixturevalue("fox")
    if not found.plays:
        pytest.skip(f"Firefox finds no device to play sound on: {firefox.NEEDS_DEVICE}")
    return found


@pytest.fixture
def page(playing_window, request):
    # (Where nothing can play, no page is built.)
    yield from opened(playing_window, request.getfixturevalue("built_600"))


@pytest.fixture
def many(playing_window, request):
    yield from opened(playing_window, request.getfixturevalue("built_many"))


@pytest.fixture
def closed(any_window, built_600):
    yield from opened(any_window, built_600, at_once=False)


def make_path(page, source, order=""):
    page.set("path-source", source, "change")
    page.set("path-order", order, "change")
    page.press("path-make")
    return page.state("paths")[-1]


def played(page, rows, steps):
    """Play a path; return its voices. Again if they are others: a busy machine leaves late steps out, or waits."""
    for _ in range(10):
        before = len(page.state("started"))
        page.press("path-play")
        page.window.until("!explorer.state.playing.length")
        voices = page.state("started")[before:]
        found = [b["begun"] - a["begun"] for a, b in pairwise(voices)]
        if [voice["row"] for voice in voices] == rows and found == pytest.approx(steps, abs=1e-6):
            return voices
    raise AssertionError(f"not {rows} after {steps} s each, but {voices}")


def wave_values(file):
    with wave.open(file) as sound:
        assert (sound.getnchannels(), sound.getframerate()) == (1, HEARD_RATE)
        width, data = sound.getsampwidth(), np.frombuffer(sound.readframes(sound.getnframes()), np.uint8)
    data = data.reshape(-1, width).astype(np.int64)
    whole = sum(data[:, n] << (8 * n) for n in range(width))
    return np.where(whole >= 1 << (8 * width - 1), whole - (1 << 8 * width), whole) / (2 ** (8 * width - 1) - 1)


def test_the_first_the_middle_and_the_last_are_drawn_and_heard(page):
    page.open(width=900, height=700)
    page.wake()
    rows = (0, 299, 599)
    for row in rows:
        page.load(row)  # what comes late after the pointer does not sound
        page.hover(row)
        voice = page.started(row)
        assert loudest_hz(page.heard(row)["values"]) == pytest.approx(pitch(row), abs=8)
        assert voice["length"] == pytest.approx(LENGTH)
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
        cell = page.window.picture((x - 3, y - 3, 7, 7)).reshape(-1, 3).mean(axis=0)
        times = np.arange(5760) / HEARD_RATE
        wanted = one_colour(np.sin(2 * np.pi * pitch(row) * times), HEARD_RATE, 1, 1)[0, 0]
        assert cell == pytest.approx(wanted, abs=14)


def test_a_sweep_loads_what_it_nears_and_leaves_the_rest(many):
    page = many
    page.wake()
    code = """(async (ends) => {
        const map = document.getElementById('map');
        for (let n = 0; n <= 60; n++) {
          const [clientX, clientY] = ends[0].map((from, k) => from + ((ends[1][k] - from) * n) / 60);
          map.dispatchEvent(new PointerEvent('pointermove', { clientX, clientY, pointerType: 'mouse' }));
          await new Promise((done) => setTimeout(done, 4));
        }
      })(arguments[0])"""
    page.window.wait(code, [page.place(0), page.place(MANY - 1)])
    page.window.until("explorer.state.loading === 0")
    assert page.started(MANY - 1)
    tracks = page.state("tracks")
    assert 0 < len(tracks) < MANY / 16 / 2
    # What lies about the pointer's last place is there, whatever was left behind on the way.
    for row in (MANY - 2, MANY - 65, MANY - 66):
        assert page.window.run("return explorer.trackOf(arguments[0])", row) in tracks


def test_levels_are_even_unless_they_are_not_to_be(page):
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


def test_nothing_is_above_full_scale(closed):
    """Many loud voices at once at the highest volume, through the page's own way out, rendered."""
    code = """(async (peaks) => {
        const context = new OfflineAudioContext(1, 48000, 48000);
        const output = new Output(context, 1);
        for (const [n, peak] of peaks.entries()) {
          const tone = new OscillatorNode(context, { frequency: 200 + 37 * n });
          tone.connect(new GainNode(context, { gain: peak })).connect(output.entry);
          tone.start(n < 2 ? 0 : 0.25);
        }
        const values = (await context.startRendering()).getChannelData(0).map(Math.abs);
        return [values, values.subarray(2400)].map((some) => some.reduce((most, value) => Math.max(most, value)));
      })(arguments[0])"""
    window = closed.open().window
    loud, _ = window.wait(code, [1.0] * 20)
    assert 0.7 < loud < 1.0
    # One that needs no limit comes out as it went in.
    _, soft = window.wait(code, [0.5])
    assert soft == pytest.approx(0.5, rel=0.01)


def test_a_click_plays_and_moves_the_focus_to_the_map(page):
    page.window.run("document.getElementById('search').focus()")
    page.window.click(*page.place(9))
    assert page.started(9)["length"] > 0
    assert page.state("pinned") == -1
    assert page.window.run("return document.activeElement.id") == "map"
    page.window.key("ArrowRight")
    assert page.state("current") == 10
    # Pinning is an act of its own.
    page.window.double_click(*page.place(9))
    page.window.until("explorer.state.pinned === 9")
    page.hover(30)
    page.window.until("explorer.state.panel === 30")
    page.window.mouse("Moved", 20, 10)
    page.window.until("explorer.state.panel === 9")


def test_keys_work_after_the_button_that_turns_the_sound_on(page):
    page.wake()
    page.window.key("ArrowRight")
    page.window.key("ArrowRight")
    rows = page.state("trail")
    page.load(*rows)
    page.window.until("!explorer.state.voices.length")
    before = len(page.state("started"))
    page.window.key(" ", "Space", " ", 32)
    page.window.until(f"explorer.state.started.length === {before + 2}")
    assert [voice["row"] for voice in page.state("started")[before:]] == rows


def test_a_control_keeps_its_own_keys(page):
    page.wake()
    page.hover(3)
    page.window.until("explorer.state.current === 3")
    page.window.run("document.getElementById('search').focus()")
    for key in ("m", " ", "p"):
        page.window.key(key, text=key)
    assert page.window.run("return document.getElementById('search').value") == "m p"
    assert page.state("pinned") == -1
    assert page.state("playing") == []
    page.window.run("document.getElementById('volume').focus()")
    page.window.key("ArrowLeft", number=37)
    assert page.window.run("return document.getElementById('volume').value") == "79"
    page.window.run(
        "const even = document.getElementById('even'); even.focus();"
        "window.addEventListener('keydown', (event) => { window.left = !event.defaultPrevented; })"
    )
    page.window.key(" ", "Space", " ", 32)
    assert page.window.run("return window.left")
    # Without a window, Firefox does not press what a key is for.
    assert page.state("even") == (page.window.name == "Firefox")
    assert page.state("playing") == []


def test_a_path_is_drawn_and_taken_away(page, tmp_path):
    page.wake()
    page.window.key("n", "KeyN", "n", 78)
    page.window.drag([page.place(2), page.place(6), page.place(66)])
    (path,) = page.state("paths")
    assert path["rows"] == [2, 3, 4, 5, 6, 36, 66]
    assert page.state("chosen") == 0
    with zipfile.ZipFile(page.saved(tmp_path, "path-sounds", "samples_Path-1.zip")) as pack:
        assert pack.testzip() is None
        assert len([name for name in pack.namelist() if name.endswith(".wav")]) == 7


def test_a_path_plays_as_it_is_set(page):
    page.wake()
    choose(page, [31, 32, 33, 34])
    make_path(page, "selection")
    for value, name in (("tempo", "path-pace"), ("pendulum", "path-direction"), ("4", "path-per-beat")):
        page.set(name, value, "change")
    page.set("path-bpm", "240", "change")
    page.set("path-swing", "40")
    page.set("path-volume", "50")
    page.load(31, 32, 33, 34)
    # A sixteenth at 240 beats a minute is 62.5 ms; even steps are 40 % longer, odd ones as much shorter.
    voices = played(page, [31, 32, 33, 34, 33, 32], [0.0875, 0.0375, 0.0875, 0.0375, 0.0875])
    full = page.window.run("return new Samples(explorer.about()).evenGain(31)")
    assert voices[0]["level"] == pytest.approx(0.5 * full)
    page.set("path-pace", "own", "change")
    page.set("path-direction", "backward", "change")
    played(page, [34, 33, 32, 31], [LENGTH] * 3)


def test_pads_play_by_click_key_and_midi(page):
    page.wake()
    page.window.run("document.getElementById('pads-section').open = true")
    choose(page, list(range(40, 56)))
    page.press("pad-fill")
    page.window.run("document.querySelectorAll('.pad')[2].scrollIntoView({block: 'center'})")
    box = page.window.run(
        "const b = document.querySelectorAll('.pad')[2].getBoundingClientRect(); return [b.x + 9, b.y + 9]"
    )
    page.window.click(*box)
    assert page.started(42)
    assert page.state("struck") == [2]
    # By place, whatever letter the keyboard has there.
    struck = "document.getElementById('map').dispatchEvent(new KeyboardEvent('keydown', arguments[0]))"
    for pad, (key, code) in {4: ("q", "KeyQ"), 12: ("y", "KeyZ"), 3: ("4", "Digit4")}.items():
        page.window.run(struck, {"key": key, "code": code, "bubbles": True})
        assert page.started(40 + pad)
    page.window.run(
        "window.input = {name: 'Synthetic'};"
        "navigator.requestMIDIAccess = async () => ({inputs: new Map([['1', window.input]])});"
        "document.getElementById('midi').click()"
    )
    page.window.until("document.getElementById('midi-names').textContent === 'Synthetic'")
    send = "window.input.onmidimessage({data: new Uint8Array(arguments[0])})"
    page.window.run(send, [0x90, 36 + 7, 127])
    loud = page.started(47)["level"]
    page.window.run(send, [0x80, 36 + 8, 64])  # a key is let go
    page.window.run(send, [0x90, 36 + 8, 0])  # the same, as many instruments say it
    page.window.run(send, [0xB0, 36 + 8, 64])  # a controller
    page.window.until("!explorer.state.voices.length")
    page.window.run(send, [0x93, 36 + 7, 64])
    page.window.until("explorer.state.struck.filter((pad) => pad === 7).length === 2")
    assert page.state("started")[-1]["level"] == pytest.approx(loud * 64 / 127)
    assert 8 not in page.state("struck")
    # Pad 1 learns a note that pad 8 had.
    page.press("midi-learn")
    page.window.run("document.querySelectorAll('.pad')[0].click()")
    page.window.run(send, [0x90, 36 + 7, 99])
    page.window.run(send, [0x90, 36 + 7, 99])
    assert page.started(40)
    assert page.state("notes")[0] == 43
    assert page.state("notes")[7] == -1


def test_a_recording_is_the_sum_of_its_parts_and_plays_again(page, tmp_path, capsys):
    page.wake()
    page.hover(70)
    page.window.until("explorer.state.current === 70")
    page.load(*range(70, 75), *range(100, 105))
    page.window.until("!explorer.state.voices.length")
    page.window.key("t", "KeyT", "t", 84)
    assert page.state("recording")
    for key in ("Enter", "ArrowRight", "ArrowRight", "ArrowDown", "Enter"):
        page.window.key(key)
    page.window.until("!explorer.state.voices.length")
    page.window.run("document.getElementById('map').focus()")
    page.window.key("t", "KeyT", "t", 84)
    assert not page.state("recording")
    parts = page.window.run("return explorer.performance()")
    assert [part["row"] for part in parts] == [70, 71, 72, 102, 102]
    values = wave_values(str(page.saved(tmp_path, "record-wav", "samples_performance.wav")))
    # Each part: its sound, at its time, at its level and the page's volume.
    size = 1 << (len(values) - 1).bit_length()
    hertz = np.fft.rfftfreq(size, 1 / HEARD_RATE)
    spectrum = np.zeros(len(hertz), complex)
    for part in parts:
        sound = np.array(page.heard(part["row"])["values"])
        sound[: round(0.003 * HEARD_RATE)] *= np.arange(round(0.003 * HEARD_RATE)) / round(0.003 * HEARD_RATE)
        spectrum += (
            0.64
            * part["level"]
            * np.fft.rfft(sound, size)
            * np.exp(-2j * np.pi * hertz * round(part["at"] * HEARD_RATE) / HEARD_RATE)
        )
    wanted = np.fft.irfft(spectrum)[: len(values)]
    # The limiter looks ahead some ms, at most 480 samples. Beyond these a periodic sound may look like itself.
    head = wanted[: min(20000, len(values) - 480)]  # (as long as the recording, if it is short)
    lag = int(np.argmax([values[shift : shift + len(head)] @ head for shift in range(480)]))
    rest = values[lag:] - wanted[: len(values) - lag]
    assert np.linalg.norm(rest) < 0.03 * np.linalg.norm(wanted)
    table = page.saved(tmp_path, "record-table", "samples_performance.csv")
    found = read_table(table)
    assert found.columns[:3] == ["at", "volume", "dur"]
    assert found.all_numbers("at") == pytest.approx([1000 * part["at"] for part in parts], abs=0.001)
    assert found.text("start") == [page.table.text("start")[part["row"]] for part in parts]
    # A volume is a gain of 20 ln(volume) dB there.
    assert 10 ** np.log(found.all_numbers("volume")) == pytest.approx([0.64] * 5, rel=1e-3)
    media = page.folder / "media"
    flags = [
        "-in",
        table,
        "-dir",
        media,
        "-order",
        "at",
        "-left",
        0,
        "-right",
        0,
        "-rvb",
        0,
        "-out",
        tmp_path / "a.wav",
    ]
    assert features_to_audio.main([str(flag) for flag in flags]) == 0
    seconds = parts[-1]["at"] + LENGTH
    said = capsys.readouterr().out
    assert float(re.search(r"a\.wav: (\S+) s", said)[1]) == pytest.approx(seconds, abs=0.002)


def test_sounds_are_taken_away_with_their_sources(closed, tmp_path):
    page = closed.open()
    choose(page, [0, 300, 599])
    target = page.saved(tmp_path, "download-sounds", "samples_selection.zip")
    with zipfile.ZipFile(target) as pack:
        assert pack.testzip() is None
        names = pack.namelist()
        assert names == [*(f"000{n}_tones_120ms.wav" for n in (1, 2, 3)), "samples.csv", "CREDITS.md"]
        for name, row in zip(names[:3], (0, 300, 599), strict=True):
            wanted = np.array(page.heard(row)["values"])
            found = wave_values(io.BytesIO(pack.read(name)))
            assert np.abs(found - wanted).max() <= 1 / 32767
        (tmp_path / "samples.csv").write_bytes(pack.read("samples.csv"))
        assert "- tones.wav: 3 samples" in pack.read("CREDITS.md").decode()
    assert read_table(tmp_path / "samples.csv").frame.equals(page.table.take([0, 300, 599]).frame)


def test_on_a_phone_every_control_is_large_enough(closed):
    page = closed.open(**PHONE)
    choose(page, [1, 2])
    page.window.run("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    page.window.run("document.getElementById('path-make').click()")
    code = """const own = (e) => (e.matches('input[type=radio], .chip input') ? e.closest('label') : e);
        return [...document.querySelectorAll('button, select, summary, input')]
        .map((e) => [e.id || e.className || e.textContent, own(e)])
        .map(([name, e]) => [name, e.getBoundingClientRect()]).filter(([, b]) => b.width)
        .filter(([, b]) => b.height < 43.5 || b.width < 43.5).map(([name, b]) => [name, b.width, b.height])"""
    assert page.window.run(code) == []
    for element in ("volume", "play-all", "record"):
        assert page.window.run("return document.getElementById(arguments[0]).offsetHeight", element) >= 44
    assert page.window.run("return document.documentElement.scrollWidth") <= 390


def test_fingers(closed):
    page = closed.open(**PHONE)
    row = 10 * ACROSS + 14
    x, y = page.place(row)
    page.window.touch("Start", (x, y))
    page.window.touch("End")
    page.window.until(f"explorer.state.current === {row}")
    view = page.state("view")
    page.window.touch("Start", (x - 20, y), (x + 20, y))
    page.window.touch("Move", (x - 40, y), (x + 40, y))
    page.window.touch("Move", (x - 60, y), (x + 60, y))
    page.window.touch("End")
    assert page.state("view")["scale"] == pytest.approx(3 * view["scale"], rel=0.05)
    here = page.place(row)
    page.window.touch("Start", (x, y))
    page.window.touch("Move", (x - 15, y + 10))
    page.window.touch("Move", (x - 50, y + 20))
    page.window.touch("End")
    assert page.place(row) == pytest.approx([here[0] - 50, here[1] + 20], abs=1)
    assert page.state("current") == row


def test_a_tap_wakes_the_sound_and_plays(playing_window, built_600):
    for page in opened(playing_window, built_600, at_once=False):
        page.open(**PHONE)
        page.window.touch("Start", page.place(314))
        page.window.touch("End")
        assert page.started(314)["length"] == pytest.approx(LENGTH)
        assert page.state("sound") == "running"


def shade(window, name):
    """Have pages light or dark, and colours change at once, where the browser can be told; return whether they are."""
    if window.name == "Firefox":  # it is told once, before it starts
        return name == "light"
    calm = {"name": "prefers-reduced-motion", "value": "reduce"}
    window.tell("Emulation.setEmulatedMedia", features=[calm, {"name": "prefers-color-scheme", "value": name}])
    return True


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed: make lint installs it where npm is")
@pytest.mark.parametrize("phone", [False, True])
def test_no_rule_of_accessibility_is_broken(closed, phone):
    page = closed
    try:
        page.open(as_built=not phone, **(PHONE if phone else {}))
        page.window.run("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        page.set("colour", str(page.table.columns.index("kind")), "change")
        page.window.click(*page.place(9))
        page.window.run("document.getElementById('path-source').value = 'filters'")
        page.window.run("document.getElementById('path-make').click()")
        page.window.run(AXE.read_text("utf-8"))
        for name, rules, least in (("light", ALL_RULES, 20), ("dark", COLOUR_RULES, 0)):
            if not shade(page.window, name):
                continue
            page.drawn()
            told = page.window.wait(f"axe.run({json.dumps(rules)}).then({RESULT})")
            assert told["broken"] == []
            assert len(told["kept"]) > least
            assert "color-contrast" in told["kept"]
    finally:
        if page.window.name == "Chromium":
            page.window.tell("Emulation.setEmulatedMedia", features=[])
