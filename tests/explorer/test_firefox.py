"""The page in Firefox: what is drawn, heard, played, recorded and taken away, as in Chromium."""

import base64
import io
import wave
import zipfile

import numpy as np
import pytest

from tests.explorer.conftest import pitch
from tests.support import firefox
from tests.support.explorer_page import Page, one_colour

pytestmark = pytest.mark.slow

RATE = 48_000
# Keeps what the page saves, in place of a download.
KEEP = """window.kept = []; window.save = async (name, parts, type) => {
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    window.kept.push([name, btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ''))]); };"""


@pytest.fixture(scope="module")
def fox():
    lacking = firefox.missing()
    if lacking:
        pytest.skip(f"no Firefox to test the explorer in: {lacking}")
    opened = firefox.Firefox()
    try:
        if not opened.plays():
            pytest.skip("Firefox finds no device to play sound on: apt-get install pulseaudio")
        yield opened
    finally:
        opened.close()


@pytest.fixture
def page(fox, built_600):
    """The page of 600 samples; at the end its console must be empty, and all that was asked for be in its folder."""
    opened = Page(fox, built_600).open()
    yield opened
    said, asked = fox.logs()
    assert said == []
    assert not [a for a in asked if not a.startswith(("blob:", "data:", f"{built_600.as_uri()}/page/"))]


def loudest_hz(values):
    power = np.abs(np.fft.rfft(np.array(values) * np.hanning(len(values)), 1 << 16))
    return power.argmax() * RATE / (1 << 16)


def saved(page, name):
    """What the page has saved under a name."""
    data = page.window.until("(window.kept.find(([name]) => name === arguments[0]) || [])[1]", name)
    return io.BytesIO(base64.b64decode(data))


def test_samples_are_drawn_and_heard(page):
    page.wake()
    for row in (0, 299, 599):
        page.load(row)  # what comes late after the pointer does not sound
        page.hover(row)
        voice = page.started(row)
        assert voice["length"] == pytest.approx(0.12)
        assert loudest_hz(page.heard(row)["values"]) == pytest.approx(pitch(row), abs=8)
        page.window.mouse("Moved", 5, 790)
        page.drawn()
        x, y = (round(value) for value in page.place(row))
        # Below the lines that join what was heard in turn.
        cell = page.window.picture()[y + 6 : y + 9, x - 9 : x - 6].reshape(-1, 3).mean(axis=0)
        wanted = one_colour(np.sin(2 * np.pi * pitch(row) * np.arange(5760) / RATE), RATE, 1, 1)[0, 0]
        assert cell == pytest.approx(wanted, abs=14)


def test_keys_paths_recording_and_downloads(page):
    page.wake()
    page.window.run(KEEP)
    page.window.click(*page.place(70))
    page.load(*range(70, 73), 102)
    page.window.until("!explorer.state.voices.length")
    page.window.key("t")
    assert page.state("recording")
    # One after the other: of sounds that overlap, either may be the loudest.
    for key, row in (("ArrowRight", 71), ("ArrowRight", 72), ("ArrowDown", 102)):
        page.window.key(key)
        page.started(row)
        page.window.until("!explorer.state.voices.length")
    page.window.key("t")
    parts = page.window.run("return explorer.performance()")
    assert [part["row"] for part in parts] == [71, 72, 102]
    page.press("record-wav")
    with wave.open(saved(page, "samples_performance.wav")) as sound:
        assert (sound.getnchannels(), sound.getframerate(), sound.getsampwidth()) == (1, RATE, 3)
        raw = np.frombuffer(sound.readframes(sound.getnframes()), np.uint8).reshape(-1, 3).astype(np.int32)
    values = ((raw[:, 0] << 8 | raw[:, 1] << 16 | raw[:, 2] << 24) >> 8) / (2**23 - 1)
    # Each part at its time, at its level: the limiter looks ahead some ms.
    for part in parts:
        begin = round((part["at"] + 0.02) * RATE)
        assert loudest_hz(values[begin : begin + 3600]) == pytest.approx(pitch(part["row"]), abs=12)
    # A path, drawn.
    page.window.key("n")
    page.window.drag([page.place(2), page.place(6), page.place(66)])
    (path,) = page.state("paths")
    assert path["rows"] == [2, 3, 4, 5, 6, 36, 66]
    page.load(*path["rows"])
    page.window.until("!explorer.state.voices.length")
    page.press("path-play")
    page.window.until("!explorer.state.playing.length && explorer.state.started.at(-1).row === 66")
    assert [voice["row"] for voice in page.state("started")[-7:]] == path["rows"]
    page.press("path-sounds")
    with zipfile.ZipFile(saved(page, "samples_Path-1.zip")) as pack:
        assert pack.testzip() is None
        assert len([name for name in pack.namelist() if name.endswith(".wav")]) == 7
