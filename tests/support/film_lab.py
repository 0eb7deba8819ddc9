"""A laboratory of films: every frame carries its number, every whole second a flash and a beep, every corner a colour.

A film of the lab is read back picture by picture: which frame it is (bits as blocks), whether it flashes, the colours
of its corners, how much it is combed. The reference for all of it is what the ffmpeg program makes of the same file.
"""

import re
import struct
import subprocess
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from lib.io.ffmpeg import ffmpeg_exe

WIDTH, HEIGHT, FPS = 192, 144, 25
BITS, BLOCK = 10, 16
# Rows of the picture: bits, the flash, and a bar that moves (what is combed where fields are woven).
BIT_ROWS, FLASH_ROWS, BAR_ROWS = (44, 60), (64, 80), (84, 116)
CORNER = 24
CORNERS = {
    "top left": (220, 30, 30),
    "top right": (30, 200, 40),
    "bottom left": (40, 50, 210),
    "bottom right": (235,) * 3,
}
GREY = 70
RATE = 48000
BEEP_SECONDS = 0.02


def picture(number, moment=None, fps=FPS, width=WIDTH, height=HEIGHT):
    """Return frame `number` as uint8 RGB; moment: where the bar is, in frames (a field's may be a half)."""
    scale_x, scale_y = width / WIDTH, height / HEIGHT
    whole = np.full((height, width, 3), GREY, np.uint8)

    def fill(left, top, right, bottom, colour):
        whole[round(top * scale_y) : round(bottom * scale_y), round(left * scale_x) : round(right * scale_x)] = colour

    for name, colour in CORNERS.items():
        top = 0 if name.startswith("top") else HEIGHT - CORNER
        left = 0 if name.endswith("left") else WIDTH - CORNER
        fill(left, top, left + CORNER, top + CORNER, colour)
    for bit in range(BITS):
        left = (WIDTH - BITS * BLOCK) // 2 + bit * BLOCK
        fill(left, BIT_ROWS[0], left + BLOCK, BIT_ROWS[1], 255 if number >> bit & 1 else 0)
    fill(BLOCK, FLASH_ROWS[0], WIDTH - BLOCK, FLASH_ROWS[1], 255 if number % round(fps) == 0 else 0)
    place = ((number if moment is None else moment) * 8) % (WIDTH - 2 * BLOCK - 40)
    fill(BLOCK, BAR_ROWS[0], WIDTH - BLOCK, BAR_ROWS[1], 20)
    fill(BLOCK + place, BAR_ROWS[0], BLOCK + place + 40, BAR_ROWS[1], 230)
    return whole


def fields(number, bottom_first=False):
    """Return frame `number` of an interlaced film: its two fields show the bar at two moments."""
    first, second = picture(number, number), picture(number, number + 0.5)
    whole = first.copy()
    later = slice(0, None, 2) if bottom_first else slice(1, None, 2)
    whole[later] = second[later]
    return whole


def telecined(count):
    """Return `count` pictures of 3:2 pulldown: four frames of film become five."""
    shown = []
    for n in range(count):
        film, phase = divmod(n, 5)
        top = 4 * film + (0, 1, 1, 2, 3)[phase]
        bottom = 4 * film + (0, 1, 2, 3, 3)[phase]
        whole = picture(top)
        whole[1::2] = picture(bottom)[1::2]
        shown.append(whole)
    return shown


def pulled_down(pattern, count, bottom_first=False, lead=0):
    """Return what `count` frames of film become if frame n lasts pattern[n % len(pattern)] fields.

    lead: number of fields missing at the beginning, so that the halves of frames are apart.
    """
    fields = [n for n in range(count) for _ in range(pattern[n % len(pattern)])][lead:]
    shown = []
    for first, second in zip(fields[::2], fields[1::2]):
        top, bottom = (second, first) if bottom_first else (first, second)
        whole = picture(top)
        whole[1::2] = picture(bottom)[1::2]
        shown.append(whole)
    return shown


def number_of(shown):
    """Return the number of the frame that a picture of any size shows."""
    found = 0
    for bit in range(BITS):
        left = (WIDTH - BITS * BLOCK) // 2 + bit * BLOCK
        found |= int(_part(shown, left + 4, BIT_ROWS[0] + 4, left + 12, BIT_ROWS[1] - 4).mean() > 128) << bit
    return found


def flashes(shown):
    """Say whether a picture is one of a whole second."""
    return _part(shown, 40, FLASH_ROWS[0] + 4, 150, FLASH_ROWS[1] - 4).mean() > 128


def corner_errors(shown):
    """Return by how many levels each corner's colour is wrong, at worst of its channels."""
    errors = {}
    for name, colour in CORNERS.items():
        top = 6 if name.startswith("top") else HEIGHT - 18
        left = 6 if name.endswith("left") else WIDTH - 18
        mean = _part(shown, left, top, left + 12, top + 12).reshape(-1, 3).mean(axis=0)
        errors[name] = float(np.abs(mean - colour).max())
    return errors


def comb_energy(shown):
    """Return how much every second row differs from its neighbours where the bar moves, in levels."""
    rows = _part(shown, BLOCK, BAR_ROWS[0] + 4, WIDTH - BLOCK, BAR_ROWS[1] - 4).mean(axis=2)
    middle = rows[1:-1] - (rows[:-2] + rows[2:]) / 2
    return float(np.abs(middle).mean())


def _part(shown, left, top, right, bottom):
    height, width, _ = shown.shape
    x, y = width / WIDTH, height / HEIGHT
    return shown[round(top * y) : round(bottom * y), round(left * x) : round(right * x)].astype(float)


def sound(seconds, rate=RATE):
    """Return silence with a beep of 1 kHz at each whole second, float32, shape (samples,)."""
    samples = np.zeros(round(seconds * rate), np.float32)
    beep = 0.7 * np.sin(2 * np.pi * 1000 * np.arange(round(BEEP_SECONDS * rate)) / rate)
    for second in range(int(np.ceil(seconds))):
        first = second * rate
        samples[first : first + len(beep)] = beep[: len(samples) - first]
    return samples


def beeps(samples, rate=RATE):
    """Return when beeps begin, in ms."""
    loud = np.flatnonzero(np.abs(samples) > 0.2)
    if not len(loud):
        return []
    begins = loud[np.flatnonzero(np.diff(loud, prepend=-rate) > rate // 10)]
    return [1000 * float(n) / rate for n in begins]


def make(path, pictures, options, fps=FPS, heard=None, before=(), sound_options=None):
    """Write a film with ffmpeg; return its path.

    options: ffmpeg's words for the picture; heard: samples (None: no sound); before: words of its picture's input.
    """
    path = Path(path)
    pictures = list(pictures)
    height, width, _ = pictures[0].shape
    raw = path.with_suffix(".raw")
    raw.write_bytes(b"".join(p.tobytes() for p in pictures))
    words = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", str(fps), *before, "-i", str(raw)]
    if heard is not None:
        sounds = path.with_suffix(".pcm")
        sounds.write_bytes(np.ascontiguousarray(heard, "<f4").tobytes())
        words += ["-f", "f32le", "-ar", str(RATE), "-ac", "1", "-i", str(sounds)]
        words += sound_options or []
    # swscale's exact way of making colours, and the matrix of small films.
    words += ["-sws_flags", "accurate_rnd+full_chroma_int", *options, f"file:{path}"]
    run(*words)
    raw.unlink()
    path.with_suffix(".pcm").unlink(missing_ok=True)
    return str(path)


def run(*words):
    """Run ffmpeg."""
    done = subprocess.run([ffmpeg_exe(), "-v", "error", "-nostdin", "-y", *words], capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr.decode()[-800:]


def reference(path, filters="null"):
    """Return what the ffmpeg program shows of a file: its (time in ms, picture) list, every frame it decodes."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        size = stream.codec_context.width, stream.codec_context.height
    command = [ffmpeg_exe(), "-nostdin", "-threads", "1", "-i", f"file:{path}", "-map", "0:v:0", "-vf",
               f"{filters},scale={size[0]}:{size[1]},showinfo", "-fps_mode", "passthrough", "-f", "rawvideo",
               "-pix_fmt", "rgb24", "-"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, timeout=120)
    times = [1000 * float(t) for t in re.findall(rb"showinfo.*? pts_time:\s*(-?[\d.e+]+|NOPTS)", done.stderr)]
    pictures = np.frombuffer(done.stdout, np.uint8).reshape(-1, size[1], size[0], 3)
    return list(zip(times, pictures))


def remux(source, target, change, options=None, format=None):
    """Copy a film packet by packet; `change(n, packet)`: sees each picture packet, in the file's order, may change it.

    Packets for which it returns False are left out.
    """
    with av.open(str(source)) as old, av.open(str(target), "w", format=format, options=options or {}) as new:
        streams = {s.index: new.add_stream_from_template(s) for s in old.streams if s.type in ("audio", "video")}
        count = 0
        for packet in old.demux([s for s in old.streams if s.index in streams]):
            if packet.dts is None and not packet.size:
                continue
            if packet.stream.type == "video":
                if change(count, packet) is False:
                    count += 1
                    continue
                count += 1
            packet.stream = streams[packet.stream_index]
            new.mux_one(packet)
    return str(target)


def ticks(packet, ms):
    """Return ms as a packet counts."""
    return round(Fraction(ms) / 1000 / packet.time_base)


def with_edits(path, edits):
    """Give the picture of a mov, whose `moov` comes last, an edit list: (seconds, place in the film in s) of each part.

    A place of -1 is an empty edit. Source: ISO/IEC 14496-12, 8.6.6.
    """
    data = bytearray(Path(path).read_bytes())
    track = next(a for a in _places(data, b"trak") if data.index(b"vmhd", a) < data.index(b"stsd", a))
    film_ticks = struct.unpack_from(">I", data, data.index(b"mvhd") + 16)[0]
    ticks_ = struct.unpack_from(">I", data, data.index(b"mdhd", track) + 16)[0]
    entries = [
        struct.pack(">IiHH", round(length * film_ticks), -1 if place == -1 else round(place * ticks_), 1, 0)
        for length, place in edits
    ]
    lists = struct.pack(">I4sII", 16 + 12 * len(edits), b"elst", 0, len(edits)) + b"".join(entries)
    box = struct.pack(">I4s", 8 + len(lists), b"edts") + lists
    old = data.index(b"edts", track) - 4
    length = struct.unpack_from(">I", data, old)[0]
    data[old : old + length] = box
    for place in (track - 4, data.index(b"moov") - 4):
        struct.pack_into(">I", data, place, struct.unpack_from(">I", data, place)[0] + len(box) - length)
    Path(path).write_bytes(data)
    return str(path)


def _places(data, name):
    place = data.find(name)
    while place >= 0:
        yield place
        place = data.find(name, place + 1)
