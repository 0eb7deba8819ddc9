"""The four recordings: sonata.mp3, speech.mp3, drums.wav, tone_scale.wav, and their truth tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from make.programs import RATE, Samples, at_peak, encode_mp3, render_notes, speak, with_room_tone, write_wav
from make.score import DRUMS, PlayedNote, frequency, note_and_octave, played, read_score
from make.tables import write_table

# Encoders overshoot a little: this keeps the decoded peak below -1 dBFS.
PEAK_DB = -3.0

# The scale: every semitone of two octaves, C4 to C6.
SCALE_LOWEST, SCALE_HIGHEST = 60, 84
SCALE_LEAD_MS, SCALE_STEP_MS, SCALE_NOTE_MS = 250, 450, 340
# A clear, bright tone.
SCALE_HARMONICS = (1.0, 0.5, 0.33, 0.22, 0.15, 0.1)
# A release this soft makes no click that could pass for an onset.
SCALE_ATTACK_MS, SCALE_RELEASE_MS = 10, 80
# Time constant, like a plucked string.
SCALE_DECAY_MS = 400

SPEECH_LEAD_MS, SPEECH_GAP_MS = 300, 420
# (speaker, eSpeak NG voice, words a minute, pitch, text)
SPEECH: tuple[tuple[str, str, int, int, str], ...] = (
    ("Ada", "en-gb+f3", 160, 60, "Good morning. Did you hear what the archive sent us last night?"),
    ("Ben", "en-us+m3", 165, 35, "I heard a river, three bells, and somebody counting backwards in the rain."),
    ("Ada", "en-gb+f3", 160, 60, "Cut it into pieces, and put the quiet ones first."),
    ("Ben", "en-us+m3", 165, 35, "Then the bells would come last, and nobody would know what time it is."),
    ("Ada", "en-gb+f3", 160, 60, "Exactly. A collection is a clock that you may wind as you please."),
    ("Ben", "en-us+m3", 165, 35, "All right. From low to high, then: thunder, cello, kettle, wren."),
)


def _note_row(start: int, dur: int, midi: int) -> list[object]:
    note, octave = note_and_octave(midi)
    return [start, dur, midi, note, octave, f"{frequency(midi):.2f}"]


def make_sonata(folder: Path) -> None:
    """sonata.mp3 and sonata_notes.csv: the score, played by a piano in a small hall."""
    score = read_score(folder / "score" / "sonata.txt")
    notes = played(score)
    sound = at_peak(render_notes(notes, tail_ms=1700, level=0.2), PEAK_DB)
    sound = with_room_tone(sound)
    encode_mp3(folder / "sonata.mp3", sound, RATE, 160, f"{score.composer}: {score.title}")
    header = ["start", "dur", "midi", "note", "octave", "hz", "hand"]
    rows = [[*_note_row(note.start, note.dur, note.midi), note.part.name] for note in notes]
    write_table(folder / "sonata_notes.csv", header, rows)


def make_drums(folder: Path) -> None:
    """drums.wav (mono) and drums_hits.csv."""
    notes: list[PlayedNote] = played(read_score(folder / "score" / "drums.txt"))
    sound = render_notes(notes, tail_ms=600, level=0.1).mean(axis=1, keepdims=True)
    fade = np.linspace(1, 0, RATE // 5)[:, np.newaxis]  # the last cymbal fades instead of breaking off
    sound[-len(fade) :] *= fade
    write_wav(folder / "drums.wav", at_peak(sound, PEAK_DB))
    names = {midi: name for name, midi in DRUMS.items()}
    rows = [[note.start, names[note.midi], note.midi, note.velocity] for note in notes]
    write_table(folder / "drums_hits.csv", ["start", "drum", "midi", "velocity"], rows)


def tone(hz: float, dur_ms: int) -> Samples:
    """One harmonic tone with a quick attack and a slow decay: shape (n,), in -1..1."""
    time = np.arange(dur_ms * RATE // 1000) / RATE
    wave = sum(level * np.sin(2 * np.pi * hz * (k + 1) * time) for k, level in enumerate(SCALE_HARMONICS))
    attack = np.minimum(1, time * 1000 / SCALE_ATTACK_MS)
    release = 0.5 - 0.5 * np.cos(np.pi * np.minimum(1, (dur_ms - time * 1000) / SCALE_RELEASE_MS))
    samples: Samples = wave * attack * release * np.exp(-time * 1000 / SCALE_DECAY_MS) / sum(SCALE_HARMONICS)
    return samples


def make_tone_scale(folder: Path) -> None:
    """tone_scale.wav (mono) and tone_scale_notes.csv."""
    numbers = range(SCALE_LOWEST, SCALE_HIGHEST + 1)
    sound = np.zeros((SCALE_LEAD_MS + SCALE_STEP_MS * len(numbers)) * RATE // 1000)
    rows = []
    for i, midi in enumerate(numbers):
        start = SCALE_LEAD_MS + SCALE_STEP_MS * i
        samples = tone(frequency(midi), SCALE_NOTE_MS)
        first = start * RATE // 1000
        sound[first : first + len(samples)] += samples
        rows.append(_note_row(start, SCALE_NOTE_MS, midi))
    write_wav(folder / "tone_scale.wav", at_peak(sound[:, np.newaxis], PEAK_DB))
    write_table(folder / "tone_scale_notes.csv", ["start", "dur", "midi", "note", "octave", "hz"], rows)


def make_speech(folder: Path) -> None:
    """speech.mp3 (mono) and speech_turns.csv."""
    pieces: list[Samples] = []
    rows, length, rate = [], 0, 0
    for speaker, voice, words_per_minute, pitch, text in SPEECH:
        samples, rate = speak(text, voice, words_per_minute, pitch)
        gap = np.zeros(((SPEECH_GAP_MS if pieces else SPEECH_LEAD_MS) * rate // 1000, 1))
        start = length + len(gap)
        pieces += [gap, at_peak(samples, PEAK_DB)]
        length = start + len(samples)
        rows.append([round(start * 1000 / rate), round(len(samples) * 1000 / rate), speaker, voice, text])
    pieces.append(np.zeros((SPEECH_GAP_MS * rate // 1000, 1)))
    encode_mp3(folder / "speech.mp3", np.concatenate(pieces), rate, 64, "Ada and Ben at the archive")
    write_table(folder / "speech_turns.csv", ["start", "dur", "speaker", "voice", "text"], rows)
