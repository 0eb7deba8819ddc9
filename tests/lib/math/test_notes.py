import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.math.notes import NAMES, hz_to_midi, hz_to_note, midi_to_hz, note_step
from tests.support.each import each


@each(
    ("hz", "name", "octave"),
    [
        (440.0, "A", 4),
        (261.63, "C", 4),  # middle C
        (27.5, "A", 0),  # the piano's lowest key
        (4186.01, "C", 8),  # and its highest
        (277.18, "C#", 4),
        (466.16, "A#", 4),
        (493.88, "B", 4),  # the octave changes between B and C
        (523.25, "C", 5),
        (16.35, "C", 0),
        (8.18, "C", -1),  # MIDI note 0
        (452.0, "A", 4),  # 46.6 cents above A4
        (453.5, "A#", 4),  # 52.3 cents above
        (428.0, "A", 4),  # 47.9 cents below
        (427.0, "G#", 4),  # 51.9 cents below
    ],
)
def test_frequencies_have_the_nearest_tempered_note(hz, name, octave):
    assert hz_to_note(hz) == (name, octave)


@each("hz", [0.0, -1.0, -440.0, math.nan, math.inf, -math.inf])
def test_without_a_frequency_there_is_no_note(hz):
    assert hz_to_note(hz) == ("-", -1)


@each(("midi", "hz"), [(69, 440.0), (81, 880.0), (21, 27.5), (60, 261.6256), (42, 92.4986)])
def test_notes_have_their_frequency(midi, hz):
    assert midi_to_hz(midi) == pytest.approx(hz, abs=1e-4)


@pytest.mark.parametrize("hz", [0.0, -3.0])
def test_only_frequencies_above_zero_have_a_number(hz):
    with pytest.raises(ValueError, match="has no note"):
        hz_to_midi(hz)


def test_names_are_ascii_and_twelve():
    assert len(set(NAMES)) == 12
    assert all(name.isascii() for name in NAMES)


def test_every_midi_note_comes_back():
    for midi in range(128):
        name, octave = hz_to_note(midi_to_hz(midi))
        assert NAMES.index(name) + 12 * (octave + 1) == midi
        assert hz_to_midi(midi_to_hz(midi)) == pytest.approx(midi, abs=1e-9)


@given(st.integers(0, 127), st.floats(-0.49, 0.49))
def test_a_note_is_a_semitone_wide(midi, semitones):
    assert hz_to_note(midi_to_hz(midi + semitones)) == hz_to_note(midi_to_hz(midi))


@given(st.floats(10.0, 10000.0))
def test_twice_the_frequency_is_the_same_name_an_octave_up(hz):
    name, octave = hz_to_note(hz)
    assert hz_to_note(2 * hz) == (name, octave + 1)


@given(st.floats(1e-3, 1e6))
def test_numbers_and_frequencies_are_inverse(hz):
    assert midi_to_hz(hz_to_midi(hz)) == pytest.approx(hz, rel=1e-12)


# The white keys, and each sign on one of them.
SPELLINGS = {
    "C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11, "a": 9, "C#": 1, "D\u266f": 3, "Gx": 9, "Bb": 10,
    "E\u266d": 3, "B#": 0, "Cb": 11, "Abb": 7, "H": None, "": None,
}  # fmt: skip


@each(("name", "step"), SPELLINGS.items())
def test_notes_in_any_spelling_have_their_step(name, step):
    assert note_step(name) == step


def test_a_note_may_have_signs_of_all_kinds():
    # Two sharps and a double one, less two flats
    assert note_step("C#\u266fxb\u266d") == 2
    assert note_step("Cy") is None
