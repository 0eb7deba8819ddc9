"""One sample to one file, in this process: wav with chunks for samplers, flac, mp3, ogg."""

from __future__ import annotations

import math
import os
import struct
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import av
import numpy as np
import soxr

from lib.audio.writer import FORMATS
from lib.errors import MediaError
from lib.io.encoder import Encoder
from lib.io.ffmpeg import reason_of

# Muxer, encoder, sample format and options per extension, in this process; Vorbis uses the ffmpeg program, since PyAV's
# packages have no good encoder of it. The rates are those of lib.audio.writer; wav and flac hold 24 bits.
CODECS: Final[Mapping[str, tuple[str, str, str, dict[str, str]]]] = MappingProxyType(
    {
        ".flac": ("flac", "flac", "s32", {}),
        ".mp3": ("mp3", "libmp3lame", "fltp", {"b": "256000"}),
    }
)
ENDINGS: Final = (".wav", *CODECS, ".ogg")
# Rates (Hz) that MPEG audio supports.
MP3_RATES: Final = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
LARGEST: Final = (1 << 23) - 1
PCM: Final = 1


def rate_for(ending: str, rate: int) -> int:
    """Return the rate (Hz) of a format for sound of a rate: the same, or for mp3 the next supported one."""
    if ending != ".mp3":
        return rate
    return next((known for known in MP3_RATES if known >= rate), MP3_RATES[-1])


def write_sample(path: str, sound: np.ndarray, rate: int, midi: float | None, title: str) -> None:
    """Write sound, float32 (frames, channels), in the format of the name's extension.

    midi: its pitch as a note number with fractions, None without; title: a line about it, stored in a wav.
    """
    ending = Path(path).suffix.lower()
    if ending == ".wav":
        Path(path).write_bytes(wav_bytes(sound, rate, midi, title))
        return
    if ending == ".ogg":
        _encode_vorbis(path, sound, rate)
        return
    wanted = rate_for(ending, rate)
    if wanted != rate:
        sound = soxr.resample(sound, rate, wanted)
    _encode(path, sound, wanted, *CODECS[ending])


def _encode_vorbis(path: str, sound: np.ndarray, rate: int) -> None:
    muxer, codec = FORMATS[".ogg"]
    source = ["-f", "f32le", "-ar", str(rate), "-ac", str(sound.shape[1]), "-i", "pipe:0"]
    exact = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact", "-threads", "1"]
    place = ["-f", muxer, "-y", f"file:{os.path.abspath(path)}"]
    with Encoder(path, [*source, *exact, *codec.split(), *place]) as ffmpeg:
        ffmpeg.write(np.ascontiguousarray(sound, "<f4").data)


def _encode(
    path: str, sound: np.ndarray, rate: int, muxer: str, codec: str, kind: str, options: dict[str, str]
) -> None:
    layout = "mono" if sound.shape[1] == 1 else "stereo"
    planes = np.clip(sound, -1.0, 1.0)
    if kind == "s32":
        # 24-bit integers in the upper part of 32 bits.
        data = (np.round(planes.astype(np.float64) * LARGEST).astype(np.int32) << 8).reshape(1, -1)
    else:
        data = np.ascontiguousarray(planes.T, np.float32)
    try:
        with av.open(path, "w", format=muxer, options={"fflags": "+bitexact"}) as container:
            stream: Any = container.add_stream(codec, rate=rate, options=options)
            stream.codec_context.layout = layout
            stream.codec_context.format = kind
            frame = av.AudioFrame.from_ndarray(data, format=kind, layout=layout)
            frame.sample_rate = rate
            container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    except (av.error.FFmpegError, ValueError) as error:
        raise MediaError(f"cannot be written ({reason_of(error)})", path) from error


def wav_bytes(sound: np.ndarray, rate: int, midi: float | None, title: str) -> bytes:
    """Return a WAV file of 24 bits: the sound, its pitch (`smpl`, if there is one), a cue at its beginning (`cue `,
    with the title).

    Sources: Microsoft and IBM, "Multimedia Programming Interface and Data Specifications 1.0" (1991); "New Multimedia
    Data Types and Data Techniques 3.0" (1994).
    """
    channels = sound.shape[1]
    whole = np.round(np.clip(sound.astype(np.float64), -1.0, 1.0) * LARGEST).astype("<i4")
    data = np.ascontiguousarray(whole).view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
    block = 3 * channels
    chunks = [(b"fmt ", struct.pack("<HHIIHH", PCM, channels, rate, rate * block, block, 24)), (b"data", data)]
    if midi is not None:
        key = min(max(math.floor(midi), 0), 127)
        fraction = min(int((midi - key) * 2**32), 2**32 - 1) if 0 <= midi - key < 1 else 0
        chunks.append((b"smpl", struct.pack("<9I", 0, 0, round(1e9 / rate), key, fraction, 0, 0, 0, 0)))
    chunks.append((b"cue ", struct.pack("<I", 1) + struct.pack("<II4sIII", 1, 0, b"data", 0, 0, 0)))
    label = title.encode("utf-8", "replace") + b"\0"
    chunks.append((b"LIST", b"adtl" + _chunk(b"labl", struct.pack("<I", 1) + label)))
    body = b"WAVE" + b"".join(_chunk(name, content) for name, content in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)
