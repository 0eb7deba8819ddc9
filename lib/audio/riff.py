"""WAV files whose headers ffmpeg misreads: their content, and how to read it instead.

Sources: Microsoft and IBM, "Multimedia Programming Interface and Data Specifications 1.0" (1991); Microsoft, "Multiple
channel audio data and WAVE files" (2001); EBU Tech 3306 (RF64, 2009).
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import BinaryIO

from lib.errors import MediaError
from lib.io.ffmpeg import Part
from lib.io.files import open_regular

PCM, FLOAT, ALAW, MULAW, G721, NMS, EXTENSIBLE = 1, 3, 6, 7, 0x40, 0x38, 0xFFFE
# A size that stands for "see the ds64 chunk", or "not known when the header was written".
UNKNOWN = 0xFFFFFFFF
WRAP = 1 << 32
# A header has a few chunks (cues, tags, padding); more than this is damage.
MOST_CHUNKS = 1000
# ffmpeg's names of raw samples, by (codec, bits); {} stands for the byte order.
_RAW = {
    (PCM, 8): "u8", (PCM, 16): "s16{}", (PCM, 24): "s24{}", (PCM, 32): "s32{}",
    (FLOAT, 32): "f32{}", (FLOAT, 64): "f64{}", (ALAW, 8): "alaw", (MULAW, 8): "mulaw",
}  # fmt: skip


@dataclass(frozen=True)
class Wave:
    """The header of a WAV file.

    kind: RIFF, RIFX (big-endian), RF64 or BW64; tag: of the codec; rate: Hz; byte_rate, block: bytes per second and per
    block of all channels; bits: per sample, as stored; valid: the significant ones; mask: which channels there are (0:
    not said); first, end: the bytes of the sound (end may lie beyond the file's); is_stated: whether the header gives
    that end; fmt: the format chunk.
    """

    kind: bytes
    tag: int
    channels: int
    rate: int
    byte_rate: int
    block: int
    bits: int
    valid: int
    mask: int
    first: int
    end: int
    is_stated: bool
    wrapped: bool
    fmt: bytes

    @property
    def order(self) -> str:
        """The byte order, as `struct` writes it."""
        return ">" if self.kind == b"RIFX" else "<"

    @property
    def layout(self) -> str:
        """The channels as ffmpeg writes them."""
        if self.mask and self.mask.bit_count() == self.channels:
            return hex(self.mask)
        return {1: "mono", 2: "stereo"}.get(self.channels, f"{self.channels}C")

    @property
    def is_plain(self) -> bool:
        """Whether each sample is stored as it is, so that bytes tell the length."""
        return self.tag in (PCM, FLOAT, ALAW, MULAW)

    @property
    def seconds(self) -> float | None:
        """The length of the sound by the header; None if that does not say."""
        return (self.end - self.first) / self.byte_rate if self.is_stated and self.byte_rate else None


def read_header(path: str) -> Wave | None:
    """Return the header of a WAV file; None for another file, or one without sound."""
    try:
        with open_regular(path) as file:
            return _read(file, os.fstat(file.fileno()).st_size)
    except (OSError, struct.error):
        return None


def _read(file: BinaryIO, size: int) -> Wave | None:
    kind = file.read(4)
    if kind not in (b"RIFF", b"RIFX", b"RF64", b"BW64") or len(file.read(4)) < 4 or file.read(4) != b"WAVE":
        return None
    order = ">" if kind == b"RIFX" else "<"
    fmt, long_size, place = b"", 0, 12
    for _ in range(MOST_CHUNKS):
        file.seek(place)
        head = file.read(8)
        if len(head) < 8:
            return None
        name, length = head[:4], struct.unpack(f"{order}I", head[4:])[0]
        if name == b"data":
            break
        if name == b"fmt ":
            fmt = file.read(min(length, 4096))
        elif name == b"ds64":
            long_size = struct.unpack("<QQ", file.read(16))[1]
        place += 8 + length + length % 2
    if name != b"data" or len(fmt) < 16:
        return None
    tag, channels, rate, byte_rate, block, bits = struct.unpack(f"{order}HHIIHH", fmt[:16])
    valid, mask = bits, 0
    if tag == EXTENSIBLE and len(fmt) >= 26:
        _, valid, mask, tag = struct.unpack(f"{order}HHIH", fmt[16:26])
    if channels and block:
        bits = block // channels * 8 if tag in (PCM, FLOAT) else bits
    first, is_stated, wrapped = place + 8, True, False
    if kind in (b"RF64", b"BW64") and length == UNKNOWN:
        length = long_size
    elif length in (0, UNKNOWN):  # a recorder was switched off, or it is a pipe
        length, is_stated = max(size - first, 0), False
    else:
        # Sizes of 32 bits wrap after 4 GiB: the size is that in the header plus as many 4 GiB as the file holds.
        more = max(size - first - length, 0) // WRAP * WRAP
        length, wrapped = length + more, more > 0
    return Wave(
        kind,
        tag,
        channels,
        rate,
        byte_rate,
        block,
        bits,
        valid or bits,
        mask,
        first,
        first + length,
        is_stated,
        wrapped,
        fmt,
    )


def repaired(wave: Wave) -> Part | None:
    """Return how to read a WAV file that ffmpeg misreads; None if it reads it correctly.

    ffmpeg takes the number of valid bits for that of the stored ones, the samples of RIFX for little-endian ones, a
    size that wrapped after 4 GiB for the real size, and G.721 for another codec. Raises MediaError for a codec that it
    decodes to noise.
    """
    if wave.tag == NMS:
        raise MediaError("is a WAV file in NMS ADPCM, which cannot be decoded: convert it to PCM first")
    odd = wave.kind == b"RIFX" or wave.wrapped or wave.tag == G721
    stored = wave.bits != struct.unpack(f"{wave.order}H", wave.fmt[14:16])[0]
    if not odd and not (wave.tag in (PCM, FLOAT) and (wave.valid != wave.bits or stored)):
        return None
    if wave.tag == G721:
        return Part(wave.first, wave.end, "g726le", {"sample_rate": str(wave.rate), "code_size": "4"})
    name = _RAW.get((wave.tag, wave.bits))
    if name:
        options = {"sample_rate": str(wave.rate), "ch_layout": wave.layout}
        return Part(wave.first, wave.end, name.format("be" if wave.order == ">" else "le"), options)
    if odd:
        return Part(wave.first, wave.end, "wav", header=_little_endian(wave))
    return None


def _little_endian(wave: Wave) -> bytes:
    """Return the header of a WAV file of another byte order as ffmpeg reads it; its sound is the same."""
    fmt = wave.fmt
    if wave.order == ">":
        words = struct.unpack(">HHIIHH", fmt[:16])
        fmt = struct.pack("<HHIIHH", *words) + b"".join(fmt[n : n + 2][::-1] for n in range(16, len(fmt), 2))
    return b"RIFF\xff\xff\xff\xffWAVEfmt " + struct.pack("<I", len(fmt)) + fmt + b"data\xff\xff\xff\xff"
