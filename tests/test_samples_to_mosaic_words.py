"""The lengths of grains that samples_to_mosaic.py takes."""

import argparse

import pytest

import samples_to_mosaic


@pytest.mark.parametrize(
    ("word", "good"), [("-1", True), ("20", True), ("19", False), ("1", False), ("0", False), ("1000", True)]
)
def test_grains_have_20_ms(word, good):
    grain = samples_to_mosaic.parser().flags["grain"].kind
    if good:
        assert grain(word) == int(word)
    else:
        with pytest.raises(argparse.ArgumentTypeError):
            grain(word)
