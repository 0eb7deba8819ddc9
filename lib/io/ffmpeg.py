"""ffmpeg: the program (for encoding) and its libraries through PyAV (for reading).

A file's name reaches neither as something that could be taken for an option or a protocol, and neither follows what a
playlist inside a file says: only the one local file is opened.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import av
import av.container
import av.packet
import av.stream

from lib.errors import MediaError

# Containers that hold media themselves. Left out: playlists and scripts that make ffmpeg open other files or the
# network (hls, dash, concat, sdp, rtsp ...), and text or single pictures drawn as "video" (tty, image2, txt).
FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mp3,wav,flac,ogg,avi,aiff,asf,mpeg,mpegts,mpegvideo,mpegtsraw,flv,live_flv,"
    "aac,ac3,eac3,w64,caf,amr,amrnb,amrwb,au,ape,wv,tta,dv,mxf,mxf_opatom,rm,voc,gxf,nut,ivf,h264,hevc,m4v,dts,truehd,"
    "tak,oma,shn,sox,smk,bink,roq,wc3movie,wtv,mpc,mpc8,dsf,iff,ircam,nist,3dostr,adts,loas,latm,y4m,yuv4mpegpipe"
)


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


def open_media(path: str) -> av.container.InputContainer:
    """Open a media file for reading; use the result in a `with`.

    Raises MediaError if the file is missing, empty, or nothing that ffmpeg's libraries can read.
    """
    if not os.path.exists(path):
        raise MediaError("no such file")
    if not os.path.isfile(path):
        raise MediaError("is not a file")
    if os.path.getsize(path) == 0:
        raise MediaError("the file is empty (0 bytes)")
    options = {"protocol_whitelist": "file", "format_whitelist": FORMATS}
    # PyAV up to 18 fails on tags that are not UTF-8 unless it is told to replace what it cannot read; 19 always does.
    lenient: dict[str, Any] = {"metadata_errors": "replace"} if int(av.__version__.split(".")[0]) < 19 else {}
    try:
        return av.open(f"file:{os.path.abspath(path)}", "r", options=options, **lenient)
    except PermissionError as error:
        raise MediaError("may not be read (permission denied)") from error
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise MediaError(f"is not media that can be read ({getattr(error, 'strerror', None) or error})") from error


def packets(
    container: av.container.InputContainer, streams: av.stream.Stream | Sequence[av.stream.Stream]
) -> Iterator[av.packet.Packet]:
    """Yield the packets of some streams in the file's order, and at the end one without data for each of them.

    Raises what PyAV raises where the file breaks off (`av.error.FFmpegError`, OSError).
    """
    try:
        yield from container.demux(streams)
    except IndexError:
        # PyAV up to 18, after all else: damage in a transport stream or flv looked like the beginning of a new stream.
        return
