"""Lengths, against what a full decode of the same file gives, and against how long it was made."""

import struct
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from lib.audio.reader import AudioReader
from lib.errors import MediaError
from lib.io.ffmpeg import open_media
from lib.video.probe import Probe, probe
from lib.video.reader import VideoReader
from tests.support.each import each
from tests.support.media_factory import FORMATS, H264, encode, ffmpeg, silent_film, tone, write_wav

FPS = 25
SECONDS = 4
FRAME = 1 / FPS
FILM = ("-f", "lavfi", "-i", f"testsrc=size=64x48:rate={FPS}:duration={SECONDS}")
SOUND = ("-f", "lavfi", "-i", f"sine=frequency=440:duration={SECONDS}")
# With pictures that are stored in another order than they are shown in, as most films have them.
REORDERED = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "3", "-pix_fmt", "yuv420p")
# A frame of sound in AAC or MP3 at 44.1 kHz is up to 1152 samples.
SOUND_FRAME = 1152 / 44100


def film(path, *options, source=FILM):
    ffmpeg(*source, *SOUND, *options, f"file:{path}")
    return Path(path)


def cut(path, share):
    """The beginning of a file, as a broken download leaves it."""
    data = path.read_bytes()
    short = path.with_name(f"cut{share}{path.suffix}")
    short.write_bytes(data[: int(len(data) * share)])
    return short


def decoded_end(path):
    """The end of the last frame, of sound or picture, that a decoder makes of the file, in seconds."""
    ends = [0.0]
    for kind in ("video", "audio"):
        with open_media(str(path)) as container:
            start = (container.start_time or 0) / av.time_base
            stream = container.streams.best(kind)
            packets = container.demux(stream) if stream else iter(())
            while True:
                try:
                    frames = next(packets).decode()
                except StopIteration:
                    break
                except (av.error.FFmpegError, ValueError):
                    continue
                for frame in frames:
                    length = float(frame.duration * frame.time_base)
                    ends.append(float(frame.pts * frame.time_base) + length - start)
    return max(ends)


@pytest.mark.slow
@pytest.mark.parametrize("ending", sorted(FORMATS))
def test_every_usual_format_is_as_long_as_it_was_made(tmp_path, ending):
    path = encode(tmp_path / f"x.{ending}", tone(440, 2.5))
    found = probe(path)
    assert found.duration == pytest.approx(2.5, abs=SOUND_FRAME)
    assert (found.has_audio, found.has_video) == (True, "-c:v" in FORMATS[ending])


@each("ending", ["mp3", "flac", "wav", "ogg", "m4a"])
def test_sound_is_measured_to_a_millisecond(tmp_path, ending):
    # The padding that encoders add is not sound: this length is not an integer number of frames of any of them.
    assert probe(encode(tmp_path / f"x.{ending}", tone(440, 1.2345))).duration == pytest.approx(1.2345, abs=0.001)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ending", "options"),
    [
        ("mp4", (*REORDERED, "-movflags", "+faststart")),
        ("mkv", REORDERED),
        ("avi", ("-c:v", "mpeg4", "-bf", "2", "-c:a", "libmp3lame")),
        ("ts", ("-c:v", "mpeg2video", "-bf", "2", "-c:a", "mp2")),
    ],
)
def test_a_cut_off_film_is_as_long_as_what_can_be_decoded(tmp_path, ending, options):
    whole = film(tmp_path / f"whole.{ending}", *options)
    for share in (0.35, 0.5, 0.62, 0.75, 0.85):
        short = cut(whole, share)
        expected = decoded_end(short)
        assert expected < SECONDS - FRAME, share  # something is really missing
        assert probe(str(short)).duration == pytest.approx(expected, abs=0.001), share


def test_the_header_of_a_cut_off_film_is_believed_only_when_asked(tmp_path):
    short = cut(film(tmp_path / "whole.mp4", *REORDERED, "-movflags", "+faststart"), 0.5)
    assert probe(str(short), fast=True).duration == pytest.approx(SECONDS, abs=SOUND_FRAME)
    assert probe(str(short)).duration < 0.8 * SECONDS


@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_the_last_frame_of_a_variable_rate_counts_whole(tmp_path, ending):
    # 40 frames at 50 a second, then every seventh: the last is frame 196, shown from 3.92 s on.
    source = ("-f", "lavfi", "-i", "testsrc=size=64x48:rate=50:duration=4,select='lt(n,40)+not(mod(n,7))'")
    path = tmp_path / f"x.{ending}"
    ffmpeg(*source, "-fps_mode", "vfr", *REORDERED, f"file:{path}")
    found = probe(str(path))
    assert found.duration == pytest.approx(decoded_end(path), abs=0.001)
    assert 196 / 50 < found.duration <= 196 / 50 + 7 / 50
    assert not found.has_audio


def patched(path, find, offset, value):
    """Overwrite bytes some way behind a mark in the file."""
    data = bytearray(path.read_bytes())
    place = data.index(find) + offset
    data[place : place + len(value)] = value
    path.write_bytes(data)
    return path


WAV_HEADER = b"RIFF\x24\0\0\0WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 44100, 88200, 2, 16) + b"data\0\0\0\0"
LIES = {
    "mkv": (b"\x44\x89\x88", 3, struct.pack(">d", 99_000.0)),
    "flv": (b"duration", 9, struct.pack(">d", 99.0)),
    "mp3": (b"Info", 8, struct.pack(">I", 99_999)),
    "flac": (b"fLaC", 4 + 4 + 14, struct.pack(">I", 44100 * 99)),
}


@pytest.mark.slow
@pytest.mark.parametrize("ending", sorted(LIES))
def test_a_header_that_lies_does_not_matter(tmp_path, ending):
    path = tmp_path / f"x.{ending}"
    if ending in ("mkv", "flv"):
        film(path, *(REORDERED if ending == "mkv" else ("-c:v", "flv1", "-ar", "44100", "-c:a", "libmp3lame")))
    else:
        encode(path, tone(440, SECONDS))
    patched(path, *LIES[ending])
    assert probe(str(path), fast=True).duration > 50
    assert probe(str(path)).duration == pytest.approx(SECONDS, abs=2 * SOUND_FRAME)
    assert probe(str(path)).duration == pytest.approx(decoded_end(path), abs=SOUND_FRAME)


def test_the_lengths_in_an_mp4_header_do_not_matter(tmp_path):
    path = film(tmp_path / "x.mp4", *REORDERED)
    for box, offset in ((b"mvhd", 20), (b"tkhd", 24), (b"mdhd", 20)):
        patched(path, box, offset, struct.pack(">I", 9_999_999))
    assert probe(str(path)).duration == pytest.approx(SECONDS, abs=SOUND_FRAME)


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF])
def test_a_recorder_that_was_switched_off_left_a_wrong_size(tmp_path, size):
    path = Path(write_wav(tmp_path / "x.wav", tone(440, 1.5)))
    assert probe(str(patched(path, b"data", 4, struct.pack("<I", size)))).duration == pytest.approx(1.5, abs=0.001)


def test_a_live_recording_names_no_length(tmp_path):
    path = tmp_path / "live.mkv"
    ffmpeg(*FILM, *H264, "-f", "matroska", "-live", "1", f"file:{path}")
    assert probe(str(path), fast=True).duration == pytest.approx(SECONDS, abs=0.001)


def test_a_bare_stream_has_no_clock(tmp_path):
    path = tmp_path / "x.h264"
    ffmpeg(*FILM, *REORDERED, f"file:{path}")
    assert probe(str(path)) == Probe(pytest.approx(SECONDS, abs=0.001), False, True)


@pytest.mark.parametrize("ending", ["ts", "mpg"])
def test_films_joined_end_to_end_are_as_long_as_both(tmp_path, ending):
    one = film(tmp_path / f"one.{ending}", "-c:v", "mpeg2video", "-bf", "2", "-c:a", "mp2")
    both = tmp_path / f"both.{ending}"
    both.write_bytes(one.read_bytes() * 2)
    assert probe(str(both)).duration == pytest.approx(2 * probe(str(one)).duration, abs=SOUND_FRAME)


def test_a_sound_that_begins_late_ends_late(tmp_path):
    path = tmp_path / "x.mp4"
    ffmpeg(*FILM, "-itsoffset", "1.5", *SOUND, *H264, "-c:a", "aac", f"file:{path}")
    assert probe(str(path)).duration == pytest.approx(SECONDS + 1.5, abs=SOUND_FRAME)


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["mp3", "m4a", "flac"])
@pytest.mark.parametrize("fast", [False, True])
def test_cover_art_is_not_video(tmp_path, ending, fast):
    sound = encode(tmp_path / f"sound.{ending}", tone(440, 1.0))
    Image.new("RGB", (64, 64), "red").save(tmp_path / "cover.png")
    path = tmp_path / f"x.{ending}"
    words = ("-i", sound, "-i", str(tmp_path / "cover.png"), "-map", "0", "-map", "1", "-c", "copy")
    ffmpeg(*words, "-disposition:1", "attached_pic", f"file:{path}")
    with av.open(str(path)) as container:
        assert container.streams.video  # the picture is there
    assert probe(str(path), fast) == Probe(pytest.approx(1.0, abs=SOUND_FRAME), True, False)


@pytest.mark.parametrize("fast", [False, True])
def test_a_silent_film_has_no_audio(tmp_path, fast):
    path = silent_film(tmp_path / "x.mp4", 1.0)
    assert probe(path, fast) == Probe(pytest.approx(1.0, abs=0.001), False, True)


@pytest.mark.slow
def test_the_sample_films_are_as_long_as_their_table_says(sample_media):
    rows = [line.split(",") for line in (sample_media / "films.csv").read_text().splitlines()[1:]]
    assert len(rows) >= 6
    for name, _, seconds, *_ in rows:
        found = probe(str(sample_media / name))
        assert found == Probe(pytest.approx(float(seconds), abs=0.001), True, True), name


@each(
    ("name", "content", "reason"),
    [
        ("missing.mp4", None, "no such file"),
        ("empty.mp4", b"", "empty"),
        ("text.mp4", b"this is no film\n" * 99, "not media"),
        ("header.wav", WAV_HEADER, "neither"),
    ],
)
@each("fast", [False, True])
def test_what_cannot_be_measured_says_why(tmp_path, name, content, reason, fast):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(MediaError, match=reason):
        probe(str(tmp_path / name), fast)


def test_a_film_without_its_index_cannot_be_read(tmp_path):
    short = cut(film(tmp_path / "whole.mp4", *REORDERED), 0.6)  # the index is at the end
    with pytest.raises(MediaError, match="not media"):
        probe(str(short))


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.3, 0.6])
@pytest.mark.parametrize("damage", ["lost packets", "noise"])
def test_a_damaged_transport_stream_is_no_longer_than_it_is(tmp_path, damage, share):
    path = Path(film(tmp_path / "x.ts", *REORDERED))
    whole = probe(str(path)).duration
    data = bytearray(path.read_bytes())
    rng = np.random.default_rng(5)
    middle = round(share * len(data) / 188)
    for packet in range(middle, middle + len(data) // 188 // 10):
        if damage == "noise" and packet % 3 == 0:  # the sync byte stays: what is in the packet is wrong, stamps too
            data[188 * packet + 4 : 188 * packet + 188] = rng.bytes(184)
    if damage == "lost packets":
        del data[188 * middle : 188 * (middle + len(data) // 188 // 20)]
    path.write_bytes(data)
    assert probe(str(path)).duration == pytest.approx(whole, abs=0.25)
    assert decoded_end(path) == pytest.approx(probe(str(path)).duration, abs=0.1)


@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_a_variable_rate_with_sound_ends_where_the_longer_one_does(tmp_path, ending):
    # Bursts and holds: 50 frames a second, of which a fifth of each second is there.
    pictures = "testsrc=size=64x48:rate=50:duration=4,select='lt(mod(n,50),10)'"
    sound = "sine=440:r=48000:d=4"
    path = tmp_path / f"x.{ending}"
    ffmpeg("-f", "lavfi", "-i", pictures, "-f", "lavfi", "-i", sound, "-fps_mode", "vfr", *REORDERED, f"file:{path}")
    assert probe(str(path)).duration == pytest.approx(4, abs=SOUND_FRAME)
    assert probe(str(path)).duration == pytest.approx(decoded_end(path), abs=SOUND_FRAME)


def test_of_several_streams_the_length_is_that_of_the_used_ones(tmp_path):
    # Another picture and another sound, both longer: no stage shows or plays them.
    more = ("-f", "lavfi", "-i", "testsrc=size=16x16:rate=25:duration=6", "-f", "lavfi", "-i", "sine=880:duration=7")
    maps = [word for n in range(4) for word in ("-map", str(n))]
    path = film(tmp_path / "x.mkv", *more, *maps, *H264, "-c:a", "pcm_s16le", "-disposition:a:1", "0")
    found = probe(str(path))
    with VideoReader(str(path)) as it:
        for _ in it.frames():
            pass
    assert (it.width, it.height) == (64, 48)
    assert (found.duration, it.end_ms / 1000) == pytest.approx((SECONDS, SECONDS), abs=FRAME)


# What stands in a file for its codecs, by its ending.
CODECS = {
    "mp4": (b"avc1",), "mov": (b"avc1",), "mkv": (b"V_MPEG4/ISO/AVC", b"A_AAC"),
    "webm": (b"V_VP8", b"A_VORBIS", b"A_OPUS"),
}  # fmt: skip


@each("ending", CODECS)
@each("fast", [True, False])
def test_what_there_is_no_decoder_for_is_as_long_as_its_packets(tmp_path, ending, fast):
    path = encode(tmp_path / f"known.{ending}", tone(440, 0.6))
    known = probe(path, fast)
    data = Path(path).read_bytes()
    for name in CODECS[ending]:
        data = data.replace(name, name[:-2] + b"zz")
    unknown = tmp_path / f"unknown.{ending}"
    unknown.write_bytes(data)
    # (A decoder leaves out what lies before the beginning.)
    assert probe(str(unknown), fast) == Probe(pytest.approx(known.duration, abs=0.06), True, True)
    for read in (VideoReader, lambda path: AudioReader(path, 22050))[: len(CODECS[ending])]:
        with pytest.raises(MediaError, match="there is no decoder for it"), read(str(unknown)):
            pass


@each("bits", [0, 99])
@each("fast", [True, False])
def test_a_wave_of_an_impossible_number_of_bits_is_as_long_as_its_samples(tmp_path, bits, fast):
    path = Path(write_wav(tmp_path / "a.wav", tone(440, 0.6)))
    data = bytearray(path.read_bytes())
    data[34:36] = struct.pack("<H", bits)
    path.write_bytes(data)
    assert probe(str(path), fast) == Probe(pytest.approx(0.6), True, False)
