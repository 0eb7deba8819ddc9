"""ffmpeg: the program (for encoding) and its libraries through PyAV (for reading).

A file's name can reach neither as an option or a protocol, and neither follows what a playlist inside a file says: only
the one local file is opened.
"""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import av
import av.container
import av.packet
import av.stream

from lib.errors import MediaError
from lib.io.lookalikes import missing
from lib.io.progress import within

# Containers that hold media themselves. Left out: playlists and scripts that make ffmpeg open other files or the
# network (hls, dash, concat, sdp, rtsp ...), and text or single pictures drawn as "video" (tty, image2, txt).
FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mp3,wav,flac,ogg,avi,aiff,asf,mpeg,mpegts,mpegvideo,mpegtsraw,flv,live_flv,"
    "aac,ac3,eac3,w64,caf,amr,amrnb,amrwb,au,ape,wv,tta,dv,mxf,rm,voc,gxf,nut,ivf,h264,hevc,m4v,dts,dtshd,truehd,mlp,"
    "tak,oma,shn,sox,smk,bink,roq,wc3movie,wtv,mpc,mpc8,dsf,iff,ircam,nistsphere,3dostr,loas,yuv4mpegpipe,gif,apng,"
    "mjpeg,h261,h263,vc1,vc1test,cavsvideo,dirac,obu,vvc,nsv,pva,ty,thp,vivo,flic,film_cpk,wsvqa,adx,aea,vqf,"
    "xwma,hcom,avr,pvf,qoa,gsm,g722,sbc,aptx,aptx_hd,dfpwm,kvag,alp,brstm,mmf"
)


@dataclass(frozen=True)
class Part:
    """A part of a file, read as a separate file.

    first, end: bytes (end -1: to the file's end); format: ffmpeg's name of its format ("": detected); options: of that
    demuxer, such as its sample rate; header: bytes that are read before the part, as if they were in the file.
    """

    first: int = 0
    end: int = -1
    format: str = ""
    options: dict[str, str] = field(default_factory=dict)
    header: bytes = b""


class _Headed(io.RawIOBase):
    """A part of a file behind a header that is not in it, for reading."""

    def __init__(self, path: str, part: Part) -> None:
        self._file = open(path, "rb")  # noqa: SIM115 (closed by `close`)
        whole = self._file.seek(0, os.SEEK_END)
        self._part, self._place = part, 0
        self._size = len(part.header) + max((whole if part.end < 0 else min(part.end, whole)) - part.first, 0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._place = max(offset + (0, self._place, self._size)[whence], 0)
        return self._place

    def read(self, size: int = -1) -> bytes:
        left = max(self._size - self._place, 0)
        size = left if size < 0 else min(size, left)
        found = self._part.header[self._place : self._place + size]
        if len(found) < size:
            self._file.seek(self._part.first + self._place + len(found) - len(self._part.header))
            found += self._file.read(size - len(found))
        self._place += len(found)
        return found

    def close(self) -> None:
        self._file.close()
        super().close()


@cache
def ffmpeg_exe() -> str:
    """Return the path of the ffmpeg program: the one on PATH, else the one that imageio-ffmpeg ships."""
    found = shutil.which("ffmpeg")
    if found:
        return found
    import imageio_ffmpeg

    try:
        return imageio_ffmpeg.get_ffmpeg_exe()
    except RuntimeError as error:
        raise MediaError("ffmpeg is missing: run `pip install imageio-ffmpeg`, or install ffmpeg") from error


def open_media(path: str, part: Part | None = None) -> av.container.InputContainer:
    """Open a media file, or a part of it, for reading; use the result in a `with`.

    Raises MediaError if the file is missing, empty, or not readable by ffmpeg's libraries.
    """
    if not os.path.exists(path):
        raise MediaError(missing(path))
    if not os.path.isfile(path):
        raise MediaError("is not a file")
    if os.path.getsize(path) == 0:
        raise MediaError("the file is empty (0 bytes)")
    options = {"protocol_whitelist": "file", "format_whitelist": FORMATS}
    name: str | _Headed = f"file:{os.path.abspath(path)}"
    if part is not None and part.header:
        name = _Headed(path, part)
    elif part is not None:
        options["protocol_whitelist"] += ",subfile"
        name = f"subfile,,start,{part.first},end,{max(part.end, 0)},,:{name}"  # (end 0: the file's)
        if part.format:
            options |= {"format_whitelist": part.format, **part.options}
    # PyAV up to 18 fails on tags that are not UTF-8 unless told to replace unreadable characters; 19 always does.
    lenient: dict[str, Any] = {"metadata_errors": "replace"} if int(av.__version__.split(".")[0]) < 19 else {}
    try:
        return av.open(name, "r", format=part.format or None if part else None, options=options, **lenient)
    except PermissionError as error:
        raise MediaError("may not be read (permission denied)") from error
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise MediaError(f"is not media that can be read ({reason_of(error)})") from error


def codec_name(stream: av.stream.Stream) -> str:
    """Return the name of a stream's codec; "" if there is no decoder for it: PyAV has no codec context then."""
    return "" if stream.codec_context is None else stream.codec_context.name


def reason_of(error: Exception) -> str:
    """Return the message of a PyAV error, without its number and the function of ffmpeg that raised it."""
    if isinstance(error, av.error.PatchWelcomeError):
        return "the rest is of a kind that ffmpeg cannot read"
    said = str(getattr(error, "strerror", None) or error)
    return "it cannot be decoded there" if said.startswith("Error number") else said  # a codec's own number


def packets(
    container: av.container.InputContainer, streams: av.stream.Stream | Sequence[av.stream.Stream]
) -> Iterator[av.packet.Packet]:
    """Yield the packets of some streams in the file's order, and at the end one without data for each of them.

    Raises what PyAV raises where the file breaks off (`av.error.FFmpegError`, OSError).
    """
    size = container.size or 0
    try:
        for packet in container.demux(streams):
            if size > 0 and packet.pos is not None:
                within(packet.pos / size)
            if not packet.size and packet.dts is None:
                packet.stream = packet.stream  # (for PyAV it is one of stream 0, whichever that is)
            yield packet
    except IndexError:
        # PyAV up to 18, after all else: damage in a transport stream or flv looked like the beginning of a new stream.
        return
