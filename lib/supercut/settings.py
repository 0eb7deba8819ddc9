"""What is asked of a film of samples, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class FilmSettings:
    """How samples are seen, and what is made of them.

    film: the file; width, height: of its pictures, in pixels; fps: pictures per second; split: what sounds together
    shares the frame (else what began last has it); fit: how films fill it, crop or contain; fade_ms: over which samples
    appear, and disappear; caption: text with %COLUMN for cells, %time for the in-point ("": none); codec: one of
    `lib.video.writer.CODECS`; quality: one of its `QUALITIES`; lufs: loudness of the whole (None: as it is mixed);
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
