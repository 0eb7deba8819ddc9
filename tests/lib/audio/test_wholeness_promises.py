"""What a header promises, by the kind of file, and what its structure adds: with files that are only described."""

import struct
from contextlib import nullcontext
from fractions import Fraction
from types import SimpleNamespace

import pytest

from lib.audio import wholeness
from lib.audio.wholeness import Promise, promise_of, with_structure
from lib.errors import MediaError
from tests.support.each import each


def promised(tmp_path, names, own=None, whole=None, codec="x", data=b"no file of any kind"):
    """Of a file of this format; own: the length of its stream in s; whole: of the container."""
    path = tmp_path / "a.dat"
    path.write_bytes(data)
    container = SimpleNamespace(
        format=SimpleNamespace(name=names), duration=None if whole is None else round(whole * 1_000_000)
    )
    stream = SimpleNamespace(
        duration=None if own is None else round(own * 1000), time_base=Fraction(1, 1000),
        codec_context=SimpleNamespace(name=codec, sample_rate=1000, frame_size=100),
    )  # fmt: skip
    return promise_of(str(path), container, stream)


@pytest.fixture
def cut(monkeypatch):
    """Say whether files are cut off."""
    return lambda is_cut: monkeypatch.setattr(wholeness, "is_cut", lambda file, size, names: is_cut)


@each("is_cut", [False, True])
@each(
    ("names", "codec", "seconds"),
    [
        ("flac", "flac", 2.5), ("au", "pcm_s16be", 2.5), ("tta", "tta", 2.5), ("wv", "wavpack", 2.5),
        ("ape", "ape", 2.5), ("aiff", "pcm_s16be", 2.5),
        ("aiff", "adpcm_ima_qt", None),  # that number is of blocks
        ("mpegts", "aac", None),
    ],
)  # fmt: skip
def test_headers_that_count_samples_are_exact(tmp_path, cut, is_cut, names, codec, seconds):
    cut(is_cut)
    assert promised(tmp_path, names, 2.5, 9, codec) == Promise(seconds, is_cut)
    assert promised(tmp_path, names, None, 9, codec) == Promise(None, is_cut)


@pytest.mark.parametrize("names", ["mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm"])
def test_what_is_cut_off_was_to_be_as_long_as_its_stream_or_the_whole(tmp_path, cut, names):
    cut(False)
    assert promised(tmp_path, names, 2.5, 9) == Promise()
    cut(True)
    assert promised(tmp_path, names, 2.5, 9) == Promise(2.5, True)
    assert promised(tmp_path, names, None, 9) == Promise(9, True)
    assert promised(tmp_path, names) == Promise(None, True)


@each(
    ("counted", "own", "seconds"),
    [(None, 10, None), (10, 10.09, 10.09), (10, 9.91, 9.91), (10, 10.2, 10), (10, 9.8, 10), (10, None, 10), (10, 0, 10),
     (0, 10, 0), (0.1, 0.2, 0.1)],
)  # fmt: skip
def test_an_mp3_is_as_long_as_its_first_frame_counts(tmp_path, cut, monkeypatch, counted, own, seconds):
    """Where ffmpeg's length is the same but for the padding, it is that."""
    cut(False)
    monkeypatch.setattr(wholeness, "_counted_seconds", lambda file, stream: counted)
    assert promised(tmp_path, "mp3", own, 99) == Promise(seconds)


@each(("bad", "good", "said"), [(1, 5, True), (2, 1, True), (1, 0, False), (0, 5, False), (0, 0, False)])
def test_pages_of_an_ogg_with_a_wrong_checksum_are_damage_if_others_are_right(
    tmp_path, cut, monkeypatch, bad, good, said
):
    cut(False)
    monkeypatch.setattr(wholeness, "damaged_pages", lambda file: (bad, good))
    damage = f"pages with a wrong checksum (correct ones: {good})" if said else ""
    assert promised(tmp_path, "ogg", 3) == Promise(None, False, damage)
    assert promised(tmp_path, "oggx", 3) == Promise()


def wave(tag, stated, there):
    fmt = struct.pack("<HHIIHH", tag, 1, 1000, 2000, 2, 16)
    return b"RIFF\0\0\0\0WAVEfmt " + struct.pack("<I", 16) + fmt + b"data" + struct.pack("<I", stated) + bytes(there)


@each(
    ("tag", "stated", "there", "promise"),
    [
        (1, 800, 800, Promise(0.4)),
        (1, 800, 799, Promise(0.4, True)),
        (1, 800, 900, Promise(0.4)),
        (1, 0, 800, Promise()),  # no length was stated
        (2, 800, 800, Promise()),  # bytes of ADPCM are not samples
        (2, 800, 700, Promise(0.4, True)),
    ],
)
def test_a_wav_file_is_as_long_as_its_bytes(tmp_path, tag, stated, there, promise):
    assert promised(tmp_path, "wav", 7, 7, data=wave(tag, stated, there)) == promise


def test_of_a_file_that_is_gone_nothing_is_certain(tmp_path):
    container = SimpleNamespace(format=SimpleNamespace(name="flac"), duration=None)
    stream = SimpleNamespace(duration=None, time_base=None)
    assert promise_of(str(tmp_path / "gone"), container, stream) == Promise()


def structured(monkeypatch, promise, broken=None, place=None, packets=()):
    monkeypatch.setattr(wholeness, "broken_blocks", broken if callable(broken) else lambda path: broken)
    monkeypatch.setattr(wholeness, "break_in", place if callable(place) else lambda path: place)
    streams = [SimpleNamespace(type=kind) for kind in ("audio", "subtitle", "video")]
    monkeypatch.setattr(wholeness, "open_media", lambda path: nullcontext(SimpleNamespace(streams=streams)))

    def read(container, wanted):
        assert [stream.type for stream in wanted] == ["audio", "video"]
        return packets() if callable(packets) else iter(packets)

    monkeypatch.setattr(wholeness, "packets", read)
    return with_structure("a.x", promise)


def fails(*_):
    raise OSError("gone")


def test_broken_blocks_are_damage_and_may_know_the_length(monkeypatch):
    broken = SimpleNamespace(after=1.234, seconds=9.5)
    damage = "broken blocks after 1.23 s"
    assert structured(monkeypatch, Promise(), broken) == Promise(9.5, False, damage)
    assert structured(monkeypatch, Promise(4.0, False, "old"), broken, 5) == Promise(4.0, False, damage)
    # What is cut off is not looked at.
    assert structured(monkeypatch, Promise(4.0, True), fails, fails) == Promise(4.0, True)
    assert structured(monkeypatch, Promise(4.0), fails, 5) == Promise(4.0)
    assert structured(monkeypatch, Promise(4.0)) == Promise(4.0)


def packet(pos, pts, dts=None, base=Fraction(1, 10)):
    return SimpleNamespace(pos=pos, pts=pts, dts=dts, time_base=base)


@each(
    ("packets", "after"),
    [
        ((), " after 0 s"),
        ((packet(1, 5), packet(99, 15), packet(100, 25)), " after 1.5 s"),
        ((packet(1, 5), packet(101, 15), packet(2, 25)), " after 0.5 s"),
        ((packet(None, 5), packet(3, 2)), " after 0.5 s"),
        ((packet(1, None, 7), packet(2, None, None)), " after 0.7 s"),
        ((packet(1, 3, 9), packet(2, 0)), " after 0.3 s"),
        ((packet(1, 5), packet(2, 50, base=None)), " after 0.5 s"),
        (fails, ""),
        (lambda: (_ for _ in ()).throw(MediaError("cannot be read")), ""),
    ],
)
def test_broken_chunks_come_after_the_last_packet_before_them(monkeypatch, packets, after):
    found = structured(monkeypatch, Promise(4.0), None, 100, packets)
    assert found == Promise(4.0, False, f"broken chunks{after}")
