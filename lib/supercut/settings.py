"""Settings of a film of samples, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class FilmSettings:
    """How samples are shown, and what is made of them.

    film: the file; width, height: of its pictures, in pixels; fps: pictures per second; split: samples that sound
    together share the frame (else the latest one has it); fit: how films fill it, crop or contain; fade_ms: time in
    which samples appear, and disappear; caption: text with %COLUMN for cells, %time for the in-point ("": none); codec:
    one of `lib.video.writer.CODECS`; quality: one of its `QUALITIES`; lufs: loudness of the whole (None: as mixed);
    chapters: the column whose values mark the chapters ("": none).
    """

    film: str
    width: int
    height: int
    fps: Fraction
    split: bool = False
    fit: str = "crop"
    fade_ms: float = 0.0
    caption: str = ""
    codec: str = "h264"
    quality: str = "cuts"
    lufs: float | None = None
    chapters: str = ""
