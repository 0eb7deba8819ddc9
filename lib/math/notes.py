"""Note names of frequencies in equal temperament, A4 = 440 Hz."""

import math

A4_HZ = 440.0
A4_MIDI = 69
SEMITONES = 12
NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
NO_NOTE = "-"
NO_OCTAVE = -1


def hz_to_midi(hz: float) -> float:
    """Return the MIDI note number, with fractions, of a frequency in Hz above 0.

    >>> hz_to_midi(440.0)
    69.0

    Raises ValueError if `hz` is not above 0.
    """
    if not hz > 0:
        raise ValueError(f"{hz} Hz has no note")
    return A4_MIDI + SEMITONES * math.log2(hz / A4_HZ)


def midi_to_hz(midi: float) -> float:
    """Return the frequency in Hz of a MIDI note number, with fractions (69 is 440 Hz)."""
    return A4_HZ * 2.0 ** ((midi - A4_MIDI) / SEMITONES)


def hz_to_note(hz: float) -> tuple[str, int]:
    """Return the nearest tempered note of a frequency in Hz: its name in ASCII sharps and its scientific octave.

    ("-", -1) without a note: 0, negative, not finite.

    >>> hz_to_note(261.63)
    ('C', 4)
    """
    if not (math.isfinite(hz) and hz > 0):
        return NO_NOTE, NO_OCTAVE
    octave, step = divmod(math.floor(hz_to_midi(hz) + 0.5), SEMITONES)
    return NAMES[step], octave - 1


# Steps of the natural notes above C, and the effect of the signs after them: sharps and flats, as typed and as printed.
_NATURALS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_SIGNS = {"#": 1, "\u266f": 1, "x": 2, "b": -1, "\u266d": -1}


def note_step(name: str) -> int | None:
    """Return the semitones of a note above C, 0 to 11, in any spelling (Bb is A#); None if it is not a note.

    >>> note_step("Cb"), note_step("H")
    (11, None)
    """
    letter, signs = name[:1].upper(), name[1:]
    if letter not in _NATURALS or not set(signs) <= set(_SIGNS):
        return None
    return (_NATURALS[letter] + sum(_SIGNS[sign] for sign in signs)) % SEMITONES
