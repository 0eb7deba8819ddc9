"""Weights as they are written."""

import re

import pytest

from lib.audio.weights import USUAL_WEIGHTS, Weights, parse_weights
from lib.errors import MediaError
from tests.support.each import each


def test_weights_are_read():
    assert parse_weights(USUAL_WEIGHTS) == Weights(1, 2, 0.5, 0.5, USUAL_WEIGHTS)
    assert parse_weights(" pitch = 3 ") == Weights(pitch=3, text=" pitch = 3 ")


@each(
    ("words", "said"),
    [
        ("timbre=0&pitch=0", "all weights are 0"),
        ("timber=1", "did you mean timbre?"),
        ("timbre", "'timbre': a weight is a number"),
        ("timbre=1&timbre=2", "timbre occurs twice"),
        ("timbre=-1", "0 or more"),
        ("timbre=nan", "0 or more"),
        ("timbre=inf", "0 or more"),
        ("pitch=0,5", "'pitch=0,5': a weight is a number"),
        ("", "NAME=NUMBER"),
    ],
)
def test_what_is_not_a_weight_is_reported(words, said):
    with pytest.raises(MediaError, match=re.escape(said)):
        parse_weights(words)
