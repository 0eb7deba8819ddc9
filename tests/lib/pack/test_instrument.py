"""Instruments of samples: which key, velocity and turn plays what."""

import re

from lib.pack.instrument import Zone, pitched_sfz, unpitched_sfz
from tests.support.each import each


def heard(text):
    """[(file, (lowest key, highest), (lowest velocity, highest), other words)] of each region."""
    found, keys = [], None
    for line in text.splitlines():
        words = dict(re.findall(r"(\w+)=(\S+)", line))
        if line.startswith("<group>"):
            keys, centre = (int(words["lokey"]), int(words["hikey"])), words.get("pitch_keycenter")
        elif line.startswith("<region>"):
            velocities = int(words.pop("lovel")), int(words.pop("hivel"))
            found.append((words.pop("sample"), keys, velocities, words | ({"centre": centre} if centre else {})))
    return found


def test_a_note_sounds_over_the_keys_nearest_to_it():
    zones = [Zone("c", 60.0, -9), Zone("e", 64.25, -9), Zone("a", 69.4, -9), Zone("low", -3, -9), Zone("high", 140, -9)]
    found = heard(pitched_sfz(zones, True))
    keys = {file: key for file, key, *_ in found}
    assert keys == {"low": (0, 30), "c": (31, 62), "e": (63, 66), "a": (67, 98), "high": (99, 127)}
    centres = {file: (words["centre"], words["tune"]) for file, *_, words in found}
    assert centres == {
        "low": ("0", "300"), "c": ("60", "0"), "e": ("64", "-25"), "a": ("69", "-40"), "high": ("127", "-1300"),
    }  # fmt: skip
    assert all(velocities == (1, 127) for _, _, velocities, _ in found)
    assert heard(pitched_sfz(zones[:1], False))[0][1] == (0, 127)


@each("count", [1, 2, 3, 5, 127, 128, 300])
def test_samples_of_a_note_share_the_velocities_the_softest_lowest(count):
    zones = [Zone(str(n), 60.0, float(-n)) for n in range(count)]
    found = heard(pitched_sfz(zones, False))
    assert [file for file, *_ in found] == [str(n) for n in range(count)][::-1]
    # Each velocity plays one layer, each layer as many samples as another, or one more, in turns.
    layers = {}
    for file, _, velocities, words in found:
        layers.setdefault(velocities, []).append((file, words.get("seq_length"), words.get("seq_position")))
        assert words["amp_veltrack"] == ("100" if count == 1 else "0")
    covered = [v for low, high in layers for v in range(low, high + 1)]
    assert covered == list(range(1, 128))
    assert len(layers) == min(count, 127)
    sizes = {len(turns) for turns in layers.values()}
    assert max(sizes) - min(sizes) <= 1
    for turns in layers.values():
        expected = [(None, None)] if len(turns) == 1 else [(str(len(turns)), str(n + 1)) for n in range(len(turns))]
        assert [turn[1:] for turn in turns] == expected


def test_velocities_change_the_level_of_samples_of_one_level():
    zones = [Zone(str(n), 60.0, -9.0) for n in range(3)]
    assert {words["amp_veltrack"] for *_, words in heard(pitched_sfz(zones, True))} == {"100"}
    assert {words["amp_veltrack"] for *_, words in heard(unpitched_sfz(zones, False))} == {"100"}  # one to each key


@each(("count", "each"), [(1, 1), (92, 1), (93, 2), (184, 2), (185, 3)])
def test_samples_without_pitch_lie_in_order_from_key_36_up(count, each):
    found = heard(unpitched_sfz([Zone(str(n), None, -5.0) for n in range(count)], False))
    assert sorted(int(file) for file, *_ in found) == list(range(count))
    for file, keys, _, words in found:
        assert keys == (36 + int(file) // each,) * 2
        assert "tune" not in words
    assert max(keys[0] for _, keys, *_ in found) <= 127


def test_the_heads_of_instruments():
    assert pitched_sfz([Zone("a", 60.0, 0)], True).startswith("<global> loop_mode=no_loop ampeg_release=0.05\n<group>")
    assert unpitched_sfz([Zone("a", None, 0)], True).startswith("<global> loop_mode=one_shot pitch_keytrack=0\n<group>")
    assert pitched_sfz([Zone("a", 60.0, 0)], True).endswith("sample=a\n")
    # A sample of a pitched key without a pitch of its own is not tuned.
    assert "tune" not in unpitched_sfz([Zone("a", 61.5, 0)], True)
