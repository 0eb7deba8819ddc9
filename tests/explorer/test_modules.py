"""The page's modules that need no page, in Node: steps of paths and patterns, pads, files, what the pointer nears."""

import io
import struct
import wave
import zipfile

import pytest

from tests.support.node import NODE, evaluate

pytestmark = pytest.mark.skipif(NODE is None, reason="Node.js is not installed")


def test_numbers_that_are_typed_stay_in_their_range():
    code = "return ['300', '19', 1e9, '', ' ', 'x', NaN, null].map((typed) => bounded(typed, 20, 300, 120))"
    assert evaluate(code) == [300, 20, 300, 120, 120, 120, 120, 120]


def test_counts_have_their_nouns():
    code = 'return [0, 1, 2, 16384].map((count) => counted(count, "sample"))'
    assert evaluate(code) == ["0 samples", "1 sample", "2 samples", "16384 samples"]


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


def test_names_of_groups_are_whole_where_their_groups_are_on_the_screen():
    code = """
        const camera = Object.assign(new Camera(), { x: 50, y: 50, scale: 1, width: 100, height: 100 });
        const at = (text, x, y = 50) => ({ text, x, y });
        const width = (text) => 10 * text.length;
        const places = (...all) => apart(all, camera, width).map((l) => [l.text, l.px, l.left, l.right]);
        return [places(at("abcd", 0)), places(at("abcd", 100)), places(at("abcd", 3)), places(at("abcd", 97)), places(
          at("abcd", 50)), places(at("abcd", -1)),
          places(at("abcd", 101)), places(at("abcdefghijkl", 90)),
          places(at("ab", 2), at("cd", 20), at("ef", 60)).map(([text]) => text)];"""
    first, last, left, right, middle, beyond, after, wide, free = evaluate(code)
    assert (first, last) == (left, right)
    assert left == [["abcd", 26, 6, 46]]
    assert right == [["abcd", 74, 54, 94]]
    assert middle == [["abcd", 50, 30, 70]]
    assert beyond == [["abcd", -1, -21, 19]]
    assert after == [["abcd", 101, 81, 121]]
    assert wide == [["abcdefghijkl", 66, 6, 126]]  # its beginning can be read
    assert free == ["ab", "ef"]  # where the first has been moved to, there is no room for the second


def test_a_column_is_numeric_if_nine_in_ten_of_its_filled_cells_are():
    code = """
        const cells = { half: [1, 2, "", " ", "", "", 3, 4, "", ""], ten: [1, 2, 3, 4, 5, 6, 7, 8, 9, "x"],
          nine: [1, 2, 3, 4, 5, 6, 7, 8, "x", ""], none: Array(10).fill(""), words: Array(10).fill("x") };
        const columns = Object.keys(cells);
        const all = columns.map((name) => ({ all: cells[name].map(String) }));
        const samples = new Samples({ rows: 10, columns, cells: all, order: [] });
        return columns.filter((name) => samples.isNumeric(name));"""
    assert evaluate(code) == ["half", "ten"]


def test_bad_parts_of_a_link_are_left_out():
    code = """
        const samples = { rows: 9, text: () => ["a.wav", "b.wav"], has: (name) => name === "hz", signature: () => "t" };
        const read = (text) => {
          const filters = { file: "", only: null, search: "", off: new Map([["note", new Set()]]),
            words: new Map([["title", ""]]), ranges: new Map([["hz", [0, STEPS]]]), clear() {} };
          const { view, colour, pinned, selected, paths } = readLink(text, samples, filters);
          return { view, colour, pinned, selected: [...selected], paths: paths.length, file: filters.file,
            off: [...filters.off.get("note")], hz: filters.ranges.get("hz"), only: [...filters.only] };
        };
        return [read("view=1,2,3&file=b.wav&hz=2,2&colour=hz&table=t&pin=3&not-note=[%22C%22]&only=0.2"),
          ...["view=1,2", "view=1,2,0", "view=1,x,3", "file=c.wav", "hz=5,2", "hz=-1,5", `hz=0,${STEPS + 1}`, "hz=3",
            "colour=clarity", "table=u&pin=3", "table=t&pin=-1", "not-note=[1]", "not-note={", "only=x.-1"].map(read),
          read(""), STEPS];"""
    good, *bad, nothing, steps = evaluate(code)
    assert good == {
        "view": [1, 2, 3], "colour": "hz", "pinned": 3, "selected": [], "paths": 0, "file": "b.wav", "off": ["C"],
        "hz": [2, 2], "only": [0, 2],
    }  # fmt: skip
    assert nothing == {
        "view": None, "colour": "", "pinned": -1, "selected": [], "paths": 0, "file": "", "off": [], "hz": [0, steps],
        "only": [],
    }  # fmt: skip
    assert bad == [nothing] * 14


def test_a_link_has_the_ranges_that_leave_something_out():
    code = """
        const layout = { way: { x: "a", y: "b" } };
        const state = { layout, camera: { x: 0, y: 0, scale: 1, fitted: () => 1 }, colours: {}, even: true, pinned: -1,
          selected: new Set(), paths: [], instrument: {} };
        return [[0, STEPS], [1, STEPS], [0, STEPS - 1], [3, 3]].map((range) => {
          const filters = { search: "", file: null, off: new Map(), words: new Map(), only: new Set(),
            ranges: new Map([["hz", range]]) };
          return new URLSearchParams(writeLink({ signature: () => "t" }, state, filters)).get("hz");
        }).concat(STEPS);"""
    none, *ranges, steps = evaluate(code)
    assert none is None
    assert ranges == [f"1,{steps}", f"0,{steps - 1}", "3,3"]


def test_few_integers_have_an_entry_each_and_others_share_five():
    code = """
        const by = (...values) => {
          const samples = { isNumeric: () => true, numbers: () => Float64Array.from(values) };
          const colours = new Colours(samples, "cluster");
          const rows = values.map((_, row) => colours.entryOf(row));
          return [colours.legend.map((entry) => entry.text), rows, colours.legend.map(({ colour }) => colour)];
        };
        return [by(6, 1, NaN, 2, 6), by(1, 2.5), by(...Array.from({ length: 13 }, (_, n) => n)), by(3, 3)];"""
    few, fractions, many, one = evaluate(code)
    assert few[:2] == [["1", "2", "6"], [2, 0, -1, 1, 2]]
    assert few[2] == ["rgb(68,1,84)", "rgb(61,66,128)", "rgb(253,231,37)"]  # (a fifth of the way: 0.8 of a step)
    assert fractions[:2] == [["1", "1.375", "1.75", "2.125", "2.5"], [0, 4]]
    assert many[0] == ["0", "3", "6", "9", "12"]
    assert one[:2] == [["3"], [0, 0]]


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
          Path.of("1~evil~-5~7~9~up~2~99~zzz~<b>", 8),
          ["", "0", "x", "-1", "0.5"].map((swing) => Path.of(`1~tempo~60~4~${swing}~forward~0~1~000000~a`, 8).swing),
          [3, 9, 4].map((count) => path.shift(count, -9))];"""
    path, again, short, empty, odd, swings, _ = evaluate(code)
    assert swings == [0, 0, 0, 0, 0.5]
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
    # Integers, channels, rate, bytes a second and a frame, bits.
    heads = [struct.unpack("<4sI4s4sIHHIIHH4sI", file.getvalue()[:44]) for file in (short, long)]
    assert heads[0] == (b"RIFF", 46, b"WAVE", b"fmt ", 16, 1, 1, 8000, 16_000, 2, 16, b"data", 10)
    assert heads[1] == (b"RIFF", 46, b"WAVE", b"fmt ", 16, 1, 1, 48_000, 144_000, 3, 24, b"data", 9)
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
        heading.add(100, 50, 1000); heading.add(120, 60, 1040);
        const still = new Heading();
        still.add(7, 8, 1000);
        return [tracksNear(layout, samples, [layout.centre(210)], 5), heading.after(0.1),
          tracksNear(layout, samples, [[-50, 0]]), tracksNear(layout, samples, [layout.centre(210)]).length,
            still.after(1),
          tracksNear(layout, samples, [layout.centre(210)], 999).length, tracksNear(layout, samples, [layout.centre(
            210), layout.centre(216)])];"""
    near, ahead, nothing, most, still, all_, two = evaluate(code)
    assert near[0] == 210
    assert set(near[1:]) == {209, 211, 190, 230}
    assert ahead == [170, 85]
    assert still == [7, 8]
    assert all_ == 8 * 8  # bins of a cell that three cells about the middle of one reach into, and those before them
    assert (two[0], sorted(two[1:6])) == (210, [190, 209, 211, 216, 230])  # what is ahead counts most
    assert nothing == []
    assert most == 12  # of all within three cells


LOOPS = """
        globalThis.matchMedia = () => ({ matches: false });
        globalThis.VideoDecoder = function () {};
        const all = (make) => Array.from({ length: 60 }, (_, n) => make(n));
        const about = { rows: 60, columns: [], cells: [], order: all((n) => n), group: 32, across: 8, rate: 1 };
        about.cell = [96, 72];
        Object.assign(about, { track: all((n) => Math.floor((n % 32) / 5)), at: all(() => 0), length: all(() => 1) });
        Object.assign(about, { shown: all((n) => (n === 3 ? 2 : 1)), loop: { width: 288, height: 216, step: 80 } });
        const loops = new Loops(new Samples(about));
"""


def test_frames_of_a_loop_go_there_and_back():
    assert evaluate("return [1, 2, 4].map((n) => [0, 1, 2, 3, 4, 5, 6, 7].map((step) => frameOf(step, n)))") == [
        [0] * 8, [0, 1] * 4, [0, 1, 2, 3, 2, 1, 0, 1],
    ]  # fmt: skip


def test_films_move_while_they_sound_and_for_a_while():
    code = """
        const moving = (rows, now) => { loops.sound(rows, now); return [...loops.moves.keys()]; };
        const found = [moving([7, 3], 1000), moving([7, 8], 1500), moving([], 2690), moving([], 2710)];
        loops.whole.set(7, ["a", "b", "c"]);
        const drawn = [];
        const context = { drawImage: (frame) => drawn.push(frame) };
        const draw = (still, now) => loops.draw(context, 7, 0, 0, 4, 3, still, now);
        found.push([draw(false, 0), draw(true, 0)]);
        loops.sound([7], 5000);
        for (const now of [5000, 5079, 5080, 5170, 5250, 5330]) draw(false, now);
        loops.calm.matches = true;
        return [...found, drawn, moving([9], 9000)];"""
    *moves, still, drawn, calm = evaluate(LOOPS + code)
    assert moves == [[7], [7, 8], [7, 8], []]
    assert still == [False, True]
    assert drawn == ["a", "a", "a", "b", "c", "b", "a"]
    assert calm == []


def test_loops_stay_within_their_budget():
    """A frame of 288 x 216 takes 249 kB; there are 64 MB for loops, and 32 for first frames."""
    code = """
        let closed = 0;
        const bitmap = () => ({ close: () => { closed += 1; } });
        for (let row = 0; row < 60; row++) loops.keep(row, Array.from({ length: 12 }, bitmap), true);
        const whole = [...loops.whole.keys()];
        const gone = closed;
        for (let row = 0; row < 300; row++) loops.keep(row, [bitmap()], false);
        loops.next = () => {};
        loops.want("whole", Array.from({ length: 50 }, (_, row) => row));
        return [whole, loops.bytes, gone, loops.first.size, closed - gone, loops.wishes.whole];"""
    whole, held, gone, first, closed, wishes = evaluate(LOOPS + code)
    frame = 4 * 288 * 216
    most = 64 * 2**20 // (12 * frame)
    assert whole == list(range(60 - most, 60))
    assert held == most * 12 * frame
    assert gone == (60 - most) * 12
    assert first == 32 * 2**20 // frame
    assert closed == 300 - first
    assert wishes == [row for row in range(50) if row != 3][:most]  # row 3 has no film


def test_loops_are_asked_for_in_order_and_once():
    code = """
        const order = [];
        const waiting = [];
        loops.load = (row, whole) => {
          order.push([row, whole]);
          return new Promise((done) => { waiting.push(done); });
        };
        loops.want("first", [1, 2, 3, 4]);
        loops.want("whole", [9, 8, -1]);
        const begun = [...order];
        waiting.forEach((done) => done());
        return new Promise((done) => { setTimeout(() => done([begun, order]), 5); });"""
    begun, order = evaluate(LOOPS + code)
    assert begun == [[1, False], [2, False]]
    assert order[2:] == [[9, True], [8, True]]


def test_one_decoder_decodes_one_loop_after_the_other():
    """Until it fails: then there is another one, and who waited is told."""
    code = """
        const made = [];
        const log = [];
        globalThis.EncodedVideoChunk = class { constructor(values) { Object.assign(this, values); } };
        globalThis.createImageBitmap = async (frame) => frame.name;
        globalThis.VideoDecoder = class {
          constructor(told) { Object.assign(this, { told, state: "unconfigured" }); made.push(this); }
          configure({ codec, codedWidth, codedHeight }) {
            this.state = "configured";
            log.push([codec, codedWidth, codedHeight]);
          }
          decode({ type, timestamp, data }) { log.push([type, timestamp, data]); (this.queue ??= []).push(data); }
          async flush() {
            await null;
            for (const name of this.queue.splice(0)) {
              if (name === "bad") {
                this.state = "closed";
                this.told.error(new Error("no"));
                throw new Error("aborted");
              }
              this.told.output({ name, close: () => log.push(["closed", name]) });
            }
          }
        };
        const found = [loops.decode(["a", "b"]), loops.decode(["bad"]), loops.decode(["c"])];
        return Promise.allSettled(found).then(async (all) => {
          const after = await loops.decode(["d"]);
          return [all.map(({ value, reason }) => value || reason.message), after, made.length, log];
        });"""
    found, after, made, log = evaluate(LOOPS + code)
    assert (found, after, made) == ([["a", "b"], "no", ["c"]], ["d"], 2)
    settings = ["vp09.00.10.08", 288, 216]
    assert [entry for entry in log if entry[0] != "closed"] == [
        settings, ["key", 0, "a"], ["delta", 80_000, "b"], ["key", 0, "bad"], settings, ["key", 0, "c"],
        ["key", 0, "d"],
    ]  # fmt: skip
    assert [name for kind, name, *_ in log if kind == "closed"] == ["a", "b", "c", "d"]
    assert log.index(["closed", "b"]) < log.index(["key", 0, "bad"])  # not before the first is whole


def test_chunks_of_a_row_are_its_own():
    """Tracks of five samples each, groups of 32."""
    code = """
        const asked = [];
        loops.file = async (track) => {
          asked.push(track);
          return { sizes: [[1, 2], [], [3, 1], [], [2]], bytes: new Uint8Array([9, 8, 8, 7, 7, 7, 6, 5, 5]) };
        };
        const plain = (chunks) => chunks.map((chunk) => [...chunk]);
        const every = Promise.all([5, 7, 34, 36].map((row) => loops.chunks(row)));
        return every.then((found) => [found.map(plain), asked]);"""
    chunks, asked = evaluate(LOOPS + code)
    assert chunks == [[[9], [8, 8]], [[7, 7, 7], [6]], [[7, 7, 7], [6]], [[5, 5]]]
    assert asked == [1, 1, 32, 32]


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
