"""The clock of sound: where each decoded frame belongs, by its time stamp and by the length of those before it.

Three cases are distinguished. A stamp that leaps and comes back is an outlier, and moves nothing. A step that stays is
a hole, filled with silence, or an overlap, whose known part is left out; a clock that falls back far has restarted
(joined files), and continues from where it was. Stamps that run slower or faster than the samples, by a little with
each frame, are a drift: the sound is resampled to them (`Drift`), as `aresample=async` does.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from typing import Generic, NamedTuple, TypeVar

# A step in the time stamps (s) shorter than this is rounding or coding jitter; a longer one (lost packets) is a hole.
SMALLEST_GAP = 0.05
# At the beginning of the sound, or after packets that could not be decoded, a hole has a cause, and stamps are right to
# a millisecond, to which some containers round them.
EXACT_GAP = 0.001
# A longer jump is a broken time stamp, not a pause that somebody recorded.
LARGEST_GAP = 3600.0
# Many jumps must not add up to days of silence.
MOST_SILENCE = 6 * LARGEST_GAP
# A clock that falls back this far has restarted, for good; less is an overlap.
FALLS_BACK = 1.0
# A step is believed after it has lasted this long (s of sound), or this many frames; until then it may be an outlier.
LASTS_SECONDS, LASTS_FRAMES = 1.0, 8
# A step of the very last frames, which cannot be seen to last, is believed up to this length.
UNSEEN_GAP = 1.0
# Drift is measured over segments of this length (s), by the median of their frames' errors.
SEGMENT = 1.0
# It is corrected when it has grown to DRIFTED over three segments, or to FAR_OFF (s) in whatever way: sound and picture
# seem to be together up to 45 ms (ITU-R BT.1359-1).
DRIFTED, FAR_OFF = 0.01, 0.04
# The correction per second at most: no recorder is worse, and more is heard as a glide. Stamps that drift faster than
# NO_CLOCK throughout a segment are not a clock: those of Vorbis in avi, or of old RealAudio, which stand still.
STEEPEST, NO_CLOCK = 0.1, 0.15

Item = TypeVar("Item")


class Stamped(NamedTuple, Generic[Item]):
    """A decoded frame: its beginning by its stamp (s; None: no stamp), its length (s), whether it follows the previous
    one without a failure between them, and whether the file's clock restarted with it (a new link).
    """

    time: float | None
    length: float
    follows: bool
    item: Item
    restarts: bool = False


class Placed(NamedTuple, Generic[Item]):
    """The place of a frame: seconds of silence before it, seconds left out of its beginning, the time of the sound at
    its end (s), and the delay to apply there (s; None: not known yet).
    """

    item: Item
    silence: float
    left_out: float
    end: float
    mark: float | None


class SoundClock(Generic[Item]):
    """Places frames one by one; a few wait until the meaning of a step is known."""

    def __init__(self) -> None:
        self.now = 0.0  # seconds of sound, silence too, so far
        self._shift = 0.0  # what is added to stamps
        self._expected: float | None = None  # the next stamp, shifted
        self._silent = 0.0
        self._left_out = 0.0  # seconds of an overlap still to leave out
        self._waiting: list[Stamped[Item]] = []
        self._drift = Drift()
        self._errors: list[float] = []  # of the stamps in this segment
        self._segment = 0.0  # where it began

    def add(self, frame: Stamped[Item]) -> Iterator[Placed[Item]]:
        """Take the next frame; yield what can be placed."""
        if frame.restarts:
            yield from self.end()
            self._shift = self._expected = self.now + self._drift.correction
        if not self._waiting:
            if frame.time is None or not self._steps(frame):
                yield self._place(frame)
                return
            self._waiting.append(frame)
        else:
            self._waiting.append(frame)
            if frame.time is not None and self._is_back(frame):  # those before were outliers
                waiting, self._waiting = self._waiting, []
                for one in waiting[:-1]:
                    yield self._place(one, believed=False)
                yield self._place(frame)
                return
        lasted = sum(one.length for one in self._waiting[:-1])
        if lasted >= LASTS_SECONDS or len(self._waiting) > LASTS_FRAMES:
            yield from self._believe()

    def end(self) -> Iterator[Placed[Item]]:
        """Yield the frames that still wait: no more will come."""
        if self._waiting:
            stamp = self._waiting[0].time
            if stamp is not None and abs(self._ahead(stamp)) <= UNSEEN_GAP + sum(w.length for w in self._waiting[1:]):
                yield from self._believe()
            else:
                waiting, self._waiting = self._waiting, []
                for one in waiting:
                    yield self._place(one, believed=False)

    def _ahead(self, stamp: float) -> float:
        """Return how much later a stamp is than expected."""
        return stamp + self._shift - (self.now if self._expected is None else self._expected)

    def _steps(self, frame: Stamped[Item]) -> bool:
        assert frame.time is not None
        ahead = self._ahead(frame.time)
        if frame.follows and self._expected is not None:
            return abs(ahead) > SMALLEST_GAP
        return ahead > EXACT_GAP or ahead < -SMALLEST_GAP

    def _is_back(self, frame: Stamped[Item]) -> bool:
        """Return whether a frame is where it would be if the waiting ones had not stepped away."""
        assert frame.time is not None
        passed = sum(one.length for one in self._waiting[:-1])
        first = self._waiting[0].time
        assert first is not None
        step = abs(self._ahead(first))
        # Near the old time, and not merely the next of many steps in one direction.
        return abs(self._ahead(frame.time) - passed) <= min(SMALLEST_GAP, step / 2)

    def _believe(self) -> Iterator[Placed[Item]]:
        """Place the waiting frames by their stamps."""
        waiting, self._waiting = self._waiting, []
        for number, frame in enumerate(waiting):
            if frame.time is None or not self._steps(frame):
                yield self._place(frame)
                continue
            if self._is_outlier(frame, waiting[number + 1 :]):
                yield self._place(frame, believed=False)
                continue
            hole = frame.time + self._shift - self.now - self._drift.correction
            silence = 0.0
            if -FALLS_BACK < hole < 0:
                self._left_out = -hole
            elif 0 <= hole < min(LARGEST_GAP, MOST_SILENCE - self._silent):
                silence = hole
                self._silent += hole
                self.now += hole
            else:  # another clock: it goes on from here
                self._shift -= hole
            yield self._place(frame, silence)

    def _is_outlier(self, frame: Stamped[Item], later: list[Stamped[Item]]) -> bool:
        """Return whether most frames after one continue where they would without its step, rather than after it."""
        assert frame.time is not None
        step, passed, votes = self._ahead(frame.time), frame.length, 0
        for one in later:
            if one.time is not None:
                off = self._ahead(one.time) - passed
                votes += 1 if abs(off) < abs(off - step) else -1
            passed += one.length
        return votes > 0

    def _place(self, frame: Stamped[Item], silence: float = 0.0, believed: bool = True) -> Placed[Item]:
        """Place a frame where the sound is now."""
        stamp = None if frame.time is None or not believed else frame.time + self._shift
        if self._expected is None:
            self._expected = self.now
        left_out = min(self._left_out, frame.length)
        self._left_out -= left_out
        if stamp is not None and left_out == 0.0:
            self._errors.append(stamp - self.now)
        self._expected = (self._expected if stamp is None else stamp) + frame.length
        self.now += frame.length - left_out
        mark: float | None = None
        if self.now - self._segment >= SEGMENT:
            mark = self._drift.segment(self._errors, self.now - self._segment)
            self._segment, self._errors = self.now, []
        return Placed(frame.item, silence, left_out, self.now, mark)


def runs_away(errors: list[float], length: float) -> bool:
    """Return whether the errors (s) of a segment's stamps grow faster than a clock's, in both of its halves."""
    first, middle, last = errors[0], errors[len(errors) // 2], errors[-1]
    halves = sorted((middle - first, last - middle), key=abs)
    return halves[0] * halves[1] > 0 and abs(halves[0]) > NO_CLOCK * length / 2


class Drift:
    """The delay at the end of each segment that lets a sound follow its stamps.

    A correction begins when the stamps have drifted away, and from then on follows them; a sound in step with its
    stamps is never touched.
    """

    def __init__(self) -> None:
        self.correction = 0.0
        self._follows = False
        self._before: list[float] = []

    def segment(self, errors: list[float], length: float = SEGMENT) -> float:
        """Return the correction (s) at the end of a segment of this length (s), by the errors of its frames."""
        if not errors or runs_away(errors, length):
            return self.correction
        off = median(errors) - self.correction
        earlier = self._before[-2:]
        self._before = [*earlier, off]
        if not self._follows:
            grows = len(earlier) == 2 and abs(earlier[0]) < abs(earlier[1]) < abs(off) and earlier[1] * off > 0
            self._follows = (grows and abs(off) >= DRIFTED) or abs(off) >= FAR_OFF
        if self._follows:
            self.correction += min(max(off, -STEEPEST * length), STEEPEST * length)
        return self.correction
