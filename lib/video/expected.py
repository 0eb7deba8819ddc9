"""Frames of a film that will not be asked for: which of them the decoder may skip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from av.video.stream import VideoStream

from lib.video.timing import tick_ms

# Codecs whose decoders skip frames on request.
LEAVES_OUT = ("h264", "hevc", "mpeg4", "mpeg1video", "mpeg2video")
# The longest step between two frames of a film of an even rate; and the time before and after a requested one in which
# no frame is skipped: the frame seen then begins one step before at most. All in usual lengths of a frame.
LONGEST_STEP, BEFORE, AFTER = 1.5, 2.0, 0.5
# Names of decoders for frames that no other one needs, and for empty ones only.
SKIPPED: Final = "NONREF"
ALL: Final = "DEFAULT"


Times: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Expected:
    """The times, in ms, rising, that will be asked for; usual_ms: the usual length of a frame.

    end: a stamp of the stream, from which on no frame is skipped: the last one may be seen long after its time.
    """

    times: Times
    usual_ms: float
    end: int

    def to_skip(self, ms: float | None, stamp: int | None) -> Literal["NONREF", "DEFAULT"]:
        """Return which frames the decoder may skip. ms, stamp: when a frame is shown (None: not known)."""
        if ms is None or stamp is None or stamp >= self.end:
            return ALL
        near = ms - AFTER * self.usual_ms, ms + BEFORE * self.usual_ms
        first, last = np.searchsorted(self.times, near).tolist()
        return SKIPPED if first == last else ALL


def expected(times: Times, stream: VideoStream, usual_ms: float) -> Expected | None:
    """Return the rule by which frames of a stream may be skipped; None: none of them may.

    The container's index has to list all frames, at an even rate: if some frame stays for long, any may be seen long
    after its time.
    """
    if stream.codec_context.name not in LEAVES_OUT:
        return None
    stamps = np.sort([entry.timestamp for entry in stream.index_entries])
    tick = float(tick_ms(stream))
    if len(stamps) < 2 or float(np.diff(stamps).max()) * tick > LONGEST_STEP * usual_ms:
        return None
    return Expected(times, usual_ms, int(stamps[-1] - BEFORE * usual_ms / tick))
