"""The decoders of a track whose codec changes in the middle, as in recordings of television that were joined."""

from __future__ import annotations

from typing import cast

import av.packet
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.codec.context import CodecContext

from lib.audio.frame_headers import HEADER, codec_of, frame_bytes

# One decoder decodes the three layers of MPEG audio.
MPEG = frozenset(("mp1", "mp1float", "mp2", "mp2float", "mp3", "mp3float"))


class Decoders:
    """Decodes packets, each with the decoder that its header asks for. own: the track's, for the first of them."""

    def __init__(self, own: AudioCodecContext) -> None:
        self._name = "mp3" if own.name in MPEG else own.name
        self._all = {self._name: own}

    def decode(self, packet: av.packet.Packet) -> list[AudioFrame]:
        """Return the frames of a packet (at the end: the rest); raises what PyAV raises."""
        if not packet.size:
            return [frame for decoder in self._all.values() for frame in decoder.decode(None)]
        head = bytes(packet)[:HEADER]
        name = codec_of(head)
        if name not in ("", self._name) and frame_bytes(head) == packet.size:
            self._name = name
            if name not in self._all:
                self._all[name] = cast(AudioCodecContext, CodecContext.create(name, "r"))
        return self._all[self._name].decode(packet)
