"""Decoded frames in order, with their times and the damage between them: of files whose packets are only described."""

from fractions import Fraction
from types import SimpleNamespace

import av
import numpy as np
import pytest
from av.stream import Disposition

from lib.audio import decoding
from lib.audio.decoding import Decoder
from lib.audio.wholeness import Promise
from lib.errors import MediaError, NoAudioError
from lib.io.ffmpeg import Part

RATE = 8000


class Frame:
    """Some samples (16 bits), at a time (s, or None)."""

    def __init__(self, time, samples=800, rate=RATE, names=("FC",), level=1000, many=None):
        self.time, self.samples, self.sample_rate = time, samples, rate
        self.format = SimpleNamespace(name="s16")
        self.layout = SimpleNamespace(
            name="x", nb_channels=len(names) if many is None else many,
            channels=[SimpleNamespace(name=name) for name in names],
        )  # fmt: skip
        signs = np.resize([1, -1], samples)
        self.planes = [np.repeat(level * signs, len(names)).astype(np.int16)]


class Packet:
    """A packet of some frames, or one that cannot be decoded: `fails` is why."""

    def __init__(self, *frames, fails="", pts=0, size=9, data=b"", dts=None, stream=0, duration=100, base=1000):
        self.frames, self.fails, self.pts, self.dts, self.size, self.data = frames, fails, pts, dts, size, data
        self.stream_index, self.time_base, self.duration, self.is_keyframe = stream, Fraction(1, base), duration, True

    def decode(self):
        if self.fails:
            raise ValueError(self.fails)
        return self.frames

    def __bytes__(self):
        return self.data


class Stream:
    type, index, disposition = "audio", 0, Disposition(0)

    def __init__(self, codec="pcm_s16le", rate=RATE, channels=1, frames=0, duration=None, start=None):
        self.codec_context = SimpleNamespace(name=codec, sample_rate=rate, channels=channels)
        self.frames, self.duration, self.start_time, self.time_base = frames, duration, start, Fraction(1, 1000)


class Streams(list):
    def best(self, kind):
        return next(iter(self), None)


@pytest.fixture
def decoder(monkeypatch):
    """Make a decoder of parts: lists of packets, or the error that opening one raises."""
    monkeypatch.setattr(decoding, "_known", {})
    fakes = SimpleNamespace(
        packet=SimpleNamespace(Packet=Packet), error=av.error, time_base=av.time_base,
        audio=SimpleNamespace(stream=SimpleNamespace(AudioStream=Stream), frame=SimpleNamespace(AudioFrame=Frame)),
    )  # fmt: skip
    monkeypatch.setattr(decoding, "av", fakes)
    monkeypatch.setattr(decoding, "file_state", lambda path: "state")
    monkeypatch.setattr(decoding, "promise_of", lambda path, container, stream: Promise(5.0))
    monkeypatch.setattr(decoding, "with_structure", lambda path, promise: promise)
    asked = []

    def read(container, streams):
        asked.append([stream.index for stream in streams])
        return iter(container.packets)

    monkeypatch.setattr(decoding, "packets", read)

    def make(*parts, names="wav", stream=None, origin=0, others=()):
        places = [Part(n, n + 1) if len(parts) > 1 else None for n in range(len(parts))]

        def opened(path, part):
            packets = parts[part.first if part else 0]
            if isinstance(packets, Exception):
                raise packets
            own = stream or Stream()
            return SimpleNamespace(
                packets=packets, format=SimpleNamespace(name=names), close=lambda: None,
                streams=Streams([own, *others] if packets is not None else []),
            )  # fmt: skip

        monkeypatch.setattr(decoding, "parts_of", lambda path: places)
        monkeypatch.setattr(decoding, "open_media", opened)
        monkeypatch.setattr(decoding, "origin_us", lambda path, container: origin)
        return Decoder("a.wav")

    make.asked = asked
    return make


def told(decoder):
    """(Time, length, follows, restarts) of each frame."""
    return [(one.time, one.length, one.follows, one.restarts) for one in decoder.frames()]


def test_frames_have_times_after_the_beginning_of_the_file(decoder):
    packets = [Packet(Frame(2.0), Frame(2.1)), Packet(Frame(None)), Packet(Frame(2.5, 400))]
    one = decoder(packets, origin=500_000)
    assert told(one) == [
        (1.5, 0.1, False, False), (1.6, 0.1, True, False), (None, 0.1, True, False), (2.0, 0.05, True, False),
    ]  # fmt: skip
    assert one.ended
    assert one.problem(0.35) == "read up to 0.35 s of 5: the file is cut off there"
    assert one.carriers(decoding.Kind(RATE, "s16", ("FC",))) == (0,)


@pytest.mark.parametrize("names", ["mp3", "aac", "ac3", "eac3", "dts", "truehd", "loas", "latm"])
def test_stamps_of_bare_streams_are_not_believed(decoder, names):
    assert told(decoder([Packet(Frame(2.0))], names=names)) == [(None, 0.1, False, False)]
    assert told(decoder([Packet(Frame(2.0))], names=f"x,{names}"))[0][0] is None
    assert told(decoder([Packet(Frame(2.0))], names=f"x{names}"))[0][0] == 2.0


def test_damage_is_what_failed_before_sound_that_follows(decoder):
    packets = [
        Packet(fails="begins badly"), Packet(Frame(0.0)), Packet(fails="first"), Packet(fails="second"),
        Packet(Frame(0.3)), Packet(Frame(0.4)), Packet(fails="last"),
    ]  # fmt: skip
    one = decoder(packets)
    assert [follows for _, _, follows, _ in told(one)] == [False, False, True]
    # What failed before the first sound is not damage; of two in a row the last counts.
    assert one._damage == [(pytest.approx(0.1), "second")]
    assert one.problem(0.3) == "read up to 0.3 s of 5: last"


def test_a_flac_without_a_stamp_was_damaged_before_it(decoder):
    packets = [Packet(Frame(0.0), pts=None), Packet(Frame(0.1), pts=None), Packet(pts=None, size=0), Packet(Frame(0.2))]
    one = decoder(packets, names="flac")
    told(one)
    assert one._damage == [(pytest.approx(0.1), "the data before it is not a frame, or its checksum is wrong")]
    one = decoder(packets, names="wav")
    told(one)
    assert one._damage == []


@pytest.mark.parametrize(
    ("rate", "heard"), [(999, False), (1000, True), (3_000_000, True), (3_000_001, False), (0, False)]
)
def test_impossible_rates_are_damage(decoder, rate, heard):
    one = decoder([Packet(Frame(0.0), Frame(0.1, rate=rate), Frame(0.2))])
    found = told(one)
    assert len(found) == 2 + heard
    assert found[-1][2] is heard
    assert [why for _, why in one._damage] == ([] if heard else [f"by its header it has {rate} samples per second"])


def test_frames_of_nothing_are_passed_over(decoder):
    assert len(told(decoder([Packet(Frame(0.0, 0), Frame(0.0, many=0), Frame(0.1))]))) == 1


@pytest.mark.parametrize(("rate", "native"), [(999, 48_000), (1000, 1000), (3_000_000, 3_000_000), (3_000_001, 48_000)])
def test_what_the_file_says_of_its_sound(decoder, rate, native):
    assert decoder([], stream=Stream(rate=rate)).native_rate == native
    assert [decoder([], stream=Stream(channels=n)).native_channels for n in (0, 1, 2, 6)] == [1, 1, 2, 6]


def test_without_sound_there_is_an_error(decoder):
    for packets, error, why in (
        ([], NoAudioError, "without sound"),
        ([Packet(Frame(0.0, 0))], NoAudioError, "without sound"),
        ([Packet(fails="because")], MediaError, r"cannot be decoded \(.*because"),
        (None, NoAudioError, "has no audio track"),
    ):
        with pytest.raises(error, match=why):
            told(decoder(packets))
    blind = Stream()
    blind.codec_context = None
    with pytest.raises(MediaError, match="there is no decoder"):
        decoder([], stream=blind)


def test_parts_follow_each_other_and_begin_anew(decoder):
    silent, bad = NoAudioError("has no audio track"), MediaError("is damaged")
    one = decoder([Packet(Frame(0.0), Frame(0.1))], silent, [Packet(Frame(0.0)), Packet(Frame(0.1))], bad, [])
    assert told(one) == [
        (0.0, 0.1, False, False), (0.1, 0.1, True, False), (0.0, 0.1, False, True), (0.1, 0.1, True, False),
    ]  # fmt: skip
    assert one.promise.seconds is None
    assert "is damaged" in one.problem(0.4)
    assert one._damage == []
    one = decoder([Packet(Frame(0.0))], bad, [Packet(Frame(0.0))])
    told(one)
    assert len(one._damage) == 1


@pytest.mark.parametrize(
    ("names", "frames", "duration", "start", "samples"),
    [
        ("mov,mp4", 2, 150, None, [800, 400]),
        ("mov,mp4", 2, 150, 20, [800, 560]),  # to 170 ms by its stamps
        ("mov,mp4", 2, 100, None, [800, 1]),  # one sample is left
        ("mov,mp4", 2, 200, None, [800, 800]),
        ("mov,mp4", 0, 150, None, [800, 800]),
        ("mov,mp4", 2, None, None, [800, 800]),
        ("matroska", 2, 150, None, [800, 800]),
    ],
)
@pytest.mark.parametrize("channels", [1, 2])
def test_an_mp4_says_where_its_last_frame_ends(decoder, names, frames, duration, start, samples, channels):
    own = Stream(frames=frames, duration=duration, start=start)
    both = ("FL", "FR")[:channels]
    found = list(decoder([Packet(Frame(0.0, names=both), Frame(0.1, names=both))], names=names, stream=own).frames())
    assert [round(one.length * RATE) for one in found] == samples
    assert [len(one.item.planes[0]) for one in found] == [count * channels for count in samples]


def test_kinds_change_with_the_rate_and_the_channels(decoder):
    frames = [Frame(0.0), Frame(0.1), Frame(0.2, rate=16_000), Frame(0.3, names=("FL",)), Frame(0.4)]
    frames[3].layout.name = "other"
    found = list(decoder([Packet(*frames)]).frames())
    kinds = [one.item.kind for one in found]
    assert [(kind.rate, kind.names) for kind in kinds] == [
        (8000, ("FC",)), (8000, ("FC",)), (16_000, ("FC",)), (8000, ("FL",)), (8000, ("FC",)),
    ]  # fmt: skip
    assert kinds[0] is kinds[1]


STEREO, SIDES = ("FL", "FR"), ("SL", "SR")


def test_channels_are_listened_to_for_a_second_before_the_first_frame_comes_out(decoder):
    taken = []

    def packets():
        for n in range(30):
            taken.append(n)
            yield Packet(Frame(n / 8, 1000, names=STEREO))

    one = decoder(packets())
    coming = one.frames()
    next(coming)
    assert len(taken) == 8
    assert one.carriers(decoding.Kind(RATE, "s16", STEREO)) == (0, 1)
    assert len(list(coming)) == 29
    # The next time they are known.
    taken.clear()
    next(decoder(packets()).frames())
    assert len(taken) == 1


def test_silent_channels_are_looked_for_in_the_whole_file_once_a_minute_waits(decoder, monkeypatch):
    monkeypatch.setattr(decoding, "WAITING_BYTES", 4 * 800 * 2 * 2)  # four frames of two channels
    listened = []
    monkeypatch.setattr(decoding, "_listen", lambda path, names: listened.append((path, names)) or (1,))
    taken = []

    def packets():
        for n in range(9):
            taken.append(n)
            yield Packet(Frame(n / 10, names=STEREO))

    one = decoder(packets())
    next(one.frames())
    assert len(taken) == 5
    assert listened == [("a.wav", STEREO)]
    assert one.carriers(decoding.Kind(RATE, "s16", STEREO)) == (1,)


def test_a_minute_of_stereo_may_wait(decoder, monkeypatch):
    """24 MB of frames of one each, and the frame with which they are more."""
    silence = np.zeros(1 << 19, np.int16)
    monkeypatch.setattr(decoding, "_listen", lambda path, names: (0,))
    taken = []

    def packets():
        for n in range(30):
            frame = Frame(n / 8, 1, 1 << 21, STEREO)
            frame.samples, frame.planes = 1 << 18, [silence]
            taken.append(n)
            yield Packet(frame)

    next(decoder(packets()).frames())
    assert len(taken) == 25


def test_what_waits_is_counted_from_nothing_each_time(decoder, monkeypatch):
    """Two pairs of channels: the second one is listened to after the first is known, and may wait as long."""
    monkeypatch.setattr(decoding, "WAITING_BYTES", 4 * 800 * 2 * 2)
    listened = []
    monkeypatch.setattr(decoding, "_listen", lambda path, names: listened.append((names, len(taken))) or (0,))
    taken = []

    def packets():
        for n in range(20):
            taken.append(n)
            frame = Frame(n / 10, names=STEREO if n < 10 else SIDES)
            frame.layout.name = "stereo" if n < 10 else "2.0 (side)"
            yield Packet(frame)

    assert len(list(decoder(packets()).frames())) == 20
    assert listened == [(STEREO, 5), (SIDES, 15)]


def test_of_two_parts_the_length_is_not_that_of_the_first(decoder):
    assert decoder([Packet(Frame(0.0))], [Packet(Frame(0.0))]).promise.seconds is None
    assert decoder([Packet(Frame(0.0))]).promise.seconds == 5
    assert [restarts for *_, restarts in told(decoder([Packet(Frame(0.0))], [Packet(Frame(0.0))]))] == [False, True]


def test_before_its_end_nothing_is_missing(decoder):
    one = decoder([Packet(Frame(0.0))])
    assert (one.ended, one.problem(0.0)) == (False, "")


def mp3(length=417, more=b""):
    """A frame of 128 kbit/s at 44.1 kHz, as long as its header says or shorter, and what follows it."""
    return bytes.fromhex("fffb9064").ljust(length, b"\xaa") + more


@pytest.mark.parametrize(
    ("codec", "names", "said"),
    [
        ("mp3float", "wav", ["a frame of it is cut off"]),
        ("mp3float", "mp3", ["a frame of it is cut off"]),
        ("pcm_s16le", "wav", []),  # its packets have no headers
    ],
)
def test_a_frame_that_is_cut_off_is_damage_before_the_next(decoder, codec, names, said):
    packets = [Packet(Frame(n / 10), data=mp3(300 if n == 2 else 417)) for n in range(5)]
    packets.insert(3, Packet(data=mp3(), size=0))  # nothing to look at
    one = decoder(packets, names=names, stream=Stream(codec))
    told(one)
    assert [why for _, why in one._damage] == said
    # Where nothing follows it, the file is cut off.
    assert decoder(packets[:3], names=names, stream=Stream(codec)).promise.is_cut is False
    one = decoder(packets[:3], names=names, stream=Stream(codec))
    told(one)
    assert one.promise.is_cut is bool(said)


@pytest.mark.parametrize(
    ("codec", "names", "data", "failure"),
    [
        ("mp3float", "mp3", mp3(more=b"TAG" + bytes(125)), ""),  # a whole frame, with a tag after it
        ("mp3float", "mp3", mp3(), "why"),
        ("mp3float", "mp3", mp3(300), "why"),
        ("mp3float", "mp3", mp3(more=b"other bytes"), "why"),
        ("mp3float", "mp3", b"TAG of nothing", ""),  # no sound
        ("truehd", "truehd", mp3(more=b"TAG" + bytes(125)), "why"),  # its frames have other headers
        ("mp3float", "wav", mp3(more=b"TAG" + bytes(125)), "why"),
        ("mp3float", "wav", b"TAG of nothing", "why"),
    ],
)
def test_tags_at_the_end_of_a_bare_stream_are_no_failure(decoder, codec, names, data, failure):
    one = decoder([Packet(Frame(0.0), data=mp3()), Packet(fails="why", data=data)], names=names, stream=Stream(codec))
    told(one)
    assert one._failure == failure


def test_the_channels_of_a_number_of_files_are_remembered(decoder, monkeypatch):
    one = decoder([Packet(Frame(0.0, names=STEREO))])
    for n in range(300):
        one.path = f"{n}.wav"
        one._decide(STEREO, (n % 2,))
        assert len(decoding._known) == min(n + 1, 256)
    assert next(iter(decoding._known)) == ("44.wav", "state", STEREO)


def test_the_whole_file_is_listened_to(decoder, monkeypatch):
    left = [Frame(n / 10, names=STEREO) for n in range(25)]
    for frame in left:
        frame.planes[0][1::2] = 0
    left[3] = Frame(0.3)  # of another kind
    decoder([Packet(*left)])
    assert decoding._listen("a.wav", STEREO) == (0,)
    decoder([Packet(Frame(0.0))])
    assert decoding._listen("a.wav", STEREO) == (0, 1)


def stream_of(index, kind, base=90_000, disposition=0):
    made = Stream()
    made.index, made.type, made.time_base, made.disposition = index, kind, Fraction(1, base), Disposition(disposition)
    return made


def recording(seconds, begin=0.0):
    """Packets of 100 ms of sound, and pictures, which are decoded a little before they are shown."""
    for n in range(round(seconds * 10)):
        at = begin + n / 10
        pts = round(at * 90_000)
        yield Packet(Frame(at), pts=pts, duration=9000, base=90_000)
        yield Packet(pts=pts + 5000, dts=pts + 1, stream=1, duration=9000, base=90_000)


@pytest.mark.parametrize("names", ["mpegts", "mpeg"])
def test_recordings_that_were_joined_go_on_after_each_other(decoder, names):
    sound = stream_of(0, "audio")
    still, word = stream_of(2, "video", disposition=Disposition.attached_pic), stream_of(3, "subtitle")
    others = [stream_of(1, "video"), still, word, stream_of(4, "audio")]
    packets = [*recording(3), *recording(4), *recording(2, 50.0)]
    times = [time for time, *_ in told(decoder(packets, names=names, stream=sound, others=others))]
    assert times[:30] == pytest.approx([n / 10 for n in range(30)])
    # The second begins again at 0, when the first has ended; the third is of another time.
    assert times[30:70] == pytest.approx([3 + n / 10 for n in range(40)], abs=1e-3)
    assert times[70:] == pytest.approx([7 + n / 10 for n in range(20)], abs=1e-3)
    assert decoder.asked == [[0, 1, 4]]
    decoder.asked.clear()
    # Other containers are not joined, and of theirs only the sound is read.
    times = [time for time, *_ in told(decoder(packets, names="mov", stream=sound, others=others))]
    assert times[30:32] == [0, 0.1]
    assert decoder.asked == [[0]]


def test_a_stamp_of_a_joined_recording_that_leaps_moves_nothing(decoder):
    packets = list(recording(3))
    odd = packets[20]
    odd.pts += 90_000 * 500
    times = [time for time, *_ in told(decoder(packets, names="mpegts", stream=stream_of(0, "audio"),
                                               others=[stream_of(1, "video")]))]  # fmt: skip
    assert times == pytest.approx([n / 10 for n in range(30)])
