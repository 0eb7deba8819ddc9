"""Effects on a sound before it is mixed: fades, level, gain, pan; and the reverberation of the whole.

Sounds are float32 arrays of shape (frames, 2), full scale = 1.0, at `MIX_RATE`. Everything here is linear in the sound
once its level is known, so that what many sounds have in common may be applied once to their sum.
"""

import math
from typing import Final

import numpy as np
import numpy.typing as npt
from numba import njit

from lib.errors import MediaError

Audio = npt.NDArray[np.float32]

# Frames per second of every mix: what film sound uses, and what the encoders take without resampling.
MIX_RATE: Final = 48_000

# The level in dBFS that stands for "leave it as it is" on the command line.
NOT_LEVELLED: Final = -9999

# A sound cut out of a recording is faded this long at both ends, or the cuts would click.
CUT_FADE_MS: Final = 10.0

# Float files hold 1.0 at full scale, or integers up to 2**31. Larger values, and NaN, are damage.
LOUDEST_SAMPLE: Final = np.float32(2.0**31)

# Factor of all filter delays, and of the pre-delay: 44.1 / 48 / 2. The films whose sound this reproduces ran 48 kHz
# stereo through the filter as if it were one channel at 44.1 kHz.
_DELAYS: Final = 0.459
_RATE_OF_THE_CONSTANTS: Final = 44_100
_COMB_FRAMES: Final = (1116, 1188, 1277, 1356, 1422, 1491, 1557, 1617)
_ALLPASS_FRAMES: Final = (225, 341, 441, 556)
# By how much the delays of the right channel are longer and shorter, in turns (original Freeverb: 23, always longer).
_STEREO_FRAMES: Final = 12
_ALLPASS_GAIN: Final = 0.5
_INPUT_GAIN: Final = 0.015
# One-pole low pass in every comb: 0.2 to 0.5 over a damping of 0 to 100; this is 50.
_DAMPING: Final = 0.35
# 1 - feedback of the combs at reverberance 0 and 100; between them it falls exponentially.
_FEEDBACK_LOSS: Final = (0.7, 0.02)
_PRE_DELAY_MS: Final = 20.0
_TAIL_S: Final = 3.0
_LINES: Final = 2 * len(_COMB_FRAMES)
_PASSES: Final = 2 * len(_ALLPASS_FRAMES)


def gain_of_db(db: float) -> float:
    """Return the factor on the amplitude that `db` decibels mean."""
    return 10.0 ** (db / 20.0)


# With more, gains would be no numbers. (A mix that is too loud for its numbers is reported as that.)
MOST_VOLUME = 1e100


def gain_of_volume(volume: float) -> float:
    """Return the factor for a `volume` (0 silence, 1 unchanged): 20 ln(volume) dB, so that 0.5 is -13.9 dB.

    Raises MediaError for a volume that is negative, above MOST_VOLUME or NaN.
    """
    if not 0 <= volume <= MOST_VOLUME:
        raise MediaError(f"a volume of {volume} cannot be played: it must be 0 (silence) to {MOST_VOLUME:g}")
    return gain_of_db(20.0 * math.log(volume)) if volume > 0 else 0.0


def gain_to_level(rms: float, level_db: float | None = None, most_db: float | None = None) -> float:
    """Return the factor that takes a sound of this `rms` (full scale = 1.0) to its level.

    `level_db` is the target RMS level in dBFS; `most_db` only lowers louder sounds. None: neither.
    Silence stays silence.
    """
    if rms <= 0.0:
        return 1.0
    gain = gain_of_db(level_db) / rms if level_db is not None else 1.0
    return min(gain, gain_of_db(most_db) / rms) if most_db is not None else gain


def frames_of(ms: float) -> int:
    """Return the number of frames nearest to `ms` milliseconds."""
    return math.floor(ms * MIX_RATE / 1000 + 0.5)


def pan_gains(pan: float) -> tuple[float, float]:
    """Return the factors of left and right for a `pan` from -1 (left) over 0 (both unchanged) to 1 (right).

    Equal power: left² + right² = 2 all the way, so that a sound is as loud at the side (+3 dB in one channel) as in the
    middle. Beyond -1 and 1 it stays at the side.
    """
    angle = (min(max(pan, -1.0), 1.0) + 1.0) * math.pi / 4.0
    return math.sqrt(2.0) * math.cos(angle), math.sqrt(2.0) * math.sin(angle)


def db_of_rms(rms: float) -> float:
    """Return an RMS as dBFS (a square wave at full scale is 0 dBFS, a sine -3.01 dBFS); -inf for silence."""
    return 20.0 * math.log10(rms) if rms > 0.0 else -math.inf


@njit(cache=True, nogil=True)
def cut(sound: Audio, fade: int) -> float:  # type: ignore[misc]
    """Fade `sound` in and out over `fade` frames (at most half of it), in place, and return its RMS afterwards.

    The fades are straight lines in amplitude: from 0 at the first frame, to 0 at the last. NaN, and samples beyond
    `LOUDEST_SAMPLE`, become 0. The RMS is over all frames of both channels.
    """
    frames = sound.shape[0]
    fade = min(fade, frames // 2)
    total = 0.0
    for i in range(frames):
        gain = np.float32(1.0)
        if i < fade:
            gain = np.float32(i / fade)
        elif frames - 1 - i < fade:
            gain = np.float32((frames - 1 - i) / fade)
        for c in range(2):
            value = sound[i, c]
            value = value * gain if abs(value) <= LOUDEST_SAMPLE else np.float32(0.0)
            sound[i, c] = value
            total += np.float64(value) * np.float64(value)
    return math.sqrt(total / (2 * frames)) if frames else 0.0


@njit(cache=True, nogil=True)
def add(target: Audio, sound: Audio, first: int, left: float, right: float, fades: tuple[int, int], back: bool) -> None:  # type: ignore[misc]
    """Add the frames `first`, `first + 1`, ... of `sound` to `target`, as many as `target` has.

    `left`, `right`: factors of the channels. `fades`: frames of the fade in and the fade out of the whole sound,
    straight lines in amplitude from 0 at its first frame and to 0 at its last. `back`: the sound is played backwards;
    `first` and the fades are those of what is heard.
    """
    last = sound.shape[0] - 1
    fade_in, fade_out = fades
    for i in range(target.shape[0]):
        k = first + i
        gain = 1.0
        if k < fade_in:
            gain = k / fade_in
        if last - k < fade_out:
            gain *= (last - k) / fade_out
        frame = last - k if back else k
        target[i, 0] += np.float32(gain * left) * sound[frame, 0]
        target[i, 1] += np.float32(gain * right) * sound[frame, 1]


def _delays() -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], int]:
    """Return the delays (frames) of the combs, left ones first, of the all-passes, likewise, and the pre-delay."""

    def both(frames: tuple[int, ...]) -> npt.NDArray[np.int64]:
        longer = [n + _STEREO_FRAMES * (1 if k % 2 == 0 else -1) for k, n in enumerate(frames)]
        factor = _DELAYS * MIX_RATE / _RATE_OF_THE_CONSTANTS
        return np.floor(np.array([*frames, *longer]) * factor + 0.5).astype(np.int64)

    return both(_COMB_FRAMES), both(_ALLPASS_FRAMES), round(_DELAYS * _PRE_DELAY_MS * MIX_RATE / 1000)


def _ring_frames(longest: int) -> int:
    """Return the power of two that holds a delay of `longest` frames, so that a mask gives positions in the ring."""
    return 1 << longest.bit_length()


class Reverb:
    """Freeverb with the dry sound kept, as `reverb AMOUNT 50 100 100 20 0` of SoX sets it.

    Eight damped comb filters in parallel, then four all-pass filters in series, per channel, fed with the mean of both
    channels 20 ms late: M. R. Schroeder, "Natural sounding artificial reverberation" (1962), J. A. Moorer, "About this
    reverberation business" (1979), with the public-domain constants of Freeverb by Jezar at Dreampoint (2000), at
    48 kHz, all its delays less than half as long (`_DELAYS`). How SoX's parameters set feedback, damping and stereo
    spread was found by measuring SoX 14.4.2 (with its delays impulse responses agree within 1e-7). It is linear; after
    `TAIL` frames of silence the tail is over (faded out over its last 10 ms), and the next sound begins in silence.
    """

    TAIL: Final = round(_TAIL_S * MIX_RATE)

    def __init__(self, amount: float) -> None:
        """Prepare the filters; `amount`: the reverberance, 0 to 100 (MediaError outside)."""
        if not 0 <= amount <= 100:
            raise MediaError(f"a reverberance of {amount:g} is out of range: give 0 to 100")
        loss_at_0, loss_at_100 = _FEEDBACK_LOSS
        feedback = 1.0 - loss_at_0 * (loss_at_100 / loss_at_0) ** (amount / 100.0)
        self.amount = amount
        self._factors = np.array([feedback, _DAMPING, 1.0 - _DAMPING], np.float32)
        self._combs, self._passes, delay = _delays()
        self._input = np.zeros(_ring_frames(delay), np.float32)
        self._comb_ring = np.zeros((_ring_frames(int(self._combs.max())), _LINES), np.float32)
        self._pass_ring = np.zeros((_ring_frames(int(self._passes.max())), _PASSES), np.float32)
        self._damped = np.zeros(_LINES, np.float32)
        self._delay = delay
        self._place = np.array([0, self.TAIL], np.int64)  # frames so far, frames of silence so far

    def process(self, block: Audio) -> None:
        """Add the reverberation to `block` (frames, 2), in place. Blocks follow one another without a gap."""
        fade = round(CUT_FADE_MS * MIX_RATE / 1000)
        _reverberate(
            block,
            self._factors,
            (self._combs, self._passes, self._delay),
            (self._input, self._comb_ring, self._pass_ring, self._damped),
            self._place,
            (self.TAIL, fade),
        )


@njit(cache=True, nogil=True)
def _reverberate(block, factors, delays, state, place, tail):  # type: ignore[no-untyped-def]
    """Do the work of `Reverb.process`: one pass over the frames, all sixteen combs side by side."""
    feedback, damping, fresh = factors
    combs, passes, pre_delay = delays
    before, comb_ring, pass_ring, damped = state
    tail_frames, tail_fade = tail
    in_mask, comb_mask, pass_mask = before.shape[0] - 1, comb_ring.shape[0] - 1, pass_ring.shape[0] - 1
    now, silent = place
    out = np.zeros(_LINES, np.float32)
    for i in range(block.shape[0]):
        dry_left, dry_right = block[i]
        silent = 0 if dry_left != 0.0 or dry_right != 0.0 else silent + 1
        if silent >= tail_frames:
            if silent == tail_frames:  # the tail has ended: forget it
                before[:] = 0.0
                comb_ring[:] = 0.0
                pass_ring[:] = 0.0
                damped[:] = 0.0
            continue
        before[now & in_mask] = (dry_left + dry_right) * np.float32(0.5 * _INPUT_GAIN)
        late = before[(now - pre_delay) & in_mask]
        for k in range(_LINES):
            out[k] = comb_ring[(now - combs[k]) & comb_mask, k]
        row = comb_ring[now & comb_mask]
        left, right = np.float32(0.0), np.float32(0.0)
        for k in range(_LINES):
            damped[k] = out[k] * fresh + damped[k] * damping
            row[k] = late + damped[k] * feedback
        for k in range(_LINES // 2):
            left += out[k]
            right += out[_LINES // 2 + k]
        row = pass_ring[now & pass_mask]
        for k in range(_PASSES // 2):
            other = _PASSES // 2 + k
            from_left = pass_ring[(now - passes[k]) & pass_mask, k]
            from_right = pass_ring[(now - passes[other]) & pass_mask, other]
            row[k] = left + from_left * np.float32(_ALLPASS_GAIN)
            row[other] = right + from_right * np.float32(_ALLPASS_GAIN)
            left, right = from_left - left, from_right - right
        gain = np.float32(min(1.0, (tail_frames - silent) / tail_fade))
        block[i, 0] = dry_left + left * gain
        block[i, 1] = dry_right + right * gain
        now += 1
    place[0], place[1] = now, silent
