"""The extent of a track, packet by packet, and what decides whether it is decoded: on packets that are made up."""

import struct
from contextlib import nullcontext
from fractions import Fraction
from types import SimpleNamespace

import pytest

from lib.audio.wholeness import Promise
from lib.errors import MediaError
from lib.video import probe as module
from lib.video.probe import _Track, probe
from tests.support.each import each


class Codec:
    """In place of PyAV's codec of a sound."""

    def __init__(self, name="pcm_s16le", sample_rate=1000, frame_size=0):
        self.name, self.sample_rate, self.frame_size = name, sample_rate, frame_size


def stream(kind, base=Fraction(1, 1000), rate=25, index=0, codec=None, frames=9):
    return SimpleNamespace(
        type=kind, index=index, time_base=base, average_rate=rate and Fraction(rate), frames=frames,
        codec_context=codec or Codec(),
    )  # fmt: skip


def packet(pts, dts="pts", duration=40, size=10, key=False, corrupt=False, discard=False, skips=None, content=b""):
    data = b"" if skips is None else skips if isinstance(skips, bytes) else struct.pack("<IIBB", *skips, 0, 0)
    return SimpleNamespace(
        pts=pts, dts=pts if dts == "pts" else dts, duration=duration, size=size, is_keyframe=key, is_corrupt=corrupt,
        is_discard=discard, has_sidedata=lambda name: name == "skip_samples" and skips is not None,
        get_sidedata=lambda name: data, __bytes__=lambda: content,
    )  # fmt: skip


def track_of(kind, *packets, **words):
    track = _Track(stream(kind, **words))
    for one in packets:
        track.add(one)
    return track


@each(
    ("packets", "end"),
    [
        ([], 0),
        ([packet(0), packet(40), packet(80)], 120),
        # The one that is shown last need not come last: then it stays no longer than a usual frame, or than the one
        # before it did.
        ([packet(0), packet(120, 40, 80), packet(40, 80), packet(80, 120)], 160),
        ([packet(0), packet(200, 40, 90), packet(40, 80), packet(120, 120)], 280),
        ([packet(0), packet(200, 40, 70), packet(40, 80), packet(120, 120)], 270),
        ([packet(0), packet(40), packet(80, duration=300)], 380),
        ([packet(0), packet(40), packet(80, duration=0)], 120),  # by the rate
        ([packet(0), packet(40, duration=0)], 80),
        # Without stamps one follows the other.
        ([packet(None, None), packet(None, None, 50), packet(None, None)], 130),
        ([packet(100), packet(None, None), packet(None, None, 30)], 210),
        ([packet(None, 100), packet(None, 140)], 180),  # those of decoding
        ([packet(0), packet(40), packet(80, discard=True), packet(900, corrupt=True)], 80),
        ([packet(500)], 540),
    ],
)
def test_where_the_last_picture_of_a_track_ends(packets, end):
    assert track_of("video", *packets).end == end


def test_pictures_that_are_shown_late_end_late():
    track = track_of("video", packet(0), packet(40))
    track.late = 30
    assert track.end == 110


def test_of_many_pictures_the_last_shown_is_among_the_last_seventeen():
    for behind, end in ((16, 5040), (17, 1680 + 40)):
        packets = [packet(40 * n) for n in range(42 - behind)]
        packets += [packet(5000, 40 * len(packets)), *(packet(40 * (42 - behind + n)) for n in range(1, behind + 1))]
        assert track_of("video", *packets).end == end


@each(
    ("packets", "end"),
    [
        ([packet(0, duration=20), packet(20, duration=20)], 40),
        ([packet(0, duration=90), packet(20, duration=20)], 90),  # the end that is last
        ([packet(0, duration=20), packet(20, duration=0)], 20),
        ([packet(None, None, 20), packet(None, None, 20)], 40),
        ([packet(0, duration=0), packet(None, None, 0)], 0),
    ],
)
def test_where_a_track_of_sound_ends(packets, end):
    assert track_of("audio", *packets).end == end


@each(
    ("frame_size", "before", "length", "skips", "heard"),
    [
        (0, 0, 100, (0, 30), 70),
        (0, 0, 100, (0, 0), 100),
        (0, 0, 100, (25, 0), 100),  # what is dropped at the beginning is not heard, but takes its time
        (0, 0, 100, (0, 100), 0),
        (0, 0, 100, (0, 130), 0),
        (100, 0, 70, (0, 30), 70),  # the length is that without the padding
        (100, 0, 100, (0, 30), 70),
        (0, 100, 70, (0, 30), 70),
        (0, 100, 90, (0, 30), 70),
        (100, 0, 60, (0, 30), 60),
        (0, 0, 100, b"\0" * 9, 100),  # too short to be that
        (0, 0, 100, struct.pack("<IIBB", 0, 10, 0, 0) + b"more", 90),
    ],
)
def test_padding_at_the_end_of_a_sound_is_not_heard(monkeypatch, frame_size, before, length, skips, heard):
    monkeypatch.setattr(module, "AudioCodecContext", Codec)
    for rate, base in ((1000, 1000), (500, 1000), (2000, 1000), (44_100, 44_100)):
        # All in ticks; samples are of the rate.
        samples = Fraction(rate, base)
        few = skips if isinstance(skips, bytes) else tuple(int(n * samples) for n in skips)
        if isinstance(skips, bytes) and rate != base:
            continue
        codec = Codec(sample_rate=rate, frame_size=int(frame_size * samples))
        packets = [packet(0, duration=before)] * (before > 0) + [packet(1000, duration=length, skips=few)]
        assert track_of("audio", *packets, base=Fraction(1, base), codec=codec).end == 1000 + heard
    # Unless the codec has no rate, or it is not sound.
    silent = track_of("audio", packet(0, duration=100, skips=(0, 30)), codec=Codec(sample_rate=0))
    assert silent.end == 100
    assert track_of("video", packet(0, duration=100, skips=(0, 30))).end == 100
    monkeypatch.undo()
    assert track_of("audio", packet(0, duration=100, skips=(0, 30))).end == 100


def test_what_is_noted_of_packets():
    packets = [packet(40 * n, key=n in (0, 3)) for n in range(35)]
    track = track_of("video", *packets)
    assert (track.packets, track.keyframe, track.first) == (35, 3, 0)
    assert track.stamps == [40 * n for n in range(32)]
    assert track.is_measured
    assert not track.is_damaged
    assert track.cut is None
    track.add(packet(1500, 1400, duration=0))
    assert not track.is_measured
    track.add(packet(1600, 1500, corrupt=True))
    assert track.is_damaged
    assert track.cut == (1600, 1600, 40)
    assert track.end == 1540
    track.count_in_the_cut()
    assert track.end == 1640
    track.add(packet(None, 1700))
    assert track.cut is None
    assert track.is_damaged
    track.count_in_the_cut()
    assert track.end == 1740
    assert track_of("video", packet(None, 70), packet(50)).first == 70


@each(("start", "seconds"), [(None, 0.12), (0, 0.22), (100_000, 0.12), (Fraction(100_001), 0.119999), (500_000, 0.0)])
def test_a_track_s_end_in_seconds(start, seconds):
    track = track_of("video", packet(100), packet(140), packet(180))
    assert track.seconds(start) == pytest.approx(seconds)
    assert track_of("video").seconds(None) == 0


# Which tracks are decoded


class Container(nullcontext):
    """A container of these streams; its packets are noted as they are given."""

    def __init__(self, streams, names="mp4", duration=None, best=None):
        super().__init__(self)
        self.duration, self.format = duration, SimpleNamespace(name=names, flags=0)
        self.streams = SimpleNamespace(best=lambda kind: best)


NOTHING_SAID = Promise()


def probed(monkeypatch, tracks, names="mp4", promise=NOTHING_SAID, leapt=False, decoded=(9.0, ""), shown=None, **words):
    """What is told of a file with these tracks: (kind, packets, ...), the first sound being the one that is heard.

    decoded: the end that decoding finds, and the problem; MediaError: it cannot be decoded.
    """
    streams = [stream(kind, index=n, codec=Codec(**words)) for n, (kind, *_) in enumerate(tracks)]
    heard = next((one for one in streams if one.type == "audio"), None)
    asked = []

    def read(container, found):
        for track, (_, *packets) in zip(found, tracks):
            for one in packets:
                track.add(one)
        return leapt

    def end_of(path):
        asked.append("decoded")
        if decoded is MediaError:
            raise MediaError("broken")
        return decoded

    monkeypatch.setattr(module, "open_media", lambda path: Container(streams, names, best=heard))
    monkeypatch.setattr(module, "_used_streams", lambda container: streams)
    monkeypatch.setattr(module, "origin_us", lambda path, container: 0)
    monkeypatch.setattr(module, "promise_of", lambda path, container, stream: promise)
    monkeypatch.setattr(module, "with_structure", lambda path, promise: promise)
    monkeypatch.setattr(module, "_read_to_the_end", read)
    monkeypatch.setattr(module, "decoded_end", end_of)
    monkeypatch.setattr(module, "lateness", lambda path, index, stamps: None)
    monkeypatch.setattr(module, "parts_of", lambda path: [None])
    monkeypatch.setattr(module, "problem_of", lambda found, promise, end, why: f"problem at {end}")
    monkeypatch.setattr(
        module, "_shown_end", lambda path, seconds: asked.append(f"shown {seconds}") or (shown or seconds)
    )
    return probe("a"), asked


SOUND, PICTURE = ("audio", packet(0, duration=2000)), ("video", packet(0), packet(1960))


@each(
    ("words", "decodes"),
    [
        ({}, False),
        ({"leapt": True}, True),
        ({"names": "mov,mp4"}, False),
        ({"names": "aac"}, True),
        ({"names": "asf"}, True),
        ({"name": "wmav2"}, True),
        ({"promise": Promise(is_cut=True)}, True),
        ({"promise": Promise(damage="its sums are wrong")}, True),
        ({"promise": Promise(seconds=2.0)}, False),
        # Of a file that tells the number of samples a loss of two ms is rounding.
        ({"promise": Promise(seconds=2.0 + 1 / 512), "names": "flac"}, False),
        ({"promise": Promise(seconds=2.0 - 1 / 256), "names": "flac"}, True),
        ({"promise": Promise(seconds=2.0 + 1 / 256), "names": "flac"}, True),
        ({"promise": Promise(seconds=2.0 + 1 / 16)}, False),  # elsewhere one of a tenth of a second
        ({"promise": Promise(seconds=2.0 + 1 / 8)}, True),
        ({"promise": Promise(seconds=9.0)}, True),
    ],
)
def test_a_sound_is_decoded_where_its_packets_do_not_show_its_end(monkeypatch, words, decodes):
    found, asked = probed(monkeypatch, [SOUND], **words)
    assert asked == (["decoded"] if decodes else [])
    assert found.duration == (9.0 if decodes else 2.0)
    assert (found.has_audio, found.has_video) == (True, False)
    told = words.get("promise", Promise())
    assert found.problem == ("problem at 9.0" if told.is_cut or told.damage else "")


@pytest.mark.parametrize("last", [packet(2000, duration=0), packet(2000, duration=5, corrupt=True)])
def test_a_sound_whose_last_packet_does_not_show_its_end_is_decoded(monkeypatch, last):
    monkeypatch.setattr(module, "_is_decoded", lambda path, track, stamp: False)
    assert probed(monkeypatch, [(*SOUND, last)])[1] == ["decoded"]


def test_a_problem_of_decoding_is_told(monkeypatch):
    found, _ = probed(monkeypatch, [SOUND, PICTURE], leapt=True, decoded=(3.5, "broken there"))
    assert (found.duration, found.problem) == (3.5, "broken there")
    # What cannot be decoded is not sound; alone, it is an error.
    found, _ = probed(monkeypatch, [SOUND, PICTURE], leapt=True, decoded=MediaError)
    assert (found.duration, found.has_audio, found.has_video) == (2.0, False, True)
    with pytest.raises(MediaError, match="broken"):
        probed(monkeypatch, [SOUND], leapt=True, decoded=MediaError)
    with pytest.raises(MediaError, match="only a header"):
        probed(monkeypatch, [("audio",), ("video",)])
    with pytest.raises(MediaError, match="neither sound nor picture"):
        probed(monkeypatch, [])
    found, _ = probed(monkeypatch, [("audio",), PICTURE])
    assert (found.has_audio, found.has_video) == (False, True)


@each(
    ("names", "cut", "pictures", "shows"),
    [
        ("mp4", False, 2000, False),
        ("mp4", True, 2000, True),
        ("h264", False, 2000, True),
        ("mp4", True, 1040, True),
        ("mp4", True, 1000, False),  # it ends a second before the sound, and more
        ("mp4", True, 500, False),
    ],
)
def test_the_last_pictures_are_decoded_where_they_matter(monkeypatch, names, cut, pictures, shows):
    film = ("video", packet(0), packet(pictures - 40))
    found, asked = probed(monkeypatch, [SOUND, film], names, Promise(is_cut=cut), decoded=(2.0, "cut off"), shown=2.5)
    assert [one for one in asked if one != "decoded"] == ([f"shown {pictures / 1000}"] if shows else [])
    assert found.duration == (2.5 if shows else 2.0)


def test_a_picture_that_is_cut_off_counts_if_a_frame_comes_out_of_it(monkeypatch):
    film = ("video", packet(0), packet(40, key=True), packet(80, corrupt=True))
    for comes, end in ((True, 0.12), (False, 0.08)):
        asked = []
        monkeypatch.setattr(
            module,
            "_is_decoded",
            lambda path, track, stamp, comes=comes, asked=asked: asked.append((track.keyframe, stamp)) or comes,
        )
        assert probed(monkeypatch, [film])[0].duration == pytest.approx(end)
        assert asked == [(1, 80)]


@pytest.mark.parametrize(("names", "end"), [("mp4", 0.13), ("mxf", 0.08)])
def test_pictures_are_late_unless_the_container_counts_them(monkeypatch, names, end):
    film = ("video", packet(0), packet(40))
    probed(monkeypatch, [film], names)
    monkeypatch.setattr(module, "lateness", lambda path, index, stamps: 50 if stamps == [0, 40] else None)
    assert probe("a").duration == pytest.approx(end)


@each(
    ("names", "codec", "parts", "frames", "made_up"),
    [
        ({"wav"}, "pcm_s16le", [None], 0, False),
        ({"amr"}, "pcm_s16le", [None], 0, True),
        ({"gxf"}, "pcm_s16le", [None], 0, True),
        ({"wav"}, "s302m", [None], 0, True),
        ({"ogg"}, "vorbis", [None, None], 0, True),
        ({"avi"}, "vorbis", [None], 0, True),
        ({"avi"}, "mp3", [None], 0, False),
        ({"ogg"}, "vorbis", [None], 0, False),
        ({"mov", "mp4"}, "aac", [None], 0, True),
        ({"mov", "mp4"}, "aac", [None], 1, False),
    ],
)
def test_sounds_whose_packets_show_no_end(monkeypatch, names, codec, parts, frames, made_up):
    monkeypatch.setattr(module, "parts_of", lambda path: parts)
    found = module._is_made_up("a", names, stream("audio", codec=Codec(codec), frames=frames))
    assert found is made_up


def test_the_header_is_believed_if_asked_and_if_it_says_something(monkeypatch):
    streams = [stream("audio"), stream("video")]
    monkeypatch.setattr(module, "_used_streams", lambda container: streams)
    monkeypatch.setattr(module, "open_media", lambda path: Container(streams, duration=2_500_000))
    found = probe("a", fast=True)
    assert (found.duration, found.has_audio, found.has_video, found.problem) == (2.5, True, True, "")
    for said in (None, 0, -1):
        probed(monkeypatch, [SOUND])
        monkeypatch.setattr(module, "open_media", lambda path, said=said: Container(streams, duration=said))
        monkeypatch.setattr(module, "_used_streams", lambda container: [stream("audio")])
        assert probe("a", fast=True).duration == 2.0


def test_the_last_ten_seconds_of_a_picture_are_decoded(monkeypatch):
    asked = []

    class Film(nullcontext):
        end_ms = 31_000.0

        def __init__(self, path, rough):
            super().__init__(self)
            asked.append((path, rough))

        def frames(self, first):
            asked.append(first)
            return iter([1, 2])

    monkeypatch.setattr("lib.video.reader.VideoReader", Film)
    assert module._shown_end("a", 30.0) == 31.0
    assert module._shown_end("a", 4.0) == 31.0
    assert asked == [("a", True), 20_000, ("a", True), 0]

    def broken(path, rough):
        raise MediaError("broken")

    monkeypatch.setattr("lib.video.reader.VideoReader", broken)
    assert module._shown_end("a", 30.0) == 30.0
