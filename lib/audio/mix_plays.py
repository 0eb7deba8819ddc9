"""The input of a mix: sounds, each with its time, level and place between the speakers; and where they are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lib.audio.effects import MIX_RATE, Audio

# Seconds of a sound that are held in memory while it is mixed (46 MB); longer ones are mixed from a temporary file.
LONGEST_HELD: Final = 120


@dataclass(frozen=True, slots=True)
class Play:
    """One sound in a mix: its source, its time, and how it is played.

    It is the range `start_ms`, `dur_ms` of the media file `path` (what of it lies past the file's end is missing), or
    `sound`, float32 of shape (frames, 2) at `MIX_RATE`, which is left as it is. It is cut with fades of 10 ms, levelled
    (`effects.gain_to_level`), amplified by 20 ln(volume) dB, raised by `shift` semitones (`lib.audio.shift`: it becomes
    shorter, or longer for a negative one), given the gains of `curve` (dB, one each 50 ms: `lib.audio.level_curves`),
    turned round if `backwards`, faded in over the fraction `fade_in` of what
    there is of it, but at most `fade_in_most_ms`, faded out over the fraction `fade_out`, panned
    (`effects.pan_gains`), and reverberated with the amount `reverb` (0 to 100; 0: dry). If `stretch_ms` is given, the
    faded sound is stretched to that (`lib.audio.stretch`, with `seed`), and not levelled again. If `pan_to` is
    given, the pan moves evenly from `pan` to there while it sounds; what moves out at one side comes in at the other:
    0.5 to 1.5 is to the right, and from the left to -0.5. It begins `time_ms` into the mix; what lies before the
    beginning of the mix (below 0), or after its end, is not heard, but for its reverberation.
    """

    time_ms: float
    path: str = ""
    start_ms: float = 0.0
    dur_ms: float = 0.0
    sound: Audio | None = None
    volume: float = 1.0
    pan: float = 0.0
    pan_to: float | None = None
    level_db: float | None = None
    most_db: float | None = None
    fade_in: float = 0.1
    fade_in_most_ms: float = 100.0
    fade_out: float = 0.5
    reverb: float = 0.0
    backwards: bool = False
    shift: float = 0.0
    curve: tuple[float, ...] = ()
    stretch_ms: float | None = None
    seed: int = 0


def is_levelled(play: Play) -> bool:
    """Return whether the level of a play is set by its RMS."""
    return play.level_db is not None or play.most_db is not None


def is_long(users: Sequence[Play]) -> bool:
    """Return whether plays of one place are mixed from a temporary file: to be stretched or shifted a sound is held."""
    plain = all(play.stretch_ms is None and play.shift == 0.0 and not play.curve for play in users)
    return users[0].dur_ms > 1000 * LONGEST_HELD and plain


def fades_of(play: Play, frames: int) -> tuple[int, int]:
    """Return how many of a sound's frames are faded in, and out."""
    fade_in = min(play.fade_in * frames, play.fade_in_most_ms * MIX_RATE / 1000)
    return round(fade_in), round(play.fade_out * frames)
