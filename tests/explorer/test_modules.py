"""The page's modules that need no page, in Node: steps of paths and patterns, pads, files, what the pointer nears."""

import io
import json
import shutil
import subprocess
import wave
import zipfile

import pytest

from tests.support.media_factory import ROOT

NODE = shutil.which("node")
MODULES = (
    "samples", "columns", "colours", "filters", "layout", "camera", "near", "permalink", "schedule", "paths", "pads",
    "wav", "zip", "takeaway", "output", "labels", "keys",
)  # fmt: skip
pytestmark = pytest.mark.skipif(NODE is None, reason="Node.js is not installed")


def evaluate(code):
    """What an expression gives, with all modules there as on the page."""
    source = "\n".join((ROOT / "explorer" / f"{name}.js").read_text("utf-8") for name in MODULES)
    told = f"{source}\nprocess.stdout.write(JSON.stringify((() => {{ {code} }})()));"
    done = subprocess.run([NODE, "-"], input=told, capture_output=True, text=True, encoding="utf-8", timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_steps_of_paths():
    code = """
        const steps = (how, count = 99) => {
          const path = Object.assign(new Path("a", [7, 8, 9], "#000000"), how);
          const found = [];
          for (const step of pathSteps(path, (row) => (row === 8 ? 0 : 0.4), (row) => row / 2, () => 0)) {
            found.push([step.row, step.hits.length, Number(step.after.toFixed(6))]);
            if (found.length === count) break;
          }
          return found;
        };
        return [steps({}), steps({ pace: "own", direction: "backward" }), 
          steps({ direction: "pendulum", loop: true }, 9).map(([row]) => row),
          steps({ pace: "tempo", bpm: 60, perBeat: 2, swing: 0.5 }).map((step) => step[2]),
          steps({ pace: "at" }).map((step) => step[2]),
          steps({ direction: "random" }).map(([row]) => row).sort(), steps({ rows: [], loop: true })];"""
    overlap, own, pendulum, tempo, at, shuffled, empty = evaluate(code)
    assert overlap == [[7, 1, 0.128], [8, 0, 0.01], [9, 1, 0.128]]
    assert own == [[9, 1, 0.4], [8, 0, 0.01], [7, 1, 0.4]]
    assert pendulum == [7, 8, 9, 8, 7, 8, 9, 8, 7]
    assert tempo == [0.75, 0.25, 0.75]
    assert at[:2] == [0.5, 0.5]
    assert shuffled == [7, 8, 9]
    assert empty == []


def test_steps_of_a_pattern():
    code = """
        const pattern = new Pattern();
        pattern.toggle(0, 0); pattern.toggle(3, 1); pattern.toggle(15, 15); pattern.toggle(5, 2); pattern.toggle(5, 2);
        pattern.metronome = true;
        pattern.timing.bpm = 60;
        pattern.timing.swing = 0.2;
        const found = [];
        for (const step of patternSteps(pattern, PADS)) if (found.push(step) === 17) break;
        const again = new Pattern();
        again.read(pattern.text());
        const odd = new Pattern();
        odd.read("1e99.x.1.0zzzz.g1");
        return [found.map((step) => [step.hits, Number(step.after.toFixed(6))]), 
          pattern.text(), again.text(), odd.timing, odd.empty];"""
    found, text, again, odd, empty = evaluate(code)
    assert found[0] == [[{"pad": 0}, {"click": "loud"}], 0.3]
    assert found[1] == [[{"pad": 3}], 0.2]
    assert found[2] == [[], 0.3]
    assert found[4][0] == [{"click": "soft"}]
    assert found[15][0] == [{"pad": 15}]
    assert found[16] == found[0]
    assert again == text == "60.20.1.01.32.f8000"
    assert (odd["bpm"], odd["swing"], empty) == (400, 0, True)


def test_paths_come_back_from_their_text():
    code = """
        const path = Object.assign(new Path("a~b ~", [5, 6, 7, 3, 3, 2], "#0a0b0c"), {
          pace: "tempo", loop: true, swing: 0.25, volume: 1.5, perBeat: 3, bpm: 99.5 });
        return [path, Path.of(path.text(), 8), Path.of("zz~x", 8), Path.of("~overlap~1~1~0~forward~0~1~000000~a", 8),
          Path.of("1~evil~-5~7~9~up~2~99~zzz~<b>", 8), [3, 9, 4].map((count) => path.shift(count, -9))];"""
    path, again, short, empty, odd, _ = evaluate(code)
    assert again == path | {"rows": [5, 6, 7, 3, 3, 2]}
    assert short is None
    assert empty is None
    usual = {
        "pace": "overlap",
        "bpm": 20,
        "perBeat": 4,
        "swing": 0.75,
        "direction": "forward",
        "loop": False,
        "volume": 2,
    }
    assert odd == usual | {"name": "<b>", "rows": [1], "colour": "#e8590c"}


def test_files():
    code = """
        const bytes = (list) => list.map((part) => [...part]).flat();
        return [[...wavBytes([0, 1, -1, 0.5, 2], 8000)], [...wavBytes([0, -0.25, 1], 48000, 24)],
          bytes(zipParts([
            { name: "é/a.txt", bytes: new TextEncoder().encode("abc") },
            { name: "b", bytes: new Uint8Array(0) },
          ], new Date(2026, 10, 28, 21, 5, 6)))];"""
    short, long, pack = (io.BytesIO(bytes(data)) for data in evaluate(code))
    with wave.open(short) as sound:
        assert (sound.getframerate(), sound.getsampwidth(), sound.getnframes()) == (8000, 2, 5)
        frames = sound.readframes(5)
    values = [int.from_bytes(frames[n : n + 2], "little", signed=True) for n in range(0, 10, 2)]
    assert values == [0, 32767, -32767, 16384, 32767]
    with wave.open(long) as sound:
        assert (sound.getframerate(), sound.getsampwidth(), sound.getnframes()) == (48000, 3, 3)
        frames = sound.readframes(3)
    values = [int.from_bytes(frames[n : n + 3], "little", signed=True) for n in range(0, 9, 3)]
    assert values == [0, -2097152, 8388607]
    assert len(long.getvalue()) == 44 + 9 + 1  # chunks are even
    with zipfile.ZipFile(pack) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["é/a.txt", "b"]
        assert archive.read("é/a.txt") == b"abc"
        assert archive.infolist()[0].date_time == (2026, 11, 28, 21, 5, 6)


def test_what_the_pointer_nears():
    code = """
        const all = (make) => Array.from({ length: 400 }, (_, n) => make(n));
        const [x, y] = [all((n) => String(n % 20)), all((n) => String(Math.floor(n / 20)))];
        const about = { rows: 400, columns: ["x", "y"], cells: [{ all: x }, { all: y }] };
        Object.assign(about, { order: all((n) => n), group: 400, rate: 1 });
        Object.assign(about, { track: all((n) => n), at: all(() => 0), length: all(() => 1) });
        const samples = new Samples(about);
        const layout = new Layout(samples, { x: "x", y: "y", grid: true });
        const heading = new Heading();
        heading.add(100, 50, 1000); heading.add(120, 50, 1040);
        return [tracksNear(layout, samples, [layout.centre(210)], 5), heading.after(0.1),
          tracksNear(layout, samples, [[-50, 0]])];"""
    near, ahead, nothing = evaluate(code)
    assert near[0] == 210
    assert set(near[1:]) == {209, 211, 190, 230}
    assert ahead == [170, 50]
    assert nothing == []


def test_keys_that_controls_keep():
    code = """
        const control = (kind) => ({ matches: (selectors) => selectors.split(", ").includes(kind) });
        const kept = (kind, keys) => keys.filter((key) => keepsKey(control(kind), key));
        const keys = ["a", " ", "Enter", "ArrowUp", "Escape"];
        return ["input[type=search]", "input[type=range]", "button", "canvas"].map((kind) => kept(kind, keys));"""
    assert evaluate(code) == [["a", " ", "Enter", "ArrowUp"], ["ArrowUp"], [" ", "Enter"], []]


def test_the_last_stage_never_passes_full_scale():
    loud = evaluate("return [0.5, 0.8, -0.8, 0.9, 1, 2, -50].map(softly)")
    assert loud[:3] == [0.5, 0.8, -0.8]
    assert 0.8 < loud[3] < loud[4] < loud[5] <= 0.99
    assert loud[6] == -0.99
