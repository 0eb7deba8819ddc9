"""A lab for sound: known levels and tones per channel, beeps on whole seconds, and recipes for what goes wrong.

Each recipe writes one small file of one kind of trouble and returns its path. What it should sound like is worked out
from what was put in, and compared with what ffmpeg's own program and libsndfile make of the same file.
"""

import struct
import subprocess
from pathlib import Path

import av
import numpy as np

from lib.io.ffmpeg import ffmpeg_exe
from tests.support.media_factory import H264, encode, ffmpeg, tone

BEEP_SECONDS, BEEP_HZ = 0.05, 1000
GUID = bytes.fromhex("000000001000800000aa00389b71")


def beeps(seconds, rate=44100, channels=1, amplitude=0.5):
    """Return silence with a beep that begins on each whole second, as float32."""
    sound = np.zeros(round(seconds * rate), np.float32)
    beep = tone(BEEP_HZ, BEEP_SECONDS, rate, amplitude) * np.hanning(round(BEEP_SECONDS * rate)).astype(np.float32)
    for first in range(0, len(sound) - len(beep), rate):
        sound[first : first + len(beep)] = beep
    return np.repeat(sound[:, None], channels, axis=1) if channels > 1 else sound


def beep_times(sound, rate):
    """Return when the beeps of a sound begin, in seconds: the middle of each, less half its length."""
    power = np.convolve(np.square(sound, dtype=np.float64), np.ones(rate // 200), "same")
    loud = np.flatnonzero(power > 0.1 * power.max())
    parts = np.split(loud, np.flatnonzero(np.diff(loud) > 0.2 * rate) + 1)
    middles = [np.average(part, weights=power[part]) for part in parts]
    return np.array(middles) / rate - BEEP_SECONDS / 2


def decoded(path, rate, channels=1, filters=""):
    """Return what ffmpeg's own program makes of a file's sound: float32, shape (samples,) or (samples, channels)."""
    shape = ["-ac", str(channels), "-ar", str(rate), "-f", "f32le", "pipe:1"]
    more = ["-af", filters] if filters else []
    words = [ffmpeg_exe(), "-v", "error", "-nostdin", "-i", f"file:{path}", "-vn", *more, *shape]
    sound = np.frombuffer(subprocess.run(words, capture_output=True, check=False).stdout, np.float32)
    return sound.reshape(-1, channels) if channels > 1 else sound


def restamped(source, target, stamps):
    """Copy a file packet by packet; stamps(stream's kind, number, seconds) gives each a new time. Return the path."""
    with av.open(source) as old, av.open(str(target), "w") as new:
        streams = {s.index: new.add_stream_from_template(s) for s in old.streams}
        counts = dict.fromkeys(streams, 0)
        for packet in old.demux():
            if packet.dts is None:
                continue
            stream, tick = streams[packet.stream.index], packet.time_base
            shift = stamps(packet.stream.type, counts[packet.stream.index], float(packet.pts * tick))
            moved = round((shift - float(packet.pts * tick)) / tick)
            counts[packet.stream.index] += 1
            packet.pts, packet.dts = packet.pts + moved, packet.dts + moved
            packet.stream = stream
            new.mux_one(packet)
    return str(target)


def moved_blocks(path, milliseconds):
    """Change the times of blocks in a matroska file of one track, by number of the block; return the path.

    No muxer writes stamps that fall; recorders and damage do.
    """
    data, number, place = bytearray(Path(path).read_bytes()), 0, 0
    while place < len(data):
        used = 9 - data[place].bit_length()
        ident = bytes(data[place : place + used])
        more = 9 - data[place + used].bit_length()
        length = int.from_bytes(data[place + used : place + used + more], "big") & (1 << 7 * more) - 1
        inside = place + used + more
        if ident in (b"\x18\x53\x80\x67", b"\x1f\x43\xb6\x75", b"\xa0"):  # segment, cluster, block group
            place = inside
            continue
        if ident in (b"\xa3", b"\xa1"):
            time = int.from_bytes(data[inside + 1 : inside + 3], "big", signed=True) + milliseconds.get(number, 0)
            data[inside + 1 : inside + 3] = max(min(time, 32767), -32768).to_bytes(2, "big", signed=True)
            number += 1
        place = inside + length
    Path(path).write_bytes(data)
    return str(path)


def moved_packets(path, pid, seconds):
    """Change the PTS of the packets of one stream in a transport stream; seconds: by number. Return the path."""
    data, number = bytearray(Path(path).read_bytes()), 0
    for first in range(0, len(data), 188):
        head = int.from_bytes(data[first + 1 : first + 3], "big")
        if head & 0x1FFF != pid or not head & 0x4000:
            continue
        place = first + 4 + (1 + data[first + 4] if data[first + 3] & 0x20 else 0)
        if data[place + 7] & 0x80:
            b = data[place + 9 : place + 14]
            pts = (b[0] >> 1 & 7) << 30 | b[1] << 22 | (b[2] >> 1) << 15 | b[3] << 7 | b[4] >> 1
            pts = pts + round(90000 * seconds.get(number, 0)) & (1 << 33) - 1
            data[place + 9 : place + 14] = bytes(
                (
                    b[0] & 0xF1 | pts >> 29 & 0xE,
                    pts >> 22 & 255,
                    pts >> 14 & 255 | 1,
                    pts >> 7 & 255,
                    pts << 1 & 255 | 1,
                )
            )
        number += 1
    Path(path).write_bytes(data)
    return str(path)


def film_and_sound(path, seconds, sound_seconds, rate=44100, codec=("-c:a", "mp2")):
    """Write a film of a picture and beeps of another length; return the path."""
    path = Path(path)
    heard = encode(path.with_suffix(".heard.wav"), beeps(sound_seconds, rate), rate)
    picture = ["-f", "lavfi", "-i", f"testsrc=size=64x48:rate=25:duration={seconds}"]
    ffmpeg(*picture, "-i", heard, *H264, "-g", "25", *codec, f"file:{path}")
    return str(path)


def joined(path, *parts):
    """Join files by their bytes, as `cat` does; return the path."""
    Path(path).write_bytes(b"".join(Path(part).read_bytes() for part in parts))
    return str(path)


def cut(path, share=0.45):
    """Cut a file off after a share of its bytes; return its path."""
    data = Path(path).read_bytes()
    Path(path).write_bytes(data[: round(len(data) * share)])
    return str(path)


def wave_of_bits(path, values, stored, valid, extensible=True, rate=44100):
    """Write integers (samples, channels) of `valid` bits as a WAV file that stores them in `stored` bits.

    They are the upper bits of what is stored, as the format says. Return the samples, full scale = 1, float64.
    """
    channels = values.shape[1]
    shifted = values.astype(np.int64) << (stored - valid)
    if stored == 8:
        data = (shifted + 128).astype(np.uint8).tobytes()
    else:
        data = shifted.astype("<i8").reshape(-1, 1).view(np.uint8)[:, : stored // 8].tobytes()
    block = channels * stored // 8
    head = struct.pack("<HIIH", channels, rate, rate * block, block)
    if extensible:
        more = struct.pack("<HHI", 22, valid, 3 if channels == 2 else 0) + struct.pack("<H", 1) + GUID
        head = struct.pack("<H", 0xFFFE) + head + struct.pack("<H", stored) + more
    else:
        head = struct.pack("<H", 1) + head + struct.pack("<H", valid)
    body = b"WAVEfmt " + struct.pack("<I", len(head)) + head + b"data" + struct.pack("<I", len(data)) + data
    Path(path).write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return shifted / 2.0 ** (stored - 1)


def hertz(sound, rate):
    """Return the frequency of the loudest tone of a sound."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return float(np.argmax(spectrum[1:]) + 1) * rate / len(sound)
