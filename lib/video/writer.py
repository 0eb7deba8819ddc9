"""Writing films: pictures and sound, as H.264 and AAC in mp4 or mov, with lossless sound in mkv."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import TracebackType

from lib.errors import MediaError
from lib.io.encoder import Encoder
from lib.io.files import atomic_path
from lib.video.chapters import Chapter, metadata
from lib.video.planes import CHROMA, RGB, Planes

MUXERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}
# AAC from the mix, which is copied into the film.
READY = ".m4a"
# x264's rate factor and preset. At equal PSNR, on pictures of 256 and of 16,384 clips, the preset medium takes 1.6 to
# 2.6 times as long as veryfast, for files a fifth smaller; and looking ahead gains little in a film that is cut several
# times a second ("cuts").
QUALITIES = {
    "low": ("28", "veryfast"),
    "medium": ("21", "veryfast"),
    "high": ("16", "veryfast"),
    "cuts": ("18", "ultrafast"),
    "preview": ("24", "ultrafast"),
}
# Whatever the machine: x264's result depends on how many of its threads share the work. More of them cost time for
# small pictures.
ENCODER_THREADS, SMALL_THREADS, SMALL = 8, 2, 640 * 360
# H.264 in 4:2:0 needs even sizes. The colour matrix is stated, or players would guess it from the size.
FILTERS = "pad=ceil(iw/2)*2:ceil(ih/2)*2,scale={}out_color_matrix=bt709:out_range=tv,format="
# Pictures that come as YUV are of this matrix.
AS_THEY_COME = "in_color_matrix=bt709:in_range=tv:"
H264, COMPRESSED = "-c:v libx264 -crf {rate} -preset {preset}", "-c:a aac -b:a 256k"
FLAC = "-c:a flac -sample_fmt s32"
# Matroska, which is for keeping and for working on, takes lossless sound beside any picture.
LOSSLESS_MUXER = "matroska"
# Pixel format, encoder and sound of each codec. 4:4:4 keeps the colour of single rows; FFV1 is lossless.
CODECS = {
    "h264": ("yuv420p", H264, COMPRESSED),
    "h264_444": ("yuv444p", H264, COMPRESSED),
    "h264_10": ("yuv420p10le", H264, COMPRESSED),
    "prores": ("yuv422p10le", "-c:v prores_ks -profile:v 3 -vendor apl0", "-c:a pcm_s24le"),
    "ffv1": ("bgr0", "-c:v ffv1 -level 3 -slices 4 -slicecrc 1", FLAC),
}
COLOURS = "-colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv"


def sound_encoder(codec: str, target: str | Path) -> str:
    """Return ffmpeg's words for the sound of a film of this codec and name."""
    sounds = CODECS[codec][2]
    return FLAC if sounds == COMPRESSED and MUXERS[Path(target).suffix.lower()] == LOSSLESS_MUXER else sounds


def is_lossless(codec: str, target: str | Path) -> bool:
    """Return whether the sound of a film of this codec and name is encoded without loss."""
    return sound_encoder(codec, target) != COMPRESSED


def is_padded(codec: str, size: tuple[int, int]) -> bool:
    """Return whether a film of this codec and size (width, height) is larger than its pictures: YUV has even sides."""
    return CODECS[codec][0].startswith("yuv") and any(side % 2 for side in size)


def planes_of(codec: str, size: tuple[int, int]) -> Planes:
    """Return the format in which the encoder of this codec takes pictures of 8 bits and this size (width, height)."""
    pixels = CODECS[codec][0]
    return Planes(*size, RGB if is_padded(codec, size) or pixels not in CHROMA else pixels)


def check_film(target: str | Path) -> None:
    """Raise MediaError if `target` has no extension of a film that can be written."""
    if Path(target).suffix.lower() not in MUXERS:
        raise MediaError(f"the name of a film ends in {', '.join(MUXERS)}", target)


class VideoWriter:
    """Writes one film; in a `with` it gives the encoder that takes the pictures, one after the other.

    target: the film, written beside it and renamed when it is whole; size: width and height in pixels (an odd side is
    padded by a black pixel); frames: the number of pictures; quality: one of `QUALITIES`; pixels: the format in which
    pictures are written, by ffmpeg's name (rgb24; yuv420p and the like, in BT.709 and the limited range); sound: an
    audio file, cut or continued with silence to the length of the film (AAC in .m4a, which has that length, is copied);
    codec: one of `CODECS`; chapters: as `lib.video.chapters.within` returns them; silent: a film that this class made,
    whose pictures are copied: none are to be written.
    """

    def __init__(
        self, target: str, size: tuple[int, int], fps: Fraction | int, frames: int, quality: str, pixels: str,
        sound: str = "", codec: str = "h264", chapters: Sequence[Chapter] = (), silent: str = "",
    ) -> None:  # fmt: skip
        raw = ["-f", "rawvideo", "-pix_fmt", pixels, "-s", f"{size[0]}x{size[1]}", "-framerate", str(fps)]
        inputs = [*raw, "-i", "pipe:0"]
        rate, preset = QUALITIES[quality]
        coded, encoder, _ = CODECS[codec]
        sounds = sound_encoder(codec, target)
        scaling = FILTERS.format(AS_THEY_COME if pixels.startswith("yuv") else "")
        filters = ["-vf", scaling + coded, *COLOURS.split()] if coded.startswith("yuv") else ["-pix_fmt", coded]
        codecs = ["-map", "0:v", *filters, *encoder.format(rate=rate, preset=preset).split()]
        codecs += ["-threads", str(SMALL_THREADS if size[0] * size[1] <= SMALL else ENCODER_THREADS)]
        if silent:
            inputs = ["-protocol_whitelist", "file", "-i", f"file:{os.path.abspath(silent)}"]
            codecs = ["-map", "0:v", "-c:v", "copy"]
        if sound:
            inputs += ["-protocol_whitelist", "file", "-i", f"file:{os.path.abspath(sound)}"]
            codecs += ["-map", "1:a"]
            if sound.endswith(READY) and sounds == COMPRESSED:
                codecs += ["-c:a", "copy"]
            else:
                codecs += [*sounds.split(), "-af", "apad", "-t", f"{float(frames / fps):.6f}"]
        self._chapters = metadata(chapters, float(1000 * frames / fps)) if chapters else ""
        self._inputs, self._count = inputs, 2 if sound else 1
        exact = ["-map_metadata:g", "-1", "-map_metadata:s", "-1", "-fflags", "+bitexact", "-flags", "+bitexact"]
        muxer = MUXERS[Path(target).suffix.lower()]
        index = ["-movflags", "+faststart"] if muxer in ("mp4", "mov") else []
        self._target = target
        self._arguments = [*codecs, *exact, "-f", muxer, *index]
        self._stack = ExitStack()

    def __enter__(self) -> Encoder:
        with ExitStack() as stack:
            part = stack.enter_context(atomic_path(self._target))
            place = ["-y", f"file:{os.path.abspath(part)}"]
            inputs, chapters = self._inputs, ["-map_chapters", "-1"]
            if self._chapters:
                listed = os.path.join(stack.enter_context(tempfile.TemporaryDirectory()), "chapters.txt")
                Path(listed).write_text(self._chapters, "utf-8", "replace", newline="\n")
                inputs = [*inputs, "-f", "ffmetadata", "-i", f"file:{os.path.abspath(listed)}"]
                chapters = ["-map_chapters", str(self._count)]
            encoder = stack.enter_context(Encoder(self._target, [*inputs, *self._arguments, *chapters, *place]))
            self._stack = stack.pop_all()
        return encoder

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)
