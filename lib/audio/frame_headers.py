"""Frames of sound that state their own length: a longer packet has junk in it, a shorter one is cut off."""

from __future__ import annotations

# kbit/s by the number in the header: of MPEG-1 in its three layers, and of MPEG-2 and 2.5 in layer 1 and the others.
MPEG_1 = (
    (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
)
MPEG_2 = (
    (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
)
MPEG_RATES = (44_100, 48_000, 32_000)
AC3_RATES = (48_000, 44_100, 32_000)
AC3_KBITS = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640)
AC3_SYNC, DTS_SYNC = b"\x0b\x77", b"\x7f\xfe\x80\x01"
# Codecs whose frames, in a bare stream, are of one of these kinds.
NAMES = frozenset(("mp3", "mp3float", "mp2", "mp2float", "mp1", "mp1float", "aac", "ac3", "eac3", "dca"))
# What may follow a frame in its packet: part of another one, and tags.
FOLLOWS = (AC3_SYNC, b"\x64\x58\x20\x25", b"TAG", b"ID3", b"APETAGEX", b"LYRICSBEGIN", b"3DI")
# The first bytes of headers.
STARTS = (b"\xff", AC3_SYNC[:1], DTS_SYNC[:1])
# Length of a header in bytes.
HEADER = 8
# After this many packets without a header at their beginning, frames are taken to have none.
MOST_WITHOUT = 16


def frame_bytes(head: bytes) -> int | None:
    """Return the length of the frame that begins like this, in bytes; None: not a frame, or its length is not stated.

    Sources: ISO/IEC 11172-3 and 13818-7 (MPEG audio, ADTS), ETSI TS 102 366 (AC-3), ETSI TS 102 114 (DTS).
    """
    if len(head) < HEADER:
        return None
    if head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        return (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    if head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return _mpeg(head)
    if head[:2] == AC3_SYNC:
        return _ac3(head)
    if head[:4] == DTS_SYNC:
        return ((head[5] & 3) << 12 | head[6] << 4 | head[7] >> 4) + 1
    return None


def codec_of(head: bytes) -> str:
    """Return ffmpeg's name of the codec whose frame begins like this (mp3: MPEG audio of any layer); "": none."""
    if frame_bytes(head) is None:
        return ""
    if head[0] == 0xFF:
        return "aac" if head[1] & 0xF6 == 0xF0 else "mp3"
    if head[:2] == AC3_SYNC:
        return "eac3" if head[5] >> 3 > 10 else "ac3"
    return "dca"


def misfit(packet: bytes) -> int | None:
    """Return the number of missing bytes of a packet's frame (below 0: surplus bytes); None: it is not a frame.

    A frame whose length is not stated fits, and so do tags.
    """
    if packet.startswith(FOLLOWS[2:]):
        return 0
    if len(packet) < HEADER and packet[:1] in STARTS:
        return HEADER - len(packet)
    length = frame_bytes(packet[:HEADER])
    if length is None:
        free = len(packet) > 2 and packet[0] == 0xFF and packet[1] & 0xE0 == 0xE0 and packet[2] >> 4 == 0
        return 0 if free else None
    more = packet[length:]
    if len(more) < HEADER and more[:1] in STARTS:  # the beginning of the next
        return HEADER - len(more)
    more = more.lstrip(b"\0")
    return 0 if len(packet) > length and (not more or more.startswith(FOLLOWS)) else length - len(packet)


def has_more(packet: bytes) -> bool:
    """Return whether something follows the frame that a packet begins with."""
    length = frame_bytes(packet[:HEADER])
    return length is not None and length < len(packet)


class Fit:
    """Checks that each packet of a stream holds one frame. codec: ffmpeg's name of it."""

    def __init__(self, codec: str) -> None:
        self.looks = codec in NAMES
        self.is_cut = False
        """Whether the last packet ends before its frame does."""
        self.is_odd = False
        """Whether any packet was not exactly one frame, or of another rate: the container's length may be wrong."""
        self._good, self._seen, self._in_tag, self._said = 0, 0, False, ""
        self._rate: tuple[int, int] | None = None
        self._is_clear = False  # the last packet was a whole frame, and nothing remains to be reported

    def add(self, packet: bytes) -> str:
        """Check a packet; return what was wrong before the sound that follows ("": nothing)."""
        fits = frame_bytes(packet[:HEADER]) == len(packet)
        rate = (packet[1] & 0x18, packet[2] & 0xC) if fits and packet[0] == 0xFF else self._rate  # of MPEG audio
        self.is_odd |= rate != self._rate and self._rate is not None
        self._rate = rate
        if fits and self._is_clear:
            self._good += 1
            return ""
        self._is_clear = fits
        said = self._said or ("a frame of it is cut off" if self.is_cut else "")
        self._said, self.is_cut = "", False
        missing = misfit(packet)
        self._seen += 1
        self.is_odd |= missing != 0 or (not fits and frame_bytes(packet[:HEADER]) is not None)
        self._in_tag = b"ID3" in packet if missing == 0 or not self._in_tag else self._in_tag
        if missing == 0:
            self._good += 1
        elif not self._good:  # frames without headers, or data before the first whole frame
            self.looks = self._seen < MOST_WITHOUT
        elif not self._in_tag:
            self.is_cut = missing is not None and missing > 0
            self._said = "" if self.is_cut else "there is something else between its frames"
        return said


def _mpeg(head: bytes) -> int | None:
    version, layer, bits, rate = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3), head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or layer == 4 or bits in (0, 15) or rate == 3:
        return None
    first = version == 3
    table = MPEG_1[layer - 1] if first else MPEG_2[min(layer - 1, 1)]
    hertz = MPEG_RATES[rate] // {3: 1, 2: 2, 0: 4}[version]
    padding = head[2] >> 1 & 1
    if layer == 1:
        return (12_000 * table[bits - 1] // hertz + padding) * 4
    return (72_000 if layer == 3 and not first else 144_000) * table[bits - 1] // hertz + padding


def _ac3(head: bytes) -> int | None:
    if head[5] >> 3 > 10:  # E-AC-3
        return ((head[2] & 7) << 8 | head[3]) * 2 + 2
    rate, code = head[4] >> 6, head[4] & 63
    if rate == 3 or code >> 1 >= len(AC3_KBITS):
        return None
    words = 96_000 * AC3_KBITS[code >> 1] // AC3_RATES[rate]
    return 2 * (words + (code & 1 if AC3_RATES[rate] == 44_100 else 0))
