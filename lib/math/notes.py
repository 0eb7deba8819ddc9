"""Note names of frequencies in equal temperament, A4 = 440 Hz."""

import math

A4_HZ = 440.0
A4_MIDI = 69
SEMITONES = 12
NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
NO_NOTE = "-"
NO_OCTAVE = -1


def hz_to_midi(hz: float) -> float:
    """MIDI note number, with fractions, of a frequency in Hz above 0 (440 Hz is 69).

    Raises ValueError if `hz` is not above 0.
    """
    if not hz > 0:
        raise ValueError(f"{hz} Hz has no note")
    return A4_MIDI + SEMITONES * math.log2(hz / A4_HZ)


def midi_to_hz(midi: float) -> float:
    """Frequency in Hz of a MIDI note number, with fractions (69 is 440 Hz)."""
    return A4_HZ * 2.0 ** ((midi - A4_MIDI) / SEMITONES)


def hz_to_note(hz: float) -> tuple[str, int]:
    """Nearest tempered note of a frequency in Hz: its name in ASCII sharps and its scientific octave.

    440 Hz is ("A", 4), 261.63 Hz ("C", 4). Where there is none (0, negative, not finite) it is ("-", -1).
    """
    if not (math.isfinite(hz) and hz > 0):
        return NO_NOTE, NO_OCTAVE
    octave, step = divmod(math.floor(hz_to_midi(hz) + 0.5), SEMITONES)
    return NAMES[step], octave - 1


def note_to_hz(name: str, octave: int) -> float:
    """Frequency in Hz of a note name (ASCII sharps) and scientific octave; 0.0 for ("-", -1).

    Raises ValueError if there is no such note.
    """
    if name == NO_NOTE:
        return 0.0
    if name not in NAMES:
        raise ValueError(f"there is no note {name!r}: choose among {', '.join(NAMES)}")
    return midi_to_hz(NAMES.index(name) + SEMITONES * (octave + 1))
