"""The reader of video: the pictures of a file in order, each with its time, scaled and turned as they are shown.

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
from av.packet import Packet
from av.video.frame import VideoFrame

from lib.audio.wholeness import promise_of, with_structure
from lib.errors import MediaError, NoVideoError
from lib.io.clock import last_length, rising
from lib.io.ffmpeg import open_media, reason_of
from lib.video import timing
from lib.video.bars import within_bars
from lib.video.breaks import Breaks
from lib.video.container_crop import container_crop
from lib.video.expected import Expected, Times, expected
from lib.video.frame import Frame
from lib.video.jumps import FAR_AHEAD, LEAST_GAIN, is_worth_a_jump
from lib.video.scaling import Part, Scaler, Turn
from lib.video.timing import FrameStamps, as_fraction, film_stream, is_indexed, shared_clock, timed_packets

# So often a jump may end after the place that was asked for before jumping is given up: the container leads elsewhere.
MISSES = 3
# What a decoder may leave out where pictures are made much smaller anyway: a fourth of the time of H.264.
ROUGH = {"skip_loop_filter": "all"}


class VideoReader:
    """The pictures of one video file; use it in a `with`.

    width, height: the size in which it is shown: turned as the file says, with square pixels. rate: frames per second
    on average by the header (0: it does not say). end_ms: when the last frame ends; infinite until that has been read.
    crop_bars: leave out black bars at the edges that stay through the film. rough: decode for thumbnails only: without
    the codec's smoothing of blocks, and frames of fields as they are. fields: look for fields at all.
    Opening raises MediaError if the file cannot be read or nothing of its picture can be decoded, and NoVideoError if
    there is none (cover art is not video). Damaged packets are left out; a file that breaks off ends there. Decoding
    uses one thread: files are spread over processes.
    """

    def __init__(self, path: str, crop_bars: bool = False, rough: bool = False, fields: bool = True) -> None:
        self.path, self._crop_bars, self._rough, self._fields = path, crop_bars, rough, fields and not rough
        self.scaler = Scaler()
        self.turn = Turn()
        self._size: tuple[int, int] | None = None
        self._film_part: Part = (0, 0, 0, 0)
        self._far, self._misses = FAR_AHEAD, 0
        self._stamps, self._learnt = FrameStamps(), False
        self._wholeness: Any = None  # a lib.video.fields.Fields
        self.breaks = Breaks()
        self._expected: Expected | None = None
        self._open()
        try:
            if self._now is None:
                if self.breaks.last:
                    raise MediaError(f"its picture cannot be decoded ({self.breaks.last})")
                raise NoVideoError("has a video track without pictures")
            self._jumps = is_indexed(self._container)
            self.width, self.height = self._now.width, self._now.height
            self.rate = float(as_fraction(self._stream.average_rate, Fraction(0)))
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
            self._stream = film_stream(self._container)
            if self._stream.codec_context is None:
                raise MediaError("its picture cannot be decoded (there is no decoder for it)")
            self._stream.codec_context.thread_type = "NONE"
            self._stream.codec_context.thread_count = 1
            if self._rough:
                self._stream.codec_context.options = ROUGH
            self._usual = timing.usual_ms(self._stream)
            if not self._learnt:
                self._ticks = timing.ticks_of(self.path, self._container, self._stream)
                self.breaks.watch(self._stream.codec_context.name)
            self._pixel = as_fraction(self._stream.sample_aspect_ratio, Fraction(1))
            self._first_pixel = self._stream.codec_context.sample_aspect_ratio
            self._start_reading()
            self._first_ms = -math.inf if self._now is None else self._now.ms
        except BaseException:
            self._container.close()
            raise

    def _start_reading(self) -> None:
        self.end_ms = math.inf
        self.breaks.begin()
        self._decoder = self._decoded()
        self._now: Frame | None = None
        self._coming = next(self._decoder, None)
        self._advance()

    def _advance(self) -> None:
        before = self._now
        self._now, self._coming = self._coming, next(self._decoder, None)
        if self._now is None:
            return
        if self._coming is not None:
            self._now.length_ms = self._coming.ms - self._now.ms
        else:
            own, gap = float(self._last_ticks * self._ticks.tick), 0.0 if before is None else self._now.ms - before.ms
            if self._last_is_woven and abs(2 * own - max(gap, self._usual)) < 1:
                own *= 2  # that of the first of its two fields
            self._now.length_ms = last_length(own, self._usual, gap, self._ends_in_order)
            self.end_ms = self._now.ms + self._now.length_ms

    def _decoded(self) -> Generator[Frame]:
        """Yield the frames that can be decoded from where the file is now."""
        # From when on pixels have which shape, the latest first.
        shapes = [(-math.inf, self._pixel)]

        def stamped() -> Iterator[tuple[VideoFrame, float | None]]:
            self._stamps.restart()
            for frame in self._raw_frames():
                if self._size is None:
                    self._set_size(frame)
                stamp = self._stamps.of(frame)
                self._last_ticks, self._last_is_woven = frame.duration or 0, frame.interlaced_frame
                self._ends_in_order = frame.pts == self._last_pts
                ms = None if stamp is None else self._ticks.ms(stamp)
                self.breaks.shows(ms or 0.0, frame.is_corrupt)
                if ms is not None and frame.key_frame and not self._rough and self._pixel_now() != shapes[0][1]:
                    shapes.insert(0, (ms, self._pixel_now()))
                yield frame, ms

        for frame, ms in self._whole(rising(stamped(), self._usual)):
            shape = shapes[0][1] if len(shapes) == 1 else next(shape for begin, shape in shapes if begin <= ms)
            yield Frame(self, frame, ms, shape)

    def _whole(self, frames: Iterator[tuple[VideoFrame, float]]) -> Iterator[tuple[VideoFrame, float]]:
        """Return the frames whole: deinterlaced, and those that telecine repeats left out; `rough`: as they are."""
        if not self._fields:
            return frames
        if self._wholeness is None:
            from lib.video.fields import Fields  # with its kernels: what goes without them starts quicker

            self._wholeness = Fields()
        return self._wholeness.whole(frames)

    def _pixel_now(self) -> Fraction:
        """Return the shape of pixels: the container's, or that of the frames where they change it."""
        now = self._stream.codec_context.sample_aspect_ratio
        return self._pixel if now == self._first_pixel or not now else as_fraction(now, Fraction(1))

    def _raw_frames(self) -> Iterator[VideoFrame]:
        """Yield frames as they are decoded; before the first one, find out which of their stamps is the better one."""
        self._last_pts: int | None = None
        clock = shared_clock(self._container)
        coming = timed_packets(self._container, [self._stream], clock)
        if not self._learnt:
            self._learnt = True
            first, coming = timing.first_packets(coming)
            if self._container.start_time is None and len(self._container.streams) == 1:
                self._ticks = self._ticks.from_first(first)
            self._stamps = timing.stamps_of(self.path, self._container, self._stream, first)
        while True:
            try:
                packet = next(coming)
            except StopIteration:
                break
            except (av.error.FFmpegError, OSError) as error:  # cut off in the middle: what came before is good
                self.breaks.stops(reason_of(error), self._container.size or 0)
                break
            self._last_pts = packet.pts
            if packet.is_corrupt:
                self.breaks.lacks()
            if self._expected is not None:
                sure = not self._stamps.by_dts and (self._wholeness is None or self._wholeness.is_calm)
                ms = self._ticks.ms(packet.pts) if sure and packet.pts is not None else None
                self._stream.codec_context.skip_frame = self._expected.to_skip(ms, packet.pts)
            yield from self._decode(packet)
            if clock.leapt:
                self._jumps = False
                self.breaks.joins()
        yield from self._decode(None)
        self.breaks.ended = True

    def expect(self, times: Times) -> None:
        """Say which times (ms, rising) `frames` will be asked for: others are left out where that is safe."""
        self._expected = expected(times, self._stream, self._usual) if self._jumps else None
        if self._expected is not None and promise_of(self.path, self._container, self._stream).is_cut:
            self._expected = None  # its last picture, which is seen from there on, is not where the index says

    def _decode(self, packet: Packet | None) -> list[VideoFrame]:
        """Return the frames of a packet (None: those that the decoder still holds)."""
        try:
            return self._stream.codec_context.decode(packet)
        except (av.error.FFmpegError, ValueError) as error:
            self.breaks.fails(reason_of(error))
            return []
        finally:
            self.breaks.look(packet, self._ticks)

    @property
    def problem(self) -> str:
        """What was wrong with what was read, on one line: where the film is cut off, or damaged; "": nothing.

        It is known before the film is closed. One that is cut off is read to its end, to tell where that is.
        """
        promise = promise_of(self.path, self._container, self._stream)
        if promise.is_cut and self._now is not None:
            for _ in self.frames(self._now.ms):
                pass
        return self.breaks.problem(with_structure(self.path, promise) if self.breaks.ended else promise, self.end_ms)

    def _set_size(self, frame: VideoFrame) -> None:
        """Take from the first frame what holds for all."""
        self._size = frame.width, frame.height
        self._film_part = container_crop(self.path, frame.width, frame.height)
        if self._crop_bars:
            self._film_part = within_bars(self.path, self._film_part, self._size)
        self.turn = Turn.by(frame)

    def part_of(self, frame: VideoFrame) -> Part:
        """Return what is shown of a frame."""
        whole = 0, 0, frame.width, frame.height
        return self._film_part if (frame.width, frame.height) == self._size else whole

    def frames(self, first_ms: float = 0.0, last_ms: float = math.inf) -> Iterator[Frame]:
        """Yield the frames in order, from the one on the screen at `first_ms` to the last that begins before `last_ms`.

        Before the film's first frame that is the first, after its end the last: there is one at least. Each call goes
        on where the one before stopped if it asks for later frames (one pass over the file, jumping only where that
        saves reading), and restarts if it asks for earlier ones.
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
        if ms < self._now.ms != self._first_ms:
            self._reopen()
        coming = self._coming
        if self._jumps and coming is not None and is_worth_a_jump(self._stream, self._ticks, coming.ms, ms, self._far):
            self._jump(ms)
        while self._coming is not None and self._coming.ms <= ms:
            self._advance()

    def _reopen(self) -> None:
        self.close()
        self._open()
        if self._now is None:
            raise MediaError("has changed while it was read")

    def _jump(self, ms: float) -> None:
        """Go to a keyframe at or before `ms`; to the beginning if the container leads elsewhere."""
        here = self._coming.ms if self._coming is not None else 0.0
        goal = ms
        for _ in range(MISSES):
            self._seek(goal)
            if self._now is None or not self._now.raw.key_frame:
                break
            if self._now.ms <= ms:
                if self._now.ms < here:  # keyframes are far apart: it was in vain
                    self._far *= 2
                return
            # The keyframe is decoded before `ms` and shown after it (or its stamp is odd): the one before.
            goal = min(goal, ms) - max(self._now.ms - ms, self._usual) - LEAST_GAIN
        self._misses += 1
        self._jumps = self._misses < MISSES
        self._reopen()

    def _seek(self, ms: float) -> None:
        """Go to where the container says that the keyframe at or before `ms` is; `_now` is None if that fails."""
        try:
            self._container.seek(self._ticks.stamp(max(ms, 0.0)), stream=self._stream, backward=True)
            self._start_reading()
        except (av.error.FFmpegError, OSError, ValueError, OverflowError):
            self._now = None
