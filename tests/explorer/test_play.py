"""The page as an instrument: paths, pads, MIDI, steps, recording, and sounds to take away."""

import io
import json
import re
import threading
import wave
import zipfile
from itertools import pairwise

import numpy as np
import pytest

import features_to_audio
from lib.tables.table import read_table

pytestmark = pytest.mark.slow

RATE = 48_000
LENGTH = 0.12
ACROSS = 30


def text_of(page, element):
    return page.window.run("return document.getElementById(arguments[0]).textContent", element)


def choose(page, rows):
    """Select rows, as a link does."""
    shown = ".".join(np.base_repr(row, 36).lower() for row in rows)
    table = page.window.run("return new Samples(explorer.about()).signature()")
    page.window.run("location.hash = arguments[0]", f"table={table}&selected={shown}")
    page.window.until(f"explorer.state.selected.length === {len(rows)}")


def fill_pads(page, *rows):
    """Put samples on the first pads, and load their sounds."""
    choose(page, rows)
    page.window.run("document.getElementById('pads-section').open = true")
    page.press("pad-fill")
    page.load(*rows)


def make_path(page, source, order=""):
    page.set("path-source", source, "change")
    page.set("path-order", order, "change")
    page.press("path-make")
    return page.state("paths")[-1]


def test_a_path_is_drawn(page_600):
    page = page_600
    page.wake()
    page.window.key("n", "KeyN", "n", 78)
    page.window.drag([page.place(2), page.place(6), page.place(66)])
    (path,) = page.state("paths")
    assert path["rows"] == [2, 3, 4, 5, 6, 36, 66]
    assert page.state("chosen") == 0


def played(page, count):
    """The latest `count` voices, when that number has begun and all have ended."""
    page.window.until(f"explorer.state.started.length >= {count} && !explorer.state.playing.length")
    return page.state("started")[-count:]


def test_a_path_plays_as_it_is_set(page_600):
    page = page_600
    page.wake()
    choose(page, [31, 32, 33, 34])
    make_path(page, "selection")
    for value, name in (("tempo", "path-pace"), ("pendulum", "path-direction"), ("4", "path-per-beat")):
        page.set(name, value, "change")
    page.set("path-bpm", "240", "change")
    page.set("path-swing", "40")
    page.set("path-volume", "50")
    page.load(31, 32, 33, 34)
    page.press("path-play")
    voices = played(page, 6)
    assert [voice["row"] for voice in voices] == [31, 32, 33, 34, 33, 32]
    # A sixteenth at 240 beats a minute is 62.5 ms; even steps are 40 % longer, odd ones as much shorter.
    steps = [b["begun"] - a["begun"] for a, b in pairwise(voices)]
    assert steps == pytest.approx([0.0875, 0.0375, 0.0875, 0.0375, 0.0875], abs=1e-6)
    full = page.window.run("return new Samples(explorer.about()).evenGain(31)")
    assert voices[0]["level"] == pytest.approx(0.5 * full)
    page.set("path-pace", "own", "change")
    page.set("path-direction", "backward", "change")
    page.press("path-play")
    voices = played(page, 4)
    assert [voice["row"] for voice in voices] == [34, 33, 32, 31]
    assert [b["begun"] - a["begun"] for a, b in pairwise(voices)] == pytest.approx([LENGTH] * 3, abs=1e-6)


def test_pads_play_by_click_key_and_midi(page_600):
    page = page_600
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
    for pad, (key, code) in {4: ("q", "KeyQ"), 12: ("y", "KeyZ"), 3: ("4", "Digit4")}.items():
        page.window.run("document.getElementById('map').focus()")
        page.window.key(key, code, key)
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


def saved(page, folder, element, name):
    page.window.tell("Page.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
    page.press(element)
    waited = threading.Event()
    for _ in range(400):
        if (folder / name).exists():
            return folder / name
        waited.wait(0.05)
    raise AssertionError(f"{name} never came: {text_of(page, 'status')}")


def wave_values(file):
    with wave.open(file) as sound:
        assert (sound.getnchannels(), sound.getframerate()) == (1, RATE)
        width, data = sound.getsampwidth(), np.frombuffer(sound.readframes(sound.getnframes()), np.uint8)
    data = data.reshape(-1, width).astype(np.int64)
    whole = sum(data[:, n] << (8 * n) for n in range(width))
    return np.where(whole >= 1 << (8 * width - 1), whole - (1 << 8 * width), whole) / (2 ** (8 * width - 1) - 1)


def test_a_recording_is_the_sum_of_its_parts_and_plays_again(page_600, tmp_path, capsys):
    page = page_600
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
    values = wave_values(str(saved(page, tmp_path, "record-wav", "samples_performance.wav")))
    # Each part: its sound, at its time, at its level and the page's volume.
    size = 1 << (len(values) - 1).bit_length()
    hertz = np.fft.rfftfreq(size, 1 / RATE)
    spectrum = np.zeros(len(hertz), complex)
    for part in parts:
        sound = np.array(page.heard(part["row"])["values"])
        sound[: round(0.003 * RATE)] *= np.arange(round(0.003 * RATE)) / round(0.003 * RATE)
        spectrum += (
            0.64
            * part["level"]
            * np.fft.rfft(sound, size)
            * np.exp(-2j * np.pi * hertz * round(part["at"] * RATE) / RATE)
        )
    wanted = np.fft.irfft(spectrum)[: len(values)]
    # The limiter looks ahead some ms, at most 480 samples. Beyond these a periodic sound may look like itself.
    head = wanted[: min(20000, len(values) - 480)]  # (as long as the recording, if it is short)
    lag = int(np.argmax([values[shift : shift + len(head)] @ head for shift in range(480)]))
    rest = values[lag:] - wanted[: len(values) - lag]
    assert np.linalg.norm(rest) < 0.03 * np.linalg.norm(wanted)
    table = saved(page, tmp_path, "record-table", "samples_performance.csv")
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


def test_sounds_are_taken_away_with_their_sources(page_600, tmp_path):
    page = page_600
    choose(page, [0, 300, 599])
    target = saved(page, tmp_path, "download-sounds", "samples_selection.zip")
    with zipfile.ZipFile(target) as pack:
        assert pack.testzip() is None
        names = pack.namelist()
        assert names == [*(f"000{n}_tones_120ms.wav" for n in (1, 2, 3)), "samples.csv", "CREDITS.md"]
        for name, row in zip(names, (0, 300, 599)):
            wanted = np.array(page.heard(row)["values"])
            found = wave_values(io.BytesIO(pack.read(name)))
            assert np.abs(found - wanted).max() <= 1 / 32767
        (tmp_path / "samples.csv").write_bytes(pack.read("samples.csv"))
        assert "- tones.wav: 3 samples" in pack.read("CREDITS.md").decode()
    assert read_table(tmp_path / "samples.csv").frame.equals(page.table.take([0, 300, 599]).frame)


def test_names_of_sounds_are_safe_and_say_what_they_are(scripts):
    columns = {
        "filename": ['../a: "b"/Fünf?*.mp4', "con.wav", "...", "\u202e日本 \n.wav"],
        "note": ["C#", "-", "", "A"],
        "octave": ["4", "-1", "", "2"],
        "class": ["kick/snare", "", "", ""],
    }
    about = {"rows": 4, "columns": list(columns), "cells": [{"all": cells} for cells in columns.values()]}
    about |= {
        "order": [0, 1, 2, 3],
        "track": [0] * 4,
        "at": [0] * 4,
        "length": [4800, 9600, 48, 0],
        "rate": RATE,
        "group": 256,
    }
    code = (
        "const s = new Samples(JSON.parse(arguments[0])); return [0, 1, 2, 3].map((row) => soundName(s, row, row + 41))"
    )
    assert scripts.run(code, json.dumps(about)) == [
        "0042_Funf_C#4_100ms_kick-snare.wav", "0043_con_200ms.wav", "0044_1ms.wav", "0045_日本_A2_0ms.wav",
    ]  # fmt: skip


def test_on_a_phone_every_control_is_large_enough(closed_600):
    page = closed_600.open(width=390, height=844, ratio=2, phone=True)
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


def test_a_link_is_followed_though_the_page_writes_its_own_at_that_moment(page_600):
    page = page_600
    choose(page, [7])
    table = page.window.run("return new Samples(explorer.about()).signature()")
    page.window.run(
        "const own = location.hash; location.hash = arguments[0]; history.replaceState(null, '', own)",
        f"table={table}&selected=8.9",
    )
    page.window.until("explorer.state.selected.length === 2")
