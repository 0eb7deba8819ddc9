"""A corpus of broken media, made from good ones by a script: the same files on every run.

Cut off, with flipped bits, zeroed headers, wrong endings, swapped parts, lying headers, and what is not media at all.
"""

from __future__ import annotations

import itertools
import os
import random
import struct
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from lib.io.ffmpeg import ffmpeg_exe

CUTS = 10
FLIPS = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2)
"""Shares of bytes in which a bit is turned."""
ZEROED = (4, 16, 64, 1024, 16384)
ENDINGS = (".mp3", ".wav", ".mp4", ".flac", ".ogg", ".avi")
HUGE = 0xFFFFFFF0
CONVERTED = {
    "mkv": "-c:v libx264 -preset ultrafast -c:a aac",
    "avi": "-c:v mpeg4 -c:a pcm_s16le",
    "mov": "-c:v libx264 -preset ultrafast -c:a aac -movflags +faststart",
    "webm": "-c:v libvpx -deadline realtime -c:a libopus",
    "ts": "-c:v mpeg2video -c:a mp2",
    "mpg": "-c:v mpeg2video -c:a mp2",
    "flv": "-c:v flv -c:a libmp3lame -ar 44100",
    "wmv": "-c:v wmv2 -c:a wmav2",
    "ogv": "-vn -c:a libvorbis -f ogg",
    "flac": "-vn -c:a flac",
    "m4a": "-vn -c:a aac",
    "aiff": "-vn",
    "aac": "-vn -c:a aac",
}
TINY = {
    "tiny_mkv.mkv": "-vn -af asetnsamples=n=8 -c:a pcm_s16le",
    "tiny_nut.nut": "-vn -af asetnsamples=n=4 -c:a pcm_s16le",
    "tiny_ts.ts": "-vn -c:a mp2 -pes_payload_size 1",
    "tiny_fragments.mp4": "-c:v mpeg4 -c:a aac -movflags frag_every_frame+empty_moov",
    "tiny_keyframes.mkv": "-an -r 1000 -s 16x16 -c:v mpeg4 -g 1",
    "tiny_pages.ogg": "-vn -c:a libvorbis -page_duration 1",
}


def _ffmpeg(source: Path, options: str, target: Path) -> None:
    quiet = [ffmpeg_exe(), "-v", "error", "-y", "-t", "3", "-i", f"file:{source}"]
    subprocess.run([*quiet, *options.split(), f"file:{target}"], check=True, timeout=120)


def _flipped(data: bytes, count: int, dice: random.Random, begin: int = 0, end: int | None = None) -> bytes:
    out = bytearray(data)
    for _ in range(max(count, 1)):
        out[dice.randrange(begin, min(end or len(data), len(data)))] ^= 1 << dice.randrange(8)
    return bytes(out)


def _damaged(data: bytes, dice: random.Random) -> Iterator[tuple[str, bytes]]:
    """Yield (what was done, bytes) of what happens to any file."""
    for n in range(CUTS):
        yield f"cut{n}", data[: len(data) * n // CUTS + dice.randrange(1, 200)]
    for share in FLIPS:
        yield f"flip{share:.0e}", _flipped(data, int(len(data) * share), dice)
    for n in range(2):
        yield f"fliphead{n}", _flipped(data, 12, dice, end=2000)
        yield f"fliptail{n}", _flipped(data, 12, dice, begin=max(len(data) - 2000, 0))
    for count in ZEROED:
        yield f"zero{count}", bytes(min(count, len(data))) + data[count:]
    half = len(data) // 2
    yield "hole", data[: half - half // 8] + bytes(half // 4) + data[half + half // 8 :]
    yield "gone", data[: half - half // 8] + data[half + half // 8 :]
    yield "halves", data[half:] + data[:half]
    yield "twice", data + data
    step = max(len(data) // 16, 1)
    parts = [data[n : n + step] for n in range(0, len(data), step)]
    yield "shuffled", parts[0] + b"".join(dice.sample(parts[1:], len(parts) - 1))


def _patched(data: bytes, mark: bytes, offset: int, value: bytes) -> bytes | None:
    """Return the data with `value` put so far after every `mark`; None if there is none."""
    out, place, found = bytearray(data), data.find(mark), False
    while place >= 0:
        first = place + offset
        if first + len(value) <= len(data):
            out[first : first + len(value)] = value
            found = True
        place = data.find(mark, place + 4)
    return bytes(out) if found else None


def _lies(data: bytes) -> Iterator[tuple[str, bytes | None]]:
    """Yield (what was done, bytes or None) of headers that lie: about lengths, sizes, rates."""
    huge, zero = struct.pack(">I", HUGE), bytes(4)
    yield "mvhd_long", _patched(data, b"mvhd", 4 + 16, huge)
    yield "mdhd_long", _patched(data, b"mdhd", 4 + 16, huge)
    yield "mdhd_scale0", _patched(data, b"mdhd", 4 + 12, zero)
    yield "stts_count", _patched(data, b"stts", 4 + 4, huge)
    yield "stts_delta", _patched(data, b"stts", 4 + 12, huge)
    yield "stsz_count", _patched(data, b"stsz", 4 + 8, huge)
    yield "stsz_size", _patched(data, b"stsz", 4 + 4, huge)
    yield "stco_zero", _patched(data, b"stco", 4 + 8, zero)
    yield "stsc_many", _patched(data, b"stsc", 4 + 12, huge)
    yield "tkhd_0x0", _patched(data, b"tkhd", 4 + 76, bytes(8))
    yield "avc1_0x0", _patched(data, b"avc1", 4 + 24, bytes(4))
    yield "avc1_65535", _patched(data, b"avc1", 4 + 24, b"\xff\xff\xff\xff")
    yield "mp4a_rate0", _patched(data, b"mp4a", 4 + 24, bytes(4))
    yield "mp4a_channels", _patched(data, b"mp4a", 4 + 16, b"\xff\xff")
    yield "moov_long", _patched(data, b"moov", -4, huge)
    swapped = data.replace(b"vide", b"xxxx").replace(b"soun", b"vide").replace(b"xxxx", b"soun")
    yield "swapped", swapped if swapped != data else None
    little = struct.pack("<I", HUGE)
    for name, offset, value in (("channels0", 10, b"\0\0"), ("channels999", 10, struct.pack("<H", 999)),
                                ("rate0", 12, zero), ("rate_huge", 12, little), ("rate1", 12, struct.pack("<I", 1)),
                                ("align0", 20, b"\0\0"), ("bits0", 22, b"\0\0"), ("bits99", 22, b"c\0"),
                                ("tag", 8, b"U\0")):  # fmt: skip
        yield f"wav_{name}", _patched(data, b"fmt ", offset - 0, value)
    yield "data_long", _patched(data[:4096], b"data", 4, little)
    yield "data_zero", _patched(data[:4096], b"data", 4, zero)
    for name, value in (("long", huge), ("zero", zero)):
        for mark in (b"Xing", b"Info"):
            yield f"{mark.decode()}_{name}", _patched(data, mark, 8, value)


def _not_media(good: Path) -> Iterator[tuple[str, bytes]]:
    dice = random.Random(5)
    yield "empty.mp4", b""
    yield "one_byte.mp3", b"\0"
    yield "noise.mp4", dice.randbytes(100_000)
    yield "noise.mp3", dice.randbytes(100_000)
    yield "zeros.wav", bytes(1_000_000)
    yield "zeros.mp4", bytes(1_000_000)
    yield "text.mp3", b"the words of a song\n" * 2000
    yield "html.mp4", b"<!DOCTYPE html><html><body>503 Service Unavailable</body></html>"
    yield "concat.mp4", f"ffconcat version 1.0\nfile '{good}'\n".encode()
    yield "m3u8.mp4", f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{good}\n#EXT-X-ENDLIST\n".encode()
    yield "sdp.mp4", b"v=0\nc=IN IP4 127.0.0.1\nm=audio 9 RTP/AVP 0\n"
    yield "gzip.mp4", b"\x1f\x8b\x08\0" + dice.randbytes(5000)
    yield "zip.wav", b"PK\x03\x04" + dice.randbytes(5000)
    yield "picture.mp4", b"\x89PNG\r\n\x1a\n" + dice.randbytes(5000)
    yield "only_riff.wav", b"RIFF\xff\xff\xff\xffWAVE"
    yield "only_ftyp.mp4", struct.pack(">I", 20) + b"ftypisom" + bytes(8)
    yield "nested.mp4", b"".join(struct.pack(">I", 200_000 - 8 * n) + b"moov" for n in range(20_000))
    yield "id3.mp3", b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + dice.randbytes(5000)


def make_corpus(folder: Path, sources: Sequence[Path], containers: Sequence[str] = tuple(CONVERTED)) -> list[str]:
    """Write the corpus into `folder`; return the names of its files, in order.

    sources: good media; the first with a picture is also converted to every one of `containers`, and damaged there.
    """
    folder.mkdir(parents=True)
    names: list[str] = []

    def put(name: str, data: bytes) -> None:
        (folder / name).write_bytes(data)
        names.append(name)

    film = next((path for path in sources if path.suffix == ".mp4"), sources[0])
    scratch = folder.with_name(folder.name + ".good")
    scratch.mkdir()
    converted = [scratch / f"converted_{n}.{ending}" for n, ending in enumerate(containers)]
    for path, ending in zip(converted, containers):
        _ffmpeg(film, CONVERTED[ending], path)
    for n, path in enumerate([*sources, *converted]):
        data, dice = path.read_bytes(), random.Random(n)
        for what, damaged in _damaged(data, dice):
            put(f"{path.stem}.{what}{path.suffix}", damaged)
        for what, lie in _lies(data):
            if lie is not None:
                put(f"{path.stem}.{what}{path.suffix}", lie)
        for ending in ENDINGS:
            if ending != path.suffix and path in sources:
                put(f"{path.stem}.as{ending}", data)
    for one, other in itertools.pairwise([*sources, *converted]):
        a, b = one.read_bytes(), other.read_bytes()
        put(f"{one.stem}.headed{other.suffix}", a[: len(a) // 8] + b[len(b) // 8 :])
    for name, options in TINY.items() if containers else ():
        _ffmpeg(film, options, scratch / name)
        put(name, (scratch / name).read_bytes())
    for name, data in _not_media(film):
        put(name, data)
    for path in scratch.iterdir():
        path.unlink()
    scratch.rmdir()
    (folder / "a_folder.mp4").mkdir()
    (folder / "nowhere.mp3").symlink_to("there_is_no_such_file")
    os.mkfifo(folder / "a_pipe.wav")
    return [*names, "a_folder.mp4", "nowhere.mp3", "a_pipe.wav", "missing.mp4"]
