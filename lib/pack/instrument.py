"""Samples as an instrument for samplers: SFZ, pitched samples by note, all of them by loudness.

Source of the opcodes: the SFZ format, version 1 (rgc:audio, 2004), as documented by sfzformat.com.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

KEYS, LOUDEST = 128, 127
# Unpitched samples lie on keys from here up, as drums do.
FIRST_DRUM = 36


@dataclass(frozen=True)
class Zone:
    """A sample of an instrument: its file, its pitch (a note number with fractions; None: none), its level in dB."""

    file: str
    midi: float | None
    level: float


def pitched_sfz(zones: Sequence[Zone], level_by_velocity: bool) -> str:
    """Return an instrument of pitched samples: each note sounds over the keys that lie nearest to it.

    Samples of one note share the range of velocities, the softest at the bottom. level_by_velocity: velocities change
    the level too (samples were brought to one level).
    """
    by_key: dict[int, list[Zone]] = {}
    for zone in zones:
        assert zone.midi is not None
        by_key.setdefault(min(max(round(zone.midi), 0), KEYS - 1), []).append(zone)
    keys = sorted(by_key)
    lines = ["<global> loop_mode=no_loop ampeg_release=0.05"]
    for n, key in enumerate(keys):
        low = 0 if n == 0 else (keys[n - 1] + key) // 2 + 1
        high = KEYS - 1 if n == len(keys) - 1 else (key + keys[n + 1]) // 2
        lines.append(f"<group> lokey={low} hikey={high} pitch_keycenter={key}")
        lines += _layers(by_key[key], level_by_velocity, key)
    return "\n".join(lines) + "\n"


def unpitched_sfz(zones: Sequence[Zone], level_by_velocity: bool) -> str:
    """Return an instrument of samples without pitch: in order from key 36 up, several per key if necessary."""
    lines = ["<global> loop_mode=one_shot pitch_keytrack=0"]
    room = KEYS - FIRST_DRUM
    each = -(-len(zones) // room)
    for n in range(0, len(zones), each):
        key = FIRST_DRUM + n // each
        lines.append(f"<group> lokey={key} hikey={key}")
        lines += _layers(zones[n : n + each], level_by_velocity, None)
    return "\n".join(lines) + "\n"


def _layers(zones: Sequence[Zone], level_by_velocity: bool, key: int | None) -> list[str]:
    """Return a line for each sample of a key: its velocities, and its turn if velocities do not suffice."""
    softest_first = sorted(zones, key=lambda zone: zone.level)
    layers = min(len(zones), LOUDEST)
    track = 100 if level_by_velocity or layers == 1 else 0
    lines = []
    for layer in range(layers):
        low, high = layer * LOUDEST // layers + 1, (layer + 1) * LOUDEST // layers
        turns = softest_first[layer * len(zones) // layers : (layer + 1) * len(zones) // layers]
        for turn, zone in enumerate(turns, 1):
            words = [f"<region> lovel={low} hivel={high} amp_veltrack={track}"]
            if len(turns) > 1:
                words.append(f"seq_length={len(turns)} seq_position={turn}")
            if key is not None and zone.midi is not None:
                words.append(f"tune={round(100 * (key - zone.midi))}")
            lines.append(" ".join([*words, f"sample={zone.file}"]))
    return lines
