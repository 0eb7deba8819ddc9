"""Text scores: reading them, and the notes as they are played.

The format is described in ../README.md ("The score files"). Times in a score are exact fractions of a quarter note;
played times are whole milliseconds, so that the MIDI file, the truth tables and the sound agree to the millisecond.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from make.errors import SampleMediaError

NOTE_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
# General MIDI percussion, by the names that our scores use.
DRUMS = {"kick": 36, "snare": 38, "hat": 42, "open": 46, "crash": 49, "ride": 51, "tom1": 50, "tom2": 47, "tom3": 43}

# As MIDI velocities.
DYNAMICS = {"pp": 40, "p": 54, "mp": 64, "mf": 74, "f": 88, "ff": 102}
# Velocity added on the first beat of a bar, and on the other beats, so that the metre can be heard.
DOWNBEAT_ACCENT, BEAT_ACCENT = 7, 3
# Share of its value for which a note is held: a plain one, unless the score names another touch, and one with a '.
LEGATO, STACCATO = 0.95, 0.5
# A trill moves in 32nds, begins on its upper note and ends on the main one.
TRILL_NOTE = Fraction(1, 8)

_TOKEN = re.compile(
    r"(?P<pitch>[A-Za-z0-9#+]+?)(?:/(?P<value>\d+)(?P<dot>\.?))?"
    r"(?:tr\((?P<upper>[A-G]#?\d)(?:,(?P<turn>[A-G]#?\d))?\))?(?P<staccato>'?)(?P<tie>~?)"
)
_PITCH = re.compile(r"([A-G])(#?)(-?\d)")


@dataclass(frozen=True)
class Part:
    """One line of the score: who plays it."""

    name: str
    channel: int
    program: int = 0
    louder: int = 0  # added to every velocity
    pan: int = 64  # 0 left, 127 right


@dataclass(frozen=True)
class ScoreNote:
    """One written note; `start` and `length` in quarter notes."""

    part: str
    start: Fraction
    length: Fraction
    midi: int
    staccato: bool = False


@dataclass(frozen=True)
class PlayedNote:
    """One note as it is played; times in ms, `midi` 0-127, `velocity` 1-127."""

    part: Part
    start: int
    dur: int
    midi: int
    velocity: int


@dataclass
class Score:
    """A score as read: notes in quarter notes, marks by position."""

    title: str = ""
    composer: str = ""
    meter: Fraction = Fraction(4)  # quarter notes in a bar
    lead: int = 0  # ms of silence before the first bar
    touch: float = LEGATO  # share of its value that a plain note is held for
    parts: dict[str, Part] = field(default_factory=dict)
    notes: list[ScoreNote] = field(default_factory=list)
    tempos: list[tuple[Fraction, float]] = field(default_factory=list)  # (from, quarter notes a minute)
    dynamics: list[tuple[Fraction, str]] = field(default_factory=list)  # (from, mark or "cresc" or "dim")
    end: Fraction = Fraction(0)


def midi_number(name: str) -> int:
    """MIDI number of a note name such as `C#5` (C4 = 60) or of a drum such as `snare`.

    Raises SampleMediaError for anything else.
    """
    if name in DRUMS:
        return DRUMS[name]
    match = _PITCH.fullmatch(name)
    if not match:
        raise SampleMediaError(f"no such note: {name!r}")
    letter, sharp, octave = match.groups()
    return SEMITONES[letter] + len(sharp) + 12 * (int(octave) + 1)


def note_and_octave(midi: int) -> tuple[str, int]:
    """Note name (sharps) and scientific octave of a MIDI number."""
    return NOTE_NAMES[midi % 12], midi // 12 - 1


def frequency(midi: int) -> float:
    """Tempered frequency in Hz of a MIDI number, A4 = 440 Hz."""
    return 440.0 * math.pow(2.0, (midi - 69) / 12)


def read_score(path: Path) -> Score:
    """Reads a score file. Raises SampleMediaError with the line's number where it cannot be read, where a bar is
    too short or too long, and where a tie joins nothing."""
    score = Score()
    ends: dict[str, Fraction] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        text = line.split(" #")[0].strip()
        if not text or text.startswith("#"):
            continue
        try:
            _read_line(score, ends, text)
        except SampleMediaError as error:
            raise SampleMediaError(f"{path}, line {number}: {error}") from error
    return score


def _read_line(score: Score, ends: dict[str, Fraction], text: str) -> None:
    head, _, rest = text.partition(":")
    if text.startswith("bar "):
        _read_bar_head(score, text.split()[2:])
    elif head in score.parts:
        start = score.end - score.meter
        if ends.get(head, Fraction(0)) > start:
            raise SampleMediaError(f"{head} is written twice in one bar")
        ends[head] = _read_bar(score, head, rest.split(), start)
    elif head.startswith("part "):
        settings = dict(item.split("=", 1) for item in rest.split())
        name = head.removeprefix("part ")
        score.parts[name] = Part(name, **{key: int(value) for key, value in settings.items()})
    elif head in ("title", "composer"):
        setattr(score, head, rest.strip())
    elif head == "lead":
        score.lead = int(rest)
    elif head == "touch":
        score.touch = float(rest)
    elif head == "meter":
        beats, unit = rest.split("/")
        score.meter = Fraction(4 * int(beats), int(unit))
    elif head == "tempo":
        score.tempos.append((Fraction(0), float(rest)))
    else:
        raise SampleMediaError(f"cannot read {text!r}")


def _read_bar_head(score: Score, marks: list[str]) -> None:
    for mark in marks:
        if mark.startswith("tempo="):
            score.tempos.append((score.end, float(mark.removeprefix("tempo="))))
        elif mark in DYNAMICS or mark in ("cresc", "dim"):
            score.dynamics.append((score.end, mark))
        else:
            raise SampleMediaError(f"no such mark: {mark!r}")
    score.end += score.meter


def _read_bar(score: Score, part: str, tokens: list[str], start: Fraction) -> Fraction:
    """Adds one part's bar to the score and returns where it ends."""
    value, position, tied = Fraction(1), start, False
    for token in tokens:
        match = _TOKEN.fullmatch(token)
        if not match:
            raise SampleMediaError(f"cannot read {token!r}")
        if match["value"]:
            value = Fraction(4, int(match["value"])) * (Fraction(3, 2) if match["dot"] else 1)
        pitches = [] if match["pitch"] == "R" else [midi_number(name) for name in match["pitch"].split("+")]
        staccato = bool(match["staccato"])
        if tied:
            last = score.notes.pop()
            if [last.midi] != pitches:
                raise SampleMediaError(f"the tie to {token!r} joins another note")
            score.notes.append(ScoreNote(part, last.start, last.length + value, last.midi, staccato))
        elif match["upper"]:
            turn = midi_number(match["turn"]) if match["turn"] else None
            score.notes += _trill(part, position, value, pitches[0], midi_number(match["upper"]), turn)
        else:
            score.notes += [ScoreNote(part, position, value, midi, staccato) for midi in pitches]
        tied = bool(match["tie"])
        position += value
    if position != start + score.meter or tied:
        raise SampleMediaError(f"the bar of {part} has {position - start} quarter notes, not {score.meter}")
    return position


def _trill(part: str, start: Fraction, length: Fraction, main: int, upper: int, turn: int | None) -> list[ScoreNote]:
    """A trill in 32nds from the upper note; with `turn`, its last two notes are the turn's note and the main one."""
    pitches = [upper, main] * int(length / TRILL_NOTE / 2)
    if turn is not None:
        pitches[-2] = turn
    return [ScoreNote(part, start + TRILL_NOTE * i, TRILL_NOTE, midi) for i, midi in enumerate(pitches)]


def played(score: Score) -> list[PlayedNote]:
    """The score's notes as played, in order of time (then of pitch)."""
    notes = []
    for note in score.notes:
        part = score.parts[note.part]
        start = _milliseconds(score, note.start)
        held = STACCATO if note.staccato else score.touch
        dur = round((_milliseconds(score, note.start + note.length) - start) * held)
        velocity = round(_loudness(score, note.start)) + _accent(score, note.start) + part.louder
        notes.append(PlayedNote(part, start, dur, note.midi, max(1, min(127, velocity))))
    return sorted(notes, key=lambda note: (note.start, note.midi))


def _milliseconds(score: Score, position: Fraction) -> int:
    """When a position is played, in whole ms, over all changes of tempo."""
    total = float(score.lead)
    for (start, tempo), (end, _) in zip(score.tempos, [*score.tempos[1:], (position, 0.0)], strict=True):
        if position > start:
            total += float(min(position, max(end, start)) - start) * 60000 / tempo
    return round(total)


def _loudness(score: Score, position: Fraction) -> float:
    """The velocity that the dynamic marks ask for: steps, and straight lines along a cresc or dim."""
    level = float(DYNAMICS["mf"])
    for i, (start, mark) in enumerate(score.dynamics):
        if start > position:
            break
        if mark in DYNAMICS:
            level = float(DYNAMICS[mark])
            continue
        end, target = score.dynamics[i + 1] if i + 1 < len(score.dynamics) else (score.end, mark)
        if position < end and target in DYNAMICS:
            level += (DYNAMICS[target] - level) * float((position - start) / (end - start))
    return level


def _accent(score: Score, position: Fraction) -> int:
    in_bar = position % score.meter
    if in_bar == 0:
        return DOWNBEAT_ACCENT
    return BEAT_ACCENT if in_bar.denominator == 1 else 0
