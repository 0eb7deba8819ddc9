"""What sounds, when, and how loud: voices, tracks, what plays by itself, recordings. In Node, without a device."""

import pytest

from lib.explorer.packing import pack
from tests.support.each import each
from tests.support.node import NODE, evaluate

pytestmark = pytest.mark.skipif(NODE is None, reason="Node.js is not installed")

# Eight samples of 200 ms, two to a track, each 6 dB below the common level, with the sound on. What is decoded is 3 of
# 48,000 samples late.
PAGE = """
    const page = opened(aboutOf(gridTable(4, 2)));
    const { sound, transport } = page;
    const { tracks } = sound;
    const begun = sound.wake();
    const said = ({ row, begun, level, end, fade }) => [row, begun, level, end ?? null, fade ?? null];
    const gains = (voice) => voice.nodes.gain.gain.events;
"""
GAIN = 10 ** (6 / 20)
LATE = 3 / 48_000


def test_a_voice_plays_its_part_of_the_track_at_the_common_level():
    code = """
        return begun.then(async () => {
          await clock.pass(100);
          const voice = await sound.play(3, false);
          const { source, gain } = voice.nodes;
          sound.even = false;
          const plain = await sound.play(0, true);
          const found = [voice.row, voice.track, voice.begun, voice.level, source.played, [gain.gain.value, ...gains(
            voice)], source.to[0] === gain,
            gain.to[0] === sound.output.entry, plain.level, plain.offset, sound.voices.length];
          await clock.pass(199);
          found.push(sound.voices.length);
          await clock.pass(1);
          source.dispatchEvent(new Event("ended")); // some browsers say so twice
          return [...found, sound.voices.length, voice.nodes, gain.to.length, page.report().started.length];
        });"""
    row, track, begun, level, played, gain, on, out, plain, offset, both, still, over, nodes, left, told = evaluate(
        PAGE + code, page=True
    )
    assert (row, track, begun) == (3, 1, 0.1)
    assert level == pytest.approx(GAIN)
    assert played == {"when": 0.1, "offset": pytest.approx(0.3 + LATE), "length": 0.2}
    assert gain == [0, ["setValueAtTime", 0, 0.1], ["linearRampToValueAtTime", level, pytest.approx(0.103)]]
    assert on is out is True
    assert plain == 1
    assert offset == pytest.approx(0.05 + LATE)
    assert (both, still, over, nodes, left, told) == (2, 2, 0, None, 0, 2)


def test_what_comes_too_late_after_the_pointer_does_not_sound():
    code = """
        const play = async (wait, asked, meanwhile = () => {}) => {
          served.wait = wait;
          tracks.ready.clear();
          const voice = sound.play(2, asked);
          meanwhile();
          await clock.pass(2000);
          return Boolean(await voice);
        };
        return begun.then(async () => [await clock.pass(1000), await play(600, false), await play(601, false),
          await play(1999, true),
          await play(10, true, () => { sound.wanted = 5; }), await play(10, true, () => sound.leave(2)), await play(
            10, true, () => sound.leave(3)),
          Boolean(await sound.play(2, true))]);"""
    assert evaluate(PAGE + code, page=True)[1:] == [True, False, True, False, False, True, True]


def test_without_sound_nothing_plays():
    code = """
        const page = opened(aboutOf(gridTable(4, 2), { length: [0, 1, 1, 1, 1, 1, 1, 1] }));
        const quiet = [page.sound.play(1, true), page.sound.playAt(1, 0, {}, 1)];
        navigator.userActivation = { isActive: false };
        return page.sound.strike(1, 1).then(async () => {
          const found = [await quiet[0], page.sound.context, asked.length, page.sound.latest().every((
            value) => value === 0)];
          navigator.userActivation.isActive = true;
          await page.sound.strike(1, 1);
          found.push(page.sound.awake, page.sound.started.length, page.sound.latest().length);
          return [...found, await page.sound.play(0, true), page.sound.started.length];
        }, (error) => [String(error)]);"""
    evaluated = evaluate(code.replace(", page.sound.playAt(1, 0, {}, 1)", ""), page=True)
    assert evaluated == [None, None, 0, True, True, 1, 4096, None, 1]


def test_a_sample_that_is_left_dies_away_and_one_of_a_part_plays_on():
    code = """
        return begun.then(async () => {
          const passed = await sound.play(0, false);
          const ours = sound.start(0, tracks.ready.get(0), 0, 1, { key: "path" });
          const other = sound.start(1, tracks.ready.get(0), 0);
          await clock.pass(1);
          sound.leave(0);
          const events = [...gains(passed)];
          const found = [said(passed), events.slice(2), passed.nodes.source.stopped, ours.fading || false,
            other.fading || false];
          sound.leave(0);
          found.push(gains(passed).length === events.length);
          await clock.pass(49);
          sound.stop();
          found.push(said(ours), gains(ours).slice(2), ours.nodes.source.stopped, sound.wanted);
          return found;
        });"""
    passed, events, stop, ours, other, once, stopped, gain, end, wanted = evaluate(PAGE + code, page=True)
    # After 1 ms its gain is a third of what it would have been after 3.
    assert passed == [0, 0, pytest.approx(GAIN), 0.001, 0.5]
    assert events == [
        ["cancelScheduledValues", 0.001], ["setValueAtTime", pytest.approx(GAIN / 3), 0.001],
        ["linearRampToValueAtTime", 0, pytest.approx(0.501)],
    ]  # fmt: skip
    assert stop == pytest.approx(0.501)
    assert ours is other is False
    assert once is True
    assert stopped == [0, 0, pytest.approx(GAIN), 0.05, 0.03]
    assert gain[1:] == [
        ["setValueAtTime", pytest.approx(GAIN), 0.05],
        ["linearRampToValueAtTime", 0, pytest.approx(0.08)],
    ]
    assert end == pytest.approx(0.08)
    assert wanted == -1


def test_a_voice_dies_away_from_the_level_that_it_has():
    """It begins at 2 s and fades in over 3 ms."""
    code = """
        const levels = (from) => {
          const gain = new Param(0);
          const ends = [];
          fadeVoice({ source: { stop: (end) => ends.push(end) }, gain: { gain } }, { level: 0.6, begun: 2 }, from, 0.5);
          return [...gain.events.flat().filter((value) => typeof value === "number"), ...ends];
        };
        return [2, 2.001, 2.003, 3].map(levels);"""
    for found, (begin, level) in zip(
        evaluate(code, page=True), [(2, 0), (2.001, 0.2), (2.003, 0.6), (3, 0.6)], strict=True
    ):
        assert found == pytest.approx([begin, level, begin, 0, begin + 0.5, begin + 0.5])


def test_what_has_not_begun_is_stopped_at_once():
    code = """
        return begun.then(async () => {
          await tracks.get(0);
          const part = {};
          const later = sound.start(1, tracks.ready.get(0), 0.4, 0.5, part);
          const now = sound.start(0, tracks.ready.get(0), 0, 1, part);
          const free = sound.start(0, tracks.ready.get(0), 0);
          const sounding = sound.sounding().map(({ begun }) => begun);
          sound.stopPart(part);
          return [said(later), later.nodes.source.stopped, gains(later).length, said(now), Boolean(free.fading),
            sounding, part.stopped];
        });"""
    later, stop, events, now, free, sounding, part = evaluate(PAGE + code, page=True)
    assert later == [1, 0.4, pytest.approx(GAIN / 2), 0.4, 0]
    assert (stop, events) == (0, 2)
    assert now[3:] == [0, 0.03]
    assert free is False
    assert sounding == [0, 0]
    assert part is True


def test_the_oldest_of_too_many_voices_dies_away():
    code = """
        return begun.then(async () => {
          const found = await tracks.get(0);
          for (let n = 0; n < 48; n++) sound.start(n % 2, found, 0);
          const before = sound.voices.filter((voice) => voice.fading).length;
          sound.start(0, found, 0);
          const after = sound.voices.map((voice) => Boolean(voice.fading));
          for (let n = 0; n < 20; n++) sound.start(1, found, 0);
          return [before, after.indexOf(true), after.filter(Boolean).length, sound.voices[0].fade,
            sound.started.length];
        });"""
    assert evaluate(PAGE + code, page=True) == [0, 0, 1, 0.03, 64]


def test_a_struck_pad_sounds_at_once_and_failures_are_told():
    code = """
        const failed = [];
        sound.failed = (error) => failed.push(error.message);
        missing.add("data/sound_0001_00.js");
        return begun.then(async () => {
          await sound.strike(1, 0.5);
          await sound.strike(4, 1);
          await sound.playAt(5, 0, {}, 1);
          return [sound.started.map(said), failed, tracks.jobs.size, waitingTracks.size];
        });"""
    started, failed, jobs, waiting = evaluate(PAGE + code, page=True)
    assert started == [[1, 0, pytest.approx(GAIN / 2), None, None]]
    assert failed == ["data/sound_0001_00.js cannot be loaded: is it beside the page?"] * 2
    assert (jobs, waiting) == (0, 0)


def test_steps_sound_at_their_times_or_as_soon_as_they_can():
    code = """
        return begun.then(async () => {
          await tracks.get(0);
          await clock.pass(1000);
          const played = async (row, time, part = {}) => { await sound.playAt(row, time, part, 1);
            return sound.started.length; };
          const found = [await played(0, 1.5), await played(1, 0.9), await played(1, 0.8), await played(1, 0.7),
            await played(0, 2, { stopped: true })];
          served.wait = 150;
          tracks.ready.clear();
          const late = [sound.playAt(2, 1, {}, 1), sound.playAt(4, 0.9, {}, 1)];
          await clock.pass(500);
          await Promise.all(late);
          return [found, sound.started.map(({ row, begun }) => [row, begun]), sound.started[0].volume];
        });"""
    counts, started, volume = evaluate(PAGE + code, page=True)
    # What would have ended by now is left out; what has begun sounds whole.
    assert counts == [1, 2, 2, 2, 2]
    assert started == [[0, 1.5], [1, 1], [2, 1.15]]
    assert volume == 1


def test_clicks_of_the_metronome():
    code = """
        return begun.then(() => {
          sound.click(0.5, true);
          sound.click(0.75, false);
          const clicks = sound.context.nodes.filter((node) => node.kind === "OscillatorNode");
          return [clicks.map((tone) => [tone.frequency.value, tone.played.when, tone.stopped, [tone.to[0].gain.value,
            ...tone.to[0].gain.events], tone.to[0].to[0] === sound.output.entry]), sound.clicks];
        });"""
    (loud, soft), count = evaluate(PAGE + code, page=True)
    assert loud[:3] == [1600, 0.5, 0.53]
    assert loud[3] == [0, ["setValueAtTime", 0.25, 0.5], ["exponentialRampToValueAtTime", 0.25 / 1000, 0.53]]
    assert loud[4] is True
    assert soft[:3] == [1000, 0.75, 0.78]
    assert count == 2


def test_the_way_out_holds_back_what_is_too_loud():
    code = """
        const noted = [];
        const { sound } = opened(aboutOf(gridTable(4, 2)));
        sound.setVolume(0.3);
        return sound.wake().then(async () => {
          sound.noted = (kind, what) => noted.push([kind, what]);
          await clock.pass(250);
          sound.setVolume(0.25);
          const kinds = ["GainNode", "DynamicsCompressorNode", "GainNode", "WaveShaperNode"];
          const [master, limiter, even, shaper, silence] = sound.context.nodes;
          return [kinds.map((kind, n) => sound.context.nodes[n].kind === kind && (n === 3 ||
            sound.context.nodes[n].to[0] === sound.context.nodes[n + 1])),
            [master.gain.value, master.gain.events], [limiter.threshold, limiter.knee, limiter.ratio, limiter.attack,
              limiter.release], even.gain.value,
            [shaper.curve.length, ...[0, 2048, 3687, 4096].map((n) => shaper.curve[n])], noted, sound.meter.fftSize,
              shaper.to[1] === sound.meter, [silence.kind, silence.offset.value, silence.played.when,
              silence.stopped ?? null, silence.to.length === 1 && silence.to[0] === limiter]];
        });"""
    chain, master, limiter, even, curve, noted, points, metered, silence = evaluate(code, page=True)
    assert chain == [True] * 4
    assert master == [0.3, [["setTargetAtTime", 0.25, 0.25, 0.02]]]
    assert limiter == [-3, 0, 20, 0.001, 0.1]
    # The specification's make-up gain: (1 / full scale after compression) ** 0.6; -3 dB at 20:1 is 2.85 dB.
    assert even == pytest.approx(10 ** (-2.85 / 20 * 0.6))
    length, lowest, middle, high, highest = curve
    assert (length, middle) == (4097, 0)
    assert -0.99 < lowest < -0.9
    assert highest == -lowest
    assert high == pytest.approx(0.8, abs=0.001)  # 3687 of 4096: 0.8003
    assert noted == [["volume", {"time": 0.25, "volume": 0.25}]]
    assert (points, metered) == (4096, True)
    # Silence that never ends: the limiter always has something to do.
    assert silence == ["ConstantSourceNode", 0, 0, None, True]


def test_what_was_loaded_ahead_and_left_goes_before_what_was_heard():
    code = """
        const track = (mb) => ({ buffer: { length: mb * 2 ** 20 / 4 }, shift: 0 });
        tracks.get(1);
        tracks.wishes = new Set([3]);
        for (const id of [1, 2, 3, 4]) tracks.keep(id, track(15));
        tracks.keep(5, track(9)); // itself not wished for any more
        const found = [[...tracks.ready.keys()]];
        tracks.keep(6, track(15));
        found.push([...tracks.ready.keys()]);
        tracks.keep(7, track(40)); // now those go that are wished for or were heard, the oldest first
        return [...found, [...tracks.ready.keys()], tracks.bytes / 2 ** 20, [...tracks.used]];"""
    assert evaluate(TRACKS + code, page=True) == [[1, 3, 4, 5], [1, 3, 5, 6], [3, 7], 55, []]


@each("data", [b"", b"\0", b"\xff" * 15, bytes(range(256)) + b"end"])
def test_packed_bytes_come_back(data):
    code = f"return [...unpack({pack(data)!r}, {len(data)})];"
    assert bytes(evaluate(code)) == data


TRACKS = """
    served.wait = 100;
    const made = aboutOf(gridTable(8, 8), { group: 16 });
    const tracks = new Tracks(new Samples(made));
    const file = (address) => Number(address.slice(-8, -6)) * 16 + Number(address.slice(-5, -3));
    const loaded = () => asked.map(file);
"""


def test_tracks_load_ahead_one_by_one_and_what_is_wanted_now_beside_them():
    code = """
        tracks.want([5, 6, 7, 8, 9, 11]);
        const begun = loaded();
        tracks.get(9);
        const order = tracks.queue.map(({ id }) => id);
        tracks.want([8, 10]);
        const then = tracks.queue.map(({ id }) => id);
        const now = loaded();
        return clock.pass(100).then(async () => {
          const found = [begun, order, then, now, loaded(), [...tracks.ready.keys()], tracks.dropped];
          await clock.pass(300);
          found.push(loaded(), [...tracks.ready.keys()], tracks.jobs.size, tracks.busy, tracks.dropped);
          tracks.get(8);
          tracks.want([9]);
          return [...found, loaded().length, [...tracks.ready.keys()]];
        });"""
    begun, order, then, now, next_ones, ready, dropped, all_, kept, jobs, busy, left, again, touched = evaluate(
        TRACKS + code, page=True
    )
    assert begun == [5]
    assert order == [6, 7, 8, 11]
    assert then == [8, 10, 6, 7, 11]
    assert now == [5, 9]
    # The first was left behind while it loaded: it is not decoded.
    assert next_ones == [5, 9, 8]
    assert ready == [9]
    assert dropped == 1
    assert all_ == [5, 9, 8, 10]
    assert kept == [9, 8, 10]
    assert (jobs, busy, left) == (0, 0, 4)
    # Those that are there are not loaded again, and are now the youngest.
    assert again == 4
    assert touched == [10, 8, 9]


def test_what_is_loaded_ahead_is_decoded_after_what_somebody_waits_for():
    """Two come at 50 ms, one of them loaded ahead, while a third is waited for from 20 to 120 ms."""
    code = """
        const decoded = [];
        tracks.keep = (id, found) => { decoded.push([id, clock.now]); tracks.ready.set(id, found); };
        served.wait = 50;
        clock.now = 1000;
        tracks.want([1]);
        tracks.get(2);
        return clock.pass(20).then(async () => {
          served.wait = 75;
          tracks.get(3); // "until" stays
          served.wait = 200;
          const since = tracks.until;
          await clock.pass(500);
          tracks.get(4, () => false);
          const nobody = tracks.first;
          await clock.pass(500);
          tracks.get(5);
          const first = [tracks.first];
          for (const ms of [149, 1]) {
            await clock.pass(ms);
            first.push(tracks.first, tracks.awaited);
          }
          await clock.pass(100);
          return [decoded.slice(0, 3), since, nobody, first, tracks.awaited];
        });"""
    decoded, since, nobody, first, awaited = evaluate(TRACKS + code, page=True)
    assert [id for id, _ in decoded] == [2, 3, 1]
    assert decoded[0][1] == 1050
    assert decoded[1][1] == 1095
    assert 1095 < decoded[2][1] <= 1105
    assert since == 1150
    assert nobody is False
    assert first == [True, True, True, False, True]
    assert awaited is False


def test_three_at_most_of_those_that_somebody_waits_for_load_at_once():
    code = """
        for (const id of [0, 1, 2, 3]) tracks.get(id);
        return [loaded(), tracks.queue.map(({ id }) => id)];"""
    assert evaluate(TRACKS + code, page=True) == [[0, 1, 2], [3]]


def test_who_waits_for_a_track_is_told_that_nobody_does_any_more():
    code = """
        let still = true;
        const waits = [tracks.get(0, () => still), tracks.get(1), tracks.get(2), tracks.get(3, () => still),
          tracks.get(0, () => still)];
        tracks.want([]);
        const queue = tracks.queue.map(({ id }) => id);
        still = false;
        missing.add("data/sound_0000_02.js");
        return clock.pass(300).then(async () => {
          const found = await Promise.allSettled(waits);
          return [queue, found.map(({ status, value, reason }) => [status,
            value ? value.shift : reason ? reason.message : value]), loaded(), tracks.dropped, [...tracks.used]];
        });"""
    queue, found, loaded, dropped, used = evaluate(TRACKS + code, page=True)
    assert queue == [3]
    lost = ["rejected", "data/sound_0000_02.js cannot be loaded: is it beside the page?"]
    assert found == [["fulfilled", None], ["fulfilled", LATE], lost, ["fulfilled", None], ["fulfilled", None]]
    assert loaded == [0, 1, 2]
    assert dropped == 2
    assert used == [1, 2]


def test_the_tracks_used_least_go_when_there_is_no_room():
    """Of 64 MB: a track of 20 MB is as many as 5.2 million samples."""
    code = """
        const track = (mb) => ({ buffer: { length: mb * 2 ** 20 / 4 }, shift: 0 });
        for (const id of [1, 2, 3]) tracks.keep(id, track(20));
        tracks.touch(1);
        const found = [[...tracks.ready.keys()], tracks.bytes / 2 ** 20];
        tracks.keep(4, track(4)); // just as much as there is room for
        found.push([...tracks.ready.keys()], tracks.bytes / 2 ** 20);
        tracks.keep(5, track(24));
        found.push([...tracks.ready.keys()], tracks.bytes / 2 ** 20);
        tracks.keep(6, track(200)); // alone it may be larger
        return [...found, [...tracks.ready.keys()], tracks.bytes / 2 ** 20];"""
    assert evaluate(TRACKS + code, page=True) == [[2, 3, 1], 60, [2, 3, 1, 4], 64, [1, 4, 5], 48, [6], 200]


def test_the_mark_says_how_late_the_decoder_is():
    code = """
        const heard = (place, amplitude) => {
          tracks.decoder = { decodeAudioData: async () => ({ getChannelData: () => Float32Array.from({
            length: 9600 }, (_, n) =>
            (n === place || n === place + 50 ? amplitude : n === 4800 ? 1 : 0.25)) }) };
          return tracks.decode(new Uint8Array(4));
        };
        return Promise.all([heard(2400, 0.5), heard(2412, -0.5), heard(2390, 0.5), heard(0, 0.5)]).then((
          found) => found.map(({ shift }) => 48000 * shift));"""
    assert evaluate(TRACKS + code, page=True) == [0, 12, -10, -2400]


# Steps of 100 ms, as many as there are.
TRANSPORT = """
    const log = [];
    function* steps(count, after = 0.1) { for (let n = 0; n < count; n++) yield { hits: [n], after, place: n }; }
    const how = (name, rows = []) => ({
      play: (hit, time) => log.push([name, hit, Number(time.toFixed(6)), clock.now]),
      reached: ({ place }) => log.push([`${name} reached`, place, clock.now]),
      ended: () => log.push([`${name} ended`, clock.now]), rows: () => rows });
"""


def test_a_part_that_is_being_prepared_does_not_play_with_those_that_play():
    code = """
        return begun.then(async () => {
          await clock.pass(2000);
          await transport.start("a", steps(9), how("a"));
          served.wait = 500;
          tracks.ready.clear();
          transport.start("b", steps(1), how("b", [2]));
          await clock.pass(499);
          const before = log.filter(([name]) => name === "b").length;
          await clock.pass(201);
          return [before, log.filter(([name]) => name === "b")];
        });"""
    before, played = evaluate(PAGE + TRANSPORT + code, page=True)
    assert before == 0
    assert played == [["b", 0, 2.55, 2500]]


def test_steps_are_given_to_the_clock_of_the_sound_ahead_of_their_times():
    code = """
        return begun.then(async () => {
          await clock.pass(1000);
          transport.start("a", steps(5), how("a"));
          await clock.settle();
          const first = log.splice(0);
          const playing = [transport.has("a"), transport.playing];
          await clock.pass(60);
          const second = log.splice(0);
          await clock.pass(600);
          return [first, playing, second, log, transport.has("a"), transport.playing, transport.timer,
            clock.timers.size];
        });"""
    first, playing, second, rest, has, plays, timer, _ = evaluate(PAGE + TRANSPORT + code, page=True)
    # The first 50 ms from now; what is due within 250 ms, every 60 ms.
    assert first == [["a", 0, 1.05, 1000], ["a", 1, 1.15, 1000]]
    assert playing == [True, True]
    assert second == [["a reached", 0, 1050], ["a", 2, 1.25, 1060]]
    assert rest == [
        ["a", 3, 1.35, 1120], ["a reached", 1, pytest.approx(1150)], ["a", 4, 1.45, 1240], ["a reached", 2,
          pytest.approx(1250)],
        ["a reached", 3, pytest.approx(1350)], ["a reached", 4, pytest.approx(1450)], ["a ended", pytest.approx(1550)],
    ]  # fmt: skip
    assert has is plays is False
    assert timer == 0


def test_parts_are_stopped_alone_or_all_together():
    code = """
        return begun.then(async () => {
          let told = 0;
          transport.changed = () => { told += 1; };
          transport.start("a", steps(99), how("a"));
          transport.start("b", steps(99), how("b"));
          await clock.pass(200);
          transport.stop("c");
          const before = told;
          transport.stop("a");
          const after = told - before;
          log.length = 0;
          await clock.pass(200);
          const names = new Set(log.map(([name]) => name));
          transport.start("b", steps(99), how("again"));
          await clock.settle();
          log.length = 0;
          await clock.pass(120);
          const again = new Set(log.map(([name]) => name));
          transport.stopAll();
          log.length = 0;
          await clock.pass(500);
          return [before, after, [...names], [...again], log, transport.playing, transport.timer];
        });"""
    assert evaluate(PAGE + TRANSPORT + code, page=True) == [
        2, 1, ["b", "b reached"], ["again reached", "again"], [], False, 0,
    ]  # fmt: skip


def test_a_part_waits_for_its_first_tracks():
    """Of 24 samples; those without sound need none. One that is stopped by then does not begin."""
    code = """
        const page = opened(aboutOf(gridTable(8, 8), { length: Array.from({ length: 64 }, (_, n) => (n === 2 ||
          n === 3 ? 0 : 9600)) }));
        const { sound, transport } = page;
        return sound.wake().then(async () => {
          served.wait = 10;
          const rows = Array.from({ length: 60 }, (_, n) => n);
          transport.start("a", steps(3), how("a", rows));
          await clock.settle();
          await clock.pass(39);
          const early = log.length;
          await clock.pass(1);
          const found = [early, log[0], asked.length];
          transport.start("b", steps(3), how("b", [40]));
          await clock.settle();
          transport.stop("b");
          await clock.pass(100);
          return [...found, log.some(([name]) => name === "b"), transport.has("b")];
        });"""
    early, first, tracks, begun, has = evaluate(TRANSPORT + code, page=True)
    # 24 rows are 12 tracks, one of them silent: 11, three at a time.
    assert (early, tracks) == (0, 11)
    assert first == ["a", 0, 0.09, 40]
    assert begun is has is False


def test_what_is_late_goes_on_from_now():
    code = """
        return begun.then(async () => {
          await transport.start("a", steps(50), how("a"));
          clock.now += 2000; // the page was asleep
          log.length = 0;
          await clock.pass(0);
          const late = log.filter(([name]) => name === "a");
          const channels = (await tracks.get(0), tracks.decoder.channels);
          const { timers } = transport.parts.get("a");
          transport.stop("a");
          await transport.start("b", steps(200, 0.004), how("b"));
          await clock.pass(100);
          return [late, transport.parts.get("b").timers.length <= 48, transport.parts.get("b").timers.length > 20,
            channels];
        });"""
    late, few, some, channels = evaluate(PAGE + TRANSPORT + code, page=True)
    # A step that is more than 250 ms late sounds now, and the others follow it.
    assert [call[2] for call in late] == [2, 2.1, 2.2]
    assert few is some is True
    assert channels == 1


def test_without_sound_no_part_begins():
    code = """
        navigator.userActivation = { isActive: false };
        return opened(aboutOf(gridTable(2, 1))).transport.start("a", steps(3), how("a")).then(() => [log,
          clock.timers.size > 9]);"""
    assert evaluate(TRANSPORT + code, page=True) == [[], False]


# At 1 s a recording begins, at 2 s it ends.
RECORDING = """
    const { recorder } = page.recordPanel;
    const { rate } = page.samples.about;
    const made = begun.then(async () => {
      await tracks.get(0);
      const found = tracks.ready.get(0);
      await clock.pass(1000);
      sound.start(0, found, 0.99); // before it
      await page.recordPanel.toggle();
      sound.start(1, found, 1.25);
      sound.start(0, found, 1.1, 0.5);
      const left = sound.start(1, found, 1.2);
      const never = sound.start(0, found, 1.9);
      await clock.pass(250);
      sound.setVolume(0.32);
      sound.fade(left, 0.03);
      sound.fade(never, 0.03);
      const last = sound.start(0, found, 1.95);
      const after = sound.start(0, found, 2.5);
      await clock.pass(750);
      await page.recordPanel.toggle();
      await clock.pass(1000);
      sound.start(1, found, 2);
      sound.setVolume(1);
    });
"""


def test_what_is_played_is_recorded():
    code = """
        return made.then(() => [recorder.played().map(({ row, at, length, level, end, fade, gain }) => [row, at,
          length, level, end, fade ?? null, gain]),
          recorder.seconds, recorder.recording, byId("status").textContent, byId("record").textContent, byId(
            "record-time").textContent, byId("record-wav").disabled]);"""
    played, seconds, records, said, button, time, disabled = evaluate(PAGE + RECORDING + code, page=True)
    about = pytest.approx
    assert played == [
        [0, about(0.1), 0.2, about(GAIN / 2), None, None, about(0.32)],
        [1, about(0.2), 0.2, about(GAIN), about(0.25), 0.03, about(0.64)],
        # The volume changed at its very beginning.
        [1, about(0.25), 0.2, about(GAIN), None, None, about(0.32)],
        [0, about(0.95), 0.2, about(GAIN), None, None, about(0.32)],
    ]
    assert seconds == 1
    assert records is False
    assert said == "Recorded 1 s: 4 sounds"
    assert (button, time, disabled) == ("Record", "1.0 s", False)


def test_a_recording_is_a_table():
    code = "return made.then(() => recorder.table());"
    lines = evaluate(PAGE + RECORDING + code, page=True).splitlines()
    assert lines[0] == "at,volume,dur,filename,start,gridX,gridY"
    found = [line.split(",") for line in lines[1:]]
    assert [(float(at), float(dur)) for at, _, dur, *_ in found] == [(100, 200), (200, 80), (250, 200), (950, 200)]
    assert [rest for *_, rest in [(cells[0], cells[3:]) for cells in found]] == [
        ["a.wav", "0", "0", "0"], ["a.wav", "200", "1", "0"], ["a.wav", "200", "1", "0"], ["a.wav", "0", "0", "0"],
    ]  # fmt: skip
    # A volume is a gain of 20 ln(volume) dB: 0.64 is 20 log(0.64).
    volumes = [float(cells[1]) for cells in found]
    assert volumes == [pytest.approx(gain**0.4342945, abs=1e-4) for gain in (0.32, 0.64, 0.32, 0.32)]


def test_a_recording_is_rendered_at_whole_samples():
    code = """
        return made.then(async () => {
          const values = await recorder.render();
          const context = contexts.at(-1);
          const sources = context.nodes.filter((node) => node.kind === "AudioBufferSourceNode");
          const [master] = context.nodes;
          const { buffer } = sources[0];
          return [values.length, context.length, context.channels, sources.map(({ played, stopped, to: [{
            gain }] }) => [played.when, played.offset, played.length, stopped ?? null, gain.events.length]),
            [buffer.length, buffer.numberOfChannels, buffer.sampleRate, buffer.values.length], master.gain.value,
              master.gain.events];
        });"""
    count, length, channels, sources, buffer, volume, events = evaluate(PAGE + RECORDING + code, page=True)
    about = pytest.approx
    # Half a second before it, for the limiter, and a tenth after the last sound, which ends at 1.15 s.
    assert length == pytest.approx(48_000 * (0.5 + 1.15 + 0.1), abs=1)
    assert count == length - 24_000
    assert sources == [
        [about(0.6), 0, 0.2, None, 2], [about(0.7), 0, 0.2, about(0.78), 5], [about(0.75), 0, 0.2, None, 2],
        [about(1.45), 0, 0.2, None, 2],
    ]  # fmt: skip
    assert all(when * 48_000 == about(round(when * 48_000), abs=1e-6) for when, *_ in sources)
    assert (channels, buffer) == (1, [9600, 1, 48_000, 9600])
    assert volume == 0.64
    assert events == [["setTargetAtTime", 0.32, about(0.75), 0.02]]


def test_a_recording_ends_when_its_last_sound_has_died_away():
    code = """
        return begun.then(async () => {
          await tracks.get(0);
          recorder.start();
          await clock.pass(900);
          const voice = sound.start(0, tracks.ready.get(0), 0.9);
          await clock.pass(50);
          sound.fade(voice, 0.5);
          await clock.pass(50);
          recorder.stop();
          const rest = (await recorder.render()).length;
          voice.fade = 0.1;
          return [rest, (await recorder.render()).length];
        });"""
    # It lasts from 0.9 to 1.1 s, however long it may take to fade; or to 1.05 s; and 0.1 s more.
    recorder = "const { recorder } = page.recordPanel;"
    assert evaluate(PAGE + recorder + code, page=True) == [pytest.approx(57_600, abs=1), pytest.approx(55_200, abs=1)]


def test_what_a_row_sounds_like_is_its_part_of_the_decoded_track():
    code = """
        return begun.then(async () => {
          const { buffer } = await tracks.get(0);
          const values = await heardValues(sound, 1);
          const whole = buffer.getChannelData(0);
          page.samples.about.length[0] = 0;
          return [values.length, values.every((value, n) => value === whole[14403 + n]), (await heardValues(sound,
            0)).length];
        });"""
    assert evaluate(PAGE + code, page=True) == [9600, True, 0]
