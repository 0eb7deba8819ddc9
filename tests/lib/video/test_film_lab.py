"""Films of the laboratory in every container, codec and fault: which frame is when, in which colours, combed or not.

The reference is what the ffmpeg program shows of the same file.
"""

import functools
import itertools
import struct
from pathlib import Path

import numpy as np
import pytest
from av.video.frame import VideoFrame

from lib.audio.ranges import read_audio
from lib.audio.wholeness import brief
from lib.errors import MediaError
from lib.video import combing
from lib.video.fields import Fields
from lib.video.probe import probe
from lib.video.reader import VideoReader
from tests.support import film_lab as lab
from tests.support.each import each

FRAME = 1000 / lab.FPS
COUNT = 60
X264 = [
    "-c:v",
    "libx264",
    "-preset",
    "ultrafast",
    "-crf",
    "10",
    "-bf",
    "2",
    "-pix_fmt",
    "yuv420p",
    "-x264-params",
    "scenecut=0:keyint=25:b-adapt=0",
]
MPEG2 = ["-c:v", "mpeg2video", "-q:v", "2", "-bf", "2", "-g", "12"]
MPEG4 = ["-c:v", "mpeg4", "-q:v", "2", "-bf", "2", "-g", "25"]
HEVC = [
    "-c:v",
    "libx265",
    "-crf",
    "10",
    "-preset",
    "ultrafast",
    "-pix_fmt",
    "yuv420p",
    "-x265-params",
    "log-level=0:bframes=3:pools=none:frame-threads=1",
]
AAC, MP3, MP2, PCM, OPUS = ("-c:a aac", "-c:a libmp3lame", "-c:a mp2", "-c:a pcm_s16le", "-c:a libopus")
# Every kind: words for ffmpeg, and by how many ms its picture is later than its sound by ffmpeg's own reading. (AVI
# has no stamps but the order of decoding: its frames are late by how far the codec reorders, one or two frames, and its
# mp3 is late by the encoder's 23 ms.)
KINDS = {
    "h264.mp4": (X264, AAC, 0),
    "h264.mov": (X264, AAC, 0),
    "h264.mkv": (X264, AAC, 0),
    "h264.ts": (X264, AAC, 0),
    "h264.flv": (X264, AAC, 0),
    "h264.avi": (X264, MP3, 57),
    "fragmented.mp4": ([*X264, "-movflags", "frag_keyframe+empty_moov"], AAC, 0),
    "hevc.mp4": (HEVC, AAC, 0),
    "hevc.ts": (HEVC, AAC, 0),
    "mpeg4.avi": (MPEG4, MP3, 17),
    "xvid.avi": ([*MPEG4, "-vtag", "XVID"], MP3, 17),
    "mpeg4.mp4": (MPEG4, AAC, 0),
    "mjpeg.avi": (["-c:v", "mjpeg", "-q:v", "2", "-pix_fmt", "yuvj420p"], PCM, 0),
    "mpeg2.mpg": (MPEG2, MP2, 0),
    "mpeg2.vob": ([*MPEG2, "-f", "vob"], MP2, 0),
    "mpeg2.ts": (MPEG2, MP2, 0),
    "mpeg2.mxf": ([*MPEG2, "-pix_fmt", "yuv420p"], PCM, 0),
    "mpeg1.mpg": (["-c:v", "mpeg1video", "-q:v", "2", "-bf", "2"], MP2, 0),
    "vp8.webm": (["-c:v", "libvpx", "-b:v", "2M", "-deadline", "realtime", "-threads", "1"], OPUS, 0),
    "wmv2.wmv": (["-c:v", "wmv2", "-q:v", "2"], "-c:a wmav2", 0),
    "prores.mov": (["-c:v", "prores_ks"], PCM, 0),
}


def film(folder, kind, options=(), heard=COUNT / lab.FPS, pictures=None):
    words, sounds, _ = KINDS[kind]
    pictures = [lab.picture(n) for n in range(COUNT)] if pictures is None else pictures
    return lab.make(folder / kind, pictures, [*options, *words, *sounds.split()], heard=lab.sound(heard))


def read(path, crop_bars=False):
    """Return the (time, picture) list of a film, and when it ends."""
    with VideoReader(str(path), crop_bars) as it:
        found = [(frame.ms, frame.picture(it.width, it.height)) for frame in it.frames()]
        return found, it.end_ms


def numbered(frames):
    """Return the (number, time) of frames."""
    return [(lab.number_of(picture), ms) for ms, picture in frames]


def relative(times):
    """Return times after the first: containers' starts differ between versions of ffmpeg's libraries."""
    return [ms - times[0] for ms in times]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_every_frame_is_there_when_ffmpeg_shows_it(tmp_path, kind):
    path = film(tmp_path, kind)
    ours, end = read(path)
    theirs = numbered(lab.reference(path))
    assert [n for n, _ in numbered(ours)] == [n for n, _ in theirs] == list(range(COUNT))
    assert relative([ms for _, ms in numbered(ours)]) == pytest.approx(relative([ms for _, ms in theirs]), abs=1)
    # The flash of each second is there with its beep.
    late = KINDS[kind][2]
    heard = lab.beeps(read_audio(path, lab.RATE))
    seen = [ms for ms, picture in ours if lab.flashes(picture)]
    assert len(seen) == 3
    assert np.subtract(seen[1:], heard[-2:]) == pytest.approx([late] * 2, abs=FRAME / 2)
    assert max(max(lab.corner_errors(picture).values()) for _, picture in ours[::10]) <= 12
    # All stages see one end, to a frame of sound (2048 samples at most).
    assert probe(path).duration * 1000 == pytest.approx(max(end, heard[-1] + 400), abs=120)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["h264.mp4", "hevc.mp4", "mpeg4.mp4", "h264.mkv", "h264.ts"])
def test_pictures_that_are_held_shift_nothing(tmp_path, kind):
    holds = ["-vf", "setpts='PTS+(gte(N,20)*2+gte(N,40)*3.2)/TB'", "-fps_mode", "vfr"]
    ours, end = read(film(tmp_path, kind, holds, heard=COUNT / lab.FPS + 5.2))
    begun = ours[0][0]
    for number, ms in numbered(ours):
        assert ms - begun == pytest.approx(FRAME * number + 2000 * (number >= 20) + 3200 * (number >= 40), abs=1)
    assert len(ours) == COUNT
    assert end == pytest.approx(ours[-1][0] + FRAME, abs=1)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["h264.mp4", "h264.mkv", "h264.ts", "mpeg2.mpg"])
def test_one_outlier_shifts_nothing(tmp_path, kind):
    whole = film(tmp_path, kind)
    want = numbered(read(whole)[0])

    def leap(n, packet):
        if n == 25:
            packet.pts += lab.ticks(packet, 30_000)

    odd = lab.remux(whole, tmp_path / f"odd.{kind}", leap)
    got = numbered(read(odd)[0])
    assert [n for n, _ in got] == [n for n, _ in want]
    assert [ms for _, ms in got] == pytest.approx([ms for _, ms in want], abs=1)
    assert probe(odd).duration == pytest.approx(probe(whole).duration, abs=0.03)


def test_stamps_in_the_order_of_decoding_lose_no_frame(tmp_path):
    """As VLC writes mp4: each frame's stamp is that of its place in the file."""

    def in_order(_, packet):
        packet.pts = packet.dts

    path = lab.remux(film(tmp_path, "h264.mp4"), tmp_path / "vlc.mp4", in_order)
    ours, theirs = numbered(read(path)[0]), numbered(lab.reference(path))
    assert [n for n, _ in ours] == [n for n, _ in theirs]
    steps = [b - a for (_, a), (_, b) in itertools.pairwise(ours)]
    # (Where ffmpeg's own stamps of decoding begin, a step may be two frames long.)
    assert steps[3:] == pytest.approx([FRAME] * (len(steps) - 3), abs=1)
    assert max(steps) <= 2 * FRAME


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["h264.ts", "mpeg2.ts", "mpeg2.mpg"])
@pytest.mark.parametrize("longer", [0.629, 1.5])
def test_joined_files_stay_in_time(tmp_path, kind, longer):
    one = film(tmp_path, kind, heard=2 + longer, pictures=[lab.picture(n) for n in range(50)])
    both = tmp_path / f"both.{kind.rsplit('.')[-1]}"
    with open(one, "rb") as part:
        both.write_bytes(part.read() * 3)
    ours, _ = read(both)
    numbers = [n for n, _ in numbered(ours)]
    assert len(numbers) >= 3 * 50 - 6  # a decoder may lose frames where parts meet
    begins = [ms for (before, _), (n, ms) in itertools.pairwise([(99, 0), *numbered(ours)]) if n < before - 20]
    # Each part begins where the longer stream of the one before has ended.
    assert np.diff(begins) == pytest.approx([1000 * (2 + longer)] * 2, abs=2 * FRAME)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["hevc.mp4", "mpeg4.mov", "fragmented.mp4", "h264.mkv"])
def test_places_are_jumped_to_whatever_a_keyframe_s_stamps_are(tmp_path, monkeypatch, kind):
    words = {"mpeg4.mov": MPEG4}.get(kind) or KINDS[kind][0]
    path = lab.make(tmp_path / kind, [lab.picture(n) for n in range(240)], [*words, "-g", "25"])
    decoded = []
    decode = VideoReader._decode
    monkeypatch.setattr(VideoReader, "_decode", lambda self, packet: decoded.append(packet) or decode(self, packet))
    with VideoReader(path) as it:
        whole = [(frame.ms, lab.number_of(frame.picture(192, 144))) for frame in it.frames()]
        assert [n for _, n in whole] == list(range(240))
    with VideoReader(path) as it:
        # Also between a keyframe's times of decoding and of being shown, where the index leads too far.
        for place in (3990.0, 6985.0, 2000.0, 8940.0, 8999.0, 5040.0):
            del decoded[:]
            frame = next(it.frames(place))
            shown = max((n for n, (ms, _) in enumerate(whole) if ms <= place), default=0)
            assert (frame.ms, lab.number_of(frame.picture(192, 144))) == whole[shown]
            # From the beginning, 8.94 s take 224; Matroska's index has a place in five seconds, and h264.mkv takes 173.
            assert len(decoded) < 200


DV = ["-c:v", "dvvideo", "-pix_fmt", "yuv420p"]
INTERLACED = {
    "flagged.mpg": (False, ["-vf", "setfield=tff", *MPEG2, "-flags", "+ildct+ilme"]),
    "flagged.mp4": (False, ["-vf", "setfield=tff", *X264[:-2], "-x264-params", "tff=1"]),
    "bottom.mkv": (True, ["-vf", "setfield=bff", *X264[:-2], "-x264-params", "bff=1"]),
    "dv.avi": (
        True,
        ["-vf", "scale=720:576:flags=neighbor:interl=1,setfield=bff", "-c:v", "dvvideo", "-pix_fmt", "yuv420p"],
    ),
    "unflagged.mp4": (False, X264),
    "unflagged bottom.avi": (True, ["-c:v", "mpeg4", "-q:v", "2"]),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", INTERLACED)
def test_interlaced_film_is_not_combed(tmp_path, kind):
    bottom, words = INTERLACED[kind]
    path = lab.make(tmp_path / kind, [lab.fields(n, bottom) for n in range(40)], words)
    ours, _ = read(path)
    assert [n for n, _ in numbered(ours)] == list(range(40))
    combed = np.mean([lab.comb_energy(picture) for _, picture in lab.reference(path)])
    theirs = np.mean([lab.comb_energy(picture) for _, picture in lab.reference(path, "bwdif=mode=send_frame")])
    assert combed > 5  # there is something to mend
    # (The first frame of film without flags may stay as it is: there is nothing yet to tell by.)
    assert np.mean([lab.comb_energy(picture) for _, picture in ours[1:]]) < theirs + 0.1
    with VideoReader(path) as it:
        small = [frame.picture(96, 54) for frame in it.frames()][1:]
    assert np.mean([lab.comb_energy(picture) for picture in small]) < 0.5


@pytest.mark.slow
def test_telecine_is_brought_back_to_the_frames_of_the_film(tmp_path):
    for name, words in (("tel.mp4", X264), ("tel.mpg", ["-vf", "setfield=tff", *MPEG2, "-flags", "+ildct+ilme"])):
        path = lab.make(tmp_path / name, lab.telecined(50), words)
        ours = read(path)[0]
        numbers = [n for n, _ in numbered(ours)]
        assert numbers == list(range(40))
        assert np.mean([lab.comb_energy(picture) for _, picture in ours]) < 1.2
        assert np.mean([lab.comb_energy(picture) for _, picture in lab.reference(path)]) > 5


# How many fields each frame of film lasts, whether the lower one is first, and how many are missing at the beginning.
PULLDOWNS = {
    "2:3, bottom first": ((2, 3), True, 0),
    "2:3:3:2": ((2, 3, 3, 2), False, 0),
    "3:3, 20 frames a second": ((3, 3), False, 0),
    "24 as 25 by a field": ((2,) * 11 + (3,), False, 0),
    "2:2, halves apart": ((2,), False, 1),
    "3:2, cut within a frame": ((3, 2), False, 3),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", PULLDOWNS)
def test_other_pulldowns_are_brought_back_as_well(tmp_path, kind):
    pattern, bottom_first, lead = PULLDOWNS[kind]
    pictures = lab.pulled_down(pattern, 24, bottom_first, lead)
    ours = read(lab.make(tmp_path / "film.mp4", pictures, X264))[0]
    numbers = [n for n, _ in numbered(ours)]
    assert list(dict.fromkeys(numbers)) == list(range(numbers[0], numbers[-1] + 1))
    assert (numbers[0] <= 1, numbers[-1] >= 22) == (True, True)  # the first and the last may have lost a field
    assert len(numbers) <= len(set(numbers)) + 1  # a field too many may make one frame twice
    assert np.mean([lab.comb_energy(picture) for picture in pictures]) > 4
    assert np.mean([lab.comb_energy(picture) for _, picture in ours]) < 1


@pytest.fixture
def touched(monkeypatch):
    """Return a list that grows by one with each frame that is deinterlaced or put together."""
    from lib.video.fields import Fields

    calls = []
    for name in ("_deinterlaced", "_woven"):
        own = getattr(Fields, name)
        monkeypatch.setattr(Fields, name, lambda *words, own=own, name=name: (calls.append(name), own(*words))[1])
    return calls


# Progressive pictures that look interlaced here and there: fine, thin, noisy, moving up and down by odd rows.
BUSY = {
    "numbers": None,
    "test picture": "testsrc2=s=176x144:r=25",
    "cells that move up": "cellauto=s=160x120:r=25:rule=110:seed=5",
    "life": "life=s=160x120:r=25:ratio=0.2:seed=3:mold=8",
    "zoom": "mandelbrot=s=160x120:r=25:start_scale=0.8",
    "thin lines that rise": "color=black:s=160x120:r=25,geq=lum='235*lt(mod(Y+N,7),1)':cb=128:cr=128",
    "lines that rise slowly": "color=black:s=160x120:r=25,geq=lum='128+100*sin((Y+0.4*N)*1.9)':cb=128:cr=128",
    "a ticker": "color=gray:s=160x120:r=25,geq=lum='235*lt(mod(X+3*N,9),3)*gt(Y,90)+60':cb=128:cr=128",
    "an edge that falls, and fades": "color=black:s=160x120:r=25,geq=lum='(20+3*N)*gt(Y,2*N)+16':cb=128:cr=128",
    "grain": "color=gray:s=160x120:r=25,noise=alls=40:allf=t",
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", BUSY)
def test_progressive_film_passes_as_it_is(tmp_path, touched, kind):
    if BUSY[kind]:
        path = tmp_path / "busy.mp4"
        lab.run("-f", "lavfi", "-i", BUSY[kind], "-frames:v", "40", *X264[:3], "ultrafast", "-crf", "20",
                "-pix_fmt", "yuv420p", str(path))  # fmt: skip
        with VideoReader(str(path)) as it:
            assert len(list(it.frames())) == 40
    else:
        assert len(read(film(tmp_path, "h264.mp4"))[0]) == COUNT
    assert touched == []


@pytest.mark.slow
def test_real_film_is_deinterlaced_only_where_it_is_interlaced(tmp_path, touched):
    real = str(Path(__file__).parents[3] / "media" / "sample" / "film_marching_band.mp4")
    words = ["-i", real, "-t", "1.6", "-an", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "22"]
    for look, made, least, most in (
        ("null", "plain.mp4", 0, 0),
        ("interlace=scan=tff:lowpass=off,setfield=prog", "top.mp4", 22, 24),
        ("interlace=scan=bff:lowpass=linear,setfield=prog", "bottom.mp4", 22, 24),
    ):
        touched.clear()
        lab.run(*words, "-vf", f"{look},format=yuv420p", str(tmp_path / made))
        with VideoReader(str(tmp_path / made)) as it:
            count = len(list(it.frames()))
        assert count == (48 if made == "plain.mp4" else 24)
        assert touched == ["_deinterlaced"] * len(touched)
        assert least <= len(touched) <= most


def test_film_that_becomes_interlaced_is_deinterlaced_from_there(tmp_path, touched):
    whole = [lab.picture(n) for n in range(60)] + [lab.fields(n) for n in range(60, 110)]
    ours = read(lab.make(tmp_path / "both.mp4", whole, X264))[0]
    assert [n for n, _ in numbered(ours)] == list(range(110))
    # (After so much that is whole, three frames in four are not looked at.)
    assert 34 <= len(touched) <= 50
    assert np.mean([lab.comb_energy(picture) for _, picture in ours[76:]]) < 1


@pytest.mark.slow
@pytest.mark.parametrize(("bars", "want"), [((0, 24), (192, 144)), ((30, 0), (192, 144)), ((0, 0), (192, 144))])
def test_bars_that_stay_are_cropped(tmp_path, bars, want):
    across, down = bars
    pictures = [np.pad(lab.picture(n), ((down, down), (across, across), (0, 0))) for n in range(100)]
    path = lab.make(tmp_path / "bars.mp4", pictures, X264)
    cropped, whole = read(path, crop_bars=True)[0], read(path)[0]
    assert cropped[0][1].shape[:2] == want[::-1]
    assert whole[0][1].shape[:2] == (144 + 2 * down, 192 + 2 * across)
    assert [n for n, _ in numbered(cropped)] == list(range(100))
    assert max(lab.corner_errors(cropped[40][1]).values()) <= 12


def with_crop(data, left, bottom):
    """Return the bytes of a Matroska file with PixelCropLeft and PixelCropBottom in its video track."""

    def size_at(place):
        length = 8 - data[place].bit_length() + 1
        return length, int.from_bytes(
            bytes([data[place] & ((1 << (8 - length)) - 1)]) + data[place + 1 : place + length], "big"
        )

    added = b"\x54\xcc\x81" + bytes([left]) + b"\x54\xaa\x81" + bytes([bottom])
    width = data.index(b"\xb0\x81\xe0")  # PixelWidth 224, in the element Video, among others
    tracks = data.rindex(b"\x16\x54\xae\x6b", 0, width)  # (the first is in the table of what is where)
    entry = data.index(b"\xae", tracks + 4)
    video = max(p for p in range(entry, width) if data[p] == 0xE0 and p + sum(size_at(p + 1)) + 1 > width
                and sum(size_at(p + 1)) < 200)  # fmt: skip
    data = bytearray(data)
    length, size = size_at(video + 1)
    data[video + 1 + length + size : video + 1 + length + size] = added
    for place, name in ((video, 1), (entry, 1), (tracks, 4), (data.index(b"\x18\x53\x80\x67"), 4)):
        length, size = size_at(place + name)
        if size < (1 << 7 * length) - 1:  # else the length is not known
            data[place + name : place + name + length] = ((1 << 7 * length) | (size + len(added))).to_bytes(
                length, "big"
            )
    return bytes(data)


def test_a_crop_of_matroska_is_honoured(tmp_path):
    pictures = [np.pad(lab.picture(n), ((0, 16), (32, 0), (0, 0)), constant_values=255) for n in range(10)]
    path = tmp_path / "crop.mkv"
    lab.make(path, pictures, [*X264, "-live", "1", "-write_crc32", "0"])
    assert read(path)[0][0][1].shape == (160, 224, 3)
    path.write_bytes(with_crop(path.read_bytes(), 32, 16))
    ours, _ = read(path)
    assert ours[0][1].shape == (144, 192, 3)
    assert [n for n, _ in numbered(ours)] == list(range(10))
    assert max(lab.corner_errors(ours[0][1]).values()) <= 12


@each("ending", ["mp4", "mov"])
@each("front", [True, False])
def test_the_clean_aperture_of_mov_is_honoured(tmp_path, ending, front):
    # 224 x 160, of which 192 x 144 are shown, their middle 16 pixels right of the picture's and 8 above it.
    pictures = [np.pad(lab.picture(n), ((0, 16), (32, 0), (0, 0)), constant_values=255) for n in range(10)]
    path = tmp_path / f"clap.{ending}"
    lab.make(path, pictures, [*X264, *(["-movflags", "+faststart"] if front else [])], heard=lab.sound(0.4))
    assert read(path)[0][0][1].shape == (160, 224, 3)
    data = bytearray(path.read_bytes())
    box = struct.pack(">I4s8i", 40, b"clap", 192, 1, 144, 1, 32, 2, -8, 1)
    entry = data.index(b"avc1", data.index(b"stsd")) - 4
    end = entry + int.from_bytes(data[entry : entry + 4], "big")
    data[end:end] = box
    offsets = [data.index(b"stco", end), data.index(b"stco", data.index(b"stco", end) + 4)]
    film_track = data.rindex(b"trak", 0, entry)
    for name in (b"stsd", b"stbl", b"minf", b"mdia", b"trak", b"moov"):
        place = data.rindex(name, 0, entry + 8) - 4
        assert name in (b"moov", b"trak") or place > film_track
        data[place : place + 4] = struct.pack(">I", int.from_bytes(data[place : place + 4], "big") + len(box))
    data[entry : entry + 4] = struct.pack(">I", int.from_bytes(data[entry : entry + 4], "big") + len(box))
    if front:  # what the tables of chunks point to is further away now
        for place in offsets:
            for n in range(int.from_bytes(data[place + 8 : place + 12], "big")):
                at = place + 12 + 4 * n
                data[at : at + 4] = struct.pack(">I", int.from_bytes(data[at : at + 4], "big") + len(box))
    path.write_bytes(data)
    ours, _ = read(path)
    assert ours[0][1].shape == (144, 192, 3)
    assert [n for n, _ in numbered(ours)] == list(range(10))
    assert max(lab.corner_errors(ours[0][1]).values()) <= 12


@pytest.mark.slow
@pytest.mark.parametrize(("transfer", "level"), [("smpte2084", 0.5806), ("arib-std-b67", 0.75)])
def test_the_white_of_hdr_is_white(tmp_path, transfer, level):
    # 203 nits: 58 % of PQ, 75 % of HLG (ITU-R BT.2408), as 10-bit luma; ffmpeg's tone mapping gives about 230.
    luma = round(64 + 876 * level)
    raw = tmp_path / "hdr.raw"
    plane = np.full((64, 64), luma, "<u2").tobytes() + np.full((32, 64), 512, "<u2").tobytes()
    raw.write_bytes(plane * 5)
    path = tmp_path / "hdr.mkv"
    meant = f"setparams=color_trc={transfer}:color_primaries=bt2020:colorspace=bt2020nc:range=tv"
    lab.run("-f", "rawvideo", "-pix_fmt", "yuv420p10le", "-s", "64x64", "-r", "25", "-i", str(raw), "-vf", meant,
            "-c:v", "ffv1", str(path))  # fmt: skip
    with VideoReader(str(path)) as it:
        frame = next(it.frames())
        for size in ((64, 64), (16, 16), (100, 80)):
            assert np.abs(frame.picture(*size).astype(float) - 230).max() <= 4


# A film whose shape changes in the middle: the sizes of its parts, and the shape of their pixels.
CHANGES = {
    "another size": (((192, 144), "1"), ((144, 192), "1")),
    "another shape of pixels": (((192, 144), "1"), ((144, 144), "16/9")),
    "the same shape in another size": (((192, 144), "1"), ((384, 288), "1")),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", CHANGES)
def test_another_size_or_shape_of_pixels_in_the_middle(tmp_path, kind):
    whole = tmp_path / "both.ts"
    with whole.open("wb") as both:
        for n, (size, pixel) in enumerate(CHANGES[kind]):
            pictures = [lab.picture(25 * n + k, width=size[0], height=size[1]) for k in range(25)]
            one = lab.make(tmp_path / f"{n}.ts", pictures, ["-vf", f"setsar={pixel}", *X264])
            both.write(Path(one).read_bytes())
    with VideoReader(str(whole)) as it:
        assert (it.width, it.height) == (192, 144)
        frames = list(it.frames())
        pictures = [frame.picture(192, 144) for frame in frames]
    (wide, high), pixel = CHANGES[kind][1]
    shape = wide * (16 / 9 if pixel == "16/9" else 1) / high
    assert len(frames) >= 48
    assert [frame.width / frame.height for frame in frames[:20]] == [4 / 3] * 20
    assert [frame.width / frame.height for frame in frames[-20:]] == pytest.approx([shape] * 20, rel=0.01)
    # What is shown of it: fitted into the film's shape, in its middle, black beside it.
    inner_wide, inner_high = round(192 * min(shape * 3 / 4, 1)), round(144 * min(4 / 3 / shape, 1))
    left, top = (192 - inner_wide) // 2, (144 - inner_high) // 2
    shown = pictures[-5]
    inner = shown[top : top + inner_high, left : left + inner_wide]
    assert lab.number_of(inner) == 45
    assert max(lab.corner_errors(inner).values()) <= 20
    assert not np.concatenate([shown[:, : max(left - 1, 0)].ravel(), shown[: max(top - 1, 0)].ravel()]).any()


def test_few_frames_are_examined_where_nothing_moves(monkeypatch):
    from lib.video import fields

    examined = []

    def look(before, now, turn=None):
        examined.append(now)
        return combing.look(before, now, turn)

    monkeypatch.setattr(fields, "look", look)
    still = [VideoFrame.from_ndarray(lab.picture(0), "rgb24").reformat(format="yuv420p") for _ in range(60)]
    moving = [VideoFrame.from_ndarray(lab.picture(n), "rgb24").reformat(format="yuv420p") for n in range(20)]
    timed = [(frame, 40.0 * n) for n, frame in enumerate(still + moving)]
    assert list(fields.Fields().whole(iter(timed))) == timed
    assert sum(any(one is frame for one in examined) for frame in still) <= 24 + 36 // 4
    assert sum(any(one is frame for one in examined) for frame in moving) >= 16  # all, after the first that moved


def stripes(shift, later=0):
    """Return a frame of upright stripes, moved by `shift` columns, in its odd rows by `later` more."""
    luma = np.full((144, 128), 128, np.uint8)
    rows = np.empty((96, 128), np.uint8)
    for parity in (0, 1):
        rows[parity::2] = (np.arange(128) + shift + parity * later) // 16 % 2 * 160 + 40
    luma[:96] = rows
    return VideoFrame.from_ndarray(luma, "yuv420p")


def test_glances_in_turn_see_what_all_tiles_show():
    # Whole frames that move, all over: every glance finds what a look at all tiles finds.
    before, now = stripes(0), stripes(6)
    assert combing.look(before, now).shares == pytest.approx((1, 0, 0, 0, 0, 0, 0), abs=0.02)
    for turn in range(combing.GLANCES):
        assert combing.look(before, now, turn).shares == pytest.approx((1, 0, 0, 0, 0, 0, 0), abs=0.02)
    # A single tile that moves is seen in one turn of all.
    planes = stripes(0).to_ndarray()
    planes[48:64, 64:80] = 255 - planes[48:64, 64:80]
    one = VideoFrame.from_ndarray(planes, "yuv420p")
    seen = [combing.look(before, one, turn).shares is not None for turn in range(combing.GLANCES)]
    assert 1 <= sum(seen) < combing.GLANCES
    # What is combed gets the look at all tiles.
    combed = stripes(6, later=3)
    assert [combing.look(before, combed, turn) for turn in range(4)] == [combing.look(before, combed)] * 4


def test_fields_are_found_after_a_long_progressive_beginning():
    frames = [stripes(6 * n) for n in range(600)] + [stripes(6 * n, later=3) for n in range(600, 660)]
    found = [frame for frame, _ in Fields().whole((frame, 40.0 * n) for n, frame in enumerate(frames))]
    assert len(found) == len(frames)
    assert all(one is other for one, other in zip(found[:600], frames[:600], strict=True))
    # Every eighth frame is examined before the first doubt (in 608), all after it; frames wait until it is decided.
    assert all(one is not other for one, other in zip(found[608:], frames[608:], strict=True))


@pytest.mark.parametrize("still", [5, 18, 23])
def test_fields_are_found_from_the_first_moving_frame_on_in_the_first_second(still):
    frames = [stripes(0)] * still + [stripes(5 * n, later=2) for n in range(30)]
    found = [frame for frame, _ in Fields().whole((frame, 40.0 * n) for n, frame in enumerate(frames))]
    assert len(found) == len(frames)
    assert all(one is not other for one, other in zip(found[still + 1 :], frames[still + 1 :], strict=True))


def test_frames_wait_while_there_is_doubt_and_no_longer():
    """One combed frame in a progressive film: twelve frames at most are taken ahead of what is shown."""
    taken = []

    def source():
        for n in range(70):
            taken.append(n)
            yield stripes(6 * n, later=3 if n == 40 else 0), float(n)

    ahead = [(round(n), len(taken) - round(n)) for _, n in Fields().whole(source())]
    assert [n for n, _ in ahead] == list(range(70))
    assert max(few for n, few in ahead if 12 <= n < 40 or n > 66) <= 1
    assert 3 < max(few for _, few in ahead) <= 13


# Breaks


SILENT = {
    "fast.mp4": [*X264, "-movflags", "+faststart"],
    "h264.mkv": X264,
    "mpeg2.ts": MPEG2,
    "mpeg2.mpg": MPEG2,
    "mpeg4.avi": MPEG4,
}


@pytest.fixture(scope="module")
def silent_films(tmp_path_factory):
    """Return the bytes of films without sound, by kind; made when they are asked for."""
    folder = tmp_path_factory.mktemp("silent")
    pictures = [lab.picture(n) for n in range(COUNT)]
    return functools.cache(lambda kind: Path(lab.make(folder / kind, pictures, SILENT[kind])).read_bytes())


def broken(path, data, how):
    """Write a film whole, cut off after 60 %, or with other bytes in its middle; return its path."""
    middle = len(data) * 3 // 5 | 1
    junk = np.random.default_rng(9).bytes(len(data) // 12)
    damaged = data[:middle] + junk + data[middle + len(junk) :]
    path.write_bytes({"whole": data, "cut": data[:middle], "damaged": damaged}[how])
    return str(path)


@pytest.mark.parametrize("kind", SILENT)
@pytest.mark.parametrize("how", ["whole", "cut", "damaged"])
def test_a_film_that_is_cut_off_or_damaged_is_reported(tmp_path, silent_films, kind, how):
    path = broken(tmp_path / kind, silent_films(kind), how)
    with VideoReader(path) as reader:
        end = [frame.ms + frame.length_ms for frame in reader.frames()][-1] / 1000
        told = reader.problem
    said = {"whole": "", "cut": f"read up to {brief(end)} s", "damaged": "damaged at "}[how]
    assert told[: len(said)] == said
    assert bool(told) == bool(said)
    if how != "damaged":  # packets are not decoded to measure a film
        assert probe(path).problem == told
    with VideoReader(path) as reader:  # without having been read to its end
        next(iter(reader.frames()))
        assert bool(reader.problem) == (how == "cut")


@pytest.mark.parametrize("how", ["whole", "cut", "damaged"])
def test_stages_that_look_at_films_tell_it(tmp_path, silent_films, monkeypatch, capsys, how):
    import films_to_scenes
    import samples_to_vsamples
    from lib.composing.clip_ranges import ClipRange
    from lib.composing.frame_store import FilmJob, fill_store

    monkeypatch.chdir(tmp_path)
    path = broken(tmp_path / "x.mp4", silent_films("fast.mp4"), how)
    Path("t.csv").write_text("filename,start,dur\nx.mp4,0,5000\n")
    job = FilmJob(path, str(tmp_path / "store"), (ClipRange(0.0, 9000.0, 16, 12),), "fill")
    for stage, words in ((samples_to_vsamples, ["-in", "t.csv"]), (films_to_scenes, ["-in", path, "-out", "s.csv"])):
        assert stage.main([*words, "-dir", ".", "-strict"]) == (how != "whole")
        assert ("could be read only in part" in capsys.readouterr().err) == (how != "whole")
    for _ in range(2):  # and as often as the store is used
        (outcome,) = fill_store([job], 1)
        assert bool(outcome.result) == (how != "whole")


@pytest.mark.parametrize("how", ["whole", "cut", "damaged"])
def test_a_film_of_samples_tells_what_is_wrong_with_its_sources(tmp_path, silent_films, monkeypatch, capsys, how):
    import features_to_video
    from lib.supercut import film as making

    monkeypatch.chdir(tmp_path)
    path = broken(tmp_path / "x.mp4", silent_films("fast.mp4"), how)
    with VideoReader(path) as reader:
        end = [frame.ms + frame.length_ms for frame in reader.frames()][-1] / 1000
    said = {"whole": "", "cut": f"read up to {brief(end)} s", "damaged": "damaged at "}[how]
    # Samples that are far from each other: between them frames are left out. The last one begins after a cut.
    Path("t.csv").write_text("filename,start,dur,at\nx.mp4,0,120,0\nx.mp4,1280,120,200\nx.mp4,2200,120,400\n")
    words = ["-in", "t.csv", "-dir", ".", "-order", "at", "-width", "32", "-height", "24", "-out", "o.mp4", "-strict"]
    with monkeypatch.context() as patch:  # stopped when all sources are read
        patch.setattr(making, "_encode", lambda *words: (_ for _ in ()).throw(MediaError("stop")))
        assert features_to_video.main(words) == 1
    capsys.readouterr()
    with monkeypatch.context() as patch:  # it is told of pictures that are there, too
        patch.setattr(making, "extract", lambda job: pytest.fail("read again"))
        assert features_to_video.main(words) == (how != "whole")
    told = capsys.readouterr().err
    assert ("could be read only in part" in told) == (how != "whole")
    assert said in told
