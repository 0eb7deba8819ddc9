"""The clock of sound beside a plain one, which knows all frames of a file at once, on drawn stamps."""

from statistics import median

import numpy as np
import pytest

from lib.audio.sound_clock import Drift, SoundClock, Stamped, runs_away

# Times are multiples of this (s), so that sums of them are exact, and limits that are powers of two are met exactly.
TICK = 1 / 1024


class PlainClock:
    """Frames are placed as the module describes; `out` has (silence, left out, end, mark) of each."""

    def __init__(self):
        self.now = self.shift = self.silent = self.overlap = self.begun = self.correction = 0.0
        self.next, self.errors, self.offs, self.follows, self.out = None, [], [], False, []

    def ahead(self, stamp):
        return stamp + self.shift - (self.now if self.next is None else self.next)

    def steps(self, frame):
        """A step is 50 ms, or 1 ms forwards at the beginning and after a failure."""
        if frame.time is None:
            return False
        ahead = self.ahead(frame.time)
        return abs(ahead) > 0.05 or (ahead > 0.001 and not (frame.follows and self.next is not None))

    def put(self, frame, silence=0.0, believed=True):
        known = believed and frame.time is not None
        stamp = frame.time + self.shift if known else self.now if self.next is None else self.next
        lost = min(self.overlap, frame.length)
        self.overlap -= lost
        if known and not lost:
            self.errors.append(stamp - self.now)
        self.next = stamp + frame.length
        self.now += frame.length - lost
        mark = None
        if self.now - self.begun >= 1:
            mark = self.drifted(self.errors, self.now - self.begun)
            self.begun, self.errors = self.now, []
        self.out.append((silence, lost, self.now, mark))

    def drifted(self, errors, length):
        """Followed from three segments on in which it grows, to 10 ms, or from 40 ms on; by 0.1 s a second at most."""
        if not errors:
            return self.correction
        halves = [errors[len(errors) // 2] - errors[0], errors[-1] - errors[len(errors) // 2]]
        if min(halves) > 0.075 * length or max(halves) < -0.075 * length:
            return self.correction
        off = median(errors) - self.correction
        self.offs.append(off)
        grows = len(self.offs) > 2 and (
            0 <= abs(self.offs[-3]) < self.offs[-2] < off or 0 >= -abs(self.offs[-3]) > self.offs[-2] > off
        )
        self.follows = self.follows or (grows and abs(off) >= 0.01) or abs(off) >= 0.04
        if self.follows:
            self.correction += max(min(off, 0.1 * length), -0.1 * length)
        return self.correction

    def place(self, frames):
        n = 0
        while n < len(frames):
            if frames[n].restarts:
                self.shift = self.next = self.now + self.correction
            if not self.steps(frames[n]):
                self.put(frames[n])
                n += 1
                continue
            n += self.step(frames, n)

    def step(self, frames, n):
        """Place the frames from one that steps on, until it is clear what it means; return their number."""
        off = self.ahead(frames[n].time)
        count, passed = 1, 0.0
        while passed < 1 and count <= 8:
            if n + count == len(frames) or frames[n + count].restarts:
                rest = sum(frame.length for frame in frames[n + 1 : n + count])
                self.put_all(frames[n : n + count], abs(off) <= 1 + rest)
                return count
            passed += frames[n + count - 1].length
            count += 1
            here = frames[n + count - 1].time
            if here is not None and abs(self.ahead(here) - passed) <= min(0.05, abs(off) / 2):
                self.put_all(frames[n : n + count - 1], False)
                self.put(frames[n + count - 1])
                return count
        self.put_all(frames[n : n + count], True)
        return count

    def put_all(self, frames, believed):
        for n, frame in enumerate(frames):
            if not believed or not self.steps(frame):
                self.put(frame, believed=believed)
                continue
            off, passed, back = self.ahead(frame.time), frame.length, 0
            for other in frames[n + 1 :]:
                if other.time is not None:
                    apart = self.ahead(other.time) - passed
                    back += 1 if abs(apart) < abs(apart - off) else -1
                passed += other.length
            hole = frame.time + self.shift - self.now - self.correction
            silence = 0.0
            if back > 0:
                self.put(frame, believed=False)
                continue
            if -1 < hole < 0:
                self.overlap = -hole
            elif 0 <= hole < 3600 and hole < 6 * 3600 - self.silent:
                silence = hole
                self.silent += hole
                self.now += hole
            else:
                self.shift -= hole
            self.put(frame, silence)


STEPS = [-7200, -2, -1.5, -1 - TICK, -1, -1 + TICK, -0.5, -0.125, -52 * TICK, -51 * TICK, -2 * TICK, 2 * TICK,
         TICK, 51 * TICK, 52 * TICK, 0.125, 0.5, 1, 1 + TICK, 1.25, 2, 3, 3000, 3600 - TICK, 3600, 3600 + TICK,
         5000]  # fmt: skip


def drawn(seed):
    """Frames of a file: stamps that leap and come back, steps that stay, failures, links that begin again, drift."""
    random = np.random.default_rng(seed)
    lengths = random.choice([64, 128, 128, 128, 256, 512], random.integers(1, 60)) * TICK
    if seed % 3 == 0:
        lengths[:] = 128 * TICK
    drift = random.choice([0, 0, 0, 1, -1, 3, -3, 12, -12, 25]) * TICK
    few = random.choice([0.02, 0.1, 0.2])
    frames, at, leap, leaps = [], float(random.choice([0, 0, 1, -1, 51, -52, 512, -2048])) * TICK, 0.0, 0
    for n, length in enumerate(lengths.tolist()):
        restarts = n > 0 and random.random() < few / 4
        if restarts:
            at = float(random.choice([0, 0, 1, 60, 512])) * TICK
        elif n and random.random() < few:
            at += random.choice(STEPS)
        leaps -= 1
        if leaps < 0 and random.random() < few:
            leap, leaps = random.choice(STEPS), random.integers(1, 9)
        stamp = at + (leap if leaps > 0 else 0) + random.choice([0, 0, 0, 1, -1]) * TICK
        known = random.random() > few / 2
        frames.append(Stamped(stamp if known else None, length, random.random() > few and n > 0, n, bool(restarts)))
        at += length + drift
    return frames


@pytest.mark.parametrize("part", range(4))
def test_frames_lie_where_a_plain_clock_puts_them(part):
    seen = np.zeros(4, int)
    for seed in range(150 * part, 150 * part + 150):
        frames, clock, plain = drawn(seed), SoundClock(), PlainClock()
        found = [one for frame in frames for one in clock.add(frame)] + list(clock.end())
        plain.place(frames)
        assert [one.item for one in found] == list(range(len(frames)))
        got = [(one.silence, one.left_out, one.end, one.mark) for one in found]
        assert got == [pytest.approx(one, abs=1e-9) for one in plain.out], seed
        assert clock.now == pytest.approx(plain.now)
        seen += [sum(1 for one in got if one[k]) for k in (0, 1, 3)] + [any(frame.restarts for frame in frames)]
    assert min(seen) > 20


@pytest.mark.parametrize("length", [1.0, 1.25, 0.5])
def test_a_drift_by_brute_force(length):
    random = np.random.default_rng(int(4 * length))
    followed = 0
    for _ in range(300):
        drift, plain = Drift(), PlainClock()
        slope = random.choice([0, 2, 4, 8, 10, 11, -4, -11, 41]) * TICK
        for n in range(6):
            errors = (slope * n + random.choice([0, 0, 1, -1, 2], random.integers(0, 5)) * TICK).tolist()
            assert drift.segment(errors, length) == pytest.approx(plain.drifted(errors, length))
        followed += plain.follows
    assert 50 < followed < 280


def test_a_clock_that_runs_away_does_so_faster_than_15_percent():
    # 0.075 s in half a segment.
    assert not runs_away([0, 0.075, 0.15], 1.0)
    assert runs_away([0, 0.0751, 0.1502], 1.0)
    assert not runs_away([0, 0.0, 0.5], 1.0)
    assert Drift().segment([0, 0, 0, 0.0751, 0.0751]) == 0.0
