"""Whether a jump saves reading: at the limits of what it gains, with an index and without."""

import math
from fractions import Fraction
from types import SimpleNamespace

from lib.video.jumps import FAR_AHEAD, LEAST_GAIN, is_worth_a_jump
from lib.video.timing import Ticks
from tests.support.each import each


class Index(list):
    """Keyframes, by their stamps; the last entry may be any frame."""

    def search_timestamp(self, stamp, backward):
        assert backward
        return max([n for n, entry in enumerate(self) if entry.timestamp <= stamp and entry.is_key], default=-1)


def worth(here, ms, keys=None, last=10_000, tick=Fraction(1), far=FAR_AHEAD, origin=Fraction(0)):
    entries = [] if keys is None else [(key, True) for key in keys] + [(last, False)]
    index = Index(SimpleNamespace(timestamp=stamp, is_key=is_key) for stamp, is_key in entries)
    return is_worth_a_jump(SimpleNamespace(index_entries=index), Ticks(tick, origin), here, ms, far)


def test_less_than_a_second_is_read():
    assert (LEAST_GAIN, FAR_AHEAD) == (1000, 10_000)
    assert not worth(0, 999.9, [0], far=1)
    assert not worth(0, 999.9, far=1)
    assert worth(0, 1000, far=1)
    assert worth(0, 1000, [0, 1000])
    assert not worth(0, math.inf, [0, 5000])
    assert not worth(0, math.inf)


@each(
    ("here", "ms", "keys", "is_worth"),
    [
        (0, 5000, [0, 1000], True),
        (0, 5000, [0, 999], False),  # a second more is to be read anyway
        (1, 5000, [0, 1000], False),
        (0, 5000, [0, 5000], True),
        (0, 5000, [0, 5001], False),
        (0, 5000, [6000], False),  # none before it
        (0, 10_000, [0, 9000], True),
    ],
)
def test_with_an_index_a_keyframe_has_to_save_a_second(here, ms, keys, is_worth):
    assert worth(here, ms, keys) is is_worth
    # In any unit, and wherever the film begins.
    assert worth(here, ms, [90 * key for key in keys], 900_000, Fraction(1, 90)) is is_worth
    assert worth(here, ms, [key + 70 for key in keys], 10_070, origin=Fraction(70)) is is_worth


def test_where_the_index_does_not_reach_the_place_has_to_be_far_ahead():
    for keys in (None, [0, 2000]):
        assert not worth(5, 10_005, keys, last=9000)
        assert worth(5, 10_006, keys, last=9000)
        assert not worth(5, 10_006, keys, last=9000, far=20_000)
    # It reaches there, and has no keyframe that is near enough.
    assert not worth(0, 15_000, [0], last=15_000)
    assert worth(0, 15_000, [0], last=14_999)
