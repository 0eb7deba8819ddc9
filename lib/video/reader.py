"""Films: the pictures of a video file in order, each with its time, scaled and turned as they are shown.

Time 0 is the start of the container, as in `lib.audio.reader`, so that picture and sound share one clock.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from fractions import Fraction
from types import TracebackType
from typing import Any

import av
import av.container
import av.video.frame
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from av.video.stream import VideoStream

from lib.errors import MediaError, NoVideoError
from lib.io.ffmpeg import open_media, packets
from lib.video.probe import FALLS_BACK, LEAPS_AHEAD, STILLS

# Averages the pixels that become one; the second flag makes colours right to half a step of 255 (to three where the
# size stays as it is, which takes a faster way).
SCALING = Interpolation.AREA | Interpolation.FULL_CHR_H_INT
# Films that do not say which matrix their colours were made with: players take that of HDTV from this size on.
HD_WIDTH, HD_HEIGHT = 1280, 577
UNSPECIFIED_MATRIX = 2  # AVCOL_SPC_UNSPECIFIED
# Containers whose time stamps lead straight to a place; others are read from the beginning.
SEEKABLE = frozenset(("mov", "matroska"))
# Jumping is worth it if it saves reading this much film, in ms; and without an index, if the place is so far ahead.
LEAST_GAIN, FAR_AHEAD = 1000.0, 10_000.0
# The length of a frame of which nothing says how long it is, in ms (25 frames/s).
USUAL_MS = 40.0
# Wider and narrower pixels than this are a mistake in the header.
WIDEST_PIXEL = 8


class Frame:
    """One picture of a film: `ms` when it begins, `length_ms` how long it is meant to stay."""

    __slots__ = ("_film", "_frame", "length_ms", "ms")

    def __init__(self, film: VideoReader, frame: av.video.frame.VideoFrame, ms: float, length_ms: float) -> None:
        self._film, self._frame, self.ms, self.length_ms = film, frame, ms, length_ms

    def picture(self, width: int, height: int) -> np.ndarray:
        """Return the picture at this size as it is shown, uint8 RGB, shape (height, width, 3).

        It is scaled in one step by area averaging (made larger: bilinear). Raises MediaError if its kind of colours
        cannot be converted.
        """
        return self._film.scaled(self._frame, width, height)


class _Turn:
    """How the file says that its pictures are to be turned: transposed first, then mirrored in x, in y."""

    def __init__(self, frame: av.video.frame.VideoFrame) -> None:
        data: Any = frame.side_data.get("DISPLAYMATRIX")
        # A point (x, y) is shown at (a x + c y, b x + d y).
        a, b, _, c, d = (1, 0, 0, 0, 1) if data is None else np.frombuffer(data, np.int32)[:5].tolist()
        self.transposed = abs(b) + abs(c) > abs(a) + abs(d)
        self.mirror_x, self.mirror_y = (c < 0, b < 0) if self.transposed else (a < 0, d < 0)

    def of(self, picture: np.ndarray) -> np.ndarray:
        if self.transposed:
            picture = picture.transpose(1, 0, 2)
        return picture[:: -1 if self.mirror_y else 1, :: -1 if self.mirror_x else 1]


class _Clock:
    """Gives frames their times in ms, strictly rising even where the file's own clock begins anew."""

    def __init__(self, stream: VideoStream, start: int | None) -> None:
        self.tick_ms = 1000 * _fraction(stream.time_base, Fraction(1, av.time_base))
        rate = _fraction(stream.average_rate, Fraction(0))
        self._usual = float(1000 / rate) if rate > 0 else USUAL_MS
        self.origin = Fraction(start or 0, 1000)
        if stream.start_time is not None and abs(stream.start_time * self.tick_ms - self.origin) < Fraction(1, 1000):
            self.origin = stream.start_time * self.tick_ms  # the same, without having been rounded to a microsecond
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forget what came before: the file was opened anew, or there was a jump in it."""
        self._shift = 0.0
        self._last = -math.inf
        self._next: float | None = None

    def time(self, frame: av.video.frame.VideoFrame) -> tuple[float, float] | None:
        """Return when a frame begins and how long it is meant to stay; None if it is never on the screen."""
        length = float(frame.duration * self.tick_ms) if frame.duration else self._usual
        stamp = frame.dts if frame.pts is None else frame.pts
        if stamp is None:
            ms = self._next or 0.0
        else:
            ms = float(stamp * self.tick_ms - self.origin) + self._shift
            if self._next is not None and not -1000 * FALLS_BACK <= ms - self._next <= 1000 * LEAPS_AHEAD:
                self._shift += self._next - ms
                ms = self._next
        if ms <= self._last:
            return None
        self._last, self._next = ms, ms + length
        return ms, length


def _fraction(rational: object, otherwise: Fraction) -> Fraction:
    """Return PyAV's rational number (its type changed in version 19) as a Fraction."""
    numerator, denominator = getattr(rational, "numerator", 0), getattr(rational, "denominator", 0)
    return Fraction(numerator, denominator) if numerator and denominator else otherwise


class VideoReader:
    """The pictures of one video file; use it in a `with`.

    width, height: the size in which it is shown: turned as the file says, with square pixels. rate: frames per second
    on average by the header (0: it does not say). end_ms: when the last frame ends; infinite until that has been read.
    Opening raises MediaError if the file cannot be read or nothing of
    its picture can be decoded, and NoVideoError if there is none (cover art is no video). Damaged packets are left out;
    a file that breaks off ends there. Decoding uses one thread: files are spread over processes.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._scalers: dict[tuple[int, int], VideoReformatter] = {}
        self._far = FAR_AHEAD
        self._open()
        try:
            if self._now is None:
                if self._failure:
                    raise MediaError(f"its picture cannot be decoded ({self._failure})")
                raise NoVideoError("has a video track without any picture in it")
            first = self._now._frame
            self._seekable = bool(SEEKABLE.intersection(self._container.format.name.split(",")))
            self._turn = _Turn(first)
            pixel = _fraction(self._stream.sample_aspect_ratio, Fraction(1))
            wide = first.width * (pixel if Fraction(1, WIDEST_PIXEL) <= pixel <= WIDEST_PIXEL else 1)
            size = max(round(wide), 1), first.height
            self.width, self.height = size[::-1] if self._turn.transposed else size
            self.rate = float(_fraction(self._stream.average_rate, Fraction(0)))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> VideoReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; frames that were handed out stay good."""
        self._decoder.close()
        self._container.close()

    def _open(self) -> None:
        """Open the file at its beginning: `_now` is the first frame, `_coming` the second (None: there is none)."""
        self._container = open_media(self.path)
        try:
            self._stream = _video_stream(self._container)
            if self._stream.codec_context is None:
                raise MediaError("its picture cannot be decoded (there is no decoder for it)")
            self._stream.codec_context.thread_type = "NONE"
            self._stream.codec_context.thread_count = 1
            self._clock = _Clock(self._stream, self._container.start_time)
            self._failure = ""
            self._start_reading()
        except BaseException:
            self._container.close()
            raise

    def _start_reading(self) -> None:
        self.end_ms = math.inf
        self._decoder = self._decoded()
        self._now: Frame | None = None
        self._coming = next(self._decoder, None)
        self._advance()

    def _advance(self) -> None:
        self._now, self._coming = self._coming, next(self._decoder, None)
        if self._now is not None and self._coming is None:
            self.end_ms = self._now.ms + self._now.length_ms

    def _decoded(self) -> Generator[Frame]:
        """Yield the frames that can be decoded from where the file is now."""
        for frame in self._raw_frames():
            found = self._clock.time(frame)
            if found is not None:
                yield Frame(self, frame, *found)

    def _raw_frames(self) -> Iterator[av.video.frame.VideoFrame]:
        coming = packets(self._container, self._stream)
        while True:
            try:
                packet = next(coming)
            except StopIteration:
                return
            except (av.error.FFmpegError, OSError) as error:  # cut off in the middle: what came before is good
                self._failure = str(error)
                yield from self._decode(None)
                return
            yield from self._decode(packet)

    def _decode(self, packet: av.Packet | None) -> list[av.video.frame.VideoFrame]:
        """Return the frames that a packet gives (None: those that the decoder still holds)."""
        try:
            return self._stream.codec_context.decode(packet)
        except (av.error.FFmpegError, ValueError) as error:
            self._failure = str(error)
            return []

    def frames(self, first_ms: float = 0.0, last_ms: float = math.inf) -> Iterator[Frame]:
        """Yield the frames in order, from the one on the screen at `first_ms` to the last that begins before `last_ms`.

        Before the film's first frame that is the first, after its end the last: there is one at least. Each call goes
        on where the one before stopped if it asks for later frames (one pass over the file, jumping only where that
        saves reading), and begins anew if it asks for earlier ones.
        """
        self._go_to(first_ms)
        assert self._now is not None
        yield self._now
        while self._coming is not None and self._coming.ms < last_ms:
            self._advance()
            yield self._now

    def _go_to(self, ms: float) -> None:
        """Make `_now` the frame on the screen at `ms`."""
        assert self._now is not None
        if ms < self._now.ms:
            self._reopen()
        if self._is_worth_a_jump(ms):
            self._jump(ms)
        while self._coming is not None and self._coming.ms <= ms:
            self._advance()

    def _reopen(self) -> None:
        self.close()
        self._open()
        if self._now is None:
            raise MediaError("has changed while it was read")

    def _stamp(self, ms: float) -> int:
        """Return a time as the stream counts it."""
        return math.floor((Fraction(ms) + self._clock.origin) / self._clock.tick_ms)

    def _is_worth_a_jump(self, ms: float) -> bool:
        """Say whether a keyframe far enough ahead (by the index, if it reaches there) saves reading on to `ms`."""
        if not self._seekable or self._coming is None or math.isinf(ms):
            return False
        here = self._coming.ms
        if ms - here < LEAST_GAIN:
            return False
        index, stamp = self._stream.index_entries, self._stamp(ms)
        if len(index) and index[-1].timestamp >= stamp:
            place = index.search_timestamp(stamp, backward=True)
            return place >= 0 and index[place].timestamp - self._stamp(here) >= LEAST_GAIN / self._clock.tick_ms
        return ms - here > self._far

    def _jump(self, ms: float) -> None:
        """Go to a keyframe at or before `ms`; to the beginning if the container leads elsewhere."""
        here = self._coming.ms if self._coming is not None else 0.0
        try:
            self._container.seek(self._stamp(ms), stream=self._stream, backward=True)
            self._clock.begin_anew()
            self._start_reading()
        except (av.error.FFmpegError, OSError, ValueError, OverflowError):
            self._now = None
        if self._now is None or self._now.ms > ms or not self._now._frame.key_frame:
            self._seekable = False
            self._reopen()
        elif self._now.ms < here:  # keyframes are far apart: it was in vain
            self._far *= 2

    def scaled(self, frame: av.video.frame.VideoFrame, width: int, height: int) -> np.ndarray:
        """Return a decoded frame as `Frame.picture` does. One scaler per size is kept: setting it up takes time."""
        size = (height, width) if self._turn.transposed else (width, height)
        scaler = self._scalers.setdefault(size, VideoReformatter())
        is_hd = frame.colorspace == UNSPECIFIED_MATRIX and (frame.width >= HD_WIDTH or frame.height >= HD_HEIGHT)
        matrix = Colorspace.ITU709 if is_hd and not frame.format.is_rgb else None
        try:
            rgb = scaler.reformat(
                frame, *size, "rgb24", matrix, None, SCALING, dst_color_range=ColorRange.JPEG, threads=1
            )
        except (av.error.FFmpegError, ValueError) as error:
            raise MediaError(f"its kind of colours cannot be converted ({error})") from error
        return np.ascontiguousarray(self._turn.of(rgb.to_ndarray()))


def _video_stream(container: av.container.InputContainer) -> VideoStream:
    """Return the main video stream; NoVideoError if there is none."""
    films = [stream for stream in container.streams.video if not stream.disposition & STILLS]
    if not films:
        raise NoVideoError("has no video track")
    best = container.streams.best("video")
    return next((stream for stream in films if stream is best), films[0])
