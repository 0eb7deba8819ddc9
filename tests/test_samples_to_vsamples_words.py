"""The line that samples_to_vsamples.py says of its work; and what other scripts read of their flags."""

import argparse

import pytest

import samples_to_explorer
import samples_to_mosaic
import samples_to_vsamples
from lib.video.vsamples import VsamplesReport


def line(**how):
    report = VsamplesReport.__new__(VsamplesReport)
    for name, value in ({"found": 0, "blind": 0, "kept": 0, "beyond": []} | how).items():
        setattr(report, name, value)
    return samples_to_vsamples.summary(report, 10, "t.csv", ("a", "b"))


def test_what_was_found():
    assert line(found=10) == "10 segments of film -> t.csv: a, b"
    assert line(found=1, blind=2, kept=3) == (
        "1 segment of film, 2 samples without a picture, 3 samples done already, "
        "4 samples of files that could not be used -> t.csv: a, b"
    )
    assert line(kept=10) == "t.csv: all 10 rows already have a and b (-overwrite finds them again)"
    assert line(found=9, blind=1, beyond=[("f", 5.0)]).startswith(
        "9 segments of film, 1 sample without a picture, 1 that begin after the end of their file"
    )


@pytest.mark.parametrize(
    ("word", "good"), [("-1", True), ("20", True), ("19", False), ("1", False), ("0", False), ("1000", True)]
)
def test_grains_have_20_ms(word, good):
    if good:
        assert samples_to_mosaic.grain(word) == int(word)
    else:
        with pytest.raises(argparse.ArgumentTypeError):
            samples_to_mosaic.grain(word)


@pytest.mark.parametrize(
    ("word", "good"),
    [
        ("12", True),
        ("96", True),
        ("480", True),
        ("11", False),
        ("13", False),
        ("0", False),
        ("492", False),
        ("100", False),
    ],
)
def test_cells_are_multiples_of_12(word, good):
    if good:
        assert samples_to_explorer.cell_width(word) == int(word)
    else:
        with pytest.raises(argparse.ArgumentTypeError):
            samples_to_explorer.cell_width(word)


@pytest.mark.parametrize(
    ("word", "good"),
    [("0", True), ("12", True), ("256", True), ("1", False), ("11", False), ("257", False), ("-1", False)],
)
def test_bit_rates_are_those_of_opus(word, good):
    if good:
        assert samples_to_explorer.bit_rate(word) == int(word)
    else:
        with pytest.raises(argparse.ArgumentTypeError):
            samples_to_explorer.bit_rate(word)
