"""The mix bus: any number of sounds, each at its own time, summed into one stereo track.

The cost is that of the sounds' total length, not of sounds x track length: every media file is read once, from front to
back, each of its sounds is added where it plays, and the shared effect (reverberation) is applied once to the sum.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from threading import Event
from types import TracebackType
from typing import Final

import numpy as np

from lib.audio import effects
from lib.audio.bus import Bus, new_bus
from lib.audio.effects import MIX_RATE, Audio, Reverb, frames_of
from lib.audio.ending import RINGS_OUT_MS, fade_end
from lib.audio.long_sound import LongSound
from lib.audio.mix_plays import LONGEST_HELD, Play, fades_of, is_levelled, is_long
from lib.audio.mix_sounds import Ready, moving_gains, ready_sounds
from lib.audio.ranges import range_streams, read_ranges
from lib.errors import MediaError
from lib.io.progress import bar
from lib.parallel.beside import until

# Frames processed at a time: 5 s, 2 MB.
BLOCK: Final = 1 << 18

# Highest peak of a mix: lossy encoders and converters overshoot their input.
PEAK: Final = effects.gain_of_db(-1.0)


@dataclass
class Mix:
    """A finished mix; use it in a `with`, which frees its memory or temporary file.

    frames: its length at `MIX_RATE`; gain: the factor that keeps its peak at `PEAK` at most (1.0 unless it was too
    loud); bad: (path, reason) of the files that could not be read; partly: of those
    that could be in part; silent: the plays that begin after their file's end.
    """

    frames: int
    gain: float = 1.0
    bad: list[tuple[str, str]] = field(default_factory=list)
    partly: list[tuple[str, str]] = field(default_factory=list)
    silent: list[Play] = field(default_factory=list)
    _track: Bus | None = None
    _lead: int = 0  # frames of the track before the mix begins

    def __enter__(self) -> Mix:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._track is not None:
            self._track.close()

    def blocks(self) -> Iterator[Audio]:
        """Yield the mix from its beginning to its end as float32 blocks of shape (frames, 2), full scale = 1.0."""
        for first, frames in _blocks(self.frames):
            if self._track is None:
                yield np.zeros((frames, 2), np.float32)
            else:
                yield self._track.part(self._lead + first, frames) * np.float32(self.gain)


def mix(
    plays: Sequence[Play], length_ms: float, gain_db: float = 0.0, rings_out: bool = False, threads: int = 1,
    stop: Event | None = None, rough: bool = False,
) -> Mix:  # fmt: skip
    """Mix `plays` into a track of `length_ms`.

    `gain_db` amplifies the whole; then one gain over all brings its peak down to `PEAK` if it is beyond, and the last
    10 ms are faded out, as something may still sound; with `rings_out` the last second, if it is audible
    (`lib.audio.ending`). If plays begin before the mix, as in an excerpt, its first 10 ms are faded in. Files that
    cannot be read are left out and listed in `Mix.bad`. Each is read once;
    summation is in order of file, place in the file, and place in `plays`, so that the same plays give the same bytes.
    Memory: the track (up to `BUS_IN_MEMORY`, else in a temporary file), the sounds of one place in one file, and
    `threads` stretched sounds, which are made at a time. stop: when it is set, the mix ends at the next sound or block.
    rough: sounds are stretched in less time, for a quick look.
    Raises MediaError for a volume, reverb, pan or stretched length out of range, without room for the temporary file,
    or if it was ended.
    """
    result = Mix(frames_of(length_ms))
    if result.frames and any(play.time_ms < 0 for play in plays):
        result._lead = Reverb.TAIL  # earlier sounds may still be heard in their reverberation
    length = result._lead + result.frames
    levels = sorted({play.reverb for play in plays})
    reverbs = [Reverb(level) for level in levels]
    buses = {level: new_bus(length, len(levels)) for level in levels}

    def begin(play: Play) -> int:
        return result._lead + frames_of(play.time_ms)

    def lowest(play: Play) -> int:
        return 0 if play.reverb > 0 else result._lead

    def is_heard(play: Play, frames: int) -> bool:
        return max(begin(play), lowest(play)) < min(begin(play) + frames, length)

    try:
        with bar(len(plays), "mixing", "sound") as progress:
            for play, long in _long_sounds(plays, result):
                _add_long(buses[play.reverb], length, result, play, long)
                progress.update()
            for ready in ready_sounds(until(stop, _sounds(plays, result)), is_heard, threads, rough):
                if ready is not None:
                    _add(buses[ready.play.reverb], lowest(ready.play), length, begin(ready.play), ready)
                progress.update()
        if buses:
            gain = effects.gain_of_db(gain_db)
            result._track = _finish(list(buses.values()), reverbs, result, gain, rings_out, stop)
    except OSError as error:
        why = f"the mix cannot be written ({error.strerror or error})"
        raise MediaError(f"{why}: free some space, or set TMPDIR to another folder", tempfile.gettempdir()) from error
    finally:
        for bus in buses.values():
            if bus is not result._track:
                bus.close()
    return result


def overlapped(durs_ms: Sequence[float], most_ms: float, fraction: float, lead_ms: float) -> tuple[list[float], float]:
    """Return the start times of sounds in sequence, and that of one after the last: (times, end), all in ms.

    The first begins at `lead_ms`, each further one min(`most_ms`, `fraction` x the length of its predecessor) later.
    """
    times, now = [], lead_ms
    for dur in durs_ms:
        times.append(now)
        now += min(most_ms, fraction * dur)
    return times, now


def _sounds(plays: Sequence[Play], result: Mix) -> Iterator[tuple[Play, Audio, float]]:
    """Yield (play, its sound cut with fades, its RMS), file by file; notes in `result` what cannot be read."""
    by_file: dict[str, dict[tuple[float, float], list[Play]]] = {}
    for play in plays:
        if play.sound is None:
            by_file.setdefault(play.path, {}).setdefault((play.start_ms, play.dur_ms), []).append(play)
    fade = frames_of(effects.CUT_FADE_MS)
    for path in sorted(by_file):
        ranges = sorted(place for place in by_file[path] if not is_long(by_file[path][place]))
        if not ranges:
            continue
        for place, sound in _readable(path, ranges, result):
            users = by_file[path][ranges[place]]
            if len(sound) == 0 and frames_of(ranges[place][1]) > 0:
                result.silent += users
            levelled = [play for play in users if is_levelled(play)]
            if levelled and len(sound):  # DC is not heard, but would count as level
                steady = sound - sound.mean(axis=0, dtype=np.float64).astype(np.float32)
                rms = effects.cut(steady, fade)
                yield from ((play, steady, rms) for play in levelled)
                users = [play for play in users if not is_levelled(play)]
            if users:
                rms = effects.cut(sound, fade)
                yield from ((play, sound, rms) for play in users)
    for play in plays:
        if play.sound is not None:
            sound = np.array(play.sound, np.float32, order="C")
            yield play, sound, effects.cut(sound, fade)


def _long_sounds(plays: Sequence[Play], result: Mix) -> Iterator[tuple[Play, LongSound]]:
    """Yield (play, its sound) of sounds that are too long to be held in memory."""
    by_place: dict[tuple[str, float, float], list[Play]] = {}
    for play in plays:
        if play.sound is None and play.dur_ms > 1000 * LONGEST_HELD:
            by_place.setdefault((play.path, play.start_ms, play.dur_ms), []).append(play)
    for (path, start, dur), users in sorted(by_place.items(), key=lambda item: item[0]):
        if not is_long(users):
            continue
        try:
            told: list[str] = []
            streams = range_streams(path, MIX_RATE, 2, [(start, dur)], told.append)
            with LongSound(next(streams), frames_of(effects.CUT_FADE_MS), any(map(is_levelled, users))) as sound:
                next(streams, None)  # its end, where damage is reported
                for problem in told:
                    _note(result.partly, path, problem)
                if not sound.frames:
                    result.silent += users
                yield from ((play, sound) for play in users)
        except MediaError as error:
            _note(result.bad, path, error.beside(path))


def _add_long(bus: Bus, length: int, result: Mix, play: Play, sound: LongSound) -> None:
    """Add one long play to its bus, block by block."""
    begin = result._lead + frames_of(play.time_ms)
    lowest = 0 if play.reverb > 0 else result._lead
    gain = effects.gain_to_level(sound.rms, play.level_db, play.most_db) * effects.gain_of_volume(play.volume)
    fade_in, fade_out = fades_of(play, sound.frames)
    pans = np.array(effects.pan_gains(play.pan), np.float32)
    for first in range(0, sound.frames, BLOCK):
        here, end = max(begin + first, lowest), min(begin + first + BLOCK, begin + sound.frames, length)
        if here >= end or gain == 0.0:
            continue
        place = np.arange(here - begin, end - begin)
        gains = np.minimum(place / max(fade_in, 1), 1.0) * np.minimum(
            (sound.frames - 1 - place) / max(fade_out, 1), 1.0
        )
        block = sound.part(here - begin, end - here, play.backwards)
        if play.pan_to is not None:
            pans = moving_gains(play.pan, play.pan_to, sound.frames, here - begin, end - here)
        part = bus.part(here, end - here)
        part += block * (gain * gains).astype(np.float32)[:, None] * pans
        bus.keep(here, part)


def _readable(path: str, ranges: Sequence[tuple[float, float]], result: Mix) -> Iterator[tuple[int, Audio]]:
    """Yield the result of `read_ranges` for a file; if it cannot be read (any further), note that in `result`."""
    try:
        yield from read_ranges(path, MIX_RATE, 2, ranges, lambda problem: _note(result.partly, path, problem))
    except MediaError as error:
        _note(result.bad, path, error.beside(path))


def _note(noted: list[tuple[str, str]], path: str, why: str) -> None:
    """Note once what is wrong with a file, however many of its places are read."""
    if (path, why) not in noted:
        noted.append((path, why))


def _add(bus: Bus, lowest: int, length: int, begin: int, ready: Ready) -> None:
    """Add a sound, which begins at frame `begin`, to its bus: the part of it from `lowest` to before `length`."""
    first, end = max(begin, lowest), min(begin + len(ready.sound), length)
    part = bus.part(first, end - first)
    effects.add(part, ready.sound, first - begin, *ready.gains, ready.fades, ready.backwards)
    bus.keep(first, part)


def _finish(
    buses: list[Bus], reverbs: list[Reverb], result: Mix, gain: float, rings_out: bool, stop: Event | None
) -> Bus:
    """Reverberate every bus, sum them into the first, fade the ends, and set the gain of `result`."""
    fade = min(frames_of(effects.CUT_FADE_MS), result.frames)
    length = result._lead + result.frames
    peak = 0.0
    with bar(math.ceil(length / BLOCK), "reverberation", "block") as progress:
        for first, frames in until(stop, _blocks(length)):
            total = buses[0].part(first, frames)
            for bus, reverb in zip(buses, reverbs, strict=True):
                part = total if bus is buses[0] else bus.part(first, frames)
                if reverb.amount > 0:
                    reverb.process(part)
                if part is not total:
                    total += part
            frame = np.arange(first, first + frames)
            gone = frame - result._lead
            if result._lead and gone[0] < fade:
                total *= np.clip(gone / fade, 0.0, 1.0).astype(np.float32)[:, None]
            buses[0].keep(first, total)
            peak = float(np.maximum(peak, np.abs(total).max()))  # (np.maximum propagates NaN)
            progress.update()
    if not math.isfinite(peak * gain):
        raise MediaError("the mix overflows: lower the volume")
    result.gain = min(gain, PEAK / peak) if peak > 0.0 else gain
    fade_end(buses[0], length, fade, frames_of(RINGS_OUT_MS) if rings_out else 0, result.gain)
    return buses[0]


def _blocks(frames: int) -> Iterator[tuple[int, int]]:
    """Yield (first frame, frames) of the blocks of a track."""
    for first in range(0, frames, BLOCK):
        yield first, min(BLOCK, frames - first)
